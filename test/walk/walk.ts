import { Episode, Found } from "./episode.ts";
import { type Ground, ownSystems } from "./ground.ts";
import { move } from "./moves.ts";
import { createDice } from "./random.ts";
import type { Subject } from "./subject.ts";

export interface Failure {
  kind: string;
  detail: string;
  /** `walk(subject, { seed, steps: 1 })` shows it again. */
  seed: number;
  /** What happened up to it, a line each. */
  trace: string[];
}

export interface Report {
  steps: number;
  episodes: number;
  failures: Failure[];
  /** How often each kind was found, and the seed that shows it in the fewest lines. */
  kinds: Record<string, { times: number; seed: number; lines: number }>;
}

export interface WalkOptions {
  /** The first episode's; the next ones have the following numbers. */
  seed: number;
  steps: number;
  /** Failures that are kept with their trace. */
  keep?: number;
}

/** As many moves as an episode has at most: long enough for a third program, short enough to be read. */
export const movesOfEpisode = 10;

export async function walk(subject: Subject, { seed, steps, keep = 20 }: WalkOptions): Promise<Report> {
  const report = emptyReport();
  for (let number = seed; report.steps < steps; number += 1) {
    take(report, await walkOnce(subject, number), keep);
  }
  return report;
}

export const emptyReport = (): Report => ({ steps: 0, episodes: 0, failures: [], kinds: {} });

export function take(report: Report, { taken, failure }: Walked, keep = 20): void {
  report.steps += Math.max(1, taken);
  report.episodes += 1;
  if (!failure) return;
  if (report.failures.length < keep) report.failures.push(failure);
  const { kind, seed, trace } = failure;
  const known = report.kinds[kind] ?? { times: 0, seed, lines: trace.length };
  const shortest = trace.length < known.lines ? { seed, lines: trace.length } : known;
  report.kinds[kind] = { ...shortest, times: known.times + 1 };
}

export interface Walked {
  taken: number;
  failure?: Failure;
}

export async function walkOnce(
  subject: Subject,
  seed: number,
  { ground = ownSystems, moves = movesOfEpisode }: { ground?: Ground; moves?: number } = {},
): Promise<Walked> {
  const dice = createDice(seed);
  const world = await subject.open(dice, ground);
  const site = await world.start();
  const episode = new Episode(dice, subject, world, site);
  try {
    for (let count = 0; count < moves; count += 1) await move(episode);
    return { taken: episode.steps };
  } catch (error) {
    const found =
      error instanceof Found
        ? error.found
        : { kind: "an error that nobody expected", detail: (error as Error).stack || (error as Error).message };
    return { taken: episode.steps, failure: { ...found, seed, trace: episode.trace } };
  } finally {
    await site.close();
  }
}

/** A report in lines, for people. */
export function describeReport(name: string, { steps, episodes, kinds, failures }: Report): string {
  const lines = Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
  const told = lines.map(([kind, { times, seed }]) => `  ${times} × ${kind} (seed ${seed})`);
  const [first] = failures;
  const shown = first
    ? [`first, seed ${first.seed}: ${first.kind}: ${first.detail}`, ...first.trace.map((line) => `    ${line}`)]
    : [];
  return [`${name}: ${steps} steps in ${episodes} episodes`, ...told, ...shown].join("\n");
}
