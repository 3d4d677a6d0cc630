import isDeepEqual from "fast-deep-equal";
import { z } from "zod";
import { holdsUnknown } from "../core/check.ts";
import { createClaims } from "../core/claims.ts";
import { byRefreshWhenLeaving } from "../core/conflict.ts";
import { defineResource, type Live } from "../core/definition.ts";
import { isMadeBy, newMark } from "../core/ownerMark.ts";
import { mapEntries, mapValues, pick } from "../core/shape.ts";
import { Absent, orAbsent } from "../travel/errors.ts";
import { sentText } from "../travel/json.ts";
import { bring, outputsOf, unreadable } from "./bring.ts";
import { inFull, lastKnown, referenceNow, stagedFilesOf, stagedReference } from "./byReference.ts";
import type { NimClient, NimContext } from "./client.ts";
import {
  changedBy,
  declaredFiles,
  explainForeign,
  explainPublished,
  explainUndeclared,
  isSeenBy,
  listed,
  placeOf,
  refuseOthers,
  undeclaredIn,
} from "./configConflicts.ts";
import { allFiles, type Files, fileMap, foreignFiles, type LiveConfig } from "./configFiles.ts";
import { argumentOf, inWordsOf, isSame, shown, textsIn } from "./content.ts";
import {
  explainStrays,
  outcomeOf,
  refuseStrays,
  straysIn,
  withFilesOfMembers,
  withUndeclared,
} from "./groupMembers.ts";
import { instanceReference, instanceToRef, targetReference, uid } from "./instance.ts";
import { lackMainFile, mustHaveMainFile, mustLeaveMainFiles } from "./mainFile.ts";
import type { NginxConfigInputs, NginxConfigOutputs } from "./nginxConfigTypes.ts";
import { areTaken, type InFull, isLive, outcomesOf, readSnapshot, type Snapshot, settledSnapshot } from "./publish.ts";
import { spelledOut } from "./spelledOut.ts";
import { unknownWriter } from "./unknownWriter.ts";

export const nginxConfigInputs = z
  .strictObject({
    instance: instanceReference.optional(),
    instanceGroup: uid.optional(),
    files: fileMap.optional(),
    stagedConfig: stagedReference.optional(),
    auxFiles: fileMap.optional(),
    externalId: sentText.min(1).max(150).optional(),
    onDelete: z.union([z.literal("retain"), fileMap], { error: 'must be "retain", or files by path' }).optional(),
    analyze: z.enum(["errors", "off"]).optional(),
    adopt: z.boolean().optional(),
  })
  .superRefine(({ instance, instanceGroup, files, stagedConfig, auxFiles = {}, onDelete = "retain" }, context) => {
    const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((instance === undefined) === (instanceGroup === undefined)) {
      report(["instance"], "or instanceGroup must be given, and not both");
    }
    if (files === undefined && stagedConfig === undefined) report(["files"], "is required, or stagedConfig");
    if (files !== undefined && stagedConfig !== undefined) report(["stagedConfig"], "is given, and files as well");
    if (files === undefined) {
      if (Object.keys(auxFiles).length > 0)
        report(["auxFiles"], "are those of the staged config where stagedConfig is given");
      return;
    }
    const all = { ...files, ...auxFiles };
    // What is not known yet may be a folder.
    const isKnown = onDelete !== "retain" && !holdsUnknown([all, onDelete]);
    if (Object.keys(files).length === 0) report(["files"], lackMainFile());
    else if (isKnown && !Object.keys(onDelete).some((path) => path in all))
      report(["onDelete"], `has none of the files that are declared, so one of both must ${lackMainFile()}`);
    for (const path of Object.keys(auxFiles)) if (path in files) report(["auxFiles", path], "is in files too");
  });

const claims = createClaims();

