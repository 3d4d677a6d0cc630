// One row for each writable field of the resources on NIM: what a program declares, and what a colleague makes of it.

import { type ObjectShape, type Shape, shapeOf } from "../../provider/core/shape.ts";
import { certificateInputs } from "../../provider/nim/certificate.ts";
import { nginxConfigInputs } from "../../provider/nim/nginxConfig.ts";
import { roleInputs } from "../../provider/nim/role.ts";
import type { RoleInputs } from "../../provider/nim/roleTypes.ts";
import type { NimSimulator } from "../../simulators/nim/index.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { main, mainFile, pageFile, site, siteFile } from "./nginxConfig.bench.ts";

type Properties = Record<string, unknown>;

export interface NimFieldCase {
  /** The class's name. */
  readonly type: "Role" | "Certificate" | "NginxConfig";
  /** The field's path, `[]` for the elements of a list. */
  readonly field: string;
  /** The resource's arguments. */
  readonly declared: Properties;
  /** A colleague's change of that one field. */
  change(nim: NimSimulator): unknown;
}

/** Instances that the rows need, one for each config. */
export const hostnames = ["of-files", "of-pages", "of-commits", "of-certificates", "of-tricks"];

/** Arguments that say where the object lies or steer the provider, or that NIM never gives back. */
const notSeen: Readonly<Record<NimFieldCase["type"], readonly string[]>> = {
  Role: ["name", "adopt"],
  Certificate: ["name", "adopt", "privateKey", "password"],
  NginxConfig: ["instance.systemUid", "instance.instanceUid", "instanceGroup", "onDelete", "adopt"],
};

const schemas = { Role: roleInputs, Certificate: certificateInputs, NginxConfig: nginxConfigInputs };

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

export async function nimFieldCases(nim: NimSimulator): Promise<NimFieldCase[]> {
  return [...roleCases, ...(await certificateCases(nim)), ...configCases(nim)];
}
