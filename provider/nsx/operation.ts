import type { TimeLimit } from "../travel/timeLimit.ts";

/**
 * How fresh what is read must be. `burst`: as it was since the burst of reads began that this one is part of, as in a
 * refresh; one list answers many such reads. `recent`: the same, and within the last ten seconds. `now`: since this call,
 * and one list answers many that ask at once. `alone`: by a request of its own. `toRemove`: just before the object is removed.
 */
export type Freshness = "burst" | "recent" | "now" | "alone" | "toRemove";

/** What one request is made for, passed on whole so that no layer forgets a part of it. */
export interface Operation {
  readonly limit: TimeLimit;
  readonly freshness: Freshness;
}
