// The walk through states on the real engine, in short: `npm run prove` has the long form.
import { describe, expect, test } from "vitest";
import { lies, lyingAbout, walkOnEngine } from "../walk/engineWalk.ts";
import { segment } from "../walk/segmentSubject.ts";
import { subjects } from "../walk/subjects.ts";
import { describeReport } from "../walk/walk.ts";

// WALK_SEED for other chances.
const seed = Number(process.env.WALK_SEED ?? 1);

describe("a walk through programs, other people's edits and interruptions", { timeout: 600_000 }, () => {
  test("everything that the contract says, after each step", async () => {
    const { reports } = await walkOnEngine(subjects, { seed, steps: 24, walkers: 12, moves: 2 });
    for (const [name, report] of Object.entries(reports)) {
      expect(report.failures.length, describeReport(name, report)).toBe(0);
      expect(report.steps).toBeGreaterThanOrEqual(24);
    }
  });

  // On trial with whatever provider there is.
  test("a provider that says that it has updated, and has not, is found", async () => {
    const env = lyingAbout("update");
    const { reports } = await walkOnEngine([segment], { seed: 1, steps: 24, walkers: 12, moves: 2, env });
    expect(Object.keys(reports.NsxSegment?.kinds ?? {})).toContain(lies.update);
  });
});
