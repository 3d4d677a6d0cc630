// What readPkcs12 makes of files that OpenSSL, Java and NSS have written: test/fixtures/pkcs12/make.sh says how. The PEM
// files beside them are OpenSSL's own, so a certificate that is equal to one has kept every byte.
import { createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { readPkcs12 } from "../../sdk/index.ts";

const password = "open sesame";
const fixture = (name: string) => readFileSync(new URL(`../fixtures/pkcs12/${name}`, import.meta.url));
const pem = (name: string) => fixture(`${name}.pem`).toString();
const publicPart = (key: string) => createPublicKey(key).export({ type: "spki", format: "pem" });

async function expectContents(file: string, secret: string, leaf: string, chain: string[], friendlyName?: string) {
  const { certificate, privateKey, caCertificates } = await readPkcs12(fixture(`${file}.p12`), secret, {
    ...(friendlyName === undefined ? {} : { friendlyName }),
  });
  expect(certificate).toBe(pem(leaf));
  expect(caCertificates).toEqual(chain.map(pem));
  expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n(?:.{1,64}\n)+-----END PRIVATE KEY-----\n$/);
  expect(publicPart(privateKey)).toBe(publicPart(pem(leaf)));
}

describe("a PKCS#12 file", () => {
  test.each<[string, string, string, string[]]>([
    ["an RSA key and a chain of three", "rsa", "rsa", ["issuing", "root"]],
    ["an RSA-PSS key", "pss", "pss", []],
    ["an EC key and a name", "ec", "ec", ["issuing", "root"]],
    ["an Ed25519 key", "ed25519", "ed25519", []],
    ["what OpenSSL 1, Windows and macOS wrote: RC2 and triple DES", "legacy", "rsa", ["issuing", "root"]],
    ["triple DES only", "3des", "ec", []],
    ["triple DES with two keys", "2des", "ec", []],
    ["RC2 with 128 bits", "rc2-128", "ec", []],
    ["AES-128 and SHA-512", "aes128-sha512", "ec", []],
    ["a MAC of RFC 9579", "pbmac1", "ec", []],
    ["no MAC", "no-mac", "ec", []],
    ["nothing encrypted", "not-encrypted", "ec", []],
    ["lengths that come after what they measure, by NSS", "nss", "rsa", ["issuing", "root"]],
    ["a key named otherwise than its certificate, by Windows", "windows", "ec", []],
  ])("with %s becomes what a Certificate takes", async (_, file, leaf, chain) => {
    await expectContents(file, password, leaf, chain);
  });

  test("keeps a certificate that others would write otherwise", async () => {
    const { raw } = new X509Certificate(pem("odd"));
    expect(raw.subarray(4, 7).toString("hex")).toBe("308300"); // A length with a byte that it does not need.
    expect(raw.toString("latin1")).toContain("\x1e\x10\0M\0\xfc\0l\0l\0e\0r\0 \x27\x13"); // "Müller ✓" as BMPString.
    await expectContents("odd", password, "odd", ["issuing", "root"]);
  });

  test.each(["umlaut", "umlaut-legacy"])("opens with letters beyond ASCII: %s", async (file) => {
    await expectContents(file, "Grüße 🔑", "ec", []);
  });

  test.each(["empty", "empty-legacy", "no-password", "no-password-legacy"])(
    "opens with an empty password: %s",
    async (file) => {
      await expectContents(file, "", "ec", []);
    },
  );
});

describe.each(["several", "several-legacy"])("a PKCS#12 file with %s keys, by Java,", (file) => {
  test("gives the named one, with its own chain and nobody else's", async () => {
    await expectContents(file, password, "rsa", ["issuing", "root"], "rsa");
    await expectContents(file, password, "api", ["other", "root"], "api");
  });

  test("lists them when none is named, or none so", async () => {
    const both = '"rsa", "api"';
    await expect(readPkcs12(fixture(`${file}.p12`), password)).rejects.toThrow(
      `The PKCS#12 file has 2 private keys (${both}): choose one with friendlyName.`,
    );
    await expect(readPkcs12(fixture(`${file}.p12`), password, { friendlyName: "www" })).rejects.toThrow(
      `The PKCS#12 file has no private key with the friendlyName "www", but ${both}.`,
    );
  });
});

