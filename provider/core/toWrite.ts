// The third of the three questions: what is to be written?
import { aligned } from "./aligned.ts";
import { fieldOf, isAbsent, isRecord, keysOf, type ListShape, type ObjectShape, type Shape, same } from "./shape.ts";

/** A place that somebody else changed to something other than what this stack last wrote and than what it wants. */
export interface Conflict {
  readonly path: string;
  /** `undefined` where the program did not declare it before: then somebody had set what the program begins to declare. */
  readonly lastApplied: unknown;
  readonly live: unknown;
  readonly desired: unknown;
  /** Whether this update wants to change the field too, or something that only makes sense together with it. */
  readonly bothChanged: boolean;
}

/** What to do with a managed field that somebody else changed; a field that both changed always stops, but for `overwrite`. */
export type OnConflict = "fail" | "preserve" | "overwrite";

export interface ToWriteInput {
  readonly shape: ObjectShape;
  /** The declared fields as this stack last wrote them. */
  readonly applied: Fields;
  /** By path: what the server made of fields that were not declared, or of declared ones where it is something else. */
  readonly effective: Fields;
  /** The whole object as this stack last saw it, where it did: no value that is still so is a change by others. */
  readonly seen: Fields | undefined;
  /** The whole object as it is now. */
  readonly live: Fields;
  /** The fields that the program declares. */
  readonly declared: Fields;
  /** Whether the object is being taken over: then elements of lists that the program does not name stay as well. */
  readonly adopting?: boolean;
  /** Paths of fields that cannot change: one that the program no longer declares stays as it is. */
  readonly fixed: readonly string[];
  readonly onConflict: OnConflict;
  /** Top-level fields that only make sense together: a change by others in one and by us in another is a conflict. */
  readonly dependentFields: readonly (readonly string[])[];
}

