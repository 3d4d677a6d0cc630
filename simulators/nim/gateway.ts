import type { SimRequest, SimResponse } from "../kit/index.ts";
import { gatewayError, gatewayPage } from "./errors.ts";
import type { NimEnvironment } from "./types.ts";

/** The nginx in front of NIM: what it refuses before any service hears of it. */
export interface Gateway {
  refuse(request: SimRequest): SimResponse | undefined;
  reset(): void;
}

const burst = 20;
const maxBody = 50 * 1024 * 1024;
/** First segments that the gateway passes on (docs/nim.md#paths); everything else is nobody's and ends in a 502. */
const mapped = new Set(
  "analytics license roles userinfo users groups features inventory modules dimensionmapping resource-groups analysis certs configs instance-groups instance-sets instances servers systems security health report".split(
    " ",
  ),
);

export function createGateway({ clock, switches }: NimEnvironment): Gateway {
  const buckets = new Map<string, { excess: number; time: number }>();

  /** nginx's limit_req with `nodelay`: a bucket that leaks `rate` requests a second and holds `burst` of them. */
  function isOverRate(address: string): boolean {
    const rate = switches.gatewayRate;
    if (rate === 0) return false;
    const now = clock.now();
    const bucket = buckets.get(address) ?? { excess: -1, time: now };
    const excess = Math.max(bucket.excess - (rate * (now - bucket.time)) / 1000, -1) + 1;
    if (excess > burst) return true;
    buckets.set(address, { excess, time: now });
    return false;
  }

  return {
    refuse: ({ remoteAddress, body }) => {
      if (isOverRate(remoteAddress)) return gatewayPage(429, "Too Many Requests");
      if (Buffer.byteLength(body) <= maxBody) return undefined;
      if (switches.bodyTooLargeStatus === 403) return gatewayError(403, "Forbidden");
      return gatewayPage(413, "Request Entity Too Large");
    },
    reset: () => buckets.clear(),
  };
}

export const isMapped = (path: string) => mapped.has(path.split("/")[1] ?? "");
