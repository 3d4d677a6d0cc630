import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Workspace, WorkspaceOptions } from "../tools/pulumi.ts";
import { bothStack } from "./stack.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Whatever lies in examples/ is one: a new folder is tested without a word here.
const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let nsx: NsxSimulator;
let nim: NimSimulator;
beforeEach(async () => {
  nsx = await startNsxSimulator();
  nim = await startNimSimulator();
});
afterEach(async () => {
  await nsx.close();
  await nim.close();
});

test("there are examples, and a table has them all", async () => {
  expect(examples).not.toEqual([]);
  const table = await readFile(join(root, "examples/README.md"), "utf8");
  for (const name of examples) expect(table).toContain(`| [${name}](${name}) |`);
});

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

  test("runs as users run it, and leaves nothing behind", { timeout: 600_000 }, async () => {
    await using project = await projectOf(name, { install: "tarball" });
    const before = await objects();
    await shell(project, "npm run --if-present certificate");
    await project.up();
    const managed = (await project.resources()).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
    expect(managed.length).toBeGreaterThan(0);
    const configs = managed.filter(({ type }) => type.endsWith("nim:NginxConfig"));
    if (configs.length < managed.length) expect(await objects()).not.toEqual(before);
    if (configs.length > 0) await expectPage(await read("nginx/html/index.html"));
    expect(await project.outputs()).not.toEqual({});
    await project.up(["--expect-no-changes"]);
    await project.run(["refresh", "--preview-only", "--expect-no-changes"]);
    await project.destroy();
    expect(await project.resources()).toEqual([]);
    expect(await objects()).toEqual(before);
    for (const { id, inputs } of configs) expect(await filesOn(String(id))).toEqual(inputs?.onDelete);
    // That the runs above checked the types is only shown by one that finds a mistake.
    await appendFile(join(project.folder, "index.ts"), 'export const wrong: number = "text";\n');
    const { code, output } = await project.preview([], { expect: null });
    expect(output).toContain("Type 'string' is not assignable to type 'number'");
    expect(code).not.toBe(0);
  });
});

describe("examples/certificate-rotation", () => {
  test("warns in time, and a new text renews in place", { timeout: 600_000 }, async () => {
    await using project = await projectOf("certificate-rotation");
    await shell(project, "npm run certificate -- --days 5");
    expect((await project.up()).output).toContain("good for 4 more days only: renew it");
    const [first, [before]] = [await project.outputs(), await project.resources("nim:Certificate")];
    await shell(project, "npm run certificate");
    expect((await project.up()).output).not.toContain("renew it");
    const [second, [after]] = [await project.outputs(), await project.resources("nim:Certificate")];
    expect(Date.parse(String(second.notAfter))).toBeGreaterThan(Date.parse(String(first.notAfter)));
    expect(second.fingerprintSha256).not.toBe(first.fingerprintSha256);
    expect(after?.outputs?.uid).toBe(before?.outputs?.uid);
  });

  test("says what to do when there is no certificate yet", { timeout: 600_000 }, async () => {
    await using project = await projectOf("certificate-rotation");
    const { output } = await project.preview([], { expect: 1 });
    expect(output).toContain('There is no certs/tls.crt yet. "npm run certificate" makes a self-signed certificate');
    expect(output).not.toContain("    at ");
  });
});

test("examples/nginx-config shows its reports only to those whom the secret names", {
  timeout: 600_000,
}, async (context) => {
  context.skip(!nim.nginx, "there is no nginx here");
  await using project = await projectOf("nginx-config");
  const url = `${nim.control.instances()[0]?.url}/reports/`;
  const asAlice = { headers: { authorization: `Basic ${btoa("alice:secret")}` } };
  await project.up();
  expect((await fetch(url, asAlice)).status).toBe(401);
  await project.run(["config", "set", "--secret", "htpasswd", "alice:{PLAIN}secret"]);
  await project.up();
  expect((await fetch(url, asAlice)).status).toBe(200);
  expect((await fetch(url)).status).toBe(401);
  expect(JSON.stringify(await project.exportState())).not.toContain("{PLAIN}secret");
});

