// What a file backend costs: the same stack made and destroyed, each time with another setting of its checkpoints.
import { minutes } from "./engineRuns.ts";
import { processorTime, writtenToDisk } from "./memory.ts";
import { benchStack, ours } from "./programs.ts";
import type { Manager } from "./simulator.ts";

export interface CheckpointRow {
  readonly what: string;
  readonly up: Cost;
  readonly destroy: Cost;
}

export interface Cost {
  readonly seconds: number;
  /** Of all processes of the command. */
  readonly processorSeconds: number;
  readonly mebibytesWritten: number;
}

const zstd = { PULUMI_DIY_BACKEND_ZSTD: "true" };

const settings: readonly { what: string; env?: Record<string, string>; backendQuery?: string }[] = [
  { what: "default" },
  { what: "PULUMI_DIY_BACKEND_ZSTD=true", env: zstd },
  { what: "the same, and ?metadata=skip", env: zstd, backendQuery: "?metadata=skip" },
  { what: "PULUMI_SKIP_CHECKPOINTS=true", env: { PULUMI_SKIP_CHECKPOINTS: "true" } },
];

export async function checkpointRuns(manager: Manager, segments: number): Promise<CheckpointRow[]> {
  const rows: CheckpointRow[] = [];
  for (const { what, env, backendQuery } of settings) {
    const checkpoints = { PULUMI_SKIP_CHECKPOINTS: "false", ...env };
    await using stack = await benchStack(ours, manager, segments, checkpoints, backendQuery);
    const up = await costOf(() => stack.up([], minutes));
    rows.push({ what, up, destroy: await costOf(() => stack.destroy([], minutes)) });
  }
  return rows;
}

async function costOf(run: () => Promise<{ milliseconds: number }>): Promise<Cost> {
  const [processor, written] = [await processorTime("self", "children"), await writtenToDisk()];
  const { milliseconds } = await run();
  return {
    seconds: milliseconds / 1_000,
    processorSeconds: (await processorTime("self", "children")) - processor,
    mebibytesWritten: ((await writtenToDisk()) - written) / 2 ** 20,
  };
}
