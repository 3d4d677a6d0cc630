import type { Clock } from "./clock.ts";

/** What one look at something that takes time tells: it is done, it goes on, or it never will be done. */
export type Progress<T> = { readonly done: T } | { readonly waiting: string };

export type Look<T> = (looks: number) => Promise<Progress<T>>;

export interface WaitOptions {
  readonly clock: Clock;
  /** When to give up, in milliseconds since 1970. */
  readonly deadline: number;
  /** Told each time the wait goes on, with what it waits for. */
  onWaiting?(waitingFor: string): void;
}

const defaults = { firstPause: 100, longestPause: 2_000, growth: 1.6 };

/**
 * Looks again and again, with growing pauses, until the look says that it is done.
 *
 * @param look - told how often it has looked, itself included: some things are worth waiting for only a few times
 * @returns the result, or what was still waited for when the time was up.
 */
export async function waitFor<T>(look: Look<T>, options: WaitOptions): Promise<Progress<T>> {
  let pause = defaults.firstPause;
  for (let looks = 1; ; looks += 1) {
    const progress = await look(looks);
    if ("done" in progress || options.clock.now() + pause > options.deadline) return progress;
    options.onWaiting?.(progress.waiting);
    await options.clock.sleep(pause);
    pause = Math.min(pause * defaults.growth, defaults.longestPause);
  }
}
