import isDeepEqual from "fast-deep-equal";
import type { z } from "zod";
import { createClaims } from "../core/claims.ts";
import { defineResource, type Resource } from "../core/definition.ts";
import { isMadeBy, newMark, stackOf } from "../core/ownerMark.ts";
import { matches, type ObjectShape, pick, shapeOf } from "../core/shape.ts";
import { hasStatus, isAmbiguous, messageOf } from "../travel/errors.ts";
import type { Json, NimContext } from "./client.ts";
import { mergeOrStop, unknownWriter } from "./mergeOrStop.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** What tells one kind of named object from another. Create, read, update and delete are the same for all. */
export interface NamedKind<Inputs extends NamedInputs, Outputs extends NamedOutputs> {
  /** The class's name in the SDK. */
  readonly name: string;
  /** The collection's path, such as `/roles`. */
  readonly collection: string;
  readonly inputs: z.ZodObject;
  /** Arguments that NIM takes and never gives back. */
  readonly writeOnly: readonly (keyof Inputs & string)[];
  uidOf(body: Json): string;
  /** The arguments that a body stands for. */
  inputsOf(body: Json, basePath: string): Partial<Inputs>;
  /** The body for the arguments; what nobody here manages is taken from the live one. */
  bodyOf(inputs: Inputs, live: Json | undefined, basePath: string): Json;
  /** Outputs besides those that every named object has. */
  outputsOf(inputs: Partial<Inputs>): Omit<Outputs, keyof NamedOutputs>;
  /** Where the owner's mark stands in a body; without such a place an object is known by its uid and its content. */
  readonly mark: { of(body: Json): string | undefined; put(body: Json, mark: string): Json } | undefined;
  /** What is left of the live object when the holds that the stack itself has on it are given up; else `undefined`. */
  released(own: Inputs, live: Partial<Inputs>): Partial<Inputs> | undefined;
  /** Who holds the object, when NIM refuses to delete it. */
  holdersOf(context: NimContext, body: Json): Promise<string[]>;
}

/** Tries of read, compare and write when answers are lost. */
const maxAttempts = 5;

