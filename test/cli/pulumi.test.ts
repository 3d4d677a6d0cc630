import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Workspace, type WorkspaceOptions } from "../tools/pulumi.ts";

// A resource of Pulumi's own kind, so that what fails here is the harness or the CLI.
const note = `
import * as pulumi from "@pulumi/pulumi";

const provider = {
  async create(inputs) {
    require("node:fs").writeFileSync("started", "");
    await new Promise((resolve) => setTimeout(resolve, inputs.wait ?? 0));
    return { id: "note-" + inputs.text, outs: inputs };
  },
  async update(id, olds, news) {
    return { outs: news };
  },
};

class Note extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super(provider, name, args);
  }
}
`;

let workspace: Workspace | undefined;
const create = async (options: WorkspaceOptions) => {
  workspace = await Workspace.create(options);
  return workspace;
};
afterEach(() => workspace?.remove());

describe("a workspace of the real CLI", () => {
  test("previews, creates, updates and destroys", { timeout: 600_000 }, async () => {
    const project = await create({
      program: `${note} export const id = new Note("a", { text: new pulumi.Config("note").require("text") }).id;`,
      config: { "note:text": "one" },
    });
    expect((await project.preview()).stdout).toContain("+ 2 to create");
    expect(await project.resources()).toEqual([]);
    await project.up();
    expect(await project.outputs()).toEqual({ id: "note-one" });
    expect(await project.resources("dynamic:Resource")).toMatchObject([{ id: "note-one", inputs: { text: "one" } }]);
    await project.up(["--expect-no-changes"]);
    await project.run(["config", "set", "note:text", "two"]);
    expect((await project.preview(["--diff"])).stdout).toMatch(/text *: "one" => "two"/);
    expect((await project.up()).stdout).toContain("1 updated");
    await project.destroy();
    expect(await project.resources()).toEqual([]);
  });

  test("has a program in TypeScript, secrets and an environment of its own", { timeout: 600_000 }, async () => {
    process.env.NSX_PASSWORD = "of the machine";
    try {
      const project = await create({
        language: "typescript",
        program: `import * as pulumi from "@pulumi/pulumi";
          const { GREETING, NSX_PASSWORD }: NodeJS.ProcessEnv = process.env;
          export const seen: pulumi.Output<string> = new pulumi.Config("a").requireSecret("key");
          export const environment = [GREETING ?? "", NSX_PASSWORD ?? ""];`,
        secrets: { "a:key": "-hidden" },
        env: { GREETING: "hello" },
      });
      expect((await project.up()).stdout).not.toContain("hidden");
      expect(await project.outputs()).toEqual({ seen: "-hidden", environment: ["hello", ""] });
      expect(JSON.stringify(await project.exportState())).not.toContain("hidden");
    } finally {
      delete process.env.NSX_PASSWORD;
    }
  });

  test("says what the CLI said when it fails", { timeout: 600_000 }, async () => {
    const project = await create({ program: `throw new Error("no such thing");` });
    await expect(project.up()).rejects.toThrow(/ended with \d+, expected was 0[\s\S]*no such thing/);
    expect((await project.up([], { expect: null })).code).not.toBe(0);
  });

  test("finds what a killed CLI leaves running, and goes on after it", { timeout: 600_000 }, async () => {
    const project = await create({ program: `${note} new Note("a", { text: "one", wait: 30_000 });` });
    const up = project.spawn(["up", "--yes", "--skip-preview"]);
    // The engine announces a step before it has noted it in the state; the call shows that it has.
    await vi.waitFor(() => access(join(project.folder, "started")), { timeout: 30_000, interval: 50 });
    up.kill("SIGKILL");
    expect((await up.result).code).toBe(null);
    expect((await project.processes()).length).toBeGreaterThan(0);
    expect(await project.killAll()).toBeGreaterThan(0);
    expect(await project.processes()).toEqual([]);
    expect((await project.exportState()).deployment.pending_operations).toMatchObject([{ type: "creating" }]);
    await project.run(["cancel", "--yes"]);
    await project.writeProgram(`${note} new Note("a", { text: "one" });`);
    await project.up();
    expect(await project.resources("dynamic:Resource")).toHaveLength(1);
  });

  test("takes the package as npm installs it", { timeout: 600_000 }, async () => {
    const project = await create({
      install: "tarball",
      program: `import { createRequire } from "node:module";
        const require = createRequire(import.meta.url);
        export const path = require.resolve("pulumi-nginx-nsx/package.json");
        export const version = require(path).version;`,
    });
    await project.up();
    const { path, version } = await project.outputs();
    expect(path).toBe(`${project.folder}/node_modules/pulumi-nginx-nsx/package.json`);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
