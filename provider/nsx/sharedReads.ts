import type { Clock } from "../travel/clock.ts";
import { longest, withinAll } from "../travel/timeLimit.ts";
import type { Listing } from "./lists.ts";
import type { Operation } from "./operation.ts";

/** Reads single objects; where many are asked for at about the same time, one list answers them all. */
export interface SharedReads<T> {
  /**
   * The value at a path, as fresh as the operation needs it.
   *
   * @param unlisted - what a complete list means that lacks the path: by default the object is asked for itself, since a
   * list never proves that something is absent
   * @throws what the request for that very object throws
   */
  read(path: string, operation: Operation, unlisted?: () => Promise<T>): Promise<T>;
  /** This process has written there: what was listed before says nothing about it any more. */
  wrote(path: string): void;
}

export interface Source<T> {
  readonly clock: Clock;
  one(path: string, operation: Operation): Promise<T>;
  list(collection: string, worth: number, operation: Operation): Promise<Listing<T>>;
  /** Milliseconds to gather in at most, and whether more is still to be expected. */
  readonly longestGather: number;
  expectsMore(): boolean;
}

const policy = {
  /** Reads of single objects before a list; then as many as it has pages (docs/nsx.md#when-to-read-a-list). */
  firstThreshold: 4,
  /** Pages read for each object asked for: whoever asks for many at once is going to ask for more. */
  pagesPerRead: 2,
  /** How long nobody must ask before what has gathered is answered; at the start of a burst the engine is slower. */
  quiet: 10,
  quietAtFirst: 30,
  /** A pause after which reads are taken for a new burst. */
  burstGap: 2_000,
  /**
   * How old a list may be, from the moment it was asked for. Reading it again costs a request for each page, and a refresh
   * of so many takes the engine longer as well, so each page is worth this time; but nothing is ever older than a minute.
   */
  freshForEachPage: 10_000,
  longestFresh: 60_000,
  recent: 10_000,
};

interface Ask<T> {
  readonly path: string;
  /** The list must have begun after this event. */
  readonly after: number;
  readonly operation: Operation;
  unlisted(): Promise<T>;
  resolve(value: T | Promise<T>): void;
}

interface Collection<T> {
  /** Read singly since the last list. */
  readonly single: Set<string>;
  threshold: number;
  burstBegan: number;
  lastAsk: number;
  waiting: Ask<T>[];
  gathering: boolean;
  list?: List<T>;
}

interface List<T> {
  /** It was asked for after this event. */
  readonly after: number;
  /** On the clock's `elapsed`. */
  readonly began: number;
  /** For how many milliseconds it serves whoever may take it. */
  freshFor: number;
  /** By path; `undefined` when the list cannot be used. */
  readonly items: Promise<ReadonlyMap<string, T> | undefined>;
}

export function createSharedReads<T>(source: Source<T>): SharedReads<T> {
  const { clock } = source;
  const collections = new Map<string, Collection<T>>();
  const lastWrite = new Map<string, number>();
  // Counts what happens, in order; the clock is too coarse to tell what came first.
  let events = 0;

  function collectionOf(path: string): Collection<T> {
    const name = path.slice(0, path.lastIndexOf("/"));
    const known = collections.get(name) ?? {
      single: new Set(),
      threshold: policy.firstThreshold,
      burstBegan: 0,
      lastAsk: Number.NEGATIVE_INFINITY,
      waiting: [],
      gathering: false,
    };
    collections.set(name, known);
    return known;
  }

  function burstOf(collection: Collection<T>): number {
    if (clock.elapsed() - collection.lastAsk > policy.burstGap) {
      collection.burstBegan = ++events;
      collection.single.clear();
    }
    collection.lastAsk = clock.elapsed();
    return collection.burstBegan;
  }

  function usableList({ list }: Collection<T>, path: string, after: number, { freshness }: Operation) {
    const last = Math.max(after, lastWrite.get(path) ?? 0);
    if (!list || list.after <= last) return undefined;
    const longest = freshness === "recent" ? policy.recent : list.freshFor;
    return clock.elapsed() - list.began <= longest ? list.items : undefined;
  }

  async function gather(collection: Collection<T>): Promise<void> {
    collection.gathering = true;
    const latest = clock.elapsed() + source.longestGather;
    for (let before = -1; ; ) {
      const count = collection.waiting.length;
      if ((count === before && !source.expectsMore()) || clock.elapsed() >= latest) break;
      before = count;
      const isFirst = collection.single.size === 0 && collection.waiting.some(isLasting);
      await clock.sleep(isFirst ? policy.quietAtFirst : policy.quiet);
    }
    collection.gathering = false;
    const asks = collection.waiting;
    collection.waiting = [];
    answer(collection, asks);
  }

  function answer(collection: Collection<T>, asks: readonly Ask<T>[]): void {
    for (const { path } of asks) collection.single.add(path);
    // A list for what has to be fresh serves nobody who comes later, so only those who wait count.
    const lasting = asks.some(isLasting);
    const wanted = lasting ? collection.single.size : new Set(asks.map(({ path }) => path)).size;
    if (wanted < collection.threshold) {
      for (const ask of asks) ask.resolve(source.one(ask.path, ask.operation));
      return;
    }
    const limit = longest(asks.map((ask) => ask.operation.limit));
    const name = (asks[0] as Ask<T>).path.replace(/\/[^/]*$/, "");
    const list = startList(collection, name, wanted, { limit, freshness: "now" });
    collection.list = list;
    for (const ask of asks) ask.resolve(fromList(list.items, ask));
  }

  function startList(collection: Collection<T>, name: string, wanted: number, operation: Operation): List<T> {
    const list: List<T> = { after: ++events, began: clock.elapsed(), freshFor: policy.longestFresh, items: items() };
    return list;

    async function items(): Promise<ReadonlyMap<string, T> | undefined> {
      const worth = wanted * policy.pagesPerRead;
      const listing = await source.list(name, worth, operation).catch((error) => ({ unusable: String(error) }));
      if ("items" in listing) {
        collection.single.clear();
        list.freshFor = Math.min(listing.pages * policy.freshForEachPage, policy.longestFresh);
        return listing.items;
      }
      // Whoever comes now asks for himself, until a list is worth twice as much.
      if (collection.list === list) delete collection.list;
      collection.threshold = "pages" in listing ? listing.pages / policy.pagesPerRead : collection.threshold * 2;
      return undefined;
    }
  }

  async function fromList(
    list: Promise<ReadonlyMap<string, T> | undefined>,
    { path, operation, unlisted }: Pick<Ask<T>, "path" | "operation" | "unlisted">,
  ): Promise<T> {
    const items = await list;
    if (!items) return source.one(path, operation);
    return items.get(path) ?? unlisted();
  }

  return {
    async read(path, operation, unlisted = () => source.one(path, operation)) {
      const collection = collectionOf(path);
      const after = operation.freshness === "now" ? ++events : burstOf(collection);
      const items = usableList(collection, path, after, operation);
      return withinAll(operation.limit, `${path} was not read yet`, () => {
        if (items) return fromList(items, { path, operation, unlisted });
        return new Promise((resolve) => {
          collection.waiting.push({ path, after, operation, unlisted, resolve });
          if (!collection.gathering) void gather(collection);
        });
      });
    },
    wrote(path) {
      lastWrite.set(path, ++events);
    },
  };
}

function isLasting({ operation }: { operation: Operation }): boolean {
  return operation.freshness !== "now";
}
