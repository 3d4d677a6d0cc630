import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import type { Deployments } from "./deployments.ts";
import { gone, NimError } from "./errors.ts";
import { writeFiles, writeVersion } from "./files.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import { findNginx } from "./nginx/find.ts";
import { addressOf } from "./scan.ts";
import {
  basePath,
  type ConfigVersion,
  type Instance,
  type Json,
  type NimEnvironment,
  type NimRequest,
  type Routes,
  type System,
  zeroTime,
} from "./types.ts";
import { validate } from "./validate.ts";

/** Only tags can be changed; clients send the host name along (docs/nim.md#paths). */
const systemPatch = z.strictObject({
  hostname: z.string().optional(),
  displayName: z.string().optional(),
  tags: z.array(z.string()).optional(),
});

/** Systems and their instances (docs/nim.md#paths). */
export function systemRoutes(
  environment: NimEnvironment,
  fleet: Fleet,
  deployments: Deployments,
  lists: Lists,
): Routes {
  const { clock, switches } = environment;
  // A Plus instance says the release that knows what the simulator takes from it; the binary is the open-source one.
  const open = { nginxPlus: false, release: "", version: findNginx()?.version ?? "1.22.1" };
  const plus = { nginxPlus: true, release: "nginx-plus-r33", version: "1.27.2" };
  const registered = () => [...fleet.instances.values()].filter((instance) => instance.registered);

  function instanceView(instance: Instance): Json {
    const build = instance.plus ? plus : open;
    const group = fleet.groups.get(instance.groupUid ?? "");
    const version = group?.versions[0];
    const deployment = instance.lastDeployment;
    const self = fleet.instancePath(instance);
    return {
      build,
      configPath: instance.configPath,
      configVersion: {
        instanceGroup: {
          createTime: version?.createTime ?? zeroTime,
          uid: group?.uid ?? "",
          versionHash: version?.versionHash ?? "",
        },
        versions: instance.versions.map(writeVersion),
      },
      displayName: instance.hostname,
      ...(deployment && { lastDeploymentDetails: deployments.view(deployment) }),
      links: [
        { rel: `${basePath(switches)}/systems/${instance.systemUid}`, name: "system" },
        { rel: self, name: "self" },
        ...(deployment ? [{ rel: deployments.linkOf(deployment), name: "deployment" }] : []),
      ],
      processPath: "/usr/sbin/nginx",
      registrationTime: instance.registrationTime,
      startTime: instance.registrationTime,
      status: {
        lastStatusReport: new Date(clock.now()).toISOString(),
        state: instance.online ? "online" : "offline",
      },
      systemUid: instance.systemUid,
      uid: instance.uid,
      version: build.version,
    };
  }

  /** What is known for sure: that a system's instances say their build. */
  const shortView = (instance: Instance): Json => ({
    build: instance.plus ? plus : open,
    displayName: instance.hostname,
    uid: instance.uid,
  });

  const systemView = (system: System): Json => {
    const nginxInstances = registered().filter(({ systemUid }) => systemUid === system.uid);
    const addresses = nginxInstances.map((instance) => addressOf(fleet, instance));
    return {
      ...system,
      ...(switches.managedServers === "addresses" && { ipAddresses: addresses }),
      nginxInstances: nginxInstances.map(switches.nginxInstances === "whole" ? instanceView : shortView),
    };
  };

  const systemOf = ({ params }: NimRequest) => {
    const system = fleet.systems.get(params.systemUid ?? "");
    if (!system) throw gone("System");
    return system;
  };
  const instanceOf = ({ params }: NimRequest) => {
    const instance = registered().find(({ uid, systemUid }) => uid === params.uid && systemUid === params.systemUid);
    if (!instance) throw gone("Instance");
    return instance;
  };

  return {
    "GET /systems": ({ query }) => {
      const hostname = query.get("hostname");
      const found = [...fleet.systems.values()].filter((system) => hostname === null || system.hostname === hostname);
      return lists.answer(query, () => found.map(systemView));
    },
    "GET /systems/{systemUid}": (request) => json(200, systemView(systemOf(request))),
    "PATCH /systems/{systemUid}": (request) => {
      const system = systemOf(request);
      const { tags, displayName } = validate(systemPatch, request.body, switches.unknownFields === "ignore");
      const changed = { ...system, tags: tags ?? system.tags, displayName: displayName ?? system.displayName };
      fleet.systems.set(system.uid, changed);
      fleet.record("update", `${basePath(switches)}/systems/${system.uid}`, systemView(changed), request);
      return json(200, systemView(changed));
    },
    "GET /systems/{systemUid}/instances": (request) => {
      const { uid } = systemOf(request);
      return lists.answer(request.query, () =>
        registered()
          .filter(({ systemUid }) => systemUid === uid)
          .map(instanceView),
      );
    },
    "GET /systems/{systemUid}/instances/{uid}": (request) => json(200, instanceView(instanceOf(request))),
    // It comes back when its agent registers again.
    "DELETE /systems/{systemUid}/instances/{uid}": (request) => {
      const instance = instanceOf(request);
      fleet.record("delete", fleet.instancePath(instance), instanceView(instance), request);
      instance.registered = false;
      return empty(204);
    },
    "GET /systems/{systemUid}/instances/{uid}/config": (request) => {
      const instance = instanceOf(request);
      const version = versionAsked(request, instance.versions);
      return json(200, version ? versionView(version) : fleet.instanceConfig(instance));
    },
    "GET /instances": ({ query }) => {
      const groupName = query.get("instGroupName");
      const napOnly = query.get("napOnly") === "true";
      const found = registered().filter(({ groupUid }) => {
        return !napOnly && (groupName === null || fleet.groups.get(groupUid ?? "")?.name === groupName);
      });
      const items = found.map(({ hostname, systemUid, uid }) => ({ displayName: hostname, systemUid, uid }));
      const nginxPlusCount = found.filter((instance) => instance.plus).length;
      return lists.answer(query, () => items, { nginxAppProtectWAFCount: 0, nginxPlusCount });
    },
  };
}

/** `?externalId=` asks for the config that was published under it (docs/nim.md#publishing). */
export function versionAsked({ query }: NimRequest, versions: ConfigVersion[]): ConfigVersion | undefined {
  const externalId = query.get("externalId");
  if (externalId === null) return undefined;
  const version = versions.find((candidate) => candidate.externalId === externalId);
  if (!version) throw new NimError(404, `Config with externalId ${externalId} Not Found`);
  return version;
}

export function versionView(version: ConfigVersion): Json {
  const { createTime, externalId, externalIdType } = version;
  return { ...writeFiles(version), createTime, externalId, externalIdType, updateTime: createTime };
}
