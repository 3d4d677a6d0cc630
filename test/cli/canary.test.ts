// One canary of each kind of secret, through the good and bad days of a stack on the real engine: none is ever found in
// what Pulumi stores and what anybody is shown.
import { createPrivateKey } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { main, mainFile, siteFile } from "../nim/nginxConfig.bench.ts";
import { type Search, searchFor } from "../tools/canary.ts";
import { issue } from "../tools/pki.ts";
import { Workspace } from "../tools/pulumi.ts";
import { driftCheck, program } from "./stack.ts";

const passwords = {
  nsx: "nsx-Tr0ub4dor&3 /sehr+geheim=",
  nim: "nim-Correct horse/battery+staple=",
  wrong: "wrong-Mistyped&9 /auch+geheim=",
};
const passphrase = "passphrase-Sesam öffne/dich+=";
/** Below the root, for of aux files an agent reports what lies there: so that a colleague's change of it is seen. */
const htpasswdFile = "/etc/nginx/html/.htpasswd";
const keyFile = "/etc/nginx/ssl/own.key";

const site = `server {
    listen 80;
    listen 443 ssl;
    ssl_certificate ssl/own.crt;
    ssl_certificate_key ssl/own.key;
    root /etc/nginx/html;
    auth_basic shop;
    auth_basic_user_file ${htpasswdFile};
}
`;

const [sealed, plain, own, renewed] = await Promise.all(["www", "api", "own", "www"].map((name) => issue(name)));
if (!sealed || !plain || !own || !renewed) throw new Error("not issued");
const encrypt = (key: string) =>
  createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();

/** What the program gets from its environment, as from a vault. */
const canaries = {
  passphrase,
  sealedKey: encrypt(sealed.key),
  renewedKey: encrypt(renewed.key),
  plainKey: plain.key,
  ownKey: own.key,
  htpasswd: "shop:$apr1$kanarie1$GelbGelbGelbGelbGelb0/\n",
  newHtpasswd: "shop:$apr1$kanarie2$BlauBlauBlauBlauBlau0/\n",
  description: "Kanarienvogel in der Beschreibung",
  tag: "Kanarienvogel im Tag",
  /** In a file of the configuration itself. */
  header: "kanarienvogel-im-header",
};
const ofAlice = "alice:$apr1$kanarie3$GruenGruenGruenGruen0/\n";
const describedByAlice = "Kanarienvogel von Alice";
const headerFile = "/etc/nginx/conf.d/header.conf";
const certificates = { sealed: sealed.certificate, renewed: renewed.certificate, plain: plain.certificate };

const search: Search = searchFor(
  {
    ...passwords,
    ...canaries,
    ofAlice,
    describedByAlice,
    openedKey: sealed.key,
    openedNewKey: renewed.key,
  },
  [own.certificate, ...Object.values(certificates)].join(),
);

interface Variant {
  readonly www?: { certificate: keyof typeof certificates; key: keyof typeof canaries };
  readonly htpasswd?: keyof typeof canaries;
  /** Text of the second instance's site. */
  readonly second?: string;
  readonly description?: string;
  /** Further statements. */
  readonly more?: string;
}

describe("the search", () => {
  const secret = canaries.plainKey;
  const [, line = ""] = secret.split("\n");
  test.each<[string, string]>([
    ["a line of a key", `at ${line}: error`],
    ["JSON", JSON.stringify({ secret })],
    ["JSON in JSON", JSON.stringify(JSON.stringify({ secret }))],
    ["a URL", `?p=${encodeURIComponent(secret)}`],
    ["a form", new URLSearchParams({ secret }).toString()],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64 behind one byte", Buffer.from(`:${secret}`).toString("base64")],
    ["base64 behind two bytes", Buffer.from(`::${secret}:`).toString("base64url")],
    ["hexadecimal", Buffer.from(`x${line}`).toString("hex")],
  ])("finds a secret in %s", (_, text) => {
    expect(search(text)).not.toEqual([]);
  });

  test("finds a login, and nothing in what is public", () => {
    expect(search(`Basic ${Buffer.from(`admin:${passwords.nim}`).toString("base64")}`)).toContain("nim (base64)");
    expect(search(Object.values(certificates).join("\n") + site)).toEqual([]);
  });
});

