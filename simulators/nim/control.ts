import { z } from "zod";
import { createCertificate, type Operations, operation } from "../kit/index.ts";
import { run } from "./agent/apply.ts";
import type { Analytics, NimEvent } from "./analytics.ts";
import type { Auth } from "./auth.ts";
import type { CertPlacement } from "./certPlacement.ts";
import type { Certs } from "./certs.ts";
import type { Deployments } from "./deployments.ts";
import { editedByHand, type Fleet } from "./fleet.ts";
import type { InstanceGroups } from "./groups.ts";
import type { Disk } from "./nginx/tree.ts";
import type { Publisher } from "./publish.ts";
import type { Rbac, RbacKind } from "./rbac.ts";
import type { Scan, StrayServer } from "./scan.ts";
import type { Author, ConfigFiles, Group, Instance, Json, NimEnvironment } from "./types.ts";
import type { Work } from "./work.ts";

/** An instance as tests and demonstrations see it. */
export interface InstanceInfo {
  hostname: string;
  systemUid: string;
  instanceUid: string;
  groupUid: string | undefined;
  plus: boolean;
  online: boolean;
  /** Where its nginx serves ports 80 and 443; undefined where there is no nginx. */
  url: string | undefined;
  httpsUrl: string | undefined;
  /** What of its config only NGINX Plus knows, and therefore is not running. */
  leftOut: string[];
}

export interface ConfigEdit {
  /** Host name of an instance, or name of an instance group. */
  target: string;
  path: string;
  /** Text of the file, or its bytes; null deletes it. */
  content: string | { base64: string } | null;
  /** `ui`: published by NIM without a commit; `dataPlane`: on the host itself, and reported by its agent. */
  via?: "ui" | "dataPlane" | undefined;
  user?: string | undefined;
}

type WrittenKind = "certs" | "instance-groups" | RbacKind;

/** What a test does behind the client's back. Instances are named by host name or uid, groups by name or uid. */
export interface NimOperations {
  instances(): InstanceInfo[];
  /** The loopback port on which an instance serves a port of its config. */
  portOf(instance: string, port: number): number | undefined;
  /** Every file on the host of an instance, also what its agent does not report, by path. */
  diskOf(instance: string): Disk;
  /** Edits a file of a config as somebody else; throws with nginx's words if it refuses. */
  editConfig(edit: ConfigEdit): Promise<void>;
  /** Takes an instance away or brings it back; then it takes up what its group published meanwhile. */
  setOnline(instance: string, online: boolean): Promise<void>;
  /** Its agent refuses every config with this message, or no longer. */
  refuse(instance: string, message?: string): void;
  /** Puts an instance into a group, which is made where there is none, or into none. The first member's config becomes the group's. */
  join(instance: string, group?: string): void;
  /** The agent of a deleted instance registers again. */
  register(instance: string): void;
  /** Creates or replaces a certificate, role, user or group as PUT does, as somebody else; an instance group as PATCH does. */
  write(kind: WrittenKind, name: string, body: unknown, user?: string): Json;
  /** Takes a feature, or one access type of it, from a role. */
  revokePermission(role: string, feature: string, accessType?: string, user?: string): Json;
  /** Replaces a certificate by a new one with another key and the same common name. */
  renewCert(name: string, user?: string): Promise<Json>;
  /** Something happens; of what is left out it is an agent's information, now. */
  addEvent(event: Partial<NimEvent>): NimEvent;
  /** Starts an nginx without an agent on the network, for scans to find. */
  placeServer(server: StrayServer): void;
  /** NIM restarts and no longer knows its deployments (known issue 43016). */
  forgetDeployments(): void;
  /** Every token given so far is worth nothing any more. */
  revokeTokens(): void;
  /** Gives a user another password. */
  setPassword(user: string, password: string): void;
  /** Resolves when no deployment is under way. */
  settled(): Promise<void>;
}

export interface ControlParts {
  environment: NimEnvironment;
  fleet: Fleet;
  work: Work;
  deployments: Deployments;
  certs: Certs;
  rbac: Rbac;
  instanceGroups: InstanceGroups;
  publisher: Publisher;
  placement: CertPlacement;
  analytics: Analytics;
  scan: Scan;
  auth: Auth;
  /** By user. */
  passwords: Record<string, string>;
}

const anotherUser = "somebody-else";

