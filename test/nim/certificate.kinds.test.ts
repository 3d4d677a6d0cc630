// Certificates as openssl and public authorities make them, each through the life of a resource.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type CertificateOptions,
  createOpenssl,
  hasOpenssl,
  type KeyKind,
  keyKinds,
  type Openssl,
  pssByDefault,
  whyNot,
} from "../tools/openssl.ts";
import type { Issued } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { startNimBench } from "./nim.bench.ts";

const outOfOrder =
  "certificate holds a chain in which not each is followed by its issuer; some clients follow it only in order.";

describe.skipIf(!hasOpenssl)(`made by openssl${whyNot}`, () => {
  let openssl: Openssl;
  let root: Issued;
  let oldRoot: Issued;
  let intermediate: Issued;
  /** The same authority by another path of trust. */
  let crossSigned: Issued;

  beforeAll(() => {
    openssl = createOpenssl();
    const authority = (options: CertificateOptions) => openssl.certificate({ ...options, authority: true });
    root = authority({ subject: "/CN=Root" });
    oldRoot = authority({ subject: "/CN=Old root" });
    intermediate = authority({ subject: "/CN=Intermediate", issuer: root });
    crossSigned = authority({ subject: "/CN=Intermediate", key: intermediate.key, issuer: oldRoot });
  });
  afterAll(() => openssl?.remove());

  const leafOf = (options: CertificateOptions = {}) => openssl.certificate({ issuer: intermediate, ...options });
  const chain = (...parts: Issued[]) => parts.map(({ certificate }) => certificate).join("");

  /** Made, refreshed, up again, changed in something else, and gone: what was said meanwhile, and the outputs. */
  async function live(args: Properties) {
    const bench = await startNimBench({ systems: [] });
    try {
      const { providers, warnings } = bench.newProcess();
      const provider = providers.byName.Certificate as ResourceRun["provider"];
      const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::www", __provider: "text" });
      const all = { name: "www", ...args };
      expect(await run.up(all)).toBe("create");
      const told = warnings.map(({ message }) => message);
      const outputs = run.state?.outputs as Properties;
      expect(await run.refresh()).toEqual([]);
      expect(await run.up(all)).toBe("same");
      expect(await run.up({ ...all, caCertificates: [root.certificate, oldRoot.certificate] })).toBe("update");
      expect(await run.refresh()).toEqual([]);
      await run.destroy();
      return { told, outputs };
    } finally {
      await bench.close();
    }
  }

  const good = ({ certificate, key }: Issued) => ({ certificate, privateKey: key });

  test.each(Object.keys(keyKinds) as KeyKind[])("with an %s", async (kind) => {
    const leaf = leafOf({ key: openssl.key(kind) });
    const { told, outputs } = await live({ ...good(leaf), certificate: chain(leaf, intermediate) });
    expect(told).toEqual([]);
    expect(outputs.fingerprintSha256).toBe(new X509Certificate(leaf.certificate).fingerprint256);
  });

  test("signed with RSA-PSS by all its defaults", async () => {
    const authority = openssl.certificate({ key: openssl.key("RSA key"), subject: "/CN=PSS", authority: true });
    const leaf = leafOf({ issuer: authority, more: pssByDefault });
    expect((await live({ ...good(leaf), certificate: chain(leaf, authority) })).told).toEqual([]);
  });

  test("without a subject, only with names", async () => {
    const leaf = leafOf({ subject: "/", names: "critical,DNS:www.example.com,IP:10.0.0.1" });
    const { told, outputs } = await live({ ...good(leaf), certificate: chain(leaf, intermediate) });
    expect(told).toEqual([]);
    expect(outputs).toMatchObject({
      subject: "",
      issuer: "CN=Intermediate",
      subjectAlternativeNames: ["DNS:www.example.com", "IP Address:10.0.0.1"],
    });
  });

  test.each<[string, (leaf: Issued) => Issued[], string[]]>([
    ["the leaf twice", (leaf) => [leaf, leaf, intermediate], ['certificate holds "CN=www.example.com" twice.']],
    [
      "the leaf again at the end",
      (leaf) => [leaf, intermediate, leaf],
      ['certificate holds "CN=www.example.com" twice.'],
    ],
    ["with its root", (leaf) => [leaf, intermediate, root], []],
    ["on a cross-signed path", (leaf) => [leaf, crossSigned, oldRoot], []],
    ["on two paths of trust", (leaf) => [leaf, intermediate, root, crossSigned, oldRoot], [outOfOrder]],
    ["on two paths of trust, without roots", (leaf) => [leaf, intermediate, crossSigned], [outOfOrder]],
    ["in a chain out of order", (leaf) => [leaf, root, intermediate], [outOfOrder]],
  ])("%s", async (_, partsOf, expected) => {
    const leaf = leafOf();
    const { told } = await live({ ...good(leaf), certificate: chain(...partsOf(leaf)) });
    expect(told).toEqual(expected.map((message) => `/certs/www: ${message}`));
  });

  test("as openssl writes text and PEM beside each other, saved on Windows", async () => {
    const leaf = leafOf();
    const text = openssl.run({ c: leaf.certificate }, ["x509", "-in", "{c}", "-text"]).toString();
    const windows = `\uFEFF${text}\nBag Attributes\n    friendlyName: ca\n${intermediate.certificate}`.replaceAll(
      "\n",
      "\r\n",
    );
    const { told, outputs } = await live({
      certificate: windows,
      privateKey: `\uFEFF${leaf.key.replaceAll("\n", "\r\n")}`,
    });
    expect(told).toEqual([]);
    expect(outputs.certificate).toBe(chain(leaf, intermediate));
    expect(outputs.privateKey).toBe(leaf.key);
  });

  test.each<[string, string[]]>([
    ["as PKCS#8", ["pkcs8", "-topk8", "-in", "{k}", "-v2", "aes-256-cbc", "-passout", "pass:öffne dich"]],
    ["with scrypt", ["pkcs8", "-topk8", "-in", "{k}", "-scrypt", "-passout", "pass:öffne dich"]],
    ["the old way", ["ec", "-in", "{k}", "-aes128", "-passout", "pass:öffne dich"]],
  ])("with a key encrypted %s", async (_, args) => {
    const leaf = leafOf();
    const privateKey = openssl.run({ k: leaf.key }, args).toString();
    await live({ certificate: leaf.certificate, privateKey, password: "öffne dich" });
  });
});
