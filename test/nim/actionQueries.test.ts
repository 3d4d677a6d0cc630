// Queries for which NIM does something: analyses a config, scans the network. As a program asks, against the simulator.
import { afterEach, describe, expect, test } from "vitest";
import type {
  AnalyzeConfigArgs,
  ConfigAnalysis,
  NetworkScan,
  QueriedConfig,
  ScanNetworkArgs,
} from "../../provider/nim/queryTypes.ts";
import { createQueries, type Question } from "../../provider/pulumi/queries.ts";
import type { Fault } from "../../simulators/kit/index.ts";
import { type NimSimulator, type NimSwitches, nimSwitches, startNimSimulator } from "../../simulators/nim/index.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const base = "/api/platform/v1";
const main = "/etc/nginx/nginx.conf";
const fine = "events {}\nhttp {\n}\n";
const broken = "events {}\nhttp {\n";
/** What nginx says of the latter. */
const mistake = { severity: "error", file: main, line: 3, message: 'unexpected end of file, expecting "}"' };

let nim: NimSimulator;
let ask: (name: string, args: object, more?: Partial<Question>) => Promise<unknown>;
afterEach(() => nim?.close());

async function start(switches: Partial<NimSwitches> = {}): Promise<void> {
  const clock = createVirtualClock();
  nim = await startNimSimulator({
    port: false,
    nginx: false,
    now: clock.now,
    systems: [{ hostname: "web-1" }, { hostname: "web-2" }],
    switches: { managedServers: "links", ...switches },
  });
  const transport = simulatorTransport(nim.handle);
  const queries = createQueries({ environment: {}, clock, warn: () => {}, transport });
  const settings = {
    "nim:endpoint": "https://nim.invalid",
    "nim:username": nim.username,
    "nim:password": nim.password,
  };
  ask = (name, args, more = {}) =>
    queries.ask({ name, args: { ...args }, settings, isFresh: false, isSecret: false, ...more });
}
const analyze = async (args: AnalyzeConfigArgs) => ((await ask("analyzeConfig", args)) as ConfigAnalysis).findings;
const scan = async (args: ScanNetworkArgs) => (await ask("scanNetwork", args)) as NetworkScan;
const messageOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "no error",
    (error: Error) => error.message,
  );
const sent = (method = "*") => nim.control.requests.count(`${method} ${base}/**`);
const web1 = () => {
  const { systemUid = "", instanceUid = "" } = nim.instances[0] ?? {};
  return { systemUid, instanceUid };
};
const inject = (match: string, fault: Fault) => nim.control.faults.inject({ match: `POST ${base}${match}`, fault });

async function stage(configName: string, text: string): Promise<string> {
  const files = [{ name: main, contents: Buffer.from(text).toString("base64") }];
  const { body } = await nim.handle({
    method: "POST",
    path: `${base}/configs`,
    headers: { authorization: `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}` },
    body: JSON.stringify({
      configName,
      configFiles: { rootDir: "/etc/nginx", files },
      auxFiles: { rootDir: "/", files: [] },
    }),
    remoteAddress: "",
  });
  return (JSON.parse(String(body)) as { uid: string }).uid;
}

