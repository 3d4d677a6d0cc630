// Clauses of the NSX-T API guide that no other suite has a test for, each on the provider and on the simulator
// (docs/conformance.md). Examples are the guide's own.
import { afterEach, describe, expect, test } from "vitest";
import { createHttp } from "../../provider/travel/http.ts";
import { createServerTime } from "../../provider/travel/serverTime.ts";
import type { SimRequest } from "../../simulators/kit/index.ts";
import { isMac, parseAddress, parseBlock } from "../../simulators/nsx/formats.ts";
import { type NsxSimulatorOptions, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { segmentFields } from "../../simulators/nsx/segmentFields.ts";
import { credentialsFor, type SegmentBench, segmentArgs, startSegmentBench } from "../nsx/nsxSegment.bench.ts";
import { basic, startClient } from "../simulators/nsx.client.ts";
import { noLimit } from "../tools/noLimit.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const path = "/infra/segments/web";
const api = "/policy/api/v1";

let bench: SegmentBench;
afterEach(() => bench?.close());

/** A segment's life on NSX, and every request of it as it was sent. */
async function start(options: NsxSimulatorOptions = {}, environment: Record<string, string> = {}) {
  bench = await startSegmentBench(options);
  const sent: SimRequest[] = [];
  bench.simulator.control.hook({ before: (request) => void sent.push(request) });
  const provider = bench.newProcess(environment).providers.byName.NsxSegment as ResourceRun["provider"];
  const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
  return { run, sent, control: bench.simulator.control };
}

async function wholeLife(run: ResourceRun, args: Properties = segmentArgs): Promise<void> {
  await run.up(args);
  await run.refresh();
  await run.up({ ...args, description: "changed" });
  await run.destroy();
}

const bodiesOf = (sent: readonly SimRequest[], method: string) =>
  sent.filter((request) => request.method === method).map(({ body }) => JSON.parse(body));

describe("requests", () => {
  test.each(["put", "hierarchical"])(
    "go to documented paths of the Policy API only, as JSON (%s)",
    async (strategy) => {
      const { run, sent } = await start({}, { NSX_WRITE_STRATEGY: strategy });
      await wholeLife(run);
      const paths = new Set(sent.map((request) => `${request.method} ${request.path.replace(/\?.*/, "")}`));
      // More than nine requests bring the question for the limits along, which only the node's API answers.
      const writes =
        strategy === "put"
          ? [`PUT ${api}${path}`, `DELETE ${api}${path}`]
          : [`PATCH ${api}/infra`, "GET /api/v1/node/services/http"];
      expect([...paths].sort()).toEqual(
        ["POST /api/session/create", `GET ${api}${path}`, `GET ${api}/infra/realized-state/status`, ...writes].sort(),
      );
      for (const { path: asked, headers, body } of sent.filter((request) => request.path.startsWith(api))) {
        expect(headers.accept, asked).toBe("application/json");
        expect(headers["content-type"], asked).toBe(body === "" ? undefined : "application/json");
      }
    },
  );

  test("a body that says that it is something else than JSON is refused; an answer says that it is JSON", async () => {
    const { send } = await startClient();
    expect(await send("PUT", path, "{}", { "content-type": "text/plain" })).toMatchObject({
      status: 415,
      headers: { "content-type": "application/json;charset=UTF-8" },
    });
    expect((await send("PUT", path, "{}")).headers["content-type"]).toMatch(/^application\/json/);
  });

  test("with UTF-8 in their URL say so, and are refused where they do not", async () => {
    const { run, sent } = await start();
    bench.simulator.control.change("/infra/segments/büro", {}, "alice");
    await wholeLife(run, { segmentId: "büro", adopt: true });
    const encoded = sent.filter(({ path: asked }) => asked.includes("b%C3%BCro"));
    expect(new Set(encoded.map(({ method }) => method))).toEqual(new Set(["GET", "PUT", "DELETE"]));
    for (const { headers } of encoded) expect(headers["content-type"]).toBe("application/json;charset=UTF-8");
    const { send, simulator } = await startClient();
    simulator.control.change("/infra/segments/büro", {}, "alice");
    const url = "/infra/segments/b%C3%BCro";
    expect((await send("GET", url)).status).toBe(400);
    expect((await send("GET", url, "", { "content-type": "charset=UTF-8" })).status).toBe(200);
    simulator.control.setSwitches({ charsetInUrl: "ignored" });
    expect((await send("GET", url)).status).toBe(200);
  });
});

describe("formats", () => {
  const subnet = (gateway_address: string, more: object = {}) => ({ subnets: [{ gateway_address, ...more }] });
  const dhcp = (server: string, more: object) => ({
    resource_type: server.includes(":") ? "SegmentDhcpV6Config" : "SegmentDhcpV4Config",
    ...more,
  });
  /** For each format a field that has it: as NSX has it, and as a program says it. */
  const fields: Record<string, { wire(text: string): object; args(text: string): Properties }> = {
    ip: {
      wire: (text) => subnet("10.1.0.1/24", { dhcp_config: dhcp("10.1.0.1", { dns_servers: [text] }) }),
      args: (text) => ({ subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { dnsServers: [text] } }] }),
    },
    "ip-cidr-block": {
      wire: (text) => subnet(text),
      args: (text) => ({ subnets: [{ gatewayAddress: text }] }),
    },
    "ip-cidr-block of a route": {
      wire: (network) => {
        const options = { option121: { static_routes: [{ network, next_hop: "10.1.0.9" }] } };
        return subnet("10.1.0.1/24", { dhcp_config: dhcp("10.1.0.1", { options }) });
      },
      args: (network) => {
        const options = { option121: { staticRoutes: [{ network, nextHop: "10.1.0.9" }] } };
        return { subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { options } }] };
      },
    },
    "address-or-block-or-range": {
      wire: (text) =>
        subnet("fe80::1/64", { dhcp_config: dhcp("fe80::1", { excluded_ranges: [text] }), dhcp_ranges: [] }),
      args: (text) => ({ subnets: [{ gatewayAddress: "fe80::1/64", dhcpConfig: { excludedRanges: [text] } }] }),
    },
    "address-or-block-or-range of ipv4": {
      wire: (text) => subnet("192.168.1.1/24", { dhcp_ranges: [text] }),
      args: (text) => ({ subnets: [{ gatewayAddress: "192.168.1.1/24", dhcpRanges: [text] }] }),
    },
    "mac-address": {
      wire: (text) => ({ address_bindings: [{ mac_address: text }] }),
      args: (text) => ({ addressBindings: [{ macAddress: text }] }),
    },
  };

  /** Whether the provider's check and the manager take it. */
  async function taken(field: string, text: string): Promise<[provider: boolean, manager: boolean]> {
    const { run } = await start();
    const { wire, args } = fields[field] as (typeof fields)[string];
    const news = { segmentId: "web", ...args(text), owner: "acme/urn:pulumi:dev::shop::x::web" };
    const { failures } = await run.provider.check({}, news);
    const { status } = await (await startClient()).send("PUT", path, wire(text));
    return [!failures?.length, status === 200];
  }

  test.each([
    ["ip", "192.168.1.232"],
    ["ip", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"],
    ["ip", "2001:db8:85a3::8a2e:370:7334"],
    ["ip-cidr-block", "10.1.0.1/24"],
    ["ip-cidr-block", "2001:db8::1/32"],
    ["ip-cidr-block of a route", "10.1.0.0/24"],
    ["ip-cidr-block of a route", "2001:db8::/32"],
    ["address-or-block-or-range", "fe80::0202:b3ff:fe1e:8329-fe80::0202:b3ff:fe1e:832a"],
    ["address-or-block-or-range", "fe80::202:b3ff:fe1e:8329"],
    ["address-or-block-or-range", "fe80::/112"],
    ["address-or-block-or-range of ipv4", "192.168.1.0-192.168.1.255"],
    ["address-or-block-or-range of ipv4", "192.168.1.7"],
    ["address-or-block-or-range of ipv4", "192.168.1.128/25"],
    ["mac-address", "20:f3:75:5e:47:f0"],
    ["mac-address", "20-F3-75-5E-47-F0"],
  ])("%s: %s is one", async (field, text) => {
    expect(await taken(field, text)).toEqual([true, true]);
  });

  test.each([
    ["ip", "192.168.1"],
    ["ip", "192.168.1.256"],
    ["ip", "192.168.01.1"],
    ["ip", "2001:db8::85a3::1"],
    ["ip", "2001:db8:85a3:0:0:8a2e:370:7334:1"],
    ["ip", "example.com"],
    ["ip-cidr-block", "10.1.0.1"],
    ["ip-cidr-block", "10.1.0.1/33"],
    ["ip-cidr-block", "10.1.0.1/255.255.255.0"],
    ["ip-cidr-block", "2001:db8::1/129"],
    ["address-or-block-or-range", "fe80::8329-fe80::8328"],
    ["address-or-block-or-range", "fe80::8329-192.168.1.1"],
    ["address-or-block-or-range of ipv4", "192.168.1.20-192.168.1.10"],
    ["address-or-block-or-range of ipv4", "192.168.1.10-20"],
    ["address-or-block-or-range of ipv4", "192.168.1.10-192.168.1.20-192.168.1.30"],
    ["mac-address", "20:f3:75:5e:47"],
    ["mac-address", "20:f3:75-5e:47:f0"],
    ["mac-address", "20f3755e47f0"],
    ["mac-address", "20:f3:75:5e:47:g0"],
  ])("%s: %s is none", async (field, text) => {
    expect(await taken(field, text)).toEqual([false, false]);
  });

  test("an abbreviated address, and a MAC address in another case, are the same", () => {
    const written = parseAddress("2001:0db8:85a3:0000:0000:8a2e:0370:7334");
    expect(parseAddress("2001:DB8:85A3::8A2E:370:7334")).toEqual(written);
    expect(parseBlock("192.168.1.0-192.168.1.255")).toMatchObject({ family: 4, first: 0xc0a80100n, last: 0xc0a801ffn });
    expect(isMac("20-F3-75-5E-47-F0")).toBe(true);
  });

  test("no field of a segment is a host's name, a port, or a list in one text", () => {
    const found = new Set<string>();
    const kinds = new Set<string>();
    JSON.stringify(segmentFields, (key, value) => {
      if (key === "format") found.add(value[0]);
      if (key === "kind") kinds.add(value);
      return value;
    });
    expect([...found].sort()).toEqual([
      "VLAN id or range (0..4094)",
      "address-or-block-or-range",
      "ip",
      "ip-cidr-block",
      "mac-address",
      "name (none of ; | = , ~ @)",
    ]);
    // Numbers are all integers, none of which has more than 32 bits.
    expect([...kinds].sort()).toEqual([
      "any",
      "boolean",
      "integer",
      "list",
      "object",
      "reference",
      "string",
      "variant",
    ]);
  });

  test.each([";", "|", "=", ",", "~", "@"])("a layer 2 name has no %s, and anything else", async (character) => {
    const { run } = await start();
    await expect(run.up({ segmentId: "web", displayName: `web${character}1` })).rejects.toThrow("; | = , ~ @");
    const { refusal, send } = await startClient();
    expect((await refusal("PUT", path, { display_name: `web${character}1` }))[0]).toBe(400);
    const name = "büro/1 (a) #2 \"x\" 'y' & <z> %:?!+*^$ 😀";
    expect(await run.up({ segmentId: "web", displayName: name })).toBe("create");
    expect((await send("PUT", path, { display_name: name })).body.display_name).toBe(name);
  });
});

