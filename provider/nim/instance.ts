import { z } from "zod";
import { isRecord, mapEntries } from "../core/shape.ts";
import { sentText } from "../travel/json.ts";
import type { GroupReference, InstanceReference } from "./instanceTypes.ts";
import type { QueriedInstance } from "./queryTypes.ts";

/** What becomes one part of a path: clients and proxies tidy `.` and `..` up, and another object would be meant. */
export const pathPart = sentText.refine((text) => text !== "." && text !== "..", "must be neither . nor ..");

/** The name of an object that NIM knows by its name. */
export const objectName = pathPart.min(1).max(255);

/** The uid of a system, an instance or an instance group. */
export const uid = pathPart.max(255).regex(/^[^/\\?#%\s\p{Cc}]+$/u, "must be a uid, as NIM shows it");

/** What `getInstance` finds out about an instance besides what it is referred to by. */
const findings: readonly string[] = [
  "hostname",
  "displayName",
  "version",
  "isPlus",
  "state",
  "instanceGroupUid",
] satisfies (keyof Omit<QueriedInstance, keyof InstanceReference>)[];

/** By its uids; what a query has found fits as it is. */
export const instanceReference = z.preprocess(
  (given: InstanceReference) =>
    isRecord(given) ? mapEntries(given, (key, value) => (findings.includes(key) ? undefined : value)) : given,
  z.strictObject({ systemUid: uid, instanceUid: uid }),
);

/** An instance, or all those of a group. */
export const targetReference = z.union([instanceReference, z.strictObject({ instanceGroup: uid })], {
  error: "must be an instance ({ systemUid, instanceUid }) or a group ({ instanceGroup })",
});

/** References between NIM's objects are whole paths, so they depend on where the API begins. */
export function instanceToRef(basePath: string): (instance: InstanceReference) => string {
  // As a key of list elements it also gets what a preview has in an element's place.
  return (instance) => {
    const { systemUid, instanceUid } = instance ?? {};
    return `${basePath}/systems/${systemUid}/instances/${instanceUid}`;
  };
}

/** The same for what may also be a group. */
export function targetToRef(basePath: string): (target: InstanceReference | GroupReference) => string {
  return (target) => {
    const { instanceGroup } = (target ?? {}) as Partial<GroupReference>;
    return instanceGroup === undefined
      ? instanceToRef(basePath)(target as InstanceReference)
      : `${basePath}/instance-groups/${instanceGroup}`;
  };
}

/** `undefined` for a reference to something else. */
export function targetFromRef(basePath: string, ref: string): InstanceReference | GroupReference | undefined {
  if (!ref.startsWith(basePath)) return undefined;
  const path = ref.slice(basePath.length);
  const [, systemUid, instanceUid] = /^\/systems\/([^/]+)\/instances\/([^/]+)$/.exec(path) ?? [];
  if (systemUid && instanceUid) return { systemUid, instanceUid };
  const [, instanceGroup] = /^\/instance-groups\/([^/]+)$/.exec(path) ?? [];
  return instanceGroup ? { instanceGroup } : undefined;
}
