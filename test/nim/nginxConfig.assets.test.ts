// Files of this machine, of an address, of a folder and of an archive: published byte for byte, and by hash in the state.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  assetArchive,
  fileArchive,
  fileAsset,
  remoteArchive,
  remoteAsset,
  sha256,
  stringAsset,
} from "../tools/assets.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { auxFiles, files, mainFile, pageFile, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;
let folder: string;
let servers: Server[] = [];

const html = "/etc/nginx/html";
const icon = Buffer.from("ffd8ffe000104a46494600", "hex");
const theirs = Buffer.from("89504e470d0a1a0a", "hex");

beforeEach(async () => {
  bench = await startConfigBench("instance");
  run = runWith({});
  run.state = undefined;
  folder = mkdtempSync(join(tmpdir(), "pulumi-nginx-nsx-"));
});
afterEach(async () => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(folder, { recursive: true, force: true });
  await bench.close();
});

function runWith(more: Properties): ResourceRun {
  const provider = bench.newProcess().providers.byName.NginxConfig as ResourceRun["provider"];
  const next = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text", ...more });
  next.state = run?.state;
  return next;
}

/** A file of the program. */
function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const argsWith = (pages: Properties, more: Properties = {}) => ({ ...bench.args, auxFiles: pages, ...more });
const publishes = () => bench.simulator.control.requests.count(`POST ${api}/**/config`);
const edit = (path: string, content: Buffer | string | null) =>
  bench.simulator.control.editConfig({
    target: "web-1",
    path,
    content: Buffer.isBuffer(content) ? { base64: content.toString("base64") } : content,
    via: "ui",
    user: "alice",
  });
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error) => error.message,
  );

type WireConfig = Record<"configFiles" | "auxFiles", { files: { name: string; contents: string }[] }>;

/** What NIM has of the pages, in base64. */
function pages(): Record<string, string> {
  const last = bench.simulator.control.history.of(`${api}${run.state?.id}/config`).at(-1)?.body as
    | WireConfig
    | undefined;
  return Object.fromEntries((last?.auxFiles.files ?? []).map(({ name, contents }) => [name, contents]));
}

const base64 = (content: Buffer | string) => Buffer.from(content).toString("base64");

