// Certificates, and who may do what, by name.
import { z } from "zod";
import { defineQuery } from "../core/query.ts";
import { pick } from "../core/shape.ts";
import { form as certificateForm, inputsOf as certificateFrom, noLeaf, outputsOfLeaf } from "./certificate.ts";
import { type Json, type NimClient, understoodAt } from "./client.ts";
import { allOf, lineOf, lookUpsInNim, maybe, meets, text } from "./fleetQueries.ts";
import { uid } from "./instance.ts";
import { certificatesOf, holdsPrivateKey } from "./pem.ts";
import type {
  CertificateCriteria,
  NoCriteria,
  QueriedCertificate,
  QueriedFeature,
  QueriedRole,
  QueriedUser,
  QueriedUserInfo,
  RoleCriteria,
  UserCriteria,
} from "./queryTypes.ts";
import { form as roleForm, inputsOf as roleFrom } from "./role.ts";

const wireCertificate = certificateForm.extend({ validFrom: maybe, validTo: maybe });

/** `undefined` for a text that is no time, which neither has ended nor will. */
function timeOf(time: string): number | undefined {
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

const day = 86_400_000;

export const certificates = lookUpsInNim<CertificateCriteria, QueriedCertificate>({
  name: "Certificate",
  words: ["certificate", "certificates"],
  args: z.strictObject({
    name: text.optional(),
    uid: uid.optional(),
    expiresWithinDays: z.number().nonnegative().optional(),
    expired: z.boolean().optional(),
  }),
  surely: "one's name",
  async all(context) {
    const all = await allOf(context, "/certs", wireCertificate);
    return all.map((body) => {
      const inputs = certificateFrom(body, context.client);
      const [leaf] = certificatesOf(inputs.certificate);
      const [authority] = inputs.caCertificates.flatMap(certificatesOf);
      const first = leaf ?? authority;
      const told = { notBefore: body.validFrom, notAfter: body.validTo };
      const times = first ? pick(outputsOfLeaf(first), ["notBefore", "notAfter"]) : told;
      return {
        name: body.name,
        uid: body.uid ?? "",
        ...inputs,
        // What is no certificate is shown as it is; some keep all in one file.
        certificate: holdsPrivateKey(inputs.certificate) ? "" : inputs.certificate,
        caCertificates: inputs.caCertificates.filter((pem) => !holdsPrivateKey(pem)),
        ...(leaf ? outputsOfLeaf(leaf) : { ...noLeaf, ...(times as typeof told) }),
      };
    });
  },
  fits(object, { expired, expiresWithinDays, ...args }, { client }) {
    if (!meets(object, args, ["name", "uid"])) return false;
    const end = timeOf(object.notAfter);
    const left = end === undefined ? Number.POSITIVE_INFINITY : end - client.serverTime();
    if (expired !== undefined && left <= 0 !== expired) return false;
    return expiresWithinDays === undefined || left <= expiresWithinDays * day;
  },
  described: ({ name, uid: own, subject, notAfter, instances }) =>
    lineOf(name, { uid: own, subject, notAfter, instances: instances.length }),
  texts: ["name", "uid"],
  orderOf: ({ name }) => name,
});

/** `{ ref: "/api/platform/v1/roles/green" }`, or a name alone. */
const references = z
  .array(z.union([z.string(), z.looseObject({ ref: z.string() }).transform(({ ref }) => ref)]))
  .nullish()
  .transform((all) => (all ?? []).map((ref) => decoded(ref.split("/").at(-1) ?? ref)));

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const holders = { users: references.catch([]), groups: references.catch([]) };
// Since 2.6 a role says who has it, and not in all releases at the same place.
const wireHolders = z.looseObject({ ...holders, roleDef: z.looseObject(holders).nullish().catch(undefined) });

export const roles = lookUpsInNim<RoleCriteria, QueriedRole>({
  name: "Role",
  words: ["role", "roles"],
  args: z.strictObject({ name: text.optional() }),
  surely: "one's name",
  async all(context) {
    const all = await allOf(context, "/roles", roleForm);
    return all.map((body) => {
      const { users, groups, roleDef } = wireHolders.parse(body);
      const { displayName = "", description = "", ...rest } = roleFrom(body);
      return {
        name: body.metadata.name,
        uid: body.metadata.uid ?? "",
        displayName,
        description,
        ...rest,
        users: [...users, ...(roleDef?.users ?? [])],
        groups: [...groups, ...(roleDef?.groups ?? [])],
      };
    });
  },
  fits: (role, args) => meets(role, args, ["name"]),
  described: ({ name, displayName, permissions }) => lineOf(name, { displayName, permissions: permissions.length }),
  texts: ["name"],
  orderOf: ({ name }) => name,
});

const person = {
  email: maybe,
  firstName: maybe,
  lastName: maybe,
  roles: references,
  groups: references,
};

const wireUser = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: maybe, displayName: maybe, description: maybe }),
  userDef: z.looseObject(person).nullish(),
});

const nobody = { email: "", firstName: "", lastName: "", roles: [], groups: [] };
const personIn = (of: z.output<z.ZodObject<typeof person>> | null | undefined) => ({
  ...nobody,
  ...(of && (pick(of, Object.keys(person)) as unknown as typeof of)),
});

export const users = lookUpsInNim<UserCriteria, QueriedUser>({
  name: "User",
  words: ["user", "users"],
  args: z.strictObject({ name: text.optional() }),
  surely: "one's name",
  async all(context) {
    const all = await allOf(context, "/users", wireUser);
    return all.map(({ metadata: { name, uid: own, displayName, description }, userDef }) => ({
      name,
      uid: own,
      displayName,
      description,
      ...personIn(userDef),
    }));
  },
  fits: (user, args) => meets(user, args, ["name"]),
  described: ({ name, displayName, email, roles: has }) => lineOf(name, { displayName, email, roles: has }),
  texts: ["name"],
  orderOf: ({ name }) => name,
});

const nothing = z.strictObject({});

// Nobody outside knows the form of a feature: an id with a name, a name with one to show, or a text.
const wireFeature = z.looseObject({ id: maybe, name: maybe, displayName: maybe });

export const features = defineQuery<NimClient, NoCriteria, QueriedFeature[]>({
  system: "nim",
  name: "getFeatures",
  args: nothing,
  async ask(context) {
    const all = await allOf(context, "/features", wireFeature);
    return all.map(({ id, name, displayName }) => ({ id: id || name, name: displayName || name || id }));
  },
});

// Nor that of a user's information: as a user, or its fields without levels.
const wireUserInfo = z.looseObject({
  ...person,
  username: maybe,
  name: maybe,
  metadata: z.looseObject({ name: maybe }).nullish(),
  userDef: z.looseObject(person).nullish(),
});

export const userInfo = defineQuery<NimClient, NoCriteria, QueriedUserInfo>({
  system: "nim",
  name: "getUserInfo",
  args: nothing,
  async ask({ client, isFresh }) {
    const details: Json = await client.sharedRead("/userinfo", isFresh);
    const body = understoodAt("/userinfo", details, wireUserInfo);
    const name = body.username || body.metadata?.name || body.name;
    return { name, ...personIn(body.userDef ?? body), details };
  },
});
