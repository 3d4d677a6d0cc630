import { z } from "zod";
import { valueAt } from "../core/propertyPath.ts";
import { textOf } from "../core/shape.ts";
import { hasStatus } from "../travel/errors.ts";
import {
  accountInputs,
  explainMissing,
  hasNothingBeside,
  metadataFor,
  metadataForm,
  metadataOf,
  namesIn,
  references,
  referencesTo,
  textsOf,
} from "./account.ts";
import type { Json, NimContext } from "./client.ts";
import type { GroupInputs, GroupOutputs } from "./groupTypes.ts";
import { defineNamedResource } from "./namedResource.ts";

export const groupInputs = z.strictObject(accountInputs);

/**
 * What the part of a body with the roles may be called. The form of a group is in no public source: the first is like
 * `roleDef` and `userDef`.
 */
const definitions = ["groupDef", "userGroupDef"] as const;

const definition = z.looseObject({ roles: references }).nullish();
const form = z.looseObject({
  metadata: metadataForm,
  ...(Object.fromEntries(definitions.map((name) => [name, definition])) as Record<
    (typeof definitions)[number],
    typeof definition
  >),
});

const definitionName = (body: Json) => definitions.find((name) => body[name] !== undefined) ?? definitions[0];
const definitionOf = (body: Json) => (body[definitionName(body)] ?? {}) as NonNullable<z.output<typeof definition>>;

function inputsOf(body: Json): Partial<GroupInputs> {
  return { ...textsOf(body), roles: namesIn("roles", definitionOf(body).roles) };
}

/** A group of users of NGINX Instance Manager (guide: "Create users, roles, and role permissions to manage RBAC"). */
export const group = defineNamedResource<GroupInputs, GroupOutputs>({
  name: "Group",
  collection: "/groups",
  keyedBy: "name",
  updatedBy: ["patch", "put"],
  ids: "The id of a group is its name.",
  inputs: groupInputs,
  writeOnly: [],
  form,
  // As of a user: there is no place for a mark.
  mark: undefined,
  isJustMade: (body, declared) => hasNothingBeside(inputsOf(body), declared),
  ownPart: (_, inputs) => inputs,
  uidOf: (body) => metadataOf(body).uid ?? "",
  inputsOf,

  bodyOf(inputs, live = {}, { basePath }) {
    const there = definitionOf(live);
    const roles = referencesTo("roles", inputs.roles ?? [], there.roles, basePath);
    return { metadata: metadataFor(inputs, live), [definitionName(live)]: { ...there, roles } };
  },

  bodyAfter(body, refused) {
    const [first, second] = definitions;
    const { [first]: roles, ...rest } = body;
    // NIM may name what it does not know, or what it misses; of an answer that cannot be read nobody knows.
    const isAboutName = refused.code === undefined || /groupDef/i.test(refused.words);
    return hasStatus(refused, 400, 422) && isAboutName ? { ...rest, [second]: roles } : undefined;
  },

  outputsOf: () => ({}),
  explain: (context, { roles }) => explainMissing(context, { roles }),
  remarksOn: () => [],
  canCoexist: () => true,
  released: () => undefined,
  whenHeld: "Take the group from the users who are in it, and try again.",

  /** Only for a message, so it takes whatever is answered. */
  async holdersOf({ client }: NimContext, body) {
    const { name } = metadataOf(body);
    const isIn = (user: Json) => {
      const groups = valueAt(user, ["userDef", "groups"]);
      return Array.isArray(groups) && groups.some((one) => namesIn("groups", [{ ref: textOf(one?.ref) }])[0] === name);
    };
    const users = (await client.list("/users")).filter(isIn);
    return users.map((user) => `user ${textOf(valueAt(user, ["metadata", "name"]) ?? "without a name")}`);
  },
});
