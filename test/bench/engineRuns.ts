// The real engine on two stacks, one command after the other, ours and the floor by turns.
import type { RunResult, Workspace } from "../tools/pulumi.ts";
import { processorTime, watchMemory } from "./memory.ts";
import { benchStack, floor, ours } from "./programs.ts";
import type { Manager, Traffic } from "./simulator.ts";

export interface EngineRow {
  readonly what: string;
  readonly seconds: number;
  readonly floorSeconds: number;
  /** Of all processes of the command: what else the machine does hardly shows in it. */
  readonly processorSeconds: number;
  readonly floorProcessorSeconds: number;
  readonly traffic: Traffic;
  /** Peak memory of the provider's process. */
  readonly providerMiB: number;
  readonly floorMiB: number;
}

export interface EngineRuns {
  readonly rows: EngineRow[];
  readonly stateBytes: number;
  readonly floorStateBytes: number;
}

export interface EngineOptions {
  readonly segments: number;
  /** Name of the series, and what differs in it. */
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Only `up` and `destroy`. */
  readonly short?: boolean;
  /** How often all is done; shown is each command's run with the middle ratio. */
  readonly rounds?: number;
}

export type Command = (workspace: Workspace, args: readonly string[]) => Promise<RunResult>;

export const minutes = { timeout: 1_200_000 };
const edited = (count: number) => ({ BENCH_EDITED: String(Math.ceil(count / 10)) });

const commands = (count: number): [string, Command][] => [
  ["up", (stack, args) => stack.up(args, minutes)],
  ["up, nothing to do", (stack, args) => stack.up(args, minutes)],
  ["preview", (stack, args) => stack.preview(args, minutes)],
  ["refresh --preview-only", (stack, args) => stack.run(["refresh", "--preview-only", ...args], minutes)],
  ["up, 10 % edited", (stack, args) => stack.up(args, { ...minutes, env: edited(count) })],
  ["destroy", (stack, args) => stack.destroy(args, minutes)],
];

export async function engineRuns(manager: Manager, options: EngineOptions): Promise<EngineRuns> {
  const { segments, name, args = [], env = {}, short = false, rounds = 1 } = options;
  await using stack = await benchStack(ours, manager, segments, env);
  await using trivial = await benchStack(floor, manager, segments, env);
  const all = commands(segments).filter(([what]) => !short || what === "up" || what === "destroy");
  const [up, ...rest] = all as [[string, Command], ...[string, Command][]];
  const run = (some: readonly [string, Command][]) => compare(stack, trivial, some, args, manager.traffic);
  const rows: EngineRow[] = [];
  let [stateBytes, floorStateBytes] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    rows.push(...(await run([up])));
    [stateBytes, floorStateBytes] = [await bytesPerResource(stack), await bytesPerResource(trivial)];
    rows.push(...(await run(rest)));
  }
  return {
    rows: all.map(([what]) => middle(rows.filter((row) => row.what === what))),
    stateBytes,
    floorStateBytes,
  };

  function middle(same: readonly EngineRow[]): EngineRow {
    const sorted = same.toSorted((a, b) => a.seconds / a.floorSeconds - b.seconds / b.floorSeconds);
    const row = sorted[Math.floor(sorted.length / 2)] as EngineRow;
    // Of refusals there must be none in any round.
    const refused = same.reduce((sum, { traffic }) => sum + traffic.refused, 0);
    return { ...row, what: name ? `${row.what} (${name})` : row.what, traffic: { ...row.traffic, refused } };
  }
}

/** Each command on both stacks, by turns. @param traffic - requests since the last call */
export async function compare(
  own: Workspace,
  floor: Workspace,
  commands: readonly [string, Command][],
  args: readonly string[],
  traffic: () => Promise<Traffic>,
): Promise<EngineRow[]> {
  const rows: EngineRow[] = [];
  for (const [what, command] of commands) {
    await traffic();
    const ours = await measured(own, () => command(own, args));
    const requests = await traffic();
    const other = await measured(floor, () => command(floor, args));
    rows.push({
      what,
      seconds: ours.seconds,
      floorSeconds: other.seconds,
      processorSeconds: ours.processorSeconds,
      floorProcessorSeconds: other.processorSeconds,
      traffic: requests,
      providerMiB: ours.mebibytes,
      floorMiB: other.mebibytes,
    });
  }
  return rows;
}

/**
 * A refresh that takes the engine longer than a short list stays fresh. The stacks are made with few requests and are
 * not measured while they are.
 */
export async function largeRefresh(manager: Manager, segments: number): Promise<EngineRow[]> {
  const grouped = { NSX_WRITE_STRATEGY: "hierarchical" };
  const args = ["--parallel", "200"];
  await using stack = await benchStack(ours, manager, segments, grouped);
  await using trivial = await benchStack(floor, manager, segments);
  for (const each of [stack, trivial]) await each.up(args, minutes);
  // Awaited here, for the stacks are removed at the end of this function.
  return await compare(
    stack,
    trivial,
    commands(segments).filter(([what]) => what.startsWith("refresh")),
    [],
    manager.traffic,
  );
}

async function measured(workspace: Workspace, run: () => Promise<RunResult>) {
  const memory = watchMemory(() => workspace.processes(), /dynamic-provider/);
  const before = await processorTime("self", "children");
  const { milliseconds } = await run();
  const processorSeconds = (await processorTime("self", "children")) - before;
  return { seconds: milliseconds / 1_000, processorSeconds, mebibytes: await memory.stop() };
}

async function bytesPerResource(stack: Workspace): Promise<number> {
  const resources = (await stack.resources()).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  return Math.round(JSON.stringify(resources).length / resources.length);
}

/** What the first resource of a stack waits for: a preview of a single one, the median of several. */
export async function startUp(manager: Manager, rounds: number): Promise<{ seconds: number; floorSeconds: number }> {
  await using stack = await benchStack(ours, manager, 1);
  await using trivial = await benchStack(floor, manager, 1);
  const [own, other]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    own.push((await stack.preview()).milliseconds / 1_000);
    other.push((await trivial.preview()).milliseconds / 1_000);
  }
  return { seconds: median(own), floorSeconds: median(other) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
