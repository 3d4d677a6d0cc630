import { createHash } from "node:crypto";
import { directoryMap, readBack } from "./agent/readBack.ts";
import { hashOf, writeFiles } from "./files.ts";
import type { NginxHost } from "./nginx/hostTypes.ts";
import { packagedMain, startDisk } from "./startDisk.ts";
import {
  type Author,
  basePath,
  type ConfigFiles,
  type ConfigVersion,
  type ExternalIdType,
  type Group,
  type Instance,
  type Json,
  type NimEnvironment,
  type System,
} from "./types.ts";

export interface SystemOptions {
  hostname: string;
  /** NGINX Plus; default: open source. */
  plus?: boolean;
  /** Its main file; default: `/etc/nginx/nginx.conf`. */
  configPath?: string;
}

export interface Commit {
  externalId: string | null;
  externalIdType: ExternalIdType;
  /** Default: now. */
  updateTime?: string | undefined;
}

/** An edit in the UI or on the data plane loses the hash of the commit (docs/nim.md#publishing). */
export const editedByHand: Commit = { externalId: null, externalIdType: "other" };

/** Hosts, their instances and the groups of these. */
export interface Fleet {
  systems: Map<string, System>;
  instances: Map<string, Instance>;
  groups: Map<string, Group>;
  members(group: Group): Instance[];
  /** What refers to one. */
  instancePath(instance: Instance): string;
  groupPath(group: Group): string;
  /** What the agent of an instance would upload now. */
  live(instance: Instance): ConfigFiles;
  /** Makes what the instance runs now its newest version. */
  commitInstance(instance: Instance, commit: Commit, author: Author): void;
  commitGroup(group: Group, config: ConfigFiles, commit: Commit, author: Author): void;
  /** Bodies of `GET …/config`. */
  instanceConfig(instance: Instance): Json;
  groupConfig(group: Group): Json;
  /** Without a uid it gets a new one. */
  addGroup(name: string, displayName: string, description: string, uid?: string): Group;
  /** The time now, later than every stamp given before: two edits are never of the same time. */
  stamp(): string;
  /** One history for all objects: the version that a GET shows right after a commit. */
  record(kind: "create" | "update" | "delete", path: string, body: Json, author: Author): void;
  reset(): void;
}

