import type { z } from "zod";
import { badRequest } from "./errors.ts";

/**
 * Checks a body and answers in the words of NIM's validator (kin-openapi; docs/nim.md#errors): with
 * `ignoreUnknown`, fields that the schema does not have are passed over instead of refused.
 */
export function validate<S extends z.ZodType>(schema: S, body: unknown, ignoreUnknown = false): z.output<S> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const unknown = read.error.issues.filter((issue) => issue.code === "unrecognized_keys");
  if (ignoreUnknown && unknown.length === read.error.issues.length) {
    const known = structuredClone(body);
    for (const { path, keys } of unknown) {
      const holder = path.reduce((value, key) => (value as Record<PropertyKey, unknown>)[key] as never, known);
      for (const key of keys) delete (holder as Record<string, unknown>)[key];
    }
    return validate(schema, known);
  }
  const [issue] = read.error.issues;
  throw badRequest(`Request body has an error: doesn't match the schema: ${issue ? describe(issue, body) : ""}`);
}

function describe(issue: z.core.$ZodIssue, body: unknown): string {
  const at = (path: PropertyKey[]) => `Error at "/${path.map(String).join("/")}": `;
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return `${at([...path, issue.keys[0] ?? ""])}property "${issue.keys[0]}" is unsupported`;
    case "invalid_type": {
      if (!isPresent(body, path)) return `${at(path)}property "${String(path.at(-1))}" is missing`;
      const expected =
        ({ record: "object", int: "integer" } as Record<string, string>)[issue.expected] ?? issue.expected;
      return `${at(path)}value must be ${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
    }
    case "too_big":
      if (issue.origin === "string") return `${at(path)}maximum string length is ${issue.maximum}`;
      return `${at(path)}number must be at most ${issue.maximum}`;
    case "too_small":
      if (issue.origin === "string") return `${at(path)}minimum string length is ${issue.minimum}`;
      return `${at(path)}number must be at least ${issue.minimum}`;
    case "invalid_value":
      return `${at(path)}value is not one of the allowed values ${JSON.stringify(issue.values)}`;
    case "invalid_format":
      return `${at(path)}string doesn't match the format "${issue.format === "datetime" ? "date-time" : issue.format}"`;
    default:
      return `${at(path)}${issue.message}`;
  }
}

function isPresent(body: unknown, path: PropertyKey[]): boolean {
  let value = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return true;
}
