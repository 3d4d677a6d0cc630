import type { Conflict } from "./merge.ts";

/**
 * A message that a user can act on: who, when, which fields with their three values, and the ways out.
 *
 * @param change - who changed the object, and what is known of when and how often
 */
export function explainConflicts(change: string, conflicts: readonly Conflict[]): string {
  const lines = conflicts.map(
    ({ path: field, lastApplied, live, desired }) =>
      `  ${field}: last applied ${show(lastApplied)}, now ${show(live)}, wanted ${show(desired)}`,
  );
  return [
    `It was changed by ${change} in fields that this stack manages:`,
    ...lines,
    `Nothing was written. "pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.`,
  ].join("\n");
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
