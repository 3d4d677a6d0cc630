import isDeepEqual from "fast-deep-equal";
import type { StampedMark } from "../core/ownerMark.ts";
import type { ObjectShape } from "../core/shape.ts";
import type { Identity } from "./objectMark.ts";
import type { Hidden, PolicyObject } from "./policyObject.ts";
import type { WireObject } from "./wire.ts";

/** What one object of the Policy API should be, in wire form. */
export interface Intent {
  readonly path: string;
  readonly shape: ObjectShape;
  /** The fields that the program declares, and the type. */
  readonly declared: WireObject;
  /** Declared tags that are other systems' by the configuration: put on, and never compared. */
  readonly systemTags: Hidden["systemTags"];
  /** Take over an object that this stack did not make. */
  readonly adopt: boolean;
  /** Paths of fields that cannot change on an object that exists. */
  readonly fixed: readonly string[];
  /** Fields that only make sense together. */
  readonly dependentFields: readonly (readonly string[])[];
}

/** What the state tells of the object. */
export interface Known extends Identity {
  /** The fields as this stack last wrote them. */
  readonly applied: WireObject;
  /** What the server made of fields that were not declared, or of declared ones where it is something else, by path. */
  readonly effective: WireObject;
  /** The version of the object as this stack last saw it whole; `undefined` when others' changes are in it unseen. */
  readonly seen: string | undefined;
}

/** The object as NSX answered the write, and the mark that it now carries. */
export interface Written {
  readonly object: PolicyObject;
  readonly mark: string;
  /** The whole body that NSX has answered to. */
  readonly sent: WireObject;
  /** Whether the object is what NSX made of this very write, and nobody's later one. */
  readonly isAnswer: boolean;
  /** Whether this stack knows of everything in the object; else others' changes are in it that nobody was shown. */
  readonly isSeen: boolean;
}

/** A body with the owner's mark and the declared tags of other systems on it. */
export function marked(intent: Intent, body: WireObject & Hidden, owner: StampedMark): WireObject & Hidden {
  const { systemTags: there = [] } = body;
  const declared = intent.systemTags?.filter((tag) => !there.some((other) => isDeepEqual(other, tag))) ?? [];
  const systemTags = [...there, ...declared];
  return { ...body, owner, ...(systemTags.length > 0 ? { systemTags } : {}) };
}

/**
 * What was found after a write that leaves the object at this revision. Somebody may have written again since: that must
 * pass neither for NSX's doing nor for seen, so the state never names a revision later than the write's own.
 */
export function asAnswered(found: PolicyObject, revision: number): { object: PolicyObject; isAnswer: boolean } {
  const isAnswer = found._revision === revision;
  return { isAnswer, object: { ...found, _revision: Math.min(found._revision, revision) } };
}
