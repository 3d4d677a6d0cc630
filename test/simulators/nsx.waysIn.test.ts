import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { issue } from "../tools/pki.ts";
import { basic, type NsxClient, startClient } from "./nsx.client.ts";

const path = "/policy/api/v1/infra/segments";
const form = { "content-type": "application/x-www-form-urlencoded" };
const identity = await issue("pulumi");

/** A request with these headers and nothing else that logs in. */
async function ask(
  { simulator }: NsxClient,
  headers: Record<string, string>,
  { method = "GET", to = path, clientCertificate }: { method?: string; to?: string; clientCertificate?: string } = {},
) {
  const sent = { ...request(method, to, method === "PUT" ? {} : "", headers), clientCertificate };
  const answer = await simulator.handle(sent);
  return { status: answer.status, body: JSON.parse(answer.body) };
}

async function exchange({ simulator }: NsxClient, kind: string, body: string, headers: Record<string, string> = form) {
  const answer = await simulator.handle(request("POST", `/csp/gateway/am/api/auth/${kind}`, body, headers));
  return { status: answer.status, body: JSON.parse(answer.body) };
}

describe("VMware Cloud", () => {
  it("exchanges an API token, by a form, for a token that goes as csp-auth-token and ends (guide)", async () => {
    const client = await startClient({ now: () => 0 });
    const { apiToken } = client.simulator.cloud;
    const { status, body } = await exchange(client, "api-tokens/authorize", `refresh_token=${apiToken}`);
    expect([status, body.expires_in, body.token_type]).toEqual([200, 1800, "bearer"]);
    const headers = { "csp-auth-token": body.access_token };
    expect((await ask(client, headers)).status).toBe(200);
    expect((await ask(client, { authorization: `Bearer ${body.access_token}` })).status).toBe(403);
    client.simulator.control.clock.advance(1_800_000);
    expect(await ask(client, headers)).toMatchObject({ status: 401, body: { error_code: 401 } });
  });

  it("exchanges an app's id and secret, encoded as RFC 6749 has it", async () => {
    const client = await startClient();
    const { clientId, clientSecret } = client.simulator.cloud;
    const headers = { ...form, ...basic(clientId, encodeURIComponent(clientSecret)) };
    const { status, body } = await exchange(client, "authorize", "grant_type=client_credentials", headers);
    expect(status).toBe(200);
    expect((await ask(client, { "csp-auth-token": body.access_token })).status).toBe(200);
  });

  it("refuses what it does not know, each in the words of its kind", async () => {
    const client = await startClient();
    const { clientId, clientSecret, apiToken } = client.simulator.cloud;
    expect(await exchange(client, "api-tokens/authorize", "refresh_token=x")).toMatchObject({
      status: 400,
      body: { statusCode: 400, message: "invalid_grant: Invalid refresh token: x" },
    });
    expect((await exchange(client, "api-tokens/authorize", `refresh_token=${apiToken}`, {})).status).toBe(415);
    const app = (secret: string) => ({ ...form, ...basic(clientId, secret) });
    expect(await exchange(client, "authorize", "grant_type=client_credentials", app("x"))).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    expect(await exchange(client, "authorize", "grant_type=password", app(clientSecret))).toMatchObject({
      status: 400,
      body: { error: "unsupported_grant_type" },
    });
    expect((await exchange(client, "other", "")).status).toBe(404);
  });
});

describe("a token of NSX's own", () => {
  it("goes as a bearer's, and ends", async () => {
    const client = await startClient({ now: () => 0 });
    const { control } = client.simulator;
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await ask(client, bearer(client.simulator.token))).status).toBe(200);
    const short = control.issueToken("alice", 60);
    expect((await ask(client, bearer(short), { method: "PUT", to: `${path}/web` })).body._create_user).toBe("alice");
    expect((await ask(client, { "csp-auth-token": short })).status).toBe(401);
    control.clock.advance(60_000);
    expect(await ask(client, bearer(short))).toMatchObject({ status: 403, body: { error_code: 403 } });
    control.expireTokens();
    expect((await ask(client, bearer(client.simulator.token))).status).toBe(403);
  });
});

