// Good and bad days of a config that other resources do not share.
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { nginxConfigInputs } from "../../provider/nim/nginxConfig.ts";
import type { NginxConfigInputs } from "../../provider/nim/nginxConfigTypes.ts";
import type { NimSimulatorOptions, NimSwitches } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { issue } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { createTestWorld } from "../tools/world.ts";
import { auxFiles, files, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;
let warnings: { message: string }[];

async function start(target: "instance" | "group", options: NimSimulatorOptions = {}): Promise<void> {
  bench = await startConfigBench(target, options);
  run = newRun();
}

function newRun(): ResourceRun {
  const world = bench.newProcess();
  warnings = world.warnings;
  const provider = world.providers.byName.NginxConfig as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
}

const control = () => bench.simulator.control;
const idOf = ({ instance }: Properties) => {
  const { systemUid, instanceUid } = instance as Properties;
  return `/systems/${systemUid}/instances/${instanceUid}`;
};
const publishes = () => control().requests.count(`POST ${api}/**/config`);
const live = () => bench.live(run.state?.id ?? "") ?? {};
const statuses = () => ((run.state?.outputs.instances ?? []) as { status: string }[]).map(({ status }) => status);
const edit = (content: string | null, path = siteFile) =>
  control().editConfig({ target: "web-1", path, content, via: "ui", user: "alice" });
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

afterEach(() => bench?.close());

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof nginxConfigInputs>>().toEqualTypeOf<NginxConfigInputs>();
});

describe("refused before anything is sent", () => {
  const withFile = (path: string, text = "") => ({ files: { ...files, [path]: text } });
  test.each<[string, Properties, RegExp]>([
    ["a relative path", withFile("conf.d/x.conf"), /^files\["conf.d\/x.conf"\]: must be absolute/],
    [
      "a way out of the folder",
      withFile("/etc/nginx/../passwd"),
      /^files\["\/etc\/nginx\/\.\.\/passwd"\]: must not have empty parts/,
    ],
    ["an empty part", withFile("/etc//nginx/x"), /must not have empty parts/],
    ["a folder", withFile("/etc/nginx/conf.d/"), /must not have empty parts/],
    ["no files at all", { files: {} }, /^files: lack the main file/],
    ["nothing to leave behind", { onDelete: {} }, /^onDelete: has none of .* lack the main file/],
    [
      "nothing to leave behind that could be the main file",
      { onDelete: { "/etc/nginx/conf.d/closed.conf": "" } },
      /^onDelete: has none of the files that are declared, so one of both must lack the main file; a publish without it/,
    ],
    ["another word for it", { onDelete: "delete" }, /^onDelete: must be "retain", or files by path$/],
    ["a number for it", { onDelete: 5 }, /^onDelete: must be "retain", or files by path$/],
    [
      "a wrong path among what is to be left behind",
      { onDelete: { "etc/nginx.conf": "" } },
      /^onDelete\["etc\/nginx\.conf"\]: must be absolute/,
    ],
    [
      "a file of 2.4 MB there",
      { onDelete: { "/etc/nginx/nginx.conf": "x".repeat(2_359_297) } },
      /^onDelete\["\/etc\/nginx\/nginx\.conf"\]: is too long/,
    ],
    [
      "one file twice",
      { auxFiles: { [siteFile]: "x" } },
      /^auxFiles\["\/etc\/nginx\/conf\.d\/shop\.conf"\]: is in files too/,
    ],
    [
      "a file of 2.4 MB",
      withFile("/etc/nginx/big.conf", "x".repeat(2_359_297)),
      /^files\["\/etc\/nginx\/big\.conf"\]: is too long/,
    ],
    ["an instance and a group", { instanceGroup: "x" }, /^instance: or instanceGroup must be given, and not both/],
    ["neither", { instance: undefined }, /^instance: or instanceGroup/],
    ["a commit of 151 characters", { externalId: "x".repeat(151) }, /^externalId: .*150/],
  ])("%s", async (_, more, message) => {
    await start("instance");
    const args = Object.fromEntries(
      Object.entries({ ...bench.args, ...more }).filter(([, value]) => value !== undefined),
    );
    await expect(run.up(args)).rejects.toThrow(message);
    expect(bench.requests("* /**")).toBe(0);
  });
});

