import type { Clock } from "../../provider/travel/clock.ts";

/** A clock whose time passes only when everybody sleeps: minutes of waiting take no time and always go the same way. */
export interface VirtualClock extends Clock {
  advance(milliseconds: number): void;
}

export function createVirtualClock(start = Date.parse("2026-01-01T00:00:00Z")): VirtualClock {
  let time = start;
  let sleepers: { until: number; wake: () => void }[] = [];
  let scheduled = false;

  function wakeNext(): void {
    scheduled = false;
    const next = sleepers.sort((a, b) => a.until - b.until).shift();
    if (!next) return;
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
    now: () => time,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers = [...sleepers, { until: time + milliseconds, wake }];
        schedule();
      }),
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
