// Kinds of NSX objects that can be looked up, a row each. queryTypes.ts has the types of their arguments and results.
import { type PolicyQueryKind, policyQueries } from "./policyQuery.ts";

const kinds: readonly PolicyQueryKind[] = [
  {
    name: "TransportZone",
    words: ["transport zone", "transport zones"],
    collection: "transport-zones",
    under: "enforcementPoint",
    fields: { tzType: "text", isDefault: "flag", nsxId: "text" },
    criteria: ["tzType", "isDefault"],
    tellsApart: ["tzType", "isDefault"],
  },
  {
    name: "Tier1Gateway",
    words: ["tier-1 gateway", "tier-1 gateways"],
    collection: "tier-1s",
    fields: { tier0Path: "text", type: "text", failoverMode: "text", routeAdvertisementTypes: "texts" },
    inProjects: true,
    tellsApart: ["tier0Path"],
  },
  {
    name: "Tier0Gateway",
    words: ["tier-0 gateway", "tier-0 gateways"],
    collection: "tier-0s",
    fields: { haMode: "text", failoverMode: "text", transitSubnets: "texts" },
    tellsApart: ["haMode"],
  },
  {
    name: "Segment",
    words: ["segment", "segments"],
    collection: "segments",
    fields: {
      type: "text",
      transportZonePath: "text",
      connectivityPath: "text",
      vlanIds: "texts",
      adminState: "text",
    },
    inProjects: true,
    tellsApart: ["transportZonePath", "connectivityPath"],
    elsewhere: "Fixed segments lie under their tier-1: give path.",
  },
  {
    name: "EdgeCluster",
    words: ["edge cluster", "edge clusters"],
    collection: "edge-clusters",
    under: "enforcementPoint",
    fields: { memberNodeType: "text", nsxId: "text" },
    tellsApart: ["memberNodeType"],
  },
  {
    name: "Group",
    words: ["group", "groups"],
    collection: "groups",
    under: "domain",
    fields: { groupType: "texts", state: "text" },
    inProjects: true,
    tellsApart: ["state"],
  },
  {
    name: "Service",
    words: ["service", "services"],
    collection: "services",
    fields: { serviceType: "text", isDefault: "flag" },
    inProjects: true,
    criteria: ["isDefault"],
    tellsApart: ["serviceType", "isDefault"],
  },
  {
    name: "DhcpServer",
    words: ["DHCP server", "DHCP servers"],
    collection: "dhcp-server-configs",
    fields: { serverAddresses: "texts", leaseTime: "number", edgeClusterPath: "text" },
    inProjects: true,
    tellsApart: ["serverAddresses", "edgeClusterPath"],
  },
  {
    name: "Project",
    words: ["project", "projects"],
    collection: "projects",
    under: "organization",
    fields: { shortId: "text", tier0Paths: "texts", externalIpv4Blocks: "texts" },
    wireNames: { tier0Paths: "tier_0s" },
    tellsApart: ["shortId"],
  },
];

export const nsxQueries = kinds.flatMap(policyQueries);
