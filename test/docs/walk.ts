// Does what a guide says, block by block, in a folder of its own, as somebody with a terminal would.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { inheritedEnvironment, packedTarball } from "../tools/pulumi.ts";
import { type Block, placeOf, root } from "./blocks.ts";

export interface WalkOptions {
  /** Files by name of the project that a guide begins with, whose packages are this checkout's; without it, an empty folder. */
  readonly project?: Readonly<Record<string, string>>;
  /** Looks at things after a block. */
  readonly after?: (block: Block, walk: Walk) => Promise<void>;
}

export interface Walk {
  /** A port that the guide names is another one here, for several walks may be under way on one machine. */
  here(text: string): string;
}

export async function walk(blocks: readonly Block[], { project, after }: WalkOptions = {}): Promise<void> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "pulumi-nginx-nsx-docs-")));
  const [folder, home] = [join(base, "project"), join(base, "home")];
  const ports = new Map<string, number>();
  for (const [, port = ""] of blocks
    .map(({ text }) => text)
    .join("")
    .matchAll(/-port (\d+)/g)) {
    ports.set(port, await freePort());
  }
  const here = (text: string) => [...ports].reduce((done, [port, free]) => done.replaceAll(port, String(free)), text);
  const terminals: ChildProcess[] = [];
  try {
    for (const path of [folder, home, join(base, "tmp")]) await mkdir(path);
    await writeFile(join(base, "variables"), "");
    const env = await environmentOf(home, join(base, "tmp"));
    if (project) {
      for (const [name, text] of Object.entries(project)) await writeFile(join(folder, name), text);
      await symlink(join(root, "node_modules"), join(folder, "node_modules"));
      const login =
        'export PULUMI_CONFIG_PASSPHRASE=test; mkdir "$HOME/pulumi-state"; pulumi login "file://$HOME/pulumi-state"';
      expectEnd(await run(login, base, env), {}, "pulumi login");
    }
    for (const block of blocks) {
      const { file, terminal, fails = false, says } = block.marker;
      const text = here(block.text);
      if (file !== undefined) await writeFile(join(folder, file), text);
      else if (terminal !== undefined) terminals.push(await open(text, base, env, blockEnd(block)));
      else expectEnd(await run(text, base, env), { fails, ...(says !== undefined && { says }) }, placeOf(block));
      await after?.(block, { here });
    }
  } finally {
    for (const { pid } of terminals) end(pid);
    await rm(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function environmentOf(home: string, temporary: string): Promise<NodeJS.ProcessEnv> {
  return {
    ...inheritedEnvironment(),
    HOME: home,
    TMPDIR: temporary,
    PULUMI_HOME: join(home, ".pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_OPTION_NON_INTERACTIVE: "true",
    PULUMI_OPTION_COLOR: "never",
    TARBALL: await packedTarball(),
    // npm's own settings of whoever runs this.
    npm_config_cache: join(homedir(), ".npm"),
    npm_config_userconfig: join(homedir(), ".npmrc"),
    npm_config_prefer_offline: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    GIT_AUTHOR_NAME: "reader",
    GIT_AUTHOR_EMAIL: "reader@example.com",
    GIT_COMMITTER_NAME: "reader",
    GIT_COMMITTER_EMAIL: "reader@example.com",
  };
}

/**
 * As a terminal does: variables stay from block to block. Where Pulumi asks, the answer is yes, without the preview, which
 * would only take its time a second time. The package is the one of this checkout.
 */
const shellOf = (text: string, base: string) => `
cd ${base}/project
. ${base}/variables
npm() {
  local args=() arg
  for arg in "$@"; do [ "$arg" = pulumi-nginx-nsx ] && arg=$TARBALL; args+=("$arg"); done
  command npm "\${args[@]}"
}
pulumi() {
  case " $* " in
    *" --preview-only "* | " preview "*) command pulumi "$@" ;;
    *) PULUMI_OPTION_YES=true PULUMI_OPTION_SKIP_PREVIEW=true command pulumi "$@" ;;
  esac
}
set -eo pipefail
${text}
set +e
export -p > ${base}/variables
`;

function run(text: string, base: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", shellOf(text, base)], { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (data) => {
        output += stripVTControlCharacters(data);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Another terminal: until it says what it has to, then on and on. */
function open(text: string, base: string, env: NodeJS.ProcessEnv, isThere: RegExp): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", shellOf(text, base)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    const look = (data: Buffer) => {
      output += data;
      if (isThere.test(output)) resolve(child);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`the other terminal has ended:\n${output}`)));
  });
}

/** The simulators say one line each. */
const blockEnd = ({ text }: Block) => (text.includes("simulate") ? /^NIM {2}http/m : /./);

function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

function expectEnd({ code, output }: Ended, wanted: { fails?: boolean; says?: string }, what: string): void {
  const { fails = false, says } = wanted;
  if ((code !== 0) !== fails) throw new Error(`${what} ended with ${code}:\n${output}`);
  if (says !== undefined && !output.replaceAll(/ +/g, " ").includes(says)) {
    throw new Error(`${what} does not say "${says}":\n${output}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
