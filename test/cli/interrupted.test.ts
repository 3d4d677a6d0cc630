import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { nsxStack, program, segment, segmentsOf } from "./stack.ts";

const names = ["s1", "s2", "s3", "s4"];
const paths = names.map((name) => `/infra/segments/${name}`);

describe("a run that does not come to its end", { timeout: 600_000 }, () => {
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

  /** As after every `up` that ended: nothing drifted, nothing to do, each object made once. */
  async function isSettled(settled: Workspace, wanted = paths): Promise<void> {
    const { stdout } = await settled.up(["--refresh", "--expect-no-changes"]);
    expect(stdout).toMatch(new RegExp(`Resources:\\n +${wanted.length + 1} unchanged\\n`));
    expect(segmentsOf(nsx).sort()).toEqual(wanted);
    const kinds = nsx.control.history.all().filter(({ kind }) => kind === "create");
    expect(kinds.map(({ path }) => path).sort()).toEqual(wanted);
  }

  test("killed while creating: the next up finds what was made, and says so; not realized: the next up waits again", async () => {
    const interrupted = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))) });
    stack = interrupted;
    await killedUp(interrupted, {});
    await interrupted.run(["cancel", "--yes"]);
    expect((await interrupted.exportState()).deployment.pending_operations?.length).toBeGreaterThan(0);
    const { stdout } = await interrupted.up();
    expect(stdout).toMatch(/\/infra\/segments\/s\d was there already from an interrupted run, and has been adopted/);
    await interrupted.refresh(["--clear-pending-creates"]);
    await isSettled(interrupted);

    // The same stack goes on: one segment more, and one that changes, which both exist and are not realized.
    const alarm = { message: "no edge node is up", errorCode: 500_105 };
    for (const path of ["/infra/segments/s2", "/infra/segments/s5"]) {
      nsx.control.planRealization(path, { failure: alarm });
    }
    const changed = { segmentId: "s2", description: "changed" };
    const others = ["s1", "s3", "s4", "s5"].map((name) => segment(name));
    await interrupted.writeProgram(program(segment("s2", changed), ...others));
    const { output } = await interrupted.up(["--continue-on-error"], { expect: null });
    for (const name of ["s2", "s5"]) {
      expect(output).toMatch(
        new RegExp(`NsxSegment \\(${name}\\):\\s+error:[^]*no edge node is up[^]*the next "pulumi up" waits`),
      );
    }
    const half = (await interrupted.resources("NsxSegment")).filter(({ initErrors }) => initErrors);
    expect(half.map(({ id }) => id).sort()).toEqual(["/infra/segments/s2", "/infra/segments/s5"]);
    expect(half[1]).toMatchObject({
      initErrors: [expect.stringContaining("no edge node is up")],
      outputs: { realization: "ERROR" },
    });
    for (const path of ["/infra/segments/s2", "/infra/segments/s5"]) nsx.control.planRealization(path);
    await interrupted.up();
    await isSettled(interrupted, [...paths, "/infra/segments/s5"]);
    expect(nsx.control.object("/infra/segments/s2")).toMatchObject({ description: "changed" });
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
});
