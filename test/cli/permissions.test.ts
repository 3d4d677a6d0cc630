// A pipeline with the role for up, and a schedule with the role for reading drift, on the real engine: with the users that
// "simulate --accounts" has.
import { afterAll, beforeAll, expect, test } from "vitest";
import { addToNim, addToNsx } from "../../cli/leastAccounts.ts";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { main, mainFile, site, siteFile } from "../nim/nginxConfig.bench.ts";
import { type Issued, issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { bothStack, driftCheck, failingUp, program, resource } from "./stack.ts";

let nsx: NsxSimulator;
let nim: NimSimulator;
let stack: Workspace;
let certificates: Issued[];
/** Variables of each user, by the user's name. */
const accounts: Record<string, Record<string, string>> = {};

/** Names and passwords as the lines say them. */
function remember(prefix: string, lines: readonly string[]): void {
  for (const line of lines) {
    const [, user = "", password = ""] = /^user (\S+) {2}password (\S+) {2}role /.exec(line) ?? [];
    accounts[user] = { ...accounts[user], [`${prefix}_USERNAME`]: user, [`${prefix}_PASSWORD`]: password };
  }
}

function declare(description: string, number: 0 | 1): string {
  const { certificate, key } = certificates[number] as Issued;
  const [{ systemUid = "", instanceUid = "" } = {}] = nim.instances;
  const files = { [mainFile]: main, [siteFile]: site(description) };
  const permissions = [{ feature: "SCAN", accessTypes: ["READ"] }];
  return program(
    resource("NsxSegment", "segment", { segmentId: "web", description }),
    resource("Role", "role", { name: "team", description, permissions }),
    resource("Certificate", "certificate", { name: "shop", certificate, privateKey: key }),
    resource("NginxConfig", "config", {
      instance: { systemUid, instanceUid },
      files,
      onDelete: { [mainFile]: "events {}\n" },
      adopt: true,
    }),
  );
}

beforeAll(async () => {
  [nsx, nim, ...certificates] = await Promise.all([
    startNsxSimulator(),
    startNimSimulator({ nginx: false }),
    issue("shop.example"),
    issue("shop.example"),
  ]);
  remember("NSX", addToNsx(nsx));
  remember("NIM", addToNim(nim));
  stack = await bothStack(nsx, nim, { program: declare("first", 0), env: accounts["pulumi-up"] ?? {} });
}, 120_000);
afterAll(async () => {
  await stack?.remove();
  await Promise.all([nsx?.close(), nim?.close()]);
});

const own = { _create_user: "pulumi-up", _last_modified_user: "pulumi-up" };

test("the role for up makes, the role for drift looks, and each resource says once what it may not", async () => {
  await stack.up();
  expect(nsx.control.object("/infra/segments/web")).toMatchObject(own);
  const drift = { env: accounts["pulumi-drift"] ?? {} };

  const written = () => [...nsx.control.history.all(), ...nim.control.history.all()].length;
  const before = written();
  await stack.run(["refresh", "--yes", "--expect-no-changes"], drift);
  await stack.preview(["--expect-no-changes"], drift);
  await stack.run(["refresh", "--preview-only", "--expect-no-changes"], drift);

  await stack.writeProgram(declare("second", 1));
  await stack.preview([], drift);
  const output = await failingUp(stack, drift);
  const diagnostics = output.slice(output.lastIndexOf("Diagnostics:")).split("\n");
  for (const [type, path] of [
    ["NsxSegment", "/infra/segments/web"],
    ["Role", "team"],
    ["Certificate", "shop"],
    ["NginxConfig", "/systems/"],
  ]) {
    const said = diagnostics.filter(
      (line) => line.includes(`error: ${type} ${path}`) && line.includes("update failed."),
    );
    expect(said, output).toHaveLength(1);
  }
  expect(output).toContain(`NSX's role "network_engineer" (Network Admin) has all that "up" needs`);
  expect(output).toContain(`the role "pulumi-up" has all that "up" needs`);
  expect(output).toContain("UPDATE of INSTANCE-MANAGEMENT");
  expect(output).not.toMatch(/refused the login|was refused or lacks/);
  expect(written()).toBe(before);

  await stack.up();
  await driftCheck(stack, 0);
  await stack.destroy();
  expect(nsx.control.object("/infra/segments/web")).toBeUndefined();
}, 600_000);
