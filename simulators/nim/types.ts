import type { KeyObject, X509Certificate } from "node:crypto";
import type { Environment, SimResponse } from "../kit/index.ts";
import type { NginxHost } from "./nginx/hostTypes.ts";
import type { Disk } from "./nginx/tree.ts";
import type { nimSwitches } from "./switches.ts";

export type NimEnvironment = Environment<typeof nimSwitches>;
export type Json = Record<string, unknown>;

/** Where the API begins. The version is one of the whole API: what refers to something has it in its path, too. */
export const basePath = ({ apiVersion }: Pick<NimEnvironment["switches"], "apiVersion">) =>
  `/api/platform/${apiVersion}`;
/** Go's zero time stands for "none" (docs/nim.md#bodies). */
export const zeroTime = "0001-01-01T00:00:00Z";

export interface Author {
  user: string;
  requestId: string;
}

/** A request after the gateway: logged in, routed, its JSON read. */
export interface NimRequest extends Author {
  method: string;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

export type NimHandler = (request: NimRequest) => SimResponse | Promise<SimResponse>;
/** Handlers by `METHOD /path/{parameter}`, below the base path. */
export type Routes = Record<string, NimHandler>;

export type ExternalIdType = "git" | "other";

/** The two parts of a config as NIM keeps them; files by absolute path. */
export interface ConfigFiles {
  configFiles: Map<string, Buffer>;
  configRootDir: string;
  auxFiles: Map<string, Buffer>;
  auxRootDir: string;
}

export interface ConfigVersion extends ConfigFiles {
  uid: string;
  createTime: string;
  externalId: string | null;
  externalIdType: ExternalIdType;
  versionHash: string;
}

export interface System {
  uid: string;
  hostname: string;
  displayName: string;
  tags: string[];
  registrationTime: string;
}

export interface Instance {
  uid: string;
  systemUid: string;
  hostname: string;
  plus: boolean;
  configPath: string;
  host: NginxHost;
  /** Agents of an offline instance do nothing; what was published meanwhile reaches them when they are back. */
  online: boolean;
  /** Removed with DELETE until the agent registers again. */
  registered: boolean;
  /** With a message: the agent refuses every config. */
  refusal: string | undefined;
  disk: Disk;
  leftOut: string[];
  /** Newest first. */
  versions: ConfigVersion[];
  updateTime: string;
  registrationTime: string;
  groupUid: string | undefined;
  lastDeployment: Deployment | undefined;
}

export interface Group {
  uid: string;
  name: string;
  displayName: string;
  description: string;
  createTime: string;
  updateTime: string;
  versions: ConfigVersion[];
  lastDeployment: Deployment | undefined;
}

/** One publish under way or done (docs/nim.md#deployments). */
export interface Deployment {
  uid: string;
  kind: "instance" | "group";
  createTime: string;
  updateTime: string;
  /** The group's name; empty for an instance. */
  target: string;
  pending: Instance[];
  succeeded: Instance[];
  failed: { instance: Instance; message: string }[];
  done: boolean;
}

export interface KeyPaths {
  cert: string;
  key: string;
}

/** A managed certificate. */
export interface Cert {
  name: string;
  uid: string;
  publicCert: string;
  caCerts: string[];
  password: string;
  key: KeyObject | undefined;
  /** Leaf first; of a CA-only entry its authorities. */
  certificates: X509Certificate[];
  instanceRefs: string[];
  /** Paths that the client asked for, by system. */
  wantedPaths: Map<string, KeyPaths[]>;
  nginxResourceType: string | undefined;
  created: string;
  modified: string;
}
