// Which element of one version of a list is which element of another. The texts are only names; that they are the same is
// what counts.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { aligned } from "../../provider/core/aligned.ts";
import { type ListShape, shapeOf, unordered } from "../../provider/core/shape.ts";

const { fields } = shapeOf(
  z.object({
    words: unordered(z.array(z.string())),
    nets: unordered(z.array(z.object({ key: z.string(), a: z.string().optional() })), ({ key }) => key),
    many: unordered(z.array(z.object({ key: z.string(), a: z.string().optional() })), ({ key }) => key, {
      manyPerKey: true,
    }),
    anyCase: unordered(z.array(z.string()), (text) => text.toLowerCase()),
  }),
);
const words = fields.words as ListShape;
const nets = fields.nets as ListShape;
const many = fields.many as ListShape;
const anyCase = fields.anyCase as ListShape;

const net = (key: string, a?: string) => (a === undefined ? { key } : { key, a });

/** The names in the order of the list. */
const namesOf = (list: Map<string, unknown>) => [...list.keys()];

describe("elements of one key each", () => {
  test("are the same element, whatever else is in them and wherever they stand", () => {
    const { before, now } = aligned(nets, { before: [net("1", "x"), net("2")], now: [net("2", "y"), net("1")] });
    expect(namesOf(before)).toEqual(["1", "2"]);
    expect(namesOf(now)).toEqual(["2", "1"]);
    expect(now.get("2")).toEqual({ key: "2", a: "y" });
  });

  test("are the elements themselves, and no copies", () => {
    const element = net("1");
    expect(aligned(nets, { one: [element] }).one.get("1")).toBe(element);
  });

  test("without a key an element is what it says", () => {
    const { before, now } = aligned(words, { before: ["a", "b"], now: ["b", "c"] });
    expect(namesOf(before)).toEqual(["a", "b"]);
    expect(namesOf(now)).toEqual(["b", "c"]);
  });

  test("a version without any has none", () => {
    const { before, now } = aligned(nets, { before: [], now: [net("1")] });
    expect(before.size).toBe(0);
    expect(namesOf(now)).toEqual(["1"]);
  });
});

describe("two elements of one key", () => {
  test("all stay, in their order", () => {
    const { live } = aligned(nets, { live: [net("1", "x"), net("1", "y"), net("2")] });
    expect([...live]).toEqual([
      ["1", { key: "1", a: "x" }],
      ["1 (2)", { key: "1", a: "y" }],
      ["2", { key: "2" }],
    ]);
  });

  test("that are equal in two versions are the same one, whatever their order", () => {
    const { before, now } = aligned(nets, {
      before: [net("1", "x"), net("1", "y")],
      now: [net("1", "y"), net("1", "x")],
    });
    expect(namesOf(before)).toEqual(["1", "1 (2)"]);
    expect(namesOf(now)).toEqual(["1 (2)", "1"]);
  });

  test("an equal one is found before an unequal one takes its place", () => {
    const { before, now } = aligned(nets, { before: [net("1", "x")], now: [net("1", "z"), net("1", "x")] });
    expect(namesOf(before)).toEqual(["1"]);
    expect(namesOf(now)).toEqual(["1 (2)", "1"]);
  });

  test("that are equal to none go by their order", () => {
    const { before, now } = aligned(nets, {
      before: [net("1", "x"), net("1", "y")],
      now: [net("1", "p"), net("1", "q")],
    });
    expect(namesOf(before)).toEqual(["1", "1 (2)"]);
    expect(namesOf(now)).toEqual(["1", "1 (2)"]);
  });

  test("and are equal to each other: each stays", () => {
    const { before, now } = aligned(words, { before: ["a", "a"], now: ["a", "a", "a"] });
    expect(namesOf(before)).toEqual(["a", "a (2)"]);
    expect(namesOf(now)).toEqual(["a", "a (2)", "a (3)"]);
  });

  test("in three versions: one that came in the second is known in the third", () => {
    const { applied, live, declared } = aligned(nets, {
      applied: [net("1", "x")],
      live: [net("1", "theirs"), net("1", "x")],
      declared: [net("1", "theirs")],
    });
    expect(namesOf(applied)).toEqual(["1"]);
    expect(namesOf(live)).toEqual(["1 (2)", "1"]);
    expect(namesOf(declared)).toEqual(["1 (2)"]);
  });
});

test("the same element twice, by reference: each has a name", () => {
  const element = net("1", "x");
  expect(namesOf(aligned(nets, { live: [element, element] }).live)).toEqual(["1", "1 (2)"]);
});

test("what is no element, as a server or a preview may have it, is one all the same", () => {
  const { live } = aligned(nets, { live: ["unknown", null, {}] });
  expect([...live.values()]).toEqual(["unknown", null, {}]);
});

test("texts in place of elements, as a preview has them, are each their own", () => {
  const { before, now } = aligned(nets, { before: ["unknown"], now: ["another"] });
  expect(namesOf(now)).not.toEqual(namesOf(before));
});

test("a text may have a key of its own", () => {
  const { before, now } = aligned(anyCase, { before: ["A", ""], now: ["", "a"] });
  expect(namesOf(before)).toEqual(["a", ""]);
  expect(namesOf(now)).toEqual(["", "a"]);
});

test("where an API takes several elements of one key, nothing takes the place of one that others have added", () => {
  const versions = {
    applied: [net("1", "x")],
    live: [net("1", "x"), net("1", "theirs")],
    declared: [net("1", "x"), net("1", "ours")],
  };
  expect(namesOf(aligned(many, versions).declared)).toEqual(["1", "1 (3)"]);
  expect(namesOf(aligned(nets, versions).declared)).toEqual(["1", "1 (2)"]);
});
