import { expect, test } from "vitest";
import * as sdk from "../../sdk/index.ts";
import { fixtures } from "../fixtures/index.ts";
import { describeLifecycle } from "./lifecycle.ts";

test("every class of the SDK has a fixture, by which it passes the suites", () => {
  const classes = Object.entries(sdk).filter(([, value]) => typeof value === "function" && "__pulumiType" in value);
  expect(fixtures.map(({ name }) => name).sort()).toEqual(classes.map(([name]) => name).sort());
});

for (const fixture of fixtures) describeLifecycle(fixture);
