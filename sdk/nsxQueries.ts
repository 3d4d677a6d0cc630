// Objects of NSX by name: what a program would otherwise copy paths of.
import type {
  DhcpServerCriteria,
  EdgeClusterCriteria,
  FoundObject,
  GroupCriteria,
  ProjectCriteria,
  QueriedDhcpServer,
  QueriedEdgeCluster,
  QueriedGroup,
  QueriedProject,
  QueriedSegment,
  QueriedSegmentState,
  QueriedService,
  QueriedTier0Gateway,
  QueriedTier1Gateway,
  QueriedTransportZone,
  SearchCriteria,
  SegmentCriteria,
  SegmentStateCriteria,
  ServiceCriteria,
  Tier0GatewayCriteria,
  Tier1GatewayCriteria,
  TransportZoneCriteria,
} from "../provider/nsx/queryTypes.ts";
import { type Get, type GetAll, type GetAllOutput, type GetOutput, outputOf, queryOf } from "./query.ts";

export type {
  DhcpServerCriteria,
  EdgeClusterCriteria,
  FoundObject,
  GroupCriteria,
  ProjectCriteria,
  QueriedDhcpServer,
  QueriedEdgeCluster,
  QueriedGroup,
  QueriedObject,
  QueriedProject,
  QueriedSegment,
  QueriedSegmentState,
  QueriedService,
  QueriedTag,
  QueriedTier0Gateway,
  QueriedTier1Gateway,
  QueriedTransportZone,
  SearchCriteria,
  SegmentCriteria,
  SegmentStateCriteria,
  ServiceCriteria,
  Tier0GatewayCriteria,
  Tier1GatewayCriteria,
  TransportZoneCriteria,
} from "../provider/nsx/queryTypes.ts";

/**
 * A transport zone: hosts and edge nodes in it have the same segments. Projects have none of their own. Exactly one must fit the criteria, of which at least one must be given.
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
export const getTransportZones: GetAll<TransportZoneCriteria, QueriedTransportZone[]> = queryOf("getTransportZones");

/**
 * {@link getTransportZones} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const zones = getTransportZonesOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTransportZonesOutput: GetAllOutput<TransportZoneCriteria, QueriedTransportZone[]> =
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
export const getTier1Gateways: GetAll<Tier1GatewayCriteria, QueriedTier1Gateway[]> = queryOf("getTier1Gateways");

/**
 * {@link getTier1Gateways} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const gateways = getTier1GatewaysOutput({ tag: { scope: "tenant", tag: "shop" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTier1GatewaysOutput: GetAllOutput<Tier1GatewayCriteria, QueriedTier1Gateway[]> =
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
export const getTier0Gateways: GetAll<Tier0GatewayCriteria, QueriedTier0Gateway[]> = queryOf("getTier0Gateways");

/**
 * {@link getTier0Gateways} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const gateways = getTier0GatewaysOutput({ tag: { scope: "site", tag: "dc1" } }).apply((all) => all.map(({ path }) => path));
 */
export const getTier0GatewaysOutput: GetAllOutput<Tier0GatewayCriteria, QueriedTier0Gateway[]> =
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
 * Those under a tier-1 (fixed segments) are not among them; `path` finds one.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const segments = await getSegments({ tag: { scope: "env", tag: "prod" } });
 */
export const getSegments: GetAll<SegmentCriteria, QueriedSegment[]> = queryOf("getSegments");

/**
 * {@link getSegments} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const segments = getSegmentsOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getSegmentsOutput: GetAllOutput<SegmentCriteria, QueriedSegment[]> = outputOf("getSegments");

/**
 * An edge cluster, on which gateways and DHCP servers run. Projects have none of their own. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const cluster = await getEdgeCluster({ displayName: "edge-cluster" });
 * export const edgeClusterPath = cluster.path;
 */
export const getEdgeCluster: Get<EdgeClusterCriteria, QueriedEdgeCluster> = queryOf("getEdgeCluster");

/**
 * {@link getEdgeCluster} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const edgeClusterPath = getEdgeClusterOutput({ displayName: "edge-cluster" }).path;
 */
export const getEdgeClusterOutput: GetOutput<EdgeClusterCriteria, QueriedEdgeCluster> = outputOf("getEdgeCluster");

/**
 * All edge clusters that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const clusters = await getEdgeClusters({ tag: { scope: "site", tag: "dc1" } });
 */
export const getEdgeClusters: GetAll<EdgeClusterCriteria, QueriedEdgeCluster[]> = queryOf("getEdgeClusters");

/**
 * {@link getEdgeClusters} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const clusters = getEdgeClustersOutput({ tag: { scope: "site", tag: "dc1" } }).apply((all) => all.map(({ path }) => path));
 */
export const getEdgeClustersOutput: GetAllOutput<EdgeClusterCriteria, QueriedEdgeCluster[]> =
  outputOf("getEdgeClusters");

/**
 * A group of a domain, which firewall rules name. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const group = await getGroup({ displayName: "web-servers" });
 * export const source = group.path;
 */
export const getGroup: Get<GroupCriteria, QueriedGroup> = queryOf("getGroup");

/**
 * {@link getGroup} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const source = getGroupOutput({ displayName: "web-servers" }).path;
 */
export const getGroupOutput: GetOutput<GroupCriteria, QueriedGroup> = outputOf("getGroup");

/**
 * All groups of the domain that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const groups = await getGroups({ tag: { scope: "env", tag: "prod" } });
 */
