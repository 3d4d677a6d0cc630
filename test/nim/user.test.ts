import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { userInputs } from "../../provider/nim/user.ts";
import type { UserInputs } from "../../provider/nim/userTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { describeLifecycle } from "../tools/lifecycleSuite.ts";
import type { Properties } from "../tools/stack.ts";
import { wordings } from "../tools/switchPositions.ts";
import { type AccountBench, groupRef, positions, role, runOn, startAccountBench } from "./account.bench.ts";
import { api } from "./nim.bench.ts";

const args = {
  name: "ann",
  description: "Runs the shop",
  email: "ann@example.com",
  firstName: "Ann",
  roles: ["operators", "auditors"],
  groups: ["shop"],
} satisfies UserInputs;

const start = (options: NimSimulatorOptions = {}) =>
  startAccountBench(
    {
      collection: "users",
      args,
      changed: { args: { ...args, email: "ann@shop.example.com" }, field: "email" },
      replaced: { ...args, name: "bea" },
      rephrased: { ...args, roles: ["auditors", "operators"] },
      shown: {
        name: "ann",
        // What NIM has where nobody has given a text.
        displayName: "",
        description: "Runs the shop",
        email: "ann@example.com",
        firstName: "Ann",
        lastName: "",
        roles: ["operators", "auditors"],
        groups: ["shop"],
      },
      ids: /The id of a user is its name\.$/,
    },
    options,
  );

