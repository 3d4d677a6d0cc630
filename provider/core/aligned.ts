import isDeepEqual from "fast-deep-equal";
import { canonicalForm, isRecord, type ListShape, textOf } from "./shape.ts";

/** What identifies an element, whatever it is: a live one may lack what a declared one must have. */
export function keyOfElement(shape: ListShape, element: unknown): string {
  return keyOfForm(shape, element, canonicalForm(shape.element, element));
}

function keyOfForm({ element: shape, keyOf }: ListShape, element: unknown, form: unknown): string {
  if (!keyOf || isRecord(element) !== (shape.kind === "object")) return textOf(element);
  return keyOf(form ?? (isRecord(element) ? {} : ""));
}

/**
 * The elements of several versions of one unordered list, by a text that the same element has in each of them. An API may
 * hold several elements of one key: then those that are equal are the same one; of the others one may have taken the place
 * of another in the first version, and any more are new.
 */
export function aligned<Name extends string>(
  shape: ListShape,
  versions: { readonly [Key in Name]: readonly unknown[] },
): Record<Name, Map<string, unknown>> {
  const slots = new Map<string, Slot[]>();
  const names = Object.keys(versions) as Name[];
  const entries = names.map((name, index) => [name, align(shape, slots, versions[name], index === 0)] as const);
  return Object.fromEntries(entries) as Record<Name, Map<string, unknown>>;
}

/** A place that an element has in all versions. */
interface Slot {
  readonly name: string;
  readonly form: unknown;
  /** Whether another element may have taken its place. */
  readonly mayChange: boolean;
}

function align(
  shape: ListShape,
  slots: Map<string, Slot[]>,
  list: readonly unknown[],
  isFirst: boolean,
): Map<string, unknown> {
  const placed = new Map<number, string>();
  const forms = list.map((element) => canonicalForm(shape.element, element));
  const groups = Map.groupBy(list.keys(), (index) => keyOfForm(shape, list[index], forms[index]));
  for (const [key, indices] of groups) {
    const known = slots.get(key) ?? [];
    slots.set(key, known);
    const free = new Set(known);
    const take = (index: number, slot: Slot | undefined) => {
      const form = forms[index];
      const taken = slot ?? { name: nameOf(key, known.length), form, mayChange: isFirst || !shape.manyPerKey };
      if (!slot) known.push(taken);
      free.delete(taken);
      placed.set(index, taken.name);
    };
    const unequal = [...indices].filter((index) => {
      const slot = [...free].find((each) => isDeepEqual(each.form, forms[index]));
      if (slot) take(index, slot);
      return !slot;
    });
    for (const index of unequal) {
      take(
        index,
        [...free].find(({ mayChange }) => mayChange),
      );
    }
  }
  return new Map(list.map((element, index) => [placed.get(index) as string, element]));
}

function nameOf(key: string, index: number): string {
  return index === 0 ? key : `${key} (${index + 1})`;
}
