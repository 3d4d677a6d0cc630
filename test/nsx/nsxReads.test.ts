// One list in place of many reads. Each condition under which that is right is a test; the numbers are those of
// docs/nsx.md#when-to-read-a-list.
import { afterEach, describe, expect, test } from "vitest";
import { ApiError } from "../../provider/travel/errors.ts";
import type { Fault } from "../../simulators/kit/index.ts";
import { nsxSwitches } from "../../simulators/nsx/index.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { type ClientBench, segmentPath, startClientBench } from "./nsxClient.bench.ts";

let bench: ClientBench;
afterEach(() => bench.close());

const readAll = (paths = bench.paths) => Promise.all(paths.map((path) => bench.client.read(path, "burst")));
const change = (number: number, name: string) =>
  bench.nsx.control.change(segmentPath(number), { display_name: name }, "alice");
const fault = (match: string | RegExp, what: Fault, times: number | "always" = 1) =>
  bench.nsx.control.faults.inject({ match, fault: what, times });
const answer = (status: number, body: object): Fault => ({ kind: "respond", when: "before", status, body });
const lists = /^GET .*\/segments(\?|$)/;

describe("cost", () => {
  test.each([
    [1, { lists: 0, singles: 1 }],
    [3, { lists: 0, singles: 3 }],
    [4, { lists: 1, singles: 0 }],
    [1_000, { lists: 1, singles: 0 }],
    [2_500, { lists: 3, singles: 0 }],
  ])("a refresh of %i segments", async (count, requests) => {
    bench = await startClientBench(count);
    await readAll();
    expect(bench.requests()).toEqual(requests);
  });

  test("reads one after the other end in a list as well", async () => {
    bench = await startClientBench(100);
    for (const path of bench.paths) await bench.client.read(path, "burst");
    expect(bench.requests()).toEqual({ lists: 1, singles: 3 });
  });

  test("a small stack does not list a large manager: it costs at most one request more", async () => {
    bench = await startClientBench(9_000);
    await readAll(bench.paths.slice(0, 4));
    expect(bench.requests()).toEqual({ lists: 1, singles: 4 });
    await readAll(bench.paths.slice(10, 40));
    expect(bench.requests()).toEqual({ lists: 9, singles: 0 });
  });
});

