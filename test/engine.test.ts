import { expect, test } from "vitest";
import { resources } from "../provider/resources.ts";
import { describeLifecycle } from "./engine/lifecycle.ts";
import { fixtures } from "./fixtures/index.ts";

test("every kind of resource has a fixture, by which it passes the suites", () => {
  expect(fixtures.map(({ name }) => name)).toEqual(resources.map(({ definition }) => definition.name));
});

for (const fixture of fixtures) describeLifecycle(fixture);