describe("an asset", () => {
  test("of each kind is published, and the state has path and hash of a file, and the text of a text", async () => {
    const uri = `${await serve((_, response) => response.end(icon))}/logo.jpg`;
    const [a, b] = [file("a.jpg", icon), file("b.html", "<h1>Grüße</h1>")];
    const args = argsWith(
      {
        [`${html}/a.jpg`]: fileAsset(a),
        [`${html}/b.html`]: fileAsset(b),
        [`${html}/c.txt`]: stringAsset("words"),
        [`${html}/d.txt`]: stringAsset(""),
        [`${html}/e.jpg`]: remoteAsset(uri, icon),
        [`${html}/f.jpg`]: remoteAsset(`file://${a}`, icon),
      },
      { files: { [mainFile]: files[mainFile], [siteFile]: stringAsset(site("hello")) } },
    );
    await run.up(args);
    expect(pages()).toEqual({
      [`${html}/a.jpg`]: base64(icon),
      [`${html}/b.html`]: base64("<h1>Grüße</h1>"),
      [`${html}/c.txt`]: base64("words"),
      [`${html}/d.txt`]: "",
      [`${html}/e.jpg`]: base64(icon),
      [`${html}/f.jpg`]: base64(icon),
    });
    for (const kept of [run.state?.inputs, run.state?.outputs]) {
      expect(kept?.auxFiles).toEqual({ ...args.auxFiles, [`${html}/c.txt`]: "words", [`${html}/d.txt`]: "" });
      expect(kept?.files).toEqual(files);
    }
    expect(await run.up(args)).toBe("same");
    const before = structuredClone(run.state);
    expect(await run.refresh()).toEqual([]);
    expect(run.state).toEqual(before);
    expect(publishes()).toBe(1);
  });

  test("with other bytes is an update; the same bytes elsewhere, or said otherwise, are none", async () => {
    const path = file("a.jpg", icon);
    await run.up(argsWith({ [`${html}/a.jpg`]: fileAsset(path) }));
    renameSync(path, join(folder, "moved.jpg"));
    expect(await run.up(argsWith({ [`${html}/a.jpg`]: fileAsset(join(folder, "moved.jpg")) }))).toBe("same");
    expect(await run.up(argsWith({ [`${html}/a.jpg`]: { base64: base64(icon) } }))).toBe("same");
    file("moved.jpg", theirs);
    expect(await run.up(argsWith({ [`${html}/a.jpg`]: fileAsset(join(folder, "moved.jpg")) }))).toBe("update");
    expect(pages()).toEqual({ [`${html}/a.jpg`]: base64(theirs) });
  });

  test("that others have changed stops an update, is drift by size and SHA-256, and is taken back", async () => {
    const wanted = { [`${html}/a.jpg`]: fileAsset(file("a.jpg", icon)), [pageFile]: fileAsset(file("b", "b")) };
    await run.up(argsWith(wanted));
    await edit(`${html}/a.jpg`, theirs);
    expect(await failure(run.up(argsWith({ ...wanted, [pageFile]: "new" })))).toContain(`files["${html}/a.jpg"]`);
    expect(await run.refresh()).toEqual(["auxFiles"]);
    expect(run.state?.inputs.auxFiles).toEqual({
      ...wanted,
      [`${html}/a.jpg`]: `(8 bytes that are not text, SHA-256 ${sha256(theirs)})`,
    });
    expect(await run.up(argsWith(wanted))).toBe("update");
    expect(pages()[`${html}/a.jpg`]).toBe(base64(icon));
  });

  test("that is left to others need not be there, and what they have made of it goes along", async () => {
    const path = file("a.jpg", icon);
    await run.up(argsWith({ [`${html}/a.jpg`]: fileAsset(path) }));
    const { auxFiles: kept } = run.state?.inputs ?? {};
    unlinkSync(path);
    await edit(`${html}/a.jpg`, theirs);
    run = runWith({ ignoreChanges: [`auxFiles["${html}/a.jpg"]`] });
    // The engine puts what the state has in the place of what is left to others.
    expect(await run.up(argsWith(kept as Properties, { files: { ...files, [siteFile]: site("new") } }))).toBe("update");
    expect(pages()).toEqual({ [`${html}/a.jpg`]: base64(theirs) });
  });

  test("whose file has changed since the engine looked is not published", async () => {
    const wanted = fileAsset(file("a.jpg", icon));
    file("a.jpg", theirs);
    expect(await failure(run.up(argsWith({ [`${html}/a.jpg`]: wanted })))).toMatch(
      /a\.jpg: .*a\.jpg is not what it was when this run began\. Nothing was published\./,
    );
    expect(publishes()).toBe(0);
  });

  test("that is left behind is kept as what it holds: its file may be gone by then", async () => {
    const path = file("after.conf", "events {}\n# after\n");
    const wanted = { [mainFile]: fileAsset(path), [`${html}/a.jpg`]: fileAsset(file("a.jpg", icon)) };
    const withRoot = { [mainFile]: fileAsset(file("after.conf", `${files[mainFile]}# after\n`)) };
    await run.up(argsWith({}, { onDelete: { ...wanted, ...withRoot, [siteFile]: stringAsset(site("gone")) } }));
    expect(run.state?.inputs.onDelete).toEqual({
      [mainFile]: `${files[mainFile]}# after\n`,
      [siteFile]: site("gone"),
      [`${html}/a.jpg`]: { base64: base64(icon) },
    });
    const { id } = run.state ?? {};
    rmSync(folder, { recursive: true });
    await run.destroy();
    expect(bench.live(String(id))).toMatchObject({ [mainFile]: `${files[mainFile]}# after\n` });
    run.state = { id: String(id), inputs: {}, outputs: {} };
    expect(pages()).toEqual({ [`${html}/a.jpg`]: base64(icon) });
  });
});

