// Memory, processor time and writes of processes that come and go, from /proc; elsewhere than on Linux nothing is measured.
import { readFile } from "node:fs/promises";

/** Looks every now and then until stopped; answers the largest peak of a process whose command line matches, in MiB. */
export function watchMemory(pids: () => Promise<number[]>, command: RegExp): { stop(): Promise<number> } {
  let peak = 0;
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      for (const pid of await pids()) peak = Math.max(peak, await peakOf(pid, command));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return Math.round(peak);
    },
  };
}

export async function peakOf(pid: number, command: RegExp): Promise<number> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!command.test(line)) return 0;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

/** Seconds of processor time that a process has used itself, or that its children had when they ended. */
export async function processorTime(pid: number | "self", whose: "own" | "children" = "own"): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime, stime, cutime, cstime (proc_pid_stat, fields 14 to 17), in hundredths.
  const [user = 0, system = 0] = (whose === "own" ? fields.slice(11, 13) : fields.slice(13, 15)).map(Number);
  return (user + system) / 100;
}

/** Bytes for a disk that this process and its children that have ended have written; 0 where the folder is in memory. */
export async function writtenToDisk(): Promise<number> {
  const text = await readFile("/proc/self/io", "utf8").catch(() => "");
  return Number(/^write_bytes: (\d+)/m.exec(text)?.[1] ?? 0);
}

export async function children(): Promise<number[]> {
  const text = await readFile(`/proc/self/task/${process.pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}
