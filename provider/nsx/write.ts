import isDeepEqual from "fast-deep-equal";
import { explainConflicts } from "../core/conflict.ts";
import { throughDeclared } from "../core/othersChanged.ts";
import { isMadeBy, knowledgeOf, newMark, type StampedMark, stackOf, stampOf } from "../core/ownerMark.ts";
import { namesOf, shapeAt, valueAt } from "../core/propertyPath.ts";
import { type ObjectShape, same } from "../core/shape.ts";
import { type Conflict, toWrite } from "../core/toWrite.ts";
import { hasCode, hasStatus, isAmbiguous, messageOf } from "../travel/errors.ts";
import { stringifyJson } from "../travel/json.ts";
import { findObject, type NsxContext } from "./client.ts";
import {
  foreignObject,
  type Hidden,
  type Identity,
  isSameObject,
  lastWriter,
  markOf,
  versionOf,
} from "./objectMark.ts";
import { type PolicyObject, unlessAbsent } from "./policyObject.ts";
import { camelCase, type WireObject, withArgumentNames } from "./wire.ts";

/** What one object of the Policy API should be, in wire form. */
export interface Intent {
  readonly path: string;
  readonly shape: ObjectShape;
  /** The fields that the program declares, and the type. */
  readonly declared: WireObject;
  /** Declared tags that are other systems' by the configuration: put on, and never compared. */
  readonly systemTags: Hidden["systemTags"];
  /** Take over an object that this stack did not make. */
  readonly adopt: boolean;
  /** Paths of fields that cannot change on an object that exists. */
  readonly fixed: readonly string[];
  /** Fields that only make sense together. */
  readonly dependentFields: readonly (readonly string[])[];
}

/** What the state tells of the object. */
export interface Known extends Identity {
  /** The fields as this stack last wrote them. */
  readonly applied: WireObject;
  /** What the server made of fields that were not declared, or of declared ones where it is something else, by path. */
  readonly effective: WireObject;
  /** The version of the object as this stack last saw it whole; `undefined` when others' changes are in it unseen. */
  readonly seen: string | undefined;
}

/** The object as NSX answered the write, and the mark that it now carries. */
export interface Written {
  readonly object: PolicyObject;
  readonly mark: string;
  /** The whole body that NSX has answered to. */
  readonly sent: WireObject;
  /** Whether the object holds changes by others that this stack has not been shown. */
  readonly unseen: boolean;
}

/** Tries of read, merge and write against writers that keep getting in between. */
const maxAttempts = 8;

/**
 * Creates the object with a PUT without `_revision`, which never overwrites ("the _revision property must not be set
 * when PUT is used to create a new resource"). An object that is there already is adopted when this very resource made
 * it in an interrupted run, or when the user says so.
 */
export async function createObject(context: NsxContext, intent: Intent): Promise<Written> {
  const mark = newMark(context);
  const outcome = await context.waitFor<Written | "exists">((tries) => putNew(context, intent, mark, tries));
  if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
  return outcome.done === "exists" ? adopt(context, intent, mark) : outcome.done;
}

async function putNew(context: NsxContext, intent: Intent, mark: string, tries: number) {
  const nsx = context.client;
  const sent = marked(intent, intent.declared, { mark, stamp: stampOf("0", "all") });
  try {
    return { done: { object: await nsx.write(intent.path, sent), mark, sent, unseen: false } };
  } catch (error) {
    if (hasCode(error, "500045")) return { waiting: "an object of the same path is still being deleted." };
    // Which answer a taken path gets is not documented; 409, 412 and 500127 have been seen.
    const mayExist = hasStatus(error, 409, 412) || hasCode(error, "500127");
    if (!mayExist && !isAmbiguous(error)) throw error;
    const found = await findObject(nsx, intent.path);
    if (found && markOf(found) !== mark) return { done: "exists" as const };
    // What somebody did since it was made must not pass for seen.
    if (found) return { done: { object: found, mark, sent, unseen: found._revision !== 0 } };
    if (mayExist || tries >= maxAttempts) throw error;
    return { waiting: `the object is not there, and NSX did not say whether it creates it: ${messageOf(error)}` };
  }
}

/** A body with the owner's mark and the declared tags of other systems on it. */
function marked(intent: Intent, body: WireObject & Hidden, owner: StampedMark): WireObject & Hidden {
  const { systemTags: there = [] } = body;
  const declared = intent.systemTags?.filter((tag) => !there.some((other) => isDeepEqual(other, tag))) ?? [];
  const systemTags = [...there, ...declared];
  return { ...body, owner, ...(systemTags.length > 0 ? { systemTags } : {}) };
}