describe("data types", () => {
  test("an int has 32 bits, and a boolean no quotes", async () => {
    const { run } = await start();
    const refusedBy = (args: Properties) =>
      run.up({ segmentId: "web", ...args }).then(String, ({ message }) => message);
    expect(await refusedBy({ overlayId: 2_147_483_648 })).toContain("2147483647");
    expect(await refusedBy({ overlayId: 1.5 })).toContain("overlayId");
    expect(await refusedBy({ advancedConfig: { hybrid: "true" } })).toContain("advancedConfig.hybrid");
    const { refusal, send } = await startClient();
    const codeOf = async (body: object) => (await refusal("PUT", path, body))[1];
    expect(await codeOf({ overlay_id: 2_147_483_648 })).toBe(255);
    expect(await codeOf({ overlay_id: 1.5 })).toBe(287);
    expect(await codeOf({ advanced_config: { hybrid: "true" } })).toBe(287);
    expect((await send("PUT", path, { overlay_id: 2_147_483_647, advanced_config: { hybrid: true } })).status).toBe(
      200,
    );
    expect(await run.up({ segmentId: "web-2", overlayId: 2_147_483_647 })).toBe("create");
  });

  test.each([
    ["integer", "9223372036854775807"],
    ["integer", "-9223372036854775808"],
    ["unsigned_integer", "18446744073709551615"],
    ["number", "1.7976931348623157e308"],
    ["number", "4.9406564584124654e-324"],
  ])("%s: %s is kept as it is written, through an update of ours", async (_, digits) => {
    const { run, control } = await start();
    await run.up(segmentArgs);
    control.plant(path, "vendor_counter", digits);
    await run.refresh();
    expect(await run.up({ ...segmentArgs, description: "changed" })).toBe("update");
    const { description, vendor_counter } = control.object(path) ?? {};
    expect(description).toBe("changed");
    expect(Number(JSON.stringify(vendor_counter))).toBe(Number(digits));
    if (!digits.includes("e")) expect(JSON.stringify(vendor_counter)).toBe(digits);
  });

  test("text is UTF-8 of any script", async () => {
    const { run, control } = await start();
    const description = "Grüße, 日本語, עברית 😀";
    await run.up({ ...segmentArgs, description });
    expect(control.object(path)?.description).toBe(description);
    expect(await run.refresh()).toEqual([]);
  });

  test("an optional field that is empty is not returned, which is no change", async () => {
    const { run, control } = await start();
    const args = { segmentId: "web", description: "", tags: [], domainName: "" };
    await run.up(args);
    for (const name of ["description", "domain_name"]) expect(control.object(path)).not.toHaveProperty(name);
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args)).toBe("same");
  });
});

