// What a manager stores and answers that is not what was sent: notations, names, zones, somebody else's tags, big numbers.
import { describe, expect, it } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import { basic, startClient, t1, zones } from "./nsx.client.ts";

const web = "/infra/segments/web";
const v6 = {
  gateway_address: "2001:DB8::1/64",
  dhcp_ranges: ["2001:db8::10-2001:db8::20", "2001:db8::f"],
  dhcp_config: {
    resource_type: "SegmentDhcpV6Config",
    server_address: "2001:db8:0::2/64",
    dns_servers: ["2001:db8::53"],
    excluded_ranges: ["2001:db8::10-2001:db8::12"],
    sntp_servers: ["2001:db8:0:0::54"],
  },
};

describe("addressNotation: an IPv6 address comes back (terraform-provider-vcd 1372, 1095)", () => {
  it("as sent", async () => {
    const { send } = await startClient();
    const { body } = await send("PUT", web, { subnets: [v6] });
    expect(body.subnets).toEqual([
      { ...v6, network: "2001:db8::/64", dhcp_config: { ...v6.dhcp_config, lease_time: 86400 } },
    ]);
  });

  it("expanded, wherever it stands; IPv4 stays", async () => {
    const { send } = await startClient({ switches: { addressNotation: "expanded" } });
    const subnets = [v6, { gateway_address: "10.0.0.1/24", dhcp_ranges: ["10.0.0.10-10.0.0.20"] }];
    const address_bindings = [{ ip_address: "2001:db8::9", mac_address: "20:f3:75:5e:47:f0" }];
    const { body } = await send("PUT", web, { subnets, address_bindings });
    expect(body.subnets).toEqual([
      {
        gateway_address: "2001:db8:0:0:0:0:0:1/64",
        network: "2001:db8:0:0:0:0:0:0/64",
        dhcp_ranges: ["2001:db8:0:0:0:0:0:10-2001:db8:0:0:0:0:0:20", "2001:db8:0:0:0:0:0:f"],
        dhcp_config: {
          resource_type: "SegmentDhcpV6Config",
          server_address: "2001:db8:0:0:0:0:0:2/64",
          dns_servers: ["2001:db8:0:0:0:0:0:53"],
          excluded_ranges: ["2001:db8:0:0:0:0:0:10-2001:db8:0:0:0:0:0:12"],
          sntp_servers: ["2001:db8:0:0:0:0:0:54"],
          lease_time: 86400,
        },
      },
      { ...subnets[1], network: "10.0.0.0/24" },
    ]);
    expect(body.address_bindings).toEqual([{ ...address_bindings[0], ip_address: "2001:db8:0:0:0:0:0:9" }]);
    expect((await send("GET", web)).body).toEqual(body);
  });

  it("compressed, whatever was sent", async () => {
    const { send } = await startClient({ switches: { addressNotation: "compressed" } });
    const subnets = [{ gateway_address: "2001:0DB8:0:0:0:0:0:1/64", dhcp_ranges: ["2001:db8:0:0::10"] }];
    const { body } = await send("PUT", web, { subnets });
    expect(body.subnets[0]).toMatchObject({ gateway_address: "2001:db8::1/64", dhcp_ranges: ["2001:db8::10"] });
  });

  it("and one address in two notations is one: neither a lost range nor a change", async () => {
    const { send } = await startClient({ switches: { addressNotation: "expanded", noChangeBumpsRevision: false } });
    await send("PUT", web, { subnets: [v6] });
    expect((await send("PUT", web, { subnets: [v6], _revision: 0 })).body._revision).toBe(0);
    const { send: sent } = await startClient();
    await sent("PUT", web, { subnets: [v6] });
    const subnets = [{ gateway_address: "2001:db8:0:0::1/64", dhcp_ranges: ["2001:db8:0:0::10-2001:db8::20"] }];
    expect((await sent("PATCH", web, { subnets })).body.error_message).toMatch(/2001:db8::f cannot be deleted/);
    subnets[0]?.dhcp_ranges.push("2001:db8:0::F");
    expect((await sent("PATCH", web, { subnets })).status).toBe(200);
  });

  it("macNotation: a MAC address comes back as sent, or upper-case", async () => {
    const { send, simulator } = await startClient();
    const bindings = [{ mac_address: "20:f3:75:5E:47:f0" }, { mac_address: "20-f3-75-5e-47-f1" }];
    expect((await send("PUT", web, { address_bindings: bindings })).body.address_bindings).toEqual(bindings);
    simulator.control.setSwitches({ macNotation: "upper" });
    simulator.control.change(web, {});
    expect((await send("GET", web)).body.address_bindings).toEqual([
      { mac_address: "20:F3:75:5E:47:F0" },
      { mac_address: "20-F3-75-5E-47-F1" },
    ]);
  });
});