describe("publishing", () => {
  test("keeps bytes: CRLF, no newline at the end, other scripts, an empty file, and both sides of an aux file", async () => {
    await start("instance");
    const odd = { ...files, [siteFile]: "server { }\r\n# Grüße, 世界 \u{1F30D}", "/etc/nginx/conf.d/empty.conf": "" };
    await run.up({ ...bench.args, files: odd });
    expect(live()).toMatchObject(odd);
    expect(await run.refresh()).toEqual([]);
  });

  test("says beforehand what it removes and what it replaces", async () => {
    await start("instance");
    await run.up(bench.args);
    expect(warnings.map(({ message }) => message)).toEqual([
      [
        `The first publish to ${idOf(bench.args)}`,
        "  removes /etc/nginx/conf.d/default.conf",
        "  removes /etc/nginx/mime.types",
        "  replaces /etc/nginx/nginx.conf",
      ].join("\n"),
    ]);
  });

  test("is refused the first time where it would remove a file that the program does not declare, and says which", async () => {
    await start("instance");
    const { adopt: _, ...careful } = bench.args;
    expect(await failure(run.up(careful))).toBe(
      [
        `NginxConfig web on ${idOf(careful)}: create failed. It has a config with files that this stack does not declare, which the first publish would remove:`,
        "  /etc/nginx/conf.d/default.conf",
        "  /etc/nginx/mime.types",
        `Nothing was published. Put them into the program to keep them, or set "adopt: true" to publish over them.`,
      ].join("\n"),
    );
    expect(publishes()).toBe(0);
    expect(run.state).toBeUndefined();
  });

  test("needs no word of the user where nothing would go but what the program declares otherwise", async () => {
    await start("instance");
    const { adopt: _, ...careful } = bench.args;
    const packaged = { "/etc/nginx/conf.d/default.conf": "# ours\n", "/etc/nginx/mime.types": "types {}\n" };
    expect(await run.up({ ...careful, files: { ...files, ...packaged } })).toBe("create");
    expect(live()).toHaveProperty(["/etc/nginx/conf.d/default.conf"], "# ours\n");
  });

  test("needs a word of the user where another stack or pipeline has published, though it declares the same files", async () => {
    await start("instance");
    await run.up({ ...bench.args, externalId: "release-7" });
    const { adopt: _, ...careful } = bench.args;
    const other = newRun();
    const changed = { ...careful, files: { ...files, [siteFile]: site("another stack") }, externalId: "release-8" };
    const message = await failure(other.up(changed));
    expect(message).toContain('was published from "release-7" by another stack or pipeline');
    expect(message).toContain("adopt: true");
    expect(live()).toHaveProperty([siteFile], site("hello"));
    expect(await other.up({ ...changed, adopt: true })).toBe("create");
    expect(live()).toHaveProperty([siteFile], site("another stack"));
  });

  test("needs none where the stack itself has left its baseline", async () => {
    await start("instance");
    await run.up(bench.args);
    await run.destroy();
    const { adopt: _, ...careful } = bench.args;
    expect(await newRun().up(careful)).toBe("create");
  });

  test("needs no word of the user for what NIM has put there itself", async () => {
    await start("instance");
    const managed = await issue("www.example.com");
    const [first] = bench.simulator.instances;
    control().write("certs", "www", {
      name: "www",
      certPEMDetails: { publicCert: managed.certificate, privateKey: managed.key },
      instanceRefs: [`${api}/systems/${first?.systemUid}/instances/${first?.instanceUid}`],
    });
    const { adopt: _, ...careful } = bench.args;
    const message = await failure(run.up(careful));
    expect(message).toContain("  /etc/nginx/mime.types\n");
    expect(message).not.toContain("www");
  });

  test("needs the word once: what somebody adds later stops an update all the same", async () => {
    await start("instance");
    await run.up(bench.args);
    await edit("# alice's\n", "/etc/nginx/conf.d/alice.conf");
    expect(await failure(run.up(bench.changed.args))).toContain("/etc/nginx/conf.d/alice.conf");
    expect(live()).toHaveProperty(["/etc/nginx/conf.d/alice.conf"]);
  });

  test("takes the word out of the program without a publish", async () => {
    await start("instance");
    await run.up(bench.args);
    const { adopt: _, ...careful } = bench.args;
    expect(await run.up(careful)).toBe("update");
    expect(publishes()).toBe(1);
    expect(await run.up(careful)).toBe("same");
  });

  test("carries the Git commit of the program, or what the program says", async () => {
    await start("instance");
    await run.up(bench.args);
    const versions = () => (control().history.of(`${api}${run.state?.id}/config`).at(-1)?.body ?? {}) as Properties;
    const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
    // Whoever changes this repository has files that differ from its commit (test/nim/gitCommit.test.ts).
    expect([commit, `${commit}-dirty`]).toContain(versions().externalId);
    expect(versions().externalIdType).toBe(versions().externalId === commit ? "git" : "other");
    expect(await run.up({ ...bench.args, externalId: "release-7" })).toBe("update");
    expect(versions()).toMatchObject({ externalId: "release-7", externalIdType: "other" });
    expect(await run.up({ ...bench.args, externalId: "release-7" })).toBe("same");
  });

  test("an edit that only took the commit away is drift when the program declares it", async () => {
    await start("instance");
    await run.up({ ...bench.args, externalId: "release-7" });
    await edit(site("hello"));
    expect(await run.refresh()).toEqual(["externalId"]);
  });

  test("a config that nginx refuses is an error with its words; state and config stay", async () => {
    await start("instance");
    await run.up(bench.args);
    const [before, content] = [run.state, live()];
    const broken = { ...bench.args, files: { ...files, [siteFile]: "server {" }, analyze: "off" };
    const message = await failure(run.up(broken));
    expect(message).toContain("the one before is still served");
    expect(message).toMatch(/\[emerg\] .* in \/etc\/nginx\/conf\.d\/shop\.conf:1/);
    expect(run.state).toEqual(before);
    expect(live()).toEqual(content);
    expect(await run.up(bench.changed.args)).toBe("update");
  });

  test.each<[string, Partial<NimSwitches>]>([
    ["while it ran", { deploymentMilliseconds: 3_000 }],
    ["after it ended", {}],
  ])("a run that was killed %s is found again, and not published twice", async (_, switches) => {
    await start("instance", { switches });
    const { inputs } = await run.provider.check({}, { ...bench.args, auxFiles: {}, ...run.constants });
    const killed = run.provider.create(inputs);
    while (publishes() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    run = newRun();
    expect(await run.up({ ...bench.args, auxFiles: {} })).toBe("create");
    await killed;
    expect(publishes()).toBe(1);
    expect(run.state?.outputs.instances).toEqual([{ name: "web-1", status: "success", message: "" }]);
  });

  test("what is there is not published again, whatever order an agent reports its files in", async () => {
    await start("instance");
    const reversed = Object.fromEntries(
      Object.entries({ ...files, "/etc/nginx/conf.d/api.conf": "# api\n" }).reverse(),
    );
    await run.up({ ...bench.args, files: reversed });
    run = newRun();
    expect(await run.up({ ...bench.args, files: reversed })).toBe("create");
    expect(publishes()).toBe(1);
  });

  test("NIM may restart and forget the deployment: what is there decides", async () => {
    await start("instance");
    control().hook({ after: ({ method }) => void (method === "POST" && control().forgetDeployments()) });
    expect(await run.up(bench.args)).toBe("create");
    expect(live()).toMatchObject(files);
  });

  test("somebody's publish in the moment between our read and ours is not overwritten", async () => {
    await start("instance");
    await run.up(bench.args);
    let edited = false;
    control().hook({
      before: async ({ method, path }) => {
        if (method !== "POST" || !path.endsWith("/config") || edited) return;
        edited = true;
        control().clock.advance(1_000);
        await edit(site("alice was here"));
      },
    });
    const message = await failure(run.up(bench.changed.args));
    expect(message).toMatch(
      /changed by somebody else.*in NIM's UI or on the host itself at [\s\S]*shop\.conf[\s\S]*pulumi up --refresh/,
    );
    expect(live()[siteFile]).toBe(site("alice was here"));
  });

  test("a file that somebody added is drift, stops an update, and goes when the stack says so", async () => {
    await start("instance");
    await run.up(bench.args);
    await edit("# alice's\n", "/etc/nginx/conf.d/alice.conf");
    expect(await failure(run.up(bench.changed.args))).toContain("/etc/nginx/conf.d/alice.conf");
    expect(await run.refresh()).toEqual(["files"]);
    expect(run.state?.inputs.files).toHaveProperty(["/etc/nginx/conf.d/alice.conf"], "# alice's\n");
    await run.up(bench.args);
    expect(live()).not.toHaveProperty(["/etc/nginx/conf.d/alice.conf"]);
  });

  test("a file that somebody deleted is drift too", async () => {
    await start("instance");
    await run.up(bench.args);
    await edit(null);
    expect(await run.refresh()).toEqual(["files"]);
    await run.up(bench.args);
    expect(live()).toMatchObject(files);
  });
});

describe("a file that lay on the host, and that a publish makes part of the config", () => {
  const legacy = "/etc/nginx/sites-enabled/legacy.conf";
  const mainFile = "/etc/nginx/nginx.conf";
  const packaged = { "/etc/nginx/conf.d/default.conf": "# ours\n", "/etc/nginx/mime.types": "types {}\n" };
  const including = `${files[mainFile].replace("http {", "http {\n    include /etc/nginx/sites-enabled/*.conf;")}`;
  const careful = (more: Properties = {}) => {
    const { adopt: _, ...rest } = bench.args;
    return { ...rest, files: { ...files, ...packaged, [mainFile]: including, ...more } };
  };
  const begin = async () => {
    await start("instance");
    await edit("# legacy\n", legacy);
  };

  test("is told at once, and again until the program says what is to become of it", async () => {
    await begin();
    const message = await failure(run.up(careful()));
    expect(message).toContain("files that lay on the host and that the program does not declare");
    expect(message).toContain(`  ${legacy}`);
    expect(message).toContain("adopt: true");
    expect(message).not.toContain("somebody else");
    expect(await failure(run.up(careful()))).toContain(`  ${legacy}`);
    expect(publishes()).toBe(1);
    expect(live()).toHaveProperty([legacy], "# legacy\n");
  });

  test("is kept by putting it into the program", async () => {
    await begin();
    await failure(run.up(careful()));
    const kept = careful({ [legacy]: "# legacy\n" });
    expect(await run.up(kept)).toBe("update");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(kept)).toBe("same");
    expect(live()).toHaveProperty([legacy], "# legacy\n");
  });

  test("goes with adopt: true, at once or afterwards", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await run.up({ ...careful(), adopt: true })).toBe("update");
    expect(live()).not.toHaveProperty([legacy]);
    expect(await run.up({ ...careful(), adopt: true })).toBe("same");
    await bench.close();
    await begin();
    expect(await run.up({ ...careful(), adopt: true })).toBe("create");
    expect(live()).not.toHaveProperty([legacy]);
    expect(warnings.at(-1)?.message).toBe(
      [
        `Removed from ${idOf(bench.args)}, because of "adopt: true", what lay on the host and the first publish of this run had made part of the config:`,
        `  ${legacy}`,
      ].join("\n"),
    );
  });

  test("stays when the publish that was to remove it fails, and is told", async () => {
    await begin();
    // Exactly this file: without it nginx takes no config any more.
    const exactly = files[mainFile].replace("http {", `http {\n    include ${legacy};`);
    let publishesTaken = 0;
    control().hook({
      after: ({ method, path }) => {
        if (method !== "POST" || !path.endsWith("/config")) return;
        publishesTaken += 1;
        if (publishesTaken === 1) control().refuse("web-1", `open() "${legacy}" failed`);
      },
    });
    const message = await failure(run.up({ ...careful({ [mainFile]: exactly }), adopt: true }));
    expect(message).toContain(`open() "${legacy}" failed`);
    expect(message).toContain("This is saved in the state.");
    expect(warnings.map(({ message: text }) => text).join("\n")).not.toContain("Removed");
    expect(run.state?.outputs.undeclaredFiles).toEqual([legacy]);
    expect(live()).toHaveProperty([legacy]);
    expect(await failure(run.up(careful({ [mainFile]: exactly })))).toContain(`  ${legacy}`);
  });

  test("is told also where the answer to the publish was lost", async () => {
    await begin();
    bench.inject("POST /**/config", { kind: "reset", when: "after" });
    expect(await failure(run.up(careful()))).toContain(`  ${legacy}`);
    expect(live()).toHaveProperty([legacy], "# legacy\n");
  });

  test("is shown by a refresh, as nobody's change", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await run.refresh()).toContain("files");
    const said = warnings.map(({ message }) => message).join("\n");
    expect(said).toContain("is not as this stack declares in files; nobody has written since it looked last.");
    expect(said).toContain(`  ${legacy}`);
    expect(said).not.toContain("somebody else");
    await edit(site("alice was here"));
    await run.refresh();
    expect(warnings.map(({ message }) => message).join("\n")).toContain("somebody else (NIM does not say who)");
  });

  test("is not replaced by another content that its user has not seen, and nobody else is blamed for it", async () => {
    await begin();
    await failure(run.up(careful()));
    const message = await failure(run.up(careful({ [legacy]: "# ours\n" })));
    expect(message).toContain(`nobody has written since:\n  files["${legacy}"]\nNothing was published.`);
    expect(live()).toHaveProperty([legacy], "# legacy\n");
  });

  test("but not what somebody puts there afterwards", async () => {
    await begin();
    await failure(run.up(careful()));
    await edit("# alice's\n", "/etc/nginx/sites-enabled/alice.conf");
    const message = await failure(run.up({ ...careful(), adopt: true }));
    expect(message).toContain("/etc/nginx/sites-enabled/alice.conf");
    expect(message).not.toContain(legacy);
  });

  test("is not what a destroy removes without a word", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await failure(run.destroy())).toContain(`  ${legacy}`);
    expect(live()).toHaveProperty([legacy]);
  });
});