describe("conditions", () => {
  test("1. a list serves a burst for ten seconds, and never a read of a later burst", async () => {
    bench = await startClientBench(20);
    await readAll();
    change(5, "changed");
    // The refresh goes on, and what it already knows was true during it.
    expect((await bench.client.read(segmentPath(5), "burst")).display_name).toBe("segment 5");
    bench.clock.advance(2_500);
    expect((await bench.client.read(segmentPath(5), "burst")).display_name).toBe("changed");
  });

  test("1. in a long burst the list is read again after ten seconds", async () => {
    bench = await startClientBench(20);
    await readAll();
    change(5, "changed");
    for (let second = 0; second < 11; second += 1) {
      bench.clock.advance(1_000);
      await bench.client.read(segmentPath(6), "burst");
    }
    expect((await bench.client.read(segmentPath(5), "burst")).display_name).toBe("changed");
  });

  test.each([
    [1_000, 10],
    [3_000, 30],
    [8_000, 60],
  ])("1. a list of %i segments serves a burst for %i seconds", async (count, seconds) => {
    bench = await startClientBench(count);
    await readAll();
    const read = async () => (await bench.client.read(segmentPath(5), "burst")).display_name;
    const began = bench.clock.now();
    change(5, "changed");
    while (bench.clock.now() + 1_000 < began + seconds * 1_000 - 500) {
      bench.clock.advance(1_000);
      expect(await read()).toBe("segment 5");
    }
    bench.clock.advance(1_500);
    expect(await read()).toBe("changed");
  });

  test("2. what a list lacks is asked for itself, and only a 404 of that says that it is gone", async () => {
    bench = await startClientBench(20);
    const late = segmentPath(20);
    let made = false;
    bench.nsx.control.hook({
      after: ({ path }) => {
        if (made || !lists.test(`GET ${path}`)) return;
        made = true;
        bench.nsx.control.change(late, { display_name: "late" }, "alice");
      },
    });
    const gone = bench.client.read("/infra/segments/gone", "burst").catch((error) => error);
    const [found] = await Promise.all([bench.client.read(late, "burst"), readAll()]);
    expect(found?.display_name).toBe("late");
    expect(await gone).toMatchObject({ status: 404 });
    expect(bench.requests()).toEqual({ lists: 1, singles: 2 });
  });

  test("3. a list that does not add up is not used at all", async () => {
    bench = await startClientBench(1_500);
    let pages = 0;
    bench.nsx.control.hook({
      after: ({ path }) => {
        // Deleted on a page that has been read: everything behind it moves up, and one object is on no page.
        if (lists.test(`GET ${path}`) && ++pages === 1) bench.nsx.control.delete(segmentPath(0), "alice");
      },
    });
    const read = await readAll(bench.paths.slice(1, 9));
    expect(read.map(({ path }) => path)).toEqual(bench.paths.slice(1, 9));
    expect(bench.requests()).toEqual({ lists: 2, singles: 8 });
  });

  test("3. a list without a count, with broken JSON or that fails is not used", async () => {
    bench = await startClientBench(10);
    for (const what of [answer(200, { results: [] }), answer(400, { error_message: "no", error_code: 1 })]) {
      fault(lists, what, 1);
      bench.clock.advance(20_000);
      await readAll();
    }
    fault(lists, { kind: "wrongJson" });
    bench.clock.advance(20_000);
    expect(await readAll()).toHaveLength(10);
  });

  test.each([{ name: "the defaults", value: true }, ...otherPositions(nsxSwitches)])(
    "4. an object is the same in a list as alone: $name = $value",
    async ({ name, value }) => {
      bench = await startClientBench(0, name in nsxSwitches ? { [name]: value } : {});
      const { control } = bench.nsx;
      const subnets = [{ gateway_address: "10.1.0.1/24", dhcp_ranges: ["10.1.0.100-10.1.0.120"] }];
      control.change("/infra/segments/full", { subnets, tags: [{ scope: "a", tag: "b" }], domain_name: "x" });
      control.change("/infra/segments/bare", {});
      control.change("/infra/segments/old", { description: "twice" });
      control.change("/infra/segments/old", { description: null });
      control.change("/infra/segments/last", { admin_state: "DOWN" });
      const paths = control.objects("/infra/segments").map(({ path }) => String(path));
      const listed = await readAll(paths);
      expect(bench.requests()).toEqual({ lists: 1, singles: 0 });
      expect(listed).toEqual(await Promise.all(paths.map((path) => bench.client.read(path, "alone"))));
    },
  );

  test("5. objects of the same id in different places are different objects", async () => {
    bench = await startClientBench(8);
    const places = ["/infra/segments", "/infra/tier-1s/t1-web/segments", "/orgs/default/projects/dev/infra/segments"];
    for (const place of places) {
      for (let number = 0; number < 8; number += 1) {
        bench.nsx.control.change(`${place}/s${number}`, { description: place }, "alice");
      }
    }
    const paths = places.flatMap((place) => Array.from({ length: 8 }, (_, number) => `${place}/s${number}`));
    const read = await readAll(paths);
    expect(read.map(({ path, description }) => [path, description])).toEqual(
      paths.map((path) => [path, path.replace(/\/[^/]*$/, "")]),
    );
    expect(bench.requests()).toEqual({ lists: 3, singles: 0 });
  });

  test("6. the search index, which lags behind, is never asked", async () => {
    bench = await startClientBench(50, { searchDelay: 60_000 });
    await readAll();
    expect(bench.nsx.control.requests.count(/\/search/)).toBe(0);
  });

  test("7. what this process writes is never hidden by a list of before", async () => {
    bench = await startClientBench(20);
    const [first] = await readAll();
    const { _revision, ...rest } = first as { _revision: number };
    await bench.client.write(segmentPath(0), { ...rest, _revision, display_name: "ours" });
    expect((await bench.client.read(segmentPath(0), "burst")).display_name).toBe("ours");
    // The others are still served from the list.
    bench.requests();
    await bench.client.read(segmentPath(1), "burst");
    expect(bench.requests()).toEqual({ lists: 0, singles: 0 });
  });

  test("7. also when the list was under way while it wrote", async () => {
    bench = await startClientBench(20);
    const first = await bench.client.read(segmentPath(0), "alone");
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bench.nsx.control.hook({ after: ({ path }) => (lists.test(`GET ${path}`) ? held : undefined) });
    const reading = readAll(bench.paths.slice(1));
    await bench.clock.sleep(200);
    await bench.client.write(segmentPath(0), { ...first, display_name: "ours" });
    const after = bench.client.read(segmentPath(0), "burst");
    release();
    expect((await after).display_name).toBe("ours");
    await reading;
  });

  test("8. a writer reads for itself, so a listed revision never reaches a write", async () => {
    bench = await startClientBench(20);
    await readAll();
    change(3, "theirs");
    expect(await bench.client.read(segmentPath(3), "alone")).toMatchObject({ display_name: "theirs", _revision: 1 });
  });

  test("9. a list that leaves out what the user may not see makes nothing disappear", async () => {
    bench = await startClientBench(10);
    const seen = (await readAll()).slice(0, 6);
    bench.clock.advance(20_000);
    fault(lists, answer(200, { results: seen, result_count: 6 }), "always");
    const hidden = /^GET .*\/segments\/s[6-9]$/;
    fault(hidden, answer(403, { error_message: "no permission", error_code: 505 }), "always");
    const read = await Promise.all(bench.paths.map((path) => bench.client.read(path, "burst").catch((error) => error)));
    expect(read.slice(0, 6)).toEqual(seen);
    for (const error of read.slice(6)) {
      expect(error).toBeInstanceOf(ApiError);
      expect(error.status).toBe(403);
    }
  });

  test("10. more than 50,000 objects are not held: they are read one by one", async () => {
    bench = await startClientBench(40);
    fault(lists, answer(200, { results: [], result_count: 60_000, cursor: "0036" }), "always");
    for (let round = 0; round < 3; round += 1) expect(await readAll()).toHaveLength(40);
    expect(bench.requests()).toEqual({ lists: 1, singles: 120 });
  });

  test.each([60576, 255])("10. a page that is too large (error %i) is halved", async (code) => {
    bench = await startClientBench(900);
    fault(/page_size=1000/, answer(400, { error_message: "page overflow", error_code: code }), "always");
    await readAll();
    expect(bench.requests()).toEqual({ lists: 3, singles: 0 });
  });
});

