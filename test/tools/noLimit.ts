import type { TimeLimit } from "../../provider/travel/timeLimit.ts";

/** For a clock whose time only moves when somebody sleeps: no wait is ever cut off in its middle. */
export const neverSignal = (): AbortSignal => new AbortController().signal;

/** For tests that are not about time. */
export const noLimit: TimeLimit = { deadline: Number.POSITIVE_INFINITY, signal: neverSignal(), origin: "no limit" };
