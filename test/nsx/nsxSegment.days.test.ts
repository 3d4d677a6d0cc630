// Good and bad days of a segment that other resources do not share.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { segmentArgs, startSegmentBench } from "./nsxSegment.bench.ts";

let bench: Awaited<ReturnType<typeof startSegmentBench>>;
let run: ResourceRun;
let warnings: { message: string }[];

async function start(switches: Partial<NsxSwitches> = {}, environment: Record<string, string> = {}): Promise<void> {
  await bench?.close();
  bench = await startSegmentBench({ switches });
  run = newRun(environment);
}

function newRun(environment: Record<string, string> = {}): ResourceRun {
  const world = bench.newProcess(environment);
  warnings = world.warnings;
  const provider = world.providers.byName.NsxSegment as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
}

const control = () => bench.simulator.control;
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

beforeEach(() => start());
afterEach(() => bench.close());

describe("where it lies", () => {
  test.each<[string, Properties, string]>([
    ["under /infra", {}, "/infra/segments/web"],
    [
      "under a tier-1, as a fixed segment",
      { tier1Path: "/infra/tier-1s/t1-web" },
      "/infra/tier-1s/t1-web/segments/web",
    ],
    ["in a project", { projectPath: "/orgs/default/projects/dev" }, "/orgs/default/projects/dev/infra/segments/web"],
  ])("%s", async (_, where, path) => {
    const { transportZonePath: _zone, ...args } = segmentArgs;
    await run.up({ ...args, ...where });
    expect(run.state?.id).toBe(path);
    expect(run.state?.outputs.path).toBe(path);
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ ...args, ...where })).toBe("same");
    await run.destroy();
    expect(control().object(path)).toBeUndefined();
  });

  test("another transport zone needs a new segment", async () => {
    await run.up(segmentArgs);
    const { diff } = run.provider;
    const { transportZonePath: _zone, ...rest } = run.state?.inputs ?? {};
    const changed = await diff("", run.state?.outputs ?? {}, { ...rest, transportZonePath: "/infra/other" });
    expect(changed).toEqual({ replaces: ["transportZonePath"], deleteBeforeReplace: true });
  });

  test("under another id it is made first, unless its networks would overlap with the old one's", async () => {
    await run.up({ segmentId: "web", subnets: [{ gatewayAddress: "10.1.0.1/24" }] });
    const { diff } = run.provider;
    const { subnets, ...rest } = run.state?.inputs ?? {};
    const goesFirst = async (args: object) =>
      (await diff("", run.state?.outputs ?? {}, { ...rest, segmentId: "web-2", ...args })).deleteBeforeReplace;
    expect(await goesFirst({})).toBe(false);
    expect(await goesFirst({ subnets })).toBe(true);
    expect(await goesFirst({ overlayId: 71000 })).toBe(true);
  });

  test("nor while others' networks on the old one would, which a refresh has shown", async () => {
    await run.up({ segmentId: "web" });
    const subnets = [{ gateway_address: "10.1.0.1/24" }];
    control().change("/infra/segments/web", { subnets }, "alice");
    await run.refresh();
    const news = { ...run.state?.inputs, segmentId: "web-2", subnets: [{ gatewayAddress: "10.1.0.1/24" }] };
    const { deleteBeforeReplace } = await run.provider.diff("", run.state?.outputs ?? {}, news);
    expect(deleteBeforeReplace).toBe(true);
  });
});

describe("realization", () => {
  const failed = { failure: { message: "No edge cluster for the gateway", errorCode: 4711 } };

  test("is waited for", async () => {
    await start({ realizationDelay: 20_000 });
    await run.up(segmentArgs);
    expect(run.state?.outputs.realization).toBe("SUCCESS");
  });

  test("is not waited for when the program says so", async () => {
    await start({ realizationDelay: 20_000 });
    await run.up({ ...segmentArgs, waitForRealization: false });
    expect(run.state?.outputs.realization).toBe("UNKNOWN");
    expect(control().requests.count("GET /policy/api/v1/infra/realized-state/**")).toBe(0);
  });

  test("that fails keeps the segment in the state, says NSX's alarm, and is healed by the next up", async () => {
    control().planRealization("/infra/segments/web", failed);
    const message = await failure(run.up(segmentArgs));
    expect(message).toContain("No edge cluster for the gateway");
    expect(message).toContain('the next "pulumi up" waits for it again');
    expect(run.state).toMatchObject({
      id: "/infra/segments/web",
      outputs: { realization: "ERROR", __provider: "text" },
    });
    control().planRealization("/infra/segments/web");
    expect(await run.up(segmentArgs)).toBe("update");
    expect(run.state?.outputs.realization).toBe("SUCCESS");
    expect(await run.up(segmentArgs)).toBe("same");
  });

  test("that failed still shows after a refresh, which forgets the engine's own mark", async () => {
    control().planRealization("/infra/segments/web", failed);
    await failure(run.up(segmentArgs));
    await run.refresh();
    expect(run.state?.initErrors).toBeUndefined();
    await failure(run.up(segmentArgs));
    control().planRealization("/infra/segments/web");
    await run.refresh();
    expect(await run.up(segmentArgs)).toBe("same");
  });

  test("that takes longer than the time is saved as unfinished", async () => {
    await start({ realizationDelay: 3_600_000 }, { NSX_TIMEOUT: "60" });
    expect(await failure(run.up(segmentArgs))).toContain("when the time was up");
    expect(run.state?.outputs.realization).toBe("IN_PROGRESS");
  });
});

