import { describe, expect, it } from "vitest";
import { startClient, t1, zones } from "./nsx.client.ts";

// Citations: "guide" is the NSX-T 3.2 API guide's introduction, "schema" the 3.2 schema of Segment and what it extends.

describe("a segment as the manager answers it", () => {
  it("carries the manager's own fields and the defaults of 3.2 (schema; revision 0 in the published example)", async () => {
    const { send } = await startClient({ now: () => 1_700_000_000_000 });
    const { status, body } = await send("PUT", "/infra/segments/web", {
      subnets: [{ gateway_address: "10.0.0.1/24" }],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      resource_type: "Segment",
      id: "web",
      display_name: "web",
      path: "/infra/segments/web",
      parent_path: "/infra",
      relative_path: "web",
      unique_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      realization_id: body.unique_id,
      subnets: [{ gateway_address: "10.0.0.1/24", network: "10.0.0.0/24" }],
      admin_state: "UP",
      replication_mode: "MTEP",
      type: "DISCONNECTED",
      transport_zone_path: `${zones}/overlay-tz`,
      overlay_id: expect.any(Number),
      advanced_config: {
        connectivity: "ON",
        hybrid: false,
        inter_router: false,
        local_egress: false,
        urpf_mode: "STRICT",
      },
      marked_for_delete: false,
      overridden: false,
      _create_user: "admin",
      _create_time: 1_700_000_000_000,
      _last_modified_user: "admin",
      _last_modified_time: 1_700_000_000_000,
      _system_owned: false,
      _protection: "NOT_PROTECTED",
      _revision: 0,
    });
    expect((await send("GET", "/infra/segments/web")).body).toEqual(body);
  });

  it("has the type that follows from its connectivity and extension (schema: type is read-only)", async () => {
    const { send } = await startClient();
    const typeOf = async (path: string, body: object) => (await send("PUT", path, body)).body.type;
    const l2_extension = { l2vpn_paths: ["/infra/x"], tunnel_id: 7 };
    expect(await typeOf("/infra/segments/a", { type: "ROUTED" })).toBe("DISCONNECTED");
    expect(await typeOf("/infra/segments/b", { connectivity_path: t1 })).toBe("ROUTED");
    expect(await typeOf("/infra/segments/c", { l2_extension })).toBe("EXTENDED");
    expect(await typeOf("/infra/segments/d", { l2_extension, connectivity_path: t1 })).toBe("ROUTED_AND_EXTENDED");
    expect(await typeOf(`${t1}/segments/e`, {})).toBe("ROUTED");
  });

  it("leaves out optional empty fields (guide: they are not returned)", async () => {
    const { send } = await startClient();
    const body = { description: "", tags: [], subnets: null, vlan_ids: [], domain_name: null };
    const answer = (await send("PUT", "/infra/segments/web", body)).body;
    for (const name of Object.keys(body)) expect(answer).not.toHaveProperty(name);
  });

  it("fills in both halves of a tag (schema: scope and tag default to empty)", async () => {
    const { send } = await startClient();
    const answer = await send("PUT", "/infra/segments/web", { tags: [{ tag: "x" }, { scope: "s" }] });
    expect(answer.body.tags).toEqual([
      { scope: "", tag: "x" },
      { scope: "s", tag: "" },
    ]);
  });

  it("keeps what the full schema allows", async () => {
    const { send, simulator } = await startClient();
    simulator.control.change("/infra/ip-pools/pool", {});
    simulator.control.change("/infra/metadata-proxies/proxy", {});
    const body = {
      display_name: "web tier: 1/2",
      description: "d",
      admin_state: "DOWN",
      replication_mode: "SOURCE",
      domain_name: "example.com",
      dhcp_config_path: "/infra/dhcp-server-configs/dhcp-server",
      overlay_id: 70000,
      subnets: [
        {
          gateway_address: "10.0.0.1/24",
          dhcp_ranges: ["10.0.0.10-10.0.0.20", "10.0.0.128/25", "10.0.0.5"],
          dhcp_config: {
            resource_type: "SegmentDhcpV4Config",
            server_address: "10.0.0.2/24",
            dns_servers: ["1.1.1.1"],
            lease_time: 3600,
            options: {
              option121: { static_routes: [{ network: "10.1.0.0/16", next_hop: "10.0.0.254" }] },
              others: [{ code: 119, values: ["example.com"] }],
            },
          },
        },
        {
          gateway_address: "2001:db8::1/64",
          dhcp_config: { resource_type: "SegmentDhcpV6Config", excluded_ranges: ["2001:db8::5-2001:db8::9"] },
        },
      ],
      advanced_config: { address_pool_paths: ["/infra/ip-pools/pool"], urpf_mode: "NONE", multicast: true },
      metadata_proxy_paths: ["/infra/metadata-proxies/proxy"],
      extra_configs: [{ config_pair: { key: "k", value: "v" } }],
      address_bindings: [{ ip_address: "10.0.0.9", mac_address: "20-F3-75-5E-47-F0", vlan_id: 4094 }],
    };
    const { status, body: answer } = await send("PUT", "/infra/segments/web", body);
    expect([status, answer.error_message]).toEqual([200, undefined]);
    expect(answer.subnets[0].dhcp_config).toEqual(body.subnets[0]?.dhcp_config);
    expect(answer.subnets[1]).toMatchObject({ network: "2001:db8::/64", dhcp_config: { lease_time: 86400 } });
    expect(answer.advanced_config).toMatchObject({ ...body.advanced_config, connectivity: "ON" });
  });
});

