import { stringifyJson } from "../travel/json.ts";
import type { Conflict } from "./toWrite.ts";

/** What a user can do about a change that a refresh will show. */
export const byRefresh =
  '"pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.';

/** What a user can do where there is no state to refresh. */
export const byAdopting = 'Set "adopt: true" to write over it; to keep it, put it into the program.';

/**
 * A message that a user can act on: who, when, which fields with their three values, and the ways out.
 *
 * @param change - who changed the object last, and what is known of when and how often
 * @param wayOut - what to do about it
 * @param isAppliedKnown - not after an interrupted create, of which no state tells what it had written
 */
export function explainConflicts(
  change: string,
  conflicts: readonly Conflict[],
  wayOut: string,
  isAppliedKnown = true,
): string {
  const lines = conflicts.map(({ path: field, lastApplied, live, desired }) => {
    const [is, wanted] = [show(live), show(desired)];
    if (!isAppliedKnown) return `  ${field}: now ${is}, wanted ${wanted}`;
    if (lastApplied === undefined)
      return `  ${field}: not declared before, set by somebody else to ${is}, wanted ${wanted}`;
    return `  ${field}: last applied ${show(lastApplied)}, now ${is}, wanted ${wanted}`;
  });
  return [
    isAppliedKnown
      ? `It was changed by ${change} in fields that this stack manages:`
      : `It was made by an interrupted run of this stack and changed since by ${change}; whose these values are cannot be told:`,
    ...lines,
    `Nothing was written. ${wayOut}`,
  ].join("\n");
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : stringifyJson(value);
}
