// What an administrator has set of the limits that the guide has under "API Rate Limiting": the manager tells it to who may
// read it, and whoever may not goes by the guide's.
import { z } from "zod";
import type { Clock } from "../travel/clock.ts";
import { readJson } from "../travel/json.ts";
import type { PacerLimits } from "../travel/pacer.ts";
import { timeLimit } from "../travel/timeLimit.ts";
import type { Session } from "./session.ts";
import { type NsxSettings, usualLimits } from "./settings.ts";

export const limitsPath = "/api/v1/node/services/http";

const policy = {
  /** A process that sends fewer requests is through before a limit matters. */
  askedWithRequest: 10,
  /** Seconds. */
  patience: 10,
  /** As 38 are of 40. */
  share: 0.95,
  /** Beyond these no manager was ever seen. */
  mostPerSecond: 1_000,
  mostConcurrency: 200,
};

/** "To disable …, set this value to 0": that says nothing of what the manager bears, and so it is as if none were told. */
const limit = z.number().int().positive().optional().catch(undefined);

/** "NodeHttpServiceProperties", of which older releases have less. */
const told = z.object({
  service_properties: z.object({
    client_api_rate_limit: limit,
    client_api_concurrency_limit: limit,
    global_api_concurrency_limit: limit,
  }),
});

/** Connections that may be needed. */
export function mostConnections({ stated, maxConcurrency }: NsxSettings): number {
  return stated.maxConcurrency ?? Math.max(maxConcurrency, policy.mostConcurrency);
}

/** The limits that an answer tells, never above what a user has stated; `undefined` where it tells none. */
export function limitsIn(body: string, { stated }: Pick<NsxSettings, "stated">): PacerLimits | undefined {
  const properties = readJson(body, told)?.service_properties;
  if (!properties) return undefined;
  const {
    client_api_rate_limit: rate,
    client_api_concurrency_limit: own,
    global_api_concurrency_limit: all,
  } = properties;
  const together = Math.min(own ?? Number.POSITIVE_INFINITY, all ?? Number.POSITIVE_INFINITY);
  const perSecond = Math.min(rate ?? usualLimits.requestsPerSecond, policy.mostPerSecond);
  // Only everybody's limit is no reason to send more than one user usually may.
  const atOnce =
    own === undefined ? Math.min(together * policy.share, usualLimits.concurrency) : together * policy.share;
  return {
    requestsPerSecond: Math.min(perSecond, stated.maxRequestsPerSecond ?? perSecond),
    concurrency: Math.min(
      Math.max(Math.floor(Math.min(atOnce, policy.mostConcurrency)), 1),
      stated.maxConcurrency ?? policy.mostConcurrency,
    ),
  };
}

/**
 * Asks for the manager's own limits, once in a process and beside its tenth request, and goes by them. Nobody waits for the
 * answer, and whatever is wrong with it changes nothing. Not where a user has stated both limits, nor at VMware Cloud, which
 * keeps the appliances to itself.
 */
export function withOwnLimits(
  config: NsxSettings,
  session: Session,
  clock: Clock,
  allow: (limits: PacerLimits) => void,
): Session {
  const { stated, login } = config;
  const isStated = stated.maxRequestsPerSecond !== undefined && stated.maxConcurrency !== undefined;
  if (isStated || login.auth === "vmc") return session;
  let sent = 0;
  let underWay = 0;
  /** A process that has nothing else to do must not stay for it. */
  const idle = new AbortController();

  async function ask(): Promise<void> {
    const time = timeLimit(clock, policy.patience, "the time for NSX's limits");
    const signal = AbortSignal.any([time.signal, idle.signal]);
    const headers = { accept: "application/json" };
    const { body } = await session.send({
      method: "GET",
      path: limitsPath,
      headers,
      once: true,
      limit: { ...time, signal },
    });
    const limits = limitsIn(body, config);
    if (limits) allow(limits);
  }

  return {
    async send(request) {
      sent += 1;
      underWay += 1;
      if (sent === policy.askedWithRequest) ask().catch(() => {});
      try {
        return await session.send(request);
      } finally {
        underWay -= 1;
        if (underWay === 0 && sent >= policy.askedWithRequest) idle.abort();
      }
    },
    async end() {
      idle.abort();
      await session.end();
    },
  };
}