describe("logins", () => {
  test.each(["session", "basic", "token", "vmc", "certificate"] as const)(
    "a request shows one scheme and no other: %s",
    async (login) => {
      const { run, sent } = await start({ switches: { login } });
      await wholeLife(run);
      const asked = sent.filter((request) => request.path.startsWith(api));
      expect(asked.length).toBeGreaterThan(4);
      for (const { headers, clientCertificate } of asked) {
        const schemes = {
          session: headers.cookie,
          basic: headers.authorization?.startsWith("Basic ") || undefined,
          token: headers.authorization?.startsWith("Bearer ") || undefined,
          vmc: headers["csp-auth-token"],
          certificate: clientCertificate,
        };
        expect(Object.entries(schemes).flatMap(([name, shown]) => (shown === undefined ? [] : name))).toEqual([login]);
        if (login === "session") expect(headers["x-xsrf-token"]).toBeTruthy();
      }
    },
  );

  test("Basic is user, colon and password in base64", async () => {
    const { run, sent } = await start(
      { password: "Open:Sesame!1", switches: { login: "basic" } },
      { NSX_PASSWORD: "Open:Sesame!1" },
    );
    await run.up(segmentArgs);
    expect(sent[0]?.headers.authorization).toBe("Basic YWRtaW46T3BlbjpTZXNhbWUhMQ==");
  });

  test("a session begins with a form, and its cookie and token go with each request", async () => {
    const { run, sent } = await start({ password: "a&b=c d" }, { NSX_PASSWORD: "a&b=c d" });
    await wholeLife(run);
    const [login, ...others] = sent;
    expect(login).toMatchObject({
      method: "POST",
      path: "/api/session/create",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "j_username=admin&j_password=a%26b%3Dc+d",
    });
    expect(new Set(others.map(({ headers }) => headers.cookie)).size).toBe(1);
    expect(others[0]?.headers.cookie).toMatch(/^JSESSIONID=\w+$/);
  });

  test("a session belongs to the manager that made it", async () => {
    const [one, other] = [await startClient(), await startClient({ seed: 2 })];
    const form = { "content-type": "application/x-www-form-urlencoded", authorization: "" };
    const body = `j_username=admin&j_password=${one.simulator.password}`;
    const { headers } = await one.simulator.handle({
      method: "POST",
      path: "/api/session/create",
      headers: form,
      body,
      remoteAddress: "127.0.0.1",
    });
    const session = {
      cookie: String(headers["set-cookie"]).split(";")[0] ?? "",
      "x-xsrf-token": String(headers["x-xsrf-token"]),
    };
    expect((await one.send("GET", path.replace("/web", ""), "", session)).status).toBe(200);
    expect((await other.send("GET", path.replace("/web", ""), "", session)).status).toBe(403);
  });

  test.each(["session", "basic"] as const)("a remote user is known by name and domain (%s)", async (login) => {
    const options = { users: { "eve@corp.example": "e" }, switches: { login } };
    const known = await start(options, { NSX_USERNAME: "eve@corp.example", NSX_PASSWORD: "e" });
    expect(await known.run.up(segmentArgs)).toBe("create");
    expect(known.control.object(path)?._create_user).toBe("eve@corp.example");
    await bench.close();
    const unknown = await start(options, { NSX_USERNAME: "eve@other.example", NSX_PASSWORD: "e" });
    await expect(unknown.run.up(segmentArgs)).rejects.toThrow('refused the login of "eve@other.example"');
  });

  test("nearly everything needs a login", async () => {
    const { simulator } = await startClient();
    const ask = async (asked: string, headers: Record<string, string> = {}) =>
      (await simulator.handle({ method: "GET", path: asked, headers, body: "", remoteAddress: "127.0.0.1" })).status;
    for (const asked of [`${api}/infra/segments`, "/api/v1/node", `${api}/infra/realized-state/alarms`]) {
      expect([await ask(asked), await ask(asked, basic(simulator.username, simulator.password))]).toEqual([403, 200]);
    }
    const { run } = await start({ switches: { login: "session" } }, credentialsFor(bench.simulator, "basic"));
    await expect(run.up(segmentArgs)).rejects.toThrow("refused the login");
  });
});

