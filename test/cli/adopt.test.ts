import { expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { driftCheck, failing, failingUp, nsxStack, program, segment } from "./stack.ts";

const path = (id: string) => `/infra/segments/${id}`;

test("what others made is refused, taken over on request, and never touched by chance", {
  timeout: 600_000,
}, async () => {
  const nsx = await startNsxSimulator();
  const { control } = nsx;
  await using ours = await nsxStack(nsx, { project: "ours", program: program(segment("shared"), segment("ours")) });
  await using theirs = await nsxStack(nsx, {
    project: "theirs",
    program: program(segment("theirs"), segment("shared")),
  });
  try {
    control.change(path("shared"), { display_name: "by hand", description: "keep me" }, "carol");
    const byHand = control.object(path("shared"));
    const output = await failingUp(ours);
    expect(output).toMatch(
      /NsxSegment \(shared\):\s+error:.*\/infra\/segments\/shared exists already: created by carol/,
    );
    expect(output).toContain("adopt: true");
    expect(control.object(path("shared"))).toEqual(byHand);

    const adopting = { segmentId: "shared", displayName: "adopted", adopt: true };
    await ours.writeProgram(program(segment("shared", adopting), segment("ours")));
    expect((await ours.up()).stdout).toMatch(/\/infra\/segments\/shared was taken over; it was last changed by carol/);
    // Taken over as it is: what the program does not say stays.
    expect(control.object(path("shared"))).toMatchObject({ display_name: "adopted", description: "keep me" });
    await driftCheck(ours, 0);
    await ours.up(["--expect-no-changes"]);

    // The other stack is told whose it is, and its own is made all the same in a second run.
    const refused = await failingUp(theirs);
    expect(refused).toMatch(/\/infra\/segments\/shared exists already: created by carol.*belongs to ours\/test/);
    await theirs.writeProgram(program(segment("theirs")));
    await theirs.up();
    await driftCheck(ours, 0);

    control.requests.reset();
    await theirs.destroy();
    expect(control.object(path("theirs"))).toBeUndefined();
    const writes = control.requests.all().filter((request) => !["GET", "POST"].includes(request.method));
    expect(writes.map((request) => `${request.method} ${request.path}`)).toEqual([
      "DELETE /policy/api/v1/infra/segments/theirs",
    ]);
    await driftCheck(ours, 0);
    await ours.destroy();
    expect(control.objects("/infra/segments")).toEqual([]);
  } finally {
    await nsx.close();
  }
});

test("two resources of one object are refused in the preview, and the first goes on", {
  timeout: 600_000,
}, async () => {
  const nsx = await startNsxSimulator();
  const both = program(
    `const first = ${segment("first", { segmentId: "web" })}`,
    segment("second", { segmentId: "web", adopt: true }, "{ dependsOn: first }"),
  );
  await using stack = await nsxStack(nsx, { project: "twice", program: both });
  try {
    const output = await failing(stack, ["preview"]);
    expect(output).toMatch(
      /NsxSegment \(second\):\s+error: .*segmentId: names an object that this program manages already, as first/,
    );
    expect(output).not.toContain("adopt: true");
    await stack.writeProgram(program(segment("first", { segmentId: "web" })));
    await stack.up();
    await stack.up(["--expect-no-changes"]);
    // A new name with an alias is the same resource, and no second one.
    const renamed = segment("renamed", { segmentId: "web" }, '{ aliases: [{ name: "first" }] }');
    await stack.writeProgram(program(renamed));
    await stack.up();
    expect(nsx.control.objects("/infra/segments")).toHaveLength(1);
    await stack.destroy();
  } finally {
    await nsx.close();
  }
});
