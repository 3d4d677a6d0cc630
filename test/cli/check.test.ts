// `check` is the first command on a new system: it must tell what is wrong, and what to do next, and change nothing.
import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { nimRoles } from "../../cli/leastAccounts.ts";
import { type NimSimulator, type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, type NsxSimulatorOptions, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { listen } from "../tools/connectProxy.ts";

const command = new URL("../../cli/index.ts", import.meta.url).pathname;
const running: { close(): unknown }[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});

interface Finding {
  system: string;
  part: string;
  level: string;
  text: string;
  next?: string;
}

interface Checked {
  code: number;
  output: string;
  errors: string;
}

/** The command in a folder that is no project, with this environment and nothing of ours. */
function check(env: Record<string, string>, ...args: string[]): Promise<Checked> {
  const { PATH = "" } = process.env;
  return new Promise((done) => {
    execFile(
      process.execPath,
      [command, "check", ...args],
      { cwd: folder, env: { PATH, ...env } },
      (error, output, errors) => done({ code: error ? Number(error.code) : 0, output, errors }),
    );
  });
}

async function findings(env: Record<string, string>): Promise<{ code: number; all: Finding[] }> {
  const { code, output } = await check(env, "--format", "json");
  return { code, all: JSON.parse(output) };
}

const worse = (all: Finding[]) => all.filter(({ level, system }) => level !== "ok" && system !== "stack");

async function startNsx(options: NsxSimulatorOptions = {}): Promise<NsxSimulator> {
  const nsx = await startNsxSimulator(options);
  running.push(nsx);
  return nsx;
}

async function startNim(options: NimSimulatorOptions = {}): Promise<NimSimulator> {
  const nim = await startNimSimulator({ nginx: false, ...options });
  running.push(nim);
  return nim;
}

const toNsx = ({ url, username, password }: NsxSimulator) => ({
  NSX_ENDPOINT: url,
  NSX_USERNAME: username,
  NSX_PASSWORD: password,
});
const toNim = ({ url, username, password }: NimSimulator) => ({
  NIM_ENDPOINT: url,
  NIM_USERNAME: username,
  NIM_PASSWORD: password,
});

test.runIf(existsSync("/dev/full"))("findings that cannot be written are none: one line, and 1", async () => {
  const nsx = await startNsx();
  const full = openSync("/dev/full", "w");
  try {
    for (const args of [[], ["--format", "json"]]) {
      const { PATH = "" } = process.env;
      const env = { PATH, ...toNsx(nsx) };
      const child = spawn(process.execPath, [command, "check", ...args], {
        cwd: folder,
        env,
        stdio: ["ignore", full, "pipe"],
      });
      let errors = "";
      child.stderr?.on("data", (data) => {
        errors += data;
      });
      expect(await new Promise((done) => child.once("close", done))).toBe(1);
      expect(errors.trimEnd().split("\n")).toEqual([
        expect.stringMatching(/^pulumi-nginx-nsx: The output cannot be written: ENOSPC/),
      ]);
    }
  } finally {
    closeSync(full);
  }
});

describe("what is said of NSX's limits", () => {
  const saidOf = async (nsx: NsxSimulator, more: Record<string, string> = {}) => {
    const { all } = await findings({ ...toNsx(nsx), ...more });
    return all.filter(({ part }) => part === "limits");
  };
  const line = (text: string) => [{ system: "nsx", part: "limits", level: "ok", text }];

  test("is what the manager tells, below it by a twentieth at once", async () => {
    const nsx = await startNsx({ switches: { requestsPerSecond: 250, clientConcurrency: 80, totalConcurrency: 199 } });
    expect(await saidOf(nsx)).toEqual(
      line("At most 250 requests a second are sent, 76 at once, by what this manager says of its limits."),
    );
  });

  test("is never more than is configured", async () => {
    const nsx = await startNsx({ switches: { requestsPerSecond: 250, clientConcurrency: 80, totalConcurrency: 199 } });
    const stated = { NSX_MAX_REQUESTS_PER_SECOND: "20", NSX_MAX_CONCURRENCY: "4" };
    expect(await saidOf(nsx, stated)).toEqual(
      line("At most 20 (nsx:maxRequestsPerSecond) requests a second are sent, 4 (nsx:maxConcurrency) at once."),
    );
    expect(await saidOf(nsx, { NSX_MAX_REQUESTS_PER_SECOND: "5000" })).toEqual(
      line(
        "At most 250 (nsx:maxRequestsPerSecond would allow 5000) requests a second are sent, 76 at once, by what this manager says of its limits.",
      ),
    );
  });

  test("is the guide's where the account may not read the manager's", async () => {
    const nsx = await startNsx({ switches: { httpService: "absent" } });
    expect(await saidOf(nsx)).toEqual(
      line(
        "At most 100 requests a second are sent, 38 at once, for this manager does not tell this account its own limits.",
      ),
    );
  });
});

