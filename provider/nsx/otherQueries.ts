// Questions to NSX that are not for objects of one kind.
import { z } from "zod";
import { defineQuery, QueryError } from "../core/query.ts";
import { isRecord } from "../core/shape.ts";
import { hasStatus, isKind } from "../travel/errors.ts";
import { understood } from "../travel/http.ts";
import type { NsxClient } from "./client.ts";
import { policyPath } from "./formats.ts";
import { unfold } from "./objectMark.ts";
import type { FoundObject, QueriedSegmentState, SearchCriteria, SegmentStateCriteria } from "./queryTypes.ts";
import { camelCase, type WireObject } from "./wire.ts";

const segmentPath = policyPath.refine(
  (path) => path.split("/").at(-2) === "segments",
  "must be the path of a segment, such as /infra/segments/web",
);

export const segmentStateQuery = defineQuery<NsxClient, SegmentStateCriteria, QueriedSegmentState>({
  system: "nsx",
  name: "getSegmentState",
  args: z.strictObject({ path: segmentPath }),
  async ask({ client }, { path }) {
    try {
      const { state, failure_code, failure_message } = await client.segmentStateOf(path);
      const alarms = await client.alarmsOf(path);
      return { path, state, failureCode: failure_code, failureMessage: failure_message, alarms };
    } catch (error) {
      if (isKind(error, "gone")) throw new QueryError(`there is no segment ${path}.`);
      throw error;
    }
  },
});

const found = z.looseObject({
  resource_type: z.string().default(""),
  id: z.string().optional(),
  path: z.string().optional(),
  display_name: z.string().optional(),
  marked_for_delete: z.boolean().default(false),
});

export const searchQuery = defineQuery<NsxClient, SearchCriteria, readonly FoundObject[]>({
  system: "nsx",
  name: "searchNsx",
  args: z.strictObject({ query: z.string().trim().min(1, "must not be empty") }),
  async ask({ client, isFresh }, { query }) {
    const objects = (await searched(client, query, isFresh)).map(foundObject);
    const place = ({ path, id, displayName }: FoundObject) => path ?? id ?? displayName ?? "";
    // In one order, whatever NSX's own is.
    return objects.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  },
});

async function searched(client: NsxClient, query: string, isFresh: boolean): Promise<readonly WireObject[]> {
  try {
    return await client.search(query, isFresh);
  } catch (error) {
    if (isKind(error, "busy") || !hasStatus(error, 400)) throw error;
    throw new QueryError(`NSX cannot make anything of the query ${query}: ${error.message}`);
  }
}

function foundObject(object: WireObject): FoundObject {
  const { owner: _, ...properties } = unfold(object, () => false);
  const known = understood("an object that a search has found is", object, found, "NSX");
  return {
    resourceType: known.resource_type,
    id: known.id,
    path: known.path,
    displayName: known.display_name,
    markedForDelete: known.marked_for_delete,
    properties: asArguments(properties) as Record<string, unknown>,
  };
}

/** Names as arguments have them, `_create_user` as `createUser`; an integer that a number does not hold as text. */
function asArguments(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(asArguments);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [camelCase(key.replace(/^_/, "")), asArguments(inner)]),
  );
}
