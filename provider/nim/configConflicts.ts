// What others have, or have done, in a config that a publish would go over, and the words for it.
import { byRefresh } from "../core/conflict.ts";
import { allFiles, type Files, foreignFiles, type LiveConfig } from "./configFiles.ts";
import { isSame } from "./content.ts";
import type { NginxConfigOutputs } from "./nginxConfigTypes.ts";
import type { Known, Snapshot, Wanted } from "./publish.ts";
import { unknownWriter } from "./unknownWriter.ts";

/** Lines of a list in a message, which nobody reads to its end. */
const longestList = 50;

export function listed(lines: readonly string[]): string[] {
  const more = lines.length - longestList;
  return [...lines.slice(0, longestList), ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `  ${line}`);
}

/** A file, and the members of a group that have it where others do not. */
export function placeOf(path: string, { hosts }: Pick<Snapshot, "hosts">): string {
  const names = hosts[path];
  return names ? `${path} on ${names.join(", ")}` : path;
}

/** A publish replaces the whole config, so what the stack does not have would go. */
export function explainForeign(paths: readonly string[], before: Snapshot): string {
  return [
    `It has a config with files that this stack does not declare, which the first publish would remove:`,
    ...listed(paths.map((path) => placeOf(path, before))),
    `Nothing was published. Put them into the program to keep them, or set "adopt: true" to publish over them.`,
  ].join("\n");
}

/** An edit takes the commit away, so one that is there says that the config is somebody's who publishes from code. */
export function explainPublished(externalId: string): string {
  return `It was published from "${externalId}" by another stack or pipeline, and is otherwise than the program says. Nothing was published. Set "adopt: true" to publish over it.`;
}

/** @throws where a publish would go over what others have changed, or over what nobody has been asked about */
export function refuseOthers(
  before: Snapshot,
  state: Known,
  { wanted, adopt = false, wayOut }: { wanted: Files; adopt: boolean | undefined; wayOut?: string },
): void {
  const undeclared = undeclaredIn(before.live, state).filter((path) => !(path in wanted));
  if (undeclared.length > 0 && !adopt) throw new Error(explainUndeclared(undeclared, before));
  const theirs = changedByOthers(before.live, state, wanted).filter((path) => !undeclared.includes(path));
  if (theirs.length === 0) return;
  throw new Error(explain(theirs, isSeenBy(state, before) ? undefined : changedBy(before), wayOut));
}

/** Whether nobody has written since this stack looked last, right after a publish of its own or in a refresh. */
export function isSeenBy({ versionHash, updateTime }: Partial<NginxConfigOutputs>, now: Snapshot): boolean {
  return now.versionHash !== "" && versionHash === now.versionHash && updateTime === now.live.updateTime;
}

export function undeclaredIn(live: LiveConfig, { undeclaredFiles = [] }: Partial<Known>): string[] {
  return undeclaredFiles.filter((path) => path in allFiles(live));
}

export function explainUndeclared(paths: readonly string[], now: Pick<Snapshot, "hosts">): string {
  return [
    `It serves files that lay on the host and that the program does not declare, since a publish of this stack has made them part of the config:`,
    ...listed(paths.map((path) => placeOf(path, now))),
    `Put them into the program to keep them, or set "adopt: true" to remove them.`,
  ].join("\n");
}

/**
 * Paths whose content is neither what this stack last published nor what it wants. An aux file that is not reported may
 * just have nothing that refers to it any more, unless the config that refers to it is as it was.
 */
function changedByOthers(live: LiveConfig, state: Known, wanted: Files): string[] {
  const before = declaredFiles(state);
  const now = allFiles(live);
  const { files = {}, unreadableFiles } = state;
  const isConfigAsBefore = Object.entries(files).every(([path, content]) => isSame(now[path], content));
  const reported = Object.keys(before).filter(
    (path) => path in now || ((path in files || isConfigAsBefore) && !unreadableFiles.includes(path)),
  );
  const isNeither = (path: string) => !isSame(now[path], before[path]) && !isSame(now[path], wanted[path]);
  const added = Object.keys(foreignFiles(live, before)).filter(isNeither);
  return [...reported.filter(isNeither), ...added];
}

/** @param by - who, and how; `undefined` where nobody has, so that it was so when this stack looked last */
export function explain(paths: readonly string[], by: string | undefined, wayOut = byRefresh): string {
  return [
    by === undefined
      ? "It was not as this stack declares when it looked last, and nobody has written since:"
      : `The config was changed by ${by}:`,
    ...listed(paths.map((path) => `files["${path}"]`)),
    `Nothing was published. ${wayOut}`,
  ].join("\n");
}

/** An edit in the UI or on the host takes the commit away ("externalId reverts to null"), which tells how it was made. */
export function changedBy({ live, externalId }: Snapshot): string {
  const how = externalId ? `in a publish of "${externalId}"` : "in NIM's UI or on the host itself";
  return `${unknownWriter} ${how} at ${live.updateTime}`;
}

export function declaredFiles({ files, auxFiles = {} }: Wanted): Files {
  return { ...files, ...auxFiles };
}
