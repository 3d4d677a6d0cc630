// One case: an operation during which answers are mutated, and the runs after it, on a network that works again.
import { ConnectionReset, type SimRequest, type SimResponse } from "../../simulators/kit/index.ts";
import { type ProviderCalls, ResourceRun, type ResourceState } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import type { Mutation } from "./mutations.ts";
import type { Site, Subject } from "./site.ts";

export const operations = ["create", "refresh", "update", "delete", "adopt"] as const;
export type Operation = (typeof operations)[number];

/** Where requests of a provider go; `origin` is the server that it names, where it names one. */
export type Border = (request: SimRequest, origin: string | undefined) => Promise<SimResponse>;

export interface Surroundings {
  readonly provider: string;
  readonly environment: Record<string, string>;
  readonly clock: VirtualClock;
  warn(message: string): void;
}

export type MakeProvider = (border: Border, surroundings: Surroundings) => ProviderCalls;

export interface Case {
  readonly subject: Subject;
  readonly operation: Operation;
  /** The first request whose answer is mutated, counted from 1. */
  readonly request: number;
  readonly mutation: Mutation;
  /** Mutated without the server, or after it has carried the request out. */
  readonly moment: "before" | "after";
  readonly times: 1 | 2 | "always";
}

export const keyOf = ({ subject, operation, request, moment, times, mutation }: Case) =>
  [subject.name, operation, request, moment, times, mutation.name].join(" / ");

export interface Asked extends SimRequest {
  readonly origin: string | undefined;
}

/** What happened in a case: everything that the oracle judges by. */
export interface Episode {
  readonly site: Site;
  readonly asked: readonly Asked[];
  /** Requests of the operation after it had ended. */
  readonly late: readonly Asked[];
  /** Mutations that took place. */
  readonly mutated: number;
  /** The answers that they were, but for those that broke the connection. */
  readonly hits: readonly { method: string; status: number; body: string }[];
  readonly outcome: { readonly value: unknown } | { readonly error: unknown } | "never ended";
  readonly seconds: number;
  readonly warnings: readonly string[];
  /** Secrets that the server gave: sessions. */
  readonly sessions: Record<string, string>;
  /** How things were when the operation had ended. */
  readonly existed: boolean;
  readonly missed: string | undefined;
  readonly keptOthers: boolean;
  readonly state: ResourceState | undefined;
  /** What the next process, on a network that works, made of it; `undefined` when all was well. */
  readonly next: string | undefined;
  /** Drift that the next process sees after a success. */
  readonly drift: readonly string[] | "deleted" | undefined;
}

/** Then an operation is taken for one that never ends: by the clock of the tests, or where that stands still, by ours. */
const patience = { virtual: 600_000, real: 20_000 };
let cases = 0;

export function argsOf(site: Site, operation: Operation) {
  if (operation === "update") return site.changed;
  return operation === "adopt" ? site.adopting : site.args;
}

export function carryOut(run: ResourceRun, site: Site, operation: Operation): Promise<unknown> {
  if (operation === "delete") return run.destroy();
  return operation === "refresh" ? run.refresh() : run.up(argsOf(site, operation));
}

export interface Stage {
  readonly site: Site;
  readonly clock: VirtualClock;
  readonly owner: string;
  newRun(border?: Border, warn?: (message: string) => void): ResourceRun;
}

/** A system in which the operation can begin, and the state with which it does. */
export async function prepare(subject: Subject, operation: Operation, make: MakeProvider, start?: number) {
  cases += 1;
  const number = cases;
  const clock = createVirtualClock(start);
  const site = await subject.start(number, clock.now);
  const owner = `acme/urn:pulumi:dev::shop::${subject.type}::case-${number}`;
  const newRun: Stage["newRun"] = (border = (request) => site.handle(request), warn = () => {}) => {
    clock.advance(1_000);
    const provider = make(border, { provider: subject.provider, environment: site.environment, clock, warn });
    return new ResourceRun(provider, { owner, __provider: "text" });
  };
  let state: ResourceState | undefined;
  if (operation === "adopt") await site.makeByHand();
  else if (operation !== "create") {
    const first = newRun();
    await first.up(site.args);
    clock.advance(1_000);
    await site.touch();
    // What others do to fields that no program names has been seen.
    await first.refresh();
    state = first.state;
  }
  return { stage: { site, clock, newRun, owner } satisfies Stage, state };
}

/** The answers of an undisturbed operation, to know what there is to mutate. */
export async function sampleAnswers(
  subject: Subject,
  operation: Operation,
  make: MakeProvider,
): Promise<SimResponse[]> {
  const { stage, state } = await prepare(subject, operation, make);
  const { site } = stage;
  const answers: SimResponse[] = [];
  const run = stage.newRun(async (request) => {
    const answer = await site.handle(request);
    answers.push(answer);
    return answer;
  });
  if (state) run.state = state;
  try {
    await carryOut(run, site, operation);
    return answers;
  } finally {
    await site.close();
  }
}

