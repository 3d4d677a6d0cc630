// Decides from what a server committed, in the order in which it did, whether a change of anybody was lost. Each version
// names the one before it, so the order is given and one pass over it is enough.
import isDeepEqual from "fast-deep-equal";
import type { Version } from "../../simulators/kit/index.ts";

type Body = Readonly<Record<string, unknown>>;

/** What one writer means to do to the object. Everything else in a version of its own is somebody's lost change. */
export interface Intent {
  /** By field as `fieldsOf` names it: what the writer may find there and what it leaves. */
  readonly fields: ReadonlyMap<string, Edit>;
  /** Whether an object is this writer's own, to be changed or deleted as a whole. */
  owns?(body: Body): boolean;
}

export interface Edit {
  /** Values that may be written over, since the writer knows them; left out, any (last writer wins is what it means). */
  readonly over?: readonly unknown[];
  /** {@link anything} where only the server's answer tells. */
  readonly to: unknown;
}

export const anything = Symbol("anything");

/** A request that writes, as its sender saw it. */
export interface SentWrite {
  readonly user: string;
  /** The server's name for it; `undefined` when it never arrived. */
  readonly requestId: string | undefined;
  readonly acknowledged: boolean;
  /** How many versions there were when its sender last read the object. */
  readonly readAt: number;
}

export type Rule =
  | "revisions have a gap"
  | "an acknowledged write is missing"
  | "a write that nobody sent"
  | "a field outside the writer's intent changed"
  | "a change that the writer had not seen was written over"
  | "an object of somebody else was overwritten"
  | "an object of somebody else was deleted";

export interface Finding {
  readonly rule: Rule;
  readonly user: string;
  readonly detail: string;
  /**
   * Whether NSX gives no means to notice: the object was deleted and made again between the writer's read and its write,
   * and revisions begin at 0 again; or it changed hands before a DELETE, which names no revision. Counted apart.
   */
  readonly unnoticeable: boolean;
}

export interface Evidence {
  /** Versions of one object from its first on. */
  readonly history: readonly Version[];
  /** How many of them were there before anybody of `intents` wrote. */
  readonly given: number;
  readonly intents: ReadonlyMap<string, Intent>;
  readonly sent: readonly SentWrite[];
  /** Whether a write that changes nothing makes a version all the same. */
  readonly noChangeBumpsRevision: boolean;
}

/** Everything that went wrong; empty when nobody's change was lost. */
export function findLosses({ history, given, intents, sent, noChangeBumpsRevision }: Evidence): Finding[] {
  const found: Finding[] = [];
  const report = (rule: Rule, user: string, detail: string, unnoticeable = false) =>
    found.push({ rule, user, detail, unnoticeable });
  const byRequest = new Set(history.map(({ requestId }) => requestId));
  const sentById = new Map(sent.map((write) => [write.requestId, write]));
  let lastCreated = 0;
  for (const { user, requestId, acknowledged } of sent) {
    if (acknowledged && noChangeBumpsRevision && !byRequest.has(requestId ?? "")) {
      report("an acknowledged write is missing", user, `request ${requestId}`);
    }
  }
  history.forEach((version, index) => {
    if (version.kind === "create") lastCreated = index;
    const before = index > 0 && history[index - 1]?.kind !== "delete" ? history[index - 1] : undefined;
    const { user, kind, revision } = version;
    const expected = before ? before.revision + (kind === "delete" ? 0 : 1) : 0;
    if (revision !== expected || (kind === "create") !== (before === undefined)) {
      report("revisions have a gap", user, `${kind} with revision ${revision} instead of ${expected}`);
    }
    const intent = intents.get(user);
    if (index < given || !intent) return;
    const write = sentById.get(version.requestId);
    if (!write) report("a write that nobody sent", user, `${kind} of revision ${revision}`);
    const since = kind === "delete" ? index - 1 : lastCreated;
    const unnoticeable = write !== undefined && since >= write.readAt;
    for (const { rule, detail } of lossesOf(version, before, intent)) {
      report(rule, user, `revision ${revision}: ${detail}`, unnoticeable);
    }
  });
  return found;
}

type Loss = Pick<Finding, "rule" | "detail">;

function lossesOf(version: Version, before: Version | undefined, intent: Intent): Loss[] {
  if (version.kind === "delete") {
    const own = intent.owns?.(version.body) ?? false;
    return own ? [] : [{ rule: "an object of somebody else was deleted", detail: String(version.body.unique_id) }];
  }
  if (!before) return [];
  const isOwn = intent.owns?.(before.body);
  if (isOwn === false) return [{ rule: "an object of somebody else was overwritten", detail: String(before.user) }];
  const [was, is] = [fieldsOf(before.body), fieldsOf(version.body)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((field): Loss[] => {
    const [from, to] = [was.get(field), is.get(field)];
    if (isDeepEqual(from, to)) return [];
    const edit = intent.fields.get(field);
    const detail = `${field}: ${JSON.stringify(from)} became ${JSON.stringify(to)}`;
    const isMeant = edit !== undefined && (edit.to === anything || isDeepEqual(edit.to, to));
    if (!isMeant) return [{ rule: "a field outside the writer's intent changed", detail }];
    const known = edit.over === undefined || edit.over.some((value) => isDeepEqual(value, from));
    return known ? [] : [{ rule: "a change that the writer had not seen was written over", detail }];
  });
}

/** A tag is there or not, and may share its scope with others; but there is one owner. */
function keyOfTag({ scope, tag }: { scope?: string; tag?: string }): string {
  return scope === ownerScope ? ownerScope : `${scope}=${tag}`;
}

export const ownerScope = "pulumi.owner";

/** What the server says about an object, rather than what somebody wants it to be. */
const ofTheServer = /^(_|type$|unique_id$|realization_id$)/;

/** An object's fields by name, each tag being a field of its own: `tags[env=prod]`. */
export function fieldsOf(body: Body): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const name in body) {
    if (ofTheServer.test(name)) continue;
    const value = body[name];
    if (name !== "tags" || !Array.isArray(value)) fields.set(name, value);
    else for (const tag of value) fields.set(`tags[${keyOfTag(tag)}]`, tag);
  }
  return fields;
}
