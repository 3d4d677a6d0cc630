import type { Report } from "./fuzz.ts";
import { byChance } from "./plan.ts";
import type { Subject } from "./site.ts";
import { playOnSockets, type SocketCase, socketCases, socketKeyOf } from "./sockets.ts";

/** Most of a case is waiting. */
const atOnce = 12;

/** As `fuzz`, over sockets: `count` cases that wait, side by side, and `large` ones that are large, one by one. */
export async function fuzzSockets(
  subjects: readonly Subject[],
  { seed, count, large, only = "" }: { seed: number; count: number; large: number; only?: string },
): Promise<Report> {
  const all = (await socketCases(subjects)).filter((each) => socketKeyOf(each).includes(only));
  const ordered = byChance(all, seed, socketKeyOf);
  const isLarge = ({ trouble }: SocketCase) => trouble.startsWith("400 MB");
  const report: Report = { cases: 0, failed: 0, found: [] };
  const work = async (queue: SocketCase[]) => {
    for (let each = queue.shift(); each; each = queue.shift()) {
      const key = socketKeyOf(each);
      const found = await playOnSockets(each);
      report.cases += 1;
      if (found.length > 0) report.failed += 1;
      report.found.push(...found.map((detail) => ({ kind: detail.split(":")[0] ?? "", detail, key })));
    }
  };
  const waiting = ordered.filter((each) => !isLarge(each)).slice(0, count);
  await Promise.all(Array.from({ length: atOnce }, () => work(waiting)));
  await work(ordered.filter(isLarge).slice(0, large));
  return report;
}
