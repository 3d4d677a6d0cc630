import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { segmentInputs } from "../../provider/nsx/segmentInputs.ts";
import type { NsxSegmentInputs } from "../../provider/nsx/segmentTypes.ts";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import type { Properties } from "../tools/stack.ts";

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof segmentInputs>>().toEqualTypeOf<NsxSegmentInputs>();
});

const { byName } = createProviders({
  environment: { NSX_ENDPOINT: "https://nsx.invalid" },
  clock: systemClock,
  log: { warn: () => {}, progress: () => {} },
  // Arguments are checked without a word to anybody.
  transport: () => Promise.reject(new Error("check must not use the network")),
});

/** The path that a reason begins with, and the rest. */
function split(reason: string): [string, string] {
  const [path = "", ...rest] = reason.split(": ");
  return [path, rest.join(": ")];
}

async function check(args: Properties) {
  const owner = "acme/urn:pulumi:dev::shop::x::web";
  const result = await byName.NsxSegment?.check({}, { ...args, owner });
  return {
    inputs: result?.inputs as Properties,
    failures: Object.fromEntries((result?.failures ?? []).map(({ reason }) => split(reason))),
  };
}

const gateway = (gatewayAddress: string, more: Properties = {}) => ({ subnets: [{ gatewayAddress, ...more }] });
const first = "subnets[0].gatewayAddress";
const vlanZone = "/infra/sites/default/enforcement-points/default/transport-zones/vlan-tz";
const vlans = (...vlanIds: string[]) => ({ transportZonePath: vlanZone, vlanIds });
const ranges = (count: number) => Array.from({ length: count }, (_, i) => `10.1.0.${i + 10}`);
const bridge = { bridgeProfilePath: "/infra/bridges/a" };

