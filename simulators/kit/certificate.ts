import { generate } from "selfsigned";

export interface ServerCertificate {
  key: string;
  /** PEM; self-signed, so it is what a client must trust as well. */
  certificate: string;
}

/** A fresh certificate for this machine's loopback names, valid for a day either side of now. */
export async function createCertificate(commonName: string): Promise<ServerCertificate> {
  const day = 24 * 60 * 60 * 1000;
  const made = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 30 * day),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { key: made.private, certificate: made.cert };
}