describe("examples/fleet", () => {
  const site = "/etc/nginx/conf.d/site.conf";
  const edited = "# edited by hand\n";
  const drift = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];

  test("shows what others did to what is served, staged and allowed, and takes it back", {
    timeout: 600_000,
  }, async () => {
    await using project = await projectOf("fleet");
    await project.up();
    const [staged] = await project.resources("nim:StagedConfig");
    const [group] = await project.resources("nim:Group");
    const team = String(group?.id);
    await nim.control.editConfig({ target: nim.instanceGroup, path: site, content: edited, via: "ui", user: "alice" });
    // The others' tools write what they know of, and leave out the rest.
    const { configName, auxFiles } = (await get(`/configs/${staged?.id}`)) as Record<string, unknown>;
    const configFiles = { rootDir: "/etc/nginx", files: [{ name: site, contents: btoa(edited) }] };
    await put(`/configs/${staged?.id}`, { configName, configFiles, auxFiles });
    await put(`/groups/${team}`, { metadata: { name: team }, groupDef: { roles: [] } });

    const { output } = await project.run(drift, { expect: 7 });
    for (const type of ["NginxConfig", "StagedConfig", "Group"]) {
      expect(output).toContain(`~ pulumi-nodejs:dynamic/nim:${type}: (update)`);
    }
    await project.up(["--refresh"]);
    await project.run(drift);
    expect(await filesOn(`/instance-groups/${nim.instanceGroup}`)).toMatchObject({
      [site]: await readFile(join(root, "examples/fleet/nginx/conf.d/site.conf"), "utf8"),
    });
  });

  test("publishes nothing in which NIM's analysis finds an error", { timeout: 600_000 }, async () => {
    await using project = await projectOf("fleet");
    const before = await filesOn(`/instance-groups/${nim.instanceGroup}`);
    await project.writeFile("nginx/conf.d/site.conf", "server {\n    root /etc/nginx/html\n}\n");
    const { code, output } = await project.up([], { expect: null });
    expect(code).not.toBe(0);
    expect(output).toContain("NIM's analysis finds errors in the config:");
    expect(output).toContain(`${site}:`);
    expect(await filesOn(`/instance-groups/${nim.instanceGroup}`)).toEqual(before);
  });

  test("names the groups that there are, once, where there is none of the name", { timeout: 600_000 }, async () => {
    await using project = await projectOf("fleet");
    await project.run(["config", "set", "instanceGroup", "wob"]);
    const { output } = await project.preview([], { expect: null });
    const said = "getInstanceGroup: no instance group in NIM has name";
    expect(output.split(`error: ${said} "wob". There is:\n      "web"`)).toHaveLength(2);
    expect(output).not.toContain("getInstances:");
  });
});

test("the examples that make a certificate make it in the same way", async () => {
  const scripts = examples.map((name) => join(root, "examples", name, "certificate.mjs")).filter(existsSync);
  const texts = await Promise.all(scripts.map((path) => readFile(path, "utf8")));
  expect(new Set(texts).size).toBe(1);
});

test("the project at the root runs an example with that example's settings", async () => {
  const project = await readFile(join(root, "Pulumi.yaml"), "utf8");
  const main = /^main: (examples\/\S+)$/m.exec(project)?.[1] ?? "no main";
  const example = await readFile(join(root, main, "Pulumi.yaml"), "utf8");
  expect(settings(project)).toBe(settings(example));
  expect(settings(project)).toContain("default:");
});

/** The example in a folder of its own, on the two simulators. */
function projectOf(name: string, more: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  return bothStack(nsx, nim, { folder: join(root, "examples", name), stack: "dev", ...more });
}

/** Runs lines as a user or a CI runner does; answers what they said. */
async function shell({ folder, env }: Workspace, lines: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)("bash", ["-e", "-c", lines], { cwd: folder, env });
  return stdout + stderr;
}

/** Everything that a stack can make, but for configs, of which an instance always has one. */
async function objects() {
  return {
    nsx: nsx.control.objects(),
    certs: await list("/certs"),
    configs: await list("/configs"),
    roles: await list("/roles"),
    users: await list("/users"),
    groups: await list("/groups"),
    // Configs are published to them, which stay.
    instanceGroups: (await list("/instance-groups")).map(({ uid }) => uid),
  };
}

async function list(path: string): Promise<Record<string, unknown>[]> {
  return ((await get(path)) as { items: Record<string, unknown>[] }).items;
}

/** Text of an instance's or a group's files by path. */
async function filesOn(path: string): Promise<Record<string, string>> {
  const { configFiles, auxFiles } = (await get(`${path}/config`)) as Record<
    "configFiles" | "auxFiles",
    { files: { name: string; contents: string }[] }
  >;
  const files = [...configFiles.files, ...auxFiles.files];
  return Object.fromEntries(files.map(({ name, contents }) => [name, Buffer.from(contents, "base64").toString()]));
}

async function get(path: string): Promise<unknown> {
  return (await fetch(`${nim.url}/api/platform/v1${path}`, { headers: { authorization: authorization() } })).json();
}

/** Somebody else's hands. */
async function put(path: string, body: object): Promise<void> {
  const headers = { authorization: authorization(), "content-type": "application/json" };
  const url = `${nim.url}/api/platform/v1${path}`;
  const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify(body) });
  expect(answer.ok, await answer.text()).toBe(true);
}

function authorization(): string {
  return `Basic ${btoa(`${nim.username}:${nim.password}`)}`;
}

/** The first instance serves it; where there is no nginx nothing is served. */
async function expectPage(page: string): Promise<void> {
  const { url } = nim.control.instances()[0] ?? {};
  if (url) expect(await (await fetch(url)).text()).toBe(page);
}

/** The block under `config:`, which is the last of the file. */
function settings(yaml: string): string | undefined {
  return /^config:\n.*/ms.exec(yaml)?.[0];
}
