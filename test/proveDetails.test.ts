// Details on which no other suite depends, found by mutation testing: each was changed once without any test noticing.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ApiError, hasCode, LoginError, Unfinished } from "../provider/errors.ts";
import { merge } from "../provider/merge.ts";
import {
  isEmpty,
  mapEntries,
  pick,
  project,
  same,
  serverDefault,
  settings,
  shapeOf,
  unordered,
} from "../provider/shape.ts";
import { type Progress, waitFor } from "../provider/wait.ts";
import { type SegmentBench, startSegmentBench } from "./nsxSegment.bench.ts";
import type { ProviderCalls } from "./stack.ts";

describe("waiting", () => {
  async function pausesUntil(
    deadline: number,
    onWaiting?: (what: string) => void,
  ): Promise<{ looks: number[]; end: Progress<never> }> {
    let now = 0;
    const looks: number[] = [];
    const clock = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    const look = async () => {
      looks.push(Math.round(now));
      return { waiting: "for it" };
    };
    return { end: await waitFor<never>(look, { clock, deadline, ...(onWaiting ? { onWaiting } : {}) }), looks };
  }

  test("pauses grow from a tenth of a second to two seconds", async () => {
    const { looks, end } = await pausesUntil(12_000);
    expect(looks).toEqual([0, 100, 260, 516, 926, 1581, 2630, 4307, 6307, 8307, 10307]);
    expect(end).toEqual({ waiting: "for it" });
  });

  test("a look at the deadline itself is still taken, one after it is not", async () => {
    expect((await pausesUntil(260)).looks).toEqual([0, 100, 260]);
    expect((await pausesUntil(259)).looks).toEqual([0, 100]);
  });

  test("what is waited for is told each time that it goes on", async () => {
    const told: string[] = [];
    await pausesUntil(260, (what) => told.push(what));
    expect(told).toEqual(["for it", "for it"]);
  });
});

describe("errors", () => {
  test("go by their names", () => {
    expect(new ApiError("GET /x", 500, undefined, "words").name).toBe("ApiError");
    expect(new LoginError("words").name).toBe("LoginError");
    expect(new Unfinished("id", {}, "words").name).toBe("Unfinished");
  });

  test("only a server's own code is one", () => {
    expect(hasCode(new ApiError("GET /x", 400, "98", "words"), "98")).toBe(true);
    expect(hasCode(new ApiError("GET /x", 400, "98", "words"), "99")).toBe(false);
    expect(hasCode(new ApiError("GET /x", 400, undefined, "words"), "undefined")).toBe(false);
    expect(hasCode(Object.assign(new Error("words"), { code: "98" }), "98")).toBe(false);
  });
});

describe("merging", () => {
  const schema = z.object({
    name: z.string().optional(),
    set: unordered(z.array(z.string())).optional(),
    extra: settings(z.object({ x: z.number().optional(), y: z.number().optional() })).optional(),
  });
  const shape = shapeOf(schema);
  const merged = (lastApplied: object, live: object, desired: object, units: string[][] = []) =>
    merge({
      shape,
      lastApplied: lastApplied as Record<string, unknown>,
      base: undefined,
      live: live as Record<string, unknown>,
      desired: desired as Record<string, unknown>,
      onConflict: "preserve",
      units,
    });

  test("a field that goes is absent, and not merely undefined: JSON and NSX tell the two apart", () => {
    expect(merged({ name: "a" }, { name: "a", other: 1 }, {}).body).toStrictEqual({ other: 1 });
  });

  test("a list without order that the program gives up loses what it had and nothing else", () => {
    expect(merged({ set: ["a"] }, { set: ["foreign", "a"] }, {}).body).toEqual({ set: ["foreign"] });
    expect(merged({}, { set: ["foreign"] }, { set: ["a"] }).body).toEqual({ set: ["foreign", "a"] });
  });

  test("a unit concerns its other fields: two settings of one field do not hold each other", () => {
    const units = [["extra", "name"]];
    const result = merged({ extra: { x: 1, y: 1 } }, { extra: { x: 9, y: 1 } }, { extra: { x: 1, y: 2 } }, units);
    expect(result.conflicts).toEqual([]);
    expect(result.passed.map(({ path }) => path)).toEqual(["extra.x"]);
    expect(result.body).toEqual({ extra: { x: 9, y: 2 } });
  });

  test("an object that the schema does not know is one value", () => {
    const result = merged({ other: { a: 1 } }, { other: { a: 1, b: 2 } }, { other: { a: 2 } });
    expect(result.conflicts.map(({ path }) => path)).toEqual(["other"]);
  });

  test("an element is named as it is read", () => {
    const result = merged({ set: ["a"] }, { set: [] }, { set: ["a"] });
    expect(result.passed.map(({ path }) => path)).toEqual(["set[a]"]);
  });
});

