// What may not change, what releases demand differently, what all of them demand, what is kept as it was sent, and defaults.
import { describe, expect, it } from "vitest";
import { startClient, t1, zones } from "./nsx.client.ts";

const web = "/infra/segments/web";
const vlan = { transport_zone_path: `${zones}/vlan-tz`, vlan_ids: ["100"] };

describe("what an existing segment keeps", () => {
  it("overlay_id: another one is refused; left out or null, the one it has stays (schema: allocated once)", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", web, { overlay_id: 71000 });
    for (const method of ["PUT", "PATCH"]) {
      const [status, , message] = await refusal(method, web, { overlay_id: 71001, _revision: 0 });
      expect([status, message]).toEqual([400, expect.stringMatching(/overlay_id .* cannot be changed/)]);
    }
    expect((await send("PUT", web, { _revision: 0 })).body.overlay_id).toBe(71000);
    expect((await send("PUT", web, { overlay_id: null, _revision: 1 })).body.overlay_id).toBe(71000);
    expect((await send("PATCH", web, { overlay_id: 71000 })).status).toBe(200);
    await send("PUT", "/infra/segments/v", vlan);
    expect((await refusal("PATCH", "/infra/segments/v", { overlay_id: 71000 }))[0]).toBe(400);
    await send("PUT", "/infra/segments/w", { ...vlan, overlay_id: 71002 });
    expect((await send("PUT", "/infra/segments/w", { ...vlan, _revision: 0 })).body.overlay_id).toBe(71002);
  });

  it("advanced_config.hybrid (schema: cannot be modified after create)", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", web, {});
    expect((await refusal("PATCH", web, { advanced_config: { hybrid: true } }))[2]).toMatch(/hybrid cannot be changed/);
    await send("PUT", "/infra/segments/b", { advanced_config: { hybrid: true } });
    expect((await refusal("PUT", "/infra/segments/b", { _revision: 0 }))[2]).toMatch(/hybrid cannot be changed/);
    expect((await send("PATCH", "/infra/segments/b", { description: "d" })).status).toBe(200);
  });

  it("its zone: a PUT that leaves it out goes to the default zone, keeps it, or is refused; a switch", async () => {
    const { send, refusal, simulator } = await startClient();
    await send("PUT", web, vlan);
    await send("PUT", "/infra/segments/o", {});
    const left = { _revision: 0 };
    expect((await refusal("PUT", web, left))[2]).toMatch(/transport zone .* cannot be changed/);
    simulator.control.setSwitches({ omittedZone: "refuse" });
    for (const path of [web, "/infra/segments/o"]) {
      expect((await refusal("PUT", path, left))[2]).toMatch(/transport_zone_path is required/);
    }
    expect((await send("PUT", "/infra/segments/new", {})).status).toBe(200);
    expect((await send("PATCH", web, { description: "d" })).status).toBe(200);
    simulator.control.setSwitches({ omittedZone: "keep" });
    const { body } = await send("PUT", web, { vlan_ids: ["7"], _revision: 1 });
    expect(body).toMatchObject({ transport_zone_path: vlan.transport_zone_path, vlan_ids: ["7"] });
  });
});