export function defineNamedResource<Inputs extends NamedInputs, Outputs extends NamedOutputs>(
  kind: NamedKind<Inputs, Outputs>,
): Resource {
  const { fields } = shapeOf(kind.inputs);
  const readable = Object.keys(fields).filter(
    (key) => !["name", "adopt", ...(kind.writeOnly as string[])].includes(key),
  );
  const shape: ObjectShape = { kind: "object", fields: pick(fields, readable) };
  const pathOf = (name: string) => `${kind.collection}/${encodeURIComponent(name)}`;
  const markOf = (body: Json) => kind.mark?.of(body);
  const withMark = (body: Json, mark: string) => kind.mark?.put(body, mark) ?? body;

  const secretsOf = (inputs: Inputs) => kind.writeOnly.flatMap((key) => (inputs[key] as string | undefined) ?? []);

  const claims = createClaims();

  function outputsOf(context: NimContext, body: Json, ownerMark: string): Outputs {
    const inputs = kind.inputsOf(body, context.client.basePath);
    return { ...kind.outputsOf(inputs), uid: kind.uidOf(body), ownerMark } as Outputs;
  }

  function isSameObject(body: Json, state: Partial<NamedOutputs>): boolean {
    const mark = markOf(body);
    return mark === undefined ? kind.uidOf(body) === state.uid : mark === state.ownerMark;
  }

  function whatBecameOf(body: Json): string {
    const stack = stackOf(markOf(body));
    return stack ? `now belongs to ${stack} (project/stack).` : "was deleted and made again by somebody else.";
  }

  /** POST never overwrites ("409: The requested resource already exists"), as a PUT would. */
  async function postOrAdopt(context: NimContext, inputs: Inputs, mark: string, tries: number) {
    const { client } = context;
    try {
      const body = withMark(kind.bodyOf(inputs, undefined, client.basePath), mark);
      return { done: await client.post(kind.collection, body, secretsOf(inputs)) };
    } catch (error) {
      if (!hasStatus(error, 409) && !isAmbiguous(error)) throw error;
      const live = await client.find(pathOf(String(inputs.name)));
      if (live) return { done: await adopt(context, inputs, live, mark) };
      if (!isAmbiguous(error) || tries === maxAttempts) throw error;
      return { waiting: `the object is not there, and NIM did not say whether it creates it: ${messageOf(error)}` };
    }
  }

  async function adopt(context: NimContext, inputs: Inputs, live: Json, mark: string): Promise<Json> {
    if (markOf(live) === mark) return live;
    const path = pathOf(String(inputs.name));
    const is = kind.inputsOf(live, context.client.basePath);
    const ours = kind.mark ? isMadeBy(markOf(live), context.owner) : matches(shape, is, pick(inputs, readable));
    if (!ours && !inputs.adopt) {
      const stack = stackOf(markOf(live));
      throw new Error(
        `${path} exists already${stack ? ` and belongs to ${stack} (project/stack)` : ""}. Nothing was changed. Choose another name, or set "adopt: true" to take it over.`,
      );
    }
    const why = ours ? "was there already from an interrupted run, and has been adopted" : "was taken over";
    context.warn(`${path} ${why}.`);
    return put(context, inputs, { lastApplied: { ...inputs, ...is }, live, mark });
  }

  /** Reads were done; compares three ways and PUTs. NIM has no revision: the moment in between is not covered. */
  async function put(
    context: NimContext,
    inputs: Inputs,
    basis: { lastApplied: object; live: Json; mark: string },
  ): Promise<Json> {
    const { client } = context;
    const path = pathOf(String(inputs.name));
    const secretsChange = kind.writeOnly.some((key) => !isDeepEqual((basis.lastApplied as Json)[key], inputs[key]));
    for (let attempt = 1, { live } = basis; ; attempt += 1) {
      const is = pick(kind.inputsOf(live, client.basePath), readable);
      const merged = mergeOrStop(shape, pick(basis.lastApplied, readable), is, pick(inputs, readable));
      const isMarked = !kind.mark || markOf(live) === basis.mark;
      if (!secretsChange && isMarked && isDeepEqual(merged, is)) return live;
      try {
        const body = kind.bodyOf({ ...inputs, ...merged }, live, client.basePath);
        return await client.put(path, withMark(body, basis.mark), secretsOf(inputs));
      } catch (error) {
        if (!isAmbiguous(error) || attempt === maxAttempts) throw error;
        await context.backOff(attempt);
        live = (await client.find(path)) ?? live;
      }
    }
  }

  return defineResource<"nim", Inputs, Outputs>({
    system: "nim",
    name: kind.name,
    inputs: kind.inputs,
    autoName: "name",
    replaceOnChanges: ["name"],
    steering: ["adopt"],
    writeOnly: kind.writeOnly,
    isFinished: () => true,

    async create(context, inputs) {
      const id = String(inputs.name);
      const mark = newMark(context);
      const outcome = await context.waitFor<Json>((tries) => postOrAdopt(context, inputs, mark, tries));
      if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
      claims.make(id, mark);
      return { id, outputs: outputsOf(context, outcome.done, mark) };
    },

    async read(context, id, state) {
      const live = await context.client.find(pathOf(id));
      if (!live) return undefined;
      const inputs = { ...kind.inputsOf(live, context.client.basePath), name: id };
      const outputs = outputsOf(context, live, state.ownerMark ?? "");
      if (!state.ownerMark || isSameObject(live, state)) return { inputs, outputs, changedBy: unknownWriter };
      context.warn(`${pathOf(id)} ${whatBecameOf(live)}`);
      return { inputs, outputs: { ...outputs, uid: state.uid ?? "" }, changedBy: unknownWriter };
    },

    async update(context, id, state, inputs) {
      const live = await context.client.find(pathOf(id));
      if (!live) throw new Error(`${pathOf(id)} is gone. "pulumi up --refresh" makes it again.`);
      if (!isSameObject(live, state) && !isMadeBy(markOf(live), context.owner) && !inputs.adopt) {
        throw new Error(
          `${pathOf(id)} ${whatBecameOf(live)} Nothing was changed. Set "adopt: true" to take it over, or give it up here with "pulumi state delete".`,
        );
      }
      const mark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
      const body = await put(context, inputs, { lastApplied: state, live, mark });
      claims.make(id, mark);
      return outputsOf(context, body, mark);
    },

    async delete(context, id, state) {
      const path = pathOf(id);
      const outcome = await context.waitFor<"deleted" | "kept">(async (tries) => {
        const live = await context.client.find(path);
        if (!live) return { done: "deleted" };
        if (!claims.isNewest(id, state.ownerMark) || !isSameObject(live, state)) return { done: "kept" };
        try {
          await context.client.delete(path);
          return { done: "deleted" };
        } catch (error) {
          if (hasStatus(error, 404)) return { done: "deleted" };
          if (isAmbiguous(error) && tries < maxAttempts)
            return { waiting: `NIM did not say whether it deleted the object: ${messageOf(error)}` };
          if (!hasStatus(error, 409)) throw error;
          const released = kind.released(state, kind.inputsOf(live, context.client.basePath));
          if (released) {
            const body = kind.bodyOf({ ...state, ...released }, live, context.client.basePath);
            await context.client.put(path, body, secretsOf(state));
            return { waiting: "the stack's own references to it are being removed" };
          }
          const holders = await kind.holdersOf(context, live);
          throw new Error(
            holders.length > 0 ? `${error.message}. It is held by ${holders.join(", ")}.` : error.message,
          );
        }
      });
      if ("waiting" in outcome) throw new Error(`Gave up waiting. ${outcome.waiting}`);
      if (outcome.done === "kept") context.warn(`${path} is no longer the object of this stack, and was kept.`);
    },
  });
}
