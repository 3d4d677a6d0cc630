import { certificate, config, role } from "./nimSubjects.ts";
import { segment } from "./segmentSubject.ts";
import type { Subject } from "./site.ts";

export const subjects: readonly Subject[] = [segment("put"), segment("hierarchical"), role, certificate, config];
