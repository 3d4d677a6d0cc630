// Drives the real `pulumi` CLI in a folder of its own: for tests that need the engine, and for the demonstration.
// Nothing of the user's Pulumi is read or changed: home, backend, passphrase and settings belong to the workspace.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

export interface WorkspaceOptions {
  /** Text of the program, an ES module. */
  program?: string;
  /** `typescript` has Pulumi compile the program at each run, as most users do; `javascript` (default) saves that time. */
  language?: "javascript" | "typescript";
  /** Instead of `program`: a project's folder, such as an example, that is copied. Its program is taken for TypeScript. */
  folder?: string;
  /** Of `folder` only these files and folders. */
  only?: readonly string[];
  /** `link` (default): this checkout's build and modules. `tarball`: what users get, installed by npm; takes some 10 s. */
  install?: "link" | "tarball";
  /** Stack configuration, such as `nsx:endpoint`. */
  config?: Record<string, string>;
  /** The same, for values that Pulumi shall encrypt; each costs a run of the CLI. */
  secrets?: Record<string, string>;
  /** Environment of program and provider. The caller's own `NSX_…`, `NIM_…` and `PULUMI_…` variables are not passed on. */
  env?: Record<string, string>;
  /** What the URL of the file backend ends with, such as `?metadata=skip`. */
  backendQuery?: string;
  project?: string;
  stack?: string;
}

export interface RunOptions {
  /** The exit code that is right (default 0); anything else throws with the whole output. `null` takes any. */
  expect?: number | null;
  env?: Record<string, string>;
  /** Milliseconds until everything of the workspace is killed and the run fails. */
  timeout?: number;
  /** Gets the output as it comes. */
  onOutput?: (text: string) => void;
  /** Whether `onOutput` gets it in colours; results never have any. */
  colors?: boolean;
}

export interface RunResult {
  /** `null` when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both, in the order in which they came. */
  output: string;
  milliseconds: number;
}

/** What the engine says of a run, event by event, as far as tests look into it (sdk/go/common/apitype/events.go). */
export interface EngineEvent {
  /** A step has ended well. Of a refresh the operation is what it found: `same`, `update` or `delete`. */
  resOutputsEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; severity: string; message: string };
}

export interface StepMetadata {
  op: string;
  urn: string;
  /** The properties that differ, and where in them. */
  diffs?: string[] | null;
  detailedDiff?: Record<string, unknown> | null;
}

/** A run under way. */
export interface Run {
  pid: number;
  result: Promise<RunResult>;
  /** What it has printed so far. */
  output(): string;
  /** Resolves as soon as the output matches; fails when the run ends without. */
  sees(pattern: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** `pulumi stack export`, as far as tests look into it. */
export interface ExportedState {
  version: number;
  deployment: {
    manifest: { time: string; magic: string; version: string };
    resources?: StateResource[];
    pending_operations?: { resource: StateResource; type: string }[];
  };
}

export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  provider?: string;
  initErrors?: string[];
  /** Replaced, and still to be deleted. */
  delete?: boolean;
}

export class Workspace {
  /** The project: Pulumi.yaml, program and node_modules. */
  readonly folder: string;
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #base: string;
  readonly #program: string;

