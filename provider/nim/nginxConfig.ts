import isDeepEqual from "fast-deep-equal";
import { z } from "zod";
import { createClaims } from "../core/claims.ts";
import { defineResource } from "../core/definition.ts";
import { isMadeBy, newMark } from "../core/ownerMark.ts";
import { mapEntries, mapValues, pick } from "../core/shape.ts";
import { sentText } from "../travel/json.ts";
import type { NimClient, NimContext } from "./client.ts";
import { allFiles, differing, type Files, fileMap, foreignFiles, type LiveConfig } from "./configFiles.ts";
import { type Content, isSame, shown, textsIn } from "./content.ts";
import { instanceReference, instanceToRef, uid } from "./instance.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";
import type { FileContent, NginxConfigInputs, NginxConfigOutputs } from "./nginxConfigTypes.ts";
import {
  failuresOf,
  isLive,
  outcomesOf,
  publish,
  refused,
  type Snapshot,
  settledSnapshot,
  snapshot,
  unfinished,
  type Wanted,
} from "./publish.ts";
import { spelledOut } from "./spelledOut.ts";
import { unknownWriter } from "./unknownWriter.ts";

type State = NginxConfigInputs & NginxConfigOutputs;

export const nginxConfigInputs = z
  .strictObject({
    instance: instanceReference.optional(),
    instanceGroup: uid.optional(),
    files: fileMap,
    auxFiles: fileMap.optional(),
    externalId: sentText.min(1).max(150).optional(),
    onDelete: z.union([z.literal("retain"), fileMap]).optional(),
    adopt: z.boolean().optional(),
  })
  .superRefine(({ instance, instanceGroup, files, auxFiles = {}, onDelete = "retain" }, context) => {
    const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((instance === undefined) === (instanceGroup === undefined)) {
      report(["instance"], "or instanceGroup must be given, and not both");
    }
    for (const [argument, given] of Object.entries({ files, onDelete })) {
      if (Object.keys(given).length === 0) report([argument], lackMainFile());
    }
    for (const path of Object.keys(auxFiles)) if (path in files) report(["auxFiles", path], "is in files too");
  });

const claims = createClaims();

/** Lines of a message. */
const longestList = 50;

/** Publishes against others that keep publishing, or answers that keep getting lost. */
const maxAttempts = 3;

/** The configuration of an instance or a group (guide: "Publish configurations to NGINX instances"). */
export const nginxConfig = defineResource<NimClient, NginxConfigInputs, NginxConfigOutputs>({
  system: "nim",
  name: "NginxConfig",
  inputs: nginxConfigInputs,
  autoName: undefined,
  target: pathOf,
  location: ["instance", "instanceGroup"],
  fixed: [],
  steering: ["onDelete", "adopt"],
  writeOnly: [],
  texts: ["files", "auxFiles", "onDelete"],
  textsIn,
  spelledOut,
  words: ["instances"],
  isFinished: ({ instances = [] }) => instances.every(({ status }) => status === "success"),

  async create(context, inputs) {
    const id = pathOf(inputs);
    const before = await existing(context, id);
    const declared = declaredFiles(inputs);
    mustHaveMainFile(before, inputs);
    const goes = Object.keys(foreignFiles(before.live, declared));
    if (goes.length > 0 && !inputs.adopt) throw new Error(refuseForeign(goes));
    const replaced = Object.entries(allFiles(before.live)).filter(
      ([path, content]) => path in declared && !isSame(declared[path], content),
    );
    if (goes.length > 0 || replaced.length > 0) {
      const list = [...goes.map((path) => `removes ${path}`), ...replaced.map(([path]) => `replaces ${path}`)];
      context.warn([`The first publish to ${id}`, ...listed(list)].join("\n"));
    }
    const ownerMark = newMark(context);
    claims.make(id, ownerMark);
    return { id, outputs: await bring(context, id, inputs, { before, lastApplied: {}, ownerMark }) };
  },

  async read(context, id, state) {
    const found = await snapshot(context, id);
    if (!found) {
      const isPruned = state.ownerMark !== undefined && !(await context.client.find(id));
      if (!isPruned) return undefined;
      // NIM forgets agents that are away for days; what nginx serves on those hosts is as it was.
      context.warn(
        `NIM no longer knows ${id}: its agent was away for so long that NIM has pruned it, or it has other uids now. What is served there is not known, and the resource is kept. If the host is gone for good, take the resource out of the program.`,
      );
      const { deploymentUid = "", versionHash = "", instances = [], updateTime = "" } = state;
      const { unreadableFiles = [], ownerMark = "" } = state;
      const outputs = { deploymentUid, versionHash, instances, updateTime, unreadableFiles, ownerMark };
      return { inputs: state, outputs, changedBy: unknownWriter };
    }
    const { live } = found;
    const { files = {}, auxFiles = {}, unreadableFiles = [] } = state;
    const foreign = mapValues(foreignFiles(live, { ...files, ...auxFiles }), shown);
    const config = { ...seen(live, files, unreadableFiles), ...foreign };
    // An agent reports only what the config refers to: of another config's aux files there is nothing to tell.
    const unseen = isDeepEqual(config, files) ? unreadableFiles : Object.keys(auxFiles);
    const aux = seen(live, auxFiles, unseen);
    return {
      inputs: { ...targetOf(id), files: config, auxFiles: aux, externalId: found.externalId },
      outputs: outputsOf(found, {
        deploymentUid: state.deploymentUid ?? "",
        instances: [...(state.instances ?? []).filter(({ status }) => status !== "changed"), ...found.strays],
        unreadableFiles: unreadable(live, { ...config, ...aux }),
        ownerMark: state.ownerMark ?? "",
      }),
      changedBy: changedBy(found),
    };
  },

  async update(context, id, state, declared) {
    const before = await existing(context, id);
    const inputs = withIgnored(context, before.live, declared);
    const wanted = declaredFiles(inputs);
    mustHaveMainFile(before, inputs);
    const theirs = changedByOthers(before.live, state, wanted);
    if (theirs.length > 0) throw new Error(explain(theirs, before));
    const ownerMark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
    claims.make(id, ownerMark);
    return bring(context, id, inputs, { before, lastApplied: declaredFiles(state), ownerMark });
  },

  async delete(context, id, state) {
    const { onDelete = "retain", ownerMark } = state;
    if (onDelete === "retain") return;
    if (!claims.isNewest(id, ownerMark)) {
      context.warn(`${id} has been published by its replacement, and was left as it is.`);
      return;
    }
    const before = await settledSnapshot(context, id);
    if (!before) return;
    const theirs = changedByOthers(before.live, state, onDelete);
    if (theirs.length > 0) throw new Error(explain(theirs, before));
    await bring(context, id, { files: onDelete }, { before, lastApplied: {}, ownerMark });
  },
});

