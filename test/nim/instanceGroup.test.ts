import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { instanceGroupInputs } from "../../provider/nim/instanceGroup.ts";
import type { InstanceGroupInputs } from "../../provider/nim/instanceGroupTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { type Bench, describeLifecycle } from "../tools/lifecycleSuite.ts";
import type { Properties } from "../tools/stack.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { runOn } from "./account.bench.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

const args = { name: "shop", description: "The shop's front" } satisfies InstanceGroupInputs;

type GroupBench = Bench &
  NimBench & {
    /** As an administrator's script; answers the body. */
    request(method: string, path: string, body?: Properties): Promise<Properties>;
    named(name: string): Properties[];
  };

async function start(options: NimSimulatorOptions = {}): Promise<GroupBench> {
  const systems = [{ hostname: "web-1" }, { hostname: "web-2" }];
  const nim = await startNimBench({ nginx: false, systems, ...options });
  const { control, handle, username, password } = nim.simulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const request = async (method: string, path: string, body?: Properties): Promise<Properties> => {
    const text = body ? JSON.stringify(body) : "";
    const headers = { authorization, "content-type": "application/json" };
    const answer = await handle({ method, path: api + path, headers, body: text, remoteAddress: "" });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return answer.body === "" ? {} : JSON.parse(answer.body);
  };
  const groups = () => {
    const found = new Map<string, Properties>();
    for (const { path, kind, body } of control.history.all()) {
      const [, uid] = new RegExp(`^${api}/instance-groups/([^/]+)$`).exec(path) ?? [];
      if (uid === undefined) continue;
      if (kind === "delete") found.delete(uid);
      else found.set(uid, body);
    }
    return found;
  };
  const named = (name: string) => [...groups().values()].filter((group) => group.name === name);
  return {
    ...nim,
    request,
    named,
    args,
    changed: { args: { ...args, description: "The shop's front and the cellar" }, field: "description" },
    replaced: { ...args, name: "cellar" },
    rephrased: { ...args },
    other: {
      async changeManaged(uid) {
        await request("PATCH", `/instance-groups/${uid}`, { description: "Alice's" });
        return "description";
      },
      async changeUnmanaged(uid) {
        await request("PATCH", `/instance-groups/${uid}`, { displayName: "Alice's" });
        return () => groups().get(uid)?.displayName === "Alice's";
      },
      remove: async (uid) => void (await request("DELETE", `/instance-groups/${uid}`)),
      make: async () => void (await request("POST", "/instance-groups", { name: "shop", description: "Alice's" })),
    },
    lookup: {
      shown: {
        name: "shop",
        displayName: options.switches?.instanceGroupDisplayName === "empty" ? "" : "shop",
        description: "The shop's front",
      },
      absent: "6c2f3a52-6cf0-4d1c-9d0e-5b8a0d5c7f11",
      malformed: ["..", "a/b", "two words"],
      ids: /The id of an instance group is its uid, and not its name\.$/,
    },
    live: (uid) => groups().get(uid),
    count: () => named("shop").length + named("cellar").length,
    writes: {
      create: `POST ${api}/instance-groups`,
      update: `PATCH ${api}/instance-groups/*`,
      delete: `DELETE ${api}/instance-groups/*`,
    },
  };
}

