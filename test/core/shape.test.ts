import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  alwaysThere,
  canonical,
  canonicalForm,
  comparedAs,
  isAbsent,
  openList,
  same,
  serverDefault,
  shapeOf,
  textOf,
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
    [
      "absent or null, whatever kind of field it is",
      {},
      { name: null, lower: null, nested: null, ids: null, files: null },
    ],
    ["no files, and an empty text in their place", {}, { files: "" }],
    ["absent or the server's default", {}, { state: "UP" }],
    ["in another notation", { lower: "ABC", trimmed: " a " }, { lower: "abc", trimmed: "a" }],
    ["a map of files without any, and none", { files: {} }, {}],
    [
      "whatever order an element's fields have",
      { tags: [{ scope: "a", tag: "b" }, {}] },
      { tags: [{}, { tag: "b", scope: "a" }] },
    ],
    [
      "in whatever order elements and their fields come",
      {
        tags: [
          { scope: "1", tag: "2" },
          { scope: "2", tag: "1" },
        ],
      },
      {
        tags: [
          { tag: "1", scope: "2" },
          { tag: "2", scope: "1" },
        ],
      },
    ],
    [
      "with the fields of each element in an order of its own",
      {
        tags: [
          { scope: "1", tag: "2" },
          { scope: "2", tag: "1" },
        ],
      },
      {
        tags: [
          { tag: "2", scope: "1" },
          { tag: "1", scope: "2" },
        ],
      },
    ],
    ["by an element's key", { tags: [{ tag: "a" }] }, { tags: [{ scope: "", tag: "a" }] }],
  ])("%s", (_, a, b) => {
    expect(same(shape, a, b)).toBe(true);
    expect(same(shape, b, a)).toBe(true);
  });

  test.each<[string, object, object]>([
    ["another order where there is one", { ordered: ["1", "2"] }, { ordered: ["2", "1"] }],
    ["another order of a list that the schema does not know", { other: ["1", "2"] }, { other: ["2", "1"] }],
    ["another element", { ids: ["1", "2"] }, { ids: ["1", "3"] }],
    ["one more element", { ids: ["1"] }, { ids: ["1", "2"] }],
    ["an element twice", { ids: ["1", "1"] }, { ids: ["1", "2"] }],
    ["something other than the default", {}, { state: "DOWN" }],
    ["another type", { name: "1" }, { name: 1 }],
    ["an empty file is a file", { files: { "/a": "" } }, { files: {} }],
    ["zero is not absent", {}, { nested: { on: 0 } }],
    ["a file and an empty one", { files: { "/a": "x" } }, { files: { "/a": "" } }],
    ["nothing in an ordered list is something", { ordered: ["", "1"] }, { ordered: ["1"] }],
    ["false is not absent", {}, { nested: { on: false } }],
  ])("not: %s", (_, a, b) => {
    expect(same(shape, a, b)).toBe(false);
    expect(same(shape, b, a)).toBe(false);
  });
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

describe("what a schema says", () => {
  const field = (schema: z.ZodType) => shapeOf(z.object({ field: schema })).fields.field;

  test("of a list: whether its order counts, what identifies an element, and whether others may add some", () => {
    const keyOf = ({ key }: { key: string }) => key;
    const list = () => z.array(z.object({ key: z.string() }));
    expect(field(list())).toMatchObject({ kind: "list", element: { kind: "object" } });
    expect(field(list())).not.toHaveProperty("keyOf");
    expect(field(unordered(list(), keyOf))).toMatchObject({ kind: "list", keyOf });
    expect(field(unordered(list(), keyOf))).not.toHaveProperty("open");
    expect(field(unordered(list(), keyOf, { manyPerKey: true }))).toMatchObject({ kind: "list", manyPerKey: true });
    expect(field(openList(list(), keyOf))).toMatchObject({ kind: "list", keyOf, open: true });
  });

  test("of an object: whether it is there whatever the program says", () => {
    expect(field(z.object({}))).toMatchObject({ kind: "object", alwaysThere: false });
    expect(field(alwaysThere(z.object({})))).toMatchObject({ kind: "object", alwaysThere: true });
    expect(field(alwaysThere(z.object({})).optional())).toMatchObject({ kind: "object", alwaysThere: true });
  });

  test("of a map: nothing but that it is the user's own", () => {
    expect(field(z.record(z.string(), z.string()).optional())).toEqual({ kind: "map" });
  });

  test("of a value: the server's default and the form, both at once", () => {
    const lower = (text: string) => text.toLowerCase();
    expect(field(serverDefault(comparedAs(z.string(), lower), "up"))).toEqual({
      kind: "value",
      whenAbsent: "up",
      comparedAs: lower,
    });
  });

  test("of a value in canonical form: that it is put in it, and compared in it", () => {
    const schema = canonical(z.string(), (text) => text.toLowerCase());
    expect(schema.parse("ABC")).toBe("abc");
    expect(same(field(schema) as never, "ABC", "abc")).toBe(true);
  });

  test("of a value compared in a form: nothing about how it is sent", () => {
    expect(comparedAs(z.string(), (text) => text.toLowerCase()).parse("ABC")).toBe("ABC");
  });
});

describe("one of several objects", () => {
  const either = z.union([
    z.strictObject({ system: z.string(), instance: z.string() }),
    z.strictObject({ group: z.string() }),
  ]);
  const list = shapeOf(z.object({ targets: unordered(z.array(either)).optional() }));

  test("is an object, which is the same in whatever order its fields come", () => {
    expect(
      same(list, { targets: [{ instance: "i", system: "s" }] }, { targets: [{ system: "s", instance: "i" }] }),
    ).toBe(true);
    expect(same(list, { targets: [{ group: "s" }] }, { targets: [{ system: "s" }] })).toBe(false);
  });

  test("has the fields of all of them", () => {
    expect(list.fields.targets).toMatchObject({ element: { fields: { system: {}, instance: {}, group: {} } } });
  });
});

describe("texts of values", () => {
  test("are one text for one value, also for integers that JavaScript's numbers cannot hold", () => {
    expect([textOf("a"), textOf(["a", 1]), textOf({ n: 9007199254740993n }), textOf(undefined)]).toEqual([
      "a",
      '["a",1]',
      '{"n":"9007199254740993n"}',
      "",
    ]);
  });
});
