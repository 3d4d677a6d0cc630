import isDeepEqual from "fast-deep-equal";
import { explainConflicts } from "../core/conflict.ts";
import { type Conflict, merge } from "../core/merge.ts";
import { isMadeBy, newMark, stackOf } from "../core/ownerMark.ts";
import type { ObjectShape } from "../core/shape.ts";
import { hasCode, hasStatus, isAmbiguous, messageOf } from "../travel/errors.ts";
import { findObject, type NsxContext } from "./client.ts";
import { foreignObject, type Identity, isSameObject, lastWriter, markOf, withMark, withoutMark } from "./objectMark.ts";
import { type PolicyObject, unlessAbsent } from "./policyObject.ts";
import { camelCase, snakeCase, type WireObject, withArgumentNames } from "./wire.ts";

/** What one object of the Policy API should be, in wire form. */
export interface Intent {
  readonly path: string;
  readonly shape: ObjectShape;
  /** The managed fields, read-only ones and the owner mark left out. */
  readonly desired: WireObject;
  /** Take over an object that this stack did not make. */
  readonly adopt: boolean;
  /** Arguments that cannot change on an object that exists. */
  readonly immutable: readonly string[];
  /** Arguments that only make sense together. */
  readonly units: readonly (readonly string[])[];
}

/** The object as NSX answered the write, and the mark that it now carries. */
export interface Written {
  readonly object: PolicyObject;
  readonly mark: string;
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
  const outcome = await context.waitFor<PolicyObject | "exists">((tries) => putNew(context, intent, mark, tries));
  if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
  return { mark, object: outcome.done === "exists" ? await adopt(context, intent, mark) : outcome.done };
}

async function putNew(context: NsxContext, intent: Intent, mark: string, tries: number) {
  const nsx = context.client;
  try {
    return { done: await nsx.write(intent.path, withMark(intent.desired, mark)) };
  } catch (error) {
    if (hasCode(error, "500045")) return { waiting: "an object of the same path is still being deleted." };
    // Which answer a taken path gets is not documented; 409, 412 and 500127 have been seen.
    const mayExist = hasStatus(error, 409, 412) || hasCode(error, "500127");
    if (!mayExist && !isAmbiguous(error)) throw error;
    const found = await findObject(nsx, intent.path);
    // What somebody did since it was made must not pass for seen, so its revision is the first.
    if (found) return { done: markOf(found) === mark ? { ...found, _revision: 0 } : ("exists" as const) };
    if (mayExist || tries >= maxAttempts) throw error;
    return { waiting: `the object is not there, and NSX did not say whether it creates it: ${messageOf(error)}` };
  }
}

