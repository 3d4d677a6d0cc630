// The second question: what have others changed, as the user sees it?
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  declaredAsLive,
  declaredPart,
  effectiveValues,
  isAsDeclared,
  throughDeclared,
} from "../../provider/core/othersChanged.ts";
import { comparedAs, openList, same, serverDefault, shapeOf, unordered } from "../../provider/core/shape.ts";

const tag = z.object({ scope: z.string().optional(), tag: z.string().optional() });
const shape = shapeOf(
  z.object({
    name: z.string().optional(),
    state: serverDefault(z.string(), "UP").optional(),
    ordered: z.array(z.string()).optional(),
    pairs: z.array(z.object({ a: z.string().optional(), b: z.string().optional() })).optional(),
    ids: unordered(z.array(z.string())).optional(),
    open: openList(z.array(z.string()), (text) => text).optional(),
    tags: unordered(z.array(tag), ({ scope, tag }) => JSON.stringify([scope ?? "", tag ?? ""])).optional(),
    nets: unordered(z.array(z.object({ key: z.string(), a: z.string().optional() })), ({ key }) => key).optional(),
    configs: unordered(z.array(z.object({ key: z.string(), a: z.string().optional() })), ({ key }) => key, {
      manyPerKey: true,
    }).optional(),
    nested: z.object({ on: z.boolean().optional(), ids: unordered(z.array(z.string())).optional() }).optional(),
    lower: comparedAs(z.string(), (text) => text.toLowerCase()).optional(),
    files: z.record(z.string(), z.string()).optional(),
  }),
);

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

  test("another notation of the declared value shows as it was declared", () => {
    expect(throughDeclared(shape, { lower: "ABC" }, { lower: "abc" })).toEqual({ lower: "abc" });
  });

  test("an element shows only its declared fields, and a foreign one all of its own", () => {
    const live = {
      nets: [
        { key: "9", a: "theirs" },
        { key: "1", a: "x" },
      ],
    };
    expect(throughDeclared(shape, live, { nets: [{ key: "1" }] })).toEqual({
      nets: [{ key: "1" }, { key: "9", a: "theirs" }],
    });
  });

  test("foreign elements of a list to which others may add do not show, and lost ones do", () => {
    expect(throughDeclared(shape, { open: ["theirs", "1"] }, { open: ["1"] })).toEqual({ open: ["1"] });
    expect(throughDeclared(shape, { open: ["theirs"] }, { open: ["1", "theirs"] })).toEqual({ open: ["theirs"] });
  });

  test("a list with an order shows as it is, each element through the one declared at its place", () => {
    expect(throughDeclared(shape, { ordered: ["3", "1"] }, { ordered: ["1"] })).toEqual({ ordered: ["3", "1"] });
    const live = {
      pairs: [
        { a: "x", b: "undeclared" },
        { a: "y", b: "theirs" },
      ],
    };
    expect(throughDeclared(shape, live, { pairs: [{ a: "w" }] })).toEqual({
      pairs: [{ a: "x" }, { a: "y", b: "theirs" }],
    });
  });

  test("what is gone shows as absent, or as what the server means by that", () => {
    expect(throughDeclared(shape, {}, { name: "a", nested: { on: true }, state: "DOWN" })).toEqual({ state: "UP" });
    expect(throughDeclared(shape, { name: null }, { name: "a" })).toEqual({});
  });

  test("a list that is gone shows as absent, whether or not its order counts, and so does an object", () => {
    const declared = { ids: ["1"], ordered: ["1"], nets: [{ key: "1" }], nested: { on: true } };
    expect(throughDeclared(shape, {}, declared)).toEqual({});
    expect(throughDeclared(shape, { ids: null, ordered: null, nets: null, nested: null }, declared)).toEqual({});
  });

  test("an empty element more in a list with an order shows", () => {
    expect(throughDeclared(shape, { ordered: ["1", ""] }, { ordered: ["1"] })).toEqual({ ordered: ["1", ""] });
  });

  test("a list that the schema does not know shows as it is", () => {
    expect(throughDeclared(shape, { other: ["2", "1"] }, { other: ["1"] })).toEqual({ other: ["2", "1"] });
  });

  test("the two elements that somebody made of one show both", () => {
    const live = {
      nets: [
        { key: "1", a: "x" },
        { key: "1", a: "y" },
      ],
    };
    expect(throughDeclared(shape, live, { nets: [{ key: "1", a: "y" }] })).toEqual({
      nets: [
        { key: "1", a: "y" },
        { key: "1", a: "x" },
      ],
    });
  });
});

describe("the declared part", () => {
  test("is the same without foreign elements, at any depth", () => {
    const live = {
      name: "theirs",
      ids: ["9", "1"],
      nested: { ids: ["8", "2"] },
      nets: [{ key: "3", a: "undeclared" }],
    };
    const declared = { name: "a", ids: ["1"], nested: { ids: ["2"] }, nets: [{ key: "3" }] };
    expect(declaredPart(shape, live, declared)).toEqual({
      name: "theirs",
      ids: ["1"],
      nested: { ids: ["2"] },
      nets: [{ key: "3" }],
    });
  });

  test("where an API takes several elements of one key, holds none that is not as declared: it may be somebody else's", () => {
    const live = { configs: [{ key: "1", a: "theirs" }, { key: "2" }] };
    const declared = { configs: [{ key: "1", a: "ours" }, { key: "2" }] };
    expect(declaredPart(shape, live, declared)).toEqual({ configs: [{ key: "2" }] });
  });
});

