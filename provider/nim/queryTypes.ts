// What queries of NIM take and give. Names of criteria and results are those of the arguments of resources.
import type { GroupReference, InstanceReference } from "./instanceTypes.ts";
import type { Permission } from "./roleTypes.ts";

/** What a system is looked for by. Several criteria must all be met; texts must be the same letter by letter. */
export interface SystemCriteria {
  /** The host's name. */
  hostname?: string;
  /** NIM's identifier of the system. */
  uid?: string;
  /** A tag that the system has, such as `env:prod`. */
  tag?: string;
}

/** A host with an agent. */
export interface QueriedSystem {
  /** NIM's identifier. */
  uid: string;
  /** The host's name. */
  hostname: string;
  /** The name that NIM shows. */
  displayName: string;
  /** All tags. */
  tags: string[];
  /** The instances on it. */
  instances: InstanceReference[];
}

/** What an instance is looked for by. Several criteria must all be met; texts must be the same letter by letter. */
export interface InstanceCriteria {
  /** Name of the host that it runs on. */
  hostname?: string;
  /** The name that NIM shows. */
  displayName?: string;
  /** Uid of its system. */
  systemUid?: string;
  /** Its own uid. */
  instanceUid?: string;
  /** Uid of its instance group. */
  instanceGroupUid?: string;
  /** Name of its instance group. */
  instanceGroupName?: string;
  /** `online` or `offline`. */
  state?: string;
  /** Version of nginx, such as `1.26.3`. */
  version?: string;
  /** Whether it is NGINX Plus. */
  isPlus?: boolean;
}

/** An nginx; as it is, it fits `instance` of a `NginxConfig`. */
export interface QueriedInstance extends InstanceReference {
  /** Name of the host that it runs on. */
  hostname: string;
  /** The name that NIM shows. */
  displayName: string;
  /** Version of nginx, such as `1.26.3`. */
  version: string;
  /** Whether it is NGINX Plus. */
  isPlus: boolean;
  /** `online` or `offline`; empty where NIM does not say. */
  state: string;
  /** Uid of its instance group; `undefined` where it is in none. */
  instanceGroupUid: string | undefined;
}

/** What an instance group is looked for by. Several criteria must all be met. */
export interface InstanceGroupCriteria {
  /** The name by which agents join it. */
  name?: string;
  /** The name that NIM shows. */
  displayName?: string;
  /** NIM's identifier. */
  uid?: string;
}

export interface QueriedInstanceGroup {
  /** NIM's identifier, which `instanceGroup` of a `NginxConfig` takes. */
  uid: string;
  /** The name by which agents join it. */
  name: string;
  /** The name that NIM shows. */
  displayName: string;
  /** Empty where there is none. */
  description: string;
  /** Uids of its instances. */
  instances: string[];
  /** What its config was made from; `undefined` where nobody said, or somebody has edited it since. */
  externalId: string | undefined;
}

/** Whose config. Exactly one of `instance` and `instanceGroup` is given. */
export interface InstanceConfigCriteria {
  /** The instance. */
  instance?: InstanceReference;
  /** Uid of the instance group. */
  instanceGroup?: string;
  /** What the config was made from that is wanted. @default the one that is there now */
  externalId?: string;
}

/** What a file holds: text, or bytes that are none. */
export type QueriedContent = string | { base64: string };

export interface QueriedConfig {
  /** The main file and what it includes, by absolute path. */
  files: Record<string, QueriedContent>;
  /** Files that the config refers to. */
  auxFiles: Record<string, QueriedContent>;
  /** Files that hold a private key, and are therefore not among the others. */
  withheldFiles: string[];
  /** What it was made from; `undefined` where nobody said, or somebody has edited it since. */
  externalId: string | undefined;
  /** When it changed last, in ISO 8601 (UTC). */
  updateTime: string;
}

/**
 * Which config is analysed. Exactly one of `files`, `stagedConfig`, and the one that an `instance` or an `instanceGroup` has now:
 * then neither `files` nor `stagedConfig` is given.
 */
export interface AnalyzeConfigArgs {
  /** A config by absolute path, the main file among them; as {@link QueriedConfig} has them. */
  files?: Record<string, QueriedContent>;
  /** Files that it refers to. */
  auxFiles?: Record<string, QueriedContent>;
  /** A staged config: its name where only one has it, its uid, or `ref` of a `StagedConfig`. */
  stagedConfig?: string;
  /** For which instance the others are analysed, or whose config of now is. */
  instance?: InstanceReference;
  /** Uid of the instance group whose config of now is analysed. */
  instanceGroup?: string;
}

export interface ConfigAnalysis {
  /** In NIM's order; none where it finds nothing. */
  findings: ConfigFinding[];
}

