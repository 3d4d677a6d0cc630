/** A seeded generator: a failure is found again by its number. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
  /** `least` to `most` of the items, each at most once, in their own order. */
  some<T>(items: readonly T[], least: number, most: number): T[];
}

export function createDice(seed: number): Dice {
  // SplitMix32: seeds that differ by one give unrelated sequences, which matters because episodes are numbered.
  let state = Math.imul(seed + 1, 0x9e3779b9) | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  const shuffled = <T>(items: readonly T[]): T[] => {
    const rest = [...items];
    const result: T[] = [];
    while (rest.length > 0) result.push(...rest.splice(below(rest.length), 1));
    return result;
  };
  return {
    below,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (items) => items[below(items.length)] as never,
    shuffled,
    some: (items, least, most) => {
      const count = Math.min(items.length, least + below(most - least + 1));
      const chosen = new Set(shuffled(items.map((_, i) => i)).slice(0, count));
      return items.filter((_, i) => chosen.has(i));
    },
  };
}
