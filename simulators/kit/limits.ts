import type { Switches } from "./switches.ts";

/** NSX's three limits: 100/s and 40 at once per client, 199 at once overall (docs/nsx.md#limits). 0 is off. */
export const limitSwitches = {
  requestsPerSecond: { default: 0, help: "requests a second that one user may send; 0 is no limit" },
  rateWindow: { default: "sliding", values: ["sliding", "fixed"], help: "how the second is measured" },
  countRefused: { default: false, help: "refused requests count against the rate as well" },
  clientConcurrency: { default: 0, help: "requests that one user may have under way at once; 0 is no limit" },
  clientConcurrencyStatus: { default: 429, values: [429, 503], help: "status when one user has too many under way" },
  totalConcurrency: { default: 0, help: "requests under way at once from everybody (503 above); 0 is no limit" },
  retryAfter: { default: 0, help: "seconds in the Retry-After header of a refusal; 0 sends none" },
} as const;

/** What a real manager is set to; a command-line simulator starts with these. */
export const realLimits = { requestsPerSecond: 100, clientConcurrency: 40, totalConcurrency: 199 };

export interface Refusal {
  reason: "rate" | "clientConcurrency" | "totalConcurrency";
  status: number;
  user: string;
  limit: number;
}

export interface Limits {
  /** Admits a request, or says why not. An admitted one must be released. */
  enter(user: string, now: number): Refusal | undefined;
  release(user: string): void;
  reset(): void;
}

export function createLimits(settings: Switches<typeof limitSwitches>): Limits {
  const underWay = new Map<string, number>();
  const sent = new Map<string, number[]>();
  let total = 0;

  function rateExceeded(user: string, now: number): boolean {
    const limit = settings.requestsPerSecond;
    if (limit === 0) return false;
    const start = settings.rateWindow === "sliding" ? now - 1000 : Math.floor(now / 1000) * 1000 - 1;
    const recent = (sent.get(user) ?? []).filter((time) => time > start);
    const exceeded = recent.length >= limit;
    if (!exceeded || settings.countRefused) recent.push(now);
    sent.set(user, recent);
    return exceeded;
  }

  return {
    enter: (user, now) => {
      const { requestsPerSecond, clientConcurrency, totalConcurrency } = settings;
      if (rateExceeded(user, now)) return { reason: "rate", status: 429, user, limit: requestsPerSecond };
      const own = underWay.get(user) ?? 0;
      if (clientConcurrency > 0 && own >= clientConcurrency) {
        const status = settings.clientConcurrencyStatus;
        return { reason: "clientConcurrency", status, user, limit: clientConcurrency };
      }
      if (totalConcurrency > 0 && total >= totalConcurrency) {
        return { reason: "totalConcurrency", status: 503, user, limit: totalConcurrency };
      }
      underWay.set(user, own + 1);
      total += 1;
      return undefined;
    },
    release: (user) => {
      underWay.set(user, (underWay.get(user) ?? 1) - 1);
      total -= 1;
    },
    // Requests that are under way release themselves later, so only what was measured is forgotten.
    reset: () => sent.clear(),
  };
}