/** What NIM's analysis says of a config. */
export interface ConfigFinding {
  /** Whether nginx would refuse it, as far as NIM can tell, which has neither the host's modules nor its files. */
  severity: "error" | "warning";
  /** The file; left out where NIM names none. */
  file?: string;
  /** Its line, from 1; left out where NIM names none. */
  line?: number;
  /** What is wrong, in NIM's words. */
  message: string;
  /** The rule that it breaks; left out where NIM names none. */
  rule?: string;
}

/** What a staged config is looked for by. Several criteria must all be met. */
export interface StagedConfigCriteria {
  /** Its name, which several may have. */
  name?: string;
  /** NIM's identifier. */
  uid?: string;
}

/** A config that is kept in NIM until somebody publishes it. */
export interface QueriedStagedConfig {
  /** NIM's identifier. */
  uid: string;
  /** Its name, which several may have. */
  name: string;
  /** What it was made from; `undefined` where nobody said. */
  externalId: string | undefined;
  /** When it was made, in ISO 8601 (UTC); empty where NIM does not say. */
  createTime: string;
  /** When it changed last, in ISO 8601 (UTC); empty where NIM does not say. */
  updateTime: string;
}

/** What a certificate is looked for by. Several criteria must all be met. */
export interface CertificateCriteria {
  /** Its key in NIM. */
  name?: string;
  /** NIM's identifier. */
  uid?: string;
  /** Whether it ends within so many days from now; one that has ended counts. */
  expiresWithinDays?: number;
  /** Whether it has ended. */
  expired?: boolean;
}

/** A certificate, never with its key. */
export interface QueriedCertificate {
  /** Its key in NIM. */
  name: string;
  /** NIM's identifier. */
  uid: string;
  /** The certificate in PEM form with its chain; empty where there are only authorities. */
  certificate: string;
  /** Certificates of authorities in PEM form. */
  caCertificates: string[];
  /** Instances and groups that it is assigned to. */
  instances: (InstanceReference | GroupReference)[];
  /** SHA-256 of the certificate, as colon-separated hexadecimal bytes; empty where there are only authorities. */
  fingerprintSha256: string;
  /** The serial number, in hexadecimal; empty where there are only authorities. */
  serialNumber: string;
  /** Whom it names, such as `CN=www.example.com`. */
  subject: string;
  /** Who signed it. */
  issuer: string;
  /** Names and addresses that it is good for, such as `DNS:www.example.com`. */
  subjectAlternativeNames: string[];
  /** When it begins to be valid, in ISO 8601 (UTC); of authorities alone the first one's. */
  notBefore: string;
  /** When it ends to be valid, in ISO 8601 (UTC); of authorities alone the first one's. */
  notAfter: string;
}

/** What a role is looked for by. */
export interface RoleCriteria {
  /** Its key in NIM. */
  name?: string;
}

export interface QueriedRole {
  /** Its key in NIM. */
  name: string;
  /** NIM's identifier; empty where NIM shows none. */
  uid: string;
  /** The name that NIM shows; empty where there is none. */
  displayName: string;
  /** Empty where there is none. */
  description: string;
  /** All tags but this provider's own mark. */
  tags: string[];
  /** What it may do. */
  permissions: Permission[];
  /** Names of users who have it, as far as the release says. */
  users: string[];
  /** Names of user groups that have it, as far as the release says. */
  groups: string[];
}

/** What a user is looked for by. */
export interface UserCriteria {
  /** The login. */
  name?: string;
}

export interface QueriedUser {
  /** The login. */
  name: string;
  /** NIM's identifier; empty where NIM shows none. */
  uid: string;
  /** The name that NIM shows; empty where there is none. */
  displayName: string;
  /** Empty where there is none. */
  description: string;
  /** Empty where there is none. */
  email: string;
  /** Empty where there is none. */
  firstName: string;
  /** Empty where there is none. */
  lastName: string;
  /** Names of its roles. */
  roles: string[];
  /** Names of its user groups. */
  groups: string[];
}

/** Nothing is asked for. */
export type NoCriteria = Record<never, never>;

/** What roles give permission for. */
export interface QueriedFeature {
  /** What `feature` of a permission takes, such as `INSTANCE-MANAGEMENT`. */
  id: string;
  /** The name that NIM shows; the id where there is none. */
  name: string;
}

/** Who asks, as NIM sees it. */
export interface QueriedUserInfo extends Omit<QueriedUser, "uid" | "description" | "displayName"> {
  /** All that NIM answered. */
  details: Record<string, unknown>;
}

/** Which events. */
export interface EventCriteria {
  /** Predicates over dimensions in NIM's own notation, such as `level='ERROR' AND instance=web*`. */
  filter?: string;
  /** Such as `timestamp DESC,id`. @default NIM's own order */
  orderBy?: string;
  /** From when on: ISO 8601, `now-3h`, or an event's id. */
  startTime?: string;
  /** Until when, exclusively, in the same notations; needs a `startTime`. */
  endTime?: string;
  /** So many from the beginning at most. @default all that there are */
  limit?: number;
}

