import isDeepEqual from "fast-deep-equal";
import { z } from "zod";

/**
 * What a schema says about the equality of values: the form in which they are compared, which lists have no order and
 * what identifies their elements, which value a server fills in where none was given. Derived once from the schema, so
 * that a resource says it in one place and all three questions (programChanged.ts, othersChanged.ts, toWrite.ts) follow it.
 */
export type Shape = ValueShape | ObjectShape | ListShape | MapShape;

export interface ValueShape {
  readonly kind: "value";
  readonly whenAbsent?: unknown;
  /** The form in which two notations of one value are equal; total, for a live value may be anything. */
  readonly comparedAs?: (value: unknown) => unknown;
}

export interface ObjectShape {
  readonly kind: "object";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly alwaysThere?: boolean;
}

export interface ListShape {
  readonly kind: "list";
  readonly element: Shape;
  /** Without it the order matters. */
  readonly keyOf?: (element: unknown) => string;
  /** Whether the API takes several elements of one key. */
  readonly manyPerKey?: boolean;
  readonly open?: boolean;
}

/** The user's own map, such as files by path: an empty value in it is a value. */
export interface MapShape {
  readonly kind: "map";
  /** Of its values, like that of a {@link ValueShape}. */
  readonly comparedAs?: (value: unknown) => unknown;
}

interface Annotation {
  readonly keyOf?: (element: unknown) => string;
  readonly whenAbsent?: unknown;
  readonly comparedAs?: (value: unknown) => unknown;
  readonly alwaysThere?: boolean;
  readonly manyPerKey?: boolean;
  readonly open?: boolean;
}

const annotations = z.registry<Annotation>();

function annotate<S extends z.ZodType>(schema: S, annotation: Annotation): S {
  annotations.add(schema, { ...annotations.get(schema), ...annotation });
  return schema;
}

/**
 * Marks a list as one without order. Elements are the same element when `keyOf` gives the same text; without it, when
 * they are equal. Wrap last: zod's methods return new schemas, which would not carry the mark.
 */
export function unordered<S extends z.ZodArray>(
  schema: S,
  keyOf: (element: z.output<S>[number]) => string = textOf,
  more: { readonly manyPerKey?: boolean } = {},
): S {
  return annotate(schema, { keyOf: keyOf as (element: unknown) => string, ...more });
}

/** A list without order to which others may add elements of their own: those are neither drift nor ever removed. */
export function openList<S extends z.ZodArray>(schema: S, keyOf: (element: z.output<S>[number]) => string): S {
  return annotate(schema, { keyOf: keyOf as (element: unknown) => string, open: true });
}

/** Names the value that the server means when it leaves the field out. Wrap last, like {@link unordered}. */
export function serverDefault<S extends z.ZodType>(schema: S, whenAbsent: z.output<S>): S {
  return annotate(schema, { whenAbsent });
}

/** Values whose `form` is equal mean the same; what is sent stays as the user wrote it. */
export function comparedAs<S extends z.ZodType>(schema: S, form: (value: z.output<S>) => z.output<S>): S {
  return annotate(schema, { comparedAs: form as (value: unknown) => unknown });
}

/** Puts what the user wrote in this form, and compares what the server answers in it. */
export function canonical<S extends z.ZodType>(schema: S, form: (value: z.output<S>) => z.output<S>) {
  return comparedAs(schema.transform(form as never) as unknown as S, form);
}

/**
 * Marks an object that always exists on the server: leaving it out of the program gives up the declared fields only.
 * Any other object goes as a whole when the program no longer has it.
 */
export function alwaysThere<S extends z.ZodObject>(schema: S): S {
  return annotate(schema, { alwaysThere: true });
}

export function shapeOf(schema: z.ZodObject): ObjectShape {
  const fields = mapValues(schema.shape, (field) => shapeOfAny(field as z.ZodType));
  return { kind: "object", fields, alwaysThere: annotations.get(schema)?.alwaysThere ?? false };
}

function shapeOfAny(schema: z.ZodType): Shape {
  if (schema instanceof z.ZodOptional) return shapeOfAny(schema.unwrap() as z.ZodType);
  const object = objectIn(schema);
  if (object) return shapeOf(object);
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.map((option) => objectIn(option as z.ZodType));
    if (options.every((option) => option !== undefined)) {
      return { kind: "object", fields: Object.assign({}, ...options.map((option) => shapeOf(option).fields)) };
    }
  }
  if (schema instanceof z.ZodRecord) {
    return { kind: "map", ...pick(annotations.get(schema.valueType as z.ZodType) ?? {}, ["comparedAs"]) };
  }
  const annotation = annotations.get(schema) ?? {};
  if (schema instanceof z.ZodArray) {
    const element = shapeOfAny(schema.element as z.ZodType);
    return { kind: "list", element, ...pick(annotation, ["keyOf", "manyPerKey", "open"]) };
  }
  return { kind: "value", ...pick(annotation, ["whenAbsent", "comparedAs"]) };
}

/** An object, also one of which something is made before (`z.preprocess`). */
function objectIn(schema: z.ZodType): z.ZodObject | undefined {
  const inner = schema instanceof z.ZodPipe ? schema.out : schema;
  return inner instanceof z.ZodObject ? inner : undefined;
}

/**
 * The form in which values are equal when they mean the same; `undefined` when the value means that there is none.
 * "Optional empty fields are not returned" (NSX-T API guide, "Example requests and responses"), so empty means absent;
 * in a {@link MapShape} it does not.
 */
export function canonicalForm(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null || value === "") return undefined;
  if (shape.kind === "object" && isRecord(value)) {
    // In one order of keys, so that elements of lists sort alike whoever wrote them.
    const form = mapEntries(value, (key, inner) => canonicalForm(fieldOf(shape, key), inner));
    return Object.keys(form).length > 0 ? Object.fromEntries(Object.entries(form).sort(byName)) : undefined;
  }
  if (shape.kind === "list" && Array.isArray(value)) {
    const elements = value.map((element) => canonicalForm(shape.element, element) ?? null);
    if (elements.length === 0) return undefined;
    if (!shape.keyOf) return elements;
    return elements
      .map((element) => [textOf(element), element] as const)
      .sort(byName)
      .map(([, element]) => element);
  }
  if (shape.kind === "map") {
    if (!isRecord(value)) return value;
    if (Object.keys(value).length === 0) return undefined;
    return shape.comparedAs ? mapValues(value, shape.comparedAs) : value;
  }
  const form = shape.kind === "value" && shape.comparedAs ? shape.comparedAs(value) : value;
  if (shape.kind === "value" && isDeepEqual(form, shape.whenAbsent)) return undefined;
  return isEmpty(form) ? undefined : form;
}

/** Whether two values mean the same to the server. */
export function same(shape: Shape, a: unknown, b: unknown): boolean {
  // What is the very same needs no form to show it, and nearly everything that is compared is.
  return isDeepEqual(a, b) || isDeepEqual(canonicalForm(shape, a), canonicalForm(shape, b));
}

/** Whether a value means that there is none: absent, empty, or the server's default. */
export function isAbsent(shape: Shape, value: unknown): boolean {
  return canonicalForm(shape, value) === undefined;
}

/** The shape of a field; a field that the schema does not know is compared as a plain value. */
export function fieldOf(shape: ObjectShape, key: string): Shape {
  return shape.fields[key] ?? { kind: "value" };
}

/** What has one text is equal, so that its order is of no account. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function isEmpty(value: unknown): boolean {
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

/** One text for one value; an integer beyond 2^53 has no form in JSON that JavaScript writes by itself. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? "";
}
