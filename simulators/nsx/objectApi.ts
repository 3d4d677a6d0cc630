import { type Environment, empty, json, type SimResponse } from "../kit/index.ts";
import { fieldErrors, gone, invalidPath, NsxError, notFound, notPermitted } from "./errors.ts";
import type { Json } from "./fields.ts";
import { changesOfTree, treeOf } from "./hierarchical.ts";
import { listPage } from "./lists.ts";
import type { Change, Policy, Writer } from "./policy.ts";
import type { Realization } from "./realization.ts";
import { type Access, allows, featureAt, type Role } from "./roles.ts";
import { searchObjects } from "./search.ts";
import type { Store, Stored } from "./store.ts";
import type { nsxSwitches } from "./switches.ts";
import { type Location, locate } from "./types.ts";

export interface NsxRequest {
  method: string;
  /** Decoded, without the API's prefix: `/infra/segments/web`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  /** Parsed; an empty object where there is none. */
  body: Json;
  /** As it was sent. */
  text: string;
  user: string;
  /** Whether what the user creates is protected from everybody else. */
  protects: boolean;
  /** What the user may. */
  role: Role;
  requestId: string;
}

export interface Parts {
  environment: Environment<typeof nsxSwitches>;
  store: Store;
  policy: Policy;
  realization: Realization;
}

