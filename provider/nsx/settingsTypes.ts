import type { CommonProviderInputs } from "../travel/settingsTypes.ts";

/** What an explicit provider is told of NSX; what is left out comes from the environment. */
export interface NsxProviderInputs extends CommonProviderInputs {
  /**
   * URL of the manager, such as `https://nsx.example.com`, behind a reverse proxy with its path. Several managers of one
   * cluster as a list, or with commas between: the next is asked where one does not answer or redirects there. A change
   * replaces nothing.
   */
  endpoint?: string | string[];
  /**
   * How to log in: `session` once a process with user and password, `basic` with them in each request, `certificate` in the
   * TLS handshake, `token` with a JWT, `vmc` at VMware Cloud.
   * @default what follows from the other arguments; `session` for user and password
   */
  auth?: "session" | "basic" | "certificate" | "token" | "vmc";
  /** A principal identity's certificate, as PEM text or as the path of a PEM file. */
  clientCertificate?: string;
  /**
   * Its private key, as PEM text or as the path of a PEM file. A secret in the state, whether it is marked as one or not.
   */
  clientKey?: string;
  /** Opens an encrypted `clientKey`. A secret in the state, whether it is marked as one or not. */
  clientKeyPassphrase?: string;
  /**
   * API token of a VMware Cloud account, or the path of a file that holds nothing else. A secret in the state, whether it is
   * marked as one or not.
   */
  vmcRefreshToken?: string;
  /** Id of a VMware Cloud OAuth app, in place of `vmcRefreshToken`. */
  vmcClientId?: string;
  /** Its secret, which is one in the state, whether it is marked or not. */
  vmcClientSecret?: string;
  /** Where VMware Cloud gives access tokens. @default "https://console.cloud.vmware.com" */
  vmcAuthUrl?: string;
  /**
   * Requests a second at most; the manager's limit is per user, whatever the connection.
   * @default what the manager tells of its own limit, or else 100
   */
  maxRequestsPerSecond?: number;
  /**
   * Requests under way at once at most.
   * @default 95 % of what the manager tells of its own limit, or else 38 of 40
   */
  maxConcurrency?: number;
  /**
   * What an update does about a managed field that somebody else changed: stops, leaves theirs, or writes over it.
   * @default "fail"
   */
  onConflict?: "fail" | "preserve" | "overwrite";
  /**
   * `put` writes each object by itself; `hierarchical` sends writes that are under way together as one request, best with
   * `pulumi up --parallel 200`.
   * @default "put"
   */
  writeStrategy?: "put" | "hierarchical";
  /** Writes over what another principal protects (`X-Allow-Overwrite`), where the account may. @default false */
  allowOverwrite?: boolean;
}
