import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Workspace } from "../pulumi.ts";
import { startNsxSimulator } from "../simulators/nsx/index.ts";
import { failingUp, nsxStack, program, segment } from "./stack.ts";

const password = "Tr0ub4dor&3 /sehr+geheim=";

/** As it is, as JSON has it, base64 in each alignment (as Basic authentication sends it, for one), URL-encoded. */
const forms = [
  password,
  JSON.stringify(password).slice(1, -1),
  encodeURIComponent(password),
  new URLSearchParams({ p: password }).toString().slice(2),
  ...["", "x", "xx"].flatMap((before) => base64Core(before)),
  ...["", "x", "xx"].flatMap((before) => base64Core(`${before}admin:`)),
];

/** The part of the base64 text that depends on the password alone, whatever stands before and after it. */
function base64Core(before: string): string[] {
  const start = Math.ceil((before.length * 8) / 6);
  const end = Math.floor(((before.length + password.length) * 8) / 6);
  return (["base64", "base64url"] as const).map((code) =>
    Buffer.from(before + password)
      .toString(code)
      .slice(start, end),
  );
}

const leaksIn = (text: string) => forms.filter((form) => text.includes(form));

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test("the search finds the password in all its forms", () => {
  expect(leaksIn(`Basic ${Buffer.from(`admin:${password}`).toString("base64")}`)).not.toEqual([]);
  expect(leaksIn(`j_username=admin&${new URLSearchParams({ j_password: password })}`)).not.toEqual([]);
  expect(leaksIn(JSON.stringify({ password }))).not.toEqual([]);
});

test("no file, output or error holds the password, however it is given", { timeout: 120_000 }, async () => {
  const nsx = await startNsxSimulator({ password });
  const texts: string[] = [];
  async function live(stack: Workspace, wrong: () => Promise<unknown>): Promise<void> {
    texts.push((await stack.up()).output);
    nsx.control.change("/infra/segments/web", { description: "changed" });
    texts.push((await stack.up(["--refresh", "--diff"])).output);
    nsx.control.faults.inject({
      match: "PUT /**",
      fault: { kind: "respond", when: "before", status: 400, body: "no" },
    });
    await stack.writeProgram(program(segment("web", { segmentId: "web", description: "new" })));
    texts.push(await failingUp(stack));
    texts.push(JSON.stringify(await stack.exportState()));
    await wrong();
    const files = await filesOf(join(stack.folder, "..", "backend"));
    expect(files.length).toBeGreaterThan(3);
    for (const file of [...files, ...(await filesOf(stack.folder))]) {
      expect(leaksIn(await readFile(file, "utf8")), file).toEqual([]);
    }
    texts.push((await stack.destroy()).output);
  }
  try {
    const web = program(segment("web", { segmentId: "web", description: "first" }));
    await using fromEnvironment = await nsxStack(nsx, { program: web });
    await live(fromEnvironment, async () => {
      // The account is locked: the login is refused with the right password, which must not be in the message.
      nsx.control.faults.inject({
        match: "POST /api/session/create",
        fault: { kind: "respond", when: "before", status: 403, body: { error_code: 403, error_message: "locked" } },
      });
      texts.push(await failingUp(fromEnvironment));
    });
    await using fromConfig = await Workspace.create({
      program: web,
      config: { "nsx:endpoint": nsx.url, "nsx:username": nsx.username, "nsx:auth": "basic" },
      secrets: { "nsx:password": password },
    });
    await live(fromConfig, async () => {
      nsx.control.faults.inject({ match: "PUT /**", fault: { kind: "reset", when: "before" }, times: "always" });
      texts.push(await failingUp(fromConfig, { env: { NSX_ENDPOINT: nsx.url } }));
      nsx.control.faults.clear();
    });
    expect(leaksIn(texts.join("\n"))).toEqual([]);
  } finally {
    await nsx.close();
  }
});
