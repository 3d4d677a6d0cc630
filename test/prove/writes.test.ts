// What a write of a segment does and says on each bad answer: who is asked again, how often, and what the user reads.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import type { Properties } from "../tools/stack.ts";
import { type Arena, createArena, madeWith, ownerOf, type Settings, segmentPath } from "./arena.ts";

let arena: Arena;
let asked: string[];
const owner = ownerOf("dev");

beforeAll(async () => {
  arena = await createArena();
});
beforeEach(() => {
  asked = [];
});

/** @param answer - in place of the manager; `undefined` lets the request through */
function between(answer: (request: Request, number: number) => Answer | undefined): void {
  arena.setChannel("ours", async (request) => {
    asked.push(request.method);
    return answer(request, asked.length) ?? arena.send("ours", request);
  });
}

/** As a manager answers that keeps a field to itself. */
function withoutField(field: string): void {
  arena.setChannel("ours", async (request) => {
    const answer = await arena.send("ours", request);
    const { [field]: _, ...rest } = JSON.parse(answer.body);
    return { ...answer, body: JSON.stringify(rest) };
  });
}

const refusal = (status: number, code: number, words = "the manager's words"): Answer => ({
  status,
  headers: {},
  body: JSON.stringify({ error_code: code, error_message: words }),
});

const writes = () => asked.filter((method) => method !== "GET").length;
const provider = (settings: Settings = {}) => arena.provider("ours", settings);
const create = (args: Properties = madeWith, settings: Settings = {}) => provider(settings).create({ ...args, owner });
const update = (state: Properties, args: Properties, settings: Settings = {}) =>
  provider(settings).update(segmentPath, { ...state, owner }, { ...madeWith, ...args, owner });
const remove = (state: Properties, settings: Settings = {}) =>
  provider(settings).delete(segmentPath, { ...state, owner });
const byAlice = (changes: Properties) => void arena.control.change(segmentPath, changes, "alice");

/** A refresh of so many segments that NSX is asked for a list of them, which then answers whoever may take it. */
async function refreshMany(): Promise<void> {
  const paths = ["a", "b", "c", "d"].map((name) => `/infra/segments/${name}`);
  for (const path of paths) void arena.control.change(path, { display_name: "of others" }, "alice");
  await Promise.all([segmentPath, ...paths].map((path) => provider().read(path, {})));
  for (const path of paths) arena.control.delete(path, "alice", true);
}

async function failure(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "it succeeded",
    (error: Error) => error.message,
  );
}

