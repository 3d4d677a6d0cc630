// Details on which no other suite depends, found by mutation testing: each was changed once without any test noticing.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { throughDeclared } from "../../provider/core/othersChanged.ts";
import {
  alwaysThere,
  isAbsent,
  mapEntries,
  pick,
  same,
  serverDefault,
  shapeOf,
  unordered,
} from "../../provider/core/shape.ts";
import { toWrite } from "../../provider/core/toWrite.ts";
import {
  ApiError,
  ConnectionError,
  hasCode,
  isAmbiguous,
  LoginError,
  Unfinished,
} from "../../provider/travel/errors.ts";
import { type Progress, waitFor } from "../../provider/travel/wait.ts";
import { type SegmentBench, startSegmentBench } from "../nsx/nsxSegment.bench.ts";
import { neverSignal, noLimit } from "../tools/noLimit.ts";
import { issue } from "../tools/pki.ts";
import type { ProviderCalls } from "../tools/stack.ts";
import type { TestWorld } from "../tools/world.ts";

describe("waiting", () => {
  async function pausesUntil(
    deadline: number,
    onWaiting?: (what: string) => void,
  ): Promise<{ looks: number[]; end: Progress<never> }> {
    let now = 0;
    const looks: number[] = [];
    const clock = {
      now: () => now,
      elapsed: () => now,
      signalAfter: neverSignal,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    const look = async () => {
      looks.push(Math.round(now));
      return { waiting: "for it" };
    };
    return {
      end: await waitFor<never>(look, { clock, limit: { ...noLimit, deadline }, ...(onWaiting ? { onWaiting } : {}) }),
      looks,
    };
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
    expect(new ApiError("GET /x", 500, { kind: "other", words: "words" }).name).toBe("ApiError");
    expect(new LoginError("words").name).toBe("LoginError");
    expect(new Unfinished("id", {}, "words").name).toBe("Unfinished");
  });

  test("carry the server's words and code, and their cause", () => {
    expect(new ApiError("GET /x", 500, { kind: "other", words: "words" }).message).toBe("GET /x answered 500: words");
    expect(new ApiError("GET /x", 500, { kind: "other", code: "98", words: "words" }).message).toBe(
      "GET /x answered 500 (error 98): words",
    );
    const cause = new Error("reset");
    expect(new ConnectionError("words", true, cause)).toMatchObject({ name: "ConnectionError", cause });
  });

  test("what may have been carried out is ambiguous, and nothing else", () => {
    for (const status of [500, 502, 504])
      expect(isAmbiguous(new ApiError("PUT /x", status, { kind: "other", words: "" }))).toBe(true);
    for (const status of [400, 429, 503])
      expect(isAmbiguous(new ApiError("PUT /x", status, { kind: "other", words: "" }))).toBe(false);
    expect(isAmbiguous(new ConnectionError("", true))).toBe(true);
    expect(isAmbiguous(new ConnectionError("", false))).toBe(false);
    expect(isAmbiguous(Object.assign(new Error(""), { mayHaveArrived: true }))).toBe(false);
  });

  test("only a server's own code is one", () => {
    expect(hasCode(new ApiError("GET /x", 400, { kind: "other", code: "98", words: "words" }), "98")).toBe(true);
    expect(hasCode(new ApiError("GET /x", 400, { kind: "other", code: "98", words: "words" }), "99")).toBe(false);
    expect(hasCode(new ApiError("GET /x", 400, { kind: "other", words: "words" }), "undefined")).toBe(false);
    expect(hasCode(Object.assign(new Error("words"), { code: "98" }), "98")).toBe(false);
  });
});

