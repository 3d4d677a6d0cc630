import { execFile } from "node:child_process";
import { promisify } from "node:util";

let commit: Promise<string | undefined> | undefined;

/**
 * The commit that the program's folder is at, with `-dirty` where files that Git knows differ from it. Asked for once in a
 * process; `undefined` where there is no Git or no commit.
 */
export function gitCommit(): Promise<string | undefined> {
  commit ??= promisify(execFile)("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]).then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  );
  return commit;
}

/** Whether a text is a commit, in either of Git's hashes. */
export function isCommit(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