describe("refused before anything is sent, by the property's path and with what is allowed", () => {
  test.each<[string, Properties, string, RegExp]>([
    ["a CIDR without prefix", gateway("10.1.0.1"), first, /with its prefix length, such as 10.1.0.0\/24/],
    ["a prefix too long", gateway("10.1.0.1/33"), first, /prefix length/],
    ["leading zeros", gateway("10.01.0.1/24"), first, /prefix length/],
    ["the network's own address as a gateway", gateway("10.1.0.0/24"), first, /address of a host/],
    ["the broadcast address as a gateway", gateway("10.1.0.255/24"), first, /address of a host/],
    ["an IPv6 network address as a gateway", gateway("2001:db8::/64"), first, /address of a host/],
    ["something behind the prefix", gateway("10.1.0.1/24/zzz"), first, /prefix length/],
    ["an IPv6 zone", gateway("fe80::1%eth0/64"), first, /prefix length/],
    ["VLAN 5000", vlans("5000"), "vlanIds[0]", /0 to 4094/],
    ["VLAN 4095", vlans("4095"), "vlanIds[0]", /0 to 4094/],
    ["a VLAN range up to 4095", vlans("1-4095"), "vlanIds[0]", /0 to 4094/],
    ["VLAN range 30-20", vlans("1", "30-20"), "vlanIds[1]", /ascending/],
    ["VLAN range 100-100", vlans("100-100"), "vlanIds[0]", /ascending/],
    ["VLAN 007", vlans("007"), "vlanIds[0]", /leading zeros/],
    ["VLAN range 1-020", vlans("1-020"), "vlanIds[0]", /leading zeros/],
    ["no VLAN", vlans(), "vlanIds", /1/],
    ["VLANs without a zone", { vlanIds: ["7"] }, "vlanIds", /need transportZonePath/],
    [
      "a DHCP range from high to low",
      gateway("10.1.0.1/24", { dhcpRanges: ["10.1.0.30-10.1.0.20"] }),
      "subnets[0].dhcpRanges[0]",
      /lower address/,
    ],
    [
      "a DHCP range outside the subnet",
      gateway("10.1.0.1/24", { dhcpRanges: ["10.2.0.20-10.2.0.30"] }),
      "subnets[0].dhcpRanges[0]",
      /not inside the subnet/,
    ],
    [
      "a range of three parts",
      gateway("10.1.0.1/24", { dhcpRanges: ["10.1.0.20-10.1.0.30-10.1.0.40"] }),
      "subnets[0].dhcpRanges[0]",
      /must be an address/,
    ],
    ["100 DHCP ranges", gateway("10.1.0.1/24", { dhcpRanges: ranges(100) }), "subnets[0].dhcpRanges", /99/],
    ["no DHCP range", gateway("10.1.0.1/24", { dhcpRanges: [] }), "subnets[0].dhcpRanges", /1/],
    [
      "two optimized addresses",
      { l2Extension: { localEgress: { optimizedIps: ["10.0.0.1", "10.0.0.2"] } } },
      "l2Extension.localEgress.optimizedIps",
      /1/,
    ],
    [
      "a range of two families",
      gateway("10.1.0.1/24", { dhcpRanges: ["10.1.0.20-2001:db8::1"] }),
      "subnets[0].dhcpRanges[0]",
      /must be an address/,
    ],
    ["| in a name", { displayName: "a|b" }, "displayName", /; \| = , ~ @/],
    ["a name of 256 characters", { displayName: "x".repeat(256) }, "displayName", /255/],
    ["a description of 1025 characters", { description: "x".repeat(1025) }, "description", /1024/],
    ["31 tags", { tags: Array.from({ length: 31 }, (_, i) => ({ tag: `${i}` })) }, "tags", /29/],
    ["a scope of 129 characters", { tags: [{ scope: "x".repeat(129) }] }, "tags[0].scope", /128/],
    ["a tag of 257 characters", { tags: [{ tag: "x".repeat(257) }] }, "tags[0].tag", /256/],
    ["a tag twice", { tags: [{ tag: "a" }, { tag: "a" }] }, "tags[1]", /twice/],
    ["the provider's own mark", { tags: [{ scope: "pulumi.owner", tag: "x" }] }, "tags[0].scope", /own mark/],
    [
      "connectivityPath on a fixed segment",
      { tier1Path: "/infra/tier-1s/t", connectivityPath: "/infra/tier-1s/t" },
      "connectivityPath",
      /fixed segment/,
    ],
    [
      "a fixed segment in a project beside it",
      { tier1Path: "/infra/tier-1s/t", projectPath: "/orgs/default/projects/shop" },
      "projectPath",
      /beside tier1Path/,
    ],
    ["a fixed segment under a tier-0", { tier1Path: "/infra/tier-0s/t" }, "tier1Path", /path of a tier-1/],
    ["a fixed segment under a segment", { tier1Path: "/infra/tier-1s/t/segments/a" }, "tier1Path", /path of a tier-1/],
    ["a fixed segment under no tree", { tier1Path: "/tier-1s/t" }, "tier1Path", /path of a tier-1/],
    [
      "a path that leads out of its tree",
      { tier1Path: "/infra/../../../api/v1/node/users" },
      "tier1Path",
      /without \. or \.\./,
    ],
    ["a project without an organisation", { projectPath: "/projects/shop" }, "projectPath", /path of a project/],
    ["a project's tree", { projectPath: "/orgs/default/projects/shop/infra" }, "projectPath", /path of a project/],
    ["another kind of thing", { projectPath: "/orgs/default/vpcs/shop" }, "projectPath", /path of a project/],
    [
      "a tree that is no organisation's",
      { projectPath: "/infra/default/projects/a" },
      "projectPath",
      /path of a project/,
    ],
    ["a bridge profile twice", { bridgeProfiles: [bridge, { ...bridge }] }, "bridgeProfiles[1]", /is there twice/],
    [
      "a bridge profile twice, in two notations",
      { bridgeProfiles: [bridge, { bridgeProfilePath: "/infra/bridges/a/" }] },
      "bridgeProfiles[1]",
      /is there twice/,
    ],
    [
      "a tag twice, once with an empty scope",
      { tags: [{ tag: "a" }, { tag: "b" }, { scope: "", tag: "a" }] },
      "tags[2]",
      /is there twice/,
    ],
    [
      "two subnets of one family, one without a gateway",
      { subnets: [{ gatewayAddress: "10.1.0.1/24" }, { dhcpRanges: ["10.2.0.9"] }] },
      "subnets[1]",
      /second IPv4 subnet/,
    ],
    ["half of a surrogate pair in a name", { displayName: "a\ud800" }, "displayName", /surrogate/],
    ["half of a surrogate pair in a description", { description: "\udc00" }, "description", /surrogate/],
    ["half of a surrogate pair in a tag", { tags: [{ scope: "s", tag: "\ud800" }] }, "tags[0].tag", /surrogate/],
    ["half of a surrogate pair in a scope", { tags: [{ scope: "\ud800" }] }, "tags[0].scope", /surrogate/],
    ["half of a surrogate pair in a domain", { domainName: "\ud800" }, "domainName", /surrogate/],
    ["half of a surrogate pair in a path", { connectivityPath: "/infra/\ud800" }, "connectivityPath", /surrogate/],
    [
      "half of a surrogate pair in a setting for others",
      { extraConfigs: [{ configPair: { key: "k", value: "\ud800" } }] },
      "extraConfigs[0].configPair.value",
      /surrogate/,
    ],
    [
      "two subnets of one family",
      { subnets: [{ gatewayAddress: "10.1.0.1/24" }, { gatewayAddress: "10.2.0.1/24" }] },
      "subnets[1].gatewayAddress",
      /one of each family/,
    ],
    [
      "three subnets",
      { subnets: [gateway("10.1.0.1/24"), gateway("10.2.0.1/24"), gateway("10.3.0.1/24")].flatMap((g) => g.subnets) },
      "subnets",
      /2/,
    ],
    ["an unknown argument", { cidr: "10.0.0.0/8" }, "cidr", /is not an argument/],
    [
      "an unknown argument in a subnet",
      gateway("10.1.0.1/24", { cidr: "10.0.0.0/8" }),
      "subnets[0].cidr",
      /is not an argument/,
    ],
    ["a number as text", { overlayId: "7" }, "overlayId", /number/],
    ["an unknown state", { adminState: "up" }, "adminState", /UP/],
    ["a path that is none", { connectivityPath: "t1-web" }, "connectivityPath", /path of a policy object/],
    ["an id with a slash", { segmentId: "a/b" }, "segmentId", /part of a path/],
    ["an id with a backslash", { segmentId: "a\\b" }, "segmentId", /part of a path/],
    ["the id .", { segmentId: "." }, "segmentId", /neither \. nor/],
    ["the id ..", { segmentId: ".." }, "segmentId", /neither \. nor/],
    ["an id that is not ASCII", { segmentId: "büro" }, "segmentId", /printable ASCII/],
    ["an id with a space", { segmentId: "a b" }, "segmentId", /printable ASCII/],
    ["an id with a percent sign", { segmentId: "a%2fb" }, "segmentId", /printable ASCII/],
    ["an id of 256 characters", { segmentId: "x".repeat(256) }, "segmentId", /255/],
    ["an empty id", { segmentId: "" }, "segmentId", /1/],
    [
      "a DHCP server outside the subnet",
      gateway("10.1.0.1/24", { dhcpConfig: { serverAddress: "10.2.0.2/24" } }),
      "subnets[0].dhcpConfig.serverAddress",
      /not inside/,
    ],
    [
      "the gateway as DHCP server",
      gateway("10.1.0.1/24", { dhcpConfig: { serverAddress: "10.1.0.1/24" } }),
      "subnets[0].dhcpConfig.serverAddress",
      /gateway/,
    ],
    [
      "IPv6 options on an IPv4 subnet",
      gateway("10.1.0.1/24", { dhcpConfig: { sntpServers: ["10.1.0.9"] } }),
      "subnets[0].dhcpConfig.sntpServers",
      /IPv6/,
    ],
    [
      "IPv4 options on an IPv6 subnet",
      gateway("2001:db8::1/64", { dhcpConfig: { options: {} } }),
      "subnets[0].dhcpConfig.options",
      /IPv4/,
    ],
    [
      "a lease of ten seconds",
      gateway("10.1.0.1/24", { dhcpConfig: { leaseTime: 10 } }),
      "subnets[0].dhcpConfig.leaseTime",
      /60/,
    ],
    [
      "three name servers",
      gateway("10.1.0.1/24", { dhcpConfig: { dnsServers: ["1.1.1.1", "1.1.1.2", "1.1.1.3"] } }),
      "subnets[0].dhcpConfig.dnsServers",
      /2/,
    ],
    ["a tunnel 5000", { l2Extension: { tunnelId: 5000 } }, "l2Extension.tunnelId", /4093/],
    [
      "a MAC address that is none",
      { addressBindings: [{ macAddress: "1:2:3" }] },
      "addressBindings[0].macAddress",
      /20:f3/,
    ],
  ])("%s", async (_, args, property, reason) => {
    const { failures } = await check(args);
    expect(Object.keys(failures)).toEqual([property]);
    expect(failures[property]).toMatch(reason);
  });

  test("every mistake at once, not one after the other", async () => {
    const { failures } = await check({
      ...vlans("5000"),
      displayName: "a|b",
      ...gateway("10.1.0.0/24"),
      tags: [{ scope: "x".repeat(129) }],
    });
    expect(Object.keys(failures).sort()).toEqual(["displayName", first, "tags[0].scope", "vlanIds[0]"]);
  });
});

