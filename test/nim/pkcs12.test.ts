import { X509Certificate } from "node:crypto";
import forge from "node-forge";
import { describe, expect, test } from "vitest";
import { readPkcs12 } from "../../sdk/pkcs12.ts";

// Made once with `openssl pkcs12 -export` (OpenSSL 3) from a key and certificate that were thrown away: an EC key, which
// no library here can put into such a file. Password: open sesame. It opens nothing.
import { ecPkcs12 } from "../fixtures/pkcs12.ts";

const password = "open sesame";

function rsaFile(algorithm: "3des" | "aes256"): Buffer {
  const { privateKey, publicKey } = forge.pki.rsa.generateKeyPair(1024);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.validity.notAfter.setFullYear(certificate.validity.notAfter.getFullYear() + 1);
  certificate.setSubject([{ name: "commonName", value: "www.example.com" }]);
  certificate.setIssuer([{ name: "commonName", value: "www.example.com" }]);
  certificate.sign(privateKey, forge.md.sha256.create());
  const file = forge.pkcs12.toPkcs12Asn1(privateKey, [certificate], password, { algorithm });
  return Buffer.from(forge.asn1.toDer(file).getBytes(), "binary");
}

describe("a PKCS#12 file", () => {
  test.each<[string, () => Buffer]>([
    ["with an RSA key, encrypted the old way", () => rsaFile("3des")],
    ["with an RSA key, encrypted the new way", () => rsaFile("aes256")],
    ["with an EC key and its authority", () => Buffer.from(ecPkcs12, "base64")],
  ])("%s becomes what a Certificate takes", async (_, make) => {
    const { certificate, privateKey, caCertificates } = await readPkcs12(make(), password);
    const leaf = new X509Certificate(certificate);
    expect(leaf.subject).toBe("CN=www.example.com");
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    for (const authority of caCertificates) expect(leaf.checkIssued(new X509Certificate(authority))).toBe(true);
  });

  test("with its authority gives it apart from the leaf", async () => {
    const { caCertificates } = await readPkcs12(Buffer.from(ecPkcs12, "base64"), password);
    expect(caCertificates).toHaveLength(1);
  });

  test.each<[string, Uint8Array, string]>([
    ["that the password does not open", Buffer.from(ecPkcs12, "base64"), "wrong"],
    ["that is none", Buffer.from("hello"), password],
  ])("%s is one clear error", async (_, content, secret) => {
    await expect(readPkcs12(content, secret)).rejects.toThrow(
      /^This is no PKCS#12 file, or the password does not open it\.$/,
    );
  });
});