const traits = { carriesMark: false, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "User", traits, start });
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "User", traits, start: () => start({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "User", traits, start: () => start({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof userInputs>>().toEqualTypeOf<UserInputs>();
});

describe("a user", () => {
  let bench: AccountBench;
  const begin = async (options: NimSimulatorOptions = {}) => {
    bench = await start(options);
    return runOn(bench, "User");
  };
  afterEach(() => bench.close());

  const body = (name = "ann") => bench.live(name) as { metadata: Properties; userDef: Properties };
  const write = (name: string, userDef: Properties, metadata: Properties = {}) =>
    bench.simulator.control.write("users", name, { metadata: { name, ...metadata }, userDef }, "alice");

  test.each<[string, Properties, RegExp]>([
    ["named like a path to a role", { name: "../roles/admin" }, /^name: must be a name and no path/],
    ["named like a path", { name: "a/b" }, /^name: must be a name and no path/],
    ["named like an encoded path", { name: "a%2Fb" }, /^name: must be a name and no path/],
    ["named as this folder", { name: "." }, /^name: must be neither \. nor \.\./],
    ["named as the folder above", { name: ".." }, /^name: must be neither \. nor \.\./],
    ["with a name of 256 characters", { name: "x".repeat(256) }, /^name: .*255/],
    ["with one role twice", { roles: ["operators", "operators"] }, /^roles\[1\]: is there twice/],
    ["with a role that is a path", { roles: [".."] }, /^roles\[0\]: must be neither/],
    ["with a password", { password: "secret" }, /password/],
  ])("%s is refused before anything is sent", async (_, more, message) => {
    const run = await begin();
    await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
    expect(bench.requests("* /**")).toBe(0);
  });

  test.each(nimSwitches.missingRefStatus.values)(
    "with a role that does not exist is refused (status %i) in NIM's words, with the way out, and nothing is made",
    async (missingRefStatus) => {
      const run = await begin({ switches: { missingRefStatus } });
      await expect(run.up({ ...args, roles: ["operators", "ghost"], groups: ["nobody"] })).rejects.toThrow(
        `${missingRefStatus}): there is no ${api}/roles/ghost. NIM has no role ghost, no group nobody. Make it first`,
      );
      expect(bench.count()).toBe(0);
      await run.up(args);
      await expect(run.up({ ...args, roles: ["ghost"] })).rejects.toThrow(/NIM has no role ghost\./);
      expect(body().userDef.roles).toEqual([role("auditors"), role("operators")]);
    },
  );

  test("loses the roles that the program takes away, and keeps what it does not mention", async () => {
    const run = await begin();
    await run.up({ name: "ann", roles: ["operators", "auditors"] });
    write("ann", { email: "a@b.c", roles: [role("operators"), role("auditors")], groups: [groupRef("night")] });
    await run.refresh();
    await run.up({ name: "ann", roles: ["operators"] });
    expect(body().userDef).toMatchObject({
      email: "a@b.c",
      roles: [role("operators")],
      groups: [groupRef("night")],
    });
  });

  test("is changed by PATCH alone, and tags that somebody gave it stay", async () => {
    for (const patchMerges of nimSwitches.patchMerges.values) {
      const run = await begin({ switches: { patchMerges } });
      await run.up({ name: "ann", email: "a@b.c" });
      write("ann", { email: "a@b.c", lastName: "Lee" }, { tags: ["vip"] });
      await run.refresh();
      await run.up({ name: "ann", email: "new@b.c" });
      expect(body()).toMatchObject({ metadata: { tags: ["vip"] }, userDef: { email: "new@b.c", lastName: "Lee" } });
      expect(bench.requests(`PUT ${api}/**`)).toBe(0);
      await bench.close();
    }
  });

  test("made again by somebody else is drift, however alike, until the program takes it over", async () => {
    const run = await begin();
    await run.up(args);
    const { userDef, metadata } = structuredClone(body());
    await bench.other.remove?.("ann");
    write("ann", userDef, { description: metadata.description });
    await run.refresh();
    expect(run.state?.outputs).toMatchObject({ belongsToOthers: true });
    await expect(run.up(args)).rejects.toThrow(
      /\/users\/ann was deleted and made again by somebody else\. Nothing was changed\. Set "adopt: true"/,
    );
    expect(await run.up({ ...args, adopt: true })).toBe("update");
    expect(run.state?.outputs).not.toHaveProperty("belongsToOthers");
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ ...args, adopt: true })).toBe("same");
    await run.destroy();
    expect(bench.count()).toBe(0);
  });

  test("of which NIM has the roles by other notation has the same ones", async () => {
    const run = await begin();
    bench.simulator.control.write("roles", "night shift", { metadata: { name: "night shift" }, roleDef: {} }, "alice");
    await run.up({ name: "ann", roles: ["night shift"] });
    write("ann", { roles: [role("night shift")] });
    expect(await run.refresh()).toEqual([]);
    expect(await run.up({ name: "ann", roles: ["night shift"] })).toBe("same");
  });

  test("of a bare name that somebody made is not taken for this stack's, however little the program says", async () => {
    const run = await begin();
    write("ann", { roles: [role("operators")] });
    const before = bench.live("ann");
    await expect(run.up({ name: "ann" })).rejects.toThrow(/\/users\/ann exists already.*adopt: true/s);
    expect(bench.live("ann")).toEqual(before);
    await run.up({ name: "ann", adopt: true });
    expect(bench.live("ann")).toEqual(before);
  });

  test("that is the last one with the role admin is neither deleted nor loses it, and the way out is said", async () => {
    const run = await begin();
    const root = { name: "admin", roles: ["admin"], adopt: true };
    await run.up(root);
    await expect(run.up({ ...root, roles: ["operators"] })).rejects.toThrow(
      /last one with the admin role\. NIM keeps the role admin with one user at least: give it to another one first/,
    );
    await expect(run.destroy()).rejects.toThrow(
      /last one with the admin role\. NIM keeps the role admin with one user at least: give it to another one first/,
    );
    write("zoe", { roles: [role("admin")] });
    await run.destroy();
    expect(bench.live("admin")).toBeUndefined();
  });

  test("goes before its role, which is then free", async () => {
    const user = await begin();
    const team = runOn(bench, "Role", "team");
    await team.up({ name: "team" });
    await user.up({ name: "ann", roles: ["team"] });
    await expect(team.destroy()).rejects.toThrow("It is held by user ann.");
    await user.destroy();
    await team.destroy();
    expect(bench.simulator.control.history.of(`${api}/roles/team`).at(-1)?.kind).toBe("delete");
  });
});
