// A config that is published by reference to a staged one.
import { afterEach, describe, expect, test } from "vitest";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import { nimSwitches } from "../../simulators/nim/switches.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { auxFiles, files, mainFile, pageFile, site, siteFile, startConfigBench } from "./nginxConfig.bench.ts";
import { api, type NimBench } from "./nim.bench.ts";

let bench: Bench & NimBench;
let staged: ResourceRun;
let run: ResourceRun;
let where: Properties;
let warnings: { message: string }[];

const content = { name: "shop", files, auxFiles, externalId: "release-1" };
const changed = { ...content, files: { ...files, [siteFile]: site("good morning") } };
const onDelete = { [mainFile]: "events {}\n" };
const ref = () => String(staged.state?.outputs.ref);
const uid = () => String(staged.state?.id);
const args = (stagedConfig: string, more: Properties = {}) => ({
  ...where,
  stagedConfig,
  onDelete,
  adopt: true,
  ...more,
});
const publishes = () => bench.simulator.control.requests.count(`POST ${api}/**/config`);
const live = () => bench.live(run.state?.id ?? "") ?? {};

async function start(target: "instance" | "group" = "instance", options: NimSimulatorOptions = {}): Promise<void> {
  bench = await startConfigBench(target, options);
  const { instance, instanceGroup } = bench.args;
  where = target === "group" ? { instanceGroup } : { instance };
  const world = bench.newProcess();
  warnings = world.warnings;
  const runOf = (type: string, name: string) =>
    new ResourceRun(world.providers.byName[type] as ResourceRun["provider"], {
      owner: `acme/urn:pulumi:dev::shop::x:${type}::${name}`,
      __provider: "text",
    });
  staged = runOf("StagedConfig", "staged");
  run = runOf("NginxConfig", "web");
  await staged.up(content);
}
afterEach(() => bench?.close());

async function request(method: string, path: string, body?: object): Promise<void> {
  const { handle, username, password } = bench.simulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const text = body ? JSON.stringify(body) : "";
  await handle({ method, path: api + path, headers: { authorization }, body: text, remoteAddress: "" });
}

/** A colleague edits the staged config in NIM. */
async function editStaged(text: string): Promise<void> {
  const one = (name: string, of: string) => ({ name, contents: Buffer.from(of).toString("base64") });
  const configFiles = { rootDir: "/etc/nginx", files: [one(mainFile, files[mainFile]), one(siteFile, text)] };
  const aux = { rootDir: "/", files: [one(pageFile, auxFiles[pageFile])] };
  await request("PUT", `/configs/${uid()}`, { configName: "shop", configFiles, auxFiles: aux });
}
const editLive = (text: string) =>
  bench.simulator.control.editConfig({ target: "web-1", path: siteFile, content: text, via: "ui", user: "alice" });
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