describe("comparing", () => {
  const row = z.object({ a: z.number().optional(), b: z.string().optional() });
  const shape = shapeOf(
    z.object({
      rows: z.array(row).optional(),
      set: unordered(z.array(row)).optional(),
      group: z.object({ mode: serverDefault(z.string(), "UP").optional() }).optional(),
    }),
  );

  test("elements of a list with an order are seen through those declared at their place, and foreign ones as they are", () => {
    const live = [
      { a: 1, b: "theirs" },
      { a: 2, b: "foreign" },
    ];
    expect(project(shape, { rows: live }, { rows: [{ a: 5 }] })).toEqual({ rows: [{ a: 1 }, { a: 2, b: "foreign" }] });
  });

  test("objects in a list without order and without a key are compared as a whole", () => {
    expect(same(shape, { set: [{ a: 1 }, { a: 2 }] }, { set: [{ a: 2 }, { a: 1 }] })).toBe(true);
    expect(same(shape, { set: [{ a: 1 }] }, { set: [{ a: 2 }] })).toBe(false);
  });

  test("a group that is absent is one of defaults", () => {
    for (const absent of [undefined, null]) {
      expect(same(shape, { group: absent }, { group: { mode: "UP" } })).toBe(true);
      expect(same(shape, { group: { mode: "UP" } }, { group: absent })).toBe(true);
      expect(same(shape, { group: { mode: "DOWN" } }, { group: absent })).toBe(false);
    }
    expect(same(shape, { group: "text" }, { group: { mode: "UP" } })).toBe(false);
  });

  test("empty is what holds nothing, however deep", () => {
    for (const value of [undefined, null, "", [], {}, { a: "", b: { c: [] } }]) expect(isEmpty(value)).toBe(true);
    for (const value of [0, false, "x", [""], { a: { b: 0 } }]) expect(isEmpty(value)).toBe(false);
  });

  test("what is undefined is left out, since Pulumi's wire format cannot carry it", () => {
    expect(mapEntries({ a: 1, b: 2 }, (key) => (key === "a" ? undefined : key))).toStrictEqual({ b: "b" });
    expect(pick({ a: undefined, b: 2, c: 3 }, ["a", "b"])).toStrictEqual({ b: 2 });
  });
});

describe("the lifecycle", () => {
  let bench: SegmentBench;
  let provider: ProviderCalls;
  beforeEach(async () => {
    bench = await startSegmentBench();
    provider = bench.newProcess().providers.byName.NsxSegment as unknown as ProviderCalls;
  });
  afterEach(() => bench.close());

  const owner = (name: string) => `acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nsx:NsxSegment::${name}`;

  test("an id made from a name has only letters that systems take, one dash for others, and ends with a hash", async () => {
    const { inputs } = await provider.check({}, { owner: owner("web tier // 1"), __provider: "text" });
    expect(inputs.segmentId).toMatch(/^web-tier-1-[0-9a-f]{8}$/);
    const long = await provider.check({}, { owner: owner("x".repeat(300)), __provider: "text" });
    expect(long.inputs.segmentId).toHaveLength(209);
  });

  test("nulls are left out wherever they are", async () => {
    const tags = [{ scope: "env", tag: null }, null];
    const { inputs, failures } = await provider.check(
      {},
      { owner: owner("web"), description: null, tags, __provider: "text" },
    );
    expect(failures).toEqual([]);
    expect(inputs).not.toHaveProperty("description");
    expect(inputs.tags).toStrictEqual([{ scope: "env" }]);
  });

  test("an error shows once: no stack, and no text of its own beside the message", async () => {
    await bench.other.make?.();
    const error: Error = await provider.create({ ...bench.args, owner: owner("web") }).catch((reason) => reason);
    expect(error.message).toContain("create failed");
    expect(error.stack).toBe("");
    expect(String(error)).toBe("");
  });

  test("a resource that is only looked up is shown as it is", async () => {
    const { id } = await provider.create({ ...bench.args, owner: owner("web") });
    const read = await provider.read(id as string, {});
    expect(read.inputs).toMatchObject({ description: "What customers see", replicationMode: "MTEP" });
  });

  test("of an object only the named part needs a new one", async () => {
    const before = { ...bench.args, owner: owner("web") };
    const diff = (advancedConfig: object) => provider.diff("", before, { ...before, advancedConfig });
    expect((await diff({ multicast: false, urpfMode: "STRICT" })).replaces).toEqual([]);
    expect((await diff({ multicast: true, urpfMode: "STRICT", hybrid: true })).replaces).toEqual(["advancedConfig"]);
  });

  test("what is gone has an empty id, which the engine takes for deleted", async () => {
    const read = await provider.read("/infra/segments/web", { ...bench.args, owner: owner("web") });
    expect(read).toEqual({ id: "", props: {} });
  });
});