describe("an address", () => {
  const fetched = async (answer: RequestListener, hash: Buffer | string = icon) => {
    const uri = `${await serve(answer)}/logo.jpg?token=S3cret`;
    const message = await failure(run.up(argsWith({ [`${html}/a.jpg`]: remoteAsset(uri, hash) })));
    expect(message).not.toContain("S3cret");
    expect(publishes()).toBe(0);
    return message;
  };

  test("that answers otherwise, too much, or nothing, is one clear error", async () => {
    expect(await fetched((_, response) => response.writeHead(404).end())).toMatch(
      /a\.jpg: http:\/\/127\.0\.0\.1:\d+\/logo\.jpg could not be fetched: status 404\. Nothing was published\./,
    );
    expect(await fetched((_, response) => void response.end(Buffer.alloc(2_359_297)))).toMatch(
      /could not be fetched: more than 2359296 bytes\./,
    );
    expect(await fetched((request) => void request.socket.destroy())).toMatch(/could not be fetched: /);
    expect(await fetched((_, response) => void response.end(theirs))).toMatch(
      /logo\.jpg is not what it was when this run began/,
    );
  });

  test("is asked for when something is published, and at no other time", async () => {
    let asked = 0;
    const uri = await serve((_, response) => {
      asked += 1;
      response.end(icon);
    });
    const args = argsWith({ [`${html}/a.jpg`]: remoteAsset(`${uri}/a.jpg`, icon) });
    await run.up(args);
    expect(asked).toBe(1);
    await run.refresh();
    await run.up(args);
    await run.destroy();
    expect(asked).toBe(1);
  });

  describe("with user and password", () => {
    const basic = `Basic ${base64("ci@example.com:pä:ss/w0rd")}`;
    const secret = "ci%40example.com:p%C3%A4:ss%2Fw0rd";
    const withSecret = (origin: string) => origin.replace("://", `://${secret}@`);
    const published = (uri: string) => run.up(argsWith({ [`${html}/a.jpg`]: remoteAsset(uri, icon) }));

    test("is asked with them, also where it is another address of the same host that answers", async () => {
      const origin = await serve(({ headers, url }, response) => {
        const { authorization } = headers;
        if (authorization !== basic) response.writeHead(401).end();
        else if (url === "/old") response.writeHead(302, { location: "/new" }).end();
        else response.end(icon);
      });
      await published(`${withSecret(origin)}/old`);
      expect(pages()).toEqual({ [`${html}/a.jpg`]: base64(icon) });
    });

    test("tells them to no other host that it leads to, be it another port of the same", async () => {
      const seen: unknown[] = [];
      const other = await serve(({ headers }, response) => {
        seen.push(headers.authorization);
        response.end(icon);
      });
      const origin = await serve(({ headers }, response) => {
        seen.push(headers.authorization);
        response.writeHead(302, { location: `${other}/a.jpg` }).end();
      });
      await published(`${withSecret(origin)}/a.jpg`);
      expect(seen).toEqual([basic, undefined]);
    });

    test("is told without them and without its query, whatever goes wrong", async () => {
      const origin = await serve((_, response) => response.writeHead(401).end());
      const location = (to: string) => serve((_, response) => response.writeHead(302, { location: to }).end());
      const addresses = [
        origin,
        "http://127.0.0.1:1",
        "http://127.0.0.1:70000",
        await location(`${withSecret(origin)}/logo.jpg`),
        await location("ftp://ci%40example.com:w0rd@127.0.0.1/"),
        await location("http://ci%40example.com:w0rd@127.0.0.1:70000/"),
      ];
      for (const address of addresses) {
        const message = await failure(published(`${withSecret(address)}/logo.jpg?sig=w0rd`));
        expect(message).toMatch(/could not be fetched|is at no address/);
        expect(message).not.toMatch(/ci(%40|@)example|w0rd|sig=/);
      }
      const half = await failure(published("http://ci%40example.com:100%w0rd@127.0.0.1:1/logo.jpg"));
      expect(half).toMatch(/could not be fetched/);
      expect(half).not.toMatch(/example|w0rd/);
    });
  });

  test("has http, https or file", async () => {
    const message = await failure(run.up(argsWith({ "/etc/nginx/x": remoteAsset("s3://bucket/x", "") })));
    expect(message).toBe('auxFiles["/etc/nginx/x"]: is at no address with http, https or file');
  });
});

