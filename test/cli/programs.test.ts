import { describe, expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { driftCheck, nsxStack, program, segmentsOf } from "./stack.ts";

describe("what a program may do", { timeout: 90_000 }, () => {
  test("components with siblings, default names, outputs as arguments, and a lookup", async () => {
    const nsx = await startNsxSimulator();
    nsx.control.change("/infra/segments/of-others", { display_name: "of others", description: "theirs" }, "carol");
    const parts = `
      class Network extends pulumi.ComponentResource {
        constructor(name) {
          super("my:net:Network", name);
          for (const part of ["a", "b", "c"]) {
            new NsxSegment(\`\${name}-\${part}\`, { displayName: part }, { parent: this });
          }
        }
      }
      new Network("one");
      new Network("two");
      const source = new NsxSegment("source", { segmentId: "source", displayName: "the source" });
      new NsxSegment("dependent", {
        segmentId: "dependent",
        description: pulumi.interpolate\`revision \${source.revision} of \${source.displayName}\`,
        tags: [{ scope: "unique-id", tag: source.uniqueId }],
      });
      const others = NsxSegment.get("others", "/infra/segments/of-others");
      export const looked = { segmentId: others.segmentId, user: others.lastModifiedUser, type: others.type, is: NsxSegment.isInstance(others) };
      export const path = source.path;`;
    await using stack = await nsxStack(nsx, { program: program(parts) });
    try {
      // Nothing is known of an object that does not exist yet, and nothing needs to be.
      expect((await stack.preview()).stdout).toContain("+ 11 to create");
      await stack.up();
      expect(await stack.outputs()).toEqual({
        looked: { segmentId: "of-others", user: "carol", type: "DISCONNECTED", is: true },
        path: "/infra/segments/source",
      });
      const { unique_id } = nsx.control.object("/infra/segments/source") ?? {};
      const dependent = nsx.control.object("/infra/segments/dependent");
      expect(dependent).toMatchObject({ description: "revision 0 of the source" });
      expect(dependent?.tags).toContainEqual({ scope: "unique-id", tag: unique_id });
      // Names made from names and URNs: told apart, and the same in the next run.
      const made = segmentsOf(nsx).filter((path) => /\/(one|two)-[abc]-[0-9a-f]{8}$/.test(path));
      expect(made).toHaveLength(6);
      await stack.up(["--expect-no-changes"]);
      await driftCheck(stack, 0);

      // An update of the source makes its revision unknown, so the preview cannot know the dependent's text.
      await stack.writeProgram(program(parts.replace(`"the source"`, `"the new source"`)));
      const preview = (await stack.preview(["--diff"])).stdout;
      expect(preview).toMatch(/~ description *: ".*" => \[unknown\]/);
      // Its path is its id, which no update changes.
      expect(preview).not.toMatch(/path *: .*\[unknown\]/);
      await stack.up();
      expect(nsx.control.object("/infra/segments/dependent")).toMatchObject({
        description: "revision 1 of the new source",
      });

      await stack.destroy();
      expect(segmentsOf(nsx)).toEqual(["/infra/segments/of-others"]);
    } finally {
      await nsx.close();
    }
  });
});
