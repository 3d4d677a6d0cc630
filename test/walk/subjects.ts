import { group, user } from "./accountSubject.ts";
import { certificate } from "./certificateSubject.ts";
import { config } from "./configSubject.ts";
import { instanceGroup } from "./instanceGroupSubject.ts";
import { role } from "./roleSubject.ts";
import { segment } from "./segmentSubject.ts";
import { staged } from "./stagedSubject.ts";
import type { Subject } from "./subject.ts";
import { systemTags } from "./systemTagsSubject.ts";

export const subjects: readonly Subject[] = [
  segment,
  role,
  user,
  group,
  instanceGroup,
  certificate,
  config,
  staged,
  systemTags,
];
