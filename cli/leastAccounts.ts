// The users of `simulate --accounts`: one for each smallest role that the documentation has (docs/nsx.md#permissions,
// docs/nim.md#permissions).
import { randomBytes } from "node:crypto";
import type { NimSimulator } from "../simulators/nim/index.ts";
import type { NsxSimulator } from "../simulators/nsx/index.ts";

const all = ["CREATE", "READ", "UPDATE", "DELETE"];

/** Access types by feature. */
export const nimRoles: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "pulumi-up": {
    "USER-MANAGEMENT": all,
    CERTIFICATES: all,
    "STAGED-CONFIGURATIONS": all,
    "INSTANCE-MANAGEMENT": ["READ", "UPDATE"],
    "INSTANCE-GROUPS": all,
  },
  "pulumi-drift": {
    "USER-MANAGEMENT": ["READ"],
    CERTIFICATES: ["READ"],
    "STAGED-CONFIGURATIONS": ["READ"],
    "INSTANCE-MANAGEMENT": ["READ"],
    "INSTANCE-GROUPS": ["READ"],
  },
};

/** NSX's own role by user. */
export const nsxRoles: Readonly<Record<string, string>> = {
  "pulumi-up": "network_engineer",
  "pulumi-drift": "auditor",
};

const newPassword = () => `${randomBytes(12).toString("base64url")}-1`;

/** @returns a line for each user */
export function addToNsx({ control }: NsxSimulator): string[] {
  return Object.entries(nsxRoles).map(([user, role]) => {
    const password = newPassword();
    control.atStart(() => {
      control.setPassword(user, password);
      control.setRole(user, role);
    });
    return `user ${user}  password ${password}  role ${role}`;
  });
}

/** @returns a line for each user */
export function addToNim({ control }: NimSimulator): string[] {
  return Object.entries(nimRoles).map(([name, features]) => {
    const password = newPassword();
    const permissions = Object.entries(features).map(([feature, accessTypes]) => ({ feature, accessTypes }));
    const roles = [{ ref: `/api/platform/v1/roles/${name}` }];
    control.atStart(() => {
      control.write("roles", name, { metadata: { name }, roleDef: { permissions } }, "admin");
      control.write("users", name, { metadata: { name }, userDef: { roles } }, "admin");
      control.setPassword(name, password);
    });
    return `user ${name}  password ${password}  role ${name}`;
  });
}
