import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** Arguments of an instance group. */
export interface InstanceGroupInputs extends NamedInputs {
  /**
   * The group's name, by which agents join it; at most 255 characters. A change replaces the group, whose members then are
   * in none until their agents name the new one.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /** Name shown in NIM. */
  displayName?: string;
  /** What the group is for. */
  description?: string;
}

export interface InstanceGroupOutputs extends NamedOutputs {
  /** The group's id: what `instanceGroup` of a `NginxConfig` takes. */
  uid: string;
  /** Uids of its members when the state was taken. Instances join on their own side. */
  instances: string[];
}