export function nimOperations(parts: ControlParts): { act: NimOperations; operations: Operations } {
  const {
    environment,
    fleet,
    work,
    deployments,
    certs,
    rbac,
    instanceGroups,
    publisher,
    placement,
    auth,
    passwords,
    analytics,
    scan,
  } = parts;
  const author = (user = anotherUser): Author => ({ user, requestId: `control-${environment.random.hex(8)}` });
  const instanceOf = (name: string) => {
    const found = [...fleet.instances.values()].find(({ hostname, uid }) => hostname === name || uid === name);
    if (!found) throw new Error(`there is no instance "${name}"`);
    return found;
  };
  const groupNamed = (name: string) =>
    [...fleet.groups.values()].find((group) => group.name === name || group.uid === name);
  function edited(config: ConfigFiles, { path, content }: ConfigEdit): ConfigFiles {
    const [configFiles, auxFiles] = [new Map(config.configFiles), new Map(config.auxFiles)];
    const files = auxFiles.has(path) ? auxFiles : configFiles;
    if (content === null) files.delete(path);
    else files.set(path, bytesOf(content));
    return { ...config, configFiles, auxFiles };
  }

  async function editGroup(group: Group, edit: ConfigEdit): Promise<void> {
    const { configFiles, auxFiles } = group.versions[0] ?? { configFiles: new Map(), auxFiles: new Map() };
    const base = { configFiles, auxFiles, configRootDir: "/etc/nginx", auxRootDir: "/" };
    const config = edited(base, edit);
    const members = fleet.members(group).filter(({ online }) => online);
    await work.on(group.uid, async () => {
      for (const member of members) await deliver(member, config, author(edit.user));
      fleet.commitGroup(group, config, editedByHand, author(edit.user));
    });
  }

  async function deliver(instance: Instance, config: ConfigFiles, by: Author): Promise<void> {
    const failure = await work.on(instance.uid, () => publisher.deliver(instance, config, editedByHand, by));
    if (failure !== undefined) throw new Error(failure);
  }

  async function editOnHost(instance: Instance, edit: ConfigEdit): Promise<void> {
    await work.on(instance.uid, async () => {
      const disk = new Map(instance.disk);
      if (edit.content === null) disk.delete(edit.path);
      else disk.set(edit.path, bytesOf(edit.content));
      const applied = await run(instance.host, disk, instance.configPath);
      if ("failure" in applied) throw new Error(applied.failure);
      instance.disk = disk;
      fleet.commitInstance(instance, editedByHand, author(edit.user));
    });
  }

  async function catchUp(instance: Instance): Promise<void> {
    const group = fleet.groups.get(instance.groupUid ?? "");
    const [newest] = group?.versions ?? [];
    const own = instance.versions[0]?.createTime ?? "";
    if (!newest || newest.createTime <= own) return;
    await work.on(instance.uid, () => publisher.deliver(instance, newest, newest, author("agent")));
  }

  const act: NimOperations = {
    instances: () => [...fleet.instances.values()].map(describe),
    portOf: (instance, port) => instanceOf(instance).host.portFor(port),
    diskOf: (instance) => instanceOf(instance).disk,
    editConfig: async (edit) => {
      const group = groupNamed(edit.target);
      if (group) return editGroup(group, edit);
      const instance = instanceOf(edit.target);
      if (edit.via === "dataPlane") return editOnHost(instance, edit);
      return deliver(instance, edited(fleet.live(instance), edit), author(edit.user));
    },
    setOnline: async (name, online) => {
      const instance = instanceOf(name);
      instance.online = online;
      if (online) await catchUp(instance);
    },
    refuse: (instance, message) => {
      instanceOf(instance).refusal = message;
    },
    join: (name, groupName) => {
      const instance = instanceOf(name);
      // Agents make the group that their configuration names (docs/nim.md#instance-groups).
      if (groupName !== undefined && !groupNamed(groupName)) instanceGroups.write(groupName, {}, author("agent"));
      const group = groupName === undefined ? undefined : groupNamed(groupName);
      instance.groupUid = group?.uid;
      if (group && group.versions.length === 0) {
        fleet.commitGroup(group, fleet.live(instance), editedByHand, author("agent"));
      }
    },
    register: (instance) => {
      instanceOf(instance).registered = true;
    },
    write: (kind, name, body, user) => {
      if (kind === "instance-groups") return instanceGroups.write(name, body, author(user));
      if (kind === "certs") certs.write(name, body, author(user));
      else rbac.write(kind, name, body, author(user));
      return (kind === "certs" ? certs.read(name) : rbac.read(kind, name)) as Json;
    },
    revokePermission: (role, feature, accessType, user) => {
      const body = rbac.read("roles", role) as {
        roleDef: { permissions: { feature: string; accessTypes: string[] }[] };
      };
      if (!body) throw new Error(`there is no role "${role}"`);
      const permissions = body.roleDef.permissions.flatMap((permission) => {
        if (permission.feature !== feature) return [permission];
        const accessTypes = permission.accessTypes.filter((type) => accessType !== undefined && type !== accessType);
        return accessTypes.length === 0 ? [] : [{ ...permission, accessTypes }];
      });
      return act.write("roles", role, { ...body, roleDef: { permissions } }, user);
    },
    renewCert: async (name, user) => {
      const cert = placement.certs.get(name);
      if (!cert) throw new Error(`there is no certificate "${name}"`);
      const commonName = /CN=(.*)/.exec(cert.certificates[0]?.subject ?? "")?.[1] ?? name;
      const { key, certificate } = await createCertificate(commonName);
      const certPEMDetails = { type: "PEM", privateKey: key, publicCert: certificate };
      return act.write("certs", name, { name, certPEMDetails, instanceRefs: cert.instanceRefs }, user);
    },
    addEvent: analytics.add,
    placeServer: scan.place,
    forgetDeployments: () => deployments.forget(),
    revokeTokens: () => auth.revokeTokens(),
    setPassword: (user, password) => {
      passwords[user] = password;
    },
    settled: () => work.settled(),
  };

  return { act, operations: operationsFor(act) };
}

