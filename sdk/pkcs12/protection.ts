import { createDecipheriv, createHmac, getCipherInfo, hash, pbkdf2Sync } from "node:crypto";
import { children, count, type Element, isInteger, octets, oid } from "./asn1.ts";
import { decryptRc2 } from "./rc2.ts";

/** One password in the two forms that the schemes take. */
export interface Password {
  /** What PKCS#5 takes. */
  readonly utf8: Buffer;
  /** What PKCS#12 of before takes: two bytes a letter, the higher one first, and two zeros at the end. */
  readonly utf16: Buffer;
}

/** A scheme that is not read, or the file is not protected by a password at all. */
export class NotRead extends Error {
  constructor(scheme: string) {
    super(
      `The PKCS#12 file is protected in a way that is not read (${scheme}). Export it again with AES-256, as OpenSSL 3 does.`,
    );
  }
}

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
const pbmac1 = "1.2.840.113549.1.5.14";

const hashes = new Map([
  ["1.3.14.3.2.26", "sha1"],
  ["2.16.840.1.101.3.4.2.4", "sha224"],
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

const hmacs = new Map([
  ["1.2.840.113549.2.7", "sha1"],
  ["1.2.840.113549.2.8", "sha224"],
  ["1.2.840.113549.2.9", "sha256"],
  ["1.2.840.113549.2.10", "sha384"],
  ["1.2.840.113549.2.11", "sha512"],
]);

const ciphers = new Map([
  ["2.16.840.1.101.3.4.1.2", "aes-128-cbc"],
  ["2.16.840.1.101.3.4.1.22", "aes-192-cbc"],
  ["2.16.840.1.101.3.4.1.42", "aes-256-cbc"],
  ["1.2.840.113549.3.7", "des-ede3-cbc"],
]);

/** The schemes of PKCS#12 itself, with the length of their keys in bytes. */
const oldCiphers = new Map([
  ["1.2.840.113549.1.12.1.3", { cipher: "des-ede3-cbc", keyLength: 24 }],
  ["1.2.840.113549.1.12.1.4", { cipher: "des-ede-cbc", keyLength: 16 }],
  ["1.2.840.113549.1.12.1.5", { cipher: "rc2", keyLength: 16 }],
  ["1.2.840.113549.1.12.1.6", { cipher: "rc2", keyLength: 5 }],
]);

function known<T>(names: Map<string, T>, scheme: string): T {
  const found = names.get(scheme);
  if (found === undefined) throw new NotRead(scheme);
  return found;
}

/**
 * Opens what a password has closed.
 *
 * @param algorithm - the AlgorithmIdentifier that says how
 * @throws NotRead, or an Error when the password does not open it
 */
export function decrypt(algorithm: Element, data: Buffer, password: Password): Buffer {
  const [scheme, parameters] = children(algorithm);
  if (oid(scheme) === pbes2) return decryptPbes2(parameters, data, password);
  const { cipher, keyLength } = known(oldCiphers, oid(scheme));
  const [salt, iterations] = children(parameters);
  const derive = (purpose: number, length: number) =>
    derived(purpose, length, "sha1", octets(salt), count(iterations), password);
  const key = derive(1, keyLength);
  const iv = derive(2, 8);
  return cipher === "rc2" ? decryptRc2(key, iv, data) : decipher(cipher, key, iv, data);
}

function decryptPbes2(parameters: Element, data: Buffer, password: Password): Buffer {
  const [derivation, encryption] = children(parameters);
  const [scheme, iv] = children(encryption);
  const cipher = known(ciphers, oid(scheme));
  const key = derivedByPbkdf2(derivation, password, getCipherInfo(cipher)?.keyLength);
  return decipher(cipher, key, octets(iv), data);
}

function decipher(cipher: string, key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const stream = createDecipheriv(cipher, key, iv);
  return Buffer.concat([stream.update(data), stream.final()]);
}

/**
 * Whether the password is the one that the file was closed with.
 *
 * @param mac - the MacData of the file
 * @param content - what it vouches for
 */
export function isIntact(mac: Element, content: Buffer, password: Password): boolean {
  const [digestInfo, salt, iterations] = children(mac);
  const [algorithm, expected] = children(digestInfo);
  const [scheme, parameters] = children(algorithm);
  const { name, key } =
    oid(scheme) === pbmac1
      ? pbmac1Key(parameters, password)
      : oldMacKey(oid(scheme), octets(salt), iterations ? count(iterations) : 1, password);
  return createHmac(name, key).update(content).digest().equals(octets(expected));
}

function pbmac1Key(parameters: Element, password: Password): { name: string; key: Buffer } {
  const [derivation, hmac] = children(parameters);
  return { name: known(hmacs, oid(children(hmac)[0])), key: derivedByPbkdf2(derivation, password) };
}

function oldMacKey(scheme: string, salt: Buffer, iterations: number, password: Password) {
  const name = known(hashes, scheme);
  return { name, key: derived(3, hash(name, "", "buffer").length, name, salt, iterations, password) };
}

function derivedByPbkdf2(derivation: Element, password: Password, expectedLength?: number): Buffer {
  const [scheme, parameters] = children(derivation);
  if (oid(scheme) !== pbkdf2) throw new NotRead(oid(scheme));
  const [salt, iterations, ...rest] = children(parameters);
  const keyLength = expectedLength ?? count(rest.find(isInteger));
  const hmac = rest.find((each) => !isInteger(each));
  const name = hmac ? known(hmacs, oid(children(hmac)[0])) : "sha1";
  return pbkdf2Sync(password.utf8, octets(salt), count(iterations), keyLength, name);
}

/**
 * Bytes from a password as RFC 7292, appendix B makes them.
 *
 * @param purpose - 1 for a key, 2 for an initial vector, 3 for a MAC
 */
function derived(purpose: number, length: number, name: string, salt: Buffer, times: number, password: Password) {
  const block = name === "sha384" || name === "sha512" ? 128 : 64;
  const filled = (bytes: Buffer) => Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);
  const input = Buffer.concat([filled(salt), filled(password.utf16)]);
  let made = Buffer.alloc(0);
  while (made.length < length) {
    let digest = Buffer.concat([Buffer.alloc(block, purpose), input]);
    for (let i = 0; i < times; i += 1) digest = hash(name, digest, "buffer");
    made = Buffer.concat([made, digest]);
    for (let at = 0; at < input.length; at += block) add(input.subarray(at, at + block), Buffer.alloc(block, digest));
  }
  return made.subarray(0, length);
}

/** Adds a number and one to another of the same length, and forgets what does not fit. */
function add(to: Buffer, number: Buffer): void {
  let carry = 1;
  for (let i = to.length - 1; i >= 0; i -= 1) {
    carry += (to[i] ?? 0) + (number[i] ?? 0);
    to[i] = carry & 0xff;
    carry >>= 8;
  }
}
