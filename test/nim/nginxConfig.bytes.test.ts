// Files are bytes: what comes back is what was published, whatever it is, and what others have put there stays what it is.
import { createHash, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { auxFiles, files, main, pageFile, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;
let warnings: { message: string }[];

async function start(options: NimSimulatorOptions & { target?: "instance" | "group" } = {}): Promise<void> {
  const { target = "instance", ...rest } = options;
  bench = await startConfigBench(target, rest);
  run = newRun();
}

function newRun(more: Properties = {}): ResourceRun {
  const world = bench.newProcess();
  warnings = world.warnings;
  const provider = world.providers.byName.NginxConfig as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text", ...more });
}

/** The same resource in another process, whose program leaves this to others. */
function leaving(...ignoreChanges: string[]): ResourceRun {
  const next = newRun({ ignoreChanges });
  next.state = run.state;
  return next;
}

const control = () => bench.simulator.control;
const publishes = () => control().requests.count(`POST ${api}/**/config`);
const edit = (content: { base64: string } | string | null, path: string) =>
  control().editConfig({ target: "web-1", path, content, via: "ui", user: "alice" });
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

type WireConfig = Record<"configFiles" | "auxFiles", { files: { name: string; contents: string }[] }>;

/** What NIM has, in hex. */
function hexOf(path: string): string | undefined {
  const last = control().history.of(`${api}${run.state?.id}/config`).at(-1)?.body as WireConfig | undefined;
  const found = [...(last?.configFiles.files ?? []), ...(last?.auxFiles.files ?? [])].find(({ name }) => name === path);
  return found && Buffer.from(found.contents, "base64").toString("hex");
}

const sha256 = (hex: string) => createHash("sha256").update(Buffer.from(hex, "hex")).digest("hex");
const base64 = (hex: string) => ({ base64: Buffer.from(hex, "hex").toString("base64") });

/** A JPEG's first bytes, whose base64 begins like a path. */
const icon = "ffd8ffe000104a46494600";
const theirIcon = "89504e470d0a1a0a";
const iconFile = "/etc/nginx/html/icon.jpg";
const latin1 = Buffer.from(`# Gr\xfc\xdfe\n${site("hello")}`, "latin1").toString("hex");

afterEach(() => bench?.close());

describe("bytes in base64", () => {
  const ticketKey = randomBytes(80).toString("hex");
  const argsOf = (more: Properties) => ({ ...bench.args, auxFiles: { ...auxFiles, ...more } });

  test("go and come back as they are: an icon, a ticket key, a config in Latin-1, nothing", async () => {
    await start();
    const args = {
      ...argsOf({
        [iconFile]: base64(icon),
        "/etc/nginx/html/empty": { base64: "" },
        "/etc/nginx/ticket.key": base64(ticketKey),
      }),
      files: { ...files, "/etc/nginx/conf.d/latin.conf": base64(latin1) },
    };
    const sent: string[] = [];
    control().hook({ before: ({ body }) => void sent.push(body) });
    await run.up(args);
    expect(hexOf(iconFile)).toBe(icon);
    expect(hexOf("/etc/nginx/html/empty")).toBe("");
    expect(hexOf("/etc/nginx/conf.d/latin.conf")).toBe(latin1);
    // Whoever only looks has bytes as a program would say them; an agent does not report what nothing refers to.
    const looked = await newRun().get(run.state?.id ?? "");
    expect(looked.files).toMatchObject({ [siteFile]: site("hello"), "/etc/nginx/conf.d/latin.conf": base64(latin1) });
    expect(looked.auxFiles).toMatchObject({ [pageFile]: auxFiles[pageFile], [iconFile]: base64(icon) });
    expect(sent.join()).toContain(Buffer.from(ticketKey, "hex").toString("base64"));
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args)).toBe("same");
    // The other way to say it means the same.
    const rephrased = {
      ...args,
      files: { ...files, ...args.files, [siteFile]: base64(Buffer.from(site("hello")).toString("hex")) },
    };
    expect(await run.up(rephrased)).toBe("same");
    expect(publishes()).toBe(1);
  });

  /** 57 bytes give a line of 76 characters, 48 one of 64. */
  const long = Buffer.alloc(100, "\xfb\xff\x00?", "latin1");
  const inLines = (length: number, end: string) =>
    long.toString("base64").replace(new RegExp(`.{${length}}`, "g"), `$&${end}`) + end;

  test.each<[string, string, Buffer]>([
    ["lines of 76 characters, as base64(1) writes them", inLines(76, "\n"), long],
    ["lines of 64, as OpenSSL does", inLines(64, "\n"), long],
    ["lines that end as on Windows", inLines(76, "\r\n"), long],
    ["lines that YAML has folded", inLines(76, " "), long],
    ["a newline at the end", `${long.toString("base64")}\n`, long],
    ["the alphabet of URLs", long.toString("base64url"), long],
    ["the alphabet of URLs, padded", `${long.toString("base64url")}==`, long],
    ["no padding", long.toString("base64").replace(/=+$/, ""), long],
    ["nothing but a newline", "\n", Buffer.alloc(0)],
  ])("are the same ones in %s", async (_, notation, bytes) => {
    await start();
    const sent: string[] = [];
    control().hook({ before: ({ body }) => void sent.push(body) });
    await run.up(argsOf({ [iconFile]: { base64: notation } }));
    expect(sent.join()).toContain(`"name":"${iconFile}","contents":"${bytes.toString("base64")}"`);
    expect(hexOf(iconFile)).toBe(bytes.toString("hex"));
    expect(await run.up(argsOf({ [iconFile]: { base64: bytes.toString("base64") } }))).toBe("same");
    expect(await run.refresh()).toEqual([]);
    expect(publishes()).toBe(1);
  });

  test("that others have changed are drift, by size and SHA-256, and are taken back", async () => {
    await start();
    await run.up(argsOf({ [iconFile]: base64(icon) }));
    await edit(base64(theirIcon), iconFile);
    expect(await run.refresh()).toEqual(["auxFiles"]);
    expect(run.state?.inputs.auxFiles).toEqual({
      ...auxFiles,
      [iconFile]: `(8 bytes that are not text, SHA-256 ${sha256(theirIcon)})`,
    });
    expect(await run.up(argsOf({ [iconFile]: base64(icon) }))).toBe("update");
    expect(hexOf(iconFile)).toBe(icon);
    expect(await run.refresh()).toEqual([]);
  });

  test("that others have changed stop an update, unless it wants just those", async () => {
    await start();
    await run.up(argsOf({ [iconFile]: base64(icon) }));
    await edit(base64(theirIcon), iconFile);
    const wanted = argsOf({ [iconFile]: base64(icon), [pageFile]: "new" });
    expect(await failure(run.up(wanted))).toContain(`files["${iconFile}"]`);
    expect(hexOf(iconFile)).toBe(theirIcon);
    expect(await run.up(argsOf({ [iconFile]: base64(theirIcon) }))).toBe("update");
  });
});

