// What every step of set-up needs: running a command with progress, making a folder all or not at all, one run at a time.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A failure whose message is written for the user: printed as it is, without a stack. */
export class Problem extends Error {}

export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-nginx-nsx");

export function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

const running = new Set();
const temporary = new Set();

/** Ends what set-up started and removes what it had half made: for an interrupted run. */
export function abandon() {
  // Each command leads a process group of its own, so that its compilers and install scripts end with it.
  for (const child of running) {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Runs a command to its end and returns its standard output. Shows `title` with the seconds gone and what `progress`
 * makes of the latest line: on a terminal in place, elsewhere one line every 15 s, since a log is read afterwards.
 */
export async function run(title, [command, ...args], { cwd, env, timeout, progress = () => undefined } = {}) {
  const started = Date.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  let [stdout, output, state, timedOut] = ["", "", "", false];
  child.stdout.on("data", (data) => {
    stdout += data;
    output += data;
  });
  child.stderr.on("data", (data) => {
    output += data;
    for (const line of String(data).split("\n")) state = progress(line) ?? state;
  });

  const terminal = process.stderr.isTTY;
  const show = () => {
    const text = `set-up: ${title}: ${Math.round((Date.now() - started) / 1000)} s ${state}`;
    process.stderr.write(terminal ? `\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`);
  };
  const ticker = title && setInterval(show, terminal ? 1000 : 15_000);
  const limit =
    timeout &&
    setTimeout(() => {
      timedOut = true;
      process.kill(-child.pid, "SIGKILL");
    }, timeout);
  try {
    const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    if (timedOut) throw new Error(`no end after ${timeout / 1000} s`);
    if (code !== 0) throw new Error(gist(output) || `${command} ended with status ${code}`);
    return stdout.trim();
  } finally {
    clearInterval(ticker || undefined);
    clearTimeout(limit || undefined);
    running.delete(child);
    if (ticker && terminal) process.stderr.write("\r\x1b[K");
  }
}

/** Of much output, the start and the end: some tools say what is wrong first, others last. */
function gist(output) {
  const lines = output.trim().split("\n");
  return (lines.length > 30 ? [...lines.slice(0, 15), "…", ...lines.slice(-15)] : lines).join("\n");
}

/**
 * Lets `fill` make a folder under another name and then renames it to `target`, which therefore is never half made,
 * however the run ends. What an earlier, killed run left beside it is removed first.
 */
export async function makeFolder(target, fill) {
  const [parent, mark] = [dirname(target), `.${basename(target)}.`];
  mkdirSync(parent, { recursive: true });
  const remove = (path) => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  for (const name of readdirSync(parent)) if (name.startsWith(mark)) remove(join(parent, name));
  const folder = mkdtempSync(join(parent, mark));
  const old = `${folder}.old`;
  temporary.add(folder).add(old);
  try {
    await fill(folder);
    chmodSync(folder, 0o755);
    if (existsSync(target)) renameSync(target, old);
    renameSync(folder, target);
  } finally {
    remove(folder);
    remove(old);
    temporary.delete(folder);
    temporary.delete(old);
  }
}

/**
 * Runs `work` while no other set-up of this user works. The holder touches the lock every second, so one left by a
 * killed run is known by its age, whatever its process id means today. Should two runs ever take over the same old
 * lock, they do the same work twice and rename the same result into place.
 */
export async function alone(work) {
  const lock = join(cacheFolder, "lock");
  mkdirSync(cacheFolder, { recursive: true });
  for (let told = false; ; ) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > 10_000) {
      rmSync(lock, { recursive: true, force: true });
    } else {
      if (!told) say("another set-up is at work; waiting for it");
      told = true;
      await sleep(300);
    }
  }
  temporary.add(lock);
  const heartbeat = setInterval(() => utimesSync(lock, new Date(), new Date()), 1000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(lock, { recursive: true, force: true });
    temporary.delete(lock);
  }
}
