// The SDK as users have it: the packed tarball in a project of their own, in both module systems and under the
// TypeScript that Pulumi's templates bring as well as the newest one.
import { spawn } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { installedPackage } from "./installed.ts";
import { register, textInState } from "./lifecycle.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulumi-nginx-nsx-sdk-"));
  await symlink(join(await installedPackage(), "node_modules"), join(folder, "node_modules"));
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function node(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const code = await new Promise<number>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output };
}

const args = { segmentId: "web", subnets: [{ gatewayAddress: "10.1.0.1/24" }] };

/** Prints what the classes register; Pulumi's mocks stand in for the engine. */
const registering = (mockArguments: string) => `
  const newResource = ({ type, name, inputs }) => {
    console.log(JSON.stringify({ type, name, inputs }));
    return { id: "id", state: inputs };
  };
  pulumi.runtime.setMocks({ newResource, call: () => ({}) }${mockArguments});
  for (const name of ${JSON.stringify(fixtures.map(({ name }) => name))}) new sdk[name]("r1", ${JSON.stringify(args)});
`;

describe("what a program registers", () => {
  test.each([
    ["main.mjs", `import * as pulumi from "@pulumi/pulumi"; import * as sdk from "pulumi-nginx-nsx";`],
    ["main.cjs", `const pulumi = require("@pulumi/pulumi"); const sdk = require("pulumi-nginx-nsx");`],
  ])("%s: the arguments, the owner, and the constant text", async (file, imports) => {
    await writeFile(join(folder, file), imports + registering(`, "test", "dev", false, "organization"`));
    const { code, output } = await node([file]);
    expect(code, output).toBe(0);
    const registered = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(registered).toEqual(
      fixtures.map((fixture) => ({
        type: fixture.type,
        name: "r1",
        inputs: register(fixture, "r1", args).inputs,
      })),
    );
  });

  // As most unit tests of programs call it; Pulumi itself then knows no organization.
  test("under mocks that name no organization", async () => {
    const imports = `import * as pulumi from "@pulumi/pulumi"; import * as sdk from "pulumi-nginx-nsx";`;
    await writeFile(join(folder, "unit.mjs"), imports + registering(""));
    const { code, output } = await node(["unit.mjs"]);
    expect(code, output).toBe(0);
  });

  // Written out, because it stands in every state there is: refresh and delete of old states evaluate it.
  test("the text in state is a short constant", () => {
    expect(textInState("NsxSegment")).toBe('exports.handler=()=>require("pulumi-nginx-nsx/provider").NsxSegment');
    for (const { name } of fixtures) expect(Buffer.byteLength(textInState(name))).toBeLessThanOrEqual(200);
  });
});

const program = `
import * as pulumi from "@pulumi/pulumi";
import { NsxSegment, type NsxSegmentArgs, Provider, type ProviderArgs } from "pulumi-nginx-nsx";

const args: NsxSegmentArgs = {
  transportZonePath: "/infra/tz",
  subnets: [{ gatewayAddress: pulumi.output("10.1.0.1/24"), dhcpRanges: ["10.1.0.100-10.1.0.200"] }],
  advancedConfig: { connectivity: "ON" },
  tags: pulumi.output([{ scope: "env", tag: "prod" }]),
};
const web = new NsxSegment("web", args, { protect: true });
export const path: pulumi.Output<string> = web.path;
export const revision: pulumi.Output<number> = web.revision;
const other = new NsxSegment("other", { description: web.path, tags: web.tags });
export const looked: pulumi.Output<string> = NsxSegment.get("x", other.id).type;
// @ts-expect-error no such argument
new NsxSegment("bad", { segmentID: "web" });
// @ts-expect-error a number is no address
new NsxSegment("bad", { subnets: [{ gatewayAddress: 5 }] });
const told: ProviderArgs = {
  nsx: { endpoint: ["https://a", web.path], timeout: pulumi.output(60), insecureSkipVerify: true, onConflict: "preserve" },
  nim: { endpoint: "https://nim", token: pulumi.secret("a.b.c") },
};
const dc2 = new Provider("dc2", told, { protect: true });
new NsxSegment("there", { segmentId: "web" }, { provider: dc2 });
new pulumi.ComponentResource("test:index:Site", "site", {}, { providers: [dc2] });
// @ts-expect-error no such argument
new Provider("bad", { nsx: { pasword: "p" } });
// @ts-expect-error no such word
new Provider("bad", { nsx: { auth: "kerberos" } });
`;

describe("types", { timeout: 600_000 }, () => {
  const stock = {
    strict: true,
    outDir: "out",
    target: "es2020",
    module: "commonjs",
    moduleResolution: "node",
    sourceMap: true,
    experimentalDecorators: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  };
  const checkout = fileURLToPath(new URL("../../node_modules", import.meta.url));

  async function compile(tsc: string, compilerOptions: object): Promise<void> {
    await writeFile(join(folder, "index.ts"), program);
    const config = { compilerOptions: { ...compilerOptions, noEmit: true }, files: ["index.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { code, output } = await node([tsc, "--project", "."]);
    expect(code, output).toBe(0);
  }

  const five = () => join(folder, "node_modules/typescript/bin/tsc");

  test("TypeScript 5 with the configuration of Pulumi's templates, but for a check of all libraries", async () => {
    await compile(five(), { ...stock, skipLibCheck: true });
  });

  // The templates check libraries as well, so the SDK's types may lead to none that does not pass.
  test("TypeScript 5 with the very configuration of Pulumi's templates", async () => {
    await compile(five(), stock);
  });

  test("TypeScript 6 with nodenext", async () => {
    await compile(join(checkout, "typescript/bin/tsc"), {
      ...stock,
      skipLibCheck: true,
      module: "nodenext",
      moduleResolution: "nodenext",
      types: ["node"],
    });
  });

  test("an editor shows the documentation of each argument", () => {
    const file = join(folder, "hover.ts");
    const text = `import { NsxSegment, Provider } from "pulumi-nginx-nsx";
      new Provider("dc2", { nsx: { writeStrategy: "put" }, nim: { oidcScope: "a" } });
      const web = new NsxSegment("web", { vlanIds: ["1"], subnets: [{ gatewayAddress: "10.1.0.1/24" }] });
      web.revision; web.uniqueId;`;
    const service = ts.createLanguageService({
      getScriptFileNames: () => [file],
      getScriptVersion: () => "1",
      getScriptSnapshot: (name) => {
        const content = name === file ? text : ts.sys.readFile(name);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => folder,
      getCompilationSettings: () => ({ module: ts.ModuleKind.NodeNext, strict: true, skipLibCheck: true }),
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (name) => name === file || ts.sys.fileExists(name),
      readFile: ts.sys.readFile,
      realpath: ts.sys.realpath,
    });
    const hover = (word: string) =>
      ts.displayPartsToString(service.getQuickInfoAtPosition(file, text.indexOf(word))?.documentation);
    expect(hover("vlanIds")).toContain("VLAN ids 0 to 4094");
    expect(hover("gatewayAddress")).toContain("with its prefix length");
    expect(hover("revision")).toContain("revision at the last");
    expect(hover("NsxSegment")).toContain("A layer 2 network in VMware NSX");
    expect(hover("Provider")).toContain("A second NSX or NGINX Instance Manager in a stack");
    expect(hover("writeStrategy")).toContain("each object by itself");
    expect(hover("oidcScope")).toContain("Scope to ask for");
  });
});
