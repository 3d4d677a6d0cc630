import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { groupInputs } from "../../provider/nim/group.ts";
import type { GroupInputs } from "../../provider/nim/groupTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { describeLifecycle } from "../tools/lifecycleSuite.ts";
import type { Properties } from "../tools/stack.ts";
import { wordings } from "../tools/switchPositions.ts";
import { type AccountBench, groupRef, positions, role, runOn, startAccountBench } from "./account.bench.ts";

const args = {
  name: "day",
  description: "Runs the shop by day",
  roles: ["operators", "auditors"],
} satisfies GroupInputs;

const start = (options: NimSimulatorOptions = {}) =>
  startAccountBench(
    {
      collection: "groups",
      args,
      changed: { args: { ...args, description: "Runs the shop till ten" }, field: "description" },
      replaced: { ...args, name: "evening" },
      rephrased: { ...args, roles: ["auditors", "operators"] },
      shown: {
        name: "day",
        // What NIM has where nobody has given a text.
        displayName: "",
        description: "Runs the shop by day",
        roles: ["operators", "auditors"],
      },
      ids: /The id of a group is its name\.$/,
    },
    options,
  );

const traits = { carriesMark: false, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "Group", traits, start });
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "Group", traits, start: () => start({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "Group", traits, start: () => start({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof groupInputs>>().toEqualTypeOf<GroupInputs>();
});

describe("a group", () => {
  let bench: AccountBench;
  const begin = async (options: NimSimulatorOptions = {}) => {
    bench = await start(options);
    return runOn(bench, "Group");
  };
  afterEach(() => bench.close());

  test.each<[string, Properties, RegExp]>([
    ["named like a path to a role", { name: "../roles/admin" }, /^name: must be a name and no path/],
    ["with one role twice", { roles: ["operators", "operators"] }, /^roles\[1\]: is there twice/],
  ])("%s is refused before anything is sent", async (_, more, message) => {
    const run = await begin();
    await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
    expect(bench.requests("* /**")).toBe(0);
  });

  test("with a role that does not exist is refused in NIM's words, with the way out", async () => {
    const run = await begin();
    await expect(run.up({ ...args, roles: ["ghost"] })).rejects.toThrow(/NIM has no role ghost\. Make it first/);
    expect(bench.count()).toBe(0);
  });

  test("in which somebody is, is not deleted, and the error says who", async () => {
    const run = await begin();
    await run.up(args);
    const user = (name: string, groups: Properties[]) =>
      bench.simulator.control.write("users", name, { metadata: { name }, userDef: { groups } }, "alice");
    user("ann", [groupRef("day")]);
    user("bea", [groupRef("shop")]);
    await expect(run.destroy()).rejects.toThrow(
      "It is held by user ann. Take the group from the users who are in it, and try again.",
    );
    user("ann", []);
    await run.destroy();
    expect(bench.count()).toBe(0);
  });

  test.each(nimSwitches.groupDefinition.values)("gives its roles whatever NIM calls that part (%s)", async (called) => {
    const run = await begin({ switches: { groupDefinition: called } });
    await run.up({ name: "day", roles: ["operators"] });
    await run.up({ name: "day", roles: ["auditors"] });
    expect(bench.live("day")?.[called]).toEqual({ roles: [role("auditors")] });
  });
});
