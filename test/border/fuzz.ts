import { type Case, keyOf, type MakeProvider, type Operation, play } from "./episode.ts";
import { judge } from "./oracle.ts";
import { allCases, byChance } from "./plan.ts";
import type { Subject } from "./site.ts";

export interface Found {
  /** What is wrong, without the details. */
  readonly kind: string;
  readonly detail: string;
  /** `BORDER_CASE='…' npx vitest run --config test/vitest.config.ts test/border` plays it alone. */
  readonly key: string;
}

export interface Report {
  cases: number;
  failed: number;
  readonly found: Found[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Only cases whose key has this in it. */
  readonly only?: string;
  readonly operations?: readonly Operation[];
  /** Only answers to this request. */
  readonly request?: number;
}

export async function fuzz(subjects: readonly Subject[], make: MakeProvider, options: FuzzOptions): Promise<Report> {
  const { seed, count, only = "", request } = options;
  const all = await allCases(subjects, make, options.operations);
  const cases = all.filter((each) => keyOf(each).includes(only) && (request ?? each.request) === each.request);
  const report: Report = { cases: 0, failed: 0, found: [] };
  for (const each of byChance(cases, seed, keyOf).slice(0, count)) {
    const found = await tryOne(each, make);
    report.cases += 1;
    if (found.length > 0) report.failed += 1;
    report.found.push(...found.map((detail) => ({ kind: detail.split(":")[0] ?? "", detail, key: keyOf(each) })));
  }
  return report;
}

async function tryOne(given: Case, make: MakeProvider): Promise<string[]> {
  const episode = await play(given, make);
  return episode.mutated > 0 ? judge(given, episode) : [];
}

/** One line for each kind, and the simplest cases of each. */
export function describeReport({ cases, failed, found }: Report, examples = 3): string {
  const kinds = Map.groupBy(found, ({ kind }) => kind);
  const told = [...kinds].map(([kind, all]) => {
    const simplest = all.toSorted((a, b) => a.key.length - b.key.length);
    const shown = simplest.slice(0, examples).map(({ detail, key }) => `    ${key}\n      ${detail}`);
    return [`  ${all.length} × ${kind}`, ...shown].join("\n");
  });
  return [`${cases} cases, ${failed} not as they must be`, ...told].join("\n");
}
