// Certificates as other people's tools make them: by the openssl of this machine, in a folder that goes again.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Issued } from "./pki.ts";

/** Version 3 of openssl on PATH; set-up does not get one, and tests that need it say that they are not run. */
export const hasOpenssl = version().startsWith("OpenSSL 3");
export const whyNot = hasOpenssl ? "" : " (not run: there is no OpenSSL 3 here)";

function version(): string {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" });
  } catch {
    return "";
  }
}

/** How `openssl genpkey` is told to make a key. */
export const keyKinds = {
  "RSA key": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "RSA-PSS key": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
  "RSA-PSS key for SHA-256 only": [
    ...["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    ...["-pkeyopt", "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256"],
  ],
  "EC key": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "Ed25519 key": ["-algorithm", "ED25519"],
} as const;

export type KeyKind = keyof typeof keyKinds;

/** PSS with all its defaults: then its parameters are an empty list. */
export const pssByDefault = ["-sha1", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"];

export interface CertificateOptions {
  readonly key?: string;
  /** In openssl's form; `/` for none. */
  readonly subject?: string;
  readonly issuer?: Issued;
  readonly authority?: boolean;
  /** Of the extension of that name, in openssl's form. */
  readonly names?: string;
  readonly more?: readonly string[];
}

export interface Openssl {
  key(kind?: KeyKind): string;
  certificate(options?: CertificateOptions): Issued;
  /** @param args - of `openssl pkcs12 -export`; `{name}` in one stands for the path of that file */
  pkcs12(files: Readonly<Record<string, string>>, args: readonly string[]): Buffer;
  /** Runs anything, files given by name as above. */
  run(files: Readonly<Record<string, string | Buffer>>, args: readonly string[]): Buffer;
  remove(): void;
}

export function createOpenssl(): Openssl {
  const folder = mkdtempSync(join(tmpdir(), "openssl-"));

  function run(files: Readonly<Record<string, string | Buffer>>, args: readonly string[]): Buffer {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const placed = args.map((arg) => arg.replace(/^\{(\w+)\}$/, (_, name) => join(folder, name)));
    return execFileSync("openssl", placed, { stdio: ["ignore", "pipe", "pipe"] });
  }

  const key = (kind: KeyKind = "EC key") => run({}, ["genpkey", ...keyKinds[kind]]).toString();

  return {
    run,
    key,
    certificate({ key: own = key(), subject = "/CN=www.example.com", issuer, authority, names, more = [] } = {}) {
      const files = { key: own, ...(issuer ? { ca: issuer.certificate, caKey: issuer.key } : {}) };
      const certificate = run(files, [
        ...["req", "-x509", "-key", "{key}", "-subj", subject, "-days", "90"],
        ...(issuer ? ["-CA", "{ca}", "-CAkey", "{caKey}"] : []),
        ...(authority ? [] : ["-addext", "basicConstraints=critical,CA:FALSE"]),
        ...(names ? ["-addext", `subjectAltName=${names}`] : []),
        ...more,
      ]).toString();
      return { certificate, key: own };
    },
    pkcs12(files, args) {
      run(files, ["pkcs12", "-export", "-out", "{out}", ...args]);
      return readFileSync(join(folder, "out"));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