describe("systems that can be used", () => {
  test("are said to be, part by part, and the command ends with 0", async () => {
    const [nsx, nim] = [await startNsx(), await startNim()];
    const { code, output } = await check({ ...toNsx(nsx), ...toNim(nim) });
    expect(code, output).toBe(0);
    const lines = output.trim().split("\n");
    expect(lines.at(-1)).toBe("0 errors, 1 warning");
    expect(lines.slice(0, -1).map((line) => line.split(/ {2,}/).slice(0, 3).join(" "))).toEqual([
      "warning stack settings",
      ...["settings", "connection", "certificate", "login", "permissions", "permissions", "permissions"].map(
        (part) => `ok nsx ${part}`,
      ),
      ...["clock", "version", "limits", "schema"].map((part) => `ok nsx ${part}`),
      ...["settings", "connection", "certificate", "login", "permissions", "permissions"].map(
        (part) => `ok nim ${part}`,
      ),
      ...["clock", "version", "schema"].map((part) => `ok nim ${part}`),
    ]);
    expect(output).toMatch(/environment alone: there is no Pulumi\.yaml/);
  });

  test("are sent nothing but questions and the login, whose session is ended", async () => {
    const [nsx, nim] = [await startNsx(), await startNim()];
    expect((await check({ ...toNsx(nsx), ...toNim(nim) })).code).toBe(0);
    const sent = [...nsx.control.requests.all(), ...nim.control.requests.all()];
    const notRead = sent.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    expect(notRead).toEqual(["POST /api/session/create", "POST /api/session/destroy"]);
    expect([...nsx.control.history.all(), ...nim.control.history.all()]).toEqual([]);
  });
});

