import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import { badRequest, conflict, exists, gone, NimError, referenced } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import { decodeSegment } from "./router.ts";
import { type Author, basePath, type Json, type NimEnvironment, type NimRequest, type Routes } from "./types.ts";
import { validate } from "./validate.ts";

/** Features of RBAC: three ids are known (docs/nim.md#access-control), the others are made from the labels alike. */
export const features = [
  ["INSTANCE-MANAGEMENT", "Instance Management"],
  ["INSTANCE-GROUPS", "Instance Groups"],
  ["USER-MANAGEMENT", "User Management"],
  ["ANALYTICS", "Analytics"],
  ["CERTIFICATES", "Certificates"],
  ["LICENSING", "Licensing"],
  ["NGINX-PLUS-COUNTING", "NGINX Plus Counting"],
  ["RESOURCE-GROUPS", "Resource Groups"],
  ["SCAN", "Scan"],
  ["SECURITY-POLICIES", "Security Policies"],
  ["STAGED-CONFIGURATIONS", "Staged Configurations"],
  ["TEMPLATES", "Templates"],
  ["TEMPLATE-SUBMISSIONS", "Template Submissions"],
] as const;

export const accessTypes = ["CREATE", "READ", "UPDATE", "DELETE"] as const;
const refs = z.array(z.strictObject({ ref: z.string() })).default([]);
const readOnly = ["created", "modified", "revisionTimestamp", "selfLink", "uid"];

const metadata = z.strictObject({
  kind: z.string().optional(),
  name: z.string().min(1).max(255),
  displayName: z.string().default(""),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  // What a GET shows beside these may come back and changes nothing.
  ...Object.fromEntries(readOnly.map((name) => [name, z.unknown().optional()])),
});
const roleDef = z.strictObject({
  permissions: z
    .array(
      z.strictObject({
        feature: z.string().min(1),
        accessTypes: z.array(z.enum(accessTypes)),
        objects: z.array(z.strictObject({ resource: z.string(), values: z.array(z.string()) })).default([]),
      }),
    )
    .default([]),
});
export type Permission = z.output<typeof roleDef>["permissions"][number];

const userDef = z.strictObject({
  email: z.string().default(""),
  firstName: z.string().default(""),
  lastName: z.string().default(""),
  groups: refs,
  roles: refs,
});
// The body of a user group is not public; made like the others (docs/nim.md#access-control).
const groupDef = z.strictObject({ roles: refs });

