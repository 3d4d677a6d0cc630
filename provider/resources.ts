import type { Resource } from "./core/definition.ts";
import { certificate } from "./nim/certificate.ts";
import { group } from "./nim/group.ts";
import { instanceGroup } from "./nim/instanceGroup.ts";
import { nginxConfig } from "./nim/nginxConfig.ts";
import { role } from "./nim/role.ts";
import { stagedConfig } from "./nim/stagedConfig.ts";
import { systemTags } from "./nim/systemTags.ts";
import { user } from "./nim/user.ts";
import { nsxSegment } from "./nsx/segment.ts";

/** Every kind of resource, one line each. */
export const resources: readonly Resource[] = [
  nginxConfig,
  stagedConfig,
  certificate,
  role,
  user,
  group,
  instanceGroup,
  systemTags,
  nsxSegment,
];
