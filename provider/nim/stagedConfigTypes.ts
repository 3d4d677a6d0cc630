import type { FileContent } from "./nginxConfigTypes.ts";

/** Arguments of a staged config. */
export interface StagedConfigInputs<Content = FileContent> {
  /**
   * The name shown in NIM, at most 255 characters. NIM may have several of one name; a program has one, for it is by its
   * name and content that one is found again whose making was interrupted. A change replaces the staged config.
   * @default the resource's name and eight characters made from its URN
   */
  name?: string;
  /** The configuration by absolute path, the main file among them: all that there is. Files are given as in a `NginxConfig`. */
  files: Record<string, Content>;
  /** Files that the configuration refers to, such as pages and `.htpasswd`, like `files`; a secret value stays one. */
  auxFiles?: Record<string, Content>;
  /** What the configuration was made from, 1 to 150 characters. @default the Git commit of the program's folder, if any, with -dirty where files differ from it */
  externalId?: string;
  /** Takes over the staged config of this name that this stack did not make, where there is exactly one. @default false */
  adopt?: boolean;
}

/** Outputs of a staged config. */
export interface StagedConfigOutputs {
  /** NIM's own identifier. */
  uid: string;
  /**
   * The staged config with the SHA-256 of what it holds, `<uid>@sha256:<64 hex digits>`. It changes with the content, so a
   * `NginxConfig` with `stagedConfig: staged.ref` publishes each change, and never anything else than what is staged here.
   */
  ref: string;
  /** When it was made, in ISO 8601 (UTC). */
  createTime: string;
  /** When it was written last, in ISO 8601 (UTC). */
  updateTime: string;
  /** Which resource of which stack wrote it last. */
  ownerMark: string;
}
