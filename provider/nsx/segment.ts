import { isRecord } from "../core/shape.ts";
import { definePolicyResource } from "./policyResource.ts";
import { segmentInputs } from "./segmentInputs.ts";
import { familyOfSubnet } from "./segmentRules.ts";
import type { NsxSegmentInputs, NsxSegmentOutputs } from "./segmentTypes.ts";
import { type WireObject, withArgumentNames } from "./wire.ts";

/** A layer 2 network (NSX-T 3.2 API guide: Policy, Networking, Connectivity, Segments). */
export const nsxSegment = definePolicyResource<NsxSegmentInputs, NsxSegmentOutputs>({
  name: "NsxSegment",
  resourceType: "Segment",
  inputs: segmentInputs,
  autoName: "segmentId",
  location: ["segmentId", "tier1Path", "projectPath"],
  fixed: ["transportZonePath", "overlayId", "advancedConfig.hybrid"],
  dependentFields: [["connectivityPath", "subnets"]],
  readOnly: ["type"],

  // "The subnet overlaps with a subnet of" another segment on the gateway, and VLANs and overlay ids overlap alike.
  canCoexist(before, after) {
    const inBoth = (key: "subnets" | "vlanIds") => [before, after].every((each) => (each[key]?.length ?? 0) > 0);
    return !inBoth("subnets") && !inBoth("vlanIds") && after.overlayId === undefined;
  },

  pathOf({ segmentId, tier1Path, projectPath }) {
    return `${tier1Path ?? `${projectPath ?? ""}/infra`}/segments/${segmentId}`;
  },

  locationOf(path) {
    const [, parent = "", segmentId = ""] = /^(.*)\/segments\/([^/]+)$/.exec(path) ?? [];
    if (parent.includes("/tier-1s/")) return { segmentId, tier1Path: parent };
    return parent === "/infra" ? { segmentId } : { segmentId, projectPath: parent.replace(/\/infra$/, "") };
  },

  ids: "The id of a segment is its policy path: /infra/segments/<id>, or <tier1Path>/segments/<id>, or <projectPath>/infra/segments/<id>.",

  complete: (body) => ({
    ...body,
    ...(body.subnets ? { subnets: (body.subnets as WireObject[]).map(withDhcpType) } : {}),
  }),
});

/** A DHCP configuration says on the wire which family it is for; users have said so with the addresses around it. */
function withDhcpType(subnet: WireObject): WireObject {
  const dhcp = subnet.dhcp_config;
  if (!isRecord(dhcp)) return subnet;
  const family = familyOfSubnet(withArgumentNames(subnet));
  return { ...subnet, dhcp_config: { resource_type: `SegmentDhcpV${family}Config`, ...dhcp } };
}
