import { z } from "zod";
import type { Context, System } from "../core/operation.ts";
import type { Clock } from "../travel/clock.ts";
import { ConnectionError, isKind, unlessAbsent } from "../travel/errors.ts";
import { parseAnswer } from "../travel/http.ts";
import { stringifyJson } from "../travel/json.ts";
import { createServerTime } from "../travel/serverTime.ts";
import type { TimeLimit } from "../travel/timeLimit.ts";
import type { Request } from "../travel/transport.ts";
import { explainPermission, explainProtection, lacksPermission } from "./errors.ts";
import { createGroupCommit, type OnlyObject } from "./groupCommit.ts";
import { type Listing, listStates, readList } from "./lists.ts";
import { fold, type IsSystemTag, unfold } from "./objectMark.ts";
import type { Freshness, Operation } from "./operation.ts";
import { type Hidden, type PolicyObject, policyObject, type Writer } from "./policyObject.ts";

import type { NsxSettings } from "./settings.ts";
import { createSharedReads } from "./sharedReads.ts";
import { type NsxNetwork, wayToNsx } from "./way.ts";
import { createWholeLists } from "./wholeLists.ts";
import type { WireObject } from "./wire.ts";

export type NsxContext = Context<NsxClient>;

/** The body of what is answered by the status alone. Where somebody says more, only a look can tell what was done. */
const nothing = z.undefined("it should be empty");

const realizedStatus = z.looseObject({
  consolidated_status: z.looseObject({ consolidated_status: z.string() }),
});

/** Only for a message, so what has another form is left out of it. */
const alarms = z.object({
  results: z
    .array(
      z.object({ alarms: z.array(z.object({ message: z.string() }).catch({ message: "" })) }).catch({ alarms: [] }),
    )
    .catch([]),
});

/** "SegmentConfigurationState", without what it says of single hosts. */
const segmentState = z.looseObject({
  state: z.string(),
  failure_code: z.number().optional(),
  failure_message: z.string().default(""),
});

export type SegmentState = z.output<typeof segmentState>;

/** The endpoints of the Policy API that the resources need. Paths are intent paths, such as `/infra/segments/web`. */
export interface NsxClient {
  readonly onConflict: NsxSettings["onConflict"];
  /** Whether a tag belongs to another system, and is neither shown nor removed (`nsx:ignoreTags`). */
  readonly isSystemTag: IsSystemTag;
  /** NSX's time at a moment of ours, as far as its answers tell. */
  serverTimeAt(ours: number): number;
  /** @throws an ApiError of kind `gone` when NSX says that there is no such object */
  read(path: string, freshness: Freshness): Promise<PolicyObject>;
  /**
   * Writes an object as a whole. Without `live` only creates; with it only replaces that very revision, which the body
   * carries as well (guide: "Optimistic Concurrency").
   */
  write(path: string, body: WireObject & Hidden, live?: PolicyObject): Promise<PolicyObject>;
  remove(path: string, live: PolicyObject): Promise<void>;
  /** SUCCESS, IN_PROGRESS, ERROR, UNKNOWN or UNINITIALIZED, over all enforcement points. */
  realizationOf(path: string): Promise<string>;
  /** The messages of the alarms on what was realized from an intent. */
  alarmsOf(path: string): Promise<string[]>;
  /** Everything in a collection, such as `/infra/segments`, as NSX sends it. @param isFresh - read since this call */
  list(collection: string, isFresh: boolean): Promise<readonly WireObject[]>;
  /** All that a search finds, as NSX sends it. Its index is a little behind. @param isFresh - read since this call */
  search(query: string, isFresh: boolean): Promise<readonly WireObject[]>;
  /** @throws an ApiError of kind `gone` when NSX says that there is no such segment */
  segmentStateOf(path: string): Promise<SegmentState>;
}

/**
 * NSX as configured.
 *
 * @param keepSecret - told what no message may show
 */