describe("revisions", () => {
  test("a PUT of ours carries none to create, and the one that it has read to update", async () => {
    const { run, sent, control } = await start();
    await run.up(segmentArgs);
    control.change(path, { domain_name: "example.org" }, "alice");
    await run.up({ ...segmentArgs, description: "ours" });
    const [created, updated] = bodiesOf(sent, "PUT");
    expect(created).not.toHaveProperty("_revision");
    expect(updated._revision).toBe(1);
    expect(control.object(path)?._revision).toBe(2);
    // The whole resource as it was read, with our change in it.
    expect(updated).toMatchObject({ domain_name: "example.org", description: "ours", display_name: "Web tier" });
  });

  test("a PATCH of a tree asks for its revisions to be checked, and has each object whole", async () => {
    const { run, sent, control } = await start({}, { NSX_WRITE_STRATEGY: "hierarchical" });
    await run.up(segmentArgs);
    control.change(path, { domain_name: "example.org" }, "alice");
    await run.up({ ...segmentArgs, description: "ours" });
    const patches = sent.filter(({ method }) => method === "PATCH");
    expect(patches.map((request) => request.path)).toEqual(Array(2).fill(`${api}/infra?enforce_revision_check=true`));
    const [created, updated] = bodiesOf(sent, "PATCH").map(({ children }) => children[0].Segment);
    expect(created).not.toHaveProperty("_revision");
    expect(updated).toMatchObject({
      _revision: 1,
      domain_name: "example.org",
      description: "ours",
      display_name: "Web tier",
      subnets: [{ gateway_address: "10.1.0.1/24" }, { gateway_address: "2001:db8::1/64" }],
    });
  });

  test("every object that is answered has one, which each update raises", async () => {
    const { send } = await startClient();
    const revisions = [(await send("PUT", path, {})).body._revision];
    for (const description of ["1", "2", "3"]) {
      await send("PATCH", path, { description });
      revisions.push((await send("GET", path)).body._revision);
    }
    expect(revisions).toEqual([0, 1, 2, 3]);
    for (const list of ["/infra/segments", "/infra/domains", "/infra/tier-1s"]) {
      const { results } = (await send("GET", list)).body;
      for (const object of results) expect(Number.isInteger(object._revision), object.path).toBe(true);
    }
    const { run } = await start();
    await run.up(segmentArgs);
    expect(run.state?.outputs.revision).toBe(0);
    await run.up({ ...segmentArgs, description: "changed" });
    expect(run.state?.outputs.revision).toBe(1);
  });
});

