import { generate } from "selfsigned";

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly issuer?: Issued;
  readonly authority?: boolean;
  /** Days from now; a negative number is in the past. */
  readonly days?: number;
}

const day = 24 * 60 * 60 * 1000;

/** A certificate with a key of its own, signed by itself or by an authority. */
export async function issue(commonName: string, options: IssueOptions = {}): Promise<Issued> {
  const { issuer, authority = false, days = 90 } = options;
  const made = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
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
