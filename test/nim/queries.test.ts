// Looking up objects of NIM by name, as a program asks: against the simulator, in every position that concerns what is asked.
import { afterEach, describe, expect, test } from "vitest";
import { nginxConfigInputs } from "../../provider/nim/nginxConfig.ts";
import { createQueries, type Question, type Settings } from "../../provider/pulumi/queries.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import type { Fault } from "../../simulators/kit/index.ts";
import {
  findNginx,
  type NimSimulator,
  type NimSwitches,
  nimSwitches,
  startNimSimulator,
} from "../../simulators/nim/index.ts";
import { issue } from "../tools/pki.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const leaf = await issue("www.example.com");
const base = "/api/platform/v1";

interface Bench {
  readonly clock: VirtualClock;
  readonly nim: NimSimulator;
  /** Asks as one program. */
  ask(name: string, args?: Question["args"], more?: Partial<Question>): Promise<unknown>;
  /** A program of its own, with its own lists. */
  program(): Bench["ask"];
  /** Called before each request is sent. */
  before: (path: string) => void;
}

let bench: Bench;

async function start(switches: Partial<NimSwitches> = {}): Promise<Bench> {
  const clock = createVirtualClock();
  const nim = await startNimSimulator({
    port: false,
    nginx: false,
    now: clock.now,
    switches: { duplicateSerial: "allow", ...switches },
    users: { maria: "Marias-own-1" },
  });
  const settings: Settings = {
    "nim:endpoint": "https://nim.invalid",
    "nim:username": nim.username,
    "nim:password": nim.password,
  };
  const network = simulatorTransport(nim.handle);
  const transport: Transport = (request) => {
    made.before(request.path);
    return network(request);
  };
  function program() {
    const queries = createQueries({ environment: {}, clock, warn: () => {}, transport });
    return (name: string, args: Question["args"] = {}, more: Partial<Question> = {}) =>
      queries.ask({ name, args, settings, isFresh: false, isSecret: false, ...more });
  }
  const made: Bench = { clock, nim, ask: program(), program, before: () => {} };
  bench = made;
  return made;
}

afterEach(() => bench.nim.close());

const messageOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "no error",
    (error: Error) => error.message,
  );
const requests = () =>
  bench.nim.control.requests.all().map(({ method, path }) => `${method} ${path.split("?")[0]?.slice(base.length)}`);
const names = (found: unknown) => (found as { name: string }[]).map(({ name }) => name);
const writeRole = (name: string, more: object = {}) =>
  bench.nim.control.write("roles", name, { metadata: { name, ...more }, roleDef: {} });
const writeCertificate = (name: string, { certificate, key } = leaf) =>
  bench.nim.control.write("certs", name, { name, certPEMDetails: { publicCert: certificate, privateKey: key } });
const post = (path: string, body: object) => send("POST", path, body);
const send = async (method: string, path: string, body?: object) => {
  const authorization = `Basic ${Buffer.from(`${bench.nim.username}:${bench.nim.password}`).toString("base64")}`;
  const answer = await bench.nim.handle({
    method,
    path: base + path,
    headers: { authorization, "content-type": "application/json" },
    body: body ? JSON.stringify(body) : "",
    remoteAddress: "127.0.0.1",
  });
  return JSON.parse(String(answer.body) || "{}") as Record<string, unknown>;
};

/** As they are, and each other one of these switches. */
const positionsOf = (...concerned: string[]): [string, Partial<NimSwitches>][] => [
  ["as they are", {}],
  ...otherPositions(nimSwitches)
    .filter(({ name }) => concerned.includes(name))
    .map(({ name, value }): [string, Partial<NimSwitches>] => [`${name} ${value}`, { [name]: value }]),
];