describe("analyzeConfig", () => {
  describe.each(["crossplane", "report"] as const)("of a NIM that answers in the form of %s", (analysis) => {
    // Crossplane has no names of rules.
    const expected = [analysis === "report" ? { ...mistake, rule: "nginx-syntax" } : mistake];

    test("finds what is wrong in files, with file and line, and nothing in fine ones", async () => {
      await start({ analysis });
      expect(await analyze({ files: { [main]: broken } })).toEqual(expected);
      expect(await analyze({ files: { [main]: { base64: Buffer.from(broken).toString("base64") } } })).toEqual(
        expected,
      );
      expect(await analyze({ files: { [main]: fine }, auxFiles: { "/etc/nginx/html/a.html": "<p>" } })).toEqual([]);
      expect(await analyze({ files: { [main]: broken }, instance: web1() })).toEqual(expected);
    });

    test("in a staged config by its name, its uid, and its ref", async () => {
      await start({ analysis });
      const uid = await stage("shop", broken);
      await stage("other", fine);
      expect(await analyze({ stagedConfig: "shop" })).toEqual(expected);
      expect(await analyze({ stagedConfig: uid })).toEqual(expected);
      expect(await analyze({ stagedConfig: uid, instance: web1() })).toEqual(expected);
      expect(await analyze({ stagedConfig: "other" })).toEqual([]);
      const elsewhere = `${uid}@sha256:${"0".repeat(64)}`;
      expect(await messageOf(analyze({ stagedConfig: elsewhere }))).toMatch(
        /^analyzeConfig: \/configs\/.* does not hold what it did when it was staged: it was changed at 20/,
      );
    });

    test("in what an instance and a group have now", async () => {
      await start({ analysis });
      expect(await analyze({ instance: web1() })).toEqual([]);
      await nim.control.editConfig({ target: "web-1", path: main, content: fine, via: "ui", user: "alice" });
      expect(await analyze({ instance: web1() })).toEqual([]);
      expect(await analyze({ instanceGroup: nim.instanceGroup })).toEqual([]);
    });
  });

  test("what is wrong now comes back as NIM has it, a warning as such", async () => {
    await start();
    const where = [{ directive: "access_log", file: "conf.d/a.conf", line: 3, message: "should not be off" }];
    const items = [
      { rule: "logs", info: "", severity: "warning", category: "best_practice", where },
      { rule: "", info: "too many servers", severity: "critical", where: [] },
    ];
    inject("/analysis", { kind: "respond", when: "before", status: 200, body: { items } });
    expect(await analyze({ instance: web1() })).toEqual([
      { severity: "warning", file: "conf.d/a.conf", line: 3, message: "should not be off", rule: "logs" },
      { severity: "error", message: "too many servers" },
    ]);
  });

  test("what getInstanceConfig gives fits as it is", async () => {
    await start();
    const { files, auxFiles } = (await ask("getInstanceConfig", { instance: web1() })) as QueriedConfig;
    expect(await analyze({ files, auxFiles, instance: web1() })).toEqual([]);
  });

  test("sends what is to be analysed, for the instance that is named, and writes nothing", async () => {
    await start();
    const bodies: unknown[] = [];
    nim.control.hook({ before: ({ method, body }) => void (method === "POST" && bodies.push(JSON.parse(body))) });
    await analyze({ files: { [main]: fine }, auxFiles: { "/etc/nginx/a.html": "" }, instance: web1() });
    expect(bodies).toEqual([
      {
        configFiles: { rootDir: "/etc/nginx", files: [{ name: main, contents: Buffer.from(fine).toString("base64") }] },
        auxFiles: { rootDir: "/", files: [{ name: "/etc/nginx/a.html", contents: "" }] },
        nginxUid: web1().instanceUid,
      },
    ]);
  });

  test.each<[string, object, string]>([
    ["nothing", {}, "analyzeConfig: say which config: files, stagedConfig, instance or instanceGroup."],
    ["no files", { files: {} }, "analyzeConfig: files: lack the main file"],
    ["aux files alone", { auxFiles: { "/a": "" }, stagedConfig: "shop" }, "auxFiles: are given, and no files."],
    ["a file twice", { files: { [main]: fine }, auxFiles: { [main]: fine } }, "is in files too."],
    ["two configs", { files: { [main]: fine }, stagedConfig: "shop" }, "stagedConfig: is given, and files as well."],
    ["two targets", { instance: { systemUid: "a", instanceUid: "b" }, instanceGroup: "c" }, "and instance as well."],
    [
      "files for a group",
      { files: { [main]: fine }, instanceGroup: "c" },
      "instanceGroup: is given for its config of now",
    ],
    ["a relative path", { files: { "nginx.conf": fine } }, "must be absolute"],
    ["a number", { files: { [main]: 1 } }, "must be text, or { base64: … }."],
    ["a word amiss", { file: { [main]: fine } }, "There is no argument file; files is the nearest"],
  ])("refuses %s before anything is sent", async (_, args, words) => {
    await start();
    expect(await messageOf(ask("analyzeConfig", args))).toContain(words);
    expect(sent()).toBe(0);
  });

  test("says so where there is no such staged config, several of the name, or no such instance", async () => {
    await start();
    await stage("shop", fine);
    await stage("shop", fine);
    expect(await messageOf(analyze({ stagedConfig: "shopp" }))).toMatch(
      /^analyzeConfig: no staged config in NIM has name "shopp"\. There are:\n {2}"shop" \(uid/,
    );
    expect(await messageOf(analyze({ stagedConfig: "shop" }))).toMatch(
      /^analyzeConfig: 2 staged configs in NIM have name "shop"\. Name more/,
    );
    expect(await messageOf(analyze({ instance: { ...web1(), instanceUid: "none" } }))).toMatch(
      /^analyzeConfig: NIM knows no \/systems\/.*\/instances\/none/,
    );
    expect(nim.control.requests.count(`POST ${base}/analysis`)).toBe(0);
  });

  test("a NIM without one says so", async () => {
    await start({ analysis: "none" });
    expect(await messageOf(analyze({ files: { [main]: fine } }))).toMatch(
      /^analyzeConfig: this NIM analyses no configs: POST \/api\/platform\/v1\/analysis answered 404/,
    );
  });

  test.each<[string, Fault, RegExp]>([
    ["403", { kind: "respond", when: "before", status: 403, body: { code: 403, message: "no" } }, /answered 403/],
    ["400", { kind: "respond", when: "before", status: 400, body: { code: 400, message: "no" } }, /answered 400/],
    [
      "another form",
      { kind: "respond", when: "before", status: 200, body: { ok: true } },
      /that is not NGINX Instance/,
    ],
  ])("an answer that says nothing of the config is an error: %s", async (_, fault, words) => {
    await start();
    inject("/analysis", fault);
    expect(await messageOf(analyze({ files: { [main]: fine } }))).toMatch(words);
  });
});

test("every position of the switch is covered above", () => {
  expect(nimSwitches.analysis.values).toEqual(["crossplane", "report", "none"]);
});

describe("scanNetwork", () => {
  const cve = { id: "CVE-2021-23017", severity: "high", description: "off by one", advisory: "https://nginx.org/1" };
  const certs = [{ endpoint: { ip: "192.0.2.77", port: 8443 }, metadata: { subject: "CN=old" } }];

  async function startWithStrangers(switches: Partial<NimSwitches> = {}): Promise<void> {
    await start(switches);
    nim.control.placeServer({ ip: "192.0.2.77", port: 8443, version: "1.18.0", cves: [cve], certs });
    nim.control.placeServer({ ip: "192.0.2.9", port: 80 });
    nim.control.placeServer({ ip: "198.51.100.1", port: 80 });
  }
  const places = ({ servers }: NetworkScan) => servers.map(({ network, isManaged }) => [network[0]?.ip, isManaged]);

  test("finds what is there, by address, with certificates, weaknesses and whether NIM manages it", async () => {
    await startWithStrangers();
    const found = await scan({ cidr: "192.0.2.0/24", ports: [80, "8000-8500"], discovery: "none" });
    expect(found.scans).toEqual([{ cidr: "192.0.2.0/24", isComplete: true, percentageComplete: 100 }]);
    expect(places(found)).toEqual([
      ["192.0.2.9", false],
      ["192.0.2.10", true],
      ["192.0.2.11", true],
      ["192.0.2.77", false],
    ]);
    expect(found.servers[3]).toMatchObject({
      network: [{ ip: "192.0.2.77", port: 8443 }],
      serverApplication: "nginx",
      version: "1.18.0",
      certificates: certs,
      cves: [cve],
    });
  });

  test("only those that nobody manages, in several networks, each one scan", async () => {
    await startWithStrangers();
    const bodies: unknown[] = [];
    nim.control.hook({ before: ({ method, body }) => void (method === "POST" && bodies.push(JSON.parse(body))) });
    const found = await scan({ cidr: ["192.0.2.0/24", "198.51.100.1"], isManaged: false });
    expect(places(found)).toEqual([
      ["192.0.2.9", false],
      ["198.51.100.1", false],
    ]);
    expect(bodies).toEqual([
      { cidr: "192.0.2.0/24", hostDiscovery: "icmp", portRanges: ["80", "443"] },
      { cidr: "198.51.100.1/32", hostDiscovery: "icmp", portRanges: ["80", "443"] },
    ]);
  });

  test("scans each time, and never gives what was read before", async () => {
    await startWithStrangers();
    await scan({ cidr: "192.0.2.0/24" });
    nim.control.placeServer({ ip: "192.0.2.12", port: 80 });
    expect(places(await scan({ cidr: "192.0.2.0/24" })).map(([ip]) => ip)).toContain("192.0.2.12");
    expect(sent("POST")).toBe(2);
  });

  test("a NIM that does not tell what it manages", async () => {
    await startWithStrangers({ managedServers: "unknown" });
    expect(places(await scan({ cidr: "192.0.2.9" }))).toEqual([["192.0.2.9", undefined]]);
    expect(places(await scan({ cidr: "192.0.2.9", isManaged: false }))).toEqual([]);
  });

  test("one that answers before it is done", async () => {
    await startWithStrangers();
    inject("/servers/scan", { kind: "respond", when: "after", status: 200, body: { percentageComplete: 40 } });
    expect((await scan({ cidr: "192.0.2.9" })).scans).toEqual([
      { cidr: "192.0.2.9/32", isComplete: false, percentageComplete: 40 },
    ]);
  });

  test.each<[string, Fault, boolean]>([
    ["refused", { kind: "respond", when: "before", status: 403, body: { code: 403, message: "no" } }, false],
    ["cut off", { kind: "reset", when: "after" }, true],
    ["given up by a gateway", { kind: "respond", when: "after", status: 504, body: {} }, true],
  ])("one that is %s: the reason, and whether it may go on", async (_, fault, mayGoOn) => {
    await startWithStrangers();
    inject("/servers/scan", fault);
    const message = await messageOf(scan({ cidr: "192.0.2.9" }));
    expect(message).toMatch(/^The scan of 192\.0\.2\.9\/32 has no result/);
    expect(message.includes("NIM may still be scanning")).toBe(mayGoOn);
  });

  test.each<[object, string]>([
    [{}, "scanNetwork: cidr: is missing; it is a network such as 10.0.0.0/24."],
    [{ cidr: [] }, "scanNetwork: no network is named, such as 10.0.0.0/24"],
    [{ cidr: 10 }, "scanNetwork: cidr: must be a text, or a list of texts."],
    [{ cidr: "" }, 'scanNetwork: "" is no IPv4 network'],
    [{ cidr: "2001:db8::/64" }, "is no IPv4 network"],
    [{ cidr: ["10.0.0.7", "10.0.0.7"] }, "scanNetwork: 10.0.0.7/32 is given twice"],
    [{ cidr: ["10.0.0.0/24", "10.0.0.7"] }, "10.0.0.0/24 and 10.0.0.7/32 overlap"],
    [{ cidr: "10.0.0.5/24" }, "give 10.0.0.0/24 or 10.0.0.5"],
    [{ cidr: "10.0.0.0/24", ports: [] }, "scanNetwork: ports: must name a port."],
    [{ cidr: "10.0.0.0/24", ports: [80, "80"] }, "scanNetwork: 80 is given twice"],
    [{ cidr: "10.0.0.0/24", ports: [0] }, '"0" is no port from 1 to 65535'],
    [{ cidr: "10.0.0.0/24", ports: [80.5] }, '"80.5" is no port'],
    [{ cidr: "10.0.0.0/24", discovery: "arp" }, "discovery: must be one of icmp, none."],
    [
      { cidr: "10.0.0.0/19" },
      "scanNetwork: 10.0.0.0/19 has 8,192 addresses, more than a /20 (4,096); with yesAll: true they are all scanned. Nothing was sent.",
    ],
    [{ cidr: "10.0.0.0/24", unmanaged: true }, "There is no argument unmanaged; isManaged is the nearest"],
  ])("refuses %j before anything is sent", async (args, words) => {
    await start();
    expect(await messageOf(ask("scanNetwork", args))).toContain(words);
    expect(sent()).toBe(0);
  });

  test("and with yesAll a /19 is scanned", async () => {
    await startWithStrangers();
    expect(places(await scan({ cidr: "192.0.0.0/19", yesAll: true }))).toHaveLength(3);
  });
});
