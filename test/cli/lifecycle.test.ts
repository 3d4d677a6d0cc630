import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, type FixtureSystem, fixtures } from "../fixtures/index.ts";
import { type Systems, startSystems } from "../fixtures/systems.ts";
import { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failingUp, program, resource } from "./stack.ts";

type Arguments = Record<string, unknown>;

// All kinds in one stack, since a run of the engine takes seconds whatever there is to do.
describe("the life of a stack", { timeout: 600_000 }, () => {
  let systems: Systems;
  let stack: Workspace;
  let kinds: (FixtureSystem & { fixture: Fixture; ids: Record<string, string> })[];

  /** Three resources of each kind. */
  const declare = (argumentsOf: (kind: FixtureSystem) => Arguments[]) =>
    program(
      ...kinds.flatMap((kind) =>
        argumentsOf(kind).map((args, index) => resource(kind.fixture.name, `r${index + 1}`, args)),
      ),
    );
  const requests = () => [...systems.nsx.control.requests.all(), ...systems.nim.control.requests.all()];
  function forgetRequests(): void {
    systems.nsx.control.requests.reset();
    systems.nim.control.requests.reset();
  }

  beforeAll(async () => {
    systems = await startSystems();
    kinds = await Promise.all(fixtures.map(async (fixture) => ({ ...(await fixture.on(systems)), fixture, ids: {} })));
    const first = declare(({ args }) => [args(1), args(2), args(3)]);
    stack = await Workspace.create({ config: systems.config, env: systems.env, program: first });
  });
  afterAll(async () => {
    await stack?.remove();
    await systems?.close();
  });

  // The tests go on from each other, as the life of a stack does.
  test("up creates what the program says", async () => {
    const { stdout } = await stack.up();
    expect(stdout).toContain(`+ ${3 * kinds.length + 1} created`);
    const made = await stack.resources();
    for (const kind of kinds) {
      const own = made.filter(({ type }) => type === kind.fixture.type);
      kind.ids = Object.fromEntries(own.map(({ urn, id = "" }) => [urn.split("::").at(-1), id]));
      expect(kind.live().sort(), kind.fixture.name).toEqual(Object.values(kind.ids).sort());
      expect(kind.live(), kind.fixture.name).toHaveLength(3);
    }
  });

  test("up with nothing to do sends not a single request", async () => {
    forgetRequests();
    await stack.up(["--expect-no-changes"]);
    expect(requests()).toEqual([]);
  });

  test("after up there is no drift", async () => {
    await driftCheck(stack, 0);
  });

  test("a colleague's change is drift: exit code 7, and the field by its name", async () => {
    for (const { drift, ids } of kinds) await drift(ids.r2 ?? "");
    const stdout = await driftCheck(stack, 7);
    for (const { driftField } of kinds) expect(stdout).toMatch(new RegExp(`~ ${driftField} *:`));
    expect(stdout).toContain(`~ ${kinds.length} to update`);
  });

  test("up --refresh takes it back", async () => {
    expect((await stack.up(["--refresh"])).stdout).toContain(`~ ${kinds.length} updated`);
    await driftCheck(stack, 0);
  });

  test("a change in the program updates in place, a deleted object is made again", async () => {
    const removable = kinds.filter(({ remove }) => remove);
    for (const { remove, ids } of removable) await remove?.(ids.r3 ?? "");
    await stack.writeProgram(declare(({ args, inPlace }) => [inPlace(1), args(2), args(3)]));
    const { stdout } = await stack.up(["--refresh", "--diff"]);
    for (const { inPlaceField } of kinds) expect(stdout).toMatch(new RegExp(`~ ${inPlaceField} *:`));
    expect(stdout).toMatch(new RegExp(`\\+ ${removable.length} created\\n *~ ${kinds.length} updated`));
    for (const { live, fixture } of kinds) expect(live(), fixture.name).toHaveLength(3);
  });

  test("what needs a new object gets it, and the old one goes: first where both cannot be there at once", async () => {
    forgetRequests();
    await stack.writeProgram(declare(({ args, inPlace, replacement }) => [inPlace(1), replacement(2), args(3)]));
    expect((await stack.up()).stdout).toMatch(new RegExp(`${kinds.length} replaced`));
    for (const { fixture, requests, writes, replacing, live, ids } of kinds) {
      const sent = requests.find(writes).map(({ method }) => method);
      expect(sent, fixture.name).toEqual(replacing);
      expect(live(), fixture.name).toHaveLength(3);
      expect(live(), fixture.name).not.toContain(ids.r2);
    }
  });

  test("a wrong argument stops the run before anything is sent, by its name and without a stack trace", async () => {
    forgetRequests();
    await stack.writeProgram(declare(({ invalid }) => [invalid]));
    const output = await failingUp(stack);
    // The engine stops at the first one; `engine.test.ts` has each.
    expect(kinds.filter(({ invalidField }) => output.includes(invalidField))).not.toEqual([]);
    expect(requests()).toEqual([]);
  });

  test("destroy leaves nothing", async () => {
    await stack.destroy();
    for (const { live, fixture } of kinds) expect(live(), fixture.name).toEqual([]);
    expect(await stack.resources()).toEqual([]);
  });
});
