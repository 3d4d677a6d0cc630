import { z } from "zod";
import { sentLine } from "../travel/json.ts";
import {
  accountInputs,
  explainMissing,
  hasNothingBeside,
  metadataFor,
  metadataForm,
  metadataOf,
  names,
  namesIn,
  references,
  referencesTo,
  textsOf,
} from "./account.ts";
import type { Json, NimContext } from "./client.ts";
import { defineNamedResource } from "./namedResource.ts";
import type { UserInputs, UserOutputs } from "./userTypes.ts";

export const userInputs = z.strictObject({
  ...accountInputs,
  email: sentLine.optional(),
  firstName: sentLine.optional(),
  lastName: sentLine.optional(),
  groups: names.optional(),
});

const definition = z.looseObject({
  email: z.string().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  roles: references,
  groups: references,
});
const form = z.looseObject({ metadata: metadataForm, userDef: definition.nullish() });

const definitionOf = (body: Json) => (body.userDef ?? {}) as z.output<typeof definition>;

function inputsOf(body: Json): Partial<UserInputs> {
  const { email, firstName, lastName, roles, groups } = definitionOf(body);
  return {
    ...textsOf(body),
    email: email ?? undefined,
    firstName: firstName ?? undefined,
    lastName: lastName ?? undefined,
    roles: namesIn("roles", roles),
    groups: namesIn("groups", groups),
  };
}

/** A user of NGINX Instance Manager (guide: "Create users, roles, and role permissions to manage RBAC"). */
export const user = defineNamedResource<UserInputs, UserOutputs>({
  name: "User",
  collection: "/users",
  keyedBy: "name",
  updatedBy: ["patch"],
  ids: "The id of a user is its name.",
  inputs: userInputs,
  writeOnly: [],
  form,
  // Nobody has seen a user with tags, and a description is for people: there is no place for a mark.
  mark: undefined,
  isJustMade: (body, declared) => hasNothingBeside(inputsOf(body), declared),
  ownPart: (_, inputs) => inputs,
  uidOf: (body) => metadataOf(body).uid ?? "",
  inputsOf,

  bodyOf(inputs, live, { basePath }) {
    const { email = "", firstName = "", lastName = "", roles = [], groups = [] } = inputs;
    const there = live ? definitionOf(live) : {};
    return {
      metadata: metadataFor(inputs, live),
      userDef: {
        ...there,
        email,
        firstName,
        lastName,
        roles: referencesTo("roles", roles, there.roles, basePath),
        groups: referencesTo("groups", groups, there.groups, basePath),
      },
    };
  },

  outputsOf: () => ({}),
  async explain(context, { roles, groups, name }) {
    return (await explainMissing(context, { roles, groups })) ?? explainLastAdmin(context, String(name), roles);
  },
  remarksOn: () => [],
  canCoexist: () => true,
  released: () => undefined,
  holdersOf: async () => [],
  whenHeld: keepsOneAdmin(),
});

function keepsOneAdmin(): string {
  return "NIM keeps the role admin with one user at least: give it to another one first, and try again.";
}

/** Only for a message. */
async function explainLastAdmin(
  { client }: NimContext,
  name: string,
  roles: readonly string[] | undefined,
): Promise<string | undefined> {
  if (!roles || roles.includes("admin")) return undefined;
  const admins = (await client.list("/users")).filter((body) => inputsOf(body).roles?.includes("admin"));
  return admins.length === 1 && metadataOf(admins[0] ?? {}).name === name ? keepsOneAdmin() : undefined;
}
