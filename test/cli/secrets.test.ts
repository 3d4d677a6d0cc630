import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { searchFor } from "../tools/canary.ts";
import { Workspace } from "../tools/pulumi.ts";
import { program, segment } from "./stack.ts";

const password = "Tr0ub4dor&3 /sehr+geheim=";

const leaksIn = searchFor({ password });

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

// With the password in the environment, and all other secrets: canary.test.ts.
test("no file, output or error holds a password from the stack's configuration", { timeout: 90_000 }, async () => {
  const nsx = await startNsxSimulator({ password });
  const texts: string[] = [];
  try {
    await using stack = await Workspace.create({
      program: program(segment("web", { segmentId: "web", description: "first" })),
      config: { "nsx:endpoint": nsx.url, "nsx:username": nsx.username, "nsx:auth": "basic" },
      secrets: { "nsx:password": password },
    });
    texts.push((await stack.up()).output);
    nsx.control.change("/infra/segments/web", { description: "changed" });
    texts.push((await stack.up(["--refresh", "--diff"])).output);
    const bad = {
      refused: { kind: "respond", when: "before", status: 400, body: "no" },
      forbidden: { kind: "respond", when: "before", status: 403, body: { error_code: 289, error_message: "no right" } },
      dropped: { kind: "reset", when: "before" },
    } as const;
    for (const [segmentId, fault] of Object.entries(bad)) {
      nsx.control.faults.inject({ match: `PUT /policy/**/${segmentId}`, fault, times: "always" });
    }
    await stack.writeProgram(program(...["web", ...Object.keys(bad)].map((name) => segment(name))));
    const failed = await stack.up(["--continue-on-error"], { expect: null });
    expect(failed.output).toContain("**failed** 3 errors");
    texts.push(failed.output);
    texts.push(JSON.stringify(await stack.exportState()));
    const files = await filesOf(join(stack.folder, "..", "backend"));
    expect(files.length).toBeGreaterThan(3);
    for (const file of [...files, ...(await filesOf(stack.folder))]) {
      expect(leaksIn(await readFile(file, "utf8")), file).toEqual([]);
    }
    texts.push((await stack.destroy()).output);
    expect(leaksIn(texts.join("\n"))).toEqual([]);
  } finally {
    await nsx.close();
  }
});
