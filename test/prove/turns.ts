// Decides who sends next. Every request of every writer waits for its turn before it reaches the server, so one
// schedule is one order of requests, and the same schedule gives the same run.

/** What a writer calls before each request; goes on when it is its turn. */
export type Turn = () => Promise<void>;

export type Participant = (turn: Turn) => Promise<void>;

/** Picks one of those that wait, by its place in the list. */
export type Choose = (waiting: readonly number[]) => number;

/** Runs all participants to their ends; answers the order of their requests. */
export async function takeTurns(participants: readonly Participant[], choose: Choose): Promise<number[]> {
  const waiting = new Map<number, () => void>();
  let settle: () => void = () => {};

  /** Lets one participant run until it waits for its next turn or has ended; nobody else runs meanwhile. */
  function untilSettled(go: () => void): Promise<void> {
    return new Promise<void>((resolve) => {
      settle = resolve;
      go();
    });
  }

  for (const [index, participant] of participants.entries()) {
    const turn: Turn = () =>
      new Promise<void>((go) => {
        waiting.set(index, go);
        settle();
      });
    await untilSettled(() => void participant(turn).then(() => settle()));
  }
  const order: number[] = [];
  while (waiting.size > 0) {
    const indexes = [...waiting.keys()].sort((a, b) => a - b);
    const chosen = indexes[choose(indexes)] as number;
    const go = waiting.get(chosen) as () => void;
    waiting.delete(chosen);
    order.push(chosen);
    await untilSettled(go);
  }
  return order;
}

/** Walks through every sequence of choices, each run making the choices that the next run differs in. */
export class Choices {
  #made: { choice: number; of: number }[] = [];
  #at = 0;

  /** A choice among so many; the same sequence as the last run up to the one place that is changed. */
  pick(of: number): number {
    this.#made[this.#at] ??= { choice: 0, of };
    const { choice } = this.#made[this.#at] as { choice: number };
    this.#at += 1;
    return choice;
  }

  /** Moves on to the next sequence; false when there is none. */
  next(): boolean {
    this.#at = 0;
    for (;;) {
      const last = this.#made.pop();
      if (!last) return false;
      if (last.choice + 1 < last.of) {
        this.#made.push({ choice: last.choice + 1, of: last.of });
        return true;
      }
    }
  }
}
