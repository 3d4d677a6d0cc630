/** A tag as NSX has it; one of the two may be empty. */
export interface QueriedTag {
  /** Such as `env`. */
  scope: string;
  /** Such as `prod`. */
  tag: string;
}

/** What an object is looked for by. Several criteria must all be met; names and values must be the same letter by letter. */
export interface Criteria {
  /** The name that NSX shows. Several objects may have the same. */
  displayName?: string;
  /** The last part of the object's path. */
  id?: string;
  /** The object's policy path, wherever it lies. */
  path?: string;
  /** A tag that the object has: scope, tag or both. */
  tag?: { scope?: string; tag?: string };
}

/** Where an object lies that is in a project. */
export interface InProject {
  /** The project's path, such as `/orgs/default/projects/dev`. @default the default project, `/infra` */
  projectPath?: string;
}

/** What every object of the Policy API says of itself. */
export interface QueriedObject {
  /** The last part of the path. */
  id: string;
  /** The policy path, by which other objects refer to this one. */
  path: string;
  /** The name that NSX shows. */
  displayName: string;
  /** Empty where there is none. */
  description: string;
  /** All tags, also those of `nsx:ignoreTags`; this provider's own mark is not among them. */
  tags: QueriedTag[];
  /** NSX's own identifier; an object that is deleted and made again has another one. */
  uniqueId: string;
  /** Who made the object; `system` for what NSX comes with. */
  createUser: string;
}

/** What a transport zone is looked for by. */
export interface TransportZoneCriteria extends Criteria {
  /** `OVERLAY_BACKED` or `VLAN_BACKED`, and others of newer releases. */
  tzType?: string;
  /** Whether it is the default one of its type. There is one for overlays and one for VLANs: `tzType` says which. */
  isDefault?: boolean;
  /**
   * Path of the enforcement point that it lies under.
   * @default `/infra/sites/default/enforcement-points/default`
   */
  enforcementPoint?: string;
}

export interface QueriedTransportZone extends QueriedObject {
  /** `OVERLAY_BACKED` or `VLAN_BACKED`, and others of newer releases. */
  tzType: string;
  /** Whether it is the default one of its type. */
  isDefault: boolean;
  /** The identifier that the Manager API and host configurations have for it; `undefined` where NSX shows none. */
  nsxId: string | undefined;
}

/** What a tier-1 gateway is looked for by. */
export interface Tier1GatewayCriteria extends Criteria, InProject {}

export interface QueriedTier1Gateway extends QueriedObject {
  /** Path of the tier-0 gateway that it is connected to; `undefined` where it is to none. */
  tier0Path: string | undefined;
  /** `ROUTED`, `ISOLATED` or `NATTED`; `undefined` where NSX shows none. */
  type: string | undefined;
  /** `PREEMPTIVE` or `NON_PREEMPTIVE`; `undefined` where NSX shows none. */
  failoverMode: string | undefined;
  /** What it tells its tier-0 gateway of, such as `TIER1_CONNECTED`. */
  routeAdvertisementTypes: string[];
}

/** What a tier-0 gateway is looked for by. */
export interface Tier0GatewayCriteria extends Criteria {}

export interface QueriedTier0Gateway extends QueriedObject {
  /** `ACTIVE_ACTIVE` or `ACTIVE_STANDBY`; `undefined` where NSX shows none. */
  haMode: string | undefined;
  /** `PREEMPTIVE` or `NON_PREEMPTIVE`; `undefined` where NSX shows none. */
  failoverMode: string | undefined;
  /** For traffic inside, such as `100.64.0.0/16`. */
  transitSubnets: string[];
}

/** What a segment is looked for by. */
export interface SegmentCriteria extends Criteria, InProject {}

export interface QueriedSegment extends QueriedObject {
  /** `ROUTED`, `EXTENDED`, `ROUTED_AND_EXTENDED` or `DISCONNECTED`. */
  type: string | undefined;
  /** Path of its transport zone. */
  transportZonePath: string | undefined;
  /** Path of the gateway that it is connected to; `undefined` where it is to none. */
  connectivityPath: string | undefined;
  /** VLANs of a segment of a VLAN transport zone. */
  vlanIds: string[];
  /** `UP` or `DOWN`. */
  adminState: string | undefined;
}

