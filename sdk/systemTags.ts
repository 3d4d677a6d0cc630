import type * as pulumi from "@pulumi/pulumi";
import type { SystemTagsInputs } from "../provider/nim/systemTagsTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link SystemTags}. */
export interface SystemTagsArgs extends Args<SystemTagsInputs> {}

/**
 * Tags of a system that NGINX Instance Manager knows: by them people find and group systems. The system itself comes and
 * goes with its agent, so the tags are all that a program can have of it; `destroy` takes off those that this stack put
 * there. Its id is the system's uid.
 *
 * Only the tags that are named here are this stack's: others that the system has, whoever put them there, are neither
 * drift nor ever removed. One that is there already is managed from then on, with a warning; one that `nim:ignoreTags` covers is
 * put there where it is missing, and left alone from then on: no drift, and never taken off. Two stacks may have tags on
 * one system; if both name the same, the first one's destroy takes it off. Within a program a system has one `SystemTags`.
 *
 * Tags have no place for an owner's mark. Where an update was interrupted and its program then changes, a tag that only
 * the interrupted run put there stays. NIM keeps no revision of a system either: if somebody else writes its tags within
 * the moment between this provider's read and its write, that change is lost.
 *
 * @example
 * const edge = getSystemOutput({ hostname: "edge-1" });
 * new SystemTags("edge-1", { systemUid: edge.uid, tags: ["env:prod", "dc:ams"] });
 */
export class SystemTags extends resourceClass<SystemTagsInputs, { hostname: string }>({
  type: "nim:SystemTags",
  args: ["systemUid", "tags"],
  outputs: ["hostname"],
}) {
  /**
   * All tags of a system, only looked at: nothing is written, and `destroy` leaves them. Each preview and each `up` reads
   * them anew, and fails where there is no such system.
   *
   * @param name - the resource's name in the stack
   * @param id - the system's uid
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const edge = SystemTags.get("edge-1", "2d2a8a4e-3f0b-3b5e-9c53-0d0b8f2a7c11");
   * export const tags = edge.tags;
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): SystemTags {
    return lookUp(SystemTags, name, id, options);
  }
}