  private constructor(base: string, options: WorkspaceOptions) {
    this.#base = base;
    this.folder = join(base, "project");
    this.stack = options.stack ?? "test";
    const language = options.language ?? (options.folder ? "typescript" : "javascript");
    this.#program = language === "typescript" ? "index.ts" : "index.js";
    this.env = {
      ...inheritedEnvironment(),
      // Also the mark by which `killAll` knows the workspace's processes.
      PULUMI_HOME: join(base, "home"),
      // The language host leaves its pipes behind, and a killed one everything else.
      TMPDIR: join(base, "tmp"),
      PULUMI_BACKEND_URL: `file://${join(base, "backend")}${options.backendQuery ?? ""}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...options.env,
    };
  }

  static async create(options: WorkspaceOptions): Promise<Workspace> {
    // The engine reports paths with links resolved (on macOS the folder for temporary files is one).
    const base = await realpath(await mkdtemp(join(tmpdir(), "pulumi-nginx-nsx-")));
    const workspace = new Workspace(base, options);
    try {
      await workspace.#fill(options);
    } catch (error) {
      await workspace.remove();
      throw error;
    }
    return workspace;
  }

  async #fill(options: WorkspaceOptions): Promise<void> {
    for (const name of ["backend", "tmp"]) await mkdir(join(this.#base, name));
    if (options.folder) {
      for (const entry of options.only ?? ["."]) {
        const filter = (path: string) => !path.endsWith("node_modules");
        await cp(join(options.folder, entry), join(this.folder, entry), { recursive: true, filter });
      }
    } else {
      await mkdir(this.folder);
      await this.#writeProject(options);
    }
    if (options.install === "tarball") await this.#installTarball();
    else await symlink(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    if (options.program !== undefined) await this.writeProgram(options.program);
    if (options.config) {
      await this.#write(`Pulumi.${this.stack}.yaml`, JSON.stringify({ config: options.config }));
    }
    await this.run(["stack", "init", this.stack]);
    for (const [key, value] of Object.entries(options.secrets ?? {})) {
      await this.run(["config", "set", "--secret", key, "--", value]);
    }
  }

  async #writeProject({ project = "test", language = "javascript" }: WorkspaceOptions): Promise<void> {
    // YAML takes JSON as it is.
    const runtime = { name: "nodejs", options: { typescript: language === "typescript" } };
    await this.#write("Pulumi.yaml", JSON.stringify({ name: project, runtime, main: this.#program }));
    await this.#write("package.json", JSON.stringify({ name: project, private: true, type: "module" }));
    if (language === "typescript") {
      const compilerOptions = {
        target: "es2022",
        module: "nodenext",
        strict: true,
        skipLibCheck: true,
        types: ["node"],
      };
      await this.#write("tsconfig.json", JSON.stringify({ compilerOptions, files: [this.#program] }));
    }
  }

  async #installTarball(): Promise<void> {
    const { devDependencies } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8"));
    const wanted = [await packedTarball(), `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`];
    if (this.#program.endsWith(".ts"))
      wanted.push(...["typescript", "@types/node"].map((n) => `${n}@${devDependencies[n]}`));
    const npm = start(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted],
      this.folder,
      this.env,
    );
    expectCode(await npm.result, 0, "npm install");
  }

  async #write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text);
  }

  /** A file beside the program, which may read it. */
  async writeFile(name: string, text: string): Promise<void> {
    await this.#write(name, text);
  }

  /** Replaces the program: the next `up` sees the change. */
  async writeProgram(text: string): Promise<void> {
    await this.#write(this.#program, text);
  }

  /** Starts `pulumi ARGUMENTS` and lets it run. */
  spawn(args: readonly string[], options: Pick<RunOptions, "env" | "colors" | "onOutput"> = {}): Run {
    const env = { ...this.env, ...options.env };
    const color = options.colors ? "always" : "never";
    return start("pulumi", ["--non-interactive", "--color", color, ...args], this.folder, env, options.onOutput);
  }

  /** Runs `pulumi ARGUMENTS` to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const run = this.spawn(args, options);
    let late = false;
    const timer = setTimeout(async () => {
      late = true;
      await this.killAll();
    }, options.timeout ?? 300_000);
    try {
      const result = await run.result;
      if (late)
        throw new Error(`pulumi ${args.join(" ")} did not end in time; it was killed. It said:\n${result.output}`);
      return expectCode(result, options.expect === undefined ? 0 : options.expect, `pulumi ${args.join(" ")}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The same, and what the engine did, event by event, as Pulumi's Automation API reads it. */
  async runWithEvents(
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<RunResult & { events: EngineEvent[] }> {
    const file = join(this.#base, "tmp", `events-${Date.now()}.json`);
    // Without this the CLI does not know the flag.
    const env = { ...options.env, PULUMI_DEBUG_COMMANDS: "true" };
    const result = await this.run([...args, "--event-log", file], { ...options, env });
    const text = await readFile(file, "utf8").catch(() => "");
    await rm(file, { force: true });
    return { ...result, events: text.split("\n").flatMap((line) => (line ? [JSON.parse(line)] : [])) };
  }

  up(args: readonly string[] = [], options?: RunOptions): Promise<RunResult> {
    return this.run(["up", "--yes", "--skip-preview", ...args], options);
  }

  preview(args: readonly string[] = [], options?: RunOptions): Promise<RunResult> {
    return this.run(["preview", ...args], options);
  }

  refresh(args: readonly string[] = [], options?: RunOptions): Promise<RunResult> {
    return this.run(["refresh", "--yes", "--skip-preview", ...args], options);
  }

  destroy(args: readonly string[] = [], options?: RunOptions): Promise<RunResult> {
    return this.run(["destroy", "--yes", "--skip-preview", ...args], options);
  }

  async exportState(args: readonly string[] = []): Promise<ExportedState> {
    return JSON.parse((await this.run(["stack", "export", ...args])).stdout);
  }

  /** Resources of the state whose type ends so, such as `nsx:NsxSegment`. */
  async resources(type = ""): Promise<StateResource[]> {
    const { deployment } = await this.exportState();
    return (deployment.resources ?? []).filter((resource) => resource.type.endsWith(type));
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.run(["stack", "output", "--json", "--show-secrets"])).stdout);
  }

  /** Takes over a state, for instance an exported one that a test has changed. */
  async importState(state: ExportedState): Promise<void> {
    const file = join(this.#base, "state.json");
    await writeFile(file, JSON.stringify(state));
    await this.run(["stack", "import", "--file", file]);
  }

  /**
   * Kills every process that the workspace's runs have left, as a crash of the machine would. Language host and
   * provider lead process groups of their own and outlive a killed CLI: they are known by their environment.
   */
  async killAll(signal: NodeJS.Signals = "SIGKILL"): Promise<number> {
    const killed = new Set<number>();
    // Again and again, since one may just be starting another.
    for (let pass = 0; pass < 50; pass++) {
      const pids = await this.processes();
      if (pids.length === 0) break;
      for (const pid of pids) {
        try {
          if (signal === "SIGKILL" || !killed.has(pid)) process.kill(pid, signal);
          killed.add(pid);
        } catch {
          // It has just ended by itself.
        }
      }
      await sleep(20);
    }
    return killed.size;
  }

  /** The processes of this workspace: CLI, language host, program and providers. */
  async processes(): Promise<number[]> {
    return (await processesWith(`PULUMI_HOME=${this.env.PULUMI_HOME}`)).filter((pid) => pid !== process.pid);
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    await this.killAll();
    await rm(this.#base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }
}

let packed: Promise<string> | undefined;

/** The package as `npm publish` would send it, built first if need be. */
export function packedTarball(): Promise<string> {
  packed ??= pack();
  return packed;
}

async function pack(): Promise<string> {
  const folder = join(checkout, "node_modules", ".pulumi-nginx-nsx-packed");
  // As everywhere: made under another name and renamed, since test files run at the same time.
  const temporary = `${folder}.${process.pid}.${Date.now()}`;
  await mkdir(temporary, { recursive: true });
  try {
    const pack = start("npm", ["pack", "--pack-destination", temporary], checkout, inheritedEnvironment());
    expectCode(await pack.result, 0, "npm pack");
    const name = (await readdir(temporary)).find((file) => file.endsWith(".tgz"));
    if (!name) throw new Error("npm pack made no package");
    const content = await readFile(join(temporary, name));
    // npm reinstalls nothing for a known file name: another content gets another one.
    const target = join(folder, `${createHash("sha256").update(content).digest("hex").slice(0, 16)}.tgz`);
    await mkdir(folder, { recursive: true });
    await rename(join(temporary, name), target);
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

export function inheritedEnvironment(): NodeJS.ProcessEnv {
  // npm's settings of this run must not leak into another npm, but where the machine keeps its own it has to be told: it
  // looks for them beside the Node that runs it, which is the one in node_modules.
  const foreign = /^(PULUMI|NSX|NIM|VITEST)_|^npm_(?!config_globalconfig$)|^(NODE_OPTIONS|NODE_ENV|VITEST|TEST)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  onOutput?: (text: string) => void,
): Run {
  const started = Date.now();
  // A group of its own: Ctrl-C in the test runner's terminal must not end a run that a test is to look at.
  const child: ChildProcess = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let [stdout, stderr, output] = ["", "", ""];
  const watchers = new Set<() => void>();
  const collect = (data: string) => {
    onOutput?.(data);
    const text = stripVTControlCharacters(data);
    output += text;
    for (const watcher of watchers) watcher();
    return text;
  };
  child.stdout?.setEncoding("utf8").on("data", (data) => {
    stdout += collect(data);
  });
  child.stderr?.setEncoding("utf8").on("data", (data) => {
    stderr += collect(data);
  });
  const result = new Promise<RunResult>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT" && command === "pulumi";
      reject(missing ? new Error("no pulumi on PATH: run tests with `npm test`, which gets it") : error);
    });
    // A killed CLI's orphans keep its pipes open, so not "close" alone.
    child.on("exit", (code) => {
      const end = () => resolve({ code, stdout, stderr, output, milliseconds: Date.now() - started });
      child.on("close", end);
      setTimeout(end, 1000).unref();
    });
  });
  // Who only watches the output may never ask for the result.
  result.catch(() => {});
  return {
    pid: child.pid ?? -1,
    result,
    output: () => output,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof pattern === "string" ? !output.includes(pattern) : !pattern.test(output)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        result.then(({ output }) => reject(new Error(`ended without ${pattern}. It said:\n${output}`)), reject);
      }),
    kill: (signal) => child.kill(signal),
  };
}

function expectCode(result: RunResult, code: number | null, what: string): RunResult {
  if (code === null || result.code === code) return result;
  throw new Error(`${what} ended with ${result.code}, expected was ${code}. It said:\n${result.output}`);
}

/** Process ids whose environment has exactly this entry. */
async function processesWith(entry: string): Promise<number[]> {
  if (process.platform !== "linux") {
    const list = await start("ps", ["-axEww", "-o", "pid=,command="], tmpdir(), process.env).result;
    const lines = list.stdout.split("\n").filter((line) => ` ${line} `.includes(` ${entry} `));
    return lines.map((line) => Number.parseInt(line, 10));
  }
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(entry) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