describe("what a segment may not be", () => {
  const point = "/infra/segments/web";
  const cases: [what: string, body: object, code: number, message: RegExp][] = [
    ["an unknown property", { colour: "red" }, 287, /property colour is unrecognized/],
    ["an unknown nested property", { advanced_config: { cidr: 1 } }, 287, /advanced_config.cidr is unrecognized/],
    ["text for a list", { vlan_ids: "100" }, 287, /vlan_ids must be of type array/],
    ["a number for text", { vlan_ids: [100] }, 287, /vlan_ids\[0\] must be of type string/],
    ["text for a number", { overlay_id: "7" }, 287, /overlay_id must be of type integer/],
    ["a quoted boolean (guide: do not use quotes)", { advanced_config: { hybrid: "true" } }, 287, /type boolean/],
    ["a DHCP config without resource_type", { subnets: [{ dhcp_config: { lease_time: 60 } }] }, 287, /resource_type/],
    [
      "a long display_name (255)",
      { display_name: "x".repeat(256) },
      255,
      /display_name has exceeded maximum length 255/,
    ],
    ["a long description (1024)", { description: "x".repeat(1025) }, 255, /maximum length 1024/],
    [
      "too many tags (30)",
      { tags: Array(31).fill({ tag: "x" }) },
      255,
      /tags has exceeded the maximum number of items 30/,
    ],
    ["a long scope (128)", { tags: [{ scope: "x".repeat(129) }] }, 255, /tags\[0\].scope .* 128/],
    ["a long tag (256)", { tags: [{ tag: "x".repeat(257) }] }, 255, /tags\[0\].tag .* 256/],
    ["an unknown enum value", { admin_state: "up" }, 255, /admin_state must be one of UP, DOWN/],
    ["a VLAN above 4094", { vlan_ids: ["4095"] }, 255, /4095/],
    ["a VLAN range upside down", { vlan_ids: ["20-10"] }, 255, /20-10/],
    ["a negative overlay_id", { overlay_id: -1 }, 255, /overlay_id/],
    ["an address without its prefix", { subnets: [{ gateway_address: "10.0.0.1" }] }, 255, /ip-cidr-block/],
    ["a prefix above 32", { subnets: [{ gateway_address: "10.0.0.1/33" }] }, 255, /ip-cidr-block/],
    [
      "a subnet without gateway_address",
      { subnets: [{ dhcp_ranges: ["10.0.0.1"] }] },
      255,
      /gateway_address is required/,
    ],
    ["a lease below 60", { subnets: [subnet({ lease_time: 59 })] }, 255, /lease_time must be between 60/],
    [
      "three DNS servers",
      { subnets: [subnet({ dns_servers: ["1.1.1.1", "1.1.1.2", "1.1.1.3"] })] },
      255,
      /dns_servers/,
    ],
    ["a MAC with five groups", { address_bindings: [{ mac_address: "20:f3:75:5e:47" }] }, 255, /mac-address/],
    ["an L2 VPN tunnel above 4093", { l2_extension: { tunnel_id: 4094 } }, 255, /tunnel_id/],
    [
      "two IPv4 subnets",
      { subnets: [{ gateway_address: "10.0.0.1/24" }, { gateway_address: "10.1.0.1/24" }] },
      255,
      /IPv4/,
    ],
    [
      "a DHCP range outside its subnet",
      { subnets: [{ gateway_address: "10.0.0.1/24", dhcp_ranges: ["10.0.1.5"] }] },
      255,
      /10.0.1.5/,
    ],
    [
      "a transport zone that does not exist",
      { transport_zone_path: `${zones}/none` },
      500012,
      /path=\[.*none\] is invalid/,
    ],
    ["a gateway that does not exist", { connectivity_path: "/infra/tier-1s/none" }, 500012, /tier-1s\/none/],
    ["a gateway that is none", { connectivity_path: `${zones}/overlay-tz` }, 500012, /overlay-tz/],
    ["connectivity in a VLAN zone", { transport_zone_path: `${zones}/vlan-tz`, connectivity_path: t1 }, 255, /overlay/],
    ["another resource_type", { resource_type: "Tier1" }, 500165, /Tier1/],
    ["another id than its path's", { id: "api" }, 255, /id api differs from web/],
  ];

  function subnet(config: object) {
    return { gateway_address: "10.0.0.1/24", dhcp_config: { resource_type: "SegmentDhcpV4Config", ...config } };
  }

  it.each(cases)("%s", async (_what, body, code, message) => {
    const { refusal, send } = await startClient();
    expect(await refusal("PUT", point, body)).toEqual([400, code, expect.stringMatching(message)]);
    expect((await send("GET", point)).status).toBe(404);
  });

  it.each([";", "|", "=", ",", "~", "@"])("a name with %s (guide: layer 2 switching)", async (character) => {
    const { refusal } = await startClient();
    expect((await refusal("PUT", point, { display_name: `web${character}1` }))[1]).toBe(255);
  });

  it("connected elsewhere when it hangs on a tier-1 (fixed segments: must not be set)", async () => {
    const { refusal, simulator } = await startClient();
    simulator.control.change("/infra/tier-1s/other", {});
    const [status, code] = await refusal("PUT", `${t1}/segments/web`, { connectivity_path: "/infra/tier-1s/other" });
    expect([status, code]).toEqual([400, 255]);
  });

  it("overlapping with another segment of its tier-1, fixed or attached (400/500105)", async () => {
    const { send, refusal } = await startClient();
    const subnets = [{ gateway_address: "10.0.0.1/24" }];
    await send("PUT", "/infra/segments/a", { connectivity_path: t1, subnets });
    const inner = [{ gateway_address: "10.0.0.129/25" }];
    expect((await refusal("PUT", "/infra/segments/b", { connectivity_path: t1, subnets: inner })).slice(0, 2)).toEqual([
      400, 500105,
    ]);
    expect((await refusal("PUT", `${t1}/segments/c`, { subnets: inner }))[1]).toBe(500105);
    expect((await send("PUT", "/infra/segments/d", { subnets: inner })).status).toBe(200);
  });

  it("moved to another transport zone (immutable in effect)", async () => {
    const { send, refusal } = await startClient();
    const { body } = await send("PUT", "/infra/segments/web", {});
    const moved = { ...body, transport_zone_path: `${zones}/vlan-tz` };
    expect((await refusal("PUT", "/infra/segments/web", moved))[0]).toBe(400);
  });

  it("robbed of a DHCP range (schema: existing values cannot be deleted or modified); a switch", async () => {
    const { send, refusal, simulator } = await startClient();
    const subnets = [{ gateway_address: "10.0.0.1/24", dhcp_ranges: ["10.0.0.10-10.0.0.20"] }];
    await send("PUT", "/infra/segments/web", { subnets });
    const more = [{ gateway_address: "10.0.0.1/24", dhcp_ranges: ["10.0.0.10-10.0.0.20", "10.0.0.30"] }];
    expect((await send("PATCH", "/infra/segments/web", { subnets: more })).status).toBe(200);
    expect((await refusal("PATCH", "/infra/segments/web", { subnets }))[2]).toMatch(/10.0.0.30 cannot be deleted/);
    simulator.control.setSwitches({ frozenDhcpRanges: false });
    expect((await send("PATCH", "/infra/segments/web", { subnets })).status).toBe(200);
  });
});