describe("friendlyName", () => {
  test("is the key's or its certificate's", async () => {
    await expectContents("ec", password, "ec", ["issuing", "root"], "www für alle");
    await expectContents("windows", password, "ec", [], "www");
    await expectContents("windows", password, "ec", [], "tp-4f1c");
  });

  test.each([
    ["windows", '"tp-4f1c" or "www"'],
    ["rsa", "one without a name"],
  ])("that no key has is refused in a file with one key, too: %s", async (file, names) => {
    await expect(readPkcs12(fixture(`${file}.p12`), password, { friendlyName: "api" })).rejects.toThrow(
      `The PKCS#12 file has no private key with the friendlyName "api", but ${names}.`,
    );
  });
});

describe("one clear error, without key and password, says", () => {
  const refused = /^This is no PKCS#12 file, or the password does not open it\.$/;

  test.each<[string, Uint8Array, string]>([
    ["a wrong password", fixture("ec.p12"), "swordfish"],
    ["a wrong password and an old encryption", fixture("legacy.p12"), "swordfish"],
    ["a wrong password and no MAC", fixture("no-mac.p12"), "swordfish"],
    ["a wrong password and a MAC of RFC 9579", fixture("pbmac1.p12"), "swordfish"],
    ["a wrong password and nothing encrypted", fixture("not-encrypted.p12"), "swordfish"],
    ["an empty password that is wrong", fixture("ec.p12"), ""],
    ["a password where none belongs", fixture("empty.p12"), "swordfish"],
    ["text", Buffer.from("hello"), "swordfish"],
    ["nothing", Buffer.alloc(0), "swordfish"],
    ["a certificate in PEM form", fixture("ec.pem"), "swordfish"],
    ["a certificate in DER form", new X509Certificate(fixture("ec.pem")).raw, "swordfish"],
  ])("%s", async (_, content, secret) => {
    const error = await readPkcs12(content, secret).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(refused);
    if (secret !== "") expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(secret);
  });

  test.each([
    ["no-key", "The PKCS#12 file has no private key."],
    ["no-certificate", "The PKCS#12 file has no certificate for its private key."],
    [
      "rc4",
      "The PKCS#12 file is protected in a way that is not read (1.2.840.113549.1.12.1.1). " +
        "Export it again with AES-256, as OpenSSL 3 does.",
    ],
  ])("what is missing: %s", async (file, message) => {
    await expect(readPkcs12(fixture(`${file}.p12`), password)).rejects.toThrow(new Error(message));
  });

  test("a wrong password that nothing but the key's form gives away", async () => {
    // Of 256 wrong keys one leaves an end as it should be.
    for (let i = 0; i < 1500; i += 1)
      await expect(readPkcs12(fixture("no-mac.p12"), `no ${i}`)).rejects.toThrow(refused);
  });

  // A bit that is wrong may stand in a name, where it does no harm; nothing else may come of it than contents or an error.
  test.each([
    ["no-mac", 1],
    ["pbmac1", 1],
    ["not-encrypted", 5],
  ])("that a part is missing or damaged: %s", async (file, step) => {
    const whole = fixture(`${file}.p12`);
    for (let at = 0; at < whole.length; at += step) {
      await expect(readPkcs12(whole.subarray(0, at), password)).rejects.toThrow(refused);
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      const outcome = await readPkcs12(damaged, password).catch((error: Error) => error.message);
      if (typeof outcome === "string") expect(outcome).toMatch(/^(?:This is no|The) PKCS#12 file\b/);
    }
  });
});
