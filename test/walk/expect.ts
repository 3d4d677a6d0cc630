// The contract as a function: what a system must have after `up`, from what the program said before, what is there,
// and what the program says now. All values are canonical (shape.ts).
import { listOf, minus } from "./drift.ts";
import { isSame, type Json, type JsonObject, type ObjectShape, type Shape, settled, text } from "./shape.ts";

/** Whether `up` stops: it must not, it may (the contract leaves it open), or it must. */
export type Stop = "no" | "may" | "must";

export interface Expectation {
  /** What may be there afterwards; more than one where the contract leaves it open. */
  allowed: Json[];
  /** Of a lost run each field may be taken for its own or for others': one object may be so in one and so in another. */
  isMixed?: true;
  stop: Stop;
  /** Paths of what it stops for. */
  because: string[];
}

/** What a saved refresh showed, and whether anything else happened since. */
export interface Seen {
  object: Json;
  level: "full" | "maybe";
}

/** Where the server chooses. */
export const anything = "(chosen by the server)";

interface Case {
  shape: Shape;
  path: string;
  before: Json;
  live: Json;
  after: Json;
  seen: Seen | undefined;
}

const worst = (stops: Stop[]): Stop => (stops.includes("must") ? "must" : stops.includes("may") ? "may" : "no");
const fine = (...allowed: Json[]): Expectation => ({ allowed, stop: "no", because: [] });
const stopping = (stop: Stop, path: string, ...allowed: Json[]): Expectation => ({
  allowed,
  stop,
  because: stop === "no" ? [] : [path],
});

/** Whether what others did is to stop us, if the user has not seen it. */
const unless = (seen: Seen | undefined, isSeen: boolean, stop: Stop): Stop =>
  !seen || !isSeen ? stop : seen.level === "full" ? "no" : "may";

const inside = (seen: Seen | undefined, name: string): Seen | undefined =>
  seen && { ...seen, object: (seen.object as JsonObject | undefined)?.[name] };

export function expectation(shape: Shape, before: Json, live: Json, after: Json, seen?: Seen): Expectation {
  return of({ shape, path: "", before, live, after, seen });
}

function of(it: Case): Expectation {
  const { shape, before, live, after } = it;
  if (shape.kind === "value") return ofValue(it, shape.default, shape.fixed === true, shape.allocated === true);
  if (shape.kind === "ordered") return ofValue(it, undefined, false, false);
  if (before === undefined && after === undefined) return fine(settled(shape, live));
  switch (shape.kind) {
    case "object":
      return after === undefined && shape.whole ? ofTakenOut(it) : ofFields(it, shape);
    case "set":
      return ofSet(it, shape);
    case "keyed":
      return ofKeyed(it, shape.of, shape.maybeOne === true);
  }
}

function ofValue(it: Case, fallback: Json, fixed: boolean, allocated: boolean): Expectation {
  const { path, before, after, seen } = it;
  const live = it.live ?? fallback;
  const wanted = after ?? fallback;
  const declared = before ?? fallback;
  const isSeen = isSame(seen?.object ?? fallback, live);
  const result = (value: Json) => (isSame(value, fallback) ? undefined : value);
  if (after === undefined) {
    if (before === undefined || fixed) return fine(allocated && live === undefined ? anything : result(live));
    if (isSame(live, fallback)) return fine(undefined);
    // Declared was the default, others changed it, now it is nobody's: theirs stays, or we stop.
    if (isSame(declared, fallback)) return stopping("may", path, undefined, result(live));
    return stopping(isSame(live, declared) ? "no" : unless(seen, isSeen, "must"), path, undefined);
  }
  if (fixed || isSame(live, wanted)) return fine(result(wanted));
  const ours = before === undefined ? fallback : declared;
  return stopping(isSame(live, ours) ? "no" : unless(seen, isSeen, "must"), path, result(wanted));
}