describe("delete", () => {
  const port = "/infra/segments/web/ports/vm-1";

  test("waits until the ports of virtual machines are gone", async () => {
    await run.up(segmentArgs);
    control().change(port, { display_name: "vm-1", attachment: { id: "vif-1" } }, "vcenter");
    let refusals = 0;
    control().hook({
      after: ({ method }, { status }) => {
        if (method !== "DELETE" || status === 200) return;
        refusals += 1;
        if (refusals === 3) control().delete(port, "vcenter");
      },
    });
    await run.destroy();
    expect(refusals).toBe(3);
    expect(bench.count()).toBe(0);
  });

  test("gives up in time, says what holds the segment, and keeps it in the state", async () => {
    await start({}, { NSX_TIMEOUT: "60" });
    await run.up(segmentArgs);
    control().change(port, { display_name: "vm-1", attachment: { id: "vif-1" } }, "vcenter");
    expect(await failure(run.destroy())).toMatch(/delete failed\. Gave up waiting.*503040/);
    expect(bench.count()).toBe(1);
  });

  test("a new segment of the same id waits until the old one is purged", async () => {
    await start({ purgeDelay: 30_000 });
    await run.up(segmentArgs);
    await run.destroy();
    expect(await run.up(segmentArgs)).toBe("create");
    expect(bench.count()).toBe(1);
  });

  test("keeps a segment that somebody deleted and made again by hand, and says so", async () => {
    await run.up(segmentArgs);
    control().delete("/infra/segments/web", "alice", true);
    control().change("/infra/segments/web", { display_name: "alice's" }, "alice");
    await run.refresh();
    await run.destroy();
    expect(control().object("/infra/segments/web")).toMatchObject({ display_name: "alice's" });
    expect(warnings.at(-1)?.message).toMatch(/no longer the object of this stack/);
  });

  test("a segment that somebody made again as it was is drift, until the program takes it over", async () => {
    await run.up(segmentArgs);
    const { tags: _, ...same } = control().object("/infra/segments/web") ?? {};
    control().delete("/infra/segments/web", "alice", true);
    control().change("/infra/segments/web", same, "alice");
    await run.refresh();
    expect(run.state?.outputs).toMatchObject({ belongsToOthers: true });
    expect(await failure(run.up(segmentArgs))).toMatch(
      /was deleted and made again, last changed by alice.*adopt: true/,
    );
    expect(await run.up({ ...segmentArgs, adopt: true })).toBe("update");
    expect(warnings.at(-1)?.message).toMatch(/was taken over; it was last changed by alice/);
    expect(run.state?.outputs).not.toHaveProperty("belongsToOthers");
    expect(await run.up({ ...segmentArgs, adopt: true })).toBe("same");
    await run.destroy();
    expect(bench.count()).toBe(0);
  });

  test("a state that does not say which object it was goes for nobody else's", async () => {
    await run.up(segmentArgs);
    const theirs = [{ scope: "pulumi.owner", tag: "shop/prod/0123456789abcdef/theirs" }];
    control().change("/infra/segments/web", { tags: theirs }, "alice");
    const { id, inputs, outputs } = run.state as NonNullable<typeof run.state>;
    const { ownerMark: _, uniqueId: __, ...rest } = outputs;
    run.state = { id, inputs, outputs: rest };
    const before = control().object("/infra/segments/web");
    expect(await failure(run.up({ ...segmentArgs, description: "ours" }))).toMatch(
      /now belongs to shop\/prod \(project\/stack\), last changed by alice at .*Nothing was changed\. Set "adopt: true"/,
    );
    expect(control().object("/infra/segments/web")).toEqual(before);
  });

  test("removes a segment whose tags somebody wiped, for it is still the same one", async () => {
    await run.up(segmentArgs);
    control().change("/infra/segments/web", { tags: [] }, "alice");
    await run.destroy();
    expect(bench.count()).toBe(0);
  });
});

