// What no client can promise, measured: the moments between a read and a write for which a system has no condition.

import { startNimSimulator } from "../../simulators/nim/index.ts";
import { pageFile, site, siteFile, startConfigBench } from "../nim/nginxConfig.bench.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createTestWorld } from "../tools/world.ts";
import type { Arena, Settings } from "./arena.ts";
import { runAll } from "./exhaustive.ts";
import { type Scenario, strategies } from "./scenarios.ts";
import { Tally } from "./tally.ts";

export interface Window {
  readonly what: string;
  readonly figure: string;
}

export async function measureWindows(arena: Arena, scenarioOf: (settings: Settings) => Scenario): Promise<Window[]> {
  const windows: Window[] = [];
  for (const [name, settings] of strategies) {
    const tally = new Tally();
    await runAll(arena, { ...scenarioOf(settings), switches: {} }, { steps: 4, mishaps: 0 }, tally);
    const figure = `${tally.unnoticeable} of ${tally.schedules} orders delete what somebody made in between`;
    windows.push({ what: `${name}: NSX, between GET and DELETE`, figure });
  }
  windows.push({ what: "NIM, between the read and the PUT of a role", figure: await measureRole() });
  windows.push({ what: "NIM, between the read and the publish of a config", figure: await measureConfig() });
  return windows;
}

/** A colleague publishes before each request of an update in turn: how many of the places lose that without a word. */
export async function measureConfig(): Promise<string> {
  const lost: string[] = [];
  let place = 0;
  for (let more = true; more; place += 1) {
    const outcome = await publishAt(place);
    more = outcome !== "no such request";
    if (outcome === "lost") lost.push(`before request ${place + 1}`);
  }
  return `a colleague's edit is lost in ${lost.length} of ${place - 1} places${lost.length > 0 ? `: ${lost.join(", ")}` : ""}`;
}

async function publishAt(place: number): Promise<"lost" | "kept" | "no such request"> {
  const bench = await startConfigBench("instance");
  try {
    const provider = bench.newProcess().providers.byName.NginxConfig as unknown as ResourceRun["provider"];
    const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::config", __provider: "text" });
    await run.up(bench.args);
    const { control } = bench.simulator;
    const edit = { target: "web-1", path: siteFile, content: site("by alice"), via: "ui", user: "alice" } as const;
    let requests = 0;
    control.hook({
      async before() {
        if (requests++ === place) await control.editConfig(edit);
      },
    });
    const page = { [pageFile]: "changed" };
    const ended = await run.up({ ...bench.args, auxFiles: page }).then(
      () => "done",
      () => "stopped",
    );
    if (requests <= place) return "no such request";
    const isKept = bench.live(run.state?.id ?? "")?.[siteFile] === site("by alice");
    return ended === "done" && !isKept ? "lost" : "kept";
  } finally {
    await bench.close();
  }
}

/** A colleague writes before each request of an update in turn: how many of the places lose that write. */
export async function measureRole(): Promise<string> {
  const places = ["before the read", "between read and PUT", "after the PUT"];
  const lost: string[] = [];
  for (const [index, place] of places.entries()) {
    if (await losesAt(index)) lost.push(place);
  }
  return `a colleague's change is lost in ${lost.length} of ${places.length} places${lost.length > 0 ? `: ${lost.join(", ")}` : ""}`;
}

const args = {
  name: "team",
  description: "as made",
  permissions: [{ feature: "CERTIFICATES", accessTypes: ["READ"] }],
};

async function losesAt(place: number): Promise<boolean> {
  const nim = await startNimSimulator({ port: false, nginx: false, systems: [] });
  const { providers } = createTestWorld(nim.handle, {
    environment: { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: nim.username, NIM_PASSWORD: nim.password },
  });
  const provider = providers.byName.Role as unknown as ResourceRun["provider"];
  const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::team", __provider: "text" });
  await run.up(args);
  const path = "/api/platform/v1/roles/team";
  const latest = () =>
    nim.control.history.of(path).at(-1)?.body as { metadata: { displayName?: string }; roleDef: object };
  const edit = () => {
    const role = structuredClone(latest());
    nim.control.write("roles", "team", { ...role, metadata: { ...role.metadata, displayName: "Alice's" } }, "alice");
  };
  let requests = 0;
  nim.control.hook({ before: () => void (requests++ === place && edit()) });
  await run.up({ ...args, description: "changed" });
  if (requests <= place) edit();
  const isLost = latest().metadata.displayName !== "Alice's";
  await nim.close();
  return isLost;
}
