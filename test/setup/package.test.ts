// What npm's users get: the files that the documents link to, and entries that load what they need and nothing else.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inheritedEnvironment, packedTarball } from "../tools/pulumi.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

describe("the tarball", { timeout: 600_000 }, () => {
  let files: string[];
  beforeAll(async () => {
    const { stdout } = await run("tar", ["-tzf", await packedTarball()]);
    files = stdout.split("\n").flatMap((line) => line.replace(/^package\//, "") || []);
  });

  test("has every file that a document in it links to", async () => {
    const documents = files.filter((file) => file.endsWith(".md"));
    expect(documents).toEqual(
      expect.arrayContaining([
        "README.md",
        "CONTRIBUTING.md",
        "RELIABILITY.md",
        "PERFORMANCE.md",
        "docs/nsx.md",
        "docs/ci.md",
      ]),
    );
    const broken: string[] = [];
    for (const document of documents) {
      const text = await readFile(join(root, document), "utf8");
      for (const [, target = ""] of text.replace(/^```.*?^```$/gms, "").matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:|^#/.test(target)) continue;
        const path = posix.join(posix.dirname(document), target.replace(/#.*/, "")).replace(/\/$/, "");
        if (!files.some((file) => file === path || file.startsWith(`${path}/`))) broken.push(`${document}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test("has nothing that only this repository needs", () => {
    expect(
      files.filter((file) => /^(test|scripts|provider|sdk|cli|start)\/|node_modules|\/certs\//.test(file)),
    ).toEqual([]);
    expect(files.filter((file) => /^simulators\/.*(?<!\.md)$/.test(file))).toEqual([]);
  });

  test("says where it comes from and where to report what is wrong", async () => {
    const { repository, homepage, bugs } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const place = "https://github.com/pulumi-nginx-nsx/pulumi-nginx-nsx";
    expect(repository).toEqual({ type: "git", url: `git+${place}.git` });
    expect([homepage, bugs.url]).toEqual([`${place}#readme`, `${place}/issues`]);
  });
});

describe("an import", { timeout: 600_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    await packedTarball();
    folder = await mkdtemp(join(tmpdir(), "entries-"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function said(text: string): Promise<string> {
    await writeFile(join(folder, "program.mjs"), text);
    return (await run(process.execPath, ["program.mjs"], { cwd: folder, env: inheritedEnvironment() })).stdout;
  }

  /** Files of the package, and packages, that an import of it loads. */
  async function loadedBy(entry: string): Promise<string[]> {
    const stdout = await said(`
      import { registerHooks } from "node:module";
      const urls = new Set();
      registerHooks({ load: (url, context, next) => (urls.add(url), next(url, context)) });
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify([...urls]));
      process.exit();`);
    return JSON.parse(stdout);
  }

  test.each(["pulumi-nginx-nsx", "pulumi-nginx-nsx/provider"])(
    "of %s loads nothing of the simulators",
    async (entry) => {
      const loaded = await loadedBy(entry);
      expect(loaded.some((url) => /\/bin\/(sdk|provider)\/index\.js$/.test(url))).toBe(true);
      expect(loaded.filter((url) => /\/bin\/(simulators|cli)\/|\/selfsigned\//.test(url))).toEqual([]);
    },
  );

  test("of pulumi-nginx-nsx/simulators starts both, and they end", async () => {
    const text = await said(`
      import { startNimSimulator, startNsxSimulator } from "pulumi-nginx-nsx/simulators";
      const [nsx, nim] = await Promise.all([startNsxSimulator(), startNimSimulator({ nginx: false })]);
      nsx.control.change("/infra/segments/web", { description: "mine" }, "alice");
      const path = "/policy/api/v1/infra/segments/web";
      const authorization = "Basic " + btoa(nsx.username + ":" + nsx.password);
      const segment = await (await fetch(nsx.url + path, { headers: { authorization } })).json();
      console.log(segment.description, nsx.control.requests.count("GET " + path), nim.instances.length);
      await Promise.all([nsx.close(), nim.close()]);`);
    expect(text).toBe("mine 1 2\n");
  });
});
