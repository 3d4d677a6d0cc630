import type { Remembered } from "../core/rememberedTypes.ts";

/** Arguments that every named object of NIM has besides its own. */
export interface NamedInputs {
  /** The object's key, which cannot change. */
  name?: string;
  /** Takes over an object of the same name that this stack did not make. @default false */
  adopt?: boolean;
}

/** Outputs that every named object of NIM has. */
export interface NamedOutputs extends Remembered {
  /**
   * Of which write of this stack the object carried the stamp when the state was taken: content that somebody has put back
   * to what that write left is theirs. Missing where objects carry none, and in states of versions before 0.2.
   */
  stamp?: string;
  /** NIM's own identifier; an object that is deleted and made again has another one. */
  uid: string;
}
