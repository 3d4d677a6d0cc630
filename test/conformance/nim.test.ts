// Clauses of the guide to NGINX Instance Manager's API that no other suite has a test for, each on the provider and on the
// simulator (docs/conformance.md).
import { afterEach, describe, expect, test } from "vitest";
import { connectNim } from "../../provider/nim/client.ts";
import { nimSettings } from "../../provider/nim/settings.ts";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import type { SimRequest } from "../../simulators/kit/index.ts";
import { type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import { startConfigBench } from "../nim/nginxConfig.bench.ts";
import { api, type NimBench, startNimBench } from "../nim/nim.bench.ts";
import { basic, startClient } from "../simulators/nim.client.ts";
import { noLimit } from "../tools/noLimit.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

let bench: NimBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const roleArgs = { name: "team", permissions: [{ feature: "SCAN", accessTypes: ["READ"] }] };

function newRun(type: string, environment: Record<string, string> = {}): ResourceRun {
  const provider = bench?.newProcess(environment).providers.byName[type] as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::team", __provider: "text" });
}

/** A role on NIM, and every request as it was sent. */
async function start(options: NimSimulatorOptions = {}, environment: Record<string, string> = {}) {
  bench = await startNimBench({ systems: [], nginx: false, ...options });
  const sent: SimRequest[] = [];
  bench.simulator.control.hook({ before: (request) => void sent.push(request) });
  return { run: newRun("Role", environment), sent, control: bench.simulator.control };
}

/** The client alone, in front of whatever answers. */
function clientOf(answer: Transport, settings: Record<string, string> = {}) {
  const config = nimSettings(() => undefined, {
    NIM_ENDPOINT: "https://nim.invalid",
    NIM_USERNAME: "admin",
    NIM_PASSWORD: "p",
    ...settings,
  });
  return connectNim(config, createVirtualClock(), () => {}, { toNim: answer, toTokens: answer }).clientWithin(noLimit);
}

describe("a login", () => {
  test("of a user is Basic, with name, colon and password in base64, with each request", async () => {
    const { run, sent } = await start({ password: "Open:Sesame!1" });
    await run.up(roleArgs);
    await run.refresh();
    await run.destroy();
    expect(sent.length).toBeGreaterThan(3);
    for (const { headers } of sent) expect(headers.authorization).toBe("Basic YWRtaW46T3BlbjpTZXNhbWUhMQ==");
  });

  test("with a token is Bearer, with each request", async () => {
    const headers: unknown[] = [];
    const answer: Transport = async (request) => {
      headers.push(request.headers?.authorization);
      return { status: 200, headers: {}, body: '{"items":[]}' };
    };
    const client = clientOf(answer, { NIM_USERNAME: "", NIM_PASSWORD: "", NIM_TOKEN: "ey.J.x" });
    await client.find("/roles/a");
    await client.list("/roles");
    expect(headers).toEqual(["Bearer ey.J.x", "Bearer ey.J.x"]);
  });

  test("goes with every call, except to ask whether a service lives", async () => {
    const { simulator } = await startClient({ nginx: false });
    const ask = async (path: string, headers: Record<string, string> = {}) =>
      (await simulator.handle({ method: "GET", path, headers, body: "", remoteAddress: "127.0.0.1" })).status;
    for (const list of ["systems", "instances", "certs", "roles", "users", "configs", "userinfo", "license"]) {
      const path = `${api}/${list}`;
      expect([await ask(path), await ask(path, basic("admin", simulator.password))], list).toEqual([401, 200]);
    }
    const { run } = await start({}, { NIM_PASSWORD: "another" });
    await expect(run.up(roleArgs)).rejects.toThrow("answered 401");
  });

  test("goes over TLS alone, unless to this machine", () => {
    for (const endpoint of ["http://nim.example.com", "http://10.0.0.1"]) {
      expect(() =>
        clientOf(async () => ({ status: 200, headers: {}, body: "{}" }), { NIM_ENDPOINT: endpoint }),
      ).toThrow("nim:endpoint is wrong: over http");
    }
  });
});

describe("the statuses of success", () => {
  test("are 201 for what is created, 200 for what is read or replaced, 204 for what is deleted", async () => {
    const { run, control } = await start();
    expect(await run.up(roleArgs)).toBe("create");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ ...roleArgs, description: "changed" })).toBe("update");
    await run.destroy();
    const seen = new Set(control.requests.all().map(({ method, status }) => `${method} ${status}`));
    expect(["POST 201", "GET 200", "PUT 200", "DELETE 204"].filter((each) => !seen.has(each))).toEqual([]);
  });

  test("are 202 for a config that is in process, which is followed until it is done", async () => {
    const config = await startConfigBench("instance", { switches: { deploymentMilliseconds: 20_000 } });
    bench = config;
    const { control } = config.simulator;
    await newRun("NginxConfig").up(config.args);
    expect(control.requests.find(`POST ${api}/**/config`)).toMatchObject([{ status: 202 }]);
    // Once would be to look while it is still pending.
    expect(control.requests.count(`GET ${api}/systems/instances/deployments/*`)).toBeGreaterThan(1);
  });

  test.each([200, 201, 202, 204])("any other one of 2xx is no success of that request, such as %i", async (status) => {
    const client = clientOf(async () => ({ status, headers: {}, body: status === 204 ? "" : "{}" }));
    const outcome = (action: Promise<unknown>) => action.then(() => true).catch(() => false);
    expect({
      GET: await outcome(client.find("/roles/a")),
      POST: await outcome(client.post("/roles", {})),
      PUT: await outcome(client.put("/roles/a", {})),
    }).toEqual({ GET: status === 200, POST: status < 204, PUT: status < 202 });
  });
});

