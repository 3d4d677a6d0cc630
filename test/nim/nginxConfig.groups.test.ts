// What lies on one member's host of an instance group: the group's own config never shows it.
import { afterEach, describe, expect, test } from "vitest";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { issue } from "../tools/pki.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { files, mainFile, pageFile, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let run: ResourceRun;
let warnings: { message: string }[];

async function start(options: NimSimulatorOptions = {}, environment = {}): Promise<void> {
  bench = await startConfigBench("group", options);
  const world = bench.newProcess(environment);
  warnings = world.warnings;
  const provider = world.providers.byName.NginxConfig as ResourceRun["provider"];
  run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
}

const control = () => bench.simulator.control;
const group = () => `/instance-groups/${bench.simulator.instanceGroup}`;
const warned = () => warnings.map(({ message }) => message).join("\n");
const publishes = () => control().requests.count("POST /**/config");
const textOn = (host: string, path: string) => control().diskOf(host).get(path)?.toString();
const putOn = (target: string, path: string, content: string | null) =>
  control().editConfig({ target, path, content, via: "dataPlane", user: "alice" });
const statuses = () => ((run.state?.outputs.instances ?? []) as { status: string }[]).map(({ status }) => status);
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

afterEach(() => bench?.close());

const folder = "/etc/nginx/sites-enabled";
const legacy = `${folder}/legacy.conf`;
const wide = files[mainFile].replace("http {", `http {\n    include ${folder}/*.conf;`);

/** The program, without `adopt`; with the include that picks up what lies in the folder. */
const careful = (more: Properties = {}) => {
  const { adopt: _, ...rest } = bench.args;
  return { ...rest, files: { ...files, [mainFile]: wide, ...more } };
};
const adopting = (more?: Properties) => ({ ...careful(more), adopt: true });

/** The group has its config, and a file lies in a folder that no config names. */
async function begin(options?: NimSimulatorOptions, ...hosts: string[]): Promise<void> {
  await start(options);
  await run.up(bench.args);
  for (const host of hosts.length > 0 ? hosts : ["web-1"]) await putOn(host, legacy, "# legacy\n");
}

