import { z } from "zod";
import type { Clock } from "./clock.ts";
import {
  AnswerTooLarge,
  ApiError,
  ConnectionError,
  hasStatus,
  isAmbiguous,
  isKind,
  isPutOff,
  kindOfStatus,
  Redirected,
  type ServerWords,
  WayRefused,
} from "./errors.ts";
import { parseJson } from "./json.ts";
import { createPacer, type Pacer, type PacerLimits } from "./pacer.ts";
import type { ServerTime } from "./serverTime.ts";
import { TimeUp, within } from "./timeLimit.ts";
import type { Answer, Request, Transport } from "./transport.ts";

export interface HttpOptions {
  /** The system's name as users know it, for messages. */
  readonly system: string;
  readonly endpoint: string;
  readonly limits: PacerLimits;
  /** Whom the server counts requests against, and what to do about it; said when it has refused too long. */
  readonly limitAdvice: string;
  readonly clock: Clock;
  readonly serverTime: ServerTime;
  readonly transport: Transport;
  /** Reads the server's error; `undefined` when the body is none of its own. */
  readonly readError: (answer: Answer, request: Request) => ServerWords | undefined;
}

export interface Http extends Transport {
  /** What the system has told of its limits, which goes for each of its hosts from now on. */
  allow(limits: PacerLimits): void;
}

/** Done, created, accepted, deleted: whatever else is a success elsewhere is no answer to such a request. */
const successes: Readonly<Record<Request["method"], readonly number[]>> = {
  GET: [200],
  PUT: [200, 201],
  POST: [200, 201, 202],
  PATCH: [200],
  DELETE: [200, 204],
};

const policy = {
  /** Tries of a request that may safely be sent again. */
  attempts: 4,
  firstPause: 250,
  longestPause: 20_000,
  /** After a 429 the pacer sends less anyway, so whoever was refused need not stand back for long. */
  longestPauseForRate: 2_000,
  /** A server that asks for more than this is not obeyed: the deadline would pass in one sleep. */
  longestRetryAfter: 60_000,
  /** For so long a host that answers 503 is asked again where another one could be. */
  longestBusy: 20_000,
};

/**
 * Sends requests to one host: paced, retried where that is safe, with the server's own words in every error.
 *
 * @throws {@link ApiError} for an answer that is not success, {@link ConnectionError} when there is none.
 */
export function createHttp(options: HttpOptions): Http {
  const pacers = new Map<string, Pacer>();
  let { limits } = options;

  /** Each host counts what reaches itself, and asks for no pause of others. */
  function pacerOf({ origin = options.endpoint }: Request): Pacer {
    const pacer = pacers.get(origin) ?? createPacer(limits, options.clock);
    pacers.set(origin, pacer);
    return pacer;
  }

  async function sendOnce(request: Request): Promise<Answer> {
    const { limit, atOnce = false } = request;
    const pacer = pacerOf(request);
    const what = `${request.method} ${request.path} had no answer`;
    // The transport ends with the signal too; one that does not must not hold the operation.
    const send = async () => {
      request.check?.();
      return await within(limit, what, () => options.transport(request));
    };
    const answer = await (atOnce ? send() : pacer.run(limit, send));
    options.serverTime.heard(answer.headers.date);
    if (answer.status === 429) pacer.refused("rate");
    else if (answer.status === 503) pacer.refused("load");
    else pacer.served();
    if (successes[request.method].includes(answer.status)) return answer;
    if (answer.status >= 200 && answer.status < 300) {
      // Such as 206, a part of something, or a deletion that has created: only a look can tell what was done.
      const what = `${request.method} ${request.path} answered ${answer.status}`;
      throw new ConnectionError(
        `${what}, which is no answer of ${options.system}'s; is there a proxy before it?`,
        true,
      );
    }
    const hold = retryAfterOf(answer, options.clock);
    pacer.holdFor(hold);
    throw toApiError(request, answer, options, hold);
  }

  async function send(request: Request): Promise<Answer> {
    let before: unknown;
    let busySince: number | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await sendOnce(request);
      } catch (error) {
        // What the server said before the time was up says more than that it was up.
        if (error instanceof TimeUp && before) throw withAdvice(before, options.limitAdvice);
        before = error;
        const pause = pauseBeforeRetry(request, error, attempt);
        if (pause === undefined) throw error;
        const { hold = 0 } = error as Partial<ApiError>;
        const goesOnAt = options.clock.elapsed() + Math.max(pause, hold);
        if (goesOnAt > request.limit.deadline) throw withAdvice(error, options.limitAdvice);
        if (hasStatus(error, 503)) busySince ??= options.clock.elapsed();
        const isBusyForLong = busySince !== undefined && goesOnAt - busySince > policy.longestBusy;
        if (request.hasAlternative && isBusyForLong) throw error;
        await options.clock.sleep(pause);
      }
    }
  }

  return Object.assign(send, {
    allow(other: PacerLimits) {
      limits = other;
      for (const pacer of pacers.values()) pacer.allow(other);
    },
  });
}