describe("a folder", () => {
  test("stands for its files, under its path; one that is named besides goes before the one in it", async () => {
    file("site/index.html", "<h1>Hello</h1>");
    file("site/icons/a.jpg", icon);
    file("site/users", "nobody");
    const args = argsWith({ [html]: fileArchive(join(folder, "site")), [`${html}/users`]: "alice" });
    await run.up(args);
    expect(pages()).toEqual({
      [`${html}/index.html`]: base64("<h1>Hello</h1>"),
      [`${html}/icons/a.jpg`]: base64(icon),
      [`${html}/users`]: base64("alice"),
    });
    expect(run.state?.inputs.auxFiles).toEqual({
      [`${html}/index.html`]: fileAsset(join(folder, "site/index.html")),
      [`${html}/icons/a.jpg`]: fileAsset(join(folder, "site/icons/a.jpg")),
      [`${html}/users`]: "alice",
    });
    expect(await run.up(args)).toBe("same");
    expect(await run.refresh()).toEqual([]);
    file("site/new.html", "new");
    unlinkSync(join(folder, "site/icons/a.jpg"));
    expect(await run.up(args)).toBe("update");
    expect(Object.keys(pages()).sort()).toEqual([`${html}/index.html`, `${html}/new.html`, `${html}/users`]);
  });

  test("may be the whole config, and the root of everything", async () => {
    file("etc/nginx/nginx.conf", String(files[mainFile]));
    file("etc/nginx/conf.d/shop.conf", site("hello"));
    await run.up(argsWith(auxFiles, { files: { "/": fileArchive(folder) } }));
    expect(bench.live(String(run.state?.id))).toMatchObject({ ...files, ...auxFiles });
    expect(await run.up(argsWith(auxFiles, { files: { "/etc/nginx/": fileArchive(join(folder, "etc/nginx")) } }))).toBe(
      "same",
    );
  });

  test("has copies in the place of links to its own files, and no other links", async () => {
    file("site/index.html", "<h1>Hello</h1>");
    symlinkSync("index.html", join(folder, "site/start.html"));
    const args = argsWith({ [html]: fileArchive(join(folder, "site")) });
    await run.up(args);
    expect(pages()[`${html}/start.html`]).toBe(base64("<h1>Hello</h1>"));
    file("outside", "S3cret");
    for (const target of ["../outside", "/etc", "nowhere", "."]) {
      symlinkSync(target, join(folder, "site/link"));
      expect(await failure(run.up(args))).toMatch(
        /^auxFiles\["\/etc\/nginx\/html"\]: \S+\/site\/link is a link that leads to no file of \S+\/site\.$/,
      );
      unlinkSync(join(folder, "site/link"));
    }
  });

  test.each<[string, () => unknown, RegExp]>([
    ["that is not there", () => fileArchive("/nowhere/site"), /: is \/nowhere\/site, which is not there$/],
    [
      "that is a file",
      () => fileArchive(file("page.html", "x")),
      /: is \S+\/page\.html, which is neither a folder nor a tar or zip archive$/,
    ],
    [
      "with a file of 2.4 MB",
      () => {
        file("site/big.bin", Buffer.alloc(2_359_297));
        return fileArchive(join(folder, "site"));
      },
      /: is \S+\/site\/big\.bin, which has 2359297 bytes; NIM takes 2359296 in one file$/,
    ],
    [
      "without a file",
      () => {
        mkdirSync(join(folder, "site/icons"), { recursive: true });
        return fileArchive(join(folder, "site"));
      },
      /: \S+\/site has no file in it\.$/,
    ],
  ])("%s is one clear error", async (_, given, message) => {
    expect(await failure(run.up(argsWith({ [html]: given() })))).toMatch(message);
    expect(bench.requests("* /**")).toBe(0);
  });

  test("given as a file, or a file that is not there, is told by its path", async () => {
    const path = file("site/index.html", "x");
    const asset = fileAsset(path);
    expect(await failure(run.up(argsWith({ [pageFile]: { ...asset, path: join(folder, "site") } })))).toMatch(
      /^auxFiles\["\/etc\/nginx\/html\/index\.html"\]: is \S+\/site, which is a folder; give it as .*FileArchive/,
    );
    expect(await failure(run.up(argsWith({ [pageFile]: { ...asset, path: `${path}x` } })))).toMatch(
      /^auxFiles\["\/etc\/nginx\/html\/index\.html"\]: is \S+\/site\/index\.htmlx, which is not there$/,
    );
    expect(bench.requests("* /**")).toBe(0);
  });

  test("is left to others file by file, or with all of its argument: as such it would just be missing", async () => {
    file("site/index.html", "x");
    const message = `auxFiles["${html}"]: stands for its files, so ignoreChanges has to name those, or the whole of auxFiles`;
    const args = argsWith({ [html]: fileArchive(join(folder, "site")) });
    run = runWith({ ignoreChanges: [`auxFiles["${html}"]`] });
    expect(await failure(run.up(args))).toBe(message);
    run = runWith({});
    await run.up(args);
    run = runWith({ ignoreChanges: [`auxFiles["${html}"]`] });
    // The engine leaves out what the state does not have.
    expect(await failure(run.up(argsWith({})))).toBe(message);
    run = runWith({ ignoreChanges: ["auxFiles"] });
    const kept = (run.state?.inputs.auxFiles ?? {}) as Properties;
    expect(await run.up(argsWith(kept, { files: { ...files, [siteFile]: site("new") } }))).toBe("update");
    expect(pages()).toEqual({ [`${html}/index.html`]: base64("x") });
  });

  test("is no secret as such: the engine would not know which of its files are", async () => {
    file("site/index.html", "x");
    run = runWith({ secretInputs: [`auxFiles["${html}"]`] });
    expect(await failure(run.up(argsWith({ [html]: fileArchive(join(folder, "site")) })))).toBe(
      `auxFiles["${html}"]: stands for its files, so it cannot be a secret; make secrets of those that are, by their own paths`,
    );
  });
});

