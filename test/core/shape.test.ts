import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { matches, project, same, serverDefault, shapeOf, unordered } from "../../provider/core/shape.ts";

const tag = z.object({ scope: z.string().optional(), tag: z.string().optional() });
const shape = shapeOf(
  z.object({
    name: z.string().optional(),
    state: serverDefault(z.string(), "UP").optional(),
    ordered: z.array(z.string()).optional(),
    ids: unordered(z.array(z.string())).optional(),
    tags: unordered(z.array(tag), ({ scope, tag }) => JSON.stringify([scope ?? "", tag ?? ""])).optional(),
    nested: z.object({ on: z.boolean().optional(), ids: unordered(z.array(z.string())).optional() }).optional(),
  }),
);

describe("two values mean the same", () => {
  test.each<[string, object, object]>([
    ["whatever order a list without order has", { ids: ["1", "2"] }, { ids: ["2", "1"] }],
    ["at any depth", { nested: { ids: ["1", "2"] } }, { nested: { ids: ["2", "1"] } }],
    ["absent or empty", {}, { name: "", ordered: [], ids: [], nested: {} }],
    ["absent or the server's default", {}, { state: "UP" }],
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
    ["false is not absent", {}, { nested: { on: false } }],
  ])("not: %s", (_, a, b) => {
    expect(same(shape, a, b)).toBe(false);
    expect(same(shape, b, a)).toBe(false);
  });
});

describe("what is live, seen through what was declared", () => {
  test("what nobody declared does not show, at any depth", () => {
    const live = { name: "a", state: "DOWN", nested: { on: true, ids: ["1"] } };
    expect(project(shape, live, { name: "a", nested: { on: false } })).toEqual({ name: "a", nested: { on: true } });
  });

  test("elements come in the declared order, foreign ones last", () => {
    expect(project(shape, { ids: ["9", "1", "3"] }, { ids: ["3", "2", "1"] })).toEqual({ ids: ["3", "1", "9"] });
  });

  test("what means the same comes as it was declared", () => {
    const declared = { ids: ["2", "1"], tags: [{ tag: "a" }] };
    expect(project(shape, { ids: ["1", "2"], tags: [{ scope: "", tag: "a" }] }, declared)).toBe(declared);
  });

  test("what the server leaves out is its default", () => {
    expect(project(shape, {}, { state: "DOWN" })).toEqual({ state: "UP" });
  });

  test("a live value matches as far as it was declared", () => {
    expect(matches(shape, { name: "a", state: "DOWN" }, { name: "a" })).toBe(true);
    expect(matches(shape, { name: "b" }, { name: "a" })).toBe(false);
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
      const once = project(shape, live, declared);
      expect(project(shape, once, declared)).toEqual(once);
      expect(project(shape, live, live)).toEqual(live);
      expect(same(shape, live, declared)).toBe(same(shape, declared, live));
    }),
    { numRuns: 2_000 },
  );
});
