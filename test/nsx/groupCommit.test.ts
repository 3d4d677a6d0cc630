// What is particular to writing many objects by one request.
import { afterEach, describe, expect, test } from "vitest";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { segmentArgs, startSegmentBench } from "./nsxSegment.bench.ts";

const size = 200;
let bench: Awaited<ReturnType<typeof startSegmentBench>>;
let runs: ResourceRun[];

async function start(switches: object = {}, count = size): Promise<void> {
  bench = await startSegmentBench({ switches });
  runs = newRuns(count);
}
afterEach(() => bench.close());

function newRuns(count: number): ResourceRun[] {
  const world = bench.newProcess({ NSX_WRITE_STRATEGY: "hierarchical" });
  const provider = world.providers.byName.NsxSegment as ResourceRun["provider"];
  const owner = (number: number) => `acme/urn:pulumi:dev::shop::x::web-${number}`;
  return Array.from({ length: count }, (_, n) => new ResourceRun(provider, { owner: owner(n), __provider: "text" }));
}

const control = () => bench.simulator.control;
const path = (number: number) => `/infra/segments/web-${number}`;
const argsOf = (number: number, more: Properties = {}): Properties => {
  const { subnets: _, ...rest } = segmentArgs;
  return { ...rest, segmentId: `web-${number}`, ...more };
};
const upAll = (more: Properties = {}) => Promise.all(runs.map((run, number) => run.up(argsOf(number, more))));
const upSettled = (more: Properties = {}) =>
  Promise.allSettled(runs.map((run, number) => run.up(argsOf(number, more))));

/** Requests since the last call, logins left out. */
function requests(): string[] {
  const sent = control()
    .requests.all()
    .map((entry) => `${entry.method} ${entry.path.replace("/policy/api/v1", "").replace(/\?.*/, "")}`);
  control().requests.reset();
  return sent.filter((what) => !what.includes("/session/"));
}

describe("cost", () => {
  test("creating 200 takes a look that none is there, one write, and a look at each result", async () => {
    await start();
    await upAll();
    expect(requests()).toEqual([
      "GET /infra/segments",
      "PATCH /infra",
      "GET /infra/segments",
      "GET /infra/segments/state",
    ]);
    expect(bench.count()).toBe(size);
  });

  test("updating 200 is one write; deleting them is a look at all owners and one write", async () => {
    await start();
    await upAll();
    requests();
    await upAll({ description: "changed" });
    expect(requests().filter((what) => what.startsWith("PATCH"))).toHaveLength(1);
    await Promise.all(runs.map((run) => run.destroy()));
    // The tenth request of the process has the question for NSX's limits beside it.
    const ofObjects = requests().filter((what) => !what.endsWith("/node/services/http"));
    expect(ofObjects).toEqual(["GET /infra/segments", "PATCH /infra"]);
    expect(bench.count()).toBe(0);
  });

  test.each([1, 2])("an engine that has 40 under way in %i trees waits for more only with its first", async (trees) => {
    await start();
    const { transportZonePath: _, ...bare } = argsOf(0);
    const places = [{}, { projectPath: "/orgs/default/projects/dev" }];
    const waited: number[] = [];
    for (let wave = 0; wave < 5; wave += 1) {
      const began = bench.clock.now();
      await Promise.all(
        runs.slice(wave * 40, wave * 40 + 40).map(async (run, n) => {
          await bench.clock.sleep(n);
          await run.up({ ...bare, segmentId: `web-${wave * 40 + n}`, ...places[n % trees] });
        }),
      );
      waited.push(bench.clock.now() - began);
    }
    expect(requests().filter((what) => what.startsWith("PATCH"))).toHaveLength(5 * trees);
    // The last comes after 39 ms; the rest is looking at what was made.
    for (const milliseconds of waited.slice(1)) expect(milliseconds).toBeLessThan(100);
  });

  test("a first write that comes alone does not make those after it go alone", async () => {
    await start();
    await runs[0]?.up(argsOf(0));
    requests();
    await Promise.all(
      runs.slice(1).map(async (run, n) => {
        await bench.clock.sleep(n);
        await run.up(argsOf(n + 1));
      }),
    );
    expect(requests().filter((what) => what.startsWith("PATCH"))).toHaveLength(1);
  });

  test("what lies elsewhere goes to its own place, in as few requests as there are roots", async () => {
    await start({}, 12);
    const { transportZonePath: _, ...bare } = argsOf(0);
    const places = [{}, { tier1Path: "/infra/tier-1s/t1-web" }, { projectPath: "/orgs/default/projects/dev" }];
    await Promise.all(runs.map((run, n) => run.up({ ...bare, segmentId: `web-${n}`, ...places[n % 3] })));
    expect(requests().filter((what) => what.startsWith("PATCH"))).toEqual([
      "PATCH /infra",
      "PATCH /orgs/default/projects/dev/infra",
    ]);
    expect(runs.map(({ state }) => state?.id).slice(0, 3)).toEqual([
      "/infra/segments/web-0",
      "/infra/tier-1s/t1-web/segments/web-1",
      "/orgs/default/projects/dev/infra/segments/web-2",
    ]);
    for (const run of runs) expect(await run.refresh()).toEqual([]);
    await Promise.all(runs.map((run) => run.destroy()));
    expect(control().objects("/infra/tier-1s/t1-web")).toEqual([]);
  });
});

