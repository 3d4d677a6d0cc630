// What must be there after a step, and what must not have happened. Knows the contract, and no provider.
import { drift } from "./drift.ts";
import { anything, type Expectation, expectation, type Seen } from "./expect.ts";
import { canonical, isSame, type Json, type JsonObject, type ObjectShape, settled } from "./shape.ts";

/** What the program said (canonical), what is there, what it says now. */
export interface Transition {
  shape: ObjectShape;
  before: Json;
  live: Json;
  after: Json;
  seen?: Seen | undefined;
}

export interface Finding {
  /** Which sentence of the contract is broken, in a few words. */
  kind: string;
  detail: string;
}

export const finding = (kind: string, detail = ""): Finding => ({ kind, detail });

export const expected = ({ shape, before, live, after, seen }: Transition): Expectation =>
  expectation(shape, before, live, after, seen);

/** Whether the object is one of those that it may be now; otherwise where it first is not, and what that breaks. */
export function objectFinding(transition: Transition, expectation: Expectation, now: Json): Finding | undefined {
  const { shape, before, live, after } = transition;
  const there = (settled(shape, now) ?? {}) as JsonObject;
  const whole = expectation.allowed.map((candidate) => candidate ?? {});
  const allowed = expectation.isMixed ? [nearestMix(there, whole)] : whole;
  if (allowed.some((candidate) => fits(there, candidate))) return undefined;
  const nearest =
    allowed.map((candidate) => differences(there, candidate, "")).sort((a, b) => a.length - b.length)[0] ?? [];
  const [first] = nearest;
  if (!first) return undefined;
  const { path, is, should } = first;
  const said = (value: Json) => at(value, path) !== undefined;
  // In a list that is declared: somebody else's element, which a refresh has shown.
  const isListed = path.some((_, i) => i > 0 && at(after, path.slice(0, i)) !== undefined && should === undefined);
  const kind = said(after)
    ? "1 declared and not there"
    : isListed && !said(before)
      ? "6 in a declared list, and still there after refresh and up"
      : said(before)
        ? "2 taken out and not at its default"
        : "3 nobody's, and changed";
  return finding(kind, `${path.join(".")}: is ${show(is)}, should be ${show(should)}; was ${show(at(live, path))}`);
}

/** The object that is nearest to what is there, each field of it as it is in one of those that are allowed. */
function nearestMix(there: Json, allowed: Json[]): Json {
  if (allowed.some((candidate) => candidate === anything || isSame(candidate, there))) return there;
  const objects = allowed.filter(isObject);
  if (objects.length === 0 || !isObject(there)) return allowed[0];
  const names = [...new Set(objects.flatMap(Object.keys))];
  const entries = names.map((name) => [
    name,
    nearestMix(
      there[name],
      objects.map((candidate) => candidate[name]),
    ),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fits = (there: JsonObject, candidate: Json) => differences(there, candidate, "").length === 0;

interface Difference {
  path: string[];
  is: Json;
  should: Json;
}

function differences(is: Json, should: Json, name: string, path: string[] = []): Difference[] {
  const here = name === "" ? path : [...path, name];
  if (should === anything || isSame(is, should)) return [];
  const [a, b] = [is ?? {}, should ?? {}];
  const asObjects =
    isObject(is ?? should) &&
    isObject(should ?? is) &&
    (here.length === 0 || (is !== undefined && should !== undefined));
  if (!asObjects) return [{ path: here, is, should }];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((key) => differences((a as JsonObject)[key], (b as JsonObject)[key], key, here));
}

const at = (value: Json, path: readonly string[]): Json =>
  path.reduce<Json>((inner, name) => (inner as JsonObject | undefined | null)?.[name], value);

export const show = (value: Json) => (value === undefined ? "absent" : JSON.stringify(value));

/** A drift check says "clean" exactly when what is declared is there. */
export function driftFinding(
  shape: ObjectShape,
  declared: Json,
  now: Json,
  answer: string[] | "deleted",
): Finding | undefined {
  const paths = drift(shape, declared, now);
  if (answer === "deleted") return finding("6 a drift check calls an object deleted that is there");
  if (paths.length > 0 && answer.length === 0) return finding("6 drift that no drift check shows", paths.join(", "));
  if (paths.length === 0 && answer.length > 0) return finding("6 drift where there is none", answer.join(", "));
  return undefined;
}

/** Arriving at a program by way of another, or at once, gives the same object, but for what cannot change. */
export function directFinding(shape: ObjectShape, declared: Json, now: Json, direct: Json): Finding | undefined {
  const different = differences(without(shape, declared, now), without(shape, declared, direct), "");
  const [first] = different;
  return (
    first &&
    finding(
      "4 another object than by the direct way",
      `${first.path.join(".")}: ${show(first.is)}, directly ${show(first.should)}`,
    )
  );
}

/** What is fixed and not declared may differ between two objects that are of one program. */
function without(shape: ObjectShape, declared: Json, now: Json): Json {
  const fields = Object.entries((settled(shape, now) ?? {}) as JsonObject).flatMap(([name, inner]) => {
    const field = shape.fields[name];
    const said = (declared as JsonObject | undefined)?.[name];
    if (field?.kind === "value" && field.fixed && said === undefined) return [];
    if (field?.kind !== "object") return [[name, inner]];
    const rest = without(field, said, inner);
    return Object.keys(rest as JsonObject).length === 0 && !field.presence ? [] : [[name, rest]];
  });
  return Object.fromEntries(fields);
}

/** Whether a program names another value for something that cannot change on a living object. */
export function isReplacement(shape: ObjectShape, live: Json, after: Json): boolean {
  return Object.entries(shape.fields).some(([name, field]) => {
    const [is, wanted] = [(live as JsonObject | undefined)?.[name], (after as JsonObject | undefined | null)?.[name]];
    if (wanted === undefined || wanted === null) return false;
    if (field.kind === "object") return isReplacement(field, is, wanted);
    return field.kind === "value" && field.fixed === true && !isSame(is ?? field.default, wanted);
  });
}

export const programOf = (shape: ObjectShape, wire: JsonObject): Json => canonical(shape, wire, true) ?? {};
