// A real nginx behind the simulated NIM, published to by the real engine: what counts is what is served.
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNginx, type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import { issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failingUp, nimStack, program, resource } from "./stack.ts";

const nginx = findNginx();
const why = nginx ? "" : " (not run: there is no nginx here, and set-up found none)";

/** A site in HTTP and, with the certificate that NIM puts there, in HTTPS. */
const site = (greeting: string) => `server {
    listen 80;
    listen 443 ssl;
    ssl_certificate /etc/nginx/ssl/www.crt;
    ssl_certificate_key /etc/nginx/ssl/www.key;
    location / { return 200 "${greeting}\\n"; }
}
`;

describe.skipIf(!nginx)(`what nginx serves${why}`, { timeout: 600_000 }, () => {
  let nim: NimSimulator;
  let stack: Workspace;
  let first: Awaited<ReturnType<typeof issue>>;

  /** A group of two with its certificate. */
  const declare = (text: string, { certificate, key } = first) => {
    const instances = nim.instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
    const www = { name: "www", certificate, privateKey: key, instances };
    const files = { [mainFile]: main, [siteFile]: text };
    const shop = { instanceGroup: nim.instanceGroup, files, adopt: true };
    return program(
      `const www = ${resource("Certificate", "www", www)}`,
      `${resource("NginxConfig", "shop", shop, "{ dependsOn: [www] }")}`,
      "export const fingerprint = www.fingerprintSha256;",
    );
  };
  const served = () =>
    Promise.all(nim.control.instances().map(async ({ url = "" }) => (await fetch(url, { headers: close })).text()));
  const servedFingerprints = () =>
    Promise.all(nim.control.instances().map(({ httpsUrl = "" }) => fingerprintAt(Number(new URL(httpsUrl).port))));
  const state = async () => (await stack.resources("nim:NginxConfig"))[0];

  beforeAll(async () => {
    [nim, first] = await Promise.all([startNimSimulator(), issue("www.example.com")]);
    stack = await nimStack(nim, { program: declare(site("hello")) });
  });
  afterAll(async () => {
    await stack?.remove();
    await nim?.close();
  });

  // The tests go on from each other, as the life of a site does.
  test("is the page that the stack declares, with the certificate that it manages", async () => {
    await stack.up();
    expect(await served()).toEqual(["hello\n", "hello\n"]);
    const { fingerprint } = await stack.outputs();
    expect(await servedFingerprints()).toEqual([fingerprint, fingerprint]);
  });

  test("changes with the program", async () => {
    await stack.writeProgram(declare(site("good morning")));
    await stack.up();
    expect(await served()).toEqual(["good morning\n", "good morning\n"]);
  });

  test("stays as it was when nginx refuses a config; its line number is said, and the next up goes on", async () => {
    const before = await state();
    await stack.writeProgram(declare(site("good evening").replace("return 200", "retrun 200")));
    expect(await failingUp(stack)).toMatch(
      /NginxConfig \(shop\):[\s\S]*\n +error: NginxConfig .* update failed\.[\s\S]*unknown directive \\?"retrun\\?" in \/etc\/nginx\/conf\.d\/shop\.conf:6/,
    );
    expect(await served()).toEqual(["good morning\n", "good morning\n"]);
    expect(await state()).toEqual(before);
    await stack.writeProgram(declare(site("good evening")));
    await stack.up();
    expect(await served()).toEqual(["good evening\n", "good evening\n"]);
  });

  test("differs in a group that was half-published, which is said and saved, and healed by the next up", async () => {
    nim.control.refuse("web-2", "no space left on device");
    await stack.writeProgram(declare(site("good night")));
    expect(await failingUp(stack)).toMatch(/web-2: no space left on device[\s\S]*the next "pulumi up" publishes/);
    expect(await served()).toEqual(["good night\n", "good evening\n"]);
    expect(await state()).toMatchObject({ initErrors: [expect.stringContaining("web-2: no space left on device")] });
    nim.control.refuse("web-2");
    await stack.up();
    expect(await served()).toEqual(["good night\n", "good night\n"]);
    await stack.up(["--expect-no-changes"]);
  });

  test("is drift where a colleague edited it, shown line by line, and taken back", async () => {
    await nim.control.editConfig({ target: "web", path: siteFile, content: site("pwned"), via: "ui", user: "alice" });
    expect(await served()).toEqual(["pwned\n", "pwned\n"]);
    const shown = await driftCheck(stack, 7);
    expect(shown).toMatch(
      /- +location \/ \{ return 200 "good night\\n"; \}\n\s*\+ +location \/ \{ return 200 "pwned\\n"; \}/,
    );
    expect(shown).not.toMatch(/[-+] +listen 80/);
    await stack.up(["--refresh"]);
    expect(await served()).toEqual(["good night\n", "good night\n"]);
  });

  test("has the new certificate as soon as it is renewed, in place", async () => {
    const before = await stack.outputs();
    await stack.writeProgram(declare(site("good night"), await issue("www.example.com")));
    expect((await stack.up()).stdout).toContain("~ 1 updated");
    const { fingerprint } = await stack.outputs();
    expect(fingerprint).not.toBe(before.fingerprint);
    expect(await servedFingerprints()).toEqual([fingerprint, fingerprint]);
    await driftCheck(stack, 0);
  });
});

/** Each page over a connection of its own: the one before may belong to a worker of the config before. */
const close = { connection: "close" };

function fingerprintAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    }).on("error", reject);
  });
}
