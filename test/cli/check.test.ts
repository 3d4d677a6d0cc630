// `check` is the first command on a new system: it must tell what is wrong, and what to do next, and change nothing.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, type NsxSimulatorOptions, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { listen } from "../tools/connectProxy.ts";

const command = new URL("../../cli/index.ts", import.meta.url).pathname;
const running: { close(): Promise<void> }[] = [];
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
    execFile(process.execPath, [command, "check", ...args], { cwd: folder, env: { PATH, ...env } }, (error, output, errors) =>
      done({ code: error ? Number(error.code) : 0, output, errors }),
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

describe("systems that can be used", () => {
  test("are said to be, part by part, and the command ends with 0", async () => {
    const [nsx, nim] = [await startNsx(), await startNim()];
    const { code, output } = await check({ ...toNsx(nsx), ...toNim(nim) });
    expect(code, output).toBe(0);
    const lines = output.trim().split("\n");
    expect(lines.at(-1)).toBe("0 errors, 1 warnings");
    expect(lines.slice(0, -1).map((line) => line.split(/ {2,}/).slice(0, 3).join(" "))).toEqual([
      "warning stack settings",
      ...["settings", "connection", "certificate", "login", "permissions", "permissions", "permissions"].map(
        (part) => `ok nsx ${part}`,
      ),
      ...["clock", "version", "schema"].map((part) => `ok nsx ${part}`),
      ...["settings", "connection", "certificate", "login", "permissions", "permissions"].map((part) => `ok nim ${part}`),
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
