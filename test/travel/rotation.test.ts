// How each login is changed for another one, as SECURITY.md has it: the new one is let in while the old one still is, a run
// goes on with it where the last one ended, and when the old one is gone nothing is missed. Nothing is made anew.
import { afterEach, expect, test } from "vitest";
import type { Clock } from "../../provider/travel/clock.ts";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { issue } from "../tools/pki.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";

type Environment = Record<string, string>;

/** Two logins of one kind, and what ends the first. */
interface Rotation<Simulator> {
  readonly old: Environment;
  readonly fresh: Environment;
  end(simulator: Simulator): unknown;
}

const [first, second] = await Promise.all([issue("pulumi", { days: 30 }), issue("pulumi", { days: 2_000 })]);
const users = { blue: "Kanarienvogel-1", green: "Kanarienvogel-2" };
const owner = "acme/urn:pulumi:dev::shop::x::web";

let close: () => Promise<unknown> = async () => {};
afterEach(() => close());

/** A process for each run, for that is what reads credentials. */
async function rotate<Simulator extends NsxSimulator | NimSimulator>(
  simulator: Simulator,
  clock: Clock & { advance(milliseconds: number): void },
  { old, fresh, end }: Rotation<Simulator>,
  type: "NsxSegment" | "Role",
  args: Record<string, unknown>,
): Promise<void> {
  close = () => simulator.close();
  const endpoints = { NSX_ENDPOINT: "https://nsx.invalid", NIM_ENDPOINT: "https://nim.invalid" };
  const run = new ResourceRun(undefined as never, { owner, __provider: "text" });
  const inProcess = (environment: Environment) => {
    clock.advance(1_000);
    const world = createTestWorld(simulator.handle, { clock, environment: { ...endpoints, ...environment } });
    Object.assign(run, { provider: world.providers.byName[type] });
    return world.providers;
  };
  inProcess(old);
  expect(await run.up(args)).toBe("create");
  // Both are good now.
  inProcess(fresh);
  expect(await run.refresh()).toEqual([]);
  expect(await run.up({ ...args, description: "with the new one" })).toBe("update");
  inProcess(old);
  expect(await run.refresh()).toEqual([]);
  await end(simulator);
  inProcess(old);
  await expect(run.refresh()).rejects.toThrow(/refused|gave no token/);
  inProcess(fresh);
  expect(await run.refresh()).toEqual([]);
  expect(await run.up({ ...args, description: "and without the old one" })).toBe("update");
  await run.destroy();
}

const day = 24 * 60 * 60 * 1_000;
const answered = (status: number, body: object) => ({ kind: "respond", when: "before", status, body }) as const;

const ofNsx: Record<string, (nsx: NsxSimulator) => Rotation<NsxSimulator>> = {
  "a user with a session, for another one": () => ({
    old: { NSX_USERNAME: "blue", NSX_PASSWORD: users.blue },
    fresh: { NSX_USERNAME: "green", NSX_PASSWORD: users.green },
    end: ({ control }) => control.lock("blue"),
  }),
  "a user with Basic, for another one": () => ({
    old: { NSX_AUTH: "basic", NSX_USERNAME: "blue", NSX_PASSWORD: users.blue },
    fresh: { NSX_AUTH: "basic", NSX_USERNAME: "green", NSX_PASSWORD: users.green },
    end: ({ control }) => control.lock("blue"),
  }),
  // What the identity has made is protected from everybody else.
  "the certificate of a principal identity": ({ control }) => {
    control.addPrincipal("pulumi", second.certificate);
    return {
      old: { NSX_CLIENT_CERTIFICATE: first.certificate, NSX_CLIENT_KEY: first.key },
      fresh: { NSX_CLIENT_CERTIFICATE: second.certificate, NSX_CLIENT_KEY: second.key },
      end: ({ control }) => control.clock.advance(500 * day),
    };
  },
  "a token": ({ control }) => ({
    old: { NSX_TOKEN: control.issueToken("blue", 60) },
    fresh: { NSX_TOKEN: control.issueToken("blue", 3_600) },
    end: ({ control }) => control.clock.advance(61_000),
  }),
  "an API token of VMware Cloud, for an app": ({ cloud }) => ({
    old: { NSX_VMC_REFRESH_TOKEN: cloud.apiToken },
    fresh: { NSX_VMC_CLIENT_ID: cloud.clientId, NSX_VMC_CLIENT_SECRET: cloud.clientSecret },
    end: ({ control }) => {
      const fault = answered(400, { error: "invalid_grant" });
      control.faults.inject({ match: "POST /csp/**/api-tokens/*", times: "always", fault });
    },
  }),
};

test.each(Object.entries(ofNsx))("of NSX: %s", async (_, rotation) => {
  const clock = createVirtualClock();
  const principals = { pulumi: first.certificate };
  const nsx = await startNsxSimulator({ port: false, now: clock.now, users, principals });
  await rotate(nsx, clock, rotation(nsx), "NsxSegment", { segmentId: "web", waitForRealization: false });
});

/** As the identity provider gives one to whoever asks by hand. */
async function tokenOf({ oidc, handle }: NimSimulator): Promise<string> {
  const { clientId, clientSecret } = oidc;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const { pathname: path } = new URL(oidc.tokenUrl, "https://nim.invalid");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(form).toString();
  return JSON.parse((await handle({ method: "POST", path, headers, body, remoteAddress: "127.0.0.1" })).body)
    .access_token;
}

const ofNim: Record<string, (nim: NimSimulator) => Promise<Rotation<NimSimulator>>> = {
  "a user, for another one": async () => ({
    old: { NIM_USERNAME: "blue", NIM_PASSWORD: users.blue },
    fresh: { NIM_USERNAME: "green", NIM_PASSWORD: users.green },
    end: ({ control }) => control.setPassword("blue", "nobody knows it"),
  }),
  "a token": async (nim) => {
    const old = await tokenOf(nim);
    Object.assign(nim.control.switches, { tokenSeconds: 36_000 });
    return {
      old: { NIM_TOKEN: old },
      fresh: { NIM_TOKEN: await tokenOf(nim) },
      end: ({ control }) => control.clock.advance(3_601_000),
    };
  },
};

test.each(Object.entries(ofNim))("of NIM: %s", async (name, rotation) => {
  const clock = createVirtualClock();
  const switches = { oidc: name === "a token" };
  const nim = await startNimSimulator({ port: false, nginx: false, systems: [], now: clock.now, users, switches });
  await rotate(nim, clock, await rotation(nim), "Role", { name: "web" });
});