describe.each(positionsOf("nginxInstances", "managedServers", "countOf"))(
  "systems and instances, %s",
  (_, switches) => {
    test("an instance by its host, as `instance` of a NginxConfig takes it", async () => {
      const { nim, ask } = await start(switches);
      const [web1] = nim.instances;
      const found = await ask("getInstance", { hostname: "web-1" });
      expect(found).toEqual({
        systemUid: web1?.systemUid,
        instanceUid: web1?.instanceUid,
        hostname: "web-1",
        displayName: "web-1",
        version: expect.stringMatching(/^1\./),
        isPlus: false,
        state: "online",
        instanceGroupUid: nim.instanceGroup,
      });
      const files = { "/etc/nginx/nginx.conf": "events {}" };
      expect(nginxConfigInputs.parse({ instance: found, files })).toEqual({
        instance: { systemUid: web1?.systemUid, instanceUid: web1?.instanceUid },
        files,
      });
    });

    test("by group, state, version, and whether it is NGINX Plus", async () => {
      const { nim, ask } = await start(switches);
      const hosts = async (args: object) =>
        ((await ask("getInstances", { ...args }, { isFresh: true })) as { hostname: string }[]).map(
          (each) => each.hostname,
        );
      expect(await hosts({})).toEqual(["web-1", "web-2"]);
      expect(await hosts({ isPlus: true })).toEqual(["web-2"]);
      expect(await hosts({ version: "1.27.2" })).toEqual(["web-2"]);
      await nim.control.setOnline("web-1", false);
      expect(await hosts({ state: "offline" })).toEqual(["web-1"]);
      nim.control.join("web-2");
      expect(await hosts({ instanceGroupName: "web" })).toEqual(["web-1"]);
      expect(await hosts({ instanceGroupUid: nim.instanceGroup })).toEqual(["web-1"]);
      expect(await ask("getInstance", { hostname: "web-2" }, { isFresh: true })).toMatchObject({
        instanceGroupUid: undefined,
      });
    });

    test("a system by its host, uid or tag", async () => {
      const { nim, ask } = await start(switches);
      const [web1, web2] = nim.instances;
      await send("PATCH", `/systems/${web2?.systemUid}`, { hostname: "web-2", tags: ["env:prod", "dc:one"] });
      const found = {
        uid: web2?.systemUid,
        hostname: "web-2",
        displayName: "web-2",
        tags: ["env:prod", "dc:one"],
        instances: [{ systemUid: web2?.systemUid, instanceUid: web2?.instanceUid }],
      };
      expect(await ask("getSystem", { tag: "dc:one" })).toEqual(found);
      expect(await ask("getSystem", { hostname: "web-2" })).toEqual(found);
      expect(await ask("getSystem", { uid: web1?.systemUid })).toMatchObject({ hostname: "web-1" });
      expect(await ask("getSystems")).toHaveLength(2);
    });
  },
);

describe("what is wrong is said", () => {
  test("several instances: which, and what tells them apart", async () => {
    const { nim, ask } = await start();
    const [web1, web2] = nim.instances;
    expect(await messageOf(ask("getInstance", { state: "online" }))).toBe(
      [
        `getInstance: 2 instances in NIM have state "online". Name more of what tells them apart, or one's instanceUid and systemUid:`,
        ...[web1, web2].map(
          (each, i) =>
            `  "${each?.hostname}" (systemUid ${each?.systemUid}; instanceUid ${each?.instanceUid}; version ${i === 0 ? nginxVersion : "1.27.2"}; isPlus ${i === 1}; state online; instanceGroupUid ${nim.instanceGroup})`,
        ),
      ].join("\n"),
    );
  });

  test("none: what there is, the nearest first", async () => {
    const { nim, ask } = await start();
    await post("/instance-groups", { name: "db" });
    const message = await messageOf(ask("getInstanceGroup", { name: "wob" }));
    expect(message.split("\n").slice(0, 2)).toEqual([
      `getInstanceGroup: no instance group in NIM has name "wob". There are:`,
      `  "web" (uid ${nim.instanceGroup}; instances 2)`,
    ]);
    expect(await messageOf(ask("getCertificate", { name: "shop" }))).toBe(
      'getCertificate: no certificate in NIM has name "shop". There are none at all that this account may see.',
    );
    expect(await messageOf(ask("getInstances", { instanceGroupName: "wob" }))).toContain(
      'getInstances: no instance group in NIM has name "wob"',
    );
  });

  test("two staged configs of one name", async () => {
    const { ask } = await start();
    const files = { rootDir: "/etc/nginx", files: [{ name: "/etc/nginx/nginx.conf", contents: "" }] };
    const { uid } = await post("/configs", { configName: "shop", configFiles: files });
    await post("/configs", { configName: "shop", configFiles: files, externalId: "4f2a" });
    const message = await messageOf(ask("getStagedConfig", { name: "shop" }));
    expect(message).toContain(`getStagedConfig: 2 staged configs in NIM have name "shop".`);
    expect(message).toContain("externalId 4f2a");
    expect(await ask("getStagedConfig", { uid })).toMatchObject({ uid, name: "shop", externalId: undefined });
    expect(await ask("getStagedConfigs", { name: "shop" })).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    ["getInstance", {}, "getInstance: say which instance: by hostname, displayName, systemUid"],
    ["getInstance", { hostName: "web-1" }, "There is no argument hostName; hostname is the nearest of hostname,"],
    ["getInstance", { instanceGroupUid: "a", instanceGroupName: "b" }, "two ways to say one thing"],
    ["getSystem", { hostname: "" }, "hostname: must not be empty."],
    ["getInstanceConfig", {}, "instance or instanceGroup must be given, and not both."],
    ["getCertificates", { expiresWithinDays: -1 }, "expiresWithinDays: "],
    ["getEvents", { endTime: "now" }, "endTime needs a startTime."],
    ["getMetrics", { names: [] }, "names: must name a metric."],
    ["getMetrics", { names: ["SUM(nginx.status)"] }, "an aggregate function needs a startTime."],
    ["getMetrics", { names: ["nginx.status"], groupBy: ["hostname"] }, "groupBy and resolution need an aggregate"],
  ])("%s %o", async (name, args, words) => {
    const { ask } = await start();
    expect(await messageOf(ask(name, { ...args }))).toContain(words);
    expect(requests()).toEqual([]);
  });

  test("a host that is no manager", async () => {
    const { ask, nim } = await start();
    nim.control.faults.inject({
      match: /systems/,
      times: "always",
      fault: { kind: "respond", when: "before", status: 200, body: { hello: "world" } },
    });
    expect(await messageOf(ask("getSystem", { hostname: "web-1" }))).toContain("is no list");
  });
});