describe("what any request may be answered with", () => {
  const body = { httpStatus: "X", error_code: 4711, module_name: "policy", error_message: "as a test has it" };

  // Once, in place of what NSX would do: either all is done in the end, or it is told and nothing is taken for done.
  test.each([
    [301, "told", "told", "told"],
    [307, "told", "told", "told"],
    [400, "told", "told", "told"],
    [401, "done", "done", "done"],
    [403, "done", "done", "done"],
    [412, "done", "told", "done"],
    [429, "done", "done", "done"],
    [500, "done", "done", "done"],
    [503, "done", "done", "done"],
  ] as const)("%i: create %s, refresh %s, delete %s", async (status, ...expected) => {
    const location = { location: "https://elsewhere.invalid/" };
    const headers: Record<string, string> = status < 400 ? location : {};
    const fault = { kind: "respond", when: "before", status, body, headers } as const;
    const outcome = (action: Promise<unknown>) =>
      action.then(
        () => "done",
        ({ message }) =>
          /as a test has it|redirected to https:\/\/elsewhere\.invalid/.test(message) ? "told" : message,
      );
    const { run, control } = await start();
    control.faults.inject({ match: /^PUT /, fault });
    const created = await outcome(run.up(segmentArgs));
    expect([control.object(path) !== undefined, run.state !== undefined]).toEqual(Array(2).fill(created === "done"));
    if (created !== "done") await run.up(segmentArgs);
    const state = structuredClone(run.state);
    control.faults.inject({ match: /^GET .*\/segments\/web/, fault });
    const read = await outcome(run.refresh());
    expect(run.state).toEqual(state);
    control.faults.inject({ match: /^DELETE /, fault });
    const deleted = await outcome(run.destroy());
    expect([control.object(path) === undefined, run.state === undefined]).toEqual(Array(2).fill(deleted === "done"));
    expect([created, read, deleted]).toEqual(expected);
    expect(control.faults.pending()).toEqual([]);
  });
});

