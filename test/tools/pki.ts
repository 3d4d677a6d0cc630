import { X509Certificate } from "node:crypto";
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
}

const day = 24 * 60 * 60 * 1000;

/** A certificate with a key of its own, signed by itself or by an authority. */
export async function issue(commonName: string, options: IssueOptions = {}): Promise<Issued> {
  const { issuer, authority = false, days = 90, withoutSubject = false, of } = options;
  const publicKey = of && new X509Certificate(of.certificate).publicKey.export({ type: "spki", format: "pem" });
  const made = await generate(withoutSubject ? [] : [{ name: "commonName", value: commonName }], {
    keyType: "ec",
    ...(of ? { keyPair: { privateKey: of.key, publicKey: String(publicKey) } } : {}),
    notBeforeDate: new Date(Date.now() - 400 * day),
    notAfterDate: new Date(Date.now() + days * day),
    ...(issuer ? { ca: { cert: issuer.certificate, key: issuer.key } } : {}),
    extensions: [
      { name: "basicConstraints", cA: authority, critical: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: commonName }] },
    ],
  });
  return { certificate: made.cert, key: made.private };
}
