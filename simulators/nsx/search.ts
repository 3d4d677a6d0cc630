import { type Environment, textOf } from "../kit/index.ts";
import { NsxError } from "./errors.ts";
import type { Json } from "./fields.ts";
import { pageSize, sortObjects } from "./lists.ts";
import type { Store, Stored } from "./store.ts";
import type { nsxSwitches } from "./switches.ts";

type Test = (body: Json) => boolean;

/** `GET /search/query?query=`: the part of the query language that clients use, over what the index has seen so far. */
export function searchObjects(
  store: Store,
  environment: Environment<typeof nsxSwitches>,
  query: URLSearchParams,
): Json {
  const test = parseQuery(query.get("query") ?? "");
  const sortBy = query.get("sort_by") ?? "id";
  // Objects that are marked for deletion are found here and nowhere else.
  const found = indexed(store, environment).filter(({ body }) => test(body));
  const sorted = sortObjects(found, sortBy, query);
  const offset = Number(query.get("cursor") ?? 0);
  const results = sorted.slice(offset, offset + pageSize(query)).map(({ body }) => body);
  // Unlike a list's, this cursor is a number, and the last page has one too.
  return { results, result_count: sorted.length, cursor: String(offset + results.length) };
}

/** "Index is eventually consistent": with a delay, each object as it was that long ago. */
function indexed(store: Store, { clock, history, switches }: Environment<typeof nsxSwitches>): Stored[] {
  const objects = store.all(true);
  if (switches.searchDelay === 0) return objects;
  const until = clock.now() - switches.searchDelay;
  return objects.flatMap((stored) => {
    if (stored.committedAt <= until) return [stored];
    const seen = history.of(stored.path).findLast(({ time }) => time <= until);
    return seen ? [{ ...stored, body: seen.body as Json }] : [];
  });
}

/** Terms `field:value` with AND, OR, NOT, parentheses, quotes, the wildcards * and ?, and backslash escapes. */
export function parseQuery(text: string): Test {
  const tokens =
    text.match(/\(|\)|(?:[\w.]+:)?"(?:[^"\\]|\\.)*"|(?:[\w.]+:)?\((?:[^()\\]|\\.)*\)|(?:\\.|[^\s()])+/g) ?? [];
  let position = 0;
  const peek = () => tokens[position];

  function parseOr(): Test {
    let left = parseAnd();
    while (peek() === "OR") {
      position += 1;
      left = either(left, parseAnd());
    }
    return left;
  }

  function parseAnd(): Test {
    let left = parseNot();
    for (let next = peek(); next !== undefined && next !== ")" && next !== "OR"; next = peek()) {
      if (next === "AND") position += 1;
      left = both(left, parseNot());
    }
    return left;
  }

  function parseNot(): Test {
    if (peek() !== "NOT") return parseTerm();
    position += 1;
    const inner = parseNot();
    return (body) => !inner(body);
  }

  function parseTerm(): Test {
    const token = tokens[position++];
    if (token === undefined || token === ")") throw badQuery(text);
    if (token !== "(") return term(token);
    const inner = parseOr();
    if (tokens[position++] !== ")") throw badQuery(text);
    return inner;
  }

  if (tokens.length === 0) return () => true;
  const test = parseOr();
  if (position < tokens.length) throw badQuery(text);
  return test;
}

const both =
  (a: Test, b: Test): Test =>
  (body) =>
    a(body) && b(body);

const either =
  (a: Test, b: Test): Test =>
  (body) =>
    a(body) || b(body);

const badQuery = (text: string) => new NsxError(400, 60502, `The search query ${text} is invalid.`, "search");

function term(token: string): Test {
  const match = /^([\w.]+):(.+)$/s.exec(token);
  const field = match?.[1];
  const pattern = match?.[2] ?? token;
  const alternatives = /^\((.*)\)$/s.exec(pattern)?.[1]?.split(/\s+OR\s+/) ?? [pattern];
  const tests = alternatives.map(patternToRegExp);
  return (body) => valuesAt(body, field?.split(".")).some((value) => tests.some((test) => test.test(value)));
}

/** All texts at a dotted path, through lists; without a path, all texts of the object's own properties. */
function valuesAt(value: unknown, path: string[] | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (path === undefined) return Object.values(value as Json).filter((item) => typeof item === "string");
  const [head, ...tail] = path;
  if (head === undefined) return value === undefined || value === null ? [] : [textOf(value)];
  return typeof value === "object" && value !== null ? valuesAt((value as Json)[head], tail) : [];
}

function patternToRegExp(pattern: string): RegExp {
  const quoted = /^"(.*)"$/s.exec(pattern)?.[1];
  const source = (quoted ?? pattern).replace(/\\(.)|([*?])|([.+^${}()|[\]/-])/gs, (_, escaped, wildcard, special) => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (special !== undefined) return escapeRegExp(special);
    return wildcard === "*" ? ".*" : ".";
  });
  return new RegExp(`^${source}$`, "is");
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
