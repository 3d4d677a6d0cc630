// What a program declares of a role, what was applied, and what is there: each case was tried from outside and went wrong once.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

interface WireRole {
  metadata: Properties & { tags?: string[] };
  roleDef: Properties;
}

const path = `${api}/roles/team`;
const owner = "acme/urn:pulumi:dev::shop::x::team";
const permissions = [{ feature: "CERTIFICATES", accessTypes: ["READ"] }];

let bench: NimBench;
let run: ResourceRun;
beforeEach(async () => {
  bench = await startNimBench({ systems: [] });
  run = runIn();
});
afterEach(() => bench.close());

function runIn(environment: Record<string, string> = {}, ignoreChanges?: string[]): ResourceRun {
  const provider = bench.newProcess(environment).providers.byName.Role as ResourceRun["provider"];
  return new ResourceRun(provider, { owner, __provider: "text", ...(ignoreChanges ? { ignoreChanges } : {}) });
}

const there = () => bench.simulator.control.history.of(path).at(-1)?.body as unknown as WireRole;
const withoutMark = ({ metadata, roleDef }: WireRole) => {
  const { kind, name, displayName, description, tags = [] } = metadata;
  const own = tags.filter((tag) => !tag.startsWith("pulumi.owner"));
  return { metadata: { kind, name, displayName, description, tags: own }, roleDef };
};

/** As alice, through NIM's own rules. */
function rewrite(change: (role: WireRole) => void): void {
  const role = structuredClone(there() ?? { metadata: { name: "team" }, roleDef: { permissions: [] } });
  change(role);
  bench.simulator.control.write("roles", "team", role as never, "alice");
}

const theirs = (role: WireRole) => {
  Object.assign(role.metadata, { displayName: "Team", description: "theirs", tags: ["a", "b"] });
  role.roleDef.permissions = permissions;
};

describe("adoption", () => {
  test("touches nothing that the program does not mention", async () => {
    rewrite(theirs);
    expect(await run.up({ name: "team", description: "ours", adopt: true })).toBe("create");
    expect(withoutMark(there())).toEqual({
      metadata: { kind: "role", name: "team", displayName: "Team", description: "ours", tags: ["a", "b"] },
      roleDef: expect.objectContaining({ permissions: [expect.objectContaining(permissions[0])] }),
    });
    expect(await run.refresh()).toEqual([]);
  });

  test("of an object that the program describes whole changes only whose it is", async () => {
    rewrite(theirs);
    const before = withoutMark(there());
    const whole = { name: "team", displayName: "Team", description: "theirs", tags: ["b", "a"], permissions };
    await run.up({ ...whole, adopt: true });
    expect(withoutMark(there())).toEqual(before);
    expect(await run.up({ ...whole, adopt: true })).toBe("same");
  });

  test("what the program begins to say of it later stops, until a refresh has shown it", async () => {
    rewrite(theirs);
    await run.up({ name: "team", tags: ["a", "b"], adopt: true });
    await expect(run.up({ name: "team", adopt: true, displayName: "Ours" })).rejects.toThrow(
      'displayName: not declared before, set by somebody else to "Team", wanted "Ours"',
    );
    await run.refresh();
    await run.up({ name: "team", adopt: true, displayName: "Ours" });
    expect(there().metadata).toMatchObject({ displayName: "Ours", description: "theirs" });
  });
});

