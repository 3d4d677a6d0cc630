import isDeepEqual from "fast-deep-equal";
import { byRefresh, explainConflicts, nameOf } from "../core/conflict.ts";
import { declaredPart } from "../core/othersChanged.ts";
import { isMadeBy, type Knowledge, newMark, stampOf } from "../core/ownerMark.ts";
import { namesOf, shapeAt, valueAt } from "../core/propertyPath.ts";
import { same } from "../core/shape.ts";
import { type Conflict, toWrite } from "../core/toWrite.ts";
import { isAmbiguous, isKind, unlessAbsent } from "../travel/errors.ts";
import { stringifyJson } from "../travel/json.ts";
import { findObject, type NsxContext } from "./client.ts";
import { asAnswered, type Intent, type Known, marked, type Written } from "./intent.ts";
import {
  foreignObject,
  type Identity,
  isAnothersObject,
  knowledgeIn,
  lastWriter,
  markOf,
  versionOf,
} from "./objectMark.ts";
import type { PolicyObject } from "./policyObject.ts";
import { camelCase, type WireObject, withArgumentNames } from "./wire.ts";
/** Tries of read, merge and write against writers that keep getting in between. */
export const maxAttempts = 8;

/** @throws when the program names another value of a field that cannot change, and no refresh has told the diff of it */
export function checkFixed(
  intent: Intent,
  live: PolicyObject,
  { applied, effective }: Pick<Known, "applied" | "effective">,
  wayOut: string,
): void {
  for (const path of intent.fixed) {
    const shape = shapeAt(intent.shape, namesOf(path));
    const at = (fields: WireObject) => valueAt(fields, namesOf(path));
    const [wanted, is] = [at(intent.declared), at(live)];
    const before = at(applied);
    const isAsMade = before !== undefined && same(shape, is, effective[path]) && same(shape, wanted, before);
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
    if (intent.adopt || !isAnothersObject(found, known, context.owner)) return;
    throw new Error(
      `${foreignObject(intent.path, found)} Nothing was changed. Set "adopt: true" to take the object over, or give it up here with "pulumi state delete".`,
    );
  };
  checkOwner(live);
  if (isAnothersObject(live, known, context.owner)) {
    context.warn(`${intent.path} was taken over; it was last changed by ${lastWriter(live)}.`);
  }
  checkFixed(intent, live, known, '"pulumi up --refresh" replaces the object.');
  // A rename or a new parent changes the owner, and with it the mark.
  const mark = isMadeBy(known.ownerMark, context.owner) ? (known.ownerMark as string) : newMark(context);
  // Revisions of an object that was made again say nothing about what this stack has seen.
  const isSame = (live.unique_id ?? "") === known.uniqueId;
  const seen = isSame ? known.seen : undefined;
  const what = { known: { ...known, seen }, live, mark, takesOver: false, isAdoption: false };
  return mergeAndPut(context, intent, { ...what, checkOwner, wayOut: byRefresh });
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
  readonly isAdoption: boolean;
  /** Throws when the object is not one that this stack may change: between two tries somebody may have taken it over. */
  checkOwner(live: PolicyObject): void;
  /** What a user can do about a conflict. */
  readonly wayOut: string;
}

/**
 * Compares three ways and PUTs with the revision that was read; on a stale revision, or when the answer was lost, reads
 * again and starts over. Fields that nobody here manages always come from what was read.
 */
export async function mergeAndPut(context: NsxContext, intent: Intent, basis: Basis): Promise<Written> {
  const { known, mark } = basis;
  const nsx = context.client;
  const { onConflict } = nsx;
  // Nobody wrote since this stack last looked, or its own interrupted write was the last.
  const knowledge = (live: PolicyObject): Knowledge | undefined => {
    const left = knowledgeIn(context, live);
    // Revisions of an object that was made again meanwhile begin anew.
    const isKnown = versionOf(live) === known.seen && live.unique_id === basis.live.unique_id;
    return isKnown && left !== "own" ? "all" : left;
  };
  let seen: WireObject | undefined;
  for (let attempt = 1, live = basis.live; ; attempt += 1) {
    const knows = knowledge(live);
    if (knows === "own" || knows === "all") seen = live;
    else if (knows) seen = declaredPart(intent.shape, live, known.applied) as WireObject;
    const { body, conflicts, passed } = toWrite({
      ...intent,
      applied: known.applied,
      effective: known.effective,
      seen,
      live,
      adopting: basis.isAdoption,
      onConflict,
    });
    if (conflicts.length > 0) {
      const writer = knows ? "others, before this stack wrote it last" : lastWriter(live);
      const change = `${writer} (revision ${known.seen ?? "unknown"} → ${live._revision})`;
      throw new Error(explainConflicts(context, change, conflicts.map(asArguments), basis.wayOut, !basis.isAdoption));
    }
    for (const { path } of passed) {
      const verb = onConflict === "preserve" ? "kept" : "written over";
      context.warn(
        `${nameOf(context, camelCase(path))} was changed by ${lastWriter(live)}; the change is ${verb} (nsx:onConflict).`,
      );
    }
    // What is kept of others must not pass for what this stack has seen, or the next update would write over it.
    const keepsTheirs = onConflict === "preserve" && passed.length > 0;
    const isSeen = seen === live && !keepsTheirs && !basis.takesOver;
    const version = versionOf({ _revision: live._revision + 1 });
    const stamp = keepsTheirs ? undefined : stampOf(version, context.run, isSeen ? (knows as Knowledge) : "declared");
    const sent = marked(intent, body, { mark, stamp });
    const isThere = markOf(live) === mark && isDeepEqual({ ...sent, owner: live.owner }, live);
    // Also how the answer to our own write is found when it was lost.
    if (isThere) return { object: live, mark, sent, isAnswer: false, isSeen };
    try {
      const written = await nsx.write(intent.path, sent, live);
      warnIfMadeAgain(context, live, written);
      const { object, isAnswer } = asAnswered(written, live._revision + 1);
      return { object, mark, sent, isAnswer, isSeen: isSeen && isAnswer };
    } catch (error) {
      const mayGoOn = isKind(error, "stale") || isAmbiguous(error);
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
