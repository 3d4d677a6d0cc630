import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { stagedConfigInputs } from "../../provider/nim/stagedConfig.ts";
import type { StagedConfigInputs } from "../../provider/nim/stagedConfigTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { type Bench, describeLifecycle } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { auxFiles, files, mainFile, pageFile, site, siteFile } from "./nginxConfig.bench.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

const args = { name: "shop", files, auxFiles, externalId: "release-1" } satisfies StagedConfigInputs;

interface WireFiles {
  files: { name: string; contents: string }[];
}
interface WireConfig extends Properties {
  uid: string;
  configName: string;
  configFiles: WireFiles;
  auxFiles: WireFiles;
}

type StagedBench = Bench &
  NimBench & {
    /** All that there are. */
    all(): WireConfig[];
    /** A request of somebody else's script. */
    request(method: string, path: string, body?: object): Promise<Properties>;
  };

const contentOf = ({ files }: WireFiles) =>
  Object.fromEntries(files.map(({ name, contents }) => [name, Buffer.from(contents, "base64").toString()]));
const wireOf = (all: Readonly<Record<string, string>>) => ({
  rootDir: "/",
  files: Object.entries(all).map(([name, text]) => ({ name, contents: Buffer.from(text).toString("base64") })),
});

async function startStagedBench(options: NimSimulatorOptions = {}): Promise<StagedBench> {
  const nim = await startNimBench({ systems: [], nginx: false, ...options });
  const { control, handle, username, password } = nim.simulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const all = () => {
    const found = new Map<string, WireConfig>();
    for (const { path, kind, body } of control.history.all()) {
      if (!path.startsWith(`${api}/configs/`)) continue;
      if (kind === "delete") found.delete(path);
      else found.set(path, body as WireConfig);
    }
    return [...found.values()];
  };
  const live = (uid: string) => all().find((each) => each.uid === uid);
  const request: StagedBench["request"] = async (method, path, body) => {
    const text = body ? JSON.stringify(body) : "";
    const headers = { authorization };
    const answer = await handle({ method, path: api + path, headers, body: text, remoteAddress: "" });
    return answer.body ? JSON.parse(answer.body) : {};
  };
  const rewrite = async (uid: string, change: (files: Record<string, string>) => void) => {
    const { configName, configFiles, auxFiles, externalId } = live(uid) as WireConfig;
    const edited: Record<string, string> = contentOf(configFiles);
    change(edited);
    const body = { configName, configFiles: wireOf(edited), auxFiles, ...(externalId ? { externalId } : {}) };
    await request("PUT", `/configs/${uid}`, body);
  };
  return {
    ...nim,
    all,
    request,
    args,
    changed: { args: { ...args, files: { ...files, [siteFile]: site("good morning") } }, field: "files" },
    replaced: { ...args, name: "cellar" },
    rephrased: { ...args, files: Object.fromEntries(Object.entries(files).reverse()) },
    other: {
      async changeManaged(uid) {
        await rewrite(uid, (edited) => Object.assign(edited, { [siteFile]: site("pwned") }));
        return "files";
      },
      remove: async (uid) => void (await request("DELETE", `/configs/${uid}`)),
      make: async () => void (await request("POST", "/configs", { configName: "shop", configFiles: wireOf({}) })),
    },
    lookup: {
      shown: { name: "shop", files, auxFiles, externalId: "release-1" },
      absent: "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
      malformed: ["..", "a/b", "a b", "8f3c1d52#1"],
      ids: /The id of a staged config is its uid, and not its name\.$/,
    },
    live: (uid) => {
      const found = live(uid);
      if (!found) return undefined;
      const { configName, externalId, configFiles, auxFiles } = found;
      return { configName, externalId, files: contentOf(configFiles), auxFiles: contentOf(auxFiles) };
    },
    count: () => all().length,
    writes: { create: `POST ${api}/configs`, update: `PUT ${api}/configs/*`, delete: `DELETE ${api}/configs/*` },
  };
}

const traits = { carriesMark: false, isMade: true, hasOptionalFields: false };

describeLifecycle({ type: "StagedConfig", traits, start: startStagedBench });

