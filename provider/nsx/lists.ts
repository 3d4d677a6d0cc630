import { z } from "zod";
import { hasCode } from "../travel/errors.ts";
import { parseJson } from "../travel/json.ts";
import type { WireObject } from "./wire.ts";

/** Everything in a collection, by path; or why that is not known. */
export type Listing<T> =
  | { readonly items: ReadonlyMap<string, T>; readonly pages: number }
  /** Reading on would take more pages than it is worth. */
  | { readonly pages: number }
  | { readonly unusable: string };

export interface ListRequest {
  /** From the API's root, with the query that the list itself takes. */
  readonly path: string;
  /** Whether the list takes `page_size` and `cursor`. */
  readonly paged: boolean;
  /** Pages that the caller is willing to pay for. */
  readonly worth: number;
  readonly fetch: (path: string) => Promise<string>;
  keyOf(item: WireObject): unknown;
  /** In which form an item is kept. */
  inForm(item: WireObject): WireObject;
}

export const limits = {
  /** "page_size: 0..1000, default 1000". */
  pageSize: 1_000,
  smallestPage: 50,
  /** What NSX itself caps a search at, and what a process should hold; beyond it, objects are read one by one. */
  objects: 50_000,
  bytes: 64 * 1024 * 1024,
};

export const pageSchema = z.looseObject({
  results: z.array(z.looseObject({})).default([]),
  result_count: z.number().optional(),
  cursor: z.string().optional(),
});

/**
 * Reads a list to its end. A cursor is a position and no snapshot, so a list that does not add up to the count of its
 * first page says nothing about what it lacks, and is not used at all.
 */
export async function readList(request: ListRequest): Promise<Listing<WireObject>> {
  for (let pageSize = limits.pageSize; ; pageSize = Math.floor(pageSize / 2)) {
    try {
      return await readPages(request, pageSize);
    } catch (error) {
      // "Page overflow": the page would be too large for the manager (docs/nsx.md#lists).
      if (!hasCode(error, "60576", "255") || !request.paged || pageSize / 2 < limits.smallestPage) throw error;
    }
  }
}

async function readPages(
  { path, paged, worth, fetch, keyOf, inForm }: ListRequest,
  size: number,
): Promise<Listing<WireObject>> {
  const items = new Map<string, WireObject>();
  let count: number | undefined;
  let bytes = 0;
  for (let cursor: string | undefined; ; ) {
    const query = { page_size: String(size), ...(cursor === undefined ? {} : { cursor }) };
    const body = await fetch(paged ? `${path}?${new URLSearchParams(query)}` : path);
    const page = pageSchema.parse(parseJson(body));
    // "Across all pages, set only on first page".
    count ??= page.result_count;
    if (count === undefined) return { unusable: "a list without a count" };
    const pages = Math.max(Math.ceil(count / size), 1);
    if (cursor === undefined && paged && pages > worth) return { pages };
    bytes += body.length;
    if (count > limits.objects || bytes > limits.bytes) return { pages: Number.POSITIVE_INFINITY };
    for (const item of page.results) {
      const key = keyOf(item);
      if (typeof key === "string") items.set(key, inForm(item));
    }
    if (isLastCursor(page))
      return items.size === count ? { items, pages } : { unusable: `${items.size} of ${count} objects` };
    cursor = page.cursor;
  }
}

/** Some managers end with a cursor that starts with 0000 (docs/nsx.md#lists). */
export function isLastCursor({ cursor, results }: z.output<typeof pageSchema>): boolean {
  return !cursor || cursor.startsWith("0000") || results.length === 0;
}

/**
 * The states of all segments of a collection that are settled or on their way. Of the others the list says too little
 * (`failed` is deprecated, `in_sync` is "not yet in effect"), so each of them is asked for itself.
 */
export async function listStates(
  collection: string,
  fetch: (path: string) => Promise<string>,
): Promise<Listing<string>> {
  if (!collection.endsWith("/segments")) return { pages: Number.POSITIVE_INFINITY };
  const listing = await readList({
    // "If not provided, cached data is returned" (SegmentStateRequestParameters.source).
    path: `${collection}/state?source=realtime`,
    paged: false,
    worth: Number.POSITIVE_INFINITY,
    fetch,
    keyOf: ({ segment_path }) => segment_path,
    inForm: (item) => item,
  });
  if (!("items" in listing)) return listing;
  const known = [...listing.items].flatMap(([path, { state }]) => {
    const status = statusOfState[String(state)];
    return status ? [[path, status] as const] : [];
  });
  return { ...listing, items: new Map(known) };
}

const statusOfState: Readonly<Record<string, string>> = {
  success: "SUCCESS",
  pending: "IN_PROGRESS",
  in_progress: "IN_PROGRESS",
};
