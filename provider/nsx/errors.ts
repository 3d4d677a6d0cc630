import { z } from "zod";
import type { ApiError, ErrorKind, ServerWords } from "../travel/errors.ts";
import { hasStatus, kindOfStatus, namesWholly } from "../travel/errors.ts";
import { readJson } from "../travel/json.ts";
import type { Answer, Request } from "../travel/transport.ts";

interface Row {
  /** Absent where the code alone tells. */
  readonly status?: number;
  readonly code?: string;
  /** What NSX says, where releases give it different codes or none. */
  readonly words?: RegExp;
  readonly kind: ErrorKind;
}

/**
 * What NSX's errors mean. A code that stands in `related_errors` counts like the one above them. Status alone is the last
 * resort ({@link kindOfStatus}). Where the rows come from: docs/nsx.md, "Errors".
 */
export const errorTable: readonly Row[] = [
  { code: "500045", kind: "beingDeleted" },
  { code: "500127", kind: "exists" },
  { code: "500030", kind: "inUse" },
  { code: "503040", kind: "inUse" },
  { code: "503101", kind: "inUse" },
  { code: "8402", kind: "inUse" },
  { words: /cannot be deleted as either it has children or|VMs or VIFs attached/i, kind: "inUse" },
  { code: "500087", kind: "stale" },
  { code: "500090", kind: "stale" },
  { code: "500232", kind: "stale" },
  { code: "100148", kind: "stale" },
  { code: "206", kind: "stale" },
  { words: /fetch the latest copy of the object and retry|was modified by somebody else/i, kind: "stale" },
  { status: 404, code: "202", kind: "busy" },
  { status: 400, code: "60508", kind: "busy" },
  { status: 400, code: "60514", kind: "busy" },
  { status: 400, code: "60515", kind: "busy" },
  { status: 500, code: "607", kind: "busy" },
  { status: 500, code: "610", kind: "busy" },
  { status: 400, words: /AtomicRequest\/\S+ is already present/i, kind: "busy" },
  { status: 400, words: /backend is busy/i, kind: "busy" },
  { status: 500, code: "99", kind: "denied" },
  { words: /attempts to delete or modify an object/i, kind: "protected" },
  { status: 404, code: "600", kind: "gone" },
  { status: 404, code: "500012", kind: "gone" },
  { status: 400, code: "500012", kind: "gone" },
];

const text = z.string().nullish().catch(undefined);

const code = z
  .union([z.number(), z.string()])
  .nullish()
  .catch(undefined)
  .transform((value) => (value === null || value === undefined ? undefined : String(value)));

const related = z.object({ error_code: code, error_message: text, details: text });

/** Every field may be missing or null. vAPI, the layer before the services, has words of its own. */
const errorBody = z.object({
  httpStatus: text,
  ...related.shape,
  related_errors: z
    .array(related.catch({ error_code: undefined }))
    .nullish()
    .catch(undefined),
  error_type: text,
  messages: z
    .array(z.object({ default_message: text }).catch({}))
    .nullish()
    .catch(undefined),
});

/** NSX's error: what it means, its code and its words, wherever in the body they stand; `undefined` when it is not NSX's. */
export function readError(
  { status, body }: Answer,
  { method, about, removes = false }: Request,
): ServerWords | undefined {
  const error = readJson(body, errorBody);
  if (!error) return undefined;
  const all = [error, ...(error.related_errors ?? [])];
  const codes = all.flatMap(({ error_code }) => error_code ?? []);
  const said = all.flatMap(({ error_message, details }) => [error_message, details]);
  const words = [...said, ...(error.messages ?? []).map(({ default_message }) => default_message)];
  const sentence = [...new Set(words.filter(Boolean))].join(" ");
  if (codes.length === 0 && sentence === "") return undefined;

  const row = rowOf(status, codes, sentence);
  const means = row?.kind ?? (status === 404 ? "gone" : kindOfStatus(status));
  // Whatever is not there, it is the object itself only if NSX says so, and answers a look at it or its removal.
  const looksOrRemoves = removes || ["GET", "DELETE"].includes(method);
  const isGone = about !== undefined && (status === 404 || looksOrRemoves) && speaksOf(about, error, sentence);
  const kind = means === "gone" && !isGone ? kindOfStatus(status) : means;
  const tells = codes.find((known) => row?.code === known) ?? codes[0];
  return { kind, code: tells, words: sentence || `no reason, only the status ${error.httpStatus ?? status}.` };
}

/**
 * Whose a protected object is, as far as NSX says (`createUser=…`), and what can be done.
 *
 * @param words - NSX's own
 * @param allowsOverwrite - whether the setting that helps is on already
 */
export function explainProtection(words: string, allowsOverwrite: boolean): string {
  const [, owner] = /\bcreateUser=([^,\s)]+)/i.exec(words) ?? [];
  const who = owner === undefined ? "Another principal identity" : `"${owner}"`;
  const wayOut = allowsOverwrite
    ? "nsx:allowOverwrite is on, but this account may not write over it."
    : 'nsx:allowOverwrite "true" (NSX_ALLOW_OVERWRITE) writes over it, where the account may.';
  return `${who} has made it, and NSX protects it from everybody else. ${wayOut}`;
}

/**
 * Whether a refusal is about what the account may: a login that is not taken is a LoginError by then (session.ts), and a session that
 * may have expired has been replaced by a fresh one (cookieSession.ts). A license that is missing has its own code.
 */
export function lacksPermission(error: unknown): error is ApiError {
  return hasStatus(error, 401, 403) && error.kind === "denied" && error.code !== "505";
}

/** Which role has what is missing: the smallest that NSX ships with (docs/nsx.md#permissions). */
export function explainPermission(method: Request["method"]): string {
  const enough =
    method === "GET"
      ? 'NSX\'s role "auditor" has all that reading drift needs'
      : 'NSX\'s role "network_engineer" (Network Admin) has all that "up" needs';
  return `The login is good, and its role does not allow this: ${enough}, and so has a role of your own as in docs/nsx.md, "Permissions".`;
}

function rowOf(status: number, codes: readonly string[], sentence: string): Row | undefined {
  const rows = errorTable.filter((row) => row.status === undefined || row.status === status);
  const byCode = codes.flatMap((known) => rows.find(({ code }) => code === known) ?? []);
  return byCode[0] ?? rows.find(({ words }) => words?.test(sentence));
}

/**
 * Whether an error that something does not exist is about that object, or about one that it lies under. NSX names what
 * it misses as `path=[…]` or as `object : …`, by path or by id. Words that name nothing are about what was asked for only
 * under a code that says so: a gateway has none of NSX's codes.
 */
function speaksOf(path: string, { error_code }: z.output<typeof errorBody>, sentence: string): boolean {
  const named = [...sentence.matchAll(/path\s*=\s*\[([^\]]*)\]|object\s*:\s*(\S+)/gi)].map(([, a, b]) => a ?? b ?? "");
  if (named.length === 0)
    return (
      (namesWholly(sentence, path) && /not (be )?found|not exist|is invalid/i.test(sentence)) ||
      ["600", "500012"].includes(error_code ?? "")
    );
  const parts = path.split("/");
  return named.some((name) => {
    if (name.startsWith("/")) return name === path || path.startsWith(`${name}/`);
    return path.endsWith(`/${name}`) || parts.includes(name.split("/").at(-1) ?? "");
  });
}
