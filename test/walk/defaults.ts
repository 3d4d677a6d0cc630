// What the servers have where nobody says anything, with the place that says so. A table of its own: the provider's
// may be wrong. Guide: NSX-T Data Center 3.2 API Guide, with the schema that it documents (Segment and its parents).

const zones = "/infra/sites/default/enforcement-points/default/transport-zones";

export const segmentDefaults = {
  // ManagedResource, display_name: "Defaults to ID if not set". The id is put in where the shape is made.
  // Segment, transport_zone_path: an overlay segment without one lands in the default overlay zone. Fixed.
  transportZonePath: `${zones}/overlay-tz`,
  // Segment, admin_state: UP, DOWN; default UP.
  adminState: "UP",
  // Segment, replication_mode: MTEP, SOURCE; default MTEP.
  replicationMode: "MTEP",
  // ConnectivityAdvancedConfig, connectivity: ON, OFF; default ON.
  connectivity: "ON",
  // SegmentAdvancedConfig, hybrid: default false; "cannot be modified after create". Fixed.
  hybrid: false,
  // SegmentAdvancedConfig, inter_router: default false.
  interRouter: false,
  // SegmentAdvancedConfig, local_egress: default false.
  localEgress: false,
  // SegmentAdvancedConfig, urpf_mode: NONE, STRICT; default STRICT.
  urpfMode: "STRICT",
  // SegmentAdvancedConfig, multicast: OPEN. No default in the 3.2 schema; the 3.1 text says that it is enabled by
  // default even where advanced_config is not given. Here, as the simulator has it: absent.
  multicast: undefined,
  // SegmentDhcpConfig, lease_time: 60 to 4294967295; default 86400.
  leaseTime: 86400,
  // Tag: scope and tag, default "". An element says it or leaves it out: the same.
  tagScope: "",
  tag: "",
  // overlay_id: allocated from the pool where none is given, and kept. Fixed.
  // Everything else: "optional empty fields are not returned", so absent.
};

// OPEN in the guide, and therefore never asked by the walk: whether the order of name servers, SNTP servers, domain
// names, pools, metadata proxies, excluded ranges and VLANs means anything. The walk does not permute them.
//
// SegmentSubnet, dhcp_ranges: "Existing values cannot be deleted or modified". The walk takes ranges out all the same,
// with the simulator's switch `frozenDhcpRanges` off: what the provider sends is the question, not what NSX refuses.

// The same of users, groups and instance groups; of the last a display name that nobody gives is the name.
export const accountDefaults = {
  displayName: "",
  description: "",
  email: "",
  firstName: "",
  lastName: "",
};

export const roleDefaults = {
  // OPEN: NIM's API document is not public. What its clients see and the simulator does: an absent text is "".
  displayName: "",
  description: "",
};
