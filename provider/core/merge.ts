import { byKey, fieldOf, isRecord, keysOf, matches, type ObjectShape, type Shape, same } from "./shape.ts";

/** A field that somebody else changed to something other than what we last wrote and than what we want. */
export interface Conflict {
  readonly path: string;
  readonly lastApplied: unknown;
  readonly live: unknown;
  readonly desired: unknown;
  /** Whether this update wants to change the field too, or something that only makes sense together with it. */
  readonly bothChanged: boolean;
}

/** What to do with a managed field that somebody else changed; a field that both changed always stops, but for `overwrite`. */
export type OnConflict = "fail" | "preserve" | "overwrite";

export interface MergeInput {
  readonly shape: ObjectShape;
  /** The managed fields as this stack last wrote them. */
  readonly lastApplied: Fields;
  /** The whole object as it was when this stack last saw it, where that is known: it then decides what others changed. */
  readonly base: Fields | undefined;
  /** The whole object as it is now, unmanaged fields included. */
  readonly live: Fields;
  /** The managed fields as the program wants them. */
  readonly desired: Fields;
  readonly onConflict: OnConflict;
  /** Top-level fields that only make sense together: a change by others in one and by us in another is a conflict. */
  readonly units: readonly (readonly string[])[];
}

export interface Merged {
  /** The live object with our changes on top; what nobody here manages is as it was. */
  readonly body: Fields;
  /** Conflicts that stop the update. */
  readonly conflicts: readonly Conflict[];
  /** Changes by others in managed fields that `onConflict` let pass: kept (`preserve`) or written over (`overwrite`). */
  readonly passed: readonly Conflict[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Three-way compare of last applied, live and desired, field by field, element by element where a list has keys. */
export function merge(input: MergeInput): Merged {
  const { shape, lastApplied, base, live, desired, onConflict, units } = input;
  const found: Conflict[] = [];
  const run: Run = { found, hasBase: base !== undefined, overwrite: onConflict === "overwrite" };
  const body = mergeFields(run, shape, "", { lastApplied, base, live, desired });
  const oursToo = (field: string) => !same(fieldOf(shape, field), lastApplied[field], desired[field]);
  const conflicts = found.map((conflict) => {
    const top = conflict.path.split(/[.[]/, 1)[0] ?? conflict.path;
    const unit = units.find((fields) => fields.includes(top)) ?? [];
    return { ...conflict, bothChanged: conflict.bothChanged || unit.some((field) => field !== top && oursToo(field)) };
  });
  const stops = (conflict: Conflict) => onConflict === "fail" || (onConflict === "preserve" && conflict.bothChanged);
  return { body, conflicts: conflicts.filter(stops), passed: conflicts.filter((conflict) => !stops(conflict)) };
}

interface Run {
  readonly found: Conflict[];
  readonly hasBase: boolean;
  readonly overwrite: boolean;
}

/** One value in its four versions. */
interface Versions<T> {
  readonly lastApplied: T;
  readonly base: T;
  readonly live: T;
  readonly desired: T;
}

function mergeValue(run: Run, shape: Shape, path: string, versions: Versions<unknown>): unknown {
  const { lastApplied, base, live, desired } = versions;
  if (matches(shape, live, desired)) return live;
  if (shape.kind === "object" && isRecord(live) && (shape.settings || desired !== undefined)) {
    return mergeFields(run, shape, path, { ...each(versions, recordOrEmpty), live });
  }
  if (shape.kind === "list" && shape.keyOf && Array.isArray(live)) {
    return mergeList(run, shape.element, shape.keyOf, path, each(versions, listOrEmpty));
  }
  const theirsUnchanged = run.hasBase ? same(shape, live, base) : matches(shape, live, lastApplied);
  if (theirsUnchanged) return desired;
  run.found.push({ path, lastApplied, live, desired, bothChanged: !same(shape, lastApplied, desired) });
  return run.overwrite ? desired : live;
}

function mergeFields(run: Run, shape: ObjectShape, at: string, versions: Versions<Fields | undefined>): Fields {
  const result: Record<string, unknown> = { ...versions.live };
  for (const key of keysOf(versions.lastApplied, versions.desired)) {
    const path = at ? `${at}.${key}` : key;
    const merged = mergeValue(
      run,
      fieldOf(shape, key),
      path,
      each(versions, (fields) => fields?.[key]),
    );
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function mergeList(
  run: Run,
  element: Shape,
  keyOf: (element: unknown) => string,
  path: string,
  versions: Versions<readonly unknown[]>,
): unknown[] {
  const lists = each(versions, (list) => byKey(keyOf, list));
  const result = new Map(lists.live);
  for (const key of new Set([...lists.lastApplied.keys(), ...lists.desired.keys()])) {
    const merged = mergeValue(
      run,
      element,
      `${path}[${key}]`,
      each(lists, (list) => list.get(key)),
    );
    if (merged === undefined) result.delete(key);
    else result.set(key, merged);
  }
  return [...result.values()];
}

function each<T, R>({ lastApplied, base, live, desired }: Versions<T>, map: (version: T) => R): Versions<R> {
  return { lastApplied: map(lastApplied), base: map(base), live: map(live), desired: map(desired) };
}

function recordOrEmpty(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function listOrEmpty(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
