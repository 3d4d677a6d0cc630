import type { z } from "zod";
import { type Address, contains, type Network, parseCidr, parseRange } from "./formats.ts";
import type { NsxSegmentInputs, SegmentDhcpConfig, SegmentSubnet } from "./segmentTypes.ts";

type Report = (path: (string | number)[], message: string) => void;

/** Rules across several arguments, each of which NSX would refuse only after the run has begun to change things. */
export function checkSegment(inputs: NsxSegmentInputs, context: z.RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: "custom", path, message });
  checkKind(inputs, report);
  checkTags(inputs, report);
  inputs.subnets?.forEach((subnet, index) => {
    checkSubnet(subnet, (path, message) => report(["subnets", index, ...path], message));
  });
  const families = inputs.subnets?.map(({ gatewayAddress }) => parseCidr(gatewayAddress)?.network.family) ?? [];
  families.forEach((family, index) => {
    if (family && families.indexOf(family) < index) {
      report(
        ["subnets", index, "gatewayAddress"],
        `is a second IPv${family} subnet; a segment has at most one of each family`,
      );
    }
  });
}

/** VLAN, overlay and fixed segments have different fields (Segment.connectivity_path, Segment.overlay_id). */
function checkKind({ vlanIds, connectivityPath, overlayId, tier1Path }: NsxSegmentInputs, report: Report): void {
  if (vlanIds && connectivityPath) {
    report(["connectivityPath"], "is for overlay segments; this one has vlanIds and is a VLAN segment");
  }
  if (vlanIds && overlayId !== undefined) {
    report(["overlayId"], "is for overlay segments; this one has vlanIds and is a VLAN segment");
  }
  if (tier1Path && connectivityPath) {
    report(["connectivityPath"], "must not be set on a fixed segment, which belongs to its tier1Path");
  }
}

function checkTags({ tags = [] }: NsxSegmentInputs, report: Report): void {
  const keys = tags.map(({ scope, tag }) => JSON.stringify([scope, tag]));
  keys.forEach((key, index) => {
    if (keys.indexOf(key) < index) report(["tags", index], "is there twice");
    if (tags[index]?.scope === "pulumi.owner") report(["tags", index, "scope"], "is the provider's own mark");
  });
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
