import { z } from "zod";
import type { InstanceReference } from "./instanceTypes.ts";

const uid = z.string().regex(/^[^/?#\s]+$/, "must be a uid, as NIM shows it");

export const instanceReference = z.strictObject({ systemUid: uid, instanceUid: uid });

/** References between NIM's objects are whole paths, so they depend on where the API begins. */
export function instanceToRef(basePath: string): (instance: InstanceReference) => string {
  return ({ systemUid, instanceUid }) => `${basePath}/systems/${systemUid}/instances/${instanceUid}`;
}

/** `undefined` for a reference to something else, such as an instance group. */
export function instanceFromRef(basePath: string, ref: string): InstanceReference | undefined {
  const [, systemUid, instanceUid] = /^\/systems\/([^/]+)\/instances\/([^/]+)$/.exec(ref.slice(basePath.length)) ?? [];
  return ref.startsWith(basePath) && systemUid && instanceUid ? { systemUid, instanceUid } : undefined;
}
