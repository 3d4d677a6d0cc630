// The limits that an administrator has set (guide: "API Rate Limiting", /api/v1/node/services/http): asked for once, beside
// other requests, and gone by; whatever keeps a manager from telling them changes nothing.
import { afterEach, describe, expect, test } from "vitest";
import type { Fault } from "../../simulators/kit/index.ts";
import type { NsxSimulatorOptions, NsxSwitches } from "../../simulators/nsx/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import type { TestWorld } from "../tools/world.ts";
import { startClientBench } from "./nsxClient.bench.ts";
import { type SegmentBench, startSegmentBench } from "./nsxSegment.bench.ts";

const question = "GET /api/v1/node/services/http";

let bench: SegmentBench;
afterEach(() => bench?.close());

async function start(
  switches: Partial<NsxSwitches> = {},
  environment: Record<string, string> = {},
  options: NsxSimulatorOptions = {},
): Promise<TestWorld> {
  bench = await startSegmentBench({ ...options, switches });
  const world = bench.newProcess(environment);
  world.slowDown(60);
  return world;
}

/** So many creates that begin at once, as `pulumi up` begins them. */
async function create({ providers }: TestWorld, count: number, from = 0) {
  const { clock, simulator } = bench;
  const began = clock.now();
  await Promise.all(
    Array.from({ length: count }, (_, number) => {
      const provider = providers.byName.NsxSegment as unknown as ResourceRun["provider"];
      const run = new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::s${number}`, __provider: "text" });
      return run.up({ segmentId: `s${from + number}`, displayName: `s${from + number}` });
    }),
  );
  const sent = simulator.control.requests.all();
  return {
    seconds: (clock.now() - began) / 1_000,
    refused: sent.filter(({ status }) => status === 429).length,
    asked: simulator.control.requests.count(question),
    sent: sent.length,
  };
}

describe("limits that are lower than usual", () => {
  const low = { requestsPerSecond: 20, clientConcurrency: 4 } as const;

  test("are kept from when they are known: what comes after that is refused no more", async () => {
    const world = await start(low);
    const first = await create(world, 60);
    expect(first.asked).toBe(1);
    const second = await create(world, 60, 100);
    expect([second.refused - first.refused, second.asked]).toEqual([0, 1]);
    // 60 requests at 20 a second.
    expect(second.seconds).toBeGreaterThan(2);
    expect(second.seconds).toBeLessThan(4);
  });

  test("are run into all along where the manager does not tell them", async () => {
    const known = await create(await start(low), 60);
    await bench.close();
    const unknown = await create(await start({ ...low, httpService: "absent" }), 60);
    expect(unknown.refused).toBeGreaterThan(1.5 * known.refused);
  });
});

describe("limits that are higher than usual", () => {
  const high = { requestsPerSecond: 200, clientConcurrency: 100, totalConcurrency: 199 } as const;
  const secondsFor = async (switches: Partial<NsxSwitches>, environment: Record<string, string> = {}) => {
    const result = await create(await start(switches, environment), 400);
    await bench.close();
    expect(result.refused).toBe(0);
    return result.seconds;
  };

  test("are used, and nothing is refused", async () => {
    const usual = await secondsFor({ ...high, httpService: "absent" });
    expect(await secondsFor(high)).toBeLessThan(0.7 * usual);
  });

  test("are not used beyond what somebody has set, of the two either", async () => {
    const usual = await secondsFor({ ...high, httpService: "absent" }, { NSX_MAX_REQUESTS_PER_SECOND: "50" });
    expect(await secondsFor(high, { NSX_MAX_REQUESTS_PER_SECOND: "50" })).toBeGreaterThan(0.95 * usual);
    // 400 requests of 60 ms each, 5 at once.
    expect(await secondsFor(high, { NSX_MAX_CONCURRENCY: "5" })).toBeGreaterThan(400 * (0.06 / 5) * 0.95);
  });
});

describe("the manager is asked", () => {
  test("beside the tenth request, and by a process that sends fewer never", async () => {
    const world = await start();
    for (let number = 0; bench.simulator.control.requests.count("* /policy/**") < 9; number += 1) {
      await create(world, 1, number);
      const own = bench.simulator.control.requests.count("* /policy/**");
      expect([own, bench.simulator.control.requests.count(question)]).toEqual([own, own < 10 ? 0 : 1]);
    }
    expect((await create(world, 10, 50)).asked).toBe(1);
    expect((await create(world, 10, 90)).asked).toBe(1);
  });

  test.each<[string, Record<string, string>, number]>([
    ["both limits", { NSX_MAX_REQUESTS_PER_SECOND: "90", NSX_MAX_CONCURRENCY: "30" }, 0],
    ["one of them", { NSX_MAX_REQUESTS_PER_SECOND: "90" }, 1],
    ["the other", { NSX_MAX_CONCURRENCY: "30" }, 1],
  ])("or not, where a user has set %s", async (_, environment, times) => {
    expect((await create(await start({}, environment), 30)).asked).toBe(times);
  });

  test.each<[NsxSwitches["login"], number]>([
    ["session", 1],
    ["basic", 1],
    ["certificate", 1],
    ["token", 1],
    ["vmc", 0],
  ])("logged in by %s", async (login, times) => {
    expect((await create(await start({ login }), 30)).asked).toBe(times);
  });
});

const told = (properties: unknown): Fault => ({
  kind: "respond",
  when: "before",
  status: 200,
  body: { service_name: "http", service_properties: properties },
});
const status = (code: number, body: unknown = ""): Fault => ({ kind: "respond", when: "before", status: code, body });

const strange: [string, Fault][] = [
  ["401", status(401)],
  ["401 of NSX", status(401, { error_code: 401, error_message: "no" })],
  ["403 as of a wrong password", status(403, { error_code: 403, error_message: "The credentials were incorrect." })],
  ["403 as of a missing permission", status(403, { error_code: 289, error_message: "no" })],
  ["404", status(404)],
  ["500", status(500)],
  ["302 to elsewhere", { kind: "redirect", status: 302, to: "https://elsewhere.invalid" }],
  ["a broken connection", { kind: "reset", when: "before" }],
  ["half an answer", { kind: "cut" }],
  ["JSON that breaks off", { kind: "wrongJson" }],
  ["a load balancer's page", { kind: "html502" }],
  ["nothing", status(200)],
  ["a list", status(200, [])],
  ["no properties", told(null)],
  ["nulls", told({ client_api_rate_limit: null, client_api_concurrency_limit: null })],
  ["0, which is no limit", told({ client_api_rate_limit: 0, client_api_concurrency_limit: 0 })],
  ["texts", told({ client_api_rate_limit: "3", client_api_concurrency_limit: "3" })],
  ["less than nothing", told({ client_api_rate_limit: -3, client_api_concurrency_limit: -3 })],
  ["no answer for an hour", { kind: "delay", when: "before", milliseconds: 3_600_000 }],
];

describe.each(["session", "basic"] as const)("logged in by %s, what is answered with", (login) => {
  test.each(strange)("%s changes nothing, is tried once, and is no failed login", async (_, fault) => {
    const usual = await create(await start({ login, httpService: "absent" }), 200);
    await bench.close();
    const world = await start({ login });
    bench.simulator.control.faults.inject({ match: question, times: "always", fault });
    const result = await create(world, 200);
    expect([result.asked, result.sent, result.refused]).toEqual([1, usual.sent, 0]);
    expect(Math.abs(result.seconds - usual.seconds)).toBeLessThan(0.5);
    expect(bench.simulator.control.requests.count("POST /api/session/create")).toBe(login === "session" ? 1 : 0);
    expect(world.warnings).toEqual([]);
  });
});

test("what is told beyond all bounds is believed within them", async () => {
  const world = await start();
  const fault = told({ client_api_rate_limit: 1_000_000, client_api_concurrency_limit: 1_000_000 });
  bench.simulator.control.faults.inject({ match: question, times: "always", fault });
  let [underWay, most] = [0, 0];
  bench.simulator.control.hook({
    before: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await bench.clock.sleep(500);
      underWay -= 1;
    },
  });
  await create(world, 500);
  expect(most).toBeGreaterThan(38);
  expect(most).toBeLessThanOrEqual(200);
});

test("a process that ends does not wait for the answer, nor does one that has nothing else to do", async () => {
  const world = await start();
  let answered = false;
  bench.simulator.control.hook({
    before: async ({ path }) => {
      if (path !== "/api/v1/node/services/http") return;
      await bench.clock.sleep(3_600_000);
      answered = true;
    },
  });
  const result = await create(world, 20);
  await world.providers.close();
  expect([result.asked, answered]).toEqual([1, false]);
  expect(result.seconds).toBeLessThan(5);
});

test("the question is given up with the last request beside it, so that nothing keeps the process alive", async () => {
  let question: AbortSignal | undefined;
  const client = await startClientBench(20, {}, {}, (transport) => (request) => {
    if (request.path !== "/api/v1/node/services/http") return transport(request);
    question = request.limit.signal;
    return new Promise(() => {});
  });
  await Promise.all(client.paths.map((path) => client.client.read(path, "alone")));
  expect(question?.aborted).toBe(true);
  await client.close();
});