function ofFields(it: Case, shape: ObjectShape): Expectation {
  const { path, before, live, after, seen } = it;
  const field = (from: Json, name: string) => (from as JsonObject | undefined | null)?.[name];
  const inner = Object.entries(shape.fields).map(([name, of_]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [
      name,
      of({
        shape: of_,
        path: at,
        before: field(before, name),
        live: field(live, name),
        after: field(after, name),
        seen: inside(seen, name),
      }),
    ] as const;
  });
  const combined = combine(inner);
  const isThere = after !== undefined || (live !== undefined && before === undefined);
  const allowed = combined.allowed.map((value) =>
    Object.keys(value as JsonObject).length === 0 && !(shape.presence && isThere) ? undefined : value,
  );
  // Settings that are always there: taken out as a whole while others' are among them, it may also stop.
  if (after !== undefined || before === undefined) return { ...combined, allowed };
  const theirs = deviations(shape, before, live, path);
  return {
    allowed,
    stop: worst([combined.stop, theirs.stop === "no" ? "no" : "may"]),
    because: [...combined.because, ...theirs.because],
  };
}

/** All combinations of what each field may be. */
function combine(fields: (readonly [string, Expectation])[]): Expectation {
  let allowed: JsonObject[] = [{}];
  for (const [name, { allowed: values }] of fields) {
    allowed = allowed.flatMap((object) =>
      values.map((value) => (value === undefined ? object : { ...object, [name]: value })),
    );
  }
  return {
    allowed,
    stop: worst(fields.map(([, { stop }]) => stop)),
    because: fields.flatMap(([, { because }]) => because),
  };
}

/** An object or element that the program takes out: gone, unless others have put something into it. */
function ofTakenOut({ shape, path, before, live, seen }: Case): Expectation {
  return { allowed: [undefined], ...deviations(shape, before, live, path, seen) };
}

/**
 * Where a live object is neither at the server's defaults nor as it was declared. Each place is seen by itself: what an
 * update of ours has changed next to others' settings does not make those unseen.
 */
function deviations(shape: Shape, before: Json, live: Json, path: string, seen?: Seen): Omit<Expectation, "allowed"> {
  const none = { stop: "no", because: [] } as const;
  if (live === undefined || live === null) return { ...none, because: [] };
  if (shape.kind === "object" || shape.kind === "keyed") {
    const inner = Object.entries(live).map(([name, value]) => {
      const of_ = shape.kind === "object" ? (shape.fields[name] as Shape) : shape.of;
      return deviations(
        of_,
        (before as JsonObject | undefined | null)?.[name],
        value,
        `${path}.${name}`,
        inside(seen, name),
      );
    });
    return { stop: worst(inner.map(({ stop }) => stop)), because: inner.flatMap(({ because }) => because) };
  }
  const fallback = shape.kind === "value" ? shape.default : undefined;
  if (isSame(live, fallback) || isSame(live, before)) return { ...none, because: [] };
  const isSeen = isSame(seen?.object, live);
  // Others' elements in a list that was declared: the contract names only fields that were not.
  if (shape.kind === "set" && before !== undefined) {
    const theirs = minus(live as Json[], listOf(before));
    return theirs.length === 0 ? { ...none, because: [] } : { stop: unless(seen, isSeen, "may"), because: [path] };
  }
  return { stop: unless(seen, isSeen, "must"), because: [path] };
}

const inOrder = (list: Json[]): Json => {
  const all = [...list].sort((a, b) => (text(a) < text(b) ? -1 : 1));
  return all.length === 0 ? undefined : all;
};

