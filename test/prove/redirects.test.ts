// A manager may send a request on to another one of its cluster, and to nobody else. Each of NSX's ways in with a stranger,
// the client certificate too: test/nsx/waysIn.test.ts.

import { expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import { startStranger } from "../tools/stranger.ts";
import { simulatorTransport } from "../tools/world.ts";
import { answer, startFaultProxy } from "./faultProxy.ts";

const [first, second, stranger] = [
  "https://nsx-1.example",
  "https://nsx-2.example",
  "https://elsewhere.example",
] as const;
const args = { segmentId: "web", description: "as made", waitForRealization: false };

interface Cluster {
  readonly run: ResourceRun;
  /** `METHOD manager path` of each request. */
  readonly asked: string[];
  readonly requests: Request[];
}

/** @param redirect - where a manager sends a request; `undefined` serves it */
async function startCluster(
  redirect: (origin: string, request: Request) => string | undefined,
  settings: Record<string, string> = {},
): Promise<Cluster> {
  const simulator = await startNsxSimulator({ port: false });
  const serve = simulatorTransport(simulator.handle);
  const requests: Request[] = [];
  const { byName } = createProviders({
    environment: {
      NSX_ENDPOINT: `${first}, ${second}`,
      NSX_USERNAME: simulator.username,
      NSX_PASSWORD: simulator.password,
      ...settings,
    },
    clock: { ...systemClock, sleep: async () => {} },
    log: { warn: () => {}, progress: () => {} },
    async transport(request): Promise<Answer> {
      requests.push(request);
      const location = redirect(request.origin ?? "", request);
      return location ? { status: 307, headers: { location }, body: "" } : serve(request);
    },
  });
  const provider = byName.NsxSegment as unknown as ResourceRun["provider"];
  const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
  const asked = new Proxy([] as string[], {
    get: (_, key) =>
      Reflect.get(
        requests.map(({ method, origin, path }) => `${method} ${origin}${path.replace(/\?.*/, "")}`),
        key,
      ),
  });
  return { run, asked, requests };
}

const to = (manager: string, { path }: Request) => manager + path;

test("to a configured manager it is followed, with method and body, and stays there", async () => {
  const { run, asked } = await startCluster((origin, request) => (origin === first ? to(second, request) : undefined));
  await run.up(args);
  await run.up({ ...args, description: "changed" });
  expect(run.state?.outputs.description).toBe("changed");
  expect([...asked].slice(0, 3)).toEqual([
    `POST ${first}/api/session/create`,
    `POST ${second}/api/session/create`,
    `PUT ${second}/policy/api/v1/infra/segments/web`,
  ]);
  expect([...asked].filter((request) => request.includes(first))).toHaveLength(1);
});

test("a session belongs to one manager: the other gets a login of its own and no cookie", async () => {
  const { run, requests } = await startCluster((origin, request) =>
    origin === first && request.method === "PUT" ? to(second, request) : undefined,
  );
  await run.up(args);
  const seen = requests.filter(({ origin }) => origin === second);
  expect(seen.map(({ method }) => method)).toEqual(["POST", "PUT"]);
  expect(seen[0]?.headers?.cookie).toBeUndefined();
  const cookies = requests.filter(({ method }) => method === "PUT").map(({ headers }) => headers?.cookie);
  expect(new Set(cookies).size).toBe(2);
});

test("with basic authentication as well", async () => {
  const { run, asked } = await startCluster((origin, request) => (origin === first ? to(second, request) : undefined), {
    NSX_AUTH: "basic",
  });
  await run.up(args);
  expect([...asked]).toEqual([
    `PUT ${first}/policy/api/v1/infra/segments/web`,
    `PUT ${second}/policy/api/v1/infra/segments/web`,
  ]);
});

test("a stranger is named, and gets nothing", async () => {
  const { run, requests } = await startCluster((_, request) =>
    request.method === "PUT" ? to(stranger, request) : undefined,
  );
  await expect(run.up(args)).rejects.toThrow(
    /redirected to https:\/\/elsewhere\.example, which is not configured.*name it in nsx:endpoint too/,
  );
  expect(requests.filter(({ origin }) => origin === stranger)).toEqual([]);
});

test("managers that send a request round and round are an error after three redirects", async () => {
  const { run, requests } = await startCluster((origin, request) => to(origin === first ? second : first, request));
  await expect(run.up(args)).rejects.toThrow(/after 3 redirects before it/);
  expect(requests).toHaveLength(4);
});

test("from https to http nothing is followed", async () => {
  // One that is let in as an endpoint, since it is this machine itself.
  const plain = "http://nsx-2.localhost";
  const { run, requests } = await startCluster((_, request) => to(plain, request), {
    NSX_ENDPOINT: `${first},${plain}`,
  });
  await expect(run.up(args)).rejects.toThrow("from https to http nothing is followed");
  expect(requests).toHaveLength(1);
});

test("over real sockets", async () => {
  const simulator = await startNsxSimulator();
  const proxy = await startFaultProxy(simulator.url);
  const { byName, close } = createProviders({
    environment: {
      NSX_ENDPOINT: `${proxy.url},${simulator.url}`,
      NSX_USERNAME: simulator.username,
      NSX_PASSWORD: simulator.password,
    },
    clock: { ...systemClock, sleep: async () => {} },
    log: { warn: () => {}, progress: () => {} },
  });
  const run = new ResourceRun(byName.NsxSegment as unknown as ResourceRun["provider"], {
    owner: "acme/urn:pulumi:dev::shop::x::web",
    __provider: "text",
  });
  proxy.arm(
    {
      kind: "answer",
      name: "301",
      text: (path) => answer("301 Moved Permanently", "", [`location: ${simulator.url}${path}`]),
    },
    2,
  );
  expect(await run.up(args)).toBe("create");
  expect(await run.refresh()).toEqual([]);
  expect(proxy.requests()).toBe(2);
  await close();
  await proxy.close();
  await simulator.close();
});

const nimLogins: Record<string, (nim: NimSimulator) => Record<string, string>> = {
  "a user with a password": ({ username, password }) => ({ NIM_USERNAME: username, NIM_PASSWORD: password }),
  "a token": () => ({ NIM_TOKEN: "a.b.c" }),
  "an account of the identity provider": ({ oidc }) => ({
    NIM_OIDC_TOKEN_URL: oidc.tokenUrl,
    NIM_OIDC_CLIENT_ID: oidc.clientId,
    NIM_OIDC_CLIENT_SECRET: oidc.clientSecret,
  }),
};

test.each(
  Object.entries(nimLogins).flatMap(([name, login]) =>
    ["/api/**", "/idp/**"].map((what) => [name, what, login] as const),
  ),
)("of NIM, logged in with %s, a stranger to whom %s is redirected gets nothing", async (name, what, login) => {
  const nim = await startNimSimulator({ nginx: false, systems: [], switches: { oidc: !name.includes("password") } });
  const elsewhere = await startStranger();
  for (const status of [301, 302, 307, 308] as const) {
    const fault = { kind: "redirect", status, to: `http://${elsewhere.host}` } as const;
    nim.control.faults.inject({ match: `* ${what}`, times: "always", fault });
    const { byName, close } = createProviders({
      environment: { NIM_ENDPOINT: nim.url, ...login(nim) },
      clock: { ...systemClock, sleep: async () => {} },
      log: { warn: () => {}, progress: () => {} },
    });
    const provider = byName.Role as unknown as ResourceRun["provider"];
    const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::ops", __provider: "text" });
    const outcome = await run.up({ name: `ops-${status}` }).then(String, (error: Error) => error.message);
    if (nim.control.requests.count(`* ${what}`) > 0) expect(outcome).toMatch(/redirected|refused/);
    await close();
  }
  expect(elsewhere.connections()).toBe(0);
  elsewhere.close();
  await nim.close();
});