describe("an archive", () => {
  const long = `${"d".repeat(90)}/${"e".repeat(60)}`;
  const zip =
    "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAEAAAAZGlyL1BLAwQUAAAAAAAAACEAQ7636AEAAAABAAAABQAAAGEudHh0YVBLAwQUAAAICAAAACEAjQAtXQcAAABQAAAACgAAAGRpci/DvC5iaW77z/CfqhAAUEsBAhQDFAAAAAAAAAAhAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAIABAAAAAGRpci9QSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABQAAAAAAAAAAAAAAgAEiAAAAYS50eHRQSwECFAMUAAAICAAAACEAjQAtXQcAAABQAAAACgAAAAAAAAAAAAAAgAFGAAAAZGlyL8O8LmJpblBLBQYAAAAAAwADAJ0AAAB1AAAAAAA=";
  const pax =
    "H4sIAAAAAAACA+3VPQrCMBiA4cyeoifIX9vURXB09AqBFhylRujh3DyYRgfBUHCQRLDvsyRbho83n1QiOx25pnmeUXrO3J3uOlG1ooDzKfgxPimWSSovwxR+PH+TzL/TrRWVZv7ZeYElk0qq7d5Pu8H3w5iv/5nuX83bNvn/jbYm9j/Rf3bGraujD4dNn40avqCul8d+WlFqHiXG/nn/2/f+a1Prmv1fwo0EAAAAAAAAAAAAgL9xB/2JBvIAKAAA";
  const gnu =
    "H4sIAAAAAAACA+3VPQoCMRBA4RwlJ9js5rf1ALlEQBERVtAIHs7Og2m0EF0EC0kK933NhGnDY1KXT1nU1Rfe2scsprMYXt73vffOCdmLBo6HnPZSiplKAnPWqU4t4m5cx824rdj/h+6fzWsTJv2H4IKQkf6rW1ajVj9Ql3ODw4Qm///9/uv3/s2greH+t3AlAQAAAAAAAAAAAAD4CzenDjseACgAAA==";
  const ustar =
    "H4sIAAAAAAACA+3UsQ3CQAwF0BuFCSABE+Y5CRaAi5Ttw0EFNCBBkKK819hyYzffeV2GkqbVVF3EvVavtWof+tu8O7T7tGrSH/SXks91ZVqmnFiy0xc2/WfP433+t8/5j9jF3PN/nMxPzxxFAAAAAAAAAABg1q7gyHNSACgAAA==";
  const bytes = Buffer.from([255, 0]);
  const tarOf = (zipped: string) => gunzipSync(Buffer.from(zipped, "base64"));

  test.each<[string, string, Record<string, Buffer | string>]>([
    ["site.zip", zip, { "a.txt": "a", "dir/ü.bin": Buffer.alloc(80, bytes) }],
    ["site.tgz", pax, { "a.txt": "a", [`${long}/ü.txt`]: bytes }],
    ["site.tar.gz", gnu, { "a.txt": "a", [`${long}/ü.txt`]: bytes }],
    ["site.tar", ustar, { "a.txt": "a", [`${long}/u.txt`]: bytes }],
  ])("%s stands for its files, and the state has their hashes", async (name, content, expected) => {
    const archive = Buffer.from(content, "base64");
    const path = file(name, name.endsWith(".tar") ? gunzipSync(archive) : archive);
    const args = argsWith({ [html]: fileArchive(path) });
    await run.up(args);
    const at = Object.entries(expected).map(([inner, holds]) => [`${html}/${inner}`, base64(holds)]);
    expect(pages()).toEqual(Object.fromEntries(at));
    const kept = Object.values(run.state?.inputs.auxFiles as Record<string, { hash: string }>).map(({ hash }) => hash);
    expect(kept.sort()).toEqual(Object.values(expected).map(sha256).sort());
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args)).toBe("same");
    await edit(`${html}/a.txt`, "theirs");
    expect(await run.refresh()).toEqual(["auxFiles"]);
    expect(await run.up(args)).toBe("update");
    expect(pages()).toEqual(Object.fromEntries(at));
  });

  test("that is zipped counts as such, also under the name of one that is not, and the other way round", async () => {
    const expected = { [`${html}/a.txt`]: base64("a"), [`${html}/${long}/u.txt`]: base64(bytes) };
    await run.up(argsWith({ [html]: fileArchive(file("site.tar", Buffer.from(ustar, "base64"))) }));
    expect(pages()).toEqual(expected);
    expect(await run.up(argsWith({ [html]: fileArchive(file("site.tgz", tarOf(ustar))) }))).toBe("same");
  });

  const twice =
    "H4sIAAAAAAACA+3VTQ5AMBCG4R7FCWijOE+FnZBQ4fgmVsJOaPy8z2aabiaT5pu62M9e3UuL3Nq1in0V6eYs90abrFCRVgGMg3e9tL9iyO1wL9E1lcJ/lY/IvznmPyf/Qd6fCPxanLjbN8CJ/z81lvyH0NYTIQAAAAAAAAAAAACAD1gAsrTXQgAoAAA=";
  const twiceInZip =
    "UEsDBBQAAAAAAAAAIQDl1F0/AwAAAAMAAAAFAAAAYS50eHRvbGRQSwMEFAAAAAAAAAAhAPnvvnEBAAAAAQAAAAUAAABiLnR4dGJQSwMEFAAAAAAAAAAhAEVE42sDAAAAAwAAAAUAAABhLnR4dG5ld1BLAQIUAxQAAAAAAAAAIQDl1F0/AwAAAAMAAAAFAAAAAAAAAAAAAACkgQAAAABhLnR4dFBLAQIUAxQAAAAAAAAAIQD5775xAQAAAAEAAAAFAAAAAAAAAAAAAACkgSYAAABiLnR4dFBLAQIUAxQAAAAAAAAAIQBFRONrAwAAAAMAAAAFAAAAAAAAAAAAAACkgUoAAABhLnR4dFBLBQYAAAAAAwADAJkAAABwAAAAAAA=";

  test.each([
    ["site.tgz", twice],
    ["site.zip", twiceInZip],
  ])("that has a file twice (%s) holds the last, as if it were unpacked", async (name, content) => {
    const path = file(name, Buffer.from(content, "base64"));
    const args = argsWith({ [html]: fileArchive(path) });
    await run.up(args);
    expect(pages()).toEqual({ [`${html}/a.txt`]: base64("new"), [`${html}/b.txt`]: base64("b") });
    expect(run.state?.inputs.auxFiles).toMatchObject({ [`${html}/a.txt`]: { hash: sha256("new") } });
    expect(await run.up(args)).toBe("same");
    // Read again for a publish, the file is the same one.
    expect(await run.up({ ...args, files: { ...files, [siteFile]: site("new") } })).toBe("update");
    expect(pages()).toMatchObject({ [`${html}/a.txt`]: base64("new") });
  });

  test("of assets stands for them", async () => {
    const given = assetArchive({
      "a.jpg": fileAsset(file("a.jpg", icon)),
      words: stringAsset("words"),
      more: assetArchive({ "b/c": stringAsset("c") }),
    });
    await run.up(argsWith({ [html]: given }));
    expect(pages()).toEqual({
      [`${html}/a.jpg`]: base64(icon),
      [`${html}/words`]: base64("words"),
      [`${html}/more/b/c`]: base64("c"),
    });
  });

  const link =
    "H4sIAAAAAAACA+3TMQ7CMBAEQD8lLyAxhPg9htAjbATPx1ChUIOQMtPs6pqrNm/qvYbvGpppHF/ZLLOJb/15n1Lch24IP3AtNV/ay7BOObBmh7/Y/6LHIaVd6Lb9qR77cy7lNts/AAAAAAAAAAB8egCxDgSUACgAAA==";
  const climbing =
    "H4sIAAAAAAACA+3NsQ2DMBQE0D9KJnBsxSLzeAVwJMbHpIroiYR4r7nTNZfSs6W+9jhRHqZavzkccyg/fd/f5ZXjkeMPPktv87iMe2oBAAAAAAAAAADAFW3K83YtACgAAA==";
  const fifo =
    "H4sIAAAAAAACA+3OuwmAUBAEwCvFEvw8rh87ED/9exiKqYIwk+xmu0u8ry/Z2pXlng89h3GKLj/4Fse2z2tNBgAAAAAAAAAAAPzHCZtJP3kAKAAA";
  const linkInZip =
    "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAFAAAAYS50eHRhUEsDBBQAAAAAAAAAIQAKuR8pCwAAAAsAAAAFAAAAYi50eHQvZXRjL3Bhc3N3ZFBLAQIUAxQAAAAAAAAAIQBDvrfoAQAAAAEAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLAQIUAxQAAAAAAAAAIQAKuR8pCwAAAAsAAAAFAAAAAAAAAAAAAAD/oSQAAABiLnR4dFBLBQYAAAAAAgACAGYAAABSAAAAAAA=";
  const climbingInZip =
    "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAIAAAALi4vYS50eHRhUEsBAhQDFAAAAAAAAAAhAEO+t+gBAAAAAQAAAAgAAAAAAAAAAAAAAIABAAAAAC4uL2EudHh0UEsFBgAAAAABAAEANgAAACcAAAAAAA==";
  const changed = (content: string, at: number) => {
    const archive = Buffer.from(content, "base64");
    archive[at] = (archive[at] ?? 0) ^ 1;
    return archive.toString("base64");
  };

  const folderInZip =
    "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAEAAAAZGlyL1BLAQIUAxQAAAAAAAAAIQAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAACAAQAAAABkaXIvUEsFBgAAAAABAAEAMgAAACIAAAAAAA==";
  const sparse =
    "H4sIAAAAAAACA+3TvQrCMBSG4cy5il5BTGLaunTVzUW8gAgZKlqlUShevaEqanfF4vsQCJwz5OfwdeLzdFI41+/JcNfm2bvXC+sKkXVfuJs4x5Nv05HiP1mbLZZrFY++jUHt/fbQVkYOqnWTqlra/LXa+H2ootrUjZya10Yb/C7Wl1AZ7WZ5WUqBn6UmaXKrfnDzehfUzDo36af6tfybtN7zb6a2zEWmx5T/4ePGkn95S2khjXzkVZPYv9HxBQAAAAAAAAAAAAAAjN4V9ssG7wAoAAA=";
  const partOf = (zipped: string, bytes: number) => base64(tarOf(zipped).subarray(0, bytes));

  test.each<[string, string, string, RegExp]>([
    ["a link", "a.tgz", link, /has b\.txt, which is a link\./],
    ["a link", "a.zip", linkInZip, /has b\.txt, which is a link\./],
    ["a name that leads out of it", "a.tgz", climbing, /has \.\.\/a\.txt, which leads out of it\./],
    ["a name that leads out of it", "a.zip", climbingInZip, /has \.\.\/a\.txt, which leads out of it\./],
    ["what is no file", "a.tgz", fifo, /has p, which is no file\./],
    ["damage", "a.zip", changed(zip, 69), /has a\.txt, which is damaged\./],
    ["nothing that is an archive", "a.zip", base64("x"), /is cut off, or no zip archive\./],
    ["nothing that is an archive", "a.tgz", base64("x"), /is cut off, or no tar archive\./],
    [
      "half of a zipped one",
      "a.tgz",
      base64(Buffer.from(ustar, "base64").subarray(0, 80)),
      /is cut off, or no tar archive\./,
    ],
    [
      "more than a config ever has",
      "a.tgz",
      base64(gzipSync(Buffer.alloc(256 * 1024 * 1024 + 1))),
      /has more than 256 MiB\./,
    ],
    ["nothing that is an archive", "a.tar", base64(Buffer.alloc(600, "x")), /is cut off, or no tar archive\./],
    ["one line of text", "a.tar", base64("404 not found\n"), /is cut off, or no tar archive\./],
    ["no byte", "a.tar", "", /is cut off, or no tar archive\./],
    ["no byte", "a.zip", "", /is cut off, or no zip archive\./],
    ["a part of its first header", "a.tar", partOf(ustar, 300), /is cut off, or no tar archive\./],
    ["its first file and no end", "a.tar", partOf(ustar, 1024), /is cut off, or no tar archive\./],
    ["a header whose sum is another", "a.tar", changed(base64(tarOf(ustar)), 2), /is cut off, or no tar archive\./],
    ["no file", "a.tar", base64(Buffer.alloc(1024)), /has no file in it\.$/],
    [
      "no file before its end",
      "a.tar",
      base64(Buffer.concat([Buffer.alloc(1024), tarOf(ustar)])),
      /has no file in it\.$/,
    ],
    ["no file", "a.zip", "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", /has no file in it\.$/],
    ["nothing but a folder", "a.zip", folderInZip, /has no file in it\.$/],
    ["fewer files than it has room for", "a.zip", changed(zip, 284), /is damaged, or has more than 4 GB\./],
    ["a file that begins elsewhere", "a.zip", changed(zip, 210), /is damaged, or has more than 4 GB\./],
    ["a list of files that is elsewhere", "a.zip", changed(zip, 290), /is damaged, or has more than 4 GB\./],
    ["a file with holes", "a.tgz", sparse, /has s\.bin, which is stored with holes\./],
  ])("with %s in it is one clear error: %s", async (_, name, content, message) => {
    const path = file(name, Buffer.from(content, "base64"));
    const said = await failure(run.up(argsWith({ [html]: fileArchive(path) })));
    expect(said).toMatch(message);
    expect(said).toMatch(new RegExp(`^auxFiles\\["/etc/nginx/html"\\]: \\S+/${name} `));
    expect(bench.requests("* /**")).toBe(0);
  });

  test.each<[string, unknown, RegExp]>([
    ["of no assets", assetArchive({}), /^auxFiles\["\/etc\/nginx\/html"\]: has no file in it\.$/],
    [
      "of assets with an archive of none",
      assetArchive({ "a.txt": stringAsset("a"), more: assetArchive({}) }),
      /^auxFiles\["\/etc\/nginx\/html"\]: has no file in it\.$/,
    ],
    [
      "of assets with a name that leads out of it",
      assetArchive({ "../a": stringAsset("a") }),
      /has \.\.\/a, which leads/,
    ],
    ["at an address", remoteArchive("https://127.0.0.1/site.zip"), /is an archive at an address; give its files/],
  ])("%s is one clear error", async (_, given, message) => {
    expect(await failure(run.up(argsWith({ [html]: given })))).toMatch(message);
    expect(bench.requests("* /**")).toBe(0);
  });
});

