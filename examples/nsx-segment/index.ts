import * as pulumi from "@pulumi/pulumi";
import { NsxSegment } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();

// What exists already on the NSX manager. Pulumi.yaml has the defaults, `pulumi config set` changes them.
const overlayZonePath = config.require("overlayZonePath");
const vlanZonePath = config.require("vlanZonePath");
const tier1Path = config.require("tier1Path");
const dhcpServerPath = config.require("dhcpServerPath");

const tags = [
  { scope: "env", tag: stack },
  { scope: "team", tag: "shop" },
];

/** The web servers: an overlay segment that a tier-1 gateway routes, with addresses from DHCP. */
const web = new NsxSegment("web", {
  displayName: `shop-${stack}-web`,
  description: "Web servers",
  transportZonePath: overlayZonePath,
  connectivityPath: tier1Path,
  domainName: "web.shop.example",
  dhcpConfigPath: dhcpServerPath,
  subnets: [
    {
      gatewayAddress: "10.20.1.1/24",
      dhcpRanges: ["10.20.1.100-10.20.1.199"],
      dhcpConfig: { serverAddress: "10.20.1.2/24", dnsServers: ["10.20.0.53"], leaseTime: 43_200 },
    },
  ],
  tags,
});

/** Storage: a VLAN segment, for networks that live on the physical switches. */
const storage = new NsxSegment("storage", {
  displayName: `shop-${stack}-storage`,
  description: "iSCSI and backup",
  transportZonePath: vlanZonePath,
  vlanIds: ["110", "120-129"],
  tags,
});

/** A network without a way out, in which backups are restored and looked at. */
const restore = new NsxSegment("restore", {
  displayName: `shop-${stack}-restore`,
  description: "Restored backups, cut off from everything else",
  transportZonePath: overlayZonePath,
  tags,
});

/** Policy paths, by which other objects of NSX refer to the segments. */
export const paths = { web: web.path, storage: storage.path, restore: restore.path };
