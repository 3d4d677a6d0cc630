import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  Group,
  getInstanceGroupOutput,
  getInstancesOutput,
  getSystemOutput,
  NginxConfig,
  Role,
  StagedConfig,
  SystemTags,
  User,
} from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();
const file = (path: string) => readFileSync(join(__dirname, "nginx", path), "utf8");

/** The hosts, by the name under which their agents joined. */
const fleet = getInstanceGroupOutput({ name: config.require("instanceGroup") });
const members = getInstancesOutput({ instanceGroupName: fleet.name });

/** By these tags people find the hosts in NIM; others that a host has stay. */
for (const hostname of config.requireObject<string[]>("hosts")) {
  new SystemTags(hostname, { systemUid: getSystemOutput({ hostname }).uid, tags: ["fleet", `stack:${stack}`] });
}

/** May publish to this group and no other one, and see the certificates that there are. */
const operators = new Role("operators", {
  displayName: pulumi.interpolate`Operators of ${fleet.displayName} (${stack})`,
  permissions: [
    {
      feature: "INSTANCE-GROUPS",
      accessTypes: ["READ", "UPDATE"],
      objects: [{ resource: "Instance Groups", values: [fleet.uid] }],
    },
    { feature: "CERTIFICATES", accessTypes: ["READ"] },
  ],
});

/** Whoever is in it has the role. */
const team = new Group("team", { displayName: `Fleet team (${stack})`, roles: [operators.name] });

/** NIM takes no password here: README.md says where it comes from. */
const user = new User("user", {
  name: config.require("user"),
  email: config.require("email"),
  groups: [team.name],
});

/** What the group is to serve, kept in NIM, where the team can read it before any host has it. */
const staged = new StagedConfig("site", {
  name: `fleet-${stack}`,
  files: {
    "/etc/nginx/nginx.conf": file("nginx.conf"),
    "/etc/nginx/mime.types": file("mime.types"),
    "/etc/nginx/conf.d/site.conf": file("conf.d/site.conf"),
  },
  auxFiles: { "/etc/nginx/html": new pulumi.asset.FileArchive("./nginx/html") },
});

/** Published to all hosts of the group, as soon as NIM's analysis finds no error in it. */
const site = new NginxConfig("site", {
  instanceGroup: fleet.uid,
  stagedConfig: staged.ref,
  analyze: "errors",
  // The hosts have a config already, which the first publish replaces.
  adopt: true,
  onDelete: { "/etc/nginx/nginx.conf": file("after-destroy.conf") },
});

export const hosts = members.apply((all) => all.map(({ hostname, version }) => `${hostname}: nginx ${version}`));
export const logsInAs = user.name;
export const published = { stagedConfig: staged.ref, versionHash: site.versionHash };
