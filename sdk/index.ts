import "../start/expectNode.cts";

export type { GroupReference, InstanceOutcome, InstanceReference } from "../provider/nim/instanceTypes.ts";
export type { Permission, PermissionObject } from "../provider/nim/roleTypes.ts";
export type {
  BridgeProfileConfig,
  DhcpOption,
  DhcpOptions,
  L2Extension,
  LocalEgressRoutingPolicy,
  PortAddressBinding,
  SegmentAdvancedConfig,
  SegmentDhcpConfig,
  SegmentExtraConfig,
  SegmentSubnet,
  StaticRoute,
  Tag,
} from "../provider/nsx/segmentTypes.ts";
export { Certificate, type CertificateArgs } from "./certificate.ts";
export { Group, type GroupArgs } from "./group.ts";
export { InstanceGroup, type InstanceGroupArgs } from "./instanceGroup.ts";
export { NginxConfig, type NginxConfigArgs, type NginxFile } from "./nginxConfig.ts";
export * from "./nimQueries.ts";
export * from "./nsxQueries.ts";
export { NsxSegment, type NsxSegmentArgs } from "./nsxSegment.ts";
export { type Pkcs12Contents, type Pkcs12Options, readPkcs12 } from "./pkcs12.ts";
export { type NimProviderArgs, type NsxProviderArgs, Provider, type ProviderArgs } from "./provider.ts";
export type { Get, GetOutput, QueryOptions } from "./query.ts";
export type { Args, Outputs } from "./resource.ts";
export { Role, type RoleArgs } from "./role.ts";
export { StagedConfig, type StagedConfigArgs } from "./stagedConfig.ts";
export { SystemTags, type SystemTagsArgs } from "./systemTags.ts";
export { User, type UserArgs } from "./user.ts";
