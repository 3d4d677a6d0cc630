import { z } from "zod";
import { sentLine, sentText } from "../travel/json.ts";
import { accountName } from "./account.ts";
import { uid } from "./instance.ts";
import type { InstanceGroupInputs, InstanceGroupOutputs } from "./instanceGroupTypes.ts";
import { defineNamedResource } from "./namedResource.ts";

export const instanceGroupInputs = z.strictObject({
  name: accountName.optional(),
  displayName: sentLine.optional(),
  description: sentText.optional(),
  adopt: z.boolean().optional(),
});

/** A list that is empty may be null, as in all that is written in Go. */
const form = z.looseObject({
  name: z.string(),
  uid,
  displayName: z.string().nullish(),
  description: z.string().nullish(),
  instances: z.array(z.string()).nullish(),
  configVersion: z.looseObject({ versions: z.array(z.unknown()).nullish() }).nullish(),
});

type WireGroup = z.output<typeof form>;

/** A group of instances that share a config (guide: "Manage instance groups"). */
export const instanceGroup = defineNamedResource<InstanceGroupInputs, InstanceGroupOutputs>({
  name: "InstanceGroup",
  collection: "/instance-groups",
  keyedBy: "uid",
  updatedBy: ["patch"],
  ids: "The id of an instance group is its uid, and not its name.",
  inputs: instanceGroupInputs,
  isCalledByName: true,
  writeOnly: [],
  form,
  // Three texts are all that a group has, and each of them is shown to people: there is no place for a mark.
  mark: undefined,

  /** One with members or a config is in use, whoever made it. NIM may call a group by its name where nobody says more. */
  isJustMade(body: WireGroup, { displayName, description }) {
    const isUsed = (body.instances ?? []).length > 0 || (body.configVersion?.versions ?? []).length > 0;
    const isCalledSo = displayName !== undefined || ["", body.name].includes(body.displayName ?? "");
    return !isUsed && isCalledSo && (description !== undefined || !body.description);
  },

  ownPart: (_, inputs) => inputs,
  uidOf: (body: WireGroup) => body.uid,
  inputsOf: ({ displayName, description }: WireGroup) => ({
    displayName: displayName ?? undefined,
    description: description ?? undefined,
  }),

  // NIM lets people edit these two alone.
  bodyOf: ({ name, displayName = "", description = "" }, live) => ({
    ...(live ? {} : { name }),
    displayName,
    description,
  }),

  outputsOf: (_, { instances }: WireGroup) => ({ instances: [...(instances ?? [])].sort() }),
  remarksOn: () => [],
  canCoexist: ({ name: before }, { name: after }) => before !== after,
  released: () => undefined,
  holdersOf: async (_, { instances }: WireGroup) => (instances ?? []).map((uid) => `instance ${uid}`),
  whenHeld:
    'Take "instance_group" out of the agent\'s configuration on each of them, or leave the group on NIM: "pulumi state delete", or "retainOnDelete: true" before.',
});