describe("a file that a publish makes part of one member's config", () => {
  test("is told at once with its host, and again until the program says what is to become of it", async () => {
    await begin();
    const told = await failure(run.up(careful()));
    expect(told).toContain(
      [
        "It serves files that lay on the host and that the program does not declare, since a publish of this stack has made them part of the config:",
        `  ${legacy} on web-1`,
        `Put them into the program to keep them, or set "adopt: true" to remove them.`,
        "This is saved in the state.",
      ].join("\n"),
    );
    expect(run.state?.outputs.undeclaredFiles).toEqual([legacy]);
    for (const more of [{}, { [siteFile]: site("later") }, { [mainFile]: files[mainFile] }])
      expect(await failure(run.up(careful(more)))).toContain(`  ${legacy} on web-1`);
    expect(publishes()).toBe(2);
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
    expect(textOn("web-2", siteFile)).toBe(site("hello"));
  });

  test("is shown by a refresh with what it holds, and kept all the same", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await run.refresh()).toContain("files");
    expect(warned()).toContain(`  ${legacy} on web-1`);
    expect(warned()).not.toContain("somebody else");
    expect(run.state?.inputs.files).toHaveProperty([legacy], "# legacy\n");
    expect(await failure(run.up(careful()))).toContain(`  ${legacy} on web-1`);
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
  });

  test.each([false, true])(
    "is kept, and comes to all members, by putting it into the program (refreshed: %s)",
    async (isRefreshed) => {
      await begin();
      await failure(run.up(careful()));
      if (isRefreshed) await run.refresh();
      const kept = careful({ [legacy]: "# legacy\n" });
      expect(await run.up(kept)).toBe("update");
      expect([textOn("web-1", legacy), textOn("web-2", legacy)]).toEqual(["# legacy\n", "# legacy\n"]);
      expect(await run.up(kept)).toBe("same");
      expect(await run.refresh()).toEqual([]);
    },
  );

  test("is not replaced by another content of that name that its user has not seen", async () => {
    await begin();
    await failure(run.up(careful()));
    const other = careful({ [legacy]: "# ours\n" });
    const message = await failure(run.up(other));
    expect(message).toContain(`  files["${legacy}"]`);
    expect(message).not.toContain("somebody else");
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
    await run.refresh();
    expect(await run.up(other)).toBe("update");
    expect([textOn("web-1", legacy), textOn("web-2", legacy)]).toEqual(["# ours\n", "# ours\n"]);
  });

  test("goes with adopt: true, and is told as gone", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await run.up(adopting())).toBe("update");
    expect(textOn("web-1", legacy)).toBeUndefined();
    expect(await run.up(adopting())).toBe("same");
    expect(await run.refresh()).toEqual([]);
    await bench.close();

    await begin();
    expect(await run.up(adopting())).toBe("update");
    expect(textOn("web-1", legacy)).toBeUndefined();
    expect(warnings.at(-1)?.message).toBe(
      [
        `Removed from ${group()}, because of "adopt: true", what lay on the host and the first publish of this run had made part of the config:`,
        `  ${legacy} on web-1`,
      ].join("\n"),
    );
    expect(await run.up(adopting())).toBe("same");
  });

  test("also where it lies on all of them, and their hashes are one", async () => {
    await begin({}, "web-1", "web-2");
    expect(await failure(run.up(careful()))).toContain(`  ${legacy} on web-1, web-2`);
    expect(await failure(run.up(careful()))).toContain(`  ${legacy} on web-1, web-2`);
    expect(publishes()).toBe(2);
  });

  test("also where another member refused: the publish that heals it removes nothing", async () => {
    await begin();
    control().refuse("web-2", "no space left on device");
    const told = await failure(run.up(careful()));
    expect(told).toContain("web-2: no space left on device");
    expect(told).toContain(`  ${legacy} on web-1`);
    control().refuse("web-2");
    expect(await failure(run.up(careful()))).toContain(`  ${legacy} on web-1`);
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
    expect(await run.up(adopting())).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
  });

  test("also where the answer to the publish was lost", async () => {
    await begin();
    bench.inject("POST /**/config", { kind: "reset", when: "after" });
    expect(await failure(run.up(careful()))).toContain(`  ${legacy} on web-1`);
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
  });

  test("also while its member is away: what was told is not forgotten", async () => {
    await begin();
    await failure(run.up(careful()));
    await control().setOnline("web-1", false);
    await run.refresh();
    expect(run.state?.outputs.undeclaredFiles).toEqual([legacy]);
    expect(await failure(run.up(careful({ [siteFile]: site("later") })))).toContain(`  ${legacy} on web-1`);
  });

  test("is not what a destroy removes without a word", async () => {
    await begin();
    await failure(run.up(careful()));
    expect(await failure(run.destroy())).toContain(`  ${legacy} on web-1`);
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
  });

  test("is forgotten when it is gone from the host", async () => {
    await begin();
    await failure(run.up(careful()));
    await putOn("web-1", legacy, null);
    await run.refresh();
    expect(run.state?.outputs.undeclaredFiles).toEqual([]);
    expect(await run.up(careful())).toBe("same");
    expect(await run.up(careful({ [siteFile]: site("later") }))).toBe("update");
  });

  test("is told as what it is, and what somebody does to the member afterwards as theirs", async () => {
    await begin();
    await failure(run.up(careful()));
    const alice = `${folder}/alice.conf`;
    await putOn("web-1", alice, "# alice's\n");
    expect(await failure(run.up(adopting()))).toMatch(/changed apart from .*: web-1[\s\S]*pulumi up --refresh/);
    expect(textOn("web-1", alice)).toBe("# alice's\n");
  });
});