describe("create", () => {
  beforeEach(() => void arena.restart({}, false));

  test("waits while an object of the same path is being deleted, and says so when the time is up", async () => {
    between(({ method }, number) => (method === "PUT" && number < 4 ? refusal(400, 500045) : undefined));
    await create();
    expect(asked).toEqual(["PUT", "PUT", "PUT", "PUT"]);
    arena.restart({}, false);
    between(() => refusal(400, 500045));
    expect(await failure(create())).toContain("Gave up waiting: an object of the same path is still being deleted.");
  });

  test.each([
    [409, 500074],
    [412, 500074],
    [400, 500127],
  ])("a taken path may be answered with %i (error %i): the object is looked at", async (status, code) => {
    byAlice({ display_name: "by hand" });
    between(({ method }) => (method === "PUT" ? refusal(status, code) : undefined));
    expect(await failure(create())).toMatch(
      /web exists already: created by alice, last changed by alice at \S+Z\. Nothing was changed\. Choose another name/,
    );
  });

  test("says which stack a taken path belongs to", async () => {
    await arena.provider("other", {}).create({ ...madeWith, owner: ownerOf("prod") });
    expect(await failure(create())).toMatch(
      /last changed by other at \S+Z, and belongs to shop\/prod \(project\/stack\)\./,
    );
  });

  test("what somebody did to it before it was found again is not taken for seen", async () => {
    arena.setChannel("ours", async (request) => {
      asked.push(request.method);
      const answer = await arena.send("ours", request);
      if (request.method !== "PUT") return answer;
      byAlice({ admin_state: "DOWN" });
      return refusal(500, 1);
    });
    const { outs } = await create();
    expect(asked).toEqual(["PUT", "GET"]);
    expect(outs).toMatchObject({ revision: 0 });
    expect(arena.control.object(segmentPath)).toMatchObject({ _revision: 1 });
    expect(arena.warnings).toEqual([]);
  });

  test("any other refusal is final", async () => {
    between(({ method }) => (method === "PUT" ? refusal(400, 287, "no such zone") : undefined));
    expect(await failure(create())).toContain("answered 400 (error 287): no such zone");
    expect(asked).toEqual(["PUT"]);
  });

  test("a conflict over a path where nothing is was another request's, and is tried again, eight times at most", async () => {
    between(({ method }) => (method === "PUT" && writes() === 1 ? refusal(409, 1) : undefined));
    await create();
    expect(asked).toEqual(["PUT", "GET", "PUT"]);
  });

  test("and is the user's when it stays", async () => {
    between(({ method }) => (method === "PUT" ? refusal(409, 1) : undefined));
    expect(await failure(create())).toContain("answered 409");
    expect(writes()).toBe(8);
  });

  test("a manager that never says what it did is asked eight times, each after a look, and its words are the error", async () => {
    between(({ method }) => (method === "PUT" ? refusal(500, 1, "out of order") : undefined));
    expect(await failure(create())).toContain("answered 500 (error 1): out of order");
    expect(writes()).toBe(8);
    // And once what NSX's own limits are, beside the tenth.
    expect(asked).toHaveLength(16 + 1);
  });

  test("and says what it waited for where the time is up before", async () => {
    between(({ method }) => (method === "PUT" ? refusal(500, 1, "out of order") : undefined));
    expect(await failure(create(madeWith, { NSX_TIMEOUT: "1" }))).toMatch(
      /Gave up waiting: the object is not there, and NSX did not create it: PUT .* answered 500 \(error 1\): out of order$/,
    );
    expect(writes()).toBeLessThan(8);
  });

  test("says somebody where NSX does not say who made what is there", async () => {
    byAlice({ display_name: "by hand" });
    withoutField("_create_user");
    expect(await failure(create())).toContain("web exists already: created by somebody, last changed by alice");
  });

  test("looks at what is there itself, whatever a refresh has just read", async () => {
    byAlice({ display_name: "by hand" });
    await refreshMany();
    arena.control.change(segmentPath, { display_name: "by another hand" }, "bob");
    expect(await failure(create())).toContain("created by alice, last changed by bob");
  });

  test("what this resource made in an interrupted run is adopted, and the user is told", async () => {
    await create();
    arena.warnings.length = 0;
    await create();
    expect(arena.warnings).toEqual([
      "/infra/segments/web was there already from an interrupted run, and has been adopted.",
    ]);
  });

  test("what somebody else made is taken over when the user says so, and the user is told whose it was", async () => {
    byAlice({ display_name: "by hand" });
    await create({ ...madeWith, adopt: true });
    expect(arena.warnings).toEqual([
      expect.stringMatching(/web was taken over; it was last changed by alice at \S+Z\.$/),
    ]);
  });

  test("not where a field differs that cannot be changed", async () => {
    byAlice({ display_name: "by hand" });
    const zones = "/infra/sites/default/enforcement-points/default/transport-zones";
    const args = { ...madeWith, adopt: true, transportZonePath: `${zones}/vlan-tz`, vlanIds: ["1"] };
    between(({ method }) => (method === "PUT" ? refusal(412, 1) : undefined));
    expect(await failure(create(args))).toContain(
      `exists with transportZonePath "${zones}/overlay-tz" instead of "${zones}/vlan-tz", which cannot be changed. Nothing was changed.`,
    );
    expect(writes()).toBe(1);
  });

  describe("that takes up what an interrupted run has made", () => {
    const again = (args: Properties, settings: Settings = {}) =>
      arena.provider("twin", settings).create({ ...madeWith, ...args, owner });

    /** While the other run is about to write, for the first time or after one that was refused. */
    function meanwhile(change: () => void): void {
      let puts = 0;
      arena.setChannel("twin", async (request) => {
        if (request.method === "PUT" && ++puts === 2) change();
        return arena.send("twin", request);
      });
    }

    const byAliceBesides = () => byAlice({ domain_name: "alice.example.com" });

    /** What the stack has left after a change of somebody else's that a refresh has shown. */
    async function madeAndRefreshed(): Promise<Properties> {
      const { outs } = await create();
      byAliceBesides();
      const { props = {} } = await provider().read(segmentPath, { ...outs, owner });
      return (await update(props, { description: "after a refresh" })).outs ?? {};
    }

    test.each<[string, boolean, () => Promise<unknown>]>([
      ["all that is in it is its own", true, () => create()],
      ["that run knew of everything that is in it", true, madeAndRefreshed],
      [
        "that run did not know of everything",
        false,
        async () => {
          const { outs = {} } = await create();
          byAliceBesides();
          await update(outs, { description: "unrefreshed" });
        },
      ],
      ["somebody has changed it since", false, () => create().then(byAliceBesides)],
    ])("where %s it has seen the whole object: %s", async (_, isSeen, prepare) => {
      await prepare();
      const { description } = arena.control.object(segmentPath) as Properties;
      const { outs = {} } = await again({ description });
      expect("seen" in outs).toBe(isSeen);
    });

    test("stops before what somebody does to it meanwhile, and knows what it was", async () => {
      await create();
      meanwhile(() => byAlice({ description: "theirs" }));
      expect(await failure(again({ description: "ours" }))).toContain(
        'description: last applied "as made", now "theirs", wanted "ours"',
      );
    });

    test("stops also under preserve: the program wants it, and what the interrupted run has set says nothing", async () => {
      await madeAndRefreshed();
      meanwhile(() => byAlice({ description: "theirs" }));
      expect(await failure(again({ description: "ours" }, { NSX_ON_CONFLICT: "preserve" }))).toContain(
        'description: now "theirs", wanted "ours"',
      );
    });
  });

  test("what another stack takes over while it is being adopted is left to that stack", async () => {
    await create();
    let puts = 0;
    between(({ method }) => {
      puts += method === "PUT" ? 1 : 0;
      const mark = { scope: "pulumi.owner", tag: "shop/prod/0123456789abcdef/01234567" };
      if (method === "PUT" && puts === 2) byAlice({ tags: [mark] });
      return undefined;
    });
    expect(await failure(create({ ...madeWith, description: "ours" }))).toContain("belongs to shop/prod");
    expect(arena.control.object(segmentPath)?.description).toBe("as made");
  });
});

