import { isSame, type Json, type JsonObject, type Shape, text } from "./shape.ts";

export const listOf = (value: Json): Json[] => (Array.isArray(value) ? value : []);

/** Elements beyond those, each counted as often as it is there. */
export function minus(from: readonly Json[], taken: readonly Json[]): Json[] {
  const left = taken.map(text);
  return from.filter((element) => {
    const at = left.indexOf(text(element));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Paths at which what is there is not what the program declares: what a drift check must show. */
export function drift(shape: Shape, declared: Json, live: Json, path = ""): string[] {
  if (declared === undefined) return [];
  if (shape.kind === "value") return isSame(declared ?? shape.default, live ?? shape.default) ? [] : [path];
  if (shape.kind === "set" && shape.keepsOthers)
    return minus(listOf(declared), listOf(live)).length === 0 ? [] : [path];
  if (shape.kind === "set" || shape.kind === "ordered") return isSame(listOf(declared), listOf(live)) ? [] : [path];
  const [wanted, there] = [(declared ?? {}) as JsonObject, (live ?? {}) as JsonObject];
  const added = shape.kind === "keyed" ? Object.keys(there).filter((key) => wanted[key] === undefined) : [];
  const lost = shape.kind === "keyed" ? Object.keys(wanted).filter((key) => there[key] === undefined) : [];
  const inner = Object.entries(wanted).flatMap(([name, value]) => {
    const of_ = shape.kind === "object" ? (shape.fields[name] as Shape) : shape.of;
    return drift(of_, value, there[name], path === "" ? name : `${path}.${name}`);
  });
  return [...inner, ...[...added, ...lost].map((key) => `${path}.${key}`)];
}
