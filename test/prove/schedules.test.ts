// Nobody's change is lost, in whatever order requests meet. The short form: `npm run prove` tries it all.

import { beforeAll, describe, expect, test } from "vitest";
import { ConnectionError } from "../../provider/travel/errors.ts";
import { type Arena, createArena, madeWith, ownerOf, segmentPath } from "./arena.ts";
import { controls } from "./controls.ts";
import { runAll } from "./exhaustive.ts";
import { runRandomly } from "./random.ts";
import { against, deleteWindow, pairs, strategies, triples } from "./scenarios.ts";
import { Tally } from "./tally.ts";

let arena: Arena;
beforeAll(async () => {
  arena = await createArena();
});

const clean = { losses: 0, untrue: 0, falseConflicts: 0, examples: [] };

describe.each(strategies)("%s: our provider and one other writer, every order of their requests", (_, settings) => {
  test.each(pairs(settings))("$name", async (scenario) => {
    const tally = new Tally();
    await runAll(arena, { ...scenario, switches: {} }, { steps: 4, mishaps: 0 }, tally);
    expect(tally.schedules).toBeGreaterThan(1);
    expect(tally).toMatchObject(clean);
  });

  test.each(pairs(settings))("$name, and one mishap at each request of ours", async (scenario) => {
    const tally = new Tally();
    await runAll(arena, { ...scenario, switches: {} }, { steps: 2, mishaps: 1 }, tally);
    expect(tally).toMatchObject(clean);
  });

  test.each(triples(settings))("three writers, every order of two steps each: $name", async (scenario) => {
    const tally = new Tally();
    await runAll(arena, { ...scenario, switches: {} }, { steps: 2, mishaps: 0 }, tally);
    expect(tally).toMatchObject(clean);
  });

  test("by chance, with mishaps", async () => {
    const tally = new Tally();
    await runRandomly(arena, { schedules: 500, seed: 1, settings }, tally);
    expect(tally).toMatchObject(clean);
  });
});

describe.each(Object.entries(controls))("the checker convicts %s", (_, control) => {
  test.each(against(control()).slice(1, 2))("that meets $name", async (scenario) => {
    const tally = new Tally();
    await runAll(arena, { ...scenario, switches: {} }, { steps: 4, mishaps: 0 }, tally);
    expect(tally.losses).toBeGreaterThan(0);
  });
});

test("what is made again between NSX's GET and DELETE goes with it, and nothing else does", async () => {
  const tally = new Tally();
  await runAll(arena, { ...deleteWindow({}), switches: {} }, { steps: 4, mishaps: 0 }, tally);
  expect(tally).toMatchObject({ ...clean, schedules: 5, unnoticeable: 1 });
});

test("a segment that was made again is not taken for the known one because its revision is the same", async () => {
  const state = arena.restart({}, true);
  const ours = arena.provider("ours", {});
  arena.control.delete(segmentPath, "alice", true);
  // By another run of this very stack at the same time, with another program.
  const owner = ownerOf("dev");
  await arena.provider("twin", {}).create({ ...madeWith, description: "made again", owner });
  expect(arena.control.object(segmentPath)?._revision).toBe(state.revision);
  const update = () => ours.update(segmentPath, { ...state, owner }, { ...madeWith, description: "ours", owner });
  await expect(update()).rejects.toThrow('description: last applied "as made", now "made again", wanted "ours"');
});

test("one that an earlier run of this very stack has made again, and was then interrupted, is its own", async () => {
  const state = arena.restart({}, true);
  arena.control.delete(segmentPath, "alice", true);
  const owner = ownerOf("dev");
  await arena.provider("twin", {}).create({ ...madeWith, description: "made again", owner });
  await arena
    .provider("ours", {})
    .update(segmentPath, { ...state, owner }, { ...madeWith, description: "ours", owner });
  expect(arena.control.object(segmentPath)).toMatchObject({ _revision: 1, description: "ours" });
});

test("a create whose answer was lost has not seen what somebody did before it was found again", async () => {
  arena.restart({}, false);
  const owner = ownerOf("dev");
  arena.setChannel("ours", async (request) => {
    const answer = await arena.send("ours", request);
    if (request.method !== "PUT" || request.body?.includes("_revision")) return answer;
    arena.control.change(segmentPath, { admin_state: "DOWN" }, "bob");
    throw new ConnectionError("the answer was lost", true);
  });
  const ours = arena.provider("ours", {});
  const { outs } = await ours.create({ ...madeWith, owner });
  const update = ours.update(segmentPath, outs ?? {}, { ...madeWith, description: "ours", owner });
  await expect(update).rejects.toThrow('adminState: last applied "UP", now "DOWN", wanted "UP"');
});
