import { createKeptAnswers } from "../core/keptAnswers.ts";
import type { Clock } from "../travel/clock.ts";
import { hasCode } from "../travel/errors.ts";
import { understood } from "../travel/http.ts";
import { parseJson, stringifyJson } from "../travel/json.ts";
import type { TimeLimit } from "../travel/timeLimit.ts";
import { isLastCursor, limits, pageSchema } from "./lists.ts";
import type { WireObject } from "./wire.ts";

/** A list to be read. */
export interface ListOf {
  /** From the API's root, with the query that it takes besides that for its pages. */
  readonly path: string;
  /** What messages call it. */
  readonly words: string;
  /** Whether it is what a search finds: then also a change makes an object come or go, and the cursor is a number. */
  readonly isSearch: boolean;
}

/** Whole lists for queries: never a list of which it is not sure that nothing is missing. */
export interface WholeLists {
  /**
   * Everything in a list.
   *
   * @param isFresh - whether it must have been asked for after this call
   * @throws an Error when what was read time and again cannot have been everything
   */
  read(list: ListOf, limit: TimeLimit, isFresh: boolean): Promise<readonly WireObject[]>;
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
  const lists = new Map<string, ListOf>();
  const kept = createKeptAnswers(source.clock, (path, limit) => readWhole(source, lists.get(path) as ListOf, limit));
  return {
    read(list, limit, isFresh) {
      lists.set(list.path, list);
      return kept.get(list.path, limit, isFresh);
    },
  };
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
 * over what had been made when the reading began: as many different ones as there were then are all of them. Of a search not
 * even that, for what was made long ago may have been changed just now, so that it fits.
 */
async function readWhole(source: WholeListSource, list: ListOf, limit: TimeLimit): Promise<readonly WireObject[]> {
  /** What was there when a reading began, as far as it and those after it have shown. */
  const attempts: { readonly reading: Reading; readonly there: Map<string, WireObject> }[] = [];
  let why = "";
  for (let attempt = 0; attempt < policy.attempts; attempt += 1) {
    // The second one need not wait: where all was made just before the first, it shows that nothing moves any more.
    if (attempt > 1) await source.clock.sleep(policy.firstPause * 2 ** (attempt - 2));
    const read = await readOnce(source, list, limit);
    if (typeof read === "string") {
      why = read;
      continue;
    }
    if (read.isOnePage && read.items.size === read.count) return [...read.items.values()];
    const before = attempts.at(-1)?.reading;
    if (before && isSame(before, read)) return [...read.items.values()];
    attempts.push({ reading: read, there: new Map() });
    why = `${read.items.size} objects where it says ${read.count}`;
    if (list.isSearch) continue;
    for (const { reading, there } of attempts) {
      for (const [key, item] of read.items) {
        if (Number(item._create_time) < reading.began) there.set(key, item);
      }
      if (there.size === reading.count) return [...latestOf(there, read).values()];
    }
  }
  throw new Error(
    `${capital(list.words)} could not be read as a whole: it changed each of the ${policy.attempts} times that it was read, the last time to ${why}. Try again when nobody is writing so much there.`,
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
  list: ListOf,
  limit: TimeLimit,
): Promise<(Reading & { isOnePage: boolean }) | string> {
  for (let size = limits.pageSize; ; size = Math.floor(size / 2)) {
    try {
      return await readPages(source, list, limit, size);
    } catch (error) {
      // "Page overflow": the page would be too large for the manager (docs/nsx.md#lists).
      if (!hasCode(error, "60576", "255") || size / 2 < limits.smallestPage) throw error;
    }
  }
}

async function readPages(
  { clock, serverTimeAt, fetch }: WholeListSource,
  { path, words, isSearch }: ListOf,
  limit: TimeLimit,
  size: number,
): Promise<(Reading & { isOnePage: boolean }) | string> {
  const began = clock.now();
  const items = new Map<string, WireObject>();
  const cursors = new Set<string>();
  let count: number | undefined;
  let [bytes, taken] = [0, 0];
  for (let cursor: string | undefined; ; ) {
    const query = new URLSearchParams({ page_size: String(size), ...(cursor === undefined ? {} : { cursor }) });
    const body = await fetch(`${path}${path.includes("?") ? "&" : "?"}${query}`, limit);
    const page = understood(`GET ${path} answered`, jsonOf(body, path), pageSchema, "NSX");
    count ??= page.result_count;
    if (count === undefined) return "a list that does not say how much is in it";
    bytes += body.length;
    taken += page.results.length;
    // A search that finds more says that it has found as many as it may.
    if (count > limits.objects || bytes > limits.bytes || (isSearch && count === limits.objects)) {
      throw new Error(`${capital(words)} has ${count} objects, which is more than a query reads (${limits.objects}).`);
    }
    for (const item of page.results) {
      items.set(keyOf(item), item);
    }
    // A search's last page has a cursor like all others.
    if (page.cursor === undefined || isLastCursor(page) || (isSearch && taken >= count)) {
      return { began: serverTimeAt(began), items, count, isOnePage: cursors.size === 0 };
    }
    if (cursors.has(page.cursor)) return "a page that leads back to one before it";
    cursors.add(page.cursor);
    cursor = page.cursor;
  }
}

function keyOf(item: WireObject): string {
  // What was deleted and made again is another object in the same place.
  if (item.path !== undefined) return `${item.path} ${item.unique_id ?? ""}`;
  // What a search finds that nobody has declared, such as a virtual machine, has neither path nor revision.
  return stringifyJson(item);
}

const capital = (text: string) => text[0]?.toUpperCase() + text.slice(1);

function jsonOf(body: string, path: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new Error(`GET ${path} answered something that is not JSON; is there a proxy before NSX?`);
  }
}