describe("what may differ on a member without being lost", () => {
  const key = "/etc/nginx/ssl/own.key";
  const tls =
    "server { listen 443 ssl; ssl_certificate /etc/nginx/ssl/own.crt; ssl_certificate_key /etc/nginx/ssl/own.key; }\n";

  /** A program with a private key, which no agent reports: every member's hash is another than the group's. */
  async function withKey(): Promise<(more?: Properties) => Properties> {
    const own = await issue("own.example.com");
    return (more = {}) => ({
      ...bench.args,
      files: { ...files, "/etc/nginx/conf.d/tls.conf": tls, ...more },
      auxFiles: { ...(bench.args.auxFiles as Properties), [key]: own.key, "/etc/nginx/ssl/own.crt": own.certificate },
    });
  }

  test("a private key that no agent reports", async () => {
    await start();
    const args = await withKey();
    expect(await run.up(args())).toBe("create");
    expect(await run.up(args())).toBe("same");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args({ [siteFile]: site("later") }))).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
  });

  test("but a change on one of them is found beside such a key", async () => {
    await start();
    const args = await withKey();
    await run.up(args());
    await putOn("web-2", siteFile, site("alice"));
    expect(await failure(run.up(args({ [siteFile]: site("later") })))).toMatch(/changed apart from .*: web-2/);
    expect(textOn("web-2", siteFile)).toBe(site("alice"));
  });

  /** A trusted one, without a key; below the folder of the pages, so that its agent reports it. */
  async function certificateFor(host: string): Promise<void> {
    const { certificate } = await issue("www.example.com");
    const { systemUid, instanceUid } = control()
      .instances()
      .find(({ hostname }) => hostname === host) as { systemUid: string; instanceUid: string };
    const instanceRefs = [`${api}/systems/${systemUid}/instances/${instanceUid}`];
    control().write("certs", "www", { name: "www", certPEMDetails: { publicCert: certificate }, instanceRefs });
    await control().settled();
  }

  test("a certificate that NIM has put there for one member", async () => {
    await start({ switches: { certFolder: "/etc/nginx/html" } });
    await certificateFor("web-2");
    const { adopt: _, ...rest } = bench.args;
    await run.up(bench.args);
    expect(textOn("web-2", "/etc/nginx/html/www.crt")).toContain("BEGIN CERTIFICATE");
    bench.requests("* /**");
    expect(await run.refresh()).toEqual([]);
    // The group and its config: that member's hash is known to be well.
    expect(bench.requests("* /**")).toBe(2);
    expect(await run.up({ ...rest, files: { ...files, [siteFile]: site("later") } })).toBe("update");
    expect(statuses()).toEqual(["success", "success"]);
  });

  test("a certificate that comes to one member later is no change of the config", async () => {
    await start();
    await run.up(bench.args);
    const { certificate } = await issue("www.example.com");
    await putOn("web-2", "/etc/nginx/html/www.crt", certificate);
    expect(await run.refresh()).toEqual([]);
    expect(statuses()).toEqual(["success", "success"]);
    expect(await run.up(bench.changed.args)).toBe("update");
  });

  test("but a page that is gone from one member is a change", async () => {
    await start();
    await run.up(bench.args);
    await putOn("web-2", pageFile, null);
    await run.refresh();
    expect(statuses()).toEqual(["success", "changed"]);
  });

  test("but what somebody does between the publish and the look after it is found by the next one", async () => {
    await start();
    let isEdited = false;
    control().hook({
      after: async ({ path }) => {
        if (!path.includes("/instance-groups/deployments/") || isEdited) return;
        isEdited = true;
        await putOn("web-2", siteFile, site("alice"));
      },
    });
    await run.up(bench.args);
    expect(isEdited).toBe(true);
    expect(await failure(run.up(bench.changed.args))).toMatch(/changed apart from .*: web-2\. Nothing was published/);
    await run.refresh();
    expect(statuses()).toEqual(["success", "changed"]);
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(textOn("web-2", siteFile)).toBe(site("good morning"));
  });

  test("the config before, on a member that is away", async () => {
    await start();
    const more = { "/etc/nginx/conf.d/old.conf": "# goes with the next publish\n" };
    await run.up({ ...bench.args, files: { ...files, ...more } });
    await control().setOnline("web-2", false);
    expect(await run.up(bench.args)).toBe("update");
    expect(await run.up(bench.changed.args)).toBe("update");
    expect(await run.refresh()).toEqual([]);
    await control().setOnline("web-2", true);
    expect(textOn("web-2", siteFile)).toBe(site("good morning"));
    expect(await run.up(bench.args)).toBe("update");
  });
});

test("where all members run what was published, nobody is asked for it", async () => {
  await start();
  await run.up(bench.args);
  bench.requests("* /**");
  await run.up(bench.changed.args);
  // The group and its config before and after, the analysis, the publish, and its deployment.
  expect(bench.requests("* /**")).toBe(7);
  await run.refresh();
  expect(bench.requests("* /**")).toBe(2);
});

test("where all members run one config that is not quite what was published, one is asked for all", async () => {
  await start({ systems: ["web-1", "web-2", "web-3", "web-4"].map((hostname) => ({ hostname })) });
  await run.up(bench.args);
  bench.requests("* /**");
  const auxFiles = { ...(bench.args.auxFiles as Properties), "/etc/nginx/.htpasswd": "# nothing refers to it\n" };
  await run.up({ ...bench.args, auxFiles });
  // Besides, the list of instances and one of their configs.
  expect(bench.requests("* /**")).toBe(9);
  await run.refresh();
  expect(bench.requests("* /**")).toBe(2);
});

describe("the first publish to a group", () => {
  test("lists what only one member has, by its host, and needs the user's word to remove it", async () => {
    await start();
    const own = "/etc/nginx/conf.d/own.conf";
    await putOn("web-2", own, "# web-2's\n");
    const { adopt: _, ...rest } = bench.args;
    const packaged = { "/etc/nginx/conf.d/default.conf": "# ours\n", "/etc/nginx/mime.types": "types {}\n" };
    const program = { ...rest, files: { ...files, ...packaged } };
    expect(await failure(run.up(program))).toContain(
      `It has a config with files that this stack does not declare, which the first publish would remove:\n  ${own} on web-2\n`,
    );
    expect(textOn("web-2", own)).toBe("# web-2's\n");
    expect(await run.up({ ...program, adopt: true })).toBe("create");
    expect(warned()).toContain(`  removes ${own} on web-2`);
    expect(textOn("web-2", own)).toBeUndefined();
  });
});