test("what is left behind is not at an address", async () => {
  const message = await failure(
    run.up(argsWith({}, { onDelete: { [mainFile]: remoteAsset("http://127.0.0.1/x", "") } })),
  );
  expect(message).toContain(`onDelete["${mainFile}"]: is at an address; onDelete takes files of this machine only`);
});

describe("one mistake is one error", () => {
  const missing = () => fileArchive("/nowhere/site");
  const words = "is /nowhere/site, which is not there";

  test.each<[string, () => Properties, string]>([
    ["in files", () => ({ files: { "/etc/nginx": missing() } }), `files["/etc/nginx"]: ${words}`],
    ["in onDelete", () => ({ onDelete: { "/etc/nginx": missing() } }), `onDelete["/etc/nginx"]: ${words}`],
    [
      "in onDelete, as a file",
      () => ({ onDelete: { [mainFile]: { ...fileAsset(file("x", "")), path: "/nowhere/site" } } }),
      `onDelete["${mainFile}"]: ${words}`,
    ],
  ])("%s", async (_, more, message) => {
    expect(await failure(run.up(argsWith(auxFiles, more())))).toBe(message);
  });

  test("in a folder that is all of files, and left to others as such", async () => {
    const folder = { "/etc/nginx": assetArchive({ "nginx.conf": stringAsset("events {}\n") }) };
    await run.up(argsWith({}, { files: folder }));
    run = runWith({ ignoreChanges: ['files["/etc/nginx"]'] });
    // The engine leaves out what the state does not have.
    expect(await failure(run.up(argsWith({}, { files: {} })))).toBe(
      'files["/etc/nginx"]: stands for its files, so ignoreChanges has to name those, or the whole of files',
    );
  });
});

