// The questions that are the same for every system: is it set up, does it answer, whom does it show, what time has it.
import type { X509Certificate } from "node:crypto";
import type { z } from "zod";
import type { Clock } from "./clock.ts";
import { ApiError, ConnectionError, messageOf } from "./errors.ts";
import type { Finding, Say } from "./finding.ts";
import { readJson } from "./json.ts";
import { createServerTime, type ServerTime } from "./serverTime.ts";
import { type ConfigReader, type Environment, SettingsError } from "./settings.ts";
import { type TimeLimit, TimeUp, timeLimit } from "./timeLimit.ts";
import type { OpenNetwork, Request, Transport } from "./transport.ts";

/** What a look at a system takes from the world around it. */
export interface CheckWorld {
  readonly config: ConfigReader;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly open: OpenNetwork;
  keepSecret(secret: string): void;
  report(finding: Finding): void;
}

const policy = {
  /** Seconds for one question: whoever checks waits before the screen, whatever `timeout` is for a run. */
  patience: 30,
  /** Days before its end in which a certificate is worth a word. */
  renewal: 30,
  /** Seconds that two clocks may be apart. */
  skew: 60,
};

export function patience(clock: Clock, seconds = policy.patience): TimeLimit {
  return timeLimit(clock, seconds, "the time for one question of a check");
}

/** How one host is asked, and what its connections show of it. */
export interface Asking {
  readonly open: OpenNetwork;
  /** What the host has shown last. */
  certificate(): X509Certificate | undefined;
  get(path: string, more?: Partial<Request>): Request;
}

export function asking({ clock, open }: CheckWorld, endpoint: string): Asking {
  let shown: X509Certificate | undefined;
  return {
    open: (system, options) =>
      open(system, {
        ...options,
        // Another host may be asked for tokens.
        onCertificate: (seen) => {
          if (options.endpoint === endpoint) shown = seen;
        },
      }),
    certificate: () => shown,
    get: (path, more = {}) => ({
      method: "GET",
      path,
      headers: { accept: "application/json" },
      limit: patience(clock),
      ...more,
    }),
  };
}

/** The settings, their secrets kept; `undefined` where they cannot be used, which is said then as the provider says it. */
export function usableSettings<S extends { readonly secrets: readonly string[] }>(
  say: Say,
  load: () => S,
  keepSecret: CheckWorld["keepSecret"],
): S | undefined {
  try {
    const settings = load();
    settings.secrets.forEach(keepSecret);
    return settings;
  } catch (error) {
    const problems = error instanceof SettingsError ? error.problems : [{ what: messageOf(error) }];
    problems.forEach(({ what, wayOut }, index) => {
      // One without a way out tells more about the one before.
      if (wayOut === undefined && index > 0) return;
      const more = problems[index + 1];
      const next = [wayOut ?? "Correct it.", more && more.wayOut === undefined ? more.what : ""];
      say.error("settings", what, next.filter(Boolean).join(" "));
    });
    return undefined;
  }
}

/** Why nothing more can be asked of a host, if so. */
export function sayUnreached(say: Say, system: string, error: unknown): void {
  const next = `See ${system}:endpoint (${system.toUpperCase()}_ENDPOINT), and the way from this machine to there.`;
  if (error instanceof TimeUp || (error instanceof ConnectionError && !error.mayHaveArrived)) {
    say.error("connection", messageOf(error), next);
    return;
  }
  say.error("identity", messageOf(error), next);
}

/** Whether a host has answered, if only with a refusal. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ApiError;
}

export function sayCertificate(
  say: Say,
  system: string,
  endpoint: string,
  settings: { readonly thumbprint?: string | undefined; readonly insecureSkipVerify: boolean },
  certificate: X509Certificate | undefined,
  now: number,
): void {
  if (!certificate) {
    say.ok("certificate", `None: ${endpoint} is asked without TLS, which is allowed for this machine itself alone.`);
    return;
  }
  const until = certificate.validToDate;
  const what = `SHA-256 fingerprint ${certificate.fingerprint256}, valid until ${until.toISOString()}`;
  const days = Math.floor((until.getTime() - now) / 86_400_000);
  if (settings.insecureSkipVerify && settings.thumbprint === undefined) {
    const next = `Set ${system}:thumbprint to the fingerprint if its administrator confirms it, or ${system}:caCertificate to its authority.`;
    say.warning("certificate", `Not verified, for ${system}:insecureSkipVerify is on: ${what}.`, next);
  } else if (settings.thumbprint !== undefined) {
    say.ok("certificate", `It is the one of ${system}:thumbprint: ${what}.`);
  } else if (days < policy.renewal) {
    const next = "Have it renewed: from then on nothing is sent there.";
    say.warning("certificate", `Verified, and ends in ${days} days: ${what}.`, next);
  } else {
    say.ok("certificate", `Verified: ${what}.`);
  }
}

/** A server's time, and whether it has told any. */
export function listenToClock(clock: Clock): { serverTime: ServerTime; ahead(): number | undefined } {
  const serverTime = createServerTime(clock);
  let told = false;
  return {
    serverTime: {
      ...serverTime,
      heard(date) {
        told ||= !Number.isNaN(Date.parse(String(date)));
        serverTime.heard(date);
      },
    },
    ahead: () => (told ? serverTime.at(0) : undefined),
  };
}

/** @param ahead - milliseconds by which the server's clock is ahead of ours; `undefined` where it does not tell */
export function sayClock(say: Say, name: string, ahead: number | undefined): void {
  if (ahead === undefined) {
    say.warning("clock", `${name} tells no time with its answers, so it cannot be compared with this machine's.`);
    return;
  }
  const seconds = Math.round(Math.abs(ahead) / 1_000);
  if (seconds <= policy.skew) {
    say.ok("clock", `${name} and this machine have the same time, to ${Math.max(seconds, 1)} s.`);
    return;
  }
  say.warning(
    "clock",
    `The clock of ${name} is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} this machine's: logins with tokens may be taken for ended or not yet good, and the times in states and histories do not agree.`,
    "Set both by NTP.",
  );
}

/** What a system answers, where it does so in that form. */
export async function answered<T>(send: Transport, request: Request, form: z.ZodType<T>): Promise<T | undefined> {
  try {
    return readJson((await send(request)).body, form);
  } catch {
    return undefined;
  }
}
