// What every resource must do, told once. A resource takes part with a fixture: arguments, and the hands of somebody
// else who works on the same system.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fault, Pattern } from "../../simulators/kit/index.ts";
import { CheckFailed, type Properties, ResourceRun } from "./stack.ts";
import type { TestWorld } from "./world.ts";

/** A fresh simulated system, and what a test needs to know of one resource on it. */
export interface Bench {
  /** Provider processes on the system; each has its own session and knows nothing of the others. */
  newProcess(): TestWorld;
  /** Arguments with as many fields as work together, their order unlike the server's. */
  readonly args: Properties;
  /** The same, with one field changed in a way that needs no new object; the field's name. */
  readonly changed: { readonly args: Properties; readonly field: string };
  /** The same, with a change that needs a new object. */
  readonly replaced: Properties;
  /** Arguments that mean the same in another order or notation. */
  readonly rephrased: Properties;
  /** Another user's hands. */
  readonly other: {
    /** Changes a managed field in a way that `args` does not want; answers the field's name. */
    changeManaged(id: string): string | Promise<string>;
    /** Changes something that `args` does not declare, and answers how to look whether it is still so. */
    changeUnmanaged?(id: string): (() => boolean) | Promise<() => boolean>;
    remove?(id: string): void | Promise<void>;
    /** Makes an object by hand where `args` would make one, unlike it. */
    make?(): void | Promise<void>;
  };
  /** What somebody has who only looks, by the class's `get`. */
  readonly lookup: {
    /** Every argument of an object made with `args` that can be read, as the server has it. */
    readonly shown: Properties;
    /** An id of no object. */
    readonly absent: string;
    /** Texts that are no id of this kind. */
    readonly malformed: readonly string[];
    /** How an error says what ids look like. */
    readonly ids: RegExp;
  };
  /** What the server has, without what it keeps about the object; `undefined` when there is none. */
  live(id: string): Properties | undefined;
  /** How many objects of the kind there are. */
  count(): number;
  /** Lets requests fail; a pattern such as `PUT /api/**`. */
  inject(match: string, fault: Fault, times?: number): void;
  /** How many requests of a kind reached the server since the last call. */
  requests(match: Pattern): number;
  /** The requests that create, update and delete the object. */
  readonly writes: { readonly create: string; readonly update: string; readonly delete: string };
  close(): Promise<void>;
}