describe("other writers", () => {
  test("a conflict says field, values, who, when, revisions and the ways out", async () => {
    await run.up(segmentArgs);
    control().change("/infra/segments/web", { admin_state: "DOWN", description: "alice's" }, "alice");
    const message = await failure(run.up({ ...segmentArgs, description: "ours" }));
    expect(message).toMatch(/changed by alice at 2026-01-01T.* \(revision 0 → 1\)/);
    expect(message).toContain('description: last applied "What customers see", now "alice\'s", wanted "ours"');
    expect(message).toContain('adminState: last applied "UP", now "DOWN", wanted "UP"');
    for (const wayOut of ["pulumi refresh --preview-only --diff", "pulumi up --refresh", "put it into the program"]) {
      expect(message).toContain(wayOut);
    }
  });

  test("a write in the moment between our read and our write is merged", async () => {
    await run.up(segmentArgs);
    let interfered = 0;
    control().hook({
      before: ({ method }) => {
        if (method !== "PUT" || interfered > 2) return;
        interfered += 1;
        control().change("/infra/segments/web", { domain_name: `site-${interfered}.example.org` }, "alice");
      },
    });
    expect(await run.up({ ...segmentArgs, description: "ours" })).toBe("update");
    expect(interfered).toBe(3);
    expect(control().object("/infra/segments/web")).toMatchObject({
      description: "ours",
      domain_name: "site-3.example.org",
    });
  });

  test.each([
    ["preserve", "DOWN", "kept"],
    ["overwrite", "UP", "written over"],
  ])("nsx:onConflict = %s", async (onConflict, adminState, word) => {
    await start({}, { NSX_ON_CONFLICT: onConflict });
    await run.up(segmentArgs);
    control().change("/infra/segments/web", { admin_state: "DOWN" }, "alice");
    await run.up({ ...segmentArgs, description: "ours" });
    expect(control().object("/infra/segments/web")).toMatchObject({ description: "ours", admin_state: adminState });
    expect(warnings.map(({ message }) => message).join()).toMatch(
      new RegExp(`adminState was changed by alice.*${word}`),
    );
  });

  test("removing an argument gives back only that field", async () => {
    await run.up(segmentArgs);
    control().change(
      "/infra/segments/web",
      { advanced_config: { ...advancedConfig(), node_local_switch: true } },
      "alice",
    );
    await run.refresh();
    const { advancedConfig: _gone, description: _too, ...rest } = segmentArgs;
    expect(await run.up(rest)).toBe("update");
    expect(control().object("/infra/segments/web")).not.toHaveProperty("description");
    expect(advancedConfig()).toMatchObject({ node_local_switch: true });
  });

  function advancedConfig(): object {
    return (control().object("/infra/segments/web")?.advanced_config ?? {}) as object;
  }

  test("an adopted segment must not differ in what cannot be changed", async () => {
    const vlanZone = String(segmentArgs.transportZonePath).replace("overlay", "vlan");
    control().change("/infra/segments/web", { transport_zone_path: vlanZone, vlan_ids: ["7"] }, "alice");
    expect(await failure(run.up({ ...segmentArgs, adopt: true }))).toContain(
      "which cannot be changed. Nothing was changed.",
    );
  });
});

describe("the session", () => {
  const logins = () => control().requests.count("POST /api/session/create");

  test("is opened once for everything that one process does, and ended with it", async () => {
    const world = bench.newProcess();
    const provider = world.providers.byName.NsxSegment as ResourceRun["provider"];
    const runs = ["a", "b", "c"].map(
      (name) => new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::${name}`, __provider: "text" }),
    );
    await Promise.all(runs.map((each) => each.up({})));
    expect(logins()).toBe(1);
    await world.providers.close();
    expect(control().requests.count("POST /api/session/destroy")).toBe(1);
  });

  test("is renewed once when it has expired, at whatever request", async () => {
    await run.up(segmentArgs);
    control().expireSessions();
    expect(await run.up({ ...segmentArgs, description: "ours" })).toBe("update");
    expect(logins()).toBe(2);
  });

  test("a refused permission is not taken for an expired session for ever", async () => {
    await run.up(segmentArgs);
    control().faults.inject({
      match: "GET /policy/**",
      times: "always",
      fault: { kind: "respond", when: "before", status: 403, body: {} },
    });
    await failure(run.refresh());
    expect(logins()).toBe(2);
  });

  test.each(["session", "basic"])(
    "a wrong password is sent once, however many resources there are (%s)",
    async (auth) => {
      await start({}, { NSX_PASSWORD: "wrong", NSX_AUTH: auth });
      const messages = [
        await failure(run.up(segmentArgs)),
        await failure(run.up(segmentArgs)),
        await failure(run.up(segmentArgs)),
      ];
      for (const message of messages)
        expect(message).toMatch(/refused the login of "admin".*NSX_USERNAME and NSX_PASSWORD/);
      expect(control().requests.count("* /**")).toBe(1);
    },
  );

  test("a login that meets a bad moment is tried again", async () => {
    bench.inject("POST /api/session/create", { kind: "reset", when: "after" });
    expect(await run.up(segmentArgs)).toBe("create");
  });
});

test("a transport zone that does not exist is NSX's own error, and nothing is recorded", async () => {
  const message = await failure(run.up({ ...segmentArgs, transportZonePath: "/infra/none" }));
  expect(message).toMatch(
    /^NsxSegment web: create failed\. PUT \/policy\/api\/v1\/infra\/segments\/web answered 400 \(error 500012\)/,
  );
  expect(run.state).toBeUndefined();
  expect(bench.count()).toBe(0);
});
