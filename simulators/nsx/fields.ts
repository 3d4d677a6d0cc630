import { fieldErrors, unreadable, unrecognized } from "./errors.ts";

/** What one property may hold. `default` appears in every answer; a read-only one is accepted and ignored. */
export type Field = { default?: unknown; readOnly?: true } & (
  | {
      kind: "string";
      max?: number;
      values?: readonly string[];
      format?: [name: string, test: (text: string) => boolean];
    }
  /** The Policy path of an object of one of these types, which must exist. */
  | { kind: "reference"; to: readonly string[] }
  | { kind: "integer"; min?: number; max?: number }
  | { kind: "boolean" }
  | { kind: "list"; of: Field; min?: number; max?: number }
  | { kind: "object"; fields: Fields; required?: readonly string[] }
  /** An object whose `resource_type` says which fields it has; without one nothing can read it. */
  | { kind: "variant"; variants: Record<string, Fields> }
  | { kind: "any" }
);

export type Fields = Record<string, Field>;
export type Json = Record<string, unknown>;

const int32 = 2 ** 31 - 1;

/**
 * Reads a body strictly: an unknown property (287), a wrong type (287) and a value out of bounds (255) are refused; null and
 * "" clear; read-only properties are ignored; defaults are filled in; "optional empty fields are not returned" (guide).
 * An `open` type keeps properties that the table does not know, and so does any type those in `planted`: by their path, in
 * which the elements of a list are `[]`.
 */
export function readBody(fields: Fields, body: Json, open: boolean, planted: ReadonlySet<string> = new Set()): Json {
  const reading: Reading = { problems: [], planted };
  const result = readFields(fields, body, "", open, reading);
  if (reading.problems.length > 0) throw fieldErrors(reading.problems);
  return result;
}

interface Reading {
  problems: string[];
  planted: ReadonlySet<string>;
}

/** The same name for a field of every element of a list. */
export const anyElement = (name: string) => name.replace(/\[\d+\]/g, "[]");

function readFields(fields: Fields, body: Json, prefix: string, open: boolean, reading: Reading): Json {
  const result: Json = {};
  for (const [name, value] of Object.entries(body)) {
    const field = fields[name];
    if (field) {
      if (field.readOnly) continue;
      const read = isCleared(value) ? undefined : readValue(field, value, prefix + name, reading);
      if (read !== undefined && !isEmpty(read)) result[name] = read;
    } else if (!open && !reading.planted.has(anyElement(prefix + name))) throw unrecognized(prefix + name);
    else if (!isCleared(value)) result[name] = value;
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.default !== undefined && result[name] === undefined) result[name] = field.default;
  }
  return result;
}

const isCleared = (value: unknown) => value === null || value === "";
const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

function readValue(field: Field, value: unknown, name: string, reading: Reading): unknown {
  const { problems } = reading;
  switch (field.kind) {
    case "string":
    case "reference":
      if (typeof value !== "string") throw wrongType(name, "string");
      if (field.kind === "string") checkString(field, value, name, problems);
      return value;
    case "integer": {
      const { min = -int32 - 1, max = int32 } = field;
      if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(name, "integer");
      if (value < min || value > max) problems.push(`${name} must be between ${min} and ${max}`);
      return value;
    }
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(name, "boolean");
      return value;
    case "list": {
      const { of, min = 0, max = Number.POSITIVE_INFINITY } = field;
      if (!Array.isArray(value)) throw wrongType(name, "array");
      if (value.length > max) problems.push(`${name} has exceeded the maximum number of items ${max}`);
      if (value.length > 0 && value.length < min) problems.push(`${name} needs at least ${min} items`);
      return value.map((item, index) => readValue(of, item, `${name}[${index}]`, reading));
    }
    case "object": {
      const read = readFields(field.fields, asObject(value, name), `${name}.`, false, reading);
      for (const key of field.required ?? []) {
        if (read[key] === undefined) problems.push(`${name}.${key} is required`);
      }
      return read;
    }
    case "variant": {
      const object = asObject(value, name);
      const variant = field.variants[String(object.resource_type)];
      if (!variant) throw unreadable(`${name} needs a resource_type of ${Object.keys(field.variants).join(", ")}`);
      return readFields({ resource_type: { kind: "string" }, ...variant }, object, `${name}.`, false, reading);
    }
    case "any":
      return value;
  }
}

function checkString(field: Field & { kind: "string" }, value: string, name: string, problems: string[]): void {
  const { max, values, format } = field;
  if (max !== undefined && value.length > max) problems.push(`${name} has exceeded maximum length ${max}`);
  if (values && !values.includes(value)) problems.push(`${name} must be one of ${values.join(", ")}`);
  if (format && !format[1](value)) problems.push(`${name}: "${value}" is not a valid ${format[0]}`);
}

function asObject(value: unknown, name: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "object");
  return value as Json;
}

const wrongType = (name: string, type: string) => unreadable(`property ${name} must be of type ${type}`);

/** Every Policy path in a body that the table calls a reference, with the types it may point to. */
export function referencesOf(fields: Fields, body: Json): { path: string; to: readonly string[] }[] {
  const found: { path: string; to: readonly string[] }[] = [];
  const walk = (field: Field, value: unknown): void => {
    if (value === undefined) return;
    if (field.kind === "reference") found.push({ path: value as string, to: field.to });
    else if (field.kind === "list") for (const item of value as unknown[]) walk(field.of, item);
    else if (field.kind === "object") walkAll(field.fields, value as Json);
  };
  const walkAll = (all: Fields, values: Json) => {
    for (const [name, field] of Object.entries(all)) walk(field, values[name]);
  };
  walkAll(fields, body);
  return found;
}
