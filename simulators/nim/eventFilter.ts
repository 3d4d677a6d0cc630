import { badRequest } from "./errors.ts";

/** Whether what is asked about has it, by the name of a dimension. */
export type Predicate = (textOf: (dimension: string) => string | undefined) => boolean;

/** `category IN ('agent','nms') AND (level='debug' OR instance=web*)`: docs/nim.md#events-and-metrics. */
export function parseFilter(text: string): Predicate {
  const tokens = [...text.matchAll(/\s*('[^']*'|"[^"]*"|[()]|,|!=|>=|<=|=|<|>|[^\s()=!<>,'"]+|\S)/g)].map(
    ([, token = ""]) => token,
  );
  let at = 0;
  const wrong = () => badRequest(`parameter "filter" in query has an error: unexpected ${tokens[at] ?? "end"}`);
  const isWord = (word: string) => tokens[at]?.toUpperCase() === word;
  function take(): string {
    const token = tokens[at];
    if (token === undefined) throw wrong();
    at += 1;
    return token;
  }
  function expect(token: string): void {
    if (tokens[at] !== token) throw wrong();
    at += 1;
  }
  function value(): string {
    if (/^([(),]|[=!<>]+)$/.test(tokens[at] ?? ",")) throw wrong();
    return take().replace(/^(['"])(.*)\1$/, "$2");
  }

  function either(): Predicate {
    const parts = [both()];
    while (isWord("OR")) {
      at += 1;
      parts.push(both());
    }
    return (of) => parts.some((part) => part(of));
  }
  function both(): Predicate {
    const parts = [one()];
    while (isWord("AND")) {
      at += 1;
      parts.push(one());
    }
    return (of) => parts.every((part) => part(of));
  }
  function one(): Predicate {
    if (tokens[at] === "(") {
      at += 1;
      const inner = either();
      expect(")");
      return inner;
    }
    const dimension = value();
    const isNot = isWord("NOT");
    if (isNot) at += 1;
    if (isWord("IN")) {
      at += 1;
      const wanted = list();
      return (of) => wanted.some((each) => matches(of(dimension), each)) !== isNot;
    }
    if (isNot) throw wrong();
    const operator = take();
    const compare = comparisons[operator];
    if (!compare) {
      at -= 1;
      throw wrong();
    }
    const wanted = value();
    return (of) => compare(of(dimension), wanted);
  }
  function list(): string[] {
    expect("(");
    const all = [value()];
    while (tokens[at] === ",") {
      at += 1;
      all.push(value());
    }
    expect(")");
    return all;
  }

  const whole = either();
  if (at < tokens.length) throw wrong();
  return whole;
}

const comparisons: Record<string, (has: string | undefined, wanted: string) => boolean> = {
  "=": matches,
  "!=": (has, wanted) => !matches(has, wanted),
  "<": (has, wanted) => has !== undefined && order(has, wanted) < 0,
  "<=": (has, wanted) => has !== undefined && order(has, wanted) <= 0,
  ">": (has, wanted) => has !== undefined && order(has, wanted) > 0,
  ">=": (has, wanted) => has !== undefined && order(has, wanted) >= 0,
};

/** Case counts, `*` stands for anything. */
function matches(has: string | undefined, wanted: string): boolean {
  if (has === undefined) return false;
  const pattern = wanted.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(has);
}

function order(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : Number(a > b);
}
