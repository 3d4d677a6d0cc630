import { randomBytes } from "node:crypto";
import { type Clock, createClock } from "./clock.ts";
import { handleControl, type Operations } from "./control.ts";
import { createFaults, type Fault, faultAfter, faultBefore, type Occasions } from "./faults.ts";
import { refuseForeign } from "./guard.ts";
import { createHistory, type WritableHistory } from "./history.ts";
import { kitOperations } from "./kitOperations.ts";
import { createLimits, type limitSwitches, type Refusal } from "./limits.ts";
import { createRandom, type Random } from "./random.ts";
import { createRequestLog } from "./requestLog.ts";
import { defaultsOf, type Switches, type SwitchTable, switchSchema } from "./switches.ts";
import type { Control, Hook } from "./testControl.ts";
import { ConnectionReset, json, type SimHandler, type SimRequest, type SimResponse } from "./types.ts";

/** What a simulated system gets from the kit. */
export interface Environment<T extends SwitchTable> {
  clock: Clock;
  random: Random;
  history: WritableHistory;
  /** Current values; read them at each request, a test may change them at any time. */
  switches: Switches<T>;
}

/** A simulated system: a function from request to response, and what a test may ask of it. */
export interface System {
  /** Carries out a request. Synchronous wherever it can be: then requests never overlap within it. */
  handle(request: SimRequest, requestId: string): SimResponse | Promise<SimResponse>;
  /** Whom the limits count the request against: the user name, else the source address. */
  userOf(request: SimRequest): string;
  /** The answer to a request over a limit, in the system's own error shape. */
  refuse(refusal: Refusal): SimResponse;
  /** Refusals that no rule calls for, which a fault of kind `refusal` names. */
  occasions?: Occasions;
  /** Operations for `/_control/` beside the kit's. */
  operations: Operations;
  /** Back to the state right after the start. */
  reset(): void;
}

export interface SimulatorOptions<T extends SwitchTable> {
  /** The time in milliseconds since 1970; default: Date.now. */
  now?: () => number;
  switches?: Partial<Switches<T>>;
  /** Seed of ids and of random orders. */
  seed?: number;
  /** What `/_control/` asks for; default: a new one. */
  controlToken?: string;
  /** Names beside localhost under which it is called, e.g. `host.docker.internal`; any other may be a hostile page's. */
  allowedHosts?: readonly string[];
}

/** Puts clock, log, limits, faults, hooks and control around a system. */
export function createSimulator<T extends SwitchTable & typeof limitSwitches, S extends System>(
  table: T,
  options: SimulatorOptions<T>,
  createSystem: (environment: Environment<T>) => S,
): { handle: SimHandler; control: Control<T>; system: S; controlToken: string } {
  const clock = createClock(options.now);
  const random = createRandom(options.seed);
  const history = createHistory();
  const requests = createRequestLog();
  const schema = switchSchema(table);
  const switches: Switches<T> = { ...defaultsOf(table) };
  // Never of the seed, which everybody knows.
  const { controlToken = randomBytes(16).toString("hex"), allowedHosts = [] } = options;
  const setSwitches = (values: Partial<Switches<T>>) => {
    Object.assign(switches, schema.parse(values));
  };
  setSwitches(options.switches ?? {});
  const initialSwitches = { ...switches };
  const limits = createLimits(switches as Switches<typeof limitSwitches>);
  const system = createSystem({ clock, random, history, switches });
  const faults = createFaults(system.occasions);
  let hooks: Hook[] = [];
  const beginnings: (() => void)[] = [];

  const control: Control<T> = {
    clock,
    requests,
    history,
    faults,
    switches,
    setSwitches,
    hook: (hook) => {
      hooks.push(hook);
      return () => {
        hooks = hooks.filter((other) => other !== hook);
      };
    },
    reset: () => {
      Object.assign(switches, initialSwitches);
      hooks = [];
      for (const part of [requests, history, limits]) part.reset();
      faults.clear();
      system.reset();
      for (const begin of beginnings) begin();
    },
    atStart: (act) => {
      beginnings.push(act);
      act();
    },
  };
  const operations: Operations = { ...kitOperations(control, schema), ...system.operations };

  // Nothing is awaited that does not have to be: an undisturbed request is committed before `handle` returns its promise.
  async function process(request: SimRequest, requestId: string, user: string): Promise<SimResponse> {
    for (const hook of hooks) if (hook.before) await hook.before(request);
    const refusal = limits.enter(user, clock.now());
    if (refusal) return withRetryAfter(system.refuse(refusal), switches.retryAfter as number);
    try {
      const taken = faults.take(request);
      for (const fault of taken) await delay(fault, "before");
      for (const fault of taken) {
        const response = faultBefore(fault, request, { now: clock.now(), occasions: system.occasions });
        if (response) return response;
      }
      const answered = carryOut(request, requestId);
      let response = answered instanceof Promise ? await answered : answered;
      for (const hook of hooks) if (hook.after) await hook.after(request, response);
      for (const fault of taken) await delay(fault, "after");
      for (const fault of taken) response = faultAfter(fault, response);
      return response;
    } finally {
      limits.release(user);
    }
  }

  // A mistake in the simulator must not look like a broken connection: a client would retry it for minutes.
  function carryOut(request: SimRequest, requestId: string): SimResponse | Promise<SimResponse> {
    const failed = (error: unknown) => {
      if (error instanceof ConnectionReset) throw error;
      return json(500, { error_message: `The simulator itself failed: ${(error as Error).stack}` });
    };
    try {
      const answered = system.handle(request, requestId);
      return answered instanceof Promise ? answered.catch(failed) : answered;
    } catch (error) {
      return failed(error);
    }
  }

  const handle: SimHandler = async (request) => {
    const refused = refuseForeign(request, allowedHosts);
    if (refused) return refused;
    if (request.path.startsWith("/_control/")) return handleControl(operations, controlToken, request);
    const user = system.userOf(request);
    const requestId = random.uuid();
    const entry = requests.start({ requestId, time: clock.now(), user, method: request.method, path: request.path });
    let status: number | undefined;
    try {
      const response = await process(request, requestId, user);
      status = response.status;
      return response;
    } finally {
      requests.finish(entry, status);
    }
  };
  return { handle, control, system, controlToken };
}

async function delay(fault: Fault, when: "before" | "after"): Promise<void> {
  if (fault.kind !== "delay" || fault.when !== when) return;
  await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
}

function withRetryAfter(response: SimResponse, seconds: number): SimResponse {
  if (seconds === 0) return response;
  return { ...response, headers: { ...response.headers, "retry-after": String(seconds) } };
}
