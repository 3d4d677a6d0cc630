// One row for each writable field of a segment: a value that a program declares, and what a colleague makes of it.

import { isRecord, type Shape, shapeOf } from "../../provider/core/shape.ts";
import { segmentInputs } from "../../provider/nsx/segmentInputs.ts";
import type { NsxSegmentInputs, SegmentAdvancedConfig, SegmentDhcpConfig } from "../../provider/nsx/segmentTypes.ts";
import { snakeCase } from "../../provider/nsx/wire.ts";
import type { NsxSimulator } from "../../simulators/nsx/index.ts";

export interface FieldCase {
  readonly declared: NsxSegmentInputs;
  /** The same with another value of that one field. */
  readonly changed: NsxSegmentInputs;
}

const point = "/infra/sites/default/enforcement-points/default";

/** What fields refer to, made before the segments. */
export const neighbours: Readonly<Record<string, Record<string, unknown>>> = {
  "/infra/tier-1s/t1-other": { tier0_path: "/infra/tier-0s/t0" },
  [`${point}/transport-zones/overlay-2`]: { tz_type: "OVERLAY_BACKED" },
  [`${point}/transport-zones/vlan-2`]: { tz_type: "VLAN_BACKED" },
  [`${point}/edge-bridge-profiles/bridge-1`]: {},
  [`${point}/edge-bridge-profiles/bridge-2`]: {},
  "/infra/dhcp-server-configs/dhcp-2": { server_addresses: ["100.96.1.1/30"] },
  "/infra/metadata-proxies/proxy-1": {},
  "/infra/metadata-proxies/proxy-2": {},
  "/infra/evpn-tenant-configs/tenant-1": {},
  "/infra/evpn-tenant-configs/tenant-2": {},
  "/infra/ip-pools/pool-1": {},
  "/infra/ip-pools/pool-2": {},
  "/infra/ipv6-ndra-profiles/ndra-1": {},
  "/infra/ipv6-ndra-profiles/ndra-2": {},
};

const field = <Key extends keyof NsxSegmentInputs>(
  key: Key,
  declared: NsxSegmentInputs[Key],
  changed: NsxSegmentInputs[Key],
): FieldCase => ({ declared: { [key]: declared }, changed: { [key]: changed } });

const advanced = (declared: SegmentAdvancedConfig, changed: SegmentAdvancedConfig) =>
  field("advancedConfig", declared, changed);

const dhcp4 = (declared: SegmentDhcpConfig, changed: SegmentDhcpConfig) => {
  const gatewayAddress = "10.1.0.1/24";
  return field("subnets", [{ gatewayAddress, dhcpConfig: declared }], [{ gatewayAddress, dhcpConfig: changed }]);
};

const dhcp6 = (declared: SegmentDhcpConfig, changed: SegmentDhcpConfig) => {
  const gatewayAddress = "2001:db8::1/64";
  return field("subnets", [{ gatewayAddress, dhcpConfig: declared }], [{ gatewayAddress, dhcpConfig: changed }]);
};

const route = (network: string, nextHop: string): SegmentDhcpConfig => ({
  options: { option121: { staticRoutes: [{ network, nextHop }] } },
});
const option = (code: number, ...values: string[]): SegmentDhcpConfig => ({ options: { others: [{ code, values }] } });

const policy = (nexthopAddress: string, list: string): SegmentAdvancedConfig => ({
  localEgressRoutingPolicies: [{ nexthopAddress, prefixListPaths: [`/infra/tier-0s/t0/prefix-lists/${list}`] }],
});

const bridge = {
  bridgeProfilePath: `${point}/edge-bridge-profiles/bridge-1`,
  vlanTransportZonePath: `${point}/transport-zones/vlan-tz`,
};
const bridged = (declared: object, changed: object) =>
  field("bridgeProfiles", [{ ...bridge, ...declared }], [{ ...bridge, ...changed }]);

const binding = { ipAddress: "10.1.0.5", macAddress: "20:f3:75:5e:47:f0", vlanId: 7 };
const bound = (changed: object) => field("addressBindings", [binding], [{ ...binding, ...changed }]);

