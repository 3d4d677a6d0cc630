import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Held } from "./pkcs12/open.ts";

/** What a PKCS#12 file holds, in the form that a Certificate takes. */
export interface Pkcs12Contents {
  /** The certificate that the key belongs to, in PEM form. */
  certificate: string;
  /** The private key in PEM form, not encrypted any more: wrap it in `pulumi.secret` wherever else it goes. */
  privateKey: string;
  /**
   * The other certificates of the file, in PEM form: those that vouch for the first one, its issuer first, and then what
   * else is there and does not belong to another key.
   */
  caCertificates: string[];
}

/** What {@link readPkcs12} may be told. */
export interface Pkcs12Options {
  /** Which key, in a file with several: its name in the file, or its certificate's. */
  friendlyName?: string;
}

/**
 * Reads a PKCS#12 file (`.p12`, `.pfx`), because NGINX Instance Manager takes PEM. Keys of every kind, old and new ways
 * of encryption. Certificates stay as they are, byte for byte.
 *
 * @param content - the bytes of the file
 * @param password - what opens it
 * @throws an Error that says what to do when the password is wrong, or the file has no key, or several and none is named;
 *   never with the password or a part of the key
 *
 * @example
 * const pem = await readPkcs12(readFileSync("www.p12"), config.require("p12Password"));
 * const www = new Certificate("www", { name: "www.example.com", ...pem });
 */
export async function readPkcs12(
  content: Uint8Array,
  password: string,
  { friendlyName }: Pkcs12Options = {},
): Promise<Pkcs12Contents> {
  // Only a program that has such a file pays for what reads it.
  const { openPkcs12 } = await import("./pkcs12/open.ts");
  const { keys, certificates } = openPkcs12(content, password);
  const read = certificates.filter(isFirstOfItsBytes).map(readCertificate);
  const pairs = keys.map((key) => pairOf(key, read));
  const { key, leaf } = chosen(pairs, friendlyName);
  if (!leaf) throw new Error("The PKCS#12 file has no certificate for its private key.");
  const own = chainOf(leaf, read);
  const ofKeys = pairs.flatMap((pair) => (pair.leaf ? chainOf(pair.leaf, read) : []));
  const others = read.filter((each) => !ofKeys.includes(each));
  return {
    certificate: pem("CERTIFICATE", leaf.der),
    privateKey: pem("PRIVATE KEY", key.der),
    caCertificates: [...own.slice(1), ...others].map(({ der }) => pem("CERTIFICATE", der)),
  };
}

/** A certificate with what Node makes of it, which may be nothing. */
interface ReadCertificate extends Held {
  readonly x509: X509Certificate | undefined;
}

interface Pair {
  readonly key: Held;
  readonly leaf: ReadCertificate | undefined;
  /** What programs call it: Windows gives the key a name of its own, and shows the certificate's. */
  readonly names: readonly string[];
}

const isFirstOfItsBytes = ({ der }: Held, index: number, all: Held[]) =>
  all.findIndex((other) => other.der.equals(der)) === index;

function readCertificate(held: Held): ReadCertificate {
  return { ...held, x509: orNothing(() => new X509Certificate(held.der)) };
}

function pairOf(key: Held, certificates: ReadCertificate[]): Pair {
  const read = orNothing(() => createPrivateKey({ key: key.der, format: "der", type: "pkcs8" }));
  const leaf = read && certificates.find(({ x509 }) => orNothing(() => x509?.checkPrivateKey(read)));
  const names = [key.friendlyName, leaf?.friendlyName].filter((name) => name !== undefined);
  return { key, leaf, names: [...new Set(names)] };
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function chosen(pairs: Pair[], friendlyName: string | undefined): Pair {
  const fitting = pairs.filter(({ names }) => friendlyName === undefined || names.includes(friendlyName));
  const [pair, another] = fitting;
  if (pair && !another) return pair;
  if (pairs.length === 0) throw new Error("The PKCS#12 file has no private key.");
  const list = (pair ? fitting : pairs).map(({ names }) => names.map((name) => JSON.stringify(name)).join(" or "));
  const listed = list.map((names) => names || "one without a name").join(", ");
  throw new Error(
    pair
      ? `The PKCS#12 file has ${fitting.length} private keys (${listed}): choose one with friendlyName.`
      : `The PKCS#12 file has no private key with the friendlyName ${JSON.stringify(friendlyName)}, but ${listed}.`,
  );
}

/** A certificate and those that vouch for it, each after one that it has issued. */
function chainOf(leaf: ReadCertificate, certificates: ReadCertificate[]): ReadCertificate[] {
  const chain = [leaf];
  for (const { x509 } of chain) {
    chain.push(
      ...certificates.filter((other) => !chain.includes(other) && other.x509 && x509?.checkIssued(other.x509)),
    );
  }
  return chain;
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
