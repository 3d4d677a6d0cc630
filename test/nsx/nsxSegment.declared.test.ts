// What a program declares, what was applied, and what is there: each case was tried from outside and went wrong once.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import type { TestWorld } from "../tools/world.ts";
import { type SegmentBench, startSegmentBench } from "./nsxSegment.bench.ts";

const zones = "/infra/sites/default/enforcement-points/default/transport-zones";
const path = "/infra/segments/web";
const base: Properties = { segmentId: "web", subnets: [{ gatewayAddress: "10.1.0.1/24" }] };

let bench: SegmentBench;
let world: TestWorld;
let run: ResourceRun;

beforeEach(async () => {
  bench = await startSegmentBench();
  world = bench.newProcess();
  run = runIn(world);
});
afterEach(() => bench.close());

function runIn({ providers }: TestWorld, ignoreChanges?: string[]): ResourceRun {
  const owner = "acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nsx:NsxSegment::it";
  const options = ignoreChanges ? { ignoreChanges } : {};
  return new ResourceRun(providers.byName.NsxSegment as never, { owner, __provider: "text", ...options });
}

const there = () => bench.simulator.control.object(path) as Properties & { subnets: Properties[] };
const change = (fields: Properties, user = "alice") => bench.simulator.control.change(path, fields, user);
const writes = () => bench.requests("PUT /**");
const said = () => world.warnings.map(({ message }) => message).join("\n");

async function failure(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return (error as { reasons?: string[] }).reasons?.join() ?? (error as Error).message;
}

describe.each(["put", "hierarchical"])("what the program leaves out (nsx:writeStrategy %s)", (NSX_WRITE_STRATEGY) => {
  beforeEach(() => {
    world = bench.newProcess({ NSX_WRITE_STRATEGY });
    run = runIn(world);
  });

  const dhcp = (more: Properties = {}) => ({
    ...base,
    subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "10.1.0.2/24", ...more } }],
  });

  test("a nested object goes", async () => {
    await run.up(dhcp({ dnsServers: ["10.9.9.9"] }));
    expect(await run.up(base)).toBe("update");
    expect(there().subnets).toEqual([{ gateway_address: "10.1.0.1/24", network: expect.anything() }]);
    expect(await run.refresh()).toEqual([]);
  });

  test("a nested list goes, and what is beside it stays", async () => {
    await run.up(dhcp({ dnsServers: ["10.9.9.9"] }));
    expect(await run.up(dhcp())).toBe("update");
    expect(there().subnets[0]?.dhcp_config).not.toHaveProperty("dns_servers");
    expect(there().subnets[0]?.dhcp_config).toMatchObject({ server_address: "10.1.0.2/24" });
    expect(await run.up(dhcp())).toBe("same");
  });

  test("what somebody else has set in it stops the update, which says so", async () => {
    await run.up(dhcp());
    const [subnet] = there().subnets;
    change({ subnets: [{ ...subnet, dhcp_config: { ...(subnet?.dhcp_config as object), lease_time: 600 } }] });
    writes();
    expect(await failure(run.up(base))).toContain("leaseTime: not declared before, set by somebody else to 600");
    expect(writes()).toBe(0);
    await run.refresh();
    expect(await run.up(base)).toBe("update");
    expect(there().subnets[0]).not.toHaveProperty("dhcp_config");
  });
});

describe("fields that cannot change", () => {
  test("naming the zone that NSX has chosen, and leaving it out again, replaces nothing", async () => {
    await run.up(base);
    const { unique_id } = there();
    writes();
    expect(await run.up({ ...base, transportZonePath: `${zones}/overlay-tz` })).toBe("update");
    expect(await run.up(base)).toBe("update");
    expect(writes()).toBe(0);
    expect(there().unique_id).toBe(unique_id);
  });

  test("another zone replaces", async () => {
    await run.up(base);
    expect(await run.up({ segmentId: "web", transportZonePath: `${zones}/vlan-tz`, vlanIds: ["7"] })).toBe("replace");
  });

  test("another overlay id replaces, and adoption compares it", async () => {
    await run.up({ ...base, overlayId: 71000 });
    expect(await run.up({ ...base, overlayId: 71001 })).toBe("replace");
    const { providers } = bench.newProcess();
    const other = new ResourceRun(providers.byName.NsxSegment as never, {
      owner: "urn:pulumi:prod::shop::x::it",
      __provider: "text",
    });
    const message = await failure(other.up({ ...base, overlayId: 71002, adopt: true }));
    expect(message).toContain("exists with overlayId 71001 instead of 71002, which cannot be changed");
  });
});

