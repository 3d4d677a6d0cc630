import { describe, expect, it } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import { basic, type NsxClient, startClient } from "./nsx.client.ts";

const path = "/policy/api/v1/infra/segments";

async function login({ simulator }: NsxClient, form = `j_username=admin&j_password=${simulator.password}`) {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const response = await simulator.handle(request("POST", "/api/session/create", form, headers));
  const cookie = String(response.headers["set-cookie"]).split(";")[0] ?? "";
  return { ...response, session: { cookie, "x-xsrf-token": String(response.headers["x-xsrf-token"]) } };
}

async function statusWith({ simulator }: NsxClient, headers: Record<string, string>, method = "GET") {
  return (await simulator.handle(request(method, path, "", headers))).status;
}

/** The body that a real manager sends, word for word. */
const refused = {
  module_name: "common-services",
  error_message: "The credentials were incorrect or the account specified has been locked.",
  error_code: 403,
};

describe("Basic", () => {
  it("serves every user that there is, and nobody else (403, the real body)", async () => {
    const client = await startClient({ users: { alice: "wonder:land" } });
    expect(await statusWith(client, basic("alice", "wonder:land"))).toBe(200);
    const wrong = await client.send("GET", path, "", basic("admin", "wrong"));
    expect([wrong.status, wrong.body]).toEqual([403, refused]);
    expect(await statusWith(client, {})).toBe(403);
    client.simulator.control.setSwitches({ loginFailureStatus: 401 });
    expect(await statusWith(client, {})).toBe(401);
  });

  it("takes a password that somebody has changed in place of the old one, until the reset", async () => {
    const client = await startClient();
    const { control, password } = client.simulator;
    control.setPassword("admin", "Rotated-2!");
    const statuses = () =>
      Promise.all([password, "Rotated-2!"].map((text) => statusWith(client, basic("admin", text))));
    expect(await statuses()).toEqual([403, 200]);
    control.reset();
    expect(await statuses()).toEqual([200, 403]);
  });

  it("names its user in what it writes", async () => {
    const { send } = await startClient({ users: { alice: "a" } });
    const { body } = await send("PUT", "/infra/segments/web", {}, basic("alice", "a"));
    expect(body).toMatchObject({ _create_user: "alice", _last_modified_user: "alice" });
  });
});

describe("sessions", () => {
  it("are made from a form, give cookie and token, and serve the requests that carry both (guide)", async () => {
    const client = await startClient();
    const { status, body, headers, session } = await login(client);
    expect(status).toBe(200);
    expect(JSON.parse(body).roles).toHaveLength(1);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(/^JSESSIONID=\w+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ]);
    expect(await statusWith(client, session)).toBe(200);
    expect(await statusWith(client, { ...session, ...basic("admin", client.simulator.password) })).toBe(200);
  });

  it("refuse a missing or wrong token with code 98", async () => {
    const client = await startClient();
    const { session } = await login(client);
    const { cookie } = session;
    const response = await client.simulator.handle(request("GET", path, "", { cookie }));
    expect([response.status, JSON.parse(response.body).error_code]).toEqual([403, 98]);
  });

  it("take a password as a form: encoded, or plain as some clients send it, but a raw plus is a blank", async () => {
    const client = await startClient({ password: "a+b!%c" });
    expect((await login(client, "j_username=admin&j_password=a%2Bb%21%25c")).status).toBe(200);
    expect((await login(client, "j_username=admin&j_password=a%2Bb!%c")).status).toBe(200);
    expect(await login(client, "j_username=admin&j_password=a+b!%c")).toMatchObject({ status: 403 });
  });

  it("expire after half an hour without a request, with 403 even beside valid Basic (guide)", async () => {
    const client = await startClient({ now: () => 0 });
    const { session } = await login(client);
    const { clock } = client.simulator.control;
    clock.advance(1_700_000);
    expect(await statusWith(client, session)).toBe(200);
    clock.advance(1_700_000);
    expect(await statusWith(client, session)).toBe(200);
    clock.advance(1_800_001);
    expect(await statusWith(client, { ...session, ...basic("admin", client.simulator.password) })).toBe(403);
  });

  it("end at once by /api/session/destroy, or when a test says so", async () => {
    const client = await startClient();
    const first = (await login(client)).session;
    await client.simulator.handle(request("POST", "/api/session/destroy", "", first));
    expect(await statusWith(client, first)).toBe(403);
    const second = (await login(client)).session;
    client.simulator.control.expireSessions("admin");
    expect(await statusWith(client, second)).toBe(403);
  });
});