export interface LifecycleFixture {
  /** The class's name in the SDK. */
  readonly type: string;
  readonly traits: {
    /** The object itself says whose it is; one that cannot is known by its content. */
    readonly carriesMark: boolean;
    /** The object is made and deleted, rather than always there; so others can make, delete and take over one. */
    readonly isMade: boolean;
    /** Another system writes to each new object at once, so that nobody can tell whose its values are without a state. */
    readonly isTouchedAtOnce?: boolean;
    /** The object has fields that a program need not declare. */
    readonly hasOptionalFields: boolean;
  };
  start(): Promise<Bench>;
}

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function describeLifecycle({ type, traits, start }: LifecycleFixture): void {
  describe(`${type}: what every resource does`, () => {
    let bench: Bench;
    let world: TestWorld;
    let run: ResourceRun;

    beforeEach(async () => {
      bench = await start();
      world = bench.newProcess();
      run = runOf(world);
    });
    afterEach(() => bench.close());

    function runOf({ providers }: TestWorld, name = "it", stack = "dev"): ResourceRun {
      const provider = providers.byName[type];
      if (!provider) throw new Error(`no provider is called ${type}`);
      const owner = `acme/urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/x:${type}::${name}`;
      return new ResourceRun(provider, { owner, __provider: `text of ${type}` });
    }

    async function failure(action: Promise<unknown>): Promise<string> {
      const error = await action.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error, "it should have failed").toBeInstanceOf(Error);
      return (error as Error).message;
    }

    const testIf = (applies: boolean) => (applies ? test : () => {});

    const liveNow = () => bench.live(run.state?.id ?? "");

    describe("create, read, update, delete", () => {
      test("creates, and a second up changes nothing and asks nothing", async () => {
        expect(await run.up(bench.args)).toBe("create");
        expect(liveNow()).toBeDefined();
        bench.requests("* /**");
        expect(await run.up(bench.args)).toBe("same");
        expect(bench.requests("* /**")).toBe(0);
      });

      test("a second resource of one object in one program is refused before anything is sent, and told the first", async () => {
        await run.up(bench.args);
        const second = runOf(world, "second");
        bench.requests("* /**");
        const message = await failure(second.up(bench.rephrased));
        expect(message).toMatch(/manages already, as it$/);
        expect(message).not.toContain("adopt");
        expect(second.state).toBeUndefined();
        expect(bench.requests("* /**")).toBe(0);
        expect(await run.up(bench.args)).toBe("same");
      });

      test("other order and notation of the same change nothing", async () => {
        await run.up(bench.args);
        expect(await run.up(bench.rephrased)).toBe("same");
        expect(await run.refresh()).toEqual([]);
      });

      test("a refresh finds what was created as it was declared", async () => {
        await run.up(bench.args);
        const inputs = run.state?.inputs;
        expect(await run.refresh()).toEqual([]);
        expect(run.state?.inputs).toEqual(inputs);
        expect(await run.up(bench.args)).toBe("same");
      });

      test("updates in place", async () => {
        await run.up(bench.args);
        const { id } = run.state ?? {};
        expect(await run.up(bench.changed.args)).toBe("update");
        expect(run.state?.id).toBe(id);
        expect(await run.refresh()).toEqual([]);
        expect(await run.up(bench.changed.args)).toBe("same");
      });

      test("makes a new object where the old one cannot be changed", async () => {
        await run.up(bench.args);
        expect(await run.up(bench.replaced)).toBe("replace");
        expect(bench.count()).toBe(1);
        expect(await run.up(bench.replaced)).toBe("same");
      });

      test("deletes; what is gone already is no failure", async () => {
        await run.up(bench.args);
        const state = run.state;
        await run.destroy();
        expect(bench.count()).toBe(0);
        run.state = state;
        await run.destroy();
        expect(bench.count()).toBe(0);
      });
    });

    describe("arguments", () => {
      test("an argument that does not exist is refused by its name", async () => {
        const error = await run.up({ ...bench.args, colour: "blue" }).catch((reason) => reason);
        expect(error).toBeInstanceOf(CheckFailed);
        expect(error.failures).toEqual([{ property: "", reason: "colour: is not an argument of this resource" }]);
        expect(bench.requests("* /**")).toBe(0);
      });

      test("what is not known yet passes the check of a preview, whatever argument it is", async () => {
        for (const key of Object.keys(bench.args)) {
          const { inputs, failures } = await run.provider.check(
            {},
            { ...run.constants, ...bench.args, [key]: unknown },
          );
          expect(failures, key).toEqual([]);
          expect((inputs as Properties)[key], key).toBe(unknown);
        }
        expect(bench.requests("* /**")).toBe(0);
      });

      test("checking what was checked changes nothing", async () => {
        const once = (await run.provider.check({}, { ...run.constants, ...bench.args })).inputs as Properties;
        const twice = (await run.provider.check(once, once)).inputs;
        expect(twice).toEqual(once);
      });
    });

    describe("drift", () => {
      test("a colleague's change shows by its field, and the next up after a refresh repairs it", async () => {
        await run.up(bench.args);
        const wanted = liveNow();
        const field = await bench.other.changeManaged(run.state?.id ?? "");
        expect(await run.refresh()).toEqual([field]);
        expect(await run.up(bench.args)).toBe("update");
        expect(liveNow()).toEqual(wanted);
        expect(await run.refresh()).toEqual([]);
      });

      testIf(traits.hasOptionalFields)(
        "a change in what nobody declared is no drift, and survives an update",
        async () => {
          await run.up(bench.args);
          const isStillThere = await bench.other.changeUnmanaged?.(run.state?.id ?? "");
          expect(await run.refresh()).toEqual([]);
          await run.up(bench.changed.args);
          expect(isStillThere?.()).toBe(true);
        },
      );

      testIf(traits.isMade)("an object that somebody deleted is made again", async () => {
        await run.up(bench.args);
        await bench.other.remove?.(run.state?.id ?? "");
        expect(await run.refresh()).toBe("deleted");
        expect(await run.up(bench.args)).toBe("create");
        expect(bench.count()).toBe(1);
      });

      test.each([401, 403, 500, 502])("an answer %i to the read is an error and never means gone", async (status) => {
        await run.up(bench.args);
        const before = run.state;
        bench.inject("GET /**", { kind: "respond", when: "before", status, body: {} }, 10);
        expect(await failure(run.refresh())).toContain(String(status));
        expect(run.state).toEqual(before);
      });
    });

    describe("other writers", () => {
      test("an update stops before it overwrites a change of somebody else, and writes nothing", async () => {
        await run.up(bench.args);
        const id = run.state?.id ?? "";
        const field = await bench.other.changeManaged(id);
        const theirs = bench.live(id);
        bench.requests("* /**");
        const message = await failure(run.up(bench.changed.args));
        expect(message).toContain(field);
        expect(message).toContain("pulumi up --refresh");
        expect(bench.live(id)).toEqual(theirs);
        // The way out that the message names.
        await run.refresh();
        expect(await run.up(bench.changed.args)).toBe("update");
      });

      testIf(traits.isMade)(
        "an object of the same name that somebody made is refused, and taken over when told to",
        async () => {
          await bench.other.make?.();
          const message = await failure(run.up(bench.args));
          expect(message).toContain("adopt: true");
          expect(run.state).toBeUndefined();
          expect(await run.up({ ...bench.args, adopt: true })).toBe("create");
          expect(bench.count()).toBe(1);
          expect(await run.refresh()).toEqual([]);
        },
      );

      testIf(traits.isMade)("a second stack does not touch the object of the first", async () => {
        await run.up(bench.args);
        const before = liveNow();
        const second = runOf(bench.newProcess(), "it", "prod");
        await failure(second.up(bench.changed.args));
        expect(liveNow()).toEqual(before);
      });

      testIf(traits.isMade && traits.carriesMark)("nor does one whose program says the very same", async () => {
        await run.up(bench.args);
        const before = liveNow();
        const second = runOf(bench.newProcess(), "it", "prod");
        expect(await failure(second.up(bench.args))).toMatch(
          /exists already.* belongs to shop\/dev .*Nothing was changed/,
        );
        expect(second.state).toBeUndefined();
        expect(liveNow()).toEqual(before);
      });

      testIf(traits.isMade && traits.carriesMark)(
        "another resource of the same stack is not advised to take it over",
        async () => {
          await run.up(bench.args);
          const second = runOf(bench.newProcess(), "second");
          const message = await failure(second.up(bench.args));
          expect(message).toMatch(/exists already.* belongs to another resource of this stack\. Nothing was changed\./);
          expect(message).toContain('"aliases"');
          expect(message).not.toContain("adopt");
        },
      );

      test("of two resources of one object the one that has made it goes on, whichever the engine asks first", async () => {
        await run.up(bench.args);
        const later = bench.newProcess();
        const [kept, second] = [runOf(later), runOf(later, "second")];
        kept.state = run.state;
        // What carries no mark is taken for its own; what does is refused.
        await second.up(bench.args).catch(() => undefined);
        expect(await kept.up(bench.args)).toBe("same");
        const adopting = traits.isMade ? { ...bench.args, adopt: true } : bench.args;
        expect(await failure(second.up(adopting))).toMatch(/manages already, as it$/);
      });

      testIf(traits.carriesMark)("an object that another stack took over is neither updated nor deleted", async () => {
        await run.up(bench.args);
        const second = runOf(bench.newProcess(), "it", "prod");
        await second.up({ ...bench.args, adopt: true });
        const theirs = liveNow();
        await failure(run.up(bench.changed.args));
        await run.destroy();
        expect(bench.live(second.state?.id ?? "")).toEqual(theirs);
      });
    });

    describe("a lookup", () => {
      const looked = (process = bench.newProcess()) => runOf(process, "looked");
      const writes = /^(POST|PUT|PATCH|DELETE) (?!\/(api\/session|csp)\/)/;

      test("shows each argument as the server has it, what steers the provider and what is never shown left open", async () => {
        await run.up(bench.args);
        const outputs = await looked().get(run.state?.id ?? "");
        expect(outputs).toMatchObject(bench.lookup.shown);
        const open = ["adopt", "onDelete", "waitForRealization", "privateKey", "password"];
        expect(open.filter((key) => (outputs[key] ?? null) !== null)).toEqual([]);
      });

      test("shows the outputs of the resource that manages the object, and nothing that only its state needs", async () => {
        await run.up(bench.args);
        // Where another system tags each new segment, the stack has seen it so.
        await run.refresh();
        const outputs = await looked().get(run.state?.id ?? "");
        const memory = /^(owner|ownerMark|effective|seen|stamp|unreadableFiles|undeclaredFiles|memberVersions)$/;
        expect(Object.keys(outputs).filter((key) => memory.test(key))).toEqual([]);
        const ofState = Object.entries(run.state?.outputs ?? {});
        const own = ofState.filter(([key]) => !memory.test(key) && !(key in bench.args) && key !== "realization");
        expect(outputs).toMatchObject(Object.fromEntries(own));
      });

      test("knows every argument and output in a preview, also those that are not there", async () => {
        await run.up(bench.args);
        const outputs = await looked().get(run.state?.id ?? "");
        expect(Object.keys(bench.args).filter((key) => !(key in outputs))).toEqual([]);
      });

      test("shows what others have changed, each time anew", async () => {
        await run.up(bench.args);
        const id = run.state?.id ?? "";
        const before = await looked().get(id);
        const field = await bench.other.changeManaged(id);
        const after = await looked().get(id);
        expect(after[field]).not.toEqual(before[field]);
        expect(await looked().refreshLooked(id, before)).toEqual(after);
      });

      test("writes nothing, and warns of nothing", async () => {
        await run.up(bench.args);
        const id = run.state?.id ?? "";
        const before = bench.live(id);
        await bench.other.changeManaged(id);
        const process = bench.newProcess();
        bench.requests(writes);
        const outputs = await looked(process).get(id);
        await looked(process).refreshLooked(id, outputs);
        await failure(looked(process).get(bench.lookup.absent));
        expect(bench.requests(writes)).toBe(0);
        expect(bench.live(id)).not.toEqual(before);
        expect(process.warnings).toEqual([]);
      });

      test("of what does not exist fails with the server's words, and with what ids look like", async () => {
        const { absent, ids } = bench.lookup;
        const message = await failure(looked().get(absent));
        expect(message).toContain(`${type} ${absent}: read failed. There is no such object: GET `);
        expect(message).toMatch(/answered 40[04]( \(.*\))?: ./);
        expect(message).toMatch(ids);
      });

      test("of what is no id fails before anything is sent", async () => {
        const { malformed, ids } = bench.lookup;
        bench.requests("* /**");
        for (const id of ["", ...malformed]) {
          const message = await failure(looked().get(id));
          expect(message, id).toContain(`${JSON.stringify(id)} is no id of this kind`);
          expect(message, id).toMatch(ids);
        }
        expect(bench.requests("* /**")).toBe(0);
      });

      test.each([401, 403, 500, 502])(
        "an answer %i is an error, and never means that there is none",
        async (status) => {
          await run.up(bench.args);
          bench.inject("GET /**", { kind: "respond", when: "before", status, body: {} }, 10);
          const message = await failure(looked().get(run.state?.id ?? ""));
          expect(message).toContain(String(status));
          expect(message).not.toContain("There is no such object");
        },
      );

      testIf(traits.isMade)("of what has been deleted since is taken out of the state by a refresh", async () => {
        await run.up(bench.args);
        const id = run.state?.id ?? "";
        const outputs = await looked().get(id);
        await bench.other.remove?.(id);
        expect(await looked().refreshLooked(id, outputs)).toBe("deleted");
        await failure(looked().get(id));
      });
    });

    describe("interruptions", () => {
      test("a create whose result was lost is found again", async () => {
        await run.up(bench.args);
        const again = runOf(bench.newProcess());
        expect(await again.up(bench.args)).toBe("create");
        expect(bench.count()).toBe(1);
        expect(await again.refresh()).toEqual([]);
      });

      testIf(traits.carriesMark && !traits.isTouchedAtOnce)("also when the program has changed since", async () => {
        await run.up(bench.args);
        const again = runOf(bench.newProcess());
        expect(await again.up(bench.changed.args)).toBe("create");
        expect(bench.count()).toBe(1);
        expect(await again.refresh()).toEqual([]);
      });

      test("a replacement that creates first does not delete what it has just adopted", async () => {
        await run.up(bench.args);
        const replacement = runOf(world);
        await replacement.up(bench.args);
        await run.destroy();
        expect(bench.count()).toBe(1);
        await replacement.destroy();
        expect(bench.count()).toBe(0);
      });

      const lost: [string, Fault][] = [
        ["the connection is reset before the server acts", { kind: "reset", when: "before" }],
        ["the connection is reset after the server acted", { kind: "reset", when: "after" }],
        ["the answer is cut", { kind: "cut" }],
        ["the answer is broken JSON", { kind: "wrongJson" }],
        ["a proxy answers 502 with HTML", { kind: "html502" }],
        ["the server answers 500 after it acted", { kind: "respond", when: "after", status: 500, body: {} }],
        ["the server answers 503 and did nothing", { kind: "retryAfter", status: 503, seconds: 1, as: "date" }],
        ["the server answers 429 and did nothing", { kind: "retryAfter", status: 429, seconds: 1, as: "seconds" }],
        ["the server answers 503 after it acted", { kind: "respond", when: "after", status: 503, body: {} }],
      ];

      test.each(lost)("create, when %s", async (_, fault) => {
        bench.inject(bench.writes.create, fault);
        expect(await run.up(bench.args)).toBe("create");
        expect(bench.count()).toBe(1);
        expect(await run.refresh()).toEqual([]);
        expect(await run.up(bench.args)).toBe("same");
      });

      test.each(lost)("update, when %s", async (_, fault) => {
        await run.up(bench.args);
        bench.inject(bench.writes.update, fault);
        expect(await run.up(bench.changed.args)).toBe("update");
        expect(await run.refresh()).toEqual([]);
        expect(await run.up(bench.changed.args)).toBe("same");
      });

      test.each(lost)("delete, when %s", async (_, fault) => {
        await run.up(bench.args);
        bench.inject(bench.writes.delete, fault);
        await run.destroy();
        expect(bench.count()).toBe(0);
      });

      test.each([1, 1_000, 60_000])("answers that take %i ms are waited for", async (milliseconds) => {
        world.slowDown(milliseconds);
        expect(await run.up(bench.args)).toBe("create");
        expect(await run.refresh()).toEqual([]);
        expect(await run.up(bench.changed.args)).toBe("update");
        expect(await run.up(bench.changed.args)).toBe("same");
        await run.destroy();
        expect(bench.count()).toBe(0);
      });

      test("a server that never answers a write as it should ends in its words, soon", async () => {
        await run.up(bench.args);
        bench.inject(bench.writes.delete, { kind: "html502" }, 1_000);
        bench.requests("* /**");
        expect(await failure(run.destroy())).toContain("502");
        expect(bench.requests("* /**")).toBeLessThan(40);
        expect(run.state).toBeDefined();
      });

      test("a rename changes the owner and keeps the object", async () => {
        await run.up(bench.args);
        const id = run.state?.id;
        const renamed = runOf(bench.newProcess(), "other");
        renamed.state = run.state;
        expect(await renamed.up(bench.args)).toBe("update");
        expect(renamed.state?.id).toBe(id);
        expect(await renamed.up(bench.args)).toBe("same");
        await renamed.destroy();
        expect(bench.count()).toBe(0);
      });
    });
  });
}
