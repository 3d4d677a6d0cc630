// A stack that version 0.1.0 has made, of every kind of resource, goes on with today's package. The fixture is what that
// version left in the state and is never made again; its keys are the tests' own.
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { type Issued, issue } from "../tools/pki.ts";
import type { ExportedState } from "../tools/pulumi.ts";
import { bothStack, driftCheck, program, resource } from "./stack.ts";

const mainFile = "/etc/nginx/nginx.conf";
const siteFile = "/etc/nginx/conf.d/site.conf";
const segmentPath = "/infra/segments/web-of-old";

type Arguments = Record<string, unknown>;

interface Old {
  state: ExportedState;
  /** What each program said, by class. */
  args: Record<"NsxSegment" | "Role" | "Certificate" | "NginxConfig", Arguments>;
  marks: Record<string, string>;
  leaf: Issued;
  configPath: string;
}

let nsx: NsxSimulator;
let nim: NimSimulator;
beforeEach(async () => {
  nsx = await startNsxSimulator();
  nim = await startNimSimulator({ nginx: false, systems: [{ hostname: "web-1" }] });
});
afterEach(async () => {
  await nsx.close();
  await nim.close();
});

async function readOld(): Promise<Old> {
  const state: ExportedState = JSON.parse(
    await readFile(new URL("../fixtures/states-0.1.0.json", import.meta.url), "utf8"),
  );
  const [, engine, ...own] = state.deployment.resources ?? [];
  // The engine configures the provider of a refresh from the state.
  const endpoints = { "nsx:endpoint": nsx.url, "nim:endpoint": nim.url };
  Object.assign(engine ?? {}, { inputs: endpoints, outputs: endpoints });
  const args = Object.fromEntries(
    own.map(({ type, inputs = {} }) => {
      const { __provider, owner, ...said } = inputs;
      return [type.split(":").at(-1), said];
    }),
  ) as Old["args"];
  const key = JSON.parse((args.Certificate.privateKey as { plaintext: string }).plaintext);
  args.Certificate.privateKey = key;
  return {
    state,
    args,
    marks: Object.fromEntries(own.map(({ type, outputs }) => [type.split(":").at(-1), String(outputs?.ownerMark)])),
    leaf: { certificate: String(args.Certificate.certificate), key },
    configPath: `/api/platform/v1${own.find(({ type }) => type.endsWith("NginxConfig"))?.id}/config`,
  };
}

/** As that version has left them on both systems. */
async function makeItsObjects({ state, args, marks, leaf, configPath }: Old): Promise<void> {
  const { displayName, description, domainName, connectivityPath } = args.NsxSegment;
  nsx.control.change(
    segmentPath,
    {
      display_name: displayName,
      description,
      domain_name: domainName,
      connectivity_path: connectivityPath,
      subnets: [
        {
          gateway_address: "10.9.0.1/24",
          dhcp_ranges: ["10.9.0.100-10.9.0.199"],
          dhcp_config: {
            resource_type: "SegmentDhcpV4Config",
            server_address: "10.9.0.2/24",
            dns_servers: ["10.0.0.53"],
            lease_time: 43_200,
          },
        },
        { gateway_address: "2001:db8::1/64" },
      ],
      tags: [
        { scope: "env", tag: "prod" },
        { scope: "pulumi.owner", tag: marks.NsxSegment },
      ],
    },
    nsx.username,
  );
  const role = args.Role as { displayName: string; description: string; permissions: Arguments[] };
  const permissions = role.permissions.map((permission) => ({ objects: [], ...permission }));
  const tags = ["shop", `pulumi.owner:${marks.Role}`];
  const metadata = { name: "of-old", displayName: role.displayName, description: role.description, tags };
  nim.control.write("roles", "of-old", { metadata, roleDef: { permissions } }, nim.username);
  const [{ systemUid, instanceUid }] = args.Certificate.instances as [Record<string, string>];
  const certPEMDetails = {
    publicCert: leaf.certificate,
    privateKey: leaf.key,
    caCerts: args.Certificate.caCertificates,
  };
  const instanceRefs = [`/api/platform/v1/systems/${systemUid}/instances/${instanceUid}`];
  nim.control.write("certs", "of-old", { name: "of-old", certPEMDetails, instanceRefs }, nim.username);
  const listed = (files: unknown) =>
    Object.entries(files as Record<string, string>).map(([name, text]) => ({
      name,
      contents: Buffer.from(text).toString("base64"),
    }));
  await asAdmin("POST", configPath, {
    externalId: "v1",
    externalIdType: "other",
    configFiles: { rootDir: "/etc/nginx", files: listed(args.NginxConfig.files) },
    auxFiles: { rootDir: "/", files: listed(args.NginxConfig.auxFiles) },
  });
  await nim.control.settled();
  // The uids are this NIM's, and an object with another one would be another object.
  for (const [type, path] of Object.entries({ "nim:Role": "roles/of-old", "nim:Certificate": "certs/of-old" })) {
    const known = state.deployment.resources?.find((one) => one.type.endsWith(type));
    Object.assign(known?.outputs ?? {}, { uid: uidOf(latest(`/api/platform/v1/${path}`).body) });
  }
}

