// `scan` and `top` as a person starts them: real processes, against the simulator over HTTP.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Fault } from "../../simulators/kit/index.ts";
import { type NimSimulator, type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import { issue } from "../tools/pki.ts";

const command = new URL("../../cli/index.ts", import.meta.url).pathname;
const running: { close(): unknown }[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-top-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});

async function startNim(options: NimSimulatorOptions = {}): Promise<NimSimulator> {
  const nim = await startNimSimulator({ nginx: false, ...options });
  running.push(nim);
  return nim;
}

const toNim = ({ url, username, password }: NimSimulator) => ({
  NIM_ENDPOINT: url,
  NIM_USERNAME: username,
  NIM_PASSWORD: password,
});

interface Started {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly printed: { output: string; errors: string };
  readonly ended: Promise<{ code: number | null; output: string; errors: string }>;
}

/** The command in a folder that is no project, with this environment and nothing of ours. */
function start(env: Record<string, string>, ...args: string[]): Started {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: { PATH, ...env } });
  const printed = { output: "", errors: "" };
  child.stdout.on("data", (data) => {
    printed.output += data;
  });
  child.stderr.on("data", (data) => {
    printed.errors += data;
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return { child, printed, ended: ended.then((code) => ({ code, ...printed })) };
}

const ran = (env: Record<string, string>, ...args: string[]) => start(env, ...args).ended;
const posts = (nim: NimSimulator) => nim.control.requests.all().filter(({ method }) => method !== "GET");

const scanned = z.strictObject({
  scans: z.array(
    z.strictObject({ cidr: z.string(), isComplete: z.boolean(), percentageComplete: z.number().nullable() }),
  ),
  servers: z.array(
    z.strictObject({
      ip: z.ipv4(),
      port: z.number().int(),
      server: z.string(),
      version: z.string(),
      isManaged: z.boolean().nullable(),
    }),
  ),
});

describe("scan", () => {
  async function withStrangers(options: NimSimulatorOptions = {}): Promise<NimSimulator> {
    const nim = await startNim({ switches: { managedServers: "links" }, ...options });
    nim.control.placeServer({ ip: "192.0.2.77", port: 8080, version: "1.18.0" });
    nim.control.placeServer({ ip: "192.0.2.9", port: 80, version: "1.20.2" });
    nim.control.placeServer({ ip: "198.51.100.1", port: 80, version: "1.14.0" });
    return nim;
  }

  test("lists what is there by address, and marks what NIM does not manage", async () => {
    const nim = await withStrangers();
    const bodies: unknown[] = [];
    nim.control.hook({
      before: async ({ method, body }) => {
        if (method === "POST") bodies.push(JSON.parse(body));
      },
    });
    const args = ["--cidr", "192.0.2.0/24", "--ports", "080,8000-8100", "--discovery", "none"];
    const { code, output, errors } = await ran(toNim(nim), "scan", ...args);
    expect(code, errors).toBe(0);
    const lines = output.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ +/).join(" "))).toEqual([
      "IP PORT SERVER VERSION MANAGED",
      "192.0.2.9 80 nginx 1.20.2 NO",
      "192.0.2.10 80 nginx 1.22.1 yes",
      "192.0.2.11 80 nginx 1.22.1 yes",
      "192.0.2.77 8080 nginx 1.18.0 NO",
      "",
      "4 servers found, 2 of them not managed by NIM.",
    ]);
    expect(lines[1]?.indexOf("80")).toBe(lines[0]?.indexOf("PORT"));
    expect(errors).toMatch(/^Scanning 192\.0\.2\.0\/24 \(256 addresses, ports 80, 8000-8100\) …\n.* in \d+ s\.\n$/);
    expect(posts(nim).map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /api/platform/v1/servers/scan"]);
    expect(bodies).toEqual([{ cidr: "192.0.2.0/24", hostDiscovery: "none", portRanges: ["80", "8000-8100"] }]);
  });

  test("as JSON, and nothing else on stdout; one scan a network", async () => {
    const nim = await withStrangers({ switches: { managedServers: "addresses" } });
    const networks = ["--cidr", "192.0.2.77", "--cidr", "198.51.100.0/30"];
    const { code, output } = await ran(toNim(nim), "scan", ...networks, "--ports", "80,8080", "--json");
    expect(code).toBe(0);
    expect(scanned.parse(JSON.parse(output))).toEqual({
      scans: [
        { cidr: "192.0.2.77/32", isComplete: true, percentageComplete: 100 },
        { cidr: "198.51.100.0/30", isComplete: true, percentageComplete: 100 },
      ],
      servers: [
        { ip: "192.0.2.77", port: 8080, server: "nginx", version: "1.18.0", isManaged: false },
        { ip: "198.51.100.1", port: 80, server: "nginx", version: "1.14.0", isManaged: false },
      ],
    });
  });

  test("a NIM that does not tell which it manages: said so, and `null`", async () => {
    const nim = await withStrangers({ switches: { managedServers: "unknown" } });
    const { output } = await ran(toNim(nim), "scan", "--cidr", "192.0.2.77/32", "--ports", "8080");
    expect(output).toMatch(/1\.18\.0 +not told\n/);
    expect(output).toContain("1 server found, and this NIM does not tell which of them it manages.");
    const { output: json } = await ran(toNim(nim), "scan", "--cidr", "192.0.2.77/32", "--ports", "8080", "--json");
    expect(scanned.parse(JSON.parse(json)).servers.map(({ isManaged }) => isManaged)).toEqual([null]);
  });

  test("nothing found is said", async () => {
    const nim = await withStrangers();
    const { code, output } = await ran(toNim(nim), "scan", "--cidr", "203.0.113.0/24");
    expect([code, output]).toEqual([0, "No server was found there.\n"]);
  });

  test("a NIM that answers before it is done: how far it is, and what it has found", async () => {
    const nim = await withStrangers();
    nim.control.faults.inject({
      match: "POST /api/platform/v1/servers/scan",
      fault: {
        kind: "respond",
        when: "after",
        status: 200,
        body: { percentageComplete: 40, status: "running" },
      },
    });
    const { code, output, errors } = await ran(toNim(nim), "scan", "--cidr", "192.0.2.0/24", "--json");
    expect(code).toBe(0);
    expect(errors).toContain("NIM has answered at 40 % of 192.0.2.0/24");
    const { scans, servers } = scanned.parse(JSON.parse(output));
    expect(scans).toEqual([{ cidr: "192.0.2.0/24", isComplete: false, percentageComplete: 40 }]);
    expect(servers).toHaveLength(3);
  });

  test.each<[string, Fault, boolean]>([
    ["is refused", { kind: "refusal", name: "denied 403 of a service" }, false],
    ["is not answered to its end", { kind: "reset", when: "after" }, true],
    ["is given up by a gateway", { kind: "respond", when: "after", status: 504, body: {} }, true],
  ])("a scan that %s: one line with the reason, and 1", async (_, fault, mayGoOn) => {
    const nim = await withStrangers();
    nim.control.faults.inject({ match: "POST /api/platform/v1/servers/scan", fault, times: "always" });
    const { code, output, errors } = await ran(toNim(nim), "scan", "--cidr", "192.0.2.0/24");
    expect([code, output]).toEqual([1, ""]);
    const [begun, failed, ...others] = errors.trimEnd().split("\n");
    expect([begun, others]).toEqual(["Scanning 192.0.2.0/24 (256 addresses, ports 80, 443) …", []]);
    expect(failed).toMatch(/^pulumi-nginx-nsx: The scan of 192\.0\.2\.0\/24 has no result/);
    expect(failed?.includes("NIM may still be scanning")).toBe(mayGoOn);
  });

  test.each([
    [[], "--cidr: no network is named, such as 10.0.0.0/24."],
    [["--cidr", "10.0.0.0/33"], '--cidr: "10.0.0.0/33" is no IPv4 network'],
    [["--cidr", "10.0.0.256/24"], '--cidr: "10.0.0.256/24" is no IPv4 network'],
    [["--cidr", "2001:db8::/64"], '--cidr: "2001:db8::/64" is no IPv4 network'],
    [["--cidr", "10.0.0.0/24,10.0.1.0/24"], "is no IPv4 network"],
    [["--cidr", "10.0.0.5/24"], '"10.0.0.5/24" is an address inside of 10.0.0.0/24; give 10.0.0.0/24 or 10.0.0.5'],
    [["--cidr", "10.0.0.0/24", "--cidr", "10.0.0.0/24"], "10.0.0.0/24 is given twice"],
    [["--cidr", "10.0.0.1", "--cidr", "10.0.0.1/32"], "10.0.0.1/32 is given twice"],
    [["--cidr", "10.0.0.0/24", "--cidr", "10.0.0.7"], "10.0.0.0/24 and 10.0.0.7/32 overlap"],
    [["--cidr", "10.0.0.0/24", "--ports", "0"], '--ports: "0" is no port from 1 to 65535'],
    [["--cidr", "10.0.0.0/24", "--ports", "http"], '--ports: "http" is no port'],
    [["--cidr", "10.0.0.0/24", "--ports", ""], '--ports: "" is no port'],
    [["--cidr", "10.0.0.0/24", "--ports", "90-80"], '--ports: "90-80" is no port'],
    [["--cidr", "10.0.0.0/24", "--ports", "80,443,80"], "--ports: 80 is given twice"],
    [["--cidr", "10.0.0.0/24", "--ports", "80-90,85"], "--ports: 80-90 and 85 overlap"],
    [["--cidr", "10.0.0.0/24", "--ports", "80", "--ports", "443"], "--ports is given twice; see"],
    [["--cidr", "10.0.0.0/24", "--stack", ""], "--stack names no stack"],
    [["--cidr", "10.0.0.0/24", "--cwd", "nowhere"], "--cwd: there is no folder nowhere"],
    [["--cidr", "10.0.0.0/24", "--discovery", "arp"], '--discovery cannot be "arp"; it takes icmp or none'],
    [["--cidr", "10.0.0.0/19"], "10.0.0.0/19 has 8,192 addresses, more than a /20 (4,096); --yes-all scans them all"],
    [["10.0.0.0/24"], "Unexpected argument '10.0.0.0/24'"],
    [["--cidr"], "--cidr"],
  ])("%j: said, exit code 2, and nothing is sent", async (args, words) => {
    const nim = await startNim();
    const { code, output, errors } = await ran(toNim(nim), "scan", ...args);
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toContain(words);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
    expect(nim.control.requests.all()).toEqual([]);
  });

  test("a /20 is scanned unasked, a wider network with --yes-all", async () => {
    const nim = await startNim();
    expect((await ran(toNim(nim), "scan", "--cidr", "10.0.0.0/20")).code).toBe(0);
    expect((await ran(toNim(nim), "scan", "--cidr", "10.0.0.0/19", "--yes-all")).code).toBe(0);
    expect(posts(nim)).toHaveLength(2);
  });

  test("where NIM is not configured, the settings that are missing are named", async () => {
    const { code, errors } = await ran({}, "scan", "--cidr", "10.0.0.0/24");
    expect(code).toBe(1);
    expect(errors).toContain("nim:endpoint is not set");
  });

  test.each([["SIGINT", 130] as const, ["SIGTERM", 143] as const])(
    "%s ends it at once, and says what may go on elsewhere",
    async (signal, expected) => {
      const nim = await startNim();
      nim.control.faults.inject({
        match: "POST /api/platform/v1/servers/scan",
        fault: { kind: "delay", when: "after", milliseconds: 60_000 },
      });
      const { child, ended } = start(toNim(nim), "scan", "--cidr", "10.0.0.0/24");
      await vi.waitFor(() => expect(posts(nim)).toHaveLength(1), { timeout: 20_000, interval: 50 });
      const began = performance.now();
      child.kill(signal);
      const { code, output, errors } = await ended;
      expect([code, output]).toEqual([expected, ""]);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(errors).toContain("NIM may still be scanning");
      expect(() => process.kill(child.pid ?? 0, 0)).toThrow(/ESRCH/);
    },
  );
});