export interface QueriedEvent {
  /** NIM's identifier. */
  id: string;
  /** When it happened, in ISO 8601. */
  timestamp: string;
  /** Such as `agent status`. */
  category: string;
  /** Such as `INFO`. */
  level: string;
  /** What happened, in words. */
  message: string;
  /** Such as `Config Apply Failure`; empty where there is none. */
  status: string;
  /** What went wrong; empty where nothing did. */
  error: string;
  /** Whom it is about, such as `hostname` and `nginx_id`. */
  dimensions: Record<string, string>;
  /** All that NIM answered. */
  details: Record<string, unknown>;
}

/** Which metrics. */
export interface MetricsCriteria {
  /** Names of the catalog, also in an aggregate function: `SUM(nginx.http.request.count)`. */
  names: string[];
  /** From when on: ISO 8601 or `now-12h`. @default the last value alone */
  startTime?: string;
  /** Until when, exclusively; needs a `startTime`. @default now */
  endTime?: string;
  /** One value for each such time, such as `1h`; needs an aggregate function and a `startTime`. */
  resolution?: string;
  /** Predicates over dimensions in NIM's own notation, such as `nginx_id='…' AND hostname=web*`. */
  filter?: string;
  /** Dimensions that each series shows; none of them with an empty list. @default all */
  dimensions?: string[];
  /** Dimensions by which values are put together; needs an aggregate function and a `startTime`. */
  groupBy?: string[];
}

export interface QueriedMetric {
  /** The name, without a function. */
  name: string;
  /** The aggregate function; empty where there is none. */
  aggregate: string;
  /** Values over time, one series for each set of dimensions. */
  series: {
    dimensions: Record<string, string>;
    /** In ISO 8601, one for each value. */
    timestamps: string[];
    /** `null` where there is none for its time. */
    values: (number | null)[];
  }[];
}

/** What can be asked of {@link QueriedMetric | metrics}. */
export interface QueriedMetricsCatalog {
  /** Metrics by name. */
  metrics: QueriedCatalogEntry[];
  /** Dimensions by name. */
  dimensions: QueriedCatalogEntry[];
}

export interface QueriedCatalogEntry {
  /** What queries take. */
  name: string;
  /** What it is; empty where NIM does not say. */
  description: string;
  /** All that NIM answered. */
  details: Record<string, unknown>;
}

/** Which servers that a scan of the network has found. */
export interface ScannedServersCriteria {
  /** Those that NIM manages, or those that it does not, as far as it can be told. */
  isManaged?: boolean;
}

export interface QueriedServer {
  /** Where it answers. */
  network: { ip: string; port: number }[];
  /** Such as `nginx`; empty where NIM does not say. */
  serverApplication: string;
  /** Its version; empty where NIM does not say. */
  version: string;
  /**
   * Whether NIM manages it: what NIM says of the server links to a system, or a system that NIM manages shows its
   * address. `undefined` where NIM says neither of any, so that nobody can tell.
   */
  isManaged: boolean | undefined;
  /** Certificates that it shows, as NIM tells them: `endpoint` with `ip` and `port`, and `metadata`. */
  certificates: Record<string, unknown>[];
  /** Known weaknesses of that version; texts are empty where NIM does not say. */
  cves: { id: string; severity: string; description: string; advisory: string }[];
  /** All that NIM answered. */
  details: Record<string, unknown>;
}

/** Where a scan looks. */
export interface ScanNetworkArgs {
  /** IPv4 networks and addresses, each address once: `10.0.0.0/24`, `10.0.7.5`. */
  cidr: string | string[];
  /** Ports and ranges, each port once: `80`, `"8000-8100"`. @default [80, 443] */
  ports?: (number | string)[];
  /** Only hosts that answer a ping, or every address. @default "icmp" */
  discovery?: "icmp" | "none";
  /** Whether networks wider than a /20 (4,096 addresses) are scanned as well. @default false */
  yesAll?: boolean;
  /** Only servers that NIM manages, or only those that it does not, as far as it can be told. @default all */
  isManaged?: boolean;
}

export interface NetworkScan {
  /** One for each network, in the order of `cidr`. */
  scans: {
    cidr: string;
    /** Whether NIM was done when it answered; else it scans on, and the servers are those that it had found until then. */
    isComplete: boolean;
    /** `undefined` where NIM does not tell. */
    percentageComplete: number | undefined;
  }[];
  /** What NIM knows of servers there, by address: also what an earlier scan has found. `network` has only what was asked for. */
  servers: QueriedServer[];
}
