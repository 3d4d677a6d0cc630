// Every order of requests of some writers, and with it every place at which one request of ours can meet with a mishap.
import type { Arena } from "./arena.ts";
import { type Mishap, mishaps } from "./faults.ts";
import { type Plan, runSchedule } from "./schedule.ts";
import type { Tally } from "./tally.ts";
import { Choices, takeTurns } from "./turns.ts";

export interface Limits {
  /** Requests of one writer whose place is varied; the rest of its work follows at once. */
  readonly steps: number;
  /** Mishaps in one schedule, at any request of ours; 0 for none. */
  readonly mishaps: number;
}

/** Runs every schedule there is; answers how many that were. */
export async function runAll(arena: Arena, plan: Plan, limits: Limits, tally: Tally): Promise<number> {
  const choices = new Choices();
  let count = 0;
  do {
    const steps = plan.writers.map(() => 0);
    let left = limits.mishaps;

    function choose(waiting: readonly number[]): number {
      const late = waiting.findIndex((index) => (steps[index] as number) >= limits.steps);
      const place = late >= 0 ? late : choices.pick(waiting.length);
      steps[waiting[place] as number] = (steps[waiting[place] as number] as number) + 1;
      return place;
    }

    function mishap(): Mishap | undefined {
      const chosen = left > 0 ? mishaps[choices.pick(mishaps.length + 1) - 1] : undefined;
      if (chosen) left -= 1;
      return chosen;
    }

    tally.add(plan, await runSchedule(arena, plan, { run: (participants) => takeTurns(participants, choose), mishap }));
    count += 1;
  } while (choices.next());
  return count;
}
