import type { Random } from "../kit/index.ts";
import { fieldErrors, invalidPath, NsxError, overlap } from "./errors.ts";
import type { Json } from "./fields.ts";
import { type Block, contains, networkOf, overlaps, parseBlock, parseCidr, withAddresses } from "./formats.ts";
import type { Store, Stored } from "./store.ts";
import type { NsxSwitches } from "./switches.ts";
import { typeNamed } from "./types.ts";

interface Subnet {
  /** Absent only where a segment may do without: `checkRequired`. */
  gateway_address?: string;
  network?: string;
  dhcp_ranges?: string[];
  dhcp_config?: { server_address?: string };
}

const subnetsOf = (body: Json) => (body.subnets ?? []) as Subnet[];
const isFixed = (path: string) => path.includes("/tier-1s/");
const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/segments/"));
const defaultPoint = "/infra/sites/default/enforcement-points/default";

/** What the server adds to a segment's body: transport zone, overlay id, networks and type. */
export function completeSegment(
  body: Json,
  existing: Json | undefined,
  { path, store, random, switches }: { path: string; store: Store; random: Random; switches: NsxSwitches },
): Json {
  const completed: Json = { ...body, transport_zone_path: zoneOf(body, existing, path, store, switches) };
  // Auto-allocated from the VNI pool if unset; what was allocated or assigned stays.
  if (existing?.overlay_id !== undefined) completed.overlay_id ??= existing.overlay_id;
  if (isOverlay(completed, store)) completed.overlay_id ??= 65536 + random.integer(16_000_000);
  if (body.subnets) {
    completed.subnets = subnetsOf(body).map((subnet) => {
      const { gateway_address } = subnet;
      return gateway_address === undefined ? subnet : { ...subnet, network: networkOf(gateway_address) };
    });
  }
  // The published example shows a fixed segment with its gateway, and Terraform's provider relies on it.
  if (isFixed(path)) completed.connectivity_path ??= parentOf(path);
  if (body.l2_extension && switches.l2vpnPathForm === "short") {
    completed.l2_extension = withShortPaths(body.l2_extension as Json);
  }
  const extended = completed.l2_extension !== undefined;
  const routed = completed.connectivity_path !== undefined;
  completed.type = routed ? (extended ? "ROUTED_AND_EXTENDED" : "ROUTED") : extended ? "EXTENDED" : "DISCONNECTED";
  return completed;
}

function zoneOf(body: Json, existing: Json | undefined, path: string, store: Store, switches: NsxSwitches): unknown {
  // "For project-based segments, NSX will always use the default transport zone" (terraform-provider-nsxt PR 2259).
  if (path.includes("/projects/") && switches.projectZone === "own") return defaultOverlayZone(store);
  if (body.transport_zone_path !== undefined) return body.transport_zone_path;
  if (existing && switches.omittedZone === "keep") return existing.transport_zone_path;
  // Only overlay zones are found without being named.
  if (body.vlan_ids !== undefined || (existing && switches.omittedZone === "refuse")) {
    throw fieldErrors(["transport_zone_path is required"]);
  }
  // "overlay auto-uses default TZ": a segment without one lands in the default overlay transport zone.
  return defaultOverlayZone(store);
}

/** The deprecated form of a session's path goes through the locale services, the new one does not. */
function withShortPaths(extension: Json): Json {
  const short = (path: string) => path.replace(/\/locale-services\/[^/]+/, "");
  const { l2vpn_path, l2vpn_paths } = extension as { l2vpn_path?: string; l2vpn_paths?: string[] };
  return {
    ...extension,
    ...(l2vpn_path !== undefined && { l2vpn_path: short(l2vpn_path) }),
    ...(l2vpn_paths && { l2vpn_paths: l2vpn_paths.map(short) }),
  };
}

function defaultOverlayZone(store: Store): unknown {
  const zones = store.children(defaultPoint, typeNamed("PolicyTransportZone"));
  return zones.find(({ body }) => body.is_default && String(body.tz_type).startsWith("OVERLAY"))?.path;
}

function isOverlay(body: Json, store: Store): boolean {
  const zone = store.get(String(body.transport_zone_path));
  return zone !== undefined && String(zone.body.tz_type).startsWith("OVERLAY");
}

/** The rules that span properties and objects; run after everything of a transaction is in place. */
export function checkSegment(stored: Stored, previous: Json | undefined, store: Store, switches: NsxSwitches): void {
  const { body, path } = stored;
  if (body.transport_zone_path === undefined) throw fieldErrors(["transport_zone_path is required"]);
  if (previous) checkImmutable(stored, previous);
  if (body.connectivity_path !== undefined) {
    // "must not be set on fixed segments", except as it was read; "overlay only".
    if (isFixed(path) && body.connectivity_path !== parentOf(path)) {
      throw fieldErrors(["connectivity_path must not be set on a segment under a tier-1"]);
    }
    if (!isOverlay(body, store)) throw fieldErrors(["connectivity_path is for segments in an overlay transport zone"]);
  }
  checkRequired(body, switches);
  checkSubnets(subnetsOf(body));
  if (previous && switches.frozenDhcpRanges) checkRangesKept(subnetsOf(previous), subnetsOf(body));
  checkOverlap(stored, store);
}