describe("what keeps a system from being used is an error, with what to do next", () => {
  test("nothing is configured at all", async () => {
    const { code, all } = await findings({});
    expect(code).toBe(1);
    expect(all.at(-1)).toEqual({
      system: "stack",
      part: "settings",
      level: "error",
      text: "Neither NSX nor NGINX Instance Manager is configured here.",
      next: 'Set nsx:endpoint or nim:endpoint with "pulumi config set", or NSX_ENDPOINT or NIM_ENDPOINT in the environment.',
    });
  });

  test("a setting is missing or wrong: each by its name, as the provider says it", async () => {
    const { code, all } = await findings({ NSX_PASSWORD: "s3cret-canary", NSX_TIMEOUT: "soon" });
    expect(code).toBe(1);
    expect(worse(all).map(({ part, level, text }) => [part, level, text.split(" ").slice(0, 4).join(" ")])).toEqual([
      ["settings", "error", "nsx:endpoint is not set."],
      ["settings", "error", "nsx:timeout is wrong: must"],
      ["settings", "error", "nsx:username is not set."],
    ]);
    expect(worse(all)[0]?.next).toBe(
      'Set it with "pulumi config set nsx:endpoint …" or in the environment as NSX_ENDPOINT.',
    );
  });

  test("nothing listens there", async () => {
    const nsx = await startNsx();
    await nsx.close();
    const { code, all } = await findings(toNsx(nsx));
    expect(code).toBe(1);
    expect(worse(all)).toEqual([
      {
        system: "nsx",
        part: "connection",
        level: "error",
        text: `No whole answer from ${nsx.url}: nothing listens there; check host and port.`,
        next: "See nsx:endpoint (NSX_ENDPOINT), and the way from this machine to there.",
      },
    ]);
    running.length = 0;
  });

  test("the host name does not resolve", async () => {
    const { all } = await findings({
      NSX_ENDPOINT: "https://nsx.invalid",
      NSX_USERNAME: "admin",
      NSX_PASSWORD: "s3cret-canary",
    });
    expect(worse(all)).toMatchObject([{ part: "connection", level: "error", text: /does not resolve/ }]);
  });

  test.each(["nsx", "nim"])("the host is a web server, and no %s", async (system) => {
    const page = "<html><head><title>Welcome to the intranet</title></head></html>";
    const server = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(page));
    const { port, close } = await listen(server);
    running.push({ close });
    const name = system.toUpperCase();
    const { code, all } = await findings({
      [`${name}_ENDPOINT`]: `http://127.0.0.1:${port}`,
      [`${name}_USERNAME`]: "admin",
      [`${name}_PASSWORD`]: "s3cret-canary",
    });
    expect(code).toBe(1);
    expect(worse(all)).toMatchObject([{ system, part: "identity", level: "error" }]);
    expect(worse(all)[0]?.text).toMatch(/HTML \(Welcome to the intranet\) instead of .*'s JSON/);
  });

  test("a certificate that no authority vouches for: with its fingerprint, by which it can be trusted", async () => {
    const nsx = await startNsx({ https: true });
    const { code, all } = await findings({ ...toNsx(nsx), NSX_ENDPOINT: nsx.httpsUrl ?? "" });
    expect(code).toBe(1);
    const [error] = worse(all);
    expect(error).toMatchObject({ part: "connection", level: "error", text: /signed by itself/ });
    const [fingerprint = ""] = /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/.exec(error?.text ?? "") ?? [];
    const trusted = await findings({
      ...toNsx(nsx),
      NSX_ENDPOINT: nsx.httpsUrl ?? "",
      NSX_THUMBPRINT: fingerprint,
    });
    expect(trusted.code).toBe(0);
    expect(trusted.all.find(({ part }) => part === "certificate")?.text).toMatch(
      new RegExp(`^It is the one of nsx:thumbprint: SHA-256 fingerprint ${fingerprint}, valid until \\d{4}-`),
    );
  });

  test.each(["session", "basic"])("a wrong password, tried once (%s)", async (auth) => {
    const nsx = await startNsx();
    const { code, all } = await findings({ ...toNsx(nsx), NSX_AUTH: auth, NSX_PASSWORD: "s3cret-canary" });
    expect(code).toBe(1);
    expect(worse(all)).toMatchObject([{ system: "nsx", part: "login", level: "error" }]);
    expect(worse(all)[0]?.text).toMatch(/refused the login of "admin"/);
    expect(worse(all)[0]?.next).toMatch(/^Correct NSX_USERNAME and NSX_PASSWORD, or nsx:username and nsx:password;/);
    const first = auth === "session" ? "POST /api/session/create" : "GET /api/v1/node/version";
    const shown = nsx.control.requests.all().map(({ method, path }) => `${method} ${path}`);
    expect(shown).toEqual(["GET /api/v1/node/version", first]);
  });

  test.each(["502", "404, a page"] as const)(
    "a version of NIM's API that it has not, and says %s of",
    async (unmappedSaid) => {
      const nim = await startNim({ switches: { apiVersion: "v2", unmappedSaid } });
      const { code, all } = await findings(toNim(nim));
      expect(code).toBe(1);
      expect(worse(all)).toMatchObject([{ system: "nim", part: "version", level: "error" }]);
      expect(worse(all)[0]?.text).toMatch(/has its API in version v2, and is asked in v1, which it does not have: /);
      expect(worse(all)[0]?.next).toBe(
        "Give v2 as NIM_API_VERSION, or nim:apiVersion. This provider is made after v1: look at a preview first.",
      );
      const right = await findings({ ...toNim(nim), NIM_API_VERSION: "v2" });
      expect([right.code, worse(right.all).filter(({ system }) => system === "nim")]).toEqual([0, []]);
    },
  );

  test("the same from a gateway that looks at the path before the login: then nobody's login is shown to it", async () => {
    const shown: unknown[] = [];
    const server = createServer((request, answer) => {
      shown.push(request.headers.authorization);
      const status = request.url?.startsWith("/api/platform/v2/") ? 401 : 404;
      answer.writeHead(status, { "content-type": "application/json" }).end(`{"code":${status},"message":"No"}`);
    });
    const { port, close } = await listen(server);
    running.push({ close });
    const environment = {
      NIM_ENDPOINT: `http://127.0.0.1:${port}`,
      NIM_USERNAME: "admin",
      NIM_PASSWORD: "s3cret-canary",
    };
    const { all } = await findings(environment);
    expect(worse(all)).toMatchObject([{ system: "nim", part: "version", level: "error" }]);
    expect(new Set(shown)).toEqual(new Set([undefined]));
  });

  test("a wrong password of NIM's", async () => {
    const nim = await startNim();
    const { code, all } = await findings({ ...toNim(nim), NIM_PASSWORD: "s3cret-canary" });
    expect(code).toBe(1);
    expect(worse(all)).toMatchObject([{ system: "nim", part: "login", level: "error" }]);
  });

  test("an account that may not read segments", async () => {
    const nsx = await startNsx();
    nsx.control.faults.inject({
      match: "GET /policy/api/v1/infra/segments",
      fault: { kind: "refusal", name: "denied 403/289" },
      times: "always",
    });
    const { code, all } = await findings(toNsx(nsx));
    expect(code).toBe(1);
    expect(worse(all)).toMatchObject([{ part: "permissions", level: "error", text: /cannot read segments/ }]);
    // A refusal makes the client log in afresh; both sessions are given back.
    expect(nsx.control.requests.count("POST /api/session/destroy")).toBe(
      nsx.control.requests.count("POST /api/session/create"),
    );
  });
});

