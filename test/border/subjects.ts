import { certificate, config, group, instanceGroup, role, staged, systemTags, user } from "./nimSubjects.ts";
import { segment } from "./segmentSubject.ts";
import type { Subject } from "./site.ts";

/** Every kind of resource; a segment in both ways in which it is written. */
export const subjects: readonly Subject[] = [
  segment("put"),
  segment("hierarchical"),
  role,
  user,
  group,
  instanceGroup,
  certificate,
  config,
  staged,
  systemTags,
];