/** Everything under /policy/api/v1. */
export function createObjectApi({
  environment,
  store,
  policy,
  realization,
}: Parts): (request: NsxRequest) => SimResponse {
  const { switches, random } = environment;
  // `PATCH /system-config/nsx-partial-patch-config`: partial patches for everybody.
  let partialForAll = false;

  function partialPatchConfig({ method, body }: NsxRequest): SimResponse {
    if (method === "GET") return json(200, { enable_partial_patch: partialForAll });
    if (method !== "PATCH") throw notAllowed(method);
    partialForAll = body.enable_partial_patch === true;
    return empty(200);
  }

  /** What a PATCH does to omitted properties: partial patch keeps them, a plain one "is expected to be complete". */
  function patchKind({ headers }: NsxRequest): "merge" | "replace" {
    const partial = partialForAll || headers["nsx-enable-partial-patch"] === "true";
    return partial || switches.patchOmitted === "keep" ? "merge" : "replace";
  }

  function objectRequest(request: NsxRequest, { type, path }: Location): SimResponse {
    const { method, query, body } = request;
    const writes = method === "PUT" || method === "PATCH";
    const writer = { ...writerOf(request), ...(writes && { sent: request.text }) };
    switch (method) {
      case "GET": {
        const filter = query.get("filter");
        if (type.name === "Infra" && filter !== null) return json(200, treeOf(store, liveObject(path), filter));
        return json(200, policy.read(path));
      }
      case "PUT":
        // PUT /infra replaces the whole tree on a real manager; nothing here does that, so it must not seem to work.
        if (type.name === "Infra") throw notAllowed(method);
        return json(200, policy.apply([{ kind: "replace", path, body, checkRevision: true }], writer)[0]);
      case "PATCH":
        if (type.name === "Infra") return hierarchicalPatch(request, "Infra", path);
        // "An object-level PATCH is always unchecked": enforce_revision_check exists only for the trees.
        policy.apply([{ kind: patchKind(request), path, body, checkRevision: false }], writer);
        return empty(200);
      case "DELETE": {
        const force = query.get("force") === "true";
        policy.apply([{ kind: "remove", path, body, checkRevision: false, force, ignoreMissing: false }], writer);
        return empty(200);
      }
      case "POST":
        if (type.name !== "Segment" || query.get("action") !== "delete_dhcp_leases") throw notAllowed(method);
        policy.read(path);
        return empty(200);
      default:
        throw notAllowed(method);
    }
  }

  function hierarchicalPatch(request: NsxRequest, type: string, path: string): SimResponse {
    const { query, body } = request;
    if (body.resource_type !== undefined && body.resource_type !== type) {
      throw new NsxError(400, 500165, `resource_type ${body.resource_type} is invalid here; expected ${type}`);
    }
    if (path !== "") liveObject(path);
    const changes = changesOfTree(type, path, body, {
      checkRevision: query.get("enforce_revision_check") === "true",
      mergeKind: patchKind(request),
      ignoreMissing: switches.hierarchicalDeleteMissing === "ignore",
    });
    for (const change of changes) permit(request.role, ...neededFor(change));
    const batches: Change[][] = switches.hierarchicalAtomic ? [changes] : changes.map((change) => [change]);
    for (const batch of batches) policy.apply(batch, writerOf(request));
    return empty(200);
  }

  function listRequest({ method, query }: NsxRequest, { type, parentPath }: Location): SimResponse {
    if (method !== "GET") throw notAllowed(method);
    if (parentPath !== "") liveObject(parentPath);
    const marked = query.get("include_mark_for_delete_objects") === "true";
    return json(200, listPage(store.children(parentPath, type, marked), query, switches, random));
  }

  function liveObject(path: string): Stored {
    const stored = store.get(path);
    if (!stored) throw gone(path);
    return stored;
  }

  /** A write by what becomes of the object; whatever else is sent by POST acts on one that is there. */
  function accessOf({ method, path }: NsxRequest): Access {
    if (method === "GET") return "read";
    if (method === "DELETE") return "delete";
    return method === "POST" || store.get(path) ? "update" : "create";
  }

  function neededFor({ kind, path }: Change): [feature: string, access: Access] {
    const access = kind === "remove" ? "delete" : store.get(path) ? "update" : "create";
    return [featureAt(path), access];
  }

  /** `/infra/realized-state/…?intent_path=`, also below a project. */
  function realizedState({ method, query }: NsxRequest, what: string): SimResponse {
    const intentPath = query.get("intent_path");
    if (what === "alarms" && intentPath === null) {
      return json(200, listOf(store.all().flatMap((stored) => realization.alarms(stored))));
    }
    if (intentPath === null) throw fieldErrors(["intent_path is required"]);
    const stored = store.get(intentPath);
    if (!stored) throw invalidPath(intentPath);
    if (what === "realized-entity" && method === "POST" && query.get("action") === "refresh") return empty(204);
    if (method !== "GET") throw notAllowed(method);
    switch (what) {
      case "status":
        return json(200, realization.status(stored));
      case "realized-entities":
        return json(200, listOf(realization.entities(stored)));
      case "realized-entity":
        return json(200, realization.entities(stored)[0]);
      case "alarms":
        return json(200, listOf(realization.alarms(stored)));
      default:
        throw notFound(`realized-state/${what}`);
    }
  }

  function segmentState({ method, path }: NsxRequest): SimResponse | undefined {
    if (!path.endsWith("/state")) return undefined;
    const owner = locate(path.slice(0, -"/state".length));
    if (owner?.type.name !== "Segment") return undefined;
    if (method !== "GET") throw notAllowed(method);
    if (owner.id !== undefined) return json(200, realization.segmentState(liveObject(owner.path)));
    const segments = store.children(owner.parentPath, owner.type);
    return json(200, listOf(segments.map((segment) => realization.segmentState(segment))));
  }

  return (request) => {
    const { path } = request;
    // Of a tree each object has its own permission.
    const isTree = request.method === "PATCH" && ["/org-root", "/infra"].some((root) => path.endsWith(root));
    if (!isTree) permit(request.role, featureAt(realizedOf(request) ?? path), accessOf(request));
    if (path === "/system-config/nsx-partial-patch-config") return partialPatchConfig(request);
    if (path === "/search" || path === "/search/query")
      return json(200, searchObjects(store, environment, request.query));
    if (path === "/org-root" && request.method === "PATCH") return hierarchicalPatch(request, "OrgRoot", "");
    const realized = /\/infra\/realized-state\/([^/]+)$/.exec(path)?.[1];
    if (realized) return realizedState(request, realized);
    const state = segmentState(request);
    if (state) return state;
    const location = locate(path);
    if (!location) throw notFound(path);
    return location.id === undefined && !location.type.singleton
      ? listRequest(request, location)
      : objectRequest(request, location);
  };
}

/** Before anything is looked for: who may not look learns nothing of what is there. */
function permit(role: Role, feature: string, access: Access): void {
  if (!allows(role, feature, access)) throw notPermitted(`${access} of ${feature}`);
}

/** The intent whose realization is asked for. */
function realizedOf({ path, query }: NsxRequest): string | undefined {
  return /\/infra\/realized-state\//.test(path) ? (query.get("intent_path") ?? undefined) : undefined;
}

const listOf = (results: unknown[]) => ({ results, result_count: results.length, sort_ascending: true });

const notAllowed = (method: string) =>
  new NsxError(405, 405, `Request method '${method}' is not supported.`, "common-services");

const writerOf = ({ user, protects, requestId, headers }: NsxRequest): Writer => ({
  user,
  protects,
  requestId,
  allowOverwrite: headers["x-allow-overwrite"] === "true",
});
