import type { InstanceOutcome, InstanceReference } from "./instanceTypes.ts";

/**
 * A file or an address as Pulumi's engine hands it on (`FileAsset`, `RemoteAsset`): with the SHA-256 of its bytes, which
 * is all that old properties say of it.
 */
export interface AssetReference {
  "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17";
  hash: string;
  path?: string | undefined;
  uri?: string | undefined;
}

/** What a file holds, as the state has it. */
export type FileContent = string | { base64: string } | AssetReference;

/** Arguments of an NGINX configuration. Exactly one of `instance` and `instanceGroup` is given, and one of `files` and `stagedConfig`. */
export interface NginxConfigInputs<Content = FileContent> {
  /** The instance to configure. A change replaces the resource. */
  instance?: InstanceReference;
  /** Uid of the instance group to configure. A change replaces the resource. */
  instanceGroup?: string;
  /**
   * The configuration by absolute path, the main file among them. All that there is: publishing removes files of the
   * instance's configuration that are not here.
   *
   * A file is text, or bytes as `{ base64: "…" }` in any notation of tools, or one of Pulumi's assets: `FileAsset`,
   * `StringAsset`, `RemoteAsset` (which Pulumi fetches in each run for its hash, and the provider once more to publish it,
   * in a minute at most; user and password in its address go to that origin only, and are in the state unless the asset is
   * a secret). Of files and addresses the state keeps path and SHA-256 only. In place of a folder's files a `FileArchive` (a
   * folder, or a `.tar`, `.tar.gz`, `.tgz` or `.zip`) or an `AssetArchive` under the folder's path; a file that is named
   * besides goes before the one in it, of several of one name in it the last counts, and one without a file is refused. At
   * most 2,359,296 bytes a file, and 10,000 files a folder; how much NIM takes together is a setting of NIM.
   */
  files?: Record<string, Content>;
  /**
   * In place of `files` and `auxFiles`: the staged config that is published. `ref` of a `StagedConfig`,
   * `<uid>@sha256:<64 hex digits>`, names what it holds as well: each change of it is published, and one that somebody else
   * has made stops the publish. The uid alone stands for whatever the staged config holds when this resource is created or
   * updated; that it holds something else since shows in a refresh.
   */
  stagedConfig?: string;
  /** Files that the configuration refers to, such as pages and `.htpasswd`, like `files`; a secret value stays one. */
  auxFiles?: Record<string, Content>;
  /** What the configuration was made from, 1 to 150 characters. @default the Git commit of the program's folder, if any, with -dirty where files differ from it */
  externalId?: string;
  /**
   * What deleting the resource does: leave the configuration, or publish these files, the main file among them (of a group
   * those of all members). The state keeps what they hold, for the files of the program may be gone by then; so a
   * `RemoteAsset` cannot be among them.
   * @default "retain"
   */
  onDelete?: "retain" | Record<string, Content>;
  /**
   * NIM analyses the configuration before each publish, but that of `onDelete`. Left out, errors of syntax in `files` stop the
   * publish with file and line, and what else it finds is shown: NIM has neither the host's modules nor what it has yet to
   * place there, such as certificates. No publish waits longer than 30 s for it, and none is stopped by a NIM that has no
   * analysis, refuses it or answers something unknown. With `errors` all errors stop the publish, and so does an analysis that
   * does not answer; where NIM has none, it is said. With `off` NIM is not asked. @default only errors of syntax stop
   */
  analyze?: "errors" | "off";
  /**
   * Publishes also over what is somebody else's: for the first time where the config has files that the stack does not
   * declare, or was published from a commit by another stack or pipeline; and later over files that lay on a host and
   * that a publish has made part of the config, such as those in a folder that it includes. A publish replaces the whole
   * config, so they go: the former are listed before, the latter are known only then and are listed when they are gone.
   * Certificates that NIM manages stay in any case. @default false
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
   * Files that lay on the host, or on a member's of the group, that a publish of this stack has made part of the config,
   * and that the program does not declare. While there are any, each update stops and names them, but with `adopt`.
   */
  undeclaredFiles: string[];
  /**
   * Of a group: the hashes of what its members ran when this stack looked last, and the group's in place of one that showed
   * something else; none while not all had taken its config.
   */
  memberVersions: string[];
  /** Of a config that was published by reference: the SHA-256 of each file that was there when this stack looked last. */
  stagedFiles?: { files: Record<string, string>; auxFiles: Record<string, string> };
  /** Which resource of which stack published last. */
  ownerMark: string;
}
