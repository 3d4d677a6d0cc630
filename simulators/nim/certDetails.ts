import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { badRequest } from "./errors.ts";
import type { Json } from "./types.ts";

/** Every certificate of a PEM text, in its order. */
export function readCertificates(pem: string, field: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error("no PEM block of type CERTIFICATE");
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw badRequest(`failed to parse ${field}: ${(error as Error).message}`);
  }
}

/** The masked key of a GET is no key, so it is refused here as any other text that is none. */
export function readPrivateKey(pem: string, password: string, leaf: X509Certificate | undefined): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(password !== "" && { passphrase: password }) });
  } catch {
    throw badRequest("failed to parse privateKey: it is no PEM private key, or the password does not open it");
  }
  if (leaf && !leaf.checkPrivateKey(key)) throw badRequest("the private key does not belong to the public certificate");
  return key;
}

/** docs/nim.md#certificates, `certMetadata`. `expiry` counts down, so it is another at every read. */
export function metadataOf(certificate: X509Certificate, now: number): Json {
  const { asymmetricKeyType: type = "", asymmetricKeyDetails: details } = certificate.publicKey;
  const isRsa = type.startsWith("rsa");
  // The agent reports the signature's algorithm where the thumbprint's is asked for.
  const algorithm = isRsa ? "SHA256-RSA" : type === "ec" ? "ECDSA-SHA256" : type.toUpperCase();
  const subject = oneLine(certificate.subject);
  const end = certificate.validToDate.getTime();
  return {
    authorityKeyIdentifier: "",
    commonName: /(?:^|, )CN=([^,]*)/.exec(subject)?.[1] ?? "",
    expired: end <= now,
    expiry: Math.floor((end - now) / 1000),
    issuer: oneLine(certificate.issuer),
    publicKeyType: isRsa
      ? `RSA (${details?.modulusLength} bit)`
      : `${type.toUpperCase()} (${details?.namedCurve ?? ""})`,
    serialNumber: serialNumberOf(certificate),
    signatureAlgorithm: algorithm,
    subject,
    subjectAlternativeName: certificate.subjectAltName ?? "",
    subjectKeyIdentifier: "",
    thumbprint: certificate.fingerprint256,
    thumbprintAlgorithm: algorithm,
    validFrom: timeOf(certificate.validFromDate),
    validTo: timeOf(certificate.validToDate),
    version: 3,
  };
}

/** A decimal number, which is longer than what a JavaScript number holds. */
export const serialNumberOf = (certificate: X509Certificate) => BigInt(`0x${certificate.serialNumber}`).toString();

export const timeOf = (date: Date) => date.toISOString().replace(".000Z", "Z");

const oneLine = (name: string) => (name ?? "").split("\n").join(", ");
