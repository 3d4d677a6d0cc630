// A process that dies at one boundary of HTTP, in every operation of every kind of resource. What the engine knows then
// is less than what the server has; the next `up`, by a new process, must find its way.

import { createProviders } from "../../provider/pulumi/providers.ts";
import type { Clock } from "../../provider/travel/clock.ts";
import { type Transport, undiciTransport } from "../../provider/travel/transport.ts";
import type { Fixture, FixtureSystem } from "../fixtures/index.ts";
import { neverSignal } from "../tools/noLimit.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";

/** Where a request is when the process dies. */
export const moments = ["before it is sent", "after the server has acted", "after the answer"] as const;
export type Moment = (typeof moments)[number];

export const operations = ["create", "update", "replace", "delete", "refresh"] as const;
export type Operation = (typeof operations)[number];

/** What the engine has written of the run that died: each finished step, or nothing (PULUMI_SKIP_CHECKPOINTS=true). */
export const checkpoints = ["each step", "none"] as const;
export type Checkpoints = (typeof checkpoints)[number];

export interface KillPoint {
  readonly operation: Operation;
  readonly request: number;
  readonly moment: Moment;
  readonly checkpoints: Checkpoints;
}

const never = new Promise<never>(() => {});

/** A process with a death to die: at that moment of that request, after which nothing of it reaches anybody. */
function mortal(network: Transport, at?: { request: number; moment: Moment; died(): void }): Transport {
  let count = 0;
  return async (request) => {
    count += 1;
    if (!at || count < at.request) return network(request);
    if (count === at.request && at.moment !== "before it is sent") {
      const answer = await network(request);
      if (at.moment === "after the answer") {
        // The process had the answer, and did nothing more with it that anybody saw.
        setImmediate(at.died);
        return answer;
      }
    }
    at.died();
    return never;
  };
}

interface Life {
  readonly run: ResourceRun;
  /** Resolves when the process is dead. */
  readonly death: Promise<"dead">;
  close(): Promise<void>;
}

/** A provider process over real sockets. Its pauses are short in truth and long to itself, so that deadlines hold. */
export function startProcess(fixture: Fixture, system: FixtureSystem, at?: { request: number; moment: Moment }): Life {
  const endpoint = system.config[endpointKeyOf(fixture)] as string;
  const death = Promise.withResolvers<"dead">();
  const network = undiciTransport(endpoint, { system: "nsx" }, 8);
  const dies = at && { ...at, died: () => death.resolve("dead") };
  let slept = 0;
  const clock: Clock = {
    now: () => Date.now() + slept,
    elapsed: () => performance.now() + slept,
    signalAfter: neverSignal,
    async sleep(milliseconds) {
      slept += milliseconds;
      await new Promise((wake) => setTimeout(wake, Math.min(milliseconds, 2)));
    },
  };
  const { byName, close } = createProviders({
    environment: { ...asEnvironment(system.config), ...system.env },
    clock,
    log: { warn: () => {}, progress: () => {} },
    transport: mortal(network, dies),
  });
  const provider = byName[fixture.name] as unknown as ResourceRun["provider"];
  const owner = `acme/urn:pulumi:dev::shop::${fixture.type}::it`;
  return {
    run: new ResourceRun(provider, { owner, __provider: "text" }),
    death: death.promise,
    close: at ? async () => {} : close,
  };
}

/** The setting that says where the system of the resource is: `nsx:endpoint` or `nim:endpoint`. */
export function endpointKeyOf({ type }: Fixture): string {
  return `${/\/(\w+):/.exec(type)?.[1]}:endpoint`;
}

function asEnvironment(config: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.toUpperCase().replace(":", "_"), value]));
}

const finalArgs = (system: FixtureSystem, operation: Operation, number: number): Properties => {
  if (operation === "update") return system.inPlace(number);
  return operation === "replace" ? system.replacement(number) : system.args(number);
};

function carryOut(run: ResourceRun, operation: Operation, args: Properties): Promise<unknown> {
  if (operation === "delete") return run.destroy();
  return operation === "refresh" ? run.refresh() : run.up(args);
}

/** The state before the operation, made by a process that lives. */
async function prepare(fixture: Fixture, system: FixtureSystem, operation: Operation, number: number) {
  const life = startProcess(fixture, system);
  if (operation !== "create") await life.run.up(system.args(number));
  await life.close();
  return life.run.state;
}