test("under concurrent change every value was current at some moment of its refresh", async () => {
  bench = await startClientBench(60, { listOrder: "random" });
  const { control } = bench.nsx;
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 1;
    return seed % below;
  };
  // Somebody else changes, deletes and makes again around every request.
  const interfere = () => {
    const path = segmentPath(random(60));
    if (random(3) > 0) control.change(path, { display_name: `v${control.history.all().length}` }, "alice");
    else if (control.object(path)) control.delete(path, "alice");
    bench.clock.advance(random(40));
  };
  control.hook({ before: interfere, after: interfere });

  for (let refresh = 0; refresh < 60; refresh += 1) {
    bench.clock.advance(2_001 + random(5_000));
    const start = control.history.all().length;
    const wanted = bench.paths.filter(() => random(4) > 0);
    const read = await Promise.all(wanted.map((path) => bench.client.read(path, "burst").catch((error) => error)));
    const during = control.history.all().slice(start);
    for (const [index, path] of wanted.entries()) {
      const own = during.filter((version) => version.path === path);
      const before = control.history
        .all()
        .slice(0, start)
        .findLast((version) => version.path === path);
      const states = [before, ...own].map((version) => (version?.kind === "delete" ? "gone" : version?.body));
      const value = read[index];
      if (value instanceof Error) {
        expect(value).toMatchObject({ status: 404 });
        expect(states.some((state) => state === "gone" || state === undefined)).toBe(true);
      } else if (before || own.length > 0) {
        expect(states).toContainEqual(value);
      }
    }
  }
  expect(bench.requests().lists).toBeGreaterThan(30);
});

describe("realization", () => {
  const statuses = /realized-state\/status/;
  const states = /\/segments\/state/;
  const count = (pattern: RegExp) => bench.nsx.control.requests.count(pattern);
  const ask = (paths: readonly string[]) => Promise.all(paths.map((path) => bench.client.realizationOf(path)));

  test("of a few is asked for singly, of many by one list", async () => {
    bench = await startClientBench(30);
    expect(await ask(bench.paths.slice(0, 3))).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
    expect([count(statuses), count(states)]).toEqual([3, 0]);
    expect(await ask(bench.paths)).toEqual(bench.paths.map(() => "SUCCESS"));
    expect([count(statuses), count(states)]).toEqual([3, 1]);
  });

  test("is never told from a list of before the question", async () => {
    bench = await startClientBench(10);
    await ask(bench.paths);
    bench.nsx.control.planRealization(segmentPath(3), { delay: 1_000 });
    change(3, "again");
    expect((await ask(bench.paths))[3]).toBe("IN_PROGRESS");
  });

  test("of what the list calls neither settled nor on its way is asked for itself", async () => {
    bench = await startClientBench(10);
    bench.nsx.control.planRealization(segmentPath(3), { failure: { message: "no pool", errorCode: 1 } });
    expect((await ask(bench.paths))[3]).toBe("ERROR");
    expect(count(statuses)).toBe(1);
  });

  test("is asked for realtime, since by default NSX answers from a cache", async () => {
    bench = await startClientBench(10);
    await ask(bench.paths);
    expect(count(/\/segments\/state\?source=realtime$/)).toBe(1);
  });

  test("a manager without the list is asked one by one", async () => {
    bench = await startClientBench(10);
    fault(states, answer(404, { error_message: "none", error_code: 600 }), "always");
    expect(await ask(bench.paths)).toEqual(bench.paths.map(() => "SUCCESS"));
  });
});
