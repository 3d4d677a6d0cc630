// Members of an instance group one by one. The config that NIM tells of a group is what was published to it, and not what
// its agents report: what lies on one member's host, and what somebody has changed there, only that member shows.
import { z } from "zod";
import { byRefresh } from "../core/conflict.ts";
import { type NimContext, understoodAt } from "./client.ts";
import { declaredFiles, listed } from "./configConflicts.ts";
import { allFiles, type Files, foreignFiles, type LiveConfig, readConfig, wireConfig } from "./configFiles.ts";
import { isSame, type LiveContent } from "./content.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";
import type { NginxConfigOutputs } from "./nginxConfigTypes.ts";
import type { Known, Snapshot } from "./publish.ts";

const row = z.looseObject({
  uid: z.string().default(""),
  systemUid: z.string().default(""),
  displayName: z.string().default(""),
});

const running = z.looseObject({
  configVersion: z.looseObject({ versions: z.array(z.looseObject({ versionHash: z.string().default("") })) }),
  status: z.looseObject({ state: z.string() }).nullish().catch(undefined),
  configPath: z.string().nullish().catch(undefined),
});

/** A member, and what its agent has reported last. */
interface Member {
  readonly name: string;
  readonly versionHash: string;
  readonly isOnline: boolean;
  /** Where its nginx starts: what only another one includes, its agent does not report. Not asked where all run the same. */
  readonly mainFile: string | undefined;
  readonly live: LiveConfig;
}

/**
 * What the members run. The group tells only hashes, and not whose they are, so each member is asked; where all have one
 * hash, none is. Of those with one hash the config of one stands for all.
 */
async function membersOf({ client }: NimContext, { members, instances }: Snapshot): Promise<Member[]> {
  const hashes = new Set(members.map(({ versionHash }) => versionHash));
  const configs = new Map<string, LiveConfig>();
  const found: Member[] = [];
  for (const each of await client.list("/instances")) {
    const { uid, systemUid, displayName } = row.parse(each);
    if (!instances.includes(uid)) continue;
    const path = `/systems/${systemUid}/instances/${uid}`;
    const own = hashes.size === 1 ? undefined : running.safeParse(await client.find(path)).data;
    const versionHash = hashes.size === 1 ? [...hashes][0] : own?.configVersion.versions[0]?.versionHash;
    if (versionHash === undefined) continue;
    const config = configs.has(versionHash) ? undefined : await client.find(`${path}/config`);
    if (config) configs.set(versionHash, readConfig(understoodAt(`${path}/config`, config, wireConfig)));
    const live = configs.get(versionHash);
    const isOnline = own?.status?.state !== "offline";
    const mainFile = own?.configPath ?? undefined;
    if (live) found.push({ name: displayName || uid, versionHash, isOnline, mainFile, live });
  }
  return found;
}

/**
 * A group with what its members have besides, so that whoever looks at it sees that too. Nobody is asked while all members
 * run what was published: then they have the group's hash. NIM does not say what a hash is made of, and an agent does not
 * report all that was published; so another hash alone says nothing.
 *
 * @param isSought - which of those files
 * @param isBehind - whether a member cannot have the group's config yet, so that what it has says nothing
 */
export async function withFilesOfMembers(
  context: NimContext,
  found: Snapshot,
  isSought: (path: string) => boolean,
  isBehind: (member: Pick<Member, "name" | "isOnline">) => boolean = () => false,
): Promise<Snapshot> {
  if (!found.members.some(({ versionHash }) => versionHash !== found.versionHash)) return found;
  const { live } = found;
  const members = await membersOf(context, found);
  const besides: Record<string, LiveContent> = {};
  const hosts: Record<string, string[]> = {};
  const explained: string[] = [];
  for (const member of members) {
    const files = isBehind(member) ? [] : Object.entries(foreignFiles(member.live, allFiles(live)));
    const sought = files.filter(([path]) => isSought(path));
    for (const [path, content] of sought) {
      besides[path] ??= content;
      hosts[path] = [...(hosts[path] ?? []), member.name];
    }
    const isExplained = isBehind(member) || runsThat(live, member, members);
    if (isExplained && sought.length === files.length) explained.push(member.versionHash);
  }
  return { ...found, live: { ...live, configFiles: { ...live.configFiles, ...besides } }, hosts, explained };
}

/** The same with what an earlier publish of this stack has made part of a member's config, and is still to be decided. */
export async function withUndeclared(
  context: NimContext,
  found: Snapshot,
  { undeclaredFiles = [] }: Partial<NginxConfigOutputs>,
): Promise<Snapshot> {
  if (undeclaredFiles.length === 0) return found;
  return withFilesOfMembers(context, found, (path) => undeclaredFiles.includes(path));
}

