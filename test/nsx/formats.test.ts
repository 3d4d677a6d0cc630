// One form for what means the same, said in the schema: the program's side is put in it, the server's is compared in it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldOf, type Shape, same, shapeOf } from "../../provider/core/shape.ts";
import {
  addressForm,
  cidr,
  macForm,
  parseAddress,
  parseCidr,
  parseRange,
  pathForm,
  policyPath,
  trimmedForm,
  vlanIdOrRange,
  vpnPathForm,
} from "../../provider/nsx/formats.ts";
import { nsxSegment } from "../../provider/nsx/segment.ts";
import { segmentInputs } from "../../provider/nsx/segmentInputs.ts";
import { familyOfSubnet } from "../../provider/nsx/segmentRules.ts";
import type { NsxSegmentInputs } from "../../provider/nsx/segmentTypes.ts";

const shape = shapeOf(segmentInputs);
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const forms = { addressForm, macForm, pathForm, vpnPathForm, trimmedForm };

describe("forms", () => {
  test.each<[keyof typeof forms, string, string]>([
    ["addressForm", "2001:DB8:0:0::0:1", "2001:db8::1"],
    ["addressForm", "2001:db8:0:0:0:0:0:1/64", "2001:db8::1/64"],
    ["addressForm", "10.1.0.1/024", "10.1.0.1/24"],
    ["addressForm", "10.1.0.1/0", "10.1.0.1/0"],
    ["addressForm", "2001:DB8::10 - 2001:db8:0::20", "2001:db8::10-2001:db8::20"],
    ["addressForm", "10.1.0.1-10.1.0.1", "10.1.0.1-10.1.0.1"],
    ["addressForm", "::ffff:10.0.0.1", "::ffff:a00:1"],
    ["macForm", "20-F3-75-5E-47-F0", "20:f3:75:5e:47:f0"],
    ["macForm", "20:f3:75:5E:47:f0", "20:f3:75:5e:47:f0"],
    ["pathForm", "/infra/tier-1s/web///", "/infra/tier-1s/web"],
    ["pathForm", "/", "/"],
    [
      "vpnPathForm",
      "/infra/tier-0s/a/locale-services/b/l2vpn-services/c/sessions/d/",
      "/infra/tier-0s/a/l2vpn-services/c/sessions/d",
    ],
    ["vpnPathForm", "/infra/tier-0s/a/l2vpn-services/c/sessions/d", "/infra/tier-0s/a/l2vpn-services/c/sessions/d"],
    ["vpnPathForm", "/infra/tier-0s/a/locale-services/b/bgp", "/infra/tier-0s/a/locale-services/b/bgp"],
    ["trimmedForm", " a b\t", "a b"],
  ])("%s of %s", (form, text, expected) => {
    expect(forms[form](text)).toBe(expected);
  });

  test.each<[keyof typeof forms, string]>([
    ["addressForm", "10.1.0.1/24/zzz"],
    ["addressForm", "10.1.0.1/33"],
    ["addressForm", "FE80::1%eth0"],
    ["addressForm", "::FFFF:0x0a.0.0.1"],
    ["addressForm", "::1.2.3.4"],
    ["addressForm", "2001:DB8::1::2"],
    ["addressForm", "2001:DB8::1-2001:DB8::2-2001:DB8::3"],
    ["addressForm", "10.1.0.1-2001:DB8::1"],
    ["addressForm", "2001:DB8::1-"],
    ["addressForm", "-2001:DB8::1"],
    ["addressForm", unknown.toUpperCase()],
    ["macForm", "20-F3-75-5E-47"],
    ["macForm", "20-F3-75-5E-47-F0-00"],
    ["macForm", unknown.toUpperCase()],
    ["pathForm", "infra/"],
    ["vpnPathForm", unknown],
  ])("%s leaves what is not of the format as it is: %s", (form, text) => {
    expect(forms[form](text)).toBe(text);
  });

  test.each(Object.entries(forms))("%s takes anything, and twice is once", (_, form) => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended());
    const near = fc
      .tuple(addresses, fc.constantFrom("", "/24", "-", "/", " - ", "-10.0.0.1"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), near, fc.webPath()), (value) => {
        const once = form(value);
        expect(form(once)).toBe(once);
        if (typeof value !== "string") expect(once).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test("an address in its form is the same address", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((text) => !/^::\d+\./.test(text)),
        ),
        (address) => {
          expect(parseAddress(address)).toBeDefined();
          expect(parseAddress(addressForm(address))).toEqual(parseAddress(address));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("parsing", () => {
  test.each(["10.1.0.1/32", "10.1.0.1/0", "2001:db8::1/128"])("the longest and the shortest prefix: %s", (text) => {
    expect(parseCidr(text)?.network.prefix).toBe(Number(text.split("/")[1]));
    expect(cidr.safeParse(text).success).toBe(true);
  });

  test.each(["10.1.0.1/33", "2001:db8::1/129", "10.1.0.1/", "10.1.0.1/24/", "10.1.0.1/+24", "10.1.0.1/2e1", "/24"])(
    "no block: %s",
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  test("whatever is no text is none of them", () => {
    for (const value of [undefined, null, 7, 7n, {}, [], true]) {
      expect([parseAddress(value), parseCidr(value), parseRange(value)]).toEqual([undefined, undefined, undefined]);
    }
  });

  test("a block is its first and its last address", () => {
    expect(parseRange("10.1.0.64/26")).toEqual(parseRange("10.1.0.64-10.1.0.127"));
    expect(parseRange("10.1.0.64")).toEqual(parseRange("10.1.0.64-10.1.0.64"));
  });
});

describe("paths", () => {
  test.each(["/infra", "/infra/tier-1s/web", "/infra/tier-1s/web/", "/infra/a.b/...", "/infra/büro"])("%s", (text) => {
    expect(policyPath.safeParse(text).success).toBe(true);
  });

  test.each([
    "",
    "/",
    "//",
    "infra/a",
    "/infra//a",
    "/infra/a//",
    "/infra/./a",
    "/infra/../a",
    "/infra/a/..",
    "/infra/a/.",
    "/../infra",
    "/infra/a\\..\\b",
    "/infra/a b",
    "/infra/a?b",
    "/infra/a#b",
    "/infra/a\nb",
    "/infra/a\0b",
    "/infra/\ud800",
  ])("not %j", (text) => {
    expect(policyPath.safeParse(text).success).toBe(false);
  });

  // One pass each: with the regular expressions that were here before, these took minutes.
  test.each([
    "/".repeat(1_000_000),
    `${"/".repeat(1_000_000)}a`,
    `/infra/${"a/".repeat(500_000)}`,
    `/${"locale-services/".repeat(100_000)}`,
    "1".repeat(1_000_000),
    `10.1.0.1${"/24".repeat(300_000)}`,
    `10.1.0.1${"-10.1.0.1".repeat(100_000)}`,
    `${":".repeat(1_000_000)}`,
  ])("the time that a long text takes grows with its length (%#)", (text) => {
    policyPath.safeParse(text);
    segmentInputs.safeParse({
      segmentId: text,
      displayName: text,
      l2Extension: { l2vpnPaths: [text] },
      vlanIds: [text],
    });
    segmentInputs.safeParse({ tier1Path: text, subnets: [{ gatewayAddress: text, dhcpRanges: [text] }] });
    for (const form of Object.values(forms)) form(text);
  });
});

test("VLAN ids are 0 to 4094", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), (id) => {
      expect(vlanIdOrRange.safeParse(`${id}`).success).toBe(id <= 4_094);
      expect(vlanIdOrRange.safeParse(`0${id}`).success).toBe(false);
    }),
  );
});

/** What the server answers in place of what the program says, and means the same. */
const equals: [string, NsxSegmentInputs, NsxSegmentInputs][] = [
  [
    "a gateway (C6)",
    { subnets: [{ gatewayAddress: "2001:db8::1/64" }] },
    { subnets: [{ gatewayAddress: "2001:DB8:0:0:0:0:0:1/64" }] },
  ],
  [
    "DHCP ranges, in any order",
    { subnets: [{ dhcpRanges: ["2001:db8::a", "2001:db8::b-2001:db8::c"] }] },
    { subnets: [{ dhcpRanges: ["2001:DB8::B-2001:DB8::C", "2001:db8:0::a"] }] },
  ],
  [
    "excluded ranges",
    { subnets: [{ dhcpConfig: { excludedRanges: ["2001:db8::a"] } }] },
    { subnets: [{ dhcpConfig: { excludedRanges: ["2001:DB8::A"] } }] },
  ],
  [
    "a DHCP server",
    { subnets: [{ dhcpConfig: { serverAddress: "2001:db8::a/64" } }] },
    { subnets: [{ dhcpConfig: { serverAddress: "2001:DB8::A/64" } }] },
  ],
  [
    "name servers",
    { subnets: [{ dhcpConfig: { dnsServers: ["2001:db8::a"] } }] },
    { subnets: [{ dhcpConfig: { dnsServers: ["2001:DB8::A"] } }] },
  ],
  [
    "static routes, to a block or an address",
    {
      subnets: [
        {
          dhcpConfig: {
            options: {
              option121: {
                staticRoutes: [
                  { network: "2001:db8::/64", nextHop: "2001:db8::1" },
                  { network: "2001:db8::2", nextHop: "2001:db8::1" },
                ],
              },
            },
          },
        },
      ],
    },
    {
      subnets: [
        {
          dhcpConfig: {
            options: {
              option121: {
                staticRoutes: [
                  { network: "2001:DB8::/64", nextHop: "2001:DB8::1" },
                  { network: "2001:DB8::2", nextHop: "2001:DB8::1" },
                ],
              },
            },
          },
        },
      ],
    },
  ],
  [
    "a MAC address",
    { addressBindings: [{ macAddress: "20:f3:75:5e:47:f0", ipAddress: "2001:db8::1" }] },
    { addressBindings: [{ macAddress: "20-F3-75-5E-47-F0", ipAddress: "2001:DB8::1" }] },
  ],
  ["a path", { connectivityPath: "/infra/tier-1s/a" }, { connectivityPath: "/infra/tier-1s/a/" }],
  [
    "paths, in any order",
    { metadataProxyPaths: ["/infra/a", "/infra/b"] },
    { metadataProxyPaths: ["/infra/b/", "/infra/a/"] },
  ],
  [
    "a bridge profile",
    { bridgeProfiles: [{ bridgeProfilePath: "/infra/a" }] },
    { bridgeProfiles: [{ bridgeProfilePath: "/infra/a/" }] },
  ],
  [
    "VPN sessions with and without locale services (C12)",
    {
      l2Extension: {
        l2vpnPaths: [
          "/infra/tier-0s/a/locale-services/b/l2vpn-services/c/sessions/d",
          "/infra/tier-0s/a/l2vpn-services/c/sessions/e",
        ],
      },
    },
    {
      l2Extension: {
        l2vpnPaths: [
          "/infra/tier-0s/a/locale-services/b/l2vpn-services/c/sessions/e/",
          "/infra/tier-0s/a/l2vpn-services/c/sessions/d",
        ],
      },
    },
  ],
  [
    "an optimized address",
    { l2Extension: { localEgress: { optimizedIps: ["2001:db8::1"] } } },
    { l2Extension: { localEgress: { optimizedIps: ["2001:DB8::1"] } } },
  ],
  ["a name that is trimmed", { displayName: " web " }, { displayName: "web" }],
  ["a description that is trimmed", { description: "a\n" }, { description: "a" }],
  ["a tag without a scope", { tags: [{ tag: "a" }] }, { tags: [{ scope: "", tag: "a" }] }],
];

describe("the server's notation is no change", () => {
  test.each(equals)("%s", (_, ours, theirs) => {
    expect(same(shape, ours, theirs)).toBe(true);
    expect(same(shape, theirs, ours)).toBe(true);
  });

  test.each<[string, NsxSegmentInputs, NsxSegmentInputs]>([
    [
      "another address",
      { subnets: [{ gatewayAddress: "2001:db8::1/64" }] },
      { subnets: [{ gatewayAddress: "2001:db8::2/64" }] },
    ],
    [
      "another prefix",
      { subnets: [{ gatewayAddress: "2001:db8::1/64" }] },
      { subnets: [{ gatewayAddress: "2001:db8::1/65" }] },
    ],
    [
      "another VPN session",
      { l2Extension: { l2vpnPaths: ["/infra/tier-0s/a/l2vpn-services/c/sessions/d"] } },
      { l2Extension: { l2vpnPaths: ["/infra/tier-0s/a/l2vpn-services/c/sessions/e"] } },
    ],
    ["a name in capitals", { displayName: "web" }, { displayName: "Web" }],
    [
      "another order of egress policies (C7)",
      { advancedConfig: { localEgressRoutingPolicies: [policy("10.0.0.1"), policy("10.0.0.2")] } },
      { advancedConfig: { localEgressRoutingPolicies: [policy("10.0.0.2"), policy("10.0.0.1")] } },
    ],
    [
      "one of two egress policies with one next hop (C7)",
      { advancedConfig: { localEgressRoutingPolicies: [policy("10.0.0.1", "a"), policy("10.0.0.1", "b")] } },
      { advancedConfig: { localEgressRoutingPolicies: [policy("10.0.0.1", "c"), policy("10.0.0.1", "b")] } },
    ],
  ])("but not: %s", (_, ours, theirs) => {
    expect(same(shape, ours, theirs)).toBe(false);
  });
});

function policy(nexthopAddress: string, list = "a") {
  return { nexthopAddress, prefixListPaths: [`/infra/lists/${list}`] };
}

describe("what is sent", () => {
  test("is in the one form, but for what a release may want in its own", () => {
    const vpn = "/infra/tier-0s/a/locale-services/b/l2vpn-services/c/sessions/d";
    const given = {
      displayName: " web ",
      description: " a ",
      connectivityPath: "/infra/a/",
      l2Extension: { l2vpnPaths: [vpn] },
    };
    expect(segmentInputs.parse(given)).toEqual({ ...given, connectivityPath: "/infra/a" });
  });
});

describe("keys take whatever a server or a preview has in an element's place (C8)", () => {
  const keyed = (of: Shape, path: string): [string, (element: unknown) => string][] => {
    if (of.kind === "object")
      return Object.entries(of.fields).flatMap(([name, field]) => keyed(field, `${path}.${name}`));
    if (of.kind !== "list") return [];
    return [...(of.keyOf ? [[path, of.keyOf] as [string, typeof of.keyOf]] : []), ...keyed(of.element, path)];
  };
  const keys = keyed(shape, "segment");

  test("there are as many lists without order", () => {
    expect(keys.map(([path]) => path)).toHaveLength(12);
  });

  test.each(keys)("%s", (_, keyOf) => {
    const junk: unknown[] = [
      undefined,
      null,
      "",
      unknown,
      7,
      7n,
      [7n],
      true,
      {},
      [],
      { gatewayAddress: 7 },
      { configPair: null },
      { configPair: unknown },
    ];
    for (const element of [
      ...junk,
      { bridgeProfilePath: null },
      { scope: {} },
      { dhcpRanges: 7, dhcpConfig: unknown },
    ]) {
      expect(typeof keyOf(element)).toBe("string");
    }
    fc.assert(fc.property(fc.jsonValue(), (element) => typeof keyOf(element) === "string"));
    expect(keyOf(unknown)).not.toBe(keyOf({}));
  });
});

describe("the family of a subnet", () => {
  test.each<[string, unknown, 4 | 6]>([
    ["is its gateway's", { gatewayAddress: "2001:db8::1/64" }, 6],
    [
      "is its gateway's, whatever else is there",
      { gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "2001:db8::2/64" } },
      4,
    ],
    [
      "without a gateway is its DHCP server's",
      { dhcpConfig: { serverAddress: "2001:db8::2/64" }, dhcpRanges: ["10.1.0.9"] },
      6,
    ],
    ["without either is its ranges'", { dhcpRanges: ["2001:db8::10-2001:db8::20"], dhcpConfig: {} }, 6],
    ["IPv4 ranges", { dhcpRanges: ["10.1.0.9"], dhcpConfig: { domainNames: ["a.example"] } }, 4],
    ...["excludedRanges", "sntpServers", "preferredTime", "domainNames"].map(
      (field) =>
        [`without addresses is IPv6 with ${field}`, { dhcpConfig: { [field]: [] } }, 6] as [string, unknown, 6],
    ),
    ["is else IPv4", { dhcpConfig: { leaseTime: 60 } }, 4],
    ["is IPv4 when there is nothing", {}, 4],
    ["is IPv4 when it is no subnet", undefined, 4],
  ])("%s", (_, subnet, family) => {
    expect(familyOfSubnet(subnet)).toBe(family);
  });
});

test("the shape of a field that is compared in a form is the form's, optional or not", () => {
  expect(fieldOf(shape, "displayName")).toHaveProperty("comparedAs", trimmedForm);
  expect(nsxSegment.shape.fields.displayName).toHaveProperty("comparedAs", trimmedForm);
});
