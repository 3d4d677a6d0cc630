// Objects of NIM by name, in programs that the real engine runs.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { driftCheck, failing, nimStack, program, resource } from "./stack.ts";

const asking = `import * as nn from "pulumi-nginx-nsx";`;
const files = `files: { "/etc/nginx/nginx.conf": "events {}\\nhttp { server { listen 80; location / { return 200 found; } } }\\n" }`;

describe("queries of NIM in a program", { timeout: 300_000 }, () => {
  let nim: NimSimulator;
  beforeAll(async () => {
    nim = await startNimSimulator();
  });
  afterAll(() => nim?.close());

  test("what getInstance and getInstanceGroup find is what a NginxConfig takes", async () => {
    const [web1, web2] = nim.instances;
    nim.control.join("web-1");
    await using stack = await nimStack(nim, {
      program: program(
        asking,
        `const one = await nn.getInstance({ hostname: "web-1" });`,
        `new NginxConfig("one", { instance: one, ${files}, adopt: true });`,
        `const group = nn.getInstanceGroupOutput({ name: "web" });`,
        `new NginxConfig("group", { instanceGroup: group.uid, ${files}, adopt: true });`,
        `export const members = group.instances;`,
        `export const role = nn.getRoleOutput({ name: "admin" }).displayName;`,
      ),
    });
    await stack.preview();
    const { output } = await stack.up();
    expect(output).toMatch(/role\s*: "Administrator"/);
    const [group, one] = (await stack.resources("nim:NginxConfig")).toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
    expect(one?.inputs?.instance).toEqual({ systemUid: web1?.systemUid, instanceUid: web1?.instanceUid });
    expect(group?.inputs?.instanceGroup).toBe(nim.instanceGroup);
    for (const host of ["web-1", "web-2"]) {
      expect(String(nim.control.diskOf(host).get("/etc/nginx/nginx.conf"))).toContain("return 200 found");
    }
    expect(await stack.outputs()).toMatchObject({ members: [web2?.instanceUid] });

    // What a query finds out besides, such as that an instance is away, is no change of the program.
    await nim.control.setOnline("web-2", false);
    await stack.up(["--expect-no-changes"]);
    await nim.control.setOnline("web-2", true);
    await driftCheck(stack, 0);

    // The same as an output, which is unknown in a preview as long as what it comes from is.
    await stack.writeProgram(
      program(
        asking,
        `new NginxConfig("one", { instance: nn.getInstanceOutput({ hostname: "web-1" }), ${files}, adopt: true });`,
        `new NginxConfig("group", { instanceGroup: nn.getInstanceGroupOutput({ name: "web" }).uid, ${files}, adopt: true });`,
      ),
    );
    await stack.up();
    expect((await stack.resources("nim:NginxConfig")).map(({ id }) => id).sort()).toEqual([one?.id, group?.id].sort());

    await stack.writeProgram(program(asking, `await nn.getInstance({ hostname: "web-3" });`));
    const message = await failing(stack, ["preview"]);
    expect(message).toContain('getInstance: no instance in NIM has hostname "web-3". There are:');
    expect(message).toContain(`"web-1" (systemUid ${web1?.systemUid}`);
    await stack.destroy();
  });

  test("a program has NIM analyse what it stages, and scan the network", async () => {
    nim.control.placeServer({ ip: "192.0.2.77", port: 8080, version: "1.18.0" });
    const broken = { name: "broken", files: { "/etc/nginx/nginx.conf": "events {}\nhttp {\n" } };
    await using stack = await nimStack(nim, {
      program: program(
        asking,
        `const staged = ${resource("StagedConfig", "broken", broken)}`,
        `export const staging = nn.analyzeConfigOutput({ stagedConfig: staged.ref }).findings;`,
        `const web = await nn.getInstance({ hostname: "web-1" });`,
        `export const now = (await nn.analyzeConfig({ instance: web })).findings.length;`,
        `export const found = nn.scanNetworkOutput({ cidr: "192.0.2.64/26", ports: [8080] }).servers;`,
      ),
    });
    // What is not staged yet cannot be analysed.
    await stack.preview();
    await stack.up();
    expect(await stack.outputs()).toMatchObject({
      staging: [{ severity: "error", file: "/etc/nginx/nginx.conf", line: 3 }],
      now: 0,
      found: [{ network: [{ ip: "192.0.2.77", port: 8080 }], version: "1.18.0" }],
    });

    await stack.writeProgram(program(asking, `await nn.scanNetwork({ cidr: "10.0.0.0/19" });`));
    expect(await failing(stack, ["preview"])).toContain("scanNetwork: 10.0.0.0/19 has 8,192 addresses");
    await stack.destroy();
  });
});
