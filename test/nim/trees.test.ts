// Whole trees of files as people have them, through the life of a stack: what lies on the host is what the program says,
// byte for byte. Each behind a real nginx, and behind the simulator's own parser, which is all that is there without one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNginx } from "../../simulators/nim/index.ts";
import { findModule } from "../../simulators/nim/nginx/find.ts";
import { fileArchive, sha256 } from "../tools/assets.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { mainFile } from "./nginxConfig.bench.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";
import { debian } from "./trees/debian.ts";
import { edge } from "./trees/edge.ts";
import { h5bp, siteFolder } from "./trees/h5bp.ts";
import type { Tree, TreeFiles } from "./trees/tree.ts";

const nginx = findNginx();
const hasMail =
  nginx !== undefined &&
  (nginx.configureArguments.includes("--with-mail") || findModule(nginx, "ngx_mail_module.so") !== undefined);

interface Kind {
  readonly nginx: boolean;
  readonly tree: (issued: Issued) => Tree;
  /** NGINX Plus, which has njs; the nginx behind it gets the config without what only Plus knows. */
  readonly plus?: boolean;
  readonly configDirs?: string;
  readonly leftOut?: readonly string[];
}

const withSite = { tree: h5bp, configDirs: `/etc/nginx:${siteFolder}` };
const ofPlus = [
  "load_module ngx_http_js_module.so",
  "load_module ngx_stream_js_module.so",
  ...["js_path", "js_import", "js_set", "js_shared_dict_zone", "js_content", "js_access"],
  ...["keyval_zone", "keyval", "sticky", "status_zone", "health_check", "match", "api", "http3", "listen quic"],
  ...["server slow_start=10s", "server resolve", "resolver status_zone=edge"],
];
const kinds: [string, Kind][] = [
  ["Debian's, parsed", { nginx: false, tree: debian }],
  ["HTML5 Boilerplate's, parsed", { nginx: false, ...withSite }],
  ["an edge's with stream, mail and njs, parsed", { nginx: false, plus: true, tree: (issued) => edge(issued, true) }],
  ["Debian's, on nginx", { nginx: true, tree: debian }],
  ["HTML5 Boilerplate's, on nginx", { nginx: true, ...withSite }],
  [
    `an edge's with stream and njs, on nginx${hasMail ? " with mail" : " (it has no mail module: without mail)"}`,
    { nginx: true, plus: true, tree: (issued) => edge(issued, hasMail), leftOut: ofPlus },
  ],
];

/** Other contents for some files; `undefined` for one that is not there. */
type Changes = Readonly<Record<string, Buffer | string | undefined>>;

const after = { [mainFile]: "events {}\nhttp { server { listen 80; return 200 after; } }\n" };
const theirText = "# changed by hand\n";
const theirIcon = Buffer.from("47494638396101000100ff", "hex");

