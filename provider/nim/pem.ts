import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const keyBlock = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/;

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

/** Each certificate once: what puts chains together often writes one twice. */
export function distinct(certificates: readonly X509Certificate[]): X509Certificate[] {
  const isSame = (a: X509Certificate) => (b: X509Certificate) => a.raw.equals(b.raw);
  return certificates.filter((each, index) => certificates.findIndex(isSame(each)) === index);
}

/** How a certificate is called where it is spoken of. */
export function nameOfCertificate({ subject, subjectAltName, serialNumber }: X509Certificate): string {
  return `"${oneLine(subject) || subjectAltName || `serial number ${serialNumber}`}"`;
}

/** Whether a text holds a private key, as a bundle of everything that a server needs does. */
export function holdsPrivateKey(pem: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem);
}

/** The private key of a text by itself: an editor's mark, the curve's name or a certificate around it are no part of it. */
export function canonicalKey(pem: string): string {
  const [key] = keyBlock.exec(pem) ?? [];
  return key === undefined ? pem : `${key.replaceAll(/\r\n?/g, "\n")}\n`;
}
