import { roleDefaults } from "./defaults.ts";
import type { Ground } from "./ground.ts";
import type { Dice } from "./random.ts";
import { rephrased } from "./rephrase.ts";
import { type Json, type JsonObject, type ObjectShape, object, type Shape, text, value } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

const set = (of: Shape): Shape => ({ kind: "set", of });

const shape: ObjectShape = object({
  displayName: value({ default: roleDefaults.displayName || undefined }),
  description: value({ default: roleDefaults.description || undefined }),
  tags: set(value()),
  permissions: {
    kind: "keyed",
    keyOf: ({ feature }) => text(feature),
    id: ["feature"],
    of: object({
      feature: value(),
      accessTypes: set(value()),
      objects: {
        kind: "keyed",
        keyOf: ({ resource }) => text(resource),
        id: ["resource"],
        of: object({ resource: value(), values: set(value()) }),
      },
    }),
  },
});

/** A mark among the tags, by which a role says whose it is. */
const isMark = (tag: Json) => String(tag).startsWith("pulumi.owner");

interface WireRole extends JsonObject {
  metadata: JsonObject & { tags: string[] };
  roleDef: { permissions: JsonObject[] };
}

const nameOf = ({ name }: Program) => String(name);

async function startSite(ground: Ground, number: number): Promise<Site> {
  const { all, write, ...rest } = await ground.nim("Role", number, 0);
  const roles = () => all("roles") as Map<string, WireRole>;
  return {
    ...rest,
    live(program) {
      const found = roles().get(nameOf(program));
      if (!found) return undefined;
      const { displayName, description, tags } = found.metadata;
      return {
        displayName,
        description,
        tags: tags.filter((tag) => !isMark(tag)),
        permissions: found.roleDef.permissions,
      };
    },
    everything: () => JSON.stringify([...roles()]),
    count: () => [...roles().keys()].filter((name) => name !== "admin").length,
    write(program, { displayName, description, tags, permissions }) {
      const name = nameOf(program);
      const marks = roles().get(name)?.metadata.tags.filter(isMark) ?? [];
      const metadata = {
        name,
        displayName: displayName ?? "",
        description: description ?? "",
        tags: [...((tags ?? []) as string[]), ...marks],
      };
      const complete = ((permissions ?? []) as JsonObject[]).map((one) => ({
        ...one,
        accessTypes: one.accessTypes ?? [],
        objects: ((one.objects ?? []) as JsonObject[]).map((limit) => ({ ...limit, values: limit.values ?? [] })),
      }));
      write("roles", name, { metadata, roleDef: { permissions: complete } });
    },
  };
}

const features = ["INSTANCE-MANAGEMENT", "CERTIFICATES", "SCAN", "TEMPLATES"];

const makers: Record<string, (dice: Dice) => Json> = {
  displayName: (dice) => dice.pick(["The Green Team", "Green", ""]),
  description: (dice) => dice.pick(["Runs the shop", "Dev/Test", ""]),
  tags: (dice) => dice.shuffled(dice.some(["prod", "test", "shop"], dice.chance(0.1) ? 0 : 1, 3)),
  permissions: (dice) =>
    dice.shuffled(dice.some(features, dice.chance(0.1) ? 0 : 1, 3)).map((feature) => permission(dice, feature)),
};

function permission(dice: Dice, feature: string): JsonObject {
  const accessTypes = dice.shuffled(dice.some(["CREATE", "READ", "UPDATE", "DELETE"], 1, 3));
  if (dice.chance(0.4)) return { feature, accessTypes };
  const objects = dice.some(["Systems", "Certs", "Instance Groups"], 1, 2).map((resource) => ({
    resource,
    values: dice.shuffled(dice.some(["a", "b", "c"], 1, 3)),
  }));
  return { feature, accessTypes, objects: dice.shuffled(objects) };
}

/** A process remembers names of what it made: no two worlds have the same. */
let worlds = 0;

function createWorld(dice: Dice, ground: Ground): World {
  worlds += 1;
  const own = `walk-${worlds}`;
  let sites = 0;
  const all = Object.keys(makers);
  const made = (name: string) => (makers[name] as (dice: Dice) => Json)(dice);
  return {
    untouchable: [],
    start: () => {
      sites += 1;
      return startSite(ground, sites);
    },
    shape: () => shape,
    program: () => ({
      name: own,
      ...Object.fromEntries(all.filter(() => dice.chance(0.6)).map((name) => [name, made(name)])),
    }),
    others: () => ({}),
    rephrase: (program) => rephrased(dice, program, ["tags", "permissions", "accessTypes", "objects"]),
    next(program) {
      const changed = { ...program };
      if (dice.chance(0.03)) changed.name = dice.pick([own, `${own}-2`]);
      for (const name of dice.some(all, 1, 2)) {
        if (dice.chance(0.3)) delete changed[name];
        else if (name === "permissions" && Array.isArray(changed[name]) && dice.chance(0.6))
          changed[name] = nudged(dice, changed[name] as JsonObject[]);
        else changed[name] = made(name);
      }
      return rephrased(dice, changed, ["tags", "permissions", "accessTypes", "objects"]);
    },
    wire: ({ name: _, adopt: __, ...rest }) => rest,
    argumentOf: (field) => field,
    elsewhere: (program) => ({ ...program, name: `${nameOf(program)}-directly` }),
    samePlace: (a, b) => nameOf(a) === nameOf(b),
  };
}

/** One permission more, less, or with other access types or objects. */
function nudged(dice: Dice, permissions: JsonObject[]): JsonObject[] {
  const at = dice.below(Math.max(1, permissions.length));
  const here = permissions[at];
  if (!here || dice.chance(0.2)) {
    const free = features.filter((feature) => permissions.every((one) => one.feature !== feature));
    return free.length > 0 ? [...permissions, permission(dice, dice.pick(free))] : permissions;
  }
  if (dice.chance(0.2)) return permissions.filter((_, i) => i !== at);
  const like = permission(dice, String(here.feature));
  const { objects: _, ...without } = here;
  const changed = dice.pick([
    { ...here, accessTypes: like.accessTypes },
    without,
    { ...without, ...(like.objects !== undefined && { objects: like.objects }) },
  ]);
  return permissions.map((one, i) => (i === at ? changed : one));
}

export const role: Subject = {
  name: "Role",
  carriesMark: true,
  open: async (dice, ground) => createWorld(dice, ground),
};
