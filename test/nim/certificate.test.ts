import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { certificateInputs } from "../../provider/nim/certificate.ts";
import type { CertificateInputs } from "../../provider/nim/certificateTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { type Bench, describeLifecycle } from "../tools/lifecycleSuite.ts";
import { issue } from "../tools/pki.ts";
import { CheckFailed, type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { createTestWorld } from "../tools/world.ts";
import { api, type NimBench, startNimBench, withoutStamps } from "./nim.bench.ts";

const root = await issue("Example root", { authority: true });
const intermediate = await issue("Example intermediate", { authority: true, issuer: root });
const web = await issue("www.example.com", { issuer: intermediate });
const renewed = await issue("www.example.com", { issuer: intermediate });
const theirs = await issue("www.example.com");
const expired = await issue("old.example.com", { days: -1 });

const args = {
  name: "www",
  certificate: web.certificate + intermediate.certificate,
  privateKey: web.key,
  caCertificates: [root.certificate],
} satisfies CertificateInputs;

async function startCertificateBench(options: NimSimulatorOptions = {}): Promise<Bench & NimBench> {
  const nim = await startNimBench({ systems: [], ...options });
  const { control, handle, username, password } = nim.simulator;
  const pathOf = (name: string) => `${api}/certs/${name}`;
  const live = (name: string) => {
    const last = control.history.of(pathOf(name)).at(-1);
    return last && last.kind !== "delete" ? (last.body as Properties) : undefined;
  };
  const write = (name: string, { certificate, key }: { certificate: string; key: string }, more: Properties = {}) =>
    control.write(
      "certs",
      name,
      { name, certPEMDetails: { publicCert: certificate, privateKey: key }, ...more },
      "alice",
    );
  return {
    ...nim,
    args,
    changed: {
      args: { ...args, certificate: renewed.certificate + intermediate.certificate, privateKey: renewed.key },
      field: "certificate",
    },
    replaced: { ...args, name: "www-2", certificate: renewed.certificate, privateKey: renewed.key },
    rephrased: { ...args, certificate: `subject=www\r\n${args.certificate.replaceAll("\n", "\r\n")}\r\n` },
    other: {
      changeManaged(name) {
        control.write(
          "certs",
          name,
          {
            name,
            certPEMDetails: { publicCert: theirs.certificate, privateKey: theirs.key, caCerts: [root.certificate] },
          },
          "alice",
        );
        return "certificate";
      },
      changeUnmanaged(name) {
        const group = `${api}/instance-groups/${nim.simulator.instanceGroup}`;
        const { publicCert } = (live(name)?.certPEMDetails ?? {}) as { publicCert: string };
        const certPEMDetails = { publicCert, privateKey: web.key, caCerts: [root.certificate] };
        control.write("certs", name, { name, certPEMDetails, instanceRefs: [group] }, "alice");
        return () => ((live(name)?.instanceRefs ?? []) as string[]).includes(group);
      },
      async remove(name) {
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        await handle({ method: "DELETE", path: pathOf(name), headers: { authorization }, body: "", remoteAddress: "" });
      },
      make: () => void write("www", theirs),
    },
    lookup: {
      shown: {
        name: "www",
        certificate: `${web.certificate}\n${intermediate.certificate}\n`,
        caCertificates: [`${root.certificate}\n`],
        instances: [],
      },
      absent: "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
      malformed: ["..", "x".repeat(256)],
      ids: /The id of a certificate is its name, and not its uid\.$/,
    },
    live: (name) => withoutStamps(live(name)) as Properties | undefined,
    count: () => ["www", "www-2"].filter(live).length,
    writes: { create: `POST ${api}/certs`, update: `PUT ${api}/certs/*`, delete: `DELETE ${api}/certs/*` },
  };
}

const traits = { carriesMark: false, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "Certificate", traits, start: startCertificateBench });

