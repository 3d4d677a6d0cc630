// A client certificate that is refused in the handshake already, by a TLS server that demands one: told once, as a refused
// login is, and shown to nobody again.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { hasOpenssl, whyNot } from "../tools/openssl.ts";
import { issue } from "../tools/pki.ts";
import type { ProviderCalls } from "../tools/stack.ts";

const authority = await issue("Company Authority", { authority: true });
const [host, stranger] = await Promise.all([
  issue("localhost", { issuer: authority }),
  issue("pulumi"), // of no authority that the host knows
]);

let close: () => Promise<unknown> = async () => {};
afterEach(() => close());

/** A port that does something with each connection, and counts them. */
async function listen(take: (socket: Socket) => void): Promise<{ port: number; connections(): number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => socket.destroy());
    take(socket);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** Twenty creates at once, and one afterwards; what they are told. */
async function createAll(port: number): Promise<string[]> {
  const { byName, close: end } = createProviders({
    environment: {
      NSX_ENDPOINT: `https://localhost:${port}`,
      NSX_CA_CERTIFICATE: authority.certificate,
      NSX_CLIENT_CERTIFICATE: stranger.certificate,
      NSX_CLIENT_KEY: stranger.key,
    },
    clock: { ...systemClock, sleep: async () => {} },
    log: { warn: () => {}, progress: () => {} },
  });
  close = end;
  const provider = byName.NsxSegment as unknown as ProviderCalls;
  const create = (segmentId: string) =>
    provider
      .create({ segmentId, waitForRealization: false, owner: `acme/urn:pulumi:dev::shop::x::${segmentId}` })
      .then(String, (error: Error) => error.message.replaceAll(segmentId, "web"));
  const told = await Promise.all(Array.from({ length: 20 }, (_, index) => create(`web-${index}`)));
  return [...new Set([...told, await create("web-later")])];
}

const words = (port: number, alert: string) =>
  new RegExp(
    `NSX at https://localhost:${port} refused the client certificate: https://localhost:${port} refuses the client certificate of nsx:clientCertificate \\(its SHA-256 fingerprint is [0-9A-F:]{95}\\), and says "${alert}"; have it trusted there.*It has to be a principal identity's there.*Check NSX_CLIENT_CERTIFICATE and NSX_CLIENT_KEY, or nsx:clientCertificate and nsx:clientKey\\.$`,
  );

describe.runIf(hasOpenssl).each(["tls1_2", "tls1_3"])(`by a server that demands one (%s)${whyNot}`, (version) => {
  test("of an authority that it does not know", async () => {
    const folder = mkdtempSync(join(tmpdir(), "refused-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const files = { cert: host.certificate, key: host.key, ca: authority.certificate };
    for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, name), pem);
    const at = (name: string) => join(folder, name);
    const identity = ["-cert", at("cert"), "-key", at("key"), "-CAfile", at("ca")];
    const demand = ["-Verify", "1", "-verify_return_error"];
    const args = ["s_server", "-accept", "127.0.0.1:0", `-${version}`, ...identity, ...demand, "-www"];
    const server = spawn("openssl", args, { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(() => void server.kill());
    const behind = await new Promise<number>((found) => {
      server.stdout.on("data", (text: Buffer) => {
        const [, port] = /^ACCEPT 127\.0\.0\.1:(\d+)/m.exec(String(text)) ?? [];
        if (port) found(Number(port));
      });
    });
    const { port, connections } = await listen((socket) => {
      const through = connect(behind, "127.0.0.1").on("error", () => socket.destroy());
      socket.pipe(through).pipe(socket);
    });
    expect(await createAll(port)).toEqual([expect.stringMatching(words(port, "unknown ca"))]);
    // The first request has found out for all.
    expect(connections()).toBe(1);
  });
});

/** Alerts by their numbers (RFC 8446, section 6). */
describe("by a server that ends the handshake with", () => {
  test.each([
    [40, "handshake failure"],
    [42, "bad certificate"],
    [44, "certificate revoked"],
    [45, "certificate expired"],
    [46, "certificate unknown"],
    [48, "unknown ca"],
    [49, "access denied"],
    [116, "certificate required"],
  ])("alert %i: %s", async (number, alert) => {
    const { port, connections } = await listen((socket) => {
      socket.once("data", () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, number])));
    });
    expect(await createAll(port)).toEqual([expect.stringMatching(words(port, alert))]);
    expect(connections()).toBe(1);
  });
});
