import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { roleInputs } from "../../provider/nim/role.ts";
import type { RoleInputs } from "../../provider/nim/roleTypes.ts";
import { type NimSimulatorOptions, type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { type Bench, describeLifecycle } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { api, type NimBench, startNimBench, withoutStamps } from "./nim.bench.ts";

const args = {
  name: "shop-team",
  description: "Runs the shop",
  tags: ["prod", "shop"],
  permissions: [
    {
      feature: "INSTANCE-MANAGEMENT",
      accessTypes: ["UPDATE", "READ"],
      objects: [{ resource: "Systems", values: ["web-2", "web-1"] }],
    },
    { feature: "CERTIFICATES", accessTypes: ["READ"] },
  ],
} satisfies RoleInputs;

interface WireRole extends Properties {
  metadata: Properties & { name: string };
  roleDef: { permissions: Properties[] };
}

async function startRoleBench(options: NimSimulatorOptions = {}): Promise<Bench & NimBench> {
  const nim = await startNimBench({ systems: [], ...options });
  const { control, handle, username, password } = nim.simulator;
  const pathOf = (name: string) => `${api}/roles/${name}`;
  const live = (name: string) => {
    const last = control.history.of(pathOf(name)).at(-1);
    return last && last.kind !== "delete" ? (last.body as WireRole) : undefined;
  };
  const rewrite = (name: string, change: (role: WireRole) => void) => {
    const role = structuredClone(live(name)) as WireRole;
    change(role);
    control.write("roles", name, role, "alice");
  };
  return {
    ...nim,
    args,
    changed: { args: { ...args, description: "Runs the shop and the cellar" }, field: "description" },
    replaced: { ...args, name: "cellar-team" },
    rephrased: {
      ...args,
      tags: ["shop", "prod"],
      permissions: [
        { feature: "CERTIFICATES", accessTypes: ["READ"] },
        {
          feature: "INSTANCE-MANAGEMENT",
          accessTypes: ["READ", "UPDATE"],
          objects: [{ resource: "Systems", values: ["web-1", "web-2"] }],
        },
      ],
    },
    other: {
      changeManaged(name) {
        control.revokePermission(name, "INSTANCE-MANAGEMENT", "UPDATE", "alice");
        return "permissions";
      },
      changeUnmanaged(name) {
        rewrite(name, ({ metadata }) => Object.assign(metadata, { displayName: "Alice's team" }));
        return () => live(name)?.metadata.displayName === "Alice's team";
      },
      async remove(name) {
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        await handle({ method: "DELETE", path: pathOf(name), headers: { authorization }, body: "", remoteAddress: "" });
      },
      make() {
        control.write("roles", args.name, { metadata: { name: args.name }, roleDef: { permissions: [] } }, "alice");
      },
    },
    lookup: {
      shown: {
        name: "shop-team",
        // What NIM has where nobody has given a text.
        displayName: "",
        description: "Runs the shop",
        tags: ["prod", "shop"],
        permissions: [
          {
            feature: "INSTANCE-MANAGEMENT",
            accessTypes: ["UPDATE", "READ"],
            objects: [{ resource: "Systems", values: ["web-2", "web-1"] }],
          },
          { feature: "CERTIFICATES", accessTypes: ["READ"] },
        ],
      },
      absent: "nobody",
      malformed: ["..", "x".repeat(256)],
      ids: /The id of a role is its name\.$/,
    },
    live: (name) => inOneOrder(withoutStamps(live(name))) as Properties | undefined,
    count: () => [args.name, "cellar-team"].filter(live).length,
    writes: { create: `POST ${api}/roles`, update: `PUT ${api}/roles/*`, delete: `DELETE ${api}/roles/*` },
  };
}

/** Nothing in a role has an order. */
function inOneOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inOneOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inOneOrder(inner)]));
}

const traits = { carriesMark: true, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "Role", traits, start: startRoleBench });

/** Switches about other things say nothing about a role. */
const positions = otherPositions(nimSwitches).filter(({ name }) =>
  /^(unknownFields|unknownFeature|roleAssociations|countOf|limitParameter|clientConcurrencyStatus)$/.test(name),
);
describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NimSwitches>;
  describeLifecycle({ type: "Role", traits, start: () => startRoleBench({ switches }) });
});
describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
  describeLifecycle({ type: "Role", traits, start: () => startRoleBench({ switches }) });
});

test("the interface that users see is the schema that is checked", () => {
  expectTypeOf<z.input<typeof roleInputs>>().toEqualTypeOf<RoleInputs>();
});

describe("a role", () => {
  async function withRole(action: (run: ResourceRun, bench: Bench & NimBench) => Promise<void>): Promise<void> {
    const bench = await startRoleBench();
    const provider = bench.newProcess().providers.byName.Role as ResourceRun["provider"];
    await action(new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::team", __provider: "text" }), bench);
    await bench.close();
  }

  test.each<[string, Properties, RegExp]>([
    ["the built-in role", { name: "admin" }, /^name: .*built-in role/],
    [
      "one feature twice",
      { permissions: [args.permissions[1], args.permissions[1]] },
      /^permissions\[1\]\.feature: is there twice/,
    ],
    [
      "an unknown kind of access",
      { permissions: [{ feature: "SCAN", accessTypes: ["WRITE"] }] },
      /^permissions\[0\]\.accessTypes\[0\]/,
    ],
    [
      "a permission to do nothing",
      { permissions: [{ feature: "SCAN", accessTypes: [] }] },
      /^permissions\[0\]\.accessTypes/,
    ],
    ["a name of 256 characters", { name: "x".repeat(256) }, /^name: .*255/],
  ])("%s is refused before anything is sent", (_, more, message) =>
    withRole(async (run, bench) => {
      await expect(run.up({ ...args, ...more })).rejects.toThrow(message);
      expect(bench.requests("* /**")).toBe(0);
    }),
  );

  test("that somebody holds is not deleted, and the error says who holds it", () =>
    withRole(async (run, bench) => {
      await run.up(args);
      const roles = [{ ref: `${api}/roles/${args.name}` }];
      bench.simulator.control.write("users", "bob", { metadata: { name: "bob" }, userDef: { roles } }, "alice");
      bench.simulator.control.write(
        "groups",
        "night-shift",
        { metadata: { name: "night-shift" }, groupDef: { roles } },
        "alice",
      );
      await expect(run.destroy()).rejects.toThrow(
        "It is held by user bob, group night-shift. Take the role from whoever has it, and try again.",
      );
      expect(bench.count()).toBe(1);
    }));

  test("that is found among hundreds of users", () =>
    withRole(async (run, bench) => {
      await run.up(args);
      const { control } = bench.simulator;
      const holder = (name: string, roles: object[]) =>
        control.write("users", name, { metadata: { name }, userDef: { roles } }, "alice");
      for (let i = 0; i < 250; i += 1) holder(`user-${i}`, []);
      holder("zoe", [{ ref: `${api}/roles/${args.name}` }]);
      await expect(run.destroy()).rejects.toThrow("It is held by user zoe.");
    }));
});
