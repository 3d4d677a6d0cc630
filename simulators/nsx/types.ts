import type { Fields, Json } from "./fields.ts";
import { bindingMapFields, commonFields, segmentFields } from "./segmentFields.ts";

/** One type of Policy object: a row of this table is all that a new type needs. */
export interface ObjectType {
  name: string;
  /** The collection that holds it, per type of its parent; for a singleton, its path segment. */
  in: Record<string, string>;
  /** It has no id of its own: `infra`. */
  singleton?: true;
  /** Strict: a property that is not in the table is refused. Types without are kept as they are sent. */
  fields?: Fields;
  /** `resource_type` of its bodies where it differs from the name. */
  bodies?: readonly string[];
  /** Goes together with its parent; other children keep a parent from being deleted (500030). */
  cascades?: true;
}

const rows: ObjectType[] = [
  { name: "Infra", in: { OrgRoot: "infra", Project: "infra" }, singleton: true, cascades: true },
  { name: "Org", in: { OrgRoot: "orgs" } },
  { name: "Project", in: { Org: "projects" } },
  { name: "Site", in: { Infra: "sites" } },
  { name: "EnforcementPoint", in: { Site: "enforcement-points" } },
  { name: "PolicyTransportZone", in: { EnforcementPoint: "transport-zones" } },
  { name: "PolicyEdgeCluster", in: { EnforcementPoint: "edge-clusters" } },
  { name: "L2BridgeEndpointProfile", in: { EnforcementPoint: "edge-bridge-profiles" } },
  { name: "Tier0", in: { Infra: "tier-0s" } },
  { name: "Tier1", in: { Infra: "tier-1s" } },
  { name: "LocaleServices", in: { Tier0: "locale-services", Tier1: "locale-services" } },
  { name: "Segment", in: { Infra: "segments", Tier1: "segments" }, fields: segmentFields },
  { name: "SegmentPort", in: { Segment: "ports" } },
  {
    name: "SegmentDiscoveryProfileBindingMap",
    in: { Segment: "segment-discovery-profile-binding-maps" },
    fields: bindingMapFields.discovery,
    cascades: true,
  },
  {
    name: "SegmentQosProfileBindingMap",
    in: { Segment: "segment-qos-profile-binding-maps" },
    bodies: ["SegmentQosProfileBindingMap", "SegmentQoSProfileBindingMap"],
    fields: bindingMapFields.qos,
    cascades: true,
  },
  {
    name: "SegmentSecurityProfileBindingMap",
    in: { Segment: "segment-security-profile-binding-maps" },
    fields: bindingMapFields.security,
    cascades: true,
  },
  {
    name: "SegmentMonitoringProfileBindingMap",
    in: { Segment: "segment-monitoring-profile-binding-maps" },
    fields: bindingMapFields.monitoring,
    cascades: true,
  },
  {
    name: "DhcpStaticBindingConfig",
    in: { Segment: "dhcp-static-binding-configs" },
    bodies: ["DhcpV4StaticBindingConfig", "DhcpV6StaticBindingConfig"],
  },
  { name: "DhcpServerConfig", in: { Infra: "dhcp-server-configs" } },
  { name: "DhcpRelayConfig", in: { Infra: "dhcp-relay-configs" } },
  { name: "MetadataProxyConfig", in: { Infra: "metadata-proxies" } },
  { name: "EvpnTenantConfig", in: { Infra: "evpn-tenant-configs" } },
  { name: "IpAddressPool", in: { Infra: "ip-pools" } },
  { name: "Ipv6NdraProfile", in: { Infra: "ipv6-ndra-profiles" } },
  { name: "IPDiscoveryProfile", in: { Infra: "ip-discovery-profiles" } },
  { name: "MacDiscoveryProfile", in: { Infra: "mac-discovery-profiles" } },
  { name: "QosProfile", in: { Infra: "qos-profiles" }, bodies: ["QosProfile", "QoSProfile"] },
  { name: "SegmentSecurityProfile", in: { Infra: "segment-security-profiles" } },
  { name: "SpoofGuardProfile", in: { Infra: "spoofguard-profiles" } },
  { name: "Domain", in: { Infra: "domains" } },
  { name: "Group", in: { Domain: "groups" } },
  { name: "Service", in: { Infra: "services" } },
];

