import { z } from "zod";
import { show } from "../core/conflict.ts";
import { defineResource, type Resource } from "../core/definition.ts";
import { effectiveValues } from "../core/othersChanged.ts";
import { namesOf, shapeAt, valueAt } from "../core/propertyPath.ts";
import { type ObjectShape, pick, same, shapeOf } from "../core/shape.ts";
import { Absent, keepingObject, orAbsent } from "../travel/errors.ts";
import type { NsxClient, NsxContext } from "./client.ts";
import { createObject } from "./create.ts";
import { expecting, formOfObject } from "./form.ts";
import type { Intent, Known, Written } from "./intent.ts";
import { foreignObject, isAnothersObject, isSameObject, lastWriter, versionOf } from "./objectMark.ts";
import { isoTime, type PolicyObject } from "./policyObject.ts";
import type { PolicyInputs, PolicyOutputs } from "./policyTypes.ts";
import { realize } from "./realization.ts";
import { deleteObject } from "./remove.ts";
import { updateObject } from "./update.ts";
import { camelCase, fromWire, snakeCase, toWire, type WireObject, wireShape } from "./wire.ts";

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
  /** What paths are like, in a sentence. */
  readonly ids: string;
  /** Fields that cannot change on an object that exists. */
  readonly fixed: readonly string[];
  /** Whether NSX takes the one while the other, which it replaces, is still there. */
  canCoexist(before: Partial<Inputs>, after: Partial<Inputs>): boolean;
  /** Fields that only make sense together: a change by others in one and by us in another is a conflict. */
  readonly dependentFields: readonly (readonly (keyof Inputs & string)[])[];
  /** Read-only fields that become outputs. */
  readonly readOnly: readonly string[];
  /** What the wire form has besides the arguments, such as the type of a nested object. */
  complete?(body: WireObject): WireObject;
}

type Tags = { scope?: string }[];

