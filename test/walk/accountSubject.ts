// Users, and groups of users: texts, and names of what they refer to. None of them carries a mark.
import { accountDefaults } from "./defaults.ts";
import { type Collection, type Ground, nimApi } from "./ground.ts";
import type { Dice } from "./random.ts";
import { rephrased } from "./rephrase.ts";
import { type Json, type JsonObject, type ObjectShape, object, type Shape, value } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

const set = (): Shape => ({ kind: "set", of: value() });

interface Kind {
  /** The class's name. */
  readonly name: string;
  readonly collection: Collection;
  readonly definition: "userDef" | "groupDef";
  /** Fields of the definition that are texts, and those that are lists of references. */
  readonly texts: readonly (keyof typeof accountDefaults)[];
  readonly lists: readonly ("roles" | "groups")[];
}

/** What all of them may refer to: made once on each system, and in nobody's way. */
const known = { roles: ["operators", "auditors", "guests"], groups: ["day", "night"] };
const refTo = (list: string, name: Json) => ({ ref: `${nimApi}/${list}/${name}` });
const nameIn = ({ ref }: { ref: string }) => ref.split("/").at(-1);

interface WireAccount extends JsonObject {
  metadata: JsonObject & { tags?: string[] };
}

function subjectOf({ name, collection, definition, texts, lists }: Kind): Subject {
  const shape: ObjectShape = object({
    ...Object.fromEntries(
      (["displayName", "description", ...texts] as const).map((field) => [
        field,
        value({ default: accountDefaults[field] || undefined }),
      ]),
    ),
    ...Object.fromEntries(lists.map((list) => [list, set()])),
    // Others' only: no argument declares them.
    tags: set(),
  });
  const nameOf = (program: Program) => String(program.name);

  async function startSite(ground: Ground, number: number): Promise<Site> {
    const { all, write, send, ...rest } = await ground.nim(name, number, 0);
    for (const role of known.roles) await send("POST", `${nimApi}/roles`, { metadata: { name: role }, roleDef: {} });
    for (const group of known.groups)
      await send("POST", `${nimApi}/groups`, { metadata: { name: group }, groupDef: {} });
    const accounts = () => {
      const others: readonly string[] = collection === "groups" ? known.groups : ["admin"];
      return new Map([...all(collection)].filter(([account]) => !others.includes(account))) as Map<string, WireAccount>;
    };
    return {
      ...rest,
      live(program) {
        const found = accounts().get(nameOf(program));
        if (!found) return undefined;
        const { displayName, description, tags } = found.metadata;
        const parts = found[definition] as JsonObject;
        const named = lists.map((list) => [list, (parts[list] as { ref: string }[]).map(nameIn)]);
        return {
          displayName,
          description,
          tags,
          ...Object.fromEntries(texts.map((field) => [field, parts[field]])),
          ...Object.fromEntries(named),
        };
      },
      everything: () => JSON.stringify([...accounts()]),
      count: () => accounts().size,
      write(program, given) {
        const account = nameOf(program);
        const text = (field: string) => given[field] ?? "";
        const metadata = {
          name: account,
          displayName: text("displayName"),
          description: text("description"),
          tags: given.tags ?? [],
        };
        const parts = {
          ...Object.fromEntries(texts.map((field) => [field, text(field)])),
          ...Object.fromEntries(
            lists.map((list) => [list, ((given[list] ?? []) as Json[]).map((one) => refTo(list, one))]),
          ),
        };
        write(collection, account, { metadata, [definition]: parts });
      },
    };
  }

  const makers: Record<string, (dice: Dice) => Json> = {
    displayName: (dice) => dice.pick(["Ann Lee", "The Shop", ""]),
    description: (dice) => dice.pick(["Runs the shop", "Dev/Test", ""]),
    email: (dice) => dice.pick(["ann@example.com", "shop@example.com", ""]),
    firstName: (dice) => dice.pick(["Ann", "Bea", ""]),
    lastName: (dice) => dice.pick(["Lee", "Öz", ""]),
    roles: (dice) => dice.shuffled(dice.some(known.roles, dice.chance(0.1) ? 0 : 1, 3)),
    groups: (dice) => dice.shuffled(dice.some(known.groups, dice.chance(0.1) ? 0 : 1, 2)),
  };
  const fields = ["displayName", "description", ...texts, ...lists];
  let worlds = 0;

  function createWorld(dice: Dice, ground: Ground): World {
    // A process remembers names of what it made: no two worlds have the same.
    worlds += 1;
    const own = `walk-${worlds}`;
    let sites = 0;
    const made = (field: string) => (makers[field] as (dice: Dice) => Json)(dice);
    return {
      untouchable: [],
      start: () => {
        sites += 1;
        return startSite(ground, sites);
      },
      shape: () => shape,
      program: () => ({
        name: own,
        ...Object.fromEntries(fields.filter(() => dice.chance(0.6)).map((field) => [field, made(field)])),
      }),
      others: (): JsonObject => (dice.chance(0.1) ? { tags: ["vip"] } : {}),
      rephrase: (program) => rephrased(dice, program, [...lists]),
      next(program) {
        const changed = { ...program };
        if (dice.chance(0.03)) changed.name = dice.pick([own, `${own}-2`]);
        for (const field of dice.some(fields, 1, 2)) {
          if (dice.chance(0.3)) delete changed[field];
          else changed[field] = made(field);
        }
        return rephrased(dice, changed, [...lists]);
      },
      wire: ({ name: _, adopt: __, ...rest }) => rest,
      argumentOf: (field) => field,
      elsewhere: (program) => ({ ...program, name: `${nameOf(program)}-directly` }),
      samePlace: (a, b) => nameOf(a) === nameOf(b),
    };
  }

  return { name, carriesMark: false, open: async (dice, ground) => createWorld(dice, ground) };
}

export const user = subjectOf({
  name: "User",
  collection: "users",
  definition: "userDef",
  texts: ["email", "firstName", "lastName"],
  lists: ["roles", "groups"],
});

export const group = subjectOf({
  name: "Group",
  collection: "groups",
  definition: "groupDef",
  texts: [],
  lists: ["roles"],
});
