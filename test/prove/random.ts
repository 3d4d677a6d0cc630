// Schedules by chance, with fast-check's scheduler: more writers, more edits and more mishaps than can be tried in every
// order. The seed of a failure gives the same schedule again.
import fc from "fast-check";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import type { Arena, Settings, User } from "./arena.ts";
import { type Mishap, mishaps } from "./faults.ts";
import { allPositions } from "./scenarios.ts";
import { type Plan, runSchedule } from "./schedule.ts";
import type { Tally } from "./tally.ts";
import type { Participant } from "./turns.ts";
import {
  careful,
  create,
  destroy,
  type FieldEdit,
  hierarchical,
  remover,
  script,
  update,
  updateTwice,
  type Writer,
} from "./writers.ts";

const edit = fc.constantFrom<FieldEdit>(
  { field: "domain_name", value: "example.org" },
  { field: "replication_mode", value: "SOURCE" },
  { field: "tag", value: "theirs" },
  { field: "description", value: "theirs" },
  { field: "display_name", value: "theirs" },
  { field: "admin_state", value: "DOWN" },
);

const changes = fc.record(
  {
    description: fc.constantFrom("ours", "theirs"),
    displayName: fc.constantFrom("ours", "theirs"),
    adminState: fc.constant("DOWN"),
    tags: fc.constantFrom([{ scope: "env", tag: "stage" }], []),
  },
  { requiredKeys: ["description"] },
);

function ours(user: "ours" | "twin", settings: Settings): fc.Arbitrary<Writer> {
  const reaction = fc.constantFrom<Settings>({}, { NSX_ON_CONFLICT: "preserve" }, { NSX_ON_CONFLICT: "overwrite" });
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(changes, reaction).map(([to, more]) => update(user, to, { ...settings, ...more })),
    },
    { weight: 2, arbitrary: reaction.map((more) => updateTwice(user, { ...settings, ...more })) },
    { weight: 1, arbitrary: fc.constant(destroy(user, settings)) },
    { weight: 1, arbitrary: changes.map((to) => create(user, to, settings)) },
  );
}

function colleague(user: User): fc.Arbitrary<Writer> {
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: edits.map((list) => careful(user, ...list)) },
    { weight: 2, arbitrary: edits.map((list) => hierarchical(user, ...list)) },
    { weight: 2, arbitrary: edits.map((list) => script(user, ...list.filter(({ field }) => field !== "tag"))) },
    { weight: 1, arbitrary: fc.boolean().map((remakes) => remover(user, { remakes })) },
  );
}

export interface RandomOptions {
  readonly schedules: number;
  readonly seed: number;
  readonly settings: Settings;
}

/** Fails with the seed, the writers and their order as soon as one schedule loses something. */
export async function runRandomly(arena: Arena, options: RandomOptions, tally: Tally): Promise<void> {
  const { schedules, seed, settings } = options;
  const writers = fc
    .tuple(
      ours("ours", settings),
      fc.option(ours("twin", settings), { freq: 2, nil: undefined }),
      colleague("alice"),
      fc.option(colleague("bob"), { nil: undefined }),
      fc.option(colleague("carol"), { freq: 2, nil: undefined }),
    )
    .map((all) => all.filter((writer) => writer !== undefined));
  const position = fc.constantFrom<Partial<NsxSwitches>[]>(...allPositions());
  const smooth = { weight: 4, arbitrary: fc.constant(undefined) };
  const rough = { weight: 1, arbitrary: fc.constantFrom(...mishaps) };
  const fate = fc.array(fc.oneof(smooth, rough), { maxLength: 16 });
  const property = fc.asyncProperty(
    fc.scheduler(),
    writers,
    position,
    fate,
    async (scheduler, all, switches, fates) => {
      const plan: Plan = { name: all.map(({ user }) => user).join("+"), exists: true, writers: all, switches };
      const left: (Mishap | undefined)[] = [...fates];
      const result = await runSchedule(arena, plan, {
        run: (participants) => runWith(scheduler, participants),
        mishap: () => left.shift(),
      });
      tally.add(plan, result);
      if (result.losses.length + result.untrue.length + result.falseConflicts.length > 0) {
        throw new Error(tally.examples.at(-1));
      }
    },
  );
  await fc.assert(property, { numRuns: schedules, seed });
}

async function runWith(scheduler: fc.Scheduler, participants: readonly Participant[]): Promise<number[]> {
  const order: number[] = [];
  const all = participants.map((participant, index) =>
    participant(async () => {
      await scheduler.schedule(Promise.resolve(), `writer ${index}`);
      order.push(index);
    }),
  );
  await scheduler.waitFor(Promise.all(all));
  return order;
}
