import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { RoleInputs, RoleOutputs } from "../provider/nim/roleTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link Role}. */
export interface RoleArgs extends Args<RoleInputs> {}

/**
 * A role of NGINX Instance Manager's access control. Permissions that somebody adds or takes away show as drift.
 *
 * @example
 * const operators = new Role("shop-operators", {
 *   displayName: "Shop operators",
 *   permissions: [
 *     { feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ", "UPDATE"], objects: [{ resource: "Systems", values: ["web-1"] }] },
 *   ],
 * });
 */
export class Role extends resourceClass<RoleInputs, Omit<RoleOutputs, keyof Remembered> & { name: string }>({
  type: "nim:Role",
  args: ["name", "displayName", "description", "tags", "permissions", "adopt"],
  outputs: ["name", "uid"],
}) {
  /**
   * A role that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview and
   * each `up` reads it anew, and fails where there is none. `adopt` is `undefined`, every other argument as it is in NIM.
   *
   * @param name - the resource's name in the stack
   * @param id - the role's name
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const operators = Role.get("operators", "shop-operators");
   * new Role("auditors", { permissions: operators.permissions });
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): Role {
    return lookUp(Role, name, id, options);
  }
}