/**
 * The one retry rule. 429 and 503 say that the request was not processed, so anything may be sent again for as long as
 * there is time; but a proxy may say either of what has gone through, so one that adds an object is looked for first. What
 * may have been carried out is sent again only when it changes nothing; writes are resolved by whoever knows how to read
 * the object.
 */
function pauseBeforeRetry(request: Request, error: unknown, attempt: number): number | undefined {
  if (request.once) return undefined;
  const longest = hasStatus(error, 429) ? policy.longestPauseForRate : policy.longestPause;
  const fullJitter = Math.random() * Math.min(policy.firstPause * 2 ** attempt, longest);
  if (isPutOff(error)) return request.afterLook ? undefined : fullJitter;
  if (error instanceof AnswerTooLarge || error instanceof WayRefused) return undefined;
  const notSent = error instanceof ConnectionError && !error.mayHaveArrived;
  const harmless = (request.method === "GET" || request.repeatable) && isAmbiguous(error);
  const notDone = isKind(error, "busy") && !isAmbiguous(error);
  const isWorthIt = (notSent && !request.hasAlternative) || harmless || notDone;
  return isWorthIt && attempt < policy.attempts ? fullJitter : undefined;
}

function withAdvice(error: unknown, advice: string): unknown {
  if (isPutOff(error)) error.message += ` ${advice}`;
  return error;
}

/** Milliseconds. A date is one of the server's clock, which its `Date` tells. */
function retryAfterOf({ headers }: Answer, clock: Clock): number {
  const header = headers["retry-after"];
  if (typeof header !== "string") return 0;
  const serverTime = Date.parse(String(headers.date));
  const now = Number.isNaN(serverTime) ? clock.now() : serverTime;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), policy.longestRetryAfter) : 0;
}

function toApiError(request: Request, answer: Answer, options: HttpOptions, hold: number): ApiError {
  const what = `${request.method} ${request.path}`;
  if (answer.status >= 300 && answer.status < 400) {
    const location = String(answer.headers.location ?? "");
    const from = new URL((request.origin ?? options.endpoint) + request.path);
    const target = location && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const words = `redirected to ${target?.origin ?? "nowhere"}, which is not configured and therefore not followed. Is ${from.origin} really ${options.system}?`;
    return new Redirected(what, answer.status, target, words);
  }
  const own = options.readError(answer, request);
  const words =
    own?.words ??
    `not ${options.system}'s own error but ${excerptOf(answer.body)}; is there a proxy before ${options.endpoint}?`;
  const kind = own?.kind ?? kindOfStatus(answer.status);
  return new ApiError(what, answer.status, { kind, code: own?.code, words }, hold);
}

/** Reads an answer that must be JSON of a known form; one that is not says nothing about whether a write was carried out. */
export function parseAnswer<T>(request: Request, body: string, schema: z.ZodType<T>, system: string): T {
  const what = `${request.method} ${request.path} answered`;
  let json: unknown;
  try {
    json = body === "" ? undefined : parseJson(body);
    if (body === "" && !schema.safeParse(undefined).success) throw new SyntaxError("nothing");
  } catch {
    throw new ConnectionError(
      `${what} ${excerptOf(body)} instead of ${system}'s JSON; is there a proxy before it?`,
      true,
    );
  }
  return understood(what, json, schema, system);
}

/**
 * What was answered in a known form.
 *
 * @param what - begins the message: `/infra/segments/web was answered with`
 * @throws when it has another form, which says nothing about whether a write was carried out
 */
export function understood<T>(what: string, json: unknown, schema: z.ZodType<T>, system: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = z.prettifyError(parsed.error).replaceAll("received undefined", "it is missing");
  throw new ConnectionError(`${what} JSON that is not ${system}'s: ${problems}`, true);
}

/** Enough of a body to recognise it, never enough to leak one. */
function excerptOf(body: string): string {
  if (body.trim() === "") return "an empty body";
  if (/^\s*</.test(body))
    return `HTML (${/<title>([^<]{1,80})/i.exec(body)?.[1]?.trim() ?? `${body.length} characters`})`;
  return `${body.length} characters that are not JSON`;
}
