import { certificate } from "./certificateSubject.ts";
import { config } from "./configSubject.ts";
import { role } from "./roleSubject.ts";
import { segment } from "./segmentSubject.ts";
import { staged } from "./stagedSubject.ts";
import type { Subject } from "./subject.ts";

export const subjects: readonly Subject[] = [segment, role, certificate, config, staged];