const nginxVersion = findNginx()?.version ?? "1.22.1";

describe("configs", () => {
  test("of an instance and of its group, with what each was made from", async () => {
    const { nim, ask } = await start();
    const [web1] = nim.instances;
    const instance = { systemUid: web1?.systemUid, instanceUid: web1?.instanceUid };
    const at = `/systems/${web1?.systemUid}/instances/${web1?.instanceUid}`;
    const main = "events {}\nhttp { server { listen 80; location / { return 200 one; } } }\n";
    const publish = (text: string, externalId: string) =>
      post(`${at}/config`, {
        configFiles: {
          rootDir: "/etc/nginx",
          files: [{ name: "/etc/nginx/nginx.conf", contents: Buffer.from(text).toString("base64") }],
        },
        auxFiles: { rootDir: "/", files: [] },
        externalId,
        externalIdType: "git",
        ignoreConflict: true,
      });
    await publish(main, "one");
    await nim.control.settled();
    await publish(main.replace("one", "two"), "two");
    await nim.control.settled();
    expect(await ask("getInstanceConfig", { instance })).toEqual({
      files: { "/etc/nginx/nginx.conf": main.replace("one", "two") },
      auxFiles: {},
      withheldFiles: [],
      externalId: "two",
      updateTime: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    // What getInstance has found fits as it is.
    const found = (await ask("getInstance", { hostname: "web-1" })) as object;
    expect(await ask("getInstanceConfig", { instance: found, externalId: "one" })).toMatchObject({
      files: { "/etc/nginx/nginx.conf": main },
      externalId: "one",
    });
    expect(await messageOf(ask("getInstanceConfig", { instance, externalId: "three" }))).toContain(
      `getInstanceConfig: NIM knows no ${at} with a config with externalId "three"`,
    );
    const group = await ask("getInstanceConfig", { instanceGroup: nim.instanceGroup });
    expect(group).toMatchObject({ files: { "/etc/nginx/nginx.conf": expect.stringContaining("http {") } });
    expect(await messageOf(ask("getInstanceConfig", { instanceGroup: "gone" }))).toContain(
      "getInstanceConfig: NIM knows no /instance-groups/gone with a config",
    );
  });

  test("bytes that are no text as base64, and a private key not at all", async () => {
    const { nim, ask } = await start();
    const at = `/instance-groups/${nim.instanceGroup}`;
    const file = (name: string, content: string | Buffer) => ({
      name,
      contents: Buffer.from(content as string).toString("base64"),
    });
    await post(`${at}/config`, {
      configFiles: { rootDir: "/etc/nginx", files: [file("/etc/nginx/nginx.conf", "events {}\n")] },
      auxFiles: {
        rootDir: "/",
        files: [file("/etc/nginx/tls.key", leaf.key), file("/etc/nginx/logo.png", Buffer.from([0xff, 0, 1]))],
      },
      ignoreConflict: true,
    });
    await nim.control.settled();
    const found = await ask("getInstanceConfig", { instanceGroup: nim.instanceGroup });
    expect(found).toMatchObject({
      auxFiles: { "/etc/nginx/logo.png": { base64: "/wAB" } },
      withheldFiles: ["/etc/nginx/tls.key"],
    });
    expect(JSON.stringify(found)).not.toContain("PRIVATE KEY");
  });
});

describe("certificates", () => {
  test("by name, and those that end soon or have ended; never a key", async () => {
    const { clock, nim, ask } = await start();
    // Days from the simulator's now, which is not that of this machine.
    const apart = (clock.now() - Date.now()) / 86_400_000;
    const made = async (name: string, days: number) =>
      writeCertificate(name, await issue(`${name}.example.com`, { begins: apart - 20, days: apart + days }));
    await made("ended", -1);
    await made("soon", 9);
    await made("late", 300);
    const among = async (args: object) => names(await ask("getCertificates", { ...args }));
    expect(await among({})).toEqual(["ended", "late", "soon"]);
    expect(await among({ expiresWithinDays: 10 })).toEqual(["ended", "soon"]);
    expect(await among({ expiresWithinDays: 10, expired: false })).toEqual(["soon"]);
    expect(await among({ expired: true })).toEqual(["ended"]);
    const found = await ask("getCertificate", { name: "soon" });
    expect(found).toMatchObject({
      name: "soon",
      subject: "CN=soon.example.com",
      notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
      fingerprintSha256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      instances: [],
    });
    expect(JSON.stringify(found)).not.toMatch(/PRIVATE KEY|\*\*\*/);
    expect(nim.control.requests.all().every(({ method }) => method === "GET")).toBe(true);
  });

  test("authorities alone", async () => {
    const { nim, ask } = await start();
    nim.control.write("certs", "ca", { name: "ca", certPEMDetails: { caCerts: [leaf.certificate] } });
    expect(await ask("getCertificate", { name: "ca" })).toMatchObject({
      certificate: "",
      caCertificates: [expect.stringContaining(leaf.certificate.trim())],
      fingerprintSha256: "",
      notAfter: expect.stringMatching(/Z$/),
    });
  });
});

describe.each(positionsOf("roleAssociations", "featureForm", "userInfo"))("who may do what, %s", (_, switches) => {
  test("roles, users, features, and who asks", async () => {
    const { nim, ask } = await start(switches);
    nim.control.write("roles", "green", {
      metadata: { name: "green", displayName: "The green ones", tags: ["team:green", "pulumi.owner:x"] },
      roleDef: { permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"] }] },
    });
    nim.control.write("users", "ann", {
      metadata: { name: "ann", displayName: "Ann" },
      userDef: { email: "ann@example.com", roles: [{ ref: `${base}/roles/green` }] },
    });
    expect(await ask("getRole", { name: "green" })).toEqual({
      name: "green",
      uid: expect.any(String),
      displayName: "The green ones",
      description: "",
      tags: ["team:green"],
      permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"], objects: [] }],
      users: switches.roleAssociations === "none" ? [] : ["ann"],
      groups: [],
    });
    expect(names(await ask("getRoles"))).toEqual(["admin", "green"]);
    expect(await ask("getUser", { name: "ann" })).toEqual({
      name: "ann",
      uid: expect.any(String),
      displayName: "Ann",
      description: "",
      email: "ann@example.com",
      firstName: "",
      lastName: "",
      roles: ["green"],
      groups: [],
    });
    expect(names(await ask("getUsers"))).toEqual(["admin", "ann", "maria"]);
    const features = (await ask("getFeatures")) as { id: string; name: string }[];
    expect(features.map(({ id }) => id)).toEqual(expect.arrayContaining(["CERTIFICATES", "INSTANCE-MANAGEMENT"]));
    expect(features).toHaveLength(13);
    const userInfo = { name: "admin", roles: ["admin"], groups: [], email: "", details: expect.any(Object) };
    expect(await ask("getUserInfo")).toMatchObject(userInfo);
  });
});

describe("events", () => {
  async function withEvents(count: number) {
    const made = await start();
    for (let i = 0; i < count; i += 1) {
      made.clock.advance(60_000);
      const level = i % 2 === 0 ? "INFO" : "ERROR";
      const status = i % 2 === 0 ? "Config Apply Success" : "Config Apply Failure";
      made.nim.control.addEvent({ level, status, message: `happening ${i}`, dimensions: { hostname: `web-${i % 3}` } });
    }
    return made;
  }
  const messages = (found: unknown) => (found as { message: string }[]).map(({ message }) => message);

  test("all of them over several pages under one token", async () => {
    const { nim, ask } = await withEvents(250);
    const found = messages(await ask("getEvents", { orderBy: "timestamp" }));
    expect(found.slice(0, 3)).toEqual([
      "nginx-agent v2.46.7 started on web-1",
      "nginx-agent v2.46.7 started on web-2",
      "happening 0",
    ]);
    expect(found).toHaveLength(252);
    const tokens = nim.control.requests.all().map(({ path }) => /pageToken=(\w+)/.exec(path)?.[1]);
    expect(tokens).toEqual([undefined, tokens[1], tokens[1]]);
    expect(tokens[1]).toBeDefined();
  });

  test("by filter, order and time; so many and no more", async () => {
    const { ask } = await withEvents(12);
    expect(
      messages(
        await ask("getEvents", {
          filter: "status='Config Apply Failure' AND (hostname=web-0 OR hostname IN ('web-2'))",
          orderBy: "timestamp DESC",
        }),
      ),
    ).toEqual(["happening 11", "happening 9", "happening 5", "happening 3"]);
    expect(messages(await ask("getEvents", { startTime: "now-150s", orderBy: "timestamp" }))).toEqual([
      "happening 9",
      "happening 10",
      "happening 11",
    ]);
    expect(messages(await ask("getEvents", { orderBy: "timestamp DESC", limit: 2 }))).toEqual([
      "happening 11",
      "happening 10",
    ]);
    expect(requests()).toEqual(Array.from({ length: 3 }, () => "GET /analytics/events"));
    expect(await messageOf(ask("getEvents", { filter: "level = (" }))).toMatch(/parameter "filter" in query/);
  });

  test("an event says what it is about", async () => {
    const { ask } = await start();
    const [event] = (await ask("getEvents", { filter: "hostname=web-2" })) as object[];
    expect(event).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      category: "agent status",
      level: "INFO",
      status: "Agent Start",
      error: "",
      dimensions: { hostname: "web-2" },
      details: { category: "agent status" },
    });
  });
});

describe.each(positionsOf("catalogKey"))("metrics, %s", (_, switches) => {
  test("the catalog, the last value, and values put together", async () => {
    const { ask, nim } = await start(switches);
    const catalog = (await ask("getMetricsCatalog")) as { metrics: object[]; dimensions: object[] };
    expect(names(catalog.metrics)).toContain("nginx.http.request.count");
    expect(names(catalog.dimensions)).toEqual(["alias", "hostname", "instance", "nginx_id", "system_id"]);
    expect(await ask("getMetrics", { names: ["nginx.status"], dimensions: ["hostname"] })).toEqual([
      {
        name: "nginx.status",
        aggregate: "",
        series: ["web-1", "web-2"].map((hostname) => ({
          dimensions: { hostname },
          timestamps: [expect.any(String)],
          values: [expect.any(Number)],
        })),
      },
    ]);
    const counted = await ask("getMetrics", {
      names: ["COUNT(nginx.status)"],
      startTime: "now-1h",
      resolution: "30m",
      groupBy: ["hostname"],
      filter: `nginx_id='${nim.instances[1]?.instanceUid}'`,
    });
    expect(counted).toEqual([
      {
        name: "nginx.status",
        aggregate: "COUNT",
        series: [
          { dimensions: { hostname: "web-2" }, timestamps: [expect.any(String), expect.any(String)], values: [60, 60] },
        ],
      },
    ]);
    const together = (await ask("getMetrics", {
      names: ["COUNT(nginx.status)"],
      startTime: "now-1h",
      dimensions: [],
    })) as { series: { values: number[] }[] }[];
    expect(together[0]?.series.map(({ values }) => values)).toEqual([[240]]);
  });

  test("one that the catalog does not have, with the nearest", async () => {
    const { ask } = await start(switches);
    expect(await messageOf(ask("getMetrics", { names: ["nginx.http.requests.count"] }))).toBe(
      "getMetrics: NIM's catalog has no metric nginx.http.requests.count. nginx.http.request.count is the nearest of 6. getMetricsCatalog has them all.",
    );
    // A catalog has no pages, which shows when the second one is the first again.
    expect(requests()).toEqual(["GET /analytics/catalogs/metrics", "GET /analytics/catalogs/metrics"]);
  });
});

test.each(positionsOf("managedServers"))("servers that a scan has found, %s", async (_, switches) => {
  const { nim, ask } = await start(switches);
  nim.control.placeServer({ ip: "192.0.2.77", port: 80, version: "1.18.0" });
  nim.control.placeServer({ ip: "198.51.100.1", port: 80 });
  expect(await ask("getScannedServers")).toEqual([]);
  await post("/servers/scan", { cidr: "192.0.2.0/24", portRanges: ["80-90"] });
  const found = (await ask("getScannedServers", {}, { isFresh: true })) as {
    network: { ip: string }[];
    isManaged?: boolean;
  }[];
  const canBeTold = (switches.managedServers ?? "unknown") !== "unknown";
  expect(found.map(({ network, isManaged }) => [network[0]?.ip, isManaged])).toEqual([
    ["192.0.2.10", canBeTold ? true : undefined],
    ["192.0.2.11", canBeTold ? true : undefined],
    ["192.0.2.77", canBeTold ? false : undefined],
  ]);
  const strangers = await ask("getScannedServers", { isManaged: false });
  expect(strangers).toEqual(
    canBeTold ? [expect.objectContaining({ version: "1.18.0", serverApplication: "nginx" })] : [],
  );
});

describe.each(positionsOf("countOf", "limitParameter"))("a list is whole, %s", (_, switches) => {
  const all = Array.from({ length: 250 }, (_, i) => `r${String(i).padStart(3, "0")}`);

  async function startFull(more: Partial<NimSwitches> = {}) {
    const made = await start({ ...switches, ...more });
    for (const name of all) writeRole(name);
    return made;
  }
  const found = async (isFresh = false) =>
    names(await bench.ask("getRoles", {}, { isFresh })).filter((name) => name !== "admin");

  test("over several pages, in as many requests", async () => {
    await startFull();
    expect(await found()).toEqual(all);
    expect(requests()).toHaveLength(3);
  });

  test("what was there throughout is in it exactly once, while others insert and delete", async () => {
    await startFull();
    let number = 0;
    const gone: string[] = [];
    bench.before = (path) => {
      if (!path.includes("page=")) return;
      const name = all[number * 10] as string;
      gone.push(name);
      void send("DELETE", `/roles/${name}`);
      writeRole(`a${number}`);
      writeRole(`z${number}`);
      number += 1;
    };
    for (let round = 0; round < 5; round += 1) {
      const listed = await found(true);
      expect(new Set(listed).size).toBe(listed.length);
      expect(all.filter((name) => !gone.includes(name) && !listed.includes(name))).toEqual([]);
    }
  });

  test("where the token ends between two pages, it is read again", async () => {
    await startFull({ pageTokenSeconds: 5 });
    let slow = 2;
    bench.before = (path) => {
      if (path.includes("page=2") && slow > 0) bench.clock.advance(6_000 * Math.sign(slow--));
    };
    expect(await found()).toEqual(all);
    expect(requests()).toHaveLength(2 + 2 + 3);
  });

  test("and where it always does, at once", async () => {
    await startFull({ pageTokenSeconds: 5 });
    bench.before = (path) => {
      if (path.includes("page=2")) bench.clock.advance(6_000);
    };
    expect(await found()).toEqual(all);
    expect(bench.nim.control.requests.all().at(-1)?.path).toContain("pageSize=0");
  });
});

describe("an answer that cannot be all", () => {
  const role = (name: string) => ({ metadata: { name }, roleDef: {} });
  const page = (body: object): Fault => ({ kind: "respond", when: "before", status: 200, body });
  const hundred = Array.from({ length: 100 }, (_, i) => role(`r${i}`));

  test.each<[string, [RegExp, Fault][]]>([
    ["a count that disagrees", [[/roles/, page({ items: [role("a")], count: 2 })]]],
    ["an object that is there twice", [[/roles/, page({ items: [role("a"), role("a")], count: 2 })]]],
    [
      "a page that shrinks",
      [
        [/page=1&/, page({ items: hundred, count: 180, pageToken: "1" })],
        [/page=2&/, page({ items: [role("x")], count: 180, pageToken: "1" })],
        [/pageSize=0/, page({ items: hundred, count: 180 })],
      ],
    ],
    [
      "a full page without a count in place of everything",
      [
        [/page=1&/, page({ items: hundred, count: 101, pageToken: "1" })],
        [/page=2&/, page({ items: [], count: 101 })],
        [/pageSize=0/, page({ items: hundred })],
      ],
    ],
  ])("%s is never passed on, and comes to an end", async (_, faults) => {
    const { nim, ask } = await start();
    for (const [match, fault] of faults) nim.control.faults.inject({ match, times: "always", fault });
    expect(await messageOf(ask("getRoles"))).toMatch(
      /^The list \/roles could not be read as a whole: each of the 5 times that it was read/,
    );
    expect(requests().length).toBeLessThan(20);
  });

  test("once, it is read again", async () => {
    const { nim, ask } = await start();
    nim.control.faults.inject({ match: /roles/, times: 2, fault: page({ items: [], count: 1 }) });
    expect(names(await ask("getRoles"))).toEqual(["admin"]);
  });

  test("pages without a token are believed when two readings show the same", async () => {
    const { nim, ask } = await start();
    nim.control.faults.inject({ match: /page=1&/, times: "always", fault: page({ items: hundred }) });
    nim.control.faults.inject({ match: /page=2&/, times: "always", fault: page({ items: [role("x")] }) });
    nim.control.faults.inject({ match: /page=3&/, times: "always", fault: page({ items: [] }) });
    expect(names(await ask("getRoles"))).toHaveLength(101);
    expect(requests()).toHaveLength(6);
  });

  test("a list without anything, as Go writes it", async () => {
    const { nim, ask } = await start();
    nim.control.faults.inject({ match: /certs/, times: "always", fault: page({ items: null }) });
    expect(await ask("getCertificates")).toEqual([]);
  });
});

describe("cost", () => {
  test.each(positionsOf("nginxInstances"))(
    "a program of 200 queries, at once or one after the other, %s",
    async (_, switches) => {
      const { program, nim } = await start(switches);
      const questions: [string, object][] = [
        ["getInstance", { hostname: "web-1" }],
        ["getSystem", { hostname: "web-2" }],
        ["getInstanceGroup", { name: "web" }],
        ["getRole", { name: "admin" }],
        ["getUser", { name: "maria" }],
        ["getInstanceConfig", { instanceGroup: nim.instanceGroup }],
      ];
      const queries = Array.from({ length: 200 }, (_, i) => questions[i % questions.length] as [string, object]);
      const [first, second] = [program(), program()];
      await Promise.all(queries.map(([name, args]) => first(name, { ...args })));
      for (const [name, args] of queries) await second(name, { ...args });
      const lists = [
        "/systems",
        "/instance-groups",
        "/roles",
        "/users",
        `/instance-groups/${nim.instanceGroup}/config`,
      ];
      const [web1] = nim.instances;
      const own =
        switches.nginxInstances === "short" ? [`/systems/${web1?.systemUid}/instances/${web1?.instanceUid}`] : [];
      const once = [...lists, ...own].map((path) => `GET ${path}`);
      expect(requests().sort()).toEqual([...once, ...once].sort());
    },
  );

  test("what has been made since the list was read is found all the same", async () => {
    const { ask } = await start();
    await ask("getRoles");
    writeRole("new");
    expect(await ask("getRole", { name: "new" })).toMatchObject({ name: "new" });
  });
});
