import type { Clock } from "./clock.ts";

/** The gate that every request to one host passes, retries included, so that nothing can make a storm. */
export interface Pacer {
  run<T>(send: () => Promise<T>): Promise<T>;
  /** Sends nothing more before that time: a server's Retry-After holds the whole host. */
  holdUntil(time: number): void;
}

export interface PacerLimits {
  readonly requestsPerSecond: number;
  readonly concurrency: number;
}

/**
 * At most N sends in any window of a little over a second. A token bucket of the same rate lets N burst at the end of
 * one of the server's seconds and N at the start of the next, which the server counts as 2 N; 20 ms more than a second
 * absorb the network's jitter.
 */
const windowMilliseconds = 1_020;

export function createPacer(limits: PacerLimits, clock: Clock): Pacer {
  const sends: number[] = [];
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let heldUntil = 0;
  let timerRuns = false;

  function pauseNeeded(): number {
    const now = clock.now();
    while (sends[0] !== undefined && sends[0] <= now - windowMilliseconds) sends.shift();
    const full = sends.length >= limits.requestsPerSecond ? (sends[0] ?? now) + windowMilliseconds - now : 0;
    return Math.max(full, heldUntil - now);
  }

  function admit(): void {
    while (waiting.length > 0 && inFlight < limits.concurrency) {
      const pause = pauseNeeded();
      if (pause > 0) {
        if (!timerRuns) void admitAfter(pause);
        return;
      }
      inFlight += 1;
      sends.push(clock.now());
      waiting.shift()?.();
    }
  }

  async function admitAfter(pause: number): Promise<void> {
    timerRuns = true;
    await clock.sleep(pause);
    timerRuns = false;
    admit();
  }

  return {
    async run(send) {
      await new Promise<void>((admitted) => {
        waiting.push(admitted);
        admit();
      });
      try {
        return await send();
      } finally {
        inFlight -= 1;
        admit();
      }
    },
    holdUntil(time) {
      heldUntil = Math.max(heldUntil, time);
    },
  };
}