describe("where segments live", () => {
  it("below a tier-1, apart from those below /infra", async () => {
    const { send } = await startClient();
    await send("PUT", `${t1}/segments/fixed`, { subnets: [{ gateway_address: "10.0.0.1/24" }] });
    const { body } = await send("GET", `${t1}/segments/fixed`);
    // As the published example has it; Terraform's provider takes its tier-1 from there.
    expect(body).toMatchObject({ parent_path: t1, connectivity_path: t1, type: "ROUTED" });
    expect((await send("PUT", `${t1}/segments/fixed`, body)).status).toBe(200);
    expect((await send("GET", "/infra/segments")).body.results).toEqual([]);
    expect((await send("GET", `${t1}/segments`)).body.result_count).toBe(1);
  });

  it("in a project, with the project in their path", async () => {
    const { send } = await startClient();
    const path = "/orgs/default/projects/dev/infra/segments/web";
    const connectivity_path = "/orgs/default/projects/dev/infra/tier-1s/t1-dev";
    expect((await send("PUT", path, { connectivity_path })).body.path).toBe(path);
    expect((await send("GET", "/infra/segments")).body.results).toEqual([]);
  });

  it("nowhere else: a parent that does not exist is an invalid path", async () => {
    const { refusal } = await startClient();
    expect((await refusal("PUT", "/infra/tier-1s/none/segments/web", {})).slice(0, 2)).toEqual([400, 500012]);
    expect((await refusal("PUT", "/orgs/default/projects/none/infra/segments/web", {}))[1]).toBe(500012);
  });
});

