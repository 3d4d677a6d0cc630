import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failing, program, segment, segmentsOf } from "./stack.ts";

const web = program(segment("web", { segmentId: "web", description: "first" }));

describe("where settings come from", { timeout: 90_000 }, () => {
  let [one, two]: NsxSimulator[] = [];
  beforeAll(async () => {
    one = await startNsxSimulator({ password: "Of-the-first-1" });
    two = await startNsxSimulator({ password: "Of-the-second-2" });
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  test("the environment comes first for credentials, the stack's configuration for everything else", async () => {
    if (!one || !two) throw new Error("no simulator");
    const credentials = { NSX_USERNAME: "admin", NSX_PASSWORD: "Of-the-first-1" };
    await using stack = await Workspace.create({
      program: web,
      // Rotated since: what is in the stack is no longer right.
      config: { "nsx:endpoint": one.url, "nsx:username": "nobody", "nsx:password": "rotated" },
      env: { ...credentials, NSX_ENDPOINT: two.url, NSX_AUTH: "basic" },
    });
    await stack.up();
    expect([segmentsOf(one), segmentsOf(two)]).toEqual([["/infra/segments/web"], []]);
    // A setting that the stack does not have comes from the environment.
    expect(one.control.requests.count("POST /api/session/create")).toBe(0);

    // Without the environment the rotated password counts, and is refused.
    expect(await failing(stack, ["refresh", "--yes", "--skip-preview"], { env: { NSX_PASSWORD: "" } })).toMatch(
      /refused the login of "admin"/,
    );

    // Refresh and destroy take the settings of the last `up` from the state, whatever the stack says now.
    await stack.run(["config", "set", "nsx:endpoint", two.url]);
    await driftCheck(stack, 0);
    one.control.change("/infra/segments/web", { description: "changed" });
    await driftCheck(stack, 7);
    await stack.destroy();
    expect(segmentsOf(one)).toEqual([]);
    expect(two.control.requests.all()).toEqual([]);
  });

  test("all from the environment; a second NSX through a provider of its own", async () => {
    if (!one || !two) throw new Error("no simulator");
    const settings = { "nsx:endpoint": two.url, "nsx:username": "admin", "nsx:password": "Of-the-second-2" };
    await using stack = await Workspace.create({
      program: program(
        segment("web"),
        `const second = new pulumi.ProviderResource("pulumi-nodejs", "second", ${JSON.stringify(settings)});`,
        segment("other", { segmentId: "other" }, "{ provider: second }"),
      ),
      env: { NSX_ENDPOINT: one.url, NSX_USERNAME: "admin" },
      config: { "nsx:password": "Of-the-first-1" },
    });
    await stack.up();
    expect([segmentsOf(one), segmentsOf(two)]).toEqual([["/infra/segments/web"], ["/infra/segments/other"]]);
    await stack.up(["--expect-no-changes"]);
    await stack.destroy();
    expect([segmentsOf(one), segmentsOf(two)]).toEqual([[], []]);
  });
});

describe("what is not right in the settings", { timeout: 90_000 }, () => {
  let nsx: NsxSimulator;
  beforeAll(async () => {
    nsx = await startNsxSimulator();
  });
  afterAll(() => nsx?.close());

  test("a preview tells without asking anybody, once, whatever the number of resources; a state is still looked after", async () => {
    await using stack = await Workspace.create({
      program: program(segment("one"), segment("two"), segment("three")),
      env: { NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password },
    });
    expect(await failing(stack, ["preview"])).toMatch(
      /nsx:endpoint is not set\. Set it with "pulumi config set nsx:endpoint …" or in the environment as NSX_ENDPOINT\./,
    );

    await stack.run(["config", "set", "nsx:enpoint", nsx.url]);
    expect(await failing(stack, ["preview"])).toMatch(/nsx:enpoint is no setting: did you mean nsx:endpoint\?/);
    expect(nsx.control.requests.all()).toEqual([]);

    await stack.run(["config", "rm", "nsx:enpoint"]);
    await stack.run(["config", "set", "nsx:endpoint", nsx.url]);
    await stack.up();
    // Whoever has such a key since an older version can still look, and take everything away.
    await stack.run(["config", "set", "nsx:vlan", "7"]);
    expect(await failing(stack, ["preview"])).toMatch(/nsx:vlan is no setting\. There are nsx:auth, nsx:endpoint, /);
    await driftCheck(stack, 0);
    await stack.destroy();
    expect(segmentsOf(nsx)).toEqual([]);
  });
});
