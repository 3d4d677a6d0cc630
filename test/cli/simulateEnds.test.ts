// However `simulate` comes to its end, nothing of it stays: no process, no nginx, no folder. Real processes.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const cli = new URL("../../cli/index.ts", import.meta.url).pathname;
const simulate = [process.execPath, cli, "simulate", "--https"];
const patience = { timeout: 30_000, interval: 50 };

/** Starts what its arguments say, and stays. */
const starter = `
  const { spawn } = require("node:child_process");
  const [command, ...args] = process.argv.slice(1);
  spawn(command, args, { stdio: "inherit" });
  setInterval(() => {}, 1e6);`;

describe("simulate", { timeout: 120_000 }, () => {
  let folder: string;
  let output: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "simulate-ends-")));
    output = "";
  });
  afterEach(() => {
    for (const pid of processes()) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Returns when it has printed all that it prints. The password is a mark by which its process is known. */
  async function start(
    [command = "", ...args]: readonly string[],
    env: Record<string, string> = {},
  ): Promise<ChildProcess> {
    const marked = [...args, "--nsx-password", folder];
    const child = spawn(command, marked, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env, TMPDIR: folder },
    });
    child.stdout?.on("data", (data) => {
      output += data;
    });
    await vi.waitFor(() => expect(output).toMatch(/^NIM .*caCertificate.*\n/m), patience);
    expect(readdirSync(folder)).toHaveLength(2);
    return child;
  }

  /** Of the simulator, its nginx and what stands between them. */
  function processes(): number[] {
    const list = execFileSync("ps", ["-eww", "-o", "pid=,args="], { encoding: "utf8" });
    return list
      .split("\n")
      .filter((line) => line.includes(folder))
      .map((line) => Number.parseInt(line, 10));
  }

  async function nothingStays(): Promise<void> {
    await vi.waitFor(() => expect(processes()).toEqual([]), patience);
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), patience);
    // The workers of nginx do not show the folder.
    for (const [url] of output.matchAll(/http:\S+/g)) await expect(fetch(url)).rejects.toThrow();
  }

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends by %s", async (signal) => {
    const child = await start(simulate);
    child.kill(signal);
    await nothingStays();
    expect(child.exitCode).toBe(0);
  });

  // Killed, it cannot tell anybody.
  test("ends with the process that has started it", async () => {
    const child = await start([process.execPath, "-e", starter, ...simulate], {});
    child.kill("SIGKILL");
    await nothingStays();
  });

  test("ends with the npx that has started it, although npx puts a shell in between", async () => {
    const shell = ["sh", "-c", '"$@"; exit', "sh"];
    const child = await start([process.execPath, "-e", starter, ...shell, ...simulate], { npm_command: "exec" });
    child.kill("SIGKILL");
    await nothingStays();
  });
});