describe("what is there is as declared", () => {
  test("as far as it was declared", () => {
    const live = { name: "a", state: "DOWN", nested: { on: true, ids: ["1"] } };
    expect(isAsDeclared(shape, live, { nested: { on: true } })).toBe(true);
    expect(isAsDeclared(shape, live, { nested: { ids: [] } })).toBe(false);
  });

  test("not with an element more, but where others may add some", () => {
    expect(isAsDeclared(shape, { ids: ["1", "theirs"] }, { ids: ["1"] })).toBe(false);
    expect(isAsDeclared(shape, { open: ["1", "theirs"] }, { open: ["1"] })).toBe(true);
  });

  test("not with a file more, and not with one that is empty instead of absent", () => {
    expect(isAsDeclared(shape, { files: { "/a": "", "/b": "" } }, { files: { "/a": "" } })).toBe(false);
    expect(isAsDeclared(shape, { files: {} }, { files: { "/a": "" } })).toBe(false);
  });
});

test("for any value, projecting twice is projecting once, and a value projects to itself", () => {
  const words = fc.uniqueArray(fc.constantFrom("1", "2", "3"), { minLength: 1 });
  // Nothing that is read from JSON is without a prototype.
  const ofJson = { noNullPrototype: true };
  const value = fc.record(
    {
      name: fc.string(),
      state: fc.constantFrom("UP", "DOWN"),
      ids: words,
      ordered: words,
      nested: fc.record({ ids: words }, ofJson),
    },
    { requiredKeys: [], ...ofJson },
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

describe("what is declared, as it is on the server", () => {
  const declared = { name: "a", nested: { on: true } };

  test("is as it is, also where the server had made something else of another value", () => {
    expect(declaredAsLive(shape, { live: { name: "b" }, declared, effective: { name: "c" } })).toEqual({ name: "b" });
  });

  test("is as it is where it is no longer what the server had made of it", () => {
    const live = { name: "theirs", nested: { on: false } };
    expect(declaredAsLive(shape, { live, declared, effective: { name: "A!", "nested.on": true } })).toEqual(live);
  });

  test("is, of a map of files, all that is there", () => {
    const live = { files: { "/a": "theirs", "/b": "theirs" } };
    expect(declaredAsLive(shape, { live, declared: { files: { "/a": "ours" } }, effective: {} })).toEqual(live);
  });

  test("is nothing where it is gone", () => {
    expect(declaredAsLive(shape, { live: {}, declared, effective: { name: "A!" } })).toEqual({});
  });

  test("is as declared where the server has made that of it", () => {
    const live = { name: "A!", nested: { on: false } };
    expect(declaredAsLive(shape, { live, declared, effective: { name: "A!", "nested.on": false } })).toEqual(declared);
  });
});

describe("what the server has made of what was sent", () => {
  const values = (declared: object, sent: object, answer: object, before: object = {}, fixed: string[] = []) =>
    effectiveValues(shape, { applied: declared, declared, sent, answer, before, fixed } as never);

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

  test("is what it made of a declared list as a whole", () => {
    const sent = { ids: ["1", "2"] };
    expect(values(sent, sent, { ids: ["1"] })).toEqual({ ids: ["1"] });
    expect(values(sent, sent, { ids: ["2", "1"] })).toEqual({});
  });

  test("is, of a map of files, the whole of it", () => {
    const files = { "/a": "its" };
    expect(values({}, {}, { files })).toEqual({ files });
    expect(values({ files: { "/a": "ours" } }, { files: { "/a": "ours" } }, { files })).toEqual({ files });
  });

  test("is not another notation of it", () => {
    expect(values({ lower: "ABC" }, { lower: "ABC" }, { lower: "abc" })).toEqual({});
  });

  test("is not told of what it has left out, or means by that", () => {
    expect(values({ name: "a" }, { name: "a" }, {})).toEqual({});
    expect(values({ state: "DOWN" }, { state: "DOWN" }, { state: "UP" })).toEqual({});
  });

  test("is not what was there before the write and stayed, though the program declares another field of the object", () => {
    const there = { nested: { on: true, ids: ["theirs"] } };
    expect(values({ nested: { on: true } }, there, there)).toEqual({});
  });

  test("is what it filled in inside of an object that was sent", () => {
    expect(values({ nested: { on: true } }, { nested: { on: true } }, { nested: { on: true, ids: ["its"] } })).toEqual({
      "nested.ids": ["its"],
    });
  });

  test("counts what others have set as well once it has been shown, but never in the place of what is declared", () => {
    const there = { name: "theirs", nested: { on: false } };
    const shown = effectiveValues(shape, {
      applied: {},
      declared: { nested: { on: true } },
      sent: there,
      answer: there,
      before: {},
      fixed: [],
      isShown: true,
    });
    expect(shown).toEqual({ name: "theirs" });
  });
});

test("what a refresh has shown of a field is not what the server makes of it once the program declares it", () => {
  const told = {
    applied: {},
    sent: { name: "theirs" },
    answer: { name: "theirs" },
    before: { name: "theirs" },
    fixed: [],
  };
  expect(effectiveValues(shape, { ...told, declared: { name: "ours" } })).toEqual({});
  expect(effectiveValues(shape, { ...told, declared: {} })).toEqual({ name: "theirs" });
});
