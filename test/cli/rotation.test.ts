// A certificate whose name carries the month, under load: real nginx behind the simulated NIM, the real engine before it.
import { X509Certificate } from "node:crypto";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNginx, type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import { type Issued, issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { failing, nimStack, program, resource } from "./stack.ts";

const nginx = findNginx();
const why = nginx ? "" : " (not run: there is no nginx here, and set-up found none)";

/** What a published site has, under the name of its certificate. */
const site = (name: string) => `server {
    listen 443 ssl;
    ssl_certificate /etc/nginx/ssl/${name}.crt;
    ssl_certificate_key /etc/nginx/ssl/${name}.key;
    location / { return 200 "${name}\\n"; }
}
`;

const withoutCertificate = {
  [mainFile]: main,
  [siteFile]: 'server { listen 80; location / { return 200 "moved\\n"; } }\n',
};

describe.skipIf(!nginx)(`two edges and the certificate of the month${why}`, { timeout: 600_000 }, () => {
  let nim: NimSimulator;
  let stack: Workspace;
  let july: Issued;
  let august: Issued;

  const declare = (month: string, { certificate, key }: Issued, onDelete: unknown = "retain") => {
    const name = `fleet-${month}`;
    const edges = nim.instances.map(({ systemUid, instanceUid }, index) => {
      const files = { [mainFile]: main, [siteFile]: site(name) };
      const args = { instance: { systemUid, instanceUid }, files, onDelete, adopt: true };
      return resource("NginxConfig", `edge-${index + 1}`, args, "{ dependsOn: [fleet] }");
    });
    const fleet = resource("Certificate", "fleet", { name, certificate, privateKey: key });
    return program(`const fleet = ${fleet}`, ...edges);
  };
  const certificates = async () =>
    (await stack.resources("nim:Certificate")).map(({ outputs }) => String(outputs?.name));
  const onNim = async () => {
    const authorization = `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}`;
    const answer = await fetch(`${nim.url}/api/platform/v1/certs`, { headers: { authorization } });
    return ((await answer.json()) as { items: { name: string }[] }).items.map(({ name }) => name);
  };
  const ports = () => nim.control.instances().map(({ httpsUrl = "" }) => Number(new URL(httpsUrl).port));

  beforeAll(async () => {
    [nim, july, august] = await Promise.all([startNimSimulator(), issue("fleet.example"), issue("fleet.example")]);
    stack = await nimStack(nim, { program: declare("2026-07", july) });
  });
  afterAll(async () => {
    await stack?.remove();
    await nim?.close();
  });

  // The tests go on from each other, as the life of a fleet does.
  test("a new month's certificate is made, served, and only then the old one goes: no handshake fails", async () => {
    await stack.up();
    const load = startLoad(ports());
    await load.seen(`fleet-2026-07\n`);
    await stack.writeProgram(declare("2026-08", august));
    const { output } = await stack.up();
    await load.seen(`fleet-2026-08\n`);
    const { failed, answers } = await load.stop();
    expect(failed).toEqual([]);
    // Each edge has changed over once, and a page and its certificate belong together.
    for (const edge of answers) {
      expect([...new Set(edge)]).toEqual([
        `fleet-2026-07\n ${fingerprintOf(july)}`,
        `fleet-2026-08\n ${fingerprintOf(august)}`,
      ]);
    }
    expect(answers.flat().length).toBeGreaterThan(100);
    expect(output).toMatch(/\+-1 replaced/);
    expect(await onNim()).toEqual(["fleet-2026-08"]);
  });

  test("a destroy that leaves the configs as they are says what holds the certificate, and two ways out", async () => {
    const output = await failing(stack, ["destroy", "--yes", "--skip-preview"]);
    expect(output).toMatch(/It is held by the config of system \S+ \(\/etc\/nginx\/ssl\/fleet-2026-08\.crt\)/);
    expect(output).toMatch(/two ways out\.[\s\S]*"onDelete"[\s\S]*"pulumi state delete"/);
    expect(await onNim()).toEqual(["fleet-2026-08"]);
    expect(await certificates()).toEqual(["fleet-2026-08"]);
  });

  test("the one: the configs name it no longer when they go", async () => {
    await stack.writeProgram(declare("2026-08", august, withoutCertificate));
    await stack.up();
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await onNim()).toEqual([]);
  });

  test("the other: it stays on NIM, and the stack lets go of it", async () => {
    await stack.writeProgram(declare("2026-08", august));
    await stack.up();
    await failing(stack, ["destroy", "--yes", "--skip-preview"]);
    const [certificate] = await stack.resources("nim:Certificate");
    await stack.run(["state", "delete", "--yes", String(certificate?.urn)]);
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await onNim()).toEqual(["fleet-2026-08"]);
  });
});

const fingerprintOf = ({ certificate }: Issued) => new X509Certificate(certificate).fingerprint256;

/** Asks each port again and again, over a new connection each time, until it is stopped. */
function startLoad(ports: readonly number[]) {
  const failed: string[] = [];
  const answers: string[][] = ports.map(() => []);
  let isOver = false;
  const loops = ports.flatMap((port, index) => [1, 2].map(() => ask(port, answers[index] as string[])));

  async function ask(port: number, found: string[]): Promise<void> {
    while (!isOver) {
      try {
        found.push(await pageAt(port));
      } catch (error) {
        failed.push(`${port}: ${(error as Error).message}`);
      }
    }
  }

  return {
    /** Until every port has answered with this page. */
    async seen(page: string) {
      while (!answers.every((each) => each.at(-1)?.startsWith(page)))
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async stop() {
      isOver = true;
      await Promise.all(loops);
      return { failed, answers };
    },
  };
}

/** The page and the certificate under which it came. */
function pageAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, agent: false, rejectUnauthorized: false }, async (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      resolve(`${await text(response)} ${fingerprint256}`);
    }).on("error", reject);
  });
}
