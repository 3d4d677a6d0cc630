// Each of the guide's ways in, where it is the only one that is open, and what becomes of two hundred creates when it is
// shut in their middle: one clear outcome, no operation twice, no storm of logins, and no secret in anything that is said.
import { createPrivateKey } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import type { SimRequest, SimResponse } from "../../simulators/kit/index.ts";
import { type NsxSimulator, type NsxSimulatorOptions, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { type Search, searchFor } from "../tools/canary.ts";
import { issue } from "../tools/pki.ts";
import { type ProviderCalls, ResourceRun } from "../tools/stack.ts";
import { startStranger } from "../tools/stranger.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";

const seconds = 1_000;
const [identity, stranger] = await Promise.all([issue("pulumi"), issue("somebody")]);
const passphrase = "Sesam, oeffne dich!";
const lockedKey = String(
  createPrivateKey(identity.key).export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase }),
);

type Settings = Record<string, string>;

interface Way {
  readonly login: "session" | "basic" | "certificate" | "token" | "vmc";
  settings(simulator: NsxSimulator): Settings;
  /** The same with something else in the place of what is right. */
  readonly wrong: Settings;
  /** What a refusal says: whose it is, and which settings to check. */
  readonly refusal: RegExp;
  /** Requests that log in. */
  readonly logins: string;
  /** How many of them two hundred creates need. */
  readonly needs: 0 | 1;
}

const authUrl = { NSX_VMC_AUTH_URL: "https://console.invalid" };

const ways: Readonly<Record<string, Way>> = {
  session: {
    login: "session",
    settings: ({ username, password }) => ({ NSX_USERNAME: username, NSX_PASSWORD: password }),
    wrong: { NSX_PASSWORD: "Kanarienvogel-1" },
    refusal: /refused the login of "admin".*Check NSX_USERNAME and NSX_PASSWORD, or nsx:username and nsx:password\./,
    logins: "POST /api/session/create",
    needs: 1,
  },
  basic: {
    login: "basic",
    settings: ({ username, password }) => ({ NSX_USERNAME: username, NSX_PASSWORD: password, NSX_AUTH: "basic" }),
    wrong: { NSX_PASSWORD: "Kanarienvogel-1" },
    refusal: /refused the login of "admin".*Check NSX_USERNAME and NSX_PASSWORD, or nsx:username and nsx:password\./,
    logins: "POST /api/session/create",
    needs: 0,
  },
  "a client certificate": {
    login: "certificate",
    settings: () => ({
      NSX_CLIENT_CERTIFICATE: identity.certificate,
      NSX_CLIENT_KEY: lockedKey,
      NSX_CLIENT_KEY_PASSPHRASE: passphrase,
    }),
    wrong: { NSX_CLIENT_CERTIFICATE: stranger.certificate, NSX_CLIENT_KEY: stranger.key },
    refusal: /refused the client certificate.*\(error 99\).*nsx:clientCertificate and nsx:clientKey\./,
    logins: "POST /api/session/create",
    needs: 0,
  },
  "a token": {
    login: "token",
    settings: ({ control }) => ({ NSX_TOKEN: control.issueToken("admin", 60) }),
    wrong: { NSX_TOKEN: "ey.Kanarienvogel.1" },
    refusal: /refused the token.*It may have ended: set a fresh one as NSX_TOKEN, or nsx:token\./,
    logins: "POST /api/session/create",
    needs: 0,
  },
  "VMware Cloud, an API token": {
    login: "vmc",
    settings: ({ cloud }) => ({ ...authUrl, NSX_VMC_REFRESH_TOKEN: cloud.apiToken }),
    wrong: { NSX_VMC_REFRESH_TOKEN: "Kanarienvogel-1" },
    refusal:
      /console\.invalid gave no token.*invalid_grant.*Check NSX_VMC_REFRESH_TOKEN and NSX_VMC_AUTH_URL, or nsx:vmcRefreshToken and nsx:vmcAuthUrl\./,
    logins: "POST /csp/gateway/am/api/auth/api-tokens/authorize",
    needs: 1,
  },
  "VMware Cloud, an app": {
    login: "vmc",
    settings: ({ cloud }) => ({
      ...authUrl,
      NSX_VMC_CLIENT_ID: cloud.clientId,
      NSX_VMC_CLIENT_SECRET: cloud.clientSecret,
    }),
    wrong: { NSX_VMC_CLIENT_SECRET: "Kanarienvogel-1" },
    refusal:
      /console\.invalid gave no token.*invalid_client: Client authentication failed.*Check NSX_VMC_CLIENT_ID and .*, or nsx:vmcClientId and nsx:vmcClientSecret and nsx:vmcAuthUrl\./,
    logins: "POST /csp/gateway/am/api/auth/authorize",
    needs: 1,
  },
};

