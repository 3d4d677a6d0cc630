import type { Clock } from "../../provider/travel/clock.ts";

/** A clock whose time passes only when everybody sleeps: minutes of waiting take no time and always go the same way. */
export interface VirtualClock extends Clock {
  advance(milliseconds: number): void;
}

export function createVirtualClock(start = Date.parse("2026-01-01T00:00:00Z")): VirtualClock {
  // Counted from 0: beside the milliseconds since 1970 a very short pause would be no time at all, for ever.
  let time = 0;
  let sleepers: { until: number; wake: () => void }[] = [];
  let alarms: { at: number; ring: AbortController }[] = [];
  let scheduled = false;

  function wakeNext(): void {
    scheduled = false;
    const next = sleepers.sort((a, b) => a.until - b.until).shift();
    if (!next) return;
    // A time limit that passes on the way there is over before whoever sleeps longer wakes up.
    const missed = alarms.filter(({ at }) => at < next.until).sort((a, b) => a.at - b.at);
    alarms = alarms.filter(({ at }) => at >= next.until);
    for (const { at, ring } of missed) {
      time = Math.max(time, at);
      ring.abort();
    }
    if (missed.length > 0) {
      // Whom it has woken goes first.
      sleepers.push(next);
      schedule();
      return;
    }
    time = Math.max(time, next.until);
    next.wake();
    schedule();
  }

  // Whoever is awake gets to run, over several turns of the event loop, before time moves on.
  function schedule(turns = 4): void {
    if (turns === 4 && scheduled) return;
    scheduled = true;
    setImmediate(() => (turns > 1 ? schedule(turns - 1) : wakeNext()));
  }

  return {
    now: () => start + time,
    elapsed: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((wake, fail) => {
        const sleeper = { until: time + milliseconds, wake };
        sleepers = [...sleepers, sleeper];
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          fail(signal.reason);
        });
        schedule();
      }),
    signalAfter(milliseconds) {
      const ring = new AbortController();
      alarms.push({ at: time + milliseconds, ring });
      return ring.signal;
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