export const getGroups: GetAll<GroupCriteria, QueriedGroup[]> = queryOf("getGroups");

/**
 * {@link getGroups} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const groups = getGroupsOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getGroupsOutput: GetAllOutput<GroupCriteria, QueriedGroup[]> = outputOf("getGroups");

/**
 * A service: protocol and ports, which firewall rules name. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const https = await getService({ displayName: "HTTPS", isDefault: true });
 * export const service = https.path;
 */
export const getService: Get<ServiceCriteria, QueriedService> = queryOf("getService");

/**
 * {@link getService} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const service = getServiceOutput({ displayName: "HTTPS", isDefault: true }).path;
 */
export const getServiceOutput: GetOutput<ServiceCriteria, QueriedService> = outputOf("getService");

/**
 * All services that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const services = await getServices({ tag: { scope: "team", tag: "shop" } });
 */
export const getServices: GetAll<ServiceCriteria, QueriedService[]> = queryOf("getServices");

/**
 * {@link getServices} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const services = getServicesOutput({ tag: { scope: "team", tag: "shop" } }).apply((all) => all.map(({ path }) => path));
 */
export const getServicesOutput: GetAllOutput<ServiceCriteria, QueriedService[]> = outputOf("getServices");

/**
 * A DHCP server's profile, which segments name so that it serves them. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const server = await getDhcpServer({ displayName: "dhcp-server" });
 * new NsxSegment("web", { dhcpConfigPath: server.path });
 */
export const getDhcpServer: Get<DhcpServerCriteria, QueriedDhcpServer> = queryOf("getDhcpServer");

/**
 * {@link getDhcpServer} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NsxSegment("web", { dhcpConfigPath: getDhcpServerOutput({ displayName: "dhcp-server" }).path });
 */
export const getDhcpServerOutput: GetOutput<DhcpServerCriteria, QueriedDhcpServer> = outputOf("getDhcpServer");

/**
 * All DHCP servers that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const servers = await getDhcpServers({ tag: { scope: "env", tag: "prod" } });
 */
export const getDhcpServers: GetAll<DhcpServerCriteria, QueriedDhcpServer[]> = queryOf("getDhcpServers");

/**
 * {@link getDhcpServers} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const servers = getDhcpServersOutput({ tag: { scope: "env", tag: "prod" } }).apply((all) => all.map(({ path }) => path));
 */
export const getDhcpServersOutput: GetAllOutput<DhcpServerCriteria, QueriedDhcpServer[]> = outputOf("getDhcpServers");

/**
 * A project of the organization `default`. Older releases of NSX have none. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const project = await getProject({ displayName: "dev" });
 * new NsxSegment("web", { projectPath: project.path });
 */
export const getProject: Get<ProjectCriteria, QueriedProject> = queryOf("getProject");

/**
 * {@link getProject} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NsxSegment("web", { projectPath: getProjectOutput({ displayName: "dev" }).path });
 */
export const getProjectOutput: GetOutput<ProjectCriteria, QueriedProject> = outputOf("getProject");

/**
 * All projects that fit the criteria, in the order of their paths; without criteria all that the account may see.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * const projects = await getProjects({ tag: { scope: "team", tag: "shop" } });
 */
export const getProjects: GetAll<ProjectCriteria, QueriedProject[]> = queryOf("getProjects");

/**
 * {@link getProjects} for criteria that are outputs of other resources.
 *
 * @throws where the place to look in does not exist, or the list cannot be read as a whole
 * @example
 * export const projects = getProjectsOutput({ tag: { scope: "team", tag: "shop" } }).apply((all) => all.map(({ path }) => path));
 */
export const getProjectsOutput: GetAllOutput<ProjectCriteria, QueriedProject[]> = outputOf("getProjects");

/**
 * How far NSX is with a segment, as it says right now, and its alarms. Nothing is waited for: `NsxSegment` waits by itself.
 *
 * @throws where there is no such segment
 * @example
 * const { state, alarms } = await getSegmentState({ path: "/infra/segments/web" });
 * if (state !== "success") throw new Error(alarms.join("; "));
 */
export const getSegmentState: Get<SegmentStateCriteria, QueriedSegmentState> = queryOf("getSegmentState");

/**
 * {@link getSegmentState} for a path that is an output of another resource.
 *
 * @throws where there is no such segment: then the run fails
 * @example
 * export const state = getSegmentStateOutput({ path: web.path }).state;
 */
export const getSegmentStateOutput: GetOutput<SegmentStateCriteria, QueriedSegmentState> = outputOf("getSegmentState");

/**
 * Everything that NSX's search finds, of whatever kind, in the order of the paths. Its index is some seconds behind: what has
 * just been made may not be found yet, and what is deleted may be. Where a kind has a query of its own, that one knows better.
 *
 * @throws where the query cannot be understood, or finds 50,000 objects or more, which is all that NSX would show, or the
 *   list cannot be read as a whole
 * @example
 * const ports = await searchNsx({ query: "resource_type:SegmentPort AND tags.scope:vm" });
 */
export const searchNsx: Get<SearchCriteria, FoundObject[]> = queryOf("searchNsx");

/**
 * {@link searchNsx} for a query that is an output of other resources.
 *
 * @throws where the query cannot be understood, or the list cannot be read as a whole: then the run fails
 * @example
 * export const ports = searchNsxOutput({ query: pulumi.interpolate`parent_path:"${web.path}"` }).apply((all) => all.length);
 */
export const searchNsxOutput: GetOutput<SearchCriteria, FoundObject[]> = outputOf("searchNsx");
