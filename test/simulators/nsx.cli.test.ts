import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { basic } from "./nsx.client.ts";

const command = new URL("../../cli/index.ts", import.meta.url).pathname;
const started: ChildProcessWithoutNullStreams[] = [];

function run(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args]);
  started.push(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return {
    child,
    ended: async () => {
      const [code] = await once(child, "close");
      return { code, output, errors };
    },
    /** What it has printed so far. */
    output: () => output,
    /** The header that the control interface asks for. */
    authorization: async () => {
      while (!/^control {2}token .*\n/m.test(output)) await once(child.stdout, "data");
      return { authorization: `Bearer ${/^control {2}token (.*)$/m.exec(output)?.[1]}` };
    },
    /** The fields of the nth line that starts with NSX. */
    line: async (index = 0) => {
      const lines = () => output.split("\n").filter((line, at, all) => line.startsWith("NSX  ") && at < all.length - 1);
      while (lines().length <= index) await once(child.stdout, "data");
      return lines()[index]?.split("  ") ?? [];
    },
  };
}

// Asked to end, not killed: the instances of the other simulator are real processes.
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || !child.kill("SIGTERM")) continue;
    await once(child, "close");
  }
});

describe("simulate", () => {
  it("prints address, user and password, serves until it is told to stop, and ends with 0", async () => {
    const { child, line, ended } = run("simulate");
    const [, url, user, password] = await line();
    expect(user).toBe("user admin");
    const headers = basic("admin", password?.replace("password ", "") ?? "");
    const answer = await fetch(`${url}/policy/api/v1/infra/segments`, { headers });
    expect(answer.status).toBe(200);
    child.kill("SIGINT");
    expect(await ended()).toMatchObject({ code: 0, errors: "" });
  });

  it("has the limits of a real manager, and every switch as an option", async () => {
    const { line, authorization } = run(
      ...["simulate", "--nsx-stale-revision-status", "409", "--nsx-hierarchical-atomic", "false"],
    );
    const [, url] = await line();
    const answer = await fetch(`${url}/_control/switches`, { headers: await authorization() });
    const switches = await answer.json();
    expect(switches).toMatchObject({
      requestsPerSecond: 100,
      clientConcurrency: 40,
      totalConcurrency: 199,
      staleRevisionStatus: 409,
      hierarchicalAtomic: false,
    });
  });

  it("prints what logs in where neither user nor password does", async () => {
    const { child, line, ended } = run("simulate", "--nsx-login", "token");
    const [, url, user, password] = await line();
    child.kill("SIGINT");
    const [, token] = /^ {5}nsx:token (\S+)$/m.exec((await ended()).output) ?? [];
    expect([url, user, password, token]).not.toContain(undefined);
  });

  it("has users with the smallest roles where asked, and prints them", async () => {
    const { child, line, ended } = run("simulate", "--accounts");
    await line();
    child.kill("SIGINT");
    const { output } = await ended();
    const users = [...output.matchAll(/^ {5}user (\S+) {2}password \S+ {2}role (\S+)$/gm)].map(([, ...each]) => each);
    expect(users).toEqual([
      ["pulumi-up", "network_engineer"],
      ["pulumi-drift", "auditor"],
      ["pulumi-up", "pulumi-up"],
      ["pulumi-drift", "pulumi-drift"],
    ]);
  });

  it("has them with the same passwords after a reset", async () => {
    const { output, line, authorization } = run("simulate", "--accounts");
    const [, nsx] = await line();
    const headers = { ...(await authorization()), "content-type": "application/json" };
    const systems = () => [...output().matchAll(/^(NSX|NIM) {2}(\S+) /gm)].map(([, , url = ""]) => url);
    const users = () => [...output().matchAll(/^ {5}user (\S+) {2}password (\S+) {2}role/gm)];
    while (users().length < 4) await new Promise((done) => setTimeout(done, 20));
    const [, nim] = systems();
    for (const url of [nsx, nim]) await fetch(`${url}/_control/reset`, { method: "POST", headers, body: "{}" });
    const status = async (url: string, [, user = "", password = ""]: readonly string[] = []) =>
      (await fetch(url, { headers: basic(user, password) })).status;
    const [onNsx, , onNim] = users();
    expect(await status(`${nsx}/policy/api/v1/infra/segments`, onNsx)).toBe(200);
    expect(await status(`${nim}/api/platform/v1/systems`, onNim)).toBe(200);
    expect(await status(`${nim}/api/platform/v1/users/pulumi-up`, onNim)).toBe(200);
  });

  it("speaks HTTPS, writes the certificate to trust, and takes it away at the end", async () => {
    const { child, line, ended } = run("simulate", "--https");
    const [, url, file] = await line(1);
    const path = file?.replace("caCertificate ", "") ?? "";
    const status = await new Promise((resolve, reject) => {
      const options = { ca: readFileSync(path), headers: basic("admin", "wrong") };
      httpsRequest(`${url}/api/v1/node`, options, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
    child.kill("SIGTERM");
    expect((await ended()).code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("is driven from other processes", async () => {
    const { line, authorization } = run("simulate");
    const [, url] = await line();
    const headers = { ...(await authorization()), "content-type": "application/json" };
    const control = async (name: string, body: object) => {
      const answer = await fetch(`${url}/_control/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
      return answer.json();
    };
    const path = "/infra/segments/web";
    await control("seed", { objects: [{ path, body: { description: "d" } }], user: "alice" });
    await control("change", { path, changes: { description: null, domain_name: "x" }, user: "bob" });
    expect(await control("object", { path })).toMatchObject({ domain_name: "x", _last_modified_user: "bob" });
    expect(await control("objects", { under: "/infra/segments" })).toHaveLength(1);
    await control("planRealization", { path, failure: { message: "no", errorCode: 1 } });
    expect(await control("change", { path, changes: { colour: "red" } })).toMatchObject({
      error: expect.stringMatching(/colour is unrecognized/),
    });
    await control("delete", { path });
    expect(await control("history", { path })).toMatchObject([
      { kind: "create" },
      { kind: "update" },
      { kind: "delete" },
    ]);
    const operations = (await (await fetch(`${url}/_control/`, { headers })).json()) as Record<string, unknown>;
    expect(operations.inject).toEqual({ help: expect.any(String), arguments: ["match", "fault", "nth", "times"] });
  });
});

describe("what simulate asks for", () => {
  it("is one token for both systems, a new one each time, or the one that it is given", async () => {
    const tokens = [];
    for (const more of [[], [], ["--control-token", "known-before"]]) {
      const { line, authorization } = run("simulate", ...more);
      const [, url] = await line();
      const headers = await authorization();
      expect((await fetch(`${url}/_control/switches`, { headers })).status).toBe(200);
      expect((await fetch(`${url}/_control/switches`)).status).toBe(401);
      tokens.push(headers.authorization);
    }
    expect(new Set(tokens).size).toBe(3);
    expect(tokens[2]).toBe("Bearer known-before");
  });

  it("is a name that it knows: localhost, an address, or one that it was told", async () => {
    const { line } = run("simulate", "--allowed-hosts", "host.docker.internal,nsx.test");
    const [, url = ""] = await line();
    const answerTo = async (host: string) => {
      const asked = httpRequest(`${url}/api/v1/node`, { headers: { host } }).end();
      const [answer] = await once(asked, "response");
      return text(answer);
    };
    const own = await answerTo("localhost");
    expect(own).toContain("error_code");
    expect(await answerTo("NSX.test:8080")).toBe(own);
    expect(await answerTo("other.test")).toMatch(/not called .*other\.test/);
  });
});

describe("the command line", () => {
  it.each([
    [["simulate", "--nope"], /^pulumi-nginx-nsx: Unknown option '--nope'; see "pulumi-nginx-nsx simulate --help"\n$/],
    [["simulate", "--nsx-stale-revision-status", "410"], /cannot be "410"; it takes 412 or 409\n$/],
    [["simulate", "--nsx-port", "many"], /--nsx-port cannot be "many"/],
    [["simulate", "here"], /Unexpected argument 'here'/],
    [["destroy-everything"], /there is no command "destroy-everything"/],
  ])("ends in one clear message and exit code 2: %j", async (args, message) => {
    const { code, errors, output } = await run(...args).ended();
    expect([code, output]).toEqual([2, ""]);
    expect(errors).toMatch(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
  });

  it("shows every option of simulate with its meaning and default", async () => {
    const { code, output } = await run("simulate", "--help").ended();
    expect(code).toBe(0);
    expect(output).toMatch(/--nsx-stale-revision-status +status of a PUT .* \(412 \| 409\); default: 412/);
    expect(output).toMatch(/--nsx-requests-per-second .*default: 100/);
    expect(output).toContain("GET <url>/_control/");
  });

  it("ends with 1 when a port is taken", async () => {
    const first = run("simulate");
    const [, url = ""] = await first.line();
    const { code, errors } = await run("simulate", "--nsx-port", new URL(url).port).ended();
    expect(code).toBe(1);
    expect(errors).toMatch(/EADDRINUSE/);
  });
});
