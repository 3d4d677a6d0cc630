// A page in the developer's browser that wants something of the simulators: everything that a browser lets it send, and
// for each guard the request that only this guard stops.
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { base, basic, main, payload, serving } from "./nim.client.ts";

let nsx: NsxSimulator;
let nim: NimSimulator;

beforeAll(async () => {
  nsx = await startNsxSimulator();
  nim = await startNimSimulator({ nginx: false });
});
afterAll(async () => {
  await nsx.close();
  await nim.close();
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** With headers that `fetch` would not let a test set. */
async function send(url: string, method: string, headers: OutgoingHttpHeaders, body = ""): Promise<Answer> {
  const asked = httpRequest(url, { method, headers: { ...headers, "content-length": Buffer.byteLength(body) } });
  asked.end(body);
  const [answer] = await once(asked, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

const web = "/infra/segments/web";
const changes = JSON.stringify({ path: "/infra/tier-1s/t1-web", changes: { description: "hostile" } });
const json = { "content-type": "application/json" };
const token = () => ({ ...json, authorization: `Bearer ${nsx.controlToken}` });
const change = (headers: OutgoingHttpHeaders) => send(`${nsx.url}/_control/change`, "POST", headers, changes);
const isChanged = () => nsx.control.object("/infra/tier-1s/t1-web")?.description === "hostile";
const portOf = (url: string) => new URL(url).port;

describe("the control interface", () => {
  it("does nothing for a page: text, a form, nothing said of the body, an image", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", undefined]) {
      const headers = { origin: "https://hostile.example", "sec-fetch-site": "cross-site" };
      expect((await change({ ...headers, ...(type && { "content-type": type }) })).status).toBe(403);
    }
    const image = { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" };
    expect((await send(`${nim.url}/_control/setOnline?instance=web-1&online=false`, "GET", image)).status).toBe(403);
    expect(nim.control.instances()[0]?.online).toBe(true);
    expect(isChanged()).toBe(false);
  });

  it("asks for the token, of GET, too", async () => {
    for (const headers of [json, { ...json, authorization: "Bearer " }, { ...json, authorization: "Bearer wrong" }]) {
      const { status, body } = await change(headers);
      expect([status, body]).toEqual([401, expect.stringContaining('\\"simulate\\" prints it')]);
    }
    for (const path of ["/_control/", "/_control/requests", "/_control/setOnline?instance=web-1&online=false"]) {
      expect((await send(`${nim.url}${path}`, "GET", {})).status).toBe(401);
    }
    expect(nim.control.instances()[0]?.online).toBe(true);
    expect(isChanged()).toBe(false);
  });

  it("has a token that nobody can guess: another one each time, whatever the seed", async () => {
    const again = await Promise.all([1, 1].map((seed) => startNsxSimulator({ port: false, seed })));
    expect(new Set([nsx, nim, ...again].map(({ controlToken }) => controlToken)).size).toBe(4);
    expect(nsx.controlToken).toMatch(/^[0-9a-f]{32}$/);
  });

  it("takes JSON only, even with the token", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", undefined]) {
      const { status } = await change({ authorization: token().authorization, ...(type && { "content-type": type }) });
      expect(status).toBe(415);
    }
    expect(isChanged()).toBe(false);
  });

  it.each([
    ["of another site", { origin: "https://hostile.example" }],
    ["in a sandboxed frame", { origin: "null" }],
    ["of another port of this machine", { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" }],
    ["that says so without Origin", { "sec-fetch-site": "cross-site" }],
    ["of another port without Origin", { "sec-fetch-site": "same-site" }],
  ])("does nothing for a page %s, even with the token", async (_, headers) => {
    expect((await change({ ...token(), ...headers })).status).toBe(403);
    expect(isChanged()).toBe(false);
  });

  it("does nothing for a page whose name points here (DNS rebinding), even with the token", async () => {
    for (const host of ["hostile.example", "127.0.0.1.hostile.example", "localhost.hostile.example", "[::1].hostile"]) {
      const rebound = { host: `${host}:${portOf(nsx.url)}`, origin: `http://${host}:${portOf(nsx.url)}` };
      expect((await change({ ...token(), ...rebound, "sec-fetch-site": "same-origin" })).status).toBe(403);
    }
    expect(isChanged()).toBe(false);
  });

  it("says nothing to a preflight", async () => {
    const asks = { origin: "https://hostile.example", "access-control-request-headers": "authorization" };
    for (const { url } of [nsx, nim]) {
      const { headers } = await send(`${url}/_control/reset`, "OPTIONS", asks);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it("serves who has the token, under each of this machine's names", async () => {
    const port = portOf(nsx.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `NSX.localhost:${port}`, `[::1]:${port}`]) {
      expect((await send(`${nsx.url}/_control/count`, "GET", { ...token(), host })).status).toBe(200);
    }
  });
});

describe("the simulated systems", () => {
  const put = (headers: OutgoingHttpHeaders) =>
    send(`${nsx.url}/policy/api/v1${web}`, "PUT", { ...basic("admin", nsx.password), ...json, ...headers }, "{}");

  it("have no session for a page that knows the password, which stands in the README", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded", origin: "https://hostile.example" };
    const login = `j_username=admin&j_password=${encodeURIComponent(nsx.password)}`;
    const answer = await send(`${nsx.url}/api/session/create`, "POST", form, login);
    expect([answer.status, answer.headers["set-cookie"]]).toEqual([403, undefined]);
  });

  it("take no config from a page for which the browser knows the password", async () => {
    const [{ systemUid, instanceUid } = { systemUid: "", instanceUid: "" }] = nim.instances;
    const url = `${nim.url}${base}/systems/${systemUid}/instances/${instanceUid}/config`;
    const body = JSON.stringify(payload({ [main]: serving("hostile") }));
    const credentials = basic("admin", nim.password);
    const page = { origin: "https://hostile.example", "sec-fetch-site": "cross-site" };
    expect((await send(url, "POST", { ...credentials, ...page }, body)).status).toBe(403);
    expect((await send(url, "POST", { ...credentials, host: "hostile.example" }, body)).status).toBe(403);
    expect(nim.control.history.all()).toEqual([]);
  });

  it("are closed to names that point here, and answer programs as ever", async () => {
    expect((await put({ host: "hostile.example" })).status).toBe(403);
    expect((await put({ origin: `http://hostile.example` })).status).toBe(403);
    expect(nsx.control.object(web)).toBeUndefined();
    expect((await put({ host: "localhost" })).status).toBe(200);
    // A page of its own: a manager has a web interface, and a browser's address line is no page at all.
    const own = { origin: nsx.url, "sec-fetch-site": "same-origin" };
    expect((await send(`${nsx.url}/api/v1/node`, "GET", { ...basic("admin", nsx.password), ...own })).status).toBe(200);
    const typed = { ...basic("admin", nsx.password), "sec-fetch-site": "none" };
    expect((await send(`${nsx.url}/api/v1/node`, "GET", typed)).status).toBe(200);
  });
});
