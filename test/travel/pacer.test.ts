import { timeLimit } from "../../provider/travel/timeLimit.ts";
// The gate in front of a host: never over the server's limit when alone, never a storm when not.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createPacer, type Pacer, type PacerLimits } from "../../provider/travel/pacer.ts";
import { createLimits, limitSwitches } from "../../simulators/kit/limits.ts";
import { defaultsOf } from "../../simulators/kit/switches.ts";
import { type ClientBench, startClientBench } from "../nsx/nsxClient.bench.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";

const nsx: PacerLimits = { requestsPerSecond: 100, concurrency: 38 };

/** A server with the manager's limits; a request takes some milliseconds to arrive and some to be answered. */
function server(clock: VirtualClock, window: "sliding" | "fixed", countRefused: boolean) {
  const settings = { ...defaultsOf(limitSwitches), requestsPerSecond: 100, clientConcurrency: 40 };
  const limits = createLimits({ ...settings, rateWindow: window, countRefused });
  const times: number[] = [];
  let refused = 0;
  return {
    times,
    refused: () => refused,
    async handle(latency: number): Promise<number> {
      await clock.sleep(2 + Math.random() * latency);
      const refusal = limits.enter("admin", clock.now());
      if (refusal) refused += 1;
      else times.push(clock.now());
      await clock.sleep(2 + Math.random() * latency);
      if (!refusal) limits.release("admin");
      return refusal?.status ?? 200;
    },
  };
}

type Server = ReturnType<typeof server>;

/** Sends until it is taken, as the HTTP layer does. */
async function ask(pacer: Pacer, { handle }: Server, clock: VirtualClock): Promise<void> {
  while ((await pacer.run(noLimit, () => handle(8))) === 429) {
    pacer.refused("rate");
    await clock.sleep(Math.random() * 500);
  }
  pacer.served();
}

const many = (count: number, run: () => Promise<void>) => Promise.all(Array.from({ length: count }, run));

describe.each([
  ["sliding", false],
  ["sliding", true],
  ["fixed", false],
  ["fixed", true],
] as const)("against a %s second, refusals counted: %s", (window, countRefused) => {
  test("alone, it uses the whole limit and is never refused", async () => {
    const clock = createVirtualClock();
    const system = server(clock, window, countRefused);
    const pacer = createPacer(nsx, clock);
    const start = clock.now();
    await many(1_000, () => ask(pacer, system, clock));
    const seconds = (clock.now() - start) / 1_000;
    // The first window's worth goes at once, so 1,000 take nine windows more.
    expect([system.refused(), 1_000 / seconds > 96]).toEqual([0, true]);
  });

  test("two processes on one account both finish, with most of the limit used, and neither starves", async () => {
    const clock = createVirtualClock();
    const system = server(clock, window, countRefused);
    const start = clock.now();
    const ends = await Promise.all(
      [0, 1].map(async () => {
        const pacer = createPacer(nsx, clock);
        await many(800, () => ask(pacer, system, clock));
        return clock.now() - start;
      }),
    );
    const both = Math.min(...ends);
    const during = system.times.filter((time) => time - start <= both).length / (both / 1_000);
    expect(during).toBeGreaterThan(60);
    expect(Math.max(...ends) / both).toBeLessThan(2.5);
  });

  test("a share that was given up is taken back when the other process has gone", async () => {
    const clock = createVirtualClock();
    const system = server(clock, window, countRefused);
    const [mine, theirs] = [createPacer(nsx, clock), createPacer(nsx, clock)];
    await Promise.all([many(400, () => ask(theirs, system, clock)), many(3_600, () => ask(mine, system, clock))]);
    // Ten windows before the last one, which may be a part of one.
    const end = (system.times.at(-1) ?? 0) - 1_020;
    const taken = system.times.filter((time) => time > end - 10_200 && time <= end).length;
    expect(taken / 10.2).toBeGreaterThan(85);
  });
});

