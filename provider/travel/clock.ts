import { setTimeout as delay } from "node:timers/promises";

/** Time, as an argument, so that tests can let minutes pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = { now: Date.now, sleep: (milliseconds) => delay(milliseconds) };
