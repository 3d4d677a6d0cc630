// A token for a credential that lasts, from an endpoint as RFC 6749 has it; VMware Cloud's is one, with words of its own.
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { ConnectionError, hasStatus, isKind, LoginError, Redirected, type ServerWords, sentenceOf } from "./errors.ts";
import { createHttp, parseAnswer } from "./http.ts";
import { readJson } from "./json.ts";
import { createServerTime } from "./serverTime.ts";
import type { Exchange } from "./tokens.ts";
import type { Answer, Request, Transport } from "./transport.ts";

/** What is exchanged for a token, and where. */
export interface Credential {
  /** The token endpoint's. */
  readonly url: string;
  /** Fields of the form, such as `grant_type`. */
  readonly form: Readonly<Record<string, string>>;
  /** Who asks, where that is not in the form. */
  readonly account?: { readonly id: string; readonly secret: string } | undefined;
  /** The settings that all this comes from, such as `nsx:vmcRefreshToken`. */
  readonly settings: readonly string[];
  /** The places where those may be given, in words. */
  readonly places: string;
}

const system = "the token endpoint";

const limitAdvice = "The token endpoint lets nobody in for so long; try again later.";

/** One request at a time and few of them: a process needs a token every half an hour. */
const limits = { requestsPerSecond: 10, concurrency: 1 };

const text = z.string().min(1);

/** Everything that gives access, wherever else it may be in an answer that is not understood. */
const tokensIn = z.object({
  access_token: text.optional().catch(undefined),
  refresh_token: text.optional().catch(undefined),
  id_token: text.optional().catch(undefined),
});

/** Some servers say the seconds as text. */
const issued = z.looseObject({
  access_token: text,
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

const oauthError = z.object({ error: text, error_description: text.optional().catch(undefined) });

const vmwareError = z.object({ message: text });

function readError({ status, body }: Answer): ServerWords | undefined {
  const kind = status === 429 || status === 503 ? "busy" : status >= 500 ? "other" : "denied";
  const oauth = readJson(body, oauthError);
  if (oauth) return { kind, words: [oauth.error, oauth.error_description].filter(Boolean).join(": ") };
  const vmware = readJson(body, vmwareError);
  return vmware && { kind, words: vmware.message };
}

/**
 * How to get a token. The credential goes to that one URL: a redirect is not followed, wherever it leads.
 *
 * @param keepSecret - told each token before it can be in any message
 */
export function tokenExchange(
  { url, form, account, settings, places }: Credential,
  clock: Clock,
  keepSecret: (secret: string) => void,
  transport: Transport,
): Exchange {
  const { origin, pathname: path } = new URL(url);
  const serverTime = createServerTime(clock);
  const http = createHttp({ system, endpoint: origin, limits, limitAdvice, clock, serverTime, transport, readError });

  function refused(error: unknown): LoginError {
    return new LoginError(`${origin} gave no token for ${settings.join(", ")}: ${sentenceOf(error)} Check ${places}.`);
  }

  return async (limit) => {
    const request: Request = {
      method: "POST",
      path,
      origin,
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(account && { authorization: basicOf(account, keepSecret) }),
      },
      body: new URLSearchParams(form).toString(),
      repeatable: true,
      limit,
    };
    let answer: Answer;
    try {
      answer = await http(request);
    } catch (error) {
      throw isFinal(error) ? refused(error) : error;
    }
    const given = Object.values(readJson(answer.body, tokensIn) ?? {});
    given.filter((token) => token !== undefined).forEach(keepSecret);
    try {
      const { access_token: token, expires_in: expiresIn } = parseAnswer(request, answer.body, issued, system);
      return { token, expiresIn };
    } catch (error) {
      throw error instanceof ConnectionError ? refused(error) : error;
    }
  };
}

/** Whether the same would be said to the same credential another time. */
function isFinal(error: unknown): boolean {
  return error instanceof Redirected || isKind(error, "denied", "badInput") || hasStatus(error, 404, 405, 410);
}

/** RFC 6749, 2.3.1: both are encoded as in a form first. */
function basicOf({ id, secret }: { id: string; secret: string }, keepSecret: (secret: string) => void): string {
  const [user = "", password = ""] = [id, secret].map((part) => new URLSearchParams({ part }).toString().slice(5));
  keepSecret(password);
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
