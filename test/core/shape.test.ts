import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { declaredAsLive, effectiveValues, isAsDeclared, throughDeclared } from "../../provider/core/othersChanged.ts";
import {
  canonical,
  canonicalForm,
  comparedAs,
  isAbsent,
  same,
  serverDefault,
  shapeOf,
  unordered,
} from "../../provider/core/shape.ts";

const tag = z.object({ scope: z.string().optional(), tag: z.string().optional() });
const shape = shapeOf(
  z.object({
    name: z.string().optional(),
    state: serverDefault(z.string(), "UP").optional(),
    ordered: z.array(z.string()).optional(),
    ids: unordered(z.array(z.string())).optional(),
    tags: unordered(z.array(tag), ({ scope, tag }) => JSON.stringify([scope ?? "", tag ?? ""])).optional(),
    nested: z.object({ on: z.boolean().optional(), ids: unordered(z.array(z.string())).optional() }).optional(),
    lower: canonical(z.string(), (text) => text.toLowerCase()).optional(),
    trimmed: comparedAs(z.string(), (text) => (typeof text === "string" ? text.trim() : text)).optional(),
    files: z.record(z.string(), z.string()).optional(),
  }),
);

describe("two values mean the same", () => {
  test.each<[string, object, object]>([
    ["whatever order a list without order has", { ids: ["1", "2"] }, { ids: ["2", "1"] }],
    ["at any depth", { nested: { ids: ["1", "2"] } }, { nested: { ids: ["2", "1"] } }],
    ["absent or empty", {}, { name: "", ordered: [], ids: [], nested: {} }],
    ["absent or the server's default", {}, { state: "UP" }],
    ["in another notation", { lower: "ABC", trimmed: " a " }, { lower: "abc", trimmed: "a" }],
    ["a map of files without any, and none", { files: {} }, {}],
    [
      "whatever order an element's fields have",
      { tags: [{ scope: "a", tag: "b" }, {}] },
      { tags: [{}, { tag: "b", scope: "a" }] },
    ],
    ["by an element's key", { tags: [{ tag: "a" }] }, { tags: [{ scope: "", tag: "a" }] }],
  ])("%s", (_, a, b) => {
    expect(same(shape, a, b)).toBe(true);
    expect(same(shape, b, a)).toBe(true);
  });

  test.each<[string, object, object]>([
    ["another order where there is one", { ordered: ["1", "2"] }, { ordered: ["2", "1"] }],
    ["another element", { ids: ["1", "2"] }, { ids: ["1", "3"] }],
    ["one more element", { ids: ["1"] }, { ids: ["1", "2"] }],
    ["an element twice", { ids: ["1", "1"] }, { ids: ["1", "2"] }],
    ["something other than the default", {}, { state: "DOWN" }],
    ["another type", { name: "1" }, { name: 1 }],
    ["an empty file is a file", { files: { "/a": "" } }, { files: {} }],
    ["false is not absent", {}, { nested: { on: false } }],
  ])("not: %s", (_, a, b) => {
    expect(same(shape, a, b)).toBe(false);
    expect(same(shape, b, a)).toBe(false);
  });
});

describe("what is live, seen through what was declared", () => {
  test("what nobody declared does not show, at any depth", () => {
    const live = { name: "a", state: "DOWN", nested: { on: true, ids: ["1"] } };
    expect(throughDeclared(shape, live, { name: "a", nested: { on: false } })).toEqual({
      name: "a",
      nested: { on: true },
    });
  });

  test("elements come in the declared order, foreign ones last", () => {
    expect(throughDeclared(shape, { ids: ["9", "1", "3"] }, { ids: ["3", "2", "1"] })).toEqual({
      ids: ["3", "1", "9"],
    });
  });

  test("what means the same comes as it was declared", () => {
    const declared = { ids: ["2", "1"], tags: [{ tag: "a" }] };
    expect(throughDeclared(shape, { ids: ["1", "2"], tags: [{ scope: "", tag: "a" }] }, declared)).toBe(declared);
  });

  test("what the server leaves out is its default", () => {
    expect(throughDeclared(shape, {}, { state: "DOWN" })).toEqual({ state: "UP" });
  });

  test("a live value matches as far as it was declared", () => {
    expect(isAsDeclared(shape, { name: "a", state: "DOWN" }, { name: "a" })).toBe(true);
    expect(isAsDeclared(shape, { name: "b" }, { name: "a" })).toBe(false);
  });
});

