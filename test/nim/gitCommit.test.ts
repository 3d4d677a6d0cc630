// The process of a provider runs in the program's folder, so each case is a process in a folder of its own.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const run = promisify(execFile);
const source = new URL("../../provider/nim/gitCommit.ts", import.meta.url).href;
const ask = `import("${source}").then(({ gitCommit }) => gitCommit()).then((told) => console.log(JSON.stringify([told])))`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "commit-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function git(...args: string[]): Promise<string> {
  const author = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"];
  const { stdout } = await run("git", [...author, ...args], { cwd: folder });
  return stdout.trim();
}

async function committed(): Promise<string> {
  await git("init", "--quiet");
  await writeFile(join(folder, "index.ts"), "export {};\n");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "begin");
  return git("rev-parse", "HEAD");
}

async function told(): Promise<unknown> {
  const { stdout } = await run(process.execPath, ["--eval", ask], { cwd: folder });
  return JSON.parse(stdout)[0];
}

describe("what a config was made from", { timeout: 30_000 }, () => {
  test("is the commit that the program's folder is at", async () => {
    const commit = await committed();
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await told()).toBe(commit);
  });

  test("is the commit, whatever tags there are", async () => {
    const commit = await committed();
    await git("tag", "--annotate", "v1", "--message", "v1");
    expect(await told()).toBe(commit);
  });

  test("says so where files differ from the commit", async () => {
    const commit = await committed();
    await writeFile(join(folder, "index.ts"), "export const changed = true;\n");
    expect(await told()).toBe(`${commit}-dirty`);
    await git("add", ".");
    expect(await told()).toBe(`${commit}-dirty`);
  });

  test("does not count files that Git does not know, as its own word dirty does not", async () => {
    const commit = await committed();
    await writeFile(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
    expect(await told()).toBe(commit);
  });

  test("is nothing without a commit, or without Git", async () => {
    expect(await told()).toBe(null);
    await git("init", "--quiet");
    expect(await told()).toBe(null);
  });
});
