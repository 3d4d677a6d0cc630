import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { GroupInputs, GroupOutputs } from "../provider/nim/groupTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link Group}. */
export interface GroupArgs extends Args<GroupInputs> {}

/**
 * A group of users of NGINX Instance Manager: all of them have its roles. With OIDC the identity provider says who is in it,
 * by the group's name. (A group of instances is an `InstanceGroup`.)
 *
 * Like a `User` it carries no mark of its stack, and is known after an interrupted run by its name and its content.
 *
 * @example
 * const operators = new Role("shop-operators", { permissions: [{ feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ"] }] });
 * const shop = new Group("shop", { name: "shop", roles: [operators.name] });
 * new User("ann", { name: "ann", groups: [shop.name] });
 */
export class Group extends resourceClass<GroupInputs, Omit<GroupOutputs, keyof Remembered> & { name: string }>({
  type: "nim:Group",
  args: ["name", "displayName", "description", "roles", "adopt"],
  outputs: ["name", "uid"],
}) {
  /**
   * A group that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview and
   * each `up` reads it anew, and fails where there is none. `adopt` is `undefined`, every other argument as it is in NIM.
   *
   * @param name - the resource's name in the stack
   * @param id - the group's name
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const shop = Group.get("shop", "shop");
   * new User("ann", { name: "ann", groups: [shop.name] });
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): Group {
    return lookUp(Group, name, id, options);
  }
}
