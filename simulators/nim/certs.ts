import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import { metadataOf, readCertificates, readPrivateKey, serialNumberOf, timeOf } from "./certDetails.ts";
import type { CertPlacement } from "./certPlacement.ts";
import { badRequest, exists, gone, NimError, referenced } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import {
  type Author,
  basePath,
  type Cert,
  type Instance,
  type Json,
  type NimEnvironment,
  type NimRequest,
  type Routes,
} from "./types.ts";
import { validate } from "./validate.ts";

const keyPaths = z.strictObject({ cert: z.string(), key: z.string().default("") });
const certRequest = z.strictObject({
  name: z.string().min(1),
  certPEMDetails: z.strictObject({
    type: z.literal("PEM").default("PEM"),
    privateKey: z.string().default(""),
    publicCert: z.string().default(""),
    password: z.string().default(""),
    caCerts: z.array(z.string()).default([]),
  }),
  instanceRefs: z.array(z.string()).optional(),
  certAssignmentDetails: z
    .array(
      z.strictObject({
        type: z.string().optional(),
        systemUID: z.string(),
        assignedKeyPaths: z.array(keyPaths).default([]),
        configKeyPaths: z.array(keyPaths).default([]),
      }),
    )
    .default([]),
  nginxResourceType: z.string().optional(),
});

export interface Certs {
  routes: Routes;
  /** What a GET answers; undefined where there is none. */
  read(name: string): Json | undefined;
  /** Creates or replaces, as PUT does; tells whether there was one. */
  write(name: string, body: unknown, author: Author): boolean;
  reset(): void;
}

const mask = "**********";

