import type { Random } from "../kit/index.ts";
import { fieldErrors, invalidPath, NsxError, overlap } from "./errors.ts";
import type { Json } from "./fields.ts";
import { type Block, contains, networkOf, overlaps, parseBlock, parseCidr } from "./formats.ts";
import type { Store, Stored } from "./store.ts";
import type { NsxSwitches } from "./switches.ts";
import { typeNamed } from "./types.ts";

interface Subnet {
  gateway_address: string;
  network?: string;
  dhcp_ranges?: string[];
}

const subnetsOf = (body: Json) => (body.subnets ?? []) as Subnet[];
const isFixed = (path: string) => path.includes("/tier-1s/");
const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/segments/"));
const defaultPoint = "/infra/sites/default/enforcement-points/default";

/** What the server adds to a segment's body: transport zone, overlay id, networks and type. */
export function completeSegment(
  body: Json,
  existing: Json | undefined,
  path: string,
  store: Store,
  random: Random,
): Json {
  const completed: Json = { ...body };
  // "overlay auto-uses default TZ": a segment without one lands in the default overlay transport zone.
  completed.transport_zone_path ??= defaultOverlayZone(store);
  if (isOverlay(completed, store)) {
    // Auto-allocated from the VNI pool if unset; what was allocated stays.
    completed.overlay_id ??= existing?.overlay_id ?? 65536 + random.integer(16_000_000);
  }
  if (body.subnets) {
    completed.subnets = subnetsOf(body).map((subnet) => ({ ...subnet, network: networkOf(subnet.gateway_address) }));
  }
  // The published example shows a fixed segment with its gateway, and Terraform's provider relies on it.
  if (isFixed(path)) completed.connectivity_path ??= parentOf(path);
  const extended = completed.l2_extension !== undefined;
  const routed = completed.connectivity_path !== undefined;
  completed.type = routed ? (extended ? "ROUTED_AND_EXTENDED" : "ROUTED") : extended ? "EXTENDED" : "DISCONNECTED";
  return completed;
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
  if (previous && previous.transport_zone_path !== body.transport_zone_path) {
    throw new NsxError(400, 503014, `The transport zone of segment ${path} cannot be changed.`);
  }
  if (body.connectivity_path !== undefined) {
    // "must not be set on fixed segments", except as it was read; "overlay only".
    if (isFixed(path) && body.connectivity_path !== parentOf(path)) {
      throw fieldErrors(["connectivity_path must not be set on a segment under a tier-1"]);
    }
    if (!isOverlay(body, store)) throw fieldErrors(["connectivity_path is for segments in an overlay transport zone"]);
  }
  checkSubnets(subnetsOf(body));
  if (previous && switches.frozenDhcpRanges) checkRangesKept(subnetsOf(previous), subnetsOf(body));
  checkOverlap(stored, store);
}

/** "Max 1 subnet" in the schema; one IPv4 and one IPv6 in practice. */
function checkSubnets(subnets: Subnet[]): void {
  const families = new Set<number>();
  for (const { gateway_address, dhcp_ranges = [] } of subnets) {
    const block = parseCidr(gateway_address);
    if (!block) continue;
    if (families.has(block.family)) throw fieldErrors([`only one IPv${block.family} subnet is allowed`]);
    families.add(block.family);
    for (const range of dhcp_ranges) {
      const inner = parseBlock(range);
      if (inner && !contains(block, inner))
        throw fieldErrors([`dhcp_ranges ${range} is not within ${gateway_address}`]);
    }
  }
}

/** SegmentSubnet: "Existing values cannot be deleted or modified, but additional DHCP ranges can be added." */
function checkRangesKept(before: Subnet[], after: Subnet[]): void {
  for (const { gateway_address, dhcp_ranges = [] } of before) {
    const same = after.find((subnet) => subnet.gateway_address === gateway_address);
    const lost = dhcp_ranges.filter((range) => same && !same.dhcp_ranges?.includes(range));
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
      const block = parseCidr(gateway_address);
      return block ? [{ ...block, network: networkOf(gateway_address) }] : [];
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
