// The way to NSX: with whom it is asked, at what pace, and as whom.
import type { Clock } from "../travel/clock.ts";
import { createHttp } from "../travel/http.ts";
import type { ServerTime } from "../travel/serverTime.ts";
import type { OpenNetwork, Transport } from "../travel/transport.ts";
import { readError } from "./errors.ts";
import { mostConnections, withOwnLimits } from "./limits.ts";
import type { Session } from "./session.ts";
import type { NsxSettings } from "./settings.ts";
import { createSession } from "./waysIn.ts";

/** The guide's "API Rate Limiting", and that it counts users and not connections (VMware KB 411782). */
const limitAdvice =
  "NSX limits each user, over all of the user's connections: give each pipeline an account of its own, or lower nsx:maxRequestsPerSecond and nsx:maxConcurrency where several share one.";

export interface NsxNetwork {
  readonly toManagers: Transport;
  /** The way to `nsx:vmcAuthUrl`, where that is not NSX itself. */
  readonly toTokens: Transport;
}

export function nsxNetwork(config: NsxSettings, open: OpenNetwork): NsxNetwork {
  const { login, caCertificate } = config;
  const maxConcurrency = mostConnections(config);
  const toManagers = open("nsx", { ...config, maxConcurrency, ...(login.auth === "certificate" ? login : {}) });
  if (login.auth !== "vmc") return { toManagers, toTokens: toManagers };
  const toTokens = open("nsx", { endpoint: login.vmcAuthUrl, caCertificate, maxConcurrency: 1 });
  return { toManagers, toTokens };
}

export interface NsxWay {
  /** As nobody. */
  readonly http: Transport;
  /** As who is configured. */
  readonly session: Session;
}

/** @param keepSecret - told what no message may show */
export function wayToNsx(
  config: NsxSettings,
  clock: Clock,
  serverTime: ServerTime,
  keepSecret: (secret: string) => void,
  { toManagers, toTokens }: NsxNetwork,
): NsxWay {
  const http = createHttp({
    system: "NSX",
    endpoint: config.endpoint,
    limits: { requestsPerSecond: config.maxRequestsPerSecond, concurrency: config.maxConcurrency },
    limitAdvice,
    clock,
    serverTime,
    transport: toManagers,
    readError,
  });
  const session = createSession(config, http, clock, keepSecret, toTokens);
  return { http, session: withOwnLimits(config, session, clock, http.allow) };
}