describe("what agents do not report, or NIM puts there itself", () => {
  const keyFile = "/etc/nginx/ssl/own.key";
  const tls = (name: string) =>
    `server { listen 443 ssl; ssl_certificate /etc/nginx/ssl/${name}.crt; ssl_certificate_key /etc/nginx/ssl/${name}.key; }\n`;

  test("a private key among the aux files is published, never read back, and no drift", async () => {
    await start("instance");
    const own = await issue("own.example.com");
    const withKey = {
      ...bench.args,
      files: { ...files, "/etc/nginx/conf.d/tls.conf": tls("own") },
      auxFiles: { ...auxFiles, [keyFile]: own.key, "/etc/nginx/ssl/own.crt": own.certificate },
    };
    await run.up(withKey);
    expect(run.state?.outputs.unreadableFiles).toEqual([keyFile]);
    expect(await run.refresh()).toEqual([]);
    expect(run.state?.inputs.auxFiles).toMatchObject({ [keyFile]: own.key });
    expect(await run.up(withKey)).toBe("same");
    const other = await issue("own.example.com");
    const renewed = { ...withKey.auxFiles, [keyFile]: other.key, "/etc/nginx/ssl/own.crt": other.certificate };
    expect(await run.up({ ...withKey, auxFiles: renewed })).toBe("update");
  });

  test("a certificate that NIM manages and deploys is neither drift nor removed", async () => {
    await start("instance");
    const managed = await issue("www.example.com");
    const certPEMDetails = { publicCert: managed.certificate, privateKey: managed.key };
    const [first] = bench.simulator.instances;
    const instanceRefs = [`${api}/systems/${first?.systemUid}/instances/${first?.instanceUid}`];
    control().write("certs", "www", { name: "www", certPEMDetails, instanceRefs });
    await run.up({ ...bench.args, files: { ...files, "/etc/nginx/conf.d/tls.conf": tls("www") } });
    expect(await run.refresh()).toEqual([]);
    expect(live()).toHaveProperty(["/etc/nginx/ssl/www.crt"]);
  });
});

