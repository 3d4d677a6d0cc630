import { type Random, textOf } from "../kit/index.ts";
import * as errors from "./errors.ts";
import type { Json } from "./fields.ts";
import type { Stored } from "./store.ts";
import type { NsxSwitches } from "./switches.ts";

/** Real managers end with no cursor or with one that starts with 0000; a cursor that goes on starts otherwise. */
const prefix = "0036";
const lastCursor = "0000";

/**
 * One page of a list. A cursor is a position, not a snapshot: what is created or deleted between two pages moves the rest.
 * It is URL-safe, for real clients put it into the URL as it is.
 */
export function listPage(objects: Stored[], query: URLSearchParams, switches: NsxSwitches, random: Random): Json {
  const size = pageSize(query);
  const { offset, seed } = readCursor(query.get("cursor"), random);
  const sortBy = query.get("sort_by");
  const ordered = inOwnOrder(objects, switches, seed);
  if (!sortBy && isDescending(query)) ordered.reverse();
  const sorted = sortBy ? sortObjects(ordered, sortBy, query) : ordered;
  const results = sorted.slice(offset, offset + size).map(({ body }) => body);
  const end = offset + results.length;
  const more = end < sorted.length;
  return {
    results,
    // "Across all pages, set only on first page".
    ...(offset === 0 && { result_count: sorted.length }),
    sort_by: sortBy ?? "display_name",
    sort_ascending: !isDescending(query),
    ...(more && { cursor: writeCursor(end, seed) }),
    ...(end === sorted.length && switches.lastCursor === "zeros" && { cursor: lastCursor }),
  };
}

export function pageSize(query: URLSearchParams): number {
  const text = query.get("page_size");
  if (text === null || text === "") return 1000;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0 || size > 1000) {
    throw errors.fieldErrors([`page_size ${text} must be between 0 and 1000`]);
  }
  return size === 0 ? 1000 : size;
}

function inOwnOrder(objects: Stored[], switches: NsxSwitches, seed: number): Stored[] {
  switch (switches.listOrder) {
    case "id":
      return objects.toSorted((a, b) => compare(a.body.id, b.body.id));
    case "created":
      return objects.toSorted((a, b) => a.sequence - b.sequence);
    case "random":
      // The seed travels in the cursor: each listing has its own order, and its pages fit together.
      return objects.toSorted((a, b) => mix(a.sequence, seed) - mix(b.sequence, seed));
  }
}

const mix = (sequence: number, seed: number) => Math.imul(sequence + 1, seed | 1) >>> 0;

export function sortObjects(objects: Stored[], sortBy: string, query: URLSearchParams): Stored[] {
  const sign = isDescending(query) ? -1 : 1;
  return objects.toSorted((a, b) => sign * compare(a.body[sortBy], b.body[sortBy]));
}

const isDescending = (query: URLSearchParams) => query.get("sort_ascending") === "false";

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [textOf(a ?? ""), textOf(b ?? "")];
  return left < right ? -1 : left > right ? 1 : 0;
}

const writeCursor = (offset: number, seed: number) => prefix + Buffer.from(`${offset}.${seed}`).toString("base64url");

function readCursor(cursor: string | null, random: Random): { offset: number; seed: number } {
  if (cursor === null || cursor === "") return { offset: 0, seed: random.integer(2 ** 31) };
  // Some clients follow the cursor of the last page: there is nothing behind it, not even a cursor.
  if (cursor.startsWith(lastCursor)) return { offset: Number.POSITIVE_INFINITY, seed: 0 };
  const text = Buffer.from(cursor.slice(prefix.length), "base64url").toString();
  const match = /^(\d+)\.(\d+)$/.exec(text);
  if (!cursor.startsWith(prefix) || !match) throw errors.fieldErrors([`cursor ${cursor} is invalid`]);
  return { offset: Number(match[1]), seed: Number(match[2]) };
}
