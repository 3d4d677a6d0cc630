// The structures of RFC 7292: a file holds safes, each encrypted or not, and a safe holds bags.
import { children, type Element, octets, oid, parse, raw, text } from "./asn1.ts";
import { decrypt, isIntact, NotRead, type Password } from "./protection.ts";

/** A key or a certificate. */
export interface Held {
  /** A PrivateKeyInfo or a Certificate, byte for byte. */
  readonly der: Buffer;
  readonly friendlyName: string | undefined;
}

/** What a file holds of each kind, in its order. */
export interface Pkcs12File {
  readonly keys: Held[];
  readonly certificates: Held[];
}

const data = "1.2.840.113549.1.7.1";
const encryptedData = "1.2.840.113549.1.7.6";
const keyBag = "1.2.840.113549.1.12.10.1.1";
const shroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
const certificateBag = "1.2.840.113549.1.12.10.1.3";
const x509Certificate = "1.2.840.113549.1.9.22.1";
const friendlyName = "1.2.840.113549.1.9.20";

/** @throws an Error that says nothing of the content and the password, not even in a `cause` */
export function openPkcs12(content: Uint8Array, password: string): Pkcs12File {
  try {
    const [, safes, mac] = children(parse(content));
    const form = formsOf(password).find((each) => !mac || isIntact(mac, contentOf(safes, each), each));
    if (!form) throw new Error("another password");
    const bags = children(parse(contentOf(safes, form))).flatMap((safe) => children(parse(contentOf(safe, form))));
    return {
      keys: bags.flatMap((bag) => heldIn(bag, (type, content) => keyIn(type, content, form))),
      certificates: bags.flatMap((bag) => heldIn(bag, certificateIn)),
    };
  } catch (error) {
    if (error instanceof NotRead) throw error;
    throw new Error("This is no PKCS#12 file, or the password does not open it.");
  }
}

/** No password at all is another one than an empty one, and programs differ in which of the two they mean. */
function formsOf(password: string): Password[] {
  const utf8 = Buffer.from(password);
  const utf16 = Buffer.from(`${password}\0`, "utf16le").swap16();
  return password === "" ? [utf16, Buffer.alloc(0)].map((each) => ({ utf8, utf16: each })) : [{ utf8, utf16 }];
}

function contentOf(info: Element, password: Password): Buffer {
  const [type, tagged] = children(info);
  const [content] = children(tagged);
  if (oid(type) === data) return octets(content);
  // Signed, or encrypted for somebody's public key.
  if (oid(type) !== encryptedData) throw new NotRead(oid(type));
  const [, encrypted] = children(content);
  const [, algorithm, bytes] = children(encrypted);
  return decrypt(algorithm, octets(bytes), password);
}

function heldIn(bag: Element, read: (type: string, content: Element) => Buffer | undefined): Held[] {
  const [type, tagged, attributes] = children(bag);
  const der = read(oid(type), children(tagged)[0]);
  return der ? [{ der, friendlyName: nameIn(attributes) }] : [];
}

function keyIn(type: string, content: Element, password: Password): Buffer | undefined {
  if (type === keyBag) return raw(content);
  if (type !== shroudedKeyBag) return undefined;
  const [algorithm, bytes] = children(content);
  const der = decrypt(algorithm, octets(bytes), password);
  // Where no MAC tells, a wrong password can open it to something that only ends properly.
  octets(children(parse(der))[2]);
  return der;
}

function certificateIn(type: string, content: Element): Buffer | undefined {
  if (type !== certificateBag) return undefined;
  const [kind, tagged] = children(content);
  return oid(kind) === x509Certificate ? octets(children(tagged)[0]) : undefined;
}

function nameIn(attributes: Element): string | undefined {
  const all = attributes ? children(attributes).map(children) : [];
  const named = all.find(([type]) => oid(type) === friendlyName);
  return named && text(children(named[1])[0]);
}
