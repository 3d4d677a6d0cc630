import { dirname } from "node:path/posix";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { isAmbiguous, isKind, messageOf, sentenceOf, unlessAbsent } from "../travel/errors.ts";
import { type NimContext, understoodAt } from "./client.ts";
import { allFiles, type Files, type LiveConfig, readConfig, wireConfig } from "./configFiles.ts";
import { bytesOf, type Content, decoded, encoded, isAsset, isSame, largestFile, textsOf } from "./content.ts";
import { gitCommit, isCommit } from "./gitCommit.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";
import type { NginxConfigInputs, NginxConfigOutputs } from "./nginxConfigTypes.ts";
import type { Staged } from "./staged.ts";

const member = z.looseObject({
  name: z.string().default(""),
  failMessage: z.string().optional(),
  message: z.string().optional(),
});

const deploymentDetails = z.looseObject({
  id: z.string().default(""),
  status: z.string().default(""),
  message: z.string().nullish(),
  details: z
    .looseObject({
      error: z.string().nullish(),
      failure: z.array(member).nullish(),
      pending: z.array(member).nullish(),
      success: z.array(member).nullish(),
    })
    .nullish(),
});

export type Deployment = z.output<typeof deploymentDetails>;

const version = z.looseObject({
  uid: z.string().default(""),
  versionHash: z.string().default(""),
  externalId: z.string().nullish(),
});

/** An instance or a group, as far as publishing goes. */
const publishTarget = z.looseObject({
  uid: z.string(),
  instances: z.array(z.string()).nullish().catch(undefined),
  /** Of an instance: its main file. */
  configPath: z.string().nullish(),
  configVersion: z
    .looseObject({
      versions: z.array(version).nullish(),
      /** Of a group: its members'. Of an instance: none, or something else. */
      instances: z.array(version).nullish().catch(undefined),
    })
    .nullish(),
  lastDeploymentDetails: deploymentDetails.nullish(),
});

/** The link leads to that deployment: whoever answers with another path there must not have it read. */
const accepted = z
  .looseObject({ deploymentUID: z.string().min(1), links: z.looseObject({ rel: z.string() }) })
  .refine(({ deploymentUID, links }) => links.rel.endsWith(`/${deploymentUID}`), {
    path: ["links", "rel"],
    message: "is not followed: it does not lead to the deployment",
  });

/** Where nginx has it unless it is told otherwise. */
export const usualMainFile = "/etc/nginx/nginx.conf";

/** A target as it is between publishes. */
export interface Snapshot {
  readonly live: LiveConfig;
  /** The instance's main file; not of a group, whose members may have different ones. */
  readonly mainFile: string | undefined;
  readonly versionHash: string;
  /** The commit that it was published from; an edit in NIM's UI or on the host takes it away. */
  readonly externalId: string | undefined;
  readonly lastDeployment: Deployment | undefined;
  /** What each member of a group runs; NIM does not say which row is whose. */
  readonly members: readonly z.output<typeof version>[];
  /** Uids of a group's instances. */
  readonly instances: readonly string[];
  /** Of files that only members of a group have: the names of those members. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  /** Hashes of members that have turned out to run the group's config; `undefined` while nobody has looked. */
  readonly explained?: readonly string[];
}

/** What is there; `undefined` only when NIM does not know the instance or group, or no config of it. */
export function snapshot(context: NimContext, path: string): Promise<Snapshot | undefined> {
  return unlessAbsent(readSnapshot(context, path));
}

/** @throws an ApiError of kind `gone` where there is none */
export async function readSnapshot({ client }: NimContext, path: string): Promise<Snapshot> {
  const [target, config] = [await client.read(path), await client.read(`${path}/config`)];
  const { configPath, configVersion, lastDeploymentDetails, instances } = understoodAt(path, target, publishTarget);
  const [newest] = configVersion?.versions ?? [];
  return {
    live: readConfig(understoodAt(`${path}/config`, config, wireConfig)),
    mainFile: configPath || undefined,
    versionHash: newest?.versionHash ?? "",
    externalId: newest?.externalId ?? undefined,
    lastDeployment: lastDeploymentDetails ?? undefined,
    members: configVersion?.instances ?? [],
    instances: instances ?? [],
    hosts: {},
  };
}

