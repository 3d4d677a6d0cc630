import { holdsUnknown } from "./check.ts";
import { canonicalForm, type ObjectShape, pick, textOf } from "./shape.ts";

type Properties = Readonly<Record<string, unknown>>;

/**
 * Which object these arguments are about, as text; `undefined` while that is not known.
 *
 * @param keys - the arguments that say it
 */
export function placeOf(shape: ObjectShape, keys: readonly string[], inputs: Properties): string | undefined {
  const place = pick(inputs, keys);
  return holdsUnknown(place) ? undefined : textOf(canonicalForm(shape, place));
}

/**
 * Notices when two resources of one program are about one object: they would fight over it, and the removal of one would
 * delete it. Knows what this process has checked, which is one run of one program.
 *
 * @param keys - the arguments that say which object it is
 */
export function createOneOwner(shape: ObjectShape, keys: readonly string[]) {
  const owners = new Map<string, { readonly owner: string; readonly isHeld: boolean }>();

  /**
   * The engine asks in any order, so one that has the object already goes before one that would have to make it.
   *
   * @param olds - the arguments of the last run; empty when there was none
   * @returns the owner of the same object, if there is another
   */
  function otherOwner(olds: Properties, inputs: Properties, owner: string): string | undefined {
    const place = placeOf(shape, keys, inputs);
    if (place === undefined) return undefined;
    const isHeld = olds.owner !== undefined && placeOf(shape, keys, olds) === place;
    const first = owners.get(place);
    if (first && first.owner !== owner && (first.isHeld || !isHeld)) return first.owner;
    owners.set(place, { owner, isHeld });
    return undefined;
  }

  return otherOwner;
}
