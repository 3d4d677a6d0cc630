// The real engine is killed, or asked to stop. The short form: `npm run prove` kills it at every write.
import { expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { nsxStack, program, segment, segmentsOf } from "../cli/stack.ts";
import { type EngineKill, killTheEngine } from "./engineKills.ts";
import type { Kills } from "./kills.ts";

const few: EngineKill[] = [
  { operation: "create", write: 2, moment: "after it has acted", victim: "provider", checkpoints: false },
];

// Elsewhere than on Linux the provider's process is not told from others.
test.runIf(process.platform === "linux")("killed, it finds its way", { timeout: 600_000 }, async () => {
  const kills: Kills = { tried: 0, converged: 0, failures: [] };
  await killTheEngine(kills, { only: few });
  expect(kills).toEqual({ tried: 1, converged: 1, failures: [] });
});

test("one Ctrl-C lets the requests that run finish, and records them", { timeout: 600_000 }, async () => {
  const nsx = await startNsxSimulator();
  const names = ["s1", "s2", "s3", "s4", "s5", "s6"];
  await using stack = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))) });
  const run = stack.spawn(["up", "--yes", "--skip-preview", "--parallel", "2"]);
  const asked = nsx.control.hook({
    after: async ({ method }) => {
      if (method !== "PUT") return;
      asked();
      run.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
  });
  const { output } = await run.result;
  expect(output).toContain("canceled");
  const made = segmentsOf(nsx);
  expect(made.length).toBeGreaterThan(0);
  expect(made.length).toBeLessThan(names.length);
  const recorded = await stack.resources("NsxSegment");
  expect(recorded.map(({ id }) => id).sort()).toEqual(made.sort());
  expect((await stack.exportState()).deployment.pending_operations ?? []).toEqual([]);
  await stack.up();
  await stack.up(["--expect-no-changes"]);
  await nsx.close();
});
