import { z } from "zod";
import {
  type ConfigReader,
  common,
  type Environment,
  load,
  type SystemSettings,
  secretUrl,
  tokenText,
  withoutTrailingSlashes,
} from "../travel/settings.ts";

const general = z.object({
  ...common,
  /** The version of the whole API, which stands in the path of every request (guide: "Versioning"). */
  apiVersion: z
    .string()
    .regex(/^v[0-9]+$/, "must be v and a number, such as v1")
    .default("v1"),
  /** Where the API begins on the host, its version included; what {@link apiVersion} makes of it where it is left out. */
  basePath: z
    .string()
    .refine(
      (path) =>
        path.startsWith("/") && URL.canParse(path, "http://host") && new URL(path, "http://host").pathname === path,
      "must be the path of a URL, such as /api/platform/v1",
    )
    .transform(withoutTrailingSlashes)
    .optional(),
  /** NIM's gateway lets 20 requests a second through from one address, with bursts of 20. */
  maxRequestsPerSecond: z.coerce.number().positive().default(20),
  /** Requests under way at once. */
  maxConcurrency: z.coerce.number().int().positive().default(8),
});

const logins = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  token: tokenText,
  oidcTokenUrl: secretUrl,
  oidcClientId: z.string().min(1),
  oidcClientSecret: z.string().min(1),
  oidcScope: z.string().min(1).optional(),
});

/** All that can be said of NGINX Instance Manager. */
export const nim: SystemSettings<typeof general, typeof logins> = {
  system: "nim",
  general,
  either: { keys: ["apiVersion", "basePath"], why: "each says where the API begins" },
  logins,
  secrets: ["password", "token", "oidcClientSecret"],
  ways: [
    { auth: "basic", needs: ["username", "password"] },
    { auth: "token", needs: ["token"] },
    { auth: "oidc", needs: ["oidcTokenUrl", "oidcClientId", "oidcClientSecret"], takes: ["oidcScope"] },
  ],
};

/** What NIM is shown (guide: "Authentication"). */
export type NimLogin =
  | { readonly auth: "basic"; readonly username: string; readonly password: string }
  /** A JWT that somebody else renews. */
  | { readonly auth: "token"; readonly token: string }
  /** An account of the identity provider, for which it gives tokens (`client_credentials`). */
  | {
      readonly auth: "oidc";
      readonly oidcTokenUrl: string;
      readonly oidcClientId: string;
      readonly oidcClientSecret: string;
      readonly oidcScope?: string;
    };

export interface NimSettings extends z.output<typeof general> {
  readonly basePath: string;
  /** Which setting says in what version the API is asked. */
  readonly versionIn: "apiVersion" | "basePath";
  readonly login: NimLogin;
  /** The places where what logs in may be given, in words. */
  readonly credentials: string;
  /** The places where other settings may be given, in words. */
  placesOf(keys: readonly string[]): string;
  /** Texts that nobody may see. */
  readonly secrets: readonly string[];
}

/** The settings of NGINX Instance Manager. @throws an Error that names each missing or wrong one and the ways to give it */
export function nimSettings(config: ConfigReader, environment: Environment): NimSettings {
  const { general: settings, auth, login, ...rest } = load(nim, config, environment);
  const { basePath = `/api/platform/${settings.apiVersion}` } = settings;
  const versionIn = settings.basePath === undefined ? "apiVersion" : "basePath";
  return { ...settings, basePath, versionIn, ...rest, login: { auth, ...login } as NimLogin };
}
