// What the engine does with a provider, as far as it matters to one: the order of the calls and which properties go
// into which. Works on a provider in this process as well as on one behind gRPC.
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";

export type Properties = Record<string, unknown>;

/** The calls that the engine makes. */
export type ProviderCalls = Required<Omit<dynamic.ResourceProvider, "configure">>;

/** What the engine keeps of one resource. */
export interface ResourceState {
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** Why the resource is unfinished; then the next `up` updates it, changed or not. */
  initErrors?: string[];
}

export type Step = "same" | "create" | "update" | "replace" | "delete";

/** `check` refused the arguments. */
export class CheckFailed extends Error {
  readonly failures: { property: string; reason: string }[];

  constructor(failures: { property: string; reason: string }[]) {
    super(failures.map(({ reason }) => reason).join("\n"));
    this.failures = failures;
  }
}

/** One resource of one stack (pkg/resource/deploy: step_generator.go and step.go). */
export class ResourceRun {
  readonly provider: ProviderCalls;
  /** Added to every input by the SDK's constructor. */
  readonly constants: Properties;
  state: ResourceState | undefined;
  /** A replaced object that is still to be deleted: the engine keeps it in the state until it is. */
  replaced: ResourceState | undefined;

  constructor(provider: ProviderCalls, constants: Properties) {
    this.provider = provider;
    this.constants = constants;
  }

  /** `pulumi up` with these arguments. */
  async up(args: Properties): Promise<Step> {
    const step = await this.#step(args);
    if (this.replaced) await this.provider.delete(this.replaced.id, wire(this.replaced.outputs));
    this.replaced = undefined;
    return step;
  }

  async #step(args: Properties): Promise<Step> {
    const old = this.state;
    const inputs = await this.#check(old?.inputs ?? {}, args);
    if (!old) {
      await this.#create(inputs);
      return "create";
    }
    const diff = await this.provider.diff(old.id, elided(old.outputs), elided(inputs));
    if (diff.replaces?.length) {
      if (diff.deleteBeforeReplace) await this.destroy();
      await this.#create(await this.#check({}, args));
      if (!diff.deleteBeforeReplace) this.replaced = old;
      return "replace";
    }
    if (diff.changes === false && !old.initErrors) {
      this.state = { ...old, inputs };
      return "same";
    }
    await this.#saving(old.inputs, async () => {
      const { outs } = await this.provider.update(old.id, elided(old.outputs), wire(inputs));
      this.state = { id: old.id, inputs, outputs: wire({ ...outs, ...this.#text() }) };
    });
    return "update";
  }

  /** `pulumi refresh`; tells which inputs drifted. `pulumi refresh --preview-only` when `save` is false. */
  async refresh({ save = true } = {}): Promise<string[] | "deleted"> {
    const old = this.#existing();
    const read = await this.provider.read(old.id, elided(old.outputs));
    if (!read.id) {
      if (save) this.state = undefined;
      return "deleted";
    }
    const inputs = restored(old.inputs, wire({ ...read.inputs, ...this.#text() }));
    const outputs = restored(old.outputs, wire({ ...read.props, ...this.#text() }));
    const diff = await this.provider.diff(old.id, elided(outputs), elided(old.inputs));
    if (save) this.state = { id: read.id, inputs, outputs };
    if (diff.changes === false) return [];
    return [...new Set([...Object.keys(inputs), ...Object.keys(old.inputs)])].filter(
      (key) => !isDeepStrictEqual(inputs[key], old.inputs[key]),
    );
  }

  /**
   * Looks at an object as a class's `get` does, in each preview and each `up`: what the engine then has as outputs. An
   * answer without an id means nothing to it here.
   */
  async get(id: string): Promise<Properties> {
    const { props } = await this.provider.read(id, this.#text());
    return wire({ ...props, ...this.#text() });
  }

  /** `pulumi refresh` of an object that is only looked at, with what {@link get} gave. */
  async refreshLooked(id: string, outputs: Properties): Promise<Properties | "deleted"> {
    const read = await this.provider.read(id, wire(outputs));
    return read.id ? wire({ ...read.props, ...this.#text() }) : "deleted";
  }

  async destroy(): Promise<void> {
    const old = this.#existing();
    await this.provider.delete(old.id, elided(old.outputs));
    this.state = undefined;
  }

  async #check(olds: Properties, args: Properties): Promise<Properties> {
    const { inputs, failures } = await this.provider.check(wire(olds), wire({ ...args, ...this.constants }));
    if (failures?.length) throw new CheckFailed(failures);
    return wire(inputs);
  }

  async #create(inputs: Properties): Promise<void> {
    await this.#saving(inputs, async () => {
      const { id, outs } = await this.provider.create(wire(inputs));
      this.state = { id, inputs, outputs: wire({ ...outs, ...this.#text() }) };
    });
  }

  /** An error with an id is an object that exists: the engine saves it and reports the reasons. */
  async #saving(inputs: Properties, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { id, properties, reasons } = error as { id?: string; properties?: Properties; reasons?: string[] };
      if (id) this.state = { id, inputs, outputs: wire(properties ?? {}), initErrors: reasons ?? [] };
      throw error;
    }
  }

  /** Pulumi's dynamic-provider server adds the provider's text to every result, but not to an unfinished one. */
  #text(): Properties {
    return { __provider: this.constants.__provider };
  }

  #existing(): ResourceState {
    if (!this.state) throw new Error("the stack has no such resource");
    return this.state;
  }
}

/** As through Pulumi's protocol: plain JSON, keys sorted, nothing shared; an undefined would make the engine lose the resource. */
function wire(properties: Properties): Properties {
  refuseUndefined(properties);
  return JSON.parse(JSON.stringify(properties, sorted));
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const assetMark = { key: "4dabf18193072939515e22adb298388d", value: "c44067f5952c0a294b673a41bacd8c17" };

/** Where contents are not needed, a provider is told of an asset only what it was, by its hash. */
function elided(properties: Properties): Properties {
  const withoutContents = (_: string, value: unknown) => {
    const { [assetMark.key]: mark, hash } = (value ?? {}) as Properties;
    return mark === assetMark.value ? { [assetMark.key]: mark, hash } : value;
  };
  return JSON.parse(JSON.stringify(wire(properties), withoutContents));
}

/** What a provider gives back so is put right where it is what it was. */
function restored<T>(old: unknown, now: T): T {
  if (typeof now !== "object" || now === null || typeof old !== "object" || old === null) return now;
  const [before, after] = [old as Properties, now as Properties];
  if (after[assetMark.key] === assetMark.value) return (before.hash === after.hash ? before : after) as T;
  const entries = Object.entries(after).map(([key, value]) => [key, restored(before[key], value)]);
  return (Array.isArray(now) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
}

function refuseUndefined(value: unknown): void {
  if (value === undefined) throw new Error("Unexpected struct type.");
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) refuseUndefined(inner);
}
