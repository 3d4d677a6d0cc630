import { messageOf, Unfinished } from "../travel/errors.ts";
import type { NsxContext } from "./client.ts";

/**
 * Waits until NSX has realized an intent. A 200 only means that the intent is accepted; whether it could be realized
 * shows in its realized state (guide: "Realized State").
 *
 * @throws {@link Unfinished} with the outputs to save: the object exists, whatever became of it.
 */
export async function realize(
  context: NsxContext,
  path: string,
  outputsAt: (status: string) => object,
): Promise<string> {
  const unfinished = (status: string, words: string) =>
    new Unfinished(
      path,
      outputsAt(status),
      `${path} exists but is not realized: ${words} It is saved in the state; the next "pulumi up" waits for it again.`,
    );
  try {
    const outcome = await context.waitFor(async () => {
      const status = await context.client.realizationOf(path);
      const settled = status === "SUCCESS" || status === "ERROR";
      return settled ? { done: status } : { waiting: `${path} is being realized (${status})` };
    });
    if ("waiting" in outcome) throw unfinished("IN_PROGRESS", `${outcome.waiting} when the time was up.`);
    if (outcome.done === "SUCCESS") return outcome.done;
    const alarms = await context.client.alarmsOf(path);
    throw unfinished("ERROR", alarms.length > 0 ? `NSX says "${alarms.join('"; "')}".` : "NSX gives no reason.");
  } catch (error) {
    if (error instanceof Unfinished) throw error;
    throw unfinished("IN_PROGRESS", `asking for its realized state failed. ${messageOf(error)}`);
  }
}