const all = Object.entries(ways);
const those = (...logins: string[]) => all.filter(([, { login }]) => logins.includes(login));
const lasting = those("basic", "certificate", "token");
const renewed = those("session", "vmc");

let close: () => Promise<unknown> = async () => {};
afterEach(() => close());

const owner = (name: string) => `acme/urn:pulumi:dev::shop::x::${name}`;
const names = Array.from({ length: 200 }, (_, index) => `web-${index}`);
const isCreate = ({ method, path }: SimRequest) => method === "PUT" && path.includes("/infra/segments/");

/** NSX with one way in, and two hundred creates on it. */
async function start(way: Way, other: Settings = {}, options: NsxSimulatorOptions = {}) {
  const clock = createVirtualClock();
  const principals = { pulumi: identity.certificate };
  const switches = { login: way.login, tokenLifetime: 60, ...options.switches };
  const simulator = await startNsxSimulator({ port: false, now: clock.now, principals, ...options, switches });
  close = () => simulator.close();
  const settings = { ...way.settings(simulator), ...other };
  /** Everything that logs in, also what the manager has given. */
  const secrets = new Map(
    Object.entries(settings).filter(([name]) => !/USERNAME|CERTIFICATE|URL|_ID|AUTH$/.test(name)),
  );
  let answerOf = (_: SimRequest): SimResponse | undefined => undefined;
  const world = createTestWorld(
    async (request) => {
      const { cookie = "", authorization = "", ...headers } = request.headers;
      for (const [at, text] of Object.entries({
        cookie: cookie.split("=")[1],
        authorization: authorization.split(" ")[1],
        xsrf: headers["x-xsrf-token"],
        access: headers["csp-auth-token"],
      })) {
        if (text) secrets.set(`${at} ${text.length} ${text.slice(0, 6)}`, text);
      }
      return answerOf(request) ?? (await simulator.handle(request));
    },
    { clock, environment: { NSX_ENDPOINT: "https://nsx.invalid", ...settings } },
  );
  world.slowDown(200);
  const provider = world.providers.byName.NsxSegment as unknown as ProviderCalls;
  const { control } = simulator;
  let outputs = "";

  async function create(segmentId: string) {
    const made = await provider.create({ segmentId, waitForRealization: false, owner: owner(segmentId) });
    outputs += JSON.stringify(made);
  }

  async function createAll() {
    const outcomes = await Promise.allSettled(names.map(create));
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String((outcome.reason as Error).message)] : [],
    );
    outputs += failures.join("\n") + world.warnings.map(({ message }) => message).join("\n");
    const made = names.filter((name) => control.object(`/infra/segments/${name}`));
    return { failures, made };
  }

  return {
    simulator,
    clock,
    world,
    provider,
    create,
    createAll,
    logins: () => control.requests.count(way.logins),
    refused: () => control.requests.find("* /**").filter(({ status = 0 }) => status >= 400).length,
    /** Does something once half of the segments are there, with others under way. */
    inTheMiddle(act: () => void) {
      let done = 0;
      control.hook({
        after: (request, { status }) => {
          if (isCreate(request) && status === 200 && ++done === 100) act();
        },
      });
    },
    answer(instead: typeof answerOf) {
      answerOf = instead;
    },
    /** Carried out once each, and by nobody else. */
    expectOnce(made: readonly string[]) {
      for (const name of made) {
        expect(control.history.of(`/infra/segments/${name}`)).toHaveLength(1);
        const puts = control.requests.find(`PUT /policy/api/v1/infra/segments/${name}`);
        expect(puts.filter(({ status }) => status === 200)).toHaveLength(1);
      }
    },
    expectNoSecretSaid() {
      expect(secretsIn(secrets)(outputs)).toEqual([]);
    },
  };
}

/** The public key of a certificate stands in its private one as well. */
function secretsIn(secrets: ReadonlyMap<string, string>): Search {
  return searchFor(Object.fromEntries(secrets), identity.certificate + stranger.certificate);
}

/** What is the same in all messages: all but the name of the segment. */
const kindsOf = (failures: readonly string[]) => new Set(failures.map((text) => text.replaceAll(/web-\d+/g, "web")));