describe("what is left behind on an instance group", () => {
  const closed = { [siteFile]: "# closed\n" };
  const edge = "/etc/nginx/edge.conf";
  const both = { ...files, [edge]: files["/etc/nginx/nginx.conf"] };
  const systems = [{ hostname: "web-1" }, { hostname: "web-2", configPath: edge }];
  const members = `GET ${api}/systems/*/instances/*`;

  test("without the main file is told when it is declared, not when it would be published", async () => {
    await start("group");
    const words =
      "onDelete lack the main file, /etc/nginx/nginx.conf; a publish without it would leave nginx without a config. Nothing was published.";
    expect(await failure(run.up({ ...bench.args, onDelete: closed }))).toContain(`create failed. ${words}`);
    await run.up({ ...bench.args, onDelete: "retain" });
    expect(await failure(run.up({ ...bench.args, onDelete: closed }))).toContain(`update failed. ${words}`);
    expect(publishes()).toBe(1);
  });

  test("has the main files of all members that take the config: each has its own", async () => {
    await start("group", { systems });
    const onDelete = { ...closed, "/etc/nginx/nginx.conf": "events {}\n" };
    expect(await failure(run.up({ ...bench.args, files: both, onDelete }))).toContain(
      `onDelete lack the main file, ${edge};`,
    );
    expect(await run.up({ ...bench.args, files: both, onDelete: { ...onDelete, [edge]: "events {}\n" } })).toBe(
      "create",
    );
    expect(statuses()).toEqual(["success", "success"]);
    const { id = "" } = run.state ?? {};
    // Each member shows its own main file and not the other's: nobody has changed anything.
    await run.destroy();
    expect(bench.live(id)).toHaveProperty([edge], "events {}\n");
  });

  test("need not have that of a member that does not take the config either", async () => {
    await start("group", { systems });
    expect(await failure(run.up(bench.args))).toContain("web-2: Config apply failed (write): should not delete");
    expect(statuses()).toEqual(["success", "failure"]);
  });

  test("is looked at once, and only where a main file could be missing", async () => {
    await start("group");
    await run.up({ ...bench.args, onDelete: "retain" });
    const asked = async (args: Properties) => {
      const before = control().requests.count(members);
      await run.up(args);
      return control().requests.count(members) - before;
    };
    expect(await asked({ ...bench.args, onDelete: files })).toBe(0);
    expect(await asked(bench.args)).toBe(2);
    expect(await asked(bench.changed.args)).toBe(0);
    expect(await asked({ ...bench.args, files: { ...files, "/etc/nginx/conf.d/new.conf": "# new\n" } })).toBe(2);
  });

  test("is told by the delete alone to a login that must not look at the members", async () => {
    await start("group");
    bench.inject(`GET ${api}/instances`, { kind: "refusal", name: "denied 403" });
    await run.up({ ...bench.args, onDelete: closed });
    expect(await failure(run.destroy())).toMatch(/should not delete \/etc\/nginx\/nginx\.conf/);
  });
});

