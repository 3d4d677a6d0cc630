import { createHash } from "node:crypto";
import type { z } from "zod";
import { isMadeBy, type Knowledge, knowledgeOf, markText, parseMark, stackOf, stampOf } from "../core/ownerMark.ts";
import { canonicalForm, mapEntries, type ObjectShape, pick, shapeOf, textOf } from "../core/shape.ts";
import { type ApiError, unlessAbsent } from "../travel/errors.ts";
import { type Json, type NimClient, type NimContext, notThis, understoodAt } from "./client.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";

type Update = "put" | "patch";

/** What tells one kind of named object from another. Create, read, update and delete are the same for all. */
export interface NamedKind<Inputs extends NamedInputs, Outputs extends NamedOutputs> {
  /** The class's name in the SDK. */
  readonly name: string;
  /** The collection's path, such as `/roles`. */
  readonly collection: string;
  /** What the object's own path and its id are made of. Of a uid only a list can tell whose it is. */
  readonly keyedBy: "name" | "uid";
  /** What ids are like, in a sentence. */
  readonly ids: string;
  /** How NIM takes a changed object; where nobody has said, the second is tried when it knows no such method. */
  readonly updatedBy: readonly [Update, Update?];
  readonly inputs: z.ZodObject;
  /** Whether `displayName` is the name where nobody gives one. */
  readonly isCalledByName?: true;
  /** Arguments that NIM takes and never gives back. */
  readonly writeOnly: readonly (keyof Inputs & string)[];
  /** The form that every body has, as far as what follows relies on it. */
  readonly form: z.ZodType<Json>;
  uidOf(body: Json): string;
  /** The arguments that a body stands for, other systems' tags included. */
  inputsOf(body: Json, client: NimClient): Partial<Inputs>;
  /**
   * The body for the arguments without other systems' tags; what nobody here manages is taken from the live one. With a
   * live one it is for `updatedBy`, else for POST.
   *
   * @param declared - what the program says, other systems' tags included
   */
  bodyOf(inputs: Inputs, live: Json | undefined, client: NimClient, declared: Partial<Inputs>): Json;
  /** The arguments without what belongs to other systems (`nim:ignoreTags`). */
  ownPart(client: NimClient, inputs: Partial<Inputs>): Partial<Inputs>;
  /** Outputs besides those that every named object has. */
  outputsOf(inputs: Partial<Inputs>, body: Json): Omit<Outputs, keyof NamedOutputs>;
  /** Where the owner's mark stands in a body; without such a place an object is known by its uid and its content. */
  readonly mark:
    | {
        of(body: Json): string | undefined;
        put(body: Json, mark: string): Json;
        writtenAt(body: Json): number | undefined;
      }
    | undefined;
  /**
   * Without a mark: whether an object that is as declared has nothing beside that, as a create leaves it. Where this is
   * missing, what the program declares tells enough, as a certificate does; a name and some texts do not.
   */
  isJustMade?(body: Json, declared: Partial<Inputs>): boolean;
  /** The body once more, where NIM has refused the first because it does not know a field of it; nobody knows its name. */
  bodyAfter?(body: Json, refused: ApiError): Json | undefined;
  /** What NIM's refusal of a write comes from, in whole sentences, where a look can tell. */
  explain?(context: NimContext, inputs: Inputs): Promise<string | undefined>;
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
  /** What equality means for the object of that name. */
  function shapeFor(name: string): ObjectShape {
    if (!kind.isCalledByName) return shape;
    return { ...shape, fields: { ...shape.fields, displayName: { kind: "value", whenAbsent: name } } };
  }

  const pathOf = (id: string) => `${kind.collection}/${encodeURIComponent(id)}`;
  const nameOf = (body: Json) => String(((body.metadata ?? body) as { name?: unknown }).name);
  const idOf = (body: Json) => (kind.keyedBy === "name" ? nameOf(body) : kind.uidOf(body));
  /** What a message calls the object of that name before it has an id. */
  const placeOf = (name: string) => (kind.keyedBy === "name" ? pathOf(name) : `${kind.name} ${name}`);

  /** @throws for an answer that is not the object of that id, as one from somebody else may be; only a look can tell then */
  function ofId(id: string, answer: Json): Json {
    const body = understoodAt(pathOf(id), answer, kind.form);
    if (idOf(body) === id && kind.uidOf(body) !== "") return body;
    throw notThis(pathOf(id));
  }

  /** The same of the object that was to be made under a name. */
  function ofName(name: string, answer: Json): Json {
    const body = understoodAt(placeOf(name), answer, kind.form);
    if (nameOf(body) === name && kind.uidOf(body) !== "") return body;
    throw notThis(placeOf(name));
  }

  /** The object of that id, or `undefined` only when NIM says that there is none. */
  function find(context: NimContext, id: string): Promise<Json | undefined> {
    return unlessAbsent(read(context, id));
  }

  async function read({ client }: NimContext, id: string): Promise<Json> {
    return ofId(id, await client.read(pathOf(id)));
  }

  /** The object of that name, whatever its id. @throws where there are several: nobody can say which one is meant */
  async function findNamed(context: NimContext, name: string): Promise<Json | undefined> {
    if (kind.keyedBy === "name") return find(context, name);
    const listed = (await context.client.list(kind.collection)).filter((body) => nameOf(body) === name);
    const ids = listed.map((body) => String(body.uid));
    if (ids.length > 1) {
      throw new Error(
        `${placeOf(name)} is there ${ids.length} times: ${ids.join(", ")}. Choose another name, or rename or delete in NIM those that are not meant.`,
      );
    }
    return ids[0] === undefined ? undefined : find(context, ids[0]);
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

  /** Whether the object in the place of one that the state knows is nobody's of this stack. */
  function isAnothersObject({ owner }: NimContext, body: Json, state: Partial<NamedOutputs>): boolean {
    return !isSameObject(body, state) && !isMadeBy(markOf(body), owner);
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
    shapeFor,
    readable,
    pathOf,
    placeOf,
    nameOf,
    idOf,
    ofId,
    ofName,
    find,
    findNamed,
    read,
    markOf,
    stampIn,
    fieldsOf,
    declaredIn,
    versionOf,
    knowledgeIn,
    isSameObject,
    isAnothersObject,
    whatBecameOf,
    bodyOf,
    shownTo,
  };
}