const traits = { carriesMark: false, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "InstanceGroup", traits, start });
const positions = otherPositions(nimSwitches).filter(({ name }) =>
  /^(unknownFields|instanceGroupName|instanceGroupDisplayName|usedInstanceGroupDelete|countOf|limitParameter|clientConcurrencyStatus)$/.test(
    name,
  ),
);
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "InstanceGroup", traits, start: () => start({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "InstanceGroup", traits, start: () => start({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof instanceGroupInputs>>().toEqualTypeOf<InstanceGroupInputs>();
});

describe("an instance group", () => {
  let bench: GroupBench;
  const begin = async (options: NimSimulatorOptions = {}) => {
    bench = await start(options);
    return runOn(bench, "InstanceGroup");
  };
  afterEach(() => bench.close());

  test.each<[string, Properties, RegExp]>([
    ["named like a path", { name: "../roles/admin" }, /^name: must be a name and no path/],
    ["without a name", { name: "" }, /^name: [^\n]*$/],
    ["with a name of 256 characters", { name: "x".repeat(256) }, /^name: .*255/],
    ["with its members", { instances: ["uid"] }, /instances/],
  ])("%s is refused before anything is sent", async (_, more, message) => {
    const run = await begin();
    await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
    expect(bench.requests("* /**")).toBe(0);
  });

  test("has its uid as its id, and tells its members", async () => {
    const run = await begin();
    await run.up(args);
    const [{ uid }] = bench.named("shop") as [{ uid: string }];
    expect(run.state).toMatchObject({ id: uid, outputs: { uid, instances: [] } });
    bench.simulator.control.join("web-1", "shop");
    expect(await run.refresh()).toEqual([]);
    const member = bench.simulator.instances.find(({ hostname }) => hostname === "web-1")?.instanceUid;
    expect(run.state?.outputs).toMatchObject({ instances: [member] });
    expect(await run.up(args)).toBe("same");
  });

  test.each(nimSwitches.instanceGroupName.values)(
    "of a name that is there is refused, and taken over with adopt (names are %s)",
    async (instanceGroupName) => {
      const run = await begin({ switches: { instanceGroupName } });
      const { uid } = await bench.request("POST", "/instance-groups", { name: "shop", description: "Alice's" });
      await expect(run.up({ name: "shop" })).rejects.toThrow(/InstanceGroup shop exists already.*adopt: true/s);
      expect(bench.named("shop")).toMatchObject([{ uid, description: "Alice's" }]);
      await run.up({ name: "shop", displayName: "Shop", adopt: true });
      expect(bench.named("shop")).toMatchObject([{ uid, displayName: "Shop", description: "Alice's" }]);
    },
  );

  test("that agents made again after it was destroyed is nobody's, and needs adopt", async () => {
    const run = await begin();
    await run.up({ name: "shop" });
    bench.simulator.control.join("web-1", "shop");
    const before = run.state?.id;
    await run.destroy();
    expect(bench.named("shop")).toEqual([]);
    bench.simulator.control.join("web-1", "shop");
    await expect(run.up({ name: "shop" })).rejects.toThrow(/InstanceGroup shop exists already/);
    await run.up({ name: "shop", adopt: true });
    expect(run.state?.id).not.toBe(before);
    expect(bench.named("shop")).toHaveLength(1);
  });

  test("that is there twice is nobody's to choose", async () => {
    const run = await begin({ switches: { instanceGroupName: "any" } });
    const first = await bench.request("POST", "/instance-groups", { name: "shop" });
    const second = await bench.request("POST", "/instance-groups", { name: "shop" });
    await expect(run.up({ name: "shop", adopt: true })).rejects.toThrow(
      `InstanceGroup shop is there 2 times: ${first.uid}, ${second.uid}. Choose another name, or rename or delete in NIM those that are not meant.`,
    );
    expect(bench.named("shop")).toHaveLength(2);
  });

  test("with members is not deleted where NIM refuses that, and the error says who they are", async () => {
    const run = await begin({ switches: { usedInstanceGroupDelete: "refuse" } });
    await run.up(args);
    bench.simulator.control.join("web-1", "shop");
    const member = bench.simulator.instances.find(({ hostname }) => hostname === "web-1")?.instanceUid;
    await expect(run.destroy()).rejects.toThrow(`It is held by instance ${member}. Take "instance_group" out`);
    bench.simulator.control.join("web-1");
    await run.destroy();
    expect(bench.named("shop")).toEqual([]);
  });

  test("takes what a NginxConfig publishes, by its uid", async () => {
    const group = await begin();
    await group.up(args);
    bench.simulator.control.join("web-1", "shop");
    const config = runOn(bench, "NginxConfig", "config");
    const files = { "/etc/nginx/nginx.conf": "events {}\n" };
    await config.up({ instanceGroup: group.state?.outputs.uid, files, adopt: true });
    expect(bench.simulator.control.diskOf("web-1").get("/etc/nginx/nginx.conf")?.toString()).toBe("events {}\n");
  });
});