/** Switches about other things say nothing about a staged config. */
const positions = otherPositions(nimSwitches).filter(
  ({ name, value }) =>
    /^(unknownFields|stagedUid|stagedDeleteStatus|countOf|limitParameter|clientConcurrencyStatus)$/.test(name) &&
    // Where NIM deletes none, no stack comes to an end: a test of its own says how that is told.
    value !== 405,
);
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "StagedConfig", traits, start: () => startStagedBench({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "StagedConfig", traits, start: () => startStagedBench({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof stagedConfigInputs>>().toEqualTypeOf<StagedConfigInputs>();
});

describe("a staged config", () => {
  async function withStaged(
    action: (run: ResourceRun, bench: StagedBench) => Promise<void>,
    options: NimSimulatorOptions = {},
  ): Promise<void> {
    const bench = await startStagedBench(options);
    await action(runOf(bench), bench);
    await bench.close();
  }

  const runOf = (bench: StagedBench, name = "shop") => {
    const provider = bench.newProcess().providers.byName.StagedConfig as ResourceRun["provider"];
    return new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::${name}`, __provider: "text" });
  };
  const made = (configName: string, all: Readonly<Record<string, string>>) => ({
    configName,
    configFiles: wireOf(all),
  });

  test.each<[string, Properties, RegExp]>([
    ["no file at all", { files: {} }, /^files: has no file in it$/],
    [
      "a file in both places",
      { auxFiles: { [mainFile]: "" } },
      /^auxFiles\["\/etc\/nginx\/nginx\.conf"\]: is in files too$/,
    ],
    ["a relative path", { files: { "nginx.conf": "" } }, /must be absolute/],
    ["a name of 256 characters", { name: "x".repeat(256) }, /^name: .*255/],
    ["an externalId of 151 characters", { externalId: "x".repeat(151) }, /^externalId: .*150/],
  ])("%s is refused before anything is sent", (_, more, message) =>
    withStaged(async (run, bench) => {
      await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
      expect(bench.requests("* /**")).toBe(0);
    }),
  );

  test("holds bytes as they are, text as well as what is none", () =>
    withStaged(async (run, bench) => {
      const icon = { base64: "AAEC/v8=" };
      await run.up({ ...args, auxFiles: { [pageFile]: "", "/etc/nginx/icon": icon } });
      expect(bench.all()[0]?.auxFiles.files).toMatchObject([
        { name: pageFile, contents: "" },
        { name: "/etc/nginx/icon", contents: "AAEC/v8=" },
      ]);
      expect(await run.refresh()).toEqual([]);
    }));

  test("has a ref that changes with what it holds, and with nothing else", () =>
    withStaged(async (run, bench) => {
      await run.up(args);
      const { uid, ref } = run.state?.outputs ?? {};
      expect(ref).toMatch(new RegExp(`^${uid}@sha256:[0-9a-f]{64}$`));
      await run.up({ ...args, externalId: "release-2" });
      expect(run.state?.outputs.ref).toBe(ref);
      await run.up(bench.changed.args);
      expect(run.state?.outputs.uid).toBe(uid);
      expect(run.state?.outputs.ref).not.toBe(ref);
    }));

  test("of several of its name that somebody made none is taken, and the error lists them", () =>
    withStaged(async (run, bench) => {
      const one = await bench.request("POST", "/configs", made("shop", { [mainFile]: "# 1" }));
      const two = await bench.request("POST", "/configs", made("shop", { [mainFile]: "# 2" }));
      for (const adopt of [false, true]) {
        const message = await run.up({ ...args, adopt }).catch((error: Error) => error.message);
        expect(message).toContain('There are 2 staged configs "shop":');
        for (const { uid } of [one, two]) expect(message).toContain(`  ${uid}, made `);
        expect(message).toContain("Which of them is meant cannot be told. Nothing was changed.");
      }
      expect(bench.count()).toBe(2);
    }));

  const noUids = ["../users/admin", "a/b", "x".repeat(256)];
  const answersWith: [string, number, (uid: string) => object][] = [
    ["GET", 200, (uid) => ({ items: [{ uid, configName: "shop" }], count: 1, itemsPerPage: 100, startIndex: 0 })],
    ["POST", 201, (uid) => ({ uid, configName: "shop" })],
  ];
  test.each(answersWith)("is asked for nowhere else, whatever %s gives as its uid", async (method, status, answer) => {
    for (const uid of noUids)
      await withStaged(async (run, bench) => {
        const { faults, requests } = bench.simulator.control;
        const fault = { kind: "respond", when: "before", status, body: answer(uid) } as const;
        faults.inject({ match: `${method} ${api}/configs`, fault, times: 1 });
        await run.up(args).catch((error: Error) => expect(error.message).toMatch(/→ at uid$/));
        expect(faults.pending()).toEqual([]);
        const own = bench.all().map((each) => `${api}/configs/${each.uid}`);
        const asked = requests.all().map(({ path }) => String(path.split("?")[0]));
        expect(asked.filter((path) => path !== `${api}/configs` && !own.includes(path))).toEqual([]);
      });
  });

  test("is found again among others of its name by what it holds", () =>
    withStaged(async (run, bench) => {
      await run.up(args);
      await bench.request("POST", "/configs", made("shop", { [mainFile]: "# another" }));
      const again = runOf(bench);
      expect(await again.up(args)).toBe("create");
      expect(again.state?.id).toBe(run.state?.id);
      expect(bench.count()).toBe(2);
    }));

  test("that is taken over says what goes", () =>
    withStaged(async (_, bench) => {
      await bench.request("POST", "/configs", made("shop", { [mainFile]: "# theirs", "/etc/nginx/mime.types": "" }));
      const process = bench.newProcess();
      const provider = process.providers.byName.StagedConfig as ResourceRun["provider"];
      const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::shop", __provider: "text" });
      await run.up({ ...args, adopt: true });
      expect(process.warnings.map(({ message }) => message).join("\n")).toMatch(
        /^\/configs\/\S+ was taken over\.\n {2}replaces \/etc\/nginx\/nginx\.conf\n {2}removes \/etc\/nginx\/mime\.types$/m,
      );
      expect(bench.count()).toBe(1);
    }));

  test("that somebody has renamed is not written over, and shows so", () =>
    withStaged(async (run, bench) => {
      await run.up(args);
      const { uid, configFiles, auxFiles } = bench.all()[0] as WireConfig;
      await bench.request("PUT", `/configs/${uid}`, {
        configName: "alices",
        configFiles,
        auxFiles,
        externalId: "release-1",
      });
      await expect(run.up(bench.changed.args)).rejects.toThrow(/ {2}name: now "alices"\nNothing was written\./);
      expect(await run.refresh({ save: false })).toEqual(["name"]);
    }));

  test("keeps for whom it was made in NIM's UI", () =>
    withStaged(async (run, bench) => {
      const target = { nginxUid: "79453f64-4453-5eea-a9f6-a3c369e295d2" };
      await bench.request("POST", "/configs", { ...made("shop", { [mainFile]: "" }), ...target });
      await run.up({ ...args, adopt: true });
      expect(bench.all()).toMatchObject([target]);
    }));

  test("whose program has no aux files shows those that somebody adds", () =>
    withStaged(async (run, bench) => {
      const { auxFiles: _, ...rest } = args;
      await run.up(rest);
      const { uid, configName, configFiles, externalId } = bench.all()[0] as WireConfig;
      const added = { configName, configFiles, auxFiles: wireOf({ [pageFile]: "pwned" }), externalId };
      await bench.request("PUT", `/configs/${uid}`, added);
      expect(await run.refresh()).toEqual(["files"]);
      expect(run.state?.inputs.files).toHaveProperty([pageFile], "pwned");
      expect(await run.up(rest)).toBe("update");
      expect(bench.all()[0]?.auxFiles.files).toEqual([]);
    }));

  test("that somebody deleted is told of by an update, which makes nothing", () =>
    withStaged(async (run, bench) => {
      await run.up(args);
      await bench.request("DELETE", `/configs/${run.state?.id}`);
      await expect(run.up(bench.changed.args)).rejects.toThrow(
        /\/configs\/\S+ is gone\. "pulumi up --refresh" makes it again\./,
      );
      expect(bench.count()).toBe(0);
    }));

  test("that this NIM deletes for nobody stays in the state, and the error says the two ways on", () =>
    withStaged(
      async (run, bench) => {
        await run.up(args);
        const id = run.state?.id;
        const message = await run.destroy().catch((error: Error) => error.message);
        expect(message).toMatch(
          new RegExp(
            `^StagedConfig ${id}: delete failed\\. DELETE \\S+/configs/${id} answered 405.*: method not allowed\\. ` +
              "This NIM deletes no staged configs by its API\\. Delete it in NIM's UI and run this again, " +
              'or leave it on NIM: "pulumi state delete", or "retainOnDelete: true" before\\.$',
          ),
        );
        expect(run.state?.id).toBe(id);
        expect(bench.count()).toBe(1);
        // Somebody has deleted it in NIM's UI.
        bench.simulator.control.setSwitches({ stagedDeleteStatus: 204 });
        await bench.request("DELETE", `/configs/${id}`);
        bench.simulator.control.setSwitches({ stagedDeleteStatus: 405 });
        await run.destroy();
        expect(run.state).toBeUndefined();
      },
      { switches: { stagedDeleteStatus: 405 } },
    ));

  test("that another one has edited in what the program leaves to others stays so", () =>
    withStaged(async (run, bench) => {
      const left = { ...run.constants, ignoreChanges: [`files["${siteFile}"]`] };
      const own = new ResourceRun(run.provider, left);
      await own.up(args);
      await bench.other.changeManaged(own.state?.id ?? "");
      await own.up({ ...args, files: { ...files, [mainFile]: "events {}\n" } });
      expect(contentOf((bench.all()[0] as WireConfig).configFiles)).toEqual({
        [mainFile]: "events {}\n",
        [siteFile]: site("pwned"),
      });
    }));
});