describe("what a program may meet later is a warning, and the command ends with 0", () => {
  async function onlyWarning(env: Record<string, string>): Promise<Finding> {
    const { code, all } = await findings(env);
    const [warning, ...others] = worse(all);
    expect([code, others, warning?.level]).toEqual([0, [], "warning"]);
    return warning as Finding;
  }

  test("an account that may only read", async () => {
    const nsx = await startNsx({ users: { eve: "s3cret-canary" }, roles: { eve: "auditor" } });
    const env = { ...toNsx(nsx), NSX_USERNAME: "eve", NSX_PASSWORD: "s3cret-canary" };
    expect(await onlyWarning(env)).toMatchObject({ part: "permissions", text: /only read: its role is auditor/ });
  });

  test("one manager of several that does not answer", async () => {
    const [nsx, gone] = [await startNsx(), await startNsx()];
    await gone.close();
    running.pop();
    expect(await onlyWarning({ ...toNsx(nsx), NSX_ENDPOINT: `${gone.url},${nsx.url}` })).toMatchObject({
      part: "connection",
      text: `No whole answer from ${gone.url}: nothing listens there; check host and port.`,
    });
  });

  test("an account of NIM's that may not read certificates", async () => {
    const nim = await startNim();
    nim.control.faults.inject({
      match: "GET /api/platform/v1/certs",
      fault: { kind: "refusal", name: "denied 403 of a service" },
      times: "always",
    });
    expect(await onlyWarning(toNim(nim))).toMatchObject({
      part: "permissions",
      text: /cannot read certs, which a Certificate needs/,
      next: "Give the user a role with READ for CERTIFICATES.",
    });
  });

  /** What is found of a user whose only role has these access types by feature. */
  async function withRole(features: Record<string, string[]>): Promise<string[]> {
    const nim = await startNim();
    const permissions = Object.entries(features).map(([feature, accessTypes]) => ({ feature, accessTypes }));
    nim.control.write("roles", "it", { metadata: { name: "it" }, roleDef: { permissions } });
    const roles = [{ ref: "/api/platform/v1/roles/it" }];
    nim.control.write("users", "it", { metadata: { name: "it" }, userDef: { roles } });
    nim.control.setPassword("it", "s3cret-canary");
    const { code, all } = await findings({ ...toNim(nim), NIM_USERNAME: "it", NIM_PASSWORD: "s3cret-canary" });
    expect(code).toBe(0);
    return worse(all).map(({ part, level, text }) => `${level} ${part}: ${text}`);
  }

  const lacking = (what: string) => `warning permissions: The roles of the user do not let it write ${what}.`;

  test("the smallest roles of the documentation: that for up lacks nothing, that for drift whatever is written", async () => {
    expect(await withRole(nimRoles["pulumi-up"] as Record<string, string[]>)).toEqual([]);
    expect(await withRole(nimRoles["pulumi-drift"] as Record<string, string[]>)).toEqual([
      lacking("NginxConfig, SystemTags: INSTANCE-MANAGEMENT lacks UPDATE"),
      lacking("NginxConfig of a group: INSTANCE-GROUPS lacks UPDATE"),
      lacking("InstanceGroup: INSTANCE-GROUPS lacks CREATE, UPDATE, DELETE"),
      lacking("StagedConfig: STAGED-CONFIGURATIONS lacks CREATE, UPDATE, DELETE"),
      lacking("Certificate: CERTIFICATES lacks CREATE, UPDATE, DELETE"),
      lacking("Role, User, Group: USER-MANAGEMENT lacks CREATE, UPDATE, DELETE"),
    ]);
  });

  test("a role of NIM's that lacks one of what a kind takes; to publish either of two will do", async () => {
    const up = nimRoles["pulumi-up"] as Record<string, string[]>;
    const without = {
      ...up,
      "INSTANCE-MANAGEMENT": ["READ", "CREATE"],
      "USER-MANAGEMENT": ["CREATE", "READ", "UPDATE"],
    };
    expect(await withRole(without)).toEqual([
      lacking("SystemTags: INSTANCE-MANAGEMENT lacks UPDATE"),
      lacking("Role, User, Group: USER-MANAGEMENT lacks DELETE"),
    ]);
    expect(await withRole({ ...up, "INSTANCE-GROUPS": ["READ", "UPDATE"] })).toEqual([
      lacking("InstanceGroup: INSTANCE-GROUPS lacks CREATE, DELETE"),
    ]);
  });

  test.each([
    ["ahead of", 5],
    ["behind", -5],
  ])("a clock that is %s this machine's by five minutes", async (which, minutes) => {
    const nsx = await startNsx({ now: () => Date.now() + minutes * 60_000 });
    const { part, text, next } = await onlyWarning(toNsx(nsx));
    expect(part).toBe("clock");
    expect(text).toMatch(
      new RegExp(`^The clock of NSX is (299|300|301) s ${which} this machine's: logins with tokens`),
    );
    expect(next).toBe("Set both by NTP.");
  });

  test("an older release than NSX-T 3.2", async () => {
    const nsx = await startNsx({ switches: { version: "3.1.3.7.4.19708210" } });
    expect(await onlyWarning(toNsx(nsx))).toMatchObject({
      part: "version",
      text: /^NSX 3\.1\.3\S+ is older than NSX-T 3\.2/,
    });
  });
});

