import { json, type SimResponse } from "../kit/index.ts";
import { badRequest } from "./errors.ts";
import type { Json, NimEnvironment } from "./types.ts";

export interface Lists {
  /** Answers one page of a list; `extra` stands beside `items`. */
  answer(query: URLSearchParams, items: () => Json[], extra?: Json): SimResponse;
  /** The same as analytics tell it: the token in `Metadata`, how many there are only where it is asked for. */
  inMetadata(query: URLSearchParams, items: () => Json[]): SimResponse;
  reset(): void;
}

const maximum = 100;

/**
 * Pages (docs/nim.md#lists): `page` from 1, `pageSize` up to 100 where 0 means everything, and
 * `pageToken`: every page under one token shows the list as it was when the token was made.
 */
export function createLists({ clock, random, switches }: NimEnvironment): Lists {
  const snapshots = new Map<string, { readonly made: number; readonly all: Json[] }>();

  function snapshotOf(token: string): Json[] | undefined {
    const { made = 0, all } = snapshots.get(token) ?? {};
    const hasEnded = switches.pageTokenSeconds > 0 && clock.now() - made >= switches.pageTokenSeconds * 1_000;
    return hasEnded ? undefined : all;
  }

  function pageOf(query: URLSearchParams, items: () => Json[]) {
    const limited = switches.limitParameter === "pageSize" ? query.get("limit") : null;
    const pageSize = numberOf(query, "pageSize", Math.min(Number(limited ?? maximum), maximum), 0, maximum);
    const page = numberOf(query, "page", 1, 1);
    const sent = query.get("pageToken");
    const token = sent ?? String(1_600_000_000 + random.integer(1_000_000_000));
    const all = sent === null ? items() : snapshotOf(sent);
    if (!all) throw badRequest(`pageToken "${sent}" is not known`);
    if (sent === null) snapshots.set(token, { made: clock.now(), all });
    const start = pageSize === 0 ? 0 : (page - 1) * pageSize;
    const shown = pageSize === 0 ? all : all.slice(start, start + pageSize);
    return { all, pageSize, page, token, start, shown };
  }

  return {
    answer: (query, items, extra = {}) => {
      const { all, pageSize, token, start, shown } = pageOf(query, items);
      const counted = { all: all.length, page: shown.length, none: undefined }[switches.countOf];
      const count = counted === undefined ? {} : { count: counted };
      const itemsPerPage = pageSize === 0 ? all.length : pageSize;
      return json(200, { ...count, itemsPerPage, startIndex: start, pageToken: token, ...extra, items: shown });
    },
    inMetadata: (query, items) => {
      const { all, pageSize, page, token, start, shown } = pageOf(query, items);
      const to = (number: number) => {
        const target = new URLSearchParams(query);
        target.set("page", String(number));
        target.set("pageToken", token);
        return { rel: `?${target}` };
      };
      const next = start + shown.length < all.length ? to(page + 1) : {};
      const pagination = { links: { next, prev: page > 1 && pageSize > 0 ? to(page - 1) : {} }, pageToken: token };
      const total = query.get("includeTotal") === "true" ? { total: all.length } : {};
      return json(200, { Metadata: { pagination: { ...pagination, ...total } }, items: shown });
    },
    reset: () => snapshots.clear(),
  };
}

function numberOf(query: URLSearchParams, name: string, otherwise: number, least: number, most = Infinity): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const problem = (what: string) => badRequest(`parameter "${name}" in query has an error: ${what}`);
  if (!/^-?\d+$/.test(text)) throw problem(`value ${text}: an invalid integer: invalid syntax`);
  const value = Number(text);
  if (value < least) throw problem(`number must be at least ${least}`);
  if (value > most) throw problem(`number must be at most ${most}`);
  return value;
}
