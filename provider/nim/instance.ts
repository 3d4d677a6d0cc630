import { z } from "zod";
import { sentText } from "../travel/json.ts";
import type { InstanceReference } from "./instanceTypes.ts";

/** What becomes one part of a path: clients and proxies tidy `.` and `..` up, and another object would be meant. */
export const pathPart = sentText.refine((text) => text !== "." && text !== "..", "must be neither . nor ..");

/** The uid of a system, an instance or an instance group. */
export const uid = pathPart.regex(/^[^/\\?#%\s\p{Cc}]+$/u, "must be a uid, as NIM shows it");

export const instanceReference = z.strictObject({ systemUid: uid, instanceUid: uid });

/** References between NIM's objects are whole paths, so they depend on where the API begins. */
export function instanceToRef(basePath: string): (instance: InstanceReference) => string {
  // As a key of list elements it also gets what a preview has in an element's place.
  return (instance) => {
    const { systemUid, instanceUid } = instance ?? {};
    return `${basePath}/systems/${systemUid}/instances/${instanceUid}`;
  };
}

/** `undefined` for a reference to something else, such as an instance group. */
export function instanceFromRef(basePath: string, ref: string): InstanceReference | undefined {
  const [, systemUid, instanceUid] = /^\/systems\/([^/]+)\/instances\/([^/]+)$/.exec(ref.slice(basePath.length)) ?? [];
  return ref.startsWith(basePath) && systemUid && instanceUid ? { systemUid, instanceUid } : undefined;
}
