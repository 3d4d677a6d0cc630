// Every operation of every kind of resource over real sockets, with each fault of the network at each request.
import type { Fixture, FixtureSystem } from "../fixtures/index.ts";
import type { Properties } from "../tools/stack.ts";
import { type FaultProxy, type NetworkFault, nameOf, startFaultProxy } from "./faultProxy.ts";
import { endpointKeyOf, startProcess } from "./kills.ts";

export interface Survived {
  tried: number;
  /** Operations that ended as if nothing had been, and those that ended in one error. */
  right: number;
  explained: number;
  readonly failures: string[];
}

const operations = ["create", "update", "refresh", "delete"] as const;
type Operation = (typeof operations)[number];

export async function breakEverything(fixture: Fixture, fault: NetworkFault, survived: Survived): Promise<void> {
  const system = await fixture.start();
  const key = endpointKeyOf(fixture);
  const proxy = await startFaultProxy(system.config[key] as string);
  const behindProxy = { ...system, config: { ...system.config, [key]: proxy.url } };
  try {
    let number = 0;
    for (const operation of operations) {
      for (let request = 1, more = true; more; request += 1) {
        number += 1;
        more = await breakOne(fixture, behindProxy, proxy, { operation, fault, request }, number, survived);
      }
    }
  } finally {
    await proxy.close();
    await system.close();
  }
}

interface Break {
  readonly operation: Operation;
  readonly fault: NetworkFault;
  readonly request: number;
}

/** Answers whether the operation has that many requests at all. */
async function breakOne(
  fixture: Fixture,
  system: FixtureSystem,
  proxy: FaultProxy,
  { operation, fault, request }: Break,
  number: number,
  survived: Survived,
): Promise<boolean> {
  const wrong = (what: string) =>
    survived.failures.push(`${fixture.name} ${operation}, ${nameOf(fault)} at request ${request}: ${what}`);
  const others = system.live().length;
  const before = startProcess(fixture, system);
  if (operation !== "create") await before.run.up(system.args(number));
  await before.close();

  const life = startProcess(fixture, system);
  life.run.state = before.run.state;
  const args: Properties = operation === "update" ? system.inPlace(number) : system.args(number);
  const first = proxy.requests();
  proxy.arm(fault, request);
  const error = await (operation === "delete"
    ? life.run.destroy()
    : operation === "refresh"
      ? life.run.refresh()
      : life.run.up(args)
  ).then(
    () => undefined,
    (reason: Error) => reason,
  );
  const happened = proxy.requests() - first >= request;
  proxy.disarm();
  if (happened) {
    survived.tried += 1;
    survived[error ? "explained" : "right"] += 1;
    if (error && !isClear(error)) wrong(`the error says too little: ${error.message}`);
  }
  await life.close();
  // Whatever it was: with a network that works again, the next run, a new process, ends right.
  const next = startProcess(fixture, system);
  next.run.state = life.run.state;
  try {
    if (operation === "delete") {
      if (next.run.state) await next.run.destroy();
    } else {
      await next.run.up(args);
      const again = await next.run.up(args);
      if (again !== "same") wrong(`the run after the next one was not a no-op but ${again}`);
      const drift = await next.run.refresh();
      if (drift.length > 0) wrong(`it drifted: ${drift}`);
    }
    const count = system.live().length - others;
    const expected = operation === "delete" ? 0 : 1;
    if (count !== expected) wrong(`${count} objects instead of ${expected}`);
  } catch (later) {
    wrong(`the next run failed: ${(later as Error).message}`);
  }
  await next.close();
  return happened;
}

/** Names the resource and the operation, and says what the network or the server did. */
function isClear({ message }: Error): boolean {
  return /: (create|update|read|delete) failed\. .{20,}/.test(message) || /It is saved in the state/.test(message);
}