/** What an edge cluster is looked for by. */
export interface EdgeClusterCriteria extends Criteria {
  /**
   * Path of the enforcement point that it lies under.
   * @default `/infra/sites/default/enforcement-points/default`
   */
  enforcementPoint?: string;
}

export interface QueriedEdgeCluster extends QueriedObject {
  /** Such as `EDGE_NODE`; `undefined` where NSX shows none. */
  memberNodeType: string | undefined;
  /** The identifier that the Manager API has for it; `undefined` where NSX shows none. */
  nsxId: string | undefined;
}

/** What a group is looked for by. */
export interface GroupCriteria extends Criteria, InProject {
  /** Id of the domain that it lies in. @default `default`, the only one that NSX comes with */
  domain?: string;
}

export interface QueriedGroup extends QueriedObject {
  /** Such as `IPAddress`; empty for a group whose members may be of any type. */
  groupType: string[];
  /** `SUCCESS`, `IN_PROGRESS` or `FAILURE`: how far NSX is with it; `undefined` where it shows none. */
  state: string | undefined;
}

/** What a service is looked for by. */
export interface ServiceCriteria extends Criteria, InProject {
  /** Whether NSX comes with it. */
  isDefault?: boolean;
}

export interface QueriedService extends QueriedObject {
  /** `ETHER` for layer 2, `NON_ETHER` for all else; `undefined` where NSX shows none. */
  serviceType: string | undefined;
  /** Whether NSX comes with it; such a one cannot be changed. */
  isDefault: boolean;
}

/** What a DHCP server is looked for by. */
export interface DhcpServerCriteria extends Criteria, InProject {}

/** A DHCP server's profile, to which segments refer as `dhcpConfigPath`. */
export interface QueriedDhcpServer extends QueriedObject {
  /** Its own addresses, such as `100.96.0.1/30`. */
  serverAddresses: string[];
  /** Seconds; `undefined` where NSX shows none. */
  leaseTime: number | undefined;
  /** Path of the edge cluster that it runs on; `undefined` where NSX has chosen none yet. */
  edgeClusterPath: string | undefined;
}

/** What a project is looked for by. */
export interface ProjectCriteria extends Criteria {}

/** A project; its `path` is what other queries and `NsxSegment` take as `projectPath`. */
export interface QueriedProject extends QueriedObject {
  /** What names of its objects begin with in logs, at most eight characters; `undefined` where NSX shows none. */
  shortId: string | undefined;
  /** Paths of the tier-0 gateways that it may use. */
  tier0Paths: string[];
  /** Paths of the blocks that its public addresses come from. */
  externalIpv4Blocks: string[];
}

/** The segment whose state is asked for. */
export interface SegmentStateCriteria {
  /** The segment's path, such as `/infra/segments/web`; also one in a project, or below a tier-1 gateway. */
  path: string;
}

/** How far NSX is with what was declared of a segment. */
export interface QueriedSegmentState {
  /** The segment's path. */
  path: string;
  /**
   * `success` once all hosts have it as declared, `pending` or `in_progress` before that, `failed`, `error`, `partial_success`
   * and others where something is wrong.
   */
  state: string;
  /** NSX's error code; `undefined` where nothing has failed. */
  failureCode: number | undefined;
  /** NSX's words for what has failed; empty where nothing has. */
  failureMessage: string;
  /** Messages of the alarms on what was made of the segment. */
  alarms: string[];
}

/** What is searched for. */
export interface SearchCriteria {
  /**
   * In NSX's query language, such as `resource_type:Segment AND tags.scope:env`. Of `field:value`, a value with white space is put in
   * double quotes, `*` stands for any characters, and a backslash goes before `( ) [ ] + - = & | > < ! { } ^ ~ * ? : /` that mean
   * themselves.
   */
  query: string;
}

/** An object that a search has found. */
export interface FoundObject {
  /** Such as `Segment`. */
  resourceType: string;
  /** `undefined` for what has none, such as a virtual machine. */
  id: string | undefined;
  /** The policy path; `undefined` for what is not declared but found, such as a virtual machine. */
  path: string | undefined;
  /** The name that NSX shows; `undefined` where there is none. */
  displayName: string | undefined;
  /** Whether it is deleted and only waits to be purged. No other query shows such objects. */
  markedForDelete: boolean;
  /** Everything that NSX says of it, by the names that arguments have: `transportZonePath` for `transport_zone_path`. */
  properties: Record<string, unknown>;
}
