import { z } from "zod";
import { isAmbiguous, isKind, messageOf, Unfinished } from "../travel/errors.ts";
import { type NimContext, understoodAt } from "./client.ts";
import { allFiles, type FileMap, type LiveConfig, readConfig, toWireFiles, wireConfig } from "./configFiles.ts";
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

/** A target as it is between publishes. */
export interface Snapshot {
  readonly live: LiveConfig;
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
  const { configVersion, lastDeploymentDetails } = understoodAt(path, target, publishTarget);
  const [newest] = configVersion?.versions ?? [];
  // "If you edit a config in the web UI or directly on the data plane, previous hashed commit information will be lost".
  const edited = (configVersion?.instances ?? []).filter((member) => newest?.externalId && !member.externalId);
  return {
    live: readConfig(understoodAt(`${path}/config`, config, wireConfig)),
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

export interface Publication {
  readonly files: FileMap;
  readonly auxFiles: FileMap;
  readonly externalId: string | undefined;
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
  basis: LiveConfig,
  wanted: Publication,
): Promise<{ deployment: Deployment } | { lost: string }> {
  const commit = wanted.externalId === undefined ? await gitCommit() : undefined;
  const externalId = wanted.externalId ?? commit;
  const body = {
    configFiles: { rootDir: "/etc/nginx", files: toWireFiles(wanted.files) },
    auxFiles: { rootDir: "/", files: toWireFiles(wanted.auxFiles) },
    updateTime: new Date(Date.parse(basis.updateTime) + 1).toISOString(),
    ignoreConflict: false,
    validateConfig: true,
    ...(externalId ? { externalId, externalIdType: commit ? "git" : "other" } : {}),
  };
  try {
    const { links } = understoodAt(`${path}/config`, await context.client.post(`${path}/config`, body), accepted);
    const deployment = await follow(context, path, links.rel);
    return deployment ? { deployment } : { lost: "NIM no longer knows the deployment." };
  } catch (error) {
    if (isAmbiguous(error) || isKind(error, "stale")) return { lost: messageOf(error) };
    // A proxy that refuses has not looked at the config.
    throw isKind(error, "badInput") && error.code !== undefined
      ? new Error(`${refused}\n${error.message}`, { cause: error })
      : error;
  }
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
export function isLive(live: LiveConfig, wanted: FileMap, trusted: FileMap): boolean {
  const files = allFiles(live);
  return Object.entries(wanted).every(([path, text]) => (files[path] ?? trusted[path]) === text);
}

/** A deployment that has not ended well everywhere: what there is has to be saved, and the next `up` goes on from it. */
export function unfinished(id: string, outputs: object, outcomes: readonly InstanceOutcome[]): Unfinished {
  const failures = failuresOf(outcomes);
  const words = failures
    ? `Some instances refused the config and still serve the one before:\n${failures}`
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
