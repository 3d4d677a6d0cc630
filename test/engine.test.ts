import { expect, test } from "vitest";
import * as sdk from "../sdk/index.ts";
import { describeLifecycle } from "./engine/lifecycle.ts";
import { fixtures } from "./fixtures/index.ts";

/** Classes that still owe their fixture; the list only ever gets shorter. */
const withoutFixture = ["Certificate", "NginxConfig", "Role"];

test("every class of the SDK has a fixture, by which it passes the suites, or owes it", () => {
  const classes = Object.entries(sdk).filter(([, value]) => typeof value === "function" && "__pulumiType" in value);
  const known = [...fixtures.map(({ name }) => name), ...withoutFixture];
  expect(known.sort()).toEqual(classes.map(([name]) => name).sort());
});

for (const fixture of fixtures) describeLifecycle(fixture);
