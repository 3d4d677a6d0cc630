// The figures as a table for people.
import type { CheckpointRow } from "./checkpointRuns.ts";
import type { EngineRow } from "./engineRuns.ts";
import type { ClientRow } from "./otherClients.ts";
import type { PacerRow } from "./pacers.ts";
import type { RefreshRow } from "./providerRuns.ts";
import type { Traffic } from "./simulator.ts";

export type Table = readonly (readonly string[])[];

export function markdown([header = [], ...rows]: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

const seconds = (value: number) => value.toFixed(1);

function requests({ byKind, total }: Traffic): string {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`);
  return kinds.length > 0 ? `${total}: ${kinds.join(", ")}` : "0";
}

const rate = ({ perSecond }: Traffic) => (perSecond === undefined ? "" : perSecond.toFixed(1));

export function engineTable(rows: readonly EngineRow[]): Table {
  return [
    [
      "command",
      "s",
      "floor s",
      "ratio",
      "cpu s",
      "floor cpu s",
      "cpu ratio",
      "requests",
      "per s",
      "429",
      "MiB",
      "floor MiB",
    ],
    ...rows.map(({ what, traffic, providerMiB, floorMiB, ...row }) => [
      what,
      seconds(row.seconds),
      seconds(row.floorSeconds),
      (row.seconds / row.floorSeconds).toFixed(2),
      seconds(row.processorSeconds),
      seconds(row.floorProcessorSeconds),
      (row.processorSeconds / row.floorProcessorSeconds).toFixed(2),
      requests(traffic),
      rate(traffic),
      String(traffic.refused),
      String(providerMiB || ""),
      String(floorMiB || ""),
    ]),
  ];
}

export function checkpointTable(rows: readonly CheckpointRow[]): Table {
  return [
    ["setting", "up s", "cpu s", "MiB written", "destroy s", "cpu s", "MiB written"],
    ...rows.map(({ what, ...row }) => [
      what,
      ...[row.up, row.destroy].flatMap((cost) => [
        seconds(cost.seconds),
        seconds(cost.processorSeconds),
        cost.mebibytesWritten.toFixed(1),
      ]),
    ]),
  ];
}

export function refreshTable(rows: readonly RefreshRow[]): Table {
  return [
    [
      "segments",
      "s",
      "cpu s",
      "floor cpu s",
      "cpu ms a segment",
      "provider alone s",
      "its cpu s",
      "requests",
      "MiB",
      "floor MiB",
    ],
    ...rows.map((row) => [
      String(row.segments),
      row.seconds.toFixed(2),
      row.processorSeconds.toFixed(2),
      row.floorProcessorSeconds.toFixed(2),
      ((row.processorSeconds * 1_000) / row.segments).toFixed(2),
      row.aloneSeconds.toFixed(2),
      row.aloneProcessorSeconds.toFixed(2),
      requests(row.traffic),
      String(row.providerMiB),
      String(row.floorMiB),
    ]),
  ];
}

export function clientTable(rows: readonly ClientRow[]): Table {
  return [
    ["client", "s", "requests", "refused", "failed objects"],
    ...rows.map((row) => [
      row.what,
      seconds(row.seconds),
      requests(row.traffic),
      String(row.traffic.refused),
      String(row.failed),
    ]),
  ];
}

export function pacerTable(rows: readonly PacerRow[]): Table {
  return [
    ["gate", "requests/s", "429"],
    ...rows.map(({ what, takenPerSecond, refused }) => [what, takenPerSecond.toFixed(1), String(refused)]),
  ];
}
