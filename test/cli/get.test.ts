// Objects that a stack only looks at, on the real engine: what a program sees of them, and that nothing is done to them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { issue } from "../tools/pki.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { bothStack, driftCheck, failing, failingUp, program } from "./stack.ts";

const main = "events {}\nhttp {}\n";

const place = ({ instances: [first] }: NimSimulator) => ({
  systemUid: first?.systemUid,
  instanceUid: first?.instanceUid,
});

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
    const shop = NsxSegment.get("shop", "/orgs/default/projects/dev/infra/segments/shop");
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
    nsx.control.change("/orgs/default/projects/dev/infra/segments/shop", { display_name: "Shop" }, "carol");
    nsx2.control.change("/infra/segments/of-dc2", { description: "there" }, "carol");
    const { certificate, key } = authority;
    nim.control.write("roles", "team", {
      metadata: { name: "team", displayName: "Team", tags: ["prod"] },
      roleDef: { permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"] }] },
    });
    nim.control.write("certs", "www", { name: "www", certPEMDetails: { publicCert: certificate, privateKey: key } });
    const [file, user] = ["/etc/nginx/nginx.conf", "alice"];
    await nim.control.editConfig({ target: "web", path: file, content: main, via: "ui", user });
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
        shop: { segmentId: "shop", projectPath: "/orgs/default/projects/dev" },
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
        group: { instanceGroup: nim.instanceGroup, files: { "/etc/nginx/nginx.conf": main } },
        instance: { instance: place(nim), files: { "/etc/nginx/nginx.conf": main } },
      });
      expect(outputs.configs?.group).not.toHaveProperty("instance");
    }
    expect(writes()).toHaveLength(before);
    // A preview knows all of it, also what is not there.
    expect((await stack.preview(["--diff", "--expect-no-changes"])).stdout).not.toContain("unknown");
    await driftCheck(stack, 0);
  });

  test("what does not exist, and what is no id, fails with one clear error, in a preview as well", async () => {
    const wrong: [string, string, RegExp][] = [
      ["NsxSegment", "/infra/segments/nobody", /There is no such object: GET .*\/infra\/segments\/nobody answered 404/],
      ["NsxSegment", "/infra/tier-1s/t1-web", /is no id of this kind\. The id of a segment is its policy path: /],
      ["Certificate", "nobody", /There is no such object: GET .*\/certs\/nobody answered 404/],
      ["Role", "nobody", /There is no such object: GET .*\/roles\/nobody answered 404/],
      [
        "NginxConfig",
        "/instance-groups/nobody",
        /There is no such object: GET .*\/instance-groups\/nobody answered 404/,
      ],
      ["NginxConfig", nim.instanceGroup, /is no id of this kind\. The id of a config is \/systems\//],
    ];
    const before = writes().length;
    for (const [type, id, message] of wrong) {
      await stack.writeProgram(program(`${type}.get("wrong", ${JSON.stringify(id)});`));
      const shown = await failing(stack, ["preview"]);
      expect(shown).toContain(`${type} ${id}: read failed.`);
      expect(shown).toMatch(message);
    }
    expect(await failingUp(stack)).toMatch(/is no id of this kind/);
    await stack.writeProgram(program(`NsxSegment.get("empty", "");`));
    expect(await failing(stack, ["preview"])).toContain('"empty": the id of the object to look at is missing.');
    await stack.writeProgram(program(`NsxSegment.get("empty", pulumi.output(""));`));
    await failing(stack, ["preview"]);
    await failingUp(stack);
    expect(writes()).toHaveLength(before);
  });

  test("what is gone is taken out of the state by a refresh; destroy leaves everything", async () => {
    await stack.writeProgram(program(lookups()));
    await stack.up();
    nsx?.control.delete("/infra/segments/web", "carol");
    const before = writes().length;
    await driftCheck(stack, 7);
    await stack.run(["refresh", "--yes", "--skip-preview"]);
    expect(await failingUp(stack)).toContain("NsxSegment /infra/segments/web: read failed. There is no such object");
    await stack.destroy();
    expect(writes()).toHaveLength(before);
    expect(nsx?.control.object("/infra/tier-1s/t1-web/segments/fixed")).toBeDefined();
    expect(nsx2?.control.object("/infra/segments/of-dc2")).toBeDefined();
  });
});