describe("refused before anything is sent", () => {
  test.each<[string, Properties, RegExp]>([
    ["files besides", { files }, /^stagedConfig: is given, and files as well$/],
    ["neither", { stagedConfig: undefined }, /^files: is required, or stagedConfig$/],
    ["aux files besides", { auxFiles }, /^auxFiles: are those of the staged config/],
    ["no uid", { stagedConfig: "/configs/1" }, /^stagedConfig: must be a staged config's ref/],
    ["half a hash", { stagedConfig: "8f3c1d52@sha256:12" }, /^stagedConfig: must be a staged config's ref/],
  ])("%s", async (_, more, message) => {
    await start();
    bench.requests("* /**");
    const given = Object.fromEntries(Object.entries(args(ref(), more)).filter(([, value]) => value !== undefined));
    await expect(run.up(given)).rejects.toThrow(message);
    expect(bench.requests("* /**")).toBe(0);
  });
});

describe.each(["instance", "group"] as const)("published to an %s", (target) => {
  test("by its uid alone; then nothing is to be done", async () => {
    await start(target);
    const sent: string[] = [];
    bench.simulator.control.hook({
      before: ({ path, body }) => void (path.endsWith("/config") && body && sent.push(body)),
    });
    expect(await run.up(args(ref()))).toBe("create");
    expect(live()).toEqual({ ...files, ...auxFiles });
    const { externalId, ignoreConflict, configUID, ...more } = JSON.parse(sent.at(-1) ?? "");
    expect({ externalId, ignoreConflict, configUID }).toEqual({
      externalId: "release-1",
      ignoreConflict: false,
      configUID: uid(),
    });
    expect(Object.keys(more).sort()).toEqual(["externalIdType", "updateTime", "validateConfig"]);
    expect(await run.up(args(ref()))).toBe("same");
    expect(await run.refresh()).toEqual([]);
  });

  test("and again when what is staged changes", async () => {
    await start(target);
    await run.up(args(ref()));
    await staged.up(changed);
    expect(await run.up(args(ref()))).toBe("update");
    expect(live()[siteFile]).toBe(site("good morning"));
    expect(await run.refresh()).toEqual([]);
    expect(publishes()).toBe(2);
  });

  test("an edit of what is served shows, stops an update, and is repaired after a refresh", async () => {
    await start("instance");
    await run.up(args(ref()));
    await editLive(site("pwned"));
    await staged.up(changed);
    const message = await failure(run.up(args(ref())));
    expect(message).toContain(`files["${siteFile}"]`);
    expect(message).toContain("Nothing was published.");
    expect(live()[siteFile]).toBe(site("pwned"));
    expect(await run.refresh()).toEqual(["stagedConfig"]);
    expect(warnings.map((each) => each.message).join("\n")).toContain(
      `does not serve what /configs/${uid()} held when it was published:\n  files["${siteFile}"]`,
    );
    expect(await run.up(args(ref()))).toBe("update");
    expect(live()[siteFile]).toBe(site("good morning"));
    expect(await run.refresh()).toEqual([]);
  });

  test("one that was interrupted is found again, and published once", async () => {
    await start(target);
    await run.up(args(ref()));
    const again = new ResourceRun(run.provider, run.constants);
    expect(await again.up(args(ref()))).toBe("create");
    expect(publishes()).toBe(1);
  });

  test("files in place of the staged config, and back again, are one config", async () => {
    await start(target);
    await run.up(args(ref()));
    const { stagedConfig: _, ...rest } = args("");
    expect(await run.up({ ...rest, files, auxFiles, externalId: "release-2" })).toBe("update");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args(ref()))).toBe("update");
    expect(await run.refresh()).toEqual([]);
    expect(live()).toEqual({ ...files, ...auxFiles });
  });

  test("deleting publishes what onDelete says", async () => {
    await start(target);
    await run.up(args(ref()));
    const id = run.state?.id ?? "";
    await run.destroy();
    expect(bench.live(id)).toEqual(onDelete);
  });
});

describe("a staged config that somebody has got at", () => {
  test("deleted: a clear error, and nothing is published", async () => {
    await start();
    await request("DELETE", `/configs/${uid()}`);
    const message = await failure(run.up(args(ref())));
    expect(message).toContain(`stagedConfig names /configs/${uid()}, which NIM does not have, or no longer`);
    expect(message).toContain("Nothing was published.");
    expect(run.state).toBeUndefined();
    expect(publishes()).toBe(0);
  });

  test("changed since it was staged: the ref says so, and nothing is published", async () => {
    await start();
    await editStaged(site("pwned"));
    const message = await failure(run.up(args(ref())));
    expect(message).toMatch(/as it was staged by this program, and it was changed at .*\. Nothing was published\./);
    expect(publishes()).toBe(0);
    // The way out that the message names.
    await staged.refresh();
    await staged.up(content);
    expect(await run.up(args(ref()))).toBe("create");
    expect(live()[siteFile]).toBe(files[siteFile]);
  });

  test("changed or deleted after it was published: what is served is as it was, and the ref tells of no drift", async () => {
    await start();
    await run.up(args(ref()));
    await editStaged(site("pwned"));
    expect(await run.refresh()).toEqual([]);
    await request("DELETE", `/configs/${uid()}`);
    expect(await run.refresh()).toEqual([]);
    await run.destroy();
  });

  test("named by its uid: what it holds now shows in a refresh, and the next up publishes it", async () => {
    await start();
    await run.up(args(uid()));
    expect(await run.refresh()).toEqual([]);
    await editStaged(site("approved"));
    expect(await run.up(args(uid()))).toBe("same");
    expect(await run.refresh()).toEqual(["stagedConfig"]);
    expect(await run.up(args(uid()))).toBe("update");
    expect(live()[siteFile]).toBe(site("approved"));
    expect(await run.refresh()).toEqual([]);
  });

  test("named by its uid and deleted: a refresh says so, and what was published stays", async () => {
    await start();
    await run.up(args(uid()));
    await request("DELETE", `/configs/${uid()}`);
    expect(await run.refresh()).toEqual([]);
    expect(warnings.at(-1)?.message).toMatch(/does not exist any more\. What was published is served\./);
  });

  test("changed in the moment of the publish: the error says that something else is served", async () => {
    await start();
    const { control } = bench.simulator;
    let isEdited = false;
    control.hook({
      async before({ method, path }: { method: string; path: string }) {
        if (isEdited || method !== "POST" || !path.endsWith("/config")) return;
        isEdited = true;
        await editStaged(site("pwned"));
      },
    });
    const message = await failure(run.up(args(ref())));
    expect(message).toMatch(/does not serve what \/configs\/\S+ held: somebody has changed one or the other/);
    expect(run.state).toBeDefined();
  });
});

