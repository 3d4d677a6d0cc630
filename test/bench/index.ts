// `npm run bench -- --help`
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { checkpointRuns } from "./checkpointRuns.ts";
import { configRuns } from "./configRuns.ts";
import { engineRuns, largeRefresh, startUp } from "./engineRuns.ts";
import { otherClients } from "./otherClients.ts";
import { pacers } from "./pacers.ts";
import { refreshOf, twoProcesses } from "./providerRuns.ts";
import { checkpointTable, clientTable, engineTable, markdown, pacerTable, refreshTable, type Table } from "./report.ts";
import { type Manager, startManager } from "./simulator.ts";

const help = `Usage: npm run bench -- [options]

Measures this checkout on a simulated NSX with its limits on (100 requests a second, 40 at once), in a process of its own.
Prints tables and writes all figures as JSON. Compare only figures of one run. What is done three times (engine, group) shows
the run with the middle ratio.

  --segments N     size of the stacks (1000)
  --largest N      size of the largest refresh (10000)
  --only A,B       of engine, parallel, group, checkpoints, large, config, startup, refresh, two, others, pacers
  --out FILE       where the JSON goes (node_modules/.bench.json)`;

const { values } = parseArgs({
  options: {
    segments: { type: "string", default: "1000" },
    largest: { type: "string", default: "10000" },
    only: { type: "string" },
    out: { type: "string", default: "node_modules/.bench.json" },
    help: { type: "boolean", default: false },
  },
});

const segments = Number(values.segments);
const largest = Number(values.largest);
const figures: Record<string, unknown> = {};

function show(title: string, figure: unknown, table?: Table): void {
  figures[title] = figure;
  process.stdout.write(`\n${title}\n\n${table ? markdown(table) : JSON.stringify(figure)}\n`);
}

/** A machine that others use varies by a fifth from one minute to the next. */
const rounds = 3;
const grouped = { NSX_WRITE_STRATEGY: "hierarchical" };

const parts: Readonly<Record<string, (manager: Manager) => Promise<void>>> = {
  async engine(manager) {
    const runs = await engineRuns(manager, { segments, name: "", rounds });
    show("Real engine, default --parallel", runs.rows, engineTable(runs.rows));
    const { stateBytes, floorStateBytes } = runs;
    show("State, bytes a resource", { stateBytes, floorStateBytes });
  },
  async parallel(manager) {
    const { rows } = await engineRuns(manager, { segments, name: "", args: ["--parallel", "64"] });
    show("Real engine, --parallel 64", rows, engineTable(rows));
  },
  async group(manager) {
    const args = ["--parallel", "200"];
    const { rows } = await engineRuns(manager, { segments, name: "", args, env: grouped, rounds });
    show("Group commit (nsx:writeStrategy hierarchical), --parallel 200", rows, engineTable(rows));
  },
  async checkpoints(manager) {
    const env = { PULUMI_SKIP_CHECKPOINTS: "false" };
    const { rows } = await engineRuns(manager, { segments, name: "with checkpoints", env, short: true });
    show("Real engine, with checkpoints", rows, engineTable(rows));
    const count = Math.min(segments, 500);
    const settings = await checkpointRuns(manager, count);
    show(`Checkpoints in a file backend, ${count} segments`, settings, checkpointTable(settings));
  },
  async large(manager) {
    const rows = await largeRefresh(manager, largest);
    show(`Real engine, ${largest} segments`, rows, engineTable(rows));
  },
  async config() {
    const rows = await configRuns();
    show("An NginxConfig of 200 files of 5 KB and one of 2 MB", rows, engineTable(rows));
  },
  async startup(manager) {
    show("Preview of one resource, median of 5, seconds", await startUp(manager, 5));
  },
  async refresh(manager) {
    const sizes = [100, 300, 1_000, 3_000, 10_000].filter((size) => size < largest);
    const rows = [];
    for (const size of [...sizes, largest]) rows.push(await refreshOf(manager, size));
    show("Refresh through Pulumi's dynamic-provider server, 64 at once", rows, refreshTable(rows));
  },
  async two(manager) {
    show("Two processes on one account", await twoProcesses(manager, Math.ceil(segments / 2)));
  },
  async others(manager) {
    const rows = await otherClients(manager, Math.min(segments, 500));
    show(`Other clients, ${Math.min(segments, 500)} segments`, rows, clientTable(rows));
  },
  async pacers() {
    const rows = await pacers(Math.min(segments * 2, 2_000));
    show("Pacing on real HTTP", rows, pacerTable(rows));
  },
};

async function main(): Promise<void> {
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  show("Machine", machine);
  for (const name of values.only?.split(",") ?? Object.keys(parts)) {
    const part = parts[name];
    if (!part) throw new Error(`there is no part "${name}"; there is ${Object.keys(parts).join(", ")}`);
    const manager = await startManager();
    try {
      await part(manager);
    } finally {
      manager.close();
    }
    writeFileSync(values.out, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
}

if (values.help) process.stdout.write(`${help}\n`);
else await main();
