import type { Clock } from "./clock.ts";
import { type TimeLimit, within } from "./timeLimit.ts";

/** The gate that every request to one host passes, retries included, so that nothing can make a storm. */
export interface Pacer {
  /** Sends when it is this request's turn. @throws TimeUp when its turn does not come in time; then it is never sent */
  run<T>(limit: TimeLimit, send: () => Promise<T>): Promise<T>;
  /** Sends nothing more for so many milliseconds: a server's Retry-After holds the whole host. */
  holdFor(milliseconds: number): void;
  /** The server refused a request for its limits: somebody else uses the same account, or its limits are lower. */
  refused(limit: "rate" | "load"): void;
  /** Other limits from now on. What was learned by refusals was learned of the ones before. */
  allow(limits: PacerLimits): void;
  /** The server took a request. */
  served(): void;
}

export interface PacerLimits {
  readonly requestsPerSecond: number;
  readonly concurrency: number;
}

/** What was measured: PERFORMANCE.md, "Pacing". */
const policy = {
  /**
   * At most N arrivals in any window of a second. A token bucket of the same rate lets N burst at the end of one of the
   * server's seconds and N at the start of the next, which the server counts as 2 N. 5 ms more for clocks that count whole
   * milliseconds.
   */
  window: 1_005,
  /**
   * What arrives late counts late: the next window begins that much earlier for the server. How late a request can have
   * been shows in its answer, compared with the fastest one. No longer than this, for an answer may also take long
   * because there was much to do.
   */
  latest: 50,
  /**
   * A full window is sent over this part of it, not at once: requests that arrive in a heap wait for each other. What a
   * timer is late by is made up for, up to so many milliseconds.
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

interface Sent {
  readonly at: number;
  /** Milliseconds until the answer; 0 before it. */
  took: number;
}

export function createPacer(atFirst: PacerLimits, clock: Clock): Pacer {
  let limits = atFirst;
  let sends: Sent[] = [];
  let fastest = Number.POSITIVE_INFINITY;
  let waiting: ((sent: Sent) => void)[] = [];
  let inFlight = 0;
  let heldUntil = 0;
  /** The status of the last refusal, as long as nothing has been served since. */
  let refusal: number | undefined;
  let timerRuns = false;
  let nextAt = Number.NEGATIVE_INFINITY;
  let rate = limits.requestsPerSecond;
  let window = policy.window;
  let concurrency = limits.concurrency;
  let recoveredAt = clock.elapsed();
  let event = { began: Number.NEGATIVE_INFINITY, repeated: false };
  let decreasedAt = Number.NEGATIVE_INFINITY;

  function recover(now: number): void {
    const seconds = Math.max(now - recoveredAt, 0) / 1_000;
    recoveredAt = now;
    rate = Math.min(rate + policy.ratePerSecond * seconds, limits.requestsPerSecond);
    window = Math.max(window - policy.windowDecayPerSecond * seconds, policy.window);
  }

  /** When the server had it at the latest, as far as is known, apart from what every request takes. */
  function arrivalOf({ at, took }: Sent): number {
    return at + Math.min(Math.max(took - fastest, 0), policy.latest);
  }

  function pauseNeeded(): number {
    const now = clock.elapsed();
    recover(now);
    // Less than one a second is one in a longer window.
    const [many, during] = rate < 1 ? [1, window / rate] : [Math.floor(rate), window];
    sends = sends.filter((sent) => arrivalOf(sent) > now - during);
    const arrivals = sends.map(arrivalOf).sort((a, b) => a - b);
    const oldest = arrivals[arrivals.length - many];
    return Math.max(oldest === undefined ? 0 : oldest + during - now, nextAt - now, heldUntil - now);
  }

  function admit(): void {
    while (waiting.length > 0 && inFlight < Math.floor(concurrency)) {
      const pause = pauseNeeded();
      if (pause > 0) {
        if (!timerRuns) void admitAfter(pause);
        return;
      }
      inFlight += 1;
      const sent = { at: clock.elapsed(), took: 0 };
      sends.push(sent);
      nextAt = Math.max(nextAt, sent.at - policy.catchUp) + (policy.spread * window) / rate;
      waiting.shift()?.(sent);
    }
  }

  async function admitAfter(pause: number): Promise<void> {
    timerRuns = true;
    await clock.sleep(pause);
    timerRuns = false;
    admit();
  }

  return {
    async run(limit, send) {
      const turn = Promise.withResolvers<Sent>();
      const before = beforeThis(waiting.length + inFlight);
      const waitedFor = refusal ? `the server still refused requests (status ${refusal})` : before;
      const sent = await within(limit, waitedFor, () => {
        waiting.push(turn.resolve);
        admit();
        return turn.promise;
      }).catch((error) => {
        waiting = waiting.filter((other) => other !== turn.resolve);
        throw error;
      });
      try {
        return await send();
      } finally {
        inFlight -= 1;
        sent.took = clock.elapsed() - sent.at;
        fastest = Math.min(fastest, sent.took);
        admit();
      }
    },
    holdFor(milliseconds) {
      heldUntil = Math.max(heldUntil, clock.elapsed() + milliseconds);
    },
    refused(limit) {
      refusal = limit === "rate" ? 429 : 503;
      const now = clock.elapsed();
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
    allow(other) {
      limits = other;
      rate = other.requestsPerSecond;
      concurrency = other.concurrency;
      window = policy.window;
      admit();
    },
    served() {
      refusal = undefined;
      concurrency = Math.min(concurrency + 1 / concurrency, limits.concurrency);
    },
  };
}

function beforeThis(requests: number): string {
  if (requests === 0) return "the next request had not been sent";
  return requests === 1
    ? "1 request before this one was not through"
    : `${requests} requests before this one were not through`;
}
