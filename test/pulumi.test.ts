import { afterEach, describe, expect, test } from "vitest";
import { Workspace, type WorkspaceOptions } from "./pulumi.ts";

// A resource of Pulumi's own kind, so that what fails here is the harness or the CLI.
const program = (text: string) => `
import * as pulumi from "@pulumi/pulumi";

class Note extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super({
      async create(inputs) {
        if (inputs.wait) await new Promise((resolve) => setTimeout(resolve, inputs.wait));
        return { id: "note-" + inputs.text, outs: inputs };
      },
      async update(id, olds, news) {
        return { outs: news };
      },
    }, name, args);
  }
}
${text}`;

let workspace: Workspace | undefined;
const create = async (options: WorkspaceOptions) => {
  workspace = await Workspace.create(options);
  return workspace;
};
afterEach(() => workspace?.remove(), 60_000);

describe("the real engine", () => {
  test("previews, creates, updates and destroys", { timeout: 90_000 }, async () => {
    const project = await create({
      program: program(`export const text = new Note("a", { text: new pulumi.Config("note").require("text") }).id;`),
      config: { "note:text": "one" },
    });
    expect((await project.preview()).stdout).toContain("+ 2 to create");
    expect(await project.resources()).toEqual([]);
    const up = await project.up();
    console.log("up", up.milliseconds);
    expect(await project.outputs()).toEqual({ text: "note-one" });
    expect(await project.resources("dynamic:Resource")).toMatchObject([{ id: "note-one", inputs: { text: "one" } }]);
    const again = await project.up(["--expect-no-changes"]);
    console.log("up again", again.milliseconds);
    await project.run(["config", "set", "note:text", "two"]);
    expect((await project.preview(["--diff"])).stdout).toMatch(/text *: "one" => "two"/);
    expect((await project.up()).stdout).toContain("1 updated");
    const destroy = await project.destroy();
    console.log("destroy", destroy.milliseconds);
    expect(await project.resources()).toEqual([]);
  });
});
