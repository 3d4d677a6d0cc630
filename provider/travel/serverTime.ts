import type { Clock } from "./clock.ts";

/** A server's clock, as far as its answers tell: it may be ahead of ours or behind. */
export interface ServerTime {
  /** Takes note of an answer's `Date`. */
  heard(date: unknown): void;
  /** The server's time at a moment of ours, both in milliseconds since 1970; ours as long as no answer has told. */
  at(ours: number): number;
}

/**
 * `Date` names whole seconds and is read a little after it was written, so what comes out is at most a second and the way
 * of an answer too early, and never too late.
 */
export function createServerTime(clock: Clock): ServerTime {
  let ahead: number | undefined;
  return {
    heard(date) {
      const time = typeof date === "string" ? Date.parse(date) : Number.NaN;
      if (ahead === undefined && !Number.isNaN(time)) ahead = time - clock.now();
    },
    at: (ours) => ours + (ahead ?? 0),
  };
}
