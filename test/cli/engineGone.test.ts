// The engine's death tells a provider nothing, and nobody waits for what it does then.
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { nsxStack, program, segment } from "./stack.ts";

const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
/** Of so many creates under way at once, all but two wait in the provider for their turn. */
const parallel = 20;
const patience = { timeout: 30_000, interval: 50 };

describe("the engine dies in the middle of an up", { timeout: 600_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace;
  beforeEach(async () => {
    nsx = await startNsxSimulator();
    nsx.control.hook({ before: () => sleep(200) });
    const config = { "nsx:maxConcurrency": "2" };
    stack = await nsxStack(nsx, { program: program(...names.map((name) => segment(name))), config });
  });
  afterEach(async () => {
    await stack?.remove();
    await nsx?.close();
  });

  const writes = () => nsx.control.requests.count("PUT /policy/api/v1/infra/segments/*");

  // SIGHUP is what a closed terminal sends; the provider is of another process group and never gets it.
  test.each(["SIGKILL", "SIGHUP"] as const)(
    "by %s: its provider logs out, sends nothing else, and ends",
    async (signal) => {
      const run = stack.spawn(["up", "--yes", "--skip-preview", "--parallel", `${parallel}`]);
      await vi.waitFor(() => expect(writes()).toBeGreaterThan(2), patience);
      expect(await providers(stack)).toHaveLength(1);
      const before = writes();
      run.kill(signal);
      await vi.waitFor(async () => expect(await providers(stack)).toEqual([]), patience);
      expect(nsx.control.requests.all().at(-1)).toMatchObject({ path: "/api/session/destroy", status: 200 });
      // Two were under way, and it takes a moment to notice.
      expect(writes() - before).toBeLessThan(8);
      await run.result;
    },
  );
});

/** Process ids of Pulumi's dynamic-provider servers. */
async function providers(stack: Workspace): Promise<number[]> {
  const pids = await stack.processes();
  if (pids.length === 0) return [];
  // `ps` fails when none of them is left.
  const list = execFileSync("sh", ["-c", `ps -ww -o pid=,args= -p ${pids.join(",")} || true`], { encoding: "utf8" });
  const lines = list.split("\n").filter((line) => /\bnode .*dynamic-provider/.test(line));
  return lines.map((line) => Number.parseInt(line, 10));
}
