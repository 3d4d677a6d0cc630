import { dirname } from "node:path/posix";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { ConnectionError, isAmbiguous, isKind, messageOf, Unfinished } from "../travel/errors.ts";
import { problemsIn } from "../travel/http.ts";
import type { NimContext } from "./client.ts";
import { allFiles, type Files, type LiveConfig, readConfig, wireConfig } from "./configFiles.ts";
import { bytesOf, decoded, encoded, isAsset, isSame, largestFile, textsOf } from "./content.ts";
import { gitCommit } from "./gitCommit.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";

const member = z.looseObject({
  name: z.string().default(""),
  failMessage: z.string().optional(),
  message: z.string().optional(),
});

const deploymentDetails = z.looseObject({
  id: z.string().default(""),
  status: z.string().default(""),
  details: z
    .looseObject({
      failure: z.array(member).nullish(),
      pending: z.array(member).nullish(),
      success: z.array(member).nullish(),
    })
    .nullish(),
});

type Deployment = z.output<typeof deploymentDetails>;

const version = z.looseObject({
  uid: z.string().default(""),
  versionHash: z.string().default(""),
  externalId: z.string().nullish(),
});

/** An instance or a group, as far as publishing goes. */
const publishTarget = z.looseObject({
  uid: z.string(),
  /** Of an instance: its main file. */
  configPath: z.string().optional(),
  configVersion: z
    .looseObject({
      versions: z.array(version).nullish(),
      /** Of a group: its members'. Of an instance: none, or something else. */
      instances: z.array(version).nullish().catch(undefined),
    })
    .optional(),
  lastDeploymentDetails: deploymentDetails.nullish(),
});

const accepted = z.looseObject({ deploymentUID: z.string(), links: z.looseObject({ rel: z.string() }) });

/** @throws when it is not what NIM answers there; what became of a write, only a look can tell */
function understood<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConnectionError(`${path} was answered with JSON that is not NIM's: ${problemsIn(parsed.error)}`, true);
}

/** A target as it is between publishes. */
export interface Snapshot {
  readonly live: LiveConfig;
  /** The instance's main file; not of a group, whose members may have different ones. */
  readonly mainFile: string | undefined;
  readonly versionHash: string;
  /** The commit that it was published from; an edit in NIM's UI or on the host takes it away. */
  readonly externalId: string | undefined;
  readonly lastDeployment: Deployment | undefined;
  /** Members of a group that somebody edited apart from it. */
  readonly strays: readonly InstanceOutcome[];
}