test("a replacement under its own name that is made before the old one goes is refused, and says why", async () => {
  await run.up({ ...base, overlayId: 71000 });
  const before = there();
  // What the engine does under deleteBeforeReplace: false: a create, while the object of the same resource is there.
  const message = await failure(runIn(bench.newProcess()).up({ ...base, overlayId: 71001 }));
  expect(message).toMatch(/exists with overlayId 71000 instead of 71001.*"deleteBeforeReplace: false"/);
  expect(there()).toEqual(before);
});

describe("a default written into the program", () => {
  test.each<[string, Properties, Properties]>([
    ["adminState", { adminState: "UP" }, { admin_state: "DOWN" }],
    ["tags", { tags: [] }, { tags: [{ scope: "a", tag: "b" }] }],
    ["domainName", { domainName: "" }, { domain_name: "x.example" }],
  ])("%s is managed from now on", async (field, declared, theirs) => {
    await run.up(base);
    writes();
    expect(await run.up({ ...base, ...declared })).toBe("update");
    expect(writes()).toBe(0);
    change(theirs);
    expect(await run.refresh({ save: false })).toEqual([field]);
  });

  test("while NSX says something else: the update stops, and after a refresh it writes", async () => {
    await run.up(base);
    change({ admin_state: "DOWN" });
    const message = await failure(run.up({ ...base, adminState: "UP" }));
    expect(message).toContain('adminState: not declared before, set by somebody else to "DOWN", wanted "UP"');
    expect(there().admin_state).toBe("DOWN");
    await run.refresh();
    expect(await run.up({ ...base, adminState: "UP" })).toBe("update");
    expect(there().admin_state).toBe("UP");
  });

  test("taken out it is given up: no write, and no conflict with whoever changes it then", async () => {
    await run.up({ ...base, adminState: "UP" });
    change({ admin_state: "DOWN" });
    const before = there();
    expect(await run.up(base)).toBe("update");
    expect(there()).toEqual(before);
    expect(await run.refresh()).toEqual([]);
  });

  test("what NSX has filled in is nobody's change", async () => {
    await run.up(base);
    change({ domain_name: "x.example" });
    expect(await run.up({ ...base, displayName: "Web" })).toBe("update");
    expect(there()).toMatchObject({ display_name: "Web", domain_name: "x.example" });
  });
});

test("a field that cannot change, taken out and then named as its default, makes another object", async () => {
  await run.up({ ...base, advancedConfig: { hybrid: true } });
  expect(await run.up({ ...base })).toBe("update");
  expect(await run.up({ ...base, advancedConfig: { hybrid: false } })).toBe("replace");
  expect(there().advanced_config).not.toMatchObject({ hybrid: true });
});

describe("interruptions", () => {
  test("what somebody changed after an interrupted create is not overwritten", async () => {
    await run.up({ ...base, description: "ours" });
    change({ description: "alice's" });
    const again = runIn(bench.newProcess());
    const message = await failure(again.up({ ...base, description: "ours" }));
    expect(message).toContain("made by an interrupted run of this stack and changed since by alice");
    expect(message).toContain('description: now "alice\'s", wanted "ours"');
    expect(message).toContain("adopt: true");
    expect(there().description).toBe("alice's");
    expect(await again.up({ ...base, description: "ours", adopt: true })).toBe("create");
  });

  test("an update that was interrupted after its write is no conflict with ourselves, whatever the program says now", async () => {
    await run.up({ ...base, description: "one" });
    const before = run.state;
    await run.up({ ...base, description: "two" });
    run.state = before;
    expect(await run.up({ ...base, description: "three" })).toBe("update");
    expect(there().description).toBe("three");
  });

  test("another element of the same key, which others have, is not taken for what it has written", async () => {
    const config = (value: string) => ({ configPair: { key: "k", value } });
    await run.up({ ...base });
    change({ extra_configs: [{ config_pair: { key: "k", value: "theirs" } }] });
    const adopting = runIn(bench.newProcess());
    await adopting.up({ ...base, extraConfigs: [config("ours")], adopt: true });
    const before = adopting.state;
    await adopting.up({ ...base, adopt: true });
    adopting.state = before;
    const message = await failure(adopting.up({ ...base, adopt: true, description: "now" }));
    expect(message).toContain('extraConfigs[k].configPair.value: last applied "ours", now "theirs", wanted nothing');
    expect(there().extra_configs).toEqual([{ config_pair: { key: "k", value: "theirs" } }]);
  });

  test("but what somebody wrote after it is", async () => {
    await run.up({ ...base, description: "one" });
    const before = run.state;
    await run.up({ ...base, description: "two" });
    change({ description: "alice's" });
    run.state = before;
    expect(await failure(run.up({ ...base, description: "three" }))).toContain("alice's");
  });
});

