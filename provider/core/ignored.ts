import { keyOfElement } from "./aligned.ts";
import { covers, type PropertyPath } from "./propertyPath.ts";
import { fieldOf, isRecord, mapEntries, type Shape } from "./shape.ts";

/**
 * A value without what the program leaves to others (Pulumi's `ignoreChanges`). A list with an order is compared and
 * written as one, so it goes as a whole when any part of it is left to others; and an element goes as a whole when what is
 * left to others is a part of what identifies it.
 */
export function withoutIgnored(
  shape: Shape,
  value: unknown,
  paths: readonly PropertyPath[],
  at: PropertyPath = [],
): unknown {
  if (!reachInto(paths, at)) return value;
  const inner = (of: Shape, key: PropertyKey, item: unknown) =>
    covers(paths, [...at, key]) ? undefined : withoutIgnored(of, item, paths, [...at, key]);
  if (shape.kind === "list" && Array.isArray(value)) {
    const { element } = shape;
    if (!shape.keyOf) return undefined;
    return value.flatMap((item, index) => {
      const left = inner(element, index, item);
      return left !== undefined && keyOfElement(shape, left) === keyOfElement(shape, item) ? [left] : [];
    });
  }
  if (!isRecord(value)) return value;
  return mapEntries(value, (key, item) => inner(shape.kind === "object" ? fieldOf(shape, key) : shape, key, item));
}

/** Whether one of the paths leads to something inside of this place. */
function reachInto(paths: readonly PropertyPath[], place: PropertyPath): boolean {
  return paths.some(
    (path) => path.length > place.length && place.every((key, index) => path[index] === "*" || path[index] === key),
  );
}
