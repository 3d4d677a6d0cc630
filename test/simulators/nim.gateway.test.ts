// The NIM simulator as a specification: login, gateway, validation and lists (docs/nim.md).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import { base, basic, main, payload, serving, startClient as start } from "./nim.client.ts";

/** Most of this needs no nginx. */
const startClient = (options: NimSimulatorOptions = {}) => start({ nginx: false, ...options });

describe("login", () => {
  it("takes Basic, and says so in a header (3)", async () => {
    const { send } = await startClient();
    const { status, headers, body } = await send("GET", "/userinfo");
    expect([status, headers["nginx-management-suite-auth"], body.username]).toEqual([200, "Basic", "admin"]);
  });

  it.each([
    ["no credentials", {}],
    ["a wrong password", basic("admin", "wrong")],
    ["nobody", basic("nobody", "NIM-simulator-1!")],
    ["a name that every object has", basic("constructor", "x")],
    ["a token, while OIDC is off", { authorization: "Bearer abc" }],
  ])("answers 401 to %s, in the gateway's words", async (_what, headers) => {
    const { simulator } = await startClient();
    const answer = await simulator.handle(request("GET", `${base}/systems`, "", headers));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([401, { code: 401, message: "Unauthorized" }]);
  });

  it("knows further users", async () => {
    const { send, control } = await startClient({ users: { alice: "secret" } });
    const answer = await send("PUT", "/roles/x", { metadata: { name: "x" }, roleDef: {} }, basic("alice", "secret"));
    expect(answer.status).toBe(201);
    expect(control.history.of(`${base}/roles/x`)).toMatchObject([{ user: "alice", kind: "create" }]);
  });

  it("refuses Basic to everybody under OIDC, with the way to the login page (3)", async () => {
    const { send, control } = await startClient({ switches: { oidc: true } });
    const { status, headers } = await send("GET", "/userinfo");
    expect([status, headers["nginx-management-suite-auth"]]).toEqual([302, "OIDC"]);
    expect(headers["content-type"]).toBe("text/html");
    expect(headers.location).toContain("/authorize?response_type=code");
    control.setSwitches({ oidcUnauthorized: 401 });
    expect((await send("GET", "/userinfo")).status).toBe(401);
  });

  it("gives tokens for client credentials, and takes them until they expire", async () => {
    const { simulator, control } = await startClient({ switches: { oidc: true, tokenSeconds: 60 } });
    const { clientId, clientSecret, scope, tokenUrl } = simulator.oidc;
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope };
    const ask = (fields: Record<string, string>) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return simulator.handle(request("POST", tokenUrl, new URLSearchParams(fields).toString(), headers));
    };
    const given = JSON.parse((await ask(form)).body);
    expect(given).toMatchObject({ token_type: "Bearer", expires_in: 60 });
    const use = async () => {
      const headers = { authorization: `Bearer ${given.access_token}` };
      return (await simulator.handle(request("GET", `${base}/systems`, "", headers))).status;
    };
    expect(await use()).toBe(200);
    control.clock.advance(60_000);
    expect(await use()).toBe(302);
    expect((await ask({ ...form, client_secret: "wrong" })).status).toBe(401);
    expect((await ask({ ...form, grant_type: "password" })).status).toBe(400);
    expect((await ask({ ...form, scope: "else" })).status).toBe(400);
    const again = JSON.parse((await ask(form)).body);
    control.revokeTokens();
    const headers = { authorization: `Bearer ${again.access_token}` };
    expect((await simulator.handle(request("GET", `${base}/systems`, "", headers))).status).toBe(302);
  });

  it("takes a password that somebody has changed in place of the old one, until the reset", async () => {
    const { simulator } = await startClient();
    const { control, password } = simulator;
    control.setPassword("admin", "Rotated-2!");
    const statusWith = async (text: string) => {
      const headers = { authorization: `Basic ${Buffer.from(`admin:${text}`).toString("base64")}` };
      return (await simulator.handle(request("GET", `${base}/systems`, "", headers))).status;
    };
    expect([await statusWith(password), await statusWith("Rotated-2!")]).toEqual([401, 200]);
    control.reset();
    expect([await statusWith(password), await statusWith("Rotated-2!")]).toEqual([200, 401]);
  });

  it("needs none for liveness (1.1)", async () => {
    const { simulator } = await startClient();
    expect((await simulator.handle(request("GET", "/api/liveness/dpm"))).status).toBe(200);
    expect((await simulator.handle(request("GET", "/api/liveness/nobody"))).status).toBe(401);
  });
});

