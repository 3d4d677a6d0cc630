import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fixture } from "../fixtures/index.ts";
import {
  CheckFailed,
  destroy,
  plan,
  type Registration,
  type ResourceState,
  refresh,
  unknown,
  up,
} from "../tools/engine.ts";
import { installedPackage } from "./installed.ts";
import { ProviderProcess } from "./process.ts";

/** The text that loads a provider, exactly as it stands in every state: it can never change. */
export const textInState = (name: string) => `exports.handler=()=>require("pulumi-nginx-nsx/provider").${name}`;

/** What the SDK registers for a resource of the stack `dev` (`engine.sdk.test.ts` holds it to that). */
export function register(fixture: Pick<Fixture, "name" | "type">, name: string, args: object): Registration {
  const urn = `urn:pulumi:dev::test::${fixture.type}::${name}`;
  return { urn, inputs: { ...args, __provider: textInState(fixture.name), owner: `organization/${urn}` } };
}

/** What holds for every kind of resource, through Pulumi's own server and the installed package. */
export function describeLifecycle(fixture: Fixture): void {
  describe(`${fixture.name} in Pulumi's provider process`, () => {
    let system: Awaited<ReturnType<Fixture["start"]>>;
    let provider: ProviderProcess;
    let number = 0;
    const processes: ProviderProcess[] = [];

    async function start(env: Record<string, string> = {}): Promise<ProviderProcess> {
      const folder = await installedPackage();
      const started = await ProviderProcess.start({
        folder,
        config: system.config,
        env: { ...system.env, ...env },
      });
      processes.push(started);
      return started;
    }

    async function created(args = system.args(number)): Promise<ResourceState> {
      return (await up(provider, register(fixture, `r${number}`, args))).state;
    }

    /** Reads that fail, until the end of the test. */
    function failReads(status: number): void {
      const fault = { kind: "respond", when: "before", status, body: { error_message: "no" } } as const;
      system.faults.inject({ match: system.reads, fault, times: "always" });
    }

    const { isMade, knowsItsOwn, canBeHalfMade, saysWho } = fixture.traits;
    const { saysFound = isMade ? /adopted/ : undefined } = fixture.traits;
    const testIf = (applies: boolean) => (applies ? test : () => {});

    beforeAll(async () => {
      system = await fixture.start();
      provider = await start();
    }, 600_000);
    // Each test has an object of its own.
    beforeEach(() => {
      number += 1;
      system.faults.clear();
    });
    afterAll(async () => {
      await Promise.all(processes.map((process) => process.stop()));
      await system.close();
    });

    test("creates, finds nothing to do, updates, replaces, deletes, and deletes again", async () => {
      const before = system.live();
      const own = () => system.live().filter((id) => !before.includes(id));
      const resource = (args: object) => register(fixture, "all", args);
      const first = await up(provider, resource(system.args(number)));
      expect(first.step).toBe("create");
      expect(own()).toEqual([first.state.id]);
      expect((await refresh(provider, first.state)).changed).toBe(false);
      expect((await up(provider, resource(system.args(number)), first.state)).step).toBe("same");

      const second = await up(provider, resource(system.inPlace(number)), first.state);
      expect(second).toMatchObject({ step: "update", state: { id: first.state.id } });
      expect(second.state.outputs[system.inPlaceField]).toEqual(system.inPlace(number)[system.inPlaceField]);
      expect((await refresh(provider, second.state)).changed).toBe(false);

      const third = await up(provider, resource(system.replacement(number)), second.state);
      expect(third.step).toBe("replace");
      expect(own()).toEqual([third.state.id]);
      await destroy(provider, third.state);
      await destroy(provider, third.state);
      expect(own()).toEqual([]);
      expect(provider.stderr).toBe("");
    });

    test("every state holds the provider's text, the owner, and no password", async () => {
      const { inputs, outputs } = await created();
      for (const part of [inputs, outputs]) {
        expect(part).toMatchObject({ __provider: textInState(fixture.name), owner: expect.stringContaining("urn:") });
      }
      expect(JSON.stringify({ inputs, outputs })).not.toContain(system.password);
    });

    test("a colleague's change is drift under the argument's name, and up after a refresh takes it back", async () => {
      const state = await created();
      await system.drift(state.id);
      const drift = await refresh(provider, state);
      expect(drift.changed).toBe(true);
      const read = drift.state as ResourceState;
      const changed = Object.keys(state.inputs).filter(
        (key) => JSON.stringify(read.inputs[key]) !== JSON.stringify(state.inputs[key]),
      );
      expect(changed).toEqual([system.driftField]);
      const repaired = await up(provider, register(fixture, `r${number}`, system.args(number)), read);
      expect(repaired.step).toBe("update");
      expect((await refresh(provider, repaired.state)).changed).toBe(false);
    });

    testIf(isMade)("an object that somebody deleted is gone, and made again", async () => {
      const state = await created();
      await system.remove?.(state.id);
      expect(await refresh(provider, state)).toEqual({ state: undefined, changed: true });
      // Under its name, or under a uid of its own.
      const { id } = await created();
      expect(system.live()).toContain(id);
    });

    test.each([401, 403, 500])(
      "an answer of %d to a read is an error, never an object that is gone",
      async (status) => {
        const state = await created();
        failReads(status);
        await expect(refresh(provider, state)).rejects.toThrow(new RegExp(`${state.id}.*${status}`, "s"));
        system.faults.clear();
        expect((await refresh(provider, state)).changed).toBe(false);
        // What the process prints stands unlabelled under the stack.
        expect(provider.stderr).toBe("");
      },
    );

    test("another process deletes what an earlier one made", async () => {
      const state = await created();
      const later = await start();
      await destroy(later, state);
      expect(system.live()).not.toContain(state.id);
    });

    test("the first calls of a process may come together: all see the configuration", async () => {
      const fresh = await start();
      const many = [10, 11, 12, 13].map((offset) => number + offset);
      const states = await Promise.all(
        many.map(async (n) => (await up(fresh, register(fixture, `r${n}`, system.args(n)))).state),
      );
      expect(system.live()).toEqual(expect.arrayContaining(states.map(({ id }) => id)));
      await Promise.all(states.map((state) => destroy(fresh, state)));
    });

    test("a preview passes values that are not known yet, and sends nothing", async () => {
      const state = await created();
      const sent = system.requests.count();
      const args = { ...system.args(number), [system.textField]: unknown };
      const fresh = await plan(provider, register(fixture, `r${number}`, args));
      expect(fresh).toMatchObject({ step: "create", inputs: { [system.textField]: unknown } });
      expect(await plan(provider, register(fixture, `r${number}`, args), state)).toMatchObject({ step: "update" });
      expect(system.requests.count()).toBe(sent);
    });

    test("a wrong argument is refused by its name, and nothing is sent", async () => {
      const sent = system.requests.count();
      const refused = await up(provider, register(fixture, "bad", system.invalid)).catch((error) => error);
      expect(refused).toBeInstanceOf(CheckFailed);
      expect(refused.message).toContain(system.invalidField);
      expect(system.requests.count()).toBe(sent);
    });

    testIf(canBeHalfMade)(
      "what exists but is not finished is saved with the reason, and finished by the next up",
      async () => {
        system.hinder?.(number, "the pool is empty");
        const state = await created();
        expect(state.initErrors).toEqual([expect.stringMatching(/the pool is empty[\s\S]*pulumi up/)]);
        expect(state.outputs).toMatchObject({ __provider: textInState(fixture.name) });
        expect(system.live()).toContain(state.id);
        // A refresh forgets the reason, not that something is left to do.
        const read = (await refresh(provider, state)).state as ResourceState;
        expect(read.initErrors).toBeUndefined();
        system.hinder?.(number);
        const healed = await up(provider, register(fixture, `r${number}`, system.args(number)), read);
        expect(healed).toMatchObject({ step: "update", state: { id: state.id } });
        expect((await up(provider, register(fixture, `r${number}`, system.args(number)), healed.state)).step).toBe(
          "same",
        );
      },
    );

    testIf(canBeHalfMade)("an update that is not finished is saved with the reason, and can be deleted", async () => {
      const state = await created();
      system.hinder?.(number, "the pool is empty");
      const { state: half } = await up(provider, register(fixture, `r${number}`, system.inPlace(number)), state);
      expect(half.initErrors).toEqual([expect.stringContaining("the pool is empty")]);
      // What is not made is not deleted either, but changed back, which the same reason would hinder.
      if (!isMade) system.hinder?.(number);
      await destroy(provider, half);
      expect(system.live()).not.toContain(state.id);
    });

    test("a create whose answer was lost is found again, and said under the resource", async () => {
      const lost = await created();
      const told = () => provider.log.entries.filter(({ urn }) => urn === lost.urn);
      const before = told().length;
      const again = await created();
      expect(again.id).toBe(lost.id);
      const adopted = {
        urn: lost.urn,
        severity: "warning",
        ephemeral: false,
        message: expect.stringMatching(saysFound ?? ""),
      };
      expect(told().slice(before)).toEqual(saysFound ? [adopted] : []);
      // The first object's state no longer describes it: whoever holds that must not delete it.
      await destroy(provider, lost);
      expect(system.live()).toContain(again.id);
      await destroy(provider, again);
      expect(system.live()).not.toContain(again.id);
    });

    test("a replacement that is forced to create before it deletes keeps the object that both are", async () => {
      const state = await created();
      const args = knowsItsOwn ? system.inPlace(number) : system.args(number);
      const changed = register(fixture, `r${number}`, args);
      const forced = await up(provider, changed, state, { replace: true, deleteBeforeReplace: false });
      expect(forced).toMatchObject({ step: "replace", state: { id: state.id } });
      expect(system.live()).toContain(state.id);
      expect((await up(provider, changed, forced.state)).step).toBe("same");
      await destroy(provider, forced.state);
      expect(system.live()).not.toContain(state.id);
    });

    testIf(isMade)("an object made by hand is refused, and taken over when the program says so", async () => {
      system.makeByHand?.(number, "carol");
      await expect(created()).rejects.toThrow(saysWho ? /carol[\s\S]*adopt: true/ : /exists already[\s\S]*adopt: true/);
      const adopted = await created({ ...system.args(number), adopt: true });
      expect(system.live()).toContain(adopted.id);
      expect((await refresh(provider, adopted)).changed).toBe(false);
    });
  });
}
