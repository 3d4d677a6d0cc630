import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { NsxSegmentInputs, NsxSegmentOutputs } from "../provider/nsx/segmentTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link NsxSegment}. */
export interface NsxSegmentArgs extends Args<NsxSegmentInputs> {}

/**
 * A layer 2 network in VMware NSX, managed through the Policy API.
 *
 * Only the arguments that are given are managed; what others set in the rest stays. A change that somebody made to a
 * managed field stops the update with an explanation, and shows in `pulumi refresh --preview-only --diff`.
 *
 * @example
 * const web = new NsxSegment("web", {
 *   transportZonePath: "/infra/sites/default/enforcement-points/default/transport-zones/overlay-tz",
 *   connectivityPath: "/infra/tier-1s/web",
 *   subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.100-10.1.0.200"] }],
 *   tags: [{ scope: "env", tag: "prod" }],
 * });
 * export const path = web.path;
 */
export class NsxSegment extends resourceClass<
  NsxSegmentInputs,
  Omit<NsxSegmentOutputs, keyof Remembered | "path"> & { segmentId: string }
>({
  type: "nsx:NsxSegment",
  args: [
    "segmentId",
    "displayName",
    "description",
    "tags",
    "transportZonePath",
    "connectivityPath",
    "subnets",
    "vlanIds",
    "overlayId",
    "adminState",
    "replicationMode",
    "domainName",
    "dhcpConfigPath",
    "advancedConfig",
    "l2Extension",
    "bridgeProfiles",
    "metadataProxyPaths",
    "macPoolId",
    "extraConfigs",
    "evpnTenantConfigPath",
    "addressBindings",
    "tier1Path",
    "projectPath",
    "adopt",
    "waitForRealization",
  ],
  outputs: ["segmentId", "revision", "uniqueId", "type", "realization", "lastModifiedUser", "lastModifiedTime"],
}) {
  /** The policy path, by which other objects refer to the segment. It is the id, so a preview of an update knows it. */
  get path(): pulumi.Output<string> {
    return this.id;
  }

  /**
   * A segment that exists and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview and
   * each `up` reads it anew, and fails where there is none.
   *
   * Every argument is an output with its value on NSX, also what NSX has filled in, such as `overlayId`; `undefined` is what
   * the segment does not have. `adopt` and `waitForRealization` stay `undefined`, and `realization` is `UNKNOWN`.
   *
   * @param name - the resource's name in the stack
   * @param id - the policy path: `/infra/segments/web`, of a fixed segment `/infra/tier-1s/t1/segments/web`, of a project's
   *   `/orgs/default/projects/shop/infra/segments/web`
   * @param options - such as `{ provider }`, for an object of a second NSX
   *
   * @example
   * const web = NsxSegment.get("web", "/infra/segments/web");
   * export const gateway = web.subnets.apply((subnets) => subnets?.[0]?.gatewayAddress);
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): NsxSegment {
    return lookUp(NsxSegment, name, id, options);
  }
}
