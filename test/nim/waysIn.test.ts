// Each way into NIM, as it works, with a wrong credential, and with one that ends or is revoked in the middle of a run.
import { afterEach, describe, expect, test } from "vitest";
import type { NimSwitches } from "../../simulators/nim/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

let bench: NimBench;
afterEach(() => bench.close());

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
async function tokenByHand(): Promise<string> {
  const { clientId, clientSecret } = bench.simulator.oidc;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const { body } = await bench.simulator.handle({
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
      expect(message).toContain("nim:oidcTokenUrl, nim:oidcClientId and nim:oidcClientSecret");
      expect(message).toContain("NIM_TOKEN or nim:token");
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
