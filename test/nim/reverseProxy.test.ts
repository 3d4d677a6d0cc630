// NIM below a path, where a reverse proxy has it: the proxy takes the path away, and NIM, who does not know it, answers with
// links as they are on its own host. On real sockets, for only there an endpoint has a path.
import { afterEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { type NimSimulator, type NimSwitches, startNimSimulator } from "../../simulators/nim/index.ts";
import { issue } from "../tools/pki.ts";
import { type ProviderCalls, ResourceRun } from "../tools/stack.ts";
import { files, site, siteFile } from "./nginxConfig.bench.ts";
import { api } from "./nim.bench.ts";

let close: () => Promise<unknown> = async () => {};
afterEach(() => close());

/** @param environment - what a user has set besides the login */
async function start(
  proxyPath: string,
  environment: (nim: NimSimulator) => Record<string, string>,
  switches: Partial<NimSwitches> = {},
) {
  const simulator = await startNimSimulator({ nginx: false, switches: { proxyPath, ...switches } });
  const { byName, close: end } = createProviders({
    environment: { NIM_USERNAME: simulator.username, NIM_PASSWORD: simulator.password, ...environment(simulator) },
    clock: { ...systemClock, sleep: async () => {} },
    log: { warn: () => {}, progress: () => {} },
  });
  close = async () => {
    await end();
    await simulator.close();
  };
  const newRun = (type: string, name: string) =>
    new ResourceRun(byName[type] as unknown as ProviderCalls, {
      owner: `acme/urn:pulumi:dev::shop::x::${name}`,
      __provider: "text",
    });
  return { simulator, newRun };
}

/** The whole life of one of each kind. */
async function live({ simulator, newRun }: Awaited<ReturnType<typeof start>>): Promise<void> {
  const [{ systemUid, instanceUid } = {}] = simulator.instances;
  const { certificate, key: privateKey } = await issue("www.example.com");
  const instance = { systemUid, instanceUid };
  const kinds = {
    Role: [{ name: "ops", description: "first" }, { description: "second" }],
    Certificate: [{ name: "www", certificate, privateKey }, { instances: [instance] }],
    NginxConfig: [{ instance, files, adopt: true }, { files: { ...files, [siteFile]: site("good morning") } }],
  };
  for (const [type, [args, change]] of Object.entries(kinds)) {
    const run = newRun(type, type.toLowerCase());
    expect(await run.up({ ...args }), type).toBe("create");
    expect(await run.refresh(), type).toEqual([]);
    expect(await run.up({ ...args, ...change }), type).toBe("update");
    expect(await run.refresh(), type).toEqual([]);
    await run.destroy();
  }
}

const seen = ({ control }: NimSimulator, match: string) => control.requests.find(match).map(({ status }) => status);

describe("NIM behind a reverse proxy", () => {
  test.each(["/nim", "/dc/2/nim"])(
    "does all below %s, and the link of a publish leads there too",
    async (proxyPath) => {
      const started = await start(proxyPath, ({ url }) => ({ NIM_ENDPOINT: `${url}${proxyPath}/` }));
      await live(started);
      const { simulator } = started;
      const states = seen(simulator, `GET ${proxyPath}${api}/systems/instances/deployments/*`);
      expect(states.length).toBeGreaterThanOrEqual(2);
      expect(new Set(states)).toEqual(new Set([200]));
      // Nothing was asked past the proxy's path, whose page for that is not NIM's.
      expect(simulator.control.requests.count(`* ${api}/**`)).toBe(0);
    },
  );

  test("has lists of several pages", async () => {
    const { simulator, newRun } = await start("/nim", ({ url }) => ({ NIM_ENDPOINT: `${url}/nim` }));
    const run = newRun("Role", "ops");
    await run.up({ name: "ops" });
    for (let index = 0; index < 150; index += 1) {
      const name = `user-${index}`;
      const roles = index === 149 ? [{ ref: `${api}/roles/ops` }] : [];
      simulator.control.write("users", name, { metadata: { name }, userDef: { roles } }, "alice");
    }
    await expect(run.destroy()).rejects.toThrow("user user-149");
    expect(seen(simulator, `GET /nim${api}/users`)).toEqual([200, 200]);
  });

  test("whose path stands in nim:basePath is told where it belongs, once NIM's own link leads past the proxy", async () => {
    const { simulator, newRun } = await start("/nim", ({ url }) => ({
      NIM_ENDPOINT: url,
      NIM_BASE_PATH: `/nim${api}`,
    }));
    const [{ systemUid, instanceUid } = {}] = simulator.instances;
    const args = { instance: { systemUid, instanceUid }, files, adopt: true };
    await expect(newRun("NginxConfig", "web").up(args)).rejects.toThrow(
      /GET \/api\/platform\/v1\/systems\/instances\/deployments\/.* answered 404.*That link of NIM's is not below nim:basePath \(\/nim\/api\/platform\/v1\): the path at which a reverse proxy has NIM belongs in nim:endpoint\./,
    );
  });
});