/** The configuration of an instance or a group (guide: "Publish configurations to NGINX instances"). */
export const nginxConfig = defineResource<NimClient, NginxConfigInputs, NginxConfigOutputs>({
  system: "nim",
  name: "NginxConfig",
  inputs: nginxConfigInputs,
  autoName: undefined,
  target: pathOf,
  location: ["instance", "instanceGroup"],
  fixed: [],
  steering: ["onDelete", "analyze", "adopt"],
  writeOnly: [],
  texts: ["files", "auxFiles", "onDelete"],
  textsIn,
  spelledOut,
  words: ["instances"],
  remembered: ["unreadableFiles", "undeclaredFiles", "memberVersions", "stagedFiles", "ownerMark"],
  ids: {
    is(id) {
      const { instance, instanceGroup } = targetOf(id);
      const isTarget = targetReference.safeParse(instance ?? { instanceGroup }).success;
      return isTarget && pathOf({ instance, instanceGroup }) === id;
    },
    told: "The id of a config is /systems/<systemUid>/instances/<instanceUid>, or /instance-groups/<uid>.",
  },
  // What the old one's `onDelete` publishes to a group would go over what the new one has published to a member.
  canCoexist: (before, after) => before.instance !== undefined && after.instance !== undefined,
  isFinished: ({ instances = [], undeclaredFiles = [] }) =>
    instances.every(({ status }) => status === "success") && undeclaredFiles.length === 0,

  async create(context, declaredInputs) {
    const id = pathOf(declaredInputs);
    const inputs = await inFull(context, declaredInputs);
    const before = await withFilesOfMembers(context, await existing(context, id), () => true);
    const declared = declaredFiles(inputs);
    mustHaveMainFile(before, inputs);
    await mustLeaveMainFiles(context, before, inputs);
    const goes = Object.keys(foreignFiles(before.live, declared));
    if (goes.length > 0 && !inputs.adopt) throw new Error(explainForeign(goes, before));
    if (before.externalId !== undefined && !inputs.adopt && !isLive(before.live, declared, {}))
      throw new Error(explainPublished(before.externalId));
    const replaced = Object.entries(allFiles(before.live)).filter(
      ([path, content]) => path in declared && !isSame(declared[path], content),
    );
    if (goes.length > 0 || replaced.length > 0) {
      const list = [
        ...goes.map((path) => `removes ${placeOf(path, before)}`),
        ...replaced.map(([path]) => `replaces ${placeOf(path, before)}`),
      ];
      context.warn([`The first publish to ${id}`, ...listed(list)].join("\n"));
    }
    const ownerMark = newMark(context);
    claims.make(id, ownerMark);
    return { id, outputs: await bring(context, id, inputs, { before, lastApplied: {}, ownerMark }) };
  },

  async read(context, id, state) {
    const found = await orAbsent(readSnapshot(context, id));
    if (found instanceof Absent) {
      const isPruned = Boolean(state.ownerMark) && !(await context.client.find(id));
      if (!isPruned) return found;
      // NIM forgets agents that are away for days; what nginx serves on those hosts is as it was.
      context.warn(
        `NIM no longer knows ${id}: its agent was away for so long that NIM has pruned it, or it has other uids now. What is served there is not known, and the resource is kept. If the host is gone for good, take the resource out of the program.`,
      );
      const { deploymentUid = "", versionHash = "", instances = [], updateTime = "" } = state;
      const { unreadableFiles = [], undeclaredFiles = [], memberVersions = [], ownerMark = "" } = state;
      const known = { unreadableFiles, undeclaredFiles, memberVersions, ownerMark, ...pick(state, ["stagedFiles"]) };
      const outputs = { deploymentUid, versionHash, instances, updateTime, ...known };
      return { inputs: state, outputs, changedBy: unknownWriter };
    }
    if (!state.ownerMark) return lookedAt(id, found);
    const shownToo = await withUndeclared(context, found, state);
    const { live } = shownToo;
    const known = lastKnown(state);
    const { files, auxFiles = {}, unreadableFiles = [], stagedConfig } = known;
    const foreign = mapValues(foreignFiles(live, { ...files, ...auxFiles }), shown);
    const config = { ...seen(live, files, unreadableFiles), ...foreign };
    // An agent reports only what the config refers to: of another config's aux files there is nothing to tell.
    const unseen = isDeepEqual(config, files) ? unreadableFiles : Object.keys(auxFiles);
    const aux = seen(live, auxFiles, unseen);
    const strays = await straysIn(context, found, known);
    if (strays.length > 0) context.warn(explainStrays(id, strays));
    const now = { files: config, auxFiles: aux };
    const isByReference = stagedConfig !== undefined;
    const shownAs = isByReference
      ? { stagedConfig: await referenceNow(context, id, stagedConfig, { files, auxFiles }, now) }
      : now;
    const undeclaredFiles = undeclaredIn(live, state);
    if (undeclaredFiles.length > 0) context.warn(explainUndeclared(undeclaredFiles, shownToo));
    return {
      inputs: { ...targetOf(id), ...(shownAs as Partial<NginxConfigInputs>), externalId: found.externalId },
      outputs: outputsOf(found, {
        deploymentUid: state.deploymentUid ?? "",
        instances: [
          ...(state.instances ?? []).filter((one) => !strays.some(({ name }) => name === one.name)),
          ...strays.map(outcomeOf),
        ],
        unreadableFiles: unreadable(live, { ...config, ...aux }),
        undeclaredFiles,
        ...stagedFilesOf(isByReference, now),
        ownerMark: state.ownerMark ?? "",
      }),
      changedBy: isSeenBy(state, found) ? undefined : changedBy(found),
    };
  },

  async update(context, id, saved, declared, shown) {
    const state = lastKnown(saved);
    const shownBefore = lastKnown({ ...shown, ...pick(saved, ["stagedFiles"]) });
    const found = await existing(context, id);
    const before = await withUndeclared(context, found, state);
    const inputs = withIgnored(context, before.live, await inFull(context, declared));
    const wanted = declaredFiles(inputs);
    mustHaveMainFile(before, inputs);
    await mustLeaveMainFiles(context, before, inputs, shownBefore);
    // A refresh has shown what the program takes over now from what it left to others.
    const shownOfThem = pick(declaredFiles(shownBefore), Object.keys(wanted)) as Files;
    const known = { ...state, auxFiles: { ...state.auxFiles, ...shownOfThem } };
    refuseOthers(before, known, { wanted, adopt: inputs.adopt });
    await refuseStrays(context, id, found, state, { wanted });
    const ownerMark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
    claims.make(id, ownerMark);
    const isMixed = (state.instances ?? []).some(({ status }) => status === "changed");
    return bring(context, id, inputs, { before, lastApplied: declaredFiles(state), ownerMark, isMixed });
  },

  async delete(context, id, saved) {
    const state = lastKnown(saved);
    const { onDelete = "retain", ownerMark, adopt } = state;
    if (onDelete === "retain") return;
    if (!claims.isNewest(id, ownerMark)) {
      context.warn(`${id} has been published by its replacement, and was left as it is.`);
      return;
    }
    const found = await settledSnapshot(context, id);
    if (!found) return;
    const before = await withUndeclared(context, found, state);
    const wayOut = byRefreshWhenLeaving;
    refuseOthers(before, state, { wanted: onDelete, adopt, wayOut });
    if (!isLive(found.live, onDelete, {})) await refuseStrays(context, id, found, state, { wanted: onDelete, wayOut });
    // Without a commit: what is left behind is nobody's, and the next to publish there goes over nobody's work.
    const left = { files: onDelete, externalId: null, adopt };
    await bring(context, id, left, { before, lastApplied: declaredFiles(state), ownerMark, isLeaving: true });
  },
});