const uidOf = ({ uid, metadata }: Arguments) => uid ?? (metadata as Arguments).uid;

async function asAdmin(method: string, path: string, body: object): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const request = { method, path, headers, body: JSON.stringify(body), remoteAddress: "127.0.0.1" };
  const { status, body: answer } = await nim.handle(request);
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${answer}`);
}

const declare = (args: Old["args"]) =>
  program(...Object.entries(args).map(([type, given]) => resource(type, "web", given)));

const stackOf = (args: Old["args"]) => bothStack(nsx, nim, { program: declare(args), project: "test", stack: "dev" });

function latest(path: string) {
  const version = nim.control.history.of(path).at(-1);
  if (!version) throw new Error(`nothing was ever at ${path}`);
  return version;
}

describe("a stack of version 0.1.0", { timeout: 300_000 }, () => {
  test("has no drift and nothing to do", async () => {
    const old = await readOld();
    await makeItsObjects(old);
    await using stack = await stackOf(old.args);
    await stack.importState(old.state);
    await driftCheck(stack, 0);
    await stack.up(["--expect-no-changes"]);
    await stack.refresh(["--expect-no-changes"]);
    await stack.up(["--expect-no-changes"]);
  });

  test.each(["at once", "after a refresh"])("is updated %s, and destroyed", async (when) => {
    const old = await readOld();
    await makeItsObjects(old);
    // Others' settings in what that version has made and its program never named.
    nsx.control.change(segmentPath, { replication_mode: "SOURCE", mac_pool_id: "theirs" }, "alice");
    const renewed = await issue("www.example.com");
    await using stack = await stackOf(old.args);
    await stack.importState(old.state);
    if (when === "after a refresh") await stack.refresh();

    const { domainName: _, ...segment } = old.args.NsxSegment;
    const { description: __, ...role } = old.args.Role;
    const { auxFiles: ___, ...config } = old.args.NginxConfig;
    const files = { ...(config.files as Record<string, string>), [siteFile]: "server {\n  listen 8081;\n}\n" };
    const [dhcpSubnet, otherSubnet] = segment.subnets as [Arguments, Arguments];
    const { dhcpConfig: ____, ...plainSubnet } = dhcpSubnet;
    const next: Old["args"] = {
      NsxSegment: { ...segment, displayName: "of today", subnets: [plainSubnet, otherSubnet] },
      Role: { ...role, permissions: [{ feature: "SCAN", accessTypes: ["READ"] }] },
      Certificate: { ...old.args.Certificate, certificate: renewed.certificate, privateKey: renewed.key },
      NginxConfig: { ...config, files },
    };
    await stack.writeProgram(declare(next));
    expect((await stack.up()).stdout).toMatch(/~ 4 updated\n/);

    const live = nsx.control.object(segmentPath) as Arguments;
    const [subnet] = live.subnets as Arguments[];
    expect(live).toMatchObject({ display_name: "of today", replication_mode: "SOURCE", mac_pool_id: "theirs" });
    expect(live).not.toHaveProperty("domain_name");
    expect(subnet).not.toHaveProperty("dhcp_config");
    expect(subnet).toMatchObject({ dhcp_ranges: ["10.9.0.100-10.9.0.199"] });
    const { metadata, roleDef = {} } = latest("/api/platform/v1/roles/of-old").body as Record<string, Arguments>;
    expect(metadata).toMatchObject({ displayName: "Of old", description: "" });
    expect(roleDef.permissions).toEqual([{ feature: "SCAN", accessTypes: ["READ"], objects: [] }]);
    const cert = latest("/api/platform/v1/certs/of-old").body as { certPEMDetails: Arguments };
    expect(cert.certPEMDetails).toMatchObject({ publicCert: `${renewed.certificate}\n` });
    expect(filesOf(old)).toEqual([siteFile, mainFile]);
    await driftCheck(stack, 0);

    await stack.destroy();
    expect(nsx.control.object(segmentPath)).toBeUndefined();
    expect(latest("/api/platform/v1/roles/of-old").kind).toBe("delete");
    expect(latest("/api/platform/v1/certs/of-old").kind).toBe("delete");
    // What `onDelete` of the old program says.
    expect(filesOf(old)).toEqual([mainFile]);
  });
});

function filesOf({ configPath }: Old): string[] {
  const { configFiles, auxFiles } = latest(configPath).body as Record<string, { files: { name: string }[] }>;
  return [...(configFiles?.files ?? []), ...(auxFiles?.files ?? [])].map(({ name }) => name).sort();
}