test("requests that arrive late now and then are not refused either: how late shows in their answers", async () => {
  const clock = createVirtualClock();
  const system = server(clock, "sliding", false);
  const pacer = createPacer(nsx, clock);
  const start = clock.now();
  let sent = 0;
  await many(2_000, async () => {
    await pacer.run(noLimit, async () => {
      sent += 1;
      // So do the first ones, which open the connections.
      if (sent < 9) await clock.sleep(40);
      else if (sent % 30 < 3) await clock.sleep(Math.random() * 50);
      return system.handle(1);
    });
  });
  const perSecond = 2_000 / ((clock.now() - start) / 1_000);
  expect([system.refused(), perSecond > 96]).toEqual([0, true]);
});

test("an answer that took longer than the fastest one makes its request count so much later, 50 ms at most", async () => {
  const clock = createVirtualClock();
  const pacer = createPacer({ requestsPerSecond: 1, concurrency: 38 }, clock);
  const times: number[] = [];
  for (const took of [40, 10, 25, 300, 10]) {
    await pacer.run(noLimit, async () => {
      times.push(clock.now());
      await clock.sleep(took);
    });
  }
  const pauses = times.slice(1).map((time, index) => time - (times[index] as number));
  // The first one has nothing to be compared with.
  expect(pauses).toEqual([1_005, 1_005, 1_020, 1_055]);
});

test("what sends without the gate, or with a bucket of the same rate, is refused here", async () => {
  const clock = createVirtualClock();
  const system = server(clock, "sliding", false);
  let tokens = 100;
  let filled = clock.now();
  for (let sent = 0; sent < 400; sent += 1) {
    while (tokens < 1) {
      await clock.sleep(10);
      tokens = Math.min(100, tokens + ((clock.now() - filled) * 100) / 1_000);
      filled = clock.now();
    }
    tokens -= 1;
    void system.handle(8);
  }
  await clock.sleep(100);
  expect(system.refused()).toBeGreaterThan(50);
});

test("holds back what is over the concurrency, halves it when the server is overloaded, and takes it back", async () => {
  const clock = createVirtualClock();
  const pacer = createPacer({ requestsPerSecond: 10_000, concurrency: 16 }, clock);
  let [underWay, peak] = [0, 0];
  const send = async () => {
    underWay += 1;
    peak = Math.max(peak, underWay);
    await clock.sleep(10);
    underWay -= 1;
  };
  const peakOf = async (count: number) => {
    peak = 0;
    await many(count, () => pacer.run(noLimit, send).then(() => pacer.served()));
    return peak;
  };
  expect(await peakOf(40)).toBe(16);
  pacer.refused("load");
  expect(await peakOf(8)).toBe(8);
  expect(await peakOf(400)).toBe(16);
});

test("less than one a second is kept", async () => {
  const clock = createVirtualClock();
  const pacer = createPacer({ requestsPerSecond: 0.5, concurrency: 38 }, clock);
  const start = clock.now();
  const times = await Promise.all([1, 2, 3].map(() => pacer.run(noLimit, async () => clock.now() - start)));
  expect(times.map((time) => Math.round(time))).toEqual([0, 2_010, 4_020]);
});

test("whose turn does not come in time is never sent", async () => {
  const clock = createVirtualClock();
  const pacer = createPacer(nsx, clock);
  pacer.holdFor(5_000);
  let sent = 0;
  const send = async () => {
    sent += 1;
  };
  const late = pacer.run(timeLimit(clock, 2, "nsx:timeout"), send);
  await expect(late).rejects.toThrow("when the time was up (nsx:timeout is 2 s).");
  await clock.sleep(10_000);
  expect(sent).toBe(0);
});

