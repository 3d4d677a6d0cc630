// What NIM's analysis finds in a staged config, on the real engine: an error stops the publish, a warning does not.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { files, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { failingUp, nimStack, program, resource } from "./stack.ts";

let nim: NimSimulator;
let stack: Workspace;

const declare = (main: string) =>
  program(
    `const staged = ${resource("StagedConfig", "shop", { name: "shop", files: { ...files, [mainFile]: main } })}`,
    `new NginxConfig("shop", { instanceGroup: ${JSON.stringify(nim.instanceGroup)}, stagedConfig: staged.ref, analyze: "errors", adopt: true });`,
  );

beforeAll(async () => {
  nim = await startNimSimulator({ nginx: false, switches: { analysis: "report" } });
  stack = await nimStack(nim, { program: declare("events {}\nhttp {\n") });
}, 600_000);
afterAll(async () => {
  await stack?.remove();
  await nim?.close();
});

const publishes = () => nim.control.requests.count("POST /api/platform/v1/**/config");

test("an error stops the publish, with file and line", { timeout: 600_000 }, async () => {
  const output = await failingUp(stack);
  expect(output).toContain("NIM's analysis finds errors in the config:");
  expect(output).toContain("/etc/nginx/nginx.conf:3: unexpected end of file");
  expect(publishes()).toBe(0);
});

test("a warning is shown, and the config is published", { timeout: 600_000 }, async () => {
  const where = [{ directive: "access_log", file: siteFile, line: 3, message: "log should not be set to off" }];
  const items = [{ rule: "logs", info: "", severity: "warning", category: "best_practice", where }];
  const fault = { kind: "respond", when: "before", status: 200, body: { items } } as const;
  nim.control.faults.inject({ match: "POST /api/platform/v1/analysis", fault, times: 1 });
  await stack.writeProgram(declare(files[mainFile] as string));
  const { output } = await stack.up();
  expect(output).toContain("/etc/nginx/conf.d/shop.conf:3: log should not be set to off (logs)");
  expect(publishes()).toBe(1);
});
