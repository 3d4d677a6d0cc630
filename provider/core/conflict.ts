import { stringifyJson } from "../travel/json.ts";
import { placeholder } from "../travel/redaction.ts";
import type { Context } from "./operation.ts";
import { stackOf, stackOfOwner } from "./ownerMark.ts";
import { namesOf, type PropertyPath } from "./propertyPath.ts";
import type { Conflict } from "./toWrite.ts";

/** What a user can do about a change that a refresh will show. */
export const byRefresh =
  '"pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.';

/** The same where the resource is on its way out, by a destroy or because the program no longer has it. */
export const byRefreshWhenLeaving =
  '"pulumi refresh --preview-only --diff" shows the change; "pulumi destroy --refresh" writes over it (in an update, which only takes this resource out, "pulumi up --refresh"); to keep it, "pulumi state delete" leaves all as it is.';

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
  context: Confidential,
  change: string,
  conflicts: readonly Conflict[],
  wayOut: string,
  isAppliedKnown = true,
): string {
  const lines = conflicts.map(({ path, lastApplied, live, desired }) => {
    const field = nameOf(context, path);
    const [was, is, wanted] = [lastApplied, live, desired].map((value) => show(context, path, value));
    if (!isAppliedKnown) return `  ${field}: now ${is}, wanted ${wanted}`;
    if (lastApplied === undefined)
      return `  ${field}: not declared before, set by somebody else to ${is}, wanted ${wanted}`;
    return `  ${field}: last applied ${was}, now ${is}, wanted ${wanted}`;
  });
  return [
    isAppliedKnown
      ? `It was changed by ${change} in fields that this stack manages:`
      : `It was made by an interrupted run of this stack and changed since by ${change}; whose these values are cannot be told:`,
    ...lines,
    `Nothing was written. ${wayOut}`,
  ].join("\n");
}

/**
 * Why an object that is there already is not taken for the program's.
 *
 * @param facts - that it exists, and what its system tells of it
 * @param mark - the owner mark that it carries
 */
export function refuseExisting(facts: string, mark: string | undefined, owner: string): Error {
  const stack = stackOf(mark);
  if (stack === stackOfOwner(owner)) {
    return new Error(
      `${facts}, and belongs to another resource of this stack. Nothing was changed. If that one was renamed, say so with "aliases"; otherwise choose another name.`,
    );
  }
  const belongs = stack ? `, and belongs to ${stack} (project/stack)` : "";
  return new Error(
    `${facts}${belongs}. Nothing was changed. Choose another name, or set "adopt: true" to take it over.`,
  );
}

type Confidential = Pick<Context<unknown>, "isSecret">;

/** A value for people's eyes. That of a secret argument is hidden whosever it is: another one's is no less a secret. */
export function show({ isSecret }: Confidential, path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  return isSecret(placeOf(path)) ? placeholder : stringifyJson(value);
}

/** The path of a conflict; in that of an element stands what identifies it, which is a part of its value. */
export function nameOf({ isSecret }: Confidential, path: string): string {
  const place = placeOf(path);
  return isSecret(place) ? place.join(".") : path;
}

/** Where a conflict is, up to the list that it may be in. */
function placeOf(path: string): PropertyPath {
  return namesOf(path.split("[", 1)[0] ?? "");
}