describe("l2vpnPathForm (schema: a GET may show another path than the one written; terraform-provider-nsxt PR 2080)", () => {
  const long = "/infra/tier-0s/t0/locale-services/default/l2vpn-services/s/sessions/a";
  it("is as sent, or without the locale services", async () => {
    const { send, simulator } = await startClient();
    const l2_extension = { l2vpn_path: long, l2vpn_paths: [long, "/infra/tier-0s/t0/l2vpn-services/s/sessions/b"] };
    expect((await send("PUT", web, { l2_extension })).body.l2_extension).toEqual(l2_extension);
    simulator.control.setSwitches({ l2vpnPathForm: "short" });
    expect((await send("PUT", web, { l2_extension, _revision: 0 })).body.l2_extension).toEqual({
      l2vpn_path: "/infra/tier-0s/t0/l2vpn-services/s/sessions/a",
      l2vpn_paths: ["/infra/tier-0s/t0/l2vpn-services/s/sessions/a", "/infra/tier-0s/t0/l2vpn-services/s/sessions/b"],
    });
  });
});

describe("projectZone (terraform-provider-nsxt issue 1962, PR 2259)", () => {
  const ours = "/orgs/default/projects/dev/infra/segments/web";
  const other = `${zones}/overlay-2`;
  it("a segment of a project keeps the zone sent, or has the default one whatever was sent", async () => {
    const { send, simulator } = await startClient();
    simulator.control.change(other, { tz_type: "OVERLAY_BACKED" });
    expect((await send("PUT", ours, { transport_zone_path: other })).body.transport_zone_path).toBe(other);
    await send("DELETE", ours);
    simulator.control.setSwitches({ projectZone: "own" });
    expect((await send("PUT", ours, { transport_zone_path: other })).body.transport_zone_path).toBe(
      `${zones}/overlay-tz`,
    );
    // The same body again is no move to another zone.
    expect((await send("PUT", ours, { transport_zone_path: other, _revision: 0 })).status).toBe(200);
    expect((await send("PUT", web, { transport_zone_path: other })).body.transport_zone_path).toBe(other);
  });
});

describe("trimNames", () => {
  it("takes blanks around display_name and description away; what is only blanks is empty", async () => {
    const { send, simulator } = await startClient();
    const names = { display_name: " web ", description: "\tfirst  tier \n" };
    expect((await send("PUT", web, names)).body).toMatchObject(names);
    simulator.control.setSwitches({ trimNames: true });
    expect((await send("PUT", web, { ...names, _revision: 0 })).body).toMatchObject({
      display_name: "web",
      description: "first  tier",
    });
    const { body } = await send("PUT", web, { display_name: "  ", description: " ", _revision: 1 });
    expect(body.display_name).toBe("web");
    expect(body).not.toHaveProperty("description");
    expect((await send("PUT", `${t1}/segments/x`, { display_name: " x" })).body.display_name).toBe("x");
  });
});

describe("systemTags (terraform-provider-nsxt issue 820, PR 1212)", () => {
  const managed = { scope: "SYSTEM", tag: "managed" };
  it("VMware Cloud Director tags a new segment right after its creation, as another user", async () => {
    const { send, simulator } = await startClient({ switches: { systemTags: true } });
    const tags = [{ scope: "env", tag: "prod" }];
    // The answer is that of the creation.
    expect((await send("PUT", web, { tags })).body).toMatchObject({ tags, _revision: 0 });
    const { body } = await send("GET", web);
    expect(body).toMatchObject({ tags: [...tags, managed], _revision: 1, _create_user: "admin" });
    expect(body._last_modified_user).toBe("vcd");
    // Only once: what is taken away afterwards stays away.
    expect((await send("PUT", web, { ...body, tags })).body.tags).toEqual(tags);
    expect((await send("GET", web)).body).toMatchObject({ tags, _revision: 2 });
    expect(simulator.control.history.of(web).map(({ kind, user }) => [kind, user])).toEqual([
      ["create", "admin"],
      ["update", "vcd"],
      ["update", "admin"],
    ]);
  });

  it("also one made by PATCH or in a tree, never another object, and not beyond 30 tags", async () => {
    const { send, simulator } = await startClient({ switches: { systemTags: true } });
    await send("PATCH", web, {});
    const Segment = { resource_type: "Segment", id: "tree" };
    await send("PATCH", "/infra", { resource_type: "Infra", children: [{ resource_type: "ChildSegment", Segment }] });
    for (const path of [web, "/infra/segments/tree"]) expect((await send("GET", path)).body.tags).toEqual([managed]);
    await send("PUT", "/infra/tier-1s/other", {});
    expect((await send("GET", "/infra/tier-1s/other")).body).not.toHaveProperty("tags");
    const full = Array.from({ length: 30 }, (_, i) => ({ scope: "s", tag: String(i) }));
    expect((await send("PUT", "/infra/segments/full", { tags: full })).status).toBe(200);
    expect((await send("GET", "/infra/segments/full")).body.tags).toEqual(full);
    simulator.control.setSwitches({ systemTags: false });
    await send("PUT", "/infra/segments/plain", {});
    expect((await send("GET", "/infra/segments/plain")).body).not.toHaveProperty("tags");
  });
});

