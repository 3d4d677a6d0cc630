import { holdsUnknown } from "./check.ts";
import { canonicalForm, type ObjectShape, pick, textOf } from "./shape.ts";

type Properties = Readonly<Record<string, unknown>>;

/**
 * Notices when two resources of one program are about one object: they would fight over it, and the removal of one would
 * delete it. Knows what this process has checked, which is one run of one program.
 *
 * @param keys - the arguments that say which object it is
 */
export function createOneOwner(shape: ObjectShape, keys: readonly string[]) {
  const owners = new Map<string, { readonly owner: string; readonly isHeld: boolean }>();

  const placeOf = (inputs: Properties) => textOf(canonicalForm(shape, pick(inputs, keys)));

  /**
   * The engine asks in any order, so one that has the object already goes before one that would have to make it.
   *
   * @param olds - the arguments of the last run; empty when there was none
   * @returns the owner of the same object, if there is another
   */
  function otherOwner(olds: Properties, inputs: Properties, owner: string): string | undefined {
    if (holdsUnknown(pick(inputs, keys))) return undefined;
    const place = placeOf(inputs);
    const isHeld = olds.owner !== undefined && placeOf(olds) === place;
    const first = owners.get(place);
    if (first && first.owner !== owner && (first.isHeld || !isHeld)) return first.owner;
    owners.set(place, { owner, isHeld });
    return undefined;
  }

  return otherOwner;
}