describe("the manager's own description of its API", () => {
  const schemaOf = async (switches: NsxSimulatorOptions["switches"]) => {
    const nsx = await startNsx({ ...(switches && { switches }) });
    const { code, all } = await findings(toNsx(nsx));
    expect(code).toBe(0);
    return all.filter(({ part }) => part === "schema").map(({ level, text }) => `${level}: ${text}`);
  };
  const knowsAll = "ok: This manager's API document knows every argument of NsxSegment, with no narrower limit.";

  test.each(["swagger 2", "openapi 3"] as const)("in the form of %s", async (documentForm) => {
    expect(await schemaOf({ documentForm })).toEqual([knowsAll]);
    expect(
      await schemaOf({ documentForm, documentLacks: "evpn_tenant_config_path,subnets.dhcp_config.options" }),
    ).toEqual([
      "warning: NsxSegment: subnets[].dhcpConfig.options is not known there (as options).",
      "warning: NsxSegment: evpnTenantConfigPath is not known there (as evpn_tenant_config_path).",
    ]);
  });

  test("a limit that is lower than this provider's, a type that differs, a pattern", async () => {
    const documentLimits =
      "description.maxLength=512,subnets.dhcp_ranges.maxItems=10,vlan_ids.maxItems=8,mac_pool_id.type=integer,domain_name.pattern=^[a-z]+$";
    expect(await schemaOf({ documentLimits })).toEqual([
      "warning: NsxSegment: description may have 512 characters there, and 1024 here.",
      "warning: NsxSegment: subnets[].dhcpRanges may have 10 items there, and 99 here.",
      "warning: NsxSegment: vlanIds may have 8 items there.",
      "warning: NsxSegment: domainName has to be of the pattern ^[a-z]+$ there, which is not looked at here.",
      "warning: NsxSegment: macPoolId is of type string here and integer there.",
    ]);
  });

  test("one subnet of each family is what it means by one", async () => {
    expect(await schemaOf({ documentLimits: "subnets.maxItems=1" })).toEqual([knowsAll]);
  });

  test("where there is none, it is said that nothing is compared", async () => {
    expect(await schemaOf({ documentForm: "absent" })).toEqual([
      "warning: The arguments of NsxSegment cannot be compared with what this manager takes: it gives no API document.",
    ]);
  });
});