it("behind a reverse proxy it stands below a path, of which its links know nothing", async () => {
  const { simulator, instance } = await startClient({ switches: { proxyPath: "/dc/nim" } });
  const login = basic(simulator.username, simulator.password);
  const ask = (path: string) => simulator.handle(request("GET", path, "", login));
  expect((await ask("/dc/nim/api/liveness/dpm")).status).toBe(200);
  const found = await ask(`/dc/nim${base}${instance}`);
  expect(found.status).toBe(200);
  expect(found.body).toContain(`"${base}/systems/`);
  expect(found.body).not.toContain("/dc/nim");
  for (const path of [`${base}${instance}`, `/dc/nims${base}${instance}`, "/dc/nim"]) {
    const answer = await ask(path);
    expect([answer.status, answer.headers]).toEqual([404, { "content-type": "text/html" }]);
  }
});

describe("the gateway", () => {
  it("lets 20 requests a second through, with a burst of 20, per address (3)", async () => {
    let now = 1_800_000_000_000;
    const { send } = await startClient({ now: () => now, switches: { gatewayRate: 20 } });
    const statuses = async (count: number) => {
      const all = await Promise.all(Array.from({ length: count }, () => send("GET", "/userinfo")));
      return all.filter(({ status }) => status === 200).length;
    };
    expect(await statuses(30)).toBe(21);
    const refused = await send("GET", "/userinfo");
    expect(refused.status).toBe(429);
    expect(refused.headers).not.toHaveProperty("retry-after");
    expect(refused.body).toMatch(/^<html>[\s\S]*429 Too Many Requests/);
    now += 500;
    expect(await statuses(30)).toBe(10);
    now += 60_000;
    expect(await statuses(30)).toBe(21);
  });

  it("answers 502 for what no service has (1.0), 404 for what a service does not have, 405 for a wrong method", async () => {
    const { send } = await startClient();
    const nobody = await send("GET", "/user-groups");
    expect([nobody.status, nobody.body]).toEqual([502, { code: 502, message: "Upstream Unavailable" }]);
    expect((await send("GET", "/api/nim/v1/systems")).status).toBe(502);
    expect(await send("GET", "/systems/a/b/c/d")).toMatchObject({ status: 404, body: { code: 404, details: [] } });
    expect((await send("DELETE", "/systems")).status).toBe(405);
    expect((await send("GET", "/certs/%E0%A4%A")).status).toBe(400);
    const outside = await send("GET", "/ui/docs");
    expect(outside.status).toBe(502);
  });

  it("takes bodies up to 50 MB (2.6)", async () => {
    const { send, control } = await startClient();
    const big = JSON.stringify({ a: "x".repeat(50 * 1024 * 1024) });
    const refused = await send("PUT", "/roles/x", big);
    expect([refused.status, refused.headers["content-type"]]).toEqual([413, "text/html"]);
    control.setSwitches({ bodyTooLargeStatus: 403 });
    expect((await send("PUT", "/roles/x", big)).body).toEqual({ code: 403, message: "Forbidden" });
  });

  it("reads JSON, also without a media type, and nothing else", async () => {
    const { simulator, send } = await startClient();
    const role = JSON.stringify({ metadata: { name: "x" }, roleDef: {} });
    const login = basic(simulator.username, simulator.password);
    const bare = { ...request("PUT", `${base}/roles/x`, role), headers: login };
    expect((await simulator.handle(bare)).status).toBe(201);
    const form = await send("PUT", "/roles/x", role, { "content-type": "application/x-www-form-urlencoded" });
    expect([form.status, form.body.message]).toEqual([
      400,
      expect.stringContaining("header Content-Type has unexpected value"),
    ]);
    expect((await send("PUT", "/roles/x", "{")).body.message).toContain("failed to decode request body");
  });
});