describe("an instance group", () => {
  test("of which nobody is online has not taken the config: it is said, saved, and done by the next up", async () => {
    await start("group", { switches: { validateConfig: "ignore" } });
    for (const name of ["web-1", "web-2"]) await control().setOnline(name, false);
    const nonsense = { ...bench.args, files: { ...files, [siteFile]: "server {" }, analyze: "off" };
    const message = await failure(run.up(nonsense));
    expect(message).toMatch(/no instance .* is online.*nobody has taken or checked the config/i);
    expect(run.state?.outputs.deploymentUid).not.toBe("");
    expect(statuses()).toEqual(["pending"]);
    for (const name of ["web-1", "web-2"]) await control().setOnline(name, true);
    expect(await run.up(bench.args)).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
    expect(await run.up(bench.args)).toBe("same");
  });

  test("also the same program goes out again when somebody is online", async () => {
    await start("group");
    for (const name of ["web-1", "web-2"]) await control().setOnline(name, false);
    await failure(run.up(bench.args));
    await run.refresh();
    for (const name of ["web-1", "web-2"]) await control().setOnline(name, true);
    expect(await run.up(bench.args)).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
  });

  test("of which one member refuses is saved as it is, says which and why, and healed by the next up", async () => {
    await start("group");
    control().refuse("web-2", "Config apply failed (write): no space left on device");
    const message = await failure(run.up(bench.args));
    expect(message).toMatch(
      /Some instances refused the config[\s\S]*web-2: Config apply failed \(write\): no space left/,
    );
    expect(run.state?.outputs.instances).toEqual([
      { name: "web-1", status: "success", message: "" },
      { name: "web-2", status: "failure", message: "Config apply failed (write): no space left on device" },
    ]);
    // Also after a refresh, which forgets the engine's own mark.
    await run.refresh();
    control().refuse("web-2");
    expect(await run.up(bench.args)).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
    expect(await run.up(bench.args)).toBe("same");
  });

  test("of which somebody edited one member on its host drifts, and is brought back", async () => {
    await start("group");
    await run.up(bench.args);
    await control().editConfig({
      target: "web-2",
      path: siteFile,
      content: site("alice was here"),
      via: "dataPlane",
      user: "alice",
    });
    await run.refresh();
    expect(run.state?.outputs.instances).toContainEqual(expect.objectContaining({ status: "changed" }));
    expect(await run.up(bench.args)).toBe("update");
    const member = bench.simulator.instances[1];
    expect(bench.live(`/systems/${member?.systemUid}/instances/${member?.instanceUid}`)).toMatchObject(files);
    expect(await run.up(bench.args)).toBe("same");
  });

  const memberPath = () => {
    const member = bench.simulator.instances[1];
    return `/systems/${member?.systemUid}/instances/${member?.instanceUid}`;
  };
  const editMember = () =>
    control().editConfig({ target: "web-2", path: siteFile, content: site("alice"), via: "dataPlane", user: "alice" });
  const publishToMember = async (externalId?: string) => {
    const { username, password, handle, instances } = bench.simulator;
    const [, second] = instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
    const environment = { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: username, NIM_PASSWORD: password };
    const provider = createTestWorld(handle, { environment }).providers.byName.NginxConfig as ResourceRun["provider"];
    const other = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::other::x::web-2", __provider: "text" });
    const config = { ...files, [siteFile]: site("another stack") };
    await other.up({ instance: second, files: config, auxFiles, adopt: true, ...(externalId ? { externalId } : {}) });
  };

  test.each<[string, Properties, () => Promise<void>]>([
    ["by hand", { externalId: "release-7" }, editMember],
    ["by another stack with a commit of its own", { externalId: "release-7" }, () => publishToMember("theirs")],
    ["by another stack from the same commit", { externalId: "release-7" }, () => publishToMember("release-7")],
  ])(
    "of which somebody changed one member %s is not published over before a refresh has shown it",
    async (_, more, change) => {
      await start("group");
      const { args, changed } = bench;
      await run.up({ ...args, ...more });
      expect(await run.up({ ...args, ...more })).toBe("same");
      await change();
      const theirs = bench.live(memberPath());
      expect(await failure(run.up({ ...changed.args, ...more }))).toMatch(
        /changed apart from .*: web-2[\s\S]*pulumi up --refresh/,
      );
      expect(bench.live(memberPath())).toEqual(theirs);
      await run.refresh();
      expect(warnings.map(({ message }) => message).join()).toContain("web-2");
      expect(run.state?.outputs.instances).toContainEqual(
        expect.objectContaining({ name: "web-2", status: "changed" }),
      );
      expect(await run.up({ ...changed.args, ...more })).toBe("update");
      expect(bench.live(memberPath())).toMatchObject(changed.args.files as object);
      expect(await run.up({ ...changed.args, ...more })).toBe("same");
      expect(await run.refresh()).toEqual([]);
    },
  );

  test("of which all refuse is an error, and nothing is recorded", async () => {
    await start("group");
    for (const name of ["web-1", "web-2"]) control().refuse(name, "read-only file system");
    const message = await failure(run.up(bench.args));
    expect(message).toMatch(
      /The config was refused; the one before is still served\.\nweb-1: read-only[\s\S]*web-2: read-only/,
    );
    expect(run.state).toBeUndefined();
  });

  test("of which one member is away is published to the others", async () => {
    await start("group");
    await control().setOnline("web-2", false);
    expect(await run.up(bench.args)).toBe("create");
    expect(run.state?.outputs.instances).toEqual([{ name: "web-1", status: "success", message: "" }]);
  });
});