test("for any value, projecting twice is projecting once, and a value projects to itself", () => {
  const words = fc.uniqueArray(fc.constantFrom("1", "2", "3"), { minLength: 1 });
  const value = fc.record(
    {
      name: fc.string(),
      state: fc.constantFrom("UP", "DOWN"),
      ids: words,
      ordered: words,
      nested: fc.record({ ids: words }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(value, value, (live, declared) => {
      const once = throughDeclared(shape, live, declared);
      expect(throughDeclared(shape, once, declared)).toEqual(once);
      expect(throughDeclared(shape, live, live)).toEqual(live);
      expect(same(shape, live, declared)).toBe(same(shape, declared, live));
    }),
    { numRuns: 2_000 },
  );
});

describe("the form in which values are compared", () => {
  test("leaves out what means that there is nothing, and keeps what a schema does not know", () => {
    const form = canonicalForm(shape, {
      state: "UP",
      name: "",
      ids: ["2", "1"],
      lower: "ABC",
      other: 5,
      nested: { ids: [] },
    });
    expect(form).toEqual({ ids: ["1", "2"], lower: "abc", other: 5 });
  });

  test("a value means that there is none when it is absent, empty, or the server's default", () => {
    const state = shape.fields.state as never;
    expect([undefined, null, "", "UP", "DOWN"].map((value) => isAbsent(state, value))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe("what is declared, as it is on the server", () => {
  const declared = { name: "a", nested: { on: true } };

  test("is as it is, also where the server had made something else of another value", () => {
    expect(declaredAsLive(shape, { live: { name: "b" }, declared, effective: { name: "c" } })).toEqual({ name: "b" });
  });

  test("is as declared where the server has made that of it", () => {
    const live = { name: "A!", nested: { on: false } };
    expect(declaredAsLive(shape, { live, declared, effective: { name: "A!", "nested.on": false } })).toEqual(declared);
  });
});

describe("what the server has made of what was sent", () => {
  const values = (declared: object, sent: object, answer: object, before: object = {}, fixed: string[] = []) =>
    effectiveValues(shape, { declared, sent, answer, before, fixed } as never);

  test("is what it put in the place of a declared value, at any depth", () => {
    const declared = { name: "a", nested: { on: true } };
    expect(values(declared, declared, { name: "A!", nested: { on: false } })).toEqual({
      name: "A!",
      "nested.on": false,
    });
  });

  test("is what it filled in, but for its defaults", () => {
    expect(values({}, {}, { name: "id", state: "UP" })).toEqual({ name: "id" });
  });

  test("is not what others had set, or what was kept of theirs", () => {
    expect(values({}, { name: "theirs" }, { name: "theirs" })).toEqual({});
    expect(values({ name: "a" }, { name: "theirs" }, { name: "theirs" })).toEqual({});
  });

  test("is still what it was told to be before", () => {
    expect(values({ name: "a" }, { name: "A!" }, { name: "A!" }, { name: "A!" })).toEqual({ name: "A!" });
    expect(values({}, { name: "id" }, { name: "id" }, { name: "id" })).toEqual({ name: "id" });
    expect(values({}, { name: "new" }, { name: "new" }, { name: "id" })).toEqual({});
  });

  test("of a field that cannot change is told in any case", () => {
    expect(values({}, { name: "x" }, { name: "x" }, {}, ["name"])).toEqual({ name: "x" });
  });
});
