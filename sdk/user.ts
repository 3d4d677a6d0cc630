import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { UserInputs, UserOutputs } from "../provider/nim/userTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link User}. */
export interface UserArgs extends Args<UserInputs> {}

/**
 * A user of NGINX Instance Manager, with roles of its own and those of its groups. Roles and groups that somebody gives or
 * takes show as drift; what the program does not mention is not touched.
 *
 * NIM's API cannot set passwords, so no program can: with basic authentication an administrator adds a line to
 * `/etc/nms/nginx/.htpasswd` on NIM's host, and takes it out after the user; with OIDC the identity provider lets people in.
 *
 * A user carries no mark of its stack. After an interrupted run it is known by its name where it has all that the program
 * says, and nothing beside it; anything else of that name needs `adopt: true`.
 *
 * @example
 * const operators = new Role("shop-operators", { permissions: [{ feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ"] }] });
 * new User("ann", { name: "ann", email: "ann@example.com", roles: [operators.name] });
 */
export class User extends resourceClass<UserInputs, Omit<UserOutputs, keyof Remembered> & { name: string }>({
  type: "nim:User",
  args: ["name", "displayName", "description", "email", "firstName", "lastName", "roles", "groups", "adopt"],
  outputs: ["name", "uid"],
}) {
  /**
   * A user that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview and
   * each `up` reads it anew, and fails where there is none. `adopt` is `undefined`, every other argument as it is in NIM.
   *
   * @param name - the resource's name in the stack
   * @param id - the user's name
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const ann = User.get("ann", "ann");
   * new User("bea", { name: "bea", roles: ann.roles.apply((roles) => roles ?? []) });
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): User {
    return lookUp(User, name, id, options);
  }
}
