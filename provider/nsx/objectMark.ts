// Where an object of NSX is read its owner mark and the tags of other systems are taken off, and where it is sent they
// are put on again: merge and writers never see them.
import { isMadeBy, type Knowledge, knowledgeOf, markText, parseMark, stackOf, type Writer } from "../core/ownerMark.ts";
import { type Hidden, isoTime, type PolicyObject, type Tag } from "./policyObject.ts";
import type { WireObject } from "./wire.ts";

/** The tag that carries an object's owner mark. */
const scope = "pulumi.owner";

/** "max 30 items" (ManagedResource.tags), and the owner mark is one of them. */
const maxTags = 30;
export const maxUserTags = maxTags - 1;

/** Whether a tag belongs to another system. */
export type IsSystemTag = (tag: { scope?: string }) => boolean;

/** The object without what is hidden in its tags, and that beside it. */
export function unfold<T extends WireObject>(object: T, isSystem: IsSystemTag): T & Hidden {
  const { tags: _, ...rest } = object;
  const all = tagsOf(object);
  const mark = all.find((tag) => tag.scope === scope)?.tag;
  const others = all.filter((tag) => tag.scope !== scope);
  const tags = others.filter((tag) => !isSystem(tag));
  const hidden = others.filter(isSystem);
  return {
    ...rest,
    ...(tags.length > 0 ? { tags } : {}),
    ...(mark === undefined ? {} : { owner: parseMark(mark) }),
    ...(hidden.length > 0 ? { systemTags: hidden } : {}),
  } as T & Hidden;
}

/** The object as NSX takes it. @throws when it has more tags than NSX takes, because of the mark */
export function fold(object: WireObject & Hidden): WireObject {
  const { owner, systemTags = [], ...rest } = object;
  const tags = [...tagsOf(rest), ...systemTags, ...(owner ? [{ scope, tag: markText(owner) }] : [])];
  if (tags.length > maxTags) {
    throw new Error(
      `It would have ${tags.length} tags, and NSX takes ${maxTags}: one of them is the provider's owner mark ("${scope}"), by which it tells what this stack manages. Nothing was changed. Remove a tag from the program, or from the object in NSX.`,
    );
  }
  return tags.length > 0 ? { ...rest, tags } : rest;
}

/** How a state knows its object again. */
export interface Identity {
  readonly ownerMark?: string;
  readonly uniqueId?: string;
}

/** The mark that an object carries; `undefined` when none. */
export function markOf(object: Hidden): string | undefined {
  return object.owner?.mark;
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

/** Whether the object in the place of one that the state knows is nobody's of this stack. */
export function isAnothersObject(live: PolicyObject, state: Identity, owner: string): boolean {
  return !isSameObject(live, state) && !isMadeBy(markOf(live), owner);
}

/** What tells one state of an object from another. */
export function versionOf({ _revision }: Pick<PolicyObject, "_revision">): string {
  return String(_revision);
}

/** What this resource knew when it wrote the object that still is as it left it. */
export function knowledgeIn(context: Writer, live: PolicyObject): Knowledge | undefined {
  return knowledgeOf(live.owner, context, versionOf(live), live._last_modified_time);
}

/** What became of an object that is no longer the one in the state. */
export function foreignObject(path: string, live: PolicyObject): string {
  const stack = stackOf(markOf(live));
  return stack
    ? `${path} now belongs to ${stack} (project/stack), last changed by ${lastWriter(live)}.`
    : `${path} was deleted and made again, last changed by ${lastWriter(live)}.`;
}

/** Who wrote an object last and when, as far as NSX says. */
export function lastWriter(object: PolicyObject): string {
  const time = object._last_modified_time === undefined ? "" : ` at ${isoTime(object._last_modified_time)}`;
  return `${object._last_modified_user ?? "somebody"}${time}`;
}

function tagsOf(object: WireObject): readonly Tag[] {
  return (object.tags as readonly Tag[] | undefined) ?? [];
}
