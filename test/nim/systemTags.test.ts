import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { systemTagsInputs } from "../../provider/nim/systemTags.ts";
import type { SystemTagsInputs } from "../../provider/nim/systemTagsTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { type Bench, describeLifecycle } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import type { TestWorld } from "../tools/world.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

type TagsBench = Bench &
  NimBench & {
    /** Uids of the two systems; the first has Alice's tag from the start. */
    readonly uids: readonly [string, string];
    /** What a system has, in order of the alphabet. */
    tagsOf(uid: string): string[];
    /** Alice gives a system these tags instead of all that it has. */
    retag(uid: string, tags: readonly string[]): Promise<void>;
  };

const tags = ["env:prod", "dc:ams"];

async function start(options: NimSimulatorOptions = {}): Promise<TagsBench> {
  const nim = await startNimBench({
    nginx: false,
    systems: [{ hostname: "web-1" }, { hostname: "web-2" }],
    ...options,
  });
  const { control, handle, username, password, instances } = nim.simulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const uids = instances.map(({ systemUid }) => systemUid) as unknown as [string, string];
  const latest = (uid: string) => control.history.of(`${api}/systems/${uid}`).at(-1)?.body;
  const tagsOf = (uid: string) => ((latest(uid)?.tags ?? []) as string[]).toSorted();
  const retag = async (uid: string, tags: readonly string[]) => {
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ tags });
    const { status } = await handle({
      method: "PATCH",
      path: `${api}/systems/${uid}`,
      headers,
      body,
      remoteAddress: "",
    });
    if (status !== 200) throw new Error(`PATCH of ${uid}: ${status}`);
  };
  await retag(uids[0], ["alice"]);
  // What Alice asked for is not the provider's.
  nim.requests("* /**");
  const args = { systemUid: uids[0], tags } satisfies SystemTagsInputs;
  const write = `PATCH ${api}/systems/*`;
  return {
    ...nim,
    uids,
    tagsOf,
    retag,
    args,
    changed: { args: { ...args, tags: ["env:prod", "dc:ams", "tier:edge"] }, field: "tags" },
    replaced: { ...args, systemUid: uids[1] },
    rephrased: { tags: ["dc:ams", "env:prod"], systemUid: uids[0] },
    other: {
      async changeManaged(uid) {
        await retag(
          uid,
          tagsOf(uid).filter((tag) => tag !== "env:prod"),
        );
        return "tags";
      },
      async changeUnmanaged(uid) {
        await retag(uid, [...tagsOf(uid), "bob"]);
        return () => ["alice", "bob"].every((tag) => tagsOf(uid).includes(tag));
      },
    },
    lookup: {
      shown: { systemUid: uids[0], tags: ["alice", "env:prod", "dc:ams"] },
      absent: "6c2f3a52-6cf0-4d1c-9d0e-5b8a0d5c7f11",
      malformed: ["..", "a/b", "two words"],
      ids: /The id of a system's tags is the system's uid\.$/,
    },
    live: (uid) => ({ hostname: latest(uid)?.hostname, tags: tagsOf(uid) }),
    count: () => uids.filter((uid) => tagsOf(uid).some((tag) => tag !== "alice" && tag !== "bob")).length,
    writes: { create: write, update: write, delete: write },
  };
}

const traits = { carriesMark: false, isMade: false, hasOptionalFields: true };

