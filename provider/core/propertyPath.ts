// Pulumi's paths into properties: `tags`, `advancedConfig.multicast`, `subnets[0].dhcpConfig`, `files["/etc/nginx/nginx.conf"]`,
// `subnets[*].dhcpRanges`, `*`.
import { fieldOf, isRecord, mapEntries, type ObjectShape, type Shape } from "./shape.ts";

export type PropertyPath = readonly PropertyKey[];

const part = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** @returns `undefined` for a text that is no path */
export function parsePath(text: string): PropertyPath | undefined {
  const parts: PropertyKey[] = [];
  let end = 0;
  for (const match of text.matchAll(part)) {
    const [whole, name, index, quoted] = match;
    parts.push(name ?? (index === undefined ? undefined : Number(index)) ?? quoted?.replace(/\\(.)/g, "$1") ?? "*");
    end = match.index + whole.length;
  }
  return end === text.length && parts.length > 0 ? parts : undefined;
}

/** Those of a list of texts, as it comes from a program; what is no path is none. */
export function pathsIn(list: unknown): PropertyPath[] {
  return (Array.isArray(list) ? list : []).flatMap((text) => {
    const path = parsePath(String(text));
    return path ? [path] : [];
  });
}

/** `subnets[0].gatewayAddress` and `files["/etc/nginx/nginx.conf"]`, the form in which Pulumi shows properties. */
export function pathText(path: PropertyPath): string {
  const parts = path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    return /^\w+$/.test(name) ? `${index > 0 ? "." : ""}${name}` : `[${JSON.stringify(name)}]`;
  });
  return parts.join("");
}

export function valueAt(value: unknown, path: PropertyPath): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

export function shapeAt(shape: ObjectShape, path: PropertyPath): Shape {
  return path.reduce<Shape>((inner, key) => {
    if (inner.kind === "object") return fieldOf(inner, String(key));
    return inner.kind === "list" ? inner.element : { kind: "value" };
  }, shape);
}

/** A path within which every field is named, such as those of fields that cannot change. */
export function namesOf(path: string): readonly string[] {
  return path.split(".");
}

/** Whether one of the paths covers this place. */
export function covers(paths: readonly PropertyPath[], place: PropertyPath): boolean {
  return paths.some(
    (path) => path.length <= place.length && path.every((key, index) => key === "*" || key === place[index]),
  );
}

/** Whether one of the paths covers this place or a part of it. */
export function touches(paths: readonly PropertyPath[], place: PropertyPath): boolean {
  return covers(paths, place) || paths.some((path) => covers([place], path));
}

/** The value without what lies at the paths. */
export function without<T>(value: T, paths: readonly PropertyPath[], at: PropertyPath = []): T {
  if (paths.length === 0) return value;
  const inner = (key: PropertyKey, item: unknown) =>
    covers(paths, [...at, key]) ? undefined : without(item, paths, [...at, key]);
  if (Array.isArray(value)) {
    return value.map((item, index) => inner(index, item)).filter((item) => item !== undefined) as T;
  }
  return isRecord(value) ? (mapEntries(value, inner) as T) : value;
}