/** docs/nim.md#certificates. Certificates are kept by name; what is private goes in and never comes out. */
export function createCerts(
  { clock, random, switches }: NimEnvironment,
  fleet: Fleet,
  lists: Lists,
  placement: CertPlacement,
): Certs {
  const { certs } = placement;

  function view(cert: Cert): Json {
    const [first] = cert.certificates;
    const now = clock.now();
    const assignments = [...fleet.instances.values()].flatMap((instance) => {
      const assigned = placement.deployed(cert, instance);
      const configured = placement.referenced(cert, instance);
      if (assigned.length + configured.length === 0) return [];
      const paths = { assignedKeyPaths: assigned, configKeyPaths: configured };
      return [{ type: "Instance", systemUID: instance.systemUid, ...paths }];
    });
    return {
      certAssignmentDetails: assignments,
      certMetadata: cert.certificates.map((certificate) => metadataOf(certificate, now)),
      certPEMDetails: {
        caCerts: cert.caCerts,
        password: mask,
        privateKey: mask,
        publicCert: cert.publicCert,
        type: "PEM",
      },
      created: cert.created,
      instanceRefs: cert.instanceRefs,
      modified: cert.modified,
      name: cert.name,
      ...(cert.nginxResourceType !== undefined && { nginxResourceType: cert.nginxResourceType }),
      ...(first && {
        serialNumber: serialNumberOf(first),
        validFrom: timeOf(first.validFromDate),
        validTo: timeOf(first.validToDate),
      }),
      uid: cert.uid,
    };
  }

  function make(name: string, body: unknown, previous: Cert | undefined): Cert {
    const request = validate(certRequest, body, switches.unknownFields === "ignore");
    if (request.name !== name) throw badRequest(`the name in the body, "${request.name}", is not the one in the path`);
    // Known issue 34185.
    if (name.length > 255) throw new NimError(500, "Internal error", { code: 134018 });
    const { privateKey, publicCert, password, caCerts } = request.certPEMDetails;
    const chain = publicCert === "" ? [] : readCertificates(publicCert, "publicCert");
    const authorities = caCerts.flatMap((pem) => readCertificates(pem, "caCerts"));
    const [leaf] = chain;
    if (!leaf && authorities.length === 0) throw badRequest("publicCert or caCerts is required");
    const certificates = [...chain, ...authorities];
    // Since 2.11 (known issue 42429).
    const serial = leaf && serialNumberOf(leaf);
    const twin = [...certs.values()].find((cert) => cert !== previous && serialOf(cert) === serial);
    if (serial !== undefined && twin && switches.duplicateSerial === "refuse") {
      throw exists("Certificate", [`serial number ${serial} is the one of "${twin.name}"`]);
    }
    const now = fleet.stamp();
    const kept = switches.certWithoutRefs === "keep" ? previous?.instanceRefs : undefined;
    const instanceRefs = request.instanceRefs ?? kept ?? [];
    for (const ref of instanceRefs) if (!isKnown(ref)) throw badRequest(`instanceRefs: there is no ${ref}`);
    return {
      name,
      uid: previous?.uid ?? random.uuid(),
      publicCert,
      caCerts,
      password,
      key: privateKey === "" ? undefined : readPrivateKey(privateKey, password, leaf),
      certificates,
      instanceRefs,
      wantedPaths: new Map(request.certAssignmentDetails.map((entry) => [entry.systemUID, entry.assignedKeyPaths])),
      nginxResourceType: request.nginxResourceType,
      created: previous?.created ?? now,
      modified: now,
    };
  }

  const serialOf = ({ certificates: [leaf] }: Cert) => leaf && serialNumberOf(leaf);
  const isKnown = (ref: string) =>
    [...fleet.instances.values()].some((instance) => instance.registered && fleet.instancePath(instance) === ref) ||
    [...fleet.groups.values()].some((group) => fleet.groupPath(group) === ref);
  const pathOf = (name: string) => `${basePath(switches)}/certs/${name}`;

  function write(name: string, body: unknown, author: Author): boolean {
    const previous = certs.get(name);
    const cert = make(name, body, previous);
    certs.set(name, cert);
    placement.distribute(cert, previous);
    fleet.record(previous ? "update" : "create", pathOf(name), view(cert), author);
    return previous !== undefined;
  }

  function find({ params }: NimRequest): Cert {
    const cert = certs.get(params.name ?? "");
    if (!cert) throw gone("Certificate");
    return cert;
  }

  function remove(request: NimRequest) {
    const cert = find(request);
    const users = usersOf(cert);
    if (users.length > 0 && switches.usedCertDelete === "refuse") {
      throw referenced(`Certificate ${cert.name}`, users);
    }
    const body = view(cert);
    certs.delete(cert.name);
    placement.withdraw(cert);
    fleet.record("delete", pathOf(cert.name), body, request);
    return empty(204);
  }

  function usersOf(cert: Cert): string[] {
    const nameOf = (instance: Instance) => `instance ${instance.hostname} (${fleet.instancePath(instance)})`;
    const configs = [...fleet.instances.values()].filter((instance) => placement.referenced(cert, instance).length > 0);
    return [
      ...configs.map((instance) => `the config of ${nameOf(instance)} refers to it`),
      ...cert.instanceRefs.map((ref) => `it is assigned to ${ref}`),
    ];
  }

  return {
    read: (name) => {
      const cert = certs.get(name);
      return cert && view(cert);
    },
    write,
    reset: () => certs.clear(),
    routes: {
      "GET /certs": ({ query }) => lists.answer(query, () => [...certs.values()].map(view)),
      "POST /certs": (request) => {
        const name = (request.body as { name?: unknown } | undefined)?.name;
        if (typeof name === "string" && certs.has(name)) throw exists(`Certificate ${name}`);
        write(typeof name === "string" ? name : "", request.body, request);
        return json(switches.certCreateStatus, view(certs.get(name as string) as Cert));
      },
      "GET /certs/{name}": (request) => json(200, view(find(request))),
      "PUT /certs/{name}": (request) => {
        const name = request.params.name as string;
        const existed = write(name, request.body, request);
        return json(existed ? 200 : 201, view(certs.get(name) as Cert));
      },
      "DELETE /certs/{name}": remove,
    },
  };
}
