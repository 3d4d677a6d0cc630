import isDeepEqual from "fast-deep-equal";
import { canonicalForm, isRecord, type ListShape, textOf } from "./shape.ts";

/** What identifies an element, whatever it is: a live one may lack what a declared one must have. */
function keyOfElement({ element: shape, keyOf }: ListShape, element: unknown): string {
  if (!keyOf || isRecord(element) !== (shape.kind === "object")) return textOf(element);
  const form = canonicalForm(shape, element) ?? (isRecord(element) ? {} : "");
  return keyOf(form);
}

/**
 * The elements of several versions of one unordered list, by a text that the same element has in each of them. An API may
 * hold two elements of one key: then those that are equal are taken for the same one, and the rest by their order.
 */
export function aligned<Name extends string>(
  shape: ListShape,
  versions: { readonly [Key in Name]: readonly unknown[] },
): Record<Name, Map<string, unknown>> {
  const slots = new Map<string, unknown[]>();
  const place = (key: string, element: unknown, taken: Set<number>): number => {
    const known = slots.get(key) ?? [];
    slots.set(key, known);
    const form = canonicalForm(shape.element, element);
    const equal = known.findIndex((other, index) => !taken.has(index) && isDeepEqual(other, form));
    let index = equal;
    if (index < 0) for (index = 0; taken.has(index); index += 1);
    if (index >= known.length) known[index] = form;
    return index;
  };
  const align = (list: readonly unknown[]): Map<string, unknown> => {
    const groups = Map.groupBy(list, (element) => keyOfElement(shape, element));
    const found = new Map<string, string[]>();
    for (const [key, group] of groups) {
      const taken = new Set<number>();
      // Equal ones first, or an unequal one would take the place of an equal one that comes later.
      const known = slots.get(key) ?? [];
      const isKnown = (element: unknown) =>
        known.some((other) => isDeepEqual(other, canonicalForm(shape.element, element)));
      const names = new Map<unknown, string[]>();
      for (const element of [...group.filter(isKnown), ...group.filter((each) => !isKnown(each))]) {
        const index = place(key, element, taken);
        taken.add(index);
        names.set(element, [...(names.get(element) ?? []), index === 0 ? key : `${key} (${index + 1})`]);
      }
      found.set(
        key,
        group.map((element) => names.get(element)?.shift() as string),
      );
    }
    return new Map(list.map((element) => [found.get(keyOfElement(shape, element))?.shift() as string, element]));
  };
  const entries = (Object.keys(versions) as Name[]).map((name) => [name, align(versions[name])]);
  return Object.fromEntries(entries) as Record<Name, Map<string, unknown>>;
}
