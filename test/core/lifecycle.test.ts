// What becomes of a resource: what its definition is asked, what the state keeps, and what the user is told. Of a kind of
// resource that no system has, for all that is decided here holds for every kind.
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineResource, type ResourceDefinition } from "../../provider/core/definition.ts";
import { type Lifecycle, lifecycle, type OpenContext } from "../../provider/core/lifecycle.ts";
import { serverDefault, unordered } from "../../provider/core/shape.ts";
import { Absent, Unfinished } from "../../provider/travel/errors.ts";

type Properties = Record<string, unknown>;
type Definition = ResourceDefinition<unknown, Properties, Properties>;

const box = z.strictObject({
  site: z.string().optional(),
  name: z.string().optional(),
  label: z.string().optional(),
  state: serverDefault(z.string(), "UP").optional(),
  zone: z.string().optional(),
  port: z.object({ speed: z.number().optional(), mtu: z.number().optional() }).optional(),
  tags: unordered(z.array(z.string())).optional(),
  expires: z
    .string()
    .refine((text) => text !== "past", { error: "is over", params: { onlyWhenChanged: true } })
    .optional(),
  script: z.string().optional(),
  password: z.string().optional(),
  adopt: z.boolean().optional(),
});

const owner = "acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/x:Box::web";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the definition was asked: the arguments of each call but the context. */
let asked: Properties;
let opened: unknown[][];
let warnings: string[];
beforeEach(() => {
  asked = {};
  [opened, warnings] = [[], []];
});

function boxes(more: Partial<Definition> = {}): Lifecycle {
  const definition: Definition = {
    system: "x",
    name: "Box",
    inputs: box,
    location: ["site"],
    fixed: ["zone", "port.speed"],
    autoName: "name",
    steering: ["adopt"],
    writeOnly: ["password"],
    texts: ["script"],
    words: [],
    remembered: ["memory"],
    ids: { is: (id) => id.startsWith("box-"), told: "The id of a box is its number, after box-." },
    canCoexist: () => true,
    isFinished: () => true,
    async create(_, inputs) {
      asked.create = inputs;
      return { id: "box-1", outputs: { uid: "1" } };
    },
    async read(_, id, state) {
      asked.read = [id, state];
      return new Absent("GET /boxes/box-1 answered 404: no such box");
    },
    async update(_, id, state, inputs) {
      asked.update = [id, state, inputs];
      return { uid: "2" };
    },
    async delete(_, id, state) {
      asked.delete = [id, state];
    },
    ...more,
  };
  const open: OpenContext = (...given) => {
    opened.push(given);
    return { warn: (message: string) => void warnings.push(message) } as ReturnType<OpenContext>;
  };
  return lifecycle(defineResource(definition), open);
}

/** A read that finds these arguments. */
const finding = (inputs: Properties, outputs: Properties = {}): Partial<Definition> => ({
  read: async () => ({ inputs, outputs, changedBy: "alice" }),
});

async function failure(action: Promise<unknown>): Promise<Error> {
  return action.then(
    () => new Error("it succeeded"),
    (error: Error) => error,
  );
}