describe.each(all)("%s", (_, way) => {
  test("works: creates, refresh, update and destroy", async () => {
    const { createAll, expectOnce, expectNoSecretSaid, logins, provider, simulator, refused } = await start(way);
    const { failures, made } = await createAll();
    expect(failures).toEqual([]);
    expect(made).toHaveLength(200);
    const run = new ResourceRun(provider, { owner: owner("api"), __provider: "text" });
    await run.up({ segmentId: "api", waitForRealization: false });
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ segmentId: "api", waitForRealization: false, description: "changed" })).toBe("update");
    await run.destroy();
    expect(simulator.control.object("/infra/segments/api")).toBeUndefined();
    expectOnce(made);
    expectNoSecretSaid();
    expect([logins(), refused()]).toEqual([way.needs, 0]);
  });

  test("with a wrong credential: one refusal for all, in the words of its settings", async () => {
    const { createAll, expectNoSecretSaid, logins, simulator, create } = await start(way, way.wrong);
    const { failures, made } = await createAll();
    expect(made).toEqual([]);
    expect(failures).toHaveLength(200);
    expect([...kindsOf(failures)]).toEqual([expect.stringMatching(way.refusal)]);
    expect(logins()).toBe(way.needs);
    // A few wrong passwords lock an account, so the first request has to find out for all.
    expect(simulator.control.requests.count("PUT /**")).toBe(way.needs ? 0 : 1);
    const before = simulator.control.requests.count("* /**");
    await expect(create("another")).rejects.toThrow(way.refusal);
    expect(simulator.control.requests.count("* /**")).toBe(before);
    expectNoSecretSaid();
  });

  test("revoked in the middle, for good: what was made stays, and the rest is one refusal", async () => {
    const { simulator, inTheMiddle, createAll, expectOnce, expectNoSecretSaid, logins } = await start(way);
    inTheMiddle(() => ["admin", "pulumi"].forEach(simulator.control.lock));
    const { failures, made } = await createAll();
    expect(made.length).toBeGreaterThanOrEqual(100);
    expect(made.length + failures.length).toBe(200);
    expect(failures.length).toBeGreaterThan(0);
    expect([...kindsOf(failures)]).toEqual([expect.stringMatching(way.refusal)]);
    expect(logins()).toBe(way.needs * 2);
    expectOnce(made);
    expectNoSecretSaid();
  });

  test("shut while another one is open: told as refused", async () => {
    const switches = { login: way.login === "basic" ? "session" : "basic" } as const;
    const { createAll, expectNoSecretSaid } = await start(way, {}, { switches });
    const { failures, made } = await createAll();
    expect([made, failures.length]).toEqual([[], 200]);
    expect([...kindsOf(failures)]).toEqual([
      expect.stringMatching(/refused the (login|token|client certificate)|gave no token/),
    ]);
    expectNoSecretSaid();
  });

  test("a manager that shows all it was sent shows nothing that logs in", async () => {
    const { answer, createAll, expectNoSecretSaid } = await start(way);
    answer((request) => {
      if (!isCreate(request)) return undefined;
      const body = JSON.stringify({ error_code: 400, error_message: `cannot read ${JSON.stringify(request.headers)}` });
      return { status: 400, headers: {}, body };
    });
    const { failures } = await createAll();
    expect(failures).toHaveLength(200);
    expectNoSecretSaid();
  });
});

describe.each(renewed)("%s: what it was let in with ends in the middle", (_, way) => {
  test.each<[string, (started: Started) => unknown]>([
    ["when its time is over", ({ clock }) => clock.advance(61 * seconds)],
    ["revoked", ({ simulator: { control } }) => [control.expireSessions, control.expireTokens].map((end) => end())],
  ])("%s: one login more, and all are made", async (_name, end) => {
    const started = await start(way, {}, { switches: { sessionIdleTimeout: 60 } });
    started.inTheMiddle(() => end(started));
    const { failures, made } = await started.createAll();
    expect(failures).toEqual([]);
    expect(made).toHaveLength(200);
    expect(started.logins()).toBe(2);
    started.expectOnce(made);
    started.expectNoSecretSaid();
  });
});

describe.each(those("vmc"))("%s", (_, way) => {
  test("the token is renewed before it ends: nothing is refused", async () => {
    const started = await start(way);
    const { failures } = await started.createAll();
    started.clock.advance(49 * seconds);
    await started.create("later");
    expect(failures).toEqual([]);
    expect([started.logins(), started.refused()]).toEqual([2, 0]);
  });

  test("a token endpoint that asks to wait is waited for", async () => {
    const started = await start(way);
    const fault = { kind: "retryAfter", status: 429, seconds: 5, as: "seconds" } as const;
    started.simulator.control.faults.inject({ match: "POST /csp/**", fault });
    expect((await started.createAll()).failures).toEqual([]);
    expect(started.logins()).toBe(2);
  });
});

