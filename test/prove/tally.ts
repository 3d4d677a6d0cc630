import type { Plan, Result } from "./schedule.ts";

const exampleCount = 5;

/** Counts what schedules showed, and keeps the first few examples of what must not be. */
export class Tally {
  schedules = 0;
  mishaps = 0;
  /** Schedules in which somebody's change was lost. */
  losing = 0;
  losses = 0;
  /** Schedules in which an object changed hands between a read and a write, and NSX gave no means to notice. */
  unnoticeable = 0;
  /** Successes that were none. */
  untrue = 0;
  falseConflicts = 0;
  /** Operations of ours that ended well, and those that stopped and said why. */
  done = 0;
  stopped = 0;
  readonly examples: string[] = [];
  readonly #orders = new Set<string>();

  /** Orders of requests that were different. */
  get interleavings(): number {
    return this.#orders.size;
  }

  add(plan: Plan, { order, losses, unnoticeable, untrue, falseConflicts, outcomes, mishaps }: Result): void {
    this.schedules += 1;
    this.mishaps += mishaps;
    this.losing += losses.length > 0 ? 1 : 0;
    this.losses += losses.length;
    this.unnoticeable += unnoticeable.length > 0 ? 1 : 0;
    this.untrue += untrue.length;
    this.falseConflicts += falseConflicts.length;
    this.#orders.add(`${plan.name}: ${order.join("")}`);
    plan.writers.forEach(({ isOurs }, index) => {
      if (isOurs) this[outcomes[index]?.kind === "done" ? "done" : "stopped"] += 1;
    });
    const lost = losses.map(({ rule, user, detail }) => `${user}: ${rule} (${detail})`);
    const wrong = [...lost, ...untrue, ...falseConflicts];
    if (wrong.length > 0 && this.examples.length < exampleCount) {
      const where = `${plan.name}, order ${order.join("")}, ${JSON.stringify(plan.switches)}`;
      this.examples.push(`${where}: ${wrong.join("; ")}`);
    }
  }

  /** Adds what another one has counted. */
  take(other: Tally): void {
    this.schedules += other.schedules;
    this.losses += other.losses;
    this.falseConflicts += other.falseConflicts;
    for (const order of other.#orders) this.#orders.add(order);
  }

  /** Everything that must not be: zero, for a client that loses nothing. */
  get wrong(): number {
    return this.losses + this.untrue + this.falseConflicts;
  }
}
