// Each way into NIM, as it works, with a wrong credential, and with one that ends or is revoked in the middle of a run.
import { afterEach, describe, expect, test } from "vitest";
import type { SimHandler, SimRequest, SimResponse } from "../../simulators/kit/index.ts";
import { type NimSimulator, type NimSwitches, startNimSimulator } from "../../simulators/nim/index.ts";
import { searchFor } from "../tools/canary.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

let bench: NimBench;
afterEach(() => bench?.close());

const start = async (switches: Partial<NimSwitches> = {}) => {
  bench = await startNimBench({ systems: [], switches });
};

type Environment = Record<string, string>;

/** Whoever has no user and no password says so by leaving them empty. */
const nobody = { NIM_USERNAME: "", NIM_PASSWORD: "" };
const tokenUrl = "https://nim.invalid/idp/oauth2/v2.0/token";
const account = (): Environment => ({
  ...nobody,
  NIM_OIDC_TOKEN_URL: tokenUrl,
  NIM_OIDC_CLIENT_ID: bench.simulator.oidc.clientId,
  NIM_OIDC_CLIENT_SECRET: bench.simulator.oidc.clientSecret,
});

/** As somebody does by hand who needs a token. */
async function tokenByHand({ oidc, handle }: Pick<NimSimulator, "oidc" | "handle"> = bench.simulator): Promise<string> {
  const { clientId, clientSecret } = oidc;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const { body } = await handle({
    method: "POST",
    path: new URL(tokenUrl).pathname,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    remoteAddress: "127.0.0.1",
  });
  return JSON.parse(body).access_token;
}

