/** Carries out what several walkers ask for at once. The results are in the order of the requests; an error is one of them. */
export type Carry<Kind, Request, Result> = (kind: Kind, requests: readonly Request[]) => Promise<(Result | Error)[]>;

interface Waiting<Request, Result> {
  readonly request: Request;
  resolve(result: Result): void;
  reject(error: Error): void;
}

/**
 * Walkers that go step by step, each in its own time, and a helper that is slow but takes many at once: as soon as nobody
 * goes on by himself any more, what most of them wait for is done for all of these.
 */
export class Rounds<Kind, Request, Result> {
  readonly #carry: Carry<Kind, Request, Result>;
  readonly #waiting = new Map<Kind, Waiting<Request, Result>[]>();
  #walkers = 0;

  constructor(carry: Carry<Kind, Request, Result>) {
    this.#carry = carry;
  }

  /** All have to be here before the first of them asks. */
  enter(walkers: number): void {
    this.#walkers += walkers;
  }

  leave(): void {
    this.#walkers -= 1;
    this.#nextRound();
  }

  ask(kind: Kind, request: Request): Promise<Result> {
    const asked = new Promise<Result>((resolve, reject) => {
      const others = this.#waiting.get(kind) ?? [];
      this.#waiting.set(kind, [...others, { request, resolve, reject }]);
    });
    this.#nextRound();
    return asked;
  }

  #nextRound(): void {
    const groups = [...this.#waiting];
    const count = groups.reduce((sum, [, group]) => sum + group.length, 0);
    if (count === 0 || count < this.#walkers) return;
    const [kind, group] = groups.reduce((most, other) => (other[1].length > most[1].length ? other : most));
    this.#waiting.delete(kind);
    const requests = group.map(({ request }) => request);
    this.#carry(kind, requests).then(
      (results) =>
        group.forEach(({ resolve, reject }, i) => {
          const result = results[i];
          if (result instanceof Error) reject(result);
          else resolve(result as Result);
        }),
      (error) => {
        for (const { reject } of group) reject(error);
      },
    );
  }
}