/** A config that no resource of the stack publishes, as it is. */
function lookedAt(id: string, found: Snapshot): Live<NginxConfigInputs, NginxConfigOutputs> {
  const { live, lastDeployment, externalId } = found;
  const instances = outcomesOf(lastDeployment, id);
  const [files, auxFiles] = [mapValues(live.configFiles, argumentOf), mapValues(live.auxFiles, argumentOf)];
  const deploymentUid = areTaken(instances) ? (lastDeployment?.id ?? "") : "";
  const kept = { deploymentUid, instances, unreadableFiles: [], undeclaredFiles: [], ownerMark: "" };
  return {
    inputs: { ...targetOf(id), files, auxFiles, ...pick({ externalId }, ["externalId"]) },
    outputs: outputsOf(found, kept),
    changedBy: unknownWriter,
  };
}

/**
 * What the program leaves to others goes along as it is on the instance. Where that is `files`, so is what it does not
 * declare at all: a refresh shows it there.
 */
function withIgnored(context: NimContext, live: LiveConfig, declared: InFull): InFull {
  const { files, auxFiles = {}, staged } = declared;
  if (staged) return declared;
  const isLeft = (argument: string, path: string) =>
    (context.ignores([argument, path]) || context.ignores(["stagedConfig"])) && !(path in files);
  const left = (there: Files, argument: string) =>
    mapEntries(there, (path, content) => (isLeft(argument, path) ? content : undefined)) as Files;
  const others = left(foreignFiles(live, auxFiles), "files");
  const among = (there: Files) => pick(others, Object.keys(there)) as Files;
  return {
    ...declared,
    files: { ...files, ...among(live.configFiles) },
    auxFiles: { ...auxFiles, ...among(live.auxFiles), ...left(live.auxFiles, "auxFiles") },
  };
}

/** Declared files as they are now, those that are as declared in the program's words; what no agent reports, as it was written. */
function seen(live: LiveConfig, declared: Files, unreported: readonly string[]): Files {
  const all = allFiles(live);
  return mapEntries(declared, (path, content) => {
    const now = all[path];
    if (!now) return unreported.includes(path) ? content : undefined;
    return inWordsOf(now, content);
  }) as Files;
}

type Target = Pick<NginxConfigInputs, "instance" | "instanceGroup">;

function pathOf({ instance, instanceGroup }: Target): string {
  return instance ? instanceToRef("")(instance) : `/instance-groups/${instanceGroup}`;
}

function targetOf(id: string): Target {
  const [, systemUid, instanceUid] = /^\/systems\/([^/]+)\/instances\/([^/]+)$/.exec(id) ?? [];
  return systemUid && instanceUid ? { instance: { systemUid, instanceUid } } : { instanceGroup: id.split("/").at(-1) };
}

async function existing(context: NimContext, id: string): Promise<Snapshot> {
  const found = await settledSnapshot(context, id);
  if (!found) throw new Error(`NIM knows no ${id}. Check the uids, and whether its agent is registered.`);
  return found;
}