describe("check", () => {
  test("gives a name that is the same in each run to what has none, and leaves one that is given or was before", () => {
    const { inputs } = boxes().check({}, { owner });
    expect(inputs.name).toMatch(/^web-[0-9a-f]{8}$/);
    expect(boxes().check({}, { owner, name: null }).inputs).toEqual(inputs);
    expect(boxes().check({ name: "before" }, { owner }).inputs.name).toBe("before");
    expect(boxes().check({ name: "before" }, { owner, name: "mine" }).inputs.name).toBe("mine");
  });

  test("gives none to a kind that has no names of its own", () => {
    const { inputs } = boxes({ autoName: undefined }).check({}, { owner, site: "a" });
    expect(inputs).toEqual({ owner, site: "a" });
  });

  test("hands on what the constructor adds, and judges none of it", () => {
    const added = { owner, ignoreChanges: ["label"], secretInputs: ["script"] };
    expect(boxes().check({}, { ...added, name: "a" })).toEqual({ inputs: { ...added, name: "a" }, failures: [] });
  });

  test("says where something is wrong, and what", () => {
    const { failures } = boxes().check({}, { owner, name: "a", port: { speed: 1 }, colour: "blue" });
    expect(failures).toEqual([{ path: ["colour"], reason: "is not an argument of this resource" }]);
  });

  test("says nothing of what was right when it was written, and time alone has made wrong", () => {
    const given = { owner, name: "a", expires: "past" };
    expect(boxes().check({ expires: "past" }, given).failures).toEqual([]);
    expect(boxes().check({ expires: "never" }, given).failures).toEqual([{ path: ["expires"], reason: "is over" }]);
  });

  describe("of two resources of one object", () => {
    const second = owner.replace("::web", "::second");

    test("refuses the second, names the first, and points to the argument that names the object", () => {
      const program = boxes();
      program.check({}, { owner, site: "a", name: "it" });
      expect(program.check({}, { owner: second, site: "a", name: "it" }).failures).toEqual([
        { path: ["name"], reason: "names an object that this program manages already, as web" },
      ]);
      expect(program.check({}, { owner: second, site: "b", name: "it" }).failures).toEqual([]);
    });

    test("points to the last that is given of several that name it together", () => {
      const program = boxes({ autoName: undefined, location: ["site", "zone", "label"] });
      program.check({}, { owner, site: "a", zone: "z" });
      const { failures } = program.check({}, { owner: second, site: "a", zone: "z" });
      expect(failures.map(({ path }) => path)).toEqual([["zone"]]);
      program.check({}, { owner, site: "a", zone: "z", label: "l" });
      const all = program.check({}, { owner: second, site: "a", zone: "z", label: "l" }).failures;
      expect(all.map(({ path }) => path)).toEqual([["label"]]);
    });

    test("does not count one that is refused for something else", () => {
      const program = boxes();
      program.check({}, { owner, name: "it", label: 5 });
      expect(program.check({}, { owner: second, name: "it" }).failures).toEqual([]);
      const { failures } = program.check({}, { owner, name: "it", label: 5 });
      expect(failures.map(({ path }) => path)).toEqual([["label"]]);
    });
  });
});

describe("diff", () => {
  const applied = { owner, name: "it", site: "a", label: "one" };
  const state = { ...applied, uid: "1", effective: {} };

  test("of the same program is none, whatever outputs the state holds", () => {
    expect(boxes().diff(state, applied)).toMatchObject({ kind: "same", changes: [], replaces: [] });
  });

  test("of an argument is an update, and tells which", () => {
    expect(boxes().diff(state, { ...applied, label: "two" })).toMatchObject({
      kind: "update",
      changes: [{ path: ["label"], kind: "changed" }],
      replaces: [],
    });
  });

  test("of a new owner, or of what the last run has not finished, is an update without a change", () => {
    expect(boxes().diff(state, { ...applied, owner: `${owner}2` })).toMatchObject({ kind: "update", changes: [] });
    const unfinished = boxes({ isFinished: ({ uid }) => uid !== "1" });
    expect(unfinished.diff(state, applied)).toMatchObject({ kind: "update", changes: [] });
    expect(unfinished.diff({ ...state, uid: "2" }, applied).kind).toBe("same");
  });

  test("of where the object lies needs a new one, also when that is left out", () => {
    expect(boxes().diff(state, { ...applied, site: "b" })).toMatchObject({
      kind: "replace",
      changes: [{ path: ["site"], kind: "changed" }],
      replaces: [["site"]],
    });
    const { site: _, ...elsewhere } = applied;
    expect(boxes().diff(state, elsewhere)).toMatchObject({ kind: "replace", replaces: [["site"]] });
  });

  describe("of a field that cannot change", () => {
    const replaces = (declared: Properties, before: Properties) =>
      boxes().diff({ ...state, ...before }, { ...applied, ...declared }).replaces;

    test("needs a new object when the program names another value, at any depth", () => {
      expect(replaces({ zone: "y", port: { speed: 2 } }, { zone: "x", port: { speed: 1 } })).toEqual([
        ["zone"],
        ["port", "speed"],
      ]);
    });

    test("needs none when it is left out, or something beside it changes", () => {
      expect(replaces({ port: { mtu: 9 } }, { zone: "x", port: { speed: 1, mtu: 8 } })).toEqual([]);
    });

    test("needs none when the program names what the object has, whoever has put it there", () => {
      expect(replaces({ port: { speed: 1 } }, { effective: { "port.speed": 1 } })).toEqual([]);
      expect(replaces({ zone: "its" }, { zone: "x", effective: { zone: "its" } })).toEqual([]);
      expect(replaces({ zone: "x" }, { zone: "x", effective: { zone: "its" } })).toEqual([]);
    });

    test("needs one when that is something else than the server has filled in, or where it has filled in nothing", () => {
      expect(replaces({ port: { speed: 2 } }, { effective: { "port.speed": 1 } })).toEqual([["port", "speed"]]);
      expect(replaces({ zone: "y" }, { effective: {} })).toEqual([["zone"]]);
    });

    test("needs one when the program names the default, and the object was made with something else", () => {
      const before = { ...state, state: "DOWN" };
      const { replaces } = boxes({ fixed: ["state"] }).diff(before, { ...applied, state: "UP" });
      expect(replaces).toEqual([["state"]]);
    });

    test("needs none where the state is older than what servers fill in is kept: only a look at the object can tell", () => {
      expect(replaces({ zone: "y" }, { effective: undefined })).toEqual([]);
      expect(replaces({ zone: "y" }, { zone: "x", effective: undefined })).toEqual([["zone"]]);
    });
  });

  describe("that needs a new object", () => {
    const moved = { ...applied, site: "b" };

    test("leaves no gap when both can be there, and else lets the old one go first", () => {
      expect(boxes().diff(state, moved).deletesFirst).toBe(false);
      expect(boxes({ canCoexist: () => false }).diff(state, moved).deletesFirst).toBe(true);
    });

    test("lets the old one go first when the new one has its name, or nobody knows yet whether it has", () => {
      const zoned = { ...state, zone: "x" };
      expect(boxes().diff(zoned, { ...applied, zone: "y" }).deletesFirst).toBe(true);
      expect(boxes().diff(zoned, { ...applied, name: "other", zone: "y" }).deletesFirst).toBe(false);
      expect(boxes().diff(zoned, { ...applied, name: unknown, zone: "y" }).deletesFirst).toBe(true);
    });

    test("asks with the arguments alone whether both can be there", () => {
      const seen: Properties[] = [];
      const canCoexist = (...both: Properties[]) => seen.push(...both) > 0;
      boxes({ canCoexist }).diff(state, moved);
      expect(seen).toEqual([
        { name: "it", site: "a", label: "one" },
        { name: "it", site: "b", label: "one" },
      ]);
    });
  });
});

