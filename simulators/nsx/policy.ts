import { isDeepStrictEqual } from "node:util";
import type { Environment } from "../kit/index.ts";
import * as errors from "./errors.ts";
import { NsxError } from "./errors.ts";
import { anyElement, type Json, readBody, referencesOf } from "./fields.ts";
import { inNotation } from "./notation.ts";
import { checkReferences, checkSegment, completeSegment } from "./segmentRules.ts";
import type { Author, Store, Stored } from "./store.ts";
import type { nsxSwitches } from "./switches.ts";
import { bodiesOf, fieldsOf, type Location, locate } from "./types.ts";

export interface Writer extends Author {
  /** `X-Allow-Overwrite: true`: may touch what is protected as somebody else's. */
  allowOverwrite: boolean;
  /** Whether what the writer creates is protected from everybody else, as a principal identity's is. */
  protects?: boolean;
}

/** A write or a delete of one object, as PUT, PATCH, DELETE and the hierarchical API all send it. */
export type Change = {
  path: string;
  /** The `_revision` must be the current one; without this it is ignored. */
  checkRevision: boolean;
  body: Json;
} & (
  | { kind: "replace" }
  | { kind: "merge" }
  /** `force` bypasses the validations that protect children and referring objects. */
  | { kind: "remove"; force: boolean; ignoreMissing: boolean }
);

export interface Policy {
  /** The body of an object; 404/600 if there is none. */
  read(path: string): Json;
  /** Carries out changes as one: all of them, or none and an error. Answers the bodies as each change left them. */
  apply(changes: readonly Change[], writer: Writer): (Json | undefined)[];
  /** Makes a field legal on one object that the tables do not know. */
  plant(path: string, field: string): void;
  reset(): void;
}

