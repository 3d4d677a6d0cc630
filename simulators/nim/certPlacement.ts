import { join } from "node:path/posix";
import { run } from "./agent/apply.ts";
import { readBack } from "./agent/readBack.ts";
import type { Fleet } from "./fleet.ts";
import type { Disk } from "./nginx/tree.ts";
import type { Cert, Instance, KeyPaths, NimEnvironment } from "./types.ts";
import type { Work } from "./work.ts";

/** Where managed certificates lie on the hosts (docs/nim.md#certificates). */
export interface CertPlacement {
  /** All certificates by name. */
  certs: Map<string, Cert>;
  /** The files of a certificate that are on an instance. */
  deployed(cert: Cert, instance: Instance): KeyPaths[];
  /** Those that the running config of the instance names. */
  referenced(cert: Cert, instance: Instance): KeyPaths[];
  /** What has to be on an instance beside these files: assigned certificates, and those that the files refer to. */
  filesFor(instance: Instance, payload: Disk): Map<string, Buffer>;
  /** Paths that a publish must leave alone. */
  managedPaths(instance: Instance): Set<string>;
  /** Brings a new or changed certificate to the instances, and takes it from those that it is no longer assigned to. */
  distribute(cert: Cert, previous: Cert | undefined): void;
  withdraw(cert: Cert): void;
}

export function createCertPlacement({ switches }: NimEnvironment, fleet: Fleet, work: Work): CertPlacement {
  const certs = new Map<string, Cert>();

  function pathsOn(cert: Cert, instance: Instance): KeyPaths[] {
    const wanted = cert.wantedPaths.get(instance.systemUid);
    if (wanted && wanted.length > 0) return wanted;
    const file = join(switches.certFolder, cert.name);
    return [{ cert: `${file}.crt`, key: `${file}.key` }];
  }

  function isAssigned(cert: Cert, instance: Instance): boolean {
    const group = fleet.groups.get(instance.groupUid ?? "");
    return (
      cert.instanceRefs.includes(fleet.instancePath(instance)) ||
      (!!group && cert.instanceRefs.includes(fleet.groupPath(group)))
    );
  }

  // Files of a host are replaced as a whole, and a list asks the same of them for every certificate.
  const known = new WeakMap<Disk, (paths: KeyPaths) => boolean>();
  function namedBy(disk: Disk, { configPath }: Instance): (paths: KeyPaths) => boolean {
    const found = known.get(disk);
    if (found) return found;
    const { certificatePaths, keyPaths } = readBack(disk, configPath, switches.configDirs);
    const isNamed = ({ cert, key }: KeyPaths) => certificatePaths.has(cert) || keyPaths.has(key);
    known.set(disk, isNamed);
    return isNamed;
  }

  function* contentsOf(cert: Cert, paths: KeyPaths[]): Generator<[string, Buffer]> {
    const chain = [cert.publicCert, ...cert.caCerts].filter(Boolean).map((pem) => `${pem.trimEnd()}\n`);
    for (const path of paths) {
      yield [path.cert, Buffer.from(chain.join(""))];
      if (cert.key) yield [path.key, Buffer.from(cert.key.export({ format: "pem", type: "pkcs8" }) as string)];
    }
  }

  const deployed = (cert: Cert, instance: Instance) =>
    pathsOn(cert, instance).filter((paths) => instance.disk.has(paths.cert));
  const referenced = (cert: Cert, instance: Instance) =>
    pathsOn(cert, instance).filter(namedBy(instance.disk, instance));

  function change(instance: Instance, remove: string[], add: Iterable<[string, Buffer]>): void {
    const entries = [...add];
    work.background(() =>
      work.on(instance.uid, async () => {
        const disk = new Map(instance.disk);
        for (const path of remove) disk.delete(path);
        for (const [path, content] of entries) disk.set(path, content);
        const applied = await run(instance.host, disk, instance.configPath);
        if ("disk" in applied) instance.disk = applied.disk;
      }),
    );
  }

  const filesOf = (paths: KeyPaths[]) => paths.flatMap(({ cert, key }) => [cert, key]);
  const isReached = ({ registered, online }: Instance) => registered && online;

  return {
    certs,
    deployed,
    referenced,
    filesFor: (instance, payload) => {
      const isNamed = namedBy(payload, instance);
      const files = new Map<string, Buffer>();
      for (const cert of certs.values()) {
        const paths = pathsOn(cert, instance).filter((pair) => isAssigned(cert, instance) || isNamed(pair));
        for (const [path, content] of contentsOf(cert, paths)) if (!payload.has(path)) files.set(path, content);
      }
      return files;
    },
    managedPaths: (instance) => new Set([...certs.values()].flatMap((cert) => filesOf(pathsOn(cert, instance)))),
    distribute: (cert, previous) => {
      for (const instance of [...fleet.instances.values()].filter(isReached)) {
        const named = namedBy(instance.disk, instance);
        const wanted = pathsOn(cert, instance).filter((pair) => isAssigned(cert, instance) || named(pair));
        const before = previous ? deployed(previous, instance).filter((pair) => !named(pair)) : [];
        const left = filesOf(before).filter((path) => !filesOf(wanted).includes(path));
        if (wanted.length + left.length > 0) change(instance, left, contentsOf(cert, wanted));
      }
    },
    withdraw: (cert) => {
      for (const instance of [...fleet.instances.values()].filter(isReached)) {
        const unused = deployed(cert, instance).filter((pair) => !namedBy(instance.disk, instance)(pair));
        if (unused.length > 0) change(instance, filesOf(unused), []);
      }
    },
  };
}
