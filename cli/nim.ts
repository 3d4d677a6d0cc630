import { ask, type Query } from "../provider/core/query.ts";
import type { NimClient } from "../provider/nim/client.ts";
import { createConnections } from "../provider/pulumi/connections.ts";
import { wayOut } from "../provider/pulumi/wayOut.ts";
import { systemClock } from "../provider/travel/clock.ts";
import { proxySecrets } from "../provider/travel/proxies.ts";
import { createSecrets } from "../provider/travel/redaction.ts";
import { timeLimit } from "../provider/travel/timeLimit.ts";
import { inOneLine } from "./output.ts";
import { hasProject, readStackConfig, type Where } from "./stackConfig.ts";

/** NGINX Instance Manager as the stack and the environment configure it. */
export interface Nim {
  /** Its API, for `nim:timeout` from now on. */
  client(): NimClient;
  /** What a query answers from now on. */
  ask<Answer>(query: Query, args?: Record<string, unknown>): Promise<Answer>;
  /** The same without secrets. */
  clean<T>(value: T): T;
  /** What went wrong, in one line and without secrets. */
  reason(error: unknown): string;
}

/** @throws an Error that names each setting that is missing or wrong */
export async function openNim({ stack, cwd }: Where): Promise<Nim> {
  const secrets = createSecrets();
  proxySecrets(process.env).forEach(secrets.keep);
  const say = (text: string) => process.stderr.write(`${inOneLine(text)}\n`);
  const out = wayOut({ warn: (_, text) => say(text), progress: () => {} }, secrets);
  const { values, secrets: ofStack, unread } = await readStackConfig(cwd, stack);
  ofStack.forEach(secrets.keep);
  if (unread !== undefined) {
    if (stack !== undefined) throw new Error(`The stack "${stack}" cannot be read: ${unread}.`);
    if (hasProject(cwd)) out.warn("", `Settings are those of the environment alone: ${unread}.`);
  }
  const world = { environment: process.env, clock: systemClock };
  const connections = createConnections(world, () => (key) => values[key], secrets, out);
  const reason = (error: unknown) => inOneLine(out.error(error, undefined).message);
  try {
    const system = connections.systemOf("nim");
    const warning = connections.warningOf("nim");
    if (warning) out.warn("", warning);
    const client = () => system.clientWithin(timeLimit(systemClock, system.timeout, "nim:timeout")) as NimClient;
    return {
      client,
      ask: async <Answer>(query: Query, args = {}) =>
        (await ask(query, { client: client(), isFresh: true }, args)) as Answer,
      clean: out.words,
      reason,
    };
  } catch (error) {
    throw new Error(reason(error));
  }
}
