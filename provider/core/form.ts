import { z } from "zod";
import { mapValues, type ObjectShape, type Shape } from "./shape.ts";

/**
 * The form that a server's value of this shape must have. What is there is compared and merged level by level, and shown
 * to programs under these types, so a list must be one, and so must an object. `null` means that there is none, but an
 * element of a list is never none. What a single value is does not matter: another one is drift.
 */
export function formOf(shape: ObjectShape): z.ZodObject;
export function formOf(shape: Shape): z.ZodType;
export function formOf(shape: Shape): z.ZodType {
  if (shape.kind === "object") return z.looseObject(mapValues(shape.fields, (field) => formOf(field).nullish()));
  if (shape.kind === "list") return z.array(formOf(shape.element));
  return shape.kind === "map" ? z.record(z.string(), z.unknown()) : singleValue;
}

const singleValue = z.unknown().refine(isSingle, "must be a text, a number, true or false");

function isSingle(value: unknown): boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}