describe("limits (guide: 100 a second and 40 at once per client, 199 at once overall)", () => {
  it("answer 429 with the real body, whose error_code is text", async () => {
    const client = await startClient({ now: () => 0, switches: { requestsPerSecond: 1 } });
    await client.send("GET", path);
    expect(await client.send("GET", path)).toMatchObject({
      status: 429,
      body: {
        module_name: "common-services",
        error_message: "Client 'admin' exceeded request rate of 1 per second",
        error_code: "102",
      },
    });
  });

  it("know a client by its user name, whether by Basic or by session", async () => {
    const client = await startClient({ now: () => 0, users: { alice: "a" } });
    const { session } = await login(client);
    client.simulator.control.setSwitches({ requestsPerSecond: 1 });
    expect(await statusWith(client, session)).toBe(200);
    expect(await statusWith(client, basic("admin", client.simulator.password))).toBe(429);
    expect(await statusWith(client, basic("alice", "a"))).toBe(200);
  });

  it("answer 503 when the whole server is busy", async () => {
    const client = await startClient({ switches: { totalConcurrency: 1 } });
    const fault = { kind: "delay", when: "before", milliseconds: 10 } as const;
    client.simulator.control.faults.inject({ match: "GET /**", fault });
    const answers = await Promise.all([client.send("GET", path), client.send("GET", path)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
  });
});

describe("what clients ask before they start", () => {
  it("health, version and the limits of types", async () => {
    const { send } = await startClient({ switches: { version: "4.2.1.0.0" } });
    expect((await send("GET", "/api/v1/reverse-proxy/node/health")).body.healthy).toBe(true);
    expect((await send("GET", "/api/v1/node")).body.node_version).toBe("4.2.1.0.0");
    expect((await send("GET", "/api/v1/node/version")).body.node_version).toBe("4.2.1.0.0");
    for (const prefix of ["/api/v1", "/policy/api/v1"]) {
      const tag = await send("GET", `${prefix}/spec/vmware/types/Tag`);
      expect(tag.body.properties.scope.maxLength).toBe(128);
    }
  });

  it("the limits of the API service, which are those that are kept; 0 is none", async () => {
    const { send, simulator } = await startClient();
    const limits = async () => {
      const { service_name, service_properties: all } = (await send("GET", "/api/v1/node/services/http")).body;
      return [
        service_name,
        all.client_api_rate_limit,
        all.client_api_concurrency_limit,
        all.global_api_concurrency_limit,
      ];
    };
    expect(await limits()).toEqual(["http", 0, 0, 0]);
    simulator.control.setSwitches({ requestsPerSecond: 20, clientConcurrency: 4, totalConcurrency: 199 });
    expect(await limits()).toEqual(["http", 20, 4, 199]);
    expect((await send("GET", "/policy/api/v1/node/services/http")).status).toBe(404);
  });

  it("those limits only as who may: a role that sees appliances, one that changes them, or nobody", async () => {
    const customRoles = { segments_only: { segments: "crud" } } as const;
    const users = { root: "r", auditor: "a", tenant: "t" };
    const roles = { auditor: "auditor", tenant: "segments_only" };
    const { simulator } = await startClient({ users, roles, customRoles });
    const statuses = async () => {
      const asked = Object.entries(users).map(async ([user, password]) => {
        const headers = basic(user, password);
        return (await simulator.handle(request("GET", "/api/v1/node/services/http", "", headers))).status;
      });
      return await Promise.all(asked);
    };
    expect(await statuses()).toEqual([200, 200, 403]);
    simulator.control.setSwitches({ httpService: "administrators" });
    expect(await statuses()).toEqual([200, 403, 403]);
    simulator.control.setSwitches({ httpService: "absent" });
    expect(await statuses()).toEqual([404, 404, 404]);
  });
});
