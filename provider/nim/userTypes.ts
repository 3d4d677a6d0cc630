import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/**
 * Arguments of a user. There is none for a password: NIM's API cannot set one. With basic authentication it stands in a file
 * on NIM's host (`/etc/nms/nginx/.htpasswd`); with OIDC users come from the identity provider.
 */
export interface UserInputs extends NamedInputs {
  /**
   * What the user logs in as, and the key in NIM; at most 255 characters, without `/ \ ? # %`. A change replaces the user.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /** Name shown in NIM. */
  displayName?: string;
  /** What the user is for. */
  description?: string;
  /** Mail address; NIM keeps it and sends nothing there. */
  email?: string;
  /** First name. */
  firstName?: string;
  /** Last name. */
  lastName?: string;
  /**
   * Names of the user's roles, in any order, such as `[role.name]`. Left out, they are not touched; with `[]` the user has
   * none. What the roles allow adds up.
   */
  roles?: string[];
  /** Names of the user's groups, in any order, whose roles add up with the user's own. Left out, they are not touched. */
  groups?: string[];
}

export interface UserOutputs extends NamedOutputs {}
