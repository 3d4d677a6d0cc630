import type { PolicyOutputs } from "./policyTypes.ts";

/** A tag of an NSX object. */
export interface Tag {
  /** What the tag is about; at most 128 characters. @default "" */
  scope?: string;
  /** Its value; at most 256 characters. @default "" */
  tag?: string;
}

/** A route that DHCP clients learn through option 121. */
export interface StaticRoute {
  /** Destination, as an address or a block. */
  network: string;
  /** Router to it, as an address. */
  nextHop: string;
}

/** A DHCP option by its number. */
export interface DhcpOption {
  /** The option's number, 0 to 255. */
  code: number;
  /** Its values, 1 to 10 of them. */
  values: string[];
}

/** DHCP options; IPv4 only. */
export interface DhcpOptions {
  /** Classless static routes (option 121), 1 to 27 of them. */
  option121?: { staticRoutes: StaticRoute[] };
  /** Any other options, in any order; NSX takes one code several times. */
  others?: DhcpOption[];
}

/** DHCP on one subnet of a segment (SegmentDhcpV4Config and SegmentDhcpV6Config, by the subnet's family). */
export interface SegmentDhcpConfig {
  /** Address of the DHCP server with its prefix length, in the subnet and not the gateway's. */
  serverAddress?: string;
  /** Name servers that clients are told, at most 2. */
  dnsServers?: string[];
  /** Seconds of a lease, 60 to 4294967295. @default 86400, filled in by NSX */
  leaseTime?: number;
  /** DHCP options; IPv4 only. */
  options?: DhcpOptions;
  /** Addresses and ranges that are not handed out, at most 128; IPv6 only. */
  excludedRanges?: string[];
  /** SNTP servers, at most 2; IPv6 only. */
  sntpServers?: string[];
  /** Seconds after which a lease should be renewed, 60 to 4294967295; IPv6 only. */
  preferredTime?: number;
  /** Domain names that clients are told; IPv6 only. */
  domainNames?: string[];
}

/** A network on a segment; at most one of each family. */
export interface SegmentSubnet {
  /** The gateway's address with its prefix length, such as `10.1.0.1/24`. Left out on an isolated segment, which has none. */
  gatewayAddress?: string;
  /**
   * What DHCP hands out: addresses, blocks or ranges in the subnet, 1 to 99 of them in any order. Existing ones can only
   * be added to.
   */
  dhcpRanges?: string[];
  /**
   * DHCP settings of the subnet. Without a gateway they are for the family of `serverAddress`, else of `dhcpRanges`, else
   * for IPv6 if they hold what only IPv6 has, and for IPv4 if not.
   */
  dhcpConfig?: SegmentDhcpConfig;
}

/** Where traffic of a stretched segment leaves locally. */
export interface LocalEgressRoutingPolicy {
  /** Next hop of the policy, as an address. */
  nexthopAddress: string;
  /** The prefix list that it applies to: exactly one path. */
  prefixListPaths: string[];
}

/** Settings of a segment that NSX always has; only those given here are managed. */
export interface SegmentAdvancedConfig {
  /** Whether the segment is connected to its gateway. @default "ON", filled in by NSX */
  connectivity?: "ON" | "OFF";
  /** Path of the IP pool for the segment, at most one. */
  addressPoolPaths?: string[];
  /** Whether the segment is a hybrid one; a change replaces it. @default false, filled in by NSX */
  hybrid?: boolean;
  /** Whether the segment connects routers only. @default false, filled in by NSX */
  interRouter?: boolean;
  /** Whether a stretched segment uses its local gateway. @default false, filled in by NSX */
  localEgress?: boolean;
  /** Exceptions from local egress, at least one when given, in their order. */
  localEgressRoutingPolicies?: LocalEgressRoutingPolicy[];
  /** Whether multicast is on. */
  multicast?: boolean;
  /** Path of the profile for IPv6 router advertisements. */
  ndraProfilePath?: string;
  /** Whether frames are switched on their own host only. NSX 3.2 and later. */
  nodeLocalSwitch?: boolean;
  /** Identifier of the object that the segment was imported from. NSX 3.2 and later. */
  originId?: string;
  /** Kind of system that the segment was imported from. NSX 3.2 and later. */
  originType?: "VCENTER";
  /** Name of the teaming policy for the uplinks. */
  uplinkTeamingPolicyName?: string;
  /** Reverse path filter of the gateway. @default "STRICT", filled in by NSX */
  urpfMode?: "NONE" | "STRICT";
}

/** Extends the segment to another site through a layer 2 VPN. */
export interface L2Extension {
  /** Paths of the layer 2 VPN sessions, in any order; with or without `/locale-services/…` they mean the same. */
  l2vpnPaths?: string[];
  /** The address whose traffic leaves at the local site: at most one. */
  localEgress?: { optimizedIps?: string[] };
  /** The tunnel's number, 1 to 4093. */
  tunnelId?: number;
}

