import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { NginxConfig } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const folder = join(__dirname, "nginx");

/** Text of a file in nginx/: given as text, a change of it is shown line by line. */
const file = (path: string) => readFileSync(join(folder, path), "utf8");

const sites = readdirSync(join(folder, "conf.d")).map((name) => [`/etc/nginx/conf.d/${name}`, file(`conf.d/${name}`)]);

/** What the instances of the group serve. Publishing is authoritative: what is not declared here goes. */
const shop = new NginxConfig("shop", {
  instanceGroup: config.require("instanceGroup"),
  files: {
    "/etc/nginx/nginx.conf": file("nginx.conf"),
    "/etc/nginx/mime.types": file("mime.types"),
    ...Object.fromEntries(sites),
  },
  auxFiles: {
    // A whole folder, icons and all, byte for byte.
    "/etc/nginx/html": new pulumi.asset.FileArchive("./nginx/html"),
    // Who may see the reports. The state holds a secret encrypted; until there is one, nobody may.
    "/etc/nginx/reports.htpasswd": config.getSecret("htpasswd") ?? "nobody:*\n",
  },
  // The instances have a config already; the first publish replaces it, also the files that are not declared here.
  adopt: true,
  // The default, "retain", would leave the site as it is when the stack is destroyed.
  onDelete: { "/etc/nginx/nginx.conf": file("after-destroy.conf") },
});

/** How each instance took the last publish. */
export const instances = shop.instances;
export const versionHash = shop.versionHash;
