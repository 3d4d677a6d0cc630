// Objects of NIM by name: what a program would otherwise copy uids of.
import type {
  AnalyzeConfigArgs,
  CertificateCriteria,
  ConfigAnalysis,
  EventCriteria,
  InstanceConfigCriteria,
  InstanceCriteria,
  InstanceGroupCriteria,
  MetricsCriteria,
  NetworkScan,
  NoCriteria,
  QueriedCertificate,
  QueriedConfig,
  QueriedEvent,
  QueriedFeature,
  QueriedInstance,
  QueriedInstanceGroup,
  QueriedMetric,
  QueriedMetricsCatalog,
  QueriedRole,
  QueriedServer,
  QueriedStagedConfig,
  QueriedSystem,
  QueriedUser,
  QueriedUserInfo,
  RoleCriteria,
  ScanNetworkArgs,
  ScannedServersCriteria,
  StagedConfigCriteria,
  SystemCriteria,
  UserCriteria,
} from "../provider/nim/queryTypes.ts";
import { type Get, type GetAll, type GetAllOutput, type GetOutput, outputOf, queryOf } from "./query.ts";

export type { GroupReference, InstanceReference } from "../provider/nim/instanceTypes.ts";
export type {
  AnalyzeConfigArgs,
  CertificateCriteria,
  ConfigAnalysis,
  ConfigFinding,
  EventCriteria,
  InstanceConfigCriteria,
  InstanceCriteria,
  InstanceGroupCriteria,
  MetricsCriteria,
  NetworkScan,
  NoCriteria,
  QueriedCatalogEntry,
  QueriedCertificate,
  QueriedConfig,
  QueriedContent,
  QueriedEvent,
  QueriedFeature,
  QueriedInstance,
  QueriedInstanceGroup,
  QueriedMetric,
  QueriedMetricsCatalog,
  QueriedRole,
  QueriedServer,
  QueriedStagedConfig,
  QueriedSystem,
  QueriedUser,
  QueriedUserInfo,
  RoleCriteria,
  ScanNetworkArgs,
  ScannedServersCriteria,
  StagedConfigCriteria,
  SystemCriteria,
  UserCriteria,
} from "../provider/nim/queryTypes.ts";

/**
 * A host that runs an agent. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const system = await getSystem({ hostname: "web-1" });
 * export const tags = system.tags;
 */
export const getSystem: Get<SystemCriteria, QueriedSystem> = queryOf("getSystem");

/**
 * {@link getSystem} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const uid = getSystemOutput({ hostname: "web-1" }).uid;
 */
export const getSystemOutput: GetOutput<SystemCriteria, QueriedSystem> = outputOf("getSystem");

/**
 * All systems that fit the criteria, in the order of their host names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const systems = await getSystems({ tag: "env:prod" });
 */
export const getSystems: GetAll<SystemCriteria, QueriedSystem[]> = queryOf("getSystems");

/**
 * {@link getSystems} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getSystemsOutput({ tag: "env:prod" }).apply((found) => found.map(({ uid }) => uid));
 */
export const getSystemsOutput: GetAllOutput<SystemCriteria, QueriedSystem[]> = outputOf("getSystems");

/**
 * An nginx; as it is, it fits `instance` of a {@link NginxConfig}. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const web = await getInstance({ hostname: "web-1" });
 * new NginxConfig("web", { instance: web, files: { "/etc/nginx/nginx.conf": config } });
 */
export const getInstance: Get<InstanceCriteria, QueriedInstance> = queryOf("getInstance");

/**
 * {@link getInstance} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NginxConfig("web", { instance: getInstanceOutput({ hostname: "web-1" }), files: { "/etc/nginx/nginx.conf": config } });
 */
export const getInstanceOutput: GetOutput<InstanceCriteria, QueriedInstance> = outputOf("getInstance");

/**
 * All instances that fit the criteria, in the order of their host names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const instances = await getInstances({ instanceGroupName: "web", state: "online" });
 */
export const getInstances: GetAll<InstanceCriteria, QueriedInstance[]> = queryOf("getInstances");

/**
 * {@link getInstances} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getInstancesOutput({ instanceGroupName: "web", state: "online" }).apply((found) => found.map(({ instanceUid }) => instanceUid));
 */
export const getInstancesOutput: GetAllOutput<InstanceCriteria, QueriedInstance[]> = outputOf("getInstances");

