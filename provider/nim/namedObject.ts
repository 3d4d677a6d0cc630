import { createHash } from "node:crypto";
import type { z } from "zod";
import { type Knowledge, knowledgeOf, markText, parseMark, stackOf, stampOf } from "../core/ownerMark.ts";
import { canonicalForm, mapEntries, type ObjectShape, pick, shapeOf, textOf } from "../core/shape.ts";
import { ConnectionError, unlessAbsent } from "../travel/errors.ts";
import { type Json, type NimClient, type NimContext, understoodAt } from "./client.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

/** What tells one kind of named object from another. Create, read, update and delete are the same for all. */
export interface NamedKind<Inputs extends NamedInputs, Outputs extends NamedOutputs> {
  /** The class's name in the SDK. */
  readonly name: string;
  /** The collection's path, such as `/roles`. */
  readonly collection: string;
  /** What ids are like, in a sentence. */
  readonly ids: string;
  readonly inputs: z.ZodObject;
  /** Arguments that NIM takes and never gives back. */
  readonly writeOnly: readonly (keyof Inputs & string)[];
  /** The form that every body has, as far as what follows relies on it. */
  readonly form: z.ZodType<Json>;
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
  readonly mark:
    | {
        of(body: Json): string | undefined;
        put(body: Json, mark: string): Json;
        writtenAt(body: Json): number | undefined;
      }
    | undefined;
  /** What is worth a word to the user when it is written. */
  remarksOn(inputs: Inputs): string[];
  /** Whether NIM takes the one while the other, which it replaces, is still there. */
  canCoexist(before: Partial<Inputs>, after: Partial<Inputs>): boolean;
  /** What is left of the live object when the holds that the stack itself has on it are given up; else `undefined`. */
  released(own: Inputs, live: Partial<Inputs>): Partial<Inputs> | undefined;
  /** Who holds the object, when NIM refuses to delete it. */
  holdersOf(context: NimContext, body: Json): Promise<string[]>;
  /** What the user can do about that, in whole sentences. */
  readonly whenHeld: string;
}

/** Whose mark a body gets, and how much its write knew of what is there. */
export interface Owner {
  readonly mark: string;
  readonly knows: Knowledge;
}

/** How objects of one kind look on the wire, and what can be told of one. */
export function namedObjects<Inputs extends NamedInputs, Outputs extends NamedOutputs>(
  kind: NamedKind<Inputs, Outputs>,
) {
  const { fields } = shapeOf(kind.inputs);
  const readable = Object.keys(fields).filter(
    (key) => !["name", "adopt", ...(kind.writeOnly as string[])].includes(key),
  );
  const shape: ObjectShape = { kind: "object", fields: pick(fields, readable) };
  const pathOf = (name: string) => `${kind.collection}/${encodeURIComponent(name)}`;
  /** @throws for an answer that is not the object of that name, as one from somebody else may be; only a look can tell then */
  function ofName(name: string, answer: Json): Json {
    const body = understoodAt(pathOf(name), answer, kind.form);
    const { name: own } = (body.metadata ?? body) as { name?: unknown };
    if (own === name && kind.uidOf(body) !== "") return body;
    throw new ConnectionError(
      `NIM answered with something that is not ${pathOf(name)}; is there a proxy before it?`,
      true,
    );
  }

  /** The object of that name, or `undefined` only when NIM says that there is none. */
  function find(context: NimContext, name: string): Promise<Json | undefined> {
    return unlessAbsent(read(context, name));
  }

  async function read({ client }: NimContext, name: string): Promise<Json> {
    return ofName(name, await client.read(pathOf(name)));
  }

  const markedBy = (body: Json) => {
    const text = kind.mark?.of(body);
    return text === undefined ? undefined : parseMark(text);
  };
  const markOf = (body: Json) => markedBy(body)?.mark;
  const stampIn = (body: Json) => pick({ stamp: markedBy(body)?.stamp }, ["stamp"]);

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

  /**
   * What this resource knew when it wrote the object that is still as it left it.
   *
   * @param known - the stamp that the state tells of: that write's content may have come back by somebody else's hands
   */
  function knowledgeIn(context: NimContext, body: Json, known?: string): Knowledge | undefined {
    if (known !== undefined && markedBy(body)?.stamp === known) return undefined;
    return knowledgeOf(markedBy(body), context, versionOf(fieldsOf(context, body)), kind.mark?.writtenAt(body));
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
  function bodyOf(
    { client, run }: NimContext,
    inputs: Inputs,
    fields: Json,
    live: Json | undefined,
    owner: Owner,
  ): Json {
    const all = { ...declaredBesides(inputs), ...fields } as unknown as Inputs;
    const body = kind.bodyOf(all, live, client, inputs);
    return (
      kind.mark?.put(body, markText({ mark: owner.mark, stamp: stampOf(versionOf(fields), run, owner.knows) })) ?? body
    );
  }

  /** The name, and what NIM never gives back. */
  function declaredBesides(inputs: Inputs): Json {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => !readable.includes(key)));
  }

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

  return {
    shape,
    readable,
    pathOf,
    ofName,
    find,
    read,
    markOf,
    stampIn,
    fieldsOf,
    declaredIn,
    versionOf,
    knowledgeIn,
    isSameObject,
    whatBecameOf,
    bodyOf,
    shownTo,
  };
}