describe("what the program leaves to others", () => {
  test("goes along byte for byte, also after a refresh has described it", async () => {
    await start();
    await run.up({ ...bench.args, auxFiles: { ...auxFiles, [iconFile]: base64(icon) } });
    await edit(base64(theirIcon), iconFile);
    await edit(base64(latin1), siteFile);
    await run.refresh();
    run = leaving("files", `auxFiles["${iconFile}"]`);
    // The engine puts what the state has in the place of what is left to others.
    const { files: seen, auxFiles: others } = (run.state?.inputs ?? {}) as Record<"files" | "auxFiles", Properties>;
    expect(JSON.stringify(seen)).toContain("bytes that are not text");
    await run.up({ ...bench.args, files: seen, auxFiles: { [iconFile]: others[iconFile], [pageFile]: "new page" } });
    expect(hexOf(iconFile)).toBe(theirIcon);
    expect(hexOf(siteFile)).toBe(latin1);
    expect(hexOf(pageFile)).toBe(Buffer.from("new page").toString("hex"));
  });

  test("also with the state of a first release, which had text only", async () => {
    await start();
    const words = (hex: string) => `(${hex.length / 2} bytes that are not text, SHA-256 ${sha256(hex)})`;
    await run.up(bench.args);
    await edit(base64(theirIcon), iconFile);
    await run.refresh();
    expect(run.state?.inputs.files).toMatchObject({ [iconFile]: words(theirIcon) });
    run = leaving("files");
    expect(await run.up({ ...bench.args, files: run.state?.inputs.files, auxFiles: { [pageFile]: "new" } })).toBe(
      "update",
    );
    expect(hexOf(iconFile)).toBe(theirIcon);
  });
});

