import { z } from "zod";
import { alwaysThere, comparedAs, isRecord, serverDefault, textOf, unordered } from "../core/shape.ts";
import { sentText } from "../travel/json.ts";
import {
  addressBlockOrRange,
  addressForm,
  cidrOrAddress,
  hostCidr,
  ipAddress,
  layer2Name,
  macAddress,
  macForm,
  objectId,
  pathForm,
  policyPath,
  projectPath,
  rangeForm,
  tier1Path,
  trimmedForm,
  vlanIdOrRange,
  vpnPathForm,
  vpnSessionPath,
} from "./formats.ts";
import { maxUserTags } from "./objectMark.ts";
import { checkSegment, subnetKey, tagKey } from "./segmentRules.ts";
import type { Tag } from "./segmentTypes.ts";

const text = (max: number) => sentText.max(max);
const seconds = z.int().min(60).max(4_294_967_295);
const paths = () => unordered(z.array(policyPath), keyByForm(pathForm));
const ranges = (list: z.ZodArray<typeof addressBlockOrRange>) => unordered(list, keyByForm(rangeForm));

// What identifies an element. Instead of one there may be whatever a server answers, or a preview's text for an unknown.

function keyBy<T extends object>(keyOf: (element: T) => unknown): (element: T) => string {
  return (element) => textOf(isRecord(element) ? keyOf(element) : element);
}

function keyByForm(form: (text: string) => string): (text: string) => string {
  return (text) => textOf(form(text));
}

const tag: z.ZodType<Tag, Tag> = z.strictObject({ scope: text(128).optional(), tag: text(256).optional() });

const dhcpOptions = z.strictObject({
  option121: z
    .strictObject({
      staticRoutes: z
        .array(z.strictObject({ network: cidrOrAddress, nextHop: ipAddress }))
        .min(1)
        .max(27),
    })
    .optional(),
  others: unordered(
    z.array(z.strictObject({ code: z.int().min(0).max(255), values: z.array(sentText).min(1).max(10) })),
    keyBy((option) => option.code),
    { manyPerKey: true },
  ).optional(),
});

const dhcpConfig = z.strictObject({
  serverAddress: hostCidr.optional(),
  dnsServers: z.array(ipAddress).max(2).optional(),
  leaseTime: serverDefault(seconds, 86_400).optional(),
  options: dhcpOptions.optional(),
  excludedRanges: ranges(z.array(addressBlockOrRange).max(128)).optional(),
  sntpServers: z.array(ipAddress).max(2).optional(),
  preferredTime: seconds.optional(),
  domainNames: z.array(sentText).optional(),
});

const subnet = z.strictObject({
  gatewayAddress: hostCidr.optional(),
  dhcpRanges: ranges(z.array(addressBlockOrRange).min(1).max(99)).optional(),
  dhcpConfig: dhcpConfig.optional(),
});

const advancedConfig = alwaysThere(
  z.strictObject({
    connectivity: serverDefault(z.enum(["ON", "OFF"]), "ON").optional(),
    // At most one: another one takes its place, and is not put beside it.
    addressPoolPaths: z.array(policyPath).max(1).optional(),
    hybrid: serverDefault(z.boolean(), false).optional(),
    interRouter: serverDefault(z.boolean(), false).optional(),
    localEgress: serverDefault(z.boolean(), false).optional(),
    localEgressRoutingPolicies: z
      .array(z.strictObject({ nexthopAddress: ipAddress, prefixListPaths: z.array(policyPath).length(1) }))
      .min(1)
      .optional(),
    multicast: z.boolean().optional(),
    ndraProfilePath: policyPath.optional(),
    nodeLocalSwitch: z.boolean().optional(),
    originId: sentText.optional(),
    originType: z.enum(["VCENTER"]).optional(),
    uplinkTeamingPolicyName: sentText.optional(),
    urpfMode: serverDefault(z.enum(["NONE", "STRICT"]), "STRICT").optional(),
  }),
);

const l2Extension = z.strictObject({
  l2vpnPaths: unordered(z.array(vpnSessionPath), keyByForm(vpnPathForm)).optional(),
  localEgress: z.strictObject({ optimizedIps: z.array(ipAddress).max(1).optional() }).optional(),
  tunnelId: z.int().min(1).max(4093).optional(),
});

const bridgeProfile = z.strictObject({
  bridgeProfilePath: policyPath,
  vlanTransportZonePath: policyPath.optional(),
  vlanIds: unordered(z.array(vlanIdOrRange)).optional(),
  uplinkTeamingPolicyName: sentText.optional(),
});

/** Validates the arguments of a segment against the schema of NSX 3.2 (Segment, PolicyConfigResource, Tag). */
export const segmentInputs = z
  .strictObject({
    segmentId: objectId.optional(),
    displayName: layer2Name.optional(),
    description: comparedAs(text(1024), trimmedForm).optional(),
    tags: unordered(z.array(tag).max(maxUserTags), keyBy(tagKey)).optional(),
    transportZonePath: policyPath.optional(),
    connectivityPath: policyPath.optional(),
    subnets: unordered(z.array(subnet).max(2), keyBy(subnetKey)).optional(),
    vlanIds: unordered(z.array(vlanIdOrRange).min(1)).optional(),
    overlayId: z.int().min(0).max(2_147_483_647).optional(),
    adminState: serverDefault(z.enum(["UP", "DOWN"]), "UP").optional(),
    replicationMode: serverDefault(z.enum(["MTEP", "SOURCE"]), "MTEP").optional(),
    domainName: sentText.optional(),
    dhcpConfigPath: policyPath.optional(),
    advancedConfig: advancedConfig.optional(),
    l2Extension: l2Extension.optional(),
    bridgeProfiles: unordered(
      z.array(bridgeProfile),
      keyBy((profile) => pathForm(profile.bridgeProfilePath)),
    ).optional(),
    metadataProxyPaths: paths().optional(),
    macPoolId: sentText.optional(),
    extraConfigs: unordered(
      z.array(z.strictObject({ configPair: z.strictObject({ key: sentText, value: sentText }) })),
      keyBy((config) => config.configPair?.key),
      { manyPerKey: true },
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
      keyBy((binding) => [addressForm(binding.ipAddress), macForm(binding.macAddress), binding.vlanId]),
    ).optional(),
    tier1Path: tier1Path.optional(),
    projectPath: projectPath.optional(),
    adopt: z.boolean().optional(),
    waitForRealization: z.boolean().optional(),
  })
  .superRefine(checkSegment);