describe.each([true, false])("when the manager applies a request as a whole: %s", (hierarchicalAtomic) => {
  test("one that it refuses fails with its own words, and all others are written once", async () => {
    await start({ hierarchicalAtomic });
    const bad = (n: number) => (n === 77 ? { transportZonePath: "/infra/none" } : {});
    const outcomes = await Promise.allSettled(runs.map((run, n) => run.up(argsOf(n, bad(n)))));
    const failed = outcomes.flatMap((outcome, n) =>
      outcome.status === "rejected" ? [[n, outcome.reason.message]] : [],
    );
    expect(failed).toEqual([[77, expect.stringMatching(/NsxSegment web-77: create failed.*500012/)]]);
    expect(bench.count()).toBe(size - 1);
    for (const { state } of runs) if (state) expect(control().object(state.id)?._revision).toBe(0);
    expect(runs.filter(({ state }) => state).every(({ state }) => state?.outputs.revision === 0)).toBe(true);
  });

  test("conflicts stop those that have one, by name, and no other", async () => {
    await start({ hierarchicalAtomic });
    await upAll();
    for (const n of [3, 150]) control().change(path(n), { description: "alice's" }, "alice");
    const outcomes = await upSettled({ description: "ours" });
    const failed = outcomes.flatMap((outcome, n) =>
      outcome.status === "rejected" ? [[n, outcome.reason.message]] : [],
    );
    expect(failed.map(([n]) => n)).toEqual([3, 150]);
    expect(failed[0]?.[1]).toMatch(/description: last applied .* now "alice's", wanted "ours"/);
    expect(control().object(path(3))).toMatchObject({ description: "alice's" });
    expect(control().object(path(4))).toMatchObject({ description: "ours" });
  });

  test("writers that get in between are merged with, and lose nothing", async () => {
    await start({ hierarchicalAtomic });
    await upAll();
    let interfered = false;
    control().hook({
      before: ({ method }) => {
        if (method !== "PATCH" || interfered) return;
        interfered = true;
        for (const n of [0, 10, 199]) control().change(path(n), { domain_name: `site-${n}` }, "alice");
      },
    });
    expect(new Set(await upAll({ description: "ours" }))).toEqual(new Set(["update"]));
    for (const n of [0, 10, 199]) {
      expect(control().object(path(n))).toMatchObject({ description: "ours", domain_name: `site-${n}` });
    }
  });

  test.each(["before", "after"] as const)(
    "a request without an answer (%s it was carried out) is resolved by reading",
    async (when) => {
      await start({ hierarchicalAtomic });
      bench.inject("PATCH /**", { kind: "reset", when });
      await upAll();
      expect(bench.count()).toBe(size);
      bench.inject("PATCH /**", { kind: "reset", when });
      await upAll({ description: "ours" });
      for (let n = 0; n < size; n += 1) expect(control().object(path(n))).toMatchObject({ description: "ours" });
      expect(new Set(await upAll({ description: "ours" }))).toEqual(new Set(["same"]));
    },
  );
});

