import type { Clock } from "./clock.ts";
import { type TimeLimit, TimeUp } from "./timeLimit.ts";

/** What one look at something that takes time tells: it is done, it goes on, or it never will be done. */
export type Progress<T> = { readonly done: T } | { readonly waiting: string };

export type Look<T> = (looks: number) => Promise<Progress<T>>;

export interface WaitOptions {
  readonly clock: Clock;
  readonly limit: TimeLimit;
  /** Told each time the wait goes on, with what it waits for. */
  onWaiting?(waitingFor: string): void;
}

const defaults = { firstPause: 100, longestPause: 2_000, growth: 1.6 };

/**
 * Looks again and again, with growing pauses, until the look says that it is done.
 *
 * @param look - told how often it has looked, itself included: some things are worth waiting for only a few times
 * @returns the result, or what was still waited for when the time was up
 * @throws TimeUp when it was up before the first look had ended
 */
export async function waitFor<T>(look: Look<T>, { clock, limit, onWaiting }: WaitOptions): Promise<Progress<T>> {
  let pause = defaults.firstPause;
  let last: Progress<T> | undefined;
  for (let looks = 1; ; looks += 1) {
    try {
      last = await look(looks);
    } catch (error) {
      if (!(error instanceof TimeUp)) throw error;
      // What the looks before it found says more than that one more could not be taken.
      if (last) return last;
      throw error;
    }
    if ("done" in last || clock.elapsed() + pause > limit.deadline) return last;
    onWaiting?.(last.waiting);
    await clock.sleep(pause);
    pause = Math.min(pause * defaults.growth, defaults.longestPause);
  }
}