describe("lists", () => {
  const policies = (...hops: string[]) => ({
    ...base,
    advancedConfig: {
      localEgressRoutingPolicies: hops.map((nexthopAddress, index) => ({
        nexthopAddress,
        prefixListPaths: [`/infra/tier-0s/t0/prefix-lists/p${index}`],
      })),
    },
  });

  test("policies have an order: one swapped by hand is drift", async () => {
    await run.up(policies("10.1.0.10", "10.1.0.11"));
    const { advanced_config } = there() as unknown as { advanced_config: { local_egress_routing_policies: object[] } };
    const swapped = [...advanced_config.local_egress_routing_policies].reverse();
    change({ advanced_config: { ...advanced_config, local_egress_routing_policies: swapped } });
    expect(await run.refresh({ save: false })).toEqual(["advancedConfig"]);
  });

  test("two entries of one next hop both survive an update", async () => {
    await run.up(policies("10.1.0.10", "10.1.0.10"));
    await run.up({ ...policies("10.1.0.10", "10.1.0.10"), description: "more" });
    const { advanced_config } = there() as unknown as { advanced_config: { local_egress_routing_policies: object[] } };
    expect(advanced_config.local_egress_routing_policies).toHaveLength(2);
  });

  const extra = (...pairs: [string, string][]) => pairs.map(([key, value]) => ({ config_pair: { key, value } }));
  const config = (key: string, value: string) => ({ configPair: { key, value } });

  test("two settings of one key that somebody made survive an update of another", async () => {
    await run.up({ ...base, extraConfigs: [config("ours", "1")] });
    change({ extra_configs: extra(["theirs", "a"], ["ours", "1"], ["theirs", "b"]) });
    await run.up({ ...base, extraConfigs: [config("ours", "2")] });
    expect(there().extra_configs).toEqual(extra(["theirs", "a"], ["ours", "2"], ["theirs", "b"]));
  });

  test("unknown elements and a live subnet without a gateway crash nothing", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    await run.up(base);
    const { provider, state } = run;
    for (const args of [{ subnets: [unknown] }, { extraConfigs: [unknown] }, { tags: [unknown, { scope: "a" }] }]) {
      const news = { ...run.constants, segmentId: "web", ...args };
      const { inputs, failures } = await provider.check(state?.inputs ?? {}, news);
      expect(failures).toEqual([]);
      expect((await provider.diff(path, state?.outputs, inputs)).changes).toBeUndefined();
    }
  });
});

describe("what belongs to others", () => {
  test("tags of another system are neither drift nor removed, whoever put them", async () => {
    world = bench.newProcess({ NSX_IGNORE_TAGS: "SYSTEM, vcd.*" });
    run = runIn(world);
    const tags = [{ scope: "env", tag: "prod" }];
    await run.up({ ...base, tags });
    const live = there().tags as object[];
    change({ tags: [...live, { scope: "SYSTEM", tag: "managed" }, { scope: "vcd.org", tag: "acme" }] });
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ ...base, tags: [], description: "x" })).toBe("update");
    expect((there().tags as { scope: string }[]).map(({ scope }) => scope).sort()).toEqual([
      "SYSTEM",
      "pulumi.owner",
      "vcd.org",
    ]);
    expect(await run.refresh()).toEqual([]);
  });

  test("adopting an object with as many tags as NSX takes is explained", async () => {
    change({ display_name: "full", tags: Array.from({ length: 30 }, (_, index) => ({ scope: "s", tag: `${index}` })) });
    const message = await failure(run.up({ segmentId: "web", adopt: true }));
    expect(message).toMatch(/31 tags, and NSX takes 30.*owner mark/);
  });

  test.each([["description"], ["advancedConfig.multicast"], ["subnets[0].dhcpRanges"], ["*"]])(
    "a field in ignoreChanges that somebody edits stops no update, and stays: %s",
    async (ignored) => {
      run = runIn(world, [ignored]);
      const args = {
        ...base,
        description: "ours",
        advancedConfig: { multicast: true },
        subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.100-10.1.0.120"] }],
      };
      await run.up(args);
      const live = there() as unknown as { advanced_config: object; subnets: object[] };
      change({
        description: ignored === "description" ? "alice's" : "ours",
        advanced_config: { ...live.advanced_config, multicast: !ignored.startsWith("adv") },
        subnets: [
          {
            ...live.subnets[0],
            dhcp_ranges: ["10.1.0.100-10.1.0.120", ...(ignored.startsWith("subnets") ? ["10.1.0.130-10.1.0.140"] : [])],
          },
        ],
      });
      const theirs = there();
      await run.up({ ...args, tags: [{ scope: "new", tag: "1" }] });
      const { description, advanced_config, subnets } = theirs;
      expect(there()).toMatchObject({ description, advanced_config, subnets });
    },
  );
});