/** Takes over what is there: nothing that the program does not declare is touched. */
async function adopt(context: NsxContext, intent: Intent, mark: string): Promise<Written> {
  const live = await context.client.read(intent.path, "alone");
  const ours = isMadeBy(markOf(live), context.owner);
  checkAdoptable(context, intent, live);
  if (!ours) checkFixed(intent, live, {}, "Nothing was changed.");
  context.warn(
    ours
      ? `${intent.path} was there already from an interrupted run, and has been adopted.`
      : `${intent.path} was taken over; it was last changed by ${lastWriter(live)}.`,
  );
  // What others changed after an interrupted run is theirs: then the run is taken to have written what the program says.
  const untouched = ours ? knowledgeOf(live.owner, context.owner, versionOf(live)) : undefined;
  const isFree = intent.adopt || untouched !== undefined;
  const basis = {
    known: { applied: isFree ? {} : intent.declared, effective: {}, seen: isFree ? versionOf(live) : undefined },
    live,
    mark,
    takesOver: untouched !== "all",
    checkOwner: (found: PolicyObject) => checkAdoptable(context, intent, found),
    wayOut: 'Set "adopt: true" to write over it; to keep it, put it into the program.',
  };
  return mergeAndPut(context, intent, basis);
}

function checkAdoptable(context: NsxContext, intent: Intent, live: PolicyObject): void {
  const ours = isMadeBy(markOf(live), context.owner);
  if (!ours && !intent.adopt) {
    const stack = stackOf(markOf(live));
    const belongs = stack ? `, and belongs to ${stack} (project/stack)` : "";
    throw new Error(
      `${intent.path} exists already: created by ${live._create_user ?? "somebody"}, last changed by ${lastWriter(live)}${belongs}. Nothing was changed. Choose another name, or set "adopt: true" to take it over.`,
    );
  }
}

/** @throws when the program names another value of a field that cannot change, and no refresh has told the diff of it */
function checkFixed(intent: Intent, live: PolicyObject, { applied, effective }: Partial<Known>, wayOut: string): void {
  for (const path of intent.fixed) {
    const shape = shapeAt(intent.shape, namesOf(path));
    const at = (fields: WireObject = {}) => valueAt(fields, namesOf(path));
    const [wanted, is] = [at(intent.declared), at(live)];
    const isAsMade = same(shape, is, effective?.[path]) && same(shape, wanted, at(applied));
    if (wanted === undefined || is === undefined || isAsMade || same(shape, wanted, is)) continue;
    throw new Error(
      `${intent.path} exists with ${camelCase(path)} ${stringifyJson(is)} instead of ${stringifyJson(wanted)}, which cannot be changed. ${wayOut}`,
    );
  }
}

/** Brings the object to what is declared, in a way that loses nobody's change. */
export async function updateObject(context: NsxContext, intent: Intent, known: Known): Promise<Written> {
  // Not the revision in the state alone: an object that somebody deleted and made again counts its revisions from 0
  // too, and a write with the old number would go through.
  const live = await unlessAbsent(context.client.read(intent.path, "now"));
  if (!live) throw gone(intent.path);
  const checkOwner = (found: PolicyObject) => {
    if (isSameObject(found, known) || isMadeBy(markOf(found), context.owner) || intent.adopt) return;
    throw new Error(
      `${foreignObject(intent.path, found)} Nothing was changed. Set "adopt: true" to take the object over, or give it up here with "pulumi state delete".`,
    );
  };
  checkOwner(live);
  checkFixed(intent, live, known, '"pulumi up --refresh" replaces the object.');
  // A rename or a new parent changes the owner, and with it the mark.
  const mark = isMadeBy(known.ownerMark, context.owner) ? (known.ownerMark as string) : newMark(context);
  // Revisions of an object that was made again say nothing about what this stack has seen.
  const isSame = (live.unique_id ?? "") === known.uniqueId;
  const wayOut = `"pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" writes over it; to keep it, put it into the program.`;
  const seen = isSame ? known.seen : undefined;
  const basis = { known: { ...known, seen }, live, mark, takesOver: false, checkOwner, wayOut };
  return mergeAndPut(context, intent, basis);
}

function gone(path: string): Error {
  return new Error(`${path} is gone. "pulumi up --refresh" makes it again.`);
}

interface Basis {
  readonly known: Omit<Known, keyof Identity>;
  /** What was just read. */
  readonly live: PolicyObject;
  readonly mark: string;
  /** Whether the user has said to take what is there as seen, though others' changes are in it that nobody was shown. */
  readonly takesOver: boolean;
  /** Throws when the object is not one that this stack may change: between two tries somebody may have taken it over. */
  checkOwner(live: PolicyObject): void;
  /** What a user can do about a conflict. */
  readonly wayOut: string;
}

