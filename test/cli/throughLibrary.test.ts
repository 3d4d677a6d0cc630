// A program that uses the package through a library, as in a workspace of pnpm: each folder sees only what it asks for.
import { mkdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { failing, nsxStack, segmentsOf } from "./stack.ts";

const library = `
import { NsxSegment } from "pulumi-nginx-nsx";
export const network = (name) => new NsxSegment(name, { segmentId: name });`;

let nsx: NsxSimulator;
let stack: Workspace;
beforeEach(async () => {
  nsx = await startNsxSimulator();
  stack = await nsxStack(nsx, { program: `import { network } from "networks"; network("a");` });
  const modules = join(stack.folder, "node_modules");
  const all = await readlink(modules);
  await rm(modules);
  const networks = join(stack.folder, "../networks");
  for (const [folder, names] of [
    [modules, ["@pulumi", "typescript"]],
    [join(networks, "node_modules"), ["@pulumi", "pulumi-nginx-nsx"]],
  ] as const) {
    await mkdir(folder, { recursive: true });
    for (const name of names) await symlink(join(all, name), join(folder, name));
  }
  await writeFile(
    join(networks, "package.json"),
    JSON.stringify({ name: "networks", type: "module", main: "index.js" }),
  );
  await writeFile(join(networks, "index.js"), library);
  await symlink(networks, join(modules, "networks"));
});
afterEach(async () => {
  await stack?.remove();
  await nsx?.close();
});

describe("a package that only a library of the program depends on", { timeout: 300_000 }, () => {
  test("is asked for in one sentence, before anything is done", async () => {
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const output = await failing(stack, args);
      const diagnostics = output.slice(output.indexOf("Diagnostics:"));
      expect(diagnostics).toContain(
        `nsx:NsxSegment "a": Pulumi runs the package "pulumi-nginx-nsx" from the program's folder, and it is not to be found from ${stack.folder}. Add it to the dependencies of the program's own package.json, also where only a library uses it: "npm install pulumi-nginx-nsx" or "pnpm add pulumi-nginx-nsx".`,
      );
      expect(output).not.toContain("Cannot find module");
    }
    expect(nsx.control.requests.all()).toEqual([]);
  });

  test("works once the program depends on it as well", async () => {
    const installed = join(stack.folder, "../networks/node_modules/pulumi-nginx-nsx");
    await symlink(await readlink(installed), join(stack.folder, "node_modules/pulumi-nginx-nsx"));
    await stack.up();
    expect(segmentsOf(nsx)).toEqual(["/infra/segments/a"]);
    await stack.destroy();
    expect(segmentsOf(nsx)).toEqual([]);
  });
});
