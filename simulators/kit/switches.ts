import { z } from "zod";

type Value = string | number | boolean;

/** One behaviour that differs between real systems or is not known: the client must be right under every value. */
export interface SwitchDefinition {
  default: Value;
  /** The values allowed; without it, any value of the default's type (a number then is 0 or more). */
  values?: readonly Value[];
  help: string;
}

export type SwitchTable = Record<string, SwitchDefinition>;

type Widen<V> = V extends boolean ? boolean : V extends number ? number : V extends string ? string : never;

/** The values of a table: a union where `values` lists them, else the default's type. */
export type Switches<T extends SwitchTable> = {
  -readonly [K in keyof T]: T[K] extends { values: readonly (infer V)[] } ? V : Widen<T[K]["default"]>;
};

export function defaultsOf<T extends SwitchTable>(table: T): Switches<T> {
  const entries = Object.entries(table).map(([name, definition]) => [name, definition.default]);
  return Object.fromEntries(entries) as Switches<T>;
}

/** Checks values that came from another process or from the command line. */
export function switchSchema(table: SwitchTable) {
  const shape = Object.entries(table).map(([name, definition]) => [name, valueSchema(definition).optional()]);
  return z.strictObject(Object.fromEntries(shape));
}

export function valueSchema(definition: SwitchDefinition): z.ZodType<Value> {
  if (definition.values) return z.literal([...definition.values]);
  if (typeof definition.default === "number") return z.number().min(0);
  return typeof definition.default === "boolean" ? z.boolean() : z.string();
}
