import { placeOf } from "./oneOwner.ts";
import { type ObjectShape, pick } from "./shape.ts";

type Properties = Readonly<Record<string, unknown>>;

/**
 * Which resource has each object last, of those that stay in the program. The engine makes and updates before it deletes:
 * of two resources of one object, as after a rename in the program, the one that goes must leave what the other one says.
 * Knows what this process was asked about: also a resource without a change is, so it holds for what an interrupted run
 * has left as well.
 *
 * @param keys - the arguments that say which object it is
 * @param shared - the arguments that are kept of each; where there are none, nothing is
 */
export function createSuccessors(shape: ObjectShape, keys: readonly string[], shared: readonly string[]) {
  const newest = new Map<string, { readonly mark: unknown; readonly inputs: Properties }>();

  return {
    /** @param outputs - by whose mark the resource is told from others of the same object */
    stays({ ownerMark }: Properties, inputs: Properties): void {
      if (shared.length === 0) return;
      const place = placeOf(shape, keys, inputs);
      if (place !== undefined) newest.set(place, { mark: ownerMark, inputs: pick(inputs, shared) });
    },

    /** @returns what another resource says of the object of this one */
    of({ ownerMark }: Properties, inputs: Properties): Properties | undefined {
      const other = newest.get(placeOf(shape, keys, inputs) ?? "");
      return other && other.mark !== ownerMark ? other.inputs : undefined;
    },
  };
}
