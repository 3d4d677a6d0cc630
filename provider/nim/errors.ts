import { z } from "zod";
import type { ErrorKind, ServerWords } from "../travel/errors.ts";
import { kindOfStatus, namesWholly } from "../travel/errors.ts";
import { readJson } from "../travel/json.ts";
import type { Answer, Request } from "../travel/transport.ts";

interface Row {
  readonly status: number;
  readonly method?: Request["method"];
  readonly words?: RegExp;
  readonly kind: ErrorKind;
}

/** What NIM's errors mean, the first row that fits. Where the rows come from: docs/nim.md. */
export const errorTable: readonly Row[] = [
  // "The published configuration is older than the active instance configuration."; its status is not documented.
  { status: 400, words: /older than the active/, kind: "stale" },
  { status: 409, words: /older than the active/, kind: "stale" },
  // "409: already exists or is referenced by another resource".
  { status: 409, method: "POST", kind: "exists" },
  { status: 409, method: "DELETE", kind: "inUse" },
  { status: 404, kind: "gone" },
];

const text = z.string().nullish().catch(undefined);

/** "ErrorModel {code, message, details}"; the gateway before the services sends the first two. Any may be missing. */
const errorBody = z.object({
  code: z.union([z.number(), z.string()]).nullish().catch(undefined),
  message: text,
  details: z
    .array(z.object({ description: text }).catch({}))
    .nullish()
    .catch(undefined),
});

/** NIM's error; `undefined` when it is not NIM's. */
export function readError({ status, body }: Answer, { method, about }: Request): ServerWords | undefined {
  const error = readJson(body, errorBody);
  if (!error) return undefined;
  const said = [error.message, ...(error.details ?? []).map(({ description }) => description)].filter(Boolean);
  if (said.length === 0) return undefined;
  const words = said.join("; ");
  const row = errorTable.find(
    (other) => other.status === status && (other.method ?? method) === method && (other.words?.test(words) ?? true),
  );
  const { code } = error;
  const isGone = about !== undefined && code !== null && code !== undefined && speaksOf(about, words);
  const kind = row?.kind === "gone" && !isGone ? "other" : (row?.kind ?? kindOfStatus(status));
  return { kind, code: code === null || code === undefined ? undefined : String(code), words };
}

/** What NIM calls the objects of its collections when it does not find one. */
const nouns: Readonly<Record<string, RegExp>> = {
  roles: /\brole\b/i,
  users: /\buser\b/i,
  groups: /\bgroup\b/i,
  certs: /\bcert(ificate)?\b/i,
  instances: /\b(instance|system)\b/i,
  systems: /\bsystem\b/i,
  configs: /\bconfig(uration)?\b/i,
  "instance-groups": /\binstance[ -]?group\b/i,
  deployments: /\bdeployment\b/i,
  config: /\b(config(uration)?|instance|system|instance[ -]?group)\b/i,
};

/**
 * Whether "not found" is said of the object at that path: by its name, or by what it is. A gateway that knows no such
 * route says neither.
 */
function speaksOf(path: string, words: string): boolean {
  const [collection = "", name = ""] = path.split("/").slice(-2);
  const left = words.replace(/not (be )?found|not exist|no such/gi, " ");
  if (left === words) return false;
  // Whoever does not know the path at all may say it again, with the name at its end.
  const rest = left.replaceAll(path, " ");
  // A config has no name of its own but that of its instance or group; what is called so in a collection is no config.
  const isConfig = name === "config" && !Object.hasOwn(nouns, collection);
  const [own, noun] = isConfig ? [collection, nouns.config] : [name, nouns[collection]];
  return namesWholly(rest, decodeURIComponent(own)) || (noun?.test(rest) ?? false);
}