describe("a file of somebody else's that the program takes over from what it leaves to others", () => {
  const theirs = "/etc/nginx/html/new.html";
  const hex = (text: string) => Buffer.from(text).toString("hex");
  /** Pulumi puts what the state has in the place of what is left to others. */
  const kept = (argument: "files" | "auxFiles") => (run.state?.inputs[argument] ?? {}) as Properties;

  beforeEach(async () => {
    await start();
    await run.up(bench.args);
    await edit("by alice", theirs);
    await run.refresh();
    expect(kept("files")).toHaveProperty([theirs], "by alice");
  });

  test.each(["by alice", "by us"])("into auxFiles is declared there only, as %s", async (content) => {
    run = leaving("files");
    const args = () => ({ ...bench.args, files: kept("files"), auxFiles: { ...auxFiles, [theirs]: content } });
    expect(await run.up(args())).toBe("update");
    expect(hexOf(theirs)).toBe(hex(content));
    expect(kept("files")).toEqual(files);
    expect(await run.up(args())).toBe("same");
    expect(await run.refresh()).toEqual([]);
    await edit("by alice again", theirs);
    expect(await run.refresh()).toEqual(["auxFiles"]);
  });

  test("is the same where just that file is left to others", async () => {
    run = leaving(`files["${theirs}"]`);
    await run.up({ ...bench.args, files: { ...files, [theirs]: "by alice" }, auxFiles: { [theirs]: "by us" } });
    expect(hexOf(theirs)).toBe(hex("by us"));
  });

  test("is not gone over where they have changed it since", async () => {
    run = leaving("files");
    await edit("by alice again", theirs);
    const args = { ...bench.args, files: kept("files"), auxFiles: { ...auxFiles, [theirs]: "by us" } };
    expect(await failure(run.up(args))).toContain(`files["${theirs}"]`);
    expect(hexOf(theirs)).toBe(hex("by alice again"));
  });

  test("is in files too where that is what the program says", async () => {
    const args = { ...bench.args, files: kept("files"), auxFiles: { ...auxFiles, [theirs]: "by us" } };
    expect(await failure(run.up(args))).toBe(`auxFiles["${theirs}"]: is in files too`);
    run = leaving("files");
    run.state = undefined;
    expect(await failure(run.up(args))).toBe(`auxFiles["${theirs}"]: is in files too`);
  });

  test("and out of auxFiles into files likewise", async () => {
    run = leaving("auxFiles");
    const args = (content: string) => ({
      ...bench.args,
      files: { ...files, [theirs]: "by alice", [pageFile]: content },
      auxFiles: kept("auxFiles"),
    });
    expect(await run.up(args("by us"))).toBe("update");
    expect(hexOf(pageFile)).toBe(hex("by us"));
    expect(kept("auxFiles")).toEqual({});
    expect(await run.up(args("by us"))).toBe("same");
    expect(await run.up(args("by us again"))).toBe("update");
    expect(hexOf(pageFile)).toBe(hex("by us again"));
  });
});

describe("the description of a file", () => {
  const words = `(8 bytes that are not text, SHA-256 ${sha256(theirIcon)})`;

  test("is refused in a program", async () => {
    await start();
    await expect(run.up({ ...bench.args, auxFiles: { [iconFile]: words } })).rejects.toThrow(
      /^auxFiles\["\/etc\/nginx\/html\/icon\.jpg"\]: describes a file that is not text.*FileAsset/,
    );
  });

  test("is never published, even where it has become an argument unseen", async () => {
    await start();
    await expect(run.provider.create({ ...bench.args, auxFiles: { [iconFile]: words } })).rejects.toThrow(
      /icon\.jpg: Only a description of it is known.*Nothing was published/,
    );
    expect(publishes()).toBe(0);
  });
});

