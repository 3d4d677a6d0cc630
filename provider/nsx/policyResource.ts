import type { z } from "zod";
import { defineResource, type Resource } from "../core/definition.ts";
import { type ObjectShape, shapeOf } from "../core/shape.ts";
import type { NsxContext } from "./client.ts";
import { foreignObject, isSameObject, lastWriter, withoutMark } from "./objectMark.ts";
import { type PolicyObject, unlessAbsent } from "./policyObject.ts";
import type { PolicyInputs, PolicyOutputs } from "./policyTypes.ts";
import { realize } from "./realization.ts";
import { camelCase, fromWire, toWire, type WireObject, wireShape } from "./wire.ts";
import { createObject, deleteObject, type Intent, updateObject } from "./write.ts";

/** What tells one kind of policy object from another. Create, read, update and delete are the same for all. */
export interface PolicyKind<Inputs extends PolicyInputs> {
  readonly name: string;
  /** The Policy API's own name of the type, such as `Segment`. */
  readonly resourceType: string;
  readonly inputs: z.ZodObject;
  readonly autoName: keyof Inputs & string;
  /** Arguments that say where the object lies; all others but `adopt` and `waitForRealization` are its fields. */
  readonly location: readonly (keyof Inputs & string)[];
  pathOf(inputs: Inputs): string;
  locationOf(path: string): Partial<Inputs>;
  /** Fields that cannot change on an object that exists. */
  readonly immutable: readonly string[];
  /** Fields that only make sense together: a change by others in one and by us in another is a conflict. */
  readonly units: readonly (readonly (keyof Inputs & string)[])[];
  /** Read-only fields that become outputs. */
  readonly readOnly: readonly string[];
  /** What the wire form has besides the arguments, such as the type of a nested object. */
  complete?(body: WireObject): WireObject;
}

export function definePolicyResource<Inputs extends PolicyInputs, Outputs extends PolicyOutputs>(
  kind: PolicyKind<Inputs>,
): Resource {
  const steering = ["adopt", "waitForRealization"] as const;
  const notInBody: readonly string[] = [...kind.location, ...steering];
  const fields = Object.entries(shapeOf(kind.inputs).fields).filter(([key]) => !notInBody.includes(key));
  const argumentShape: ObjectShape = { kind: "object", fields: Object.fromEntries(fields) };
  const shape = wireShape(argumentShape);

  function bodyOf(inputs: object): WireObject {
    const managed = Object.entries(inputs).filter(([key, value]) => key in argumentShape.fields && value !== null);
    const body = toWire(argumentShape, Object.fromEntries(managed)) as WireObject;
    return { resource_type: kind.resourceType, ...(kind.complete?.(body) ?? body) };
  }

  function intentOf(path: string, inputs: Inputs): Intent {
    const fixed = kind.immutable.filter((field) => field in argumentShape.fields);
    return { path, shape, desired: bodyOf(inputs), adopt: inputs.adopt ?? false, immutable: fixed, units: kind.units };
  }

  function outputsOf(object: PolicyObject, ownerMark: string, realization: string): Outputs {
    const common: PolicyOutputs = {
      path: object.path,
      revision: object._revision,
      uniqueId: object.unique_id ?? "",
      ownerMark,
      realization,
      lastModifiedUser: object._last_modified_user ?? "",
      lastModifiedTime: new Date(object._last_modified_time ?? 0).toISOString(),
    };
    return { ...common, ...Object.fromEntries(kind.readOnly.map((key) => [camelCase(key), object[key]])) } as Outputs;
  }

  async function finish(context: NsxContext, inputs: Inputs, object: PolicyObject, mark: string): Promise<Outputs> {
    if (inputs.waitForRealization === false) return outputsOf(object, mark, "UNKNOWN");
    return outputsOf(object, mark, await realize(context, object.path, (status) => outputsOf(object, mark, status)));
  }

  return defineResource<"nsx", Inputs, Outputs>({
    system: "nsx",
    name: kind.name,
    inputs: kind.inputs,
    autoName: kind.autoName,
    replaceOnChanges: [...kind.location, ...kind.immutable],
    steering,
    writeOnly: [],
    isFinished: ({ realization }) =>
      realization === undefined || realization === "SUCCESS" || realization === "UNKNOWN",

    async create(context, inputs) {
      const { object, mark } = await createObject(context, intentOf(kind.pathOf(inputs), inputs));
      return { id: object.path, outputs: await finish(context, inputs, object, mark) };
    },

    async read(context, id, state) {
      const live = await unlessAbsent(context.client.read(id));
      if (!live) return undefined;
      const inputs = {
        ...(fromWire(argumentShape, withoutMark(live)) as Partial<Inputs>),
        ...kind.locationOf(live.path),
      };
      const changedBy = `${lastWriter(live)} (revision ${state.revision ?? "unknown"} → ${live._revision})`;
      return { inputs, outputs: await outputsSeen(context, live, state), changedBy };
    },

    async update(context, id, state, inputs) {
      const intent = intentOf(id, inputs);
      const { object, mark } = await updateObject(context, intent, bodyOf(state), state);
      return finish(context, inputs, object, mark);
    },

    async delete(context, id, state) {
      await deleteObject(context, id, state);
    },
  });

  /** Identity is never taken from what is read: an object that somebody made again must not become ours by a refresh. */
  async function outputsSeen(context: NsxContext, live: PolicyObject, state: Partial<PolicyOutputs>): Promise<Outputs> {
    const { ownerMark, realization = "UNKNOWN" } = state;
    const settled = realization === "SUCCESS" || realization === "UNKNOWN";
    const status = settled ? realization : await context.client.realizationOf(live.path);
    const outputs = outputsOf(live, ownerMark ?? "", status);
    if (!ownerMark || isSameObject(live, state)) return outputs;
    context.warn(foreignObject(live.path, live));
    return { ...outputs, uniqueId: state.uniqueId ?? "" };
  }
}