describe.each(
  otherPositions(nimSwitches).filter(({ name }) =>
    /^(unknownFields|activeUpdateTime|validateConfig|conflictStatus|goneSaid)$/.test(name),
  ),
)("NIM with $name = $value", ({ name, value }) => {
  test("publishes by reference, and stops for what others have done", async () => {
    await start("instance", { switches: { [name]: value } });
    await run.up(args(ref()));
    await staged.up(changed);
    expect(await run.up(args(ref()))).toBe("update");
    await editLive(site("pwned"));
    await staged.up(content);
    expect(await failure(run.up(args(ref())))).toContain("Nothing was published.");
    expect(await run.refresh()).toEqual(["stagedConfig"]);
    expect(await run.up(args(ref()))).toBe("update");
    expect(live()[siteFile]).toBe(files[siteFile]);
  });
});

describe("a config that NIM analyses before it is published", () => {
  const broken = { ...content, files: { ...files, [mainFile]: "events {}\nhttp {\n" } };

  test.each(["crossplane", "report"] as const)(
    "an error in the form of %s stops it, with file and line",
    async (form) => {
      await start("instance", { switches: { analysis: form, validateConfig: "ignore" } });
      await staged.up(broken);
      const message = await failure(run.up(args(ref(), { analyze: "errors" })));
      expect(message).toContain("NIM's analysis finds errors in the config:");
      expect(message).toContain('/etc/nginx/nginx.conf:3: unexpected end of file, expecting "}"');
      expect(message).toContain("Nothing was published.");
      expect(run.state).toBeUndefined();
      expect(publishes()).toBe(0);
      await staged.up(content);
      expect(await run.up(args(ref(), { analyze: "errors" }))).toBe("create");
    },
  );

  test("what it only warns of is shown, and published", async () => {
    await start();
    const where = [{ directive: "access_log", file: siteFile, line: 3, message: "log should not be set to off" }];
    const items = [{ rule: "logs", info: "", severity: "warning", category: "best_practice", where }];
    bench.inject(`POST ${api}/analysis`, { kind: "respond", when: "before", status: 200, body: { items } });
    expect(await run.up(args(ref(), { analyze: "errors" }))).toBe("create");
    expect(warnings.map((each) => each.message).join("\n")).toContain(
      "warns:\n  /etc/nginx/conf.d/shop.conf:3: log should not be set to off (logs)",
    );
  });

  test("by a NIM that has no analysis is published without", async () => {
    await start("instance", { switches: { analysis: "none" } });
    expect(await run.up(args(ref(), { analyze: "errors" }))).toBe("create");
  });

  test("an answer that is none of its forms stops it", async () => {
    await start();
    bench.inject(`POST ${api}/analysis`, { kind: "respond", when: "before", status: 200, body: { fine: true } });
    expect(await failure(run.up(args(ref(), { analyze: "errors" })))).toContain(
      "The analysis did not answer, and nothing was published.",
    );
    expect(publishes()).toBe(0);
  });
});
