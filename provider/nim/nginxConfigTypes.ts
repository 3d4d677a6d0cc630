import type { InstanceOutcome, InstanceReference } from "./instanceTypes.ts";

/** Arguments of an NGINX configuration. Exactly one of `instance` and `instanceGroup` is given. */
export interface NginxConfigInputs {
  /** The instance to configure. A change replaces the resource. */
  instance?: InstanceReference;
  /** Uid of the instance group to configure. A change replaces the resource. */
  instanceGroup?: string;
  /**
   * The configuration: text by absolute path, the main file among them. All that there is: publishing removes files of
   * the instance's configuration that are not here. At most 2,359,296 bytes a file, some 6 MB together.
   */
  files: Record<string, string>;
  /** Files that the configuration refers to, such as pages and `.htpasswd`; a secret value stays one. */
  auxFiles?: Record<string, string>;
  /** What the configuration was made from, 1 to 150 characters. @default the Git commit of the program's folder, if any */
  externalId?: string;
  /** What deleting the resource does: leave the configuration, or publish these files. @default "retain" */
  onDelete?: "retain" | Record<string, string>;
  /**
   * Publishes also over what is somebody else's: for the first time where the config has files that the stack does not
   * declare, or was published from a commit by another stack or pipeline; and later over files that lay on the host and
   * that a publish has made part of the config. A publish replaces the whole config, so they go. Certificates that NIM
   * manages stay in any case. @default false
   */
  adopt?: boolean;
}

/** Outputs of an NGINX configuration. */
export interface NginxConfigOutputs {
  /** The publish that brought the configuration there; empty when it was there already. */
  deploymentUid: string;
  /** NIM's hash of the configuration. */
  versionHash: string;
  /** How each instance took it. */
  instances: InstanceOutcome[];
  /** When the configuration changed last, in ISO 8601 (UTC). */
  updateTime: string;
  /** Declared files that agents never report, such as private keys: a change in them by others cannot be seen. */
  unreadableFiles: string[];
  /**
   * Files that lay on the host, that a publish of this stack has made part of the config, and that the program does not
   * declare. While there are any, each update stops and names them, but with `adopt`.
   */
  undeclaredFiles: string[];
  /** Of a group: the hashes of what its members ran when this stack looked last; none while not all had taken its config. */
  memberVersions: string[];
  /** Which resource of which stack published last. */
  ownerMark: string;
}