describe.each(kinds)("%s", (_, kind) => {
  describe.skipIf(kind.nginx && !nginx)("", () => {
    const packaged: Record<string, string> = {};
    let tree: Tree;
    let bench: NimBench;
    let run: ResourceRun;
    let folder: string;
    let filled: TreeFiles = {};
    /** What the program has by now in place of the tree's. */
    const changes: Record<string, Buffer | string | undefined> = {};

    beforeAll(async () => {
      tree = kind.tree(await issue("example.com"));
      folder = mkdtempSync(join(tmpdir(), "pulumi-nginx-nsx-"));
      bench = await startNimBench({
        nginx: kind.nginx,
        systems: [{ hostname: "web-1", plus: kind.plus ?? false }],
        ...(kind.configDirs && { switches: { configDirs: kind.configDirs } }),
      });
      const { control } = bench.simulator;
      // A real nginx takes its time, of which the test's clock would run through minutes.
      control.hook({ before: ({ path }) => (path.includes("/deployments/") ? control.settled() : undefined) });
      for (const [path, content] of control.diskOf("web-1")) {
        // Where no agent may write.
        if (path.startsWith("/usr/share/nginx/")) packaged[path] = sha256(content);
      }
      const provider = bench.newProcess().providers.byName.NginxConfig as ResourceRun["provider"];
      run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
    });
    afterAll(async () => {
      rmSync(folder, { recursive: true, force: true });
      await bench?.close();
    });

    /** Makes the program's folder hold just these files. */
    function fill(files: TreeFiles): void {
      for (const name of Object.keys({ ...filled, ...files })) {
        const content = files[name];
        if (content === filled[name]) continue;
        const path = join(folder, name);
        mkdirSync(dirname(path), { recursive: true });
        if (content === undefined) rmSync(path);
        else writeFileSync(path, content);
      }
      filled = files;
    }

    /** The arguments of a program with this tree, with other contents for some files, or without them. */
    function argsWith(changes: Changes = {}): Properties {
      const { systemUid, instanceUid } = bench.simulator.instances[0] ?? {};
      const { files, auxFiles, folder: site } = tree;
      const changed = (path: string, content: Buffer | string) => (path in changes ? changes[path] : content);
      const declared = (path: string, before: Buffer | string) => {
        const content = changed(path, before);
        return Buffer.isBuffer(content) ? { base64: content.toString("base64") } : content;
      };
      if (site) fill(mapEntries(site.files, (name, content) => changed(`${site.at}/${name}`, content)));
      return {
        instance: { systemUid, instanceUid },
        files: mapEntries(files, declared),
        auxFiles: { ...mapEntries(auxFiles, declared), ...(site && { [site.at]: fileArchive(folder) }) },
        onDelete: after,
        adopt: true,
      };
    }

    const whole = (): TreeFiles => ({ ...tree.files, ...tree.auxFiles, ...(tree.folder && below(tree.folder)) });
    /** Of each file the hash of what it holds: 500 files that differ are nothing to look at. */
    const onHost = () => hashes(Object.fromEntries(bench.simulator.control.diskOf("web-1")));
    /** What has to be there: the tree, or what became of it, and what no publish may touch. */
    const expected = (changes: Changes = {}) => ({ ...packaged, ...hashes({ ...whole(), ...changes }) });
    const publishes = () => bench.simulator.control.requests.count(`POST ${api}/**/config`);

    async function edit(path: string, content: Buffer | string): Promise<void> {
      await bench.simulator.control.editConfig({
        target: "web-1",
        path,
        content: typeof content === "string" ? content : { base64: content.toString("base64") },
        via: "dataPlane",
        user: "alice",
      });
    }

    const unreported = () => [...((run.state?.outputs.unreadableFiles ?? []) as string[])].sort();
    const failure = (action: Promise<unknown>): Promise<string> =>
      action.then(
        () => "it succeeded",
        (error: Error) => error.message,
      );

    // The tests go on from each other, as the life of a stack does.
    test("is on the host byte for byte after the first up, and the second one sends nothing", async () => {
      expect(await run.up(argsWith())).toBe("create");
      expect(onHost()).toEqual(expected());
      expect(await run.up(argsWith())).toBe("same");
      expect(publishes()).toBe(1);
      expect(bench.simulator.control.instances()[0]?.leftOut.sort()).toEqual([...(kind.leftOut ?? [])].sort());
    });

    // The parser serves nothing.
    if (kind.nginx) {
      test("is served as it is", async () => {
        expect(sha256(await served(bench, tree.url))).toBe(sha256(whole()[tree.icon] ?? ""));
      });
    }

    test("has no drift, and the state says which files no agent reports", async () => {
      const before = structuredClone(run.state);
      expect(await run.refresh()).toEqual([]);
      expect(run.state).toEqual(before);
      expect(unreported()).toEqual([...tree.unreported].sort());
    });

    test("that somebody has changed on the host, a text and then an icon, is drift by name, and is taken back", async () => {
      for (const [path, theirs, shown] of [
        [tree.text, theirText, theirText],
        [tree.icon, theirIcon, `(11 bytes that are not text, SHA-256 ${sha256(theirIcon)})`],
      ] as const) {
        await edit(path, theirs);
        expect(onHost()).toEqual(expected({ [path]: theirs }));
        const stopped = await failure(run.up(argsWith({ [tree.removed]: undefined })));
        expect(stopped).toMatch(/changed by somebody else/);
        expect([...stopped.matchAll(/files\["(.*)"\]/g)].map(([, named]) => named)).toEqual([path]);
        const before = filesOf(run.state?.inputs);
        await run.refresh();
        const now = filesOf(run.state?.inputs);
        expect(Object.keys({ ...before, ...now }).filter((key) => !isDeepStrictEqual(now[key], before[key]))).toEqual([
          path,
        ]);
        expect(now[path]).toBe(shown);
        expect(await run.up(argsWith())).toBe("update");
        expect(onHost()).toEqual(expected());
        expect(await run.refresh()).toEqual([]);
      }
    });

    test("with one file changed is published with all others as they were", async () => {
      const before = publishes();
      for (const change of [{ [tree.text]: `${whole()[tree.text]}# ours\n` }, { [tree.icon]: theirIcon }]) {
        Object.assign(changes, change);
        expect(await run.up(argsWith(changes))).toBe("update");
        expect(onHost()).toEqual(expected(changes));
      }
      expect(publishes()).toBe(before + 2);
    });

    test("without a file is on the host without it", async () => {
      changes[tree.removed] = undefined;
      expect(await run.up(argsWith(changes))).toBe("update");
      expect(onHost()).toEqual(expected(changes));
      expect(await run.up(argsWith(changes))).toBe("same");
      expect(await run.refresh()).toEqual([]);
      expect(unreported()).toEqual([...tree.unreported, ...(tree.onlyOfRemoved ?? [])].sort());
    });

    test("leaves behind what it was told to, and what no agent knows of", async () => {
      await run.destroy();
      const unknown = [...tree.unreported, ...(tree.onlyOfRemoved ?? [])];
      const left = mapEntries(whole(), (path, content) => (unknown.includes(path) ? content : undefined));
      expect(onHost()).toEqual({ ...packaged, ...hashes({ ...left, ...after }) });
    });
  });
});

const filesOf = ({ files, auxFiles }: Properties = {}): Properties => ({
  ...(files as Properties),
  ...(auxFiles as Properties),
});

/** What nginx answers for a path of a site. */
function served({ simulator }: NimBench, [host, path]: Tree["url"]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(`${simulator.control.instances()[0]?.url}${path}`, { headers: { host }, agent: false }, (answer) =>
      resolve(buffer(answer)),
    ).on("error", reject);
  });
}

/** Entries of which nothing is left go. */
function mapEntries<T>(
  files: TreeFiles,
  change: (path: string, content: Buffer | string) => T | undefined,
): Record<string, T> {
  const changed = Object.entries(files).map(([path, content]) => [path, change(path, content)] as const);
  return Object.fromEntries(changed.filter((entry): entry is [string, T] => entry[1] !== undefined));
}

const hashes = (files: Changes) =>
  Object.fromEntries(
    Object.entries(files).flatMap(([path, content]) => (content === undefined ? [] : [[path, sha256(content)]])),
  );

const below = ({ at, files }: NonNullable<Tree["folder"]>): TreeFiles =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${at}/${name}`, content]));
