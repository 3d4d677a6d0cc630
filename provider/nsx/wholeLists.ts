import { createKeptAnswers } from "../core/keptAnswers.ts";
import type { Clock } from "../travel/clock.ts";
import { hasCode } from "../travel/errors.ts";
import { understood } from "../travel/http.ts";
import { parseJson } from "../travel/json.ts";
import type { TimeLimit } from "../travel/timeLimit.ts";
import { isLastCursor, limits, pageSchema } from "./lists.ts";
import type { WireObject } from "./wire.ts";

/** Whole lists for queries: never a list of which it is not sure that nothing is missing. */
export interface WholeLists {
  /**
   * Everything in a collection.
   *
   * @param isFresh - whether it must have been asked for after this call
   * @throws an Error when what was read time and again cannot have been everything
   */
  read(collection: string, limit: TimeLimit, isFresh: boolean): Promise<readonly WireObject[]>;
}

export interface WholeListSource {
  readonly clock: Clock;
  /** NSX's time at a moment of ours, never later than it was. */
  serverTimeAt(ours: number): number;
  fetch(path: string, limit: TimeLimit): Promise<string>;
}

const policy = {
  attempts: 6,
  firstPause: 250,
};

export function createWholeLists(source: WholeListSource): WholeLists {
  const kept = createKeptAnswers(source.clock, (collection, limit) => readWhole(source, collection, limit));
  return { read: kept.get };
}

/** One reading of a list from its first page to its last. */
interface Reading {
  /** NSX's time when it began, or a little before. */
  readonly began: number;
  readonly items: ReadonlyMap<string, WireObject>;
  /** What the first page says that there is. */
  readonly count: number;
}

/**
 * A cursor is a position and no snapshot (docs/nsx.md#lists): what is deleted on the pages before it lets an object slip
 * through, and one that is made on the pages after it makes up for that in the count. So a count proves something only
 * over what had been made when the reading began: as many different ones as there were then are all of them.
 */
async function readWhole(
  source: WholeListSource,
  collection: string,
  limit: TimeLimit,
): Promise<readonly WireObject[]> {
  /** What was there when a reading began, as far as it and those after it have shown. */
  const attempts: { readonly reading: Reading; readonly there: Map<string, WireObject> }[] = [];
  let why = "";
  for (let attempt = 0; attempt < policy.attempts; attempt += 1) {
    // The second one need not wait: where all was made just before the first, it shows that nothing moves any more.
    if (attempt > 1) await source.clock.sleep(policy.firstPause * 2 ** (attempt - 2));
    const read = await readOnce(source, collection, limit);
    if (typeof read === "string") {
      why = read;
      continue;
    }
    if (read.isOnePage && read.items.size === read.count) return [...read.items.values()];
    const before = attempts.at(-1)?.reading;
    if (before && isSame(before, read)) return [...read.items.values()];
    attempts.push({ reading: read, there: new Map() });
    for (const { reading, there } of attempts) {
      for (const [key, item] of read.items) {
        if (Number(item._create_time) < reading.began) there.set(key, item);
      }
      if (there.size === reading.count) return [...latestOf(there, read).values()];
    }
    why = `${read.items.size} objects where it says ${read.count}`;
  }
  throw new Error(
    `The list of ${collection} could not be read as a whole: it changed each of the ${policy.attempts} times that it was read, the last time to ${why}. Try again when nobody is writing so much there.`,
  );
}

/** Each as the last reading shows it, or as it was when it was last seen. */
function latestOf(there: ReadonlyMap<string, WireObject>, last: Reading): ReadonlyMap<string, WireObject> {
  return new Map([...there].map(([key, item]) => [key, last.items.get(key) ?? item]));
}

/** Two readings in a row that show the same are not ones between which anything has moved. */
function isSame(a: Reading, b: Reading): boolean {
  if (a.items.size !== a.count || b.items.size !== b.count || a.count !== b.count) return false;
  return [...a.items].every(([key, item]) => b.items.get(key)?._revision === item._revision);
}

async function readOnce(
  source: WholeListSource,
  collection: string,
  limit: TimeLimit,
): Promise<(Reading & { isOnePage: boolean }) | string> {
  for (let size = limits.pageSize; ; size = Math.floor(size / 2)) {
    try {
      return await readPages(source, collection, limit, size);
    } catch (error) {
      // "Page overflow": the page would be too large for the manager (docs/nsx.md#lists).
      if (!hasCode(error, "60576", "255") || size / 2 < limits.smallestPage) throw error;
    }
  }
}

async function readPages(
  { clock, serverTimeAt, fetch }: WholeListSource,
  collection: string,
  limit: TimeLimit,
  size: number,
): Promise<(Reading & { isOnePage: boolean }) | string> {
  const began = clock.now();
  const items = new Map<string, WireObject>();
  const cursors = new Set<string>();
  let count: number | undefined;
  let bytes = 0;
  for (let cursor: string | undefined; ; ) {
    const query = new URLSearchParams({ page_size: String(size), ...(cursor === undefined ? {} : { cursor }) });
    const body = await fetch(`${collection}?${query}`, limit);
    const page = understood(`GET ${collection} answered`, jsonOf(body, collection), pageSchema, "NSX");
    count ??= page.result_count;
    if (count === undefined) return "a list that does not say how much is in it";
    bytes += body.length;
    if (count > limits.objects || bytes > limits.bytes) {
      throw new Error(`${collection} has ${count} objects, which is more than a query reads (${limits.objects}).`);
    }
    for (const item of page.results) {
      // What was deleted and made again is another object in the same place.
      items.set(`${item.path} ${item.unique_id ?? ""}`, item);
    }
    if (page.cursor === undefined || isLastCursor(page)) {
      return { began: serverTimeAt(began), items, count, isOnePage: cursors.size === 0 };
    }
    if (cursors.has(page.cursor)) return "a page that leads back to one before it";
    cursors.add(page.cursor);
    cursor = page.cursor;
  }
}

function jsonOf(body: string, collection: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new Error(`GET ${collection} answered something that is not JSON; is there a proxy before NSX?`);
  }
}