describe("rules that releases differ in: usual, lenient, strict", () => {
  const start = (rules: "usual" | "lenient" | "strict") => startClient({ switches: { rules } });
  const dhcp = {
    dhcp_ranges: ["10.0.0.10-10.0.0.20"],
    dhcp_config: { resource_type: "SegmentDhcpV4Config", server_address: "10.0.0.2/24" },
  };

  it.each(["usual", "strict"] as const)("%s: a subnet has a gateway_address", async (rules) => {
    const { refusal } = await start(rules);
    expect((await refusal("PUT", web, { subnets: [dhcp] }))[2]).toMatch(/subnets\[0\].gateway_address is required/);
  });

  it("lenient: not where the segment is isolated (terraform-provider-nsxt 770)", async () => {
    const { send, refusal } = await start("lenient");
    const { status, body } = await send("PUT", web, { subnets: [dhcp] });
    expect(status).toBe(200);
    expect(body.subnets[0]).toEqual({ ...dhcp, dhcp_config: { ...dhcp.dhcp_config, lease_time: 86400 } });
    const attached = { subnets: [dhcp], connectivity_path: t1 };
    expect((await refusal("PUT", "/infra/segments/b", attached))[2]).toMatch(/gateway_address is required/);
    expect((await refusal("PUT", `${t1}/segments/b`, { subnets: [dhcp] }))[2]).toMatch(/gateway_address is required/);
    const outside = { ...dhcp, dhcp_ranges: ["10.0.1.5"] };
    expect((await refusal("PUT", "/infra/segments/b", { subnets: [outside] }))[2]).toMatch(/10.0.1.5 is not within/);
    expect((await refusal("PUT", "/infra/segments/b", { subnets: [dhcp, dhcp] }))[2]).toMatch(/only one IPv4/);
    expect((await send("PUT", web, body)).status).toBe(200);
    const fewer = { subnets: [{ dhcp_config: dhcp.dhcp_config }] };
    expect((await refusal("PATCH", web, fewer))[2]).toMatch(/existing dhcp_ranges 10.0.0.10-10.0.0.20 cannot/);
  });

  it.each(["usual", "lenient"] as const)("%s: vlan_ids in an overlay zone (PR 462: guest tagging)", async (rules) => {
    const { send } = await start(rules);
    const body = { transport_zone_path: `${zones}/overlay-tz`, overlay_id: 70000, vlan_ids: ["7"] };
    expect((await send("PUT", web, body)).body).toMatchObject(body);
  });

  it("strict: no vlan_ids beside an overlay_id", async () => {
    const { send, refusal } = await start("strict");
    const body = { transport_zone_path: `${zones}/overlay-tz`, overlay_id: 70000, vlan_ids: ["7"] };
    expect((await refusal("PUT", web, body))[2]).toMatch(/vlan_ids .* overlay_id/);
    expect((await send("PUT", web, vlan)).status).toBe(200);
  });

  it("a bridge profile names its VLAN zone, unless lenient", async () => {
    const profile = "/infra/sites/default/enforcement-points/default/edge-bridge-profiles/b";
    const body = { bridge_profiles: [{ bridge_profile_path: profile, vlan_ids: ["7"] }] };
    for (const rules of ["usual", "strict", "lenient"] as const) {
      const { send, refusal, simulator } = await start(rules);
      simulator.control.change(profile, {});
      const named = { ...body.bridge_profiles[0], vlan_transport_zone_path: vlan.transport_zone_path };
      expect((await send("PUT", "/infra/segments/b", { bridge_profiles: [named] })).status).toBe(200);
      if (rules === "lenient") expect((await send("PUT", web, body)).body).toMatchObject(body);
      else
        expect((await refusal("PUT", web, body))[2]).toMatch(
          /bridge_profiles\[0\].vlan_transport_zone_path is required/,
        );
    }
  });
});