describe("accepted: what NSX accepts", () => {
  test.each<[string, Properties]>([
    [
      "the edges",
      {
        segmentId: "x".repeat(255),
        displayName: "x".repeat(255),
        description: "x".repeat(1024),
        tags: Array.from({ length: 29 }, (_, i) => ({ scope: "s".repeat(128), tag: `${i}`.padEnd(256, "x") })),
        subnets: [
          { gatewayAddress: "10.1.0.1/31", dhcpRanges: ["10.1.0.0-10.1.0.1"] },
          { gatewayAddress: "2001:db8::1/127" },
        ],
        overlayId: 0,
      },
    ],
    ["VLANs at the edges", vlans("0", "4094", "0-4094", "1-4094")],
    ["99 DHCP ranges", gateway("10.1.0.1/24", { dhcpRanges: ranges(99) })],
    ["one optimized address", { l2Extension: { localEgress: { optimizedIps: ["10.0.0.1"] } } }],
    [
      "DHCP without a gateway, on an isolated segment",
      {
        subnets: [{ dhcpRanges: ["10.1.0.10-10.1.0.20"], dhcpConfig: { serverAddress: "10.1.0.2/24", leaseTime: 60 } }],
      },
    ],
    [
      "one subnet of each family without gateways",
      { subnets: [{ dhcpRanges: ["10.1.0.10"] }, { dhcpConfig: { domainNames: ["a.example"] } }] },
    ],
    [
      "VLANs in an overlay zone, for machines that tag their packets",
      { transportZonePath: "/infra/zones/overlay", vlanIds: ["7"], overlayId: 7, connectivityPath: "/infra/tier-1s/t" },
    ],
    ["a bridge profile without a zone", { bridgeProfiles: [bridge] }],
    ["VLANs without a zone, on a segment that has one already", { vlanIds: ["7"], adopt: true }],
    ["any id that NSX has given", { segmentId: "büro & flur; a=b,c 100%?#|~@", adopt: true }],
    ["an id of 1024 characters that NSX has given", { segmentId: "x".repeat(1024), adopt: true }],
    ["dots in an id", { segmentId: "..." }],
    ["a tier-1 of a project", { tier1Path: "/orgs/default/projects/shop/infra/tier-1s/t" }],
    ["a project, with a slash at its end", { projectPath: "/orgs/default/projects/shop/" }],
    ["signs beyond 16 bits", { displayName: "büro 😀" }],
    [
      "one key twice, where the API has it",
      {
        extraConfigs: [{ configPair: { key: "k", value: "1" } }, { configPair: { key: "k", value: "2" } }],
        ...gateway("10.1.0.1/24", {
          dhcpConfig: {
            options: {
              others: [
                { code: 7, values: ["a"] },
                { code: 7, values: ["b"] },
              ],
            },
          },
        }),
      },
    ],
  ])("%s", async (_, args) => {
    expect((await check(args)).failures).toEqual({});
  });
});

