// What an object of an API looks like, for the oracle: plain JSON, its forms and its defaults. Nothing of the provider.

export type Json = unknown;
export type JsonObject = Record<string, Json>;

export type Shape =
  | {
      kind: "value";
      /** What the server has where nobody says anything. */
      default?: Json;
      canonical?: (value: Json) => Json;
      /** Cannot change on a living object. */
      fixed?: true;
      /** The server chooses a value where none is given. */
      allocated?: true;
    }
  | {
      kind: "object";
      fields: Record<string, Shape>;
      /** The server has it only where somebody wants it: it goes when it is taken out. */
      whole?: true;
      /** It means something even when it is empty. */
      presence?: true;
    }
  /** Order means something: one value. */
  | { kind: "ordered"; of: Shape }
  /** Elements are told apart by all of them; `keyOf` says which of them exclude each other. */
  | {
      kind: "set";
      of: Shape;
      keyOf?: (element: JsonObject) => string;
      /** Others' elements are theirs, whatever the program says: no drift, and never taken away. */
      keepsOthers?: true;
      /** OPEN: one value, or elements that each have an owner; others' elements may stop an update. */
      maybeOne?: true;
    }
  /** Elements are told apart by a key, and each is looked into; `id` are its fields that are the key. */
  | {
      kind: "keyed";
      of: Shape & { kind: "object" };
      keyOf: (element: JsonObject) => string;
      id?: readonly string[];
      /** As above: others' elements may stop an update. */
      maybeOne?: true;
    };

export type ObjectShape = Shape & { kind: "object" };

export const value = (rest: Partial<Shape & { kind: "value" }> = {}): Shape => ({ kind: "value", ...rest });
export const object = (fields: Record<string, Shape>, rest: Partial<ObjectShape> = {}): ObjectShape => ({
  kind: "object",
  fields,
  ...rest,
});

/** Says of a program that a field is declared, and empty. */
export const empty = null;

export const text = (value: Json): string => JSON.stringify(value) ?? "";
export const isSame = (a: Json, b: Json): boolean => text(sorted(a)) === text(sorted(b));

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

/**
 * The one form of a value: notation, order of what has none, and nothing instead of what is empty. Of a program
 * (`keepEmpty`) what is declared as empty stays, as `empty`. Keyed lists become objects by key.
 */
export function canonical(shape: Shape, given: Json, keepEmpty = false): Json {
  const nothing = keepEmpty ? empty : undefined;
  if (given === undefined) return undefined;
  if (given === null || given === "") return nothing;
  switch (shape.kind) {
    case "value":
      return shape.canonical ? shape.canonical(given) : given;
    case "object": {
      const entries = Object.entries(shape.fields)
        .map(([name, field]) => [name, canonical(field, (given as JsonObject)[name], keepEmpty)] as const)
        .filter(([, inner]) => inner !== undefined);
      if (entries.length === 0 && !shape.presence) return undefined;
      return Object.fromEntries(entries);
    }
    case "ordered":
    case "set": {
      const all = (given as Json[]).map((element) => sorted(canonical(shape.of, element) ?? {}));
      if (all.length === 0) return nothing;
      return shape.kind === "ordered" ? all : all.sort((a, b) => (text(a) < text(b) ? -1 : 1));
    }
    case "keyed": {
      const all = (given as Json[]).map((element) => canonical(shape.of, element, keepEmpty) as JsonObject);
      if (all.length === 0) return nothing;
      return Object.fromEntries(all.map((element) => [shape.keyOf(element), element]));
    }
  }
}

/** Without what the server would have anyway: two objects that are the same look the same. */
export function settled(shape: Shape, given: Json): Json {
  if (given === undefined || given === null) return undefined;
  if (shape.kind === "value") return isSame(given, shape.default) ? undefined : given;
  if (shape.kind === "object" || shape.kind === "keyed") {
    const of = (name: string) => (shape.kind === "object" ? (shape.fields[name] as Shape) : shape.of);
    const entries = Object.entries(given)
      .map(([name, inner]) => [name, settled(of(name), inner)] as const)
      .filter(([, inner]) => inner !== undefined || shape.kind === "keyed");
    if (entries.length === 0 && !(shape.kind === "object" && shape.presence)) return undefined;
    return Object.fromEntries(entries.map(([name, inner]) => [name, inner ?? {}]));
  }
  return given;
}
