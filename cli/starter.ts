import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

const pause = 500;

/** Calls back once the process that started this one has ended: also when it is killed, and tells nobody. */
export function whenStarterEnds(ended: () => void): void {
  const parent = process.ppid;
  // npm puts a shell in between, which lives on.
  const byNpm = process.env.npm_command !== undefined;
  let starter: number | undefined;

  async function hasEnded(): Promise<boolean> {
    // Another process takes its children over.
    if (process.ppid !== parent) return true;
    if (!byNpm) return false;
    const now = await parentOf(parent);
    starter ??= now;
    return now !== undefined && now !== starter;
  }

  async function look(): Promise<void> {
    if (await hasEnded()) ended();
    else setTimeout(look, pause).unref();
  }

  void look();
}

/** `undefined` where nothing tells. */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name before it may have brackets and blanks of its own.
  if (stat !== undefined) return Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1]) || undefined;
  return new Promise((resolve) => {
    execFile("ps", ["-o", "ppid=", "-p", `${pid}`], (error, stdout) =>
      resolve(error ? undefined : Number.parseInt(stdout, 10) || undefined),
    );
  });
}
