import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { generate } from "selfsigned";

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly issuer?: Issued;
  readonly authority?: boolean;
  /** Only names, and no subject, as short-lived profiles of public authorities have it. */
  readonly withoutSubject?: boolean;
  /** Another certificate of this one's key and name: a second path of trust. */
  readonly of?: Issued;
  /** Days from now; a negative number is in the past. */
  readonly days?: number;
  /** Days from now at which it begins to be valid; by default long ago. */
  readonly begins?: number;
  /** Signed with SHA-1, which nobody takes any more. */
  readonly weak?: boolean;
  /** Host names and addresses that it is made out to; by default its common name. */
  readonly names?: readonly string[];
}

const day = 24 * 60 * 60 * 1000;

/** A certificate with a key of its own, signed by itself or by an authority. */
export async function issue(commonName: string, options: IssueOptions = {}): Promise<Issued> {
  const { issuer, authority = false, days = 90, begins = -400, withoutSubject = false, of } = options;
  const { names = [commonName], weak = false } = options;
  const publicKey = of && new X509Certificate(of.certificate).publicKey.export({ type: "spki", format: "pem" });
  const made = await generate(withoutSubject ? [] : [{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: weak ? "sha1" : "sha256",
    ...(of ? { keyPair: { privateKey: of.key, publicKey: String(publicKey) } } : {}),
    notBeforeDate: new Date(Date.now() + begins * day),
    notAfterDate: new Date(Date.now() + days * day),
    ...(issuer ? { ca: { cert: issuer.certificate, key: issuer.key } } : {}),
    extensions: [
      { name: "basicConstraints", cA: authority, critical: true },
      { name: "subjectAltName", altNames: names.map(altName) },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

function altName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
