// What a segment costs in the engine's own state, which every run reads and writes as a whole. Compact, as it is on disk.
import { expect, test } from "vitest";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { nsxStack, program, segment } from "./stack.ts";

const limits = {
  /** Of a segment with name, description, zone, gateway, one subnet and two tags. */
  typical: 2_000,
  /** Beside the arguments, which the engine keeps twice: as inputs, and among the outputs. */
  beside: 1_450,
};

const typical = {
  displayName: "segment 1",
  description: "made by the tests",
  transportZonePath: "/infra/sites/default/enforcement-points/default/transport-zones/overlay-tz",
  connectivityPath: "/infra/tier-1s/t1-web",
  subnets: [{ gatewayAddress: "10.20.1.1/24" }],
  tags: [
    { scope: "env", tag: "prod" },
    { scope: "app", tag: "shop" },
  ],
};
const dhcpConfig = { serverAddress: "10.20.2.2/24", dnsServers: ["10.20.0.53"], leaseTime: 43_200 };
const large = {
  ...typical,
  domainName: "web.shop.example",
  dhcpConfigPath: "/infra/dhcp-server-configs/dhcp-server",
  subnets: [{ gatewayAddress: "10.20.2.1/24", dhcpRanges: ["10.20.2.100-10.20.2.199"], dhcpConfig }],
};
const bare = { segmentId: "bare" };

test("the state of a segment stays small: created, refreshed and updated", { timeout: 120_000 }, async () => {
  const nsx = await startNsxSimulator();
  const all = { typical, large, bare };
  const declare = (more: object) =>
    program(...Object.entries(all).map(([name, args]) => segment(name, { ...args, ...more })));
  await using stack = await nsxStack(nsx, { program: declare({}) });

  async function expectSmall(more: object): Promise<void> {
    const resources = await stack.resources("NsxSegment");
    expect(resources).toHaveLength(3);
    for (const one of resources) {
      const name = one.urn.split("::").at(-1) as keyof typeof all;
      const size = Buffer.byteLength(JSON.stringify(one));
      expect(size - 2 * Buffer.byteLength(JSON.stringify({ ...all[name], ...more })), name).toBeLessThan(limits.beside);
      if (name === "typical") expect(size).toBeLessThanOrEqual(limits.typical);
    }
  }

  try {
    await stack.up();
    await expectSmall({});
    await stack.refresh();
    await expectSmall({});
    await stack.writeProgram(declare({ description: "edited" }));
    await stack.up();
    await expectSmall({ description: "edited" });
  } finally {
    await nsx.close();
  }
});