export interface ToWrite {
  /** The live object with our changes on top; what nobody here manages is as it was. */
  readonly body: Fields;
  /** Conflicts that stop the update. */
  readonly conflicts: readonly Conflict[];
  /** Changes by others in managed fields that `onConflict` let pass: kept (`preserve`) or written over (`overwrite`). */
  readonly passed: readonly Conflict[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Compares what was applied, what is there and what is declared: field by field, and element by element of a list without order. */
export function toWrite(input: ToWriteInput): ToWrite {
  const { shape, applied, seen, live, declared, onConflict, dependentFields } = input;
  const run: Run = { ...input, hasSeen: seen !== undefined, found: [] };
  const body = mergeFields(run, shape, "", { applied, seen: seen ?? {}, live, declared });
  const oursToo = (field: string) => !same(fieldOf(shape, field), applied[field], declared[field]);
  const conflicts = run.found.map((conflict) => {
    const top = conflict.path.split(/[.[]/, 1)[0] ?? conflict.path;
    const group = dependentFields.find((fields) => fields.includes(top)) ?? [];
    return { ...conflict, bothChanged: conflict.bothChanged || group.some((field) => field !== top && oursToo(field)) };
  });
  const stops = (conflict: Conflict) => onConflict === "fail" || (onConflict === "preserve" && conflict.bothChanged);
  return { body, conflicts: conflicts.filter(stops), passed: conflicts.filter((conflict) => !stops(conflict)) };
}

interface Run extends Pick<ToWriteInput, "effective" | "adopting" | "fixed" | "onConflict"> {
  readonly hasSeen: boolean;
  readonly found: Conflict[];
}

/** One value in its four versions. */
interface Versions<T> {
  readonly applied: T;
  readonly seen: T;
  readonly live: T;
  readonly declared: T;
}

function mergeValue(run: Run, shape: Shape, path: string, versions: Versions<unknown>): unknown {
  const { applied, live, declared } = versions;
  if (declared === undefined && (applied === undefined || run.fixed.includes(path))) return live;
  if (shape.kind === "object" && isRecord(live)) {
    if (declared !== undefined || shape.alwaysThere) {
      return mergeFields(run, shape, path, { ...each(versions, recordOrEmpty), live });
    }
    return removed(run, shape, path, versions);
  }
  if (shape.kind === "list" && shape.keyOf && Array.isArray(live)) return mergeList(run, shape, path, versions);
  return mergeWhole(run, shape, path, versions);
}

/** What is compared and written as one: a value, a list with an order, or an object that is not there. */
function mergeWhole(run: Run, shape: Shape, path: string, versions: Versions<unknown>): unknown {
  const { applied, seen, live, declared } = versions;
  const effective = run.effective[path];
  if (same(shape, live, declared)) return live;
  const madeByServer = effective !== undefined && same(shape, live, effective);
  const isSeen = madeByServer || (run.hasSeen && same(shape, live, seen));
  if (applied === undefined) {
    if (isAbsent(shape, live) || isSeen) return declared;
  } else {
    const gaveUpDefault = isAbsent(shape, applied) || same(shape, applied, effective);
    if (declared === undefined && gaveUpDefault) return live;
    // What the server made of this very value before, it would make of it again.
    if (madeByServer && same(shape, applied, declared)) return live;
    if (same(shape, live, applied) || isSeen) return declared;
  }
  return conflict(run, path, versions, applied === undefined || !same(shape, applied, declared));
}

function conflict(run: Run, path: string, { applied, live, declared }: Versions<unknown>, bothChanged: boolean) {
  run.found.push({ path, lastApplied: applied, live, desired: declared, bothChanged });
  return run.onConflict === "overwrite" ? declared : live;
}

function mergeFields(run: Run, shape: ObjectShape, at: string, versions: Versions<Fields>): Fields {
  const result: Record<string, unknown> = { ...versions.live };
  for (const key of keysOf(versions.applied, versions.declared)) {
    const inner = each(versions, (fields) => fields[key]);
    const merged = mergeValue(run, fieldOf(shape, key), at ? `${at}.${key}` : key, inner);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function mergeList(run: Run, shape: ListShape, path: string, versions: Versions<unknown>): unknown {
  const { applied, live, declared } = versions;
  const effective = run.effective[path];
  const isAsMade = effective !== undefined && same(shape, live, effective);
  if (isAsMade && applied !== undefined && same(shape, applied, declared)) return live;
  const shown = isAsMade ? effective : (versions.seen ?? (applied === undefined ? effective : undefined));
  const lists = aligned(shape, each({ ...versions, seen: shown }, listOrEmpty));
  const result = new Map(lists.live);
  // What the server itself has made of the list is no change by others in any of its elements.
  const inner = { ...run, hasSeen: run.hasSeen || shown !== undefined };
  for (const key of new Set([...lists.applied.keys(), ...lists.declared.keys()])) {
    const element = each(lists, (list) => list.get(key));
    const merged = mergeValue(inner, shape.element, `${path}[${key}]`, element);
    if (merged === undefined) result.delete(key);
    else result.set(key, merged);
  }
  // From now on the list is what the program says, and what is in it besides has been shown.
  if (applied === undefined && !run.adopting && !shape.open) {
    for (const key of lists.seen.keys()) {
      if (!lists.declared.has(key) && same(shape.element, lists.live.get(key), lists.seen.get(key))) result.delete(key);
    }
  }
  return result.size > 0 || lists.live.size === 0 ? [...result.values()] : undefined;
}

/** An object or element that the program no longer has goes as a whole, unless others have changed something in it. */
function removed(run: Run, shape: Shape, path: string, versions: Versions<unknown>): unknown {
  if (isAbsent(shape, versions.applied)) return versions.live;
  const before = run.found.length;
  findOthers(run, shape, path, versions);
  return run.found.length === before || run.onConflict === "overwrite" ? undefined : versions.live;
}

function findOthers(run: Run, shape: Shape, path: string, versions: Versions<unknown>): void {
  const { applied, seen, live } = versions;
  const isKnown = [applied, run.effective[path], seen].some((known) => same(shape, live, known));
  if (isAbsent(shape, live) || isKnown) return;
  if (shape.kind === "object" && isRecord(live) && isRecord(applied)) {
    for (const [key, field] of Object.entries(shape.fields)) {
      const inner = each(versions, (fields) => recordOrEmpty(fields)[key]);
      findOthers(run, field, `${path}.${key}`, inner);
    }
  } else if (shape.kind === "list" && shape.keyOf && Array.isArray(live) && Array.isArray(applied)) {
    const lists = aligned(shape, each(versions, listOrEmpty));
    for (const key of lists.live.keys()) {
      const element = each(lists, (list) => list.get(key));
      findOthers(run, shape.element, `${path}[${key}]`, element);
    }
  } else conflict(run, path, versions, true);
}

function each<T, R>({ applied, seen, live, declared }: Versions<T>, map: (version: T) => R): Versions<R> {
  return { applied: map(applied), seen: map(seen), live: map(live), declared: map(declared) };
}

function recordOrEmpty(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function listOrEmpty(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