describe("validation, in the words of NIM's validator (2.6)", () => {
  const prefix = "Request body has an error: doesn't match the schema: Error at ";
  const files = (file: object) => ({ configFiles: { files: [file] } });

  it.each([
    ["an unknown field", { ...payload({}), nope: 1 }, '"/nope": property "nope" is unsupported'],
    [
      "an unknown field within",
      files({ name: "a", contents: "", mode: 1 }),
      '"/configFiles/files/0/mode": property "mode" is unsupported',
    ],
    ["a wrong type", files({ name: 1, contents: "" }), '"/configFiles/files/0/name": value must be a string'],
    ["a missing field", files({ contents: "" }), '"/configFiles/files/0/name": property "name" is missing'],
    ["null", { ...payload({}), externalId: null }, '"/externalId": value must be a string'],
    ["a list", [], '"/": value must be an object'],
    ["an empty externalId", { ...payload({}), externalId: "" }, '"/externalId": minimum string length is 1'],
    [
      "a long externalId",
      { ...payload({}), externalId: "x".repeat(151) },
      '"/externalId": maximum string length is 150',
    ],
    [
      "a value that is not allowed",
      { ...payload({}), externalIdType: "svn" },
      '"/externalIdType": value is not one of the allowed values ["git","other"]',
    ],
    [
      "no time",
      { ...payload({}), updateTime: "yesterday" },
      '"/updateTime": string doesn\'t match the format "date-time"',
    ],
    [
      "contents that are too long",
      files({ name: "a", contents: "A".repeat(3_145_729) }),
      '"/configFiles/files/0/contents": maximum string length is 3145728',
    ],
  ])("refuses %s", async (_what, body, message) => {
    const { send, instance } = await startClient({ systems: [{ hostname: "web-1" }] });
    const answer = await send("POST", `${instance}/config`, body);
    expect([answer.status, answer.body.message]).toEqual([400, prefix + message]);
  });

  it("refuses what is no base64, and a publish of nothing", async () => {
    const { send, instance } = await startClient();
    const post = async (body: object) => (await send("POST", `${instance}/config`, body)).body;
    expect((await post(files({ name: main, contents: "a*b" }))).message).toContain(
      "illegal base64 data at input byte 1",
    );
    expect((await post(files({ name: main, contents: "YQ=b" }))).message).toContain("illegal base64 data");
    expect((await post(files({ name: main, contents: "YQ" }))).message).toContain("illegal base64 data");
    expect((await post({ ignoreConflict: true })).message).toContain('property "configFiles" is missing');
    expect((await send("POST", `${instance}/config`, { configUID: "none" })).status).toBe(404);
    expect((await send("POST", "/systems/x/instances/y/config", payload({}))).status).toBe(404);
    expect((await send("POST", "/instance-groups/x/config", payload({}))).status).toBe(404);
  });

  it("passes over unknown fields under the switch", async () => {
    const { send, control } = await startClient({ switches: { unknownFields: "ignore" } });
    const body = {
      metadata: { name: "x", nope: 1 },
      roleDef: { permissions: [{ feature: "SCAN", accessTypes: [], nope: 1 }] },
    };
    expect((await send("PUT", "/roles/x", body)).status).toBe(201);
    control.setSwitches({ unknownFields: "refuse" });
    expect((await send("PUT", "/roles/x", body)).status).toBe(400);
    expect((await send("GET", "/roles/x")).body.metadata).not.toHaveProperty("nope");
  });
});

describe("lists (4)", () => {
  const roles = async (count: number, options = {}) => {
    const client = await startClient(options);
    for (let i = 0; i < count; i++)
      client.control.write("roles", `r${i}`, { metadata: { name: `r${i}` }, roleDef: {} });
    return client;
  };
  const names = (body: { items: { metadata: { name: string } }[] }) => body.items.map(({ metadata }) => metadata.name);

  it("have 100 objects a page; pageSize=0 is all of them", async () => {
    const { send } = await roles(150);
    const first = (await send("GET", "/roles")).body;
    expect(first).toMatchObject({
      count: 151,
      itemsPerPage: 100,
      startIndex: 0,
      pageToken: expect.stringMatching(/^\d+$/),
    });
    const second = (await send("GET", `/roles?page=2&pageToken=${first.pageToken}`)).body;
    expect(second).toMatchObject({ count: 151, startIndex: 100 });
    expect(new Set([...names(first), ...names(second)]).size).toBe(151);
    expect((await send("GET", "/roles?pageSize=0")).body.items).toHaveLength(151);
    expect((await send("GET", "/roles?page=9")).body.items).toEqual([]);
  });

  it("stay as they were under one pageToken", async () => {
    const { send, control } = await roles(3);
    const { pageToken } = (await send("GET", "/roles?pageSize=2")).body;
    control.write("roles", "later", { metadata: { name: "later" }, roleDef: {} });
    const second = (await send("GET", `/roles?pageSize=2&page=2&pageToken=${pageToken}`)).body;
    expect([second.count, names(second)]).toEqual([4, ["r1", "r2"]]);
    expect((await send("GET", "/roles?pageToken=1")).status).toBe(400);
  });

  it.each(["pageSize=101", "pageSize=-1", "page=0", "page=x", "pageSize="])("refuse %s", async (query) => {
    const { send } = await startClient({ systems: [] });
    const { status, body } = await send("GET", `/certs?${query}`);
    expect([status, body.message]).toEqual([
      400,
      expect.stringMatching(/^parameter "page(Size)?" in query has an error/),
    ]);
  });

  it("pass over parameters they do not know; limit and count are switches", async () => {
    const { send, control } = await roles(4);
    expect((await send("GET", "/roles?limit=2&foo=bar")).body.items).toHaveLength(5);
    control.setSwitches({ limitParameter: "pageSize", countOf: "page" });
    expect((await send("GET", "/roles?limit=2")).body).toMatchObject({ count: 2, items: [{}, {}] });
  });
});