describe("limits of all releases", () => {
  const ranges = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i + 2}`);
  const withRanges = (count: number) => ({ subnets: [{ gateway_address: "10.0.0.1/24", dhcp_ranges: ranges(count) }] });
  const optimized = (...optimized_ips: string[]) => ({ l2_extension: { local_egress: { optimized_ips } } });

  it.each([
    ["100 DHCP ranges (schema: maxItems 99)", withRanges(99), withRanges(100), /dhcp_ranges .* 99/],
    [
      "two optimized IPs (schema: max 1)",
      optimized("10.0.0.1"),
      optimized("10.0.0.1", "10.0.0.2"),
      /optimized_ips .* 1/,
    ],
    [
      "vlan_ids without a zone (schema: required for VLAN)",
      vlan,
      { vlan_ids: ["100"] },
      /transport_zone_path is required/,
    ],
    ["31 tags", { tags: Array(30).fill({ tag: "x" }) }, { tags: Array(31).fill({ tag: "x" }) }, /tags .* 30/],
  ])("%s", async (_what, most, more, message) => {
    const { send, refusal } = await startClient({ switches: { rules: "lenient" } });
    expect((await refusal("PUT", web, more)).slice(0, 2)).toEqual([400, 255]);
    expect((await refusal("PUT", web, more))[2]).toMatch(message);
    expect((await send("PUT", web, most)).status).toBe(200);
  });
});

describe("lists that are kept exactly as sent: order, and entries that share a key", () => {
  const hop = (nexthop_address: string, list: string) => ({
    nexthop_address,
    prefix_list_paths: [`/infra/tier-0s/t0/prefix-lists/${list}`],
  });
  const extra = (key: string, value: string) => ({ config_pair: { key, value } });
  const others = [42, 43, 42].map((code, i) => ({ code, values: [`10.0.0.${i}`, `10.0.0.${i}`] }));
  const dhcp_config = { resource_type: "SegmentDhcpV4Config", lease_time: 60, options: { others } };

  it.each([
    [
      "next hops",
      {
        advanced_config: {
          local_egress_routing_policies: [hop("10.0.0.9", "b"), hop("10.0.0.1", "a"), hop("10.0.0.9", "a")],
        },
      },
    ],
    ["extra_configs", { extra_configs: [extra("k", "2"), extra("a", "1"), extra("k", "1"), extra("k", "2")] }],
    ["DHCP option codes", { subnets: [{ gateway_address: "10.0.0.1/24", dhcp_config }] }],
    [
      "tags",
      {
        tags: [
          { scope: "b", tag: "1" },
          { scope: "a", tag: "1" },
          { scope: "b", tag: "1" },
        ],
      },
    ],
  ])("%s", async (_what, sent) => {
    const { send } = await startClient();
    expect((await send("PUT", web, sent)).body).toMatchObject(sent);
    expect((await send("PATCH", web, { description: "d" })).status).toBe(200);
    const { body } = await send("GET", web);
    expect(body).toMatchObject(sent);
    expect((await send("PUT", web, body)).body).toMatchObject(sent);
  });
});

describe("what the manager fills in, at creation and when a PUT leaves it out", () => {
  const defaults = {
    display_name: "web",
    admin_state: "UP",
    replication_mode: "MTEP",
    advanced_config: {
      connectivity: "ON",
      hybrid: false,
      inter_router: false,
      local_egress: false,
      urpf_mode: "STRICT",
    },
  };
  const gateway_address = "10.0.0.1/24";
  const dhcp = (config: object) => [
    { gateway_address, dhcp_config: { resource_type: "SegmentDhcpV4Config", ...config } },
  ];

  it("display_name, admin_state, replication_mode, advanced_config, lease_time (schema)", async () => {
    const { send } = await startClient();
    expect((await send("PUT", web, {})).body).toMatchObject(defaults);
    const other = {
      display_name: "tier",
      admin_state: "DOWN",
      replication_mode: "SOURCE",
      advanced_config: { connectivity: "OFF", urpf_mode: "NONE" },
      subnets: dhcp({ lease_time: 60 }),
    };
    expect((await send("PUT", web, { ...other, _revision: 0 })).body).toMatchObject(other);
    const { body } = await send("PUT", web, { subnets: dhcp({}), _revision: 1 });
    expect(body).toMatchObject({ ...defaults, subnets: dhcp({ lease_time: 86400 }) });
    const cleared = {
      display_name: null,
      admin_state: null,
      replication_mode: "",
      advanced_config: null,
      _revision: 2,
    };
    expect((await send("PUT", web, cleared)).body).toMatchObject(defaults);
    expect((await send("PUT", web, { advanced_config: {}, display_name: "", _revision: 3 })).body).toMatchObject(
      defaults,
    );
  });

  it("of a profile binding: its display_name", async () => {
    const { send } = await startClient();
    await send("PUT", web, {});
    const map = `${web}/segment-security-profile-binding-maps/b`;
    expect((await send("PUT", map, { display_name: "x" })).body.display_name).toBe("x");
    expect((await send("PUT", map, { _revision: 0 })).body.display_name).toBe("b");
  });
});
