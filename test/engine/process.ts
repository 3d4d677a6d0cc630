import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type EngineLog, startEngineLog } from "./log.ts";
import { call, connect, type Properties } from "./messages.ts";

export interface ProcessOptions {
  /** Where `pulumi-nginx-nsx` and Pulumi are installed. */
  folder: string;
  /** What `configure` gets: the stack's configuration, or an explicit provider's inputs. */
  config?: Record<string, string>;
  /** Environment; of the test's own only PATH and HOME are passed on. */
  env?: Record<string, string>;
}

export interface Diff {
  /** `undefined`: the engine itself compares the inputs. */
  changes: boolean | undefined;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** Pulumi's own server for dynamic resources, run as the engine runs it: one process a provider. */
export class ProviderProcess {
  readonly log: EngineLog;
  readonly #child: ChildProcess;
  readonly #client: ReturnType<typeof connect>;
  #stderr = "";

  private constructor(child: ChildProcess, port: number, log: EngineLog) {
    this.#child = child;
    this.#client = connect(port);
    this.log = log;
    child.stderr?.on("data", (data) => {
      this.#stderr += data;
    });
  }

  static async start({ folder, config = {}, env = {} }: ProcessOptions): Promise<ProviderProcess> {
    const server = createRequire(join(folder, "index.js")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const log = await startEngineLog();
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [server, log.address], {
      cwd: folder,
      env: { PATH, HOME, PULUMI_PROJECT: "test", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      // The server says its port in the first line.
      child.stdout.once("data", (data) => resolve(Number(data)));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the provider's server ended with ${code} before it listened`)));
    });
    const started = new ProviderProcess(child, port, log);
    await call(started.#client, "Configure", { args: config });
    return started;
  }

  /** What the process printed: Pulumi shows it unlabelled under the stack. */
  get stderr(): string {
    return this.#stderr;
  }

  async check(urn: string, olds: Properties, news: Properties) {
    const answer = await call(this.#client, "Check", { urn, olds, news });
    return {
      inputs: answer.getInputs()?.toJavaScript() ?? {},
      failures: answer.getFailuresList().map((f) => ({ property: f.getProperty(), reason: f.getReason() })),
    };
  }

  async diff(urn: string, id: string, olds: Properties, oldInputs: Properties, news: Properties): Promise<Diff> {
    const answer = await call(this.#client, "Diff", { urn, id, olds, oldInputs, news });
    return {
      changes: [undefined, false, true][answer.getChanges()],
      replaces: answer.getReplacesList(),
      deleteBeforeReplace: answer.getDeletebeforereplace(),
    };
  }

  async create(urn: string, properties: Properties) {
    const answer = await call(this.#client, "Create", { urn, properties });
    return { id: answer.getId(), outputs: answer.getProperties()?.toJavaScript() ?? {} };
  }

  /** `undefined` when the object is gone. `properties` are the outputs in state; a lookup by id has none. */
  async read(urn: string, id: string, properties: Properties, inputs: Properties) {
    const answer = await call(this.#client, "Read", { urn, id, properties, inputs });
    if (answer.getId() === "") return undefined;
    return {
      id: answer.getId(),
      outputs: answer.getProperties()?.toJavaScript() ?? {},
      inputs: answer.getInputs()?.toJavaScript() ?? {},
    };
  }

  async update(urn: string, id: string, olds: Properties, oldInputs: Properties, news: Properties) {
    const answer = await call(this.#client, "Update", { urn, id, olds, oldInputs, news });
    return answer.getProperties()?.toJavaScript() ?? {};
  }

  async delete(urn: string, id: string, properties: Properties, oldInputs: Properties): Promise<void> {
    await call(this.#client, "Delete", { urn, id, properties, oldInputs });
  }

  /** As the kernel does when the engine dies. */
  closeStdin(): void {
    this.#child.stdin?.end();
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends the process as the engine does, by default; resolves with its exit code, `null` after a signal. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => {
      if (this.hasEnded) resolve(this.#child.exitCode);
      this.#child.once("exit", resolve);
    });
    this.#child.kill(signal);
    const code = await ended;
    this.#client.close();
    this.log.close();
    return code;
  }
}
