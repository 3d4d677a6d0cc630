import { z } from "zod";
import type { Clock } from "../travel/clock.ts";
import { hasStatus } from "../travel/errors.ts";
import { stringifyJson } from "../travel/json.ts";

type Json = Record<string, unknown>;

const policy = {
  /** "The maximum value is 100. If pageSize=0, pagination is disabled" (guide: "Overview"). */
  pageSize: 100,
  /** Readings by pages, and after those at once. */
  attempts: 3,
  attemptsAtOnce: 2,
  firstPause: 250,
  /** More objects than any NIM has. */
  longest: 100_000,
};

const token = z.union([z.string(), z.number().transform(String)]).nullish();

// Some tell the token beside the items and some in `Metadata`; some count and some do not; what is alone in its element is a name.
const element = z.union([z.record(z.string(), z.unknown()), z.string().transform((name) => ({ name }))]);
const elements = z.array(element).nullish();
const paging = z.looseObject({
  pageToken: token.catch(undefined),
  links: z
    .looseObject({ next: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(undefined),
});
export const pageForm = z
  .looseObject({
    items: elements,
    metrics: elements,
    dimensions: elements,
    count: z.number().int().nonnegative().nullish().catch(undefined),
    itemsPerPage: z.number().positive().nullish().catch(undefined),
    pageToken: token.catch(undefined),
    Metadata: z.looseObject({ pagination: paging.nullish() }).nullish().catch(undefined),
  })
  // Of a list without anything Go may leave the items out, but not all else with them.
  .refine((body) => ["items", "metrics", "dimensions", "count", "Metadata"].some((key) => key in body), "is no list")
  .transform(({ items, metrics, dimensions, count, itemsPerPage, pageToken, Metadata }) => ({
    items: items ?? metrics ?? dimensions ?? [],
    count: count ?? undefined,
    perPage: itemsPerPage ?? undefined,
    token: pageToken ?? Metadata?.pagination?.pageToken ?? undefined,
    /** `undefined` where nothing is said of a next page. */
    hasNext: Metadata?.pagination?.links?.next && Object.keys(Metadata.pagination.links.next).length > 0,
  }));

export type Page = z.output<typeof pageForm>;

export interface ListSource {
  readonly clock: Clock;
  /** @param path - with its query */
  fetch(path: string): Promise<Page>;
}

/** One reading of a list from its first page to its last. */
interface Reading {
  readonly items: Json[];
  /** Whether all pages showed the list as it was at one moment. */
  readonly isOfOneMoment: boolean;
}

/**
 * Everything in a list. Its pages are read under one token, which "ensures consistent query results across requests"; where
 * they do not fit together it is read again, and at last at once.
 *
 * @param path - may have a query
 * @param most - so many from its beginning will do
 * @throws an Error when what was read time and again cannot have been everything
 */
export async function readList(source: ListSource, path: string, most = Number.POSITIVE_INFINITY): Promise<Json[]> {
  const attempts = policy.attempts + policy.attemptsAtOnce;
  let before: string | undefined;
  let why = "";
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await source.clock.sleep(policy.firstPause * 2 ** (attempt - 1));
    const read = attempt < policy.attempts ? await readPages(source, path, most) : await readAtOnce(source, path);
    if (typeof read === "string") {
      before = undefined;
      why = read;
      continue;
    }
    if (read.items.length >= most) return read.items.slice(0, most);
    if (read.isOfOneMoment) return read.items;
    // Two readings in a row that show the same are not ones between which anything has moved.
    const keys = stringifyJson(read.items.map(keyOf));
    if (keys === before) return read.items;
    before = keys;
    why = "pages of which each shows another moment";
  }
  throw new Error(
    `The list ${path} could not be read as a whole: each of the ${attempts} times that it was read it did not fit together, the last time because of ${why}. Try again when nobody is writing so much there.`,
  );
}

/** A reading, or why it cannot be all. */
async function readPages({ fetch }: ListSource, path: string, most: number): Promise<Reading | string> {
  const size = Math.min(most, policy.pageSize);
  const items: Json[] = [];
  const pages: { readonly size: number; readonly count: number | undefined }[] = [];
  let first: string | undefined;
  let isOfOneMoment = true;
  let before: string | undefined;
  for (let number = 1; ; number += 1) {
    const query = `page=${number}&pageSize=${size}${first === undefined ? "" : `&pageToken=${encodeURIComponent(first)}`}`;
    let page: Page;
    try {
      page = await fetch(withQuery(path, query));
    } catch (error) {
      // A token that has ended is one that NIM does not know.
      if (number === 1 || !hasStatus(error, 400, 404, 409, 410)) throw error;
      return `a token that ended before page ${number} (${error.message})`;
    }
    // A server that knows no pages answers with everything each time.
    const now = stringifyJson(page.items);
    if (now === before && page.items.length > 0) break;
    before = now;
    if (number === 1) first = page.token;
    // The next page shows what is there then, where no token holds it back.
    else if (first === undefined || (page.token ?? first) !== first) isOfOneMoment = false;
    items.push(...page.items);
    pages.push({ size: page.items.length, count: page.count });
    if (items.length > policy.longest) {
      throw new Error(`The list ${path} does not end: ${items.length} objects, and still more.`);
    }
    if (items.length >= most || isLast(page, items.length, size)) break;
  }
  return whyNotAll(items, pages, most) ?? { items, isOfOneMoment };
}

async function readAtOnce({ fetch }: ListSource, path: string): Promise<Reading | string> {
  const { items, count } = await fetch(withQuery(path, "pageSize=0"));
  // Who knows no pageSize=0 answers with a page, and nothing else tells where there is no count.
  if (count === undefined && items.length === policy.pageSize) return "as many objects as a page has, and no count";
  const pages = [{ size: items.length, count }];
  return whyNotAll(items, pages, Number.POSITIVE_INFINITY) ?? { items, isOfOneMoment: true };
}

function isLast({ items, count, perPage, hasNext }: Page, soFar: number, size: number): boolean {
  if (items.length === 0 || hasNext === false) return true;
  if (hasNext) return false;
  // A count that is more than what the page has is that of the whole list.
  if (count !== undefined && count > items.length) return soFar >= count;
  const isKnown = count !== undefined || perPage !== undefined;
  return isKnown && items.length < (perPage ?? size);
}

/** Counts are of the whole list or of the page: each server means one of the two. */
function whyNotAll(
  items: readonly Json[],
  pages: readonly { readonly size: number; readonly count: number | undefined }[],
  most: number,
): string | undefined {
  const keys = items.map(keyOf).filter((key) => key !== undefined);
  if (new Set(keys).size < keys.length) return "an object that is there twice";
  if (items.length >= most) return undefined;
  const isOf = (meant: (page: { readonly size: number }) => number) =>
    pages.every((page) => page.count === undefined || page.count === meant(page));
  if (isOf(() => items.length) || isOf(({ size }) => size)) return undefined;
  return `${items.length} objects where it says ${pages.map(({ count }) => count).join(", ")}`;
}

/** What no two objects of a list have in common; `undefined` where it has nothing of that kind. */
function keyOf({ uid, id, name, metadata }: Json): string | undefined {
  const inner = (metadata ?? {}) as Json;
  const key = uid ?? id ?? inner.uid ?? inner.name ?? name;
  return typeof key === "string" ? key : undefined;
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}