/** Who logs in, and what claims name, is no path. */
const account = metadata.extend({ name: metadata.shape.name.regex(/^[^/\\?#%\p{Cc}]+$/u, "the name is not valid") });

export type RbacKind = "roles" | "users" | "groups";

/** Each kind by its collection; what the definition of a group is called is a switch. */
const kindsWith = (groupKey: "groupDef" | "userGroupDef") => ({
  roles: { kind: "role", key: "roleDef", schema: z.strictObject({ metadata, roleDef }) },
  users: { kind: "user", key: "userDef", schema: z.strictObject({ metadata: account, userDef }) },
  groups: { kind: "group", key: groupKey, schema: z.strictObject({ metadata: account, [groupKey]: groupDef }) },
});

interface Ref {
  ref: string;
}

interface Entry {
  metadata: z.output<typeof metadata> & Json;
  definition: Json;
}

export interface Rbac {
  routes: Routes;
  read(kind: RbacKind, name: string): Json | undefined;
  /** Creates or replaces, as PUT does; tells whether there was one. */
  write(kind: RbacKind, name: string, body: unknown, author: Author): boolean;
  /** What all roles of a user allow together: those of its own and those of its groups. */
  permissionsOf(user: string): Permission[];
  reset(): void;
}

/**
 * Whoever the identity provider lets in is in one group by the claims, whose roles count. Until somebody has made that group,
 * it has the role admin.
 */
const fromProvider = { user: "nim-client", group: "nim-clients" };

const builtIn: Author = { user: "system", requestId: "start" };

/** docs/nim.md#access-control: kept by name, PUT creates or replaces whole, PATCH changes what it names. */
export function createRbac(environment: NimEnvironment, fleet: Fleet, lists: Lists, userNames: string[]): Rbac {
  const { random, switches } = environment;
  const entries: Record<RbacKind, Map<string, Entry>> = { roles: new Map(), users: new Map(), groups: new Map() };
  const kinds = kindsWith(switches.groupDefinition);
  const nameIn = (kind: RbacKind, { ref }: Ref) => decodeSegment(ref.slice(refOf(kind, "").length));
  const refOf = (kind: RbacKind, name: string) => `${basePath(switches)}/${kind}/${name}`;

  function view(kind: RbacKind, name: string): Json {
    const { metadata, definition } = entries[kind].get(name) as Entry;
    const { key } = kinds[kind];
    if (kind !== "roles" || switches.roleAssociations === "none") return { metadata, [key]: definition };
    const holders = { users: holdersOf(name, "users"), groups: holdersOf(name, "groups") };
    if (switches.roleAssociations === "top") return { metadata, [key]: definition, ...holders };
    return { metadata, [key]: { ...definition, ...holders } };
  }

  function holdersOf(role: string, kind: "users" | "groups"): { ref: string }[] {
    const holders = [...entries[kind]].filter(([, { definition }]) =>
      (definition.roles as Ref[]).some((held) => nameIn("roles", held) === role),
    );
    return holders.map(([name]) => ({ ref: refOf(kind, name) }));
  }

  function write(kind: RbacKind, name: string, body: unknown, author: Author): boolean {
    const { key, schema } = kinds[kind];
    const request = validate(schema, withoutAssociations(kind, body), switches.unknownFields === "ignore") as Json;
    const sent = request.metadata as Entry["metadata"];
    const definition = request[key] as Json;
    if (sent.name !== name) throw badRequest(`metadata.name "${sent.name}" is not the name in the path, "${name}"`);
    check(kind, definition);
    const previous = entries[kind].get(name);
    const now = fleet.stamp();
    const metadata = {
      ...sent,
      kind: kinds[kind].kind,
      created: previous?.metadata.created ?? now,
      modified: now,
      revisionTimestamp: now,
      uid: previous?.metadata.uid ?? random.uuid(),
      selfLink: { rel: refOf(kind, name) },
    };
    entries[kind].set(name, { metadata, definition });
    fleet.record(previous ? "update" : "create", refOf(kind, name), view(kind, name), author);
    return previous !== undefined;
  }

  function check(kind: RbacKind, definition: Json): void {
    const permissions = kind === "roles" ? (definition as z.output<typeof roleDef>).permissions : [];
    for (const { feature } of permissions) {
      const known = features.some(([id]) => id === feature);
      if (!known && switches.unknownFeature === "refuse") throw badRequest(`feature "${feature}" does not exist`);
    }
    for (const [field, target] of [
      ["roles", "roles"],
      ["groups", "groups"],
    ] as const) {
      for (const { ref } of (definition[field] ?? []) as { ref: string }[]) {
        const name = nameIn(target, { ref });
        if (!ref.startsWith(refOf(target, "")) || !entries[target].has(name)) {
          throw new NimError(switches.missingRefStatus, `there is no ${ref}`);
        }
      }
    }
  }

  /** The admin role must stay with one user at least (docs/nim.md#access-control), whatever is written or deleted. */
  function refuseLastAdmin(name: string, roles: unknown = []): void {
    if (Array.isArray(roles) && roles.some((role) => role?.ref === refOf("roles", "admin"))) return;
    const admins = holdersOf("admin", "users");
    if (admins.length === 1 && admins[0]?.ref === refOf("users", name)) {
      throw conflict(`User ${name} is the last one with the admin role`);
    }
  }

  function remove(kind: RbacKind, request: NimRequest) {
    const name = nameOf(kind, request);
    if (kind === "roles") {
      if (name === "admin") throw conflict("The admin role cannot be deleted");
      const holders = [...holdersOf(name, "users"), ...holdersOf(name, "groups")].map(
        ({ ref }) => `assigned to ${ref}`,
      );
      if (holders.length > 0) throw referenced(`Role ${name}`, holders);
    }
    if (kind === "groups") {
      const members = [...entries.users].filter(([, { definition }]) =>
        (definition.groups as Ref[]).some((group) => nameIn("groups", group) === name),
      );
      const descriptions = members.map(([user]) => `it has the user ${user}`);
      if (members.length > 0) throw referenced(`Group ${name}`, descriptions);
    }
    if (kind === "users") refuseLastAdmin(name);
    const body = view(kind, name);
    entries[kind].delete(name);
    fleet.record("delete", refOf(kind, name), body, request);
    return empty(204);
  }

  const nameOf = (kind: RbacKind, { params }: NimRequest): string => {
    const name = params.name ?? "";
    if (!entries[kind].has(name)) throw gone(`${kinds[kind].kind} ${name}`);
    return name;
  };

  function patch(kind: RbacKind, request: NimRequest) {
    const name = nameOf(kind, request);
    const { key } = kinds[kind];
    const { metadata, definition } = entries[kind].get(name) as Entry;
    const { displayName, description, tags } = metadata;
    const sent = (request.body ?? {}) as Record<string, Json>;
    const looksInto = switches.patchMerges === "fields";
    const merged = {
      ...sent,
      metadata: { name, ...((looksInto || !sent.metadata) && { displayName, description, tags }), ...sent.metadata },
      [key]: { ...((looksInto || !sent[key]) && definition), ...sent[key] },
    };
    if (kind === "users") refuseLastAdmin(name, (merged[key] as Json).roles);
    write(kind, name, merged, request);
    return json(200, view(kind, name));
  }

  /** Of a role PUT is seen and of a user PATCH; a group takes either, or one of the two. */
  function takes(kind: RbacKind, method: "PUT" | "PATCH"): boolean {
    return kind !== "groups" || ["both", method].includes(switches.groupUpdate);
  }

  function routesOf(kind: RbacKind): Routes {
    const refused = () => {
      throw new NimError(405, "method not allowed");
    };
    return {
      [`GET /${kind}`]: ({ query }) =>
        lists.answer(query, () => [...entries[kind].keys()].map((name) => view(kind, name))),
      [`POST /${kind}`]: (request) => {
        const name = (request.body as { metadata?: { name?: unknown } } | undefined)?.metadata?.name;
        if (typeof name === "string" && entries[kind].has(name)) throw exists(`${kinds[kind].kind} ${name}`);
        write(kind, typeof name === "string" ? name : "", request.body, request);
        return json(201, view(kind, name as string));
      },
      [`GET /${kind}/{name}`]: (request) => json(200, view(kind, nameOf(kind, request))),
      [`PUT /${kind}/{name}`]: (request) => {
        if (!takes(kind, "PUT")) return refused();
        const name = request.params.name as string;
        if (kind === "users") refuseLastAdmin(name, (request.body as { userDef?: Json } | undefined)?.userDef?.roles);
        return json(write(kind, name, request.body, request) ? 200 : 201, view(kind, name));
      },
      [`PATCH /${kind}/{name}`]: (request) => (takes(kind, "PATCH") ? patch(kind, request) : refused()),
      [`DELETE /${kind}/{name}`]: (request) => remove(kind, request),
    };
  }

  function permissionsOf(user: string): Permission[] {
    const roles = holdersFor(user).flatMap((holder) => holder.roles as Ref[]);
    return roles.flatMap((role) => {
      const held = entries.roles.get(nameIn("roles", role))?.definition;
      return (held?.permissions ?? []) as Permission[];
    });
  }

  /** A user and the groups of that user. */
  function holdersFor(user: string): Json[] {
    if (user === fromProvider.user) {
      return [entries.groups.get(fromProvider.group)?.definition ?? { roles: [{ ref: refOf("roles", "admin") }] }];
    }
    const own = entries.users.get(user)?.definition;
    if (!own) return [];
    const groups = (own.groups as Ref[]).map((group) => entries.groups.get(nameIn("groups", group)));
    return [own, ...groups.flatMap((group) => (group ? [group.definition] : []))];
  }

  function reset(): void {
    for (const map of Object.values(entries)) map.clear();
    const permissions = features.map(([feature]) => ({
      feature,
      accessTypes: [...accessTypes],
      objects: [{ resource: "All", values: ["All"] }],
    }));
    const admin = { metadata: { name: "admin", displayName: "Administrator" }, roleDef: { permissions } };
    write("roles", "admin", admin, builtIn);
    for (const name of userNames) {
      write("users", name, { metadata: { name }, userDef: { roles: [{ ref: refOf("roles", "admin") }] } }, builtIn);
    }
    environment.history.reset();
  }
  reset();

  return {
    read: (kind, name) => (entries[kind].has(name) ? view(kind, name) : undefined),
    write,
    permissionsOf,
    reset,
    routes: { ...routesOf("roles"), ...routesOf("users"), ...routesOf("groups") },
  };
}

/** What a GET of a role adds about its holders may come back in a PUT and means nothing there. */
function withoutAssociations(kind: RbacKind, body: unknown): unknown {
  if (kind !== "roles" || typeof body !== "object" || body === null) return body;
  const { users: _users, groups: _groups, ...role } = body as Json;
  if (typeof role.roleDef !== "object" || role.roleDef === null) return role;
  const { users: _u, groups: _g, ...definition } = role.roleDef as Json;
  return { ...role, roleDef: definition };
}
