import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { whenKnown } from "../core/check.ts";
import { openList } from "../core/shape.ts";
import type { CertificateInputs, CertificateOutputs } from "./certificateTypes.ts";
import type { NimClient } from "./client.ts";
import { objectName, targetFromRef, targetReference, targetToRef } from "./instance.ts";
import { defineNamedResource } from "./namedResource.ts";
import type { NamedOutputs } from "./namedTypes.ts";
import {
  canonicalKey,
  canonicalPem,
  certificatesOf,
  distinct,
  holdsPrivateKey,
  nameOfCertificate,
  oneLine,
  privateKeyOf,
} from "./pem.ts";

// A key in here would be no secret to Pulumi: it is neither passed over nor shown.
const keyInside = "holds a private key, whose place is privateKey: this argument is no secret";
const pem = z
  .string()
  .refine((text) => !holdsPrivateKey(text), { error: keyInside, abort: true })
  .refine((text) => certificatesOf(text).length > 0, "must be a certificate in PEM form (-----BEGIN CERTIFICATE-----)")
  .transform(canonicalPem);

export const certificateInputs = whenKnown(
  z.strictObject({
    name: objectName.optional(),
    certificate: pem,
    privateKey: z.string().min(1).transform(canonicalKey),
    password: z.string().optional(),
    caCertificates: z.array(pem).optional(),
    instances: openList(z.array(targetReference), targetToRef("")).optional(),
    adopt: z.boolean().optional(),
  }),
  ["certificate", "privateKey", "password"],
  checkCertificate,
);

/** What would make nginx refuse to start, or clients refuse nginx. */
function checkCertificate({ certificate, privateKey, password }: CertificateInputs, context: z.RefinementCtx): void {
  const report = (field: string, message: string, params = {}) =>
    context.addIssue({ code: "custom", path: [field], message, params });
  const all = distinct(certificatesOf(certificate));
  const [leaf, ...chain] = all;
  if (!leaf) return;
  const key = privateKeyOf(privateKey, password);
  if (!key) report("privateKey", "must be a private key in PEM form, and password must open it if it is encrypted");
  else if (!leaf.checkPrivateKey(key)) {
    const isOfChain = chain.some((other) => other.checkPrivateKey(key));
    report(
      "privateKey",
      isOfChain
        ? "belongs to another certificate of the chain; the leaf must be first"
        : "does not belong to the certificate",
    );
    return;
  }
  for (const other of chain) {
    if (all.some((each) => each !== other && each.checkIssued(other))) continue;
    report("certificate", `holds ${nameOfCertificate(other)}, which has issued none of the others`);
  }
  if (leaf.validToDate.getTime() <= Date.now()) {
    report("certificate", `has expired at ${leaf.validToDate.toISOString()}`, { onlyWhenChanged: true });
  }
}

/** What nginx takes and some clients stumble over. */
function remarksOn({ certificate }: CertificateInputs): string[] {
  const all = certificatesOf(certificate);
  const once = distinct(all);
  const [twice] = all.filter((each) => !once.includes(each));
  const isInOrder = once.every((each, index) => {
    const next = once[index + 1];
    return next === undefined || each.checkIssued(next);
  });
  return [
    ...(twice ? [`certificate holds ${nameOfCertificate(twice)} twice.`] : []),
    ...(isInOrder
      ? []
      : [
          "certificate holds a chain in which not each is followed by its issuer; some clients follow it only in order.",
        ]),
  ];
}

function serialOf({ certificate = "" }: Partial<CertificateInputs>): string | undefined {
  return certificatesOf(certificate)[0]?.serialNumber;
}

/** What NIM shows in place of what it does not give back. A list that is empty may be null, as in all that is written in Go. */
export const form = z.looseObject({
  name: z.string(),
  uid: z.string().nullish(),
  certPEMDetails: z.looseObject({ publicCert: z.string().nullish(), caCerts: z.array(z.string()).nullish() }).nullish(),
  instanceRefs: z.array(z.string()).nullish(),
});

type WireCertificate = z.output<typeof form>;

/** Where a certificate is deployed: only for a message, so what has another form is left out of it. */
const assignments = z.object({
  certAssignmentDetails: z.array(
    z.object({ systemUID: z.string(), configKeyPaths: z.array(z.object({ cert: z.string() })) }).catch({
      systemUID: "",
      configKeyPaths: [],
    }),
  ),
});

