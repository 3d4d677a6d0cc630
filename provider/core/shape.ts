import isDeepEqual from "fast-deep-equal";
import { z } from "zod";

/**
 * What a schema says about comparing values: which lists have no order and what identifies their elements, and which
 * value a server fills in where none was given. Derived once from the schema, so that a resource says it in one place
 * and diff, drift, merge and tests all follow it.
 */
export type Shape =
  | {
      readonly kind: "value";
      readonly whenAbsent?: unknown;
      /** The form in which two notations of one value are equal; total, for a live value may be anything. */
      readonly comparedAs?: (value: unknown) => unknown;
    }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, Shape>>; readonly settings?: boolean }
  | {
      readonly kind: "list";
      readonly element: Shape;
      readonly keyOf?: (element: unknown) => string;
      readonly open?: boolean;
    };

export type ObjectShape = Extract<Shape, { kind: "object" }>;

interface Annotation {
  readonly keyOf?: (element: unknown) => string;
  readonly whenAbsent?: unknown;
  readonly comparedAs?: (value: unknown) => unknown;
  readonly settings?: boolean;
  readonly open?: boolean;
}

const annotations = z.registry<Annotation>();

/**
 * Marks a list as one without order. Elements are the same element when `keyOf` gives the same text; without it, when
 * they are equal. Wrap last: zod's methods return new schemas, which would not carry the mark.
 */
export function unordered<S extends z.ZodArray>(
  schema: S,
  keyOf: (element: z.output<S>[number]) => string = textOf,
): S {
  annotations.add(schema, { keyOf: keyOf as (element: unknown) => string });
  return schema;
}

/** A list without order to which others may add elements of their own: those are neither drift nor ever removed. */
export function shared<S extends z.ZodArray>(schema: S, keyOf: (element: z.output<S>[number]) => string): S {
  annotations.add(schema, { keyOf: keyOf as (element: unknown) => string, open: true });
  return schema;
}

/** Names the value that the server means when it leaves the field out. Wrap last, like {@link unordered}. */
export function serverDefault<S extends z.ZodType>(schema: S, whenAbsent: z.output<S>): S {
  annotations.add(schema, { whenAbsent });
  return schema;
}

/** Values whose `form` is equal mean the same; what is sent stays as the user wrote it. */
export function comparedAs<S extends z.ZodType>(schema: S, form: (value: z.output<S>) => z.output<S>): S {
  annotations.add(schema, { ...annotations.get(schema), comparedAs: form as (value: unknown) => unknown });
  return schema;
}

/** Puts what the user wrote in this form, and compares what the server answers in it. */
export function canonical<S extends z.ZodType>(schema: S, form: (value: z.output<S>) => z.output<S>): S {
  return comparedAs(schema.transform(form as never) as unknown as S, form);
}

/**
 * Marks an object that always exists on the server, as a group of independent settings: leaving it out of the program
 * gives up the declared fields only. Any other object goes as a whole when the program no longer has it.
 */
export function settings<S extends z.ZodObject>(schema: S): S {
  annotations.add(schema, { settings: true });
  return schema;
}

export function shapeOf(schema: z.ZodObject): ObjectShape {
  const fields = mapValues(schema.shape, (field) => shapeOfAny(field as z.ZodType));
  return { kind: "object", fields, settings: annotations.get(schema)?.settings ?? false };
}

function shapeOfAny(schema: z.ZodType): Shape {
  if (schema instanceof z.ZodOptional) return shapeOfAny(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodObject) return shapeOf(schema);
  const annotation = annotations.get(schema);
  if (schema instanceof z.ZodArray) {
    const element = shapeOfAny(schema.element as z.ZodType);
    return { kind: "list", element, ...pick(annotation ?? {}, ["keyOf", "open"]) };
  }
  return { kind: "value", ...pick(annotation ?? {}, ["whenAbsent", "comparedAs"]) };
}

/** Whether two values mean the same: order ignored where there is none, absent equal to empty and to the server's default. */
export function same(shape: Shape, a: unknown, b: unknown): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  if (shape.kind === "object" && isRecordOrAbsent(a) && isRecordOrAbsent(b)) {
    return keysOf(a, b).every((key) => same(fieldOf(shape, key), a?.[key], b?.[key]));
  }
  if (shape.kind === "list" && Array.isArray(a) && Array.isArray(b)) {
    const { element, keyOf } = shape;
    if (!keyOf) return a.length === b.length && a.every((item, index) => same(element, item, b[index]));
    const [left, right] = [byKey(keyOf, a), byKey(keyOf, b)];
    return (
      left.size === right.size &&
      [...left].every(([key, item]) => right.has(key) && same(element, item, right.get(key)))
    );
  }
  const { whenAbsent, comparedAs: form = (value: unknown) => value } = shape.kind === "value" ? shape : {};
  return isDeepEqual(form(a ?? whenAbsent), form(b ?? whenAbsent));
}

/**
 * The live value, seen through what was declared: only declared fields, elements in the declared order with foreign
 * ones last (Pulumi compares lists by index when it shows a difference), the declared value itself where it means the
 * same (so that neither notation nor order ever shows as drift).
 */
export function project(shape: Shape, live: unknown, declared: unknown): unknown {
  if (same(shape, live, declared)) return declared;
  if (shape.kind === "object" && isRecord(live) && isRecord(declared)) {
    return mapEntries(declared, (key, value) => project(fieldOf(shape, key), live[key], value));
  }
  if (shape.kind === "list" && Array.isArray(live) && Array.isArray(declared)) {
    const { element, keyOf } = shape;
    if (!keyOf)
      return live.map((item, index) => (index < declared.length ? project(element, item, declared[index]) : item));
    const remaining = byKey(keyOf, live);
    const kept = declared.flatMap((item) => {
      const key = keyOf(item);
      const match = remaining.get(key);
      return remaining.delete(key) ? [project(element, match, item)] : [];
    });
    return shape.open ? kept : [...kept, ...remaining.values()];
  }
  return live ?? (shape.kind === "value" ? shape.whenAbsent : undefined);
}

/** Whether the live value is the declared one, as far as it was declared. */
export function matches(shape: Shape, live: unknown, declared: unknown): boolean {
  return same(shape, project(shape, live, declared), declared);
}

/** The shape of a field; a field that the schema does not know is compared as a plain value. */
export function fieldOf(shape: ObjectShape, key: string): Shape {
  return shape.fields[key] ?? { kind: "value" };
}

/** Elements by their key, in order; of two with the same key the later one counts. */
export function byKey(keyOf: (element: unknown) => string, list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.map((element) => [keyOf(element), element]));
}

/** "Optional empty fields are not returned" (NSX-T API guide, "Example requests and responses"), so empty means absent. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isEmpty);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function keysOf(...records: (object | undefined)[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record ?? {})))];
}

export function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return mapEntries(record, (_, value) => map(value));
}

/** Maps each entry; entries that become `undefined` are left out, because Pulumi's wire format cannot carry them. */
export function mapEntries<T, R>(
  record: Readonly<Record<string, T>>,
  map: (key: string, value: T) => R,
): Record<string, R> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([key, value]) => [key, map(key, value)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

export function pick<T extends object>(record: T, keys: readonly string[]): Record<string, T[keyof T]> {
  const entries = Object.entries(record).filter(([key, value]) => keys.includes(key) && value !== undefined);
  return Object.fromEntries(entries);
}

function isRecordOrAbsent(value: unknown): value is Record<string, unknown> | undefined {
  return value === undefined || value === null || isRecord(value);
}

/** One text for one value; an integer beyond 2^53 has no form in JSON that JavaScript writes by itself. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? "";
}
