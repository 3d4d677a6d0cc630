import type { Environment } from "../kit/index.ts";
import { type Json, referencesOf } from "./fields.ts";
import type { nsxSwitches } from "./switches.ts";
import { fieldsOf, locate, type ObjectType } from "./types.ts";

/** One committed object. It is replaced at each commit, never changed in place: the history keeps its bodies. */
export interface Stored {
  type: ObjectType;
  path: string;
  parentPath: string;
  /** What a GET answers. */
  body: Json;
  /** Position in the order of creation. */
  sequence: number;
  /** Time of the last commit, for realization. */
  committedAt: number;
  /** Set by a delete that waits for its purge: hidden from GET until then. */
  purgeAt?: number;
}

export interface Author {
  user: string;
  requestId: string;
  /** The text of the request, where it is about one object. */
  sent?: string | undefined;
}

/** All objects by path, with indexes for lists and for "who refers to this". */
export interface Store {
  /** The object, unless it is deleted or waits for its purge. */
  get(path: string): Stored | undefined;
  /** The object also while it waits for its purge. */
  getMarked(path: string): Stored | undefined;
  /** Children of a parent by type; with `marked`, also those that wait for their purge. */
  children(parentPath: string, type?: ObjectType, marked?: boolean): Stored[];
  all(marked?: boolean): Stored[];
  /** Paths of the objects that refer to this one. */
  referrers(path: string): string[];
  put(path: string, body: Json, author: Author): Stored;
  remove(path: string, author: Author): void;
  purgeNow(): void;
  /** Runs `change`; if it throws, nothing of it has happened. */
  transaction<R>(change: () => R): R;
  clear(): void;
}

export function createStore({ clock, history, switches }: Environment<typeof nsxSwitches>): Store {
  const objects = new Map<string, Stored>();
  const byParent = new Map<string, Set<string>>();
  const byTarget = new Map<string, Set<string>>();
  let sequence = 0;
  let waiting: string[] = [];
  // What a failing transaction has to undo and must not record.
  let undo: (() => void)[] | undefined;
  let toRecord: (() => void)[] = [];

  function index(map: Map<string, Set<string>>, key: string, path: string, present: boolean): void {
    const paths = map.get(key) ?? new Set<string>();
    if (present) map.set(key, paths.add(path));
    else if (paths.delete(path) && paths.size === 0) map.delete(key);
  }

  function set(path: string, next: Stored | undefined): void {
    const previous = objects.get(path);
    undo?.push(() => assign(path, previous));
    assign(path, next);
  }

  function assign(path: string, next: Stored | undefined): void {
    const previous = objects.get(path);
    if (previous) {
      index(byParent, previous.parentPath, path, false);
      for (const target of targetsOf(previous)) index(byTarget, target, path, false);
    }
    if (!next) {
      objects.delete(path);
      return;
    }
    objects.set(path, next);
    index(byParent, next.parentPath, path, true);
    if (next.purgeAt === undefined) for (const target of targetsOf(next)) index(byTarget, target, path, true);
  }

  function purge(): void {
    if (waiting.length === 0) return;
    const now = clock.now();
    waiting = waiting.filter((path) => {
      const purgeAt = objects.get(path)?.purgeAt;
      if (purgeAt === undefined || purgeAt > now) return purgeAt !== undefined;
      assign(path, undefined);
      return false;
    });
  }

  const record = (kind: "create" | "update" | "delete", { path, body }: Stored, author: Author) => {
    const { user, requestId, sent } = author;
    const version = {
      path,
      revision: body._revision as number,
      user,
      time: clock.now(),
      kind,
      body,
      requestId,
      ...(sent !== undefined && { sent }),
    };
    toRecord.push(() => history.record(version));
    if (!undo) flush();
  };

  function flush(): void {
    for (const write of toRecord) write();
    toRecord = [];
  }

  const getMarked = (path: string) => {
    purge();
    return objects.get(path);
  };
  const isLive = (stored: Stored | undefined) => stored !== undefined && stored.purgeAt === undefined;

  return {
    getMarked,
    get: (path) => {
      const stored = getMarked(path);
      return isLive(stored) ? stored : undefined;
    },
    children: (parentPath, type, marked = false) => {
      purge();
      return [...(byParent.get(parentPath) ?? [])]
        .map((path) => objects.get(path) as Stored)
        .filter((stored) => (marked || isLive(stored)) && (type === undefined || stored.type === type));
    },
    all: (marked = false) => {
      purge();
      return [...objects.values()].filter((stored) => marked || isLive(stored));
    },
    referrers: (path) => [...(byTarget.get(path) ?? [])],
    put: (path, body, author) => {
      const previous = objects.get(path);
      const { type, parentPath } = locate(path) as NonNullable<ReturnType<typeof locate>>;
      const order = previous?.sequence ?? sequence++;
      const stored: Stored = { type, path, parentPath, body, sequence: order, committedAt: clock.now() };
      set(path, stored);
      record(previous ? "update" : "create", stored, author);
      return stored;
    },
    remove: (path, author) => {
      const stored = objects.get(path);
      if (!stored) return;
      record("delete", stored, author);
      if (switches.purgeDelay === 0) {
        set(path, undefined);
        return;
      }
      set(path, {
        ...stored,
        body: { ...stored.body, marked_for_delete: true },
        purgeAt: clock.now() + switches.purgeDelay,
      });
      waiting.push(path);
    },
    purgeNow: () => {
      for (const path of waiting) if (!isLive(objects.get(path))) assign(path, undefined);
      waiting = [];
    },
    transaction: (change) => {
      if (undo) return change();
      const undoing: (() => void)[] = [];
      undo = undoing;
      try {
        const result = change();
        flush();
        return result;
      } catch (error) {
        for (const step of undoing.reverse()) step();
        toRecord = [];
        throw error;
      } finally {
        undo = undefined;
      }
    },
    clear: () => {
      for (const map of [objects, byParent, byTarget]) map.clear();
      waiting = [];
      sequence = 0;
    },
  };
}

/** Every object that this one refers to by path, wherever in its body: also types without a table are protected. */
function targetsOf({ type, body }: Stored): string[] {
  if (type.fields) return referencesOf(fieldsOf(type), body).map(({ path }) => path);
  return Object.entries(body)
    .filter(([name]) => name.endsWith("_path") && name !== "parent_path" && name !== "relative_path")
    .map(([, value]) => value)
    .filter((value) => typeof value === "string");
}
