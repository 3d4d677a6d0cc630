import { describe, expect, test } from "vitest";
import { type ProviderCalls, ResourceRun } from "../tools/stack.ts";
import { createDice } from "./random.ts";
import { segment } from "./segmentSubject.ts";
import type { Site, Subject } from "./subject.ts";
import { subjects } from "./subjects.ts";
import { describeReport, walk } from "./walk.ts";

function corrupted(site: Site, lie: () => Partial<ProviderCalls>): Site {
  return {
    ...site,
    newRun() {
      const { provider, constants } = site.newRun() as ResourceRun;
      const calls: ProviderCalls = {
        check: (...given) => provider.check(...given),
        diff: (...given) => provider.diff(...given),
        create: (...given) => provider.create(...given),
        read: (...given) => provider.read(...given),
        update: (...given) => provider.update(...given),
        delete: (...given) => provider.delete(...given),
      };
      return new ResourceRun({ ...calls, ...lie() }, constants);
    },
  };
}

// WALK_STEPS=50000 npx vitest run --config test/vitest.config.ts test/walk is the long form; WALK_SEED for other chances.
const steps = Number(process.env.WALK_STEPS ?? 800);
const seed = Number(process.env.WALK_SEED ?? 1);

describe("a walk through programs, other people's edits and interruptions", () => {
  for (const subject of subjects) {
    test(`${subject.name}: everything that the contract says, after each step`, {
      timeout: Math.max(120_000, steps * 100),
    }, async () => {
      const report = await walk(subject, { seed, steps });
      expect(report.failures.length, describeReport(subject.name, report)).toBe(0);
      expect(report.steps).toBeGreaterThanOrEqual(steps);
    });
  }

  // On trial with whatever provider there is: each of these must be convicted of what it does.
  test.each<[string, () => Partial<ProviderCalls>, string]>([
    [
      "says that it has updated, and has not",
      () => ({ update: async (_id, olds, news) => ({ outs: { ...olds, ...news } }) }),
      "1 declared and not there",
    ],
    [
      "never sees drift",
      () => ({ read: async (id, props) => ({ id: String(id), props, inputs: props }) }),
      "6 drift that no drift check shows",
    ],
    [
      "always sees something to do",
      () => ({ diff: async () => ({ changes: true }) }),
      "5 the same in other words is not the same",
    ],
  ])("a provider that %s is found", async (_, lie, kind) => {
    const lying: Subject = {
      ...segment,
      open: async (dice, ground) => {
        const world = await segment.open(dice, ground);
        return { ...world, start: async () => corrupted(await world.start(), lie) };
      },
    };
    const { kinds } = await walk(lying, { seed: 1, steps: 300 });
    expect(Object.keys(kinds).some((found) => found.startsWith(kind))).toBe(true);
  });

  test("the same seed is the same walk", async () => {
    const [first, second] = [await walk(segment, { seed: 5, steps: 40 }), await walk(segment, { seed: 5, steps: 40 })];
    expect(second).toEqual(first);
    expect(createDice(1).below(1_000_000)).not.toBe(createDice(2).below(1_000_000));
  });
});
