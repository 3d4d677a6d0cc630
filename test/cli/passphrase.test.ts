// A new passphrase of Pulumi's for the secrets of a stack: as SECURITY.md has it.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { program, segment } from "./stack.ts";

test("a new passphrase encrypts everything anew, and changes no resource", { timeout: 180_000 }, async () => {
  const password = "Kanarienvogel-1 gelb";
  const nsx = await startNsxSimulator({ password });
  const dc2 = `const dc2 = new Provider("dc2", { nsx: { endpoint: ${JSON.stringify(nsx.url)}, username: "admin", password: ${JSON.stringify(password)} } });`;
  try {
    await using stack = await Workspace.create({
      program: program(dc2, segment("web"), segment("web-dc2", { segmentId: "web-dc2" }, "{ provider: dc2 }")),
      config: { "nsx:endpoint": nsx.url, "nsx:username": nsx.username },
      secrets: { "nsx:password": password },
    });
    await stack.up();
    const before = JSON.stringify(await stack.exportState());
    execFileSync("pulumi", ["--non-interactive", "stack", "change-secrets-provider", "passphrase"], {
      cwd: stack.folder,
      env: stack.env,
      input: "another one\n",
      stdio: ["pipe", "pipe", "pipe"],
    });
    const fresh = { env: { PULUMI_CONFIG_PASSPHRASE: "another one" } };
    const after = JSON.stringify((await stack.run(["stack", "export"], fresh)).stdout);
    const kept = [...before.matchAll(/"ciphertext":"([^"]+)"/g)].filter(([, text = "-"]) => after.includes(text));
    expect(before).toContain('"ciphertext"');
    expect(kept).toEqual([]);
    expect(after).not.toContain(password);
    await stack.up(["--expect-no-changes"], fresh);
    await stack.refresh(["--expect-no-changes"], fresh);
    const old = await stack.run(["preview"], { expect: null });
    expect(old.code).not.toBe(0);
    expect(old.output).toContain("incorrect passphrase");
    await stack.destroy([], fresh);
  } finally {
    await nsx.close();
  }
});
