// Queries as a program asks them: in the program's own process, since Pulumi's dynamic providers cannot be asked.
import { ask, type Query, QueryError } from "../core/query.ts";
import { queries } from "../queries.ts";
import { type Clock, systemClock } from "../travel/clock.ts";
import { messageOf } from "../travel/errors.ts";
import { proxySecrets } from "../travel/proxies.ts";
import { createSecrets } from "../travel/redaction.ts";
import type { Environment } from "../travel/settings.ts";
import { timeLimit } from "../travel/timeLimit.ts";
import type { Transport } from "../travel/transport.ts";
import { type Connections, createConnections } from "./connections.ts";
import { engineLog } from "./engineLog.ts";
import { wayOut } from "./wayOut.ts";

/** What a program's queries take from the world around them; tests put their own there. */
export interface QueryWorld {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Says something to the user under the stack. */
  warn(message: string): void;
  /** In place of the network. */
  readonly transport?: Transport;
}

/** Settings by the keys that they have in a stack's configuration. */
export type Settings = Readonly<Record<string, string | null | undefined>>;

export interface Question {
  /** Such as `getTransportZone`. */
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Of the stack, or of an explicit provider, which takes nothing of the stack's. */
  readonly settings: Settings;
  /** Whether the answer must not be older than the question. */
  readonly isFresh: boolean;
  /** Whether no message may show what is in the arguments. */
  readonly isSecret: boolean;
}

export interface Queries {
  /** The system that a query asks. @throws for a name that no query has */
  systemOf(name: string): string;
  /** @throws an Error whose message may be shown as it is */
  ask(question: Question): Promise<unknown>;
  /** Logs out wherever a session is open. Whoever asks after that logs in again. */
  close(): Promise<void>;
  /** Whether anything is to be closed. */
  isOpen(): boolean;
}

/** One session and one rate limit for all queries with the same settings, as there is one of each in a provider's process. */
export function createQueries(world: QueryWorld): Queries {
  const secrets = createSecrets();
  proxySecrets(world.environment).forEach(secrets.keep);
  const { debug } = engineLog(undefined);
  const out = wayOut({ warn: (_, text) => world.warn(text), progress() {}, ...(debug && { debug }) }, secrets);
  const opened = new Map<string, Connections>();

  function connectionsOf(settings: Settings): Connections {
    const key = JSON.stringify(Object.entries(settings).sort());
    const known = opened.get(key) ?? createConnections(world, () => (name) => settings[name], secrets, out);
    opened.set(key, known);
    return known;
  }

  async function answer({ name, args, settings, isFresh }: Question): Promise<unknown> {
    const query = queryNamed(name);
    const connections = connectionsOf(settings);
    const system = connections.systemOf(query.system);
    const warning = connections.warningOf(query.system);
    if (warning) out.warn("", warning);
    const limit = timeLimit(world.clock, system.timeout, `${query.system}:timeout`);
    return ask(query, { client: system.clientWithin(limit), isFresh }, args);
  }

  return {
    systemOf: (name) => queryNamed(name).system,
    async ask(question) {
      if (question.isSecret) textsIn(question.args).forEach(secrets.keep);
      try {
        return await answer(question);
      } catch (error) {
        // Cut only what is clean: half a secret would not be found.
        const message = withCut(secrets.clean(messageOf(error)), question.args);
        throw out.error(new Error(message), undefined);
      }
    },
    async close() {
      const closing = [...opened.values()];
      opened.clear();
      await Promise.all(closing.map((connections) => connections.close()));
    },
    isOpen: () => opened.size > 0,
  };
}

function queryNamed(name: string): Query {
  const query = queries.find((each) => each.name === name);
  if (query) return query;
  throw new QueryError(`There is no query ${name}.`);
}

/** The queries of this process, which ends their sessions when it has nothing else to do. */
export function programQueries(warn: (message: string) => void): Queries {
  const all = createQueries({ environment: process.env, clock: systemClock, warn });
  endWithProgram(all);
  return all;
}

/**
 * Pulumi's runner lets a program run until nothing is left to do, and tells the engine so in a `beforeExit` of its own,
 * which it puts behind all others and which waits for what they begin. So a logout there is neither lost nor does
 * anything stay alive for it. A program that is interrupted, or that errors out, comes by here as well unless it calls
 * `process.exit`.
 */
function endWithProgram(all: Queries): void {
  process.on("beforeExit", () => {
    // What it begins makes the process come by here once more.
    if (all.isOpen()) void all.close().catch(() => {});
  });
}

/** Characters of a text of the arguments that an error shows. */
const longest = 200;

/** A message with every long text of the arguments cut in it, as it is and as JSON has it. */
function withCut(message: string, args: unknown): string {
  const forms = [(text: string) => text, (text: string) => JSON.stringify(text).slice(1, -1)];
  return [...textsIn(args), ...keysIn(args)]
    .filter((text) => text.length > longest)
    .flatMap((text) => forms.map((form) => [form(text), `${form(text.slice(0, longest))}… (cut)`] as const))
    .reduce((shown, [text, cut]) => shown.replaceAll(text, () => cut), message);
}

function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
