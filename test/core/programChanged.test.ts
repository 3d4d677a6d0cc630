// The first question: has the program changed against what was applied last? What is declared counts, not only what it means.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { programChanges } from "../../provider/core/programChanged.ts";
import { comparedAs, openList, serverDefault, shapeOf, unordered } from "../../provider/core/shape.ts";

const shape = shapeOf(
  z.object({
    name: z.string().optional(),
    state: serverDefault(z.string(), "UP").optional(),
    adopt: z.boolean().optional(),
    list: z.array(z.string()).optional(),
    set: unordered(z.array(z.string())).optional(),
    nets: unordered(z.array(z.object({ key: z.string(), a: z.string().optional() })), ({ key }) => key).optional(),
    open: openList(z.array(z.string()), (text) => text).optional(),
    extra: z.object({ x: z.number().optional(), inner: z.object({ y: z.number().optional() }).optional() }).optional(),
    files: z.record(z.string(), z.string()).optional(),
    lower: comparedAs(z.string(), (text) => text.toLowerCase()).optional(),
  }),
);

const changes = (applied: object, declared: object) => programChanges(shape, applied, declared);

describe("no change", () => {
  test.each<[string, object, object]>([
    ["the same", { name: "a", list: ["1", "2"] }, { name: "a", list: ["1", "2"] }],
    ["nothing, before and now", {}, { name: undefined }],
    ["another order where there is none", { set: ["1", "2"] }, { set: ["2", "1"] }],
    [
      "another order of elements with a key",
      { nets: [{ key: "1" }, { key: "2" }] },
      { nets: [{ key: "2" }, { key: "1" }] },
    ],
    ["another notation", { lower: "ABC" }, { lower: "abc" }],
    ["another order of files", { files: { "/a": "1", "/b": "2" } }, { files: { "/b": "2", "/a": "1" } }],
  ])("%s", (_, applied, declared) => {
    expect(changes(applied, declared)).toEqual([]);
  });
});

describe("declared now and not before", () => {
  test("also where it is the default, empty, or what steers the provider: it is managed from now on", () => {
    expect(changes({}, { state: "UP" })).toEqual([{ path: ["state"], kind: "added" }]);
    expect(changes({}, { set: [] })).toEqual([{ path: ["set"], kind: "added" }]);
    expect(changes({}, { name: "" })).toEqual([{ path: ["name"], kind: "added" }]);
    expect(changes({}, { extra: {} })).toEqual([{ path: ["extra"], kind: "added" }]);
    expect(changes({}, { adopt: false })).toEqual([{ path: ["adopt"], kind: "added" }]);
  });

  test("is named by the place at which it stands, however deep, and not by what it is in", () => {
    expect(changes({ extra: { x: 1 } }, { extra: { x: 1, inner: { y: 2 } } })).toEqual([
      { path: ["extra", "inner"], kind: "added" },
    ]);
    expect(changes({ extra: { inner: {} } }, { extra: { inner: { y: 2 } } })).toEqual([
      { path: ["extra", "inner", "y"], kind: "added" },
    ]);
  });

  test("an element is named by its index in the program", () => {
    expect(changes({ nets: [{ key: "2" }] }, { nets: [{ key: "1" }, { key: "2", a: "x" }] })).toEqual([
      { path: ["nets", 1, "a"], kind: "added" },
      { path: ["nets", 0], kind: "added" },
    ]);
  });
});

describe("no longer declared", () => {
  test("also where it was the default, or empty: it is no longer managed", () => {
    expect(changes({ state: "UP" }, {})).toEqual([{ path: ["state"], kind: "removed" }]);
    expect(changes({ set: [] }, {})).toEqual([{ path: ["set"], kind: "removed" }]);
    expect(changes({ extra: {} }, {})).toEqual([{ path: ["extra"], kind: "removed" }]);
  });

  test("is named however deep", () => {
    expect(changes({ extra: { x: 1, inner: { y: 2 } } }, { extra: { x: 1, inner: {} } })).toEqual([
      { path: ["extra", "inner", "y"], kind: "removed" },
    ]);
  });

  test("an element is named by its index in what was applied", () => {
    expect(changes({ set: ["1", "2", "3"] }, { set: ["1", "3"] })).toEqual([{ path: ["set", 1], kind: "removed" }]);
  });
});

describe("declared otherwise", () => {
  test("a value", () => {
    expect(changes({ name: "a" }, { name: "b" })).toEqual([{ path: ["name"], kind: "changed" }]);
  });

  test("a list with an order is one value", () => {
    expect(changes({ list: ["1", "2"] }, { list: ["2", "1"] })).toEqual([{ path: ["list"], kind: "changed" }]);
  });

  test("a map of files is one value, and an empty file is a file", () => {
    expect(changes({ files: { "/a": "" } }, { files: {} })).toEqual([{ path: ["files"], kind: "changed" }]);
  });

  test("a field of an element, not the element", () => {
    expect(changes({ nets: [{ key: "1", a: "x" }] }, { nets: [{ key: "1", a: "y" }] })).toEqual([
      { path: ["nets", 0, "a"], kind: "changed" },
    ]);
  });

  test("an element without a key of its own is another one", () => {
    expect(changes({ set: ["1"] }, { set: ["2"] })).toEqual([
      { path: ["set", 0], kind: "removed" },
      { path: ["set", 0], kind: "added" },
    ]);
  });

  test("a list to which others may add is compared like any other: the program is the program", () => {
    expect(changes({ open: ["1"] }, { open: [] })).toEqual([{ path: ["open", 0], kind: "removed" }]);
  });

  test("what is not known yet, in an object's or a list's place", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(changes({ extra: { x: 1 } }, { extra: unknown })).toEqual([{ path: ["extra"], kind: "changed" }]);
    expect(changes({ nets: [{ key: "1" }] }, { nets: unknown })).toEqual([{ path: ["nets"], kind: "changed" }]);
  });

  test("several places are told each", () => {
    expect(changes({ name: "a", state: "UP" }, { name: "b", adopt: true })).toEqual([
      { path: ["name"], kind: "changed" },
      { path: ["state"], kind: "removed" },
      { path: ["adopt"], kind: "added" },
    ]);
  });
});

test("an element twice: the second one is a change", () => {
  expect(changes({ nets: [{ key: "1" }] }, { nets: [{ key: "1" }, { key: "1" }] })).toEqual([
    { path: ["nets", 1], kind: "added" },
  ]);
});