/** Bridges the segment to VLANs; each bridge profile at most once. */
export interface BridgeProfileConfig {
  /** Path of the bridge profile. */
  bridgeProfilePath: string;
  /** Path of the VLAN transport zone to bridge to. Whether it may be left out depends on NSX's release. */
  vlanTransportZonePath?: string;
  /** VLANs to bridge: ids, or ranges. */
  vlanIds?: string[];
  /** Name of the teaming policy for the uplinks. */
  uplinkTeamingPolicyName?: string;
}

/** A setting that NSX passes on to other systems; it takes one key several times. */
export interface SegmentExtraConfig {
  configPair: { key: string; value: string };
}

/** Binds an address to a port of the segment. NSX recommends discovery profiles instead. */
export interface PortAddressBinding {
  ipAddress?: string;
  macAddress?: string;
  vlanId?: number;
}

/** Arguments of an NSX segment. Fields that are not given are left as NSX has them. */
export interface NsxSegmentInputs {
  /**
   * The segment's id, the last part of its path: at most 255 characters of printable ASCII, without white space or any of
   * `/ \ & ? # % ; | = , ~ @`, and neither `.` nor `..`. With `adopt` any id that NSX has given: up to 1024 characters
   * without `/`, `\` and control characters. A change replaces the segment.
   * @default the resource's name and eight characters made from its URN
   */
  segmentId?: string;
  /**
   * Name shown in NSX; 1 to 255 characters, none of `; | = , ~ @`. White space at its ends means nothing.
   * @default the id, filled in by NSX
   */
  displayName?: string;
  /** At most 1024 characters. White space at its ends means nothing. */
  description?: string;
  /** At most 29 tags, each once, in any order: NSX allows 30, and the provider marks what it owns with one (`pulumi.owner`). */
  tags?: Tag[];
  /** Path of the transport zone. A change replaces the segment. @default NSX's default overlay zone */
  transportZonePath?: string;
  /**
   * Path of the tier-0 or tier-1 gateway; for segments in an overlay zone, and not beside `tier1Path`. Left out, the
   * segment is disconnected.
   */
  connectivityPath?: string;
  /** At most one subnet of each family. */
  subnets?: SegmentSubnet[];
  /**
   * VLAN ids 0 to 4094, or ranges such as `100-120`, in any order: the segment's own in a VLAN zone, those that machines
   * tag their packets with in an overlay zone. They need `transportZonePath`, but for a segment that is adopted.
   */
  vlanIds?: string[];
  /** The overlay's number (VNI), 0 to 2147483647; for segments in an overlay zone. @default allocated by NSX */
  overlayId?: number;
  /** Whether the segment carries traffic. @default "UP", filled in by NSX */
  adminState?: "UP" | "DOWN";
  /** How broadcasts are replicated in an overlay. @default "MTEP", filled in by NSX */
  replicationMode?: "MTEP" | "SOURCE";
  /** DNS domain that DHCP tells clients. */
  domainName?: string;
  /** Path of a DHCP server or relay configuration. */
  dhcpConfigPath?: string;
  /** Further settings; only those given are managed. */
  advancedConfig?: SegmentAdvancedConfig;
  /** Extends the segment to another site. */
  l2Extension?: L2Extension;
  /** Bridges to VLANs, in any order; each bridge profile once. */
  bridgeProfiles?: BridgeProfileConfig[];
  /** Paths of metadata proxies. */
  metadataProxyPaths?: string[];
  /** Identifier of the pool for MAC addresses. */
  macPoolId?: string;
  /** Settings that NSX passes on to other systems, in any order. */
  extraConfigs?: SegmentExtraConfig[];
  /** Path of the EVPN tenant configuration. */
  evpnTenantConfigPath?: string;
  /** Address bindings, at most 512. Deprecated in NSX in favour of discovery profiles. */
  addressBindings?: PortAddressBinding[];
  /**
   * Makes a fixed segment under this tier-1, such as `/infra/tier-1s/web`; neither `connectivityPath` nor `projectPath` may
   * be given beside it. A change replaces the segment.
   */
  tier1Path?: string;
  /** Makes the segment in this project, such as `/orgs/default/projects/shop` (NSX 4.1). A change replaces it. */
  projectPath?: string;
  /** Takes over a segment of the same path that this stack did not make. @default false */
  adopt?: boolean;
  /** Waits until NSX has realized the segment, and fails with the alarms if it cannot. @default true */
  waitForRealization?: boolean;
}

/** Outputs of an NSX segment. */
export interface NsxSegmentOutputs extends PolicyOutputs {
  /** `ROUTED`, `EXTENDED`, `ROUTED_AND_EXTENDED` or `DISCONNECTED`, as NSX derives it. */
  type: string;
}
