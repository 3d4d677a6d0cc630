// What a trace says: it is there to be read.
import { isSame, type JsonObject } from "./shape.ts";

/** A PEM's end says which one it is. */
export const shorten = (value: unknown): string | undefined =>
  JSON.stringify(value)?.replaceAll(
    /-----BEGIN ?([A-Z ]+)-----.*?([^\\]{12})(\\n)*-----END ?[A-Z ]+-----[^"]*/g,
    "$1 …$2",
  );

/** The fields that differ, as they are now. */
export function changesOf(was: JsonObject = {}, is: JsonObject = {}): JsonObject {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !isSame(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, is[name] ?? null]));
}
