import { type Issued, issue } from "../tools/pki.ts";
import type { Ground } from "./ground.ts";
import type { Dice } from "./random.ts";
import { type Json, type JsonObject, type ObjectShape, object, value } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

/** PEM is base64 between two lines: line breaks and what is around mean nothing. */
const onePem = (text: Json) => String(text).replaceAll(/\s+/g, "");

const shape: ObjectShape = object({
  certificate: value({ canonical: onePem }),
  // OPEN: whether the order of authorities means anything, and with it whether each has an owner of its own. Nobody
  // permutes them here.
  caCertificates: { kind: "set", of: value({ canonical: onePem }), maybeOne: true },
  // "Those that others add, or that NIM adds …, are left as they are" (the documentation of `instances`).
  instances: { kind: "set", of: value(), keepsOthers: true },
  // Others' only: no argument declares it.
  nginxResourceType: value(),
});

const instances = 3;
const nameOf = ({ name }: Program) => String(name);

/** Made once: keys take time, and any system will do. */
let pool: Promise<{ leaves: Issued[]; authorities: string[] }> | undefined;
async function issueAll() {
  const leaves = await Promise.all(["a", "b", "c"].map((name) => issue(`${name}.example.com`)));
  const made = await Promise.all(["x", "y", "z"].map((name) => issue(`${name} authority`, { authority: true })));
  return { leaves, authorities: made.map(({ certificate }) => certificate) };
}

interface WireCert extends JsonObject {
  certPEMDetails: { publicCert: string; caCerts: string[] };
}

async function startSite(ground: Ground, { leaves, authorities }: Awaited<ReturnType<typeof issueAll>>): Promise<Site> {
  const { all, write, ...rest } = await ground.nim("Certificate", 1, instances);
  const inOrder = (given: Json) => {
    const chosen = ((given ?? []) as Json[]).map(onePem);
    return authorities.filter((authority) => chosen.includes(onePem(authority)));
  };
  const certs = () => all("certs") as Map<string, WireCert>;
  const site: Site = {
    ...rest,
    live(program) {
      const found = certs().get(nameOf(program));
      if (!found) return undefined;
      const { instanceRefs, nginxResourceType } = found;
      const { publicCert, caCerts } = found.certPEMDetails;
      return { certificate: publicCert, caCertificates: caCerts, instances: instanceRefs, nginxResourceType };
    },
    // "A certificate in use is refused": others' assignments are use. And of one that others have put in its place
    // nobody here has the key, without which NIM takes no write: then the program's go by their hands too.
    // "A certificate with the same serial number" is refused, and so is the one that others have put here already.
    release(program, { instances, certificate }, next) {
      const live = site.live(program);
      const isTheirs = live !== undefined && onePem(live.certificate) !== onePem(certificate);
      const own = new Set(isTheirs ? [] : ((instances ?? []) as Json[]));
      const left = ((live?.instances ?? []) as Json[]).filter((reference) => own.has(reference));
      const isNext = isTheirs && onePem(live.certificate) === onePem(next?.certificate);
      if (live) site.write(program, { ...live, instances: left, ...(isNext && { certificate }) });
    },
    everything: () => JSON.stringify([...certs()]),
    count: () => certs().size,
    write(program, { certificate, caCertificates, instances, nginxResourceType }) {
      const name = nameOf(program);
      const key = leaves.find((leaf) => onePem(leaf.certificate) === onePem(certificate))?.key;
      const certPEMDetails = { publicCert: certificate, privateKey: key, caCerts: inOrder(caCertificates) };
      const kept = nginxResourceType === undefined || nginxResourceType === null ? {} : { nginxResourceType };
      write("certs", name, { name, certPEMDetails, instanceRefs: instances ?? [], ...kept });
    },
  };
  return site;
}

/** A process remembers names of what it made: no two worlds have the same. */
let worlds = 0;

async function createWorld(dice: Dice, ground: Ground): Promise<World> {
  pool ??= issueAll();
  const issued = await pool;
  const { leaves, authorities } = issued;
  const { instances: all, close } = await ground.nim("Certificate", 1, instances);
  // The systems of all simulators have the same uids as long as their seeds are the same.
  const references = all.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
  await close();
  worlds += 1;
  const own = `walk-${worlds}`;
  const written = (pem: string) => dice.pick([pem, pem.replaceAll(/\r?\n/g, "\r\n"), `${pem.trim()}\n\n`]);
  const makers: Record<string, () => JsonObject> = {
    certificate: () => {
      const leaf = dice.pick(leaves);
      return { certificate: leaf.certificate, privateKey: leaf.key };
    },
    caCertificates: () => ({ caCertificates: dice.some(authorities, dice.chance(0.1) ? 0 : 1, 3) }),
    instances: () => ({ instances: dice.shuffled(dice.some(references, dice.chance(0.1) ? 0 : 1, 3)) }),
  };
  const made = (name: string) => makers[name]?.() ?? {};
  const rephrase = (program: Program): Program => ({
    ...program,
    certificate: written(String(program.certificate)),
    ...(Array.isArray(program.instances) && { instances: dice.shuffled(program.instances as Json[]) }),
  });
  return {
    untouchable: [],
    start: () => startSite(ground, issued),
    shape: () => shape,
    program: () => ({
      name: own,
      ...made("certificate"),
      ...(dice.chance(0.6) && made("caCertificates")),
      ...(dice.chance(0.6) && made("instances")),
    }),
    others: (): JsonObject => (dice.chance(0.1) ? { nginxResourceType: "NginxRepo" } : {}),
    rephrase,
    next(program) {
      const changed: Program = { ...program };
      if (dice.chance(0.03)) changed.name = dice.pick([own, `${own}-2`]);
      for (const name of dice.some(Object.keys(makers), 1, 2)) {
        if (name !== "certificate" && dice.chance(0.35)) delete changed[name];
        else Object.assign(changed, made(name));
      }
      return rephrase(changed);
    },
    wire: ({ certificate, caCertificates, instances }) => ({
      certificate,
      ...(caCertificates !== undefined && { caCertificates }),
      ...(instances !== undefined && {
        instances: (instances as { systemUid: string; instanceUid: string }[]).map(
          ({ systemUid, instanceUid }) => `/api/platform/v1/systems/${systemUid}/instances/${instanceUid}`,
        ),
      }),
    }),
    // The key goes in and never comes out.
    mustWrite: (before, after) => before?.privateKey !== after.privateKey,
    argumentOf: (field) => field,
    elsewhere: (program) => ({ ...program, name: `${nameOf(program)}-directly` }),
    samePlace: (a, b) => nameOf(a) === nameOf(b),
  };
}

export const certificate: Subject = { name: "Certificate", carriesMark: false, open: createWorld };
