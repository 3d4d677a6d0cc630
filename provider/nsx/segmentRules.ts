import type { z } from "zod";
import { forEachRepeated } from "../core/check.ts";
import { isRecord } from "../core/shape.ts";
import { type Address, contains, type Network, parseCidr, parseRange, wrongInNewId } from "./formats.ts";
import type { NsxSegmentInputs, SegmentDhcpConfig, SegmentSubnet, Tag } from "./segmentTypes.ts";

type Report = (path: (string | number)[], message: string, params?: { onlyWhenChanged: true }) => void;

/** Rules across several arguments, each of which NSX would refuse only after the run has begun to change things. */
export function checkSegment(inputs: NsxSegmentInputs, context: z.RefinementCtx): void {
  const report: Report = (path, message, params) => context.addIssue({ code: "custom", path, message, params });
  checkPlace(inputs, report);
  checkTags(inputs, report);
  checkBridges(inputs, report);
  checkSubnets(inputs, report);
}

/**
 * Where the segment lies and what it is connected to. VLANs rule out neither an overlay id nor a gateway: whether they
 * are an overlay's, for machines that tag their own packets, depends on the zone.
 */
function checkPlace(inputs: NsxSegmentInputs, report: Report): void {
  const { segmentId, tier1Path, projectPath, connectivityPath, vlanIds, transportZonePath, adopt } = inputs;
  // What was adopted may be called and lie as it likes, also when "adopt" is no longer there.
  if (!adopt) {
    const wrong = segmentId === undefined ? undefined : wrongInNewId(segmentId);
    if (wrong) report(["segmentId"], wrong, { onlyWhenChanged: true });
    if (vlanIds && !transportZonePath) {
      report(["vlanIds"], "need transportZonePath: a VLAN segment names its zone", { onlyWhenChanged: true });
    }
  }
  if (tier1Path && connectivityPath) {
    report(["connectivityPath"], "must not be set on a fixed segment, which belongs to its tier1Path");
  }
  if (tier1Path && projectPath) {
    report(["projectPath"], "must not be set beside tier1Path, which says itself what project the gateway is in");
  }
}

function checkTags({ tags = [] }: NsxSegmentInputs, report: Report): void {
  forEachRepeated(tags.map(tagKey), (index) => report(["tags", index], "is there twice"));
  tags.forEach(({ scope }, index) => {
    if (scope === "pulumi.owner") report(["tags", index, "scope"], "is the provider's own mark");
  });
}

/** A tag is what scope and tag it has, and both are empty when they are left out ("default ''"). */
export function tagKey({ scope, tag }: Tag): string[] {
  return [scope ?? "", tag ?? ""];
}

function checkBridges({ bridgeProfiles = [] }: NsxSegmentInputs, report: Report): void {
  const keys = bridgeProfiles.map(({ bridgeProfilePath }) => bridgeProfilePath);
  forEachRepeated(keys, (index) => report(["bridgeProfiles", index], "is there twice; each profile bridges once"));
}

function checkSubnets({ subnets = [] }: NsxSegmentInputs, report: Report): void {
  subnets.forEach((subnet, index) => {
    checkSubnet(subnet, (path, message) => report(["subnets", index, ...path], message));
  });
  forEachRepeated(subnets.map(subnetKey), (index) => {
    const subnet = subnets[index] as SegmentSubnet;
    // Of a gateway that cannot be read its own check says so.
    if (subnet.gatewayAddress !== undefined && !parseCidr(subnet.gatewayAddress)) return;
    report(
      ["subnets", index, ...(subnet.gatewayAddress === undefined ? [] : ["gatewayAddress"])],
      `is a second IPv${familyOfSubnet(subnet)} subnet; a segment has at most one of each family`,
    );
  });
}

/** A subnet is found again by its family, because a segment has at most one of each and a gateway's address may change. */
export function subnetKey(subnet: SegmentSubnet): string {
  const { gatewayAddress } = subnet;
  const isReadable = gatewayAddress === undefined || parseCidr(gatewayAddress) !== undefined;
  return isReadable ? `IPv${familyOfSubnet(subnet)}` : String(gatewayAddress);
}

/**
 * The family of a subnet, which decides what type its DHCP configuration has on the wire. Without a gateway (an isolated
 * segment) the first address that is there tells, then the fields that IPv4 lacks; else it is IPv4. The subnet may be
 * one that a server answers.
 */
export function familyOfSubnet(subnet: unknown): 4 | 6 {
  const { gatewayAddress, dhcpRanges, dhcpConfig } = isRecord(subnet) ? subnet : {};
  const dhcp = isRecord(dhcpConfig) ? dhcpConfig : {};
  const ofRanges = (Array.isArray(dhcpRanges) ? dhcpRanges : []).map((range) => parseRange(range)?.first);
  const addresses = [parseCidr(gatewayAddress)?.address, parseCidr(dhcp.serverAddress)?.address, ...ofRanges];
  const known = addresses.find((address) => address !== undefined);
  return known?.family ?? (familyFields[4].some((field) => dhcp[field] !== undefined) ? 6 : 4);
}

function checkSubnet(subnet: SegmentSubnet, report: Report): void {
  const gateway = parseCidr(subnet.gatewayAddress);
  if (!gateway) return;
  const { network, address } = gateway;
  subnet.dhcpRanges?.forEach((text, index) => {
    const range = parseRange(text);
    if (range && !(contains(network, range.first) && contains(network, range.last))) {
      report(["dhcpRanges", index], `is not inside the subnet of ${subnet.gatewayAddress}`);
    }
  });
  if (subnet.dhcpConfig) checkDhcp(subnet.dhcpConfig, network, address, report);
}

/** Fields that DHCP of a family does not have. */
const familyFields = {
  4: ["excludedRanges", "sntpServers", "preferredTime", "domainNames"],
  6: ["options"],
} as const;

function checkDhcp(dhcp: SegmentDhcpConfig, network: Network, gateway: Address, report: Report): void {
  const server = dhcp.serverAddress ? parseCidr(dhcp.serverAddress) : undefined;
  if (server && !contains(network, server.address)) {
    report(["dhcpConfig", "serverAddress"], "is not inside the subnet of the gateway");
  }
  if (server && server.address.value === gateway.value) {
    report(["dhcpConfig", "serverAddress"], "must not be the gateway's address");
  }
  for (const field of familyFields[network.family]) {
    if (dhcp[field] !== undefined) {
      report(
        ["dhcpConfig", field],
        `is for IPv${network.family === 4 ? 6 : 4} subnets; this one is IPv${network.family}`,
      );
    }
  }
}
