// One row for each writable field of the resources on NIM: what a program declares, and what a colleague makes of it.

import { type ObjectShape, type Shape, shapeOf } from "../../provider/core/shape.ts";
import { certificateInputs } from "../../provider/nim/certificate.ts";
import { groupInputs } from "../../provider/nim/group.ts";
import { instanceGroupInputs } from "../../provider/nim/instanceGroup.ts";
import { nginxConfigInputs } from "../../provider/nim/nginxConfig.ts";
import { roleInputs } from "../../provider/nim/role.ts";
import type { RoleInputs } from "../../provider/nim/roleTypes.ts";
import { stagedConfigInputs } from "../../provider/nim/stagedConfig.ts";
import { systemTagsInputs } from "../../provider/nim/systemTags.ts";
import { userInputs } from "../../provider/nim/user.ts";
import type { NimSimulator } from "../../simulators/nim/index.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { main, mainFile, pageFile, site, siteFile } from "./nginxConfig.bench.ts";

type Properties = Record<string, unknown>;

export interface NimFieldCase {
  /** The class's name. */
  readonly type: keyof typeof schemas;
  /** The field's path, `[]` for the elements of a list. */
  readonly field: string;
  /** The resource's arguments. */
  readonly declared: Properties;
  /** A colleague's change of that one field. */
  change(nim: NimSimulator): unknown;
}

/** Instances that the rows need, one for each config. */
export const hostnames = ["of-files", "of-pages", "of-commits", "of-certificates", "of-tricks", "of-tags"];

/** Arguments that say where the object lies or steer the provider, or that NIM never gives back. */
const notSeen: Readonly<Record<NimFieldCase["type"], readonly string[]>> = {
  Role: ["name", "adopt"],
  Certificate: ["name", "adopt", "privateKey", "password"],
  NginxConfig: [
    "instance.systemUid",
    "instance.instanceUid",
    "instanceGroup",
    "stagedConfig",
    "analyze",
    "onDelete",
    "adopt",
  ],
  StagedConfig: ["name", "adopt"],
  User: ["name", "adopt"],
  Group: ["name", "adopt"],
  InstanceGroup: ["name", "adopt"],
  SystemTags: ["systemUid"],
};

const schemas = {
  Role: roleInputs,
  Certificate: certificateInputs,
  NginxConfig: nginxConfigInputs,
  StagedConfig: stagedConfigInputs,
  User: userInputs,
  Group: groupInputs,
  InstanceGroup: instanceGroupInputs,
  SystemTags: systemTagsInputs,
};

/** Every field that the schemas have on the objects, as `Type field`. */
export function nimFields(): string[] {
  return Object.entries(schemas).flatMap(([type, schema]) =>
    leaves(shapeOf(schema), "")
      .filter((path) => !notSeen[type as NimFieldCase["type"]].includes(path))
      .map((path) => `${type} ${path}`),
  );
}