/**
 * An instance group, whose `uid` is what `instanceGroup` of a {@link NginxConfig} takes. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const group = await getInstanceGroup({ name: "web" });
 * new NginxConfig("web", { instanceGroup: group.uid, files: { "/etc/nginx/nginx.conf": config } });
 */
export const getInstanceGroup: Get<InstanceGroupCriteria, QueriedInstanceGroup> = queryOf("getInstanceGroup");

/**
 * {@link getInstanceGroup} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * new NginxConfig("web", { instanceGroup: getInstanceGroupOutput({ name: "web" }).uid, files: { "/etc/nginx/nginx.conf": config } });
 */
export const getInstanceGroupOutput: GetOutput<InstanceGroupCriteria, QueriedInstanceGroup> =
  outputOf("getInstanceGroup");

/**
 * All instance groups that fit the criteria, in the order of their names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const groups = await getInstanceGroups({ displayName: "Web" });
 */
export const getInstanceGroups: GetAll<InstanceGroupCriteria, QueriedInstanceGroup[]> = queryOf("getInstanceGroups");

/**
 * {@link getInstanceGroups} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getInstanceGroupsOutput({ displayName: "Web" }).apply((found) => found.map(({ uid }) => uid));
 */
export const getInstanceGroupsOutput: GetAllOutput<InstanceGroupCriteria, QueriedInstanceGroup[]> =
  outputOf("getInstanceGroups");

/**
 * A config that is kept in NIM until somebody publishes it, without its files. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const staged = await getStagedConfig({ name: "shop" });
 * export const uid = staged.uid;
 */
export const getStagedConfig: Get<StagedConfigCriteria, QueriedStagedConfig> = queryOf("getStagedConfig");

/**
 * {@link getStagedConfig} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const staged = getStagedConfigOutput({ name: "shop" }).uid;
 */
export const getStagedConfigOutput: GetOutput<StagedConfigCriteria, QueriedStagedConfig> = outputOf("getStagedConfig");

/**
 * All staged configs that fit the criteria, in the order of their names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const configs = await getStagedConfigs({ name: "shop" });
 */
export const getStagedConfigs: GetAll<StagedConfigCriteria, QueriedStagedConfig[]> = queryOf("getStagedConfigs");

/**
 * {@link getStagedConfigs} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getStagedConfigsOutput({ name: "shop" }).apply((found) => found.map(({ uid }) => uid));
 */
export const getStagedConfigsOutput: GetAllOutput<StagedConfigCriteria, QueriedStagedConfig[]> =
  outputOf("getStagedConfigs");

/**
 * A certificate that NIM has, never with its key. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const certificate = await getCertificate({ name: "shop" });
 * export const expires = certificate.notAfter;
 */
export const getCertificate: Get<CertificateCriteria, QueriedCertificate> = queryOf("getCertificate");

/**
 * {@link getCertificate} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const expires = getCertificateOutput({ name: "shop" }).notAfter;
 */
export const getCertificateOutput: GetOutput<CertificateCriteria, QueriedCertificate> = outputOf("getCertificate");

/**
 * All certificates that fit the criteria, in the order of their names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const certificates = await getCertificates({ expiresWithinDays: 30 });
 */
export const getCertificates: GetAll<CertificateCriteria, QueriedCertificate[]> = queryOf("getCertificates");

/**
 * {@link getCertificates} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getCertificatesOutput({ expiresWithinDays: 30 }).apply((found) => found.map(({ name }) => name));
 */
export const getCertificatesOutput: GetAllOutput<CertificateCriteria, QueriedCertificate[]> =
  outputOf("getCertificates");

/**
 * A role that this stack does not manage. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const role = await getRole({ name: "operators" });
 * export const features = role.permissions.map(({ feature }) => feature);
 */
export const getRole: Get<RoleCriteria, QueriedRole> = queryOf("getRole");

/**
 * {@link getRole} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const users = getRoleOutput({ name: "operators" }).users;
 */
export const getRoleOutput: GetOutput<RoleCriteria, QueriedRole> = outputOf("getRole");

/**
 * All roles that fit the criteria, in the order of their names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const roles = await getRoles({});
 */
export const getRoles: GetAll<RoleCriteria, QueriedRole[]> = queryOf("getRoles");

/**
 * {@link getRoles} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getRolesOutput({}).apply((found) => found.map(({ name }) => name));
 */
export const getRolesOutput: GetAllOutput<RoleCriteria, QueriedRole[]> = outputOf("getRoles");

