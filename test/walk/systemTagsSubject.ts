import { type Ground, nimApi } from "./ground.ts";
import type { Dice } from "./random.ts";
import { type Json, type JsonObject, type ObjectShape, object, value } from "./shape.ts";
import type { Program, Run, Site, Subject, World } from "./subject.ts";

// "Only the tags that are named here are this stack's: others that the system has … are neither drift nor ever removed"
// (the documentation of the class).
const shape: ObjectShape = object({ tags: { kind: "set", of: value(), keepsOthers: true } });

/** Systems of a site, by what its programs call them: the same program goes with any site. */
const places = ["first", "second"] as const;
const placeOf = ({ systemUid }: Program) => String(systemUid);

async function startSite(ground: Ground, number: number): Promise<Site> {
  const { control, instances, newRun, send, ...rest } = await ground.nim("SystemTags", number, "two of its own");
  const uids = new Map(places.map((place, i) => [place as string, instances[i]?.systemUid ?? ""]));
  const pathOf = (place: string) => `${nimApi}/systems/${uids.get(place)}`;
  const tagsOf = (place: string) => control.history.of(pathOf(place)).at(-1)?.body.tags ?? [];
  // Nothing is in the way of tags, so there is no `adopt`.
  const here = ({ adopt: _, ...program }: Program) => ({ ...program, systemUid: uids.get(placeOf(program)) });
  return {
    ...rest,
    newRun: () => translated(newRun(), here),
    live: (program) => ({ tags: tagsOf(placeOf(program)) }),
    everything: () => JSON.stringify(places.map((place) => [control.history.of(pathOf(place)).length, tagsOf(place)])),
    count: () => 1,
    write: (program, { tags }) => send("PATCH", pathOf(placeOf(program)), { tags: tags ?? [] }),
  };
}

function translated(run: Run, here: (program: Program) => Program): Run {
  const { preview } = run;
  return {
    get state() {
      return run.state;
    },
    set state(state) {
      run.state = state;
    },
    up: (program) => run.up(here(program)),
    ...(preview && { preview: (program: Program) => preview(here(program)) }),
    refresh: (options) => run.refresh(options),
    destroy: () => run.destroy(),
  };
}

const pool = ["env:prod", "env:dev", "dc:ams", "tier:edge", "shop"];
const theirs = ["rack:12", "ticket:4711", "by hand"];

/** A process remembers what it has tagged: no two systems have the same uids. */
let worlds = 0;

function createWorld(dice: Dice, ground: Ground): World {
  worlds += 1;
  const world = worlds;
  let sites = 0;
  const tagsOf = ({ tags }: Program) => tags as Json[];
  return {
    untouchable: [],
    takesOver: true,
    isShared: true,
    start: () => {
      sites += 1;
      return startSite(ground, world * 1_000 + sites);
    },
    shape: () => shape,
    program: () => ({
      systemUid: dice.chance(0.9) ? "first" : "second",
      tags: dice.shuffled(dice.some(pool, 0, 4)),
    }),
    others: (): JsonObject => (dice.chance(0.6) ? { tags: dice.some(theirs, 1, 3) } : {}),
    rephrase: (program) => ({ ...program, tags: dice.shuffled(tagsOf(program)) }),
    next(program) {
      const changed = dice.some(pool, 1, 2);
      const kept = tagsOf(program).filter((tag) => !changed.includes(String(tag)));
      const added = changed.filter((tag) => !tagsOf(program).includes(tag));
      return {
        systemUid: dice.chance(0.05) ? dice.pick(places) : program.systemUid,
        tags: dice.shuffled([...kept, ...added]).slice(0, 4),
      };
    },
    wire: ({ tags }) => ({ tags }),
    argumentOf: (field) => field,
    elsewhere: (program) => program,
    samePlace: (a, b) => placeOf(a) === placeOf(b),
    inTheWay: () => [],
  };
}

export const systemTags: Subject = {
  name: "SystemTags",
  carriesMark: false,
  open: async (dice, ground) => createWorld(dice, ground),
};
