import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { InstanceGroupInputs, InstanceGroupOutputs } from "../provider/nim/instanceGroupTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link InstanceGroup}. */
export interface InstanceGroupArgs extends Args<InstanceGroupInputs> {}

/**
 * A group of instances of NGINX Instance Manager that share one config. Its id is its `uid`, which `NginxConfig` takes as
 * `instanceGroup`.
 *
 * Instances join on their own side: an agent that has `instance_group: NAME` in its configuration is a member of the group
 * of that name, and makes one where there is none. So a group that is destroyed while agents still name it is back soon,
 * with another uid, and is nobody's: take the line out of the agents first. To have such a group in a stack, `adopt: true`.
 *
 * Nobody has taken a config while no member is online: then a `NginxConfig` of the group is saved as unfinished, `pulumi up`
 * ends with an error that says so, and the next one publishes. So let agents join first, or publish from another stack.
 *
 * A group carries no mark of its stack. After an interrupted run it is known by its name where it has all that the program
 * says and nothing beside it, neither a member nor a config; anything else of that name needs `adopt: true`.
 *
 * @example
 * const web = new InstanceGroup("web", { name: "web", description: "The shop's front" });
 * new NginxConfig("web", { instanceGroup: web.uid, files: { "/etc/nginx/nginx.conf": "events {}\n" } });
 */
export class InstanceGroup extends resourceClass<
  InstanceGroupInputs,
  Omit<InstanceGroupOutputs, keyof Remembered> & { name: string }
>({
  type: "nim:InstanceGroup",
  args: ["name", "displayName", "description", "adopt"],
  outputs: ["name", "uid", "instances"],
}) {
  /**
   * A group that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview and
   * each `up` reads it anew, and fails where there is none. `adopt` is `undefined`, every other argument as it is in NIM.
   *
   * @param name - the resource's name in the stack
   * @param id - the group's uid, not its name
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const web = InstanceGroup.get("web", "6c2f3a52-6cf0-4d1c-9d0e-5b8a0d5c7f11");
   * export const members = web.instances;
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): InstanceGroup {
    return lookUp(InstanceGroup, name, id, options);
  }
}
