// Replays what Pulumi's engine does with one resource against a real provider process: the chains of calls, and what
// becomes of the state. Much faster than the engine itself, and everything on the wire can be looked at.
import { isDeepStrictEqual } from "node:util";
import { InitFailed, type Properties } from "../engine/messages.ts";
import type { Diff, ProviderProcess } from "../engine/process.ts";

/** What preview has in place of a value that is not known yet (sdk/go/common/resource/plugin/rpc.go). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource as the state holds it. */
export interface ResourceState {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly initErrors?: readonly string[];
}

/** What a program registers: the arguments with the provider's text and the owner. */
export interface Registration {
  readonly urn: string;
  readonly inputs: Properties;
}

export interface StepOptions {
  /** Forces a replacement, as `replaceOnChanges` and `--target-replace` do. */
  replace?: boolean;
  /** Overrides what the provider says, as the resource option does. */
  deleteBeforeReplace?: boolean;
}

export type Step = "create" | "same" | "update" | "replace";

export interface Outcome {
  readonly step: Step;
  readonly state: ResourceState;
}

export interface Drift {
  /** `undefined`: the object is gone. */
  readonly state: ResourceState | undefined;
  /** Whether `refresh --expect-no-changes` would fail. */
  readonly changed: boolean;
}

/** The arguments were refused before anything was sent. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
  readonly failures: readonly { property: string; reason: string }[];

  constructor(failures: readonly { property: string; reason: string }[]) {
    super(failures.map(({ reason }) => reason).join("\n"));
    this.failures = failures;
  }
}

/** What `up` would do; in a preview some values are {@link unknown}. */
export async function plan(
  provider: ProviderProcess,
  { urn, inputs: news }: Registration,
  state?: ResourceState,
): Promise<{ step: Step; inputs: Properties; diff?: Diff }> {
  const { inputs, failures } = await provider.check(urn, state?.inputs ?? {}, news);
  if (failures.length > 0) throw new CheckFailed(failures);
  if (!state) return { step: "create", inputs };
  const diff = await provider.diff(urn, state.id, state.outputs, state.inputs, inputs);
  // The engine compares the inputs itself when the provider leaves that open.
  const changed = diff.changes ?? !isDeepStrictEqual(state.inputs, inputs);
  if (diff.replaces.length > 0) return { step: "replace", inputs, diff };
  // An object that was not finished gets an update, whatever the provider says.
  return { step: changed || (state.initErrors ?? []).length > 0 ? "update" : "same", inputs, diff };
}

/** What `up` does with one resource. A create or update that is not finished is saved, with its reasons. */
export async function up(
  provider: ProviderProcess,
  registration: Registration,
  state?: ResourceState,
  options: StepOptions = {},
): Promise<Outcome> {
  const { urn } = registration;
  const { step: planned, inputs, diff } = await plan(provider, registration, state);
  const step = state && options.replace ? "replace" : planned;
  if (!state || step === "create") return { step, state: await create(provider, urn, inputs) };
  if (step === "same") return { step, state: { ...state, urn, inputs } };
  if (step === "update") return { step, state: await update(provider, urn, state, inputs) };
  if (options.deleteBeforeReplace ?? diff?.deleteBeforeReplace) {
    await destroy(provider, state);
    return { step, state: await create(provider, urn, inputs) };
  }
  const replacement = await create(provider, urn, inputs);
  await destroy(provider, state);
  return { step, state: replacement };
}

async function create(provider: ProviderProcess, urn: string, inputs: Properties): Promise<ResourceState> {
  try {
    return { urn, inputs, ...(await provider.create(urn, inputs)) };
  } catch (error) {
    if (!(error instanceof InitFailed)) throw error;
    return { urn, inputs, id: error.id, outputs: error.properties, initErrors: error.reasons };
  }
}

async function update(
  provider: ProviderProcess,
  urn: string,
  state: ResourceState,
  inputs: Properties,
): Promise<ResourceState> {
  const { id } = state;
  try {
    return { urn, id, inputs, outputs: await provider.update(urn, id, state.outputs, state.inputs, inputs) };
  } catch (error) {
    if (!(error instanceof InitFailed)) throw error;
    // The engine keeps the old inputs here, so that the next run sees the difference again.
    return { urn, id, inputs: state.inputs, outputs: error.properties, initErrors: error.reasons };
  }
}

/** What `refresh` does with one resource: it asks for the difference between what was read and the inputs in state. */
export async function refresh(provider: ProviderProcess, state: ResourceState): Promise<Drift> {
  const { urn, id } = state;
  const live = await provider.read(urn, id, state.outputs, state.inputs);
  if (!live) return { state: undefined, changed: true };
  const diff = await provider.diff(urn, id, live.outputs, live.inputs, state.inputs);
  const changed = diff.replaces.length > 0 || (diff.changes ?? !isDeepStrictEqual(live.inputs, state.inputs));
  return { state: { urn, ...live }, changed };
}

export function destroy(provider: ProviderProcess, { urn, id, outputs, inputs }: ResourceState): Promise<void> {
  return provider.delete(urn, id, outputs, inputs);
}