/** How many requests the operation makes when nothing happens to it. */
export async function countRequests(fixture: Fixture, operation: Operation): Promise<number> {
  const system = await fixture.start();
  try {
    const state = await prepare(fixture, system, operation, 1);
    const life = startProcess(fixture, system);
    life.run.state = state;
    const before = system.requests.count();
    await carryOut(life.run, operation, finalArgs(system, operation, 1));
    const count = system.requests.count() - before;
    await life.close();
    return count;
  } finally {
    await system.close();
  }
}

/** Kills, and lets the next runs find their way; answers what was not as it must be. */
export async function tryKill(
  fixture: Fixture,
  system: FixtureSystem,
  point: KillPoint,
  number: number,
): Promise<string[]> {
  const { operation } = point;
  const others = new Set(system.live());
  const before = await prepare(fixture, system, operation, number);
  const args = finalArgs(system, operation, number);
  const dying = startProcess(fixture, system, point);
  dying.run.state = before && structuredClone(before);
  const finished = carryOut(dying.run, operation, args).then(
    () => "finished",
    (error: Error) => `failed: ${error.message}`,
  );
  const ended = await Promise.race([finished, dying.death]);
  // Whoever dies with the last answer in hand has told nobody.
  const isUntold = point.checkpoints === "none" || ended === "finished";
  const known = isUntold ? { state: before, replaced: undefined } : pick(dying.run);
  return [...(await recover(fixture, system, operation, known, args)), ...orphans(system, others, operation)];
}

/** What the engine's checkpoint holds: the object, and one that it has replaced and not deleted yet. */
type Known = Pick<ResourceRun, "state" | "replaced">;

const pick = ({ state, replaced }: Known): Known => ({ state, replaced });

async function recover(
  fixture: Fixture,
  system: FixtureSystem,
  operation: Operation,
  known: Known,
  args: Properties,
): Promise<string[]> {
  const wrong: string[] = [];
  const life = startProcess(fixture, system);
  Object.assign(life.run, structuredClone(known));
  try {
    if (operation === "delete") {
      if (life.run.state) await life.run.destroy();
      return wrong;
    }
    await life.run.up(args);
    const again = await life.run.up(args);
    if (again !== "same") wrong.push(`the run after the next one was not a no-op but ${again}`);
    const drift = await life.run.refresh();
    if (drift === "deleted" || drift.length > 0) wrong.push(`it drifted: ${drift}`);
  } catch (error) {
    wrong.push(`the next run failed: ${(error as Error).message}`);
  } finally {
    await life.close();
  }
  return wrong;
}

function orphans(system: FixtureSystem, others: ReadonlySet<string>, operation: Operation): string[] {
  const left = system.live().filter((id) => !others.has(id));
  const expected = operation === "delete" ? 0 : 1;
  return left.length === expected ? [] : [`${left.length} objects instead of ${expected}: ${left.join(", ")}`];
}

/** Every point at which a process can die in this operation. */
export function pointsOf(operation: Operation, requests: number): KillPoint[] {
  const numbers = Array.from({ length: requests }, (_, index) => index + 1);
  return numbers.flatMap((request) =>
    moments.flatMap((moment) => checkpoints.map((kept) => ({ operation, request, moment, checkpoints: kept }))),
  );
}

export interface Kills {
  tried: number;
  converged: number;
  readonly failures: string[];
}

/** Kills at all points of all operations of one kind of resource. */
export async function killEverywhere(fixture: Fixture, kills: Kills): Promise<void> {
  for (const operation of operations) {
    const points = pointsOf(operation, await countRequests(fixture, operation));
    let system = await fixture.start();
    let number = 0;
    for (const point of points) {
      number += 1;
      // The fixtures have forty objects side by side.
      if (number > 40) {
        await system.close();
        [system, number] = [await fixture.start(), 1];
      }
      const wrong = await tryKill(fixture, system, point, number);
      kills.tried += 1;
      if (wrong.length === 0) kills.converged += 1;
      else kills.failures.push(`${fixture.name} ${JSON.stringify(point)}: ${wrong.join("; ")}`);
    }
    await system.close();
  }
}
