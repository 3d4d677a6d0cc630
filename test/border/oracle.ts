// What a case may end in, told without a look at the provider: right, or one clear error. Each finding begins with its
// kind, by which findings are grouped.
import { searchFor } from "../tools/canary.ts";
import type { Case, Episode } from "./episode.ts";

/** The programs say 30 seconds; an answer that is under way may take a little more. */
const secondsAtMost = 35;
const longestMessage = 4_000;

const slips: [RegExp, string][] = [
  [/\bundefined\b/, "undefined"],
  [/\[object \w+\]/, "an object as text"],
  [/Cannot (read|set|convert|destructure|use|access)/, "a mistake in the program"],
  [
    /is not (a function|iterable|a constructor|defined)|Invalid (time value|array length|count)|Maximum call stack/,
    "a mistake in the program",
  ],
  [/\n\s+at .+:\d+|\.ts:\d+/, "a stack trace"],
  [/\bNaN\b/, "NaN"],
];

export function judge(given: Case, episode: Episode): string[] {
  return [...judgeRequests(episode), ...judgeSecrets(episode), ...judgeEnd(given, episode)];
}

function judgeRequests({ asked, late, site }: Episode): string[] {
  const found: string[] = [];
  for (const request of asked) {
    const { method, path, origin } = request;
    if (origin !== undefined && !Object.values(site.environment).includes(origin))
      found.push(`a request to another host: ${method} ${origin}${path}`);
    else if (!isOwnSafely(site, request)) found.push(`a request elsewhere: ${method} ${path}`);
  }
  const [first] = late;
  if (first) found.push(`goes on after its end: ${first.method} ${first.path} (${late.length} requests)`);
  return [...new Set(found)];
}

function isOwnSafely(site: Episode["site"], request: Episode["asked"][number]): boolean {
  try {
    return site.isOwn(request);
  } catch {
    return false;
  }
}

function judgeSecrets({ outcome, warnings, site, sessions }: Episode): string[] {
  const { secrets, args, changed } = site;
  const known = [args, changed].map(({ certificate }) => String(certificate ?? "")).join("\n");
  const search = searchFor({ ...secrets, ...sessions }, known);
  const error = outcome !== "never ended" && "error" in outcome ? textOf(outcome.error) : "";
  return [
    ...search(error).map((name) => `a secret in the error: ${name}`),
    ...search(warnings.join("\n")).map((name) => `a secret in a warning: ${name}`),
  ];
}

/** All that the engine shows of an error. */
function textOf(error: unknown): string {
  const { message, reasons } = error as { message?: unknown; reasons?: unknown };
  return [message, ...(Array.isArray(reasons) ? reasons : [])].map(String).join("\n");
}

function judgeEnd(given: Case, episode: Episode): string[] {
  const { outcome, virtualSeconds } = episode;
  if (outcome === "never ended") return ["never ends"];
  const late = virtualSeconds > secondsAtMost ? [`ends too late: after ${Math.round(virtualSeconds)} s`] : [];
  const end =
    "error" in outcome ? judgeError(given, episode, outcome.error) : judgeSuccess(given, episode, outcome.value);
  return [...late, ...end];
}

function judgeSuccess({ operation, mutation }: Case, episode: Episode, value: unknown): string[] {
  const { existed, missed, keptOthers, next, drift } = episode;
  if (operation === "delete") return existed ? ["forgotten: delete succeeded, and the object is still there"] : [];
  if (operation === "refresh") {
    if (value === "deleted" && existed) return ["forgotten: a refresh says that the object is gone"];
    if (!mutation.isBelievable && Array.isArray(value) && value.length > 0)
      return [`believed: a refresh shows drift that there is not, in ${value}`];
    return next ? [`later: ${next}`] : [];
  }
  const found: string[] = [];
  if (missed && !mutation.isBelievable) found.push(`untrue success: ${missed}`);
  if (!keptOthers && !mutation.isBelievable) found.push("a lost update: what somebody else wrote is gone");
  if (drift === "deleted") found.push("untrue success: the next refresh says that the object is gone");
  else if (drift && drift.length > 0 && !mutation.isBelievable)
    found.push(`untrue success: the next refresh shows drift in ${drift}`);
  if (next) found.push(`later: ${next}`);
  return found;
}

function judgeError({ operation, mutation, times }: Case, episode: Episode, error: unknown): string[] {
  const { existed, keptOthers, next, state } = episode;
  const found: string[] = [];
  if (!(error instanceof Error)) return ["an unclear error, none at all"];
  const text = textOf(error);
  const shown = JSON.stringify(text.slice(0, 300));
  if (text.trim().length < 20) found.push(`an unclear error, too short: ${shown}`);
  if (text.length > longestMessage) found.push(`an unclear error, too long: ${text.length} letters: ${shown}`);
  for (const [pattern, what] of slips) if (pattern.test(text)) found.push(`an unclear error, ${what}: ${shown}`);
  if (!/border|\/systems\/|\b(GET|PUT|POST|PATCH|DELETE) |login|log in/i.test(text))
    found.push(`an unclear error, names neither request nor object: ${shown}`);
  const { status } = mutation;
  if (status && times === "always" && !text.includes(String(status)))
    found.push(`an unclear error, does not name the status ${status}: ${shown}`);
  if (existed && !keptOthers && !mutation.isBelievable) found.push("a lost update: what somebody else wrote is gone");
  if (operation !== "create" && operation !== "adopt" && existed && !state)
    found.push("forgotten: the state has lost the object");
  if (next && !mutation.isBelievable) found.push(`later: ${next}`);
  return found;
}
