import type { Conflict } from "../merge.ts";
import { isRecord } from "../shape.ts";
import type { PolicyObject } from "./client.ts";
import { lastWriter } from "./ownership.ts";
import { camelCase } from "./wire.ts";

/** A message that a user can act on: who, when, which fields with their three values, and the ways out. */
export function explainConflicts(
  path: string,
  conflicts: readonly Conflict[],
  live: PolicyObject,
  knownRevision: number | undefined,
): string {
  const lines = conflicts.map(
    (conflict) =>
      `  ${camelCase(conflict.path)}: last applied ${show(conflict.lastApplied)}, now ${show(conflict.live)}, wanted ${show(conflict.desired)}`,
  );
  return [
    `${path} was changed by ${lastWriter(live)} (revision ${knownRevision ?? "unknown"} → ${live._revision}) in fields that this stack manages:`,
    ...lines,
    `Nothing was written. "pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.`,
  ].join("\n");
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(withArgumentNames(value));
}

function withArgumentNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withArgumentNames);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camelCase(key), withArgumentNames(inner)]));
}
