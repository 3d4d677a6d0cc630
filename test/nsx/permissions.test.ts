// Least privilege: docs/nsx.md#permissions says what each operation on a segment takes. Each level is tried here, and what
// works with it is what the table says.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { nsxRoles } from "../../cli/leastAccounts.ts";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { nsxSwitches } from "../../simulators/nsx/switches.ts";
import { ResourceRun } from "../tools/stack.ts";
import { type SegmentBench, startSegmentBench } from "./nsxSegment.bench.ts";

const docs = readFileSync(new URL("../../docs/nsx.md", import.meta.url), "utf8");
const section = docs.split("\n## ").find((text) => text.startsWith("Permissions\n")) ?? "";

/** Of the table: operation → the permission that it takes, by its name in the guide. */
const table = new Map(
  [...section.matchAll(/^\| (create|refresh|update|replace|delete|adopt) \| (.+?) \|$/gm)].map(
    ([, operation = "", level = ""]) => [operation, level],
  ),
);
/** Of the second table: `up` → a role of NSX's, and one of one's own. */
const rolesFor = (what: string) => {
  const [, builtIn = "", own = ""] =
    new RegExp(`^\\| ${what} \\| \`(\\w+)\` \\| segments: \`(\\w+)\` \\|$`, "m").exec(section) ?? [];
  return { builtIn, own: { segments: own as Level } };
};
const [up, drift] = [rolesFor("`up`"), rolesFor("reading drift")];

/** From none to all; each has what those before it have. */
const levels = { none: "none", read: "read", execute: "execute", crud: "full access" } as const;
type Level = keyof typeof levels;
const order = Object.values(levels);

const operations = ["create", "refresh", "update", "replace", "delete", "adopt"] as const;
type Operation = (typeof operations)[number];

let bench: SegmentBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const limited = { NSX_USERNAME: "pulumi", NSX_PASSWORD: "Kiebitz-1" };
type Role = string | { segments: Level };

interface Setting {
  switches?: Partial<NsxSwitches>;
  environment?: Record<string, string>;
}

/** Does one operation as a user who has one role, after an administrator has done what comes before it. */
async function attempt(operation: Operation, role: Role, { switches = {}, environment = {} }: Setting = {}) {
  await bench?.close();
  const world = await startSegmentBench({ switches });
  bench = world;
  const { control } = world.simulator;
  const constants = { owner: "acme/urn:pulumi:dev::shop::x::it", __provider: "text" };
  const runOf = (settings: Record<string, string>) =>
    new ResourceRun(world.newProcess(settings).providers.byName.NsxSegment as ResourceRun["provider"], constants);
  const admin = runOf({});
  if (operation === "adopt") world.other.make?.();
  else if (operation !== "create") await admin.up(world.args);
  control.setPassword("pulumi", limited.NSX_PASSWORD);
  if (typeof role !== "string") control.defineRole("own", role);
  control.setRole("pulumi", typeof role === "string" ? role : "own");
  const before = control.requests.count("POST /api/session/create");
  const run = runOf({ ...limited, ...environment });
  run.state = admin.state;
  const doing: Record<Operation, () => Promise<unknown>> = {
    create: () => run.up(world.args),
    refresh: () => run.refresh(),
    update: () => run.up(world.changed.args),
    replace: () => run.up(world.replaced),
    delete: () => run.destroy(),
    adopt: () => run.up({ ...world.args, adopt: true }),
  };
  const message = await doing[operation]().then(
    () => undefined,
    (error: Error & { reasons?: string[] }) => error.reasons?.join("\n") ?? error.message,
  );
  const written = control.history.all().filter(({ user }) => user === "pulumi").length;
  const logins = control.requests.count("POST /api/session/create") - before;
  return { message, written, run, logins };
}

test("the tables have each operation, and a role for each purpose", () => {
  expect([...table.keys()].sort()).toEqual([...operations].sort());
  expect([up, drift]).toEqual([
    { builtIn: "network_engineer", own: { segments: "crud" } },
    { builtIn: "auditor", own: { segments: "read" } },
  ]);
});

test("the simulator's accounts to try have these very roles", () => {
  expect(nsxRoles).toEqual({ "pulumi-up": up.builtIn, "pulumi-drift": drift.builtIn });
});

describe.each(operations)("%s", (operation) => {
  test.each([up.builtIn, up.own])("works with the role for up: %o", async (role) => {
    expect((await attempt(operation, role)).message).toBeUndefined();
  });

  test.each(Object.keys(levels) as Level[])("with %s of segments works where the table says so", async (level) => {
    const { message } = await attempt(operation, { segments: level });
    const isEnough = order.indexOf(levels[level]) >= order.indexOf(table.get(operation) as (typeof order)[number]);
    if (isEnough) return expect(message).toBeUndefined();
    expect(message).toMatch(
      /answered 403 \(error 289\): The user does not have the permission\. It takes \w+ of segments\./,
    );
    expect(message).toMatch(
      /The login is good, and its role does not allow this: NSX's role "(auditor|network_engineer)"/,
    );
    return undefined;
  });

  test.runIf(operation !== "refresh").each([drift.builtIn, drift.own])(
    "with the role for drift (%o) ends in one error, and nothing is written",
    async (role) => {
      const { message, written, run, logins } = await attempt(operation, role);
      expect(message).toMatch(/^NsxSegment \S+: (create|update|delete) failed\. (PUT|DELETE) /);
      expect(message).toContain('NSX\'s role "network_engineer" (Network Admin) has all that "up" needs');
      expect(written).toBe(0);
      expect(run.state?.initErrors).toBeUndefined();
      expect(logins).toBeLessThanOrEqual(2);
    },
  );
});

describe.each([drift.builtIn, drift.own])("the role for drift: %o", (role) => {
  test("refreshes, looks and previews", async () => {
    const { message, run } = await attempt("refresh", role);
    expect(message).toBeUndefined();
    expect(await run.refresh({ save: false })).toEqual([]);
    expect(await run.up(bench?.args ?? {})).toBe("same");
  });
});

describe.each(nsxSwitches.deniedSaid.values)("a missing permission that is said as %s", (deniedSaid) => {
  test.each(["session", "basic"])("is no wrong password, where the login is %s", async (NSX_AUTH) => {
    const { message } = await attempt("update", drift.builtIn, { switches: { deniedSaid }, environment: { NSX_AUTH } });
    expect(message).toContain("The login is good, and its role does not allow this");
    expect(message).not.toContain("refused the login");
  });
});

test("a tree that is written at once takes the same of each segment in it", async () => {
  const environment = { NSX_WRITE_STRATEGY: "hierarchical" };
  for (const operation of operations)
    expect((await attempt(operation, up.own, { environment })).message).toBeUndefined();
  expect((await attempt("update", drift.own, { environment })).message).toContain("It takes update of segments.");
});

test("a missing license is no missing permission", async () => {
  bench = await startSegmentBench();
  bench.inject("PUT /policy/**", { kind: "refusal", name: "denied 403/505" }, 9);
  const run = new ResourceRun(bench.newProcess().providers.byName.NsxSegment as ResourceRun["provider"], {
    owner: "acme/urn:pulumi:dev::shop::x::it",
    __provider: "text",
  });
  await expect(run.up(bench.args)).rejects.toThrow(/The license does not allow it\.$/);
});
