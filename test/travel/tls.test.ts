// Whom the provider believes, over real TLS on this machine: authorities, names, dates, one pinned certificate; and what it
// says of those whom it does not believe.
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { createHttp } from "../../provider/travel/http.ts";
import { createServerTime } from "../../provider/travel/serverTime.ts";
import type { TlsOptions } from "../../provider/travel/tls.ts";
import { undiciTransport } from "../../provider/travel/transport.ts";
import { noLimit } from "../tools/noLimit.ts";
import { hasOpenssl, whyNot } from "../tools/openssl.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const folder = mkdtempSync(join(tmpdir(), "tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const authority = await issue("Company Authority", { authority: true });
const systemsAuthority = await issue("Authority of This Machine", { authority: true });
// Where OpenSSL finds the system's authorities; Node reads them once in a process, so before anything else here.
writeFileSync(join(folder, "system.pem"), systemsAuthority.certificate);
process.env.SSL_CERT_FILE = join(folder, "system.pem");
process.env.SSL_CERT_DIR = folder;

const good = await issue("localhost", { issuer: authority });
const fingerprintOf = ({ certificate }: Issued) => new X509Certificate(certificate).fingerprint256;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Served {
  readonly origin: string;
  /** What arrived, line by line. */
  readonly requests: string[];
  connections(): number;
}

