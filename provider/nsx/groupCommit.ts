import isDeepEqual from "fast-deep-equal";
import { isRecord } from "../core/shape.ts";
import type { Clock } from "../travel/clock.ts";
import { ApiError, ConnectionError, unlessAbsent } from "../travel/errors.ts";
import { longest, withinAll } from "../travel/timeLimit.ts";
import type { Request } from "../travel/transport.ts";
import { fold, markOf } from "./objectMark.ts";
import type { Operation } from "./operation.ts";
import type { Hidden, PolicyObject, Writer } from "./policyObject.ts";
import type { SharedReads } from "./sharedReads.ts";
import type { WireObject } from "./wire.ts";

interface GroupCommitOptions {
  readonly clock: Clock;
  readonly objects: SharedReads<PolicyObject>;
  /** `PATCH ROOT?enforce_revision_check=true`, which answers nothing. @param only - the only object in it */
  patch(root: string, tree: WireObject, operation: Operation, only?: OnlyObject): Promise<void>;
}

export type OnlyObject = Pick<Request, "about" | "removes">;

interface Change {
  readonly path: string;
  /** What to write; `undefined` deletes. */
  readonly body: (WireObject & Hidden) | undefined;
  readonly live: PolicyObject | undefined;
  readonly operation: Operation;
  done(): void;
  failed(error: unknown): void;
}

const policy = {
  /** How long nobody must write before what has gathered goes, how often to look, and how long to gather at most. */
  quiet: 200,
  look: 10,
  /** A smaller group may be the first change, alone, and says nothing about how many the engine has under way. */
  many: 8,
  longestGather: 1_000,
  /** "Up to 5000 intents per call" on a local manager; fewer keep the answer quick and a failure cheap to split. */
  changes: 1_000,
};

/**
 * Writes that are under way together go as one `PATCH /infra` with revision check: one request for all of them. When it
 * fails, it is split until each object has its own answer, whether the manager applies such a request as a whole or not.
 */
export function createGroupCommit({ clock, objects, patch }: GroupCommitOptions): Writer {
  let queue: Change[] = [];
  let isCommitting = false;
  let largestGroup = 0;

  async function commit(asked: Omit<Change, "done" | "failed">): Promise<void> {
    const end = Promise.withResolvers<void>();
    const change = { ...asked, done: end.resolve, failed: end.reject };
    try {
      await withinAll(asked.operation.limit, `the write of ${asked.path} had no answer`, () => {
        queue.push(change);
        if (!isCommitting) void commitAll();
        return end.promise;
      });
    } finally {
      // Nobody waits for it any more, so nobody would learn that it was written.
      queue = queue.filter((other) => other !== change);
    }
  }

  /** One request of each tree at a time; what arrives meanwhile goes with the next. */
  async function commitAll(): Promise<void> {
    isCommitting = true;
    while (queue.length > 0) {
      await gather();
      const trees = Map.groupBy(nextGroup(), ({ path }) => path.slice(0, path.indexOf("/infra") + "/infra".length));
      await Promise.all([...trees].map(([root, changes]) => commitGroup(root, changes)));
    }
    isCommitting = false;
  }

  /**
   * The engine has so many operations under way and begins another only when one of them ends (`--parallel`). So when as
   * many wait here as ever did, nobody else is going to come.
   */
  async function gather(): Promise<void> {
    const latest = clock.elapsed() + policy.longestGather;
    const isAll = () => largestGroup >= policy.many && queue.length >= largestGroup;
    for (let quiet = 0; quiet < policy.quiet && !isAll() && clock.elapsed() < latest; ) {
      const before = queue.length;
      await clock.sleep(policy.look);
      quiet = queue.length > before ? 0 : quiet + policy.look;
    }
    largestGroup = Math.max(largestGroup, queue.length);
  }

  async function commitGroup(root: string, changes: readonly Change[]): Promise<void> {
    try {
      const limit = longest(changes.map(({ operation }) => operation.limit));
      const [first, ...others] = changes;
      const isAlone = first && others.length === 0;
      const only = isAlone ? { about: first.path, removes: first.body === undefined } : undefined;
      await patch(root, treeOf(root, changes), { limit, freshness: "now" }, only);
      for (const change of changes) change.done();
    } catch (error) {
      const half = Math.ceil(changes.length / 2);
      // What NSX says of a group, it says of one of its objects; nobody knows which.
      if (half < changes.length && error instanceof ApiError && isRefused(error)) {
        await commitGroup(root, changes.slice(0, half));
        await commitGroup(root, changes.slice(half));
      } else {
        // Also when nobody knows what became of it: each writer reads its own object.
        for (const change of changes) change.failed(error);
      }
    }
  }

  return {
    removesRevision: true,
    async write(path, body, live, operation) {
      if (!live) await proveAbsent(path, operation);
      await commit({ path, body, live, operation });
      objects.wrote(path);
      const found = await objects.read(path, { ...operation, freshness: "now" });
      const isUntouched = found._revision === live?._revision && !isDeepEqual(found.owner, body.owner);
      // Such a request has no answer but its status, which may be somebody else's.
      if (isUntouched) throw new ConnectionError(`NSX took the write of ${path}, and it is as it was.`, true);
      return asWritten(found, body, live);
    },
    remove: (path, live, operation) => commit({ path, body: undefined, live, operation }),
  };

  /** A tree has no create-only write, so what exists is looked for first. */
  async function proveAbsent(path: string, operation: Operation): Promise<void> {
    const absent = async () => {
      throw new ApiError(`list of ${path}`, 404, { kind: "gone", words: "not there" });
    };
    const found = await unlessAbsent(objects.read(path, { ...operation, freshness: "recent" }, absent));
    const words = "an object of that path exists already.";
    if (found) throw new ApiError(`create of ${path}`, 412, { kind: "exists", words });
  }

  /** The first changes in the queue, of each object at most one. */
  function nextGroup(): Change[] {
    const group: Change[] = [];
    const paths = new Set<string>();
    const later: Change[] = [];
    for (const change of queue) {
      const goes = group.length < policy.changes && !paths.has(change.path);
      (goes ? group : later).push(change);
      paths.add(change.path);
    }
    queue = later;
    return group;
  }
}

