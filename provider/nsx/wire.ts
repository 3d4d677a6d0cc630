import { fieldOf, isRecord, mapEntries, type ObjectShape, type Shape } from "../core/shape.ts";

/** An object as the Policy API sends it: names in snake_case, fields that this provider does not know included. */
export type WireObject = Record<string, unknown>;

/**
 * The shape of the same data on the wire. Keys of list elements are computed from the argument form, so an element is
 * translated before it is asked for its key.
 */
export function wireShape(shape: ObjectShape): ObjectShape;
export function wireShape(shape: Shape): Shape;
export function wireShape(shape: Shape): Shape {
  if (shape.kind === "object") {
    const fields = Object.entries(shape.fields).map(([key, field]) => [snakeCase(key), wireShape(field)]);
    return { ...shape, fields: Object.fromEntries(fields) };
  }
  if (shape.kind === "list") {
    const { element, keyOf } = shape;
    const wire = { ...shape, element: wireShape(element) };
    return keyOf ? { ...wire, keyOf: (item) => keyOf(fromWire(element, item)) } : wire;
  }
  return shape;
}

export function toWire(shape: Shape, value: unknown): unknown {
  if (shape.kind === "object" && isRecord(value)) {
    const entries = Object.entries(value).map(([key, inner]) => [snakeCase(key), toWire(fieldOf(shape, key), inner)]);
    return Object.fromEntries(entries);
  }
  return shape.kind === "list" && Array.isArray(value) ? value.map((item) => toWire(shape.element, item)) : value;
}

/** Only what the shape knows; the rest stays on the server. */
export function fromWire(shape: Shape, value: unknown): unknown {
  if (shape.kind === "object" && isRecord(value)) {
    return mapEntries(shape.fields, (key, field) => fromWire(field, value[snakeCase(key)]));
  }
  return shape.kind === "list" && Array.isArray(value) ? value.map((item) => fromWire(shape.element, item)) : value;
}

/** Names are few, and each of them is asked for with every object. */
const snakeCased = new Map<string, string>();

export function snakeCase(name: string): string {
  const known = snakeCased.get(name) ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakeCased.set(name, known);
  return known;
}

/** Names of a value as the user writes them, whatever the value is. */
export function withArgumentNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withArgumentNames);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camelCase(key), withArgumentNames(inner)]));
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
