// NSX says one thing in several ways (docs/nsx.md#errors). What the provider does may depend on what is meant, never on how
// it is said: here each way is a position of the simulator, and what has to come of it is written beside it.
import { afterEach, describe, expect, test } from "vitest";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { nsxSwitches } from "../../simulators/nsx/index.ts";
import { occasions } from "../../simulators/nsx/refusals.ts";
import { ResourceRun } from "../tools/stack.ts";
import { type SegmentBench, segmentArgs, startSegmentBench } from "./nsxSegment.bench.ts";

const path = "/infra/segments/web";
const ours = { ...segmentArgs, description: "ours" };

let bench: SegmentBench;
let warnings: { message: string }[];
afterEach(() => bench?.close());

const control = () => bench.simulator.control;
const live = () => control().object(path);
const failure = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "it succeeded",
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );

/** Does something as somebody else, once, right before a request of ours is carried out. */
function rightBefore(request: RegExp, act: () => void): void {
  let done = false;
  control().hook({
    before: ({ method, path: asked }) => {
      if (done || !request.test(`${method} ${asked}`)) return;
      done = true;
      act();
    },
  });
}

describe.each([
  ["PUT", {}, /^PUT .*\/segments\/web$/, /^DELETE .*\/segments\/web$/],
  ["hierarchical PATCH", { NSX_WRITE_STRATEGY: "hierarchical" }, /^PATCH .*\/infra\?/, /^PATCH .*\/infra\?/],
] as const)("written with %s", (strategy, settings: Record<string, string>, write, removal) => {
  async function start(switches: Partial<NsxSwitches> = {}, environment: Record<string, string> = {}) {
    bench = await startSegmentBench({ switches });
    const world = bench.newProcess({ ...settings, ...environment });
    warnings = world.warnings;
    const provider = world.providers.byName.NsxSegment as ResourceRun["provider"];
    return new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
  }

  const madeByAlice = () => void control().change(path, { description: "alice's" }, "alice");

  /** What a create, an update and a delete come to when somebody else writes right before them. */
  function describeOthers(switches: Partial<NsxSwitches>): void {
    test("create: an object that somebody has just made is told, and left as it is", async () => {
      const run = await start(switches);
      rightBefore(write, madeByAlice);
      expect(await failure(run.up(ours))).toMatch(/\/infra\/segments\/web exists already: created by alice/);
      expect(run.state).toBeUndefined();
      expect(live()).toMatchObject({ description: "alice's", _revision: 0 });
    });

    test("create: taken over where the program says so", async () => {
      const run = await start(switches);
      rightBefore(write, madeByAlice);
      expect(await run.up({ ...ours, adopt: true })).toBe("create");
      expect(live()).toMatchObject({ description: "ours", _create_user: "alice" });
      expect(warnings.map(({ message }) => message).join()).toContain("was taken over; it was last changed by alice");
    });

    test("create: found again after an interrupted run", async () => {
      const run = await start(switches);
      await run.up(ours);
      run.state = undefined;
      expect(await run.up(ours)).toBe("create");
      expect(await run.refresh()).toEqual([]);
    });
  }

  describe.each(nsxSwitches.staleSaid.values)("a stale revision said as %s", (staleSaid) => {
    describe.each(nsxSwitches.staleRevisionStatus.values)("(%i)", (staleRevisionStatus) => {
      const switches = { staleSaid, staleRevisionStatus };
      describeOthers(switches);

      test("update: a change of what nobody manages is merged", async () => {
        const run = await start(switches);
        await run.up(segmentArgs);
        rightBefore(write, () => void control().change(path, { domain_name: "example.org" }, "alice"));
        expect(await run.up(ours)).toBe("update");
        expect(live()).toMatchObject({ description: "ours", domain_name: "example.org" });
      });

      test("update: a change of the same field is told, and not written over", async () => {
        const run = await start(switches);
        await run.up(segmentArgs);
        rightBefore(write, madeByAlice);
        const message = await failure(run.up(ours));
        expect(message).toContain('description: last applied "What customers see", now "alice\'s", wanted "ours"');
        expect(live()).toMatchObject({ description: "alice's" });
      });

      test("delete: looks again, and removes what is still ours", async () => {
        const run = await start(switches);
        await run.up(segmentArgs);
        rightBefore(removal, madeByAlice);
        await run.destroy();
        expect(live()).toBeUndefined();
      });
    });
  });

  describe.each(nsxSwitches.existsSaid.values)("that it exists said as %s", (existsSaid) => {
    describeOthers({ putWithoutRevision: "exists", existsSaid });
  });

  describe.each(nsxSwitches.goneSaid.values)("that it is gone said as %s", (goneSaid) => {
    test("refresh: says that it was deleted", async () => {
      const run = await start({ goneSaid });
      await run.up(ours);
      control().delete(path, "alice");
      expect(await run.refresh()).toBe("deleted");
      expect(await run.up(ours)).toBe("create");
    });

    test("refresh: what is not there among many is deleted, and the others are there", async () => {
      const run = await start({ goneSaid });
      const others = Array.from({ length: 8 }, (_, i) => {
        const constants = { owner: `acme/urn:pulumi:dev::shop::x::web-${i}`, __provider: "text" };
        return { other: new ResourceRun(run.provider, constants), id: `web-${i}` };
      });
      for (const { other, id } of others) await other.up({ segmentId: id });
      control().delete("/infra/segments/web-3", "alice");
      bench.clock.advance(60_000);
      const found = await Promise.all(others.map(({ other }) => other.refresh()));
      expect(found).toEqual([[], [], [], "deleted", [], [], [], []]);
    });

    test("update: told, with the way out, and made again by nobody", async () => {
      const run = await start({ goneSaid });
      await run.up(segmentArgs);
      control().delete(path, "alice");
      expect(await failure(run.up(ours))).toContain(`${path} is gone. "pulumi up --refresh" makes it again.`);
      expect(live()).toBeUndefined();
    });

    test.each(nsxSwitches.putMissingWithRevision.values)(
      "update: gone in the last moment is told too, where NSX answers %i to that",
      async (putMissingWithRevision) => {
        const run = await start({ goneSaid, putMissingWithRevision });
        await run.up(segmentArgs);
        rightBefore(write, () => control().delete(path, "alice"));
        expect(await failure(run.up(ours))).toMatch(/is gone\.|answered 40[04]/);
        expect(run.state?.outputs.description).toBe("What customers see");
        expect(live()).toBeUndefined();
        expect(await run.refresh()).toBe("deleted");
      },
    );

    test("delete: is done", async () => {
      const run = await start({ goneSaid });
      await run.up(ours);
      control().delete(path, "alice");
      await run.destroy();
      expect(run.state).toBeUndefined();
    });

    test.each(nsxSwitches.hierarchicalDeleteMissing.values)(
      "delete: is done also when it went in the last moment (in a tree: %s)",
      async (hierarchicalDeleteMissing) => {
        const run = await start({ goneSaid, hierarchicalDeleteMissing });
        await run.up(ours);
        rightBefore(removal, () => control().delete(path, "alice"));
        await run.destroy();
        expect(run.state).toBeUndefined();
      },
    );
  });

  describe.each(nsxSwitches.inUseSaid.values)("that it is in use said as %s", (inUseSaid) => {
    const port = `${path}/ports/vm-1`;
    const users = {
      "a port": {
        make: () => void control().change(port, { display_name: "vm-1", attachment: { id: "vif-1" } }, "vcenter"),
        remove: () => control().delete(port, "vcenter"),
      },
      "a reference": {
        make: () => void control().change("/infra/domains/default/groups/g", { segment_path: path }, "alice"),
        remove: () => control().delete("/infra/domains/default/groups/g", "alice"),
      },
    };

    test.each(Object.entries(users))("delete: %s is waited out", async (_, { make, remove }) => {
      const run = await start({ inUseSaid });
      await run.up(ours);
      make();
      let refusals = 0;
      control().hook({
        after: ({ method, path: asked }, { status }) => {
          if (!removal.test(`${method} ${asked}`) || status === 200) return;
          refusals += 1;
          if (refusals === 3) remove();
        },
      });
      await run.destroy();
      expect(refusals).toBe(3);
      expect(live()).toBeUndefined();
    });

    test.each(Object.entries(users))("delete: %s that stays is told, and the segment kept", async (_, { make }) => {
      const run = await start({ inUseSaid }, { NSX_TIMEOUT: "30" });
      await run.up(ours);
      make();
      expect(await failure(run.destroy())).toMatch(/delete failed\. Gave up waiting\. .* answered 400/);
      expect(run.state).toBeDefined();
      expect(live()).toBeDefined();
    });
  });

  describe.each(nsxSwitches.beingDeletedSaid.values)("that it is being deleted said as %s", (beingDeletedSaid) => {
    test("create: waits until the path is free", async () => {
      const run = await start({ beingDeletedSaid, purgeDelay: 30_000 });
      await run.up(segmentArgs);
      await run.destroy();
      expect(await run.up(ours)).toBe("create");
      expect(live()).toMatchObject({ description: "ours" });
    });

    test("create: told where it takes too long", async () => {
      const run = await start({ beingDeletedSaid, purgeDelay: 3_600_000 }, { NSX_TIMEOUT: "60" });
      await run.up(segmentArgs);
      await run.destroy();
      expect(await failure(run.up(ours))).toMatch(/Gave up waiting.*still being deleted/);
      expect(run.state).toBeUndefined();
    });

    test("update, refresh: it is gone, and told so", async () => {
      const run = await start({ beingDeletedSaid, purgeDelay: 3_600_000 });
      await run.up(segmentArgs);
      control().delete(path, "alice");
      expect(await failure(run.up(ours))).toContain("is gone.");
      expect(await run.refresh()).toBe("deleted");
    });

    test("delete: it is done", async () => {
      const run = await start({ beingDeletedSaid, purgeDelay: 3_600_000 });
      await run.up(segmentArgs);
      control().delete(path, "alice");
      await run.destroy();
      expect(run.state).toBeUndefined();
    });
  });

  describe.each(nsxSwitches.protectedSaid.values)("that it is protected said as %s", (protectedSaid) => {
    const words = /Principal 'admin' attempts to delete or modify an object of type Segment it doesn't own/;

    async function startProtected(): Promise<ResourceRun> {
      const run = await start({ protectedSaid });
      control().change(path, { description: "alice's" }, "alice");
      control().protect(path, "REQUIRE_OVERRIDE");
      return run;
    }

    test("create: told, and nothing changed", async () => {
      const run = await startProtected();
      expect(await failure(run.up(ours))).toMatch(/exists already: created by alice|attempts to delete or modify/);
      expect(run.state).toBeUndefined();
      expect(live()).toMatchObject({ description: "alice's" });
    });

    test("adopt, update and delete: told in NSX's words, once, and kept", async () => {
      const run = await startProtected();
      expect(await failure(run.up({ ...ours, adopt: true }))).toMatch(words);
      control().protect(path, "NOT_PROTECTED");
      await run.up({ ...segmentArgs, adopt: true });
      control().protect(path, "REQUIRE_OVERRIDE");
      const state = structuredClone(run.state);
      const refused = () =>
        control()
          .requests.find("* /**")
          .filter(({ status = 0 }) => status >= 400).length;
      for (const act of [() => run.up({ ...ours, adopt: true }), () => run.destroy()]) {
        const sofar = refused();
        expect(await failure(act())).toMatch(words);
        // A 403 may also be a session that has expired, which is found out with one more.
        expect(refused() - sofar).toBeLessThanOrEqual(2);
      }
      expect(run.state).toEqual(state);
      expect(live()).toMatchObject({ description: "What customers see" });
    });

    test("that is explained: whose it is, and the setting for whoever may", async () => {
      const run = await startProtected();
      const message = await failure(run.up({ ...ours, adopt: true }));
      expect(message).toContain('"alice" has made it, and NSX protects it from everybody else.');
      expect(message).toContain(
        'nsx:allowOverwrite "true" (NSX_ALLOW_OVERWRITE) writes over it, where the account may.',
      );
    });

    test("nsx:allowOverwrite: adopt, update and delete are done", async () => {
      await startProtected();
      const run = await start({ protectedSaid }, { NSX_ALLOW_OVERWRITE: "true" });
      control().change(path, { description: "alice's" }, "alice");
      control().protect(path, "REQUIRE_OVERRIDE");
      expect(await run.up({ ...ours, adopt: true })).toBe("create");
      expect(await run.up({ ...ours, description: "once more" })).toBe("update");
      expect(live()).toMatchObject({ description: "once more", _protection: "REQUIRE_OVERRIDE" });
      await run.destroy();
      expect(live()).toBeUndefined();
    });

    test("refresh: reads it as it is", async () => {
      const run = await startProtected();
      control().protect(path, "NOT_PROTECTED");
      await run.up({ ...segmentArgs, adopt: true });
      control().protect(path, "REQUIRE_OVERRIDE");
      expect(await run.refresh()).toEqual([]);
    });
  });

  const named = (kind: string) => Object.keys(occasions).filter((name) => name.startsWith(kind));

  describe.each(named("busy"))("%s", (name) => {
    const meets = (match: RegExp, times: number | "always" = 1) =>
      control().faults.inject({ match, times, fault: { kind: "refusal", name } });

    test.each([1, 2])("create, refresh, update and delete: done after %i of them", async (times) => {
      const run = await start();
      meets(write, times);
      expect(await run.up(segmentArgs)).toBe("create");
      meets(/^GET /, times);
      expect(await run.refresh()).toEqual([]);
      meets(write, times);
      meets(/^GET /, times);
      expect(await run.up(ours)).toBe("update");
      expect(live()).toMatchObject({ description: "ours", _revision: 1 });
      meets(removal, times);
      await run.destroy();
      expect(live()).toBeUndefined();
      expect(control().faults.pending()).toEqual([]);
    });

    test("for ever: told in its words, nothing is taken for done, and not asked without end", async () => {
      const run = await start({}, { NSX_TIMEOUT: "60" });
      meets(write, "always");
      const message = await failure(run.up(ours));
      expect(message).toMatch(/create failed\. .*answered [45]\d\d/s);
      expect(run.state).toBeUndefined();
      control().faults.clear();
      await run.up(segmentArgs);
      const state = structuredClone(run.state);
      meets(/^(GET|PUT|PATCH|DELETE) /, "always");
      const asked = control().requests.count("* /**");
      for (const act of [() => run.refresh(), () => run.up(ours), () => run.destroy()]) {
        expect(await failure(act())).toMatch(/answered [45]\d\d/);
      }
      expect(run.state).toEqual(state);
      expect(live()).toMatchObject({ description: "What customers see" });
      expect(control().requests.count("* /**") - asked).toBeLessThan(60);
    });
  });

  describe.each(named("denied"))("%s", (name) => {
    test.each(["session", "basic"])("all operations: told with the status, and nothing changed (%s)", async (auth) => {
      const run = await start({}, { NSX_AUTH: auth });
      const meets = (match: RegExp) =>
        control().faults.inject({ match, times: "always", fault: { kind: "refusal", name } });
      meets(write);
      expect(await failure(run.up(ours))).toMatch(/ (answered (40[13]|500 \(error 99\))|refused the login) ?/);
      expect(run.state).toBeUndefined();
      control().faults.clear();
      const again = await start({}, { NSX_AUTH: auth });
      await again.up(segmentArgs);
      const state = structuredClone(again.state);
      meets(/^(GET|PUT|PATCH|DELETE) \/policy/);
      for (const act of [() => again.refresh(), () => again.up(ours), () => again.destroy()]) {
        expect(await failure(act())).toMatch(/ (answered (40[13]|500 \(error 99\))|refused the login) ?/);
      }
      expect(again.state).toEqual(state);
      expect(live()).toMatchObject({ description: "What customers see" });
      expect(control().requests.count("POST /api/session/create")).toBeLessThanOrEqual(2);
    });
  });

  describe.each(nsxSwitches.expiredSaid.values)("that the session has expired said as %s", (expiredSaid) => {
    test("create, refresh, update and delete: one login more each, and done", async () => {
      const run = await start({ expiredSaid });
      const logins = () => control().requests.count("POST /api/session/create");
      const other = new ResourceRun(run.provider, { owner: "acme/urn:pulumi:dev::shop::x::db", __provider: "text" });
      await other.up({ segmentId: "db" });
      control().expireSessions();
      expect(await run.up(segmentArgs)).toBe("create");
      control().expireSessions();
      expect(await run.refresh()).toEqual([]);
      control().expireSessions();
      expect(await run.up(ours)).toBe("update");
      control().expireSessions();
      await run.destroy();
      expect(logins()).toBe(5);
      expect(live()).toBeUndefined();
    });
  });

  describe("a 404 that is not NSX's word about the object", () => {
    const missing = "could not be found. Object identifiers are case sensitive.";
    test.each<[string, unknown]>([
      ["an empty body", ""],
      ["a page", "<html><title>404 Not Found</title></html>"],
      ["a gateway's JSON", { message: "no Route matched with those values" }],
      ["JSON in NSX's form without a code, about nothing", { error_message: "Not Found" }],
      ["another object", { error_code: 600, error_message: `The requested object : /infra/segments/db ${missing}` }],
      ["another object, by its id", { error_code: 600, error_message: `The requested object : db ${missing}` }],
      [
        "an object whose id begins like this one's",
        { error_code: 600, error_message: `The requested object : webs ${missing}` },
      ],
      ["null everywhere", { error_code: null, error_message: null, related_errors: null, messages: null }],
    ])("%s: refresh, update and delete fail, and the state is kept", async (_, body) => {
      const run = await start();
      await run.up(segmentArgs);
      const state = structuredClone(run.state);
      control().faults.inject({
        match: "GET /policy/**",
        times: "always",
        fault: { kind: "respond", when: "before", status: 404, body },
      });
      for (const act of [() => run.refresh(), () => run.up(ours), () => run.destroy()]) {
        expect(await failure(act())).toContain("answered 404");
      }
      expect(run.state).toEqual(state);
      expect(live()).toMatchObject({ description: "What customers see" });
    });
  });

  describe.each([301, 302, 307, 308] as const)("a redirect with %i", (status) => {
    const second = "https://nsx-2.invalid";
    const stranger = "https://elsewhere.invalid";
    const cluster = { NSX_ENDPOINT: `https://nsx.invalid,${second}` };

    test("to a manager that is configured: all operations are done", async () => {
      const run = await start({}, cluster);
      const redirect = (match: RegExp) =>
        control().faults.inject({ match, fault: { kind: "redirect", status, to: second } });
      redirect(write);
      expect(await run.up(segmentArgs)).toBe("create");
      redirect(/^GET /);
      expect(await run.refresh()).toEqual([]);
      control().faults.inject({ match: write, fault: { kind: "redirect", status, to: "https://nsx.invalid" } });
      expect(await run.up(ours)).toBe("update");
      expect(live()).toMatchObject({ description: "ours", _revision: 1 });
      redirect(removal);
      await run.destroy();
      expect(live()).toBeUndefined();
    });

    test("to a stranger: told, and nothing changed", async () => {
      const run = await start();
      await run.up(segmentArgs);
      const state = structuredClone(run.state);
      control().faults.inject({
        match: "* /policy/**",
        times: "always",
        fault: { kind: "redirect", status, to: stranger },
      });
      for (const act of [() => run.refresh(), () => run.up(ours), () => run.destroy()]) {
        expect(await failure(act())).toMatch(
          /redirected to https:\/\/elsewhere\.invalid, which is not configured.*name it in nsx:endpoint too/,
        );
      }
      expect(run.state).toEqual(state);
      expect(live()).toMatchObject({ description: "What customers see" });
    });
  });

  test(`the strategy is ${strategy}`, async () => {
    const run = await start();
    await run.up(ours);
    expect(
      control()
        .requests.find("* /policy/**")
        .filter(({ method, path: asked }) => write.test(`${method} ${asked}`)),
    ).toHaveLength(1);
  });
});
