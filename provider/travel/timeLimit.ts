import type { Clock } from "./clock.ts";

/** How long one operation may take. Whatever it waits for, it waits with this: a turn, an answer, a pause, another's work. */
export interface TimeLimit {
  /** When the time is up, on the clock's `elapsed`. */
  readonly deadline: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** Where it comes from, for messages: `nsx:timeout is 600 s`. */
  readonly origin: string;
}

/** The operation's time is up; {@link message} says what was still waited for. */
export class TimeUp extends Error {
  override readonly name = "TimeUp";
}

export function timeLimit(clock: Clock, seconds: number, setting: string): TimeLimit {
  const milliseconds = seconds * 1_000;
  return {
    deadline: clock.elapsed() + milliseconds,
    signal: clock.signalAfter(milliseconds),
    origin: `${setting} is ${seconds} s`,
  };
}

/**
 * For something that may as well be left out: so many seconds at most, and never more than a quarter of what is left for
 * all that comes after it.
 */
export function brief(clock: Clock, limit: TimeLimit, seconds: number): TimeLimit {
  const left = Math.max(0, limit.deadline - clock.elapsed());
  const milliseconds = Math.floor(Math.min(seconds * 1_000, left / 4));
  return {
    deadline: clock.elapsed() + milliseconds,
    signal: AbortSignal.any([limit.signal, clock.signalAfter(milliseconds)]),
    origin: `${Math.round(milliseconds / 1_000)} s`,
  };
}

/** What several operations wait for together may take as long as the most patient of them. */
export function longest(limits: readonly TimeLimit[]): TimeLimit {
  return limits.reduce((a, b) => (b.deadline > a.deadline ? b : a));
}

/** Milliseconds that whoever waits inside of something has to say why, once the time is up. */
const toSayWhy = 20;

/** {@link within} around something that keeps to the same limit itself, and knows better what it waits for. */
export function withinAll<T>(limit: TimeLimit, waitedFor: string, begin: () => Promise<T>): Promise<T> {
  return within(limit, waitedFor, begin, toSayWhy);
}

/**
 * What `begin` gives, or a {@link TimeUp} as soon as the time is up, whether or not what was begun ever ends.
 *
 * @param waitedFor - such as "GET /infra/segments/web had no answer"
 */
export async function within<T>(limit: TimeLimit, waitedFor: string, begin: () => Promise<T>, grace = 0): Promise<T> {
  const { signal, origin } = limit;
  const timeUp = () => new TimeUp(`${waitedFor} when the time was up (${origin}).`);
  if (signal.aborted) throw timeUp();
  const stopped = Promise.withResolvers<never>();
  const fail = () => stopped.reject(timeUp());
  const stop = () => (grace > 0 ? setTimeout(fail, grace) : fail());
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([begin(), stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
