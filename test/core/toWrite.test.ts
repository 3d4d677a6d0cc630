import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { alwaysThere, openList, serverDefault, shapeOf, unordered } from "../../provider/core/shape.ts";
import { type OnConflict, toWrite } from "../../provider/core/toWrite.ts";

const schema = z.object({
  name: z.string().optional(),
  state: serverDefault(z.string(), "UP").optional(),
  gateway: z.string().optional(),
  fixed: z.string().optional(),
  list: z.array(z.string()).optional(),
  set: unordered(z.array(z.string())).optional(),
  nets: unordered(
    z.array(z.object({ key: z.string(), a: z.string().optional(), b: z.string().optional() })),
    (net) => net.key,
  ).optional(),
  open: openList(z.array(z.string()), (text) => text).optional(),
  extra: alwaysThere(
    z.object({ x: z.number().optional(), y: z.number().optional(), fixed: z.number().optional() }),
  ).optional(),
  dhcp: z
    .object({
      server: z.string().optional(),
      lease: serverDefault(z.number(), 60).optional(),
      ranges: unordered(z.array(z.string())).optional(),
      order: z.array(z.string()).optional(),
      options: z.object({ one: z.string().optional(), two: z.string().optional() }).optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
const shape = shapeOf(schema);

type Fields = Record<string, unknown>;

function merged(
  applied: Fields,
  live: Fields,
  declared: Fields,
  onConflict: OnConflict = "fail",
  seen?: Fields,
  effective: Fields = {},
  adopting = false,
) {
  const dependentFields = [["gateway", "nets"]];
  const fixed = ["fixed", "extra.fixed"];
  return toWrite({ shape, applied, effective, seen, live, declared, adopting, fixed, onConflict, dependentFields });
}

const paths = (conflicts: readonly { path: string }[]) => conflicts.map(({ path }) => path);

describe("nobody else wrote", () => {
  test("what is wanted replaces what was applied, the rest stays", () => {
    const { body, conflicts } = merged({ name: "a" }, { name: "a", other: 1 }, { name: "b" });
    expect(body).toEqual({ name: "b", other: 1 });
    expect(conflicts).toEqual([]);
  });

  test("a field that the program no longer has goes", () => {
    expect(merged({ name: "a", state: "DOWN" }, { name: "a", state: "DOWN" }, { name: "a" }).body).toEqual({
      name: "a",
    });
  });

  test("of a group of settings only the declared ones go, of any other object all of it", () => {
    const live = { extra: { x: 1, y: 2 }, dhcp: { server: "s", lease: 60, added: true } };
    expect(merged({ extra: { x: 1 }, dhcp: { server: "s" } }, live, {}).body).toEqual({ extra: { y: 2 } });
  });

  test("an element of a set goes alone, and so does one of a keyed list", () => {
    const applied = { set: ["a", "b"], nets: [{ key: "1", a: "x" }, { key: "2" }] };
    const live = { set: ["b", "foreign", "a"], nets: [{ key: "2" }, { key: "1", a: "x", added: 1 }, { key: "3" }] };
    const { body, conflicts } = merged(applied, live, { set: ["b"], nets: [{ key: "2", b: "new" }] });
    expect(body).toEqual({ set: ["b", "foreign"], nets: [{ key: "2", b: "new" }, { key: "3" }] });
    expect(conflicts).toEqual([]);
  });
});

describe("somebody else wrote", () => {
  test("a change in what nobody here manages is kept without a word", () => {
    const { body, conflicts } = merged({ name: "a" }, { name: "a", other: 2, state: "DOWN" }, { name: "b" });
    expect(body).toEqual({ name: "b", other: 2, state: "DOWN" });
    expect(conflicts).toEqual([]);
  });

  test("the same change as ours is no conflict", () => {
    expect(merged({ name: "a" }, { name: "b" }, { name: "b" })).toEqual({
      body: { name: "b" },
      conflicts: [],
      passed: [],
    });
  });

  test.each<[OnConflict, string[], string]>([
    ["fail", ["state"], "DOWN"],
    ["preserve", [], "DOWN"],
    ["overwrite", [], "UP"],
  ])("a managed field that only they changed, with %s", (onConflict, conflicts, state) => {
    const result = merged(
      { name: "a", state: "UP" },
      { name: "a", state: "DOWN" },
      { name: "b", state: "UP" },
      onConflict,
    );
    expect(paths(result.conflicts)).toEqual(conflicts);
    expect(paths(result.passed)).toEqual(conflicts.length > 0 ? [] : ["state"]);
    expect(result.body).toEqual({ name: "b", state });
  });

  test.each<[OnConflict, string[]]>([
    ["fail", ["name"]],
    ["preserve", ["name"]],
    ["overwrite", []],
  ])("a field that both changed, with %s", (onConflict, conflicts) => {
    const result = merged({ name: "a" }, { name: "theirs" }, { name: "ours" }, onConflict);
    expect(paths(result.conflicts)).toEqual(conflicts);
    expect([...result.conflicts, ...result.passed]).toEqual([
      { path: "name", lastApplied: "a", live: "theirs", desired: "ours", bothChanged: true },
    ]);
  });

  test("a field that was not managed before and is not what we want is a conflict: they may just have set it", () => {
    expect(paths(merged({}, { name: "theirs" }, { name: "ours" }).conflicts)).toEqual(["name"]);
  });

  test("unless the object is as this stack last saw it", () => {
    const { body, conflicts } = merged({}, { name: "theirs" }, { name: "ours" }, "fail", { name: "theirs" });
    expect(body).toEqual({ name: "ours" });
    expect(conflicts).toEqual([]);
  });

  test("an element that they removed, changed or added in a different way is named by its key", () => {
    const applied = {
      nets: [
        { key: "1", a: "x" },
        { key: "2", a: "x" },
      ],
    };
    const live = {
      nets: [
        { key: "2", a: "theirs" },
        { key: "3", a: "theirs" },
      ],
    };
    const desired = {
      nets: [
        { key: "1", a: "x" },
        { key: "2", a: "x" },
        { key: "3", a: "ours" },
      ],
    };
    expect(paths(merged(applied, live, desired).conflicts)).toEqual(["nets[1]", "nets[2].a", "nets[3].a"]);
  });

  test("an element that we remove and they changed is a conflict", () => {
    const applied = { nets: [{ key: "1", a: "x" }] };
    expect(paths(merged(applied, { nets: [{ key: "1", a: "theirs" }] }, {}).conflicts)).toEqual(["nets[1].a"]);
  });

  test("a list with an order is one field", () => {
    expect(paths(merged({ list: ["a"] }, { list: ["a", "theirs"] }, { list: ["a", "ours"] }).conflicts)).toEqual([
      "list",
    ]);
  });

  test("fields that only make sense together count as both changed, also under preserve", () => {
    const applied = { gateway: "g", nets: [{ key: "1", a: "x" }] };
    const live = { gateway: "theirs", nets: [{ key: "1", a: "x" }] };
    const desired = { gateway: "g", nets: [{ key: "1", a: "ours" }] };
    expect(paths(merged(applied, live, desired, "preserve").conflicts)).toEqual(["gateway"]);
    expect(paths(merged(applied, live, { ...desired, nets: applied.nets }, "preserve").conflicts)).toEqual([]);
  });
});

test("what the server adds is neither a difference nor a conflict", () => {
  const live = { name: "a", state: "UP", dhcp: { server: "s", lease: 60, kind: "V4" }, list: [], set: [] };
  const { body, conflicts } = merged({ name: "a", dhcp: { server: "s" } }, live, { name: "a", dhcp: { server: "s" } });
  expect(body).toEqual(live);
  expect(conflicts).toEqual([]);
});

describe("for any three versions", () => {
  const word = fc.constantFrom("a", "b", "c");
  // Nothing that is read from JSON is without a prototype.
  const ofJson = { noNullPrototype: true };
  const fields: fc.Arbitrary<Fields> = fc.record(
    {
      name: word,
      state: fc.constantFrom("UP", "DOWN"),
      list: fc.array(word, { minLength: 1, maxLength: 2 }),
      set: fc.uniqueArray(word, { minLength: 1 }),
      nets: fc.uniqueArray(fc.record({ key: word, a: word, b: word }, { requiredKeys: ["key"], ...ofJson }), {
        minLength: 1,
        selector: ({ key }) => key,
      }),
      extra: fc.record(
        { x: fc.integer({ min: 1, max: 3 }), y: fc.integer({ min: 1, max: 3 }) },
        { requiredKeys: [], ...ofJson },
      ),
    },
    { requiredKeys: [], ...ofJson },
  );

  test("with nobody else writing, what is wanted is what comes out", () => {
    fc.assert(
      fc.property(fields, fields, (applied, desired) => {
        const { body, conflicts } = merged(applied, structuredClone(applied), desired);
        expect(conflicts).toEqual([]);
        expect(merged(desired, body, desired).body).toEqual(body);
        for (const [key, value] of Object.entries(desired)) {
          if (key === "name" || key === "list") expect(body[key]).toEqual(value);
          if (key === "set") expect(new Set(body.set as string[])).toEqual(new Set(value as string[]));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a top-level field that we do not touch comes out as it is live", () => {
    fc.assert(
      fc.property(fields, fields, fields, (applied, live, desired) => {
        const { body } = merged(applied, live, desired);
        for (const key of Object.keys(live)) {
          if (!(key in applied) && !(key in desired)) expect(body[key]).toEqual(live[key]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("under fail, a change of theirs is either kept, equal to ours, or reported", () => {
    fc.assert(
      fc.property(fields, fields, fields, (applied, live, desired) => {
        const { body, conflicts } = merged(applied, live, desired);
        for (const key of ["name", "list"]) {
          const theirs = JSON.stringify(live[key]) !== JSON.stringify(applied[key]);
          if (!theirs || JSON.stringify(body[key]) === JSON.stringify(live[key])) continue;
          expect(paths(conflicts)).toContain(key);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("what the program no longer says", () => {
  const dhcp = { server: "s", lease: 90 };

  test("goes inside of an object that stays, and the rest of it stays", () => {
    const live = { dhcp: { ...dhcp, kind: "V4" } };
    expect(merged({ dhcp }, live, { dhcp: { server: "s" } })).toEqual({
      body: { dhcp: { server: "s", kind: "V4" } },
      conflicts: [],
      passed: [],
    });
  });

  test("goes inside of an element that stays", () => {
    const nets = [{ key: "1", a: "x", b: "y" }];
    expect(merged({ nets }, { nets }, { nets: [{ key: "1", a: "x" }] }).body).toEqual({ nets: [{ key: "1", a: "x" }] });
  });

  test("is a conflict where somebody else has changed it, and nothing where it is at the default already", () => {
    expect(paths(merged({ dhcp }, { dhcp: { ...dhcp, lease: 70 } }, { dhcp: { server: "s" } }).conflicts)).toEqual([
      "dhcp.lease",
    ]);
    const live = { dhcp: { server: "s", lease: 60 } };
    expect(merged({ dhcp }, live, { dhcp: { server: "s" } })).toEqual({ body: live, conflicts: [], passed: [] });
  });

  test("was the default: it is given up, whoever changes it", () => {
    const live = { state: "DOWN" };
    expect(merged({ state: "UP" }, live, {})).toEqual({ body: live, conflicts: [], passed: [] });
  });

  test("takes an object along as a whole only when nobody else has set anything in it", () => {
    const applied = { dhcp: { server: "s" } };
    expect(merged(applied, { dhcp: { server: "s", kind: "V4" } }, {}).body).toEqual({});
    const live = { dhcp: { server: "s", lease: 90, kind: "V4" } };
    expect(merged(applied, live, {})).toMatchObject({ body: live, conflicts: [{ path: "dhcp.lease", live: 90 }] });
    expect(merged(applied, live, {}, "fail", live)).toMatchObject({ body: {}, conflicts: [] });
    expect(merged(applied, live, {}, "overwrite")).toMatchObject({ body: {}, passed: [{ path: "dhcp.lease" }] });
  });

  test("of a field that cannot change: it stays", () => {
    expect(merged({ fixed: "a" }, { fixed: "a" }, {}).body).toEqual({ fixed: "a" });
  });

  test("as the last element of a list: the list goes", () => {
    expect(merged({ set: ["a"] }, { set: ["a"] }, { set: [] }).body).toEqual({});
  });
});

describe("what the program begins to say", () => {
  test("is written over the server's default, and over what the server had filled in", () => {
    expect(merged({}, { state: "UP" }, { state: "DOWN" }).body).toEqual({ state: "DOWN" });
    expect(merged({}, { name: "id" }, { name: "ours" }, "fail", undefined, { name: "id" })).toEqual({
      body: { name: "ours" },
      conflicts: [],
      passed: [],
    });
  });

  test("is written though it is the default, where the server had filled in something else", () => {
    const effective = { state: "DOWN" };
    expect(merged({}, { state: "DOWN" }, { state: "UP" }, "fail", undefined, effective).body).toEqual({ state: "UP" });
  });

  test("stops under preserve though it is the default, where somebody has set something else", () => {
    const result = merged({}, { state: "DOWN" }, { state: "UP" }, "preserve");
    expect(paths(result.conflicts)).toEqual(["state"]);
    expect(result.body).toEqual({ state: "DOWN" });
  });

  test("is nothing where its value is undefined: what is there stays, seen or not", () => {
    const live = { name: "theirs", set: ["theirs"], dhcp: { server: "theirs" } };
    const nothing = { name: undefined, set: undefined, dhcp: undefined };
    expect(merged({}, live, nothing, "fail", live)).toEqual({ body: live, conflicts: [], passed: [] });
  });

  test("inside of an object, too", () => {
    const result = merged(
      { dhcp: { server: "s" } },
      { dhcp: { server: "s", lease: 90 } },
      { dhcp: { server: "s", lease: 70 } },
    );
    expect(paths(result.conflicts)).toEqual(["dhcp.lease"]);
  });

  test("stops under preserve as well: the program wants it, and somebody else has set it", () => {
    expect(paths(merged({}, { name: "theirs" }, { name: "ours" }, "preserve").conflicts)).toEqual(["name"]);
  });
});

describe("what the server has made of it", () => {
  const effective = { gateway: "its own", "dhcp.server": "its own", set: ["A"] };

  test("stays while the program says the same", () => {
    const live = { gateway: "its own", dhcp: { server: "its own" }, set: ["A"] };
    const same = { gateway: "g", dhcp: { server: "s" }, set: ["a"] };
    expect(merged(same, live, same, "fail", undefined, effective)).toEqual({ body: live, conflicts: [], passed: [] });
  });

  test("is nobody's change when the program says something else", () => {
    const result = merged({ gateway: "g" }, { gateway: "its own" }, { gateway: "h" }, "fail", undefined, effective);
    expect(result).toEqual({ body: { gateway: "h" }, conflicts: [], passed: [] });
  });

  test("was declared as well, and no longer is: it is given up, whoever changes it", () => {
    const live = { name: "theirs" };
    expect(merged({ name: "id" }, live, {}, "fail", undefined, { name: "id" })).toEqual({
      body: live,
      conflicts: [],
      passed: [],
    });
    expect(merged({ name: "ours" }, { name: "ours" }, {}, "fail", undefined, { name: "id" }).body).toEqual({});
  });

  test("of a list is somebody's change when it is something else again", () => {
    const same = { set: ["a"] };
    expect(paths(merged(same, { set: ["theirs"] }, same, "fail", undefined, { set: ["A"] }).conflicts)).toEqual([
      "set[a]",
    ]);
  });

  test("is somebody's change when it is something else again", () => {
    const result = merged({ gateway: "g" }, { gateway: "theirs" }, { gateway: "g" }, "fail", undefined, effective);
    expect(paths(result.conflicts)).toEqual(["gateway"]);
  });

  test("and in a list: the program may change it all the same, for nobody else has", () => {
    const made = { nets: [{ key: "1", a: "its own" }, { key: "2" }] };
    const applied = { nets: [{ key: "1", a: "x" }, { key: "2" }] };
    const declared = { nets: [{ key: "1", a: "y" }, { key: "2" }] };
    expect(merged(applied, made, declared, "fail", undefined, made)).toEqual({
      body: declared,
      conflicts: [],
      passed: [],
    });
    const theirs = { nets: [{ key: "1", a: "theirs" }, { key: "2" }] };
    expect(paths(merged(applied, theirs, declared, "fail", undefined, made).conflicts)).toEqual(["nets[1].a"]);
  });
});

describe("two elements of one key", () => {
  const [one, two] = [
    { key: "1", a: "x" },
    { key: "1", a: "y" },
  ];

  test("that somebody else has made survive a change of another element", () => {
    const result = merged({ set: ["s"] }, { nets: [one, two], set: ["s"] }, { nets: [{ key: "2" }], set: ["s"] });
    expect(result.body.nets).toEqual([one, two, { key: "2" }]);
  });

  test("are known by what is in them", () => {
    const result = merged({ nets: [one, two] }, { nets: [two, one] }, { nets: [two] });
    expect(result).toEqual({ body: { nets: [two] }, conflicts: [], passed: [] });
  });

  test("one of which somebody else has added: it is not taken for ours", () => {
    const result = merged({ nets: [two] }, { nets: [one, two] }, { nets: [{ key: "1", a: "z" }] });
    expect(result).toEqual({ body: { nets: [one, { key: "1", a: "z" }] }, conflicts: [], passed: [] });
  });
});

describe("a list that the program begins to declare", () => {
  test("keeps what others have put there, of which nobody here knows", () => {
    expect(merged({}, { set: ["theirs"] }, { set: ["ours"] })).toEqual({
      body: { set: ["theirs", "ours"] },
      conflicts: [],
      passed: [],
    });
  });

  test("is what the program says once this stack has seen what is there", () => {
    const live = { set: ["theirs", "more"] };
    expect(merged({}, live, { set: ["ours", "more"] }, "fail", live).body).toEqual({ set: ["more", "ours"] });
  });

  test("keeps what came after this stack has seen it", () => {
    const result = merged({}, { set: ["theirs", "later"] }, { set: ["ours"] }, "fail", { set: ["theirs"] });
    expect(result.body).toEqual({ set: ["later", "ours"] });
    expect(result.conflicts).toEqual([]);
  });

  test("loses what the server itself had put there, or a refresh has shown, and no more", () => {
    const effective = { set: ["its"] };
    expect(merged({}, { set: ["its", "theirs"] }, { set: ["ours"] }, "fail", undefined, effective).body).toEqual({
      set: ["theirs", "ours"],
    });
  });

  test("and declares empty, is empty: what the server itself had put there goes", () => {
    expect(merged({}, { set: ["its"] }, { set: [] }, "fail", undefined, { set: ["its"] }).body).toEqual({});
  });

  test("keeps an element that has been seen and is no longer as it was", () => {
    const seen = { nets: [{ key: "1", a: "x" }] };
    const live = { nets: [{ key: "1", a: "theirs" }] };
    expect(merged({}, live, { nets: [{ key: "2" }] }, "fail", seen).body).toEqual({
      nets: [{ key: "1", a: "theirs" }, { key: "2" }],
    });
  });

  test("keeps what is there while an object is being taken over", () => {
    const live = { set: ["theirs"] };
    expect(merged({}, live, { set: ["ours"] }, "fail", live, {}, true).body).toEqual({ set: ["theirs", "ours"] });
  });

  test("keeps what is there where others may add to it", () => {
    const live = { open: ["theirs"] };
    expect(merged({}, live, { open: ["ours"] }, "fail", live).body).toEqual({ open: ["theirs", "ours"] });
  });

  test("and was declared before loses nothing that it has not had, seen or not", () => {
    const live = { set: ["ours", "theirs"] };
    expect(merged({ set: ["ours"] }, live, { set: ["new"] }, "fail", live).body).toEqual({ set: ["theirs", "new"] });
  });
});

describe("a list", () => {
  test("of which nothing is left is not sent; one that was empty stays so", () => {
    expect(merged({ set: ["a"] }, { set: ["a"] }, {}).body).toStrictEqual({});
    expect(merged({ set: [] }, { set: [] }, {}).body).toStrictEqual({ set: [] });
  });

  test("keeps its order, what is new comes last", () => {
    expect(merged({ set: ["a"] }, { set: ["c", "a", "b"] }, { set: ["z", "a"] }).body).toEqual({
      set: ["c", "a", "b", "z"],
    });
  });

  test("that is not there is made", () => {
    expect(merged({}, {}, { set: ["a"], list: ["b"] }).body).toEqual({ set: ["a"], list: ["b"] });
  });

  test("that others have removed as a whole is a conflict", () => {
    expect(paths(merged({ set: ["a", "b"] }, {}, { set: ["a", "b"] }).conflicts)).toEqual(["set"]);
  });

  test("with an order goes as a whole, and only when nobody has changed it", () => {
    expect(merged({ list: ["a"] }, { list: ["a"] }, {}).body).toEqual({});
    expect(paths(merged({ list: ["a"] }, { list: ["b"] }, {}).conflicts)).toEqual(["list"]);
  });
});

describe("what goes as a whole and has in it what others have set", () => {
  const applied = { nets: [{ key: "1", a: "x" }] };

  test("an element: the conflict is named by the place, with what is there", () => {
    const live = { nets: [{ key: "1", a: "x", b: "theirs" }] };
    expect(merged(applied, live, {})).toEqual({
      body: live,
      conflicts: [{ path: "nets[1].b", lastApplied: undefined, live: "theirs", desired: undefined, bothChanged: true }],
      passed: [],
    });
  });

  test("not so where this stack has seen it, or the server has filled it in", () => {
    const live = { nets: [{ key: "1", a: "x", b: "theirs" }] };
    expect(merged(applied, live, {}, "fail", live)).toEqual({ body: {}, conflicts: [], passed: [] });
    const dhcp = { server: "s", options: { one: "its" } };
    expect(
      merged({ dhcp: { server: "s" } }, { dhcp }, {}, "fail", undefined, { "dhcp.options": { one: "its" } }),
    ).toEqual({ body: {}, conflicts: [], passed: [] });
  });

  test("not so where it is what the server means by nothing", () => {
    const live = { dhcp: { server: "s", lease: 60, ranges: [], options: {} } };
    expect(merged({ dhcp: { server: "s" } }, live, {})).toEqual({ body: {}, conflicts: [], passed: [] });
  });

  test("not so where the schema does not know it: then the server has added it", () => {
    const live = { dhcp: { server: "s", id: "7" } };
    expect(merged({ dhcp: { server: "s" } }, live, {})).toEqual({ body: {}, conflicts: [], passed: [] });
  });

  test("at any depth: an object and a list in it", () => {
    const declared = { server: "s", ranges: ["1"], options: { one: "a" } };
    const live = { server: "s", ranges: ["1", "theirs"], options: { one: "a", two: "theirs" } };
    expect(paths(merged({ dhcp: declared }, { dhcp: live }, {}).conflicts)).toEqual([
      "dhcp.ranges[theirs]",
      "dhcp.options.two",
    ]);
    expect(paths(merged({ dhcp: declared }, { dhcp: live }, {}, "preserve").conflicts)).toHaveLength(2);
  });

  test("a map of the user's own is one value", () => {
    const declared = { server: "s", labels: { a: "1" } };
    const live = { server: "s", labels: { a: "1", b: "theirs" } };
    expect(paths(merged({ dhcp: declared }, { dhcp: live }, {}).conflicts)).toEqual(["dhcp.labels"]);
  });

  test("another order of a list that has one", () => {
    const live = { dhcp: { order: ["b", "a"] } };
    expect(paths(merged({ dhcp: { order: ["a", "b"] } }, live, {}).conflicts)).toEqual(["dhcp.order"]);
  });

  test("stays under every strategy but overwrite", () => {
    const live = { nets: [{ key: "1", a: "x", b: "theirs" }] };
    expect(merged(applied, live, {}, "preserve").body).toEqual(live);
    expect(merged(applied, live, {}, "overwrite").body).toEqual({});
  });

  test("was declared empty, and so had nothing that could go: it stays", () => {
    const live = { dhcp: { server: "theirs" } };
    expect(merged({ dhcp: {} }, live, {})).toEqual({ body: live, conflicts: [], passed: [] });
    expect(merged({ dhcp: { lease: 60 } }, live, {})).toEqual({ body: live, conflicts: [], passed: [] });
  });
});

describe("what is gone already", () => {
  test("and is no longer declared is no conflict", () => {
    expect(merged({ name: "a", dhcp: { server: "s" } }, {}, {})).toEqual({ body: {}, conflicts: [], passed: [] });
  });

  test("and is declared is one, and comes back with overwrite", () => {
    const declared = { name: "a", dhcp: { server: "s" } };
    expect(paths(merged(declared, {}, declared).conflicts)).toEqual(["name", "dhcp"]);
    expect(merged(declared, {}, declared, "overwrite").body).toEqual(declared);
  });

  test("and has been seen to be gone, as by a refresh, comes back", () => {
    expect(merged({ name: "a" }, {}, { name: "a" }, "fail", {})).toEqual({
      body: { name: "a" },
      conflicts: [],
      passed: [],
    });
  });
});

describe("a field that cannot change", () => {
  test("stays when the program no longer says it, at any depth", () => {
    expect(merged({ extra: { x: 1, fixed: 5 } }, { extra: { x: 1, fixed: 5 } }, { extra: { x: 2 } }).body).toEqual({
      extra: { x: 2, fixed: 5 },
    });
  });

  test("stays as it is, though it is not what was applied", () => {
    expect(merged({ fixed: "a" }, { fixed: "theirs" }, {})).toEqual({
      body: { fixed: "theirs" },
      conflicts: [],
      passed: [],
    });
  });
});

test("the versions that are compared stay as they were", () => {
  const versions = {
    applied: { set: ["a"], dhcp: { server: "s" } },
    live: { set: ["a", "b"], dhcp: { server: "s", lease: 60 } },
    declared: { set: ["c"], dhcp: { server: "t" } },
  };
  const before = structuredClone(versions);
  merged(versions.applied, versions.live, versions.declared);
  expect(versions).toEqual(before);
});

describe("with fields that only make sense together", () => {
  test("a change of theirs in an element is named by the element, and stops all the same", () => {
    const result = merged(
      { gateway: "g", nets: [{ key: "1", a: "x" }] },
      { gateway: "g", nets: [{ key: "1", a: "theirs" }] },
      { gateway: "h", nets: [{ key: "1", a: "x" }] },
      "preserve",
    );
    expect(result.conflicts).toEqual([
      { path: "nets[1].a", lastApplied: "x", live: "theirs", desired: "x", bothChanged: true },
    ]);
    expect(result.body.gateway).toBe("h");
  });
});

test("a list that the program begins to say is what it says where a refresh has shown it, also when the rest is unseen", () => {
  const shown = { set: ["theirs"] };
  expect(merged({}, shown, { set: ["ours"] }, "fail", {}, shown).body).toEqual({ set: ["ours"] });
  expect(merged({}, { set: ["theirs", "new"] }, { set: ["ours"] }, "fail", {}, shown).body).toEqual({
    set: ["new", "ours"],
  });
});