describe("a stack with secrets of each kind", { timeout: 90_000 }, () => {
  let nsx: NsxSimulator;
  let nim: NimSimulator;
  let stack: Workspace;

  function declare(variant: Variant = {}): string {
    const { www = { certificate: "sealed", key: "sealedKey" }, htpasswd = "htpasswd" } = variant;
    const [first, second] = nim.instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
    const config = (instance: object | undefined, text: string) => `{
      instance: ${JSON.stringify(instance)},
      files: {
        ...${JSON.stringify({ [mainFile]: main, [siteFile]: text })},
        "${headerFile}": pulumi.secret("proxy_set_header X-Token " + canaries.header + ";\\n"),
      },
      auxFiles: {
        "/etc/nginx/ssl/own.crt": ${JSON.stringify(own?.certificate)},
        "${keyFile}": pulumi.secret(canaries.ownKey),
        "${htpasswdFile}": pulumi.secret(canaries.${htpasswd}),
      },
      // The words of nginx itself are looked for: the analysis would stop before it.
      analyze: "off",
      adopt: true,
    }`;
    return program(
      "const canaries = JSON.parse(process.env.CANARIES);",
      `new Certificate("www", {
        name: "www",
        certificate: ${JSON.stringify(certificates[www.certificate])},
        privateKey: canaries.${www.key},
        password: canaries.passphrase,
      });`,
      `new Certificate("api", { name: "api", certificate: ${JSON.stringify(certificates.plain)}, privateKey: canaries.plainKey });`,
      `new NginxConfig("first", ${config(first, site)});`,
      `new NginxConfig("second", ${config(second, variant.second ?? site)});`,
      `new NsxSegment("web", { segmentId: "web", description: "${variant.description ?? "first"}" });`,
      `new NsxSegment("secret", {
        segmentId: "secret",
        description: pulumi.secret(canaries.description + "${variant.description ?? ""}"),
        tags: [{ scope: "token", tag: pulumi.secret(canaries.tag) }],
      });`,
      `new Role("secret", { name: "secret", description: pulumi.secret(canaries.description + "${variant.description ?? ""}") });`,
      variant.more ?? "",
    );
  }

  /** Everything that Pulumi has written: state, backups, history, settings, and the project's folder. */
  async function findInFiles(): Promise<string[]> {
    const root = join(stack.folder, "..");
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const written = files.filter((file) => !isPulumisLog(file));
    expect(written.filter((file) => file.includes("/history/"))).not.toEqual([]);
    const found = await Promise.all(
      written.map(async (file) => search(await readFile(file, "utf8")).map((finding) => `${file}: ${finding}`)),
    );
    return found.flat();
  }

  beforeAll(async () => {
    [nsx, nim] = await Promise.all([
      startNsxSimulator({ password: passwords.nsx }),
      startNimSimulator({ password: passwords.nim, nginx: false }),
    ]);
    for (const { hostname } of nim.instances) nim.control.join(hostname);
    stack = await Workspace.create({
      program: declare(),
      config: { "nsx:endpoint": nsx.url, "nim:endpoint": nim.url },
      env: {
        NSX_USERNAME: nsx.username,
        NSX_PASSWORD: passwords.nsx,
        NIM_USERNAME: nim.username,
        NIM_PASSWORD: passwords.nim,
        CANARIES: JSON.stringify(canaries),
        // As somebody has it who looks for an error: of Node's own modules, and of this provider.
        NODE_DEBUG: "http,https,net,tls,fetch,undici,pulumi-nginx-nsx",
      },
    });
  });
  afterAll(async () => {
    await stack?.remove();
    await Promise.all([nsx?.close(), nim?.close()]);
  });

  // The tests go on from each other, as the life of a stack does.
  test("shows and stores none when it is made", async () => {
    expect(search((await stack.up(["--diff"])).output)).toEqual([]);
    expect(search(JSON.stringify(await stack.exportState()))).toEqual([]);
    expect(await findInFiles()).toEqual([]);
  });

  test("shows none when all goes wrong: refused config, conflicts, wrong password", async () => {
    await nim.control.editConfig({ target: "web-1", path: htpasswdFile, content: ofAlice, via: "ui", user: "alice" });
    await nim.control.renewCert("www", "alice");
    nsx.control.change("/infra/segments/secret", { description: describedByAlice }, "alice");
    const role = structuredClone(nim.control.history.of("/api/platform/v1/roles/secret").at(-1)?.body) as {
      metadata: { description: string };
    };
    role.metadata.description = describedByAlice;
    nim.control.write("roles", "secret", role, "alice");
    await stack.writeProgram(
      declare({
        www: { certificate: "renewed", key: "renewedKey" },
        htpasswd: "newHtpasswd",
        second: "server {",
        description: "second",
      }),
    );
    const env = { NSX_PASSWORD: passwords.wrong };
    const { output } = await stack.up(["--diff", "--continue-on-error"], { env, expect: null });
    for (const words of [
      /refused the login of "admin"/,
      /error: NginxConfig .* changed by somebody else[\s\S]*files\["\/etc\/nginx\/html\/\.htpasswd"\]/,
      /error: NginxConfig [\s\S]*\[emerg\] unexpected end of file/,
      /error: Certificate www: .* changed by somebody else[\s\S]*certificate: last applied/,
      /error: Role [\s\S]*description: last applied \[secret\], now \[secret\], wanted/,
    ]) {
      expect(output).toMatch(words);
    }
    expect(search(output)).toEqual([]);
    expect(await findInFiles()).toEqual([]);
  });

  test("shows none of what a check refuses, whatever argument it stands in", async () => {
    const more = [
      `new NginxConfig("noText", { instanceGroup: "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11", files: { "/etc/nginx/nginx.conf": pulumi.secret(canaries.header + "\\ufffd") } });`,
      `new Certificate("swapped", { name: "swapped", certificate: canaries.plainKey, privateKey: ${JSON.stringify(certificates.plain)} });`,
      `new Certificate("misspelt", { name: "misspelt", certificate: ${JSON.stringify(certificates.plain)}, privatekey: canaries.plainKey });`,
      `new NsxSegment("long", { description: pulumi.secret(canaries.description.repeat(100)) });`,
    ];
    for (const statement of more) {
      await stack.writeProgram(declare({ more: statement }));
      const { output } = await stack.up([], { expect: null });
      expect(output).toMatch(
        /has U\+FFFD|certificate: holds a private key|privatekey: is not an argument|description: /,
      );
      expect(search(output)).toEqual([]);
    }
  });

  test("shows none when a key does not belong to its certificate", async () => {
    await stack.writeProgram(declare({ www: { certificate: "sealed", key: "renewedKey" } }));
    const { output } = await stack.up([], { expect: null });
    expect(output).toContain("privateKey: does not belong to the certificate");
    expect(search(output)).toEqual([]);
  });

  // What Pulumi itself writes into its verbose log are all arguments in plain, as its own documentation warns; here it
  // goes to files, so that what is shown besides can be looked at. The passwords never pass through the engine.
  test("shows none in the drift of secret files, with Pulumi as verbose as it can be", async () => {
    const args = ["refresh", "--preview-only", "--expect-no-changes", "--diff", "-v=9", "--logflow"];
    const { output } = await stack.run(args, { expect: 7 });
    expect(output).toContain(htpasswdFile);
    expect(search(output)).toEqual([]);
    const logs = (await readdir(String(stack.env.TMPDIR))).filter(isPulumisLog);
    expect(logs).not.toEqual([]);
    const texts = await Promise.all(logs.map((name) => readFile(join(String(stack.env.TMPDIR), name), "utf8")));
    expect(searchFor(passwords)(texts.join("\n"))).toEqual([]);
  });

  test("shows none in a conflict on NSX, in a proxy's page, and in nginx's words on a secret file", async () => {
    const { header, tag } = canaries;
    await stack.writeProgram(declare({ description: "second" }));
    const conflict = await stack.up(["--diff", "--continue-on-error"], { expect: null });
    expect(conflict.output).toMatch(
      /error: NsxSegment [\s\S]* changed by alice[\s\S]*description: last applied \[secret\], now \[secret\], wanted/,
    );
    expect(search(conflict.output)).toEqual([]);
    await stack.up(["--refresh"]);
    const page = { status: 400, body: `<html><title>${tag}</title></html>` };
    // The request that carries it: one of another resource may be sent before this process has heard of the secret.
    nsx.control.faults.inject({
      match: "PUT /**/secret",
      fault: { kind: "respond", when: "before", ...page },
      times: 1,
    });
    nim.control.refuse("web-2", `[emerg] unknown directive "${header}" in ${headerFile}:1`);
    await stack.writeProgram(declare({ second: `${site}# changed\n`, description: "third" }));
    const { output } = await stack.up(["--diff", "--continue-on-error"], { expect: null });
    expect(output).toContain("HTML ([secret])");
    expect(output).toContain(`unknown directive "[secret]" in ${headerFile}:1`);
    expect(search(output)).toEqual([]);
    expect(await findInFiles()).toEqual([]);
    nim.control.refuse("web-2");
  });

  test("shows and stores none when it is repaired and refreshed", async () => {
    await stack.writeProgram(declare({ htpasswd: "newHtpasswd" }));
    expect(search((await stack.up(["--refresh", "--diff"])).output)).toEqual([]);
    expect(search((await stack.refresh(["--diff"])).output)).toEqual([]);
    await driftCheck(stack, 0);
    expect(search(JSON.stringify(await stack.exportState()))).toEqual([]);
    expect(await findInFiles()).toEqual([]);
  });

  test("shows and leaves none when it is destroyed", async () => {
    expect(search((await stack.destroy(["--diff"])).output)).toEqual([]);
    expect(await findInFiles()).toEqual([]);
  });

  test("would be caught with a provider that puts a key into an error", async () => {
    const leak = join(stack.folder, "leak.cjs");
    await writeFile(
      leak,
      `const { Certificate } = require("pulumi-nginx-nsx/provider");
       Certificate.create = async ({ privateKey }) => { throw new Error("cannot use " + privateKey); };`,
    );
    // Where one fails the engine begins no other, and which is first is chance: both certificates are to be seen.
    const env = { NODE_OPTIONS: `--require=${leak}` };
    const { code, output } = await stack.up(["--continue-on-error"], { expect: null, env });
    expect(code).not.toBe(0);
    expect(search(output)).toContain("plainKey (as it is)");
  });
});

function isPulumisLog(path: string): boolean {
  return /(^|\/)pulumi[^/]*\.(log\.)?(INFO|WARNING|ERROR)/.test(path);
}
