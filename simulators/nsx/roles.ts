import { locate, type ObjectType } from "./types.ts";

/** "Full access", "Execute" (read and update), "Read" and "None", under their names in the API. */
export const permissionNames = ["crud", "execute", "read", "none"] as const;
export type Permission = (typeof permissionNames)[number];

export type Access = "create" | "read" | "update" | "delete";

/** What a role may, by feature; what is not in it, it may not even read. `*` stands for all features that are not named. */
export type Role = Readonly<Record<string, Permission>>;

/** The smallest that are called for, of those that NSX ships with (docs/nsx.md#permissions). */
export const builtInRoles: Readonly<Record<string, Role>> = {
  enterprise_admin: { "*": "crud" },
  auditor: { "*": "read" },
  network_engineer: { "*": "read", segments: "crud", gateways: "crud" },
};

const included: Readonly<Record<Permission, readonly Access[]>> = {
  crud: ["create", "read", "update", "delete"],
  execute: ["read", "update"],
  read: ["read"],
  none: [],
};

const featuresOfTypes: Readonly<Record<string, string>> = {
  Tier0: "gateways",
  Tier1: "gateways",
  LocaleServices: "gateways",
};

/** Feature ids are made from the labels of the guide's table; what hangs on a segment belongs to it. */
function featureOf({ name, in: parents }: ObjectType): string {
  if (name === "Segment" || "Segment" in parents) return "segments";
  return featuresOfTypes[name] ?? "other";
}

export const allows = (role: Role, feature: string, access: Access): boolean =>
  included[role[feature] ?? role["*"] ?? "none"].includes(access);

/** The feature of what is at a path; the state of an object is a part of it. */
export function featureAt(path: string): string {
  const location = locate(path.replace(/\/state$/, ""));
  return location ? featureOf(location.type) : "other";
}
