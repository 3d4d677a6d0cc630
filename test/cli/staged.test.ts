// What only the engine shows of a config that is published by reference.
import { expect, test } from "vitest";
import { startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile } from "../nim/nginxConfig.bench.ts";
import { nimStack, program } from "./stack.ts";

/** `printf 'pw:S3CRET-1\n' | sha256sum` */
const digest = "d906f5dc";

test("the state holds no digest of a staged file by which a guess at a secret could be tried", {
  timeout: 300_000,
}, async () => {
  const nim = await startNimSimulator({ nginx: false });
  const { systemUid, instanceUid } = nim.instances[0] ?? {};
  const files = { [mainFile]: main };
  const instance = { systemUid, instanceUid };
  const stack = await nimStack(nim, {
    program: program(`
      const auxFiles = { "/etc/nginx/.htpasswd": pulumi.secret("pw:S3CRET-1\\n") };
      const args = { name: "shop", files: ${JSON.stringify(files)}, auxFiles };
      const staged = new StagedConfig("shop", args, { additionalSecretOutputs: ["ref"] });
      const instance = ${JSON.stringify(instance)};
      new NginxConfig("shop", { instance, stagedConfig: staged.ref, adopt: true });`),
  });
  const state = async () => JSON.stringify(await stack.exportState());
  try {
    const { output } = await stack.up();
    expect(output).not.toContain("stagedFiles");
    expect(await state()).toContain('"stagedFiles"');
    expect(await state()).not.toContain(digest);
    expect(await state()).not.toMatch(/@sha256:/);
    await stack.refresh();
    expect(await state()).not.toContain(digest);
    expect(await state()).not.toMatch(/@sha256:/);
    await stack.up(["--expect-no-changes"]);
  } finally {
    await stack.remove();
    await nim.close();
  }
});
