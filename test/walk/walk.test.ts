import { describe, expect, test } from "vitest";
import { createDice } from "./random.ts";
import { segment } from "./segmentSubject.ts";
import { subjects } from "./subjects.ts";
import { describeReport, walk } from "./walk.ts";

// WALK_STEPS=50000 npx vitest run --config test/vitest.config.ts test/walk is the long form; WALK_SEED for other chances.
const steps = Number(process.env.WALK_STEPS ?? 1_500);
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

  test("the same seed is the same walk", async () => {
    const [first, second] = [await walk(segment, { seed: 5, steps: 40 }), await walk(segment, { seed: 5, steps: 40 })];
    expect(second).toEqual(first);
    expect(createDice(1).below(1_000_000)).not.toBe(createDice(2).below(1_000_000));
  });
});