describe("a client certificate", () => {
  it("is a principal identity's, whose objects are protected from others", async () => {
    const client = await startClient({ principals: { pulumi: identity.certificate } });
    const clientCertificate = identity.certificate;
    const made = await ask(client, {}, { method: "PUT", to: `${path}/web`, clientCertificate });
    expect(made.body).toMatchObject({ _create_user: "pulumi", _protection: "REQUIRE_OVERRIDE" });
    const { body } = await client.send("DELETE", "/infra/segments/web");
    expect(body.error_message).toContain("(createUser=pulumi,");
    const overwrite = { ...basic("admin", client.simulator.password), "x-allow-overwrite": "true" };
    expect((await client.send("DELETE", "/infra/segments/web", "", overwrite)).status).toBe(200);
  });

  it("that nobody knows, or after its time, is not trusted (500, code 99); beside a password it is not looked at", async () => {
    const client = await startClient({ principals: { pulumi: identity.certificate } });
    const { certificate } = await issue("somebody");
    const untrusted = { status: 500, body: { error_code: 99 } };
    expect(await ask(client, {}, { clientCertificate: certificate })).toMatchObject(untrusted);
    const admin = basic("admin", client.simulator.password);
    expect((await ask(client, admin, { clientCertificate: certificate })).status).toBe(200);
    client.simulator.control.clock.advance(100 * 24 * 60 * 60 * 1000);
    expect(await ask(client, {}, { clientCertificate: identity.certificate })).toMatchObject(untrusted);
  });

  it("comes in the handshake of TLS", async () => {
    const principals = { pulumi: identity.certificate };
    const nsx = await startNsxSimulator({ port: false, https: true, principals });
    const statusWith = (options: object) =>
      new Promise((resolve, reject) => {
        httpsRequest(`${nsx.httpsUrl}${path}`, { ca: nsx.caCertificate, agent: false, ...options }, async (answer) => {
          await text(answer);
          resolve(answer.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await statusWith({ cert: identity.certificate, key: identity.key })).toBe(200);
    expect(await statusWith({})).toBe(403);
    await nsx.close();
  });
});

describe("which way is open", () => {
  const shown = async (client: NsxClient) => {
    const { username, password, token, cloud } = client.simulator;
    const login = await client.simulator.handle(
      request("POST", "/api/session/create", `j_username=${username}&j_password=${encodeURIComponent(password)}`, form),
    );
    const [cookie = ""] = String(login.headers["set-cookie"]).split(";");
    const access = await exchange(client, "api-tokens/authorize", `refresh_token=${cloud.apiToken}`);
    return {
      session: { cookie, "x-xsrf-token": String(login.headers["x-xsrf-token"]) },
      basic: basic(username, password),
      token: { authorization: `Bearer ${token}` },
      vmc: { "csp-auth-token": String(access.body.access_token) },
      certificate: {},
    };
  };

  it.each(["session", "basic", "token", "vmc", "certificate"] as const)("only %s", async (login) => {
    const client = await startClient({ switches: { login }, principals: { pulumi: identity.certificate } });
    const ways = Object.entries(await shown(client));
    const statuses = await Promise.all(
      ways.map(async ([way, headers]) => {
        const more = way === "certificate" ? { clientCertificate: identity.certificate } : {};
        return [way, (await ask(client, headers, more)).status === 200];
      }),
    );
    expect(statuses.filter(([, isOpen]) => isOpen)).toEqual([[login, true]]);
  });

  it("never two at once, but for a session beside Basic, which clients send (guide)", async () => {
    const client = await startClient();
    const { session, basic: user, token, vmc } = await shown(client);
    expect((await ask(client, { ...session, ...user })).status).toBe(200);
    expect((await ask(client, { ...session, ...vmc })).status).toBe(403);
    expect((await ask(client, { ...vmc, ...token })).status).toBe(401);
    expect((await ask(client, { ...session, ...token })).status).toBe(403);
  });

  it("none to whom it is locked", async () => {
    const client = await startClient();
    const { session, basic: user, token, vmc } = await shown(client);
    client.simulator.control.lock("admin");
    for (const headers of [session, user, token, vmc]) expect((await ask(client, headers)).status).not.toBe(200);
    const { apiToken } = client.simulator.cloud;
    expect((await exchange(client, "api-tokens/authorize", `refresh_token=${apiToken}`)).status).toBe(400);
  });
});

it("an auditor may read and not write", async () => {
  const client = await startClient({ users: { eve: "e" }, roles: { eve: "auditor" } });
  const eve = basic("eve", "e");
  expect((await client.send("GET", path, "", eve)).status).toBe(200);
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    expect(await client.send(method, `${path}/web`, {}, eve)).toMatchObject({ status: 403, body: { error_code: 289 } });
  }
});

it("behind a reverse proxy it stands below a path, and the proxy has a page for everything else", async () => {
  const client = await startClient({ switches: { basePath: "/vmc/nsx" } });
  const admin = basic("admin", client.simulator.password);
  expect((await ask(client, admin, { to: `/vmc/nsx${path}` })).status).toBe(200);
  for (const to of [path, `/vmc/nsxt${path}`, "/vmc/nsx"]) {
    const answer = await client.simulator.handle(request("GET", to, "", admin));
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "text/html"]);
  }
});
