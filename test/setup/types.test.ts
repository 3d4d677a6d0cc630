// What users' compilers and editors make of the package's types, from the lowest TypeScript that README names on.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inheritedEnvironment, packedTarball } from "../tools/pulumi.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--types", "node"];

const program = `
import { NginxConfig, NsxSegment, type NsxSegmentArgs, type Permission, Provider, Role, type SegmentSubnet } from "pulumi-nginx-nsx";
const subnet: SegmentSubnet = { gatewayAddress: "10.0.0.1/24" };
const args: NsxSegmentArgs = { subnets: [subnet], adminState: "UP" };
const dc2 = new Provider("dc2", { nsx: { endpoint: "https://nsx.example.com" } });
const web = new NsxSegment("web", args, { provider: dc2 });
const permissions: Permission[] = [{ feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ"] }];
new Role("operators", { permissions });
new NginxConfig("shop", { instanceGroup: "uid", files: { "/etc/nginx/nginx.conf": web.path } });
// @ts-expect-error
export const wrong: NsxSegmentArgs = { adminState: "MAYBE" };
args.description; args.adminState; args.vlanIds; web.description;
`;

let folder: string;
beforeAll(async () => {
  await packedTarball();
  folder = await mkdtemp(join(tmpdir(), "types-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  // Not among this repository's own, where their `tsc` would take the place of the one that compiles it.
  await mkdir(join(folder, "compilers"));
  await writeFile(join(folder, "compilers/package.json"), JSON.stringify({ private: true }));
  const older = ["5.0", "5.8"].map((version) => `typescript-${version}@npm:typescript@~${version}.0`);
  await promisify(execFile)(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--no-bin-links", ...older],
    {
      cwd: join(folder, "compilers"),
      env: inheritedEnvironment(),
    },
  );
  for (const name of ["program.ts", "program.mts", "program.cts"]) await writeFile(join(folder, name), program);
});
afterAll(() => rm(folder, { recursive: true }));

const nodenext = ["--module", "nodenext", "--moduleResolution", "nodenext"];
const commonjs = ["--module", "commonjs", "--moduleResolution", "node"];
const bundler = ["--module", "esnext", "--moduleResolution", "bundler"];
// It wants to be told that what it will drop in its next version is meant.
const six = ["--ignoreConfig", "--ignoreDeprecations", "6.0"];

test.each([
  ["5.0", "an ES module, nodenext", "compilers/node_modules/typescript-5.0", "program.mts", nodenext],
  ["5.0", "commonjs", "compilers/node_modules/typescript-5.0", "program.ts", commonjs],
  ["5.0", "bundler", "compilers/node_modules/typescript-5.0", "program.ts", bundler],
  ["5.8", "CommonJS, nodenext", "compilers/node_modules/typescript-5.8", "program.cts", nodenext],
  ["6.0", "an ES module, nodenext", "node_modules/typescript", "program.mts", [...nodenext, ...six]],
  ["6.0", "CommonJS, nodenext", "node_modules/typescript", "program.cts", [...nodenext, ...six]],
  ["6.0", "commonjs", "node_modules/typescript", "program.ts", [...commonjs, ...six]],
  ["6.0", "bundler", "node_modules/typescript", "program.ts", [...bundler, ...six]],
])("TypeScript %s takes a program: %s", { timeout: 300_000 }, async (version, _, compiler, file, settings) => {
  const tsc = join(folder, compiler, "bin/tsc");
  const { version: installed } = JSON.parse(await readFile(join(folder, compiler, "package.json"), "utf8"));
  expect(installed).toMatch(new RegExp(`^${version.replace(".", "\\.")}\\.`));
  const run = promisify(execFile)(process.execPath, [tsc, ...options, ...settings, file], { cwd: folder });
  expect(
    await run.then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    ),
  ).toBe("");
});

test.each(["node16", "node18"])(
  "TypeScript 6.0 takes no CommonJS program with module %s",
  { timeout: 300_000 },
  async (module) => {
    const tsc = join(folder, "node_modules/typescript/bin/tsc");
    const args = [tsc, ...options, "--module", module, ...six, "program.cts"];
    const run = promisify(execFile)(process.execPath, args, { cwd: folder });
    await expect(run).rejects.toMatchObject({ stdout: expect.stringContaining("TS1479") });
  },
);

test("README names the lowest", async () => {
  expect(await readFile(join(root, "README.md"), "utf8")).toContain(
    "TypeScript ≥ 5.0; ≥ 5.8 where a CommonJS program is compiled with `module: nodenext`",
  );
});

test("an editor shows the words of the field, and no type of the package's own making", () => {
  const file = join(folder, "program.mts");
  const compilerOptions: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, strict: true, skipLibCheck: true };
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getCompilationSettings: () => compilerOptions,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => ts.ScriptSnapshot.fromString(ts.sys.readFile(name) ?? ""),
    getCurrentDirectory: () => folder,
  });
  const shown = (expression: string) => {
    const at = program.lastIndexOf(expression) + expression.indexOf(".") + 1;
    return ts.displayPartsToString(service.getQuickInfoAtPosition(file, at)?.displayParts);
  };
  expect(shown("args.description")).toBe("(property) description?: Input<string | undefined>");
  expect(shown("args.adminState")).toBe('(property) adminState?: Input<"UP" | "DOWN" | undefined>');
  expect(shown("args.vlanIds")).toBe("(property) vlanIds?: Input<Input<string>[] | undefined>");
  expect(shown("web.description")).toBe("(property) description: Output<string | undefined>");
});
