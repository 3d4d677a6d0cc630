import { stackOf } from "../core/ownerMark.ts";
import type { PolicyObject } from "./policyObject.ts";
import type { WireObject } from "./wire.ts";

/** The tag that carries an object's owner mark. */
const scope = "pulumi.owner";

/** "max 30 items" (ManagedResource.tags), and the owner mark is one of them. */
export const maxUserTags = 29;

/** How a state knows its object again. */
export interface Identity {
  readonly ownerMark?: string;
  readonly uniqueId?: string;
}

/** The mark that an object carries; `undefined` when none. */
export function markOf(object: WireObject): string | undefined {
  return tagsOf(object).find((tag) => tag.scope === scope)?.tag;
}

/**
 * Whether the live object is the one that the state describes. Somebody may have removed all tags by hand: then the
 * `unique_id`, which a re-created object does not keep, decides.
 */
export function isSameObject(live: PolicyObject, state: Identity): boolean {
  const mark = markOf(live);
  return mark === undefined
    ? live.unique_id !== undefined && live.unique_id === state.uniqueId
    : mark === state.ownerMark;
}

/** What became of an object that is no longer the one in the state. */
export function foreignObject(path: string, live: PolicyObject): string {
  const stack = stackOf(markOf(live));
  return stack
    ? `${path} now belongs to ${stack} (project/stack), last changed by ${lastWriter(live)}.`
    : `${path} was deleted and made again, last changed by ${lastWriter(live)}.`;
}

export function withMark<T extends WireObject>(object: T, mark: string): T {
  return { ...object, tags: [...tagsOf(object).filter((tag) => tag.scope !== scope), { scope, tag: mark }] };
}

export function withoutMark<T extends WireObject>(object: T): T {
  const tags = tagsOf(object).filter((tag) => tag.scope !== scope);
  const { tags: _, ...rest } = object;
  return (tags.length > 0 ? { ...rest, tags } : rest) as T;
}

/** Who wrote an object last and when, as far as NSX says. */
export function lastWriter(object: PolicyObject): string {
  const time =
    object._last_modified_time === undefined ? "" : ` at ${new Date(object._last_modified_time).toISOString()}`;
  return `${object._last_modified_user ?? "somebody"}${time}`;
}

function tagsOf(object: WireObject): { scope?: string; tag?: string }[] {
  return (object.tags as { scope?: string; tag?: string }[] | undefined) ?? [];
}
