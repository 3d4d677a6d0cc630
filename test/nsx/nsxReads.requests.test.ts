// What each operation on a stack of many segments costs: the manager allows 100 requests a second.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { segmentArgs, startSegmentBench } from "./nsxSegment.bench.ts";

const size = 40;
let bench: Awaited<ReturnType<typeof startSegmentBench>>;
let runs: ResourceRun[];

beforeEach(async () => {
  bench = await startSegmentBench();
  runs = stack();
});
afterEach(() => bench.close());

/** So many resources in one provider process. */
function stack(): ResourceRun[] {
  const provider = bench.newProcess().providers.byName.NsxSegment as ResourceRun["provider"];
  const owner = (number: number) => `acme/urn:pulumi:dev::shop::x::web-${number}`;
  return Array.from({ length: size }, (_, n) => new ResourceRun(provider, { owner: owner(n), __provider: "text" }));
}

const argsOf = (number: number, more: Properties = {}): Properties => ({
  ...segmentArgs,
  segmentId: `web-${number}`,
  subnets: [{ gatewayAddress: `10.1.${number}.1/24` }],
  ...more,
});
const upAll = (more: Properties = {}) => Promise.all(runs.map((run, number) => run.up(argsOf(number, more))));

/** Requests since the last call, by kind, logins left out. */
function requests(): Record<string, number> {
  const log = bench.simulator.control.requests;
  const kinds = {
    put: /^PUT /,
    delete: /^DELETE /,
    get: /^GET .*\/segments\/web-\d+$/,
    list: /^GET .*\/segments\?/,
    status: /^GET .*realized-state\/status/,
    states: /^GET .*\/segments\/state/,
  };
  const counts = Object.entries(kinds).map(([kind, pattern]) => [kind, log.count(pattern)] as const);
  log.reset();
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

test("creating many costs one request each, and a look at what became of all", async () => {
  await upAll();
  expect(requests()).toEqual({ put: size, states: 1 });
});

test("that finds nothing to do costs nothing", async () => {
  await upAll();
  requests();
  await upAll();
  expect(requests()).toEqual({});
});

test("a refresh costs a list", async () => {
  await upAll();
  requests();
  expect(await Promise.all(runs.map((run) => run.refresh()))).toEqual(runs.map(() => []));
  expect(requests()).toEqual({ list: 1 });
});

test("updating many costs one request each, a list, and a look", async () => {
  await upAll();
  requests();
  expect(new Set(await upAll({ description: "changed" }))).toEqual(new Set(["update"]));
  expect(requests()).toEqual({ list: 1, put: size, states: 1 });
});

test("a single update reads just that object", async () => {
  await upAll();
  requests();
  await runs[3]?.up(argsOf(3, { description: "changed" }));
  expect(requests()).toEqual({ get: 1, put: 1, status: 1 });
});

test("deleting looks at each owner just before", async () => {
  await upAll();
  requests();
  await Promise.all(runs.map((run) => run.destroy()));
  expect(requests()).toEqual({ get: size, delete: size });
});

test("one that cannot be realized is named with its alarm, and the others are done", async () => {
  const { control } = bench.simulator;
  control.planRealization("/infra/segments/web-7", { failure: { message: "no edge cluster", errorCode: 1 } });
  const outcomes = await Promise.allSettled(runs.map((run, number) => run.up(argsOf(number))));
  const failed = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.message] : []));
  expect(failed).toEqual([expect.stringMatching(/web-7[\s\S]*no edge cluster/)]);
  expect(runs[7]?.state?.outputs.realization).toBe("ERROR");
  expect(runs[8]?.state?.outputs.realization).toBe("SUCCESS");
});

test("an object made again under the same revision number is not taken for the old one", async () => {
  await upAll();
  const { control } = bench.simulator;
  for (let number = 0; number < size; number += 1) {
    control.delete(`/infra/segments/web-${number}`, "alice");
    control.change(`/infra/segments/web-${number}`, { display_name: "alice's" }, "alice");
  }
  expect(control.object("/infra/segments/web-5")?._revision).toBe(runs[5]?.state?.outputs.revision);
  const outcomes = await Promise.allSettled(runs.map((run, number) => run.up(argsOf(number, { description: "x" }))));
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      reason: { message: expect.stringContaining("deleted and made again, last changed by alice") },
    });
  }
  expect(control.object("/infra/segments/web-5")?.display_name).toBe("alice's");
});

test("writers that get in between many updates lose nothing", async () => {
  await upAll();
  const { control } = bench.simulator;
  let interfered = 0;
  control.hook({
    before: ({ method, path }) => {
      if (method !== "PUT" || ++interfered > size) return;
      control.change(path.replace("/policy/api/v1", ""), { domain_name: `site-${interfered}` }, "alice");
    },
  });
  expect(new Set(await upAll({ description: "ours" }))).toEqual(new Set(["update"]));
  for (let number = 0; number < size; number += 1) {
    expect(control.object(`/infra/segments/web-${number}`)).toMatchObject({
      description: "ours",
      domain_name: expect.stringMatching(/^site-/),
    });
  }
});