export async function play(
  { subject, operation, request: first, mutation, moment, times }: Case,
  make: MakeProvider,
): Promise<Episode> {
  const { stage, state } = await prepare(subject, operation, make);
  const { site, clock } = stage;
  const asked: Asked[] = [];
  const warnings: string[] = [];
  const sessions: Record<string, string> = {};
  const hits: Episode["hits"][number][] = [];
  let mutated = 0;
  let isOver = false;

  const carriedOut = async (request: SimRequest) => {
    const answer = await site.handle(request);
    const session = /JSESSIONID=([^;]+)/.exec(String(answer.headers["set-cookie"] ?? ""))?.[1];
    if (session) sessions[`session ${asked.length}`] = session;
    const token = answer.headers["x-xsrf-token"];
    if (token) sessions[`token ${asked.length}`] = String(token);
    return answer;
  };
  const border: Border = async (request, origin) => {
    asked.push({ ...request, origin });
    if (isStrange(origin, site)) throw new ConnectionReset("nobody is there");
    const isHit = !isOver && asked.length >= first && (times === "always" || mutated < times);
    if (!isHit) return carriedOut(request);
    mutated += 1;
    const nothing: SimResponse = { status: 200, headers: {}, body: "" };
    const answer = mutation.apply(moment === "before" ? nothing : await carriedOut(request), request);
    hits.push({ method: request.method, status: answer.status, body: answer.body });
    return answer;
  };

  const run = stage.newRun(border, (message) => warnings.push(message));
  if (state) run.state = structuredClone(state);
  const began = clock.now();
  const { neverEnded, stop } = watchdog(clock);
  const outcome: Episode["outcome"] = await Promise.race([
    carryOut(run, site, operation).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    neverEnded,
  ]);
  stop();
  isOver = true;
  const seconds = (clock.now() - began) / 1_000;
  const endedAt = asked.length;
  // Whoever still has something in mind gets the time for it.
  await clock.sleep(300_000);
  await clock.sleep(1);
  const late = asked.slice(endedAt).filter(({ path }) => !path.startsWith("/api/session/destroy"));
  const seen = lookAt(site, operation);
  const { next, drift } = await goOn(stage, operation, run.state, outcome);
  await site.close();
  return {
    site,
    asked,
    late,
    mutated,
    hits,
    outcome,
    seconds,
    warnings,
    sessions,
    ...seen,
    state: run.state,
    next,
    drift,
  };
}

export function lookAt(site: Site, operation: Operation): Pick<Episode, "existed" | "missed" | "keptOthers"> {
  return {
    existed: site.exists(),
    missed: operation === "delete" ? undefined : site.missing(argsOf(site, operation)),
    keptOthers: site.keepsOthers(),
  };
}

/** Looks now and then instead of sleeping: a sleeper of its own would let virtual time run ahead of real work. */
function watchdog(clock: VirtualClock) {
  const [virtual, real] = [clock.now() + patience.virtual, Date.now() + patience.real];
  const { promise: neverEnded, resolve } = Promise.withResolvers<"never ended">();
  const timer = setInterval(() => {
    if (clock.now() > virtual || Date.now() > real) resolve("never ended");
  }, 50);
  return { neverEnded, stop: () => clearInterval(timer) };
}

const isStrange = (origin: string | undefined, { environment }: Site) =>
  origin !== undefined && !Object.values(environment).includes(origin);

export async function goOn(
  { site, newRun }: Stage,
  operation: Operation,
  state: ResourceState | undefined,
  outcome: Episode["outcome"],
): Promise<Pick<Episode, "next" | "drift">> {
  const said: string[] = [];
  const run = newRun(
    async (request) => {
      const answer = await site.handle(request);
      said.push(`${request.method} ${request.path} ${answer.status}`);
      return answer;
    },
    (warning) => said.push(warning),
  );
  if (state) run.state = structuredClone(state);
  let drift: Episode["drift"];
  try {
    if (operation === "delete") {
      if (run.state) await run.destroy();
      return {
        next: site.exists() ? `the object is still there after the next run (${said.join("; ")})` : undefined,
        drift,
      };
    }
    const isSuccess = outcome !== "never ended" && "value" in outcome;
    if (run.state) drift = await run.refresh();
    const args = argsOf(site, operation);
    const step = await run.up(args);
    const missing = site.missing(args);
    if (missing) return { next: `the next run ended with "${step}", and ${missing}`, drift };
    const again = await run.up(args);
    return {
      next: again === "same" ? undefined : `the run after the next one was "${again}"`,
      drift: isSuccess ? drift : undefined,
    };
  } catch (error) {
    return { next: `the next run failed: ${(error as Error).message}`, drift };
  }
}