export function definePolicyResource<Inputs extends PolicyInputs, Outputs extends PolicyOutputs>(
  kind: PolicyKind<Inputs>,
): Resource {
  const steering = ["adopt", "waitForRealization"] as const;
  const notInBody: readonly string[] = [...kind.location, ...steering];
  const fields = Object.entries(shapeOf(kind.inputs).fields).filter(([key]) => !notInBody.includes(key));
  const argumentShape: ObjectShape = { kind: "object", fields: Object.fromEntries(fields) };
  const shape = wireShape(argumentShape);
  const form = formOfObject(kind.resourceType, shape);
  const fixed = kind.fixed.map(snakeCase);
  const dependentFields = kind.dependentFields.map((names) => names.map(snakeCase));

  const where = z.object(pick(kind.inputs.shape, kind.location));

  /** Whether a path is one that `pathOf` makes. A path of another kind may be one of NSX's as well. */
  function isId(path: string): boolean {
    const location = kind.locationOf(path);
    return where.safeParse(location).success && kind.pathOf(location as Inputs) === path;
  }

  /** A name that nobody gives is the id ("Defaults to ID if not set", ManagedResource.display_name). */
  function shapeOfObject(path: string): ObjectShape {
    const { display_name: name, ...others } = shape.fields;
    const display_name = { ...name, kind: "value", whenAbsent: path.split("/").at(-1) } as const;
    return { ...shape, fields: { ...others, display_name } };
  }

  /** The declared fields in wire form, without the tags that are other systems'. */
  function bodyOf({ isSystemTag }: NsxClient, inputs: object): WireObject {
    const managed = Object.entries(inputs).filter(([key, value]) => key in argumentShape.fields && value !== null);
    const body = toWire(argumentShape, Object.fromEntries(managed)) as WireObject;
    const tags = (body.tags as Tags | undefined)?.filter((tag) => !isSystemTag(tag));
    const all = { resource_type: kind.resourceType, ...(kind.complete?.(body) ?? body) };
    return tags ? { ...all, tags } : all;
  }

  function intentOf(client: NsxClient, path: string, inputs: Inputs): Intent {
    const systemTags = ((inputs as { tags?: Tags }).tags ?? []).filter(client.isSystemTag);
    const adopt = inputs.adopt ?? false;
    return {
      path,
      shape: shapeOfObject(path),
      declared: bodyOf(client, inputs),
      systemTags,
      adopt,
      fixed,
      dependentFields,
    };
  }

  function outputsOf(object: PolicyObject, memory: Memory, realization: string): Outputs {
    const common: PolicyOutputs = {
      path: object.path,
      revision: object._revision,
      uniqueId: object.unique_id ?? "",
      ownerMark: memory.mark,
      effective: memory.effective,
      ...(memory.isSeen ? { seen: versionOf(object) } : {}),
      realization,
      lastModifiedUser: object._last_modified_user ?? "",
      lastModifiedTime: isoTime(object._last_modified_time),
    };
    return { ...common, ...Object.fromEntries(kind.readOnly.map((key) => [camelCase(key), object[key]])) } as Outputs;
  }

  /** What the state keeps beside the arguments, and the word to the user where NSX has made something else of one. */
  function remember(
    context: NsxContext,
    intent: Intent,
    written: Written,
    known: Pick<Known, "applied" | "effective">,
  ): Memory {
    const { applied, effective: before } = known;
    const { object: answer, mark, isAnswer, isSeen } = written;
    const { declared } = intent;
    const sent = isAnswer ? written.sent : answer;
    const effective = effectiveValues(intent.shape, { applied, declared, sent, answer, before, fixed });
    for (const [path, value] of Object.entries(effective)) {
      const isDeclared = valueAt(declared, namesOf(path)) !== undefined;
      if (!isDeclared || same(shapeAt(intent.shape, namesOf(path)), value, before[path])) continue;
      context.warn(
        `${answer.path}: NSX has made ${camelCase(path)} ${show(context, camelCase(path), value)} instead of what was sent. It is left so; put it into the program to have both the same.`,
      );
    }
    return { mark, isSeen, effective: argumentsOf(effective) };
  }

  async function finish(context: NsxContext, inputs: Inputs, object: PolicyObject, memory: Memory): Promise<Outputs> {
    if (inputs.waitForRealization === false) return outputsOf(object, memory, "UNKNOWN");
    return outputsOf(
      object,
      memory,
      await realize(context, object.path, (status) => outputsOf(object, memory, status)),
    );
  }

  return defineResource<NsxClient, Inputs, Outputs>({
    system: "nsx",
    name: kind.name,
    inputs: kind.inputs,
    autoName: kind.autoName,
    location: kind.location,
    fixed: kind.fixed,
    steering,
    writeOnly: [],
    texts: [],
    words: [],
    remembered: ["ownerMark", "effective", "seen"],
    ids: { is: isId, told: kind.ids },
    canCoexist: kind.canCoexist,
    isFinished: ({ realization }) =>
      realization === undefined || realization === "SUCCESS" || realization === "UNKNOWN",

    async create(anyContext, inputs) {
      const context = expecting(form, anyContext);
      const intent = intentOf(context.client, kind.pathOf(inputs), inputs);
      const written = await createObject(context, intent);
      const { path } = intent;
      return keepingObject(path, { path, ownerMark: written.mark }, async () => {
        const memory = remember(context, intent, written, { applied: {}, effective: {} });
        return { id: path, outputs: await finish(context, inputs, written.object, memory) };
      });
    },

    async read(anyContext, id, state) {
      const context = expecting(form, anyContext);
      const live = await orAbsent(context.client.read(id, "burst"));
      if (live instanceof Absent) return live;
      const inputs = { ...inputsOf(context.client, live, state), ...kind.locationOf(live.path) };
      const changedBy = `${lastWriter(live)} (revision ${state.revision ?? "unknown"} → ${live._revision})`;
      const belongsToOthers = Boolean(state.ownerMark) && isAnothersObject(live, state, context.owner);
      return { inputs, outputs: await outputsSeen(context, live, state), changedBy, belongsToOthers };
    },

    async update(anyContext, id, state, inputs) {
      const context = expecting(form, anyContext);
      const intent = intentOf(context.client, id, inputs);
      const known = knownOf(context.client, state);
      const written = await updateObject(context, intent, known);
      return finish(context, inputs, written.object, remember(context, intent, written, known));
    },

    async delete(context, id, state) {
      await deleteObject(expecting(form, context), id, state);
    },
  });

  function knownOf(client: NsxClient, state: Inputs & Outputs): Known {
    const { ownerMark, uniqueId, revision, seen } = state;
    return {
      applied: bodyOf(client, state),
      effective: effectiveIn(state),
      // States of versions before 0.2 keep the revision alone.
      seen: seen ?? (state.effective || revision === undefined ? undefined : versionOf({ _revision: revision })),
      ownerMark,
      uniqueId,
    };
  }

  function effectiveIn(state: Partial<Outputs>): WireObject {
    const effective = Object.entries(state.effective ?? {}).map(([path, value]) => [
      snakeCase(path),
      toWire(shapeAt(argumentShape, namesOf(path)), value),
    ]);
    return Object.fromEntries(effective);
  }

  /** Tags that are other systems' by the configuration show where the program declares them, and nowhere else. */
  function inputsOf({ isSystemTag }: NsxClient, live: PolicyObject, state: Partial<Inputs>): Partial<Inputs> {
    const inputs = fromWire(argumentShape, live) as Partial<Inputs> & { tags?: Tags };
    const declared = ((state as { tags?: Tags }).tags ?? []).filter(isSystemTag);
    return declared.length > 0 ? { ...inputs, tags: [...(inputs.tags ?? []), ...declared] } : inputs;
  }

  function argumentsOf(effective: WireObject): Record<string, unknown> {
    const entries = Object.entries(effective).map(([path, value]) => {
      const name = camelCase(path);
      return [name, fromWire(shapeAt(argumentShape, namesOf(name)), value)];
    });
    return Object.fromEntries(entries);
  }

  /** Identity is never taken from what is read: an object that somebody made again must not become ours by a refresh. */
  async function outputsSeen(context: NsxContext, live: PolicyObject, state: Partial<Inputs & Outputs>) {
    const { ownerMark, realization = "UNKNOWN" } = state;
    const settled = realization === "SUCCESS" || realization === "UNKNOWN";
    const status = settled ? realization : await context.client.realizationOf(live.path);
    const declared = bodyOf(context.client, state);
    const found = effectiveValues(shapeOfObject(live.path), {
      declared,
      sent: live,
      answer: live,
      before: effectiveIn(state),
      applied: declared,
      fixed,
      isShown: true,
    });
    const memory = { mark: ownerMark ?? "", effective: ownerMark ? argumentsOf(found) : {}, isSeen: true };
    const outputs = outputsOf(live, memory, status);
    if (!ownerMark || isSameObject(live, state)) return outputs;
    context.warn(foreignObject(live.path, live));
    return { ...outputs, uniqueId: state.uniqueId ?? "" };
  }
}

/** What the state keeps of an object beside arguments and read-only fields. */
interface Memory {
  readonly mark: string;
  readonly effective: Record<string, unknown>;
  /** Whether this stack has seen everything in it. */
  readonly isSeen: boolean;
}
