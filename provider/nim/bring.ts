// Brings a config to where it belongs: publishes, sees what came of it, and goes on where it has to.
import { byRefresh } from "../core/conflict.ts";
import { messageOf, Unfinished } from "../travel/errors.ts";
import { mustPassAnalysis } from "./analysis.ts";
import { stagedFilesOf } from "./byReference.ts";
import type { NimContext } from "./client.ts";
import { changedBy, declaredFiles, explain, explainUndeclared, listed, placeOf } from "./configConflicts.ts";
import { allFiles, differing, type Files, foreignFiles, type LiveConfig } from "./configFiles.ts";
import { isSame } from "./content.ts";
import { versionsOfMembers, withFilesOfMembers } from "./groupMembers.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";
import type { NginxConfigOutputs } from "./nginxConfigTypes.ts";
import {
  areTaken,
  type Deployment,
  explainOutcomes,
  failuresOf,
  type InFull,
  isLive,
  outcomesOf,
  publish,
  refused,
  type Snapshot,
  settledSnapshot,
  type Wanted,
} from "./publish.ts";

/** Publishes against others that keep publishing, answers that keep getting lost, or files that keep appearing. */
const maxAttempts = 3;

interface Basis {
  readonly before: Snapshot;
  readonly lastApplied: Files;
  readonly ownerMark: string;
  /** Whether members of a group have been seen to run something else than the group. */
  readonly isMixed?: boolean;
  /** Whether the resource is on its way out: then no state keeps what is still to be done. */
  readonly isLeaving?: boolean;
}

/**
 * Publishes unless everything is there already, as after an interrupted run or a lost answer.
 *
 * @throws Unfinished where something of it is there, and something is still to be done
 */
export async function bring(
  context: NimContext,
  id: string,
  wanted: InFull,
  { before, lastApplied, ownerMark, isMixed = false, isLeaving = false }: Basis,
): Promise<NginxConfigOutputs> {
  const all = declaredFiles(wanted);
  const { externalId, adopt = false } = wanted;
  const outputs = (now: Snapshot, deployment: Deployment | undefined, undeclaredFiles: readonly string[] = []) =>
    outputsOf(now, {
      deploymentUid: deployment?.id ?? "",
      instances: outcomesOf(deployment, id),
      unreadableFiles: unreadable(now.live, all),
      undeclaredFiles: [...undeclaredFiles],
      ...stagedFilesOf(wanted.staged !== undefined, wanted),
      ownerMark,
    });
  const removed: string[] = [];
  const done = (now: Snapshot, deployment: Deployment | undefined) => {
    if (removed.length > 0) context.warn([removedFrom(id), ...listed(removed)].join("\n"));
    return outputs(now, deployment);
  };
  /** What there is between the publish that has made files part of the config and the one that removes them. */
  let between: NginxConfigOutputs | undefined;
  const failed = (error: unknown) =>
    between && !isLeaving ? new Unfinished(id, between, `${messageOf(error)}\n${saved}`) : error;

  for (let attempt = 1, known = before; ; attempt += 1) {
    const isIdOnIt = externalId === undefined || known.externalId === (externalId ?? undefined);
    const isAlone = Object.keys(foreignFiles(known.live, all)).length === 0 && Object.keys(known.hosts).length === 0;
    const isThere = isLive(known.live, all, lastApplied) && isAlone;
    const isTaken = areTaken(outcomesOf(known.lastDeployment, id));
    if (isThere && isIdOnIt && isTaken && !isMixed) return done(known, known.lastDeployment);

    // What is left behind must not be held up; nginx looks at it all the same.
    if (attempt === 1 && !isLeaving) await mustPassAnalysis(context, id, wanted, known.mainFile);
    const came = await publishOnce(context, id, { known, wanted, lastApplied }).catch((error) => {
      throw failed(error);
    });
    const { now, deployment, outcomes, appeared, advice, lost } = came;
    if (lost !== undefined && appeared.length === 0) {
      if (attempt === maxAttempts) throw failed(new Error(`The publish was tried ${attempt} times. ${lost}`));
      known = now;
      continue;
    }
    if (wanted.staged && areTaken(outcomes) && !isLive(now.live, all, all))
      throw new Unfinished(id, outputs(now, deployment, appeared), servesOther(id, wanted.staged.uid));
    if (areTaken(outcomes) && appeared.length === 0) return done(now, deployment);

    const kept = outputs(now, deployment, appeared);
    if (areTaken(outcomes) && adopt && attempt < maxAttempts) {
      removed.push(...appeared.map((path) => placeOf(path, now)));
      between = kept;
      known = now;
      continue;
    }
    const words = areTaken(outcomes) ? [] : [explainOutcomes(outcomes, id, advice)];
    if (isLeaving) {
      if (appeared.length > 0) words.push(leftOn(id), ...listed(appeared.map((path) => placeOf(path, now))));
      if (!areTaken(outcomes)) throw new Error([...words, leaveAgain].join("\n"));
      context.warn(words.join("\n"));
      return kept;
    }
    const told = appeared.length > 0 ? [explainUndeclared(appeared, now), saved] : [savedAndGoesOn];
    throw new Unfinished(id, kept, [...words, ...told].join("\n"));
  }
}

