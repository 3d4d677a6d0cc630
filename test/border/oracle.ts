// What a case may end in, told without a look at the provider: right, or one clear error. Each finding begins with its
// kind, by which findings are grouped.
import { searchFor } from "../tools/canary.ts";
import type { Case, Episode } from "./episode.ts";
import type { Json } from "./site.ts";

/** The programs of the cases on a clock of the tests say 30 seconds; what is under way may take a little more. */
const usualLimit = 35;
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
  [/^\w+ : /, "an object without a name"],
];

/** @param limit - seconds after which an operation must have ended */
export function judge(given: Case, episode: Episode, limit = usualLimit): string[] {
  const end = judgeEnd(given, episode, limit);
  // What was believed may be wrong afterwards, but nobody may stumble over it.
  return [...judgeRequests(episode), ...judgeSecrets(episode), ...end, ...slipsIn(episode.next ?? "")];
}

function slipsIn(text: string): string[] {
  const shown = JSON.stringify(text.slice(0, 300));
  return slips.flatMap(([pattern, what]) => (pattern.test(text) ? [`an unclear error, ${what}: ${shown}`] : []));
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

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

/** What a system is asked about itself: which version its API has (docs/nim.md), and what its limits are (docs/nsx.md). */
const aboutItself = /^\/api\/(platform\/v\d+\/userinfo|v1\/node\/services\/http)$/;

function isOwnSafely(site: Episode["site"], request: Episode["asked"][number]): boolean {
  if (request.method === "GET" && aboutItself.test(request.path)) return true;
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

function judgeEnd(given: Case, episode: Episode, limit: number): string[] {
  const { outcome, seconds } = episode;
  if (outcome === "never ended") return ["never ends"];
  const late = seconds > limit ? [`ends too late: after ${Math.round(seconds)} s`] : [];
  const end =
    "error" in outcome ? judgeError(given, episode, outcome.error) : judgeSuccess(given, episode, outcome.value);
  return [...late, ...end];
}

function judgeSuccess({ operation, mutation }: Case, episode: Episode, value: unknown): string[] {
  const { existed, missed, keptOthers, next, drift } = episode;
  if (operation === "delete")
    return existed && !isTheServersWord(episode) && !isSaidGone(episode) && !isKeptForAnother(mutation, episode)
      ? ["forgotten: delete succeeded, and the object is still there"]
      : [];
  if (operation === "refresh") {
    if (value === "deleted" && existed) return ["forgotten: a refresh says that the object is gone"];
    if (!mutation.isBelievable && Array.isArray(value) && value.length > 0)
      return [`believed: a refresh shows drift that there is not, in ${value}`];
    return next ? [`later: ${next}`] : [];
  }
  const found: string[] = [];
  if (missed && !mutation.isBelievable) found.push(`untrue success: ${missed}`);
  if (!keptOthers && !mutation.isBelievable) found.push("a lost update: what somebody else wrote is gone");
  if (drift === "deleted" && !isOtherUid(mutation))
    found.push("untrue success: the next refresh says that the object is gone");
  else if (drift && drift.length > 0 && !mutation.isBelievable)
    found.push(`untrue success: the next refresh shows drift in ${drift}`);
  if (next) found.push(`later: ${next}`);
  return found;
}

/** A deletion that was answered as both systems answer one that they have carried out: nobody can know better. */
const isTheServersWord = ({ hits }: Episode) =>
  hits.some(
    ({ method, status, body }) =>
      method !== "GET" && [200, 202, 204].includes(status) && (body === "" || status === 204),
  );

/** A look at what has the object as a part of it, in which it was not: nobody can know better either. */
const isSaidGone = ({ hits, site }: Episode) =>
  hits.some(({ method, status, body }) => {
    const answer = method === "GET" && status === 200 && jsonIn(body);
    return answer && site.saysGone?.(answer);
  });

function jsonIn(text: string): Json | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** The uid of another object, which nobody can tell from that of the own one; the next run has to find its way. */
const isOtherUid = ({ name }: Case["mutation"]) => /^(?:summary\.)?uid is a text$/.test(name);

/** By what the system could have said it was somebody else's: then it must stay, and the user must be told. */
const isKeptForAnother = ({ isBelievable }: Case["mutation"], { warnings }: Episode) =>
  isBelievable && warnings.some((warning) => /is no longer the object of this stack, and was kept/.test(warning));

function judgeError({ operation, mutation, times }: Case, episode: Episode, error: unknown): string[] {
  const { existed, keptOthers, next, state } = episode;
  const found: string[] = [];
  if (!(error instanceof Error)) return ["an unclear error, none at all"];
  const text = textOf(error);
  const shown = JSON.stringify(text.slice(0, 300));
  if (text.trim().length < 20) found.push(`an unclear error, too short: ${shown}`);
  if (text.length > longestMessage) found.push(`an unclear error, too long: ${text.length} letters: ${shown}`);
  found.push(...slipsIn(text));
  if (
    !/border|\b[A-Z]\w+ [0-9a-f-]{36}\b|\/(systems|instance-groups|configs)\/|\b(GET|PUT|POST|PATCH|DELETE) |login|log in/i.test(
      text,
    )
  )
    found.push(`an unclear error, names neither request nor object: ${shown}`);
  const { status, field } = mutation;
  if (field && times === "always" && !text.includes(field) && !text.includes(camelCase(field)))
    found.push(`an unclear error, does not name the field ${field}: ${shown}`);
  // Another request may have failed first; then it is that one's status.
  if (status && times === "always" && !/\b[345]\d\d\b/.test(text))
    found.push(`an unclear error, does not name the status ${status}: ${shown}`);
  if (existed && !keptOthers && !mutation.isBelievable) found.push("a lost update: what somebody else wrote is gone");
  if (operation !== "create" && operation !== "adopt" && existed && !state)
    found.push("forgotten: the state has lost the object");
  if (next && !mutation.isBelievable) found.push(`later: ${next}`);
  return found;
}