/** A PUT that leaves out advanced_config asks for `hybrid: false`: a full replace sets what is omitted to its default. */
function checkImmutable({ body, path }: Stored, previous: Json): void {
  if (previous.transport_zone_path !== body.transport_zone_path) {
    throw new NsxError(400, 503014, `The transport zone of segment ${path} cannot be changed.`);
  }
  if (previous.overlay_id !== body.overlay_id) {
    throw fieldErrors([`overlay_id ${previous.overlay_id ?? "(none)"} of an existing segment cannot be changed`]);
  }
  const hybridOf = ({ advanced_config }: Json) => (advanced_config as Json | undefined)?.hybrid;
  if (hybridOf(previous) !== hybridOf(body)) throw fieldErrors(["advanced_config.hybrid cannot be changed"]);
}

/** What one release demands and another does not. */
function checkRequired(body: Json, { rules }: NsxSwitches): void {
  const problems: string[] = [];
  // An isolated segment can serve DHCP without a gateway (terraform-provider-nsxt issue 770).
  if (rules !== "lenient" || body.connectivity_path !== undefined) {
    for (const [i, { gateway_address }] of subnetsOf(body).entries()) {
      if (gateway_address === undefined) problems.push(`subnets[${i}].gateway_address is required`);
    }
  }
  if (rules !== "lenient") {
    for (const [i, { vlan_transport_zone_path }] of ((body.bridge_profiles ?? []) as Json[]).entries()) {
      if (vlan_transport_zone_path === undefined) {
        problems.push(`bridge_profiles[${i}].vlan_transport_zone_path is required`);
      }
    }
  }
  // Guests that tag their packets themselves have both (terraform-provider-nsxt PR 462).
  if (rules === "strict" && body.vlan_ids !== undefined && body.overlay_id !== undefined) {
    problems.push("vlan_ids cannot be set beside overlay_id");
  }
  if (problems.length > 0) throw fieldErrors(problems);
}

/** "Max 1 subnet" in the schema; one IPv4 and one IPv6 in practice. */
function checkSubnets(subnets: Subnet[]): void {
  const families = new Set<number>();
  for (const subnet of subnets) {
    const { dhcp_ranges = [] } = subnet;
    const network = networkAddress(subnet);
    const block = parseCidr(network ?? "");
    if (!block) continue;
    if (families.has(block.family)) throw fieldErrors([`only one IPv${block.family} subnet is allowed`]);
    families.add(block.family);
    for (const range of dhcp_ranges) {
      const inner = parseBlock(range);
      if (inner && !contains(block, inner)) throw fieldErrors([`dhcp_ranges ${range} is not within ${network}`]);
    }
  }
}

/** What says which network a subnet is of: its gateway, else its DHCP server. */
const networkAddress = ({ gateway_address, dhcp_config }: Subnet) => gateway_address ?? dhcp_config?.server_address;

/** One text for all notations of an address. */
const canonical = (text: string | undefined) => text && withAddresses(text, "compressed");

/** SegmentSubnet: "Existing values cannot be deleted or modified, but additional DHCP ranges can be added." */
function checkRangesKept(before: Subnet[], after: Subnet[]): void {
  for (const subnet of before) {
    const same = after.find((other) => canonical(networkAddress(other)) === canonical(networkAddress(subnet)));
    const kept = same?.dhcp_ranges?.map(canonical) ?? [];
    const lost = (subnet.dhcp_ranges ?? []).filter((range) => same && !kept.includes(canonical(range)));
    if (lost.length > 0) throw fieldErrors([`existing dhcp_ranges ${lost.join(", ")} cannot be deleted or modified`]);
  }
}

function checkOverlap(stored: Stored, store: Store): void {
  const gateway = gatewayOf(stored);
  const own = blocksOf(stored.body);
  if (gateway === undefined || own.length === 0) return;
  for (const path of store.referrers(gateway)) {
    const other = store.get(path);
    if (!other || other.path === stored.path || gatewayOf(other) !== gateway) continue;
    for (const taken of blocksOf(other.body)) {
      for (const block of own) if (overlaps(block, taken)) throw overlap(block.network, other.path);
    }
  }
}

interface NamedBlock extends Block {
  network: string;
}

/** Parsed once a body: every write is compared with all segments of its gateway, which may be thousands. */
const parsedBlocks = new WeakMap<Json, NamedBlock[]>();

function blocksOf(body: Json): NamedBlock[] {
  let blocks = parsedBlocks.get(body);
  if (!blocks) {
    blocks = subnetsOf(body).flatMap(({ gateway_address }) => {
      const block = parseCidr(gateway_address ?? "");
      return block ? [{ ...block, network: networkOf(gateway_address as string) }] : [];
    });
    parsedBlocks.set(body, blocks);
  }
  return blocks;
}

const gatewayOf = ({ type, body }: Stored) =>
  type.name === "Segment" ? (body.connectivity_path as string | undefined) : undefined;

/** 400/500012 for a path that leads nowhere, or to an object of another type. */
export function checkReferences(references: { path: string; to: readonly string[] }[], store: Store): void {
  for (const { path, to } of references) {
    const target = store.get(path);
    if (!target || !to.includes(target.type.name)) throw invalidPath(path);
  }
}
