// A cluster has several managers, any of which may be asked.
import { AnswerTooLarge, ConnectionError, hasStatus, Redirected, WayRefused } from "../travel/errors.ts";
import type { Answer, Request, Transport } from "../travel/transport.ts";
import { loginPath } from "./cookieSession.ts";

/** Redirects in a row after which something is wrong with the cluster. */
const maxHops = 3;

/**
 * Asks the first manager, and stays with whichever answers. Another one is asked when
 *
 * - a manager redirects there ("reissue to a different controller node … continue to use the new server"): only to one
 *   that is configured, with method, path and body as they are;
 * - there is no connection to it, or it has answered 503 for long: then nothing was carried out, and anything may be sent
 *   again. The last one left is given all the time that there is.
 */
export function toManagers(
  managers: readonly string[],
  sendTo: (manager: string, request: Request) => Promise<Answer>,
): Transport {
  let manager = managers[0] as string;

  return async (request) => {
    const silent = new Set<string>();
    for (let hops = 0; ; ) {
      const left = managers.filter((other) => !silent.has(other));
      const asked = left.includes(manager) ? manager : (left[0] as string);
      const hasAlternative = left.length > 1;
      try {
        return await sendTo(asked, hasAlternative ? { ...request, hasAlternative } : request);
      } catch (error) {
        // What the work goes on without is no reason to go on elsewhere.
        if (request.once) throw error;
        if (error instanceof Redirected) {
          manager = targetOf(managers, asked, request, error, hops);
          hops += 1;
        } else if (hasAlternative && isSilent(error, request)) {
          silent.add(asked);
          if (manager === asked) manager = left.find((other) => other !== asked) as string;
        } else throw error;
      }
    }
  };
}

/** Whether a manager has nothing to say, and what it was asked can be asked another one without harm. */
function isSilent(error: unknown, request: Request): boolean {
  if (hasStatus(error, 503)) return true;
  // A certificate that does not verify is for somebody to look at, however many others do.
  if (!(error instanceof ConnectionError) || error instanceof AnswerTooLarge || error instanceof WayRefused)
    return false;
  return !error.mayHaveArrived || request.method === "GET";
}

/** The manager that a redirect leads to. @throws when it is none, or when it asks for something else there */
function targetOf(
  managers: readonly string[],
  asked: string,
  request: Request,
  error: Redirected,
  hops: number,
): string {
  const { target } = error;
  if (!target || !managers.some((manager) => new URL(manager).origin === target.origin)) {
    error.message += " If it is a manager of the same cluster, name it in nsx:endpoint too, with a comma between.";
    throw error;
  }
  if (asked.startsWith("https:") && target.protocol !== "https:") {
    throw new Error(`${asked} redirects to ${target.origin}; from https to http nothing is followed.`);
  }
  if (hops === maxHops) {
    throw new Error(
      `${asked} redirects to ${target.origin}, after ${maxHops} redirects before it: the managers of nsx:endpoint send requests round.`,
    );
  }
  // Managers behind one reverse proxy differ by the path at which they stand there. A login that was redirected says
  // nothing about where the request itself belongs.
  const to = target.origin + target.pathname;
  const found = managers.find((manager) => [manager + request.path, manager + loginPath].includes(to + target.search));
  if (found === undefined) {
    const where = target.pathname + target.search;
    throw new Error(`${asked} redirects ${request.method} ${request.path} to ${where}, which is something else.`);
  }
  return found;
}