export function connectNsx(
  config: NsxSettings,
  clock: Clock,
  keepSecret: (secret: string) => void,
  network: NsxNetwork,
): System<NsxClient> {
  const serverTime = createServerTime(clock);
  const { session } = wayToNsx(config, clock, serverTime, keepSecret, network);
  const isSystemTag: IsSystemTag = ({ scope = "" }) => config.ignoreTags(scope);

  let writesUnderWay = 0;

  async function send(
    method: Request["method"],
    path: string,
    { limit }: Operation,
    { body, ...object }: { body?: WireObject } & OnlyObject = {},
  ): Promise<Received> {
    const type = contentType(path, body !== undefined);
    const overwrite: Record<string, string> =
      config.allowOverwrite && method !== "GET" ? { "x-allow-overwrite": "true" } : {};
    const request: Request = {
      method,
      path: `/policy/api/v1${path}`,
      headers: { accept: "application/json", ...type, ...overwrite },
      ...(body ? { body: stringifyJson(body) } : {}),
      ...object,
      limit,
    };
    try {
      return { request, body: (await session.send(request)).body };
    } catch (error) {
      if (isKind(error, "protected")) error.message += ` ${explainProtection(error.words, config.allowOverwrite)}`;
      if (lacksPermission(error)) error.message += ` ${explainPermission(method)}`;
      throw error;
    }
  }

  function parse<T>(schema: z.ZodType<T>, { request, body }: Received): T {
    return parseAnswer(request, body, schema, "NSX");
  }

  /** What was answered where an object was asked for or written: that very object. */
  function objectAt(path: string, received: Received): PolicyObject {
    const object = unfold(parse(policyObject, received), isSystemTag);
    if (inDefaultTree(object.path) === inDefaultTree(path)) return object;
    const { method } = received.request;
    throw new ConnectionError(
      `${method} ${path} answered with ${object.path}, which is another object; is there a proxy before NSX?`,
      true,
    );
  }

  async function getObject(path: string, operation: Operation): Promise<PolicyObject> {
    return objectAt(path, await send("GET", encodePath(path), operation, { about: path }));
  }

  const objects = createSharedReads<PolicyObject>({
    clock,
    longestGather: 100,
    expectsMore: () => false,
    one: getObject,
    list: (collection, worth, operation) =>
      readList({
        path: encodePath(collection),
        paged: true,
        worth,
        fetch: async (path) => (await send("GET", path, operation)).body,
        keyOf: (item) => (typeof item._revision === "number" ? item.path : undefined),
        inForm: (item) => unfold(item, isSystemTag),
      }) as Promise<Listing<PolicyObject>>,
  });

  const wholeLists = createWholeLists({
    clock,
    serverTimeAt: serverTime.at,
    fetch: async (path, limit) => (await send("GET", path, { limit, freshness: "now" })).body,
  });

  const states = createSharedReads<string>({
    clock,
    // Those whose writes are still under way are going to ask too.
    longestGather: 1_000,
    expectsMore: () => writesUnderWay > 0,
    one: async (path, operation) => {
      const status = parse(realizedStatus, await send("GET", realizedStatePath(path, "status"), operation));
      return status.consolidated_status.consolidated_status;
    },
    list: (collection, _worth, operation) =>
      listStates(encodePath(collection), async (path) => (await send("GET", path, operation)).body),
  });

  const single: Writer = {
    removesRevision: false,
    async write(path, body, _live, operation) {
      return objectAt(path, await send("PUT", encodePath(path), operation, { body: fold(body), about: path }));
    },
    async remove(path, _live, operation) {
      parse(nothing, await send("DELETE", encodePath(path), operation, { about: path }));
    },
  };

  const grouped = createGroupCommit({
    clock,
    objects,
    async patch(root, tree, operation, only) {
      const path = `${encodePath(root)}?enforce_revision_check=true`;
      parse(nothing, await send("PATCH", path, operation, { body: tree, ...only }));
    },
  });

  const writer = config.writeStrategy === "hierarchical" ? grouped : single;

  async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
    writesUnderWay += 1;
    try {
      return await write();
    } finally {
      writesUnderWay -= 1;
      objects.wrote(path);
    }
  }

  const clientWithin = (limit: TimeLimit): NsxClient => {
    const now: Operation = { limit, freshness: "now" };
    return {
      onConflict: config.onConflict,
      isSystemTag,
      serverTimeAt: serverTime.at,
      read(path, freshness) {
        // A DELETE names no revision, so what happens after the look goes unnoticed: then it is as short as can be.
        const byItself = freshness === "alone" || (freshness === "toRemove" && !writer.removesRevision);
        const operation = freshness === "toRemove" ? now : { limit, freshness };
        return byItself ? getObject(path, operation) : objects.read(path, operation);
      },
      write: (path, body, live) => writing(path, () => writer.write(path, body, live, now)),
      remove: (path, live) => writing(path, () => writer.remove(path, live, now)),
      realizationOf: (path) => states.read(path, now),
      async alarmsOf(path) {
        const entities = parse(alarms, await send("GET", realizedStatePath(path, "realized-entities"), now));
        return entities.results.flatMap((entity) => entity.alarms.map(({ message }) => message)).filter(Boolean);
      },
      list: (collection, isFresh) =>
        wholeLists.read(
          { path: encodePath(collection), words: `the list of ${collection}`, isSearch: false },
          limit,
          isFresh,
        ),
      search: (query, isFresh) =>
        wholeLists.read(
          {
            path: `/search/query?${new URLSearchParams({ query })}`,
            words: `the list of what ${JSON.stringify(query)} finds`,
            isSearch: true,
          },
          limit,
          isFresh,
        ),
      // "If not provided, cached data is returned" (SegmentStateRequestParameters.source).
      segmentStateOf: async (path) =>
        parse(segmentState, await send("GET", `${encodePath(path)}/state?source=realtime`, now, { about: path })),
    };
  };

  return { timeout: config.timeout, clientWithin, close: () => session.end() };
}

interface Received {
  readonly request: Request;
  readonly body: string;
}

/** The object as it is now. */
export function findObject(client: NsxClient, path: string): Promise<PolicyObject | undefined> {
  return unlessAbsent(client.read(path, "alone"));
}

/** Realization is asked for in the same tree as the intent: the default one or that of a project. */
function realizedStatePath(path: string, kind: string): string {
  const tree = path.slice(0, path.indexOf("/infra/"));
  return `${encodePath(tree)}/infra/realized-state/${kind}?intent_path=${encodeURIComponent(path)}`;
}

/** One object may have two paths: `/infra` is the tree of the default project. */
function inDefaultTree(path: string): string {
  return path.replace(/^\/orgs\/[^/]+\/projects\/default(?=\/infra\/)/, "");
}

/**
 * "If you provide URL-encoded UTF-8 characters in the URL of your API request, you must include the header
 * Content-Type:charset=UTF-8" (guide: "Overview"), also where there is no body.
 */
function contentType(path: string, hasBody: boolean): Record<string, string> {
  if (/%[89a-f][\da-f]/i.test(path)) return { "content-type": "application/json;charset=UTF-8" };
  return hasBody ? { "content-type": "application/json" } : {};
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
