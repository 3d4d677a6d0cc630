import * as pulumi from "@pulumi/pulumi";
import { Role } from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();

// Names or uids; a list in the stack's configuration, such as ["web-1","web-2"].
const systems = config.requireObject<string[]>("systems");

/** Operators: publish to some systems and see their certificates, but register nothing and delete nothing. */
const operators = new Role("operators", {
  displayName: `Shop operators (${stack})`,
  description: "Publish the shop's configuration",
  tags: ["team:shop"],
  permissions: [
    {
      feature: "INSTANCE-MANAGEMENT",
      accessTypes: ["READ", "UPDATE"],
      objects: [{ resource: "Systems", values: systems }],
    },
    { feature: "CERTIFICATES", accessTypes: ["READ"] },
  ],
});

/** Auditors: see everything that the operators can change. */
const auditors = new Role("auditors", {
  displayName: `Shop auditors (${stack})`,
  description: "Read only",
  tags: ["team:shop"],
  permissions: ["INSTANCE-MANAGEMENT", "CERTIFICATES", "USER-MANAGEMENT"].map((feature) => ({
    feature,
    accessTypes: ["READ"],
  })),
});

/** By these names users and user groups get the roles. */
export const roles = { operators: operators.name, auditors: auditors.name };
