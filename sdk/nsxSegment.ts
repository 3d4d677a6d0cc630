import type { Output } from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { NsxSegmentInputs, NsxSegmentOutputs } from "../provider/nsx/segmentTypes.ts";
import { type Args, resourceClass } from "./resource.ts";

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
  get path(): Output<string> {
    return this.id;
  }
}