async function adopt(context: NsxContext, intent: Intent, mark: string): Promise<PolicyObject> {
  const live = await context.client.get(intent.path);
  const ours = isMadeBy(markOf(live), context.owner);
  checkAdoptable(context, intent, live);
  for (const argument of intent.immutable) {
    const [wanted, is] = [intent.desired[snakeCase(argument)], live[snakeCase(argument)]];
    if (wanted !== undefined && is !== undefined && wanted !== is) {
      throw new Error(
        `${intent.path} exists with ${argument} "${is}" instead of "${wanted}", which cannot be changed. Nothing was changed.`,
      );
    }
  }
  context.warn(
    ours
      ? `${intent.path} was there already from an interrupted run, and has been adopted.`
      : `${intent.path} was taken over; it was last changed by ${lastWriter(live)}.`,
  );
  const checkOwner = (found: PolicyObject) => checkAdoptable(context, intent, found);
  return mergeAndPut(context, intent, { lastApplied: {}, live, knownRevision: live._revision, mark, checkOwner });
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

/** Brings the object to what is desired, in a way that loses nobody's change. */
export async function updateObject(
  context: NsxContext,
  intent: Intent,
  lastApplied: WireObject,
  state: Identity & { revision?: number },
): Promise<Written> {
  // Not the revision in the state alone: an object that somebody deleted and made again counts its revisions from 0
  // too, and a write with the old number would go through.
  const live = await unlessAbsent(context.client.readNow(intent.path));
  if (!live) throw gone(intent.path);
  const checkOwner = (found: PolicyObject) => {
    if (isSameObject(found, state) || isMadeBy(markOf(found), context.owner) || intent.adopt) return;
    throw new Error(
      `${foreignObject(intent.path, found)} Nothing was changed. Set "adopt: true" to take the object over, or give it up here with "pulumi state delete".`,
    );
  };
  checkOwner(live);
  // A rename or a new parent changes the owner, and with it the mark.
  const mark = isMadeBy(state.ownerMark, context.owner) ? (state.ownerMark as string) : newMark(context);
  // Revisions of an object that was made again say nothing about what this stack has seen.
  const knownRevision = (live.unique_id ?? "") === state.uniqueId ? state.revision : undefined;
  const basis = { lastApplied, live, knownRevision, mark, checkOwner };
  return { object: await mergeAndPut(context, intent, basis), mark };
}

function gone(path: string): Error {
  return new Error(`${path} is gone. "pulumi up --refresh" makes it again.`);
}

interface Basis {
  readonly lastApplied: WireObject;
  /** What was just read. */
  readonly live: PolicyObject;
  /** The revision that this stack saw last. */
  readonly knownRevision: number | undefined;
  readonly mark: string;
  /** Throws when the object is not one that this stack may change: between two tries somebody may have taken it over. */
  checkOwner(live: PolicyObject): void;
}

/**
 * Compares three ways and PUTs with the revision that was read; on a stale revision, or when the answer was lost, reads
 * again and starts over. Fields that nobody here manages always come from what was read.
 */
async function mergeAndPut(context: NsxContext, intent: Intent, basis: Basis): Promise<PolicyObject> {
  const { lastApplied, knownRevision, mark } = basis;
  const nsx = context.client;
  const { onConflict } = nsx;
  // Nobody wrote since this stack last looked, so what is there now is what it knows, unmanaged fields included.
  const base = basis.live._revision === knownRevision ? withoutMark(basis.live) : undefined;
  for (let attempt = 1, live = basis.live; ; attempt += 1) {
    const merged = merge({
      ...intent,
      units: wireUnits(intent),
      lastApplied,
      base,
      live: withoutMark(live),
      onConflict,
    });
    if (merged.conflicts.length > 0) {
      const change = `${lastWriter(live)} (revision ${knownRevision ?? "unknown"} → ${live._revision})`;
      throw new Error(explainConflicts(change, merged.conflicts.map(asArguments)));
    }
    for (const { path } of merged.passed) {
      const verb = onConflict === "preserve" ? "kept" : "written over";
      context.warn(`${camelCase(path)} was changed by ${lastWriter(live)}; the change is ${verb} (nsx:onConflict).`);
    }
    // What is kept of others must not pass for what this stack has seen, or the next update would write over it.
    const keepsTheirs = onConflict === "preserve" && merged.passed.length > 0;
    const asSeen = (object: PolicyObject) => (keepsTheirs ? { ...object, _revision: object._revision - 1 } : object);
    // Also how the answer to our own write is found when it was lost.
    if (markOf(live) === mark && isDeepEqual(merged.body, withoutMark(live))) return asSeen(live);
    try {
      const written = await nsx.write(intent.path, withMark(merged.body, mark), live);
      warnIfMadeAgain(context, live, written);
      return asSeen(written);
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

function wireUnits(intent: Intent): string[][] {
  return intent.units.map((unit) => unit.map(snakeCase));
}

/**
 * Removes the object if it is still this stack's. Ports of virtual machines, and references by objects that are being
 * deleted too, may linger; they are waited out.
 */
export async function deleteObject(context: NsxContext, path: string, state: Identity): Promise<void> {
  const outcome = await context.waitFor<"deleted" | "kept">(async (tries) => {
    const live = await unlessAbsent(context.client.readToRemove(path));
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
