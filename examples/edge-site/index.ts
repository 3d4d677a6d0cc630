import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Certificate, NginxConfig, NsxSegment, Role } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();
const tags = [
  { scope: "env", tag: stack },
  { scope: "team", tag: "shop" },
];

// What exists already. Pulumi.yaml has the defaults, `pulumi config set` changes them.
const edge = { systemUid: config.require("systemUid"), instanceUid: config.require("instanceUid") };
const webNetwork = "10.20.1.0/24";

/** The web servers behind nginx: an overlay segment that a tier-1 gateway routes, with addresses from DHCP. */
const web = new NsxSegment("web", {
  displayName: `shop-${stack}-web`,
  description: "Web servers",
  transportZonePath: config.require("overlayZonePath"),
  connectivityPath: config.require("tier1Path"),
  domainName: "web.shop.example",
  dhcpConfigPath: config.require("dhcpServerPath"),
  subnets: [
    {
      gatewayAddress: "10.20.1.1/24",
      dhcpRanges: ["10.20.1.100-10.20.1.199"],
      dhcpConfig: { serverAddress: "10.20.1.2/24", dnsServers: ["10.20.0.53"], leaseTime: 43_200 },
    },
  ],
  tags,
});

/** Their storage: a VLAN segment, for networks that live on the physical switches. */
const storage = new NsxSegment("storage", {
  displayName: `shop-${stack}-storage`,
  description: "iSCSI and backup",
  transportZonePath: config.require("vlanZonePath"),
  vlanIds: ["110", "120-129"],
  tags,
});

/** The site's certificate: from the stack's secrets, as in CI, or from the folder that `npm run certificate` fills. */
const certificate = new Certificate("site", {
  name: `shop-${stack}`,
  certificate: config.get("certificate") ?? issued("tls.crt"),
  privateKey: config.getSecret("privateKey") ?? issued("tls.key"),
  instances: [edge],
});

/** What nginx on the edge serves, over HTTP and HTTPS. It names the certificate, so it is published after it. */
const site = new NginxConfig(
  "site",
  {
    instance: edge,
    files: {
      "/etc/nginx/nginx.conf": file("nginx/nginx.conf"),
      "/etc/nginx/mime.types": file("nginx/mime.types"),
      "/etc/nginx/conf.d/site.conf": certificate.name.apply((name) =>
        file("nginx/conf.d/site.conf").replaceAll("@certificate@", name).replaceAll("@webNetwork@", webNetwork),
      ),
    },
    auxFiles: { "/etc/nginx/html/index.html": file("nginx/html/index.html") },
    // The instance has the config of nginx's own package; the first publish replaces it, also files that are not declared here.
    adopt: true,
    // Without it, destroying the stack would leave a site whose certificate nothing renews any more.
    onDelete: { "/etc/nginx/nginx.conf": file("nginx/after-destroy.conf") },
  },
  { dependsOn: web },
);

/** Who may look after the edge: publish to this one system, and see certificates. */
const operators = new Role("operators", {
  displayName: `Operators of the shop (${stack})`,
  permissions: [
    {
      feature: "INSTANCE-MANAGEMENT",
      accessTypes: ["READ", "UPDATE"],
      objects: [{ resource: "Systems", values: [edge.systemUid] }],
    },
    { feature: "CERTIFICATES", accessTypes: ["READ"] },
  ],
});

export const segments = { web: web.path, storage: storage.path };
export const certificateExpires = certificate.notAfter;
export const certificateFingerprint = certificate.fingerprintSha256;
export const configVersion = site.versionHash;
export const operatorRole = operators.name;

/** Text of a file in this folder. */
function file(path: string): string {
  return readFileSync(join(__dirname, path), "utf8");
}

function issued(name: string): string {
  if (existsSync(join(__dirname, "certs", name))) return file(`certs/${name}`);
  throw new pulumi.RunError(
    `There is no certs/${name} yet. "npm run certificate" makes a self-signed certificate; README.md says how to use your own.`,
  );
}
