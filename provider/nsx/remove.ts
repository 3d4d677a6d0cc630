import { isAmbiguous, isKind, messageOf, unlessAbsent } from "../travel/errors.ts";
import type { NsxContext } from "./client.ts";
import { type Identity, isSameObject } from "./objectMark.ts";
import { maxAttempts } from "./update.ts";

/**
 * Removes the object if it is still this stack's. Ports of virtual machines, and references by objects that are being
 * deleted too, may linger; they are waited out.
 */
export async function deleteObject(context: NsxContext, path: string, state: Identity): Promise<void> {
  const outcome = await context.waitFor<"kept" | undefined>(async (tries) => {
    const live = await unlessAbsent(context.client.read(path, "toRemove"));
    if (!live) return { done: undefined };
    if (!isSameObject(live, state)) return { done: "kept" };
    try {
      await context.client.remove(path, live);
      return { done: undefined };
    } catch (error) {
      if (isKind(error, "gone")) return { done: undefined };
      // Somebody wrote between the look and the delete: another look tells whose the object is now.
      if (isKind(error, "inUse", "beingDeleted", "stale")) return { waiting: error.message };
      if (isAmbiguous(error) && tries < maxAttempts) {
        return { waiting: `NSX did not say whether it deleted the object: ${messageOf(error)}` };
      }
      throw error;
    }
  });
  if ("waiting" in outcome) throw new Error(`Gave up waiting. ${outcome.waiting}`);
  if (outcome.done === "kept") context.warn(`${path} is no longer the object of this stack, and was kept.`);
}
