import { lacksPermission } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { accessTypes, Permission, Rbac, RbacKind } from "./rbac.ts";
import { decodeSegment } from "./router.ts";
import type { NimEnvironment } from "./types.ts";

type Access = (typeof accessTypes)[number];

/** Which feature a path belongs to, by its first segment. What is not here, everybody may who is logged in. */
const featureOf: Readonly<Record<string, string>> = {
  systems: "INSTANCE-MANAGEMENT",
  instances: "INSTANCE-MANAGEMENT",
  "instance-groups": "INSTANCE-GROUPS",
  certs: "CERTIFICATES",
  roles: "USER-MANAGEMENT",
  users: "USER-MANAGEMENT",
  groups: "USER-MANAGEMENT",
  configs: "STAGED-CONFIGURATIONS",
  "resource-groups": "RESOURCE-GROUPS",
  license: "LICENSING",
  analytics: "ANALYTICS",
  servers: "SCAN",
  security: "SECURITY-POLICIES",
};

const byMethod: Readonly<Record<string, Access>> = {
  GET: "READ",
  POST: "CREATE",
  PUT: "UPDATE",
  PATCH: "UPDATE",
  DELETE: "DELETE",
};

/** What somebody wants to do: everything that decides whether they may. */
interface Wish {
  feature: string;
  access: Access;
  /** Names and uid of the one object that the path leads to; empty for a list and for what is still to be made. */
  object: { resource: string; names: string[] } | undefined;
  isList: boolean;
}

/** Refuses what no role of a user allows, before anything is looked for: who may not look learns nothing of what is there. */
export function createPermissions(
  { switches }: NimEnvironment,
  fleet: Fleet,
  rbac: Rbac,
  hasCert: (name: string) => boolean,
): { check(user: string, method: string, path: string): void } {
  const isThere = (collection: string, name: string) =>
    collection === "certs" ? hasCert(name) : rbac.read(collection as RbacKind, name) !== undefined;

  /** A publish carries a config to something that exists; a resource group changes by what is in it. */
  function accessOf(method: string, [collection = "", name = "", ...rest]: string[]): Access {
    const last = rest.at(-1);
    if (method !== "GET" && last === "config") return switches.publishNeeds;
    if (method !== "GET" && rest.includes("resources")) return "UPDATE";
    const isNamed = ["roles", "users", "groups", "certs"].includes(collection);
    if (method === "PUT" && isNamed && !isThere(collection, name)) return "CREATE";
    return byMethod[method] ?? "UPDATE";
  }

  function objectOf([collection = "", name = ""]: string[]): Wish["object"] {
    if (name === "") return undefined;
    switch (collection) {
      case "systems": {
        const hostname = fleet.systems.get(name)?.hostname;
        return { resource: "Systems", names: hostname === undefined ? [name] : [name, hostname] };
      }
      case "instance-groups": {
        const group = fleet.groups.get(name)?.name;
        return { resource: "Instance Groups", names: group === undefined ? [name] : [name, group] };
      }
      case "certs":
        return { resource: "Certs", names: [name] };
      default:
        return undefined;
    }
  }

  return {
    check(user, method, path) {
      const parts = path.split("/").slice(1).map(decodeSegment);
      const feature = featureOf[parts[0] ?? ""];
      if (feature === undefined) return;
      const isDeployment = parts[0] !== "certs" && parts.includes("deployments");
      const wish: Wish = {
        feature,
        access: accessOf(method, parts),
        object: isDeployment ? undefined : objectOf(parts),
        isList: method === "GET" && (parts.length === 1 || isDeployment),
      };
      const permissions = rbac.permissionsOf(user);
      if (!permissions.some((permission) => allows(permission, wish))) {
        throw lacksPermission(`${wish.access} of ${wish.feature}`);
      }
    },
  };
}

/** Objects limit a permission to those that are named; lists are not shortened by them here. */
function allows({ feature, accessTypes, objects }: Permission, wish: Wish): boolean {
  if (feature !== wish.feature || !accessTypes.includes(wish.access)) return false;
  if (objects.length === 0 || wish.isList) return true;
  return objects.some(({ resource, values }) => {
    if (values.includes("All")) return true;
    return resource === wish.object?.resource && wish.object.names.some((name) => values.includes(name));
  });
}
