import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** Arguments of a group of users. */
export interface GroupInputs extends NamedInputs {
  /**
   * The group's key in NIM; at most 255 characters, without `/ \ ? # %`. With OIDC it is what the claims call the group. A
   * change replaces the group.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /** Name shown in NIM. */
  displayName?: string;
  /** What the group is for. */
  description?: string;
  /** Names of the roles that its users have, in any order. Left out, they are not touched; with `[]` it gives none. */
  roles?: string[];
}

export interface GroupOutputs extends NamedOutputs {}
