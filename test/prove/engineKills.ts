// The real engine, killed: one stack with every kind of resource; at each write of each of its operations the provider's
// process, or everything that `pulumi` has started, gets SIGKILL. Then whoever operates it runs what the handbook says.
import { readFile } from "node:fs/promises";
import { ConnectionReset, type Hook, type SimRequest } from "../../simulators/kit/index.ts";
import { program, resource } from "../cli/stack.ts";
import { type Fixture, type FixtureSystem, fixtures } from "../fixtures/index.ts";
import { type Systems, startSystems } from "../fixtures/systems.ts";
import { Workspace } from "../tools/pulumi.ts";
import type { Kills } from "./kills.ts";

const operations = ["create", "update", "replace", "delete"] as const;
const victims = ["provider", "everything"] as const;

export interface EngineKill {
  readonly operation: (typeof operations)[number];
  /** Which of the operation's writes, from 1. */
  readonly write: number;
  readonly moment: "before the server acts" | "after it has acted";
  readonly victim: (typeof victims)[number];
  readonly checkpoints: boolean;
}

/**
 * What `npm run prove` tries: both victims at each write. Moment and checkpoints take turns, so that each pair of them
 * meets every operation in half the time. Replacing deletes as well, so it has twice the writes.
 */
function allKills(): EngineKill[] {
  return operations.flatMap((operation) => {
    const count = fixtures.length * (operation === "replace" ? 2 : 1);
    return Array.from({ length: count }, (_, index) => index + 1).flatMap((write) =>
      victims.map((victim, turn): EngineKill => {
        const moment = (write + turn) % 2 ? "after it has acted" : "before the server acts";
        return { operation, write, moment, victim, checkpoints: Math.ceil(write / 2) % 2 === turn };
      }),
    );
  });
}

/** @param kills - counts @param which - all of them, or a few */
export async function killTheEngine(
  kills: Kills,
  which: { everywhere: true } | { only: readonly EngineKill[] },
): Promise<void> {
  const systems = await startSystems();
  const kinds = await Promise.all(fixtures.map(async (fixture) => ({ fixture, system: await fixture.on(systems) })));
  const stack = await Workspace.create({ program: programOf(kinds, "args"), config: systems.config, env: systems.env });
  try {
    for (const kill of "only" in which ? which.only : allKills()) {
      kills.tried += 1;
      try {
        await tryKill(stack, systems, kinds, kill);
        kills.converged += 1;
      } catch (error) {
        kills.failures.push(`${JSON.stringify(kill)}: ${(error as Error).message}`);
      }
    }
  } finally {
    await stack.remove();
    await systems.close();
  }
}

interface Kind {
  readonly fixture: Fixture;
  readonly system: FixtureSystem;
}

function programOf(kinds: readonly Kind[], form: "args" | "inPlace" | "replacement"): string {
  return program(...kinds.map(({ fixture, system }) => resource(fixture.name, `the${fixture.name}`, system[form](1))));
}

async function tryKill(stack: Workspace, systems: Systems, kinds: readonly Kind[], kill: EngineKill): Promise<void> {
  const { operation } = kill;
  await stack.writeProgram(programOf(kinds, "args"));
  if (operation === "create") await stack.destroy();
  else await stack.up();
  if (operation === "update") await stack.writeProgram(programOf(kinds, "inPlace"));
  if (operation === "replace") await stack.writeProgram(programOf(kinds, "replacement"));

  const args = operation === "delete" ? ["destroy"] : ["up"];
  const happened = await runAndKill(stack, systems, [...args, "--yes", "--skip-preview", "--parallel", "1"], kill);
  if (!happened) throw new Error("the operation has no such write");

  // As the handbook says; a run that only lost its provider has released its lock.
  await stack.run(["cancel", "--yes"], { expect: null });
  await stack.refresh(["--clear-pending-creates"]);
  if (operation === "delete") {
    await stack.destroy();
    expectCounts(kinds, 0);
    return;
  }
  await stack.up();
  await stack.up(["--expect-no-changes"]);
  await stack.run(["refresh", "--preview-only", "--expect-no-changes"]);
  expectCounts(kinds, 1);
}

function expectCounts(kinds: readonly Kind[], expected: number): void {
  for (const { fixture, system } of kinds) {
    const live = system.live();
    if (live.length !== expected)
      throw new Error(`${fixture.name}: ${live.length} objects instead of ${expected}: ${live}`);
  }
}

/** Runs `pulumi` and kills at the chosen write; answers whether it came to that. */
async function runAndKill(stack: Workspace, { nsx, nim }: Systems, args: string[], kill: EngineKill): Promise<boolean> {
  let writes = 0;
  let killing: Promise<unknown> | undefined;
  const isTheOne = ({ method, path }: SimRequest) => {
    if (method === "GET" || path.includes("/api/session/") || killing) return false;
    writes += 1;
    return writes === kill.write;
  };
  const chosen = new WeakSet<SimRequest>();
  const hook: Hook = {
    async before(request) {
      if (!isTheOne(request)) return;
      chosen.add(request);
      if (kill.moment !== "before the server acts") return;
      killing = killVictim(stack, kill);
      await killing;
      throw new ConnectionReset("its client is dead");
    },
    async after(request) {
      if (!chosen.has(request)) return;
      killing = killVictim(stack, kill);
      await killing;
    },
  };
  const remove = [nsx.control.hook(hook), nim.control.hook(hook)];
  const env: Record<string, string> = kill.checkpoints ? {} : { PULUMI_SKIP_CHECKPOINTS: "true" };
  await stack.run(args, { expect: null, env });
  await killing;
  for (const off of remove) off();
  return killing !== undefined;
}

async function killVictim(stack: Workspace, { victim }: EngineKill): Promise<void> {
  if (victim === "everything") {
    await stack.killAll();
    return;
  }
  for (const pid of await stack.processes()) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes("dynamic-provider")) process.kill(pid, "SIGKILL");
  }
}
