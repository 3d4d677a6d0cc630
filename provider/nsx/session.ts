import { ApiError, hasStatus, LoginError, sentenceOf } from "../travel/errors.ts";
import type { Request, Transport } from "../travel/transport.ts";

/** Sends requests as somebody whom NSX lets in. Each way in has a file of its own: waysIn.ts chooses. */
export interface Session {
  readonly send: Transport;
  /** Ends the session on the manager, so that it does not count against its limits until it times out. */
  end(): Promise<void>;
}

export function withHeaders(request: Request, headers: Readonly<Record<string, string>>): Request {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** 403 with code 403 is the wrong password; a missing permission has other codes (docs/nsx.md#errors). */
export function isBadCredentials(error: unknown): boolean {
  return hasStatus(error, 401) || (error instanceof ApiError && error.status === 403 && error.code === "403");
}

/**
 * A refusal in the words of the settings that it is about.
 *
 * @param what - what was shown to the manager, such as `nsx:token`
 * @param advice - what a user can do, with the names of the settings
 */
export function loginError(manager: string, what: string, error: unknown, advice: string): LoginError {
  return new LoginError(`NSX at ${manager} refused ${what}: ${sentenceOf(error)} ${advice}`);
}
