// Questions for which NIM has to do something first: analyse a config, scan the network.
import { z } from "zod";
import { defineQuery, type QueryContext, QueryError } from "../core/query.ts";
import { messageOf } from "../travel/errors.ts";
import { type Analysed, analysisBody, analysisPath, findingsIn, lacksAnalysis } from "./analysis.ts";
import { scannedServers } from "./analyticsQueries.ts";
import { type NimClient, understoodAt } from "./client.ts";
import { inlineFiles, readConfig, wireConfig } from "./configFiles.ts";
import { decoded, encoded, type LiveContent } from "./content.ts";
import { maybe, stagedConfigs, text, there } from "./fleetQueries.ts";
import { instanceReference, uid } from "./instance.ts";
import { lackMainFile } from "./mainFile.ts";
import type { WireFile } from "./publish.ts";
import type {
  AnalyzeConfigArgs,
  ConfigAnalysis,
  NetworkScan,
  QueriedContent,
  QueriedServer,
  QueriedStagedConfig,
  ScanNetworkArgs,
} from "./queryTypes.ts";
import { readNetworks, readPorts, scanNetwork, serversAt, whyTooWide, withoutResult } from "./scan.ts";
import { contentHash, stagedPath } from "./staged.ts";

type Context = QueryContext<NimClient>;

export const configAnalysis = defineQuery<NimClient, AnalyzeConfigArgs, ConfigAnalysis>({
  system: "nim",
  name: "analyzeConfig",
  args: z
    .strictObject({
      files: inlineFiles.optional(),
      auxFiles: inlineFiles.optional(),
      stagedConfig: text.optional(),
      instance: instanceReference.optional(),
      instanceGroup: uid.optional(),
    })
    .superRefine(({ files, auxFiles = {}, stagedConfig, instance, instanceGroup }, context) => {
      const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      const given = [files, stagedConfig, instance, instanceGroup].some((one) => one !== undefined);
      if (!given) return report([], "say which config: files, stagedConfig, instance or instanceGroup");
      if (files && stagedConfig !== undefined) report(["stagedConfig"], "is given, and files as well");
      if (instance && instanceGroup !== undefined) report(["instanceGroup"], "is given, and instance as well");
      if (instanceGroup !== undefined && (files || stagedConfig !== undefined))
        report(["instanceGroup"], "is given for its config of now; others are analysed for an instance, or for none");
      if (files && Object.keys(files).length === 0) report(["files"], lackMainFile());
      if (!files && Object.keys(auxFiles).length > 0) report(["auxFiles"], "are given, and no files");
      for (const path of Object.keys(auxFiles))
        if (files && path in files) report(["auxFiles", path], "is in files too");
    }),
  async ask(context, args) {
    const config = await configOf(context, args);
    try {
      return { findings: findingsIn(await context.client.post(analysisPath, analysisBody(config))) };
    } catch (error) {
      if (lacksAnalysis(error)) throw new QueryError(`this NIM analyses no configs: ${messageOf(error)}`);
      throw error;
    }
  },
});

async function configOf(context: Context, args: AnalyzeConfigArgs): Promise<Analysed> {
  const { files, auxFiles = {}, stagedConfig, instance } = args;
  const forWhom = instance && { nginxUid: instance.instanceUid, mainFile: await mainFileOf(context, instance) };
  if (files) return { ...forWhom, files: wire(files), auxFiles: wire(auxFiles) };
  const staged = stagedConfig !== undefined;
  const parts = staged ? await stagedParts(context, stagedConfig) : await partsNow(context, args);
  return { ...forWhom, files: wire(parts.files), auxFiles: wire(parts.auxFiles) };
}

function wire(files: Readonly<Record<string, QueriedContent | LiveContent>>): WireFile[] {
  const bytesOf = (content: QueriedContent | LiveContent) => {
    if (Buffer.isBuffer(content)) return content;
    return typeof content === "string" ? Buffer.from(content) : decoded(content.base64);
  };
  return Object.entries(files).map(([name, content]) => ({ name, contents: encoded(bytesOf(content)) }));
}

const wireInstance = z.looseObject({ configPath: maybe });

async function mainFileOf({ client, isFresh }: Context, instance: NonNullable<AnalyzeConfigArgs["instance"]>) {
  const path = pathOf({ instance });
  const { configPath } = understoodAt(path, await there(client.sharedRead(path, isFresh), path), wireInstance);
  return configPath || undefined;
}

const pathOf = ({ instance, instanceGroup }: Pick<AnalyzeConfigArgs, "instance" | "instanceGroup">) =>
  instance ? `/systems/${instance.systemUid}/instances/${instance.instanceUid}` : `/instance-groups/${instanceGroup}`;

async function partsNow({ client, isFresh }: Context, args: AnalyzeConfigArgs) {
  const owner = pathOf(args);
  const path = `${owner}/config`;
  return partsIn(path, await there(client.sharedRead(path, isFresh), owner));
}

function partsIn(path: string, answer: Record<string, unknown>) {
  const { configFiles: files, auxFiles } = readConfig(understoodAt(path, answer, wireConfig));
  return { files, auxFiles };
}

/** @throws a {@link QueryError} where there is none, several have its name, or it is not as its `ref` says */
async function stagedParts(context: Context, asked: string) {
  const [reference = "", sha256] = asked.split("@sha256:");
  // It may have been staged in this very run, and a list proves nothing of what was made since.
  const now = { ...context, isFresh: true };
  const [one, all] = stagedConfigs;
  const byUid = (await all.ask(now, { uid: reference })) as QueriedStagedConfig[];
  const staged = byUid[0] ?? ((await one.ask(context, { name: reference })) as QueriedStagedConfig);
  const path = stagedPath(staged.uid);
  const parts = partsIn(path, await context.client.sharedRead(path, true));
  if (sha256 !== undefined && contentHash(parts) !== sha256)
    throw new QueryError(
      `${path} does not hold what it did when it was staged: it was changed at ${staged.updateTime}.`,
    );
  return parts;
}

export const networkScan = defineQuery<NimClient, ScanNetworkArgs, NetworkScan>({
  system: "nim",
  name: "scanNetwork",
  args: z.strictObject({
    cidr: z.union([z.string(), z.array(z.string())], {
      error: ({ input }) =>
        input === undefined ? "is missing; it is a network such as 10.0.0.0/24" : "must be a text, or a list of texts",
    }),
    ports: z
      .array(z.union([z.number(), z.string()], { error: "must be a port, or a range such as 8000-8100" }))
      .min(1, "must name a port")
      .optional(),
    discovery: z.enum(["icmp", "none"]).optional(),
    yesAll: z.boolean().optional(),
    isManaged: z.boolean().optional(),
  }),
  async ask({ client }, { cidr, ports: meant = [80, 443], discovery = "icmp", yesAll = false, isManaged }) {
    const networks = readNetworks([cidr].flat());
    const ports = readPorts(meant.map(String));
    const wide = whyTooWide(networks);
    if (wide && !yesAll) throw new QueryError(`${wide}; with yesAll: true they are all scanned. Nothing was sent.`);
    const scans: NetworkScan["scans"] = [];
    for (const network of networks) {
      try {
        scans.push({ cidr: network.cidr, ...(await scanNetwork(client, network, ports, discovery)) });
      } catch (error) {
        throw withoutResult(network, error, messageOf(error));
      }
    }
    const wanted = isManaged === undefined ? {} : { isManaged };
    const all = (await scannedServers.ask({ client, isFresh: true }, wanted)) as QueriedServer[];
    return { scans, servers: serversAt(all, networks, ports) };
  },
});
