import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text in their order; none when one of them cannot be read. */
export function certificatesOf(pem: string): X509Certificate[] {
  try {
    return (pem.match(block) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}

/** One form for what different tools write: line ends, lengths of lines, and text between the blocks do not matter. */
export function canonicalPem(pem: string): string {
  const certificates = certificatesOf(pem);
  return certificates.length > 0 ? certificates.map((certificate) => certificate.toString()).join("") : pem;
}

/** `undefined` when it is no PEM private key, or the password does not open it. */
export function privateKeyOf(pem: string, password: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, ...(password ? { passphrase: password } : {}) });
  } catch {
    return undefined;
  }
}

/** `CN=web, O=Example`, in the order of the certificate; empty where a certificate has none, and only names. */
export function oneLine(distinguishedName: string | undefined): string {
  return (distinguishedName ?? "").split("\n").join(", ");
}

/** How a certificate is called where it is spoken of. */
export function nameOfCertificate({ subject, subjectAltName, serialNumber }: X509Certificate): string {
  return `"${oneLine(subject) || subjectAltName || `serial number ${serialNumber}`}"`;
}

/** Without the mark that editors put before a text: a PEM reader takes it for a part of it. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