export function createFleet(
  environment: NimEnvironment,
  hosts: Map<string, NginxHost>,
  specifications: SystemOptions[],
  groupName: string,
): Fleet {
  const { clock, history, random, switches } = environment;
  const instancePath = ({ systemUid, uid }: Instance) => `${basePath(switches)}/systems/${systemUid}/instances/${uid}`;
  const groupPath = ({ uid }: Group) => `${basePath(switches)}/instance-groups/${uid}`;
  const systems = new Map<string, System>();
  const instances = new Map<string, Instance>();
  const groups = new Map<string, Group>();
  const revisions = new Map<string, number>();
  let lastStamp = 0;

  const stamp = () => {
    lastStamp = Math.max(clock.now(), lastStamp + 1);
    return new Date(lastStamp).toISOString();
  };

  const record: Fleet["record"] = (kind, path, body, { user, requestId }) => {
    const revision = (revisions.get(path) ?? -1) + 1;
    revisions.set(path, revision);
    history.record({ path, revision, user, time: clock.now(), kind, body, requestId });
  };

  const live = (instance: Instance): ConfigFiles => {
    const { configFiles, auxFiles } = readBack(instance.disk, instance.configPath, switches.configDirs);
    return { configFiles, configRootDir: "/etc/nginx", auxFiles, auxRootDir: "/" };
  };

  const makeVersion = (config: ConfigFiles, { externalId, externalIdType }: Commit, createTime: string) => {
    const version: ConfigVersion = {
      ...config,
      uid: random.uuid(),
      createTime,
      externalId,
      externalIdType,
      versionHash: hashOf(config),
    };
    return version;
  };

  function keep(owner: { versions: ConfigVersion[] }, version: ConfigVersion): void {
    const versions = [version, ...owner.versions];
    owner.versions = switches.versionsKept === 0 ? versions : versions.slice(0, switches.versionsKept);
  }

  const viewOf = ({ versions, updateTime }: Instance | Group, createTime: string, config: ConfigFiles): Json => ({
    ...writeFiles(config),
    createTime,
    directoryMap: directoryMap({ ...config, certificatePaths: new Set(), keyPaths: new Set() }, updateTime),
    externalId: versions[0]?.externalId ?? null,
    externalIdType: versions[0]?.externalIdType ?? "other",
    updateTime,
  });
  const instanceConfig = (instance: Instance) => viewOf(instance, instance.registrationTime, live(instance));
  const groupConfig = (group: Group) => ({
    ...viewOf(group, group.createTime, group.versions[0] ?? nothing),
    instances: fleet.members(group).map(({ uid }) => uid),
  });

  function addSystem({ hostname, plus = false, configPath = packagedMain }: SystemOptions, groupUid: string): void {
    const registrationTime = stamp();
    const system = { uid: namedUuid(`system ${hostname}`, 3), hostname, displayName: hostname, tags: [] };
    systems.set(system.uid, { ...system, registrationTime });
    const instance: Instance = {
      uid: namedUuid(`instance ${hostname}`, 5),
      systemUid: system.uid,
      hostname,
      plus,
      configPath,
      host: hosts.get(hostname) as NginxHost,
      online: true,
      registered: true,
      refusal: undefined,
      disk: startDisk(hostname, configPath),
      leftOut: [],
      versions: [],
      updateTime: registrationTime,
      registrationTime,
      groupUid,
      lastDeployment: undefined,
    };
    keep(instance, makeVersion(live(instance), editedByHand, registrationTime));
    instances.set(instance.uid, instance);
  }

  const fleet: Fleet = {
    systems,
    instances,
    groups,
    instancePath,
    groupPath,
    members: ({ uid }) => [...instances.values()].filter(({ groupUid, registered }) => groupUid === uid && registered),
    live,
    commitInstance: (instance, commit, author) => {
      // Begun before a reset.
      if (instances.get(instance.uid) !== instance) return;
      instance.updateTime = commit.updateTime ?? stamp();
      keep(instance, makeVersion(live(instance), commit, instance.updateTime));
      record("update", `${instancePath(instance)}/config`, instanceConfig(instance), author);
    },
    commitGroup: (group, config, commit, author) => {
      if (groups.get(group.uid) !== group) return;
      group.updateTime = commit.updateTime ?? stamp();
      keep(group, makeVersion(config, commit, group.updateTime));
      record("update", `${groupPath(group)}/config`, groupConfig(group), author);
    },
    instanceConfig,
    groupConfig,
    addGroup: (name, displayName, description, uid = random.uuid()) => {
      const createTime = stamp();
      const group: Group = {
        uid,
        name,
        displayName,
        description,
        createTime,
        updateTime: createTime,
        versions: [],
        lastDeployment: undefined,
      };
      groups.set(group.uid, group);
      return group;
    },
    stamp,
    record,
    reset: () => {
      for (const map of [systems, instances, groups, revisions]) map.clear();
      const group = fleet.addGroup(groupName, groupName, "", namedUuid(`group ${groupName}`, 4));
      for (const specification of specifications) addSystem(specification, group.uid);
      // The first member's config becomes the group's (docs/nim.md#deployments).
      const [first] = instances.values();
      if (first) keep(group, makeVersion(live(first), editedByHand, group.createTime));
    },
  };
  fleet.reset();
  return fleet;
}

const nothing: ConfigFiles = {
  configFiles: new Map(),
  configRootDir: "/etc/nginx",
  auxFiles: new Map(),
  auxRootDir: "/",
};

/**
 * Systems have UUIDs of version 3, instances of version 5, all else of version 4 (docs/nim.md#bodies). By name, so that
 * those of the start are the same each time.
 */
function namedUuid(name: string, version: 3 | 4 | 5): string {
  const hex = createHash(version === 3 ? "md5" : "sha1")
    .update(`nim-simulator ${name}`)
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
