import * as pulumi from "@pulumi/pulumi";
import {
  getDhcpServerOutput,
  getSegmentStateOutput,
  getSegmentsOutput,
  getTier1GatewayOutput,
  getTransportZoneOutput,
  NsxSegment,
} from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();

// What exists already on the NSX manager, by the names that people know. Pulumi.yaml has the defaults.
const gateway = getTier1GatewayOutput({ displayName: config.require("gateway") });
const dhcpServer = getDhcpServerOutput({ displayName: config.require("dhcpServer") });
// Of each type of transport zone one is the default, so nobody has to know its name.
const zone = getTransportZoneOutput({ isDefault: true, tzType: "OVERLAY_BACKED" });

const tags = [{ scope: "lookup", tag: stack }];

const web = new NsxSegment("web", {
  displayName: `lookup-${stack}-web`,
  transportZonePath: zone.path,
  connectivityPath: gateway.path,
  dhcpConfigPath: dhcpServer.path,
  subnets: [{ gatewayAddress: "10.30.1.1/24", dhcpRanges: ["10.30.1.100-10.30.1.199"] }],
  tags,
});

const app = new NsxSegment("app", {
  displayName: `lookup-${stack}-app`,
  transportZonePath: zone.path,
  connectivityPath: gateway.path,
  subnets: [{ gatewayAddress: "10.30.2.1/24" }],
  tags,
});

/** Names of all networks with the tag, whoever made them. It waits for those of this stack, so that they are among them. */
export const networks = getSegmentsOutput({ tag: { scope: "lookup", tag: stack } }, { dependsOn: [web, app] }).apply(
  (found) => found.map(({ displayName }) => displayName).sort(),
);

/** What NSX says of the web servers' network. */
export const state = getSegmentStateOutput({ path: web.path }).state;

/** The paths that were looked up, to be compared with what was meant. */
export const found = { zone: zone.path, gateway: gateway.path, dhcpServer: dhcpServer.path };
