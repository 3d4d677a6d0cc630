// What somebody reads who has a Node that is too old for the package: the machine's own where it is, or a faked version.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packedTarball } from "../tools/pulumi.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** The version that is asked for, of any Node that says it is another one. */
const faked = (version: string) => `Object.defineProperty(process.versions, "node", { value: "${version}" });`;

const loads = [
  ["the program, an ES module", 'import "pulumi-nginx-nsx";', "program.mjs"],
  ["the program, in CommonJS", 'require("pulumi-nginx-nsx");', "program.cjs"],
  ["the provider, as the text in every state has it", 'require("pulumi-nginx-nsx/provider").NsxSegment;', "state.cjs"],
  ["a test that imports the simulators", 'import "pulumi-nginx-nsx/simulators";', "test.mjs"],
] as const;

let folder: string;
beforeAll(async () => {
  // Compiled, as users have it.
  await packedTarball();
  folder = await mkdtemp(join(tmpdir(), "old-node-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "old.cjs"), faked("22.18.0"));
  await writeFile(join(folder, "lowest.cjs"), faked("22.19.0"));
  for (const [, text, file] of loads) await writeFile(join(folder, file), `${text}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

async function said(node: string, args: readonly string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return run(node, args, { cwd: folder, env }).then(
    () => "it runs",
    (error: { stderr: string }) => error.stderr,
  );
}

/** The line, and nothing of where in the code it was said. */
const oneLine = (version: string) =>
  new RegExp(`^\\[?pulumi-nginx-nsx needs Node\\.js 22\\.19 or newer, and this is ${version} \\(\\S+\\)\\.\\]?$`, "m");

describe.each(loads)("%s", (_, _text, file) => {
  test("says so in one line below 22.19, and runs from there on", { timeout: 600_000 }, async () => {
    const words = await said(process.execPath, ["--require", "./old.cjs", file]);
    expect(words).toMatch(oneLine("22.18.0"));
    expect(words).not.toMatch(/^ +at /m);
    expect(await said(process.execPath, ["--require", "./lowest.cjs", file])).toBe("it runs");
  });

  // The machine's own, where it is an old one: nothing but what that knows may come before the line.
  const [own = ""] = ["/usr/bin/node", "/usr/local/bin/node"].filter((path) => existsSync(path));
  test.skipIf(own === "")("on the machine's own Node", { timeout: 600_000 }, async () => {
    const version = (await run(own, ["--version"])).stdout.trim().slice(1);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const words = await said(own, [file]);
    if (major > 22 || (major === 22 && minor >= 19)) return expect(words).toBe("it runs");
    expect(words).toMatch(oneLine(version));
    // Before 20.19 no module could be required: the line has to come from elsewhere.
    if (major === 20) expect(await said(own, ["--no-experimental-require-module", file])).toMatch(oneLine(version));
  });
});

test("it is the version that package.json asks for", async () => {
  const { engines } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  expect(engines.node).toBe(">=22.19");
});