describe("plant: a number that is too long for a double", () => {
  const big = "9007199254740993";

  async function planted(field = "vendor_counter") {
    const client = await startClient();
    const { simulator } = client;
    await client.send("PUT", web, { subnets: [{ gateway_address: "10.0.0.1/24" }] });
    simulator.control.plant(web, field, big);
    const credentials = basic(simulator.username, simulator.password);
    const raw = async (method: string, body = "", path = web) => {
      const request = { method, path: `/policy/api/v1${path}`, headers: credentials, body, remoteAddress: "127.0.0.1" };
      return (await simulator.handle(request)).body;
    };
    return { ...client, raw };
  }

  it("is answered digit by digit, alone, in lists and in the history, and brought back digit by digit", async () => {
    const { raw, simulator } = await planted();
    const body = await raw("GET");
    expect(body).toContain(`"vendor_counter":${big}`);
    expect(await raw("GET", "", "/infra/segments")).toContain(`"vendor_counter":${big}`);
    expect(await raw("PUT", body)).toContain(`"vendor_counter":${big}`);
    const last = simulator.control.history.of(web).at(-1);
    expect(last?.sent).toBe(body);
    expect(JSON.stringify(last?.body)).toContain(`"vendor_counter":${big}`);
    expect(simulator.control.numberAt(web, "vendor_counter")).toBe(big);
    await raw("DELETE");
    expect(simulator.control.history.of(web).at(-1)).not.toHaveProperty("sent");
  });

  it("shows it when a client rounds it", async () => {
    const { raw, simulator } = await planted();
    await raw("PUT", JSON.stringify(JSON.parse(await raw("GET"))));
    expect(await raw("GET")).toContain('"vendor_counter":9007199254740992');
    expect(simulator.control.numberAt(web, "vendor_counter")).toBe("9007199254740992");
  });

  it("goes when a PUT leaves it out, and stays with a PATCH that does", async () => {
    const { raw, simulator } = await planted();
    await raw("PATCH", '{"description":"d"}');
    expect(simulator.control.numberAt(web, "vendor_counter")).toBe(big);
    await raw("PUT", '{"_revision":2}');
    expect(await raw("GET")).not.toContain("vendor_counter");
    expect(simulator.control.numberAt(web, "vendor_counter")).toBeUndefined();
  });

  it.each(["advanced_config.vendor_counter", "subnets[0].vendor_counter"])("may be inside: %s", async (field) => {
    const { raw, simulator } = await planted(field);
    const body = await raw("GET");
    expect(body).toContain(`"vendor_counter":${big}`);
    await raw("PUT", body);
    expect(simulator.control.numberAt(web, field)).toBe(big);
  });

  it("is legal on that object only, and until the reset", async () => {
    const { raw, refusal, simulator } = await planted();
    expect((await refusal("PUT", "/infra/segments/b", { vendor_counter: 1 }))[1]).toBe(287);
    simulator.control.reset();
    expect(await raw("PUT", '{"vendor_counter":1}')).toContain("unrecognized");
  });

  it("is kept in objects that are not checked, too; a field that has a bound is still refused", async () => {
    const { raw } = await planted();
    expect(await raw("PUT", `{"anything":${big}}`, "/infra/tier-1s/a")).toContain(`"anything":${big}`);
    expect(await raw("GET", "", "/search/query?query=anything:9*")).toContain(`"anything":${big}`);
    expect(await raw("GET", "", "/infra/tier-1s?sort_by=anything")).toContain(`"anything":${big}`);
    expect(await raw("PUT", `{"overlay_id":${big}}`, "/infra/segments/b")).toContain(
      "overlay_id must be of type integer",
    );
  });

  it("is there for other processes, and takes nothing but a number", async () => {
    const { simulator } = await planted();
    const control = async (operation: string, args: object) => {
      const headers = { authorization: `Bearer ${simulator.controlToken}` };
      return (await simulator.handle(request("POST", `/_control/${operation}`, args, headers))).body;
    };
    expect(await control("plant", { path: web, field: "b", sourceText: "-123456789012345678901" })).toContain(
      '"b":-123456789012345678901',
    );
    expect(await control("numberAt", { path: web, field: "b" })).toBe('{"sourceText":"-123456789012345678901"}');
    expect(await control("plant", { path: web, field: "b", sourceText: '"x"' })).toContain("error");
  });
});