test.each([
  [0, "the next request had not been sent"],
  [1, "1 request before this one was not through"],
  [2, "2 requests before this one were not through"],
])("the error says what was before it: %d", async (before, words) => {
  const clock = createVirtualClock();
  const pacer = createPacer(nsx, clock);
  pacer.holdFor(5_000);
  for (let sent = 0; sent < before; sent += 1) void pacer.run(noLimit, async () => {});
  const late = pacer.run(timeLimit(clock, 2, "nim:timeout"), async () => {});
  await expect(late).rejects.toThrow(new RegExp(`^${words} when the time was up \\(nim:timeout is 2 s\\)\\.$`));
});

test("a hold stops everything until it is over", async () => {
  const clock = createVirtualClock();
  const pacer = createPacer(nsx, clock);
  pacer.holdFor(5_000);
  const start = clock.now();
  const times = await Promise.all([1, 2, 3].map(() => pacer.run(noLimit, async () => clock.now() - start)));
  expect(times.every((time) => time >= 5_000)).toBe(true);
});

describe("what a refusal does", () => {
  let clock: VirtualClock;
  let pacer: Pacer;

  beforeEach(() => {
    clock = createVirtualClock();
    pacer = createPacer(nsx, clock);
    // The shortest pause.
    vi.spyOn(Math, "random").mockReturnValue(0);
  });
  afterEach(() => vi.restoreAllMocks());

  /** When so many requests that come together are sent, from now. */
  async function sends(count: number): Promise<number[]> {
    const start = clock.now();
    return Promise.all(Array.from({ length: count }, () => pacer.run(noLimit, async () => clock.now() - start)));
  }

  /** How many go in one window, and how long it is; the window before is over then. */
  async function fullWindow(): Promise<{ sent: number; window: number }> {
    clock.advance(3_000);
    const times = await sends(101);
    const [first = 0, ...later] = times;
    const next = later.findIndex((time, index) => time - (times[index] ?? 0) > 200);
    return { sent: next + 1, window: Math.round((later[next] ?? 0) - first) };
  }

  test("before any, 100 go in 1,005 ms, spread over the first half", async () => {
    const times = await sends(201);
    // A late timer is made up for, up to 15 ms, and so is a pause before.
    const spread = (index: number) => Math.max(0, -15 + 5.025 * index);
    for (let index = 0; index < 100; index += 1) expect(times[index]).toBeCloseTo(spread(index), 1);
    expect(times[100]).toBeCloseTo(1_005, 1);
    for (let index = 101; index < 200; index += 1) {
      expect((times[index] ?? 0) - (times[index - 100] ?? 0)).toBeGreaterThanOrEqual(1_004.99);
    }
    expect(times[200]).toBeCloseTo(2_010, 1);
  });

  test.each([
    [0, 50],
    [0.5, 200],
    [1, 350],
  ])("nothing is sent for a moment by chance (%d)", async (random, pause) => {
    vi.mocked(Math.random).mockReturnValue(random);
    pacer.refused("rate");
    expect((await sends(1))[0]).toBe(pause);
  });

  test("one now and then only makes the window longer, 1,100 ms at most, and time makes it shorter again", async () => {
    pacer.refused("rate");
    // The window gets shorter by 0.1 ms a second.
    expect(await fullWindow()).toEqual({ sent: 100, window: 1_020 });
    for (let refusals = 0; refusals < 9; refusals += 1) {
      clock.advance(6_000);
      pacer.refused("rate");
    }
    expect(await fullWindow()).toEqual({ sent: 100, window: 1_100 });
    clock.advance(400_000);
    expect(await fullWindow()).toEqual({ sent: 100, window: 1_059 });
    clock.advance(600_000);
    expect(await fullWindow()).toEqual({ sent: 100, window: 1_005 });
  });

  test("those that come together are one", async () => {
    pacer.refused("rate");
    clock.advance(300);
    pacer.refused("rate");
    expect(await fullWindow()).toEqual({ sent: 100, window: 1_020 });
  });

  test("a second one within five seconds is somebody else's share: a fifth less, at most once a second", async () => {
    pacer.refused("rate");
    clock.advance(4_000);
    pacer.refused("rate");
    clock.advance(999);
    pacer.refused("rate");
    // 80, and four more for each second since, those of the window included.
    expect((await fullWindow()).sent).toBe(97);
  });

  test("five seconds later it is one now and then", async () => {
    pacer.refused("rate");
    clock.advance(5_000);
    pacer.refused("rate");
    expect((await fullWindow()).sent).toBe(100);
  });

  test("a share shrinks with each second of refusals, to ten a window, and comes back by four a second", async () => {
    for (let second = 0; second < 60; second += 1) {
      pacer.refused("rate");
      clock.advance(1_000);
    }
    // Four are back since the last one, and twelve more after three seconds without.
    const { sent } = await fullWindow();
    expect(sent).toBeGreaterThanOrEqual(26);
    expect(sent).toBeLessThanOrEqual(36);
    clock.advance(20_000);
    expect((await fullWindow()).sent).toBe(100);
  });

  test("a limit that is below ten is never undercut", async () => {
    pacer = createPacer({ requestsPerSecond: 2, concurrency: 38 }, clock);
    for (let second = 0; second < 10; second += 1) {
      pacer.refused("rate");
      clock.advance(1_000);
    }
    const [first = 0, second = 0, third = 0] = await sends(3);
    expect(second - first).toBeLessThan(600);
    expect(third - first).toBeGreaterThan(1_000);
    expect(third - first).toBeLessThan(1_120);
  });

  test("overload halves what is under way, to two at least, or to a lower limit, and leaves the rate", async () => {
    const peakOf = async (count: number, served: boolean) => {
      let [underWay, peak] = [0, 0];
      const send = async () => {
        underWay += 1;
        peak = Math.max(peak, underWay);
        await clock.sleep(2_000);
        underWay -= 1;
      };
      await many(count, () => pacer.run(noLimit, send).then(() => (served ? pacer.served() : undefined)));
      return peak;
    };
    pacer.refused("load");
    expect(await peakOf(40, false)).toBe(19);
    pacer.refused("load");
    clock.advance(999);
    pacer.refused("load");
    expect(await peakOf(40, false)).toBe(9);
    // Each answer gives a part of one back.
    await peakOf(9, true);
    expect(await peakOf(40, false)).toBe(10);
    for (let second = 0; second < 10; second += 1) {
      pacer.refused("load");
      clock.advance(1_000);
    }
    expect(await peakOf(6, false)).toBe(2);
    expect((await fullWindow()).sent).toBe(100);
    pacer = createPacer({ requestsPerSecond: 100, concurrency: 1 }, clock);
    pacer.refused("load");
    expect(await peakOf(3, false)).toBe(1);
  });
});

describe("in front of NSX", () => {
  let bench: ClientBench;
  afterEach(() => bench.close());

  test("500 requests with the manager's limits on: not one is refused", async () => {
    bench = await startClientBench(500, { requestsPerSecond: 100, clientConcurrency: 40 });
    await Promise.all(bench.paths.map((path) => bench.client.read(path, "alone")));
    expect(bench.nsx.control.requests.totals()).toEqual({ "GET 200": 501, "POST 200": 1 });
    expect(bench.nsx.control.requests.count("GET /api/v1/node/services/http")).toBe(1);
  });

  test.each([429, 503])(
    "when refused (%i) until the time is up, the error says whom the limit is about",
    async (status) => {
      bench = await startClientBench(1, {}, { timeout: "5" });
      const fault = { kind: "respond", when: "before", status, body: { error_message: "too many" } } as const;
      bench.nsx.control.faults.inject({ match: "GET /**", fault, times: "always" });
      const client = bench.clientWithin(timeLimit(bench.clock, 5, "nsx:timeout"));
      await expect(client.read("/infra/segments/s0", "alone")).rejects.toThrow(
        /too many NSX limits each user, .*an account of its own/,
      );
    },
  );
});