function roles(environment: Environment) {
  const world = bench.newProcess(environment);
  const provider = world.providers.byName.Role as ResourceRun["provider"];
  const made: ResourceRun[] = [];
  return {
    world,
    made,
    /** As many at once as Pulumi has under way on a small machine. */
    create: async (count: number) => {
      const messages: string[] = [];
      const names = Array.from({ length: count }, (_, index) => `role-${made.length + index}`);
      const work = async () => {
        for (let name = names.shift(); name; name = names.shift()) {
          const run = new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::x::${name}`, __provider: "text" });
          made.push(run);
          await run.up({ name, description: "made by a test" }).catch((error) => messages.push(error.message));
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
      return messages;
    },
  };
}

const logins = () => bench.requests("POST /idp/**");
/** Roles that NIM was made to make: an operation that is carried out twice would show. */
const created = () =>
  bench.simulator.control.requests
    .all()
    .filter(({ method, path, status }) => method === "POST" && path === `${api}/roles` && Number(status) < 300).length;

describe("a user with a password", () => {
  test("is refused where NIM has OIDC on, and told what to set", async () => {
    for (const oidcUnauthorized of [302, 401] as const) {
      await start({ oidc: true, oidcUnauthorized });
      const [message] = await roles({}).create(1);
      expect(message).toContain("NIM has OIDC on, where it refuses user and password");
      expect(message).toContain("or nim:oidcTokenUrl and nim:oidcClientId and nim:oidcClientSecret.");
      expect(message).toContain("NIM_TOKEN, or nim:token, or what gets one as NIM_OIDC_TOKEN_URL and");
      if (oidcUnauthorized === 302) await bench.close();
    }
  });

  test("who is wrong is told so", async () => {
    await start();
    const [message] = await roles({ NIM_PASSWORD: "wrong" }).create(1);
    expect(message).toContain('The login of "admin" was refused or lacks the permission. Check NIM_USERNAME');
    expect(message).not.toContain('wrong"');
  });
});

describe("a token that somebody else renews", () => {
  test("lets in, and is shown to nobody", async () => {
    await start({ oidc: true });
    const token = await tokenByHand();
    const { create, made } = roles({ ...nobody, NIM_TOKEN: token });
    expect(await create(3)).toEqual([]);
    expect(JSON.stringify(made.map(({ state }) => state))).not.toContain(token);
    expect(logins()).toBe(1);
  });

  test.each([302, 401] as const)(
    "that has ended is told so (answer %i), and so is one where NIM has no OIDC",
    async (oidcUnauthorized) => {
      await start({ oidc: true, oidcUnauthorized, tokenSeconds: 60 });
      const token = await tokenByHand();
      bench.simulator.control.revokeTokens();
      const [ended] = await roles({ ...nobody, NIM_TOKEN: token }).create(1);
      expect(ended).toContain("The token was refused or lacks the permission. It may have ended");
      expect(ended).not.toContain(token);
      await bench.close();
      await start();
      const [none] = await roles({ ...nobody, NIM_TOKEN: token }).create(1);
      expect(none).toContain("or NIM has no OIDC on");
    },
  );
});

describe("an account of the identity provider", () => {
  test("gets one token for all that wait, with its scope, and shows none of it", async () => {
    await start({ oidc: true });
    const { create, made, world } = roles({ ...account(), NIM_OIDC_SCOPE: bench.simulator.oidc.scope });
    expect(await create(50)).toEqual([]);
    expect(logins()).toBe(1);
    const shown = JSON.stringify([made.map(({ state }) => state), world.warnings]);
    expect(shown).not.toContain(bench.simulator.oidc.clientSecret);
    expect(shown).not.toContain("eyJ");
  });

  test.each([302, 401] as const)("gets another before its token ends (answer to one that has: %i)", async (answer) => {
    await start({ oidc: true, oidcUnauthorized: answer, tokenSeconds: 5 });
    const { create, made } = roles(account());
    expect(await create(200)).toEqual([]);
    // Two hundred requests at twenty a second outlast two tokens, each of which is used for most of its time.
    const renewals = logins();
    expect(renewals).toBeGreaterThan(2);
    expect(renewals).toBeLessThan(6);
    expect(made.every(({ state }) => state !== undefined)).toBe(true);
    expect(created()).toBe(200);
  });

  test.each([302, 401] as const)("gets one more where its token is revoked (answer to it: %i)", async (answer) => {
    await start({ oidc: true, oidcUnauthorized: answer });
    const { create, made } = roles(account());
    const run = create(200);
    while (created() < 100) await new Promise(setImmediate);
    bench.simulator.control.revokeTokens();
    expect(await run).toEqual([]);
    expect(logins()).toBe(2);
    expect(made.every(({ state }) => state !== undefined)).toBe(true);
    expect(created()).toBe(200);
  });

  test("with a wrong secret is asked for once, whatever waits, and told by the settings' names", async () => {
    await start({ oidc: true });
    const messages = await roles({ ...account(), NIM_OIDC_CLIENT_SECRET: "n0t-the-secret" }).create(20);
    expect(messages).toHaveLength(20);
    for (const message of messages) {
      expect(message).toContain("gave no token for nim:oidcTokenUrl, nim:oidcClientId, nim:oidcClientSecret");
      expect(message).toContain("invalid_client");
      expect(message).not.toContain("n0t-the-secret");
    }
    expect(logins()).toBe(1);
  });

  test("whose tokens NIM does not take is told so, and gets no token for each request", async () => {
    await start();
    const messages = await roles(account()).create(10);
    expect(messages[0]).toContain(`The token of ${tokenUrl} was refused or lacks the permission.`);
    expect(messages).toHaveLength(10);
    expect(logins()).toBe(1);
  });
});

const seconds = 1_000;

interface Way {
  readonly switches: Partial<NimSwitches>;
  settings(simulator: NimSimulator): Environment | Promise<Environment>;
  /** The same with something else in the place of what is right. */
  readonly wrong: Environment;
  /** What a refusal says: whose it is, and which settings to check. */
  readonly refusal: RegExp;
  /** How many logins two hundred creates need. */
  readonly needs: 0 | 1;
  /** Takes what lets in away, for good. */
  revoke(simulator: NimSimulator): void;
}

const ways: Readonly<Record<string, Way>> = {
  "a user with a password": {
    switches: {},
    settings: ({ username, password }) => ({ NIM_USERNAME: username, NIM_PASSWORD: password }),
    wrong: { NIM_PASSWORD: "Kanarienvogel-1" },
    refusal:
      /the login of "admin" (was refused or lacks the permission\.|before, so a permission is missing, or it is good no longer\.).* Check NIM_USERNAME and NIM_PASSWORD, or nim:username and nim:password, and the user's roles\./i,
    needs: 0,
    revoke: ({ control }) => control.setPassword("admin", "another one"),
  },
  "a token": {
    switches: { oidc: true },
    settings: async (simulator) => ({ NIM_TOKEN: await tokenByHand(simulator) }),
    wrong: { NIM_TOKEN: "ey.Kanarienvogel.1" },
    refusal:
      /the token (was refused or lacks the permission\.|before, so a permission is missing, or it is good no longer\.).* It may have ended.*set a fresh one as NIM_TOKEN, or nim:token/i,
    needs: 0,
    revoke: ({ control }) => control.revokeTokens(),
  },
  "an account of the identity provider": {
    switches: { oidc: true },
    settings: ({ oidc }) => ({
      NIM_OIDC_TOKEN_URL: tokenUrl,
      NIM_OIDC_CLIENT_ID: oidc.clientId,
      NIM_OIDC_CLIENT_SECRET: oidc.clientSecret,
    }),
    wrong: { NIM_OIDC_CLIENT_SECRET: "Kanarienvogel-1" },
    refusal:
      /nim\.invalid gave no token for nim:oidcTokenUrl, nim:oidcClientId, nim:oidcClientSecret.*invalid_client.*Check NIM_OIDC_TOKEN_URL and NIM_OIDC_CLIENT_ID and NIM_OIDC_CLIENT_SECRET, or nim:oidcTokenUrl and nim:oidcClientId and nim:oidcClientSecret\./,
    needs: 1,
    revoke: ({ control }) => {
      const fault = { kind: "respond", when: "before", status: 401, body: { error: "invalid_client" } } as const;
      control.faults.inject({ match: "POST /idp/**", times: "always", fault });
      control.revokeTokens();
    },
  },
};

describe.each(Object.entries(ways))("two hundred creates with %s", (_, way) => {
  const owner = (name: string) => `acme/urn:pulumi:dev::shop::x::${name}`;
  const names = Array.from({ length: 200 }, (_, index) => `role-${index}`);
  const isCreate = ({ method, path }: SimRequest) => method === "POST" && path === `${api}/roles`;

  let simulator: NimSimulator | undefined;
  afterEach(() => simulator?.close());

  async function startWith(other: Environment = {}, switches: Partial<NimSwitches> = {}) {
    const clock = createVirtualClock();
    const nim = await startNimSimulator({
      port: false,
      nginx: false,
      systems: [],
      now: clock.now,
      switches: { tokenSeconds: 60, ...way.switches, ...switches },
    });
    simulator = nim;
    const { control } = nim;
    const settings = { ...(await way.settings(nim)), ...other };
    const byHand = control.requests.count("POST /idp/**");
    /** Everything that logs in, also what the identity provider has given. */
    const secrets = new Map(Object.entries(settings).filter(([name]) => !/USERNAME|URL|_ID$/.test(name)));
    let answerOf = (_: SimRequest): SimResponse | undefined => undefined;
    const handle: SimHandler = async (request) => {
      const login = request.headers.authorization?.split(" ")[1];
      if (login) secrets.set(login.slice(-12), login);
      return answerOf(request) ?? (await nim.handle(request));
    };
    const world = createTestWorld(handle, { clock, environment: { NIM_ENDPOINT: "https://nim.invalid", ...settings } });
    world.slowDown(100);
    const provider = world.providers.byName.Role as ResourceRun["provider"];
    let outputs = "";

    async function createAll() {
      const runs = names.map((name) => new ResourceRun(provider, { owner: owner(name), __provider: "text" }));
      const outcomes = await Promise.allSettled(runs.map((run, index) => run.up({ name: names[index] })));
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [String((outcome.reason as Error).message)] : [],
      );
      outputs += JSON.stringify(runs.map(({ state }) => state)) + failures.join("\n");
      outputs += world.warnings.map(({ message }) => message).join("\n");
      const made = names.filter((name) => control.history.of(`${api}/roles/${name}`).length > 0);
      return { runs, failures, made };
    }

    return {
      control,
      clock,
      simulator: nim,
      createAll,
      logins: () => control.requests.count("POST /idp/**") - byHand,
      refused: () => control.requests.find("* /**").filter(({ status = 0 }) => status >= 300).length,
      inTheMiddle(act: () => void) {
        let done = 0;
        control.hook({
          after: (request, { status }) => {
            if (isCreate(request) && status < 300 && ++done === 100) act();
          },
        });
      },
      answer(instead: typeof answerOf) {
        answerOf = instead;
      },
      /** Carried out once each, and by nobody else. */
      expectOnce(made: readonly string[]) {
        for (const name of made) expect(control.history.of(`${api}/roles/${name}`), name).toHaveLength(1);
        const posts = control.requests.find(`POST ${api}/roles`).filter(({ status = 0 }) => status < 300);
        expect(posts).toHaveLength(made.length);
      },
      expectNoSecretSaid() {
        expect(secrets.size).toBeGreaterThan(0);
        expect(searchFor(Object.fromEntries(secrets))(outputs)).toEqual([]);
      },
    };
  }

  type Started = Awaited<ReturnType<typeof startWith>>;

  async function expectHalf({ createAll, expectOnce, expectNoSecretSaid }: Started): Promise<void> {
    const { failures, made } = await createAll();
    expect(made.length).toBeGreaterThanOrEqual(100);
    expect(made.length + failures.length).toBe(200);
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatch(way.refusal);
    expectOnce(made);
    expectNoSecretSaid();
  }

  test("works: refresh, update and destroy as well", async () => {
    const { control, createAll, expectOnce, expectNoSecretSaid, logins, refused } = await startWith(
      {},
      { tokenSeconds: 3600 },
    );
    const { runs, failures, made } = await createAll();
    expect([failures, made.length]).toEqual([[], 200]);
    expectOnce(made);
    const [run] = runs;
    expect(await run?.refresh()).toEqual([]);
    expect(await run?.up({ name: "role-0", description: "changed" })).toBe("update");
    await run?.destroy();
    expect(control.requests.count(`DELETE ${api}/roles/role-0`)).toBe(1);
    expectNoSecretSaid();
    expect([logins(), refused()]).toEqual([way.needs, 0]);
  });

  test("and a wrong credential: one refusal for all, in the words of its settings", async () => {
    const { createAll, expectNoSecretSaid, logins } = await startWith(way.wrong);
    const { failures, made } = await createAll();
    expect([made, failures.length]).toEqual([[], 200]);
    for (const failure of failures) expect(failure).toMatch(way.refusal);
    expect(logins()).toBe(way.needs);
    expectNoSecretSaid();
  });

  test("revoked in the middle, for good: what was made stays, and the rest is one refusal", async () => {
    const started = await startWith({}, { tokenSeconds: 3600 });
    started.inTheMiddle(() => way.revoke(started.simulator));
    await expectHalf(started);
    expect(started.logins()).toBe(way.needs * 2);
  });

  test.each([302, 401] as const)("that ends in the middle (answer to it: %i)", async (oidcUnauthorized) => {
    const started = await startWith({}, { oidcUnauthorized });
    // A password has no time of its own: it ends when its administrator says so.
    started.inTheMiddle(() =>
      way.switches.oidc ? started.clock.advance(61 * seconds) : way.revoke(started.simulator),
    );
    if (way.needs === 0) return await expectHalf(started);
    const { failures, made } = await started.createAll();
    expect([failures, made.length]).toEqual([[], 200]);
    expect(started.logins()).toBe(2);
    started.expectOnce(made);
    started.expectNoSecretSaid();
  });

  test("on a NIM that shows all it was sent: nothing that logs in is shown", async () => {
    const { answer, createAll, expectNoSecretSaid } = await startWith();
    answer((request) => {
      if (!isCreate(request)) return undefined;
      const body = JSON.stringify({ code: 131, message: `cannot read ${JSON.stringify(request.headers)}` });
      return { status: 400, headers: {}, body };
    });
    const { failures } = await createAll();
    expect(failures).toHaveLength(200);
    expectNoSecretSaid();
  });
});
