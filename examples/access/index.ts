import * as pulumi from "@pulumi/pulumi";
import { Group, InstanceGroup, Role, User } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();

/** The instances that the shop runs on: agents join it by its name. */
const front = new InstanceGroup("front", {
  displayName: `Shop front (${stack})`,
  description: "Serves the shop",
});

/** May publish to that group, and to no other one. */
const operators = new Role("operators", {
  displayName: `Shop operators (${stack})`,
  permissions: [
    {
      feature: "INSTANCE-GROUPS",
      accessTypes: ["READ", "UPDATE"],
      objects: [{ resource: "Instance Groups", values: [front.uid] }],
    },
    { feature: "CERTIFICATES", accessTypes: ["READ"] },
  ],
});

/** May look at who may do what. */
const auditors = new Role("auditors", {
  displayName: `Shop auditors (${stack})`,
  permissions: [{ feature: "USER-MANAGEMENT", accessTypes: ["READ"] }],
});

/** Whoever is in it has the role; with OIDC the identity provider says who that is, by the group's name. */
const team = new Group("team", {
  displayName: `Shop team (${stack})`,
  roles: [operators.name],
});

/** In the team, with one more role of her own. */
const user = new User("user", {
  name: config.require("user"),
  email: config.require("email"),
  groups: [team.name],
  roles: [auditors.name],
});

export const logsInAs = user.name;
/** For `instance_group` in the configuration of the agents, and for `instanceGroup` of a NginxConfig. */
export const instanceGroup = { name: front.name, uid: front.uid };
