import { json, type SimResponse } from "../kit/index.ts";
import { badRequest } from "./errors.ts";
import type { Json, NimEnvironment } from "./types.ts";

export interface Lists {
  /** Answers one page of a list; `extra` stands beside `items`. */
  answer(query: URLSearchParams, items: () => Json[], extra?: Json): SimResponse;
  reset(): void;
}

const maximum = 100;

/**
 * Pages (docs/nim.md#lists): `page` from 1, `pageSize` up to 100 where 0 means everything, and
 * `pageToken`: every page under one token shows the list as it was when the token was made.
 */
export function createLists({ random, switches }: NimEnvironment): Lists {
  const snapshots = new Map<string, Json[]>();

  return {
    answer: (query, items, extra = {}) => {
      const limited = switches.limitParameter === "pageSize" ? query.get("limit") : null;
      const pageSize = numberOf(query, "pageSize", Math.min(Number(limited ?? maximum), maximum), 0, maximum);
      const page = numberOf(query, "page", 1, 1);
      const sent = query.get("pageToken");
      const token = sent ?? String(1_600_000_000 + random.integer(1_000_000_000));
      const all = sent === null ? items() : snapshots.get(sent);
      if (!all) throw badRequest(`pageToken "${sent}" is not known`);
      snapshots.set(token, all);
      const start = pageSize === 0 ? 0 : (page - 1) * pageSize;
      const shown = pageSize === 0 ? all : all.slice(start, start + pageSize);
      const count = switches.countOf === "all" ? all.length : shown.length;
      const itemsPerPage = pageSize === 0 ? all.length : pageSize;
      return json(200, { count, itemsPerPage, startIndex: start, pageToken: token, ...extra, items: shown });
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
