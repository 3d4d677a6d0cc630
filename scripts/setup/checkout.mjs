// What this checkout needs of npm and of the compiler.
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { alone, makeFolder, Problem, run, say } from "./tools.mjs";

const name = "pulumi-nginx-nsx";

/** Installs what package-lock.json says, unless that is what node_modules holds. */
export async function installDependencies(root) {
  // npm writes this file last, so an interrupted install has none.
  const installed = join(root, "node_modules/.package-lock.json");
  const wanted = join(root, "package-lock.json");
  const current = () => existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
  if (!current()) {
    await alone(async () => {
      if (current()) return;
      say("installing npm dependencies");
      await command("npm ci", ["npm", "ci"], root, "npm could not install the dependencies");
    });
  }
  await nodeFolder(root);
}

/** Programs run on the Node 24 that is a devDependency; its install script fetches the binary for this machine. */
async function nodeFolder(root) {
  const node = join(root, "node_modules/node/bin/node");
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (existsSync(node)) return;
  say("Node 24 is missing: npm ran no install scripts; running the one of the package node");
  try {
    await run("npm rebuild node", ["npm", "rebuild", "node", "--ignore-scripts=false"], { cwd: root });
  } catch (error) {
    say(error.message);
  }
  // Older ones do not run TypeScript, and Pulumi's SDK asks for 22.
  if (existsSync(node) || major > 22 || (major === 22 && minor >= 18)) return;
  throw new Problem(`Node ${process.version} is too old for the programs here, and npm could not install the package node@24.
Install Node 24, or let npm run install scripts (npm config get ignore-scripts) and try again.`);
}

/** Compiles the package to bin/, unless bin/ is made of the very sources there are now. */
export async function build(root) {
  const sources = hashOfSources(root);
  const mark = join(root, "node_modules", `.${name}-build`);
  const bin = join(root, "bin");
  const current = () => existsSync(bin) && existsSync(mark) && readFileSync(mark, "utf8") === sources;
  if (current()) return;
  await alone(async () => {
    if (current()) return;
    say("compiling the package to bin/");
    // A build that ends between these steps leaves no mark and is made again.
    rmSync(mark, { force: true });
    await makeFolder(bin, async (folder) => {
      // While it lasts, Git must not see it.
      writeFileSync(join(folder, ".gitignore"), "*\n");
      const tsc = ["node", "node_modules/typescript/bin/tsc", "--project", "scripts/tsconfig.build.json"];
      await command("tsc", [...tsc, "--outDir", folder], root, "The package does not compile");
      rmSync(join(folder, ".gitignore"));
      const cli = join(folder, "cli/index.js");
      if (existsSync(cli)) chmodSync(cli, 0o755);
    });
    writeFileSync(mark, sources);
  });
}

/** By content, since times of files say little after a change of branch or a deleted file. */
function hashOfSources(root) {
  const hash = createHash("sha256");
  const add = (path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  for (const file of ["package-lock.json", "tsconfig.json", "scripts/tsconfig.build.json"]) add(file);
  for (const folder of ["cli", "provider", "sdk", "simulators", "start"]) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of readdirSync(join(root, folder), { recursive: true }).sort()) {
      if (/\.c?ts$/.test(file) && !file.includes("node_modules")) add(join(folder, file));
    }
  }
  return hash.digest("hex");
}

/** Lets the examples and their Pulumi programs find the package, and its command, by name; `npm ci` removes both. */
export function linkToItself(root) {
  link("..", join(root, "node_modules", name));
  link(`../../bin/cli/index.js`, join(root, "node_modules/.bin", name));
}

function link(target, path) {
  try {
    if (readlinkSync(path) === target) return;
  } catch {
    // None there yet, or something that is no link.
  }
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  try {
    symlinkSync(target, path);
  } catch (error) {
    // A set-up beside this one may just have made it.
    if (error.code !== "EEXIST") throw error;
  }
}

async function command(title, words, root, problem) {
  try {
    await run(title, words, { cwd: root });
  } catch (error) {
    throw new Problem(`${problem}:\n${error.message}`);
  }
}