/**
 * A user, by the login. Exactly one must fit the criteria, of which at least one must be given.
 *
 * @throws where none or several fit, with what there is, and what tells those apart
 * @example
 * const user = await getUser({ name: "maria" });
 * export const roles = user.roles;
 */
export const getUser: Get<UserCriteria, QueriedUser> = queryOf("getUser");

/**
 * {@link getUser} for criteria that are outputs of other resources.
 *
 * @throws where none or several fit: then the run fails
 * @example
 * export const roles = getUserOutput({ name: "maria" }).roles;
 */
export const getUserOutput: GetOutput<UserCriteria, QueriedUser> = outputOf("getUser");

/**
 * All users that fit the criteria, in the order of their names; without criteria all that the account may see.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const users = await getUsers({});
 */
export const getUsers: GetAll<UserCriteria, QueriedUser[]> = queryOf("getUsers");

/**
 * {@link getUsers} for criteria that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const all = getUsersOutput({}).apply((found) => found.map(({ name }) => name));
 */
export const getUsersOutput: GetAllOutput<UserCriteria, QueriedUser[]> = outputOf("getUsers");

/**
 * The config of an instance or of an instance group, now or as it was published from a commit. Private keys among its files are left out and named.
 *
 * @throws where there is no such instance or group, or no config of that commit
 * @example
 * const { files } = await getInstanceConfig({ instance: await getInstance({ hostname: "web-1" }) });
 * export const main = files["/etc/nginx/nginx.conf"];
 */
export const getInstanceConfig: Get<InstanceConfigCriteria, QueriedConfig> = queryOf("getInstanceConfig");

/**
 * {@link getInstanceConfig} for arguments that are outputs of other resources.
 *
 * @throws where there is no such instance or group, or no config of that commit
 * @example
 * export const commit = getInstanceConfigOutput({ instanceGroup: group.uid }).externalId;
 */
export const getInstanceConfigOutput: GetOutput<InstanceConfigCriteria, QueriedConfig> = outputOf("getInstanceConfig");

/**
 * What roles give permission for, as this release of NIM has it.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const ids = (await getFeatures({})).map(({ id }) => id);
 */
export const getFeatures: GetAll<NoCriteria, QueriedFeature[]> = queryOf("getFeatures");

/**
 * {@link getFeatures} for arguments that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const ids = getFeaturesOutput({}).apply((all) => all.map(({ id }) => id));
 */
export const getFeaturesOutput: GetAllOutput<NoCriteria, QueriedFeature[]> = outputOf("getFeatures");

/**
 * Whom NIM takes this program for.
 *
 * @throws where NIM answers nothing of the kind
 * @example
 * const { name, roles } = await getUserInfo({});
 */
export const getUserInfo: GetAll<NoCriteria, QueriedUserInfo> = queryOf("getUserInfo");

/**
 * {@link getUserInfo} for arguments that are outputs of other resources.
 *
 * @throws where NIM answers nothing of the kind
 * @example
 * export const name = getUserInfoOutput({}).name;
 */
export const getUserInfoOutput: GetAllOutput<NoCriteria, QueriedUserInfo> = outputOf("getUserInfo");

/**
 * What happened, such as publishes that failed.
 *
 * @throws where the list cannot be read as a whole, or NIM does not understand the filter
 * @example
 * const failures = await getEvents({ filter: "status='Config Apply Failure'", startTime: "now-1d", orderBy: "timestamp DESC", limit: 10 });
 */
export const getEvents: GetAll<EventCriteria, QueriedEvent[]> = queryOf("getEvents");

/**
 * {@link getEvents} for arguments that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole, or NIM does not understand the filter
 * @example
 * export const last = getEventsOutput({ orderBy: "timestamp DESC", limit: 1 }).apply(([event]) => event?.message);
 */
export const getEventsOutput: GetAllOutput<EventCriteria, QueriedEvent[]> = outputOf("getEvents");

/**
 * What agents have measured.
 *
 * @throws where the catalog has no such metric, with the nearest, or NIM does not understand the filter
 * @example
 * const [requests] = await getMetrics({ names: ["SUM(nginx.http.request.count)"], startTime: "now-12h", groupBy: ["hostname"] });
 */
export const getMetrics: Get<MetricsCriteria, QueriedMetric[]> = queryOf("getMetrics");