const byName = new Map(rows.map((row) => [row.name, row]));

export const typeNamed = (name: string): ObjectType | undefined => byName.get(name);

/** Finds a type by the name that a hierarchical body uses: the type's, or one of its `resource_type`s. */
export const typeOfBody = (name: string): ObjectType | undefined =>
  byName.get(name) ?? rows.find((row) => row.bodies?.includes(name));

export const fieldsOf = (type: ObjectType): Fields => type.fields ?? commonFields;
export const bodiesOf = (type: ObjectType): readonly string[] => type.bodies ?? [type.name];

/** Where a Policy path leads. `rest` is what follows the last object or collection: `state`, `statistics`, … */
export interface Location {
  type: ObjectType;
  /** Path of the object; of a collection without its id, the collection's. */
  path: string;
  /** Absent for a collection. */
  id?: string;
  parentType: string;
  parentPath: string;
}

/** Reads `/infra/segments/web/ports/p1` along the table; undefined where the table knows no such path. */
export function locate(path: string): Location | undefined {
  let parentType = "OrgRoot";
  let parentPath = "";
  const parts = path.split("/").slice(1);
  for (let i = 0; i < parts.length; ) {
    const part = parts[i];
    const type = rows.find((row) => row.in[parentType] === part);
    if (!type) return undefined;
    const last = type.singleton ? i : i + 1;
    const id = parts[last];
    const here = `${parentPath}/${parts.slice(i, last + 1).join("/")}`;
    if (id === undefined) return { type, path: here, parentType, parentPath };
    if (last === parts.length - 1) return { type, path: here, id, parentType, parentPath };
    parentType = type.name;
    parentPath = here;
    i = last + 1;
  }
  return undefined;
}

/** Path of a child of this type and id below a parent; undefined where that parent has no such children. */
export function childPath(parentType: string, parentPath: string, type: ObjectType, id: string): string | undefined {
  const collection = type.in[parentType];
  if (collection === undefined) return undefined;
  return type.singleton ? `${parentPath}/${collection}` : `${parentPath}/${collection}/${id}`;
}

/** Objects that a fresh manager has. `t1-web` and `t0` are ours, so that a first segment has something to attach to. */
export function initialObjects(): { path: string; body: Json; user: string }[] {
  const point = "/infra/sites/default/enforcement-points/default";
  const system = (path: string, body: Json = {}) => ({ path, body, user: "system" });
  const zone = (id: string, tz_type: string, is_default: boolean) =>
    system(`${point}/transport-zones/${id}`, { display_name: id, tz_type, is_default, nested_nsx: false });
  const profiles = {
    "segment-security-profiles": "default-segment-security-profile",
    "spoofguard-profiles": "default-spoofguard-profile",
    "ip-discovery-profiles": "default-ip-discovery-profile",
    "mac-discovery-profiles": "default-mac-discovery-profile",
    "qos-profiles": "default-qos-profile",
  };
  return [
    system("/infra"),
    system("/orgs/default"),
    system("/infra/sites/default"),
    system(point),
    zone("overlay-tz", "OVERLAY_BACKED", true),
    zone("vlan-tz", "VLAN_BACKED", true),
    system(`${point}/edge-clusters/edge-cluster`),
    system("/infra/domains/default"),
    ...Object.entries(profiles).map(([collection, id]) => system(`/infra/${collection}/${id}`)),
    { path: "/infra/tier-0s/t0", body: {}, user: "admin" },
    { path: "/infra/tier-1s/t1-web", body: { tier0_path: "/infra/tier-0s/t0" }, user: "admin" },
    { path: "/infra/dhcp-server-configs/dhcp-server", body: { server_addresses: ["100.96.0.1/30"] }, user: "admin" },
    { path: "/orgs/default/projects/dev", body: {}, user: "admin" },
    { path: "/orgs/default/projects/dev/infra", body: {}, user: "admin" },
    { path: "/orgs/default/projects/dev/infra/tier-1s/t1-dev", body: {}, user: "admin" },
  ];
}
