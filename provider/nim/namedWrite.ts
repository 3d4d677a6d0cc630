import isDeepEqual from "fast-deep-equal";
import { byAdopting, explainConflicts, refuseExisting, show } from "../core/conflict.ts";
import { declaredPart, effectiveValues, isAsDeclared } from "../core/othersChanged.ts";
import { isMadeBy } from "../core/ownerMark.ts";
import { namesOf, valueAt } from "../core/propertyPath.ts";
import { pick, same } from "../core/shape.ts";
import { toWrite } from "../core/toWrite.ts";
import { ApiError, hasStatus, isAmbiguous, isKind, isPutOff, messageOf } from "../travel/errors.ts";
import type { Json, NimContext } from "./client.ts";
import { type NamedKind, namedObjects } from "./namedObject.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";
import { unknownWriter } from "./unknownWriter.ts";

/** Tries of read, compare and write when answers are lost. */
export const maxAttempts = 5;
/** The pause after this attempt is as long as any, 3 s on average. */
const longestBackOff = 7;

/**
 * The pause before what was written is looked for, and written anew where it is not there. What NIM put off is, for as long as
 * there is time.
 *
 * @param attempt - that has failed, from 1
 * @throws the error itself where a look would be of no use
 */
export async function pauseBeforeLook({ backOff }: NimContext, error: unknown, attempt: number): Promise<void> {
  if (!isPutOff(error) && (!isAmbiguous(error) || attempt >= maxAttempts)) throw error;
  await backOff(Math.min(attempt, longestBackOff));
}

/** What an update goes by. */
interface Basis {
  /** The arguments as this stack last wrote them. */
  readonly applied: Json;
  readonly effective: Json;
  /** The version of the object as this stack last saw it whole. */
  readonly seen: string | undefined;
  /** The stamp that the object carried when the state was taken. */
  readonly stamp?: string | undefined;
  /** What was just read. */
  readonly live: Json;
  readonly mark: string;
  /** Whether the user has said to take what is there as seen, though nobody was shown others' changes in it. */
  readonly takesOver: boolean;
  readonly isAdoption: boolean;
  readonly wayOut: string;
  /** Whether the object is still the one that was read, or already carries our own write. */
  isOurs(body: Json): boolean;
}

/** The object as NIM answered the write. */
export interface Written {
  readonly body: Json;
  /** The arguments that NIM has answered to. */
  readonly sent: Json;
  /** Whether this stack has seen everything in the object. */
  readonly isSeen: boolean;
}

export function goneError(path: string): Error {
  return new Error(`${path} is gone. "pulumi up --refresh" makes it again.`);
}