describe("control", () => {
  it("loses answers after the commit, and the log shows it", async () => {
    const { send, control } = await startClient();
    control.faults.inject({ match: `PUT ${base}/roles/*`, fault: { kind: "reset", when: "after" } });
    await expect(send("PUT", "/roles/x", { metadata: { name: "x" }, roleDef: {} })).rejects.toThrow("reset");
    expect((await send("GET", "/roles/x")).status).toBe(200);
  });

  it("goes back to the start", async () => {
    const { send, control, publish, page, simulator } = await start();
    await publish({ [main]: serving("mine") });
    await send("PUT", "/roles/x", { metadata: { name: "x" }, roleDef: {} });
    const { uid } = (await send("GET", "/instance-groups")).body.items[0];
    control.reset();
    await control.settled();
    expect((await send("GET", `/instance-groups/${uid}`)).status).toBe(200);
    expect((await send("GET", "/roles/x")).status).toBe(404);
    expect(control.history.all()).toEqual([]);
    if (simulator.nginx !== undefined) expect(await page()).toContain("Welcome");
  });

  it("is there for other processes", async () => {
    const { simulator, send } = await startClient();
    const ask = async (name: string, args: object) => {
      const { status, body } = await simulator.handle(
        request("POST", `/_control/${name}`, args, { authorization: `Bearer ${simulator.controlToken}` }),
      );
      return [status, JSON.parse(body)];
    };
    await send("PUT", "/roles/x", {
      metadata: { name: "x" },
      roleDef: { permissions: [{ feature: "SCAN", accessTypes: ["READ", "UPDATE"] }] },
    });
    const [, role] = await ask("revokePermission", { role: "x", feature: "SCAN", accessType: "UPDATE", user: "bob" });
    expect(role.roleDef.permissions).toMatchObject([{ feature: "SCAN", accessTypes: ["READ"] }]);
    expect((await ask("instances", {}))[1]).toMatchObject([{ hostname: "web-1" }, { hostname: "web-2", plus: true }]);
    expect(await ask("setOnline", { instance: "web-1", online: "false" })).toEqual([200, {}]);
    expect(await ask("setOnline", { instance: "nobody", online: true })).toEqual([
      400,
      { error: 'Error: there is no instance "nobody"' },
    ]);
    expect((await ask("history", { path: `${base}/roles/x` }))[1]).toMatchObject([{ user: "admin" }, { user: "bob" }]);
  });
});

describe("the command line", () => {
  it("prints a line with address, user and password, has the real limit, and every switch as an option", async () => {
    const command = new URL("../../cli/index.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [
      command,
      "simulate",
      "--nim-conflict-status",
      "400",
      "--nim-password",
      "secret",
      "--control-token",
      "token",
    ]);
    try {
      let output = "";
      while (!/^NIM .*\n/m.test(output)) output += (await once(child.stdout, "data"))[0];
      const [, url] = /^NIM {2}(http:\/\/127\.0\.0\.1:\d+) {2}user admin {2}password secret$/m.exec(output) ?? [];
      const answer = await fetch(`${url}${base}/userinfo`, { headers: basic("admin", "secret") });
      expect(answer.status).toBe(200);
      const headers = { authorization: "Bearer token" };
      const switches = await (await fetch(`${url}/_control/switches`, { headers })).json();
      expect(switches).toMatchObject({ gatewayRate: 20, conflictStatus: 400, requestsPerSecond: 0 });
    } finally {
      child.kill("SIGKILL");
    }
  });
});
