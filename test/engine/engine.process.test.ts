// What the process itself owes to NSX and to states that were written long ago.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { nsxSegment } from "../fixtures/nsxSegment.ts";
import { destroy, type ResourceState, refresh, up } from "../tools/engine.ts";
import { installedPackage } from "./installed.ts";
import { register, textInState } from "./lifecycle.ts";
import { ProviderProcess } from "./process.ts";

describe("the provider's process", () => {
  let nsx: NsxSimulator;
  let folder: string;
  beforeAll(async () => {
    folder = await installedPackage();
    nsx = await startNsxSimulator();
  }, 600_000);
  afterAll(() => nsx?.close());

  const start = (env: Record<string, string> = {}) =>
    ProviderProcess.start({
      folder,
      config: { "nsx:endpoint": nsx.url },
      env: { NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password, ...env },
    });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("logs in once, and out at %s", async (signal) => {
    nsx.control.requests.reset();
    const provider = await start();
    const states = await Promise.all(
      ["a", "b", "c"].map((name) => up(provider, register(nsxSegment, name, { segmentId: name }))),
    );
    await Promise.all(states.map(({ state }) => destroy(provider, state)));
    expect(nsx.control.requests.count("POST /api/session/create")).toBe(1);
    expect(nsx.control.requests.count("POST /api/session/destroy")).toBe(0);
    expect(await provider.stop(signal)).toBe(0);
    expect(nsx.control.requests.count("POST /api/session/destroy")).toBe(1);
  });

  test.each([
    { kind: "reset", when: "before" },
    { kind: "delay", when: "before", milliseconds: 20_000 },
  ] as const)("ends at an interrupt although NSX does not answer any more: $kind", async (fault) => {
    const provider = await start();
    await up(provider, register(nsxSegment, "stays", { segmentId: "stays" }));
    nsx.control.faults.inject({
      match: "POST /api/session/destroy",
      fault,
      times: "always",
    });
    const started = Date.now();
    await provider.stop();
    expect(Date.now() - started).toBeLessThan(5_000);
    nsx.control.faults.clear();
  });

  // With the real engine: test/cli/engineGone.test.ts.
  test("a closed stdin ends it only when the engine is gone", async () => {
    const provider = await start();
    const { state } = await up(provider, register(nsxSegment, "lives", { segmentId: "lives" }));
    provider.closeStdin();
    await sleep(1_000);
    await destroy(provider, state);
    expect(provider.hasEnded).toBe(false);
    nsx.control.requests.reset();
    provider.log.close();
    await vi.waitFor(() => expect(provider.hasEnded).toBe(true), { timeout: 20_000 });
    expect(nsx.control.requests.all()).toMatchObject([{ path: "/api/session/destroy", status: 200 }]);
    await provider.stop();
  });

  test("a process in which nothing was asked of NSX sends nothing", async () => {
    nsx.control.requests.reset();
    const provider = await start();
    await provider.check("urn", {}, register(nsxSegment, "a", { segmentId: "a" }).inputs);
    await provider.stop();
    expect(nsx.control.requests.all()).toEqual([]);
  });

  test("what is waited for shows under the resource, only while it is", async () => {
    nsx.control.planRealization("/infra/segments/slow", { delay: 600 });
    const provider = await start();
    const { state } = await up(provider, register(nsxSegment, "slow", { segmentId: "slow" }));
    expect(state.outputs.realization).toBe("SUCCESS");
    expect(provider.log.entries).toContainEqual({
      urn: state.urn,
      severity: "info",
      ephemeral: true,
      message: expect.stringContaining("/infra/segments/slow is being realized"),
    });
    await provider.stop();
  });

  // The fixture is never made again: it stands for the states that users have. All kinds: test/cli/oldStates.test.ts.
  describe("a state of version 0.1.0", () => {
    let old: ResourceState;
    let provider: ProviderProcess;
    beforeAll(async () => {
      old = JSON.parse(await readFile(new URL("../fixtures/nsxSegment.state.json", import.meta.url), "utf8"));
      provider = await start();
    });
    afterAll(() => provider.stop());

    function makeItsObject(): void {
      nsx.control.change(old.id, {
        display_name: "web",
        connectivity_path: "/infra/tier-1s/t1-web",
        subnets: [{ gateway_address: "10.9.0.1/24" }],
        tags: [
          { scope: "env", tag: "prod" },
          { scope: "pulumi.owner", tag: old.outputs.ownerMark },
        ],
      });
    }

    test("has the very text that is written today", () => {
      expect(old.inputs.__provider).toBe(textInState("NsxSegment"));
      expect(old.outputs.__provider).toBe(textInState("NsxSegment"));
    });

    test("still refreshes, needs no update, takes one, and deletes its object", async () => {
      makeItsObject();
      const read = await refresh(provider, old);
      expect(read.changed).toBe(false);
      const { __provider, owner, ...args } = old.inputs;
      const again = await up(provider, { urn: old.urn, inputs: { ...args, __provider, owner } }, read.state);
      expect(again.step).toBe("same");
      const { connectivityPath: _, ...less } = args;
      const inputs = { ...less, displayName: "web of today", __provider, owner };
      const updated = await up(provider, { urn: old.urn, inputs }, old);
      expect(updated.step).toBe("update");
      expect(nsx.control.object(old.id)).toMatchObject({ display_name: "web of today", type: "DISCONNECTED" });
      await destroy(provider, updated.state);
      expect(nsx.control.object(old.id)).toBeUndefined();
    });
  });
});
