// Pulumi's own server for dynamic resources over gRPC, without the engine: what the provider itself needs.
import { fileURLToPath } from "node:url";
import { createProviders, type Provider } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { ProviderProcess } from "../engine/process.ts";
import { children, peakOf, processorTime } from "./memory.ts";
import type { Manager, Traffic } from "./simulator.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const text = 'exports.handler=()=>require("pulumi-nginx-nsx/provider").NsxSegment';
/** Answers each read with what the state has. */
const trivialText = "exports.handler=()=>({read:async(id,props)=>({id,props,inputs:props})})";
const subnetOf = (number: number) => `10.${number >> 8}.${number & 255}.1/24`;

interface Item {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Record<string, unknown>;
  readonly state: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

function itemsOf(stack: string, from: number, count: number): Item[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const urn = `urn:pulumi:${stack}::bench::pulumi-nodejs:dynamic/nsx:NsxSegment::s${number}`;
    const id = `/infra/segments/s${number}`;
    const inputs = {
      segmentId: `s${number}`,
      displayName: `segment ${number}`,
      connectivityPath: "/infra/tier-1s/t1-web",
      subnets: [{ gatewayAddress: subnetOf(number) }],
      tags: [{ scope: "env", tag: "prod" }],
      owner: `organization/${urn}`,
      __provider: text,
    };
    const ownerMark = `bench/${stack}/0123456789abcdef/${number}`;
    const body = {
      display_name: inputs.displayName,
      connectivity_path: inputs.connectivityPath,
      subnets: [{ gateway_address: subnetOf(number) }],
      tags: [...inputs.tags, { scope: "pulumi.owner", tag: ownerMark }],
    };
    return { urn, id, inputs, state: { ...inputs, path: id, revision: 0, ownerMark, realization: "SUCCESS" }, body };
  });
}

async function start({ url, username, password }: Manager) {
  const before = new Set(await children());
  const env = { NSX_USERNAME: username, NSX_PASSWORD: password };
  const provider = await ProviderProcess.start({ folder: checkout, config: { "nsx:endpoint": url }, env });
  const pid = (await children()).find((child) => !before.has(child)) ?? -1;
  return { provider, pid };
}

async function inParallel<T>(items: readonly T[], parallel: number, run: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of rest) await run(item);
    }),
  );
}

export interface RefreshRow {
  readonly segments: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly providerMiB: number;
  /** The same reads by a provider that does nothing: what Pulumi's server itself takes. */
  readonly floorProcessorSeconds: number;
  readonly floorMiB: number;
  /** The same reads without Pulumi's server: the provider itself, in this process. */
  readonly aloneSeconds: number;
  readonly aloneProcessorSeconds: number;
  readonly traffic: Traffic;
}

/** A refresh of so many segments that the manager has. */
export async function refreshOf(manager: Manager, segments: number, parallel = 64): Promise<RefreshRow> {
  await manager.control("reset");
  const items = itemsOf("dev", 0, segments);
  for (let from = 0; from < segments; from += 1_000) {
    const objects = items.slice(from, from + 1_000).map(({ id, body }) => ({ path: id, body }));
    await manager.control("seed", { objects, user: "admin" });
  }
  await manager.traffic();
  const own = await readThroughServer(manager, items, parallel, text);
  const traffic = await manager.traffic();
  const floor = await readThroughServer(manager, items, parallel, trivialText);
  return {
    segments,
    ...own,
    floorProcessorSeconds: floor.processorSeconds,
    floorMiB: floor.providerMiB,
    ...(await readAlone(manager, items, parallel)),
    traffic,
  };
}

async function readThroughServer(manager: Manager, items: readonly Item[], parallel: number, __provider: string) {
  const { provider, pid } = await start(manager);
  const [began, used] = [performance.now(), await processorTime(pid)];
  await inParallel(items, parallel, async ({ urn, id, inputs, state }) => {
    const read = await provider.read(urn, id, { ...state, __provider }, { ...inputs, __provider });
    if (read?.inputs.displayName !== inputs.displayName) throw new Error(`${id} was not read`);
  });
  const seconds = (performance.now() - began) / 1_000;
  const processorSeconds = (await processorTime(pid)) - used;
  const providerMiB = Math.round(await peakOf(pid, /./));
  await provider.stop();
  return { seconds, processorSeconds, providerMiB };
}

async function readAlone({ url, username, password }: Manager, items: readonly Item[], parallel: number) {
  const environment = { NSX_ENDPOINT: url, NSX_USERNAME: username, NSX_PASSWORD: password };
  const log = { warn() {}, progress() {} };
  const providers = createProviders({ environment, clock: systemClock, log });
  const segment = providers.byName.NsxSegment as Provider;
  const [began, used] = [performance.now(), process.cpuUsage()];
  await inParallel(items, parallel, ({ id, state }) => segment.read(id, state));
  const { user, system } = process.cpuUsage(used);
  const aloneSeconds = (performance.now() - began) / 1_000;
  await providers.close();
  return { aloneSeconds, aloneProcessorSeconds: (user + system) / 1_000_000 };
}

/** Two provider processes that make segments with the same account at the same time; the rate while both work. */
export async function twoProcesses(manager: Manager, each: number) {
  await manager.control("reset");
  await manager.traffic();
  const began = performance.now();
  const ends = await Promise.all(
    ["one", "two"].map(async (stack, index) => {
      const { provider } = await start(manager);
      await inParallel(itemsOf(stack, index * each, each), 64, ({ urn, inputs }) => provider.create(urn, inputs));
      await provider.stop();
      return (performance.now() - began) / 1_000;
    }),
  );
  const traffic = await manager.traffic();
  const taken = traffic.total - traffic.refused;
  const takenPerSecond = ((traffic.perSecond ?? 0) * taken) / traffic.total;
  return { created: 2 * each, seconds: ends, takenPerSecond, traffic };
}
