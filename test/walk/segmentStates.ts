// Programs of a segment by chance: every argument there or not, nested ones as well, lists of 0 to 3.
import type { Dice } from "./random.ts";
import type { Json, JsonObject } from "./shape.ts";

export type Program = JsonObject;
type Maker = (dice: Dice) => Json;
type Makers = Record<string, Maker>;

const points = "/infra/sites/default/enforcement-points/default";
export const overlayZone = `${points}/transport-zones/overlay-tz`;
export const otherZone = `${points}/transport-zones/overlay-2`;
export const vlanZone = `${points}/transport-zones/vlan-tz`;

/** What programs refer to, beyond what a fresh manager has. */
export const referredTo: Record<string, JsonObject> = {
  [otherZone]: { tz_type: "OVERLAY_BACKED", nested_nsx: false },
  "/infra/tier-1s/t1-2": {},
  "/infra/ip-pools/p1": {},
  "/infra/ip-pools/p2": {},
  "/infra/ipv6-ndra-profiles/n1": {},
  "/infra/metadata-proxies/m1": {},
  "/infra/metadata-proxies/m2": {},
  "/infra/dhcp-server-configs/d2": {},
  "/infra/evpn-tenant-configs/e1": {},
  ...Object.fromEntries(["b1", "b2", "b3"].map((id) => [`${points}/edge-bridge-profiles/${id}`, {}])),
};

const one =
  (...values: Json[]): Maker =>
  (dice) =>
    dice.pick(values);
const upTo =
  (most: number, ...values: Json[]): Maker =>
  (dice) =>
    dice.some(values, dice.chance(0.1) ? 0 : 1, most);

/** Some of these fields; at least `least` of them, for an object that is there says something. */
function object(makers: Makers, always: string[] = [], least = 1): Maker {
  return (dice) => {
    const names = Object.keys(makers).filter((name) => !always.includes(name));
    const chosen = [...always, ...dice.some(names, Math.max(0, least - always.length), names.length)];
    return Object.fromEntries(chosen.map((name) => [name, (makers[name] as Maker)(dice)]));
  };
}

const v6 = (end: number) =>
  one(`2001:db8::${end.toString(16)}`, `2001:0DB8:0:0:0:0:0:${end.toString(16).toUpperCase()}`);
// Two in all: NSX takes no more, and a third of somebody else's would be refused by it.
const dns4 = upTo(2, "10.0.0.53", "10.0.0.54");
const dhcpCommon = { leaseTime: one(86400, 3600, 7200) };

const dhcp4 = object({
  ...dhcpCommon,
  serverAddress: one("10.1.0.2/24", "10.1.0.3/24"),
  dnsServers: dns4,
  options: object({
    option121: (dice) => ({
      staticRoutes: dice.some(
        [
          { network: "10.9.0.0/16", nextHop: "10.1.0.9" },
          { network: "10.9.0.0/16", nextHop: "10.1.0.8" },
          { network: "10.8.0.0/16", nextHop: "10.1.0.9" },
        ],
        1,
        2,
      ),
    }),
    others: (dice) =>
      dice.some([15, 42, 66], 1, 3).map((code) => ({ code, values: dice.shuffled(["a", "b"]).slice(dice.below(2)) })),
  }),
});

const dhcp6 = object({
  ...dhcpCommon,
  serverAddress: one("2001:db8::2/64", "2001:DB8:0:0::2/64"),
  dnsServers: (dice) => dice.some([v6(0x53)(dice), v6(0x54)(dice)], 1, 2),
  excludedRanges: (dice) => dice.some(["2001:db8::20-2001:db8::2F", "2001:DB8::40"], 1, 2),
  sntpServers: (dice) => [v6(0x5a)(dice)],
  preferredTime: one(600, 1200),
  domainNames: upTo(2, "a.example", "b.example"),
});

const subnet4 = object(
  {
    gatewayAddress: one("10.1.0.1/24"),
    dhcpRanges: (dice) => dice.shuffled(dice.some(["10.1.0.32-10.1.0.63", "10.1.0.96", "10.1.0.128/28"], 1, 3)),
    dhcpConfig: dhcp4,
  },
  ["gatewayAddress"],
);
const subnet6 = object(
  {
    gatewayAddress: one("2001:db8::1/64", "2001:0DB8:0:0:0:0:0:1/64"),
    dhcpRanges: (dice) =>
      dice.shuffled([dice.pick(["2001:db8::100-2001:db8::1ff", "2001:DB8:0:0::0100-2001:DB8:0::01FF"])]),
    dhcpConfig: dhcp6,
  },
  ["gatewayAddress"],
);
const otherSubnet4 = object({ gatewayAddress: one("10.1.0.254/24"), dhcpConfig: dhcp4 }, ["gatewayAddress"]);

const binding: Maker = (dice) => {
  const [mac, ip] = dice.pick([
    ["20:f3:75:5e:47:f0", "10.1.0.40"],
    ["20:f3:75:5e:47:f1", "10.1.0.41"],
    ["20:f3:75:5e:47:f2", v6(0x40)(dice)],
  ] as const);
  const macAddress = dice.pick([mac, mac.toUpperCase(), mac.replaceAll(":", "-").toUpperCase()]);
  return { macAddress, ipAddress: ip, ...(dice.chance(0.3) && { vlanId: 7 }) };
};

const distinct =
  (maker: Maker, keyOf: (made: never) => string): Maker =>
  (dice) => {
    const made = Array.from({ length: dice.chance(0.1) ? 0 : 1 + dice.below(3) }, () => maker(dice));
    return [...new Map(made.map((each) => [keyOf(each as never), each])).values()];
  };