/** Whether the manager has looked at the group and taken nothing of it, or not all; a login that is missing is everybody's. */
function isRefused(error: ApiError): boolean {
  return error.status < 500 && error.status !== 401 && error.status !== 429;
}

/** What a parent is called that is only named on the way to its children. */
const parentTypes: Readonly<Record<string, string>> = { "tier-1s": "Tier1" };

function treeOf(root: string, changes: readonly Change[]): WireObject {
  const children = new Map<string, WireObject[]>([["", []]]);

  function childrenOf(parent: string): WireObject[] {
    const known = children.get(parent);
    if (known) return known;
    const own: WireObject[] = [];
    const [, before = "", collection = "", id] = /^(.*)\/([^/]+)\/([^/]+)$/.exec(parent) ?? [];
    const target_type = parentTypes[collection];
    childrenOf(before).push({ resource_type: "ChildResourceReference", id, target_type, children: own });
    children.set(parent, own);
    return own;
  }

  for (const { path, body, live } of changes) {
    const [, parent = "", id] = /^(.*)\/[^/]+\/([^/]+)$/.exec(path.slice(root.length)) ?? [];
    const type = String((body ?? live)?.resource_type);
    const object = body
      ? { ...withCleared(fold(body), live && fold(live)), id }
      : { resource_type: type, id, _revision: live?._revision };
    childrenOf(parent).push({
      resource_type: `Child${type}`,
      ...(body ? {} : { marked_for_delete: true }),
      [type]: object,
    });
  }
  return { resource_type: "Infra", children: childrenOf("") };
}

/** A PATCH may keep what it does not carry, so what is to go is sent as null. */
function withCleared(wanted: WireObject, live: WireObject | undefined): WireObject {
  const result: WireObject = { ...wanted };
  for (const [key, value] of Object.entries(live ?? {})) {
    if (wanted[key] === undefined) result[key] = null;
    else if (isRecord(value) && isRecord(wanted[key])) result[key] = withCleared(wanted[key], value);
  }
  return result;
}

/**
 * The object as it was read a moment after this write, when somebody else may have written again: its revision tells, and
 * identity is never taken from theirs.
 */
function asWritten(found: PolicyObject, sent: Hidden, live: PolicyObject | undefined): PolicyObject {
  const revision = live ? live._revision + 1 : 0;
  // Whoever made the object again since may have copied the mark onto it. So an update names the object that it read, and
  // a create none where somebody has written since.
  const isOurs = markOf(found) === markOf(sent) && found._revision === revision;
  const unique_id = live ? live.unique_id : isOurs ? found.unique_id : undefined;
  return { ...found, unique_id };
}