const lackMainFile = (which = "") =>
  `lack the main file${which}; a publish without it would leave nginx without a config`;

/** The main file is the instance's own, whatever its name, so it is known only now. Of a group only its agents know it. */
function mustHaveMainFile({ mainFile }: Snapshot, inputs: NginxConfigInputs<Content>): void {
  const { onDelete = "retain" } = inputs;
  if (mainFile === undefined) return;
  for (const [argument, files] of Object.entries({ files: declaredFiles(inputs), onDelete })) {
    if (files === "retain" || mainFile in files) continue;
    throw new Error(`${argument} ${lackMainFile(`, ${mainFile}`)}. Nothing was published.`);
  }
}

/** Lines of a message, which must end. */
function listed(lines: readonly string[]): string[] {
  const more = lines.length - longestList;
  return [...lines.slice(0, longestList), ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `  ${line}`);
}

/** A publish replaces the whole config, so what the stack does not have would go. */
function refuseForeign(paths: readonly string[]): string {
  return [
    `It has a config with files that this stack does not declare, which the first publish would remove:`,
    ...listed(paths),
    `Nothing was published. Put them into the program to keep them, or set "adopt: true" to publish over them.`,
  ].join("\n");
}

/**
 * What the program leaves to others goes along as it is on the instance. Where that is `files`, so is what it does not
 * declare at all: a refresh shows it there.
 */
function withIgnored(context: NimContext, live: LiveConfig, declared: NginxConfigInputs): NginxConfigInputs<Content> {
  const { files, auxFiles = {} } = declared;
  const left = (there: Files, argument: string) =>
    mapEntries(there, (path, content) => (context.ignores([argument, path]) ? content : undefined)) as Files;
  const others = left(foreignFiles(live, auxFiles), "files");
  const among = (there: Files) => pick(others, Object.keys(there)) as Files;
  return {
    ...declared,
    files: { ...files, ...among(live.configFiles) },
    auxFiles: { ...auxFiles, ...among(live.auxFiles), ...left(live.auxFiles, "auxFiles") },
  };
}