/** What is there; `undefined` only when NIM does not know the instance or group. */
export async function snapshot(context: NimContext, path: string): Promise<Snapshot | undefined> {
  const [target, config] = [await context.client.find(path), await context.client.find(`${path}/config`)];
  if (!target || !config) return undefined;
  const { configPath, configVersion, lastDeploymentDetails } = understood(publishTarget, target, path);
  const [newest] = configVersion?.versions ?? [];
  // "If you edit a config in the web UI or directly on the data plane, previous hashed commit information will be lost".
  const edited = (configVersion?.instances ?? []).filter((member) => newest?.externalId && !member.externalId);
  return {
    live: readConfig(understood(wireConfig, config, `${path}/config`)),
    mainFile: configPath,
    versionHash: newest?.versionHash ?? "",
    externalId: newest?.externalId ?? undefined,
    lastDeployment: lastDeploymentDetails ?? undefined,
    strays: edited.map(({ uid }) => ({ name: uid, status: "changed", message: "edited apart from its group" })),
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
  readonly externalId?: string | undefined;
}

/**
 * Publishes and follows the deployment to its end. `updateTime` is the time of what was read and a little more, not
 * now: NIM refuses a config that is older than the active one, so a publish by somebody else in between is found.
 *
 * @returns the deployment, or why only looking at what is there can tell what became of it
 */
export async function publish(
  context: NimContext,
  path: string,
  { live, mainFile = "/etc/nginx/nginx.conf" }: Snapshot,
  wanted: Wanted,
): Promise<{ deployment: Deployment; advice: string } | { lost: string }> {
  const commit = wanted.externalId === undefined ? await gitCommit() : undefined;
  const externalId = wanted.externalId ?? commit;
  const files = await toWire(context, wanted.files, "files");
  const auxFiles = await toWire(context, wanted.auxFiles ?? {}, "auxFiles");
  const body = {
    configFiles: { rootDir: dirname(mainFile), files },
    auxFiles: { rootDir: "/", files: auxFiles },
    updateTime: new Date(Date.parse(live.updateTime) + 1).toISOString(),
    ignoreConflict: false,
    validateConfig: true,
    ...(externalId ? { externalId, externalIdType: commit ? "git" : "other" } : {}),
  };
  try {
    const { links } = understood(accepted, await context.client.post(`${path}/config`, body), `${path}/config`);
    const deployment = await follow(context, path, links.rel);
    const advice = sizeAdvice([...files, ...auxFiles]);
    return deployment ? { deployment, advice } : { lost: "NIM no longer knows the deployment." };
  } catch (error) {
    if (isAmbiguous(error) || isKind(error, "stale")) return { lost: messageOf(error) };
    // A proxy that refuses has not looked at the config.
    const words = isKind(error, "badInput") && error.code !== undefined ? `${refused}\n` : "";
    const advice = sizeAdvice([...files, ...auxFiles]);
    throw words || advice ? new Error(`${words}${messageOf(error)}${advice}`, { cause: error }) : error;
  }
}

interface WireFile {
  readonly name: string;
  readonly contents: string;
}

/** Bytes as NIM wants them. What stands in a file of the program is said to be as secret as the argument. */
async function toWire(context: NimContext, files: Files, argument: string): Promise<WireFile[]> {
  const list: WireFile[] = [];
  for (const [name, content] of Object.entries(files)) {
    try {
      const bytes = await bytesOf(content, (uri) => context.download(uri, largestFile));
      if (isAsset(content)) for (const text of textsOf(bytes)) context.conceal([argument, name], text);
      list.push({ name, contents: encoded(bytes) });
    } catch (error) {
      throw new Error(`${name}: ${messageOf(error)} Nothing was published.`, { cause: error });
    }
  }
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
    latest = found ? understood(deploymentDetails, found, rel) : (await snapshot(context, path))?.lastDeployment;
    if (!latest || (!found && latest.id !== uid)) return { done: undefined };
    return isPending(latest) ? { waiting: `publishing to ${namesOf(latest.details?.pending)}` } : { done: latest };
  });
  return "waiting" in outcome ? latest : outcome.done;
}

/** `details.pending` is what counts: the words in `status` differ between releases. */
export function isPending({ status, details }: Deployment): boolean {
  return (details?.pending ?? []).length > 0 || (!details && status === "pending");
}

export function outcomesOf(deployment: Deployment | undefined): InstanceOutcome[] {
  const { failure, pending, success } = deployment?.details ?? {};
  const list = (members: z.output<typeof member>[] | null | undefined, status: string): InstanceOutcome[] =>
    (members ?? []).map(({ name, failMessage, message }) => ({ name, status, message: failMessage ?? message ?? "" }));
  return [...list(failure, "failure"), ...list(pending, "pending"), ...list(success, "success")];
}

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

/** A deployment that has not ended well everywhere: what there is has to be saved, and the next `up` goes on from it. */
export function unfinished(
  id: string,
  outputs: object,
  outcomes: readonly InstanceOutcome[],
  advice: string,
): Unfinished {
  const failures = failuresOf(outcomes);
  const words = failures
    ? `Some instances refused the config and still serve the one before:\n${failures}${advice}`
    : `The publish to ${outcomes
        .filter(({ status }) => status === "pending")
        .map(({ name }) => name)
        .join(", ")} had not ended when the time was up.`;
  return new Unfinished(
    id,
    outputs,
    `${words}\nThis is saved in the state; the next "pulumi up" publishes to them again.`,
  );
}
