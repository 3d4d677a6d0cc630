// One stack of the real Pulumi, whose resources belong to walks that know nothing of each other: what several of them want
// at once is one run of the CLI.
import { type EngineEvent, type ExportedState, type StateResource, Workspace } from "../tools/pulumi.ts";
import { CheckFailed, type Step } from "../tools/stack.ts";
import { Rounds } from "./rounds.ts";
import type { Program, Run } from "./subject.ts";

const up = ["up", "--yes", "--skip-preview", "--continue-on-error", "--parallel", "32"];
const commands = {
  up,
  /** While every write loses its answer. */
  upInVain: up,
  preview: ["preview"],
  refresh: ["refresh", "--yes", "--skip-preview", "--parallel", "32"],
  look: ["refresh", "--preview-only", "--parallel", "32"],
  destroy: ["destroy", "--yes", "--skip-preview", "--continue-on-error", "--parallel", "32"],
};

/** What a walk may ask for: each is a run of the CLI. */
type Command = keyof typeof commands;

/** One resource of the stack. */
export interface Wanted {
  /** As in its URN: `nsx:NsxSegment`. */
  type: string;
  name: string;
  /** Arguments, where the program is asked. */
  program?: Program;
}

/** Each of the resources that the file names. */
const program = `
import { readFileSync } from "node:fs";
import * as sdk from "pulumi-nginx-nsx";
for (const { type, name, program } of JSON.parse(readFileSync("resources.json", "utf8"))) {
  new sdk[type.split(":")[1]](name, program);
}`;

export interface EngineStackOptions {
  config: Record<string, string>;
  env: Record<string, string>;
  /** Before and after a run in which every write loses its answer. */
  breakAnswers(): void;
  heal(): void;
}

export class EngineStack {
  readonly rounds = new Rounds<Command, Wanted, unknown>((command, wanted) => this.#carryOut(command, wanted));
  /** Runs of the CLI so far. */
  runs = 0;
  readonly #workspace: Workspace;
  readonly #options: EngineStackOptions;
  #state: ExportedState;
  /** URNs of what is to go from the state. */
  readonly #left = new Set<string>();
  /** The walks have changed it since it was exported. */
  #isChanged = false;

  private constructor(workspace: Workspace, options: EngineStackOptions, state: ExportedState) {
    this.#workspace = workspace;
    this.#options = options;
    this.#state = state;
  }

  static async create(options: EngineStackOptions): Promise<EngineStack> {
    // Saved at the end of each run rather than after each resource: with hundreds in one stack that is most of the time.
    const env = { ...options.env, PULUMI_SKIP_CHECKPOINTS: "true" };
    const workspace = await Workspace.create({ program, config: options.config, env });
    return new EngineStack(workspace, options, await workspace.exportState());
  }

  close(): Promise<void> {
    return this.#workspace.remove();
  }

  /**
   * One resource of the stack, which knows nothing of it yet.
   *
   * @param asHere - the walk's program, as it is in the stack
   * @param isBroken - whether every write loses its answer just now
   */
  run(wanted: Wanted, asHere: (program: Program) => Program, isBroken: () => boolean): Run {
    const ask = <T>(command: Command, program?: Program) =>
      this.rounds.ask(command, { ...wanted, ...(program && { program: asHere(program) }) }) as Promise<T>;
    const get = () => this.#resources().find(({ urn }) => urn === urnOf(wanted));
    const put = (state: StateResource | undefined) => this.#put(urnOf(wanted), state);
    if (get()) put(undefined);
    return {
      get state() {
        return get();
      },
      set state(state) {
        put(state as StateResource | undefined);
      },
      up: (program) => ask<Step>(isBroken() ? "upInVain" : "up", program),
      preview: (program) => ask<Step>("preview", program),
      refresh: ({ save = true } = {}) => ask<string[] | "deleted">(save ? "refresh" : "look"),
      destroy: () => ask<void>("destroy"),
    };
  }

  /** A resource of which nobody will ask again: it goes as soon as the state is written anyway. */
  leave(wanted: Wanted): void {
    this.#left.add(urnOf(wanted));
  }

  #resources(): StateResource[] {
    return this.#state.deployment.resources ?? [];
  }

  #put(urn: string, state: StateResource | undefined): void {
    const others = this.#resources().filter((resource) => resource.urn !== urn);
    this.#state.deployment.resources = state ? [...others, state] : others;
    this.#isChanged = true;
  }

  #isToBeDeleted(urn: string): boolean {
    return this.#resources().some((resource) => resource.urn === urn && resource.delete === true);
  }

  async #save(): Promise<void> {
    this.#state.deployment.resources = this.#resources().filter(({ urn }) => !this.#left.has(urn));
    await this.#workspace.importState(this.#state);
  }

  async #carryOut(command: Command, wanted: readonly Wanted[], isLast = false): Promise<unknown[]> {
    if (this.#isChanged) await this.#save();
    this.#isChanged = false;
    await this.#workspace.writeFile("resources.json", JSON.stringify(wanted));
    const targets = wanted.flatMap((one) => ["--target", urnOf(one)]);
    const isInVain = command === "upInVain";
    // A provider goes on trying as long as it may.
    const env: Record<string, string> = isInVain ? { NSX_TIMEOUT: "5", NIM_TIMEOUT: "5" } : {};
    if (isInVain) this.#options.breakAnswers();
    const run = await this.#workspace
      .runWithEvents([...commands[command], ...targets], { env, expect: null })
      .finally(() => this.#options.heal());
    this.runs += 1;
    if (command !== "look" && command !== "preview") this.#state = await this.#workspace.exportState();
    // A run in which something else fails ends before it deletes what was replaced; the next one does.
    const replaced = command === "up" && !isLast ? wanted.filter((one) => this.#isToBeDeleted(urnOf(one))) : [];
    if (replaced.length > 0) await this.#carryOut("up", replaced, true);
    return wanted.map(
      (one) => outcomeOf(command, urnOf(one), run.events) ?? new Error(`nothing of it in:\n${run.output}`),
    );
  }
}

const urnOf = ({ type, name }: Wanted) => `urn:pulumi:test::test::pulumi-nodejs:dynamic/${type}::${name}`;

/** What became of one resource; `undefined` where the engine does not say. */
function outcomeOf(command: Command, urn: string, events: readonly EngineEvent[]): unknown {
  const said = events.flatMap(({ diagnosticEvent: told }) =>
    told?.urn === urn && told.severity === "error" ? [told] : [],
  );
  const message = said.map((told) => told.message).join("");
  if (message.includes("has a problem:")) return new CheckFailed([{ property: "", reason: message }]);
  if (said.length > 0) return new Error(message);
  const done = events
    .flatMap(({ resOutputsEvent: step }) => (step?.metadata.urn === urn ? [step.metadata] : []))
    .at(-1);
  if (!done) return undefined;
  if (command === "refresh" || command === "look") {
    if (done.op === "delete") return "deleted";
    return done.op === "same" ? [] : namesOf([...Object.keys(done.detailedDiff ?? {}), ...(done.diffs ?? [])]);
  }
  return done.op.includes("replace") ? "replace" : done.op;
}

/** `subnets[0].gatewayAddress` is an argument called `subnets`. */
const namesOf = (paths: readonly string[]) => [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? path))];
