import { createEngineGround, type EngineGroundOptions } from "./engineGround.ts";
import type { Subject } from "./subject.ts";
import { emptyReport, movesOfEpisode, type Report, take, walkOnce } from "./walk.ts";

export interface EngineWalkOptions extends Omit<EngineGroundOptions, "instances"> {
  /** The first episode's of each subject; the next ones have the following numbers. */
  seed: number;
  /** Of each subject. */
  steps: number;
  /** Episodes of a subject that go on side by side. */
  walkers: number;
  /** Of an episode: fewer, where more walkers go side by side, take less time. */
  moves?: number;
}

export interface EngineWalkReport {
  /** By the subject's name. */
  reports: Record<string, Report>;
  /** Runs of the CLI that it took. */
  runs: number;
}

/** The walk on the real Pulumi: many episodes side by side, whose next step is one run of the CLI. */
export async function walkOnEngine(
  subjects: readonly Subject[],
  { seed, steps, walkers, moves = movesOfEpisode, ...options }: EngineWalkOptions,
): Promise<EngineWalkReport> {
  // Each walker looks also, by the way, how its program would be arrived at directly: a config on one instance, tags on two.
  const ground = await createEngineGround({ ...options, instances: 2 * (1 + 2) * walkers });
  const { rounds } = ground.stack;
  const reports = Object.fromEntries(subjects.map(({ name }) => [name, emptyReport()]));

  async function walkEpisodes(subject: Subject, report: Report, next: { seed: number; open: number }): Promise<void> {
    while (report.steps + next.open * moves < steps) {
      const number = next.seed;
      next.seed += 1;
      next.open += 1;
      take(report, await walkOnce(subject, number, { ground, moves }));
      next.open -= 1;
    }
  }

  try {
    const all = subjects.flatMap((subject) => {
      const next = { seed, open: 0 };
      const report = reports[subject.name] as Report;
      return Array.from({ length: walkers }, () => () => walkEpisodes(subject, report, next));
    });
    rounds.enter(all.length);
    await Promise.all(all.map((walk) => walk().finally(() => rounds.leave())));
    return { reports, runs: ground.stack.runs };
  } finally {
    await ground.close();
  }
}

/** The operations about which a provider may lie (liar.mjs), and what a walk must convict it of. */
export const lies = {
  update: "1 declared and not there",
  read: "6 drift that no drift check shows",
  diff: "5 the same in other words is not the same",
} as const;

/** Environment of a stack whose provider lies. */
export function lyingAbout(operation: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${new URL("liar.mjs", import.meta.url)}`, WALK_LIE: operation };
}