describe.each(lasting)("%s: ends in the middle", (_, way) => {
  test("what was made stays, and the rest is one refusal", async () => {
    const started = await start(way);
    const { control } = started.simulator;
    started.inTheMiddle(() => {
      // Of a password its administrator's time, of a certificate its own, of a token a minute.
      if (way.login === "basic") control.lock("admin");
      else control.clock.advance((way.login === "token" ? 61 : 1_000 * 24 * 60 * 60) * seconds);
    });
    const { failures, made } = await started.createAll();
    expect(made.length).toBeGreaterThanOrEqual(100);
    expect(made.length + failures.length).toBe(200);
    expect([...kindsOf(failures)]).toEqual([expect.stringMatching(way.refusal)]);
    expect(started.refused()).toBeLessThanOrEqual(38);
    started.expectOnce(made);
    started.expectNoSecretSaid();
  });
});

type Started = Awaited<ReturnType<typeof start>>;

test("a role that may only read refreshes, and is told what it may not", async () => {
  const way = ways.session as Way;
  const { provider, simulator, create } = await start(way);
  const run = new ResourceRun(provider, { owner: owner("api"), __provider: "text" });
  await run.up({ segmentId: "api", waitForRealization: false });
  simulator.control.setRole("admin", "auditor");
  expect(await run.refresh()).toEqual([]);
  await expect(create("web")).rejects.toThrow("answered 403 (error 289): The user does not have the permission.");
});

describe("on sockets", () => {
  async function startOnSockets(way: Way, options: NsxSimulatorOptions = {}, settingsOf = way.settings) {
    const isTls = way.login === "certificate";
    const switches = { login: way.login, ...options.switches };
    const principals = { pulumi: identity.certificate };
    const simulator = await startNsxSimulator({ port: isTls ? false : 0, https: isTls, principals, switches });
    const { basePath } = simulator.control.switches;
    const { byName, close: end } = createProviders({
      environment: {
        ...(simulator.caCertificate && { NSX_CA_CERTIFICATE: simulator.caCertificate }),
        NSX_ENDPOINT: simulator.url + basePath,
        ...settingsOf(simulator),
        ...(way.login === "vmc" && { NSX_VMC_AUTH_URL: simulator.url }),
      },
      clock: { ...systemClock, sleep: async () => {} },
      log: { warn: () => {}, progress: () => {} },
    });
    close = async () => {
      await end();
      await simulator.close();
    };
    const run = new ResourceRun(byName.NsxSegment as unknown as ProviderCalls, {
      owner: owner("web"),
      __provider: "text",
    });
    return { simulator, run };
  }

  const args = { segmentId: "web", waitForRealization: false };

  describe.each(all)("%s", (_, way) => {
    test("works, also behind a reverse proxy, below a path", async () => {
      for (const basePath of ["", "/vmc/reverse-proxy/api/orgs/o/sddcs/s/sks-nsxt-manager"]) {
        const { run } = await startOnSockets(way, { switches: { basePath } });
        expect(await run.up(args)).toBe("create");
        expect(await run.refresh()).toEqual([]);
        await run.destroy();
        await close();
      }
    });

    test.each(["/policy/**", "/api/**", "/csp/**"])(
      "a stranger to whom %s is redirected receives nothing",
      async (what) => {
        const { simulator, run } = await startOnSockets(way);
        const stranger = await startStranger();
        const scheme = way.login === "certificate" ? "https" : "http";
        for (const status of [301, 302, 307, 308] as const) {
          const fault = { kind: "redirect", status, to: `${scheme}://${stranger.host}` } as const;
          simulator.control.faults.inject({ match: `* ${what}`, times: "always", fault });
          const outcome = await run.up(args).then(String, (error: Error) => error.message);
          const isAsked = simulator.control.requests.count(`* ${what}`) > 0;
          expect(outcome).toMatch(isAsked ? /redirected to https?:\/\/127\.0\.0\.1:\d+.*not followed/ : /create|same/);
        }
        expect(stranger.connections()).toBe(0);
        stranger.close();
      },
    );
  });

  test("a client certificate that NSX does not know is told as refused", async () => {
    const way = ways["a client certificate"] as Way;
    const { run } = await startOnSockets(way, {}, () => ({ ...way.wrong }));
    await expect(run.up(args)).rejects.toThrow(way.refusal);
  });
});