test("each operation has the system, who asks, what is left to others, and what is secret", async () => {
  const added = { owner, ignoreChanges: ["label", "port.mtu"], secretInputs: ["script", "tags[0]"] };
  const program = boxes(finding({}));
  await program.create(added);
  await program.read("box-1", added);
  await program.update("box-1", {}, added);
  await program.delete("box-1", added);
  const context = ["x", owner, [["label"], ["port", "mtu"]], [["password"], ["script"], ["tags", 0]]];
  expect(opened).toEqual([context, context, context, context]);
  await program.create({});
  expect(opened.at(-1)).toEqual(["x", "", [], [["password"]]]);
});

test("what is no path leaves nothing to others", async () => {
  await boxes().create({ owner, ignoreChanges: ["label", "[", ""] });
  expect(opened[0]?.[2]).toEqual([["label"]]);
});

describe("create", () => {
  test("is asked for the arguments alone; the state keeps them, what the constructor adds, and the outputs", async () => {
    const inputs = { name: "it", label: "one" };
    const added = { owner, ignoreChanges: ["label"], secretInputs: ["script"] };
    const created = await boxes().create({ ...inputs, ...added, other: "of nobody" });
    expect(asked.create).toEqual(inputs);
    expect(created).toEqual({ id: "box-1", state: { ...inputs, ...added, uid: "1" } });
  });

  test("leaves a state that JSON can carry: nothing undefined, and large integers as text", async () => {
    const outputs = { gone: undefined, list: [{ size: 9007199254740993n, gone: undefined }] };
    const { state } = await boxes({ create: async () => ({ id: "1", outputs }) }).create({ owner });
    expect(state).toStrictEqual({ owner, list: [{ size: "9007199254740993" }] });
  });

  test("keeps what the server made of arguments, but not of secret ones", async () => {
    const effective = { zone: "its", "port.mtu": 9, password: "its", script: "its", tags: ["its"] };
    const program = boxes({ create: async () => ({ id: "1", outputs: { effective } }) });
    const { state } = await program.create({ owner, secretInputs: ["port", "tags[0]"] });
    expect(state.effective).toEqual({ zone: "its", script: "its" });
  });

  test("fails with the object's name, the operation, the words and their cause", async () => {
    const cause = new Error("no room");
    const error = await failure(boxes({ create: () => Promise.reject(cause) }).create({ owner, name: "it" }));
    expect(error.message).toBe("Box it: create failed. no room");
    expect(error.cause).toBe(cause);
    const nameless = boxes({ autoName: undefined, create: () => Promise.reject("no room") });
    expect((await failure(nameless.create({ owner, name: "it" }))).message).toBe("Box web: create failed. no room");
    expect((await failure(nameless.create({ name: "it" }))).message).toBe("Box : create failed. no room");
  });

  test("of an object that is there and unfinished fails with the state to save", async () => {
    const create = () => Promise.reject(new Unfinished("box-1", { uid: "1" }, "is not ready."));
    const error = await failure(boxes({ create }).create({ owner, name: "it" }));
    expect(error).toBeInstanceOf(Unfinished);
    expect(error).toMatchObject({
      id: "box-1",
      message: "Box it: create failed. is not ready.",
      state: { owner, name: "it", uid: "1" },
    });
  });
});

