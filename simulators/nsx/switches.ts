import { limitSwitches, type Switches } from "../kit/index.ts";
import { refusalSwitches } from "./refusals.ts";

/**
 * Where real managers differ or nobody outside knows (docs/nsx.md says of each). The defaults are what is
 * likeliest; a client is right only if it is right under every value.
 */
export const nsxSwitches = {
  ...limitSwitches,
  ...refusalSwitches,
  staleRevisionStatus: { default: 412, values: [412, 409], help: "status of a PUT whose _revision is stale" },
  putWithoutRevision: {
    default: "stale",
    values: ["stale", "exists"],
    help: "a PUT without _revision on an object that exists: stale revision, or 400/500127 already exists",
  },
  putMissingWithRevision: {
    default: 400,
    values: [400, 404, 409, 412],
    help: "status of a PUT with _revision on an id that does not exist",
  },
  patchOmitted: {
    default: "keep",
    values: ["keep", "reset"],
    help: "what a plain PATCH does to properties it does not carry",
  },
  noChangeBumpsRevision: { default: true, help: "a write that changes nothing raises _revision all the same" },
  hierarchicalAtomic: { default: true, help: "PATCH /infra applies everything or nothing" },
  hierarchicalDeleteMissing: {
    default: "ignore",
    values: ["ignore", "fail"],
    help: "marked_for_delete in PATCH /infra on an id that does not exist: nothing, or 404",
  },
  frozenDhcpRanges: { default: true, help: "DHCP ranges of a subnet can be added to, not removed or modified" },
  addressNotation: {
    default: "as sent",
    values: ["as sent", "expanded", "compressed"],
    help: "how IPv6 addresses are stored: every group written out, or as short as can be",
  },
  macNotation: { default: "as sent", values: ["as sent", "upper"], help: "how MAC addresses are stored" },
  l2vpnPathForm: {
    default: "as sent",
    values: ["as sent", "short"],
    help: "how paths of L2 VPN sessions are stored; short is without /locale-services/<id>",
  },
  projectZone: {
    default: "as sent",
    values: ["as sent", "own"],
    help: "zone of a segment in a project: the one sent, or the default one whatever was sent",
  },
  omittedZone: {
    default: "default",
    values: ["default", "keep", "refuse"],
    help: "a PUT without transport_zone_path on a segment: the default zone as in the guide, the zone it has, or 400",
  },
  trimNames: { default: false, help: "blanks around display_name and description are taken away" },
  systemTags: { default: false, help: "VMware Cloud Director tags every new segment, as the user vcd, right after it" },
  rules: {
    default: "usual",
    values: ["usual", "lenient", "strict"],
    help:
      "what releases demand differently: lenient needs no gateway_address on an isolated segment and no VLAN zone in a " +
      "bridge profile, usual needs both, strict also refuses vlan_ids beside overlay_id",
  },
  purgeDelay: { default: 0, help: "milliseconds from DELETE until the object is purged and its id is free again" },
  realizationDelay: { default: 0, help: "milliseconds from a write until the object is realized" },
  searchDelay: { default: 0, help: "milliseconds by which the search index lags behind" },
  listOrder: { default: "id", values: ["id", "created", "random"], help: "order of a list without sort_by" },
  lastCursor: { default: "absent", values: ["absent", "zeros"], help: "cursor of the last page" },
  login: {
    default: "all",
    values: ["all", "session", "basic", "certificate", "token", "vmc"],
    help: "the only way in that is open",
  },
  tokenLifetime: { default: 1800, help: "seconds for which an access token of VMware Cloud is good" },
  basePath: { default: "", help: "path below which a reverse proxy has the manager, such as /vmc/reverse-proxy" },
  charsetInUrl: {
    default: "required",
    values: ["required", "ignored"],
    help: "whether a request with encoded UTF-8 in its URL has to say charset=UTF-8 in Content-Type",
  },
  loginFailureStatus: { default: 403, values: [403, 401], help: "status of wrong credentials" },
  sessionCreatedStatus: { default: 200, values: [200, 201], help: "status of a successful session/create" },
  sessionIdleTimeout: { default: 1800, help: "seconds without a request after which a session expires" },
  httpService: {
    default: "readers",
    values: ["readers", "administrators", "absent"],
    help: "who may read the limits of the API service: who may look at appliances, who may change them, or nobody can",
  },
  documentForm: {
    default: "swagger 2",
    values: ["swagger 2", "openapi 3", "absent"],
    help: "form of the API document that the manager gives of itself",
  },
  documentLacks: { default: "", help: "fields of a segment that the document does not have, with commas between" },
  documentLimits: { default: "", help: "limits of its own, with commas between, such as description.maxLength=512" },
  version: { default: "3.2.3.0.0.21703624", help: "node_version that /api/v1/node reports" },
} as const;

export type NsxSwitches = Switches<typeof nsxSwitches>;