/** Whether a member has the group's config, as far as agents report: what none of them shows cannot be told from it. */
function runsThat(live: LiveConfig, member: Member, members: readonly Member[]): boolean {
  const shown = allFiles(member.live);
  const alike = members.filter(({ mainFile }) => mainFile === member.mainFile);
  const isReported = (path: string) => alike.some((other) => path in allFiles(other.live));
  return Object.entries(allFiles(live)).every(([path, content]) =>
    path in shown ? isSame(shown[path], content) : !isReported(path),
  );
}

/**
 * What is worth remembering of what members run. A member that was away, or is new, is given the group's config by NIM
 * itself: so nothing before all have taken it. In the place of what nobody has explained stands what should be there.
 */
export function versionsOfMembers(
  { members, versionHash, explained }: Snapshot,
  outcomes: readonly InstanceOutcome[],
): string[] {
  if (outcomes.length !== members.length) return [];
  const isKnown = (hash: string) => !explained || explained.includes(hash);
  return members.map((member) => (isKnown(member.versionHash) ? member.versionHash : versionHash)).sort();
}

/** A member that a publish to the group must not go over unseen. */
interface Stray {
  readonly name: string;
  /** Whether it ran something else when this stack looked last; where that is not known, only its files are told. */
  readonly isChanged: boolean;
  /** Files that neither the group nor this stack has, and that a publish would remove. */
  readonly besides: readonly string[];
}

/**
 * Members that somebody has changed apart from the group, or that have files which a publish to it would remove. They are
 * asked only where one runs what this stack has not seen on any of them: as many hashes as members, or none was seen.
 *
 * @param declared - files that the program has, besides those in the state
 */
export async function straysIn(
  context: NimContext,
  now: Snapshot,
  state: Partial<Known>,
  declared: Files = {},
): Promise<Stray[]> {
  const { members, versionHash, live } = now;
  const {
    memberVersions = [],
    versionHash: before,
    undeclaredFiles = [],
    files = {},
    auxFiles,
    instances = [],
  } = state;
  // After another publish to the group, such as that of an interrupted run, each of them runs something else.
  const isChanged = memberVersions.length === members.length && versionHash === before;
  const known = isChanged ? [versionHash, ...memberVersions] : [versionHash];
  const strange = members.map((member) => member.versionHash).filter((hash) => !known.includes(hash));
  if (strange.length === 0) return [];
  const found = await membersOf(context, now);
  const ours = declaredFiles({ files, auxFiles });
  const strays = found.flatMap((member) => {
    if (!strange.includes(member.versionHash)) return [];
    const besides = Object.entries(foreignFiles(member.live, allFiles(live)))
      .filter(([path, content]) => !isSame(content, ours[path]) && !isSame(content, declared[path]))
      .map(([path]) => path)
      .filter((path) => !undeclaredFiles.includes(path));
    // Whoever has not taken the last publish of this stack may have any config of before, and is given the group's by NIM.
    const hasTaken = instances.some(({ name, status }) => name === member.name && status === "success");
    const isStray = isChanged
      ? besides.length > 0 || !runsThat(live, member, found)
      : besides.length > 0 && member.isOnline && hasTaken;
    return isStray ? [{ name: member.name, isChanged, besides }] : [];
  });
  const isUnknown = strange.some((hash) => !found.some((member) => member.versionHash === hash));
  return isChanged && isUnknown && strays.length === 0 ? [{ name: "a member", isChanged, besides: [] }] : strays;
}

export function outcomeOf({ name, isChanged }: Stray): InstanceOutcome {
  const message = isChanged ? "changed apart from its group" : "has files that its group does not have";
  return { name, status: "changed", message };
}

export function explainStrays(id: string, strays: readonly Stray[]): string {
  const changed = strays.filter(({ isChanged }) => isChanged).map(({ name }) => name);
  const besides = strays.flatMap((stray) => stray.besides.map((path) => `${path} on ${stray.name}`));
  return [
    ...(changed.length > 0 ? [`Members of the group were changed apart from ${id}: ${changed.join(", ")}.`] : []),
    ...(besides.length > 0
      ? [`Members have files that ${id} does not have, and that a publish to it would remove:`, ...listed(besides)]
      : []),
  ].join("\n");
}

/** @throws where a publish to the group would go over what somebody has done to a member, and no refresh has shown it */
export async function refuseStrays(
  context: NimContext,
  id: string,
  before: Snapshot,
  state: Partial<Known>,
  { wanted, wayOut = byRefresh }: { wanted: Files; wayOut?: string },
): Promise<void> {
  const strays = await straysIn(context, before, state, wanted);
  if (strays.length === 0) return;
  const isList = strays.some(({ besides }) => besides.length > 0);
  throw new Error(`${explainStrays(id, strays)}${isList ? "\n" : " "}Nothing was published. ${wayOut}`);
}
