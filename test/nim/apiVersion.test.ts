// The version of NIM's whole API: one setting, which every request carries, and a server of another one, which is told from
// an outage and from objects that are gone.
import { afterEach, describe, expect, test } from "vitest";
import { connectNim } from "../../provider/nim/client.ts";
import { nimSettings } from "../../provider/nim/settings.ts";
import { createQueries } from "../../provider/pulumi/queries.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import { type NimSimulatorOptions, nimSwitches } from "../../simulators/nim/index.ts";
import { noLimit } from "../tools/noLimit.ts";
import { issue } from "../tools/pki.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";
import { files, mainFile, site, siteFile } from "./nginxConfig.bench.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

let bench: NimBench;
afterEach(() => bench?.close());

const control = () => bench.simulator.control;
const asked = () =>
  control()
    .requests.all()
    .map(({ method, path }) => `${method} ${path}`);

async function start(options: NimSimulatorOptions = {}, environment: Record<string, string> = {}) {
  bench = await startNimBench({ systems: [{ hostname: "web-1" }], nginx: false, ...options });
  return newProcess(environment);
}

/** A process of its own, which has asked nothing yet. */
function newProcess(environment: Record<string, string> = {}) {
  const { byName } = bench.newProcess(environment).providers;
  return (type: string) =>
    new ResourceRun(byName[type] as unknown as ResourceRun["provider"], {
      owner: `acme/urn:pulumi:dev::shop::x::${type}`,
      __provider: "text",
    });
}

const leaf = await issue("www.example.com");
const roleArgs = { name: "ops", permissions: [{ feature: "SCAN", accessTypes: ["READ"] }] };

/** What each kind of resource is made of, and a change. */
function kinds(): [string, Record<string, unknown>, Record<string, unknown>][] {
  const [{ systemUid, instanceUid } = {}] = bench.simulator.instances;
  const instance = { systemUid, instanceUid };
  const { certificate, key: privateKey } = leaf;
  return [
    ["Role", roleArgs, { description: "second" }],
    ["Group", { name: "team" }, { displayName: "second" }],
    ["User", { name: "maria", email: "m@example.com" }, { email: "maria@example.com" }],
    ["InstanceGroup", { name: "edge" }, { description: "second" }],
    ["SystemTags", { systemUid, tags: ["env:prod"] }, { tags: ["env:test"] }],
    ["StagedConfig", { name: "draft", files: { [mainFile]: "events {}\n" } }, { files }],
    ["Certificate", { name: "www", certificate, privateKey }, { instances: [instance] }],
    [
      "NginxConfig",
      { instance, files, adopt: true, onDelete: { [mainFile]: "events {}\n" } },
      { files: { ...files, [siteFile]: site("good morning") } },
    ],
  ];
}

