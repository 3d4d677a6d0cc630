import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import { gone, NimError, notFound } from "./errors.ts";
import { configShape, readFiles, writeFiles } from "./files.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import {
  basePath,
  type ConfigFiles,
  type ExternalIdType,
  type Json,
  type NimEnvironment,
  type NimRequest,
  type Routes,
} from "./types.ts";
import { validate } from "./validate.ts";

/** A config that is kept in NIM and deployed to nobody yet. */
interface StagedConfig extends ConfigFiles {
  uid: string;
  configName: string;
  createTime: string;
  updateTime: string;
  externalId: string | null;
  externalIdType: ExternalIdType;
  nginxUid: string | undefined;
  instGroupUid: string | undefined;
}

/** UploadConfigRequest (docs/nim.md#bodies); the Ansible collection sends `uid` along. */
const uploadRequest = z.strictObject({
  ...configShape,
  uid: z.string().optional(),
  configName: z.string().min(1),
  instGroupUid: z.string().optional(),
  nginxUid: z.string().optional(),
});

export interface StagedConfigs {
  routes: Routes;
  get(uid: string): StagedConfig | undefined;
  reset(): void;
}

/** Staged configs are kept by uid; two may have one name (docs/nim.md#paths). */
export function createStagedConfigs({ random, switches }: NimEnvironment, fleet: Fleet, lists: Lists): StagedConfigs {
  const configs = new Map<string, StagedConfig>();

  const summary = (config: StagedConfig): Json => {
    const { uid, configName, createTime, updateTime, externalId, externalIdType, nginxUid, instGroupUid } = config;
    const target = { ...(nginxUid !== undefined && { nginxUid }), ...(instGroupUid !== undefined && { instGroupUid }) };
    return { configName, createTime, externalId, externalIdType, ...target, uid, updateTime };
  };
  const view = (config: StagedConfig): Json => ({ ...writeFiles(config), ...summary(config) });

  function uploaded(config: StagedConfig): Json {
    const results = (files: ReadonlyMap<string, Buffer>) =>
      [...files].map(([fileName, { length }]) => ({ fileName, result: "success", size: length }));
    const { uid, ...unnamed } = view(config);
    const within = { ...(switches.stagedUid !== "nowhere" && { uid }), ...unnamed };
    return {
      ...(switches.stagedUid === "top" && summary(config)),
      results: { auxFiles: results(config.auxFiles), configFiles: results(config.configFiles) },
      summary: { ...within, instances: [], name: config.configName },
    };
  }

  function write(request: NimRequest, previous: StagedConfig | undefined): StagedConfig {
    const body = validate(uploadRequest, request.body, switches.unknownFields === "ignore");
    const now = fleet.stamp();
    const config: StagedConfig = {
      ...readFiles(body.configFiles, body.auxFiles, "/etc/nginx"),
      uid: previous?.uid ?? random.uuid(),
      configName: body.configName,
      createTime: previous?.createTime ?? now,
      updateTime: now,
      externalId: body.externalId ?? null,
      externalIdType: body.externalId === undefined ? "other" : (body.externalIdType ?? "other"),
      nginxUid: body.nginxUid,
      instGroupUid: body.instGroupUid,
    };
    configs.set(config.uid, config);
    fleet.record(previous ? "update" : "create", pathOf(config), view(config), request);
    return config;
  }

  const pathOf = ({ uid }: StagedConfig) => `${basePath(switches)}/configs/${uid}`;
  const find = ({ params }: NimRequest) => {
    const config = configs.get(params.uid ?? "");
    if (!config) throw gone("Config");
    return config;
  };

  return {
    get: (uid) => configs.get(uid),
    reset: () => configs.clear(),
    routes: {
      "GET /configs": ({ query }) => lists.answer(query, () => [...configs.values()].map(summary)),
      "POST /configs": (request) => json(201, uploaded(write(request, undefined))),
      "GET /configs/{uid}": (request) => {
        const config = find(request);
        const externalId = request.query.get("externalId");
        if (externalId !== null && externalId !== config.externalId)
          throw notFound(`Config with externalId ${externalId}`);
        return json(200, view(config));
      },
      "PUT /configs/{uid}": (request) => json(200, uploaded(write(request, find(request)))),
      "DELETE /configs/{uid}": (request) => {
        const config = find(request);
        if (switches.stagedDeleteStatus === 405) throw new NimError(405, "method not allowed");
        fleet.record("delete", pathOf(config), view(config), request);
        configs.delete(config.uid);
        return switches.stagedDeleteStatus === 204 ? empty(204) : json(switches.stagedDeleteStatus, {});
      },
    },
  };
}
