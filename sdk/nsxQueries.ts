// Objects of NSX by name: what a program would otherwise copy paths of.
import type {
  QueriedSegment,
  QueriedTier0Gateway,
  QueriedTier1Gateway,
  QueriedTransportZone,
  SegmentCriteria,
  Tier0GatewayCriteria,
  Tier1GatewayCriteria,
  TransportZoneCriteria,
} from "../provider/nsx/queryTypes.ts";
import { type Get, type GetOutput, outputOf, queryOf } from "./query.ts";

export type {
  QueriedObject,
  QueriedSegment,
  QueriedTag,
  QueriedTier0Gateway,
  QueriedTier1Gateway,
  QueriedTransportZone,
  SegmentCriteria,
  Tier0GatewayCriteria,
  Tier1GatewayCriteria,
  TransportZoneCriteria,
} from "../provider/nsx/queryTypes.ts";

/**
 * A transport zone: hosts and edge nodes in it have the same segments. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const zone = await getTransportZone({ displayName: "overlay-tz" });
 * new NsxSegment("web", { transportZonePath: zone.path });
 */
export const getTransportZone: Get<TransportZoneCriteria, QueriedTransportZone> = queryOf("getTransportZone");

/**
 * {@link getTransportZone} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NsxSegment("web", { transportZonePath: getTransportZoneOutput({ displayName: "overlay-tz" }).path });
 */
export const getTransportZoneOutput: GetOutput<TransportZoneCriteria, QueriedTransportZone> =
  outputOf("getTransportZone");

/**
 * All transport zones that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const zones = await getTransportZones({ tag: { scope: "env", tag: "prod" } });
 */
export const getTransportZones: Get<TransportZoneCriteria, QueriedTransportZone[]> = queryOf("getTransportZones");

/**
 * {@link getTransportZones} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const zones = getTransportZonesOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTransportZonesOutput: GetOutput<TransportZoneCriteria, QueriedTransportZone[]> =
  outputOf("getTransportZones");

/**
 * A tier-1 gateway, to which segments are connected. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const gateway = await getTier1Gateway({ displayName: "t1-web" });
 * new NsxSegment("web", { connectivityPath: gateway.path });
 */
export const getTier1Gateway: Get<Tier1GatewayCriteria, QueriedTier1Gateway> = queryOf("getTier1Gateway");

/**
 * {@link getTier1Gateway} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NsxSegment("web", { connectivityPath: getTier1GatewayOutput({ displayName: "t1-web" }).path });
 */
export const getTier1GatewayOutput: GetOutput<Tier1GatewayCriteria, QueriedTier1Gateway> = outputOf("getTier1Gateway");

/**
 * All tier-1 gateways that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const gateways = await getTier1Gateways({ tag: { scope: "tenant", tag: "shop" } });
 */
export const getTier1Gateways: Get<Tier1GatewayCriteria, QueriedTier1Gateway[]> = queryOf("getTier1Gateways");

/**
 * {@link getTier1Gateways} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const gateways = getTier1GatewaysOutput({ tag: { scope: "tenant", tag: "shop" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTier1GatewaysOutput: GetOutput<Tier1GatewayCriteria, QueriedTier1Gateway[]> =
  outputOf("getTier1Gateways");

/**
 * A tier-0 gateway, which leads out of NSX. Projects have none of their own. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const gateway = await getTier0Gateway({ displayName: "t0" });
 * export const uplink = gateway.path;
 */
export const getTier0Gateway: Get<Tier0GatewayCriteria, QueriedTier0Gateway> = queryOf("getTier0Gateway");

/**
 * {@link getTier0Gateway} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const uplink = getTier0GatewayOutput({ displayName: "t0" }).path;
 */
export const getTier0GatewayOutput: GetOutput<Tier0GatewayCriteria, QueriedTier0Gateway> = outputOf("getTier0Gateway");

/**
 * All tier-0 gateways that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const gateways = await getTier0Gateways({ tag: { scope: "site", tag: "dc1" } });
 */
export const getTier0Gateways: Get<Tier0GatewayCriteria, QueriedTier0Gateway[]> = queryOf("getTier0Gateways");

/**
 * {@link getTier0Gateways} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const gateways = getTier0GatewaysOutput({ tag: { scope: "site", tag: "dc1" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTier0GatewaysOutput: GetOutput<Tier0GatewayCriteria, QueriedTier0Gateway[]> =
  outputOf("getTier0Gateways");

/**
 * A segment that this stack does not manage. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const segment = await getSegment({ displayName: "shared-services" });
 * export const path = segment.path;
 */
export const getSegment: Get<SegmentCriteria, QueriedSegment> = queryOf("getSegment");

/**
 * {@link getSegment} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const path = getSegmentOutput({ displayName: "shared-services" }).path;
 */
export const getSegmentOutput: GetOutput<SegmentCriteria, QueriedSegment> = outputOf("getSegment");

/**
 * All segments that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const segments = await getSegments({ tag: { scope: "env", tag: "prod" } });
 */
export const getSegments: Get<SegmentCriteria, QueriedSegment[]> = queryOf("getSegments");

/**
 * {@link getSegments} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const segments = getSegmentsOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getSegmentsOutput: GetOutput<SegmentCriteria, QueriedSegment[]> = outputOf("getSegments");