describe("nim:apiVersion", () => {
  test("stands in every request of every kind's whole life, and in what refers to something", async () => {
    const newRun = await start({ switches: { apiVersion: "v2" } }, { NIM_API_VERSION: "v2" });
    for (const [type, args, change] of kinds()) {
      const run = newRun(type);
      expect(await run.up({ ...args }), type).toBe("create");
      expect(await run.refresh(), type).toEqual([]);
      expect(await run.up({ ...args, ...change }), type).toBe("update");
      expect(await run.refresh(), type).toEqual([]);
      await run.destroy();
    }
    expect(new Set(asked().map((line) => line.split(" ")[0]))).toEqual(
      new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    );
    for (const line of asked()) expect(line).toMatch(/^[A-Z]+ \/api\/platform\/v2\//);
    const [{ systemUid, instanceUid } = {}] = bench.simulator.instances;
    const assigned = control().history.of("/api/platform/v2/certs/www");
    expect(assigned.map(({ body }) => body.instanceRefs)).toContainEqual([
      `/api/platform/v2/systems/${systemUid}/instances/${instanceUid}`,
    ]);
  });
});

/** What a user is told who asks in v1 where there is v2. */
const told =
  /NGINX Instance Manager at https:\/\/nim\.invalid has its API in version v2, and is asked in v1, which it does not have: .*So nothing is known of any object, and nothing was changed\. Give v2 as NIM_API_VERSION, or nim:apiVersion\. This provider is made after v1: look at a preview first\.$/s;

const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    (result) => `it succeeded: ${JSON.stringify(result)}`,
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

describe.each(nimSwitches.unmappedSaid.values)(
  "a server of another version, which says %s of paths that it has not",
  (said) => {
    /** NIM was upgraded since. */
    async function upgraded() {
      const newRun = await start();
      const runs = new Map<string, ResourceRun>();
      for (const [type, args] of kinds()) {
        const run = newRun(type);
        await run.up({ ...args });
        runs.set(type, run);
      }
      control().setSwitches({ apiVersion: "v2", unmappedSaid: said });
      control().requests.reset();
      return runs;
    }

    test("is named with the setting by each operation of each kind, and nothing is forgotten or written", async () => {
      const runs = await upgraded();
      const written = control().history.all().length;
      for (const [type, args, change] of kinds()) {
        const { state } = runs.get(type) ?? {};
        const again = () => {
          const run = newProcess()(type);
          run.state = structuredClone(state);
          return run;
        };
        const [read, update, remove] = [again(), again(), again()];
        expect(await failure(newProcess()(type).up({ ...args })), `${type}: create`).toMatch(told);
        expect(await failure(read.refresh()), `${type}: read`).toMatch(told);
        expect(await failure(update.up({ ...args, ...change })), `${type}: update`).toMatch(told);
        expect(await failure(remove.destroy()), `${type}: delete`).toMatch(told);
        for (const run of [read, update, remove]) expect(run.state?.id, type).toBe(state?.id);
      }
      expect(control().history.all().length).toBe(written);
    });

    test("is named where a program asks", async () => {
      await start({ switches: { apiVersion: "v2", unmappedSaid: said } });
      const { handle, username, password } = bench.simulator;
      const settings = { "nim:endpoint": "https://nim.invalid", "nim:username": username, "nim:password": password };
      const clock = createVirtualClock();
      const queries = createQueries({ environment: {}, clock, warn: () => {}, transport: simulatorTransport(handle) });
      const ask = queries.ask({ name: "getRoles", args: {}, settings, isFresh: false, isSecret: false });
      expect(await failure(ask)).toMatch(told);
    });

    test("is looked for once, by reading", async () => {
      const newRun = await start({ switches: { apiVersion: "v2", unmappedSaid: said } });
      const runs = ["Role", "Group", "InstanceGroup"].map(newRun);
      const all = await Promise.all(runs.map((run) => failure(run.up({ name: "x" }))));
      for (const message of all) expect(message).toMatch(told);
      const looks = asked().filter((line) => line.endsWith("/userinfo"));
      expect(looks).toEqual(["GET /api/platform/v1/userinfo", "GET /api/platform/v2/userinfo"]);
    });
  },
);

describe("the way out", () => {
  const wrong = async (settings: Record<string, string>, apiVersion: string) => {
    const newRun = await start({ switches: { apiVersion } }, settings);
    return failure(newRun("Role").up(roleArgs));
  };

  test("is the base path where that has the version in it", async () => {
    expect(await wrong({ NIM_BASE_PATH: "/api/platform/v1" }, "v3")).toMatch(
      /Give \/api\/platform\/v3 as NIM_BASE_PATH, or nim:basePath\./,
    );
  });

  test("is back to v1, without a warning, for who asked too early", async () => {
    expect(await wrong({ NIM_API_VERSION: "v2" }, "v1")).toMatch(/Give v1 as NIM_API_VERSION, or nim:apiVersion\.$/);
    expect(await wrong({ NIM_API_VERSION: "v40" }, "v1")).toMatch(/has its API in version v1, and is asked in v40/);
  });
});

describe("what is no other version stays what it was", () => {
  test("an outage, in which no version answers", async () => {
    const newRun = await start();
    control().faults.inject({ match: "* /**", fault: { kind: "html502" }, times: 100 });
    const message = await failure(newRun("Role").up(roleArgs));
    expect(message).toMatch(/answered 502/);
    expect(message).not.toMatch(/version/);
  });

  test("a service that is down, while the version is there and another one, too", async () => {
    const bodies: Record<string, [number, string]> = { "/api/platform/v1/roles/ops": [502, ""] };
    const answer: Transport = async ({ path }) => {
      const [status, body] = bodies[path] ?? [200, "{}"];
      return { status, headers: {}, body };
    };
    const config = nimSettings(() => undefined, { NIM_ENDPOINT: "https://nim.invalid", NIM_TOKEN: "t" });
    const { clientWithin } = connectNim(config, createVirtualClock(), () => {}, { toNim: answer, toTokens: answer });
    expect(await failure(clientWithin(noLimit).find("/roles/ops"))).toMatch(
      /^GET \/api\/platform\/v1\/roles\/ops answered 502/,
    );
  });

  test("a page of a proxy for every other version is no version", async () => {
    const answer: Transport = async ({ path }) => {
      if (path.startsWith("/api/platform/v1/")) return { status: 404, headers: {}, body: "" };
      return { status: 200, headers: {}, body: "<html><title>Welcome</title></html>" };
    };
    const config = nimSettings(() => undefined, { NIM_ENDPOINT: "https://nim.invalid", NIM_TOKEN: "t" });
    const { clientWithin } = connectNim(config, createVirtualClock(), () => {}, { toNim: answer, toTokens: answer });
    expect(await failure(clientWithin(noLimit).find("/roles/ops"))).toMatch(/is there a proxy before/);
  });

  test("a gateway that knows no path and says each one again: no object is taken for gone", async () => {
    const run = (await start())("Role");
    await run.up(roleArgs);
    control().setSwitches({ apiVersion: "v77", unmappedSaid: "404 with the path" });
    const later = newProcess()("Role");
    later.state = run.state;
    expect(await failure(later.refresh())).toMatch(/answered 404 .*: \/api\/platform\/v1\/roles\/ops not found/);
    expect(await failure(later.destroy())).toMatch(/answered 404/);
    expect(later.state?.id).toBe(run.state?.id);
  });

  test("an object that is gone: nothing more is asked, and it is made anew", async () => {
    const run = (await start())("Role");
    await run.up(roleArgs);
    const { handle, username, password } = bench.simulator;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    await handle({
      method: "DELETE",
      path: `${api}/roles/ops`,
      headers: { authorization },
      body: "",
      remoteAddress: "",
    });
    control().requests.reset();
    const later = newProcess()("Role");
    later.state = run.state;
    expect(await later.refresh()).toBe("deleted");
    expect(asked()).toEqual([`GET ${api}/roles/ops`]);
  });
});
