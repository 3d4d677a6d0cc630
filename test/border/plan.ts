// All cases that there are, in an order of chance: the seed decides which come first.
import { type Case, type MakeProvider, type Operation, operations, sampleAnswers } from "./episode.ts";
import { fieldMutations, generalMutations } from "./mutations.ts";
import type { Subject } from "./site.ts";

export async function allCases(
  subjects: readonly Subject[],
  make: MakeProvider,
  which = operations as readonly Operation[],
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const subject of subjects)
    for (const operation of which) {
      const answers = await sampleAnswers(subject, operation, make);
      answers.forEach(({ body }, index) => {
        const mutations = [...generalMutations, ...fieldMutations(body)];
        for (const mutation of mutations)
          for (const times of [1, 2, "always"] as const)
            for (const moment of mutation.needsServer ? (["after"] as const) : (["before", "after"] as const))
              cases.push({ subject, operation, request: index + 1, mutation, moment, times });
      });
    }
  return cases;
}

/** The same seed, the same order; a case has its place by its key, so that new cases move no others. */
export function byChance<T>(cases: readonly T[], seed: number, nameOf: (each: T) => string): T[] {
  const places = new Map(cases.map((each) => [each, hash(`${seed} ${nameOf(each)}`)]));
  return cases.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/** FNV-1a with a last stir. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