const advanced = {
  connectivity: one("ON", "OFF"),
  addressPoolPaths: upTo(1, "/infra/ip-pools/p1", "/infra/ip-pools/p2"),
  interRouter: one(false, true),
  localEgress: one(false, true),
  localEgressRoutingPolicies: (dice: Dice) =>
    dice
      .shuffled(["10.1.0.7", "10.1.0.8", "10.1.0.7"])
      .slice(dice.below(3))
      .map((nexthopAddress, i) => ({ nexthopAddress, prefixListPaths: [`/infra/tier-0s/t0/prefix-lists/l${i}`] })),
  multicast: one(true, false),
  ndraProfilePath: one("/infra/ipv6-ndra-profiles/n1"),
  nodeLocalSwitch: one(true, false),
  originId: one("vc-1", "vc-2"),
  originType: one("VCENTER"),
  uplinkTeamingPolicyName: one("teaming-1", "teaming-2"),
  urpfMode: one("STRICT", "NONE"),
};

const makers: Makers = {
  displayName: one("Web tier", "Web"),
  description: one("What customers see", "old", ""),
  tags: distinct(
    (dice) =>
      dice.pick([
        { scope: "env", tag: "prod" },
        { scope: "env", tag: "test" },
        { scope: "app", tag: "shop" },
        { tag: "bare" },
        { scope: "only" },
      ]),
    (tag) => JSON.stringify(tag),
  ),
  connectivityPath: one("/infra/tier-1s/t1-web", "/infra/tier-1s/t1-2"),
  subnets: (dice) => {
    const v4 = dice.chance(0.85) ? subnet4 : otherSubnet4;
    const both = [...(dice.chance(0.8) ? [v4(dice)] : []), ...(dice.chance(0.5) ? [subnet6(dice)] : [])];
    return dice.shuffled(both);
  },
  adminState: one("UP", "DOWN"),
  replicationMode: one("MTEP", "SOURCE"),
  domainName: one("shop.example", "web.example", ""),
  dhcpConfigPath: one("/infra/dhcp-server-configs/dhcp-server", "/infra/dhcp-server-configs/d2"),
  advancedConfig: object(advanced),
  l2Extension: object({
    l2vpnPaths: upTo(2, ...["v1", "v2"].map((id) => `/infra/tier-0s/t0/l2vpn-services/s/sessions/${id}`)),
    localEgress: (dice) => ({ optimizedIps: [dice.pick(["10.1.0.1", "10.1.0.99"])] }),
    tunnelId: one(7, 8),
  }),
  bridgeProfiles: (dice) =>
    dice.some(["b1", "b2", "b3"], dice.chance(0.1) ? 0 : 1, 3).map((id) => ({
      bridgeProfilePath: `${points}/edge-bridge-profiles/${id}`,
      vlanTransportZonePath: vlanZone,
      ...(dice.chance(0.6) && { vlanIds: dice.some(["10", "20", "30"], 1, 2) }),
      ...(dice.chance(0.3) && { uplinkTeamingPolicyName: dice.pick(["teaming-1", "teaming-2"]) }),
    })),
  metadataProxyPaths: upTo(2, "/infra/metadata-proxies/m1", "/infra/metadata-proxies/m2"),
  macPoolId: one("pool-1", "pool-2"),
  extraConfigs: distinct(
    (dice) => ({ configPair: { key: dice.pick(["k1", "k2", "k3"]), value: dice.pick(["x", "y"]) } }),
    ({ configPair }: { configPair: { key: string } }) => configPair.key,
  ),
  evpnTenantConfigPath: one("/infra/evpn-tenant-configs/e1"),
  addressBindings: distinct(binding, ({ macAddress }: { macAddress: string }) =>
    macAddress.toLowerCase().replaceAll("-", ":"),
  ),
};

export interface SegmentMood {
  vlan: boolean;
  /** Programs say what cannot change, or leave it out; in other episodes they never say it. */
  saysFixed: boolean;
}

// "At least one": an empty list is no VLAN segment.
const someVlanIds = upTo(3, "7", "100-120", "200");
const vlanIds = (dice: Dice) => {
  const ids = someVlanIds(dice) as string[];
  return ids.length > 0 ? ids : ["7"];
};

function makersFor({ vlan }: SegmentMood): Makers {
  if (!vlan) return makers;
  const { connectivityPath: _, bridgeProfiles: __, ...rest } = makers;
  return rest;
}

/** A whole program. What is fixed is put in by the walk, which knows what the object has. */
export function segmentProgram(dice: Dice, mood: SegmentMood): Program {
  const possible = makersFor(mood);
  const density = dice.pick([0.1, 0.3, 0.6, 0.9]);
  const chosen = Object.keys(possible).filter(() => dice.chance(density));
  const program = Object.fromEntries(chosen.map((name) => [name, (possible[name] as Maker)(dice)]));
  // An empty list would make a VLAN segment without a VLAN.
  return mood.vlan ? { ...program, transportZonePath: vlanZone, vlanIds: dice.pick([["7"], vlanIds(dice)]) } : program;
}

/** One argument of it, made anew. */
export const segmentArgument = (dice: Dice, mood: SegmentMood, name: string): Json =>
  makersFor(mood)[name]?.(dice) ?? (name === "vlanIds" ? vlanIds(dice) : undefined);

export const segmentArguments = (mood: SegmentMood): string[] => Object.keys(makersFor(mood));
