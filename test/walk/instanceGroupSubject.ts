import { accountDefaults } from "./defaults.ts";
import type { Ground } from "./ground.ts";
import type { Dice } from "./random.ts";
import { type JsonObject, type ObjectShape, object, value } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

const shape: ObjectShape = object({
  displayName: value({ default: accountDefaults.displayName || undefined }),
  description: value({ default: accountDefaults.description || undefined }),
});

const nameOf = ({ name }: Program) => String(name);

async function startSite(ground: Ground, number: number): Promise<Site> {
  const { all, write, ...rest } = await ground.nim("InstanceGroup", number, 0);
  const groups = () => all("instance-groups");
  return {
    ...rest,
    live(program) {
      const found = groups().get(nameOf(program));
      if (!found) return undefined;
      const { name, displayName, description } = found;
      // Where nobody says more, a group is called by its name.
      return { displayName: displayName === name ? "" : displayName, description };
    },
    everything: () => JSON.stringify([...groups()]),
    count: () => groups().size,
    write(program, { displayName, description }) {
      const body = { displayName: displayName ?? "", description: description ?? "" };
      write("instance-groups", nameOf(program), body);
    },
  };
}

const makers: Record<string, (dice: Dice) => string> = {
  displayName: (dice) => dice.pick(["The Shop's Front", "Shop"]),
  description: (dice) => dice.pick(["Serves the shop", "Dev/Test", ""]),
};
const fields = Object.keys(makers);

/** A process remembers names of what it made: no two worlds have the same. */
let worlds = 0;

function createWorld(dice: Dice, ground: Ground): World {
  worlds += 1;
  const own = `walk-${worlds}`;
  let sites = 0;
  const made = (field: string) => (makers[field] as (dice: Dice) => string)(dice);
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
    others: () => ({}),
    rephrase: (program) => program,
    next(program) {
      const changed = { ...program };
      if (dice.chance(0.05)) changed.name = dice.pick([own, `${own}-2`]);
      for (const field of dice.some(fields, 1, 2)) {
        if (dice.chance(0.3)) delete changed[field];
        else changed[field] = made(field);
      }
      return changed;
    },
    wire: ({ name: _, adopt: __, ...rest }): JsonObject => rest,
    argumentOf: (field) => field,
    elsewhere: (program) => ({ ...program, name: `${nameOf(program)}-directly` }),
    samePlace: (a, b) => nameOf(a) === nameOf(b),
  };
}

export const instanceGroup: Subject = {
  name: "InstanceGroup",
  carriesMark: false,
  open: async (dice, ground) => createWorld(dice, ground),
};
