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
export interface TransportZoneCriteria extends Criteria, InProject {
  /** Whether it is the default one of its type. There is one for overlays and one for VLANs. */
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
