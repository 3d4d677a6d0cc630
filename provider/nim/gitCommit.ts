import { execFile } from "node:child_process";
import { promisify } from "node:util";

let commit: Promise<string | undefined> | undefined;

/** The commit that the program's folder is at, asked for once in a process; `undefined` where there is no Git. */
export function gitCommit(): Promise<string | undefined> {
  commit ??= promisify(execFile)("git", ["rev-parse", "HEAD"]).then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  );
  return commit;
}
