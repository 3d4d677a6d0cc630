import type { Clock } from "./clock.ts";

/** The gate that every request to one host passes, retries included, so that nothing can make a storm. */
export interface Pacer {
  run<T>(send: () => Promise<T>): Promise<T>;
  /** Sends nothing more before that time: a server's Retry-After holds the whole host. */
  holdUntil(time: number): void;
  /** The server refused a request for its limits: somebody else uses the same account, or its limits are lower. */
  refused(limit: "rate" | "load"): void;
  /** The server took a request. */
  served(): void;
}

export interface PacerLimits {
  readonly requestsPerSecond: number;
  readonly concurrency: number;
}

/** Constants and their measurements: notes on reliability and performance, sections 3.2 and 3.3. */
const policy = {
  /**
   * At most N sends in any window of a little over a second. A token bucket of the same rate lets N burst at the end of
   * one of the server's seconds and N at the start of the next, which the server counts as 2 N; 20 ms more than a second
   * absorb the network's jitter.
   */
  window: 1_020,
  /**
   * A full window is sent over this part of it, not at once: requests that arrive in a heap wait for each other, some
   * longer than the 20 ms. What a timer is late by is made up for, up to so many milliseconds.
   */
  spread: 0.5,
  catchUp: 15,
  /** A refusal now and then is jitter, and a slightly longer window is enough. */
  windowStep: 15,
  longestWindow: 1_100,
  windowDecayPerSecond: 0.1,
  /** Refusals at one time are one event. */
  sameEvent: 300,
  /** Events closer together than this are somebody else's share: less, at most once a second, then slowly more. */
  repeatedWithin: 5_000,
  decreaseAtMostEvery: 1_000,
  rateFactor: 0.8,
  lowestRate: 10,
  ratePerSecond: 4,
  concurrencyFactor: 0.5,
  lowestConcurrency: 2,
  /** Everybody who was refused would come back at the same time. */
  pause: { shortest: 50, longest: 350 },
};

export function createPacer(limits: PacerLimits, clock: Clock): Pacer {
  const sends: number[] = [];
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let heldUntil = 0;
  let timerRuns = false;
  let nextAt = Number.NEGATIVE_INFINITY;
  let rate = limits.requestsPerSecond;
  let window = policy.window;
  let concurrency = limits.concurrency;
  let recoveredAt = clock.now();
  let event = { began: Number.NEGATIVE_INFINITY, repeated: false };
  let decreasedAt = Number.NEGATIVE_INFINITY;

  function recover(now: number): void {
    const seconds = Math.max(now - recoveredAt, 0) / 1_000;
    recoveredAt = now;
    rate = Math.min(rate + policy.ratePerSecond * seconds, limits.requestsPerSecond);
    window = Math.max(window - policy.windowDecayPerSecond * seconds, policy.window);
  }

  function pauseNeeded(): number {
    const now = clock.now();
    recover(now);
    while (sends[0] !== undefined && sends[0] <= now - window) sends.shift();
    const oldest = sends[sends.length - Math.max(Math.floor(rate), 1)];
    return Math.max(oldest === undefined ? 0 : oldest + window - now, nextAt - now, heldUntil - now);
  }

  function admit(): void {
    while (waiting.length > 0 && inFlight < Math.floor(concurrency)) {
      const pause = pauseNeeded();
      if (pause > 0) {
        if (!timerRuns) void admitAfter(pause);
        return;
      }
      inFlight += 1;
      sends.push(clock.now());
      nextAt = Math.max(nextAt, clock.now() - policy.catchUp) + (policy.spread * window) / rate;
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
    refused(limit) {
      const now = clock.now();
      recover(now);
      const sinceLast = now - event.began;
      if (sinceLast > policy.sameEvent) event = { began: now, repeated: sinceLast < policy.repeatedWithin };
      const { shortest, longest } = policy.pause;
      heldUntil = Math.max(heldUntil, now + shortest + Math.random() * (longest - shortest));
      if (now - decreasedAt < policy.decreaseAtMostEvery) return;
      if (limit === "rate" && !event.repeated) {
        if (event.began === now) window = Math.min(window + policy.windowStep, policy.longestWindow);
        return;
      }
      decreasedAt = now;
      if (limit === "rate") {
        rate = Math.max(rate * policy.rateFactor, Math.min(policy.lowestRate, limits.requestsPerSecond));
      } else {
        const lowest = Math.min(policy.lowestConcurrency, limits.concurrency);
        concurrency = Math.max(concurrency * policy.concurrencyFactor, lowest);
      }
    },
    served() {
      concurrency = Math.min(concurrency + 1 / concurrency, limits.concurrency);
    },
  };
}