/**
 * Compares three ways and PUTs with the revision that was read; on a stale revision, or when the answer was lost, reads
 * again and starts over. Fields that nobody here manages always come from what was read.
 */
async function mergeAndPut(context: NsxContext, intent: Intent, basis: Basis): Promise<Written> {
  const { known, mark } = basis;
  const nsx = context.client;
  const { onConflict } = nsx;
  // Nobody wrote since this stack last looked, or its own interrupted write was the last.
  const knowledge = (live: PolicyObject) =>
    versionOf(live) === known.seen ? "all" : knowledgeOf(live.owner, context.owner, versionOf(live));
  const effective = { display_name: intent.path.split("/").at(-1), ...known.effective };
  let seen: WireObject | undefined;
  for (let attempt = 1, live = basis.live; ; attempt += 1) {
    const knows = knowledge(live);
    if (knows === "all") seen = live;
    else if (knows) seen = throughDeclared(intent.shape, live, known.applied) as WireObject;
    const { body, conflicts, passed } = toWrite({
      ...intent,
      applied: known.applied,
      effective,
      seen,
      live,
      onConflict,
    });
    if (conflicts.length > 0) {
      const change = `${lastWriter(live)} (revision ${known.seen ?? "unknown"} → ${live._revision})`;
      throw new Error(explainConflicts(change, conflicts.map(asArguments), basis.wayOut));
    }
    for (const { path } of passed) {
      const verb = onConflict === "preserve" ? "kept" : "written over";
      context.warn(`${camelCase(path)} was changed by ${lastWriter(live)}; the change is ${verb} (nsx:onConflict).`);
    }
    // What is kept of others must not pass for what this stack has seen, or the next update would write over it.
    const keepsTheirs = onConflict === "preserve" && passed.length > 0;
    const unseen = keepsTheirs || basis.takesOver || knows !== "all";
    const version = versionOf({ _revision: live._revision + 1 });
    const stamp = keepsTheirs ? undefined : stampOf(version, unseen ? "declared" : "all");
    const sent = marked(intent, body, { mark, stamp });
    const isThere = markOf(live) === mark && isDeepEqual({ ...sent, owner: live.owner }, live);
    // Also how the answer to our own write is found when it was lost.
    if (isThere) return { object: live, mark, sent, unseen };
    try {
      const written = await nsx.write(intent.path, sent, live);
      warnIfMadeAgain(context, live, written);
      return { object: written, mark, sent, unseen };
    } catch (error) {
      const mayGoOn = hasStatus(error, 409, 412) || isAmbiguous(error);
      if (!mayGoOn || attempt === maxAttempts) throw error;
      await context.backOff(attempt);
      const found = await findObject(nsx, intent.path);
      if (!found) throw gone(intent.path);
      basis.checkOwner(found);
      live = found;
    }
  }
}

/** Revisions start at 0 again with each object, so NSX takes a revision that was read for that of another object. */
function warnIfMadeAgain(context: NsxContext, before: PolicyObject, written: PolicyObject): void {
  if (before.unique_id === written.unique_id) return;
  context.warn(
    `${written.path} was deleted, and made again by ${written._create_user ?? "somebody"}, while this update was under way; the update was written over it.`,
  );
}

function asArguments(conflict: Conflict): Conflict {
  return {
    ...conflict,
    path: camelCase(conflict.path),
    lastApplied: withArgumentNames(conflict.lastApplied),
    live: withArgumentNames(conflict.live),
    desired: withArgumentNames(conflict.desired),
  };
}

/**
 * Removes the object if it is still this stack's. Ports of virtual machines, and references by objects that are being
 * deleted too, may linger; they are waited out.
 */
export async function deleteObject(context: NsxContext, path: string, state: Identity): Promise<void> {
  const outcome = await context.waitFor<"deleted" | "kept">(async (tries) => {
    const live = await unlessAbsent(context.client.read(path, "toRemove"));
    if (!live) return { done: "deleted" };
    if (!isSameObject(live, state)) return { done: "kept" };
    try {
      await context.client.remove(path, live);
      return { done: "deleted" };
    } catch (error) {
      if (hasStatus(error, 404)) return { done: "deleted" };
      if (hasCode(error, "500030", "503040", "503101")) return { waiting: error.message };
      // Somebody wrote between the look and the delete: another look tells whose the object is now.
      if (hasStatus(error, 409, 412)) return { waiting: error.message };
      if (isAmbiguous(error) && tries < maxAttempts) {
        return { waiting: `NSX did not say whether it deleted the object: ${messageOf(error)}` };
      }
      throw error;
    }
  });
  if ("waiting" in outcome) throw new Error(`Gave up waiting. ${outcome.waiting}`);
  if (outcome.done === "kept") context.warn(`${path} is no longer the object of this stack, and was kept.`);
}
