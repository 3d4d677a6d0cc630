// Files of every kind through the real engine onto a real nginx: what is served is what the program has, byte for byte.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNginx, type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { mainFile } from "../nim/nginxConfig.bench.ts";
import { sha256 } from "../tools/assets.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failing, nimStack, program } from "./stack.ts";

const nginx = findNginx();
const why = nginx ? "" : " (not run: there is no nginx here, and set-up found none)";

const icon = Buffer.from("ffd8ffe000104a46494600ff", "hex");
const theirs = Buffer.from("89504e470d0a1a0a", "hex");
const latin1 = Buffer.from(`# Gr\xfc\xdfe\nadd_header X-Latin "Gr\xfc\xdfe" always;\n`, "latin1");
const ticketKey = Buffer.from(Array.from({ length: 80 }, (_, n) => (n * 37 + 128) % 256));
const main = `events {}
http {
    include /etc/nginx/conf.d/*.conf;
    server {
        listen 80;
        root /etc/nginx/html;
        ssl_session_ticket_key /etc/nginx/ticket.key;
        location = /reports.html { auth_basic reports; auth_basic_user_file /etc/nginx/users; }
    }
}
`;
const word = "Kanarienvogel-0815";

describe.skipIf(!nginx)(`files of every kind${why}`, { timeout: 600_000 }, () => {
  let nim: NimSimulator;
  let stack: Workspace;

  const declare = (options = "{}", ...more: string[]) => {
    const [{ systemUid, instanceUid } = { systemUid: "", instanceUid: "" }] = nim.instances;
    return program(
      `const { FileArchive, FileAsset, RemoteAsset, StringAsset } = pulumi.asset;`,
      `new NginxConfig("www", {
        instance: { systemUid: "${systemUid}", instanceUid: "${instanceUid}" },
        files: {
          "${mainFile}": new FileAsset("nginx/nginx.conf"),
          "/etc/nginx/conf.d/latin.conf": new FileAsset("nginx/latin.conf"),
          "/etc/nginx/conf.d/text.conf": new StringAsset("# text\\n"),
        },
        auxFiles: {
          "/etc/nginx/html": new FileArchive("site"),
          "/etc/nginx/ticket.key": pulumi.secret({ base64: "${ticketKey.toString("base64")}" }),
          "/etc/nginx/users": pulumi.secret(new StringAsset("alice:{PLAIN}${word}\\n")),
          "/etc/nginx/more-users": pulumi.secret(new FileAsset("nginx/users")),
          ${more.join("\n")}
        },
        onDelete: { "${mainFile}": new FileAsset("nginx/after.conf") },
        adopt: true,
      }, ${options});`,
    );
  };
  const file = async (path: string, content: Buffer | string) => {
    await mkdir(join(stack.folder, path, ".."), { recursive: true });
    await writeFile(join(stack.folder, path), content);
  };
  const get = (path: string, headers = {}) =>
    fetch(`${nim.control.instances()[0]?.url}${path}`, { headers: { connection: "close", ...headers } });
  const served = async (path: string) => Buffer.from(await (await get(path)).arrayBuffer()).toString("hex");
  const state = async () => (await stack.resources("nim:NginxConfig"))[0];
  const edit = (path: string, content: Buffer) =>
    nim.control.editConfig({
      target: "web-1",
      path,
      content: { base64: content.toString("base64") },
      via: "ui",
      user: "alice",
    });

  beforeAll(async () => {
    nim = await startNimSimulator({ systems: [{ hostname: "web-1" }] });
    nim.control.join("web-1");
    stack = await nimStack(nim, { program: declare() });
    await file("nginx/nginx.conf", main);
    await file("nginx/latin.conf", latin1);
    await file("nginx/users", `bob:{PLAIN}${word}\n`);
    await file("nginx/after.conf", "events {}\nhttp { server { listen 80; return 200 after; } }\n");
    await file("site/index.html", "<h1>Grüße</h1>");
    await file("site/icons/logo.jpg", icon);
    await file("site/reports.html", "reports");
  });
  afterAll(async () => {
    await stack?.remove();
    await nim?.close();
  });

  // The tests go on from each other, as the life of a site does.
  test("is what the program has: icon, Latin-1, ticket key, and a secret list of users", async () => {
    await stack.up();
    expect(await served("/icons/logo.jpg")).toBe(icon.toString("hex"));
    expect(await (await get("/")).text()).toBe("<h1>Grüße</h1>");
    // Names and values of headers are Latin-1 in fetch.
    expect((await get("/")).headers.get("x-latin")).toBe("Gr\xfc\xdfe");
    expect((await get("/reports.html")).status).toBe(401);
    const alice = { authorization: `Basic ${btoa(`alice:${word}`)}` };
    expect((await get("/reports.html", alice)).status).toBe(200);
  });

  test("is in the state by path and hash, secrets encrypted", async () => {
    const { inputs = {}, outputs = {} } = (await state()) ?? {};
    for (const { files, auxFiles } of [inputs, outputs] as Record<string, Record<string, object>>[]) {
      expect(files?.[mainFile]).toMatchObject({ hash: sha256(main), path: "nginx/nginx.conf" });
      expect(auxFiles?.["/etc/nginx/html/icons/logo.jpg"]).toMatchObject({
        hash: sha256(icon),
        path: "site/icons/logo.jpg",
      });
      for (const name of ["ticket.key", "users", "more-users"]) {
        expect(Object.keys(auxFiles?.[`/etc/nginx/${name}`] ?? {})).toContain("ciphertext");
      }
    }
    const text = JSON.stringify(await stack.exportState());
    for (const secret of [word, ticketKey.toString("base64"), sha256(ticketKey), sha256(`bob:{PLAIN}${word}\n`)]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain("auth_basic_user_file");
  });

  test("shows no drift and no change, and a refresh keeps the state as it is", async () => {
    await driftCheck(stack, 0);
    await stack.up(["--expect-no-changes"]);
    const before = await state();
    await stack.run(["refresh", "--yes"]);
    const after = await state();
    expect([after?.inputs?.files, after?.outputs?.files]).toEqual([before?.inputs?.files, before?.outputs?.files]);
    await stack.up(["--expect-no-changes"]);
  });

  test("is shown by hash where it changes, and published", async () => {
    await file("site/icons/logo.jpg", theirs);
    await file("site/new.html", "new");
    const { stdout } = await stack.preview(["--diff"]);
    expect(stdout).toContain(
      `- /etc/nginx/html/icons/logo.jpg: asset(file:${sha256(icon).slice(0, 7)}) { site/icons/logo.jpg }`,
    );
    expect(stdout).toContain(`+ /etc/nginx/html/icons/logo.jpg: asset(file:${sha256(theirs).slice(0, 7)})`);
    expect(stdout).not.toContain("reports.html");
    await stack.up();
    expect(await served("/icons/logo.jpg")).toBe(theirs.toString("hex"));
    expect(await served("/new.html")).toBe(Buffer.from("new").toString("hex"));
    await file("site/icons/logo.jpg", icon);
    await stack.up();
  });

  test("is described by size and SHA-256 where a colleague has changed it, and stays theirs where it is left to them", async () => {
    await edit("/etc/nginx/html/icons/logo.jpg", theirs);
    expect(await driftCheck(stack, 7)).toContain(
      `+ /etc/nginx/html/icons/logo.jpg: "(8 bytes that are not text, SHA-256 ${sha256(theirs)})"`,
    );
    await stack.run(["refresh", "--yes"]);
    await file("site/index.html", "<h1>Hallo</h1>");
    await stack.writeProgram(declare(`{ ignoreChanges: ['auxFiles["/etc/nginx/html/icons/logo.jpg"]', "files"] }`));
    await stack.up();
    expect(await (await get("/")).text()).toBe("<h1>Hallo</h1>");
    expect(await served("/icons/logo.jpg")).toBe(theirs.toString("hex"));
    await stack.writeProgram(declare());
    await stack.up();
    expect(await served("/icons/logo.jpg")).toBe(icon.toString("hex"));
  });

  test("is one clear error where it cannot be published, and no word of a secret in what nginx says of it", async () => {
    await file("site/big.bin", Buffer.alloc(2_359_297));
    expect(await failing(stack, ["preview"])).toMatch(
      /auxFiles\["\/etc\/nginx\/html"\]: is site\/big\.bin, which has 2359297 bytes; NIM takes 2359296 in one file/,
    );
    await rm(join(stack.folder, "site/big.bin"));
    await file("nginx/secret.conf", `${word}-unknown on;\n`);
    await stack.writeProgram(
      declare("{}", `"/etc/nginx/conf.d/secret.conf": pulumi.secret(new FileAsset("nginx/secret.conf")),`),
    );
    const said = await failing(stack, ["up", "--yes", "--skip-preview"]);
    expect(said).toMatch(/unknown directive \\?"?\[secret\]/);
    expect(said).not.toContain(word);
    await stack.writeProgram(declare());
  });

  test("is left behind as it was when the program was run last, even where its files are gone", async () => {
    await stack.up();
    await rm(join(stack.folder, "nginx"), { recursive: true });
    await rm(join(stack.folder, "site"), { recursive: true });
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await (await get("/")).text()).toBe("after");
  });
});