describe("what is printed", () => {
  test("shows no secret, also where a server shows what it was sent", async () => {
    const password = "canary-password-4711";
    const server = createServer((request, answer) => {
      const echo = { error_message: `no: ${password} and ${request.headers.authorization}`, error_code: 403 };
      answer.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(echo));
    });
    const { port, close } = await listen(server);
    running.push({ close });
    const url = `http://127.0.0.1:${port}`;
    const token = "canary-token-of-eyJhbGciOi";
    for (const format of ["text", "json"]) {
      const { code, output, errors } = await check(
        {
          ...{ NSX_ENDPOINT: url, NSX_USERNAME: "admin", NSX_PASSWORD: password, NSX_AUTH: "basic" },
          ...{ NIM_ENDPOINT: url, NIM_TOKEN: token },
        },
        ...["--format", format],
      );
      expect(code).toBe(1);
      expect(output).toContain("[secret]");
      expect(output + errors).not.toMatch(/canary/);
      expect(output + errors).not.toContain(Buffer.from(`admin:${password}`).toString("base64"));
    }
  });

  test("is one line for each finding, whatever a server answers", async () => {
    const server = createServer((_, answer) => {
      const error_message = "first\nsecond\u001b[2J\rthird";
      answer
        .writeHead(400, { "content-type": "application/json" })
        .end(JSON.stringify({ error_message, error_code: 1 }));
    });
    const { port, close } = await listen(server);
    running.push({ close });
    const { output } = await check({
      NSX_ENDPOINT: `http://127.0.0.1:${port}`,
      NSX_USERNAME: "admin",
      NSX_PASSWORD: "s3cret-canary",
    });
    expect(output).toMatch(/^error .*first second \[2J third/m);
    expect(
      output
        .trim()
        .split("\n")
        .slice(0, -1)
        .every((line) => /^(ok|warning|error) /.test(line)),
    ).toBe(true);
    expect(output).not.toContain("\u001b");
  });
});

test.each([
  [["--format", "xml"], /--format cannot be "xml"; it takes text or json/],
  [["--cwd", "/nope/nowhere"], /--cwd: there is no folder \/nope\/nowhere/],
  [["--nope"], /Unknown option '--nope'; see "pulumi-nginx-nsx check --help"/],
])("a command line that cannot be understood ends in one message and exit code 2: %j", async (args, message) => {
  const { code, output, errors } = await check({}, ...args);
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toMatch(message);
});