function ofSet(it: Case, { keyOf, keepsOthers, maybeOne }: Shape & { kind: "set" }): Expectation {
  const { path, seen } = it;
  const [declared, live, wanted] = [listOf(it.before), listOf(it.live), listOf(it.after)];
  const shown = listOf(seen?.object);
  const theirs = minus(minus(live, declared), wanted);
  const seenOfThem = seen ? theirs.filter((element) => minus([element], shown).length === 0) : [];
  const unseen = minus(theirs, seenOfThem);
  const stops: Stop[] = [];
  const missing = minus(
    declared.filter((element) => minus([element], wanted).length === 0),
    live,
  );
  for (const element of missing) stops.push(unless(seen, minus([element], shown).length > 0, "must"));
  if (keepsOthers) return stopping(worst(stops), path, inOrder([...wanted, ...theirs]));
  const isBegun = it.before === undefined;
  const isEnded = it.after === undefined;
  const isChanged = !isBegun && !isSame(declared, live);
  // Taken out, but others have taken some of it away before: nothing is left to lose, yet the value did change.
  if (isChanged && (maybeOne || isEnded)) stops.push(unless(seen, isSame(shown, live), "may"));
  // Elements that the program changes and others have taken away: both have changed them.
  if (isChanged && minus(minus(declared, live), wanted).length > 0)
    stops.push(unless(seen, isSame(shown, live), "may"));
  if ((isBegun || isEnded) && unseen.length > 0) stops.push("may");
  // Begun where others have a part of it already: another value, or elements of which some are there.
  if (isBegun && live.length > 0 && !isSame(live, wanted)) stops.push(unless(seen, isSame(shown, live), "may"));
  if (seen?.level === "maybe" && seenOfThem.length > 0) stops.push("may");
  if (keyOf && (isBegun || !isEnded || unseen.length > 0)) {
    // One that others made takes the place of one that comes or goes: the element changed, or both are there.
    const changing = [...minus(wanted, declared), ...minus(declared, wanted)].map((one) => keyOf(one as JsonObject));
    if (theirs.some((one) => changing.includes(keyOf(one as JsonObject))))
      stops.push(seen?.level === "full" && unseen.length === 0 ? "no" : "may");
  }
  const allowed = [inOrder([...wanted, ...unseen])];
  // Of one key the program's element takes the place of theirs, and theirs of other keys stay.
  if (keyOf) {
    const named = wanted.map((one) => keyOf(one as JsonObject));
    allowed.push(inOrder([...wanted, ...theirs.filter((one) => !named.includes(keyOf(one as JsonObject)))]));
  }
  if (seenOfThem.length > 0 && (isEnded || seen?.level === "maybe")) allowed.push(inOrder([...wanted, ...theirs]));
  return { allowed, stop: worst(stops), because: stops.some((stop) => stop !== "no") ? [path] : [] };
}

function ofKeyed(it: Case, shape: ObjectShape, maybeOne: boolean): Expectation {
  const { path, before, live, after, seen } = it;
  const byKey = (value: Json) => (value ?? {}) as JsonObject;
  const keys = [...new Set([before, live, after].flatMap((list) => Object.keys(byKey(list))))].sort();
  const inner = keys.map((key) => {
    const [b, l, a] = [byKey(before)[key], byKey(live)[key], byKey(after)[key]];
    const at = `${path}.${key}`;
    const one: Case = { shape, path: at, before: b, live: l, after: a, seen: inside(seen, key) };
    const isSeen = isSame(byKey(seen?.object)[key], l);
    if (a !== undefined) {
      const expected = l === undefined ? of({ ...one, before: undefined, seen: undefined }) : ofFields(one, shape);
      const isMissing = b !== undefined && l === undefined;
      // An element of others' that a refresh has shown whole is the state's: what the program leaves out of it may go.
      if (b === undefined && l !== undefined && isSeen)
        expected.allowed.push(...ofFields({ ...one, before: l }, shape).allowed);
      const stop = worst([expected.stop, isMissing ? unless(seen, isSeen, "must") : "no"]);
      return [key, { ...expected, stop, because: isMissing ? [at] : expected.because }] as const;
    }
    if (b !== undefined) return [key, ofTakenOut(one)] as const;
    const kept = settled(shape, l) ?? {};
    // Others' element in a list that is declared: it stays until a refresh has shown it.
    const isOpen = (maybeOne || before === undefined || after === undefined) && !(isSeen && seen?.level === "full");
    const stop: Stop = isOpen || (isSeen && seen?.level === "maybe") ? "may" : "no";
    if (!seen || !isSeen) return [key, stopping(stop, at, kept)] as const;
    if (after === undefined || seen.level === "maybe") return [key, stopping(stop, at, undefined, kept)] as const;
    return [key, fine(undefined)] as const;
  });
  const all = combine(
    inner.map(([key, one]) => [
      key,
      {
        ...one,
        allowed: one.allowed.map((value) => (value === undefined && byKey(after)[key] !== undefined ? {} : value)),
      },
    ]),
  );
  return {
    ...all,
    allowed: all.allowed.map((value) => (Object.keys(value as JsonObject).length === 0 ? undefined : value)),
  };
}
