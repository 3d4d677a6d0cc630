import type { Remembered } from "../core/rememberedTypes.ts";

/** Arguments that every object of the Policy API has besides its own. */
export interface PolicyInputs {
  /** Takes over an object of the same path that this stack did not make. @default false */
  adopt?: boolean;
  /** Waits until NSX has realized the object, and fails with the alarms if it cannot. @default true */
  waitForRealization?: boolean;
}

/** Outputs that every object of the Policy API has. */
export interface PolicyOutputs extends Remembered {
  /** The policy path, by which other objects refer to this one. */
  path: string;
  /** The object's revision at the last `up` or refresh. NSX raises it with every write, whoever writes. */
  revision: number;
  /** NSX's own identifier; an object that is deleted and made again has another one. */
  uniqueId: string;
  /** `SUCCESS` when NSX has realized everything; `UNKNOWN` when it was not waited for (`waitForRealization: false`). */
  realization: string;
  /** The user who wrote the object last. */
  lastModifiedUser: string;
  /** When, in ISO 8601 (UTC). */
  lastModifiedTime: string;
}
