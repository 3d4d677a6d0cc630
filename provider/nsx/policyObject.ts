import { z } from "zod";
import type { StampedMark } from "../core/ownerMark.ts";
import type { Operation } from "./operation.ts";
import type { WireObject } from "./wire.ts";

/** What every object of the Policy API says about itself. */
export const policyObject = z.looseObject({
  path: z.string(),
  _revision: z.number(),
  unique_id: z.string().optional(),
  _create_user: z.string().optional(),
  _last_modified_user: z.string().optional(),
  _last_modified_time: z.number().optional(),
  tags: z.array(z.looseObject({ scope: z.string().optional(), tag: z.string().optional() })).optional(),
});

export interface Tag {
  readonly scope?: string;
  readonly tag?: string;
}

/** What an object has besides what a program may declare. */
export interface Hidden {
  /** Which resource owns it, and which of its writes was the last. */
  readonly owner?: StampedMark;
  /** Tags of other systems (`nsx:ignoreTags`), as they are. */
  readonly systemTags?: readonly Tag[];
}

/** An object as it is worked with: owner mark and tags of other systems beside it, not among its tags. */
export type PolicyObject = z.output<typeof policyObject> & WireObject & Hidden;

/** A way to send writes. */
export interface Writer {
  /** Whether `remove` removes only the very revision that was read. */
  readonly removesRevision: boolean;
  write(
    path: string,
    body: WireObject & Hidden,
    live: PolicyObject | undefined,
    operation: Operation,
  ): Promise<PolicyObject>;
  remove(path: string, live: PolicyObject, operation: Operation): Promise<void>;
}

/** Milliseconds since 1970 as ISO 8601; empty for what is none, so that a strange time never costs an object its state. */
export function isoTime(milliseconds: number | undefined): string {
  const time = new Date(milliseconds ?? 0);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}
