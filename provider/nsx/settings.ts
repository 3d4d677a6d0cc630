import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { z } from "zod";
import {
  type ConfigReader,
  certificatePem,
  common,
  type Environment,
  endpoints,
  flag,
  keyPem,
  load,
  type SystemSettings,
  secretOrigin,
  tokenText,
} from "../travel/settings.ts";

const general = z.object({
  ...common,
  /** One manager, or those of a cluster with commas between: the next is asked where one does not answer or redirects there. */
  endpoint: endpoints,
  /** The limit is per NSX user, whatever the connection. */
  maxRequestsPerSecond: z.coerce.number().positive().optional(),
  /** Requests under way at once. */
  maxConcurrency: z.coerce.number().int().positive().optional(),
  /** What an update does about a managed field that somebody else changed. */
  onConflict: z.enum(["fail", "preserve", "overwrite"]).default("fail"),
  /** `hierarchical` sends writes that are under way together as one request; it pays with a higher `--parallel`. */
  writeStrategy: z.enum(["put", "hierarchical"]).default("put"),
  /** `true` writes over what another principal protects (`X-Allow-Overwrite`), where the account may. */
  allowOverwrite: flag.default(false),
});

const logins = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  clientCertificate: certificatePem,
  clientKey: keyPem,
  clientKeyPassphrase: z.string().optional(),
  token: tokenText,
  vmcRefreshToken: tokenText,
  vmcClientId: z.string().min(1),
  vmcClientSecret: z.string().min(1),
  vmcAuthUrl: z.string().default("https://console.cloud.vmware.com").pipe(secretOrigin),
});

/** All that can be said of NSX. */
export const nsx: SystemSettings<typeof general, typeof logins> = {
  system: "nsx",
  general,
  logins,
  secrets: ["password", "clientKey", "clientKeyPassphrase", "token", "vmcRefreshToken", "vmcClientSecret"],
  ways: [
    { auth: "session", needs: ["username", "password"] },
    { auth: "basic", needs: ["username", "password"] },
    { auth: "certificate", needs: ["clientCertificate", "clientKey"], takes: ["clientKeyPassphrase"] },
    { auth: "token", needs: ["token"] },
    { auth: "vmc", needs: ["vmcRefreshToken"], takes: ["vmcAuthUrl"] },
    { auth: "vmc", needs: ["vmcClientId", "vmcClientSecret"], takes: ["vmcAuthUrl"] },
  ],
};

/** What NSX is shown (guide: "Authentication"). */
export type NsxLogin =
  /** Logs in once a process. */
  | { readonly auth: "session"; readonly username: string; readonly password: string }
  /** Sends the password with each request. */
  | { readonly auth: "basic"; readonly username: string; readonly password: string }
  /** A principal identity's, in the TLS handshake. */
  | {
      readonly auth: "certificate";
      readonly clientCertificate: string;
      readonly clientKey: string;
      readonly clientKeyPassphrase?: string;
    }
  /** A JWT that somebody else renews. */
  | { readonly auth: "token"; readonly token: string }
  /** VMware Cloud: what an access token of half an hour is got for. */
  | ({ readonly auth: "vmc"; readonly vmcAuthUrl: string } & (
      | { readonly vmcRefreshToken: string }
      | { readonly vmcClientId: string; readonly vmcClientSecret: string }
    ));

/** The guide's; of 40 under way two are left to others. */
export const usualLimits = { requestsPerSecond: 100, concurrency: 38 };

type Limits = "maxRequestsPerSecond" | "maxConcurrency";

export interface NsxSettings
  extends Omit<z.output<typeof general>, "endpoint" | Limits>,
    Readonly<Record<Limits, number>> {
  /** The limits that somebody has set, and the manager's own do not go beyond. */
  readonly stated: Readonly<Partial<Record<Limits, number>>>;
  /** The manager that is asked first. */
  readonly endpoint: string;
  /** All managers, the first included. */
  readonly managers: readonly string[];
  readonly login: NsxLogin;
  /** The places where what logs in may be given, in words. */
  readonly credentials: string;
  /** The places where other settings may be given, in words. */
  placesOf(keys: readonly string[]): string;
  /** Texts that nobody may see. */
  readonly secrets: readonly string[];
}

/** The settings of NSX. @throws an Error that names each missing or wrong setting and the ways to give it */
export function nsxSettings(config: ConfigReader, environment: Environment): NsxSettings {
  const loaded = load(nsx, config, environment);
  const { endpoint: managers, maxRequestsPerSecond, maxConcurrency, ...rest } = loaded.general;
  const stated = {
    ...(maxRequestsPerSecond !== undefined && { maxRequestsPerSecond }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
  };
  const limits = {
    maxRequestsPerSecond: usualLimits.requestsPerSecond,
    maxConcurrency: usualLimits.concurrency,
    ...stated,
    stated,
  };
  const { credentials, placesOf, secrets } = loaded;
  const login = { auth: loaded.auth, ...loaded.login } as NsxLogin;
  if (login.auth === "certificate") checkPair(login);
  return { ...rest, ...limits, managers, endpoint: managers[0] as string, login, credentials, placesOf, secrets };
}

/** @throws where no handshake could succeed with the two */
function checkPair({ clientCertificate, clientKey, clientKeyPassphrase }: NsxLogin & { auth: "certificate" }): void {
  const [certificate, key] = [readCertificate(clientCertificate), readKey(clientKey, clientKeyPassphrase)];
  if (!certificate) throw new Error("nsx:clientCertificate is wrong: its certificate cannot be read.");
  if (!key) {
    const why = /ENCRYPTED/.test(clientKey)
      ? `is encrypted, and nsx:clientKeyPassphrase ${clientKeyPassphrase === undefined ? "is not set" : "does not open it"}`
      : "is wrong: its private key cannot be read";
    throw new Error(`nsx:clientKey ${why}.`);
  }
  if (!certificate.checkPrivateKey(key)) throw new Error("nsx:clientKey does not belong to nsx:clientCertificate.");
  if (certificate.validToDate.getTime() <= Date.now()) {
    throw new Error(`nsx:clientCertificate has expired at ${certificate.validToDate.toISOString()}.`);
  }
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function readKey(pem: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    return undefined;
  }
}
