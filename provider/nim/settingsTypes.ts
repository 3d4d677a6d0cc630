import type { CommonProviderInputs } from "../travel/settingsTypes.ts";

/** What an explicit provider is told of NGINX Instance Manager; what is left out comes from the environment. */
export interface NimProviderInputs extends CommonProviderInputs {
  /** URL of NIM, such as `https://nim.example.com`, behind a reverse proxy with its path. A change replaces nothing. */
  endpoint?: string;
  /** Version of the whole API, which stands in every path (`/api/platform/v1`). Not beside `basePath`. @default "v1" */
  apiVersion?: string;
  /** Where the API begins on the host, its version included. @default "/api/platform/v1" */
  basePath?: string;
  /**
   * How to log in: `basic` with user and password, `token` with a JWT, `oidc` as an account of the identity provider.
   * @default what follows from the other arguments
   */
  auth?: "basic" | "token" | "oidc";
  /** The identity provider's token endpoint. */
  oidcTokenUrl?: string;
  /** Id of an account for machines there (`client_credentials`). */
  oidcClientId?: string;
  /** Its secret, which is one in the state, whether it is marked or not. */
  oidcClientSecret?: string;
  /** Scope to ask for, such as `api://nim/.default`. @default none */
  oidcScope?: string;
  /** Requests a second; NIM's gateway lets 20 through from one address. @default 20 */
  maxRequestsPerSecond?: number;
  /** Requests under way at once. @default 8 */
  maxConcurrency?: number;
}