/** Switches about other things say nothing about a certificate. */
const positions = otherPositions(nimSwitches).filter(({ name }) =>
  /^(unknownFields|certCreateStatus|certWithoutRefs|usedCertDelete|duplicateSerial|clientConcurrencyStatus)$/.test(
    name,
  ),
);
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "Certificate", traits, start: () => startCertificateBench({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "Certificate", traits, start: () => startCertificateBench({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof certificateInputs>>().toEqualTypeOf<CertificateInputs>();
});

async function withCertificate(
  action: (run: ResourceRun, bench: Bench & NimBench) => Promise<void>,
  options: NimSimulatorOptions = {},
): Promise<void> {
  const bench = await startCertificateBench(options);
  const provider = bench.newProcess().providers.byName.Certificate as ResourceRun["provider"];
  const owner = "acme/urn:pulumi:dev::shop::x::www";
  try {
    await action(new ResourceRun(provider, { owner, __provider: "text" }), bench);
  } finally {
    await bench.close();
  }
}

describe("refused before anything is sent", () => {
  const chain = (...parts: { certificate: string }[]) => parts.map(({ certificate }) => certificate).join("");
  test.each<[string, Properties, RegExp]>([
    ["what is no certificate", { certificate: "hello" }, /^certificate: must be a certificate in PEM form/],
    ["a key of another certificate", { privateKey: renewed.key }, /^privateKey: does not belong to the certificate/],
    ["what is no key", { privateKey: "hello" }, /^privateKey: must be a private key in PEM form/],
    [
      "a chain that does not start with the leaf",
      { certificate: chain(intermediate, web) },
      /^privateKey: belongs to another certificate of the chain; the leaf must be first$/,
    ],
    [
      "a chain with a stranger",
      { certificate: chain(web, theirs) },
      /^certificate: holds "CN=www.example.com", which has issued none of the others$/,
    ],
    [
      "an expired certificate",
      { certificate: expired.certificate, privateKey: expired.key },
      /^certificate: has expired at/,
    ],
    ["a name of 256 characters", { name: "x".repeat(256) }, /^name: .*255/],
    ["an authority that is none", { caCertificates: ["hello"] }, /^caCertificates\[0\]: must be a certificate/],
  ])("%s", (_, more, message) =>
    withCertificate(async (run, bench) => {
      await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
      expect(bench.requests("* /**")).toBe(0);
    }),
  );

  test("an encrypted key without its password, or with a wrong one", async () => {
    const encrypted = createPrivateKey(web.key)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" })
      .toString();
    await withCertificate(async (run) => {
      await expect(run.up({ ...args, privateKey: encrypted })).rejects.toThrow(/password must open it/);
      await expect(run.up({ ...args, privateKey: encrypted, password: "wrong" })).rejects.toThrow(
        /password must open it/,
      );
      expect(await run.up({ ...args, privateKey: encrypted, password: "open sesame" })).toBe("create");
    });
  });

  test("but a certificate that expired since does not stop an up", () =>
    withCertificate(async (run) => {
      const inputs = {
        ...args,
        certificate: new X509Certificate(expired.certificate).toString(),
        privateKey: expired.key,
      };
      const { failures } = await run.provider.check({ ...inputs }, { ...inputs, owner: "x" });
      expect(failures).toEqual([]);
    }));
});

test("what the leaf says becomes outputs, and neither key nor password does", () =>
  withCertificate(async (run) => {
    await run.up(args);
    const leaf = new X509Certificate(web.certificate);
    expect(run.state?.outputs).toMatchObject({
      fingerprintSha256: leaf.fingerprint256,
      serialNumber: leaf.serialNumber,
      subject: "CN=www.example.com",
      issuer: "CN=Example intermediate",
      subjectAlternativeNames: ["DNS:www.example.com"],
      notAfter: leaf.validToDate.toISOString(),
    });
    const holders = Object.entries(run.state?.outputs ?? {}).filter(([, value]) =>
      JSON.stringify(value).includes("PRIVATE KEY"),
    );
    expect(holders.map(([key]) => key)).toEqual(["privateKey"]);
  }));

test("where others have left authorities only, that is drift like any other", () =>
  withCertificate(async (run, bench) => {
    await run.up(args);
    const wanted = bench.live("www");
    const certPEMDetails = { caCerts: [root.certificate] };
    bench.simulator.control.write("certs", "www", { name: "www", certPEMDetails }, "alice");
    expect(await run.refresh()).toEqual(["certificate"]);
    expect(run.state?.outputs).toMatchObject({ fingerprintSha256: "", subject: "", notAfter: "" });
    expect(await run.up(args)).toBe("update");
    expect(bench.live("www")).toEqual(wanted);
  }));

test("the seconds until it expires are no drift", () =>
  withCertificate(async (run, bench) => {
    await run.up(args);
    bench.simulator.control.clock.advance(3_600_000);
    expect(await run.refresh()).toEqual([]);
  }));

test("the mask that NIM shows is never sent for a key", () =>
  withCertificate(async (run, bench) => {
    await run.up(args);
    const sent: string[] = [];
    bench.simulator.control.hook({ before: ({ method, body }) => void (method === "PUT" && sent.push(body)) });
    await run.up({ ...args, caCertificates: [] });
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toContain("*****");
    expect(JSON.parse(sent[0] ?? "").certPEMDetails.privateKey).toBe(web.key);
  }));

describe("certificates as they are", () => {
  const chain = (...parts: { certificate: string }[]) => parts.map(({ certificate }) => certificate).join("");
  const taken = async (more: Properties) => {
    let told: string[] = [];
    let outputs: Properties = {};
    await withCertificate(async (run, bench) => {
      const world = bench.newProcess();
      const again = new ResourceRun(world.providers.byName.Certificate as ResourceRun["provider"], run.constants);
      await again.up({ ...args, ...more });
      expect(await again.refresh()).toEqual([]);
      expect(await again.up({ ...args, ...more })).toBe("same");
      told = world.warnings.map(({ message }) => message);
      outputs = again.state?.outputs ?? {};
    });
    return { told, outputs };
  };

  test("without a subject, only with names", async () => {
    const nameless = await issue("short.example.com", { issuer: intermediate, withoutSubject: true });
    const { told, outputs } = await taken({ certificate: chain(nameless, intermediate), privateKey: nameless.key });
    expect(outputs).toMatchObject({ subject: "", subjectAlternativeNames: ["DNS:short.example.com"] });
    expect(told).toEqual([]);
  });

  test("the leaf twice, with a word about it", async () => {
    const { told } = await taken({ certificate: chain(web, web, intermediate) });
    expect(told).toEqual(['/certs/www: certificate holds "CN=www.example.com" twice.']);
  });

  test("a chain out of order, with a word about it", async () => {
    const { told } = await taken({ certificate: chain(web, root, intermediate) });
    expect(told).toEqual([expect.stringMatching(/^\/certs\/www: .*not each is followed by its issuer/)]);
  });

  test("two paths of trust", async () => {
    const oldRoot = await issue("Old root", { authority: true });
    const crossSigned = await issue("Example intermediate", { authority: true, issuer: oldRoot, of: intermediate });
    await taken({ certificate: chain(web, intermediate, root, crossSigned, oldRoot) });
  });

  test("with an editor's mark before certificate and key", async () => {
    await taken({ certificate: `\uFEFF${args.certificate}`, privateKey: `\uFEFF${args.privateKey}` });
  });

  test("with the curve's name, the certificate and other line ends around the key", async () => {
    const curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    const bundle = `friendlyName: www\r\n${args.certificate}${curve}${web.key.replaceAll("\n", "\r\n")}`;
    await withCertificate(async (run, bench) => {
      const sent: string[] = [];
      bench.simulator.control.hook({ before: ({ method, body }) => void (method === "POST" && sent.push(body)) });
      await run.up({ ...args, privateKey: bundle });
      expect(JSON.parse(sent[0] ?? "").certPEMDetails.privateKey).toBe(web.key);
      expect(await run.up(args)).toBe("same");
    });
  });
});

describe("a private key where certificates belong is refused and never shown", () => {
  const cut = web.key.slice(0, 60);
  test.each<[string, string, Properties]>([
    ["before the certificate", "certificate", { certificate: web.key + args.certificate }],
    ["behind it", "certificate", { certificate: args.certificate + web.key }],
    ["without its end", "certificate", { certificate: cut + args.certificate }],
    ["alone", "certificate", { certificate: web.key }],
    ["among the authorities", "caCertificates[0]", { caCertificates: [root.certificate + web.key] }],
  ])("%s", (_, field, more) =>
    withCertificate(async (run, bench) => {
      const failed = await run.up({ ...args, ...more }).catch((reason) => reason);
      expect(failed).toBeInstanceOf(CheckFailed);
      const reason = `${field}: holds a private key, whose place is privateKey: this argument is no secret`;
      expect(failed.failures).toEqual([{ property: "", reason }]);
      expect(bench.requests("* /**")).toBe(0);
    }),
  );
});

test("an encrypted key whose password is not known yet passes the preview, and a wrong one does not", async () => {
  const encrypted = createPrivateKey(web.key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" })
    .toString();
  await withCertificate(async (run) => {
    const checked = async (password: string) =>
      (await run.provider.check({}, { ...args, ...run.constants, privateKey: encrypted, password })).failures;
    expect(await checked("04da6b54-80e4-46f7-96ec-b56ff0331ba9")).toEqual([]);
    expect(await checked("open sesame")).toEqual([]);
    expect(await checked("wrong")).toHaveLength(1);
  });
});

test("what NIM has made is saved also where its answer cannot be used, and the next up goes on from it", () =>
  withCertificate(async (run, bench) => {
    const { handle, username, password } = bench.simulator;
    const garbled: typeof handle = async (request) => {
      const answer = await handle(request);
      const isCreate = request.method === "POST" && request.path.endsWith("/certs");
      return isCreate
        ? { ...answer, body: String(answer.body).replaceAll(/-----BEGIN[^"]*/g, "not readable") }
        : answer;
    };
    const environment = { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: username, NIM_PASSWORD: password };
    const world = createTestWorld(garbled, { environment });
    const made = new ResourceRun(world.providers.byName.Certificate as ResourceRun["provider"], run.constants);
    await expect(made.up(args)).rejects.toThrow(
      /It was made, but what was answered cannot be used.*saved in the state/,
    );
    expect(made.state).toMatchObject({ id: "www", inputs: { name: "www" }, initErrors: [expect.any(String)] });
    expect(await made.up(args)).toBe("update");
    expect(made.state?.outputs).toMatchObject({ subject: "CN=www.example.com" });
    await made.destroy();
    expect(bench.count()).toBe(0);
  }));

describe("under another name", () => {
  const stepsOf = async (after: Properties) => {
    let order: string[] = [];
    await withCertificate(async (run, bench) => {
      await run.up(args);
      const { requests } = bench.simulator.control;
      requests.reset();
      expect(await run.up(after)).toBe("replace");
      const writes = requests.all().filter(({ method }) => method !== "GET");
      order = writes.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    });
    return order;
  };

  test("another certificate is there before the old one goes, so that what serves it has no gap", async () => {
    const renewal = { certificate: renewed.certificate + intermediate.certificate, privateKey: renewed.key };
    expect(await stepsOf({ ...args, ...renewal, name: "www-2026-12" })).toEqual(["POST certs", "DELETE www"]);
  });

  test("that is not known before the run, nobody can tell whether it is another one: then the old one goes first", () =>
    withCertificate(async (run) => {
      await run.up(args);
      const { id = "", inputs = {}, outputs = {} } = run.state ?? {};
      const firstGoes = async (name: string) =>
        (await run.provider.diff(id, outputs, { ...inputs, name, certificate: renewed.certificate }))
          .deleteBeforeReplace;
      expect(await firstGoes("04da6b54-80e4-46f7-96ec-b56ff0331ba9")).toBe(true);
      expect(await firstGoes("www-2026-12")).toBe(false);
    }));

  test("the same certificate only after it: NIM takes no two of one serial number", async () => {
    expect(await stepsOf({ ...args, name: "www-2" })).toEqual(["DELETE www", "POST certs"]);
  });
});

describe("on instances", () => {
  const systems = [{ hostname: "web-1" }, { hostname: "web-2" }];
  const references = (bench: NimBench) =>
    bench.simulator.instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
  const refsOf = (bench: Bench) => (bench.live("www") as { instanceRefs: string[] }).instanceRefs;

  test("a renewal keeps what others assigned, and a refresh does not take it for drift", () =>
    withCertificate(
      async (run, bench) => {
        const [first, second] = references(bench);
        await run.up({ ...args, instances: [first] });
        const [ref] = refsOf(bench);
        const other = String(ref)
          .replace(String(first?.systemUid), String(second?.systemUid))
          .replace(String(first?.instanceUid), String(second?.instanceUid));
        const certPEMDetails = { publicCert: args.certificate, privateKey: web.key, caCerts: [root.certificate] };
        bench.simulator.control.write(
          "certs",
          "www",
          { name: "www", certPEMDetails, instanceRefs: [ref, other] },
          "alice",
        );
        expect(await run.refresh()).toEqual([]);
        await run.up({ ...bench.changed.args, instances: [first] });
        expect(refsOf(bench)).toEqual([ref, other]);
      },
      { systems },
    ));

  test("and on all of a group, which others may add to as well", () =>
    withCertificate(
      async (run, bench) => {
        const [first] = references(bench);
        const instanceGroup = bench.simulator.instanceGroup;
        const groupRef = `${api}/instance-groups/${instanceGroup}`;
        expect(await run.up({ ...args, instances: [{ instanceGroup }] })).toBe("create");
        expect(refsOf(bench)).toEqual([groupRef]);
        expect(await run.refresh()).toEqual([]);
        expect(await run.up({ ...args, instances: [first, { instanceGroup }] })).toBe("update");
        const [instanceRef] = refsOf(bench).filter((ref) => ref !== groupRef);
        expect(instanceRef).toBe(`${api}/systems/${first?.systemUid}/instances/${first?.instanceUid}`);
        // What the program no longer says goes, and what somebody else has added stays.
        await run.up({ ...args, instances: [{ instanceGroup }] });
        expect(refsOf(bench)).toEqual([groupRef]);
        const certPEMDetails = { publicCert: args.certificate, privateKey: web.key, caCerts: [root.certificate] };
        const refs = [instanceRef, groupRef];
        bench.simulator.control.write("certs", "www", { name: "www", certPEMDetails, instanceRefs: refs }, "alice");
        expect(await run.refresh()).toEqual([]);
        await expect(run.destroy()).rejects.toThrow(`It is held by ${instanceRef}.`);
        expect(refsOf(bench)).toEqual([instanceRef]);
      },
      { systems },
    ));

  test.each<[string, Properties, RegExp]>([
    ["neither instance nor group", { system: "a" }, /^instances\[0\]: must be an instance \(\{ systemUid, instanceUid/],
    ["both at once", { systemUid: "a", instanceUid: "b", instanceGroup: "c" }, /^instances\[0\]: must be an instance/],
    ["a group's uid that is none", { instanceGroup: "a/b" }, /^instances\[0\]\.instanceGroup: must be a uid/],
  ])("%s is refused", (_, target, message) =>
    withCertificate(async (run) => {
      await expect(run.up({ ...args, instances: [target] })).rejects.toThrow(message);
    }),
  );

  test("is not deleted while something refers to it, and the error says what", () =>
    withCertificate(
      async (run, bench) => {
        await run.up(args);
        const certPEMDetails = { publicCert: args.certificate, privateKey: web.key, caCerts: [root.certificate] };
        const group = `${api}/instance-groups/${bench.simulator.instanceGroup}`;
        bench.simulator.control.write("certs", "www", { name: "www", certPEMDetails, instanceRefs: [group] }, "alice");
        await expect(run.destroy()).rejects.toThrow(`It is held by ${group}. There are two ways out.`);
        expect(bench.count()).toBe(1);
      },
      { systems },
    ));

  test("what this stack assigned itself holds it, where others have put their certificate there: its key is not known", () =>
    withCertificate(
      async (run, bench) => {
        await run.up({ ...args, instances: references(bench) });
        const refs = refsOf(bench);
        const certPEMDetails = { publicCert: theirs.certificate, privateKey: theirs.key, caCerts: [root.certificate] };
        bench.simulator.control.write("certs", "www", { name: "www", certPEMDetails, instanceRefs: refs }, "alice");
        await run.refresh();
        await expect(run.destroy()).rejects.toThrow(`It is held by ${refs.join(", ")}.`);
        expect(bench.count()).toBe(1);
      },
      { systems },
    ));

  test("what this stack assigned itself does not hold it", () =>
    withCertificate(
      async (run, bench) => {
        await run.up({ ...args, instances: references(bench) });
        await run.destroy();
        expect(bench.count()).toBe(0);
      },
      { systems },
    ));
});