describe("merging", () => {
  const schema = z.object({
    name: z.string().optional(),
    set: unordered(z.array(z.string())).optional(),
    extra: alwaysThere(z.object({ x: z.number().optional(), y: z.number().optional() })).optional(),
  });
  const shape = shapeOf(schema);
  const merged = (lastApplied: object, live: object, desired: object, dependentFields: string[][] = []) =>
    toWrite({
      shape,
      applied: lastApplied as Record<string, unknown>,
      effective: {},
      seen: undefined,
      live: live as Record<string, unknown>,
      declared: desired as Record<string, unknown>,
      fixed: [],
      onConflict: "preserve",
      dependentFields,
    });

  test("a field that goes is absent, and not merely undefined: JSON and NSX tell the two apart", () => {
    expect(merged({ name: "a" }, { name: "a", other: 1 }, {}).body).toStrictEqual({ other: 1 });
  });

  test("a list without order that the program gives up loses what it had and nothing else", () => {
    expect(merged({ set: ["a"] }, { set: ["foreign", "a"] }, {}).body).toEqual({ set: ["foreign"] });
    expect(merged({}, { set: ["foreign"] }, { set: ["a"] }).body).toEqual({ set: ["foreign", "a"] });
  });

  test("fields that depend on each other are two: what is changed within one of them holds nothing else in it", () => {
    const both = [["extra", "name"]];
    const result = merged({ extra: { x: 1, y: 1 } }, { extra: { x: 9, y: 1 } }, { extra: { x: 1, y: 2 } }, both);
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
    expect(throughDeclared(shape, { rows: live }, { rows: [{ a: 5 }] })).toEqual({
      rows: [{ a: 1 }, { a: 2, b: "foreign" }],
    });
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
    for (const value of [undefined, null, "", [], {}, { a: "", b: { c: [] } }, { a: null }, { a: undefined }])
      expect(isAbsent({ kind: "value" }, value)).toBe(true);
    for (const value of [0, false, "x", [""], { a: { b: 0 } }]) expect(isAbsent({ kind: "value" }, value)).toBe(false);
  });

  test("what is undefined is left out, since Pulumi's wire format cannot carry it", () => {
    expect(mapEntries({ a: 1, b: 2 }, (key) => (key === "a" ? undefined : key))).toStrictEqual({ b: "b" });
    expect(pick({ a: undefined, b: 2, c: 3 }, ["a", "b"])).toStrictEqual({ b: 2 });
  });
});

