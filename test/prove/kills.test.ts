// Wherever a process dies, the next `up` ends with one object and the one after it has nothing to do.
import { expect, test } from "vitest";
import { resources } from "../../provider/resources.ts";
import { fixtures } from "../fixtures/index.ts";
import { type Kills, killEverywhere } from "./kills.ts";

test("every kind of resource is killed", () => {
  const names = resources.map(({ definition }) => definition.name);
  expect(fixtures.map(({ name }) => name).sort()).toEqual([...names].sort());
});

test.each(fixtures)(
  "$name, killed at every boundary of every request of every operation",
  { timeout: 600_000 },
  async (fixture) => {
    const kills: Kills = { tried: 0, converged: 0, failures: [] };
    await killEverywhere(fixture, kills);
    expect(kills.failures).toEqual([]);
    expect(kills.tried).toBeGreaterThanOrEqual(50);
    expect(kills.converged).toBe(kills.tried);
  },
);
