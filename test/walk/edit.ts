// Somebody else's edits, by chance and by shape: what they write comes from another program of the same kind.
import type { Dice } from "./random.ts";
import { canonical, isSame, type Json, type JsonObject, type ObjectShape, type Shape } from "./shape.ts";

/** A copy of the live object with one place in it made as in `model`. Raw values, as the server has them. */
export function editedBy(
  dice: Dice,
  shape: ObjectShape,
  live: JsonObject,
  model: JsonObject,
  without: readonly string[],
): JsonObject {
  const names = Object.keys(shape.fields).filter((name) => !without.includes(name));
  const possible = names.filter((name) => live[name] !== undefined || model[name] !== undefined);
  if (possible.length === 0) return live;
  const name = dice.pick(possible);
  const changed = editedValue(dice, shape.fields[name] as Shape, live[name], model[name]);
  return { ...live, [name]: changed };
}

function editedValue(dice: Dice, shape: Shape, live: Json, model: Json): Json {
  if (model === undefined || model === null) {
    if (shape.kind === "value" || dice.chance(0.3)) return undefined;
    model = shape.kind === "object" ? {} : [];
  }
  if (live === undefined) return model;
  switch (shape.kind) {
    case "value":
    case "ordered":
      return model;
    case "object": {
      const names = Object.keys(shape.fields).filter(
        (name) => !shape.fields[name] || !isFixed(shape.fields[name] as Shape),
      );
      return editedBy(
        dice,
        { ...shape, fields: Object.fromEntries(names.map((name) => [name, shape.fields[name] as Shape])) },
        live as JsonObject,
        model as JsonObject,
        [],
      );
    }
    case "set":
      return editedSet(dice, shape, live as Json[], model as Json[]);
    case "keyed":
      return editedElements(dice, shape, live as JsonObject[], model as JsonObject[]);
  }
}

const isFixed = (shape: Shape) => shape.kind === "value" && shape.fixed === true;

function editedSet(dice: Dice, shape: Shape, live: Json[], model: Json[]): Json[] {
  const kind = dice.below(4);
  if (kind === 0) return dice.shuffled(live);
  if (kind === 1 && live.length > 0) {
    const gone = dice.below(live.length);
    return live.filter((_, i) => i !== gone);
  }
  // Not one that is there already: whether a twin of it means anything is left open.
  const isThere = (element: Json) =>
    live.some((other) => isSame(canonical(shape, [other]), canonical(shape, [element])));
  const added = model.filter((element) => !isThere(element));
  return added.length > 0 ? [...live, dice.pick(added)] : live;
}

type Keyed = Shape & { kind: "keyed" };

function editedElements(dice: Dice, shape: Keyed, live: JsonObject[], model: JsonObject[]): JsonObject[] {
  const { of, keyOf, id = [] } = shape;
  const isHere = (element: JsonObject) => live.some((other) => keyOf(other) === keyOf(element));
  const added = model.filter((element) => !isHere(element)).slice(0, 1);
  if (added.length > 0 && (live.length === 0 || dice.chance(0.3))) return [...live, ...added];
  const at = dice.below(live.length);
  if (live.length === 0 || dice.chance(0.15)) return live.filter((_, i) => i !== at);
  const like = model.find((element) => keyOf(element) === keyOf(live[at] as JsonObject)) ?? {};
  return live.map((element, i) => (i === at ? editedBy(dice, of, element, like, id) : element));
}