test("what a publish by somebody else to the group made part of a member's config is not removed unseen", async () => {
  await begin();
  await control().editConfig({ target: "web", path: mainFile, content: wide, via: "ui", user: "alice" });
  expect(await failure(run.up(adopting({ [siteFile]: site("later") })))).toContain(`${legacy} on web-1`);
  expect(textOn("web-1", legacy)).toBe("# legacy\n");
  await run.refresh();
  expect(warned()).toContain(`${legacy} on web-1`);
  expect(statuses()).toEqual(["success", "changed"]);
  expect(await run.up(adopting())).toBe("update");
  expect(textOn("web-1", legacy)).toBeUndefined();
});

describe("a delete whose onDelete not all have taken", () => {
  const baseline = { [mainFile]: "events {}\n" };
  const wayOut = [
    `The resource is still in the state as it was. Once they are well, "pulumi destroy" publishes what onDelete says again`,
    `(in an update, which only takes this resource out, "pulumi up"); with the resource in the program, "pulumi up --refresh" brings its config back.`,
  ].join(" ");
  const onHosts = (path: string) => ["web-1", "web-2"].map((host) => textOn(host, path));

  async function refusedByOne(): Promise<string> {
    await start();
    await run.up(bench.args);
    control().refuse("web-2", "no space left on device");
    const told = await failure(run.destroy());
    control().refuse("web-2");
    return told;
  }

  async function takenByNobody(): Promise<string> {
    await start();
    await run.up(bench.args);
    for (const host of ["web-1", "web-2"]) await control().setOnline(host, false);
    const told = await failure(run.destroy());
    for (const host of ["web-1", "web-2"]) await control().setOnline(host, true);
    return told;
  }

  test("says what each member serves now, and what can be done; nothing is promised that is not so", async () => {
    expect(await refusedByOne()).toBe(
      [
        `NginxConfig ${group()}: delete failed. Some instances refused the config and still serve the one before:`,
        "web-2: no space left on device",
        "The new one is served by web-1.",
        wayOut,
      ].join("\n"),
    );
    expect(onHosts(mainFile)).toEqual([baseline[mainFile], files[mainFile]]);
    await bench.close();
    expect(await takenByNobody()).toBe(
      [
        `NginxConfig ${group()}: delete failed. No instance of ${group()} is online: nobody has taken or checked the config.`,
        wayOut,
      ].join("\n"),
    );
  });

  describe.each([
    ["one refused", refusedByOne],
    ["nobody was online", takenByNobody],
  ])("because %s", (_, begun) => {
    test("is done by another one", async () => {
      await begun();
      await run.destroy();
      expect(onHosts(mainFile)).toEqual([baseline[mainFile], baseline[mainFile]]);
      expect(onHosts(siteFile)).toEqual([undefined, undefined]);
    });

    test("is taken back by an up with a refresh", async () => {
      await begun();
      expect(await run.refresh()).toContain("files");
      expect(await run.up(bench.args)).toBe("update");
      expect(onHosts(mainFile)).toEqual([files[mainFile], files[mainFile]]);
      expect(onHosts(siteFile)).toEqual([files[siteFile], files[siteFile]]);
      expect(await run.up(bench.args)).toBe("same");
    });
  });

  test("that fails as well says it again, and takes what the member still has for nobody's file", async () => {
    await refusedByOne();
    control().refuse("web-2", "still no space left");
    const told = await failure(run.destroy());
    expect(told).toContain("web-2: still no space left\nThe new one is served by web-1.\nThe resource is still in");
    expect(told).not.toContain(siteFile);
  });

  test("a file that onDelete makes part of a member's config is left there, and told", async () => {
    await start();
    await run.up({ ...careful({ [mainFile]: files[mainFile] }), adopt: true });
    const program = careful({ [mainFile]: files[mainFile] });
    await run.up({ ...program, onDelete: { [mainFile]: wide } });
    await putOn("web-1", legacy, "# legacy\n");
    await run.destroy();
    expect(textOn("web-1", legacy)).toBe("# legacy\n");
    expect(warnings.at(-1)?.message).toBe(
      [
        `What onDelete says for ${group()} has made files part of the config that lay on the host. They were left there:`,
        `  ${legacy} on web-1`,
      ].join("\n"),
    );
  });
});
