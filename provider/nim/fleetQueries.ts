// Systems, instances and their groups by what people call them.
import { z } from "zod";
import { type LookUp, lookUps } from "../core/lookUp.ts";
import { defineQuery, type QueryContext, QueryError } from "../core/query.ts";
import { hasStatus } from "../travel/errors.ts";
import { type Json, type NimClient, understoodAt } from "./client.ts";
import { readConfig, wireConfig } from "./configFiles.ts";
import { inline } from "./content.ts";
import { instanceReference, uid } from "./instance.ts";
import { holdsPrivateKey } from "./pem.ts";
import type {
  InstanceConfigCriteria,
  InstanceCriteria,
  InstanceGroupCriteria,
  QueriedConfig,
  QueriedContent,
  QueriedInstance,
  QueriedInstanceGroup,
  QueriedStagedConfig,
  QueriedSystem,
  StagedConfigCriteria,
  SystemCriteria,
} from "./queryTypes.ts";

type Context = QueryContext<NimClient>;

/** What all kinds of NIM have in common: they lie in one place, and no two have one uid. */
export function lookUpsInNim<Args extends object, Found extends object>(
  kind: Omit<LookUp<NimClient, Args, Found>, "system" | "places" | "surely" | "placeOf"> & { readonly surely?: string },
) {
  return lookUps<NimClient, Args, Found>({
    surely: "one's uid",
    ...kind,
    system: "nim",
    places: [],
    placeOf: () => "NIM",
  });
}

/** Everything in a list, each element in a known form. */
export async function allOf<T>({ client, isFresh }: Context, path: string, form: z.ZodType<T>): Promise<T[]> {
  return (await client.sharedList(path, isFresh)).map((item) => understoodAt(`an element of ${path}`, item, form));
}

/** Whether all criteria that are given are met by the field of that name. */
export function meets<Args extends object>(
  object: object,
  args: Args,
  names: readonly (keyof Args & string)[],
): boolean {
  return names.every((name) => args[name] === undefined || (object as Json)[name] === args[name]);
}

