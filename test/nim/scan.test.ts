// What a scan is asked for and what becomes of its answer; test/cli/scanTop.test.ts has the command.
import { afterEach, expect, test } from "vitest";
import { ask } from "../../provider/core/query.ts";
import { scannedServers } from "../../provider/nim/analyticsQueries.ts";
import type { NimClient } from "../../provider/nim/client.ts";
import type { QueriedServer } from "../../provider/nim/queryTypes.ts";
import { readNetworks, readPorts, scanNetwork, serversIn } from "../../provider/nim/scan.ts";
import { createConnections } from "../../provider/pulumi/connections.ts";
import { wayOut } from "../../provider/pulumi/wayOut.ts";
import { createSecrets } from "../../provider/travel/redaction.ts";
import { timeLimit } from "../../provider/travel/timeLimit.ts";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

let nim: NimSimulator;
afterEach(() => nim.close());

async function start(): Promise<NimClient> {
  const clock = createVirtualClock();
  nim = await startNimSimulator({ port: false, nginx: false, now: clock.now, switches: { managedServers: "links" } });
  const settings: Record<string, string> = {
    "nim:endpoint": "https://nim.invalid",
    "nim:username": nim.username,
    "nim:password": nim.password,
  };
  const secrets = createSecrets();
  const world = { environment: {}, clock, transport: simulatorTransport(nim.handle) };
  const out = wayOut({ warn() {}, progress() {} }, secrets);
  const connections = createConnections(world, () => (key) => settings[key], secrets, out);
  return connections.systemOf("nim").clientWithin(timeLimit(clock, 60, "nim:timeout")) as NimClient;
}

test("finds the nginx that nobody manages, and not those of an earlier scan elsewhere", async () => {
  const client = await start();
  nim.control.placeServer({ ip: "192.0.2.77", port: 8080, version: "1.18.0" });
  nim.control.placeServer({ ip: "198.51.100.1", port: 80, version: "1.14.0" });
  const elsewhere = readNetworks(["198.51.100.0/24"]);
  const [networks, ports] = [readNetworks(["192.0.2.0/24"]), readPorts(["80", "8000-8100"])];
  for (const network of [...elsewhere, ...networks]) {
    expect(await scanNetwork(client, network, ports, "none")).toEqual({ isComplete: true, percentageComplete: 100 });
  }
  const all = (await ask(scannedServers, { client, isFresh: true }, {})) as QueriedServer[];
  expect(all).toHaveLength(4);
  expect(serversIn(all, networks, ports).map(({ ip, isManaged }) => [ip, isManaged])).toEqual([
    ["192.0.2.10", true],
    ["192.0.2.11", true],
    ["192.0.2.77", false],
  ]);
  expect(serversIn(all, networks, readPorts(["8080"]))).toEqual([
    { ip: "192.0.2.77", port: 8080, server: "nginx", version: "1.18.0", isManaged: false },
  ]);
});

test.each([
  [
    { percentageComplete: 40, status: "running" },
    { isComplete: false, percentageComplete: 40 },
  ],
  [
    { percentageComplete: 100, status: "complete" },
    { isComplete: true, percentageComplete: 100 },
  ],
  [{ status: "running" }, { isComplete: false, percentageComplete: undefined }],
  [{}, { isComplete: true, percentageComplete: undefined }],
])("the answer %o", async (body, expected) => {
  const client = await start();
  nim.control.faults.inject({
    match: "POST /api/platform/v1/servers/scan",
    fault: { kind: "respond", when: "before", status: 200, body },
  });
  const [network] = readNetworks(["192.0.2.1"]);
  expect(network && (await scanNetwork(client, network, readPorts(["80"]), "icmp"))).toEqual(expected);
});
