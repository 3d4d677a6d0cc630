// Objects that a stack only looks at, on the real engine: what a program sees of them, and that nothing is done to them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { bothStack, driftCheck, failing, failingUp, program } from "./stack.ts";

const main = "events {}\nhttp {}\n";

describe("looking at what exists", { timeout: 300_000 }, () => {
  let [nsx, nsx2]: NsxSimulator[] = [];
  let nim: NimSimulator;
  let stack: Workspace;
  const authority = { certificate: "", key: "" };

  /** Requests that change something, on all systems. */
  const writes = () =>
    [nsx, nsx2, nim]
      .flatMap((system) => system?.control.requests.all() ?? [])
      .filter(({ method, path }) => method !== "GET" && !path.startsWith("/api/session/"));

  const lookups = () => `
    const dc2 = new Provider("dc2", { nsx: { endpoint: ${JSON.stringify(nsx2?.url)}, username: "admin", password: "Of-the-second-1" } });
    const web = NsxSegment.get("web", "/infra/segments/web");
    const fixed = NsxSegment.get("fixed", "/infra/tier-1s/t1-web/segments/fixed");
    const shop = NsxSegment.get("shop", "/orgs/default/projects/shop/infra/segments/shop");
    const other = NsxSegment.get("other", "/infra/segments/of-dc2", { provider: dc2 });
    const role = Role.get("role", "team");
    const certificate = Certificate.get("certificate", "www");
    const group = NginxConfig.get("group", "/instance-groups/${nim.instanceGroup}");
    const instance = NginxConfig.get("instance", "/systems/${nim.instances[0]?.systemUid}/instances/${nim.instances[0]?.instanceUid}");
    export const segments = {
      web: { segmentId: web.segmentId, displayName: web.displayName, adminState: web.adminState, replicationMode: web.replicationMode,
        overlayId: web.overlayId, tags: web.tags, subnets: web.subnets, path: web.path, user: web.lastModifiedUser, type: web.type },
      none: pulumi.all([web.domainName, web.tier1Path, web.projectPath, web.adopt]).apply((all) => all.map((each) => each === undefined)),
      fixed: { segmentId: fixed.segmentId, tier1Path: fixed.tier1Path },
      shop: { segmentId: shop.segmentId, projectPath: shop.projectPath },
      other: other.description,
    };
    export const named = {
      role: { name: role.name, displayName: role.displayName, tags: role.tags, permissions: role.permissions },
      certificate: { name: certificate.name, text: certificate.certificate, authorities: certificate.caCertificates, subject: certificate.subject },
      secrets: pulumi.all([certificate.privateKey, certificate.password]).apply((all) => all.map((each) => each === undefined)),
    };
    export const configs = {
      group: { instanceGroup: group.instanceGroup, instance: group.instance, files: group.files },
      instance: { instance: instance.instance, files: instance.files, auxFiles: instance.auxFiles },
    };`;

  beforeAll(async () => {
    Object.assign(authority, await issue("www.example.com"));
    [nsx, nsx2, nim] = await Promise.all([
      startNsxSimulator(),
      startNsxSimulator({ password: "Of-the-second-1" }),
      startNimSimulator({ nginx: false, systems: [{ hostname: "web-1" }, { hostname: "web-2" }] }),
    ]);
    nsx.control.change(
      "/infra/segments/web",
      {
        display_name: "Web",
        tags: [{ scope: "env", tag: "prod" }],
        subnets: [{ gateway_address: "10.1.0.1/24" }],
      },
      "carol",
    );
    nsx.control.change("/infra/tier-1s/t1-web/segments/fixed", { display_name: "Fixed" }, "carol");
    nsx.control.change("/orgs/default/projects/shop/infra/segments/shop", { display_name: "Shop" }, "carol");
    nsx2.control.change("/infra/segments/of-dc2", { description: "there" }, "carol");
    const { certificate, key } = authority;
    nim.control.write("roles", "team", {
      metadata: { name: "team", displayName: "Team", tags: ["prod"] },
      roleDef: { permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"] }] },
    });
    nim.control.write("certs", "www", { name: "www", certPEMDetails: { publicCert: certificate, privateKey: key } });
    stack = await bothStack(nsx, nim, { program: program(lookups()) });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await Promise.all([nsx, nsx2, nim].map((system) => system?.close()));
  });

  test("a program has every argument as the server has it, in the first run and in the next", async () => {
    const before = writes().length;
    for (let run = 0; run < 2; run += 1) {
      await stack.up();
      const outputs = (await stack.outputs()) as Record<string, Record<string, unknown>>;
      expect(outputs.segments).toEqual({
        web: {
          segmentId: "web",
          displayName: "Web",
          adminState: "UP",
          replicationMode: "MTEP",
          overlayId: expect.any(Number),
          tags: [{ scope: "env", tag: "prod" }],
          subnets: [{ gatewayAddress: "10.1.0.1/24" }],
          path: "/infra/segments/web",
          user: "carol",
          type: "DISCONNECTED",
        },
        none: [true, true, true, true],
        fixed: { segmentId: "fixed", tier1Path: "/infra/tier-1s/t1-web" },
        shop: { segmentId: "shop", projectPath: "/orgs/default/projects/shop" },
        other: "there",
      });
      expect(outputs.named).toMatchObject({
        role: {
          name: "team",
          displayName: "Team",
          tags: ["prod"],
          permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"] }],
        },
        certificate: {
          name: "www",
          text: `${authority.certificate}\n`,
          authorities: [],
          subject: "CN=www.example.com",
        },
        secrets: [true, true],
      });
      expect(outputs.configs).toMatchObject({
        group: { instanceGroup: nim.instanceGroup, files: {} },
        instance: { instance: nim.instances[0], files: expect.anything() },
      });
    }
    expect(writes()).toHaveLength(before);
    // A preview knows all of it, also what is not there.
    expect((await stack.preview(["--diff", "--expect-no-changes"])).stdout).not.toContain("unknown");
    await driftCheck(stack, 0);
  });
});