const saved = "This is saved in the state.";
const savedAndGoesOn = 'This is saved in the state; the next "pulumi up" publishes again.';

/** NIM looks the files up when it publishes, which is a moment after this stack has. */
const servesOther = (id: string, uid: string) =>
  `${id} does not serve what /configs/${uid} held: somebody has changed one or the other while it was published. ${saved} ${byRefresh}`;

/** A failed delete saves nothing: the state still has what the program says. */
const leaveAgain =
  'The resource is still in the state as it was. Once they are well, "pulumi destroy" publishes what onDelete says again (in an update, which only takes this resource out, "pulumi up"); with the resource in the program, "pulumi up --refresh" brings its config back.';

const removedFrom = (id: string) =>
  `Removed from ${id}, because of "adopt: true", what lay on the host and the first publish of this run had made part of the config:`;
const leftOn = (id: string) =>
  `What onDelete says for ${id} has made files part of the config that lay on the host. They were left there:`;

interface Publishing {
  readonly known: Snapshot;
  readonly wanted: Wanted;
  readonly lastApplied: Files;
}

/** What one publish has come to, by its deployment and by what there is now. */
interface Came {
  readonly now: Snapshot;
  readonly deployment: Deployment | undefined;
  readonly outcomes: readonly InstanceOutcome[];
  /** Files that it has made part of the config, and that were not declared. */
  readonly appeared: readonly string[];
  readonly advice: string;
  /** Why nobody has said what became of it. */
  readonly lost: string | undefined;
}

/** @throws where nobody has taken it, or somebody else was first */
async function publishOnce(context: NimContext, id: string, { known, wanted, lastApplied }: Publishing): Promise<Came> {
  const all = declaredFiles(wanted);
  const published = await publish(context, id, known, wanted);
  const { lost, isRefused = false, advice = "" } = published;
  const told = outcomesOf(published.deployment, id);
  if (lost === undefined && told.every(({ status }) => status === "failure"))
    throw new Error(`${refused}\n${failuresOf(told)}${advice}`);
  const settled = (await settledSnapshot(context, id)) ?? known;
  // The answer was lost, or somebody else was first: what is there now tells.
  const isOurs = lost === undefined || (!isRefused && isLive(settled.live, all, all));
  const theirs = isOurs ? [] : changedSince(known, settled, all);
  if (theirs.length > 0) throw new Error(explain(theirs, changedBy(settled)));

  const deployment = lost === undefined ? published.deployment : settled.lastDeployment;
  const outcomes = outcomesOf(deployment, id);
  const hasTaken = (name: string) => !outcomes.some((each) => each.name === name && each.status !== "success");
  const now = !isOurs
    ? settled
    : await withFilesOfMembers(
        context,
        settled,
        (path) => !(path in lastApplied),
        ({ name, isOnline }) => !isOnline || !hasTaken(name),
      );
  const foreign = isOurs ? Object.keys(foreignFiles(now.live, all)) : [];
  const appeared = foreign.filter((path) => !(path in allFiles(known.live)));
  return { now, deployment, outcomes, appeared, advice, lost };
}

/** What somebody else has changed between two looks, but to what is wanted. */
function changedSince(before: Snapshot, now: Snapshot, wanted: Files): string[] {
  const files = allFiles(now.live);
  return differing(allFiles(before.live), files).filter(
    (path) => !(path in before.hosts) && !isSame(files[path], wanted[path]),
  );
}

type Kept = Omit<NginxConfigOutputs, "versionHash" | "updateTime" | "memberVersions">;

export function outputsOf(now: Snapshot, kept: Kept): NginxConfigOutputs {
  const { live, versionHash } = now;
  return { ...kept, versionHash, memberVersions: versionsOfMembers(now, kept.instances), updateTime: live.updateTime };
}

export function unreadable(live: LiveConfig, wanted: Files): string[] {
  const readable = allFiles(live);
  return Object.keys(wanted).filter((path) => !(path in readable));
}