describe("read", () => {
  const state = { owner, name: "it", label: "one", uid: "1" };

  test("is asked with the whole state, and finds nothing where there is nothing", async () => {
    expect(await boxes().read("box-1", state)).toBeUndefined();
    expect(asked.read).toEqual(["box-1", state]);
  });

  test("shows what was declared as it is, and the outputs", async () => {
    const live = { name: "it", label: "theirs", state: "DOWN" };
    expect(await boxes(finding(live, { uid: "2" })).read("box-1", state)).toEqual({
      state: { ...state, label: "theirs", uid: "2" },
      inputs: { owner, name: "it", label: "theirs" },
    });
  });

  test("keeps what only steers the provider, and what the server never gives back", async () => {
    const kept = { adopt: true, password: "secret" };
    const found = await boxes(finding({ name: "it", label: "one", adopt: false, password: "***" })).read("box-1", {
      ...state,
      ...kept,
    });
    expect(found?.inputs).toMatchObject(kept);
    expect(warnings).toEqual([]);
  });

  test("shows an argument as declared where the server has made that of it", async () => {
    const made = { ...state, effective: { label: "ONE" } };
    const found = await boxes(finding({ name: "it", label: "ONE" })).read("box-1", made);
    expect(found?.inputs.label).toBe("one");
    expect(warnings).toEqual([]);
  });

  test("tells which arguments have changed, and by whom", async () => {
    const live = { name: "it", label: "theirs", tags: ["b", "a"], zone: "theirs" };
    await boxes(finding(live)).read("box-1", { ...state, tags: ["a", "b"], zone: "ours" });
    expect(warnings).toEqual(["Box box-1: label, zone changed outside of this stack, by alice."]);
  });

  test("tells nothing of what the program leaves to others", async () => {
    const ignoring = { ...state, port: { mtu: 1, speed: 1 }, ignoreChanges: ["label", "port.mtu"] };
    const found = await boxes(finding({ name: "it", label: "theirs", port: { mtu: 2, speed: 1 } })).read("1", ignoring);
    expect(warnings).toEqual([]);
    expect(found?.state).toMatchObject({ label: "theirs", port: { mtu: 2 } });
  });

  describe("of what is only looked up", () => {
    test("shows all that is there and no memory, and each argument that is not there as null", async () => {
      const live = { name: "it", label: "theirs", state: "DOWN" };
      const found = await boxes(finding(live, { uid: "1", memory: "x" })).read("box-1", {});
      expect(found?.state).toMatchObject({ ...live, uid: "1", zone: null, password: null, adopt: null });
      expect(found?.state).not.toHaveProperty("memory");
      expect(found?.inputs).toMatchObject(live);
      expect(warnings).toEqual([]);
    });

    test("fails where there is none, with the server's words and what ids look like", async () => {
      const error = await failure(boxes().read("box-1", { __provider: "text" }));
      expect(error.message).toBe(
        "Box box-1: read failed. There is no such object: GET /boxes/box-1 answered 404: no such box\nThe id of a box is its number, after box-.",
      );
    });

    test("asks nothing for what is no id", async () => {
      const error = await failure(boxes().read("web", {}));
      expect(error.message).toBe(
        'Box web: read failed. "web" is no id of this kind. The id of a box is its number, after box-.',
      );
      expect(asked.read).toBeUndefined();
    });

    test("is gone for a refresh of what a look has shown before", async () => {
      expect(await boxes().read("box-1", { name: "it", label: null, uid: "1" })).toBeUndefined();
    });
  });

  test("fails with the id and the operation", async () => {
    const error = await failure(boxes({ read: () => Promise.reject(new Error("no answer")) }).read("box-1", state));
    expect(error.message).toBe("Box box-1: read failed. no answer");
  });
});