/** The line of a candidate: what it is called, and then what tells it from others. */
export function lineOf(name: string, parts: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(parts).filter(([, value]) => value !== undefined && value !== "");
  return `"${name}" (${shown.map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(", ") || "none" : value}`).join("; ")})`;
}

export const text = z.string().min(1, "must not be empty");
/** What Go leaves out or makes null when it is empty. */
export const maybe = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const given = (value: string | null | undefined) => value || undefined;

/** An instance, as far as a system's list of its own or the instance itself tells. */
const wireInstance = z.looseObject({
  uid: z.string(),
  displayName: maybe,
  version: maybe,
  build: z.looseObject({ nginxPlus: z.boolean().nullish(), version: maybe }).nullish(),
  status: z.looseObject({ state: maybe }).nullish(),
  configVersion: z
    .looseObject({
      instanceGroup: z.looseObject({ uid: maybe, versionHash: maybe }).nullish(),
      versions: z
        .array(z.looseObject({ versionHash: maybe }))
        .nullish()
        .catch(undefined),
    })
    .nullish(),
});

const wireSystem = z.looseObject({
  uid: z.string(),
  hostname: maybe,
  displayName: maybe,
  tags: texts,
  nginxInstances: z
    .array(wireInstance)
    .nullish()
    .transform((value) => value ?? []),
});

const systemArgs = z.strictObject({ hostname: text.optional(), uid: uid.optional(), tag: text.optional() });

export const systems = lookUpsInNim<SystemCriteria, QueriedSystem>({
  name: "System",
  words: ["system", "systems"],
  args: systemArgs,
  async all(context) {
    const all = await allOf(context, "/systems", wireSystem);
    return all.map(({ uid: systemUid, hostname, displayName, tags, nginxInstances }) => ({
      uid: systemUid,
      hostname,
      displayName: displayName || hostname,
      tags,
      instances: nginxInstances.map((instance) => ({ systemUid, instanceUid: instance.uid })),
    }));
  },
  fits: (system, args) =>
    meets(system, args, ["hostname", "uid"]) && (args.tag === undefined || system.tags.includes(args.tag)),
  described: ({ hostname, uid: own, tags, instances }) =>
    lineOf(hostname, { uid: own, tags, instances: instances.length }),
  texts: ["hostname", "uid"],
  orderOf: ({ hostname, uid: own }) => `${hostname} ${own}`,
});

const groupArgs = z.strictObject({ name: text.optional(), displayName: text.optional(), uid: uid.optional() });

const wireGroup = z.looseObject({
  uid: z.string(),
  name: z.string(),
  displayName: maybe,
  description: maybe,
  instances: texts,
  configVersion: z
    .looseObject({ versions: z.array(z.looseObject({ externalId: z.string().nullish() })).nullish() })
    .nullish(),
});

export const instanceGroups = lookUpsInNim<InstanceGroupCriteria, QueriedInstanceGroup>({
  name: "InstanceGroup",
  words: ["instance group", "instance groups"],
  args: groupArgs,
  async all(context) {
    const all = await allOf(context, "/instance-groups", wireGroup);
    return all.map(({ uid: own, name, displayName, description, instances, configVersion }) => ({
      uid: own,
      name,
      displayName: displayName || name,
      description,
      instances,
      externalId: given(configVersion?.versions?.[0]?.externalId),
    }));
  },
  fits: (group, args) => meets(group, args, ["name", "displayName", "uid"]),
  described: ({ name, displayName, uid: own, instances }) =>
    lineOf(name, { uid: own, displayName: displayName === name ? "" : displayName, instances: instances.length }),
  texts: ["name", "displayName", "uid"],
  orderOf: ({ name, uid: own }) => `${name} ${own}`,
});

const instanceArgs = z
  .strictObject({
    hostname: text.optional(),
    displayName: text.optional(),
    systemUid: uid.optional(),
    instanceUid: uid.optional(),
    instanceGroupUid: uid.optional(),
    instanceGroupName: text.optional(),
    state: text.optional(),
    version: text.optional(),
    isPlus: z.boolean().optional(),
  })
  .refine(
    ({ instanceGroupUid, instanceGroupName }) => instanceGroupUid === undefined || instanceGroupName === undefined,
    {
      error: "instanceGroupUid and instanceGroupName are two ways to say one thing; give one of them",
    },
  );

/** Those of which the list did not tell state and group, so that they are still to be asked for. */
const unfinished = new WeakSet<QueriedInstance>();

const hashes = new WeakMap<QueriedInstance, { readonly own: string; readonly ofGroup: string }>();

/**
 * Whether an instance that {@link instances} found has the config of its group, by the hashes that NIM tells of both;
 * `undefined` where it is in no group, or NIM does not tell both.
 */
export function isInStep(instance: QueriedInstance): boolean | undefined {
  const { own = "", ofGroup = "" } = hashes.get(instance) ?? {};
  return instance.instanceGroupUid === undefined || own === "" || ofGroup === "" ? undefined : own === ofGroup;
}

function instanceFrom(
  system: Pick<z.output<typeof wireSystem>, "uid" | "hostname">,
  body: z.output<typeof wireInstance>,
): QueriedInstance {
  const { uid: instanceUid, displayName, version, build, status, configVersion } = body;
  const instance: QueriedInstance = {
    systemUid: system.uid,
    instanceUid,
    hostname: system.hostname,
    displayName: displayName || system.hostname,
    version: version || build?.version || "",
    isPlus: build?.nginxPlus ?? false,
    state: status?.state ?? "",
    instanceGroupUid: given(configVersion?.instanceGroup?.uid),
  };
  if (!status || !configVersion) unfinished.add(instance);
  hashes.set(instance, {
    own: configVersion?.versions?.[0]?.versionHash ?? "",
    ofGroup: configVersion?.instanceGroup?.versionHash ?? "",
  });
  return instance;
}

export const instances = lookUpsInNim<InstanceCriteria, QueriedInstance>({
  name: "Instance",
  words: ["instance", "instances"],
  args: instanceArgs,
  surely: "one's instanceUid and systemUid",
  async resolve(context, { instanceGroupName: name, ...rest }) {
    if (name === undefined) return rest;
    const group = (await instanceGroups[0].ask(context, { name })) as QueriedInstanceGroup;
    return { ...rest, instanceGroupUid: group.uid };
  },
  async all(context) {
    const all = await allOf(context, "/systems", wireSystem);
    return all.flatMap((system) => system.nginxInstances.map((body) => instanceFrom(system, body)));
  },
  fits: (instance, args) =>
    meets(instance, args, ["hostname", "displayName", "systemUid", "instanceUid", "version", "isPlus"]) &&
    (unfinished.has(instance) || meets(instance, args, ["state", "instanceGroupUid"])),
  async complete({ client, isFresh }, instance) {
    if (!unfinished.has(instance)) return instance;
    const { systemUid, instanceUid, hostname } = instance;
    const path = `/systems/${systemUid}/instances/${instanceUid}`;
    const body = understoodAt(path, await client.sharedRead(path, isFresh), wireInstance);
    const whole = instanceFrom({ uid: systemUid, hostname }, body);
    unfinished.delete(whole);
    return whole;
  },
  described: ({ hostname, displayName, systemUid, instanceUid, version, isPlus, state, instanceGroupUid }) =>
    lineOf(hostname, {
      systemUid,
      instanceUid,
      displayName: displayName === hostname ? "" : displayName,
      version,
      isPlus,
      state,
      instanceGroupUid,
    }),
  texts: ["hostname", "displayName", "systemUid", "instanceUid", "version"],
  orderOf: ({ hostname, systemUid, instanceUid }) => `${hostname} ${systemUid} ${instanceUid}`,
});

const wireStaged = z.looseObject({
  uid: z.string(),
  configName: maybe,
  name: maybe,
  externalId: z.string().nullish(),
  createTime: maybe,
  updateTime: maybe,
});

export const stagedConfigs = lookUpsInNim<StagedConfigCriteria, QueriedStagedConfig>({
  name: "StagedConfig",
  words: ["staged config", "staged configs"],
  args: z.strictObject({ name: text.optional(), uid: uid.optional() }),
  async all(context) {
    const all = await allOf(context, "/configs", wireStaged);
    return all.map(({ uid: own, configName, name, externalId, createTime, updateTime }) => ({
      uid: own,
      name: configName || name,
      externalId: given(externalId),
      createTime,
      updateTime,
    }));
  },
  fits: (config, args) => meets(config, args, ["name", "uid"]),
  described: ({ name, uid: own, externalId, updateTime }) => lineOf(name, { uid: own, externalId, updateTime }),
  texts: ["name", "uid"],
  orderOf: ({ name, uid: own }) => `${name} ${own}`,
});

export const instanceConfig = defineQuery<NimClient, InstanceConfigCriteria, QueriedConfig>({
  system: "nim",
  name: "getInstanceConfig",
  args: z
    .strictObject({
      instance: instanceReference.optional(),
      instanceGroup: uid.optional(),
      externalId: text.optional(),
    })
    .refine(({ instance, instanceGroup }) => (instance === undefined) !== (instanceGroup === undefined), {
      error: "instance or instanceGroup must be given, and not both",
    }),
  async ask({ client, isFresh }, { instance, instanceGroup, externalId }) {
    const owner = instance
      ? `/systems/${instance.systemUid}/instances/${instance.instanceUid}`
      : `/instance-groups/${instanceGroup}`;
    const path = `${owner}/config${externalId === undefined ? "" : `?externalId=${encodeURIComponent(externalId)}`}`;
    const body = await there(client.sharedRead(path, isFresh), owner, externalId);
    const { configFiles, auxFiles, updateTime } = readConfig(understoodAt(path, body, wireConfig));
    const withheldFiles: string[] = [];
    return {
      files: shownIn(configFiles, withheldFiles),
      auxFiles: shownIn(auxFiles, withheldFiles),
      withheldFiles,
      externalId: given(z.string().nullish().catch(undefined).parse(body.externalId)),
      updateTime,
    };
  },
});

export async function there(answer: Promise<Json>, owner: string, externalId?: string): Promise<Json> {
  try {
    return await answer;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    const what = externalId === undefined ? "a config" : `a config with externalId ${JSON.stringify(externalId)}`;
    throw new QueryError(`NIM knows no ${owner} with ${what}: ${error.message}`);
  }
}

/** Files as a program may say them. @param withheld - gets the paths of those that are nobody's to see */
function shownIn(files: Readonly<Record<string, Buffer>>, withheld: string[]): Record<string, QueriedContent> {
  const shown: [string, QueriedContent][] = [];
  for (const [path, bytes] of Object.entries(files)) {
    if (holdsPrivateKey(bytes.toString("latin1"))) withheld.push(path);
    else shown.push([path, inline(bytes)]);
  }
  return Object.fromEntries(shown);
}