describe("children of a segment", () => {
  const child = "/infra/segments/web";

  it("are objects with an id and a revision of their own: profile bindings", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", child, {});
    const map = `${child}/segment-security-profile-binding-maps/b`;
    const profile = "/infra/segment-security-profiles/default-segment-security-profile";
    expect((await send("PUT", map, { segment_security_profile_path: profile })).body._revision).toBe(0);
    expect((await send("PATCH", map, { display_name: "b2" })).status).toBe(200);
    expect((await send("GET", `${child}/segment-security-profile-binding-maps`)).body.results).toMatchObject([
      { display_name: "b2", segment_security_profile_path: profile, _revision: 1 },
    ]);
    expect((await refusal("PUT", `${map}2`, { segment_security_profile_path: "/infra/x" }))[1]).toBe(500012);
    expect((await send("DELETE", child)).status).toBe(200);
    expect((await send("GET", map)).status).toBe(404);
  });

  it("keep it from being deleted: ports 503040, DHCP bindings 500030; force takes everything", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", child, {});
    await send("PUT", `${child}/ports/p1`, { attachment: { id: "vif-1" } });
    expect((await refusal("DELETE", child)).slice(0, 2)).toEqual([400, 503040]);
    expect((await send("GET", `${child}/ports`)).body.results).toMatchObject([{ id: "p1" }]);
    await send("DELETE", `${child}/ports/p1`);
    const binding = { resource_type: "DhcpV4StaticBindingConfig", mac_address: "00:50:56:aa:bb:cc" };
    await send("PUT", `${child}/dhcp-static-binding-configs/d`, binding);
    expect((await refusal("DELETE", child)).slice(0, 2)).toEqual([400, 500030]);
    expect((await send("DELETE", `${child}?force=true`)).status).toBe(200);
    for (const path of [child, `${child}/dhcp-static-binding-configs/d`]) {
      expect((await send("GET", path)).status).toBe(404);
    }
  });
});