describe("notations", () => {
  test("an IPv6 gateway that comes back uncompressed is the same", async () => {
    const args = { segmentId: "web", subnets: [{ gatewayAddress: "2001:db8::1/64" }] };
    await run.up(args);
    change({ subnets: [{ ...there().subnets[0], gateway_address: "2001:db8:0:0:0:0:0:1/64" }] });
    expect(await run.refresh({ save: false })).toEqual([]);
    expect(await run.up({ ...args, description: "more" })).toBe("update");
    expect(there().subnets[0]?.gateway_address).toBe("2001:db8:0:0:0:0:0:1/64");
    expect(said()).toBe("");
  });
});

describe("what NSX makes of it", () => {
  const projectPath = "/orgs/default/projects/dev";
  const inProject = `${projectPath}/infra/segments/web`;
  const startWith = async (switches: object) => {
    await bench.close();
    bench = await startSegmentBench({ switches });
    world = bench.newProcess();
    run = runIn(world);
  };

  test("a project's own zone instead of the program's is told once, replaces nothing, and is quiet then", async () => {
    await startWith({ projectZone: "own" });
    const zone = "/infra/sites/default/enforcement-points/default/transport-zones/other-tz";
    bench.simulator.control.change(zone, { tz_type: "OVERLAY_BACKED" });
    const args = { segmentId: "web", projectPath, transportZonePath: zone };
    await run.up(args);
    expect(said()).toMatch(/NSX has made transportZonePath ".*overlay-tz" instead of what was sent/);
    world.warnings.length = 0;
    expect(await run.refresh()).toEqual([]);
    expect(await run.up(args)).toBe("same");
    expect(await run.up({ ...args, description: "more" })).toBe("update");
    expect(bench.simulator.control.object(inProject)).toMatchObject({ description: "more" });
    expect(said()).toBe("");
  });

  test("a trimmed name is the same name", async () => {
    await startWith({ trimNames: true });
    await run.up({ ...base, displayName: "Web ", description: " what " });
    expect(there()).toMatchObject({ display_name: "Web", description: "what" });
    expect(said()).toBe("");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ ...base, displayName: "Web ", description: " what else " })).toBe("update");
  });

  test("an integer beyond 2^53 that somebody keeps on the object comes back digit by digit", async () => {
    await run.up(base);
    bench.simulator.control.plant(path, "vendor_counter", "9007199254740993", "alice");
    await run.up({ ...base, description: "more" });
    expect(bench.simulator.control.numberAt(path, "vendor_counter")).toBe("9007199254740993");
  });
});

describe("ignoreChanges inside of lists", () => {
  const lists = {
    ...base,
    tags: [
      { scope: "a", tag: "1" },
      { scope: "b", tag: "1" },
    ],
    subnets: [
      {
        gatewayAddress: "10.1.0.1/24",
        dhcpConfig: {
          serverAddress: "10.1.0.2/24",
          dnsServers: ["1.1.1.1", "8.8.8.8"],
          options: { option121: { staticRoutes: [{ network: "10.9.0.0/16", nextHop: "10.1.0.9" }] } },
        },
      },
    ],
  };
  test.each([
    "tags[*].tag",
    "tags[0].scope",
    "subnets[0].dhcpConfig.dnsServers[0]",
    "subnets[*].dhcpConfig.options.option121.staticRoutes[0].nextHop",
    "subnets[*].gatewayAddress",
  ])("%s: what is left to others stays as it is there", async (ignored) => {
    run = runIn(world, [ignored]);
    await run.up(lists);
    const before = there();
    expect(await run.up({ ...lists, description: "more" })).toBe("update");
    const { tags, subnets } = there();
    const withoutMark = (all: unknown) => (all as { scope: string }[]).filter(({ scope }) => scope !== "pulumi.owner");
    expect(withoutMark(tags)).toEqual(withoutMark(before.tags));
    expect(subnets).toEqual(before.subnets);
    expect(await run.refresh({ save: false })).toEqual([]);
  });
});
