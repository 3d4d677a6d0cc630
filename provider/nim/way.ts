// The way to NGINX Instance Manager: with whom it is asked, at what pace, and as whom.
import type { Clock } from "../travel/clock.ts";
import { createHttp } from "../travel/http.ts";
import type { ServerTime } from "../travel/serverTime.ts";
import type { OpenNetwork, Transport } from "../travel/transport.ts";
import { readError } from "./errors.ts";
import { loggedIn } from "./login.ts";
import type { NimSettings } from "./settings.ts";
import { inOneVersion } from "./version.ts";

/** As messages call it. */
export const nimName = "NGINX Instance Manager";

const limitAdvice =
  "NIM limits each address: lower nim:maxRequestsPerSecond and nim:maxConcurrency where several pipelines share one.";

export interface NimNetwork {
  readonly toNim: Transport;
  /** The way to `nim:oidcTokenUrl`. */
  readonly toTokens: Transport;
}

export function nimNetwork(config: NimSettings, open: OpenNetwork): NimNetwork {
  const { login, caCertificate } = config;
  const toNim = open("nim", config);
  if (login.auth !== "oidc") return { toNim, toTokens: toNim };
  // Whatever is believed of a manager for once, what is sent for a token is worth more than one manager.
  const toTokens = open("nim", { endpoint: new URL(login.oidcTokenUrl).origin, caCertificate, maxConcurrency: 1 });
  return { toNim, toTokens };
}

export interface NimWay {
  /** As nobody. */
  readonly http: Transport;
  /** As who is configured. @throws OtherVersion where NIM has the API in another one than the configured version */
  readonly send: Transport;
}

/** @param keepSecret - told what no message may show */
export function wayToNim(
  config: NimSettings,
  clock: Clock,
  serverTime: ServerTime,
  keepSecret: (secret: string) => void,
  { toNim, toTokens }: NimNetwork,
): NimWay {
  let mode: unknown;
  const listening: Transport = async (request) => {
    const answer = await toNim(request);
    mode = answer.headers["nginx-management-suite-auth"];
    return answer;
  };
  const http = createHttp({
    system: nimName,
    endpoint: config.endpoint,
    limits: { requestsPerSecond: config.maxRequestsPerSecond, concurrency: config.maxConcurrency },
    limitAdvice,
    clock,
    serverTime,
    transport: listening,
    readError,
  });
  const send = loggedIn(config, { http, isOidc: () => mode === "OIDC" }, clock, keepSecret, toTokens);
  return { http, send: inOneVersion(config, send) };
}