describe("a failure", () => {
  test.each([
    [400, "Required information is missing or incorrectly formatted."],
    [401, "You are not logged in or do not have permission."],
    [404, "The requested resource does not exist."],
    [409, "The requested resource is referenced by another resource."],
  ])("with %i is told with the reason in its message", async (status, message) => {
    const { run, control } = await start();
    await run.up(roleArgs);
    const fault = { kind: "respond", when: "before", status, body: { code: status, message, details: [] } } as const;
    control.faults.inject({ match: "* /**", times: "always", fault });
    await expect(run.up({ ...roleArgs, description: "changed" })).rejects.toThrow(`answered ${status}`);
    await expect(run.up({ ...roleArgs, description: "changed" })).rejects.toThrow(message);
  });

  test("has one of the guide's statuses and its reason in the message, whatever is wrong", async () => {
    const { send, simulator } = await startClient({ nginx: false });
    const role = { metadata: { name: "team" }, roleDef: {} };
    const refusal = async (method: string, path: string, body: unknown = "", headers = {}) => {
      const answer = await send(method, path, body, headers);
      return [answer.status, answer.body.message];
    };
    expect(await refusal("POST", "/roles", { roleDef: {} })).toEqual([400, expect.stringContaining("metadata")]);
    expect(await refusal("POST", "/roles", "{")).toEqual([400, expect.stringContaining("decode")]);
    expect(await refusal("GET", "/roles", "", basic("admin", "wrong"))).toEqual([401, "Unauthorized"]);
    expect(await refusal("GET", "/roles/none")).toEqual([404, "role none Not Found"]);
    simulator.control.write("roles", "team", role);
    expect(await refusal("POST", "/roles", role)).toEqual([409, "role team already exists"]);
    const holder = { metadata: { name: "bob" }, userDef: { roles: [{ ref: `${api}/roles/team` }] } };
    simulator.control.write("users", "bob", holder);
    expect(await refusal("DELETE", "/roles/team")).toEqual([409, "Role team is referenced by another resource"]);
  });
});

describe("data", () => {
  test("is JSON, and said to be, on both ways", async () => {
    const { run, sent } = await start();
    await run.up(roleArgs);
    await run.up({ ...roleArgs, description: "changed" });
    await run.destroy();
    for (const { headers, body, method } of sent) {
      expect(headers.accept, method).toBe("application/json");
      expect(headers["content-type"], method).toBe(body === "" ? undefined : "application/json");
      if (body !== "") expect(JSON.parse(body)).toBeTypeOf("object");
    }
    const { send } = await startClient({ nginx: false });
    for (const path of ["/roles", "/roles/none"]) {
      expect((await send("GET", path)).headers["content-type"]).toBe("application/json;charset=UTF-8");
    }
  });

  test("is UTF-8 on the wire, there and back", async () => {
    const simulator = await startNimSimulator({ nginx: false, systems: [] });
    const { byName, close } = createProviders({
      environment: { NIM_ENDPOINT: simulator.url, NIM_USERNAME: "admin", NIM_PASSWORD: simulator.password },
      clock: systemClock,
      log: { warn: () => {}, progress: () => {} },
    });
    const run = new ResourceRun(byName.Role as ResourceRun["provider"], {
      owner: "acme/urn:pulumi:dev::shop::x::team",
      __provider: "text",
    });
    const description = "Grüße, 日本語, עברית 😀";
    await run.up({ ...roleArgs, description });
    expect(await run.refresh()).toEqual([]);
    const authorization = basic("admin", simulator.password);
    const answer = await fetch(`${simulator.url}${api}/roles/team`, { headers: authorization });
    expect(Buffer.from(await answer.arrayBuffer()).includes(Buffer.from(description, "utf8"))).toBe(true);
    await close();
    await simulator.close();
  });

  test("that a later release of the same version adds is no change", async () => {
    const { run, control } = await start();
    await run.up(roleArgs);
    const more = { kind: "respond", when: "before", status: 200 } as const;
    const [live] = control.history.of(`${api}/roles/team`);
    const body = { ...live?.body, newInTheNextRelease: { counter: 1 } };
    control.faults.inject({ match: `GET ${api}/roles/team`, times: "always", fault: { ...more, body } });
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(roleArgs)).toBe("same");
  });
});

