import { stringifyJson } from "../travel/json.ts";
import type { Conflict } from "./toWrite.ts";

/**
 * A message that a user can act on: who, when, which fields with their three values, and the ways out.
 *
 * @param change - who changed the object last, and what is known of when and how often
 * @param wayOut - what to do about it
 */
export function explainConflicts(change: string, conflicts: readonly Conflict[], wayOut: string): string {
  const lines = conflicts.map(({ path: field, lastApplied, live, desired }) =>
    lastApplied === undefined
      ? `  ${field}: not declared before, set by somebody else to ${show(live)}, wanted ${show(desired)}`
      : `  ${field}: last applied ${show(lastApplied)}, now ${show(live)}, wanted ${show(desired)}`,
  );
  return [
    `It was changed by ${change} in fields that this stack manages:`,
    ...lines,
    `Nothing was written. ${wayOut}`,
  ].join("\n");
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : stringifyJson(value);
}
