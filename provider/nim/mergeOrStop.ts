import { explainConflicts } from "../core/conflict.ts";
import { merge } from "../core/merge.ts";
import type { ObjectShape } from "../core/shape.ts";
import type { Json } from "./client.ts";

export const unknownWriter = "somebody else (NIM does not say who)";

/** What comes out when our change meets what is there; an error when somebody changed what this stack manages. */
export function mergeOrStop(shape: ObjectShape, lastApplied: Json, live: Json, desired: Json): Json {
  const { body, conflicts } = merge({
    shape,
    lastApplied,
    base: undefined,
    live,
    desired,
    onConflict: "fail",
    units: [],
  });
  if (conflicts.length > 0) throw new Error(explainConflicts(unknownWriter, conflicts));
  return body;
}