const subnet = { gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.10-10.1.0.20"] };

/** By the field's path, `[]` for the elements of a list. */
export const fieldCases: Readonly<Record<string, FieldCase>> = {
  displayName: field("displayName", "web", "web 2"),
  description: field("description", "ours", "theirs"),
  "tags[].scope": field("tags", [{ scope: "env", tag: "prod" }], [{ scope: "owner", tag: "prod" }]),
  "tags[].tag": field("tags", [{ scope: "env", tag: "prod" }], [{ scope: "env", tag: "test" }]),
  transportZonePath: field(
    "transportZonePath",
    `${point}/transport-zones/overlay-tz`,
    `${point}/transport-zones/overlay-2`,
  ),
  connectivityPath: field("connectivityPath", "/infra/tier-1s/t1-web", "/infra/tier-1s/t1-other"),
  "subnets[].gatewayAddress": field("subnets", [subnet], [{ ...subnet, gatewayAddress: "10.1.0.2/24" }]),
  "subnets[].dhcpRanges": field("subnets", [subnet], [{ ...subnet, dhcpRanges: [...subnet.dhcpRanges, "10.1.0.30"] }]),
  "subnets[].dhcpConfig.serverAddress": dhcp4({ serverAddress: "10.1.0.2/24" }, { serverAddress: "10.1.0.3/24" }),
  "subnets[].dhcpConfig.dnsServers": dhcp4(
    { dnsServers: ["10.0.0.1", "10.0.0.2"] },
    { dnsServers: ["10.0.0.2", "10.0.0.1"] },
  ),
  "subnets[].dhcpConfig.leaseTime": dhcp4({ leaseTime: 3600 }, { leaseTime: 7200 }),
  "subnets[].dhcpConfig.options.option121.staticRoutes[].network": dhcp4(
    route("10.2.0.0/16", "10.1.0.9"),
    route("10.3.0.0/16", "10.1.0.9"),
  ),
  "subnets[].dhcpConfig.options.option121.staticRoutes[].nextHop": dhcp4(
    route("10.2.0.0/16", "10.1.0.9"),
    route("10.2.0.0/16", "10.1.0.8"),
  ),
  "subnets[].dhcpConfig.options.others[].code": dhcp4(option(42, "10.0.0.1"), option(43, "10.0.0.1")),
  "subnets[].dhcpConfig.options.others[].values": dhcp4(option(42, "10.0.0.1"), option(42, "10.0.0.2")),
  "subnets[].dhcpConfig.excludedRanges": dhcp6(
    { excludedRanges: ["2001:db8::10"] },
    { excludedRanges: ["2001:db8::11"] },
  ),
  "subnets[].dhcpConfig.sntpServers": dhcp6({ sntpServers: ["2001:db8::20"] }, { sntpServers: ["2001:db8::21"] }),
  "subnets[].dhcpConfig.preferredTime": dhcp6({ preferredTime: 3600 }, { preferredTime: 7200 }),
  "subnets[].dhcpConfig.domainNames": dhcp6({ domainNames: ["a.example"] }, { domainNames: ["b.example"] }),
  vlanIds: {
    declared: { transportZonePath: `${point}/transport-zones/vlan-tz`, vlanIds: ["100", "200-210"] },
    changed: { transportZonePath: `${point}/transport-zones/vlan-tz`, vlanIds: ["100", "200-211"] },
  },
  overlayId: field("overlayId", 70_001, 70_002),
  adminState: field("adminState", "UP", "DOWN"),
  replicationMode: field("replicationMode", "MTEP", "SOURCE"),
  domainName: field("domainName", "a.example", "b.example"),
  dhcpConfigPath: field(
    "dhcpConfigPath",
    "/infra/dhcp-server-configs/dhcp-server",
    "/infra/dhcp-server-configs/dhcp-2",
  ),
  "advancedConfig.connectivity": advanced({ connectivity: "ON" }, { connectivity: "OFF" }),
  "advancedConfig.addressPoolPaths": advanced(
    { addressPoolPaths: ["/infra/ip-pools/pool-1"] },
    { addressPoolPaths: ["/infra/ip-pools/pool-2"] },
  ),
  "advancedConfig.hybrid": advanced({ hybrid: false }, { hybrid: true }),
  "advancedConfig.interRouter": advanced({ interRouter: false }, { interRouter: true }),
  "advancedConfig.localEgress": advanced({ localEgress: true }, { localEgress: false }),
  "advancedConfig.localEgressRoutingPolicies[].nexthopAddress": advanced(
    policy("10.0.0.1", "a"),
    policy("10.0.0.2", "a"),
  ),
  "advancedConfig.localEgressRoutingPolicies[].prefixListPaths": advanced(
    policy("10.0.0.1", "a"),
    policy("10.0.0.1", "b"),
  ),
  "advancedConfig.multicast": advanced({ multicast: true }, { multicast: false }),
  "advancedConfig.ndraProfilePath": advanced(
    { ndraProfilePath: "/infra/ipv6-ndra-profiles/ndra-1" },
    { ndraProfilePath: "/infra/ipv6-ndra-profiles/ndra-2" },
  ),
  "advancedConfig.nodeLocalSwitch": advanced({ nodeLocalSwitch: true }, { nodeLocalSwitch: false }),
  "advancedConfig.originId": advanced({ originId: "dvpg-1" }, { originId: "dvpg-2" }),
  // There is only one value, so it is taken away.
  "advancedConfig.originType": advanced({ originType: "VCENTER" }, {}),
  "advancedConfig.uplinkTeamingPolicyName": advanced(
    { uplinkTeamingPolicyName: "a" },
    { uplinkTeamingPolicyName: "b" },
  ),
  "advancedConfig.urpfMode": advanced({ urpfMode: "STRICT" }, { urpfMode: "NONE" }),
  "l2Extension.l2vpnPaths": field(
    "l2Extension",
    { l2vpnPaths: ["/infra/l2vpns/a"] },
    { l2vpnPaths: ["/infra/l2vpns/b"] },
  ),
  "l2Extension.localEgress.optimizedIps": field(
    "l2Extension",
    { localEgress: { optimizedIps: ["10.0.0.1"] } },
    { localEgress: { optimizedIps: ["10.0.0.2"] } },
  ),
  "l2Extension.tunnelId": field("l2Extension", { tunnelId: 5 }, { tunnelId: 6 }),
  "bridgeProfiles[].bridgeProfilePath": bridged({}, { bridgeProfilePath: `${point}/edge-bridge-profiles/bridge-2` }),
  "bridgeProfiles[].vlanTransportZonePath": bridged({}, { vlanTransportZonePath: `${point}/transport-zones/vlan-2` }),
  "bridgeProfiles[].vlanIds": bridged({ vlanIds: ["10"] }, { vlanIds: ["11"] }),
  "bridgeProfiles[].uplinkTeamingPolicyName": bridged(
    { uplinkTeamingPolicyName: "a" },
    { uplinkTeamingPolicyName: "b" },
  ),
  metadataProxyPaths: field(
    "metadataProxyPaths",
    ["/infra/metadata-proxies/proxy-1"],
    ["/infra/metadata-proxies/proxy-2"],
  ),
  macPoolId: field("macPoolId", "pool-1", "pool-2"),
  "extraConfigs[].configPair.key": field(
    "extraConfigs",
    [{ configPair: { key: "a", value: "1" } }],
    [{ configPair: { key: "b", value: "1" } }],
  ),
  "extraConfigs[].configPair.value": field(
    "extraConfigs",
    [{ configPair: { key: "a", value: "1" } }],
    [{ configPair: { key: "a", value: "2" } }],
  ),
  evpnTenantConfigPath: field(
    "evpnTenantConfigPath",
    "/infra/evpn-tenant-configs/tenant-1",
    "/infra/evpn-tenant-configs/tenant-2",
  ),
  "addressBindings[].ipAddress": bound({ ipAddress: "10.1.0.6" }),
  "addressBindings[].macAddress": bound({ macAddress: "20:f3:75:5e:47:f1" }),
  "addressBindings[].vlanId": bound({ vlanId: 8 }),
};

/** Arguments that say where the segment lies or steer the provider: nobody can change them on the object. */
const notOfTheObject = new Set(["segmentId", "tier1Path", "projectPath", "adopt", "waitForRealization"]);

/** Every field that the schema has on the object, as the rows above are named. */
export function writableFields(): string[] {
  const leaves = (shape: Shape, path: string): string[] => {
    if (shape.kind === "list") return shape.element.kind === "value" ? [path] : leaves(shape.element, `${path}[]`);
    if (shape.kind !== "object") return [path];
    return Object.entries(shape.fields).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
  };
  return leaves(shapeOf(segmentInputs), "").filter((path) => !notOfTheObject.has(path));
}

/** A colleague sets these arguments on a segment, in another program; marks that others left stay. */
export function changeByHand({ control }: NsxSimulator, path: string, args: NsxSegmentInputs): void {
  const marks = ((control.object(path)?.tags ?? []) as { scope: string }[]).filter(
    ({ scope }) => scope === "pulumi.owner",
  );
  const body = wireOf(args) as { tags?: object[] };
  if (body.tags) body.tags.push(...marks);
  if (args.transportZonePath && args.transportZonePath !== control.object(path)?.transport_zone_path) {
    // NSX changes the zone of no segment, so somebody who wants another one makes the segment anew.
    control.delete(path, "alice");
  }
  control.change(path, body, "alice");
}

function wireOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wireOf);
  if (!isRecord(value)) return value;
  const wire = Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), wireOf(inner)]));
  if (!isRecord(wire.dhcp_config)) return wire;
  const family = String(wire.gateway_address).includes(":") ? 6 : 4;
  return { ...wire, dhcp_config: { resource_type: `SegmentDhcpV${family}Config`, ...wire.dhcp_config } };
}
