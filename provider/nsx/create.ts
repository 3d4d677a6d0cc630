import { byAdopting, refuseExisting } from "../core/conflict.ts";
import { isMadeBy, newMark, stampOf } from "../core/ownerMark.ts";
import { pick } from "../core/shape.ts";
import { isAmbiguous, isKind, messageOf } from "../travel/errors.ts";
import { findObject, type NsxContext } from "./client.ts";
import { asAnswered, type Intent, marked, type Written } from "./intent.ts";
import { knowledgeIn, lastWriter, markOf, versionOf } from "./objectMark.ts";
import type { PolicyObject } from "./policyObject.ts";
import { checkFixed, maxAttempts, mergeAndPut } from "./update.ts";
import type { WireObject } from "./wire.ts";

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
  const sent = marked(intent, intent.declared, { mark, stamp: stampOf("0", context.run, "own") });
  try {
    return { done: created(await nsx.write(intent.path, sent), mark, sent) };
  } catch (error) {
    if (isKind(error, "beingDeleted")) return { waiting: "an object of the same path is still being deleted." };
    // Which answer a taken path gets is not documented: that it exists and that a revision is stale have both been seen.
    if (!isKind(error, "exists", "stale") && !isAmbiguous(error)) throw error;
    const found = await findObject(nsx, intent.path);
    if (found && markOf(found) !== mark) return { done: "exists" as const };
    // What somebody did since it was made must not pass for seen.
    if (found) return { done: created(found, mark, sent) };
    // Nothing is in the way: another request at the same time was, or the answer was lost.
    if (tries >= maxAttempts) throw error;
    return { waiting: `the object is not there, and NSX did not create it: ${messageOf(error)}` };
  }
}

function created(found: PolicyObject, mark: string, sent: WireObject): Written {
  const { object, isAnswer } = asAnswered(found, 0);
  return { object, mark, sent, isAnswer, isSeen: isAnswer };
}

/** Takes over what is there: nothing that the program does not declare is touched. */
async function adopt(context: NsxContext, intent: Intent, mark: string): Promise<Written> {
  const live = await context.client.read(intent.path, "alone");
  const ours = isMadeBy(markOf(live), context.owner);
  checkAdoptable(context, intent, live);
  checkFixed(intent, live, { applied: {}, effective: {} }, ours ? firstGo : "Nothing was changed.");
  context.warn(
    ours
      ? `${intent.path} was there already from an interrupted run, and has been adopted.`
      : `${intent.path} was taken over; it was last changed by ${lastWriter(live)}.`,
  );
  // What others changed after an interrupted run is theirs: then the run is taken to have written what the program says.
  const untouched = ours ? knowledgeIn(context, live) : undefined;
  const isFree = intent.adopt || untouched !== undefined;
  // All that an interrupted run of this resource has made is its own, also what the program no longer says.
  const applied = untouched === "own" ? pick(live, Object.keys(intent.shape.fields)) : isFree ? {} : intent.declared;
  const basis = {
    known: { applied, effective: {}, seen: isFree ? versionOf(live) : undefined },
    live,
    mark,
    isAdoption: untouched !== "own",
    takesOver: untouched === undefined || untouched === "declared",
    checkOwner: (found: PolicyObject) => checkAdoptable(context, intent, found),
    wayOut: byAdopting,
  };
  return mergeAndPut(context, intent, basis);
}

const firstGo =
  'It is of this very resource. One that is replaced under its own name has to go first: leave "deleteBeforeReplace: false" out. After an interrupted run, say in the program what is there, or delete the object.';

function checkAdoptable(context: NsxContext, intent: Intent, live: PolicyObject): void {
  const ours = isMadeBy(markOf(live), context.owner);
  if (ours || intent.adopt) return;
  const facts = `${intent.path} exists already: created by ${live._create_user ?? "somebody"}, last changed by ${lastWriter(live)}`;
  throw refuseExisting(facts, markOf(live), context.owner);
}