async function serve({ certificate, key }: Issued, options: ServerOptions = {}): Promise<Served> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer({ cert: certificate, key, ...options }, ({ method, url }, response) => {
    requests.push(`${method} ${url}`);
    response.end("{}");
  });
  server.on("connection", () => {
    connections += 1;
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { origin: `https://localhost:${port}`, requests, connections: () => connections };
}

function ask(origin: string, tls: Partial<TlsOptions> = {}): Promise<number> {
  const send = undiciTransport(origin, { system: "nsx", ...tls }, 2);
  return send({ method: "PUT", path: "/x", body: "secret", limit: noLimit }).then(({ status }) => status);
}

describe("a certificate is believed", () => {
  test("of an authority of the system", async () => {
    const { origin } = await serve(await issue("localhost", { issuer: systemsAuthority }));
    expect(getCACertificates("default")).not.toContain(systemsAuthority.certificate);
    expect(await ask(origin)).toBe(200);
  });

  test("of an authority that the settings name", async () => {
    const { origin } = await serve(good);
    expect(await ask(origin, { caCertificate: authority.certificate })).toBe(200);
  });

  test("of the second one that they name", async () => {
    const { origin } = await serve(good);
    const other = await issue("Other Authority", { authority: true });
    expect(await ask(origin, { caCertificate: `${other.certificate}\n${authority.certificate}` })).toBe(200);
  });

  test("of the system's all the same where the settings name another one", async () => {
    const { origin } = await serve(await issue("localhost", { issuer: systemsAuthority }));
    expect(await ask(origin, { caCertificate: authority.certificate })).toBe(200);
  });

  test("that signed itself where the settings name it", async () => {
    const itself = await issue("localhost");
    const { origin } = await serve(itself);
    expect(await ask(origin, { caCertificate: itself.certificate })).toBe(200);
  });

  test("made out to an address", async () => {
    const { origin } = await serve(await issue("nsx", { issuer: authority, names: ["127.0.0.1"] }));
    const url = origin.replace("localhost", "127.0.0.1");
    expect(await ask(url, { caCertificate: authority.certificate })).toBe(200);
  });
});

describe("a pinned certificate", () => {
  const odd = {
    "of nobody's authority": () => issue("localhost"),
    "of another name": () => issue("nsx.example.com", { issuer: authority }),
    "that has expired": () => issue("localhost", { issuer: authority, days: -2 }),
    "of an authority that is believed": () => issue("localhost", { issuer: systemsAuthority }),
  };
  test.each(Object.entries(odd))("%s is believed", async (_, make) => {
    const shown = await make();
    const { origin } = await serve(shown);
    expect(await ask(origin, { thumbprint: fingerprintOf(shown) })).toBe(200);
  });

  test.each([
    ["issued by an authority that is believed", { caCertificate: authority.certificate }],
    ["whatever insecureSkipVerify says", { insecureSkipVerify: true }],
  ])("is the only one, %s: nothing is sent to another", async (_, more) => {
    const { origin, requests } = await serve(good);
    const pinned = fingerprintOf(await issue("localhost", { issuer: authority }));
    await expect(ask(origin, { thumbprint: pinned, ...more })).rejects.toThrow(
      `The certificate of ${origin} is not the one that is trusted: its SHA-256 fingerprint is ${fingerprintOf(good)} and nsx:thumbprint names another; if it was renewed, set nsx:thumbprint to what its administrator says that it is.`,
    );
    expect(requests).toEqual([]);
  });

  test("is not its issuer's", async () => {
    const { origin, requests } = await serve({ ...good, certificate: `${good.certificate}\n${authority.certificate}` });
    await expect(ask(origin, { thumbprint: fingerprintOf(authority) })).rejects.toThrow("nsx:thumbprint");
    expect(requests).toEqual([]);
  });

  test("is seen in every connection, and those are kept", async () => {
    const { origin, requests, connections } = await serve(good);
    const send = undiciTransport(origin, { system: "nsx", thumbprint: fingerprintOf(good) }, 2);
    for (let i = 0; i < 20; i += 1) await send({ method: "GET", path: `/${i}`, limit: noLimit });
    expect(requests).toHaveLength(20);
    expect(connections()).toBeLessThanOrEqual(2);
  });
});

describe("insecureSkipVerify", () => {
  /** What one run says, in which two roles are read. */
  async function warningsOf(settings: Record<string, string>): Promise<[string, string][]> {
    const warnings: [string, string][] = [];
    const { byName } = createProviders({
      environment: { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: "admin", NIM_PASSWORD: "pass", ...settings },
      clock: createVirtualClock(),
      log: { warn: (urn, message) => warnings.push([urn, message]), progress: () => {} },
      transport: async () => ({ status: 403, headers: {}, body: "{}" }),
    });
    for (const name of ["one", "two"]) {
      const read = byName.Role?.read?.(name, { name, owner: `acme/urn:pulumi:dev::shop::x:Role::${name}` });
      await expect(read).rejects.toThrow("403");
    }
    return warnings;
  }

  test("is warned of once in each run, under a resource", async () => {
    const words = expect.stringMatching(/^nim:insecureSkipVerify is on: .* nim:thumbprint .*nim:caCertificate/);
    const first = ["urn:pulumi:dev::shop::x:Role::one", words];
    expect(await warningsOf({ NIM_INSECURE_SKIP_VERIFY: "true" })).toEqual([first]);
    expect(await warningsOf({ NIM_INSECURE_SKIP_VERIFY: "true" })).toEqual([first]);
  });

  test("is not warned of where it is off, or a thumbprint says whom to believe", async () => {
    expect(await warningsOf({})).toEqual([]);
    expect(await warningsOf({ NIM_INSECURE_SKIP_VERIFY: "true", NIM_THUMBPRINT: fingerprintOf(good) })).toEqual([]);
  });

  test("believes anybody", async () => {
    const { origin } = await serve(await issue("nsx.example.com", { days: -2 }));
    expect(await ask(origin, { insecureSkipVerify: true })).toBe(200);
  });
});

describe("what is sent for a token", () => {
  const logins: Record<string, (origin: string) => Record<string, string>> = {
    NsxSegment: (origin) => ({ NSX_VMC_REFRESH_TOKEN: "r", NSX_VMC_AUTH_URL: origin }),
    Role: (origin) => ({ NIM_OIDC_TOKEN_URL: origin, NIM_OIDC_CLIENT_ID: "i", NIM_OIDC_CLIENT_SECRET: "s" }),
  };

  test.each([
    ["NsxSegment", "INSECURE_SKIP_VERIFY", "true"],
    ["NsxSegment", "THUMBPRINT", "of what is shown"],
    ["Role", "INSECURE_SKIP_VERIFY", "true"],
    ["Role", "THUMBPRINT", "of what is shown"],
  ])("%s: goes to nobody who is not believed, whatever %s says of the system itself", async (type, setting, value) => {
    const shown = await issue("localhost");
    const { origin, requests } = await serve(shown);
    const system = type === "Role" ? "NIM" : "NSX";
    const { byName, close } = createProviders({
      environment: {
        [`${system}_ENDPOINT`]: origin,
        [`${system}_${setting}`]: setting === "THUMBPRINT" ? fingerprintOf(shown) : value,
        ...logins[type]?.(origin),
      },
      clock: createVirtualClock(),
      log: { warn: () => {}, progress: () => {} },
    });
    const inputs = { name: "ops", segmentId: "ops", waitForRealization: false, owner: "acme/urn:pulumi:dev::x::y::z" };
    await expect(byName[type]?.create?.(inputs)).rejects.toThrow("it is signed by itself");
    expect(requests).toEqual([]);
    await close();
  });
});

describe("who is not believed is told apart in one sentence, with what was seen and the way out", () => {
  const ca = { caCertificate: authority.certificate };
  const cases: [
    string,
    () => Promise<Issued>,
    Partial<TlsOptions>,
    (server: { origin: string; seen: string }) => string,
  ][] = [
    [
      "another name",
      () => issue("nsx-2.example.com", { issuer: authority }),
      ca,
      ({ origin, seen }) =>
        `The certificate of ${origin} does not verify: it is made out to DNS:nsx-2.example.com and not to localhost (its SHA-256 fingerprint is ${seen}); name the host as it does in nsx:endpoint, or set nsx:thumbprint to the fingerprint if its administrator confirms it.`,
    ],
    [
      "signed by itself",
      () => issue("localhost"),
      {},
      ({ origin, seen }) =>
        `The certificate of ${origin} does not verify: it is signed by itself and by no authority (its SHA-256 fingerprint is ${seen}); if its administrator confirms the fingerprint, set nsx:thumbprint to it or nsx:caCertificate to the certificate.`,
    ],
    [
      "an unknown authority",
      () => issue("localhost", { issuer: authority }),
      {},
      ({ origin, seen }) =>
        `The certificate of ${origin} does not verify: it leads to no authority that is known here, and names CN=Company Authority as its issuer (its SHA-256 fingerprint is ${seen}); set nsx:caCertificate to that authority, or set nsx:thumbprint to the fingerprint if its administrator confirms it.`,
    ],
    [
      "an unknown authority that is sent along",
      async () => ({ ...good, certificate: `${good.certificate}\n${authority.certificate}` }),
      {},
      ({ origin, seen }) =>
        `The certificate of ${origin} does not verify: it leads to no authority that is known here, and names CN=Company Authority as its issuer (its SHA-256 fingerprint is ${seen}); set nsx:caCertificate to that authority, or set nsx:thumbprint to the fingerprint if its administrator confirms it.`,
    ],
  ];
  test.each(cases)("%s", async (_, make, tls, words) => {
    const shown = await make();
    const { origin, requests } = await serve(shown);
    await expect(ask(origin, tls)).rejects.toThrow(words({ origin, seen: fingerprintOf(shown) }));
    expect(requests).toEqual([]);
  });

  test("expired", async () => {
    const shown = await issue("localhost", { issuer: authority, days: -2 });
    const { origin, requests } = await serve(shown);
    const [day] = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000).toISOString().split("T");
    await expect(ask(origin, ca)).rejects.toThrow(
      new RegExp(
        `does not verify: it expired at ${day}T[\\d:.]+Z \\(its SHA-256 fingerprint is ${fingerprintOf(shown)}\\); have it renewed, or set nsx:thumbprint to the fingerprint if its administrator confirms it\\.$`,
      ),
    );
    expect(requests).toEqual([]);
  });

  test("an authority that has expired", async () => {
    const old = await issue("Old Authority", { authority: true, days: -2 });
    const { origin } = await serve(await issue("localhost", { issuer: old }));
    await expect(ask(origin, { caCertificate: old.certificate })).rejects.toThrow(
      /does not verify: an authority above it has expired \(/,
    );
  });

  test("not yet valid", async () => {
    const shown = await issue("localhost", { issuer: authority, begins: 2 });
    const { origin, requests } = await serve(shown);
    const [day] = new Date(Date.now() + 2 * 24 * 60 * 60 * 1000).toISOString().split("T");
    await expect(ask(origin, ca)).rejects.toThrow(
      new RegExp(
        `does not verify: it is valid from ${day}T[\\d:.]+Z on \\(its SHA-256 fingerprint is ${fingerprintOf(shown)}\\); see whether the clock of this machine is right, or set nsx:thumbprint`,
      ),
    );
    expect(requests).toEqual([]);
  });

  test("signed in a way that nobody takes any more", async () => {
    const { origin } = await serve(await issue("localhost", { issuer: authority, weak: true }));
    await expect(ask(origin, ca)).rejects.toThrow(/does not verify: its key or signature, or that of an authority/);
  });

  test("an authority that cannot be read is named, and nothing counts as sent", async () => {
    const { origin } = await serve(good);
    const caCertificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const error = await ask(origin, { caCertificate }).catch((error: unknown) => error);
    expect(error).toMatchObject({ message: expect.stringMatching(/^nsx:caCertificate cannot be read: /) });
    expect(error).toMatchObject({ mayHaveArrived: false });
  });

  test("each system's with its own settings", async () => {
    const { origin } = await serve(await issue("localhost"));
    await expect(ask(origin, { system: "nim" })).rejects.toThrow(/nim:thumbprint .* nim:caCertificate/);
  });

  test("and is not asked again: it would say the same", async () => {
    const { origin, connections } = await serve(await issue("localhost"));
    const clock = createVirtualClock();
    const http = createHttp({
      system: "NSX",
      endpoint: origin,
      limits: { requestsPerSecond: 100, concurrency: 38 },
      limitAdvice: "",
      clock,
      serverTime: createServerTime(clock),
      transport: undiciTransport(origin, { system: "nsx" }, 2),
      readError: () => undefined,
    });
    await expect(http({ method: "GET", path: "/x", limit: noLimit })).rejects.toThrow("signed by itself");
    expect(connections()).toBe(1);
  });
});

describe("a client certificate", () => {
  const ca = { caCertificate: authority.certificate };
  const principal = { ...ca, clientCertificate: "", clientKey: "" };
  const own = issue("principal", { issuer: authority });

  test("is shown to who asks for it", async () => {
    const { certificate, key } = await own;
    const { origin } = await serve(good, { requestCert: true, ca: authority.certificate });
    expect(await ask(origin, { ...principal, clientCertificate: certificate, clientKey: key })).toBe(200);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("that is asked for and not set is named (%s)", async (version) => {
    const { origin, requests } = await serve(good, {
      requestCert: true,
      ca: authority.certificate,
      minVersion: version,
      maxVersion: version,
    });
    await expect(ask(origin, ca)).rejects.toThrow(
      new RegExp(
        `^${origin} asks for a client certificate and was shown none, and says "[a-z ]+"; where this system has a setting for one, it is nsx:clientCertificate\\.$`,
      ),
    );
    expect(requests).toEqual([]);
  });

  test.runIf(hasOpenssl).each(["tls1_2", "tls1_3"])(
    `that is not taken is named with its fingerprint (%s)${whyNot}`,
    async (version) => {
      const stranger = await issue("principal");
      const files = { cert: good.certificate, key: good.key, ca: authority.certificate };
      for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, `${name}.srv`), pem);
      const at = (name: string) => join(folder, `${name}.srv`);
      const args = ["-accept", "127.0.0.1:0", `-${version}`, "-cert", at("cert"), "-key", at("key"), "-www"];
      const verify = ["-CAfile", at("ca"), "-Verify", "1", "-verify_return_error"];
      const server = spawn("openssl", ["s_server", ...args, ...verify], { stdio: ["pipe", "pipe", "ignore"] });
      onTestFinished(() => void server.kill());
      const port = await new Promise<string>((found) => {
        server.stdout.on("data", (text: Buffer) => {
          const [, port] = /^ACCEPT 127\.0\.0\.1:(\d+)/m.exec(String(text)) ?? [];
          if (port) found(port);
        });
      });
      const origin = `https://localhost:${port}`;
      const shown = { ...principal, clientCertificate: stranger.certificate, clientKey: stranger.key };
      await expect(ask(origin, shown)).rejects.toThrow(
        `${origin} refuses the client certificate of nsx:clientCertificate (its SHA-256 fingerprint is ${fingerprintOf(stranger)}), and says "unknown ca"; have it trusted there, or set nsx:clientCertificate and nsx:clientKey to another.`,
      );
    },
  );
});
