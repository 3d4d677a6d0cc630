// The package as users have it: packed, and installed by npm beside Pulumi in a folder outside the checkout.
import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import { inheritedEnvironment, packedTarball } from "../tools/pulumi.ts";

const checkout = new URL("../../", import.meta.url);

let installed: Promise<string> | undefined;

/**
 * A folder in which `pulumi-nginx-nsx` resolves to the installed tarball. One for each content of the tarball, shared
 * by all test files: an install takes some ten seconds. Outside the checkout, whose modules would otherwise stand in
 * for a dependency that the package forgot.
 */
export function installedPackage(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const tarball = await packedTarball();
  const parent = join(await realpath(tmpdir()), `pulumi-nginx-nsx-installed-${userInfo().username}`);
  const folder = join(parent, basename(tarball, ".tgz"));
  if (await exists(folder)) return folder;
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeOld(parent);
  const temporary = await mkdtemp(join(parent, "."));
  try {
    const { devDependencies } = JSON.parse(await readFile(new URL("package.json", checkout), "utf8"));
    await writeFile(join(temporary, "package.json"), JSON.stringify({ name: "user", private: true }));
    const pulumi = `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`;
    // TypeScript as Pulumi's own templates bring it.
    const compiler = ["typescript@^5", `@types/node@${devDependencies["@types/node"]}`];
    await npm(temporary, ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball, pulumi, ...compiler]);
    await rename(temporary, folder);
  } catch (error) {
    // Another test file may have been faster.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function npm(cwd: string, args: string[]): Promise<void> {
  const child = spawn("npm", args, { cwd, env: inheritedEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}:\n${output}`);
}

/** What earlier contents left; a run of today may still use its own. */
async function removeOld(parent: string): Promise<void> {
  const yesterday = Date.now() - 24 * 60 * 60 * 1_000;
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if ((await stat(path)).mtimeMs < yesterday) await rm(path, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
