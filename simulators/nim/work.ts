import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../kit/index.ts";

/** What NIM does after it has answered. */
export interface Work {
  /** Does things for one instance or group one after the other, in the order of the calls. */
  on<R>(key: string, action: () => Promise<R>): Promise<R>;
  /** Waits for a time of the simulator's clock, which a test may move. */
  until(time: number): Promise<void>;
  /** Whoever waits for a time goes on at once. */
  hurry(): void;
  background(action: () => Promise<void>): void;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

export function createWork(clock: Clock): Work {
  const queues = new Map<string, Promise<unknown>>();
  const underWay = new Set<Promise<void>>();
  let hurried = 0;
  return {
    on: (key, action) => {
      const result = (queues.get(key) ?? Promise.resolve()).then(action);
      queues.set(
        key,
        result.catch(() => undefined),
      );
      return result;
    },
    until: async (time) => {
      const begun = hurried;
      for (let left = time - clock.now(); left > 0 && begun === hurried; left = time - clock.now()) {
        // A clock of a test may run through minutes within few of our milliseconds.
        await sleep(1);
      }
    },
    hurry: () => {
      hurried += 1;
    },
    background: (action) => {
      const running = action().finally(() => underWay.delete(running));
      underWay.add(running);
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