/** Creates, adopts and updates objects of one kind. */
export function namedWriter<Inputs extends NamedInputs, Outputs extends NamedOutputs>(
  kind: NamedKind<Inputs, Outputs>,
) {
  const {
    shapeFor,
    readable,
    pathOf,
    placeOf,
    nameOf,
    idOf,
    markOf,
    stampIn,
    fieldsOf,
    declaredIn,
    versionOf,
    knowledgeIn,
    bodyOf,
    whatBecameOf,
    find,
    findNamed,
    ofId,
    ofName,
  } = namedObjects(kind);

  /** NIM's refusal of a write, with what it comes from. */
  async function explained(context: NimContext, inputs: Inputs, error: unknown): Promise<unknown> {
    if (!(error instanceof ApiError) || isAmbiguous(error) || isKind(error, "busy", "denied")) return error;
    // Somebody who may write, and not look, still gets NIM's own words.
    const why = await kind.explain?.(context, inputs).catch(() => undefined);
    if (why !== undefined) (error as ApiError).message += `. ${why}`;
    return error;
  }

  async function post({ client }: NimContext, body: Json): Promise<Json> {
    // Two objects of one name are one as long as the name is what NIM knows them by.
    const send = kind.keyedBy === "uid" ? client.add : client.post;
    try {
      return await send(kind.collection, body);
    } catch (error) {
      const other = error instanceof ApiError ? kind.bodyAfter?.(body, error) : undefined;
      if (!other) throw error;
      return send(kind.collection, other);
    }
  }

  async function change({ client }: NimContext, path: string, body: Json): Promise<Json> {
    const [first, second] = kind.updatedBy;
    try {
      return await client[first](path, body);
    } catch (error) {
      if (!second || !hasStatus(error, 404, 405, 501) || isKind(error, "gone")) throw error;
      return client[second](path, body);
    }
  }

  /** POST never overwrites ("409: The requested resource already exists"), as a PUT would. */
  async function postOrAdopt(context: NimContext, inputs: Inputs, mark: string, tries: number) {
    const fields = declaredIn(context, inputs);
    const name = String(inputs.name);
    // Where the name is not the key, a POST may make a second one of it.
    const before = kind.keyedBy === "uid" ? await findNamed(context, name) : undefined;
    if (before) return { done: await adopt(context, inputs, before, mark) };
    try {
      const body = bodyOf(context, inputs, fields, undefined, { mark, knows: "own" });
      return {
        done: {
          body: ofName(name, await post(context, body)),
          sent: fields,
          isSeen: true,
        },
      };
    } catch (error) {
      const isOpen = isAmbiguous(error) || (kind.keyedBy === "uid" && isPutOff(error));
      if (!isKind(error, "exists", "stale") && !isOpen) throw await explained(context, inputs, error);
      const live = await findNamed(context, name);
      if (live && markOf(live) === mark) {
        return { done: { body: live, sent: fields, isSeen: knowledgeIn(context, live) === "own" } };
      }
      if (live) return { done: await adopt(context, inputs, live, mark) };
      // A conflict without an object of that name is about something else, such as a serial number that is taken.
      if (!isOpen || (isAmbiguous(error) && tries >= maxAttempts)) throw await explained(context, inputs, error);
      return { waiting: `the object is not there, and NIM did not say whether it creates it: ${messageOf(error)}` };
    }
  }

  /** Whether an object that carries no mark is known for what an interrupted run has made. */
  function isAsMade(live: Json, is: Json, declared: Json): boolean {
    return (
      isAsDeclared(shapeFor(nameOf(live)), is, declared) &&
      (kind.isJustMade?.(live, declared as Partial<Inputs>) ?? true)
    );
  }

  /** Takes over what is there: nothing that the program does not declare is touched. */
  async function adopt(context: NimContext, inputs: Inputs, live: Json, mark: string): Promise<Written> {
    const path = placeOf(String(inputs.name));
    const is = fieldsOf(context, live);
    const declared = declaredIn(context, inputs);
    const ours = kind.mark ? isMadeBy(markOf(live), context.owner) : isAsMade(live, is, declared);
    if (!ours && !inputs.adopt) throw refuseExisting(`${path} exists already`, markOf(live), context.owner);
    const why = ours ? "was there already from an interrupted run, and has been adopted" : "was taken over";
    context.warn(`${path} ${why}.`);
    // What others changed after an interrupted run is theirs: then the run is taken to have written what the program says.
    const untouched = kind.mark && knowledgeIn(context, live);
    const isFree = inputs.adopt || !kind.mark || untouched !== undefined;
    const secrets = pick(inputs, kind.writeOnly);
    const basis = {
      // All that an interrupted run of this resource has made is its own, also what the program no longer says.
      applied: { ...(untouched === "own" ? is : isFree ? {} : declared), ...secrets },
      effective: {},
      seen: isFree ? versionOf(is) : undefined,
      live,
      mark,
      isAdoption: untouched !== "own",
      takesOver: untouched === undefined || untouched === "declared",
      wayOut: byAdopting,
      isOurs: (body: Json) => markOf(body) === markOf(live),
    };
    return put(context, inputs, basis);
  }

  /** Reads were done; compares three ways and writes. NIM has no revision: the moment in between is not covered. */
  async function put(context: NimContext, inputs: Inputs, basis: Basis): Promise<Written> {
    const { applied, effective, mark } = basis;
    const id = idOf(basis.live);
    const shape = shapeFor(nameOf(basis.live));
    const path = pathOf(id);
    const declared = declaredIn(context, inputs);
    const secretsChange = kind.writeOnly.some((key) => !isDeepEqual(applied[key], inputs[key]));
    for (let attempt = 1, { live } = basis; ; attempt += 1) {
      const is = fieldsOf(context, live);
      const left = knowledgeIn(context, live, basis.stamp);
      const knows = versionOf(is) === basis.seen && left !== "own" ? "all" : left;
      const own = pick(applied, readable);
      const isKnown = knows === "own" || knows === "all";
      const seen = isKnown ? is : knows && (declaredPart(shape, is, own) as Json);
      const isSeen = isKnown && !basis.takesOver;
      const { body: merged, conflicts } = toWrite({
        shape,
        applied: own,
        effective,
        seen,
        live: is,
        declared,
        adopting: basis.isAdoption,
        fixed: [],
        onConflict: "fail",
        dependentFields: [],
      });
      if (conflicts.length > 0)
        throw new Error(explainConflicts(context, unknownWriter, conflicts, basis.wayOut, !basis.isAdoption));
      const isMarked = !kind.mark || markOf(live) === mark;
      if (!secretsChange && isMarked && same(shape, merged, is)) return { body: live, sent: merged, isSeen };
      try {
        const body = bodyOf(context, inputs, merged, live, { mark, knows: isSeen ? knows : "declared" });
        return { body: ofId(id, await change(context, path, body)), sent: merged, isSeen };
      } catch (error) {
        await pauseBeforeLook(context, await explained(context, inputs, error), attempt);
        const found = await find(context, id);
        if (!found) throw goneError(path);
        if (markOf(found) !== mark && !basis.isOurs(found)) throw new Error(`${path} ${whatBecameOf(found)}`);
        live = found;
      }
    }
  }

  function rememberOf(
    context: NimContext,
    inputs: Inputs,
    written: Written,
    mark: string,
    known: { applied: Json; effective: Json },
  ): Omit<NamedOutputs, "uid"> {
    const { applied, effective: before } = known;
    const declared = declaredIn(context, inputs);
    const answer = fieldsOf(context, written.body);
    const effective = effectiveValues(shapeFor(String(inputs.name)), {
      applied,
      declared,
      sent: written.sent,
      answer,
      before,
      fixed: [],
    });
    for (const [path, value] of Object.entries(effective)) {
      if (valueAt(declared, namesOf(path)) === undefined || before[path] !== undefined) continue;
      context.warn(
        `${placeOf(String(inputs.name))}: NIM has made ${path} ${show(context, path, value)} instead of what was sent. It is left so; put it into the program to have both the same.`,
      );
    }
    return {
      ownerMark: mark,
      ...stampIn(written.body),
      effective,
      ...(written.isSeen ? { seen: versionOf(answer) } : {}),
    };
  }

  return { postOrAdopt, put, rememberOf };
}