describe("for adoption as liberal as NSX, and no more", () => {
  test.each(["", ".", "..", "a/b", "a\\b", "a\nb", "a\0b", "a\ud800", "x".repeat(1025)])(
    "not %j",
    async (segmentId) => {
      expect(Object.keys((await check({ segmentId, adopt: true })).failures)).toEqual(["segmentId"]);
    },
  );

  test("what was adopted stays right when adopt is taken out again", async () => {
    const olds = { segmentId: "büro", vlanIds: ["7"] };
    const owner = "acme/urn:pulumi:dev::shop::x::web";
    const reasonsFor = async (news: Properties) =>
      (await byName.NsxSegment?.check(olds, { ...news, owner }))?.failures?.map(({ reason }) => split(reason)[0]);
    expect(await reasonsFor(olds)).toEqual([]);
    expect(await reasonsFor({ segmentId: "büro-2", vlanIds: ["8"] })).toEqual(["segmentId", "vlanIds"]);
  });
});

test("one notation for what means the same", async () => {
  const { inputs } = await check({
    connectivityPath: "/infra/tier-1s/web/",
    subnets: [{ gatewayAddress: "2001:0DB8:0:0::1/64", dhcpRanges: ["2001:DB8::10 - 2001:db8:0::20"] }],
    addressBindings: [{ macAddress: "20-F3-75-5E-47-F0" }],
  });
  expect(inputs).toMatchObject({
    connectivityPath: "/infra/tier-1s/web",
    subnets: [{ gatewayAddress: "2001:db8::1/64", dhcpRanges: ["2001:db8::10-2001:db8::20"] }],
    addressBindings: [{ macAddress: "20:f3:75:5e:47:f0" }],
  });
});