/** The same, after a deployment that is still under way has ended: an earlier run may have been killed while it ran. */
export async function settledSnapshot(context: NimContext, path: string): Promise<Snapshot | undefined> {
  const outcome = await context.waitFor<Snapshot | undefined>(async () => {
    const found = await snapshot(context, path);
    const isRunning = found?.lastDeployment && isPending(found.lastDeployment);
    return isRunning ? { waiting: `a publish to ${path} is under way` } : { done: found };
  });
  if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}.`);
  return outcome.done;
}

/** What is to be published: what the program declares, and what it leaves to others as it is. */
export interface Wanted {
  readonly files: Files;
  readonly auxFiles?: Files | undefined;
  /** `undefined` for the commit that the program's folder is at, `null` for none. */
  readonly externalId?: string | null | undefined;
  /** Where these files are published by reference to it. */
  readonly staged?: Staged | undefined;
}

/** Arguments of a config, with its files wherever they come from. */
export type InFull = Omit<NginxConfigInputs<Content>, "files" | "auxFiles" | "externalId"> & Wanted;

/** A state, with the files that were there when this stack looked last. */
export type Known = InFull & NginxConfigOutputs;

/** The deployment, or why only looking at what is there can tell what became of it. */
interface Published {
  readonly deployment?: Deployment;
  readonly lost?: string;
  /** Whether NIM has taken nothing, because what is there is newer. */
  readonly isRefused?: boolean;
  /** What is good to know about its size, where it was refused. */
  readonly advice?: string;
}

/**
 * Publishes and follows the deployment to its end. `updateTime` is the time of what was read and a little more, not
 * now: NIM refuses a config that is older than the active one, so a publish by somebody else in between is found.
 */
export async function publish(
  context: NimContext,
  path: string,
  { live, mainFile = usualMainFile }: Snapshot,
  wanted: Wanted,
): Promise<Published> {
  const { staged } = wanted;
  const ofSource = staged ? staged.externalId : await gitCommit();
  const externalId = wanted.externalId === undefined ? ofSource : wanted.externalId;
  const files = staged ? [] : await toWire(context, wanted.files, "files");
  const auxFiles = staged ? [] : await toWire(context, wanted.auxFiles ?? {}, "auxFiles");
  const content = staged
    ? { configUID: staged.uid }
    : { configFiles: { rootDir: dirname(mainFile), files }, auxFiles: { rootDir: "/", files: auxFiles } };
  const body = {
    ...content,
    updateTime: new Date(Date.parse(live.updateTime) + 1).toISOString(),
    ignoreConflict: false,
    validateConfig: true,
    ...(externalId ? { externalId, externalIdType: isCommit(externalId) ? "git" : "other" } : {}),
  };
  try {
    const { links } = understoodAt(`${path}/config`, await context.client.post(`${path}/config`, body), accepted);
    const deployment = await follow(context, path, links.rel);
    const advice = sizeAdvice([...files, ...auxFiles]);
    if (deployment) return { deployment, advice };
    return { lost: "NIM no longer knows the deployment." };
  } catch (error) {
    const isRefused = isKind(error, "stale");
    if (isAmbiguous(error) || isRefused) return { lost: messageOf(error), isRefused };
    // A proxy that refuses has not looked at the config.
    const words = isKind(error, "badInput") && error.code !== undefined ? `${refused}\n` : "";
    const advice = sizeAdvice([...files, ...auxFiles]);
    throw words || advice ? new Error(`${words}${messageOf(error)}${advice}`, { cause: error }) : error;
  }
}

export interface WireFile {
  readonly name: string;
  readonly contents: string;
}

/** What has been read, or fetched, to be analysed is published as well. */
const onTheWire = new WeakMap<Files, readonly WireFile[]>();

/**
 * Bytes as NIM wants them. What stands in a file of the program is said to be as secret as the argument.
 *
 * @param whatNow - what a failure means for what is there
 */
export async function toWire(
  context: NimContext,
  files: Files,
  argument: string,
  whatNow = "Nothing was published.",
): Promise<readonly WireFile[]> {
  const known = onTheWire.get(files);
  if (known) return known;
  const list: WireFile[] = [];
  for (const [name, content] of Object.entries(files)) {
    try {
      const bytes = await bytesOf(content, (uri) => context.download(uri, largestFile));
      if (isAsset(content)) for (const text of textsOf(bytes)) context.conceal([argument, name], text);
      list.push({ name, contents: encoded(bytes) });
    } catch (error) {
      throw new Error(`${name}: ${sentenceOf(error)} ${whatNow}`, { cause: error });
    }
  }
  onTheWire.set(files, list);
  return list;
}

/** What NIM takes together are settings of NIM's, so they are told only when it has not taken it. */
const usualMessage = 8_388_608;

function sizeAdvice(files: readonly WireFile[]): string {
  const inBody = files.reduce((sum, { contents }) => sum + contents.length, 0);
  if (inBody <= usualMessage) return "";
  const zipped = gzipSync(Buffer.concat(files.map(({ contents }) => decoded(contents)))).length;
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
  return [
    `\nThese ${files.length} files have ${megabytes(inBody)} in the request, of which NIM's gateway takes 50 MB unless its`,
    `client_max_body_size says otherwise, and ${megabytes(zipped)} zipped in the message to an agent, of which it takes`,
    "8.4 MB unless its max_message_bytes does.",
  ].join(" ");
}

