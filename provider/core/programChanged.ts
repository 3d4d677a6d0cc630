// The first of the three questions: has the program changed against what was applied last?
import { aligned } from "./aligned.ts";
import { fieldOf, isRecord, keysOf, type ListShape, type ObjectShape, type Shape, same } from "./shape.ts";

/** A place at which the program says something else than what was applied last. */
export interface Change {
  /** Names of fields and indices of elements: those of the program, or for a removal those of what was applied. */
  readonly path: readonly (string | number)[];
  /** Declared now and not before, no longer declared, or declared otherwise. */
  readonly kind: "added" | "removed" | "changed";
}

type Path = Change["path"];

/**
 * Every place at which the program has changed, at any depth. What is declared counts, not only what it means: a
 * default that is written into the program is managed from then on, one that is taken out no longer.
 */
export function programChanges(shape: ObjectShape, applied: object, declared: object): Change[] {
  return changesOfFields(shape, [], applied as Fields, declared as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function changesOfFields(shape: ObjectShape, at: Path, applied: Fields, declared: Fields): Change[] {
  return keysOf(applied, declared).flatMap((key) =>
    changesOf(fieldOf(shape, key), [...at, key], applied[key], declared[key]),
  );
}

function changesOf(shape: Shape, path: Path, applied: unknown, declared: unknown): Change[] {
  if (applied === undefined && declared === undefined) return [];
  if (applied === undefined) return [{ path, kind: "added" }];
  if (declared === undefined) return [{ path, kind: "removed" }];
  if (shape.kind === "object" && isRecord(applied) && isRecord(declared)) {
    return changesOfFields(shape, path, applied, declared);
  }
  if (shape.kind === "list" && shape.keyOf && Array.isArray(applied) && Array.isArray(declared)) {
    return changesOfElements(shape, path, applied, declared);
  }
  return same(shape, applied, declared) ? [] : [{ path, kind: "changed" }];
}

function changesOfElements(
  shape: ListShape,
  path: Path,
  before: readonly unknown[],
  now: readonly unknown[],
): Change[] {
  const { applied, declared } = aligned(shape, { applied: before, declared: now });
  return keysOf(Object.fromEntries(applied), Object.fromEntries(declared)).flatMap((key) => {
    const element = declared.get(key) ?? applied.get(key);
    const index = declared.has(key) ? now.indexOf(element) : before.indexOf(element);
    return changesOf(shape.element, [...path, index], applied.get(key), declared.get(key));
  });
}
