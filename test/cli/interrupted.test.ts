import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Workspace } from "../pulumi.ts";
import { type NsxSimulator, startNsxSimulator } from "../simulators/nsx/index.ts";
import { driftCheck, failingUp, nsxStack, program, segment, segmentsOf } from "./stack.ts";

const names = ["s1", "s2", "s3", "s4"];
const paths = names.map((name) => `/infra/segments/${name}`);

describe("a run that does not come to its end", { timeout: 120_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace | undefined;
  beforeEach(async () => {
    nsx = await startNsxSimulator();
  });
  afterEach(async () => {
    await stack?.remove();
    stack = undefined;
    await nsx.close();
  });

  /** Runs `up` and kills everything of it at the moment when NSX has made the second segment and answered nobody. */
  async function killedUp(killed: Workspace, env: Record<string, string>): Promise<void> {
    let creates = 0;
    let killing: Promise<unknown> | undefined;
    const remove = nsx.control.hook({
      after: async ({ method, path }) => {
        if (method !== "PUT" || !path.includes("/infra/segments/")) return;
        creates += 1;
        if (creates === 2) killing = killed.killAll();
        // What is under way beside it gets no answer either.
        await killing;
      },
    });
    const run = killed.spawn(["up", "--yes", "--skip-preview", "--parallel", "2"], { env });
    expect((await run.result).code).toBeNull();
    await killing;
    remove();
    expect(nsx.control.requests.count("PUT /policy/api/v1/infra/segments/*")).toBeGreaterThanOrEqual(2);
  }

  /** As after every `up` that ended: nothing to do, nothing drifted, each object made once. */
  async function isSettled(settled: Workspace): Promise<void> {
    await settled.up(["--expect-no-changes"]);
    await driftCheck(settled, 0);
    expect(segmentsOf(nsx).sort()).toEqual(paths);
    const kinds = nsx.control.history.all().filter(({ kind }) => kind === "create");
    expect(kinds.map(({ path }) => path).sort()).toEqual(paths);
  }

  test("killed while creating: the next up finds what was made, and says so", async () => {
    const interrupted = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))) });
    stack = interrupted;
    await killedUp(interrupted, {});
    await interrupted.run(["cancel", "--yes"]);
    expect((await interrupted.exportState()).deployment.pending_operations?.length).toBeGreaterThan(0);
    const { stdout } = await interrupted.up();
    expect(stdout).toMatch(/\/infra\/segments\/s\d was there already from an interrupted run, and has been adopted/);
    await interrupted.refresh(["--clear-pending-creates"]);
    await isSettled(interrupted);
  });

  // Checkpoints are half of the time of a large run. Without them the state knows nothing of what was made before a kill.
  test("killed without checkpoints: the next up finds all that was made", async () => {
    const interrupted = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))) });
    stack = interrupted;
    const env = { PULUMI_SKIP_CHECKPOINTS: "true" };
    await killedUp(interrupted, env);
    await interrupted.run(["cancel", "--yes"]);
    expect(await interrupted.resources("NsxSegment")).toEqual([]);
    await interrupted.up([], { env });
    await isSettled(interrupted);
  });

  test("created but not realized: saved with NSX's own words, and finished by the next up; the same for an update", async () => {
    const alarm = { message: "no edge node is up", errorCode: 500_105 };
    nsx.control.planRealization("/infra/segments/s1", { failure: alarm });
    const half = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))) });
    stack = half;
    const output = await failingUp(half);
    expect(output).toMatch(/NsxSegment \(s1\):\s+error:[\s\S]*no edge node is up[\s\S]*the next "pulumi up" waits/);
    expect((await half.resources("NsxSegment")).find(({ id }) => id === "/infra/segments/s1")).toMatchObject({
      initErrors: [expect.stringContaining("no edge node is up")],
      outputs: { realization: "ERROR" },
    });
    nsx.control.planRealization("/infra/segments/s1");
    await half.up();
    await isSettled(half);

    nsx.control.planRealization("/infra/segments/s2", { failure: alarm });
    const changed = { segmentId: "s2", description: "changed" };
    await half.writeProgram(program(...names.map((name) => (name === "s2" ? segment(name, changed) : segment(name)))));
    expect(await failingUp(half)).toMatch(/NsxSegment \(s2\):\s+error:[\s\S]*no edge node is up/);
    nsx.control.planRealization("/infra/segments/s2");
    await half.up();
    await isSettled(half);
    expect(nsx.control.object("/infra/segments/s2")).toMatchObject({ description: "changed" });
  });
});