export const refused = "The config was refused; the one before is still served.";

async function follow(context: NimContext, path: string, rel: string): Promise<Deployment | undefined> {
  const uid = rel.split("/").at(-1) ?? "";
  let latest: Deployment | undefined;
  const outcome = await context.waitFor<Deployment | undefined>(async () => {
    const found = await context.client.follow(rel);
    // NIM forgets deployments when it restarts; the target keeps its last one.
    latest = found ? understoodAt(rel, found, deploymentDetails) : (await snapshot(context, path))?.lastDeployment;
    if (!latest || (!found && latest.id !== uid)) return { done: undefined };
    return isPending(latest) ? { waiting: `publishing to ${namesOf(latest.details?.pending)}` } : { done: latest };
  });
  return "waiting" in outcome ? latest : outcome.done;
}

/** `details.pending` is what counts: the words in `status` differ between releases. */
export function isPending({ status, details }: Deployment): boolean {
  return (details?.pending ?? []).length > 0 || (!details && status === "pending");
}

/**
 * How each instance took it, by name. An empty list says nothing: that all is well is said by instances, and that all has
 * failed also by `status` or `details.error`. Of a group "that has no member online" a publish counts as successful (guide:
 * "Manage instance groups"), though nobody has taken or checked it.
 *
 * @param target - what was published to, for what no instance says
 */
export function outcomesOf(deployment: Deployment | undefined, target: string): InstanceOutcome[] {
  if (!deployment) return [];
  const { status: word, message: words } = deployment;
  const { failure, pending, success, error } = deployment.details ?? {};
  const list = (members: z.output<typeof member>[] | null | undefined, status: string): InstanceOutcome[] =>
    (members ?? []).map(({ name, failMessage, message }) => ({ name, status, message: failMessage ?? message ?? "" }));
  const told = [...list(failure, "failure"), ...list(pending, "pending"), ...list(success, "success")];
  const all = told.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (all.some(({ status }) => status === "failure")) return all;
  if (error || word === "failed") return [...all, { name: target, status: "failure", message: error || (words ?? "") }];
  return all.length > 0 ? all : [{ name: target, status: "pending", message: nobody }];
}

const nobody = "no instance is online";

export const areTaken = (outcomes: readonly InstanceOutcome[]) => outcomes.every(({ status }) => status === "success");

export function failuresOf(outcomes: readonly InstanceOutcome[]): string {
  return outcomes
    .filter(({ status }) => status === "failure")
    .map(({ name, message }) => `${name}: ${message}`)
    .join("\n");
}

function namesOf(members: z.output<typeof member>[] | null | undefined): string {
  return (members ?? []).map(({ name }) => name).join(", ");
}

/** Whether the files are there as they should be; what an agent never reports is taken to be as it was last written. */
export function isLive(live: LiveConfig, wanted: Files, trusted: Files): boolean {
  const files = allFiles(live);
  return Object.entries(wanted).every(([path, content]) => isSame(files[path] ?? trusted[path], content));
}

/** What a deployment that has not ended well everywhere has come to. */
export function explainOutcomes(outcomes: readonly InstanceOutcome[], id: string, advice: string): string {
  const failures = failuresOf(outcomes);
  const namesWith = (status: string) => outcomes.filter((each) => each.status === status).map(({ name }) => name);
  if (failures) {
    const served = namesWith("success").join(", ");
    const where = served && `\nThe new one is served by ${served}.`;
    return `Some instances refused the config and still serve the one before:\n${failures}${advice}${where}`;
  }
  return outcomes.every(({ message }) => message === nobody)
    ? `No instance of ${id} is online: nobody has taken or checked the config.`
    : `The publish to ${namesWith("pending").join(", ")} had not ended when the time was up.`;
}