/**
 * {@link getMetrics} for arguments that are outputs of other resources.
 *
 * @throws where the catalog has no such metric, with the nearest, or NIM does not understand the filter
 * @example
 * export const requests = getMetricsOutput({ names: ["nginx.http.request.count"] }).apply(([metric]) => metric?.series);
 */
export const getMetricsOutput: GetOutput<MetricsCriteria, QueriedMetric[]> = outputOf("getMetrics");

/**
 * The metrics and dimensions that {@link getMetrics} can be asked for.
 *
 * @throws where a list cannot be read as a whole
 * @example
 * const { metrics, dimensions } = await getMetricsCatalog({});
 */
export const getMetricsCatalog: GetAll<NoCriteria, QueriedMetricsCatalog> = queryOf("getMetricsCatalog");

/**
 * {@link getMetricsCatalog} for arguments that are outputs of other resources.
 *
 * @throws where a list cannot be read as a whole
 * @example
 * export const names = getMetricsCatalogOutput({}).apply(({ metrics }) => metrics.map(({ name }) => name));
 */
export const getMetricsCatalogOutput: GetAllOutput<NoCriteria, QueriedMetricsCatalog> = outputOf("getMetricsCatalog");

/**
 * What scans of the network have found, and whether NIM manages it, as far as that can be told. {@link scanNetwork} begins one.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * const strangers = await getScannedServers({ isManaged: false });
 */
export const getScannedServers: GetAll<ScannedServersCriteria, QueriedServer[]> = queryOf("getScannedServers");

/**
 * {@link getScannedServers} for arguments that are outputs of other resources.
 *
 * @throws where the list cannot be read as a whole
 * @example
 * export const strangers = getScannedServersOutput({ isManaged: false }).apply((all) => all.map(({ network }) => network));
 */
export const getScannedServersOutput: GetAllOutput<ScannedServersCriteria, QueriedServer[]> =
  outputOf("getScannedServers");

/**
 * Has NIM scan networks for nginx, from its own host, and gives what it then knows of servers there. It is work that NIM does, and
 * not only a question: it runs in *each* preview and each `up` of a program that calls it. Each network is one
 * scan, and all of them have to end within `nim:timeout`; how to stop one is not public. What earlier scans have found,
 * {@link getScannedServers} gives without another one.
 *
 * @throws before anything is sent for no network, an address or port that is given twice, and a network wider than a /20
 * without `yesAll`; else where a scan has no answer, which says whether NIM may still be scanning
 * @example
 * const { servers } = await scanNetwork({ cidr: "10.0.0.0/24", ports: [80, 443, "8000-8100"], isManaged: false });
 * export const weak = servers.filter(({ cves }) => cves.length > 0).map(({ network }) => network);
 */
export const scanNetwork: Get<ScanNetworkArgs, NetworkScan> = queryOf("scanNetwork");

/**
 * {@link scanNetwork} for arguments that are outputs of other resources; it scans in each preview that knows them, and each `up`.
 *
 * @throws where {@link scanNetwork} does: then the run fails
 * @example
 * export const strangers = scanNetworkOutput({ cidr: ["10.0.0.0/24", "10.0.7.5"], isManaged: false }).servers;
 */
export const scanNetworkOutput: GetOutput<ScanNetworkArgs, NetworkScan> = outputOf("scanNetwork");

/**
 * What NIM's analysis finds in a config: in one that is given as files, one that is staged, or the one that an instance or a group has
 * now. Nothing is published. A publish of a {@link NginxConfig} is analysed by itself (`analyze`); this is for what is not
 * published by this program, or not yet.
 *
 * @throws where NIM has no analysis, may not be asked, or answers something unknown; and where there is no such staged config,
 * instance or group
 * @example
 * const { findings } = await analyzeConfig({ files: { "/etc/nginx/nginx.conf": readFileSync("nginx.conf", "utf8") } });
 * const errors = findings.filter(({ severity }) => severity === "error");
 * if (errors.length > 0) throw new Error(errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
 */
export const analyzeConfig: Get<AnalyzeConfigArgs, ConfigAnalysis> = queryOf("analyzeConfig");

/**
 * {@link analyzeConfig} for arguments that are outputs of other resources, such as `ref` of a {@link StagedConfig}.
 *
 * @throws where {@link analyzeConfig} does: then the run fails
 * @example
 * export const findings = analyzeConfigOutput({ stagedConfig: staged.ref, instance: web }).findings;
 */
export const analyzeConfigOutput: GetOutput<AnalyzeConfigArgs, ConfigAnalysis> = outputOf("analyzeConfig");
