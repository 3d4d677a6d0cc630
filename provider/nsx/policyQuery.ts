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
  /** Where the collection lies: in the tree itself, below an enforcement point or a domain of it, or below the organization. */
  readonly under?: "enforcementPoint" | "domain" | "organization";
  /** Whether projects have objects of this kind of their own. */
  readonly inProjects?: true;
  /** The result's own fields beside those of every object, by the names of the arguments. */
  readonly fields: Readonly<Record<string, keyof typeof sorts>>;
  /** NSX's names of those fields that are not the argument's in snake_case. */
  readonly wireNames?: Readonly<Record<string, string>>;
  /** Those of them that one may be looked for by. */
  readonly criteria?: readonly string[];
  /** Those of them by which a person tells two objects of one name apart. */
  readonly tellsApart: readonly string[];
  /** Where others of this kind lie, which only a path finds. */
  readonly elsewhere?: string;
}

/** How a field is read. Optional empty fields are not returned, so each has a value for that. */
const sorts = {
  text: z.string().optional(),
  number: z.number().optional(),
  flag: z.boolean().default(false),
  texts: z.array(z.string()).default([]),
};

const policy = {
  enforcementPoint: "/infra/sites/default/enforcement-points/default",
  domain: "default",
  organization: "/orgs/default",
};

/** Arguments that say where to look, and not what for. */
const places = {
  projectPath: projectPath.optional(),
  enforcementPoint: policyPath.optional(),
  domain: objectId.optional(),
};

type Place = { readonly [Name in keyof typeof places]?: string };

type Arguments = Criteria & Place & Readonly<Record<string, unknown>>;
type Found = QueriedObject & Readonly<Record<string, unknown>>;

const text = z.string().min(1, "must not be empty");

const flag = z.boolean().optional();

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
  const { criteria: ownCriteria = [] } = kind;
  const args = z.strictObject({
    ...criteria,
    ...Object.fromEntries(ownCriteria.map((name) => [name, kind.fields[name] === "flag" ? flag : text.optional()])),
    ...(kind.inProjects && { projectPath: places.projectPath }),
    ...(kind.under === "enforcementPoint" && { enforcementPoint: places.enforcementPoint }),
    ...(kind.under === "domain" && { domain: places.domain }),
  });
  const wireName = (name: string) => kind.wireNames?.[name] ?? snakeCase(name);
  const own = z.object(
    Object.fromEntries(Object.entries(kind.fields).map(([name, sort]) => [wireName(name), sorts[sort]])),
  );

  function collectionOf(asked: Arguments): string {
    const { path, projectPath: project, enforcementPoint, domain = policy.domain } = asked;
    if (path !== undefined) {
      const lies = { projectPath: project, enforcementPoint, domain: asked.domain && `/domains/${asked.domain}` };
      for (const [name, place] of Object.entries(lies)) {
        if (place === undefined || `${path}/`.includes(`${place}/`)) continue;
        throw new QueryError(`path ${path} does not lie in ${name} ${asked[name]}; give only the path.`);
      }
      const [above, collection] = [path.replace(/\/[^/]+$/, ""), path.split("/").at(-2)];
      if (collection === kind.collection) return above;
      throw new QueryError(`path ${path} is none of a ${one}: it would end in /${kind.collection}/ and an id.`);
    }
    const tree = `${project ?? ""}/infra`;
    const above = {
      enforcementPoint: enforcementPoint ?? policy.enforcementPoint,
      domain: `${tree}/domains/${domain}`,
      organization: policy.organization,
    };
    return `${kind.under ? above[kind.under] : tree}/${kind.collection}`;
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
      ...Object.fromEntries(Object.keys(kind.fields).map((name) => [name, fields[wireName(name)]])),
    };
  }

  /** What a person needs to choose one. */
  function described(object: Found): string {
    const own = kind.tellsApart.flatMap((name) => {
      const value = String(object[name] ?? "");
      return value === "" ? [] : `${name} ${value}`;
    });
    const tags = object.tags.map(({ scope, tag }) => (scope ? `${scope}: ${tag}` : tag)).join(", ");
    const parts = [`id ${object.id}`, ...own, tags ? `tags ${tags}` : "no tags", `made by ${object.createUser}`];
    return `"${object.displayName}" ${object.path} (${parts.join("; ")})`;
  }

  return lookUps<NsxClient, Arguments, Found>({
    system: "nsx",
    name: kind.name,
    words: kind.words,
    args,
    places: Object.keys(places),
    surely: "one's path",
    ...(kind.elsewhere && { elsewhere: kind.elsewhere }),
    placeOf: collectionOf,
    all: ({ client, isFresh }, asked) => allIn(client, collectionOf(asked), isFresh),
    fits: (object, asked) => fits(object, asked, ownCriteria),
    described,
    texts: ["displayName", "id"],
    orderOf: ({ path }) => path,
  });
}

function fits(object: Found, asked: Arguments, ownCriteria: readonly string[]): boolean {
  const { displayName, id, path, tag } = asked;
  if (displayName !== undefined && object.displayName !== displayName) return false;
  if (id !== undefined && object.id !== id) return false;
  if (path !== undefined && pathForm(object.path) !== path) return false;
  if (ownCriteria.some((name) => asked[name] !== undefined && object[name] !== asked[name])) return false;
  if (tag === undefined) return true;
  return object.tags.some((has) => (tag.scope ?? has.scope) === has.scope && (tag.tag ?? has.tag) === has.tag);
}