/** What others have left with authorities only. */
export const noLeaf: Omit<CertificateOutputs, keyof NamedOutputs> = {
  fingerprintSha256: "",
  serialNumber: "",
  subject: "",
  issuer: "",
  subjectAlternativeNames: [],
  notBefore: "",
  notAfter: "",
};

/** The arguments that a body stands for. */
export function inputsOf(
  body: WireCertificate,
  { basePath }: Pick<NimClient, "basePath">,
): Required<Pick<CertificateInputs, "certificate" | "caCertificates" | "instances">> {
  const { publicCert, caCerts } = body.certPEMDetails ?? {};
  return {
    certificate: canonicalPem(publicCert ?? ""),
    caCertificates: (caCerts ?? []).map(canonicalPem),
    instances: (body.instanceRefs ?? []).flatMap((ref) => targetFromRef(basePath, ref) ?? []),
  };
}

/** What a certificate says of itself. */
export function outputsOfLeaf(leaf: X509Certificate): Omit<CertificateOutputs, keyof NamedOutputs> {
  return {
    fingerprintSha256: leaf.fingerprint256,
    serialNumber: leaf.serialNumber,
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    subjectAlternativeNames: leaf.subjectAltName?.split(", ") ?? [],
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
  };
}

/** A certificate that NIM manages and deploys (guide: "Manage certificates"). */
export const certificate = defineNamedResource<CertificateInputs, CertificateOutputs>({
  name: "Certificate",
  collection: "/certs",
  keyedBy: "name",
  updatedBy: ["put"],
  ids: "The id of a certificate is its name, and not its uid.",
  inputs: certificateInputs,
  writeOnly: ["privateKey", "password"],
  remarksOn,
  // A certificate has no field that could carry one.
  mark: undefined,
  ownPart: (_, inputs) => inputs,
  form,
  uidOf: (body: WireCertificate) => body.uid ?? "",

  inputsOf: (body: WireCertificate, client) => inputsOf(body, client),

  bodyOf(inputs, live: WireCertificate | undefined, { basePath }) {
    const { name, certificate, privateKey, password = "", caCertificates = [], instances = [] } = inputs;
    // A PUT replaces everything: what is no instance or group, and the paths that others chose, go along as they are.
    const unknown = (live?.instanceRefs ?? []).filter((ref) => !targetFromRef(basePath, ref));
    return {
      name,
      certPEMDetails: { type: "PEM", publicCert: certificate, privateKey, password, caCerts: caCertificates },
      instanceRefs: [...unknown, ...instances.map(targetToRef(basePath))],
      ...(live?.certAssignmentDetails ? { certAssignmentDetails: live.certAssignmentDetails } : {}),
      ...(live?.nginxResourceType ? { nginxResourceType: live.nginxResourceType } : {}),
    };
  },

  outputsOf({ certificate = "" }) {
    const [leaf] = certificatesOf(certificate);
    if (certificate === "") return noLeaf;
    if (!leaf) throw new Error("NIM answered with a certificate that cannot be read.");
    return outputsOfLeaf(leaf);
  },

  // "A certificate with the same serial number" is refused (NIM 2.11, known issue 42429).
  canCoexist: (before, after) => serialOf(before) !== serialOf(after),

  released({ instances: own = [], certificate, privateKey, password }, { instances: all = [], ...rest }) {
    // Each write needs the key. After a refresh the certificate may be one that others have put there, with a key of theirs.
    const [leaf] = certificatesOf(certificate);
    const key = privateKeyOf(privateKey, password);
    if (!leaf || !key || !leaf.checkPrivateKey(key)) return undefined;
    const isOwn = new Set(own.map(targetToRef("")));
    const others = all.filter((target) => !isOwn.has(targetToRef("")(target)));
    // The key that is known belongs to the stack's own certificate, whatever has come in its place since.
    return others.length < all.length ? { ...rest, certificate, instances: others } : undefined;
  },

  whenHeld: [
    "There are two ways out.",
    `Have it let go, and try again: publish a config that does not name it, which a NginxConfig does on its own way out with "onDelete", and take assignments of others off in NIM.`,
    `Or leave it on NIM: "pulumi state delete", or "retainOnDelete: true" before.`,
  ].join(" "),

  async holdersOf(_, body: WireCertificate) {
    const { certAssignmentDetails = [] } = assignments.safeParse(body).data ?? {};
    const configs = certAssignmentDetails.flatMap(({ systemUID, configKeyPaths }) =>
      configKeyPaths.map(({ cert }) => `the config of system ${systemUID} (${cert})`),
    );
    return [...configs, ...(body.instanceRefs ?? [])];
  },
});
