import { createHash } from "node:crypto";
import isDeepEqual from "fast-deep-equal";
import type { z } from "zod";
import { createClaims } from "../core/claims.ts";
import { explainConflicts } from "../core/conflict.ts";
import { defineResource, type Resource } from "../core/definition.ts";
import { effectiveValues, isAsDeclared, throughDeclared } from "../core/othersChanged.ts";
import {
  isMadeBy,
  type Knowledge,
  knowledgeOf,
  markText,
  newMark,
  parseMark,
  stackOf,
  stampOf,
} from "../core/ownerMark.ts";
import { namesOf, valueAt } from "../core/propertyPath.ts";
import { canonicalForm, mapEntries, type ObjectShape, pick, shapeOf, textOf } from "../core/shape.ts";
import { toWrite } from "../core/toWrite.ts";
import { hasStatus, isAmbiguous, messageOf } from "../travel/errors.ts";
import { stringifyJson } from "../travel/json.ts";
import type { Json, NimClient, NimContext } from "./client.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";
import { unknownWriter } from "./unknownWriter.ts";

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
  /** The arguments that a body stands for, other systems' tags included. */
  inputsOf(body: Json, client: NimClient): Partial<Inputs>;
  /**
   * The body for the arguments without other systems' tags; what nobody here manages is taken from the live one.
   *
   * @param declared - what the program says, other systems' tags included
   */
  bodyOf(inputs: Inputs, live: Json | undefined, client: NimClient, declared: Partial<Inputs>): Json;
  /** The arguments without what belongs to other systems (`nim:ignoreTags`). */
  ownPart(client: NimClient, inputs: Partial<Inputs>): Partial<Inputs>;
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
  const markedBy = (body: Json) => {
    const text = kind.mark?.of(body);
    return text === undefined ? undefined : parseMark(text);
  };
  const markOf = (body: Json) => markedBy(body)?.mark;

  const secretsOf = (inputs: Inputs) => kind.writeOnly.flatMap((key) => (inputs[key] as string | undefined) ?? []);

  const claims = createClaims();

  /** What a program may say about the object as it is, other systems' tags left out. */
  function fieldsOf({ client }: NimContext, body: Json): Json {
    return pick(kind.ownPart(client, kind.inputsOf(body, client)), readable);
  }

  function declaredIn({ client }: NimContext, inputs: Partial<Inputs>): Json {
    return pick(kind.ownPart(client, inputs), readable);
  }

  /** NIM has no revisions, so what tells one state of an object from another is all of it. */
  function versionOf(fields: Json): string {
    return createHash("sha256")
      .update(textOf(canonicalForm(shape, fields) ?? {}))
      .digest("hex")
      .slice(0, 8);
  }

  /** What this resource knew when it wrote the object that is still as it left it. */
  function knowledgeIn(context: NimContext, body: Json): Knowledge | undefined {
    return knowledgeOf(markedBy(body), context.owner, versionOf(fieldsOf(context, body)));
  }

  function outputsOf(context: NimContext, body: Json, remembered: Omit<NamedOutputs, "uid">): Outputs {
    const inputs = kind.inputsOf(body, context.client);
    return { ...kind.outputsOf(inputs), uid: kind.uidOf(body), ...remembered } as Outputs;
  }

  function isSameObject(body: Json, state: Partial<NamedOutputs>): boolean {
    const mark = markOf(body);
    return mark === undefined ? kind.uidOf(body) === state.uid : mark === state.ownerMark;
  }

  function whatBecameOf(body: Json): string {
    const stack = stackOf(markOf(body));
    return stack ? `now belongs to ${stack} (project/stack).` : "was deleted and made again by somebody else.";
  }

  /** The body to send, with the owner's mark where the kind has a place for it. */
  function bodyOf({ client }: NimContext, inputs: Inputs, fields: Json, live: Json | undefined, owner: Owner): Json {
    const all = { ...declaredBesides(inputs), ...fields } as unknown as Inputs;
    const body = kind.bodyOf(all, live, client, inputs);
    return kind.mark?.put(body, markText({ mark: owner.mark, stamp: stampOf(versionOf(fields), owner.knows) })) ?? body;
  }

  /** The name, and what NIM never gives back. */
  function declaredBesides(inputs: Inputs): Json {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => !readable.includes(key)));
  }

  /** POST never overwrites ("409: The requested resource already exists"), as a PUT would. */
  async function postOrAdopt(context: NimContext, inputs: Inputs, mark: string, tries: number) {
    const { client } = context;
    const fields = declaredIn(context, inputs);
    try {
      const body = bodyOf(context, inputs, fields, undefined, { mark, knows: "all" });
      return {
        done: { body: await client.post(kind.collection, body, secretsOf(inputs)), sent: fields, isSeen: true },
      };
    } catch (error) {
      if (!hasStatus(error, 409) && !isAmbiguous(error)) throw error;
      const live = await client.find(pathOf(String(inputs.name)));
      if (live && markOf(live) === mark) {
        return { done: { body: live, sent: fields, isSeen: knowledgeIn(context, live) === "all" } };
      }
      if (live) return { done: await adopt(context, inputs, live, mark) };
      if (!isAmbiguous(error) || tries === maxAttempts) throw error;
      return { waiting: `the object is not there, and NIM did not say whether it creates it: ${messageOf(error)}` };
    }
  }

  /** Takes over what is there: nothing that the program does not declare is touched. */
  async function adopt(context: NimContext, inputs: Inputs, live: Json, mark: string): Promise<Written> {
    const path = pathOf(String(inputs.name));
    const is = fieldsOf(context, live);
    const declared = declaredIn(context, inputs);
    const ours = kind.mark ? isMadeBy(markOf(live), context.owner) : isAsDeclared(shape, is, declared);
    if (!ours && !inputs.adopt) {
      const stack = stackOf(markOf(live));
      throw new Error(
        `${path} exists already${stack ? ` and belongs to ${stack} (project/stack)` : ""}. Nothing was changed. Choose another name, or set "adopt: true" to take it over.`,
      );
    }
    const why = ours ? "was there already from an interrupted run, and has been adopted" : "was taken over";
    context.warn(`${path} ${why}.`);
    // What others changed after an interrupted run is theirs: then the run is taken to have written what the program says.
    const untouched = kind.mark && knowledgeIn(context, live);
    const isFree = inputs.adopt || !kind.mark || untouched !== undefined;
    const secrets = pick(inputs, kind.writeOnly);
    const basis = {
      applied: isFree ? secrets : { ...declared, ...secrets },
      effective: {},
      seen: isFree ? versionOf(is) : undefined,
      live,
      mark,
      takesOver: untouched !== "all",
      wayOut: 'Set "adopt: true" to write over it; to keep it, put it into the program.',
      isOurs: (body: Json) => markOf(body) === markOf(live),
    };
    return put(context, inputs, basis);
  }

  interface Owner {
    readonly mark: string;
    readonly knows: Knowledge;
  }

  interface Basis {
    /** The arguments as this stack last wrote them. */
    readonly applied: Json;
    readonly effective: Json;
    /** The version of the object as this stack last saw it whole. */
    readonly seen: string | undefined;
    /** What was just read. */
    readonly live: Json;
    readonly mark: string;
    /** Whether the user has said to take what is there as seen, though nobody was shown others' changes in it. */
    readonly takesOver: boolean;
    readonly wayOut: string;
    /** Whether the object is still the one that was read, or already carries our own write. */
    isOurs(body: Json): boolean;
  }

  interface Written {
    readonly body: Json;
    /** The arguments that NIM has answered to. */
    readonly sent: Json;
    /** Whether this stack has seen everything in the object. */
    readonly isSeen: boolean;
  }

  /** Reads were done; compares three ways and PUTs. NIM has no revision: the moment in between is not covered. */
  async function put(context: NimContext, inputs: Inputs, basis: Basis): Promise<Written> {
    const { client } = context;
    const { applied, effective, mark } = basis;
    const path = pathOf(String(inputs.name));
    const declared = declaredIn(context, inputs);
    const secretsChange = kind.writeOnly.some((key) => !isDeepEqual(applied[key], inputs[key]));
    for (let attempt = 1, { live } = basis; ; attempt += 1) {
      const is = fieldsOf(context, live);
      const knows = versionOf(is) === basis.seen ? "all" : knowledgeIn(context, live);
      const own = pick(applied, readable);
      const seen = knows === "all" ? is : knows && (throughDeclared(shape, is, own) as Json);
      const isSeen = knows === "all" && !basis.takesOver;
      const { body: merged, conflicts } = toWrite({
        shape,
        applied: own,
        effective,
        seen,
        live: is,
        declared,
        fixed: [],
        onConflict: "fail",
        dependentFields: [],
      });
      if (conflicts.length > 0) throw new Error(explainConflicts(unknownWriter, conflicts, basis.wayOut));
      const isMarked = !kind.mark || markOf(live) === mark;
      if (!secretsChange && isMarked && isDeepEqual(merged, is)) return { body: live, sent: merged, isSeen };
      try {
        const body = bodyOf(context, inputs, merged, live, { mark, knows: isSeen ? "all" : "declared" });
        return { body: await client.put(path, body, secretsOf(inputs)), sent: merged, isSeen };
      } catch (error) {
        if (!isAmbiguous(error) || attempt === maxAttempts) throw error;
        await context.backOff(attempt);
        const found = await client.find(path);
        if (!found) throw gone(path);
        if (markOf(found) !== mark && !basis.isOurs(found)) throw new Error(`${path} ${whatBecameOf(found)}`);
        live = found;
      }
    }
  }

  function gone(path: string): Error {
    return new Error(`${path} is gone. "pulumi up --refresh" makes it again.`);
  }

  function rememberOf(context: NimContext, inputs: Inputs, written: Written, mark: string, before: Json) {
    const declared = declaredIn(context, inputs);
    const answer = fieldsOf(context, written.body);
    const effective = effectiveValues(shape, { declared, sent: written.sent, answer, before, fixed: [] });
    for (const [path, value] of Object.entries(effective)) {
      if (valueAt(declared, namesOf(path)) === undefined || before[path] !== undefined) continue;
      context.warn(
        `${pathOf(String(inputs.name))}: NIM has made ${path} ${stringifyJson(value)} instead of what was sent. It is left so; put it into the program to have both the same.`,
      );
    }
    return { ownerMark: mark, effective, ...(written.isSeen ? { seen: versionOf(answer) } : {}) };
  }

  return defineResource<NimClient, Inputs, Outputs>({
    system: "nim",
    name: kind.name,
    inputs: kind.inputs,
    autoName: "name",
    location: ["name"],
    fixed: [],
    steering: ["adopt"],
    writeOnly: kind.writeOnly,
    isFinished: () => true,

    async create(context, inputs) {
      const id = String(inputs.name);
      const mark = newMark(context);
      const outcome = await context.waitFor<Written>((tries) => postOrAdopt(context, inputs, mark, tries));
      if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
      claims.make(id, mark);
      const remembered = rememberOf(context, inputs, outcome.done, mark, {});
      return { id, outputs: outputsOf(context, outcome.done.body, remembered) };
    },

    async read(context, id, state) {
      const live = await context.client.find(pathOf(id));
      if (!live) return undefined;
      const inputs = { ...kind.inputsOf(live, context.client), name: id };
      const is = fieldsOf(context, live);
      const declared = declaredIn(context, state);
      const before = state.effective ?? {};
      const remembered = {
        ownerMark: state.ownerMark ?? "",
        effective: effectiveValues(shape, { declared, sent: is, answer: is, before, fixed: [] }),
        seen: versionOf(is),
      };
      const outputs = outputsOf(context, live, remembered);
      const found = { inputs: shownTo(context, inputs, state), outputs, changedBy: unknownWriter };
      if (!state.ownerMark || isSameObject(live, state)) return found;
      context.warn(`${pathOf(id)} ${whatBecameOf(live)}`);
      return { ...found, outputs: { ...outputs, uid: state.uid ?? "" } };
    },

    async update(context, id, state, inputs) {
      const path = pathOf(id);
      const live = await context.client.find(path);
      if (!live) throw gone(path);
      const isOurs = (body: Json) =>
        isSameObject(body, state) || isMadeBy(markOf(body), context.owner) || inputs.adopt === true;
      if (!isOurs(live)) {
        throw new Error(
          `${path} ${whatBecameOf(live)} Nothing was changed. Set "adopt: true" to take it over, or give it up here with "pulumi state delete".`,
        );
      }
      const mark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
      const wayOut = `"pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.`;
      const { effective = {}, seen } = state;
      const applied = { ...declaredIn(context, state), ...pick(state, kind.writeOnly) };
      const written = await put(context, inputs, {
        applied,
        effective,
        seen,
        live,
        mark,
        takesOver: false,
        wayOut,
        isOurs,
      });
      claims.make(id, mark);
      return outputsOf(context, written.body, rememberOf(context, inputs, written, mark, effective));
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
          const released = kind.released(state, kind.inputsOf(live, context.client));
          if (released) {
            const body = kind.bodyOf({ ...state, ...released }, live, context.client, state);
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
  /** Other systems' tags show where the program declares them, and nowhere else. */
  function shownTo({ client }: NimContext, live: Partial<Inputs>, state: Partial<Inputs & Outputs>): Partial<Inputs> {
    if (!state.ownerMark) return live;
    const [own, ownDeclared] = [kind.ownPart(client, live), kind.ownPart(client, state)];
    return mapEntries(own as Json, (key, value) => {
      const [all, ours] = [(state as Json)[key], (ownDeclared as Json)[key]];
      if (!Array.isArray(value) || !Array.isArray(all) || !Array.isArray(ours)) return value;
      return [...value, ...all.filter((item) => !ours.includes(item))];
    }) as Partial<Inputs>;
  }
}
