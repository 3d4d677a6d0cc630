import { setTimeout as delay } from "node:timers/promises";

/** Time, as an argument, so that tests can let minutes pass at once. */
export interface Clock {
  /** The time of day, in milliseconds since 1970: for what is said and stamped, as it may be set back or forward. */
  now(): number;
  /** Milliseconds since some moment, which only ever grow: for whatever waits or measures. */
  elapsed(): number;
  /** @throws the signal's reason as soon as it is aborted */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Is aborted after so many milliseconds; keeps no process alive. */
  signalAfter(milliseconds: number): AbortSignal;
}

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
  signalAfter: (milliseconds) => AbortSignal.timeout(milliseconds),
};