export function createPolicy({ clock, random, switches }: Environment<typeof nsxSwitches>, store: Store): Policy {
  /** What must hold when every change of a transaction is in place: only then may one refer to another. */
  interface Done {
    body: Json | undefined;
    check(): void;
  }
  const planted = new Map<string, Set<string>>();

  function write(change: Change & { kind: "replace" | "merge" }, writer: Writer): Done {
    const location = locate(change.path);
    if (location?.id === undefined) throw errors.invalidPath(change.path);
    const marked = store.getMarked(change.path);
    if (marked?.purgeAt !== undefined) throw errors.pendingDelete(change.path);
    checkParent(location);
    if (marked) checkOwner(marked, writer);
    if (change.checkRevision) checkRevision(change.path, change.body, marked?.body);
    const previous = marked?.body;
    const keep = change.kind === "merge" && previous !== undefined;
    const body = completeBody(location, keep ? { ...previous, ...change.body } : change.body, previous, writer);
    if (previous && !switches.noChangeBumpsRevision && isSame(previous, body))
      return { body: previous, check: () => {} };
    const stored = store.put(change.path, body, writer);
    return { body, check: () => check(stored, previous) };
  }

  function completeBody(location: Location, sent: Json, previous: Json | undefined, writer: Writer): Json {
    const { type, path, parentPath } = location;
    const id = location.id as string;
    const allowed = bodiesOf(type);
    const resourceType = sent.resource_type ?? previous?.resource_type ?? allowed[0];
    if (!allowed.includes(String(resourceType))) {
      throw new NsxError(
        400,
        500165,
        `resource_type ${resourceType} is invalid here; expected ${allowed.join(" or ")}`,
      );
    }
    if (sent.id !== undefined && sent.id !== null && sent.id !== id) {
      throw errors.fieldErrors([`id ${sent.id} differs from ${id} in the path`]);
    }
    const named = switches.trimNames ? withTrimmedNames(sent) : sent;
    const read = readBody(fieldsOf(type), named, type.fields === undefined, planted.get(path));
    const parts = { path, store, random, switches };
    const filled = type.name === "Segment" ? completeSegment(read, previous, parts) : read;
    const completed = inNotation(fieldsOf(type), filled, switches);
    const uniqueId = previous?.unique_id ?? random.uuid();
    const now = clock.now();
    return {
      ...completed,
      resource_type: resourceType,
      id,
      display_name: completed.display_name ?? id,
      path,
      relative_path: id,
      parent_path: parentPath,
      unique_id: uniqueId,
      realization_id: uniqueId,
      marked_for_delete: false,
      overridden: false,
      _create_time: previous?._create_time ?? now,
      _create_user: previous?._create_user ?? writer.user,
      _last_modified_time: now,
      _last_modified_user: writer.user,
      _system_owned: previous?._system_owned ?? writer.user === "system",
      _protection: previous?._protection ?? (writer.protects ? "REQUIRE_OVERRIDE" : "NOT_PROTECTED"),
      // The first revision is 0.
      _revision: previous ? (previous._revision as number) + 1 : 0,
    };
  }

  function checkParent({ parentPath }: Location): void {
    if (parentPath !== "" && !store.get(parentPath)) throw errors.invalidPath(parentPath);
  }

  function checkOwner(stored: Stored, writer: Writer): void {
    const { _protection, _create_user } = stored.body;
    if (_protection !== "REQUIRE_OVERRIDE" || writer.allowOverwrite || _create_user === writer.user) return;
    throw errors.notOwner(writer.user, _create_user, stored.type.name);
  }

  /** "_revision must not be set when PUT is used to create … Once created, it must be provided with PUT operations." */
  function checkRevision(path: string, sent: Json, current: Json | undefined): void {
    const revision = sent._revision ?? undefined;
    if (revision !== undefined && typeof revision !== "number") {
      throw errors.unreadable("property _revision must be of type integer");
    }
    if (!current) {
      if (revision === undefined) return;
      const status = switches.putMissingWithRevision;
      if (status === 404) throw errors.gone(path);
      if (status === 400) throw errors.fieldErrors(["_revision must not be set when an object is created"]);
      throw errors.staleRevision(status, path, -1, revision);
    }
    if (revision === undefined && switches.putWithoutRevision === "exists") {
      throw errors.exists(path);
    }
    if (revision !== current._revision) {
      throw errors.staleRevision(switches.staleRevisionStatus, path, current._revision as number, revision ?? null);
    }
  }

  function check(stored: Stored, previous: Json | undefined): void {
    // A later change of the same transaction may have replaced or removed it.
    if (store.get(stored.path) !== stored) return;
    if (stored.type.fields) checkReferences(referencesOf(stored.type.fields, stored.body), store);
    if (stored.type.name === "Segment") checkSegment(stored, previous, store, switches);
  }

  function remove(change: Change & { kind: "remove" }, writer: Writer): Done {
    const stored = store.get(change.path);
    if (!stored) {
      if (change.ignoreMissing) return { body: undefined, check: () => {} };
      throw errors.gone(change.path);
    }
    checkOwner(stored, writer);
    if (change.checkRevision) checkRevision(change.path, change.body, stored.body);
    removeTree(stored, change.force, writer);
    const check = () => {
      if (!change.force) checkUnused(change.path);
    };
    return { body: undefined, check };
  }

  function removeTree(stored: Stored, force: boolean, writer: Writer): void {
    for (const child of store.children(stored.path)) {
      if (force || child.type.cascades) removeTree(child, force, writer);
    }
    store.remove(stored.path, writer);
  }

  function checkUnused(path: string): void {
    const children = store.children(path);
    const ports = children.filter(({ type }) => type.name === "SegmentPort");
    if (ports.length > 0) throw errors.portsAttached(path, ports.length);
    const users = new Set([...children.map((child) => child.path), ...store.referrers(path)]);
    if (users.size > 0) throw errors.inUse(path, [...users]);
  }

  return {
    read: (path) => {
      const stored = store.get(path);
      if (!stored) throw errors.gone(path);
      return stored.body;
    },
    apply: (changes, writer) =>
      store.transaction(() => {
        const done = changes.map((change) =>
          change.kind === "remove" ? remove(change, writer) : write(change, writer),
        );
        for (const { check } of done) check();
        return done.map(({ body }) => body);
      }),
    plant: (path, field) => {
      planted.set(path, new Set(planted.get(path)).add(anyElement(field)));
    },
    reset: () => planted.clear(),
  };
}

function withTrimmedNames(body: Json): Json {
  const names = ["display_name", "description"].filter((name) => typeof body[name] === "string");
  return { ...body, ...Object.fromEntries(names.map((name) => [name, (body[name] as string).trim()])) };
}

const moving = ["_last_modified_time", "_last_modified_user", "_revision"];

function isSame(a: Json, b: Json): boolean {
  const stable = (body: Json) => Object.fromEntries(Object.entries(body).filter(([name]) => !moving.includes(name)));
  return isDeepStrictEqual(stable(a), stable(b));
}