test("a 503 is followed by a pause, which grows with each one up to twenty seconds", async () => {
  const clock = createVirtualClock();
  const sent: number[] = [];
  const http = createHttp({
    system: "NSX",
    endpoint: "https://nsx.invalid",
    limits: { requestsPerSecond: 100, concurrency: 38 },
    limitAdvice: "",
    clock,
    serverTime: createServerTime(clock),
    readError: () => undefined,
    async transport() {
      sent.push(clock.elapsed());
      return { status: sent.length < 400 ? 503 : 200, headers: {}, body: "{}" };
    },
  });
  await http({ method: "PUT", path: "/x", limit: noLimit });
  const pauses = sent.slice(1).map((time, index) => time - (sent[index] as number));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // Half a second at most after the first, a second after the second, …, twenty seconds in the end: half of it on average.
  for (const [index, most] of [500, 1_000, 2_000, 4_000, 8_000, 16_000].entries()) {
    expect(pauses[index]).toBeLessThanOrEqual(most + 20);
  }
  expect(Math.max(...pauses)).toBeLessThanOrEqual(20_100);
  expect(mean(pauses.slice(8))).toBeGreaterThan(5_000);
});

test("the simulated manager enforces all three limits of the guide when it is told them", async () => {
  const limits = { requestsPerSecond: 100, clientConcurrency: 40, totalConcurrency: 199 };
  const users = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`user-${index}`, "p"]));
  const simulator = await startNsxSimulator({ port: false, now: () => 0, users, switches: limits });
  simulator.control.faults.inject({
    match: "GET /**",
    times: "always",
    fault: { kind: "delay", when: "before", milliseconds: 20 },
  });
  const ask = async (user: string) => {
    const headers = basic(user, "p");
    const request = { method: "GET", path: `${api}/infra/segments`, headers, body: "", remoteAddress: "127.0.0.1" };
    return (await simulator.handle(request)).status;
  };
  const count = (statuses: number[], status: number) => statuses.filter((each) => each === status).length;
  // Forty under way from each of four, and 39 of a fifth: 199. Whoever comes now is one too many.
  const waiting = ["user-0", "user-1", "user-2", "user-3"].flatMap((user) =>
    Array.from({ length: 41 }, () => ask(user)),
  );
  const fifth = Array.from({ length: 39 }, () => ask("user-4"));
  const last = ask("user-5");
  const [all, of5, one] = [await Promise.all(waiting), await Promise.all(fifth), await last];
  expect([count(all, 200), count(all, 429), count(of5, 200), one]).toEqual([160, 4, 39, 503]);
  // The 39 of this second and 61 more are a hundred.
  const more: number[] = [];
  for (let index = 0; index < 62; index += 1) more.push(await ask("user-4"));
  expect([count(more, 200), more.at(-1)]).toEqual([61, 429]);
  await simulator.close();
});
