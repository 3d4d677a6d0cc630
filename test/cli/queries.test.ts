// Objects of NSX by name, in programs that the real engine runs.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { failing, nsxStack, program, segment, segmentsOf } from "./stack.ts";

const asking = `import * as nn from "pulumi-nginx-nsx";`;
const zone = "/infra/sites/default/enforcement-points/default/transport-zones/overlay-tz";

/** What is listed at the end; while a run goes on, its first line also stands beside the resource. */
const diagnosticsOf = (output: string) => output.slice(output.indexOf("Diagnostics:"));

describe("queries in a program", { timeout: 300_000 }, () => {
  let nsx: NsxSimulator;
  let other: NsxSimulator;
  beforeAll(async () => {
    [nsx, other] = await Promise.all([startNsxSimulator(), startNsxSimulator({ password: "Of-the-second-NSX-1" })]);
  });
  afterAll(() => Promise.all([nsx?.close(), other?.close()]));
  beforeEach(() => {
    for (const system of [nsx, other]) {
      system.control.reset();
      system.control.requests.reset();
    }
  });

  const requests = (system: NsxSimulator) =>
    system.control.requests.all().map(({ method, path }) => `${method} ${path.split("?")[0]}`);

  test("both forms feed a segment, in preview and up, and the session is ended each time", async () => {
    await using stack = await nsxStack(nsx, {
      program: program(
        asking,
        `const zone = await nn.getTransportZone({ displayName: "overlay-tz" });`,
        `const gateway = nn.getTier1GatewayOutput({ displayName: "t1-web" });`,
        `new NsxSegment("web", { segmentId: "web", transportZonePath: zone.path, connectivityPath: gateway.path,`,
        `  subnets: [{ gatewayAddress: "10.1.0.1/24" }] });`,
        `export const all = nn.getTier0GatewaysOutput({}).apply((found) => found.map(({ path }) => path));`,
      ),
    });
    const preview = await stack.preview(["--diff"]);
    expect(preview.output).toContain("/infra/tier-1s/t1-web");
    expect(requests(nsx).filter((request) => request.includes("/session/"))).toEqual([
      "POST /api/session/create",
      "POST /api/session/destroy",
    ]);
    nsx.control.requests.reset();
    await stack.up();
    expect(nsx.control.object("/infra/segments/web")).toMatchObject({
      transport_zone_path: zone,
      connectivity_path: "/infra/tier-1s/t1-web",
    });
    // The program's session, and that of the resource's provider.
    const sessions = requests(nsx).filter((request) => request.includes("/session/"));
    expect(sessions.filter((request) => request.endsWith("create"))).toHaveLength(2);
    expect(sessions.filter((request) => request.endsWith("destroy"))).toHaveLength(2);
    await stack.up(["--expect-no-changes"]);
    await stack.destroy();
  });

  test("what depends on a segment that is not there yet is unknown in a preview, and found in the up", async () => {
    await using stack = await nsxStack(nsx, {
      program: program(
        asking,
        `const web = ${segment("web", { segmentId: "web", displayName: "shop web" })}`,
        `const found = nn.getSegmentOutput({ displayName: web.displayName });`,
        `const later = nn.getSegmentsOutput({}, { dependsOn: [web] });`,
        `export const path = found.path;`,
        `export const count = later.apply((all) => all.length);`,
      ),
    });
    await stack.preview();
    expect(requests(nsx).filter((request) => request.endsWith("/infra/segments"))).toEqual([]);
    const { output } = await stack.up();
    expect(output).toMatch(/path\s*: "\/infra\/segments\/web"/);
    expect(output).toMatch(/count\s*: 1/);
    await stack.destroy();
  });

  test("an explicit provider is asked, also through a component; settings that are not known make the result unknown", async () => {
    other.control.change("/infra/tier-1s/only-here", {});
    const dc2 = (endpoint: string) =>
      `const dc2 = new Provider("dc2", { nsx: { endpoint: ${endpoint}, username: "admin", password: pulumi.secret("Of-the-second-NSX-1") } });`;
    const known = [
      `const there = await nn.getTier1Gateway({ displayName: "only-here" }, { provider: dc2 });`,
      `const site = new pulumi.ComponentResource("test:index:Site", "site", {}, { providers: [dc2] });`,
      `export const component = nn.getTier1GatewayOutput({ displayName: "only-here" }, { parent: site }).path;`,
      `export const there_ = there.path;`,
    ];
    await using stack = await nsxStack(nsx, { program: program(asking, dc2(JSON.stringify(other.url)), ...known) });
    expect((await stack.up()).output).toMatch(/component\s*: "\/infra\/tier-1s\/only-here"/);
    expect(requests(nsx)).toEqual([]);
    await stack.destroy();

    const late = [`const web = ${segment("web")}`, dc2(`web.uniqueId.apply(() => ${JSON.stringify(other.url)})`)];
    const output = `export const path = nn.getTier1GatewayOutput({ displayName: "only-here" }, { provider: dc2 }).path;`;
    await stack.writeProgram(program(asking, ...late, output));
    await stack.preview();
    await stack.writeProgram(program(asking, ...late, ...known));
    expect(await failing(stack, ["preview"])).toContain("Use getTier1GatewayOutput");
    await stack.writeProgram(program(asking, ...late, output));
    expect((await stack.up()).output).toMatch(/path\s*: "\/infra\/tier-1s\/only-here"/);
    await stack.destroy();
  });

  test("an explicit provider's NIM may be unknown yet: its NSX is asked all the same", async () => {
    other.control.change("/infra/tier-1s/only-here", {});
    const nsxOfIt = `{ endpoint: ${JSON.stringify(other.url)}, username: "admin", password: pulumi.secret("Of-the-second-NSX-1") }`;
    await using stack = await nsxStack(nsx, {
      program: program(
        asking,
        `const web = ${segment("web")}`,
        `const nim = { endpoint: web.uniqueId.apply((id) => "https://" + id), username: "admin", password: "x" };`,
        `const dc2 = new Provider("dc2", { nsx: ${nsxOfIt}, nim });`,
        `const there = await nn.getTier1Gateway({ displayName: "only-here" }, { provider: dc2 });`,
        `export const awaited = there.path;`,
        `export const path = nn.getTier1GatewayOutput({ displayName: "only-here" }, { provider: dc2 }).path;`,
      ),
    });
    const { output } = await stack.preview();
    expect(output).toMatch(/awaited\s*: "\/infra\/tier-1s\/only-here"/);
    expect(output).toMatch(/path\s*: "\/infra\/tier-1s\/only-here"/);
  });

  test("what goes wrong is said once, without a stack trace, and nothing is made", async () => {
    await using stack = await nsxStack(nsx, {
      program: program(
        asking,
        `const zone = nn.getTransportZoneOutput({ displayName: "overlay" });`,
        `new NsxSegment("web", { segmentId: "web", transportZonePath: zone.path });`,
      ),
    });
    const none = await failing(stack, ["up", "--yes", "--skip-preview"]);
    expect(
      diagnosticsOf(none).match(/getTransportZone: no transport zone in .* has displayName "overlay"\. There are:/g),
    ).toHaveLength(1);
    expect(none).toContain(`"overlay-tz" ${zone} (id overlay-tz`);
    expect(none).not.toContain("error serializing property");
    expect(segmentsOf(nsx)).toEqual([]);
    expect(requests(nsx).at(-1)).toBe("POST /api/session/destroy");

    await stack.writeProgram(
      program(
        asking,
        `for (const displayName of ["a", "b", "c"]) nn.getTier1GatewayOutput({ displayName });`,
        `await nn.getTransportZone({ displayName: "overlay-tz" });`,
      ),
    );
    nsx.control.requests.reset();
    const refused = await failing(stack, ["preview"], { env: { NSX_PASSWORD: "Wrong-one-1" } });
    expect(diagnosticsOf(refused).match(/refused the login of "admin"/g)).toHaveLength(1);
    expect(refused).not.toContain("Wrong-one-1");
    expect(requests(nsx)).toEqual(["POST /api/session/create"]);
  });
});
