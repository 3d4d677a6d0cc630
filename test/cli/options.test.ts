import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failing, failingUp, nsxStack, program, segment, segmentsOf } from "./stack.ts";

describe("Pulumi's resource options", { timeout: 600_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace;

  const args = (segmentId: string, changes: object = {}) => ({
    segmentId,
    displayName: segmentId,
    description: "first",
    ...changes,
  });

  beforeAll(async () => {
    nsx = await startNsxSimulator();
    stack = await nsxStack(nsx, {
      program: program(
        segment("ignoring", args("ignoring", { tags: [{ scope: "env", tag: "prod" }] })),
        segment("replacing", args("replacing")),
        segment("first", args("first")),
        segment("protected", args("protected"), "{ protect: true }"),
        segment("retained", args("retained"), "{ retainOnDelete: true }"),
        segment("old-name", args("renamed")),
      ),
    });
    await stack.up();
  }, 120_000);
  afterAll(async () => {
    await stack?.remove();
    await nsx?.close();
  });

  test("ignoreChanges, replaceOnChanges, a forced order of replacement, and a rename in one run", async () => {
    const before = Object.fromEntries((await stack.resources("NsxSegment")).map(({ id, outputs }) => [id, outputs]));
    nsx.control.requests.reset();
    const changed = { description: "second" };
    await stack.writeProgram(
      program(
        segment("ignoring", args("ignoring", changed), `{ ignoreChanges: ["description", "tags"] }`),
        segment("replacing", args("replacing", changed), `{ replaceOnChanges: ["description"] }`),
        segment("first", args("first", changed), `{ replaceOnChanges: ["description"], deleteBeforeReplace: false }`),
        segment("protected", args("protected"), "{ protect: true }"),
        segment("retained", args("retained"), "{ retainOnDelete: true }"),
        segment("new-name", args("renamed"), `{ aliases: [{ name: "old-name" }] }`),
      ),
    );
    const { stdout } = await stack.up();
    const writes = (id: string) =>
      nsx.control.requests
        .find(`* /policy/api/v1/infra/segments/${id}`)
        .map(({ method }) => method)
        .filter((method) => method !== "GET");

    expect(writes("ignoring")).toEqual([]);
    // Deleted first, as nobody can make a second object of the same name.
    expect(writes("replacing")).toEqual(["DELETE", "PUT"]);
    // Made "first" it is the live object adopted, and the delete of the "old" one must leave it alone.
    expect(writes("first")).toEqual(["PUT", "PUT"]);
    expect(nsx.control.object("/infra/segments/first")).toMatchObject({ description: "second" });
    expect(stdout).toMatch(/\/infra\/segments\/first is no longer the object of this stack, and was kept/);
    // Stamped anew for its new owner, in place.
    expect(writes("renamed")).toEqual(["PUT"]);
    const after = (await stack.resources("NsxSegment")).find(({ id }) => id === "/infra/segments/renamed");
    expect(after?.urn).toMatch(/::new-name$/);
    const old = before["/infra/segments/renamed"];
    expect(after?.outputs).toMatchObject({ uniqueId: old?.uniqueId });
    expect(after?.outputs?.ownerMark).not.toBe(old?.ownerMark);
    expect(stdout).toMatch(/~ 1 updated[\s\S]*2 replaced/);

    await stack.up(["--expect-no-changes"]);
    await driftCheck(stack, 0);
  });

  test("a protected segment is not deleted, a retained one is only forgotten", async () => {
    await stack.writeProgram(program());
    const output = await failing(stack, ["up", "--yes", "--skip-preview"]);
    expect(output).toContain("cannot be deleted");
    expect(segmentsOf(nsx)).toContain("/infra/segments/protected");
    await stack.run(["state", "unprotect", "--all", "--yes"]);
    await stack.up();
    expect(segmentsOf(nsx)).toEqual(["/infra/segments/retained"]);
    expect(await stack.resources("NsxSegment")).toEqual([]);
  });

  // Pulumi's server for dynamic resources finds no provider without a state.
  test("import is refused in one sentence that names the way instead, and touches nothing", async () => {
    const before = nsx.control.object("/infra/segments/retained");
    await stack.writeProgram(program(segment("retained", args("retained"), `{ import: "/infra/segments/retained" }`)));
    const output = await failingUp(stack);
    expect(output).toMatch(
      /NsxSegment \\?"retained\\?": Pulumi cannot import dynamic resources\. .*\\?"adopt: true\\?" to take it over/,
    );
    expect(nsx.control.object("/infra/segments/retained")).toEqual(before);
    expect(await stack.resources("NsxSegment")).toEqual([]);
  });
});