describeLifecycle({ type: "SystemTags", traits, start });
const positions = otherPositions(nimSwitches).filter(({ name }) =>
  /^(unknownFields|nginxInstances|managedServers|clientConcurrencyStatus)$/.test(name),
);
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "SystemTags", traits, start: () => start({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "SystemTags", traits, start: () => start({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof systemTagsInputs>>().toEqualTypeOf<SystemTagsInputs>();
});

describe("tags of a system", () => {
  let bench: TagsBench;
  let world: TestWorld;
  let web1: string;
  let web2: string;

  /** A resource of this program; in another process, where that is given. */
  const runOf = (name = "it", { providers } = world, more: Properties = {}) =>
    new ResourceRun(providers.byName.SystemTags as ResourceRun["provider"], {
      owner: `acme/urn:pulumi:dev::shop::x::${name}`,
      __provider: "text",
      ...more,
    });
  const begin = async (environment: Record<string, string> = {}) => {
    bench = await start();
    world = bench.newProcess(environment);
    [web1, web2] = bench.uids;
    return runOf();
  };
  const said = () => world.warnings.map(({ message }) => message);
  /** The bodies of the writes since the bench began, without Alice's. */
  const sent = () =>
    bench.simulator.control.requests
      .all()
      .filter(({ method, path }) => method === "PATCH" && path.startsWith(`${api}/systems/`)).length;
  const failure = async (action: Promise<unknown>): Promise<string> =>
    action.then(
      (result) => `it succeeded: ${JSON.stringify(result)}`,
      (error: Error) => error.message,
    );
  afterEach(() => bench.close());

  describe("arguments that are refused before anything is sent", () => {
    const uid = "2d2a8a4e-3f0b-3b5e-9c53-0d0b8f2a7c11";
    test.each<[string, Properties, RegExp]>([
      ["a tag twice", { tags: ["a", "b", "a"] }, /^tags\[2\]: is there twice$/],
      ["an empty tag", { tags: ["a", ""] }, /^tags\[1\]: must not be empty$/],
      ["a tag with a line break", { tags: ["a\nb"] }, /^tags\[0\]: must have no control characters$/],
      ["a tag with a zero byte", { tags: ["a\0"] }, /^tags\[0\]: must have no control characters$/],
      ["a tag that is half a character", { tags: ["a\ud800"] }, /^tags\[0\]: /],
      ["a tag that is null", { tags: ["a", null] }, /^tags\[1\]: is null/],
      ["a tag that is a number", { tags: [7] }, /^tags\[0\]: /],
      ["no tags", { tags: undefined }, /^tags: is required$/],
      ["one text", { tags: "a" }, /^tags: /],
      ["no system", { systemUid: undefined }, /^systemUid: is required$/],
      ["an empty uid", { systemUid: "" }, /^systemUid: /],
      ["a uid that leads to a role", { systemUid: "../roles/admin" }, /^systemUid: must be a uid/],
      ["a uid that leads up", { systemUid: ".." }, /^systemUid: must be neither \. nor \.\.$/],
      ["a uid with a query", { systemUid: `${uid}?force=true` }, /^systemUid: must be a uid/],
      ["a uid with a slash in disguise", { systemUid: `${uid}%2Fx` }, /^systemUid: must be a uid/],
      ["a uid with a line break", { systemUid: `${uid}\n` }, /^systemUid: must be a uid/],
      ["adopt, for there is nothing to take over", { adopt: true }, /^adopt: is not an argument of this resource$/],
    ])("%s", async (_, more, message) => {
      const run = await begin();
      bench.requests("* /**");
      const given = Object.fromEntries(
        Object.entries({ systemUid: web1, tags: ["a"], ...more }).filter(([, value]) => value !== undefined),
      );
      expect(await failure(run.up(given))).toMatch(message);
      expect(bench.requests("* /**")).toBe(0);
    });

    test("two tags that are not known in a preview are not the same one", async () => {
      const run = await begin();
      const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
      const news = { ...run.constants, systemUid: web1, tags: [unknown, unknown] };
      expect((await run.provider.check({}, news)).failures).toEqual([]);
    });
  });

  describe("of others", () => {
    test("stay on create, update and destroy, whenever they came", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a", "b"] });
      expect(bench.tagsOf(web1)).toEqual(["a", "alice", "b"]);
      await bench.retag(web1, ["b", "bob", "a", "alice"]);
      expect(await run.refresh()).toEqual([]);
      await run.up({ systemUid: web1, tags: ["b", "c"] });
      expect(bench.tagsOf(web1)).toEqual(["alice", "b", "bob", "c"]);
      await bench.retag(web1, ["alice", "bob", "b", "c", "carol"]);
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice", "bob", "carol"]);
    });

    test("stay where they are nearly the same text", async () => {
      const run = await begin();
      const near = ["Env:prod", "env:prod ", "env:produ", "env:pro\u0301d", "[env:prod]", "env.prod", "__proto__"];
      await bench.retag(web1, near);
      await run.up({ systemUid: web1, tags: ["env:prod"] });
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual(near.toSorted());
    });

    test("stay where the very same is there twice", async () => {
      const run = await begin();
      await bench.retag(web1, ["alice", "alice"]);
      await run.up({ systemUid: web1, tags: ["a"] });
      await run.up({ systemUid: web1, tags: ["b"] });
      await run.destroy();
      expect(new Set(bench.tagsOf(web1))).toEqual(new Set(["alice"]));
    });

    test("that a second stack put there stay as well", async () => {
      const run = await begin();
      const second = runOf("it", bench.newProcess(), { owner: "acme/urn:pulumi:prod::shop::x::it" });
      await run.up({ systemUid: web1, tags: ["a"] });
      await second.up({ systemUid: web1, tags: ["b"] });
      expect(await run.refresh()).toEqual([]);
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice", "b"]);
    });

    test("that the program comes to name are managed with the same warning", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a"] });
      expect(said()).toEqual([]);
      await run.up({ systemUid: web1, tags: ["a", "b", "alice"] });
      expect(said()).toEqual([
        `/systems/${web1} had ["alice"] already, by others' hands or an earlier run's. This stack manages that from now on, and takes it off again.`,
      ]);
    });

    test("that the program names too are managed with a warning, and go with destroy", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a", "alice"] });
      expect(said()).toEqual([
        `/systems/${web1} had ["alice"] already, by others' hands or an earlier run's. This stack manages that from now on, and takes it off again.`,
      ]);
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual([]);
    });

    test("that came while a write's answer was lost are no reason for that warning, but theirs stay", async () => {
      const run = await begin();
      bench.inject(bench.writes.create, { kind: "reset", when: "after" });
      await run.up({ systemUid: web1, tags: ["a"] });
      expect(said()).toEqual([]);
      expect(bench.tagsOf(web1)).toEqual(["a", "alice"]);
    });
  });

  describe("that somebody took off", () => {
    test("stop an update that nobody was shown it before, and are put back after a refresh", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a", "b"] });
      await bench.retag(web1, ["alice", "b"]);
      const written = sent();
      const message = await failure(run.up({ systemUid: web1, tags: ["a", "b", "c"] }));
      expect(message).toContain("It was changed by somebody else (NIM does not say who) in fields");
      expect(message).toContain(`tags[a]: last applied "a", now nothing, wanted "a"`);
      expect(message).toContain("Nothing was written.");
      expect(message).toContain('"pulumi up --refresh" writes over it');
      expect(sent()).toBe(written);
      expect(await run.refresh()).toEqual(["tags"]);
      expect(await run.up({ systemUid: web1, tags: ["a", "b", "c"] })).toBe("update");
      expect(bench.tagsOf(web1)).toEqual(["a", "alice", "b", "c"]);
    });

    test("are no matter where the program takes them off as well", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a", "b"] });
      await bench.retag(web1, ["alice", "b"]);
      expect(await run.up({ systemUid: web1, tags: ["b"] })).toBe("update");
      expect(bench.tagsOf(web1)).toEqual(["alice", "b"]);
    });

    test("are all seen where NIM then has null for an empty list", async () => {
      const run = await begin();
      await run.up({ systemUid: web2, tags: ["a"] });
      const body = { uid: web2, hostname: "web-2", tags: null };
      bench.inject(`GET ${api}/systems/*`, { kind: "respond", when: "before", status: 200, body }, 2);
      expect(await run.refresh()).toEqual(["tags"]);
      expect(await run.up({ systemUid: web2, tags: ["a"] })).toBe("update");
      expect(bench.tagsOf(web2)).toEqual(["a"]);
    });

    test("and gave back are this stack's as before", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a"] });
      await bench.retag(web1, []);
      await bench.retag(web1, ["a"]);
      expect(await run.refresh()).toEqual([]);
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual([]);
    });
  });

  test("may be none: then the system is only looked at", async () => {
    const run = await begin();
    const written = sent();
    expect(await run.up({ systemUid: web1, tags: [] })).toBe("create");
    expect(run.state?.outputs).toMatchObject({ hostname: "web-1", tags: [] });
    expect(await run.refresh()).toEqual([]);
    expect(sent()).toBe(written);
    await run.up({ systemUid: web1, tags: ["a"] });
    await run.up({ systemUid: web1, tags: [] });
    expect(bench.tagsOf(web1)).toEqual(["alice"]);
    await run.destroy();
    expect(bench.tagsOf(web1)).toEqual(["alice"]);
  });

  describe("a system that is not there", () => {
    const nobody = "6c2f3a52-6cf0-4d1c-9d0e-5b8a0d5c7f11";

    test("is an error that says how one comes to be, and nothing is written", async () => {
      const run = await begin();
      const written = sent();
      const message = await failure(run.up({ systemUid: nobody, tags: ["a"] }));
      expect(message).toBe(
        `SystemTags it on system ${nobody}: create failed. NIM has no system ${nobody}. One is there once its agent has registered; getSystem finds its uid by the host name.`,
      );
      expect(sent()).toBe(written);
      expect(run.state).toBeUndefined();
    });

    test("any more is the same error to an update, gone to a refresh, and nothing to do for a delete", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a"] });
      // A NIM that was set up anew, whose agents have not registered yet.
      const fresh = await start({ systems: [{ hostname: "other" }] });
      const later = (state = run.state) => {
        const next = runOf("it", fresh.newProcess());
        next.state = state;
        return next;
      };
      expect(await failure(later().up({ systemUid: web1, tags: ["b"] }))).toContain(`NIM has no system ${web1}. `);
      expect(await later().refresh()).toBe("deleted");
      const last = later();
      await last.destroy();
      expect(last.state).toBeUndefined();
      await fresh.close();
    });
  });

  describe("a resource that was renamed in the program", () => {
    /** The new one's run after the old one's, in one process; the engine makes what is new first. */
    async function renamed(): Promise<[old: ResourceRun, now: ResourceRun]> {
      const old = await begin();
      await old.up({ systemUid: web1, tags: ["a", "b"] });
      world = bench.newProcess();
      const leaving = runOf();
      leaving.state = old.state;
      return [leaving, runOf("renamed")];
    }

    test("leaves what its successor names, and takes off the rest", async () => {
      const [old, now] = await renamed();
      await now.up({ systemUid: web1, tags: ["b", "c"] });
      await old.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice", "b", "c"]);
      expect(await now.refresh()).toEqual([]);
      await now.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice"]);
    });

    test("leaves it also where the first run did not come to its removal, and nothing has changed since", async () => {
      const [old, now] = await renamed();
      await now.up({ systemUid: web1, tags: ["b", "c"] });
      world = bench.newProcess();
      const [leaving, successor] = [runOf(), runOf("renamed")];
      leaving.state = old.state;
      successor.state = now.state;
      expect(await successor.up({ systemUid: web1, tags: ["b", "c"] })).toBe("same");
      await leaving.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice", "b", "c"]);
    });

    test("leaves what a resource has that came to its system as it went to the other one's", async () => {
      const [old, other] = [await begin(), runOf("other")];
      await old.up({ systemUid: web1, tags: ["a"] });
      await other.up({ systemUid: web2, tags: ["a", "b"] });
      world = bench.newProcess();
      await runOf().up({ systemUid: web2, tags: ["a"] });
      await runOf("other").up({ systemUid: web1, tags: ["a", "b"] });
      for (const { state } of [old, other]) {
        const replaced = runOf();
        replaced.state = state;
        await replaced.destroy();
      }
      expect([web1, web2].map(bench.tagsOf)).toEqual([["a", "alice", "b"], ["a"]]);
    });

    test("has no say in a destroy that takes off both, and that at the same time", async () => {
      const [old, now] = await renamed();
      await now.up({ systemUid: web1, tags: ["b", "c"] });
      world = bench.newProcess();
      const both = [runOf(), runOf("renamed")] as const;
      [both[0].state, both[1].state] = [old.state, now.state];
      await Promise.all(both.map((run) => run.destroy()));
      expect(bench.tagsOf(web1)).toEqual(["alice"]);
      // The same after a refresh, in which the engine asks what has changed of both.
      await bench.retag(web1, ["alice", "a", "b", "c"]);
      [both[0].state, both[1].state] = [old.state, now.state];
      for (const run of both) await run.refresh();
      await Promise.all(both.map((run) => run.destroy()));
      expect(bench.tagsOf(web1)).toEqual(["alice"]);
    });

    test("that fails to write keeps nobody else from it", async () => {
      const [old, now] = await renamed();
      bench.inject(`GET ${api}/systems/*`, { kind: "respond", when: "before", status: 403, body: {} });
      const [failed, done] = await Promise.allSettled([old.destroy(), now.up({ systemUid: web1, tags: ["b"] })]);
      expect([failed.status, done.status]).toEqual(["rejected", "fulfilled"]);
      expect(bench.tagsOf(web1)).toEqual(["a", "alice", "b"]);
    });
  });

  test("move with the resource: off the one system, onto the other", async () => {
    const run = await begin();
    await bench.retag(web2, ["bob"]);
    await run.up({ systemUid: web1, tags: ["a"] });
    expect(await run.up({ systemUid: web2, tags: ["a", "b"] })).toBe("replace");
    expect([web1, web2].map(bench.tagsOf)).toEqual([["alice"], ["a", "b", "bob"]]);
    expect(run.state?.id).toBe(web2);
  });

  describe("with nim:ignoreTags", () => {
    const ignoring = { NIM_IGNORE_TAGS: "auto:*" };

    test("that the program names too are put there, are no drift, and stay", async () => {
      const run = await begin(ignoring);
      await run.up({ systemUid: web1, tags: ["a", "auto:blue"] });
      expect(bench.tagsOf(web1)).toEqual(["a", "alice", "auto:blue"]);
      await bench.retag(web1, ["a", "alice", "auto:green"]);
      expect(await run.refresh()).toEqual([]);
      await run.up({ systemUid: web1, tags: ["a", "b", "auto:blue"] });
      await run.up({ systemUid: web1, tags: ["a", "b"] });
      expect(bench.tagsOf(web1)).toEqual(expect.arrayContaining(["a", "alice", "auto:green", "b"]));
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual(["alice", "auto:blue", "auto:green"]);
    });

    test("that are there already are told without a destroy that would take them off", async () => {
      const run = await begin(ignoring);
      await bench.retag(web1, ["auto:blue"]);
      await run.up({ systemUid: web1, tags: ["auto:blue"] });
      expect(said()).toEqual([]);
      await run.destroy();
      expect(bench.tagsOf(web1)).toEqual(["auto:blue"]);
    });
  });

  test("are left to others by ignoreChanges once they are there", async () => {
    await begin();
    const run = runOf("it", world, { ignoreChanges: ["tags"] });
    await run.up({ systemUid: web1, tags: ["a", "b"] });
    await bench.retag(web1, ["alice", "b", "bob"]);
    await run.refresh();
    expect(said()).toEqual([]);
    const renamed = runOf("other", bench.newProcess(), { ignoreChanges: ["tags"] });
    renamed.state = run.state;
    // The engine gives the arguments of the state where the program leaves them to others.
    expect(await renamed.up({ systemUid: web1, tags: run.state?.inputs.tags })).toBe("update");
    expect(bench.tagsOf(web1)).toEqual(["alice", "b", "bob"]);
    await renamed.destroy();
    expect(bench.tagsOf(web1)).toEqual(["alice", "bob"]);
  });

  describe("what NIM answers to a write", () => {
    const answer = (body: unknown) => {
      const fault = { kind: "respond", when: "after", status: 200, body } as const;
      bench.inject(bench.writes.update, fault);
    };

    test("with other tags is told, and what was sent", async () => {
      const run = await begin();
      answer({ uid: web1, hostname: "web-1", tags: ["alice", "A"] });
      expect(await failure(run.up({ systemUid: web1, tags: ["a"] }))).toBe(
        `SystemTags it on system ${web1}: create failed. NIM was sent the tags ["alice","a"] of /systems/${web1}, and answered that it has ["alice","A"].`,
      );
    });

    test("with a tag that should be off is told", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a", "b"] });
      answer({ uid: web1, hostname: "web-1", tags: ["alice", "a", "b"] });
      expect(await failure(run.up({ systemUid: web1, tags: ["a"] }))).toContain(
        'answered that it has ["alice","a","b"]',
      );
    });

    test("with a tag more, which somebody put there in that moment, is as good", async () => {
      const run = await begin();
      answer({ uid: web1, hostname: "web-1", tags: ["alice", "a", "bob"] });
      expect(await run.up({ systemUid: web1, tags: ["a"] })).toBe("create");
    });

    test.each<[string, (uids: readonly string[]) => unknown]>([
      ["another system", ([, uid]) => ({ uid, hostname: "web-2", tags: ["alice", "a"] })],
      ["nothing of a system", () => ({ items: [] })],
      ["a list", () => []],
      ["tags that are no list", ([uid]) => ({ uid, hostname: "web-1", tags: "a" })],
      ["tags that are no texts", ([uid]) => ({ uid, hostname: "web-1", tags: [{ name: "a" }] })],
    ])("with %s is no answer: a look tells what became of it", async (_, bodyOf) => {
      const run = await begin();
      answer(bodyOf(bench.uids));
      const before = sent();
      expect(await run.up({ systemUid: web1, tags: ["a"] })).toBe("create");
      expect(sent()).toBe(before + 1);
      expect(bench.tagsOf(web1)).toEqual(["a", "alice"]);
      expect(await run.refresh()).toEqual([]);
    });

    test("is not there: who took off a tag before the next try is not written over", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a"] });
      bench.inject(bench.writes.update, { kind: "reset", when: "before" });
      const body = { uid: web1, hostname: "web-1", tags: ["alice"] };
      const look = { kind: "respond", when: "before", status: 200, body } as const;
      bench.simulator.control.faults.inject({ match: `GET ${api}/systems/*`, fault: look, nth: 2, times: 1 });
      expect(await failure(run.up({ systemUid: web1, tags: ["a", "b"] }))).toContain('tags[a]: last applied "a"');
      expect(bench.tagsOf(web1)).toEqual(["a", "alice"]);
    });

    test("of another system to a look means nothing of this one", async () => {
      const run = await begin();
      await run.up({ systemUid: web1, tags: ["a"] });
      const body = { uid: web2, hostname: "web-2", tags: [] };
      bench.inject(`GET ${api}/systems/*`, { kind: "respond", when: "before", status: 200, body }, 10);
      const written = sent();
      expect(await failure(run.refresh())).toContain(`something that is not /systems/${web1}`);
      expect(await failure(run.up({ systemUid: web1, tags: ["b"] }))).toContain(`that is not /systems/${web1}`);
      expect(sent()).toBe(written);
    });
  });

  describe("that are secrets", () => {
    const secret = { secretInputs: ["tags"] };
    const [word, other] = ["kiebitz-canary", "sperling-canary"];

    test("are shown in no message", async () => {
      await begin();
      const run = runOf("it", world, secret);
      await bench.retag(web1, [word]);
      await run.up({ systemUid: web1, tags: [word, "b"] });
      expect(said()).toHaveLength(1);
      await bench.retag(web1, ["b"]);
      const messages = [await failure(run.up({ systemUid: web1, tags: [word, "b", other] }))];
      expect(messages[0]).toContain("It was changed by somebody else");
      await run.refresh();
      bench.inject(bench.writes.update, {
        kind: "respond",
        when: "after",
        status: 200,
        body: { uid: web1, hostname: "web-1", tags: [`x${word}`] },
      });
      messages.push(await failure(run.up({ systemUid: web1, tags: [word, "b", other] })));
      bench.inject(bench.writes.update, {
        kind: "respond",
        when: "before",
        status: 400,
        body: { code: 1, message: `Tag ${word} is not good` },
      });
      messages.push(await failure(run.up({ systemUid: web1, tags: [word, "c"] })));
      expect(messages.every((message) => message.includes("failed."))).toBe(true);
      for (const message of [...messages, ...said()]) expect(message).not.toMatch(/canary/);
    });
  });

  test("a system keeps its host name and its own fields", async () => {
    const run = await begin();
    const path = `${api}/systems/${web1}`;
    const before = bench.simulator.control.history.of(path).at(-1)?.body;
    await run.up({ systemUid: web1, tags: ["a"] });
    await run.destroy();
    const { nginxInstances: _, ...rest } = before ?? {};
    expect(bench.simulator.control.history.of(path).at(-1)?.body).toMatchObject(rest);
    const methods = bench.simulator.control.requests.all().filter(({ path }) => path.includes("/systems/"));
    expect([...new Set(methods.map(({ method }) => method))].sort()).toEqual(["GET", "PATCH"]);
  });
});
