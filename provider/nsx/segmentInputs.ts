import { z } from "zod";
import { alwaysThere, serverDefault, unordered } from "../core/shape.ts";
import {
  addressBlockOrRange,
  cidr,
  hostCidr,
  ipAddress,
  layer2Name,
  macAddress,
  objectId,
  parseCidr,
  policyPath,
  vlanIdOrRange,
} from "./formats.ts";
import { maxUserTags } from "./objectMark.ts";
import { checkSegment } from "./segmentRules.ts";
import type { Tag } from "./segmentTypes.ts";

const text = (max: number) => z.string().max(max);
const seconds = z.int().min(60).max(4_294_967_295);
const paths = (max?: number) => unordered(max ? z.array(policyPath).max(max) : z.array(policyPath));

const tag: z.ZodType<Tag, Tag> = z.strictObject({ scope: text(128).optional(), tag: text(256).optional() });

const dhcpOptions = z.strictObject({
  option121: z
    .strictObject({
      staticRoutes: z
        .array(z.strictObject({ network: z.union([cidr, ipAddress]), nextHop: ipAddress }))
        .min(1)
        .max(27),
    })
    .optional(),
  others: unordered(
    z.array(z.strictObject({ code: z.int().min(0).max(255), values: z.array(z.string()).min(1).max(10) })),
    (option) => String(option.code),
  ).optional(),
});

const dhcpConfig = z.strictObject({
  serverAddress: hostCidr.optional(),
  dnsServers: z.array(ipAddress).max(2).optional(),
  leaseTime: serverDefault(seconds, 86_400).optional(),
  options: dhcpOptions.optional(),
  excludedRanges: unordered(z.array(addressBlockOrRange).max(128)).optional(),
  sntpServers: z.array(ipAddress).max(2).optional(),
  preferredTime: seconds.optional(),
  domainNames: z.array(z.string()).optional(),
});

const subnet = z.strictObject({
  gatewayAddress: hostCidr,
  dhcpRanges: unordered(z.array(addressBlockOrRange).min(1)).optional(),
  dhcpConfig: dhcpConfig.optional(),
});

const advancedConfig = alwaysThere(
  z.strictObject({
    connectivity: serverDefault(z.enum(["ON", "OFF"]), "ON").optional(),
    addressPoolPaths: paths(1).optional(),
    hybrid: serverDefault(z.boolean(), false).optional(),
    interRouter: serverDefault(z.boolean(), false).optional(),
    localEgress: serverDefault(z.boolean(), false).optional(),
    localEgressRoutingPolicies: unordered(
      z.array(z.strictObject({ nexthopAddress: ipAddress, prefixListPaths: z.array(policyPath).length(1) })).min(1),
      (policy) => policy.nexthopAddress,
    ).optional(),
    multicast: z.boolean().optional(),
    ndraProfilePath: policyPath.optional(),
    nodeLocalSwitch: serverDefault(z.boolean(), false).optional(),
    originId: z.string().optional(),
    originType: z.enum(["VCENTER"]).optional(),
    uplinkTeamingPolicyName: z.string().optional(),
    urpfMode: serverDefault(z.enum(["NONE", "STRICT"]), "STRICT").optional(),
  }),
);

const l2Extension = z.strictObject({
  l2vpnPaths: paths().optional(),
  localEgress: z.strictObject({ optimizedIps: unordered(z.array(ipAddress)).optional() }).optional(),
  tunnelId: z.int().min(1).max(4093).optional(),
});

const bridgeProfile = z.strictObject({
  bridgeProfilePath: policyPath,
  vlanTransportZonePath: policyPath,
  vlanIds: unordered(z.array(vlanIdOrRange)).optional(),
  uplinkTeamingPolicyName: z.string().optional(),
});

/** Validates the arguments of a segment against the schema of NSX 3.2 (Segment, PolicyConfigResource, Tag). */
export const segmentInputs = z
  .strictObject({
    segmentId: objectId.optional(),
    displayName: layer2Name.optional(),
    description: text(1024).optional(),
    tags: unordered(z.array(tag).max(maxUserTags), ({ scope, tag }) =>
      JSON.stringify([scope ?? "", tag ?? ""]),
    ).optional(),
    transportZonePath: policyPath.optional(),
    connectivityPath: policyPath.optional(),
    subnets: unordered(z.array(subnet).max(2), ({ gatewayAddress }) => familyOf(gatewayAddress)).optional(),
    vlanIds: unordered(z.array(vlanIdOrRange).min(1)).optional(),
    overlayId: z.int().min(0).max(2_147_483_647).optional(),
    adminState: serverDefault(z.enum(["UP", "DOWN"]), "UP").optional(),
    replicationMode: serverDefault(z.enum(["MTEP", "SOURCE"]), "MTEP").optional(),
    domainName: z.string().optional(),
    dhcpConfigPath: policyPath.optional(),
    advancedConfig: advancedConfig.optional(),
    l2Extension: l2Extension.optional(),
    bridgeProfiles: unordered(z.array(bridgeProfile), (profile) => profile.bridgeProfilePath).optional(),
    metadataProxyPaths: paths().optional(),
    macPoolId: z.string().optional(),
    extraConfigs: unordered(
      z.array(z.strictObject({ configPair: z.strictObject({ key: z.string(), value: z.string() }) })),
      ({ configPair }) => configPair.key,
    ).optional(),
    evpnTenantConfigPath: policyPath.optional(),
    addressBindings: unordered(
      z
        .array(
          z.strictObject({
            ipAddress: ipAddress.optional(),
            macAddress: macAddress.optional(),
            vlanId: z.int().min(0).max(4094).optional(),
          }),
        )
        .max(512),
      (binding) => JSON.stringify([binding.ipAddress, binding.macAddress, binding.vlanId]),
    ).optional(),
    tier1Path: policyPath.optional(),
    projectPath: policyPath.optional(),
    adopt: z.boolean().optional(),
    waitForRealization: z.boolean().optional(),
  })
  .superRefine(checkSegment);

/** A subnet is found again by its family, because a segment has at most one of each and a gateway's address may change. */
function familyOf(gatewayAddress: string): string {
  return `IPv${parseCidr(gatewayAddress)?.network.family ?? "?"}`;
}