/** Publishes unless everything is there already, as after an interrupted run or a lost answer. */
async function bring(
  context: NimContext,
  id: string,
  wanted: Wanted,
  basis: { before: Snapshot; lastApplied: Files; ownerMark: string },
): Promise<NginxConfigOutputs> {
  const all = declaredFiles(wanted);
  const { externalId } = wanted;
  const { lastApplied, ownerMark } = basis;
  const outputs = (now: Snapshot, deploymentUid: string, instances: InstanceOutcome[]) =>
    outputsOf(now, { deploymentUid, instances, unreadableFiles: unreadable(now.live, all), ownerMark });
  for (let attempt = 1, known = basis.before; ; attempt += 1) {
    const last = outcomesOf(known.lastDeployment);
    const isIdOnIt = externalId === undefined || known.externalId === externalId;
    const isThere = isLive(known.live, all, lastApplied) && Object.keys(foreignFiles(known.live, all)).length === 0;
    if (isThere && isIdOnIt && !failuresOf(last) && known.strays.length === 0) {
      return outputs(known, known.lastDeployment?.id ?? "", last);
    }
    const published = await publish(context, id, known, wanted);
    const after = (await settledSnapshot(context, id)) ?? known;
    if ("deployment" in published) {
      const outcomes = outcomesOf(published.deployment);
      const reached = outputs(after, published.deployment.id, outcomes);
      if (outcomes.every(({ status }) => status === "success")) return reached;
      const nowhere = !outcomes.some(({ status }) => status !== "failure");
      if (nowhere) throw new Error(`${refused}\n${failuresOf(outcomes)}${published.advice}`);
      throw unfinished(id, reached, outcomes, published.advice);
    }
    // The answer was lost, or somebody else was first: what is there now tells.
    const theirs = isLive(after.live, all, all) ? [] : differing(allFiles(known.live), allFiles(after.live));
    if (theirs.length > 0) throw new Error(explain(theirs, after));
    if (attempt === maxAttempts) throw new Error(`The publish was tried ${attempt} times. ${published.lost}`);
    known = after;
  }
}

type Kept = Omit<NginxConfigOutputs, "versionHash" | "updateTime">;

function outputsOf({ live, versionHash }: Snapshot, kept: Kept): NginxConfigOutputs {
  return { ...kept, versionHash, updateTime: live.updateTime };
}

/** Declared files as they are now, those that are as declared in the program's words; what no agent reports, as it was written. */
function seen(live: LiveConfig, declared: Files<FileContent>, unreported: readonly string[]): Files<FileContent> {
  const all = allFiles(live);
  return mapEntries(declared, (path, content) => {
    const now = all[path];
    if (!now) return unreported.includes(path) ? content : undefined;
    return isSame(now, content) ? content : shown(now);
  }) as Files<FileContent>;
}

function unreadable(live: LiveConfig, wanted: Files): string[] {
  const readable = allFiles(live);
  return Object.keys(wanted).filter((path) => !(path in readable));
}

/**
 * Paths whose content is neither what this stack last published nor what it wants. An aux file that is not reported may
 * just have nothing that refers to it any more, unless the config that refers to it is as it was.
 */
function changedByOthers(live: LiveConfig, state: State, wanted: Files): string[] {
  const before = declaredFiles(state);
  const now = allFiles(live);
  const { files = {}, unreadableFiles } = state;
  const isConfigAsBefore = Object.entries(files).every(([path, content]) => isSame(now[path], content));
  const reported = Object.keys(before).filter(
    (path) => path in now || ((path in files || isConfigAsBefore) && !unreadableFiles.includes(path)),
  );
  const isNeither = (path: string) => !isSame(now[path], before[path]) && !isSame(now[path], wanted[path]);
  const changed = reported.filter(isNeither);
  const added = Object.keys(foreignFiles(live, before)).filter(isNeither);
  return [...changed, ...added];
}

function explain(paths: readonly string[], found: Snapshot): string {
  return [
    `The config was changed by ${changedBy(found)}:`,
    ...listed(paths.map((path) => `files["${path}"]`)),
    `Nothing was published. "pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" publishes over it; to keep it, put it into the program.`,
  ].join("\n");
}

/** An edit in the UI or on the host takes the commit away ("externalId reverts to null"), which tells how it was made. */
function changedBy({ live, externalId }: Snapshot): string {
  const how = externalId ? `in a publish of "${externalId}"` : "in NIM's UI or on the host itself";
  return `${unknownWriter} ${how} at ${live.updateTime}`;
}

function declaredFiles({ files, auxFiles = {} }: Wanted): Files {
  return { ...files, ...auxFiles };
}

function pathOf({ instance, instanceGroup }: NginxConfigInputs): string {
  return instance ? instanceToRef("")(instance) : `/instance-groups/${instanceGroup}`;
}

function targetOf(id: string): Pick<NginxConfigInputs, "instance" | "instanceGroup"> {
  const [, systemUid, instanceUid] = /^\/systems\/([^/]+)\/instances\/([^/]+)$/.exec(id) ?? [];
  return systemUid && instanceUid ? { instance: { systemUid, instanceUid } } : { instanceGroup: id.split("/").at(-1) };
}

async function existing(context: NimContext, id: string): Promise<Snapshot> {
  const found = await settledSnapshot(context, id);
  if (!found) throw new Error(`NIM knows no ${id}. Check the uids, and whether its agent is registered.`);
  return found;
}
