import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface RunnerOptions {
  binary: string;
  folder: string;
  args: string[];
  pidFile: string;
  /** Answers `<generation> <pid of the worker>`. */
  healthSocket: string;
  sockets(): string[];
}

export interface Runner {
  /**
   * Starts nginx, or has it read its files again, and waits until only they are served; returns what went wrong.
   * Without an `http` block in them there is nobody to ask.
   */
  reload(generation: string, hasHttp: boolean): Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts nginx for every line it reads. It is there for the worst case: only this process holds the other end of the
 * pipe, so however this process ends, also by SIGKILL, the reading ends, nginx is stopped, and its folder goes.
 */
const script = `
folder=$1; shift
while read -r _; do "$0" "$@" </dev/null & nginx=$!; done
[ -n "$nginx" ] && kill -TERM "$nginx" && wait "$nginx"
rm -rf "$folder"; rmdir "$(dirname "$folder")"
`;

const patience = 10_000;

export function createRunner({ binary, folder, args, pidFile, healthSocket, sockets }: RunnerOptions): Runner {
  let said = "";
  let worker: { generation: string; pid: number } | undefined;
  // A group of its own: Ctrl-C in a terminal reaches the simulator, which then ends nginx in order.
  const shell = spawn("/bin/sh", ["-c", script, binary, folder, ...args], {
    stdio: ["pipe", "ignore", "pipe"],
    // Not where the simulator was started: OpenSSL resolves some names against it.
    cwd: folder,
    detached: true,
  });
  shell.stderr.on("data", (data) => {
    said = (said + data).slice(-20_000);
  });
  // It must not keep the simulator's process alive.
  shell.unref();
  for (const pipe of [shell.stdin, shell.stderr]) (pipe as unknown as { unref(): void }).unref();

  function start(): void {
    for (const socket of [healthSocket, ...sockets(), pidFile]) rmSync(socket, { force: true });
    shell.stdin.write("\n");
  }

  const master = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) || undefined : undefined);
  const bad = (text: string) => /\[(emerg|alert|crit)\]/.test(text);

  async function waitFor(condition: () => boolean | Promise<boolean>): Promise<boolean> {
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(10)) {
      if (await condition()) return true;
      if (bad(said)) return false;
    }
    return false;
  }

  async function reload(generation: string, hasHttp: boolean): Promise<string | undefined> {
    said = "";
    const pid = master();
    const old = worker;
    if (pid !== undefined && isAlive(pid)) process.kill(pid, "SIGHUP");
    else start();
    if (!(await waitFor(() => master() !== undefined))) return failure();
    const served = async () => {
      worker = await askHealth(healthSocket);
      return worker?.generation === generation;
    };
    if (!hasHttp) {
      // nginx starts its new workers within this time.
      await sleep(300);
      worker = undefined;
      return bad(said) ? failure() : undefined;
    }
    if (!(await waitFor(served))) return failure();
    // For a moment the old worker accepts connections beside the new one.
    if (old && old.pid !== worker?.pid) await waitFor(() => hasStoppedAccepting(old.pid));
    return bad(said) ? failure() : undefined;
  }

  const failure = () => said || `nginx did not take up its new configuration within ${patience / 1000} s\n`;

  async function stop(): Promise<void> {
    shell.ref();
    const ended = new Promise((resolve) => shell.once("exit", resolve));
    shell.stdin.end();
    await ended;
  }

  return { reload, stop };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has died remains as a zombie, for the shell is reading and does not take note.
  return !/^\d+ \(.*\) Z/.test(readProcess(pid, "stat"));
}

/** Empty where there is no /proc. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

const hasStoppedAccepting = (pid: number) => !isAlive(pid) || readProcess(pid, "cmdline").includes("shutting down");

function askHealth(socketPath: string): Promise<{ generation: string; pid: number } | undefined> {
  return new Promise((resolve) => {
    const asking = request({ socketPath, path: "/", agent: false, timeout: 2000 }, (response) => {
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.on("end", () => {
        const [generation = "", pid = ""] = text.split(" ");
        resolve({ generation, pid: Number(pid) });
      });
      response.on("error", () => resolve(undefined));
    });
    asking.on("error", () => resolve(undefined));
    asking.on("timeout", () => asking.destroy());
    asking.end();
  });
}
