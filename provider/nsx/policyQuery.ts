import { z } from "zod";
import { lookUps } from "../core/lookUp.ts";
import { type Query, QueryError } from "../core/query.ts";
import { hasStatus } from "../travel/errors.ts";
import { understood } from "../travel/http.ts";
import type { NsxClient } from "./client.ts";
import { objectId, pathForm, policyPath, projectPath } from "./formats.ts";
import { unfold } from "./objectMark.ts";
import { policyObject } from "./policyObject.ts";
import type { Criteria, QueriedObject } from "./queryTypes.ts";
import { snakeCase, type WireObject } from "./wire.ts";

/** What tells one kind of object from another, as far as looking it up goes. */
export interface PolicyQueryKind {
  /** `TransportZone` is asked for by `getTransportZone`, and several by `getTransportZones`. */
  readonly name: string;
  /** What messages call one, and several. */
  readonly words: readonly [one: string, many: string];
  /** The last part of the collection's path. */
  readonly collection: string;
  /** Where the collection lies: in the tree itself, or below an enforcement point of it. */
  readonly under?: "enforcementPoint";
  /** Whether projects have objects of this kind of their own. */
  readonly inProjects?: true;
  /** The result's own fields beside those of every object, by the names of the arguments. */
  readonly fields: Readonly<Record<string, keyof typeof sorts>>;
  /** Those of them by which a person tells two objects of one name apart. */
  readonly tellsApart: readonly string[];
}

/** How a field is read. Optional empty fields are not returned, so each has a value for that. */
const sorts = {
  text: z.string().optional(),
  flag: z.boolean().default(false),
  texts: z.array(z.string()).default([]),
};

const policy = {
  enforcementPoint: "/sites/default/enforcement-points/default",
};

/** Arguments that say where to look, and not what for. */
interface Place {
  readonly projectPath?: string;
  readonly enforcementPoint?: string;
}

type Arguments = Criteria & { readonly isDefault?: boolean } & Place;
type Found = QueriedObject & { readonly isDefault?: boolean } & Readonly<Record<string, unknown>>;

const text = z.string().min(1, "must not be empty");

const criteria = {
  displayName: text.optional(),
  id: objectId.optional(),
  path: policyPath.optional(),
  tag: z
    .strictObject({ scope: z.string().optional(), tag: z.string().optional() })
    .refine(({ scope, tag }) => (scope ?? tag) !== undefined, "needs a scope or a tag")
    .optional(),
};

const general = z.looseObject({
  id: z.string(),
  path: z.string(),
  display_name: z.string().optional(),
  description: z.string().default(""),
  tags: policyObject.shape.tags,
  unique_id: z.string().default(""),
  _create_user: z.string().default(""),
});

/** The two queries of one kind: for one object, and for all that fit. */
export function policyQueries(kind: PolicyQueryKind): readonly Query[] {
  const [one, many] = kind.words;
  const hasDefault = "isDefault" in kind.fields;
  const below = kind.under === "enforcementPoint";
  const args = z.strictObject({
    ...criteria,
    ...(hasDefault && { isDefault: z.boolean().optional() }),
    ...(kind.inProjects && { projectPath: projectPath.optional() }),
    ...(below && { enforcementPoint: policyPath.optional() }),
  });
  const own = z.object(
    Object.fromEntries(Object.entries(kind.fields).map(([name, sort]) => [snakeCase(name), sorts[sort]])),
  );

  function collectionOf({ path, projectPath: project, enforcementPoint }: Arguments): string {
    if (path !== undefined) {
      const [above, collection] = [path.replace(/\/[^/]+$/, ""), path.split("/").at(-2)];
      if (collection === kind.collection) return above;
      throw new QueryError(`path ${path} is none of a ${one}: it would end in /${kind.collection}/ and an id.`);
    }
    if (project !== undefined && enforcementPoint !== undefined) {
      throw new QueryError("enforcementPoint says where to look, project included; leave projectPath out beside it.");
    }
    const tree = `${project ?? ""}/infra`;
    return `${below ? (enforcementPoint ?? tree + policy.enforcementPoint) : tree}/${kind.collection}`;
  }

  async function allIn(client: NsxClient, collection: string, isFresh: boolean): Promise<readonly Found[]> {
    try {
      return (await client.list(collection, isFresh)).map(found);
    } catch (error) {
      // That of a place which is not there, or on an older release of a kind that is not.
      if (!hasStatus(error, 400, 404)) throw error;
      throw new QueryError(`${collection} cannot be looked into: ${error.message}`);
    }
  }

  function found(object: WireObject): Found {
    const what = `an element of a list of ${many} is`;
    const { id, path, display_name, description, tags, unique_id, _create_user } = understood(
      what,
      unfold(object, () => false),
      general,
      "NSX",
    );
    const fields = understood(what, object, own, "NSX");
    return {
      id,
      path,
      displayName: display_name ?? id,
      description,
      tags: (tags ?? []).map(({ scope = "", tag = "" }) => ({ scope, tag })),
      uniqueId: unique_id,
      createUser: _create_user,
      ...Object.fromEntries(Object.keys(kind.fields).map((name) => [name, fields[snakeCase(name)]])),
    };
  }

  /** What a person needs to choose one. */
  function described(object: Found): string {
    const own = kind.tellsApart.flatMap((name) => (object[name] === undefined ? [] : `${name} ${object[name]}`));
    const tags = object.tags.map(({ scope, tag }) => (scope ? `${scope}: ${tag}` : tag)).join(", ");
    const parts = [`id ${object.id}`, ...own, tags ? `tags ${tags}` : "no tags", `made by ${object.createUser}`];
    return `"${object.displayName}" ${object.path} (${parts.join("; ")})`;
  }

  return lookUps<NsxClient, Arguments, Found>({
    system: "nsx",
    name: kind.name,
    words: kind.words,
    args,
    places: ["projectPath", "enforcementPoint"],
    surely: "one's path",
    placeOf: collectionOf,
    all: ({ client, isFresh }, asked) => allIn(client, collectionOf(asked), isFresh),
    fits,
    described,
    texts: ["displayName", "id"],
    orderOf: ({ path }) => path,
  });
}

function fits(object: Found, { displayName, id, path, tag, isDefault }: Arguments): boolean {
  if (displayName !== undefined && object.displayName !== displayName) return false;
  if (id !== undefined && object.id !== id) return false;
  if (path !== undefined && pathForm(object.path) !== path) return false;
  if (isDefault !== undefined && object.isDefault !== isDefault) return false;
  if (tag === undefined) return true;
  return object.tags.some((has) => (tag.scope ?? has.scope) === has.scope && (tag.tag ?? has.tag) === has.tag);
}