describe("a list", () => {
  test("is asked for by pages of a hundred under the token of its first page", async () => {
    const { run, sent, control } = await start();
    const holder = (name: string) => ({ metadata: { name }, userDef: { roles: [{ ref: `${api}/roles/team` }] } });
    await run.up(roleArgs);
    for (let index = 0; index < 150; index += 1) control.write("users", `user-${index}`, holder(`user-${index}`));
    control.setSwitches({ roleAssociations: "none", inUseSaid: "no body" });
    await expect(run.destroy()).rejects.toThrow("It is held by");
    const [first, second, ...more] = sent.filter(({ path }) => path.startsWith(`${api}/users`));
    expect(first?.path).toBe(`${api}/users?page=1&pageSize=100`);
    expect(second?.path).toMatch(/\/users\?page=2&pageSize=100&pageToken=\d+$/);
    expect(more).toEqual([]);
  });

  test("begins with page 1, has a hundred a page where nobody says, and no page more than that", async () => {
    const { send, simulator } = await startClient({ nginx: false });
    for (let index = 0; index < 120; index += 1) {
      simulator.control.write("roles", `r${index}`, { metadata: { name: `r${index}` }, roleDef: {} });
    }
    const { items, pageToken } = (await send("GET", "/roles")).body;
    expect(items).toHaveLength(100);
    expect((await send("GET", `/roles?page=1&pageToken=${pageToken}`)).body.items).toEqual(items);
    expect((await send("GET", "/roles?pageSize=100")).body.items).toHaveLength(100);
    expect((await send("GET", "/roles?pageSize=101")).status).toBe(400);
    expect((await send("GET", "/roles?pageSize=7")).body.items).toHaveLength(7);
    expect((await send("GET", "/roles?pageSize=0")).body.items).toHaveLength(121);
  });

  test.each(["systems", "instances", "certs", "roles", "users", "groups", "configs", "instance-groups", "features"])(
    "of %s has pages",
    async (collection) => {
      const { send } = await startClient({ nginx: false });
      const { body } = await send("GET", `/${collection}?page=1&pageSize=1`);
      expect(body).toMatchObject({ itemsPerPage: 1, startIndex: 0, pageToken: expect.any(String) });
      expect(body.items.length).toBeLessThanOrEqual(1);
      expect((await send("GET", `/${collection}?pageSize=101`)).status).toBe(400);
    },
  );
});

describe("a version", () => {
  test("stands in the path of each request, and is the same in all", async () => {
    const asked: string[] = [];
    const answer: Transport = async ({ method, path }) => {
      asked.push(path);
      return { status: method === "DELETE" ? 204 : 200, headers: {}, body: method === "DELETE" ? "" : '{"items":[]}' };
    };
    const client = clientOf(answer, { NIM_API_VERSION: "v2" });
    await client.find("/roles/a");
    await client.post("/roles", {});
    await client.put("/roles/a", {});
    await client.list("/certs");
    await client.delete("/roles/a");
    expect(asked).toHaveLength(5);
    for (const path of asked) expect(path).toMatch(/^\/api\/platform\/v2\//);
    expect(client.basePath).toBe("/api/platform/v2");
  });

  test("that NIM does not have is nowhere, and v1 is where nothing else is said", async () => {
    const { send } = await startClient({ nginx: false });
    expect((await send("GET", "/api/platform/v1/roles")).status).toBe(200);
    expect((await send("GET", "/api/platform/v2/roles")).status).toBe(502);
    const { run, sent } = await start();
    await run.up(roleArgs);
    for (const { path } of sent) expect(path).toMatch(/^\/api\/platform\/v1\//);
  });

  test("is another one where somebody wants it: a server of that version takes all, and one of v1 is told from it", async () => {
    const { run, sent, control } = await start({ switches: { apiVersion: "v2" } }, { NIM_API_VERSION: "v2" });
    expect(await run.up(roleArgs)).toBe("create");
    expect(await run.refresh()).toEqual([]);
    for (const { path } of sent) expect(path).toMatch(/^\/api\/platform\/v2\//);
    control.setSwitches({ apiVersion: "v1" });
    const later = newRun("Role", { NIM_API_VERSION: "v2" });
    later.state = run.state;
    await expect(later.refresh()).rejects.toThrow(
      "has its API in version v1, and is asked in v2, which it does not have",
    );
    expect(later.state).toBeDefined();
  });
});