describe("the lifecycle", () => {
  let bench: SegmentBench;
  let world: TestWorld;
  let provider: ProviderCalls;
  const providerOf = (name: string) => world.providers.byName[name] as unknown as ProviderCalls;
  beforeEach(async () => {
    bench = await startSegmentBench();
    world = bench.newProcess({ NIM_ENDPOINT: "https://nim.invalid" });
    provider = providerOf("NsxSegment");
  });
  afterEach(() => bench.close());

  const owner = (name: string) => `acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nsx:NsxSegment::${name}`;

  test("an id made from a name has only letters that systems take, one dash for others, and ends with a hash", async () => {
    const { inputs } = await provider.check({}, { owner: owner("web tier // 1"), __provider: "text" });
    expect(inputs.segmentId).toMatch(/^web-tier-1-[0-9a-f]{8}$/);
    const long = await provider.check({}, { owner: owner("x".repeat(300)), __provider: "text" });
    expect(long.inputs.segmentId).toHaveLength(209);
  });

  test("properties that are null are left out wherever they are", async () => {
    const tags = [{ scope: "env", tag: null }];
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

  test("and shows the same again as long as it is the same: its state is all that a refresh compares", async () => {
    const { id } = await provider.create({ ...bench.args, owner: owner("web") });
    const once = await provider.read(id as string, {});
    expect(await provider.read(id as string, once.props)).toEqual(once);
  });

  test("of an object only the named part needs a new one", async () => {
    const before = { ...bench.args, owner: owner("web"), effective: {} };
    const diff = (advancedConfig: object) => provider.diff("", before, { ...before, advancedConfig });
    expect((await diff({ multicast: false, urpfMode: "STRICT" })).replaces).toEqual([]);
    expect((await diff({ multicast: true, urpfMode: "STRICT", hybrid: true })).replaces).toEqual(["advancedConfig"]);
  });

  test("of an object that is an argument of its own each part needs a new one", async () => {
    const before = { instance: { systemUid: "a", instanceUid: "b" }, files: {}, owner: owner("web") };
    const diff = (instance: object) =>
      providerOf("NginxConfig").diff("", before, { ...before, files: { x: "y" }, instance });
    expect((await diff({ systemUid: "a", instanceUid: "b" })).replaces).toEqual([]);
    expect((await diff({ systemUid: "a", instanceUid: "c" })).replaces).toEqual(["instance"]);
  });

  test("what is wrong is named by its path, also when it was wrong before", async () => {
    const files = { "etc/nginx.conf": "", "/etc/nginx/nginx.conf": "events {}" };
    const config = { instance: { systemUid: "a", instanceUid: "b" }, files, owner: owner("web") };
    const { failures } = await providerOf("NginxConfig").check({}, config);
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/^files\["etc\/nginx.conf"\]: ./) }]);
    const nested = { owner: owner("web"), subnets: [{ gatewayAddress: "10.0.0.0/24" }] };
    const found = await provider.check(nested, nested);
    expect(found.failures?.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^subnets\[0\].gatewayAddress: ./),
    ]);
  });

  test("what is not known yet is not judged, and the rest is brought into its form all the same", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { certificate, key } = await issue("www.example.com");
    const args = {
      name: unknown,
      certificate: certificate.replaceAll("\n", "\r\n"),
      privateKey: key,
      owner: owner("www"),
    };
    const { inputs, failures } = await providerOf("Certificate").check({}, args);
    expect(failures).toEqual([]);
    expect(inputs.name).toBe(unknown);
    expect(inputs.certificate).toContain("BEGIN CERTIFICATE");
    expect(inputs.certificate).not.toContain("\r");
    const subnets = [{ gatewayAddress: unknown }, { gatewayAddress: "10.0.0.1/24" }, { gatewayAddress: "fd00::1/64" }];
    expect((await provider.check({}, { owner: owner("web"), subnets })).failures).toEqual([]);
  });

  test("drift is told with its fields, by whom, when and between which revisions; no drift is not", async () => {
    const { id, outs } = await provider.create({ ...bench.args, owner: owner("web") });
    await provider.read(String(id), outs ?? {});
    expect(world.warnings).toEqual([]);
    const changes = { description: "alice's", admin_state: "DOWN" };
    bench.simulator.control.change(String(id), changes, "alice");
    bench.clock.advance(20_000);
    await provider.read(String(id), outs ?? {});
    expect(world.warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^NsxSegment \/infra\/segments\/web: description, adminState changed outside of this stack, by alice at \S+Z \(revision 0 → 1\)\.$/,
      ),
    ]);
    world.warnings.length = 0;
    await provider.read(String(id), {});
    expect(world.warnings).toEqual([]);
  });

  test("an error names the operation, and has nothing that would save a state", async () => {
    const { id, outs } = await provider.create({ ...bench.args, owner: owner("web") });
    const error = (action: Promise<unknown>): Promise<Error> =>
      action.then(
        () => new Error("it succeeded"),
        (reason) => reason,
      );
    bench.inject("* /**", { kind: "respond", when: "before", status: 400, body: {} }, 9);
    const failed = [
      ["create", await error(provider.create({ ...bench.args, owner: owner("web") }))],
      ["read", await error(provider.read(String(id), outs ?? {}))],
      ["update", await error(provider.update(String(id), outs ?? {}, { ...bench.changed.args, owner: owner("web") }))],
      ["delete", await error(provider.delete(String(id), outs ?? {}))],
    ] as const;
    for (const [operation, reason] of failed) {
      expect(reason.message).toContain(`: ${operation} failed. `);
      expect(reason).not.toHaveProperty("reasons");
    }
  });

  test("what could not be finished says which operation it was, in the words that Pulumi shows", async () => {
    bench.simulator.control.planRealization("/infra/segments/web", { failure: { message: "no edge", errorCode: 1 } });
    const error = await provider.create({ ...bench.args, owner: owner("web") }).catch((reason) => reason);
    expect(error.reasons).toEqual([
      expect.stringMatching(
        /^NsxSegment web: create failed\. \/infra\/segments\/web exists but is not realized: .*no edge/,
      ),
    ]);
    expect(error.id).toBe("/infra/segments/web");
  });

  test("what is gone has an empty id, which the engine takes for deleted", async () => {
    const read = await provider.read("/infra/segments/web", { ...bench.args, owner: owner("web") });
    expect(read).toEqual({ id: "", props: {} });
  });
});
