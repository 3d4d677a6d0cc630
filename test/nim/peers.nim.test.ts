// What existing tools for NIM were measured to do (NGINX-Declarative-API 5.6, nginxinc.nginx_management_suite 0.1), row
// by row, and that ours does it right. All on a group of two, as they were measured.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../simulators/kit/index.ts";
import type { NimSwitches } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { ResourceRun } from "../tools/stack.ts";
import { files, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;

async function start(switches: Partial<NimSwitches> = {}): Promise<void> {
  await bench?.close();
  bench = await startConfigBench("group", { switches });
  run = newRun();
}

function newRun(): ResourceRun {
  const provider = bench.newProcess().providers.byName.NginxConfig as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
}

const control = () => bench.simulator.control;
const publish = `POST ${api}/instance-groups/*/config`;
const poll = `GET ${api}/instance-groups/deployments/*`;
const published = () =>
  control()
    .requests.find(publish)
    .filter(({ status }) => status === 202).length;
const live = () => bench.live(run.state?.id ?? "") ?? {};
const withSite = (text: string) => ({ ...bench.args, files: { ...files, [siteFile]: text } });
const edit = (content: string, path = siteFile) =>
  control().editConfig({ target: "web", path, content, via: "ui", user: "alice" });
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

beforeEach(() => start());
afterEach(() => bench.close());

describe("without a change", () => {
  test("nothing is published, and nothing asked", async () => {
    await run.up(bench.args);
    bench.requests("* /**");
    expect(await run.up(bench.args)).toBe("same");
    expect(bench.requests("* /**")).toBe(0);
  });

  test("nothing is published by a stack that lost its state either", async () => {
    await run.up(bench.args);
    run = newRun();
    await run.up(bench.args);
    expect(published()).toBe(1);
  });
});

describe("what others did", () => {
  test("an edit in the UI is drift, and taken back", async () => {
    await run.up(bench.args);
    await edit(site("alice was here"));
    expect(await run.refresh()).toEqual(["files"]);
    expect(await run.up(bench.args)).toBe("update");
    expect(live()).toMatchObject(files);
  });

  test("an edit before our publish is not overwritten, and their new file not removed", async () => {
    await run.up(bench.args);
    await edit("# alice's\n", "/etc/nginx/conf.d/alice.conf");
    await edit(site("alice was here"));
    const theirs = live();
    expect(await failure(run.up(bench.changed.args))).toMatch(
      /shop\.conf[\s\S]*alice\.conf|alice\.conf[\s\S]*shop\.conf/,
    );
    expect(live()).toEqual(theirs);
    expect(published()).toBe(1);
  });

  test.each<Partial<NimSwitches>>([{ conflictStatus: 409 }, { conflictStatus: 400 }, { activeUpdateTime: "payload" }])(
    "an edit between our read and our publish is not overwritten (%o)",
    async (switches) => {
      await start(switches);
      await run.up(bench.args);
      let edited = false;
      control().hook({
        before: async ({ method, path }) => {
          if (method !== "POST" || !path.endsWith("/config") || edited) return;
          edited = true;
          control().clock.advance(1_000);
          await edit(site("alice was here"));
        },
      });
      expect(await failure(run.up(bench.changed.args))).toContain("pulumi up --refresh");
      expect(live()[siteFile]).toBe(site("alice was here"));
    },
  );
});

describe("a config that nginx refuses", () => {
  test.each<Partial<NimSwitches>>([{ validateConfig: "check" }, { validateConfig: "ignore" }])(
    "is not recorded as deployed, and refused again the next time (%o)",
    async (switches) => {
      await start(switches);
      await run.up(bench.args);
      const [state, served] = [run.state, live()];
      for (let time = 1; time <= 2; time += 1) {
        const message = await failure(run.up({ ...withSite("server {"), analyze: "off" }));
        expect(message).toMatch(/\[emerg\] .* in \/etc\/nginx\/conf\.d\/shop\.conf:1/);
        expect([run.state, live()]).toEqual([state, served]);
      }
    },
  );

  test("by one member names that member and its reason", async () => {
    await run.up(bench.args);
    control().refuse("web-2", "no space left on device");
    expect(await failure(run.up(bench.changed.args))).toContain("web-2: no space left on device");
    expect(run.state?.outputs.instances).toMatchObject([{ status: "success" }, { name: "web-2", status: "failure" }]);
  });
});

describe("bad moments", () => {
  const lost: [string, Fault][] = [
    ["the connection ends", { kind: "reset", when: "after" }],
    ["the answer is cut", { kind: "cut" }],
    ["a proxy answers 502", { kind: "respond", when: "after", status: 502, body: "<html></html>" }],
  ];

  test.each(lost)("a publish whose answer is lost is neither reported as failed nor repeated: %s", async (_, fault) => {
    bench.inject(publish, fault);
    expect(await run.up(bench.args)).toBe("create");
    expect(live()).toMatchObject(files);
    expect(control().requests.count(publish)).toBe(1);
    expect(await run.up(bench.args)).toBe("same");
  });

  const refused: [string, Fault, number][] = [
    ["503 three times", { kind: "respond", when: "before", status: 503, body: {} }, 3],
    ["429", { kind: "respond", when: "before", status: 429, body: "<html></html>" }, 1],
    ["429 that says when to come again", { kind: "retryAfter", status: 429, seconds: 3, as: "seconds" }, 1],
  ];

  test.each(refused)("a publish survives %s", async (_, fault, times) => {
    bench.inject(publish, fault, times);
    expect(await run.up(bench.args)).toBe("create");
    expect(control().requests.count(publish)).toBe(times + 1);
    expect(published()).toBe(1);
  });

  const dropped: [string, Fault][] = [
    ["503", { kind: "respond", when: "before", status: 503, body: {} }],
    ["a drop", { kind: "reset", when: "before" }],
    ["half an answer", { kind: "wrongJson" }],
  ];

  test.each(dropped)("following a publish survives %s", async (_, fault) => {
    bench.inject(poll, fault);
    expect(await run.up(bench.args)).toBe("create");
    expect(published()).toBe(1);
    expect(run.state?.outputs.instances).toMatchObject([{ status: "success" }, { status: "success" }]);
  });

  test("a refused login is never a group that does not exist", async () => {
    const body = { code: 401, message: "Unauthorized" };
    bench.inject(`GET ${api}/instance-groups/*`, { kind: "respond", when: "before", status: 401, body });
    const message = await failure(run.up(bench.args));
    expect(message).toMatch(/answered 401.*Unauthorized.*NIM_USERNAME and NIM_PASSWORD/);
    expect(message).not.toMatch(/not found|knows no/);
    expect(run.state).toBeUndefined();
  });
});

test.each(["outcome", "finalized"] as const)(
  "a publish has succeeded under either word for it (%s)",
  async (doneStatus) => {
    await start({ doneStatus, deploymentMilliseconds: 3_000 });
    expect(await run.up(bench.args)).toBe("create");
    expect(run.state?.outputs.instances).toMatchObject([{ status: "success" }, { status: "success" }]);
  },
);

describe.each(["UTC", "America/New_York", "Asia/Tokyo"])("with a clock in %s", (zone) => {
  const usual = process.env.TZ;
  beforeEach(() => {
    process.env.TZ = zone;
    expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
  });
  afterEach(() => {
    if (usual === undefined) delete process.env.TZ;
    else process.env.TZ = usual;
  });

  test("a publish says when the config that it replaces was made, and goes through time and again", async () => {
    const sent: string[] = [];
    control().hook({
      before: ({ method, path, body }) =>
        void (method === "POST" && path.endsWith("/config") && sent.push(JSON.parse(body).updateTime)),
    });
    const before = [];
    for (const text of ["one", "two", "three"]) {
      const id = `/instance-groups/${bench.simulator.instanceGroup}`;
      before.push(control().history.of(`${api}${id}/config`).at(-1)?.body.updateTime);
      await run.up(withSite(site(text)));
    }
    const replaced = sent.map((time) => new Date(Date.parse(time) - 1).toISOString());
    expect(replaced.slice(1)).toEqual(before.slice(1));
    expect(
      control()
        .requests.find(publish)
        .map(({ status }) => status),
    ).toEqual([202, 202, 202]);
  });
});
