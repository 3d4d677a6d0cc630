import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder: string | undefined;
afterEach(() => folder && rmSync(folder, { recursive: true }));

/** Runs vitest on one file of this text; returns the last line and whether the run passed. */
function lastLine(text: string | undefined): Promise<[line: string | undefined, passed: boolean]> {
  // Below node_modules, for the file must find vitest, and the run that this test is in must not find the file.
  folder = mkdtempSync(join(here, "../../node_modules/.reporter-"));
  if (text !== undefined) {
    writeFileSync(join(folder, "a.test.ts"), `import { beforeAll, describe, expect, test } from "vitest";\n${text}`);
  }
  const options = { root: folder, include: ["a.test.ts"], exclude: [], watch: false, config: false };
  const program = `
    import { startVitest } from "vitest/node";
    import { PlainSummary } from "${here}../tools/reporter.ts";
    const vitest = await startVitest("test", [], { ...${JSON.stringify(options)}, reporters: ["default", new PlainSummary()] });
    await vitest?.close();`;
  const env = { PATH: process.env.PATH, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--input-type=module", "-e", program], { cwd: here, env }, (error, stdout) =>
      resolve([stdout.trimEnd().split("\n").at(-1), !error]),
    );
  });
}

test.each([
  [
    "passed, failed and skipped tests",
    "test('a', () => {}); test('b', () => { expect(1).toBe(2); }); test.skip('c', () => {});",
    "1 passed, 1 failed, 1 skipped",
    false,
  ],
  ["a good run", "test('a', () => {}); test('b', () => {});", "2 passed, 0 failed", true],
  ["a file that does not load", "import './missing.ts'; test('a', () => {});", "0 passed, 1 failed", false],
  [
    "a hook that throws",
    "describe('a', () => { beforeAll(() => { throw new Error('b'); }); test('c', () => {}); });",
    "0 passed, 1 failed, 1 skipped",
    false,
  ],
  [
    "an error outside any test",
    "test('a', async () => { setTimeout(() => { throw new Error('late'); }); await new Promise((r) => setTimeout(r, 200)); });",
    "1 passed, 1 failed",
    false,
  ],
  ["only skipped tests", "test.skip('a', () => {});", "0 passed, 1 failed, 1 skipped", false],
  ["no test file", undefined, "0 passed, 1 failed", false],
])("counts %s", async (_, text, line, passed) => {
  expect(await lastLine(text)).toEqual([line, passed]);
});