const overview = z.strictObject({
  at: z.iso.datetime(),
  systems: z.array(
    z.strictObject({
      uid: z.uuid(),
      hostname: z.string(),
      displayName: z.string(),
      tags: z.array(z.string()),
      instances: z.array(
        z.strictObject({
          uid: z.uuid(),
          displayName: z.string(),
          version: z.string(),
          isPlus: z.boolean(),
          state: z.string(),
          requestsPerSecond: z.number().nullable(),
          instanceGroup: z.strictObject({ uid: z.uuid(), name: z.string() }).nullable(),
          isInStep: z.boolean().nullable(),
        }),
      ),
    }),
  ),
  expiringCertificates: z.array(
    z.strictObject({
      name: z.string(),
      notAfter: z.iso.datetime(),
      daysLeft: z.number().int(),
      assignedTo: z.number().int(),
    }),
  ),
  notTold: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});

describe("top", () => {
  /** Two instances in a group, of which one was changed by hand; a certificate for 20 days, one that has ended. */
  async function busyFleet(options: NimSimulatorOptions = {}): Promise<NimSimulator> {
    const nim = await startNim({ switches: { duplicateSerial: "allow" }, ...options });
    nim.control.join("web-1", "web");
    nim.control.join("web-2", "web");
    nim.control.write("instance-groups", "web", { displayName: "Edge of the web" });
    await nim.control.editConfig({
      target: "web-2",
      path: "/etc/nginx/conf.d/by-hand.conf",
      content: "# mine\n",
      via: "dataPlane",
    });
    nim.control.setOnline("web-2", false);
    for (const [name, days] of [["soon", 20.5] as const, ["ended", -2.5] as const, ["good", 200] as const]) {
      const { certificate, key } = await issue(name, { days });
      nim.control.write("certs", name, { name, certPEMDetails: { publicCert: certificate, privateKey: key } });
    }
    return nim;
  }

  test("once, where no terminal looks: systems, instances, certificates, and who is out of step", async () => {
    const nim = await busyFleet();
    const { code, output, errors } = await ran(toNim(nim), "top");
    expect([code, errors]).toEqual([0, ""]);
    const [first, , ...lines] = output.trimEnd().split("\n");
    expect(first).toMatch(/^2 systems, 2 instances, 1 out of step with their group; \d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines.map((line) => line.replaceAll(/ {2,}/g, " | "))).toEqual([
      "SYSTEM | INSTANCE | NGINX | STATE | REQ/S | GROUP | CONFIG",
      expect.stringMatching(/^web-1 \| web-1 \| [\d.]+ \| online \| \d+\.\d \| web \| in step$/),
      expect.stringMatching(/^web-2 \| web-2 \| [\d.]+ Plus \| offline \| \d+\.\d \| web \| OUT OF STEP$/),
      "",
      "CERTIFICATE | EXPIRES | IN | ASSIGNED TO",
      expect.stringMatching(/^ended \| \d{4}-\d\d-\d\d \| EXPIRED \| nothing$/),
      expect.stringMatching(/^soon \| \d{4}-\d\d-\d\d \| 20 days \| nothing$/),
    ]);
    expect(output).not.toContain("\u001b");
    expect(posts(nim)).toEqual([]);
  });

  test.each<[string, NimSimulatorOptions["switches"]]>([
    ["whole instances in the list of systems", { nginxInstances: "whole" }],
    ["short ones", { nginxInstances: "short" }],
  ])("as JSON in the form of the docs, %s", async (_, switches) => {
    const nim = await busyFleet({ switches: { duplicateSerial: "allow", ...switches } });
    const { code, output } = await ran(toNim(nim), "top", "--json");
    expect(code).toBe(0);
    const { systems, expiringCertificates, notTold } = overview.parse(JSON.parse(output));
    expect(systems.map(({ hostname }) => hostname)).toEqual(["web-1", "web-2"]);
    expect(systems.flatMap(({ instances }) => instances)).toEqual([
      expect.objectContaining({ displayName: "web-1", state: "online", isPlus: false, isInStep: true }),
      expect.objectContaining({ displayName: "web-2", state: "offline", isPlus: true, isInStep: false }),
    ]);
    for (const { requestsPerSecond, instanceGroup } of systems.flatMap(({ instances }) => instances)) {
      expect(requestsPerSecond).toBeGreaterThan(0);
      expect(instanceGroup?.name).toBe("web");
    }
    expect(expiringCertificates).toEqual([
      { name: "ended", notAfter: expect.any(String), daysLeft: -3, assignedTo: 0 },
      { name: "soon", notAfter: expect.any(String), daysLeft: 20, assignedTo: 0 },
    ]);
    expect(notTold).toEqual([]);
  });

  test("an instance of no group is in step with none, and a quiet fleet says so", async () => {
    const nim = await startNim();
    nim.control.join("web-1");
    const { output } = await ran(toNim(nim), "top");
    expect(output.replaceAll(/ {2,}/g, " | ")).toMatch(/^web-1 \| web-1 \| [\d.]+ \| online \| \d+\.\d \| – \| –$/m);
    expect(output).toContain("0 out of step");
    expect(output.trimEnd()).toMatch(/No certificate expires within 30 days\.$/);
  });

  test("what this account or this NIM does not tell is a dash and a word, and the rest is shown", async () => {
    const nim = await busyFleet();
    for (const path of ["analytics/metrics*", "certs*", "instance-groups*"]) {
      nim.control.faults.inject({
        match: `GET /api/platform/v1/${path}`,
        fault: { kind: "refusal", name: "denied 403 of a service" },
        times: "always",
      });
    }
    const { code, output } = await ran(toNim(nim), "top");
    expect(code).toBe(0);
    expect(output.replaceAll(/ {2,}/g, " | ")).toMatch(
      /^web-2 \| .* \| offline \| – \| [0-9a-f-]{36} \| OUT OF STEP$/m,
    );
    expect(output).not.toContain("No certificate expires");
    const told = output.split("\n").filter((line) => line.startsWith("Not told: "));
    expect(told.map((line) => line.split(".")[0]).sort()).toEqual([
      "Not told: certificates",
      "Not told: instance groups",
      "Not told: requests per second",
    ]);
    const { output: json } = await ran(toNim(nim), "top", "--json");
    const { notTold, systems } = overview.parse(JSON.parse(json));
    expect(notTold.map(({ what }) => what).sort()).toEqual(["certificates", "instance groups", "requests per second"]);
    expect(systems[0]?.instances[0]?.requestsPerSecond).toBeNull();
  });

  test.runIf(existsSync("/dev/full"))("a report that cannot be written is none: one line, and 1", async () => {
    const nim = await startNim();
    const full = openSync("/dev/full", "w");
    try {
      for (const args of [["top", "--json"], ["top"], ["scan", "--cidr", "192.0.2.0/30", "--json"]]) {
        const { PATH = "" } = process.env;
        const stdio = ["ignore", full, "pipe"] as const;
        const child = spawn(process.execPath, [command, ...args], {
          cwd: folder,
          env: { PATH, ...toNim(nim) },
          stdio: [...stdio],
        });
        let errors = "";
        child.stderr?.on("data", (data) => {
          errors += data;
        });
        expect(await new Promise((done) => child.once("close", done))).toBe(1);
        expect(errors.trimEnd().split("\n").at(-1)).toMatch(/^pulumi-nginx-nsx: The output cannot be written: ENOSPC/);
        expect(errors).not.toMatch(/^\s+at /m);
      }
    } finally {
      closeSync(full);
    }
  });

  test("long names leave room for what is said of them", async () => {
    const nim = await startNim({ switches: { duplicateSerial: "allow" } });
    const name = "n".repeat(200);
    const { certificate, key } = await issue("long", { days: 5 });
    nim.control.write("certs", name, { name, certPEMDetails: { publicCert: certificate, privateKey: key } });
    const { output } = await ran(toNim(nim), "top");
    expect(output).toMatch(/^n{39}… {2}\d{4}-\d\d-\d\d {2}\d days {2}nothing$/m);
  });

  test("systems that cannot be read: one line with the reason, and 1", async () => {
    const nim = await startNim();
    const { code, output, errors } = await ran({ ...toNim(nim), NIM_PASSWORD: "s3cret-canary" }, "top");
    expect([code, output]).toEqual([1, ""]);
    expect(errors).toMatch(/^pulumi-nginx-nsx: .*401.*Unauthorized\. The login of .*\n$/);
    expect(errors).not.toContain("canary");
  });

  test.each([
    [["--interval", "soon"], '--interval cannot be "soon"; it takes 1 to 3600 seconds'],
    [["--interval", "0"], '--interval cannot be "0"'],
    [["--interval", ""], '--interval cannot be ""'],
    [["--json", "--json"], "--json is given twice"],
    [["--cwd", "nowhere"], "--cwd: there is no folder nowhere"],
    [["--nope"], "Unknown option '--nope'; see \"pulumi-nginx-nsx top --help\""],
  ])("%j: said, exit code 2, and nothing is sent", async (args, words) => {
    const nim = await startNim();
    const { code, output, errors } = await ran(toNim(nim), "top", ...args);
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toContain(words);
    expect(nim.control.requests.all()).toEqual([]);
  });

  const hasScript = spawnSync("script", ["--version"]).status === 0;

  describe.runIf(hasScript)("in a terminal", () => {
    const entered = "\u001b[?1049h";
    const left = "\u001b[?1049l";

    function inTerminal(nim: NimSimulator, more: Record<string, string> = {}) {
      const line = `${process.execPath} ${command} top --interval 1`;
      const env = { PATH: process.env.PATH ?? "", TERM: "xterm", ...toNim(nim), ...more };
      const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: folder, env });
      const screen = { seen: "" };
      child.stdout.on("data", (data) => {
        screen.seen += data;
      });
      const ended = new Promise((done) => child.once("close", done));
      const shows = (text: string) =>
        vi.waitFor(() => expect(screen.seen).toContain(text), { timeout: 20_000, interval: 50 });
      return { press: (key: string) => child.stdin.write(key), screen, ended, shows };
    }

    test.each([
      ["q", "q"],
      ["Ctrl-C", "\u0003"],
    ])("looks again and again until %s, and leaves the terminal as it was", async (_, key) => {
      const nim = await startNim();
      const { press, screen, ended, shows } = inTerminal(nim);
      await shows("2 systems");
      nim.control.setOnline("web-2", false);
      await shows("offline");
      press(key);
      expect(await ended).toBe(0);
      expect(screen.seen.split(entered)).toHaveLength(2);
      expect(screen.seen.trimEnd().endsWith(left)).toBe(true);
    });

    test("says that it asks where NIM takes its time, and q ends it then too", async () => {
      const nim = await startNim();
      const slow: Fault = { kind: "delay", when: "before", milliseconds: 60_000 };
      nim.control.faults.inject({ match: "GET /api/platform/v1/systems*", fault: slow, times: "always" });
      const { press, screen, ended, shows } = inTerminal(nim);
      await shows("Asking NGINX Instance Manager");
      press("q");
      expect(await ended).toBe(0);
      expect(screen.seen.trimEnd().endsWith(left)).toBe(true);
    });

    test("where NIM cannot be asked at all, the reason stays on the terminal, and it ends with 1", async () => {
      const { screen, ended } = inTerminal(await startNim(), { NIM_PASSWORD: "wrong" });
      expect(await ended).toBe(1);
      expect(screen.seen.split(left).at(-1)).toMatch(/pulumi-nginx-nsx: .*401/);
    });
  });
});
