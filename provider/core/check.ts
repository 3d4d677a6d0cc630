import { createHash } from "node:crypto";
import isDeepEqual from "fast-deep-equal";
import type { z } from "zod";
import { type PropertyPath, valueAt } from "./propertyPath.ts";
import { isRecord, mapEntries } from "./shape.ts";

type Properties = Record<string, unknown>;

/** What a text that nobody knows yet has in its place; also for what could not be made out, and has been told. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Pulumi's preview stands these texts in for values that are not known yet (sdk/go/common/resource/plugin/rpc.go). */
const unknowns: ReadonlySet<unknown> = new Set([
  unknown,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Something that the program must not say. */
export interface Issue {
  readonly path: PropertyPath;
  readonly message: string;
  /** What kind of a rule it is of, in zod's words: `custom` is one of ours. */
  readonly code?: string;
  /** Of a rule about time: what was right when it was written must not stop an `up` for that alone. */
  readonly params?: { readonly onlyWhenChanged?: boolean };
}

export function isOldNews({ path, params }: Issue, olds: Properties, news: Properties): boolean {
  return params?.onlyWhenChanged === true && isDeepEqual(valueAt(olds, path), valueAt(news, path));
}

/** Validates what is known. A field that holds an unknown passes as it is; the rest is checked all the same. */
export function validate(schema: z.ZodObject, given: Properties): { inputs: Properties; issues: readonly Issue[] } {
  const parsed = schema.safeParse(given);
  if (parsed.success) return { inputs: parsed.data as Properties, issues: [] };
  const issues = parsed.error.issues
    .filter((issue) => !holdsUnknown(valueAt(given, issue.path)))
    .flatMap(issuesIn)
    .map((issue) => {
      if (isMissing(issue, given)) return { ...issue, message: "is required" };
      return valueAt(given, issue.path) === null
        ? { ...issue, message: "is null; leave the element out if that is meant" }
        : issue;
    });
  const inputs = mapEntries(given, (key, value) => {
    const field = schema.shape[key] as z.ZodObject | undefined;
    return holdsUnknown(value) || !field ? value : (field.safeParse(value).data ?? value);
  });
  return { inputs, issues };
}

/** Adds a rule over several fields, which waits until all of them are known. */
export function whenKnown<S extends z.ZodObject>(
  schema: S,
  fields: readonly (keyof z.output<S> & string)[],
  rule: (inputs: z.output<S>, context: z.RefinementCtx) => void,
): S {
  return schema.superRefine((inputs, context) => {
    if (!fields.some((field) => holdsUnknown(inputs[field]))) rule(inputs, context);
  });
}

/** What zod says in one issue about several keys or several ways to read a value. */
function issuesIn(issue: z.core.$ZodIssue): readonly Issue[] {
  const { path } = issue;
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => ({ path, message }));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "is not an argument of this resource" }));
  }
  if (issue.code === "invalid_union") {
    // Where a value is of one of the forms but for something inside of it, that is what is wrong.
    const inside = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0)) ?? [];
    if (inside.length > 0) return inside.flatMap((inner) => issuesIn({ ...inner, path: [...path, ...inner.path] }));
  }
  return [issue as Issue];
}

/** Whether it is about what is not there; a rule of ours over several fields may be found fault with at one of them. */
function isMissing({ path, code }: Issue, given: Properties): boolean {
  return code !== "custom" && valueAt(given, path) === undefined;
}

/** Whether any part of a value is not known before the run. */
export function holdsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isRecord(value) ? Object.values(value).some(holdsUnknown) : unknowns.has(value);
}

/** The same name in every run of the same resource, so that a create whose answer was lost is found again. */
export function nameFromUrn(owner: string): string {
  const name = owner.split("::").at(-1) ?? "";
  const hash = createHash("sha256").update(owner).digest("hex").slice(0, 8);
  return `${name.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 200)}-${hash}`;
}

/**
 * `null` for a property means "not given". A list's element that is null stays, to be found fault with: without it a list
 * of limits would be wider, and a list of roles shorter, than its author thinks.
 */
export function withoutNulls(value: Properties): Properties {
  const clean = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(clean);
    return isRecord(inner) ? withoutNulls(inner) : inner;
  };
  return mapEntries(value, (_, inner) => (inner === null ? undefined : clean(inner)));
}

/** Reports each key that stands before it already. */
export function forEachRepeated(keys: readonly unknown[], report: (index: number) => void): void {
  const texts = keys.map((key) => JSON.stringify(key));
  texts.forEach((text, index) => {
    if (texts.indexOf(text) < index) report(index);
  });
}

/** Refuses an element of a list that stands before it already. */
export function eachOnce(elements: readonly string[], context: z.RefinementCtx): void {
  forEachRepeated(elements, (index) => {
    context.addIssue({ code: "custom", path: [index], message: "is there twice" });
  });
}