describe("a role that another stack has taken over", () => {
  test("is left alone, and taken back in an update when the program says so, which is told once", async () => {
    await run.up({ name: "team", description: "ours", permissions });
    rewrite(({ metadata }) => {
      const marks = ["pulumi.owner:shop/prod/0123456789abcdef/theirs"];
      Object.assign(metadata, { tags: marks });
    });
    const again = { name: "team", description: "ours again", permissions };
    await expect(run.up(again)).rejects.toThrow(/now belongs to shop\/prod.*adopt: true/);
    expect(there().metadata.description).toBe("ours");

    const world = bench.newProcess();
    const provider = world.providers.byName.Role as ResourceRun["provider"];
    const next = new ResourceRun(provider, { owner, __provider: "text" });
    next.state = run.state;
    bench.inject("PUT /**", { kind: "reset", when: "after" }, 1);
    expect(await next.up({ ...again, adopt: true })).toBe("update");
    const told = world.warnings.map(({ message }) => message).filter((message) => message.includes("taken over"));
    expect(told).toEqual(["/roles/team was taken over."]);
    expect(there().metadata.tags?.join()).toMatch(/^pulumi\.owner:shop\/dev\//);
  });
});

describe("what somebody has put back to what this stack had written before", () => {
  const base = { name: "team", permissions };

  test("is their change, where this stack has taken over another value since", async () => {
    await run.up({ ...base, displayName: "one" });
    rewrite((role) => Object.assign(role.metadata, { displayName: "two" }));
    // There already, so nothing is written.
    await run.up({ ...base, displayName: "two" });
    rewrite((role) => Object.assign(role.metadata, { displayName: "one" }));
    await expect(run.up({ ...base, displayName: "three" })).rejects.toThrow(
      'displayName: last applied "two", now "one", wanted "three"',
    );
    expect(there().metadata.displayName).toBe("one");
  });

  test("is their change, where a refresh has shown another value since", async () => {
    await run.up({ ...base, displayName: "one" });
    rewrite((role) => Object.assign(role.metadata, { displayName: "two" }));
    await run.refresh();
    rewrite((role) => Object.assign(role.metadata, { displayName: "one" }));
    await expect(run.up({ ...base, displayName: "three" })).rejects.toThrow(
      'displayName: last applied "two", now "one", wanted "three"',
    );
  });
});

describe("interruptions", () => {
  test("after an interrupted create nothing is lost of what others added", async () => {
    await run.up({ name: "team", description: "ours" });
    rewrite(({ metadata }) => Object.assign(metadata, { displayName: "Team" }));
    const again = runIn();
    expect(await again.up({ name: "team", description: "ours" })).toBe("create");
    expect(there().metadata).toMatchObject({ displayName: "Team", description: "ours" });
  });

  test("nor overwritten what others changed", async () => {
    await run.up({ name: "team", description: "ours" });
    rewrite(({ metadata }) => Object.assign(metadata, { description: "alice's" }));
    await expect(runIn().up({ name: "team", description: "ours" })).rejects.toThrow(/alice's.*\n.*adopt: true/);
    expect(there().metadata.description).toBe("alice's");
  });

  test("an update that was interrupted after its write is no conflict with ourselves", async () => {
    await run.up({ name: "team", description: "one" });
    const before = run.state;
    await run.up({ name: "team", description: "two" });
    run.state = before;
    expect(await run.up({ name: "team", description: "three" })).toBe("update");
  });

  test("an answer that was lost, and then somebody's delete: the role is not made again unasked", async () => {
    await run.up({ name: "team", description: "one" });
    bench.inject("PUT /**", { kind: "reset", when: "after" });
    const { control, handle, username, password } = bench.simulator;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    control.hook({
      async before({ method }) {
        if (method !== "GET" || there()?.metadata.description !== "two") return;
        await handle({ method: "DELETE", path, headers: { authorization }, body: "", remoteAddress: "" });
      },
    });
    await expect(run.up({ name: "team", description: "two" })).rejects.toThrow("is gone");
    expect(bench.simulator.control.history.of(path).at(-1)?.kind).toBe("delete");
  });
});

describe("others' elements", () => {
  test("nim:ignoreTags: never drift, never removed", async () => {
    run = runIn({ NIM_IGNORE_TAGS: "cmdb:*" });
    await run.up({ name: "team", tags: ["x", "y"] });
    rewrite(({ metadata }) => metadata.tags?.push("cmdb:4711"));
    expect(await run.refresh()).toEqual([]);
    await run.up({ name: "team", tags: [] });
    expect(there().metadata.tags?.map((tag) => tag.replace(/^pulumi.*/, "mark"))).toEqual(["cmdb:4711", "mark"]);
  });

  test("a field in ignoreChanges that somebody edits stops no update, and stays", async () => {
    run = runIn({}, ["description"]);
    await run.up({ name: "team", description: "ours" });
    rewrite(({ metadata }) => Object.assign(metadata, { description: "alice's" }));
    await run.up({ name: "team", description: "ours", displayName: "Team" });
    expect(there().metadata).toMatchObject({ displayName: "Team", description: "alice's" });
  });
});
