// `check` in a project's folder: the stack's configuration counts, and the program is previewed.
import { execFile } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { program, segment, segmentsOf } from "./stack.ts";

const command = new URL("../../cli/index.ts", import.meta.url).pathname;
const password = "canary-password-4711";
let nsx: NsxSimulator;
let stack: Workspace;

afterEach(async () => {
  await Promise.all([nsx.close(), stack[Symbol.asyncDispose]()]);
});

/** A stack that says where NSX is, and as a secret how to log in; the environment says nothing. */
async function projectWith(code: string): Promise<void> {
  nsx = await startNsxSimulator({ password });
  stack = await Workspace.create({
    program: code,
    config: { "nsx:endpoint": nsx.url, "nsx:username": nsx.username },
    secrets: { "nsx:password": password },
  });
}

function check(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const all = [command, "check", "--cwd", stack.folder, ...args];
    execFile(process.execPath, all, { env: stack.env }, (error, output, errors) =>
      done({ code: error ? Number(error.code) : 0, output: output + errors }),
    );
  });
}

test("settings are the stack's, and a program that previews is said to", async () => {
  await projectWith(program(segment("web")));
  const { code, output } = await check();
  expect(code, output).toBe(0);
  expect(output).toMatch(/^ok +stack +settings +Settings are those of the stack and of the environment\.$/m);
  expect(output).toMatch(/^ok +nsx +login /m);
  expect(output).toMatch(/^ok +program +preview /m);
  expect(output).not.toContain("canary");
  expect(segmentsOf(nsx)).toEqual([]);
});

test("what fails before anything is sent is an error, with the resource that it is about", async () => {
  await projectWith(program(segment("web", { segmentId: "web", description: "x".repeat(1025) })));
  const { code, output } = await check();
  expect(code, output).toBe(1);
  expect(output).toMatch(/^error +program +preview +.*web.*description/m);
  expect(output).not.toContain("canary");
});

test("a stack that is not there", async () => {
  await projectWith(program(segment("web")));
  const { code, output } = await check("--stack", "nope");
  expect(code, output).toBe(1);
  expect(output).toMatch(/^error +stack +settings +The stack "nope" cannot be read: .*nope/m);
});
