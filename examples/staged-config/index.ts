import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { NginxConfig, StagedConfig } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const file = (path: string) => readFileSync(join(__dirname, "nginx", path), "utf8");

/** Kept in NIM, where everybody can read it; no instance serves it yet. */
const staged = new StagedConfig("shop", {
  name: `shop-${pulumi.getStack()}`,
  files: {
    "/etc/nginx/nginx.conf": file("nginx.conf"),
    "/etc/nginx/mime.types": file("mime.types"),
    "/etc/nginx/conf.d/shop.conf": file("conf.d/shop.conf"),
  },
  auxFiles: { "/etc/nginx/html": new pulumi.asset.FileArchive("./nginx/html") },
});

if (config.requireBoolean("publish")) {
  new NginxConfig("shop", {
    instanceGroup: config.require("instanceGroup"),
    // The staged config and what it holds: a change of it is published, one that somebody else has made in NIM is not.
    stagedConfig: staged.ref,
    // The instances have a config already, which the first publish replaces.
    adopt: true,
    onDelete: { "/etc/nginx/nginx.conf": file("after-destroy.conf") },
  });
}

/** By this uid NIM's UI shows what is staged. */
export const uid = staged.uid;
