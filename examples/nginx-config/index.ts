import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { NginxConfig } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const folder = join(__dirname, "nginx");

/** Text of a file in nginx/. */
const file = (path: string) => readFileSync(join(folder, path), "utf8");

/** All files below a folder of nginx/, by their path on the instances. */
const filesBelow = (path: string) =>
  Object.fromEntries(
    readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
      .map((name) => [`/etc/nginx${name}`, file(name)]),
  );

/** What the instances of the group serve. Publishing is authoritative: what is not declared here goes. */
const shop = new NginxConfig("shop", {
  instanceGroup: config.require("instanceGroup"),
  files: {
    "/etc/nginx/nginx.conf": file("nginx.conf"),
    "/etc/nginx/mime.types": file("mime.types"),
    ...filesBelow("conf.d"),
  },
  auxFiles: {
    ...filesBelow("html"),
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
