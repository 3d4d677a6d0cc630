import { z } from "zod";
import { forEachRepeated } from "../core/check.ts";
import { formOf } from "../core/form.ts";
import { valueAt } from "../core/propertyPath.ts";
import { shapeOf, textOf, unordered } from "../core/shape.ts";
import { sentLine, sentText } from "../travel/json.ts";
import type { Json, NimContext } from "./client.ts";
import { objectName } from "./instance.ts";
import { defineNamedResource } from "./namedResource.ts";
import type { Permission, RoleInputs, RoleOutputs } from "./roleTypes.ts";

/** What identifies an element; a preview may have the text for an unknown in an element's place. */
const keyBy =
  <Field extends string>(field: Field) =>
  (element: Readonly<Record<Field, string>>): string =>
    String(element?.[field] ?? element);

const permissionObject = z.strictObject({
  resource: sentText.min(1),
  values: unordered(z.array(sentText.min(1)).min(1)),
});

const permission = z.strictObject({
  feature: sentText.min(1),
  accessTypes: unordered(z.array(z.enum(["CREATE", "READ", "UPDATE", "DELETE"])).min(1)),
  objects: unordered(
    z
      .array(permissionObject)
      .min(1, "would not limit the permission at all; name an object, or leave it out where all are meant")
      .superRefine(oncePer("resource", "name all its objects in one")),
    keyBy("resource"),
  ).optional(),
});

const markTag = "pulumi.owner:";
const isMark = (tag: string) => String(tag).startsWith(markTag);

export const roleInputs = z.strictObject({
  name: objectName
    .refine((name) => name !== "admin", "is the name of the built-in role, which NIM does not let anybody manage")
    .optional(),
  displayName: sentLine.optional(),
  description: sentText.optional(),
  tags: unordered(z.array(sentText.refine((tag) => !isMark(tag), "is the provider's own mark"))).optional(),
  permissions: unordered(
    z.array(permission).superRefine(oncePer("feature", "give it one permission")),
    keyBy("feature"),
  ).optional(),
  adopt: z.boolean().optional(),
});

function oncePer<Field extends string>(field: Field, advice: string) {
  return (elements: Record<Field, string>[], context: z.RefinementCtx): void => {
    const keys = elements.map((element) => element[field]);
    forEachRepeated(keys, (index) => {
      context.addIssue({ code: "custom", path: [index, field], message: `is there twice; ${advice}` });
    });
  };
}

/** What NIM fills in and does not take. */
const readOnly = ["created", "modified", "revisionTimestamp", "selfLink", "uid"];

/** A list that is empty may be null, as in all that is written in Go. */
export const form = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string().nullish(),
    displayName: z.string().nullish(),
    description: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
  }),
  roleDef: formOf(shapeOf(roleInputs.pick({ permissions: true }))).nullish(),
});

type Metadata = z.output<typeof form>["metadata"];

const metadataOf = (body: Json) => (body.metadata ?? {}) as Metadata;

/** The arguments that a body stands for. */
export function inputsOf(body: Json) {
  const { displayName, description, tags } = metadataOf(body);
  const { permissions } = (body.roleDef ?? {}) as { permissions?: Permission[] | null };
  return {
    displayName: displayName ?? undefined,
    description: description ?? undefined,
    tags: (tags ?? []).filter((tag) => !isMark(tag)),
    permissions: permissions ?? [],
  };
}

/** A role of NGINX Instance Manager's access control (guide: "Create users, roles, and role permissions to manage RBAC"). */
export const role = defineNamedResource<RoleInputs, RoleOutputs>({
  name: "Role",
  collection: "/roles",
  keyedBy: "name",
  updatedBy: ["put"],
  ids: "The id of a role is its name.",
  inputs: roleInputs,
  writeOnly: [],
  form,
  uidOf: (body) => metadataOf(body).uid ?? "",

  ownPart: ({ isSystemTag }, { tags, ...rest }) =>
    tags ? { ...rest, tags: tags.filter((tag) => !isSystemTag(tag)) } : rest,

  inputsOf,

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
    writtenAt: (body) => Date.parse(String(metadataOf(body).modified)) || undefined,
    put: (body, mark) => ({
      ...body,
      metadata: { ...metadataOf(body), tags: [...(metadataOf(body).tags ?? []), markTag + mark] },
    }),
  },

  remarksOn: () => [],
  canCoexist: () => true,
  released: () => undefined,

  whenHeld: "Take the role from whoever has it, and try again.",

  /** Roles say who has them since NIM 2.6, but not where in all releases; users and groups always say what they have. */
  async holdersOf({ client }: NimContext, body) {
    const ref = `${client.basePath}/roles/${encodeURIComponent(String(metadataOf(body).name))}`;
    const users = await client.list("/users");
    const groups = await client.list("/groups");
    return [...named("user", users, "userDef", ref), ...named("group", groups, "groupDef", ref)];
  },
});

/** Only for a message, so it takes whatever is answered. */
function named(kind: string, holders: Json[], definition: string, ref: string): string[] {
  const isHeld = (holder: Json) => {
    const roles = valueAt(holder, [definition, "roles"]);
    return Array.isArray(roles) && roles.some((role) => valueAt(role, ["ref"]) === ref);
  };
  return holders
    .filter(isHeld)
    .map((holder) => `${kind} ${textOf(valueAt(holder, ["metadata", "name"]) ?? "without a name")}`);
}