function describe(instance: Instance): InstanceInfo {
  const { hostname, systemUid, uid, groupUid, plus, online, host, leftOut } = instance;
  const urlOf = (scheme: string, port: number) => {
    const actual = host.portFor(port);
    return actual === undefined ? undefined : `${scheme}://127.0.0.1:${actual}`;
  };
  const urls = { url: urlOf("http", 80), httpsUrl: urlOf("https", 443) };
  return { hostname, systemUid, instanceUid: uid, groupUid, plus, online, ...urls, leftOut };
}

const bytesOf = (content: string | { base64: string }): Buffer =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content.base64, "base64");

/** The same for other processes. */
function operationsFor(act: NimOperations): Operations {
  const text = z.string();
  const user = text.optional();
  const nothing = z.strictObject({});
  const flag = z.union([z.boolean(), z.stringbool()]);
  const edit = z.strictObject({
    target: text,
    path: text,
    content: z.union([text, z.strictObject({ base64: z.base64() })]).nullable(),
    via: z.enum(["ui", "dataPlane"]).optional(),
    user,
  });
  const kind = z.enum(["certs", "roles", "users", "groups", "instance-groups"]);
  return {
    instances: operation("The instances, and where their nginx serves.", nothing, () => act.instances()),
    editConfig: operation("Edits a file of a config as somebody else (null deletes it).", edit, (args) =>
      act.editConfig(args),
    ),
    setOnline: operation(
      "Takes an instance away or brings it back.",
      z.strictObject({ instance: text, online: flag }),
      ({ instance, online }) => act.setOnline(instance, online),
    ),
    refuse: operation(
      "An agent refuses every config with this message; without one, no longer.",
      z.strictObject({ instance: text, message: text.optional() }),
      ({ instance, message }) => act.refuse(instance, message),
    ),
    join: operation(
      "Puts an instance into a group, which is made where there is none, or into none.",
      z.strictObject({ instance: text, group: text.optional() }),
      ({ instance, group }) => act.join(instance, group),
    ),
    register: operation("A deleted instance registers again.", z.strictObject({ instance: text }), ({ instance }) =>
      act.register(instance),
    ),
    write: operation(
      "Creates or replaces a certificate, role, user, group or instance group as somebody else.",
      z.strictObject({ kind, name: text, body: z.record(text, z.unknown()), user }),
      (args) => act.write(args.kind, args.name, args.body, args.user),
    ),
    revokePermission: operation(
      "Takes a feature, or one access type of it, from a role.",
      z.strictObject({ role: text, feature: text, accessType: text.optional(), user }),
      (args) => act.revokePermission(args.role, args.feature, args.accessType, args.user),
    ),
    renewCert: operation(
      "Replaces a certificate by a new one with the same common name.",
      z.strictObject({ name: text, user }),
      (args) => act.renewCert(args.name, args.user),
    ),
    addEvent: operation(
      "Something happens, of which NIM has an event.",
      z.strictObject({ category: text, level: text, message: text, status: text }).partial(),
      (args) => act.addEvent(Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))),
    ),
    placeServer: operation(
      "Starts an nginx without an agent on the network, for scans to find.",
      z.strictObject({ ip: z.ipv4(), port: z.coerce.number().int(), version: text.optional() }),
      (args) => act.placeServer(args),
    ),
    forgetDeployments: operation("NIM restarts and forgets its deployments.", nothing, () => act.forgetDeployments()),
    revokeTokens: operation("Ends all tokens.", nothing, () => act.revokeTokens()),
    setPassword: operation(
      "Gives a user another password.",
      z.strictObject({ user: z.string(), password: z.string() }),
      (args) => act.setPassword(args.user, args.password),
    ),
    settle: operation("Answers when no deployment is under way.", nothing, () => act.settled()),
  };
}
