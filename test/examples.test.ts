import { existsSync, readdirSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Workspace } from "./pulumi.ts";
import { startNsxSimulator } from "./simulators/nsx/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// Whatever lies in examples/ is one: a new folder is tested without a word here.
const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test("there are examples", () => expect(examples).not.toEqual([]));

describe.each(examples)("examples/%s", (name) => {
  const folder = join(root, "examples", name);
  const read = (file: string) => readFile(join(folder, file), "utf8");

  test("has what people copy", async () => {
    for (const file of ["Pulumi.yaml", "README.md", "index.ts", "package.json", "tsconfig.json"]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    expect(await read("Pulumi.yaml")).toMatch(
      new RegExp(`^name: ${name}\\ndescription: \\S.*\\nruntime: nodejs$`, "m"),
    );
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(JSON.parse(await read("package.json"))).toMatchObject({
      name,
      private: true,
      dependencies: { "@pulumi/pulumi": expect.any(String), "pulumi-nginx-nsx": `^${version}` },
      devDependencies: { typescript: expect.any(String) },
    });
  });

  test("runs as users run it, and leaves nothing behind", { timeout: 300_000 }, async () => {
    const nsx = await startNsxSimulator();
    try {
      await using project = await Workspace.create({
        folder,
        install: "tarball",
        stack: "dev",
        config: { "nsx:endpoint": nsx.url },
        env: { NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password },
      });
      const before = nsx.control.objects();
      await project.up();
      const managed = (await project.resources()).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
      expect(managed.length).toBeGreaterThan(0);
      expect(nsx.control.objects()).not.toEqual(before);
      expect(await project.outputs()).not.toEqual({});
      await project.up(["--expect-no-changes"]);
      await project.run(["refresh", "--preview-only", "--expect-no-changes"]);
      await project.destroy();
      expect(await project.resources()).toEqual([]);
      expect(nsx.control.objects()).toEqual(before);
      // That the runs above checked the types is only shown by one that finds a mistake.
      await appendFile(join(project.folder, "index.ts"), 'export const wrong: number = "text";\n');
      const { code, output } = await project.preview([], { expect: null });
      expect(output).toContain("Type 'string' is not assignable to type 'number'");
      expect(code).not.toBe(0);
    } finally {
      await nsx.close();
    }
  });
});

test("the project at the root runs an example with that example's settings", async () => {
  const project = await readFile(join(root, "Pulumi.yaml"), "utf8");
  const main = /^main: (examples\/\S+)$/m.exec(project)?.[1] ?? "no main";
  const example = await readFile(join(root, main, "Pulumi.yaml"), "utf8");
  expect(settings(project)).toBe(settings(example));
  expect(settings(project)).toContain("default:");
});

/** The block under `config:`, which is the last of the file. */
function settings(yaml: string): string | undefined {
  return /^config:\n.*/ms.exec(yaml)?.[0];
}