function leaves(shape: Shape | ObjectShape, path: string): string[] {
  if (shape.kind === "list") return shape.element.kind === "value" ? [path] : leaves(shape.element, `${path}[]`);
  if (shape.kind !== "object") return [path];
  return Object.entries(shape.fields).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

const permission = {
  feature: "INSTANCE-MANAGEMENT",
  accessTypes: ["READ", "UPDATE"],
  objects: [{ resource: "Systems", values: ["web-1", "web-2"] }],
} satisfies NonNullable<RoleInputs["permissions"]>[number];

const roleArgs = {
  displayName: "Shop",
  description: "ours",
  tags: ["prod"],
  permissions: [permission],
} satisfies RoleInputs;

function roleCase(field: string, change: RoleInputs): NimFieldCase {
  const name = `role-${field.replace(/\W+/g, "-")}`;
  const { permissions, ...metadata } = { ...roleArgs, ...change };
  return {
    type: "Role",
    field,
    declared: { name, ...roleArgs },
    change({ control }) {
      const live = control.history.of(`/api/platform/v1/roles/${name}`).at(-1)?.body as {
        metadata: { tags: string[] };
      };
      // Marks that others left stay.
      const marks = live.metadata.tags.filter((tag) => tag.startsWith("pulumi.owner:"));
      const tags = [...metadata.tags, ...marks];
      control.write("roles", name, { metadata: { name, ...metadata, tags }, roleDef: { permissions } }, "alice");
    },
  };
}

const permitted = (change: object): RoleInputs => ({ permissions: [{ ...permission, ...change }] });

const roleCases: readonly NimFieldCase[] = [
  roleCase("displayName", { displayName: "Alice's" }),
  roleCase("description", { description: "theirs" }),
  roleCase("tags", { tags: ["prod", "alice"] }),
  roleCase("permissions[].feature", permitted({ feature: "CERTIFICATES" })),
  roleCase("permissions[].accessTypes", permitted({ accessTypes: ["READ"] })),
  roleCase(
    "permissions[].objects[].resource",
    permitted({ objects: [{ ...permission.objects[0], resource: "Certs" }] }),
  ),
  roleCase("permissions[].objects[].values", permitted({ objects: [{ resource: "Systems", values: ["web-1"] }] })),
];

/** Each certificate is assigned to the same instance, or to a group, since that is a field as well. */
async function certificateCases({ instances, instanceGroup }: NimSimulator): Promise<NimFieldCase[]> {
  const { systemUid = "", instanceUid = "" } = instances.find(({ hostname }) => hostname === "of-certificates") ?? {};
  const assigned = `/api/platform/v1/systems/${systemUid}/instances/${instanceUid}`;
  const [authority, otherAuthority] = (await Promise.all([
    issue("Example root", { authority: true }),
    issue("Other root", { authority: true }),
  ])) as [Issued, Issued];

  interface Change {
    cert?: Issued;
    ca?: Issued;
    refs?: string[];
  }

  async function certificateCase(field: string, changed: Change, target: object = { systemUid, instanceUid }) {
    const own = await issue("www.example.com");
    const name = `certificate-${field.replace(/\W+/g, "-")}`;
    const { cert = own, ca = authority, refs = [assigned] } = changed;
    const certPEMDetails = { publicCert: cert.certificate, privateKey: cert.key, caCerts: [ca.certificate] };
    return {
      type: "Certificate" as const,
      field,
      declared: {
        name,
        certificate: own.certificate,
        privateKey: own.key,
        caCertificates: [authority.certificate],
        instances: [target],
      },
      change: ({ control }: NimSimulator) =>
        control.write("certs", name, { name, certPEMDetails, instanceRefs: refs }, "alice"),
    };
  }

  return Promise.all([
    certificateCase("certificate", { cert: await issue("www.example.com") }),
    certificateCase("caCertificates", { ca: otherAuthority }),
    certificateCase("instances[].systemUid", { refs: [] }),
    certificateCase("instances[].instanceUid", { refs: [] }),
    certificateCase("instances[].instanceGroup", { refs: [] }, { instanceGroup }),
  ]);
}

function configCases({ instances }: NimSimulator): NimFieldCase[] {
  function configCase(field: string, target: string, change: NimFieldCase["change"]): NimFieldCase {
    const { systemUid, instanceUid } = instances.find(({ hostname }) => hostname === target) ?? {};
    const files = { [mainFile]: main, [siteFile]: site("hello") };
    const auxFiles = { [pageFile]: "<h1>Grüße</h1>\r\n<p>no newline at the end" };
    return {
      type: "NginxConfig",
      field,
      declared: {
        instance: { systemUid, instanceUid },
        files,
        auxFiles,
        adopt: true,
        ...(field === "externalId" && { externalId: "release-7" }),
      },
      change,
    };
  }
  const edit =
    (target: string, path: string, content: string) =>
    ({ control }: NimSimulator) =>
      control.editConfig({ target, path, content, via: "ui", user: "alice" });
  return [
    configCase("files", "of-files", edit("of-files", siteFile, site("alice was here"))),
    configCase("auxFiles", "of-pages", edit("of-pages", pageFile, "<h1>Alice</h1>")),
    // The same text: an edit takes only the commit away.
    configCase("externalId", "of-commits", edit("of-commits", siteFile, site("hello"))),
  ];
}

const texts = { displayName: "Ours", description: "ours" };

interface Account extends Record<string, unknown> {
  roles?: string[];
  groups?: string[];
}

/** A user or group: what is not of its metadata is of its definition. */
function accountCase(type: "User" | "Group", field: string, declared: Account, change: Account): NimFieldCase {
  const [collection, definition] =
    type === "User" ? (["users", "userDef"] as const) : (["groups", "groupDef"] as const);
  const name = `${type}-${field}`;
  const { displayName, description, roles = [], groups, ...own } = { ...declared, ...change };
  const references = (kind: string, names: string[]) =>
    names.map((each) => ({ ref: `/api/platform/v1/${kind}/${each}` }));
  const body = {
    metadata: { name, displayName, description },
    [definition]: {
      ...own,
      roles: references("roles", roles),
      ...(groups && { groups: references("groups", groups) }),
    },
  };
  return {
    type,
    field,
    declared: { name, ...declared },
    change: ({ control }) => control.write(collection, name, body, "alice"),
  };
}

function accountCases({ control }: NimSimulator): NimFieldCase[] {
  control.write("groups", "operators", { metadata: { name: "operators" }, groupDef: {} });
  const user = {
    ...texts,
    email: "ann@example.com",
    firstName: "Ann",
    lastName: "Other",
    roles: ["admin"],
    groups: ["operators"],
  };
  const group = { ...texts, roles: ["admin"] };
  return [
    accountCase("User", "displayName", user, { displayName: "Alice's" }),
    accountCase("User", "description", user, { description: "theirs" }),
    accountCase("User", "email", user, { email: "alice@example.com" }),
    accountCase("User", "firstName", user, { firstName: "Alice" }),
    accountCase("User", "lastName", user, { lastName: "Liddell" }),
    accountCase("User", "roles", user, { roles: [] }),
    accountCase("User", "groups", user, { groups: [] }),
    accountCase("Group", "displayName", group, { displayName: "Alice's" }),
    accountCase("Group", "description", group, { description: "theirs" }),
    accountCase("Group", "roles", group, { roles: [] }),
  ];
}

function instanceGroupCase(field: string, change: object): NimFieldCase {
  const name = `InstanceGroup-${field}`;
  return {
    type: "InstanceGroup",
    field,
    declared: { name, ...texts },
    change: ({ control }) => control.write("instance-groups", name, { ...texts, ...change }, "alice"),
  };
}

/** Of the tags of a system only those that were declared: others' are no drift. */
function tagsCase({ instances }: NimSimulator): NimFieldCase {
  const { systemUid } = instances.find(({ hostname }) => hostname === "of-tags") ?? {};
  return {
    type: "SystemTags",
    field: "tags",
    declared: { systemUid, tags: ["env:prod", "dc:ams"] },
    async change({ url, username, password }) {
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
      const headers = { authorization, "content-type": "application/json" };
      const body = JSON.stringify({ tags: ["dc:ams", "env:test"] });
      const system = `${url}/api/platform/v1/systems/${systemUid}`;
      const { status } = await fetch(system, { method: "PATCH", headers, body });
      if (status !== 200) throw new Error(`PATCH of ${system}: ${status}`);
    },
  };
}

function stagedCase(field: string, changed: { site?: string; page?: string; externalId?: string }): NimFieldCase {
  const name = `StagedConfig-${field}`;
  const stated = { site: site("hello"), page: "<h1>hello</h1>", externalId: "release-7", ...changed };
  const inBase64 = (path: string, text: string) => ({ name: path, contents: Buffer.from(text).toString("base64") });
  return {
    type: "StagedConfig",
    field,
    declared: {
      name,
      files: { [mainFile]: main, [siteFile]: site("hello") },
      auxFiles: { [pageFile]: "<h1>hello</h1>" },
      externalId: "release-7",
    },
    async change({ url, username, password }) {
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
      const headers = { authorization, "content-type": "application/json" };
      const configs = `${url}/api/platform/v1/configs`;
      const { items } = (await (await fetch(configs, { headers })).json()) as {
        items: { configName: string; uid: string }[];
      };
      const uid = items.find(({ configName }) => configName === name)?.uid;
      const body = {
        configName: name,
        configFiles: { rootDir: "/etc/nginx", files: [inBase64(mainFile, main), inBase64(siteFile, stated.site)] },
        auxFiles: { rootDir: "/", files: [inBase64(pageFile, stated.page)] },
        externalId: stated.externalId,
      };
      const { status } = await fetch(`${configs}/${uid}`, { method: "PUT", headers, body: JSON.stringify(body) });
      if (status !== 200) throw new Error(`PUT of ${name}: ${status}`);
    },
  };
}

export async function nimFieldCases(nim: NimSimulator): Promise<NimFieldCase[]> {
  return [
    ...roleCases,
    ...(await certificateCases(nim)),
    ...configCases(nim),
    ...accountCases(nim),
    instanceGroupCase("displayName", { displayName: "Alice's" }),
    instanceGroupCase("description", { description: "theirs" }),
    tagsCase(nim),
    stagedCase("files", { site: site("alice was here") }),
    stagedCase("auxFiles", { page: "<h1>Alice</h1>" }),
    stagedCase("externalId", { externalId: "by alice" }),
  ];
}
