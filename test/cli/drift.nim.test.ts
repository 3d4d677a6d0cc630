import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { main, mainFile, site, siteFile } from "../nim/nginxConfig.bench.ts";
import { hostnames, type NimFieldCase, nimFieldCases, nimFields } from "../nim/nimFields.ts";
import { issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, failing, nimStack, program, resource } from "./stack.ts";

describe("drift of each field on NIM", { timeout: 600_000 }, () => {
  let nim: NimSimulator;
  let stack: Workspace;
  let cases: NimFieldCase[];

  /** What NIM shows otherwise than it was written, all the time or by itself, and what has no order. */
  async function tricky(): Promise<{ role: object; certificate: object; config: object }> {
    const leaf = await issue("tricks.example.com");
    const { systemUid, instanceUid } = nim.instances.find(({ hostname }) => hostname === "of-tricks") ?? {};
    return {
      role: {
        name: "tricks",
        tags: ["b", "a"],
        permissions: [
          { feature: "INSTANCE-MANAGEMENT", accessTypes: ["UPDATE", "READ", "DELETE"] },
          { feature: "CERTIFICATES", accessTypes: ["READ"], objects: [{ resource: "Certs", values: ["b", "a"] }] },
        ],
      },
      certificate: {
        name: "tricks",
        certificate: `subject=tricks\r\n${leaf.certificate.replaceAll("\n", "\r\n")}`,
        privateKey: leaf.key,
      },
      config: {
        instance: { systemUid, instanceUid },
        files: {
          "/etc/nginx/conf.d/z.conf": "# Grüße, 世界\r\n# no newline at the end",
          [siteFile]: site("hello"),
          "/etc/nginx/conf.d/empty.conf": "",
          [mainFile]: main,
        },
        auxFiles: { "/etc/nginx/html/z.html": "z\r\n", "/etc/nginx/html/a.html": "a" },
        adopt: true,
      },
    };
  }

  beforeAll(async () => {
    nim = await startNimSimulator({ nginx: false, systems: hostnames.map((hostname) => ({ hostname })) });
    // An instance's edit is its own here, not its group's.
    for (const hostname of hostnames) nim.control.join(hostname);
    cases = await nimFieldCases(nim);
    const { role, certificate, config } = await tricky();
    stack = await nimStack(nim, {
      program: program(
        ...cases.map(({ type, field, declared }) => resource(type, field, declared)),
        resource("Role", "tricks", role),
        resource("Certificate", "tricks", certificate),
        resource("NginxConfig", "tricks", config),
      ),
    });
    await stack.up();
  }, 120_000);
  afterAll(async () => {
    await stack?.remove();
    await nim?.close();
  });

  test("every writable field of the schemas has its row", () => {
    expect(cases.map(({ type, field }) => `${type} ${field}`).sort()).toEqual(nimFields().sort());
  });

  test("masked key, seconds until expiry, order, CRLF, a commit that nobody declared: none drifts", async () => {
    nim.control.clock.advance(3_600_000);
    const role = nim.control.history.of("/api/platform/v1/roles/tricks").at(-1)?.body as unknown as {
      metadata: object;
      roleDef: { permissions: { accessTypes: string[] }[] };
    };
    const permissions = role.roleDef.permissions.toReversed().map((permission) => ({
      ...permission,
      accessTypes: permission.accessTypes.toReversed(),
    }));
    nim.control.write("roles", "tricks", { metadata: role.metadata, roleDef: { permissions } }, "alice");
    await driftCheck(stack, 0);
  });

  test("a colleague's change of any one field is drift, and shown under the field's name", async () => {
    for (const { change } of cases) await change(nim);
    const shown = await driftCheck(stack, 7);
    expect(shown).toContain(`~ ${cases.length} to update`);
    // One block for each resource, from its type to the next one's.
    const blocks = shown.split(/\n {4}[~+-]+ ?pulumi-nodejs:dynamic/);
    const unnamed = cases.filter(({ type, field }) => {
      const block = blocks.find((text) => text.includes(`dynamic/nim:${type}::${field}]`)) ?? "";
      const names = field.split(/[.[\]]+/).filter(Boolean);
      return !names.every((name) => new RegExp(`[~+-] +${name} *:`).test(block));
    });
    expect(
      unnamed.map(({ type, field }) => `${type} ${field}`),
      shown,
    ).toEqual([]);
  });
});

test("a user that somebody made again as it was is drift, and the next up says what can be done", {
  timeout: 300_000,
}, async () => {
  const nim = await startNimSimulator({ nginx: false });
  const stack = await nimStack(nim, {
    program: program(resource("User", "ann", { name: "ann", email: "ann@example.com" })),
  });
  try {
    await stack.up();
    const user = `${nim.url}/api/platform/v1/users/ann`;
    const authorization = `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}`;
    expect((await fetch(user, { method: "DELETE", headers: { authorization } })).ok).toBe(true);
    nim.control.write("users", "ann", { metadata: { name: "ann" }, userDef: { email: "ann@example.com" } }, "alice");
    const shown = await driftCheck(stack, 7);
    expect(shown).toMatch(/belongsToOthers *: true/);
    const output = await failing(stack, ["up", "--yes", "--refresh"]);
    expect(output).toContain('Set "adopt: true" to take it over');
  } finally {
    await stack.remove();
    await nim.close();
  }
});
