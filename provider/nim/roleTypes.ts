import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** What a permission is limited to. */
export interface PermissionObject {
  /** Kind of object: `Systems`, `Instance Groups`, `Certs`, `Resource Groups`, `Templates` or `Template Submissions`. */
  resource: string;
  /** Names or uids of the objects, or `All`. */
  values: string[];
}

/** What a role may do with one feature. */
export interface Permission {
  /** Identifier of the feature, such as `INSTANCE-MANAGEMENT`; `GET /features` lists them. */
  feature: string;
  /** What may be done, in any order. */
  accessTypes: ("CREATE" | "READ" | "UPDATE" | "DELETE")[];
  /** What the permission is limited to, in any order; left out, it is not limited. */
  objects?: PermissionObject[];
}

/** Arguments of a role. */
export interface RoleInputs extends NamedInputs {
  /**
   * The role's key; at most 255 characters, not `admin`, which NIM has built in. A change replaces the role.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /** Name shown in NIM. */
  displayName?: string;
  /** What the role is for. */
  description?: string;
  /** Tags, in any order. */
  tags?: string[];
  /** What the role may do, in any order; each feature at most once. */
  permissions?: Permission[];
}

export interface RoleOutputs extends NamedOutputs {}