describe("deleting", () => {
  test("leaves the config by default, and asks nobody", async () => {
    await start("instance");
    const { onDelete: _, ...retained } = bench.args;
    await run.up(retained);
    bench.requests("* /**");
    await run.destroy();
    expect(bench.requests("* /**")).toBe(0);
  });

  test("publishes the baseline when there is one", async () => {
    await start("instance");
    await run.up(bench.args);
    const { id } = run.state ?? {};
    await run.destroy();
    expect(bench.live(String(id))).toEqual(bench.args.onDelete);
  });

  test("stops when somebody changed the config since", async () => {
    await start("instance");
    await run.up(bench.args);
    await edit(site("alice was here"));
    const message = await failure(run.destroy());
    expect(message).toContain(siteFile);
    expect(message).toContain('"pulumi destroy --refresh" writes over it');
    expect(live()[siteFile]).toBe(site("alice was here"));
    // The way out that the message names.
    const { id = "" } = run.state ?? {};
    await run.refresh();
    await run.destroy();
    expect(bench.live(id)).toEqual(bench.args.onDelete);
  });

  test("that the instance refuses leaves all as it was", async () => {
    await start("instance");
    await run.up(bench.args);
    control().refuse("web-1", "no space left on device");
    const message = await failure(run.destroy());
    expect(message).toContain(
      "The config was refused; the one before is still served.\nweb-1: no space left on device",
    );
    expect(message).not.toContain("saved in the state");
    control().refuse("web-1");
    const { id = "" } = run.state ?? {};
    await run.destroy();
    expect(bench.live(id)).toEqual(bench.args.onDelete);
  });

  test("an instance that NIM no longer knows is no failure", async () => {
    await start("instance");
    await run.up(bench.args);
    bench.inject(
      "GET /**",
      { kind: "respond", when: "before", status: 404, body: { code: 404, message: "Instance Not Found" } },
      9,
    );
    await run.destroy();
  });
});

test("an instance that NIM has pruned keeps its resource, and the user is told; a config that is gone is gone", async () => {
  await start("instance");
  await run.up(bench.args);
  const before = structuredClone(run.state);
  const gone = (what: string) =>
    ({ kind: "respond", when: "before", status: 404, body: { code: 404, message: `${what} Not Found` } }) as const;
  bench.inject("GET /**", gone("Instance"), 9);
  await run.refresh();
  expect(run.state).toEqual(before);
  expect(warnings.at(-1)?.message).toMatch(/NIM no longer knows \/systems\/.*pruned.*the resource is kept/);
  control().faults.clear();
  bench.inject("GET /**/config", gone("Config"), 9);
  await run.refresh();
  expect(run.state).toBeUndefined();
});

test("an instance that does not exist is one clear error", async () => {
  await start("instance");
  const message = await failure(run.up({ ...bench.args, instance: { systemUid: "a", instanceUid: "b" } }));
  expect(message).toContain(
    "NIM knows no /systems/a/instances/b. Check the uids, and whether its agent is registered.",
  );
});
