// What users and groups of NIM's access control have in common.
import { z } from "zod";
import { eachOnce } from "../core/check.ts";
import { unordered } from "../core/shape.ts";
import { sentLine, sentText } from "../travel/json.ts";
import type { Json, NimContext } from "./client.ts";
import { objectName } from "./instance.ts";

/** What NIM fills in and does not take. */
const readOnly = ["created", "modified", "revisionTimestamp", "selfLink", "uid"];

/** A slash or a dot segment would lead a proxy that decodes paths to another object, such as a role. */
export const accountName = objectName.regex(
  /^[^/\\?#%\p{Cc}]*$/u,
  "must be a name and no path: without / \\ ? # % and control characters",
);

/** Names of roles or groups, in any order. */
export const names = unordered(z.array(objectName).superRefine(eachOnce));

export const accountInputs = {
  name: accountName.optional(),
  displayName: sentLine.optional(),
  description: sentText.optional(),
  roles: names.optional(),
  adopt: z.boolean().optional(),
};

/** A list that is empty may be null, as in all that is written in Go. */
export const references = z.array(z.looseObject({ ref: z.string() })).nullish();

export const metadataForm = z.looseObject({
  name: z.string(),
  uid: z.string().nullish(),
  displayName: z.string().nullish(),
  description: z.string().nullish(),
});

type Metadata = z.output<typeof metadataForm>;
type References = z.output<typeof references>;

export const metadataOf = (body: Json) => (body.metadata ?? {}) as Metadata;

export function textsOf(body: Json): { displayName?: string | undefined; description?: string | undefined } {
  const { displayName, description } = metadataOf(body);
  return { displayName: displayName ?? undefined, description: description ?? undefined };
}

/**
 * What is sent of an object that is there goes along whole: nobody says whether a PATCH looks into `metadata` and the
 * definition, or puts each in the place of what was there.
 */
export function metadataFor(
  { name, displayName = "", description = "" }: { name?: string; displayName?: string; description?: string },
  live: Json | undefined,
): Json {
  const kept = Object.entries(live ? metadataOf(live) : {}).filter(([key]) => !readOnly.includes(key));
  return { ...Object.fromEntries(kept), name, displayName, description };
}

type Collection = "roles" | "groups";

/** A reference is a whole path, wherever the API begins. */
function nameIn(collection: Collection, ref: string): string | undefined {
  const [, name] = new RegExp(`/${collection}/([^/]+)$`).exec(ref) ?? [];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function namesIn(collection: Collection, refs: References): string[] {
  return (refs ?? []).flatMap(({ ref }) => nameIn(collection, ref) ?? []);
}

/** References to those names, as NIM has them where it has them; what leads elsewhere stays. */
export function referencesTo(
  collection: Collection,
  wanted: readonly string[],
  there: References,
  basePath: string,
): { ref: string }[] {
  const all = there ?? [];
  const elsewhere = all.filter(({ ref }) => nameIn(collection, ref) === undefined);
  const to = (name: string) =>
    all.find(({ ref }) => nameIn(collection, ref) === name) ?? {
      ref: `${basePath}/${collection}/${encodeURIComponent(name)}`,
    };
  return [...elsewhere, ...wanted.map(to)];
}

/** Whether nothing is in an account but what is declared. */
export function hasNothingBeside(is: object, declared: object): boolean {
  return Object.entries(is).every(
    ([field, value]) => field in declared || value === undefined || value === "" || value?.length === 0,
  );
}

/** Which of those names NIM does not have; the way out for each. */
export async function explainMissing(
  { client }: NimContext,
  wanted: { readonly roles?: readonly string[]; readonly groups?: readonly string[] },
): Promise<string | undefined> {
  const missing: string[] = [];
  for (const [noun, collection] of [
    ["role", "roles"],
    ["group", "groups"],
  ] as const) {
    for (const name of wanted[collection] ?? []) {
      if (!(await client.find(`/${collection}/${encodeURIComponent(name)}`))) missing.push(`${noun} ${name}`);
    }
  }
  if (missing.length === 0) return undefined;
  return `NIM has no ${missing.join(", no ")}. Make it first: an output, such as "role.name", says that to Pulumi.`;
}