test("an error about a folder or a file says nothing of what is in it", async () => {
  // Its bytes stand where a tar archive has names and sizes.
  const secret = Buffer.alloc(2_359_300, "S3cret-t0ken ");
  secret.write("00000000000", 124);
  const path = file("site/keys.pem", secret);
  const asset = fileAsset(path);
  const small = fileAsset(file("site/small.pem", secret.subarray(0, 1024)));
  file("site/small.pem", secret.subarray(0, 1025));
  const given = [
    ...["a.tar", "a.tgz", "a.zip"].map((name) => ({ [html]: fileArchive(file(name, secret)) })),
    { [html]: fileArchive(path) },
    { [html]: fileArchive(join(folder, "site")) },
    { [pageFile]: asset },
    { [pageFile]: small },
    { [pageFile]: { base64: secret.toString() } },
    { [pageFile]: { base64: secret.toString("base64") } },
    { [pageFile]: secret.toString() },
    { [pageFile]: { text: secret.toString() } },
  ];
  for (const auxFiles of given) {
    const message = await failure(run.up(argsWith(auxFiles)));
    expect(message).toMatch(/auxFiles\[|site\/small\.pem is not what it was/);
    expect(message).not.toMatch(/S3cret|t0ken/);
    expect(message.length).toBeLessThan(400);
  }
  expect(publishes()).toBe(0);
});

test("a preview takes folders that it does not know yet for what they may be", async () => {
  const unknown = "030794c1-ac77-496b-92df-f27374a8bd58";
  for (const more of [{ onDelete: { "/etc/nginx": unknown } }, { files: { "/etc/nginx": unknown } }]) {
    const { failures } = await run.provider.check({}, { ...argsWith({}, more), ...run.constants });
    expect(failures).toEqual([]);
  }
});

test("a preview spells out what it knows, and leaves what it does not know as it is", async () => {
  file("site/index.html", "x");
  const unknown = "030794c1-ac77-496b-92df-f27374a8bd58";
  const site = join(folder, "site");
  const given = { [html]: fileArchive(site), "/etc/nginx/later": unknown, "/etc/nginx/words": stringAsset("words") };
  const { inputs, failures } = await run.provider.check({}, { ...argsWith(given), ...run.constants });
  expect(failures).toEqual([]);
  expect(inputs?.auxFiles).toEqual({
    [`${html}/index.html`]: fileAsset(join(site, "index.html")),
    "/etc/nginx/later": unknown,
    "/etc/nginx/words": "words",
  });
});