test("a create never overwrites what somebody made by hand, also when it was made a moment ago", async () => {
  await start();
  const theirs = (n: number) => control().change(path(n), { display_name: "by hand" }, "alice");
  theirs(5);
  let made = false;
  control().hook({
    before: ({ method }) => {
      if (method !== "PATCH" || made) return;
      made = true;
      theirs(6);
    },
  });
  const outcomes = await upSettled();
  for (const n of [5, 6]) {
    expect(outcomes[n]).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("alice") } });
    expect(control().object(path(n))).toMatchObject({ display_name: "by hand", _revision: 0 });
  }
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(size - 2);
});

test("that nothing is there is never taken from a list that is older than ten seconds, however large", async () => {
  await start({}, 8);
  for (let n = 0; n < 3_000; n += 1) control().change(`/infra/segments/other-${n}`, {}, "seed");
  const [first, ...later] = runs;
  await Promise.all(runs.slice(0, 4).map((run, n) => run.up(argsOf(n))));
  control().change(path(5), { display_name: "by hand" }, "alice");
  // The burst goes on, as in a long run.
  for (let second = 0; second < 11; second += 1) {
    bench.clock.advance(1_000);
    await first?.refresh();
  }
  requests();
  await expect(later[4]?.up(argsOf(5))).rejects.toThrow("alice");
  expect(requests().filter((what) => what.startsWith("PATCH"))).toEqual([]);
});

test("a change that somebody makes right after our write is not taken for ours", async () => {
  await start();
  await upAll();
  let changed = false;
  control().hook({
    after: ({ method }) => {
      if (method !== "PATCH" || changed) return;
      changed = true;
      control().change(path(9), { description: "alice's" }, "alice");
    },
  });
  await upAll({ description: "ours" });
  expect(runs[9]?.state?.outputs.revision).toBe(1);
  const outcomes = await upSettled({ description: "ours again" });
  expect(outcomes[9]).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("alice's") } });
  expect(control().object(path(9))).toMatchObject({ description: "alice's" });
});

test("an object that was made again before a create looked is not taken for its own, though the mark was copied", async () => {
  await start({}, 1);
  let remade = false;
  control().hook({
    after: ({ method }) => {
      if (method !== "PATCH" || remade) return;
      remade = true;
      const { tags } = control().object(path(0)) ?? {};
      control().delete(path(0), "alice", true);
      control().change(path(0), { display_name: "by hand" }, "alice");
      control().change(path(0), { tags }, "bob");
    },
  });
  await upAll();
  expect(runs[0]?.state?.outputs).toMatchObject({ revision: 0, uniqueId: "" });
  const [outcome] = await upSettled({ description: "ours" });
  expect(outcome).toMatchObject({ reason: { message: expect.stringContaining("by hand") } });
});

test.each(["keep", "reset"])(
  "what the program gives up is cleared, where a PATCH would %s what it does not carry",
  async (patchOmitted) => {
    await start({ patchOmitted }, 5);
    await upAll({ domainName: "example.org" });
    expect(control().object(path(1))).toMatchObject({ domain_name: "example.org" });
    control().change(path(1), { mac_pool_id: "theirs" }, "alice");
    await Promise.all(runs.map((run) => run.refresh()));
    await upAll();
    expect(control().object(path(1))?.domain_name).toBeUndefined();
    expect(control().object(path(1))).toMatchObject({ mac_pool_id: "theirs" });
  },
);

test("a delete carries the revision that was looked at, so a write in between is seen", async () => {
  await start({}, 5);
  await upAll();
  let taken = false;
  control().hook({
    before: ({ method }) => {
      if (method !== "PATCH" || taken) return;
      taken = true;
      control().change(path(2), { tags: [{ scope: "pulumi.owner", tag: "other/prod/0123456789abcdef/1" }] }, "other");
    },
  });
  await Promise.all(runs.map((run) => run.destroy()));
  expect(
    control()
      .objects("/infra/segments")
      .map((object) => object.path),
  ).toEqual([path(2)]);
});
