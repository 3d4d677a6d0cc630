// NIM says one thing in several ways (docs/nim.md#errors). What the provider does may depend on what is meant, never on how
// it is said: here each way is a position of the simulator, and what has to come of it is written beside it.
import { X509Certificate } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { Fault } from "../../simulators/kit/index.ts";
import { type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { occasions } from "../../simulators/nim/refusals.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { issue } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { files, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

let bench: NimBench;
let run: ResourceRun;
let warnings: { message: string }[];
afterEach(() => bench?.close());

const control = () => bench.simulator.control;
const messages = () => warnings.map(({ message }) => message).join("\n");
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

function begin(type: string): void {
  const world = bench.newProcess();
  warnings = world.warnings;
  const provider = world.providers.byName[type] as ResourceRun["provider"];
  run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::it", __provider: "text" });
}

/** Does something as somebody else, once, right before a request of ours is carried out. */
function rightBefore(request: RegExp, act: () => void | Promise<void>): void {
  let done = false;
  control().hook({
    before: async ({ method, path, headers }) => {
      if (done || headers["x-somebody-else"] || !request.test(`${method} ${path}`)) return;
      done = true;
      await act();
    },
  });
}

async function removeByHand(path: string): Promise<void> {
  const { handle, username, password } = bench.simulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const headers = { authorization, "x-somebody-else": "yes" };
  const { status } = await handle({ method: "DELETE", path: api + path, headers, body: "", remoteAddress: "" });
  expect(status).toBe(204);
}

const [ours, renewed, theirs] = await Promise.all([
  issue("www.example.com"),
  issue("www.example.com"),
  issue("www.example.com"),
]);
const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;
const wireCertificate = ({ certificate, key }: { certificate: string; key: string }) => ({
  name: "it",
  certPEMDetails: { publicCert: certificate, privateKey: key },
});

interface Subject {
  readonly type: string;
  /** Below the API's path. */
  readonly collection: string;
  readonly args: Properties;
  readonly changed: Properties;
  make(): void;
  /** Has somebody else refer to it; answers whom the refusal has to name. */
  hold(): string;
  /** What tells one state of the object from another. */
  shown(body: Properties): unknown;
  readonly shows: { readonly args: unknown; readonly changed: unknown; readonly made: unknown };
}

const roleArgs = { name: "it", permissions: [{ feature: "SCAN", accessTypes: ["READ"] }] };

const subjects: Subject[] = [
  {
    type: "Role",
    collection: "/roles",
    args: { ...roleArgs, description: "as made" },
    changed: { ...roleArgs, description: "changed" },
    make: () =>
      void control().write(
        "roles",
        "it",
        { metadata: { name: "it", description: "alice's" }, roleDef: { permissions: [] } },
        "alice",
      ),
    hold() {
      const roles = [{ ref: `${api}/roles/it` }];
      control().write("users", "bob", { metadata: { name: "bob" }, userDef: { roles } }, "alice");
      return "user bob";
    },
    shown: ({ metadata }) => (metadata as Properties).description,
    shows: { args: "as made", changed: "changed", made: "alice's" },
  },
  {
    type: "Certificate",
    collection: "/certs",
    args: { name: "it", certificate: ours.certificate, privateKey: ours.key },
    changed: { name: "it", certificate: renewed.certificate, privateKey: renewed.key },
    make: () => void control().write("certs", "it", wireCertificate(theirs), "alice"),
    hold() {
      const group = `${api}/instance-groups/${bench.simulator.instanceGroup}`;
      control().write("certs", "it", { ...wireCertificate(ours), instanceRefs: [group] }, "alice");
      return group;
    },
    shown: ({ certPEMDetails }) => fingerprint(String((certPEMDetails as Properties).publicCert)),
    shows: {
      args: fingerprint(ours.certificate),
      changed: fingerprint(renewed.certificate),
      made: fingerprint(theirs.certificate),
    },
  },
];

const named = (kind: string) => Object.keys(occasions).filter((name) => name.startsWith(kind));

const strange404s: [string, unknown][] = [
  ["an empty body", ""],
  ["a page", "<html><title>404 Not Found</title></html>"],
  ["the gateway's JSON", { code: 404, message: "Not Found" }],
  ["JSON of grpc-gateway", { code: 5, message: "Not Found", details: [] }],
  ["JSON of Kong", { message: "no Route matched with those values" }],
  ["NIM's word that it has no such route", { code: 404, message: "no matching operation was found", details: [] }],
  ["NIM's word about something else", { code: 404, message: "Resource Group Not Found", details: [] }],
];

describe.each(subjects)("$type", ({ type, collection, args, changed, make, hold, shown, shows }) => {
  const path = `${collection}/it`;
  const write = new RegExp(`^(POST|PUT) ${api}${collection}`);
  const removal = new RegExp(`^DELETE ${api}${path}$`);

  async function start(switches: Partial<NimSwitches> = {}): Promise<void> {
    bench = await startNimBench({ systems: [], nginx: false, switches });
    begin(type);
  }

  function live(): unknown {
    const last = control()
      .history.of(api + path)
      .at(-1);
    return last && last.kind !== "delete" ? shown(last.body) : undefined;
  }

  describe.each(nimSwitches.existsSaid.values)("that it exists said by %s", (existsSaid) => {
    test("create: told, and left as it is", async () => {
      await start({ existsSaid });
      make();
      expect(await failure(run.up(args))).toContain(`${path} exists already`);
      expect(run.state).toBeUndefined();
      expect(live()).toBe(shows.made);
    });

    test("create: taken over where the program says so", async () => {
      await start({ existsSaid });
      make();
      expect(await run.up({ ...args, adopt: true })).toBe("create");
      expect(live()).toBe(shows.args);
      expect(messages()).toContain(`${path} was taken over`);
    });

    test("create: found again after an interrupted run", async () => {
      await start({ existsSaid });
      await run.up(args);
      run.state = undefined;
      expect(await run.up(args)).toBe("create");
      expect(await run.refresh()).toEqual([]);
    });
  });

  describe.each(nimSwitches.inUseSaid.values)("that it is in use said by %s", (inUseSaid) => {
    test("delete: told, with who holds it, and kept; done when it is free", async () => {
      await start({ inUseSaid });
      await run.up(args);
      const holder = hold();
      const message = await failure(run.destroy());
      expect(message).toMatch(/answered 409/);
      expect(message).toContain(`It is held by ${holder}`);
      expect(run.state).toBeDefined();
      expect(live()).toBe(shows.args);
      if (type === "Role") control().write("users", "bob", { metadata: { name: "bob" }, userDef: {} }, "alice");
      else control().write("certs", "it", { ...wireCertificate(ours), instanceRefs: [] }, "alice");
      await run.destroy();
      expect(live()).toBeUndefined();
    });
  });

  describe.each(nimSwitches.goneSaid.values)("that it is gone said by %s", (goneSaid) => {
    test("refresh: says that it was deleted, and it is made again", async () => {
      await start({ goneSaid });
      await run.up(args);
      await removeByHand(path);
      expect(await run.refresh()).toBe("deleted");
      expect(await run.up(args)).toBe("create");
    });

    test("update: told, with the way out, and made again by nobody", async () => {
      await start({ goneSaid });
      await run.up(args);
      await removeByHand(path);
      expect(await failure(run.up(changed))).toContain(`${path} is gone. "pulumi up --refresh" makes it again.`);
      expect(live()).toBeUndefined();
    });

    test("delete: is done, also when it went in the last moment", async () => {
      await start({ goneSaid });
      await run.up(args);
      const { state } = run;
      rightBefore(removal, () => removeByHand(path));
      await run.destroy();
      expect(run.state).toBeUndefined();
      run.state = state;
      await run.destroy();
      expect(run.state).toBeUndefined();
    });
  });

  describe.each(named("busy"))("%s", (name) => {
    test.each([1, 2])("create, refresh, update and delete: done after %i of them", async (times) => {
      await start();
      const meets = (match: RegExp) => control().faults.inject({ match, times, fault: { kind: "refusal", name } });
      meets(write);
      expect(await run.up(args)).toBe("create");
      meets(/^GET /);
      expect(await run.refresh()).toEqual([]);
      meets(/^GET /);
      meets(write);
      expect(await run.up(changed)).toBe("update");
      expect(live()).toBe(shows.changed);
      meets(/^GET /);
      meets(removal);
      await run.destroy();
      expect(live()).toBeUndefined();
      expect(control().faults.pending()).toEqual([]);
    });
  });

  const refusedWith: Record<string, Fault> = {
    ...Object.fromEntries(named("denied").map((name) => [name, { kind: "refusal", name }])),
    ...Object.fromEntries(
      strange404s.map(([name, body]) => [`a 404 with ${name}`, { kind: "respond", when: "before", status: 404, body }]),
    ),
    "a redirect to somebody else": { kind: "redirect", status: 302, to: "http://idp.invalid" },
  };

  test.each(Object.entries(refusedWith))("%s: told, and nothing is taken for done", async (_, fault) => {
    await start();
    const told =
      fault.kind === "respond" ? /answered 404/ : /answered (401|403|302)|redirected to http:\/\/idp\.invalid/;
    control().faults.inject({ match: "* /**", times: "always", fault });
    expect(await failure(run.up(args))).toMatch(told);
    expect(run.state).toBeUndefined();
    control().faults.clear();
    await run.up(args);
    const state = structuredClone(run.state);
    control().faults.inject({ match: "* /**", times: "always", fault });
    for (const act of [() => run.refresh(), () => run.up(changed), () => run.destroy()]) {
      expect(await failure(act())).toMatch(told);
    }
    expect(run.state).toEqual(state);
    expect(live()).toBe(shows.args);
  });
});

describe.each(["instance", "group"] as const)("NginxConfig on one %s", (target) => {
  let config: Bench & NimBench;
  const publish = new RegExp(`^POST ${api}/.*/config$`);
  const editAs = (content: string) =>
    control().editConfig({
      target: target === "group" ? "web" : "web-1",
      path: siteFile,
      content,
      via: "ui",
      user: "alice",
    });
  const live = () => config.live(run.state?.id ?? "")?.[siteFile];

  async function start(switches: Partial<NimSwitches> = {}): Promise<void> {
    config = await startConfigBench(target, { switches });
    bench = config;
    begin("NginxConfig");
  }

  describe.each(nimSwitches.staleSaid.values)("that it is older said by %s", (staleSaid) => {
    describe.each(nimSwitches.conflictStatus.values)("(%i)", (conflictStatus) => {
      const laterEdit = async (content: string) => {
        control().clock.advance(1_000);
        await editAs(content);
      };

      test("update, delete: an edit in the last moment is told, and not published over", async () => {
        await start({ staleSaid, conflictStatus });
        await run.up(config.args);
        for (const act of [() => run.up(config.changed.args), () => run.destroy()]) {
          const content = site(`alice was here ${control().requests.count()} times`);
          rightBefore(publish, () => laterEdit(content));
          const message = await failure(act());
          expect(message).toContain(`files["${siteFile}"]`);
          expect(message).toContain("pulumi up --refresh");
          expect(live()).toBe(content);
          await run.refresh();
          expect(await run.up(config.args)).toBe("update");
        }
      });

      test("create: the same", async () => {
        await start({ staleSaid, conflictStatus });
        rightBefore(publish, () => laterEdit(site("alice was here")));
        expect(await failure(run.up(config.args))).toContain(`files["${siteFile}"]`);
        expect(run.state).toBeUndefined();
      });

      test("update: who published the same content in the last moment is in nobody's way", async () => {
        await start({ staleSaid, conflictStatus });
        await run.up(config.args);
        rightBefore(publish, () => laterEdit(files[siteFile] as string));
        expect(await run.up(config.changed.args)).toBe("update");
        expect(live()).toBe(site("good morning"));
      });
    });
  });

  describe.each(nimSwitches.goneSaid.values)("that it is gone said by %s", (goneSaid) => {
    test("a deployment that NIM has forgotten: what is there decides", async () => {
      await start({ goneSaid });
      control().hook({ after: ({ method }) => void (method === "POST" && control().forgetDeployments()) });
      expect(await run.up(config.args)).toBe("create");
      expect(live()).toBe(files[siteFile]);
    });

    test("a target that NIM has forgotten: refresh keeps the resource and says so, update is told, delete is done", async () => {
      await start({ goneSaid });
      await run.up(config.args);
      await removeByHand(run.state?.id ?? "");
      expect(await run.refresh()).toEqual([]);
      expect(messages()).toMatch(/NIM no longer knows \/.*the resource is kept/);
      expect(await failure(run.up(config.changed.args))).toMatch(/NIM knows no \/.*Check the uids/);
      expect(run.state).toBeDefined();
      await run.destroy();
      expect(run.state).toBeUndefined();
    });
  });

  describe.each(named("busy"))("%s", (name) => {
    test("create, refresh, update and delete: done after two of them, and published once each", async () => {
      await start();
      const meets = (match: RegExp) => control().faults.inject({ match, times: 2, fault: { kind: "refusal", name } });
      const published = () =>
        control()
          .requests.find(publish)
          .filter(({ status }) => status === 202).length;
      meets(/^GET /);
      meets(publish);
      expect(await run.up(config.args)).toBe("create");
      meets(/^GET /);
      expect(await run.refresh()).toEqual([]);
      meets(/^GET /);
      meets(publish);
      meets(/^GET .*deployments/);
      expect(await run.up(config.changed.args)).toBe("update");
      expect(live()).toBe(site("good morning"));
      meets(publish);
      await run.destroy();
      expect(published()).toBe(3);
      expect(control().faults.pending()).toEqual([]);
    });
  });

  test.each([...named("denied")])("%s: told, and nothing is taken for done", async (name) => {
    await start();
    await run.up(config.args);
    const state = structuredClone(run.state);
    control().faults.inject({ match: "* /**", times: "always", fault: { kind: "refusal", name } });
    for (const act of [() => run.refresh(), () => run.up(config.changed.args), () => run.destroy()]) {
      expect(await failure(act())).toMatch(/answered 40[13].*the user's roles/s);
    }
    expect(run.state).toEqual(state);
    expect(live()).toBe(files[siteFile]);
  });

  test.each(strange404s)("a 404 with %s: told, and nothing is taken for done", async (_, body) => {
    await start();
    await run.up(config.args);
    const state = structuredClone(run.state);
    const fault = { kind: "respond", when: "before", status: 404, body } as const;
    control().faults.inject({ match: "* /**", times: "always", fault });
    for (const act of [() => run.refresh(), () => run.up(config.changed.args), () => run.destroy()]) {
      expect(await failure(act())).toMatch(/answered 404/);
    }
    expect(run.state).toEqual(state);
    expect(live()).toBe(files[siteFile]);
  });
});