describe("refused before anything is sent", () => {
  const noBase64 =
    /^auxFiles\["\/x"\]\.base64: is not base64; a file is given as new pulumi\.asset\.FileAsset\(path\)$/;
  test.each<[string, unknown, RegExp]>([
    ["a binary file read as text", Buffer.from(icon, "hex").toString(), /^auxFiles\["\/x"\]: has U\+FFFD.*FileAsset/],
    ["no base64", { base64: "a*b" }, noBase64],
    ["base64 without all of its end", { base64: "YQ=" }, noBase64],
    ["base64 of a part of a byte", { base64: "YWJjZ" }, noBase64],
    ["base64 with bits behind its end", { base64: "YR==" }, noBase64],
    ["base64 with something behind its end", { base64: "YQ==YQ==" }, noBase64],
    ["base64 of both alphabets", { base64: "_w+/" }, noBase64],
    ["an address with base64", { base64: "data:image/png;base64,YQ==" }, noBase64],
    ["a path in place of base64", { base64: "./icons/x.png" }, noBase64],
    [
      "the path of a file in place of base64",
      { base64: fileURLToPath(import.meta.url) },
      /^auxFiles\["\/x"\]\.base64: is the path of a file, and not base64; give the file as new pulumi\.asset\.FileAsset\(path\)$/,
    ],
    ["2.4 MB", { base64: Buffer.alloc(2_359_297).toString("base64") }, /is too long: NIM takes 2,359,296 bytes/],
    ["a number", 7, /^auxFiles\["\/x"\]: must be text, \{ base64: … \}, or one of Pulumi's assets/],
    ["base64 and more", { base64: "", text: "" }, /^auxFiles\["\/x"\]\.text: is not an argument/],
    ["base64 of a number", { base64: 7 }, /^auxFiles\["\/x"\]\.base64: Invalid input: expected string/],
  ])("%s", async (_, content, reason) => {
    await start();
    const message = await failure(run.up({ ...bench.args, auxFiles: { "/x": content } }));
    expect(message).toMatch(reason);
    expect(message.length).toBeLessThan(300);
    expect(bench.requests("* /**")).toBe(0);
  });
});

describe("what NIM takes together is a setting of NIM's", () => {
  const four = (content: () => Buffer) =>
    Object.fromEntries([1, 2, 3, 4].map((n) => [`/etc/nginx/html/${n}`, { base64: content().toString("base64") }]));

  test("so files of 8.8 MB that are small when zipped are published", async () => {
    await start();
    await run.up({ ...bench.args, auxFiles: four(() => Buffer.alloc(2_200_000)) });
    expect(await run.refresh()).toEqual([]);
  });

  test("and those of which it does not take the message are told with their sizes", async () => {
    await start();
    const message = await failure(run.up({ ...bench.args, auxFiles: four(() => randomBytes(2_200_000)) }));
    expect(message).toMatch(
      /refused; the one before is still served\.\nweb-1: nats: maximum payload exceeded\nThese 6 files have 11\.7 MB in the request.*client_max_body_size.* 8\.8 MB zipped.*max_message_bytes/,
    );
    expect(message.length).toBeLessThan(1_000);
  });

  test.each([413, 403] as const)("and so is a request that its gateway does not take (%i)", async (status) => {
    await start({ switches: { bodyTooLargeStatus: status } });
    const many = Object.fromEntries(
      Array.from({ length: 24 }, (_, n) => [
        `/etc/nginx/html/${n}`,
        { base64: Buffer.alloc(2_200_000).toString("base64") },
      ]),
    );
    const message = await failure(run.up({ ...bench.args, auxFiles: many }));
    expect(message).toMatch(/create failed\. [\s\S]*These 26 files have 70\.4 MB in the request/);
    expect(message.length).toBeLessThan(1_500);
  });
});

describe("the main file is the instance's own", () => {
  const systems = [{ hostname: "web-1", configPath: "/etc/nginx/edge.conf" }, { hostname: "web-2" }];
  const edge = { files: { "/etc/nginx/edge.conf": main }, onDelete: { "/etc/nginx/edge.conf": "events {}\n" } };

  test("whatever its name", async () => {
    await start({ systems });
    await run.up({ ...bench.args, ...edge });
    expect(hexOf("/etc/nginx/edge.conf")).toBe(Buffer.from(main).toString("hex"));
    const { id } = run.state ?? {};
    await run.destroy();
    expect(bench.live(String(id))).toEqual(edge.onDelete);
  });

  test.each<[string, Properties, string]>([
    ["files", {}, "files lack the main file, /etc/nginx/edge.conf"],
    [
      "what is left behind",
      { files: { ...files, ...edge.files } },
      "onDelete lack the main file, /etc/nginx/edge.conf",
    ],
  ])("and missing among %s it is told before anything is published", async (_, more, words) => {
    await start({ systems });
    const message = await failure(run.up({ ...bench.args, ...more }));
    expect(message).toMatch(/^NginxConfig web on \/systems\/[^/]+\/instances\/[^/]+: create failed\. /);
    expect(message).toContain(
      `${words}; a publish without it would leave nginx without a config. Nothing was published.`,
    );
    expect(publishes()).toBe(0);
  });

  test("and of a group its agents say it", async () => {
    await start({ target: "group" });
    const args = { ...bench.args, files: { [siteFile]: site("hello") }, onDelete: "retain" };
    expect(await failure(run.up(args))).toMatch(/should not delete \/etc\/nginx\/nginx\.conf/);
  });
});

test("a list of files in a message ends", async () => {
  await start();
  await run.up({
    ...bench.args,
    files: {
      ...files,
      ...Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`/etc/nginx/conf.d/${n}.conf`, "# x\n"])),
    },
  });
  run = newRun();
  await run.up(bench.args);
  const lines = String(warnings[0]?.message).split("\n");
  expect(lines).toHaveLength(52);
  expect(lines[0]).toMatch(/^The first publish to \/systems\//);
  expect(lines[51]).toBe("  and 250 more");
});
