import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FixtureSystem, fixtures } from "../fixtures/index.ts";
import { Workspace } from "../pulumi.ts";
import { driftCheck, failingUp, program, resource } from "./stack.ts";

describe.each(fixtures)("$name on the real engine", { timeout: 60_000 }, (fixture) => {
  let system: FixtureSystem;
  let stack: Workspace;
  let ids: Record<string, string>;
  const declare = (one: object, ...others: object[]) =>
    program(...[one, ...others].map((args, index) => resource(fixture.name, `r${index + 1}`, args)));

  beforeAll(async () => {
    system = await fixture.start();
    stack = await Workspace.create({
      config: system.config,
      env: system.env,
      program: declare(system.args(1), system.args(2), system.args(3)),
    });
  });
  afterAll(async () => {
    await stack?.remove();
    await system?.close();
  });

  // The tests go on from each other, as the life of a stack does.
  test("up creates what the program says", async () => {
    const { stdout } = await stack.up();
    expect(stdout).toContain("+ 4 created");
    const made = await stack.resources(fixture.type);
    ids = Object.fromEntries(made.map(({ urn, id = "" }) => [urn.split("::").at(-1), id]));
    expect(system.live().sort()).toEqual(Object.values(ids).sort());
  });

  test("up with nothing to do sends not a single request", async () => {
    system.requests.reset();
    await stack.up(["--expect-no-changes"]);
    expect(system.requests.all()).toEqual([]);
  });

  test("after up there is no drift", async () => {
    await driftCheck(stack, 0);
  });

  test("a colleague's change is drift: exit code 7, and the field by its name", async () => {
    await system.drift(ids.r2 ?? "");
    const stdout = await driftCheck(stack, 7);
    expect(stdout).toMatch(new RegExp(`~ ${system.driftField} *:`));
    expect(stdout).toContain("~ 1 to update");
  });

  test("up --refresh takes it back", async () => {
    expect((await stack.up(["--refresh"])).stdout).toContain("~ 1 updated");
    await driftCheck(stack, 0);
  });

  test("a change in the program updates in place, a deleted object is made again", async () => {
    await system.remove?.(ids.r3 ?? "");
    await stack.writeProgram(declare(system.inPlace(1), system.args(2), system.args(3)));
    const { stdout } = await stack.up(["--refresh", "--diff"]);
    expect(stdout).toMatch(new RegExp(`~ ${system.inPlaceField} *:`));
    expect(stdout).toMatch(system.remove ? /\+ 1 created\n *~ 1 updated/ : /~ 1 updated/);
    expect(system.live()).toHaveLength(3);
  });

  test("what needs a new object deletes the old one first", async () => {
    system.requests.reset();
    await stack.writeProgram(declare(system.inPlace(1), system.replacement(2), system.args(3)));
    const { stdout } = await stack.up();
    expect(stdout).toMatch(/\+-1 replaced|1 replaced/);
    const writes = system.requests
      .all()
      .filter(({ method, path }) => method !== "GET" && !path.startsWith("/api/session"));
    expect(writes.map(({ method }) => method)).toEqual(system.replacing);
    expect(system.live()).toHaveLength(3);
    expect(system.live()).not.toContain(ids.r2);
  });

  test("a wrong argument stops the run before anything is sent, by its name and without a stack trace", async () => {
    system.requests.reset();
    await stack.writeProgram(declare(system.invalid));
    expect(await failingUp(stack)).toContain(system.invalidField);
    expect(system.requests.all()).toEqual([]);
  });

  test("destroy leaves nothing", async () => {
    await stack.destroy();
    expect(system.live()).toEqual([]);
    expect(await stack.resources()).toEqual([]);
  });
});