describe("update", () => {
  test("is asked with the last arguments and outputs, and with what the program says now", async () => {
    const state = { owner, name: "it", label: "one", uid: "1" };
    const declared = { owner, name: "it", label: "two", ignoreChanges: ["zone"] };
    expect(await boxes().update("box-1", state, declared)).toEqual({ ...declared, uid: "2" });
    expect(asked.update).toEqual(["box-1", state, { name: "it", label: "two" }]);
  });

  test("leaves out on both sides what the program leaves to others now; the state keeps it", async () => {
    const state = { owner, name: "it", label: "one", port: { mtu: 1, speed: 1 }, zone: "x", ignoreChanges: ["zone"] };
    const declared = { ...state, label: "two", port: { mtu: 2, speed: 1 }, ignoreChanges: ["label", "port.mtu"] };
    expect(await boxes().update("box-1", state, declared)).toEqual({ ...declared, uid: "2" });
    const [, before, now] = asked.update as Properties[];
    expect(before).toEqual({ owner, name: "it", port: { speed: 1 }, zone: "x", ignoreChanges: ["zone"] });
    expect(now).toEqual({ name: "it", port: { speed: 1 }, zone: "x" });
  });

  test("fails with the id and the operation, and of an unfinished object with what the program says now", async () => {
    const state = { owner, name: "it", label: "one" };
    const declared = { ...state, label: "two" };
    const refused = boxes({ update: () => Promise.reject(new Error("no room")) });
    const error = await failure(refused.update("box-1", state, declared));
    expect(error.message).toBe("Box box-1: update failed. no room");
    expect(error).not.toHaveProperty("state");
    const update = () => Promise.reject(new Unfinished("box-1", { uid: "1" }, "is not ready."));
    expect(await failure(boxes({ update }).update("box-1", state, declared))).toMatchObject({
      message: "Box box-1: update failed. is not ready.",
      state: { ...declared, uid: "1" },
    });
  });
});

describe("delete", () => {
  test("is asked with the whole state, and fails with the id and the operation", async () => {
    const state = { owner, name: "it", uid: "1" };
    await boxes().delete("box-1", state);
    expect(asked.delete).toEqual(["box-1", state]);
    const error = await failure(boxes({ delete: () => Promise.reject(new Error("in use")) }).delete("box-1", state));
    expect(error.message).toBe("Box box-1: delete failed. in use");
  });
});

describe("what no message may show", () => {
  test("are the arguments that the API never gives back, and those that a version of the program marks", () => {
    const now = { password: "new", label: "marked", tags: ["a", "b"], secretInputs: ["label", "tags[1]"] };
    const before = { password: "old", label: "before", tags: ["c"] };
    expect(boxes().confidencesIn([now, before])).toEqual({
      secrets: ["new", "marked", "b", "old", "before"],
      secretTexts: [],
      otherTexts: [],
    });
  });

  test("are all texts in a value, however deep, and nothing that is no text", () => {
    const port = { speed: 1, mtu: null, inner: [{ text: "deep" }, "flat"] };
    expect(boxes().confidencesIn([{ port, secretInputs: ["port"] }]).secrets).toEqual(["deep", "flat"]);
  });

  test("of a text in which secrets may stand: it is told whether the program marks it, or no one does", () => {
    expect(boxes().confidencesIn([{ script: "marked", secretInputs: ["script"] }, { script: "before" }])).toEqual({
      secrets: [],
      secretTexts: ["marked", "before"],
      otherTexts: [],
    });
    expect(boxes().confidencesIn([{ script: "plain", label: "one" }])).toEqual({
      secrets: [],
      secretTexts: [],
      otherTexts: ["plain"],
    });
  });
});