describe("update", () => {
  let state: Properties;
  beforeEach(() => {
    state = arena.restart({}, true);
  });

  test("says that the object is gone, also when it goes meanwhile", async () => {
    between(({ method }) => {
      if (method === "PUT") arena.control.delete(segmentPath, "alice", true);
      return method === "PUT" ? refusal(412, 1) : undefined;
    });
    const gone = '/infra/segments/web is gone. "pulumi up --refresh" makes it again.';
    expect(await failure(update(state, { description: "ours" }))).toContain(gone);
    expect(await failure(update(state, { description: "ours" }))).toContain(gone);
  });

  test("is refused on an object that somebody made again, or another stack has", async () => {
    arena.control.delete(segmentPath, "alice", true);
    byAlice({ display_name: "by hand" });
    expect(await failure(update(state, { description: "ours" }))).toMatch(
      /was deleted and made again, last changed by alice at \S+Z\. Nothing was changed\. Set "adopt: true"/,
    );
    byAlice({ tags: [{ scope: "pulumi.owner", tag: "shop/prod/0123456789abcdef/01234567" }] });
    expect(await failure(update(state, { description: "ours" }))).toContain("now belongs to shop/prod (project/stack)");
  });

  test("goes on where NSX has made another value of a field that cannot be changed, while the program says the same", async () => {
    const zones = "/infra/sites/default/enforcement-points/default/transport-zones";
    const asWritten = { transportZonePath: `${zones}/by-another-name` };
    const effective = { transportZonePath: `${zones}/overlay-tz` };
    await update({ ...state, ...asWritten, effective }, { ...asWritten, description: "ours" });
    expect(arena.control.object(segmentPath)).toMatchObject({
      description: "ours",
      transport_zone_path: `${zones}/overlay-tz`,
    });
    const other = { transportZonePath: `${zones}/vlan-tz`, description: "other" };
    expect(await failure(update({ ...state, ...asWritten, effective }, other))).toContain("which cannot be changed.");
  });

  describe("with a field that cannot be changed", () => {
    const zones = "/infra/sites/default/enforcement-points/default/transport-zones";
    const hybrid = { advancedConfig: { hybrid: false } };
    const replaces = /which cannot be changed\. "pulumi up --refresh" replaces the object\.$/;

    test("stops where somebody has put another value there, though the program says what it said", async () => {
      const applied = { transportZonePath: `${zones}/vlan-tz` };
      expect(await failure(update({ ...state, ...applied, effective: {} }, applied))).toMatch(replaces);
      const unknownToState = update({ ...state, ...applied, effective: undefined }, applied);
      expect(await failure(unknownToState)).toMatch(replaces);
    });

    test("stops where the program names the default, and NSX had filled in something else", async () => {
      arena.control.delete(segmentPath, "ours", true);
      byAlice({ advanced_config: { hybrid: true }, tags: [{ scope: "pulumi.owner", tag: state.ownerMark }] });
      const effective = { "advancedConfig.hybrid": true };
      expect(await failure(update({ ...state, effective }, hybrid))).toMatch(
        /exists with advancedConfig\.hybrid true instead of false, which cannot be changed\./,
      );
    });

    test("goes on where NSX does not show the field: then nothing speaks against it", async () => {
      const { overlay_id: overlayId } = arena.control.object(segmentPath) as Properties;
      withoutField("overlay_id");
      await update(state, { overlayId, description: "ours" });
      expect(arena.control.object(segmentPath)).toMatchObject({ overlay_id: overlayId, description: "ours" });
    });
  });

  test("goes by what is there now, and not by a list that a refresh has read just before", async () => {
    await refreshMany();
    byAlice({ description: "theirs" });
    between(() => undefined);
    expect(await failure(update(state, { description: "ours" }))).toContain('now "theirs", wanted "ours"');
    expect(asked).toEqual(["GET"]);
  });

  test("of a segment that has no unique id goes by its revision", async () => {
    byAlice({ description: "theirs" });
    withoutField("unique_id");
    const { props } = await provider().read(segmentPath, { ...state, uniqueId: "", owner });
    await update({ ...props, ...madeWith }, { description: "ours" });
    expect(arena.control.object(segmentPath)?.description).toBe("ours");
  });

  test("of a renamed resource only stamps a new mark", async () => {
    between(() => undefined);
    const renamed = owner.replace(/web$/, "renamed");
    const { outs } = await provider().update(segmentPath, { ...state, owner }, { ...madeWith, owner: renamed });
    expect(asked).toEqual(["GET", "PUT"]);
    expect(outs?.ownerMark).not.toBe(state.ownerMark);
    expect(JSON.stringify(arena.control.object(segmentPath)?.tags)).toContain(String(outs?.ownerMark));
  });

  test("that finds everything as it is wanted writes nothing", async () => {
    between(() => undefined);
    const { outs } = await update(state, {});
    expect(asked).toEqual(["GET"]);
    expect(outs).toMatchObject({ revision: state.revision, ownerMark: state.ownerMark, seen: "0" });
  });

  test("a manager that calls every revision stale is asked eight times", async () => {
    between(({ method }) => (method === "PUT" ? refusal(409, 1, "stale") : undefined));
    expect(await failure(update(state, { description: "ours" }))).toContain("answered 409 (error 1): stale");
    expect(writes()).toBe(8);
  });

  test("any other refusal is final", async () => {
    between(({ method }) => (method === "PUT" ? refusal(400, 287) : undefined));
    expect(await failure(update(state, { description: "ours" }))).toContain("answered 400 (error 287)");
    expect(writes()).toBe(1);
  });

  test("a lost answer is found by reading: nothing is sent twice", async () => {
    arena.setChannel("ours", async (request) => {
      asked.push(request.method);
      const answer = await arena.send("ours", request);
      return request.method === "PUT" ? refusal(500, 1) : answer;
    });
    await update(state, { description: "ours" });
    expect(asked).toEqual(["GET", "PUT", "GET"]);
  });

  test("a conflict names the revisions, or that they say nothing", async () => {
    byAlice({ description: "theirs" });
    expect(await failure(update(state, { description: "ours" }))).toContain("(revision 0 → 1)");
    const { revision: _, seen: __, ...older } = state as Properties;
    expect(await failure(update(older, { description: "ours" }))).toContain("(revision unknown → 1)");
  });

  test("an object made again at the same revision is written over before anybody can tell; then the user is told", async () => {
    // Of another overlay NSX would refuse it: an overlay id cannot change.
    const { overlay_id } = arena.control.object(segmentPath) as Properties;
    between(({ method }) => {
      if (method !== "PUT") return undefined;
      arena.control.delete(segmentPath, "alice", true);
      byAlice({ display_name: "by hand", overlay_id });
      return undefined;
    });
    await update(state, { description: "ours" });
    expect(arena.warnings).toEqual([
      "/infra/segments/web was deleted, and made again by alice, while this update was under way; the update was written over it.",
    ]);
  });

  test("says nothing when nothing was in the way", async () => {
    await update(state, { description: "ours" });
    expect(arena.warnings).toEqual([]);
  });

  test("an object that was made again is not known because its revision is", async () => {
    // The run began before the other one did.
    provider();
    arena.control.delete(segmentPath, "alice", true);
    await arena.provider("twin", {}).create({ ...madeWith, description: "made again", owner });
    expect(arena.control.object(segmentPath)?._revision).toBe(state.revision);
    expect(await failure(update(state, { description: "ours" }))).toContain('now "made again", wanted "ours"');
  });

  test("nor when another run of the stack makes it again while the update is under way", async () => {
    let puts = 0;
    arena.setChannel("ours", async (request) => {
      if (request.method !== "PUT" || puts++ > 0) return arena.send("ours", request);
      arena.control.delete(segmentPath, "alice", true);
      await arena.provider("twin", {}).create({ ...madeWith, description: "made again", owner });
      return refusal(412, 1);
    });
    expect(await failure(update(state, { description: "ours" }))).toContain('now "made again", wanted "ours"');
    expect(arena.control.object(segmentPath)?.description).toBe("made again");
  });

  test("or by somebody, where NSX does not say by whom", async () => {
    const { overlay_id } = arena.control.object(segmentPath) as Properties;
    arena.setChannel("ours", async (request) => {
      if (request.method === "PUT") {
        arena.control.delete(segmentPath, "alice", true);
        byAlice({ display_name: "by hand", overlay_id });
      }
      const answer = await arena.send("ours", request);
      const { _create_user: _, ...rest } = JSON.parse(answer.body);
      return { ...answer, body: JSON.stringify(rest) };
    });
    await update(state, { description: "ours" });
    expect(arena.warnings).toEqual([expect.stringContaining("made again by somebody, while this update")]);
  });

  test("remembers the revision that it wrote, and not as seen where it has kept something of others", async () => {
    const preserve = { NSX_ON_CONFLICT: "preserve" };
    const { outs: plain } = await update(state, { description: "one" }, preserve);
    expect(plain).toMatchObject({ revision: arena.control.object(segmentPath)?._revision, seen: "1" });
    byAlice({ admin_state: "DOWN" });
    const { outs: kept } = await update(plain ?? {}, { description: "two" }, preserve);
    expect(kept?.revision).toBe(arena.control.object(segmentPath)?._revision);
    expect(kept).not.toHaveProperty("seen");
    const { outs: over } = await update(kept ?? {}, { description: "three" }, { NSX_ON_CONFLICT: "overwrite" });
    expect(over?.revision).toBe(arena.control.object(segmentPath)?._revision);
  });

  describe("that was interrupted after its write", () => {
    const again = (declared: Properties, before = state) =>
      arena.provider("twin", {}).update(segmentPath, { ...before, owner }, { ...madeWith, ...declared, owner });

    test("is no conflict with itself, though others' changes were in the object that nobody was shown", async () => {
      byAlice({ domain_name: "alice.example.com" });
      const { outs } = await update(state, { description: "one" });
      expect(outs).not.toHaveProperty("seen");
      await again({ description: "two" });
      expect(arena.control.object(segmentPath)).toMatchObject({
        description: "two",
        domain_name: "alice.example.com",
      });
    });

    test("still stops before a change of others that was there before it, and says that it was", async () => {
      byAlice({ domain_name: "alice.example.com" });
      await update(state, { description: "one" });
      const message = await failure(again({ domainName: "ours.example.com" }));
      expect(message).toContain("changed by others, before this stack wrote it last (revision 0 → 2)");
      expect(message).toContain('set by somebody else to "alice.example.com", wanted "ours.example.com"');
    });

    test("is none either where it has written over others' change, which the user was told", async () => {
      byAlice({ admin_state: "DOWN" });
      await update(state, { description: "one" }, { NSX_ON_CONFLICT: "overwrite" });
      expect(arena.warnings).toEqual([
        expect.stringMatching(
          /^adminState was changed by alice at .*; the change is written over \(nsx:onConflict\)\.$/,
        ),
      ]);
      await again({ description: "two" });
      expect(arena.control.object(segmentPath)).toMatchObject({ admin_state: "UP", description: "two" });
    });

    test("leaves an object that still is all this resource's own: a create takes it up whole", async () => {
      const { outs = {} } = await create({ ...madeWith, segmentId: "own" });
      const path = "/infra/segments/own";
      const declared = { ...madeWith, segmentId: "own", domainName: "ours.example.com" };
      await provider().update(path, { ...outs, owner }, { ...declared, owner });
      const { domainName: _, ...less } = declared;
      await arena.provider("twin", {}).create({ ...less, owner });
      expect(arena.control.object(path)).not.toHaveProperty("domain_name");
      arena.control.delete(path, "ours", true);
    });
  });

  test("what was kept of others once is kept for good, and told each time", async () => {
    const preserve = { NSX_ON_CONFLICT: "preserve" };
    byAlice({ admin_state: "DOWN" });
    const { outs: first = {} } = await update(state, { description: "one" }, preserve);
    const { outs: second = {} } = await update(first, { description: "two" }, preserve);
    await update(second, { description: "two" }, preserve);
    expect(arena.control.object(segmentPath)).toMatchObject({ admin_state: "DOWN", description: "two" });
    const told = expect.stringMatching(/^adminState was changed by .*; the change is kept \(nsx:onConflict\)\.$/);
    expect(arena.warnings).toEqual([told, told, told]);
  });
});