describe("the id that nobody gave", () => {
  test("is the resource's name and a part of its URN's hash, the same in every run", async () => {
    const [once, again] = [await check({}), await check({})];
    expect(once.inputs.segmentId).toMatch(/^web-[0-9a-f]{8}$/);
    expect(again.inputs.segmentId).toBe(once.inputs.segmentId);
  });

  test("stays what it was, whatever becomes of the name", async () => {
    const result = await byName.NsxSegment?.check(
      { segmentId: "web-before" },
      { owner: "acme/urn:pulumi:dev::shop::x::renamed" },
    );
    expect(result?.inputs).toMatchObject({ segmentId: "web-before" });
  });
});

describe("what NSX is sent", () => {
  async function sent(args: Properties): Promise<Properties> {
    let body: Properties = {};
    const { byName: providers } = createProviders({
      environment: { NSX_ENDPOINT: "https://nsx.invalid", NSX_USERNAME: "u", NSX_PASSWORD: "p", NSX_AUTH: "basic" },
      clock: systemClock,
      log: { warn: () => {}, progress: () => {} },
      transport: async (request) => {
        body = JSON.parse(request.body ?? "{}");
        return { status: 200, headers: {}, body: JSON.stringify({ ...body, path: "/infra/segments/a", _revision: 0 }) };
      },
    });
    const { inputs, failures } = await check({ segmentId: "a", waitForRealization: false, ...args });
    expect(failures).toEqual({});
    await providers.NsxSegment?.create(inputs);
    return body;
  }

  test.each<[string, Properties, string]>([
    ["of an IPv4 gateway", { gatewayAddress: "10.1.0.1/24", dhcpConfig: { leaseTime: 60 } }, "SegmentDhcpV4Config"],
    ["of an IPv6 gateway", { gatewayAddress: "2001:db8::1/64", dhcpConfig: { leaseTime: 60 } }, "SegmentDhcpV6Config"],
    ["without a gateway, of an IPv4 server", { dhcpConfig: { serverAddress: "10.1.0.2/24" } }, "SegmentDhcpV4Config"],
    [
      "without a gateway, of an IPv6 server",
      { dhcpConfig: { serverAddress: "2001:db8::2/64" } },
      "SegmentDhcpV6Config",
    ],
    ["without a gateway, of IPv6 ranges", { dhcpRanges: ["2001:db8::9"], dhcpConfig: {} }, "SegmentDhcpV6Config"],
    ["without a gateway, of IPv6 alone", { dhcpConfig: { domainNames: ["a.example"] } }, "SegmentDhcpV6Config"],
    ["without any address", { dhcpConfig: { leaseTime: 60 } }, "SegmentDhcpV4Config"],
  ])("the type of a DHCP configuration %s", async (_, subnet, type) => {
    expect(await sent({ subnets: [subnet] })).toMatchObject({ subnets: [{ dhcp_config: { resource_type: type } }] });
  });

  test("a VPN session's path and a name stay as they were written", async () => {
    const path = "/infra/tier-0s/a/locale-services/b/l2vpn-services/c/sessions/d";
    expect(await sent({ displayName: " web ", l2Extension: { l2vpnPaths: [path] } })).toMatchObject({
      display_name: " web ",
      l2_extension: { l2vpn_paths: [path] },
    });
  });

  test("egress policies in their order, and one key twice", async () => {
    const policy = (nexthopAddress: string) => ({ nexthopAddress, prefixListPaths: ["/infra/lists/a"] });
    const policies = [policy("10.0.0.2"), policy("10.0.0.1"), policy("10.0.0.2")];
    const extraConfigs = ["1", "2"].map((value) => ({ configPair: { key: "k", value } }));
    const body = await sent({ advancedConfig: { localEgressRoutingPolicies: policies }, extraConfigs });
    expect(body.advanced_config).toEqual({
      local_egress_routing_policies: ["10.0.0.2", "10.0.0.1", "10.0.0.2"].map((nexthop_address) => ({
        nexthop_address,
        prefix_list_paths: ["/infra/lists/a"],
      })),
    });
    expect(body.extra_configs).toEqual(["1", "2"].map((value) => ({ config_pair: { key: "k", value } })));
  });
});

test("what is not known yet passes, and what is known is checked", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const passes: Properties[] = [
    { subnets: [unknown] },
    { subnets: [{ gatewayAddress: unknown }, { gatewayAddress: unknown }] },
    { subnets: [{ gatewayAddress: "10.1.0.1/24" }, { dhcpConfig: { serverAddress: unknown } }] },
    { extraConfigs: [unknown], tags: [unknown, unknown], bridgeProfiles: [unknown, { bridgeProfilePath: unknown }] },
    { vlanIds: ["7"], transportZonePath: unknown },
    { vlanIds: unknown },
    { segmentId: unknown, tier1Path: unknown },
    {
      tags: [
        { scope: "a", tag: unknown },
        { scope: "a", tag: unknown },
      ],
    },
    { bridgeProfiles: [{ bridgeProfilePath: unknown }, { bridgeProfilePath: unknown }] },
  ];
  for (const args of passes) expect((await check(args)).failures, JSON.stringify(args)).toEqual({});
  expect(Object.keys((await check({ segmentId: "..", tags: unknown })).failures)).toEqual(["segmentId"]);
});
