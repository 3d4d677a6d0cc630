import { z } from "zod";
import { unordered } from "../core/shape.ts";
import type { Json, NimContext } from "./client.ts";
import { defineNamedResource } from "./namedResource.ts";
import type { Permission, RoleInputs, RoleOutputs } from "./roleTypes.ts";

const permission = z.strictObject({
  feature: z.string().min(1),
  accessTypes: unordered(z.array(z.enum(["CREATE", "READ", "UPDATE", "DELETE"])).min(1)),
  objects: unordered(
    z.array(z.strictObject({ resource: z.string().min(1), values: unordered(z.array(z.string().min(1)).min(1)) })),
    ({ resource }) => resource,
  ).optional(),
});

const markTag = "pulumi.owner:";
const isMark = (tag: string) => tag.startsWith(markTag);

export const roleInputs = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => name !== "admin", "is the name of the built-in role, which NIM does not let anybody manage")
    .optional(),
  displayName: z.string().optional(),
  description: z.string().optional(),
  tags: unordered(z.array(z.string().refine((tag) => !isMark(tag), "is the provider's own mark"))).optional(),
  permissions: unordered(z.array(permission).superRefine(eachFeatureOnce), ({ feature }) => feature).optional(),
  adopt: z.boolean().optional(),
});

function eachFeatureOnce(permissions: Permission[], context: z.RefinementCtx): void {
  const features = permissions.map(({ feature }) => feature);
  features.forEach((feature, index) => {
    if (features.indexOf(feature) < index) {
      context.addIssue({ code: "custom", path: [index, "feature"], message: "is there twice; give it one permission" });
    }
  });
}

/** What NIM fills in and does not take. */
const readOnly = ["created", "modified", "revisionTimestamp", "selfLink", "uid"];

interface Metadata extends Json {
  displayName?: string;
  description?: string;
  tags?: string[];
}

const metadataOf = (body: Json) => (body.metadata ?? {}) as Metadata;

/** A role of NGINX Instance Manager's access control (guide: "Create users, roles, and role permissions to manage RBAC"). */
export const role = defineNamedResource<RoleInputs, RoleOutputs>({
  name: "Role",
  collection: "/roles",
  inputs: roleInputs,
  writeOnly: [],
  uidOf: (body) => String(metadataOf(body).uid ?? ""),

  ownPart: ({ isSystemTag }, { tags, ...rest }) =>
    tags ? { ...rest, tags: tags.filter((tag) => !isSystemTag(tag)) } : rest,

  inputsOf(body) {
    const { displayName, description, tags = [] } = metadataOf(body);
    const { permissions = [] } = (body.roleDef ?? {}) as { permissions?: Permission[] };
    return { displayName, description, tags: tags.filter((tag) => !isMark(tag)), permissions };
  },

  bodyOf(
    { name, displayName = "", description = "", tags: own = [], permissions = [] },
    live,
    { isSystemTag },
    declared,
  ) {
    const there = [...((live && metadataOf(live).tags) ?? []), ...(declared.tags ?? [])].filter((tag) => !isMark(tag));
    const tags = [...own, ...new Set(there.filter(isSystemTag))];
    const kept = Object.entries(live ? metadataOf(live) : {}).filter(([key]) => !readOnly.includes(key));
    return {
      metadata: { ...Object.fromEntries(kept), kind: "role", name, displayName, description, tags },
      roleDef: { permissions },
    };
  },

  outputsOf: () => ({}),

  mark: {
    of: (body) => metadataOf(body).tags?.find(isMark)?.slice(markTag.length),
    put: (body, mark) => ({
      ...body,
      metadata: { ...metadataOf(body), tags: [...(metadataOf(body).tags ?? []), markTag + mark] },
    }),
  },

  released: () => undefined,

  /** Roles say who has them since NIM 2.6, but not where in all releases; users and groups always say what they have. */
  async holdersOf({ client }: NimContext, body) {
    const ref = `${client.basePath}/roles/${encodeURIComponent(String(metadataOf(body).name))}`;
    const [users, groups] = await Promise.all([client.list("/users"), client.list("/groups")]);
    return [...named("user", users, "userDef", ref), ...named("group", groups, "groupDef", ref)];
  },
});

function named(kind: string, holders: Json[], definition: string, ref: string): string[] {
  return holders
    .filter((holder) =>
      ((holder[definition] as { roles?: { ref?: string }[] })?.roles ?? []).some((role) => role.ref === ref),
    )
    .map((holder) => `${kind} ${String(metadataOf(holder).name)}`);
}