describe("delete", () => {
  let state: Properties;
  beforeEach(() => {
    state = arena.restart({}, true);
  });

  test.each([500030, 503040, 503101])(
    "error %i says that something still hangs on it, which is waited for",
    async (code) => {
      between(({ method }, number) => (method === "DELETE" && number < 6 ? refusal(400, code) : undefined));
      await remove(state);
      expect(asked.filter((method) => method === "DELETE")).toHaveLength(3);
      expect(arena.control.object(segmentPath)).toBeUndefined();
      expect(arena.warnings).toEqual([]);
    },
  );

  test("one that is on its way out already is waited for", async () => {
    between(({ method }, number) => (method === "DELETE" && number < 4 ? refusal(400, 500045) : undefined));
    await remove(state);
    expect(asked.filter((method) => method === "DELETE")).toHaveLength(2);
    expect(arena.warnings).toEqual([]);
  });

  test("looks just before, whatever a refresh has read: another stack's object is kept", async () => {
    await refreshMany();
    byAlice({ tags: [{ scope: "pulumi.owner", tag: "shop/prod/0123456789abcdef/01234567" }] });
    await remove(state);
    expect(arena.control.object(segmentPath)).toBeDefined();
  });

  test("and says what, when the time is up", async () => {
    between(({ method }) => (method === "DELETE" ? refusal(400, 503040, "two ports") : undefined));
    expect(await failure(remove(state))).toMatch(/Gave up waiting\. .*two ports/);
  });

  test("takes a look and a request", async () => {
    between(() => undefined);
    await remove(state);
    expect(asked).toEqual(["GET", "DELETE"]);
    await remove(state);
    expect(asked).toEqual(["GET", "DELETE", "GET"]);
  });

  test.each([409, 412])("a conflict (%i) is looked into, and what is still the stack's is removed", async (status) => {
    between(({ method }, number) => (method === "DELETE" && number < 3 ? refusal(status, 1) : undefined));
    await remove(state);
    expect(asked).toEqual(["GET", "DELETE", "GET", "DELETE"]);
  });

  test("gone is gone, whoever did it", async () => {
    between(({ method }) => (method === "DELETE" ? refusal(404, 600) : undefined));
    await remove(state);
    expect(asked).toEqual(["GET", "DELETE"]);
  });

  test("a manager that never says what it did is asked eight times", async () => {
    between(({ method }) => (method === "DELETE" ? refusal(500, 1, "out of order") : undefined));
    expect(await failure(remove(state))).toContain("out of order");
    expect(writes()).toBe(8);
  });

  test("and its words are told where the time is up before", async () => {
    between(({ method }) => (method === "DELETE" ? refusal(500, 1, "out of order") : undefined));
    expect(await failure(remove(state, { NSX_TIMEOUT: "1" }))).toMatch(
      /Gave up waiting\. NSX did not say whether it deleted the object: DELETE .* answered 500 \(error 1\): out of order$/,
    );
    expect(writes()).toBeLessThan(8);
  });

  test("a refusal is final", async () => {
    between(({ method }) => (method === "DELETE" ? refusal(400, 287) : undefined));
    expect(await failure(remove(state))).toContain("answered 400 (error 287)");
    expect(writes()).toBe(1);
  });

  test("another stack's object is kept, and the user is told", async () => {
    byAlice({ tags: [{ scope: "pulumi.owner", tag: "shop/prod/0123456789abcdef/01234567" }] });
    await remove(state);
    expect(arena.warnings).toEqual(["/infra/segments/web is no longer the object of this stack, and was kept."]);
    expect(arena.control.object(segmentPath)).toBeDefined();
  });
});
