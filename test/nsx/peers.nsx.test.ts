// What existing tools for NSX were measured to do (ansible-for-nsxt, saltext-vcf, vmware-nsxlib, vmware-nsx-mgmt, the bare
// SDK), row by row, and that ours does it right; what every resource does is in the lifecycle suite already.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../simulators/kit/index.ts";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import type { TestWorld } from "../tools/world.ts";
import { type SegmentBench, segmentArgs, startSegmentBench } from "./nsxSegment.bench.ts";

let bench: SegmentBench;
let world: TestWorld;

async function start(switches: Partial<NsxSwitches> = {}): Promise<void> {
  await bench?.close();
  bench = await startSegmentBench({ switches });
  world = bench.newProcess();
}

beforeEach(() => start());
afterEach(() => bench.close());

const control = () => bench.simulator.control;
const put = "PUT /policy/api/v1/infra/segments/*";
const refuse = (status: number, headers = {}): Fault => ({
  kind: "respond",
  when: "before",
  status,
  headers,
  body: {},
});

function runOf(name: string): ResourceRun {
  const provider = world.providers.byName.NsxSegment as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::${name}`, __provider: "text" });
}

/** So many segments at once, as the engine has them under way. */
async function upAll(count: number, more: object = {}): Promise<ResourceRun[]> {
  const runs = Array.from({ length: count }, (_, index) => runOf(`s${index}`));
  await Promise.all(runs.map((run, index) => run.up({ ...argsOf(index), ...more })));
  return runs;
}

const argsOf = (index: number) => ({
  segmentId: `s${index}`,
  displayName: `segment ${index}`,
  connectivityPath: "/infra/tier-1s/t1-web",
  subnets: [{ gatewayAddress: `10.${index}.0.1/24` }],
  tags: [{ scope: "env", tag: "prod" }],
});

/** Writes that were carried out without proof of the revision that they replace. */
const blindWrites = () => control().requests.count("PATCH /policy/**");

describe("200 segments under NSX's own limits", () => {
  const limits = { requestsPerSecond: 100, clientConcurrency: 40 };

  test("are all made, changed in one field and made sure of, with no write that is blind", {
    timeout: 60_000,
  }, async () => {
    await start(limits);
    const runs = await upAll(200);
    expect(bench.count()).toBe(200);
    bench.requests("* /**");
    await Promise.all(runs.map((run, index) => run.up(argsOf(index))));
    expect(bench.requests("* /**")).toBe(0);
    await Promise.all(runs.map((run, index) => run.up({ ...argsOf(index), description: "changed" })));
    expect(
      control()
        .objects("/infra/segments")
        .map(({ description }) => description),
    ).toEqual(Array.from({ length: 200 }, () => "changed"));
    expect(blindWrites()).toBe(0);
  });
});

describe("drift", () => {
  test("names field, object and who did it when", async () => {
    const run = runOf("web");
    await run.up(segmentArgs);
    control().change("/infra/segments/web", { description: "alice's" }, "alice");
    expect(await run.refresh()).toEqual(["description"]);
    expect(run.state?.inputs.description).toBe("alice's");
    expect(world.warnings.map(({ message }) => message).join("\n")).toMatch(
      /NsxSegment \/infra\/segments\/web: description changed outside of this stack, by alice at 2026-/,
    );
  });

  test("only what changed is called changed", async () => {
    const runs = await upAll(3);
    control().change("/infra/segments/s1", { display_name: "alice's" }, "alice");
    expect(await Promise.all(runs.map((run) => run.refresh()))).toEqual([[], ["displayName"], []]);
  });
});

describe("somebody's edit between our read and our write", () => {
  test.each<[string, Properties, Partial<NsxSwitches>]>([
    ["of a field that was set before", { domain_name: "before.example.org" }, {}],
    ["of a field that was not", {}, {}],
    ["which NSX answers with 409", {}, { staleRevisionStatus: 409 }],
    ["which NSX answers with 412", {}, { staleRevisionStatus: 412 }],
  ])("survives %s", async (_, before, switches) => {
    await start(switches);
    const run = runOf("web");
    await run.up(segmentArgs);
    if (Object.keys(before).length > 0) control().change("/infra/segments/web", before, "alice");
    let edited = false;
    control().hook({
      before: ({ method }) => {
        if (method !== "PUT" || edited) return;
        edited = true;
        control().change("/infra/segments/web", { domain_name: "after.example.org" }, "alice");
      },
    });
    expect(await run.up({ ...segmentArgs, description: "ours" })).toBe("update");
    expect(control().object("/infra/segments/web")).toMatchObject({
      description: "ours",
      domain_name: "after.example.org",
    });
  });
});

describe("three segments", () => {
  const moments: [string, string, Fault, number][] = [
    ["503 three times on the write", put, refuse(503), 3],
    ["429 once", put, refuse(429), 1],
    ["429 once that says when to come again", put, { kind: "retryAfter", status: 429, seconds: 2, as: "seconds" }, 1],
    ["a session that ends before the write", put, refuse(403), 1],
    ["a session that ends, said with 401", put, refuse(401), 1],
  ];

  test.each(moments)("are all made in spite of %s", async (_, match, fault, times) => {
    bench.inject(match, fault, times);
    await upAll(3);
    expect(bench.count()).toBe(3);
  });

  test.each([
    ["503 three times", refuse(503), 3],
    ["429", refuse(429), 1],
    ["a drop", { kind: "reset", when: "before" }, 1],
  ] as [string, Fault, number][])("are all read in spite of %s", async (_, fault, times) => {
    const runs = await upAll(3);
    bench.inject("GET /policy/**", fault, times);
    expect(await Promise.all(runs.map((run) => run.refresh()))).toEqual([[], [], []]);
  });

  test("whose answers are all lost are there once, and the next run finds nothing to do", async () => {
    bench.inject(put, { kind: "reset", when: "after" }, 3);
    const runs = await upAll(3);
    expect(bench.count()).toBe(3);
    expect(await Promise.all(runs.map((run, index) => run.up(argsOf(index))))).toEqual(["same", "same", "same"]);
    const made = control()
      .history.all()
      .filter(({ kind, path }) => kind === "create" && path.includes("/segments/"));
    expect(made).toHaveLength(3);
  });
});
