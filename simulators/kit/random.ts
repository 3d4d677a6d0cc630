/** A seeded generator, so that two runs of one test see the same ids and the same "random" order. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number;
  hex(length: number): string;
  uuid(): string;
  shuffle<T>(items: readonly T[]): T[];
}

/** Mulberry32: 32 bits of state are plenty for ids that only have to differ within one simulator. */
export function createRandom(seed = 1): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const integer = (below: number) => next() % below;
  const hex = (length: number) => {
    let text = "";
    while (text.length < length) text += next().toString(16).padStart(8, "0");
    return text.slice(0, length);
  };
  return {
    integer,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j] as never, shuffled[i] as never];
      }
      return shuffled;
    },
  };
}
