// `npm run prove`: everything that RELIABILITY.md promises, tried, and the figures as a table. Ends with 1 when one of
// them is not what it must be. It takes more than an hour. `--scale 0.1` tries a tenth of what is tried by chance, and what is
// tried in every order only on the simulator as it is by default where that is most of the time; `--seed 7` other chances;
// `--no-engine` leaves out the part that runs the real Pulumi.

import { parseArgs } from "node:util";
import { describeReport, fuzz } from "../border/fuzz.ts";
import { fuzzList } from "../border/listFuzz.ts";
import { realProvider } from "../border/realProvider.ts";
import { fuzzSockets } from "../border/socketFuzz.ts";
import { subjects as borderSubjects } from "../border/subjects.ts";
import { fixtures } from "../fixtures/index.ts";
import { lies, lyingAbout, walkOnEngine } from "../walk/engineWalk.ts";
import { segment } from "../walk/segmentSubject.ts";
import { subjects } from "../walk/subjects.ts";
import { describeReport as describeWalk, walk } from "../walk/walk.ts";
import { unlike } from "./alike.ts";
import { createArena } from "./arena.ts";
import { controls } from "./controls.ts";
import { compareSequences, createPair } from "./differential.ts";
import { killTheEngine } from "./engineKills.ts";
import { runAll } from "./exhaustive.ts";
import { breakEverything, type Survived } from "./faulted.ts";
import { networkFaults } from "./faultProxy.ts";
import { type Kills, killEverywhere } from "./kills.ts";
import { runRandomly } from "./random.ts";
import { against, deleteWindow, pairs, positions, type Scenario, strategies, triples } from "./scenarios.ts";
import { Tally } from "./tally.ts";
import { measureWindows } from "./windows.ts";

const { values: options } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    "no-engine": { type: "boolean", default: false },
  },
});
const scale = Number(options.scale);
const seed = Number(options.seed);
const scaled = (count: number) => Math.max(1, Math.round(count * scale));
/** Episodes on the real engine: half as long as in this process, so that as many steps are half as many runs. */
const sideBySide = { walkers: Math.min(60, scaled(60)), moves: 5 };
const everyPosition = positions();
/** Where every position of the switches takes most of the hour. */
const positionsInFull = scale < 1 ? [{}] : everyPosition;

interface Row {
  readonly what: string;
  readonly figure: string;
  readonly isRight: boolean;
  readonly examples?: readonly string[];
}

const rows: Row[] = [];
let began = performance.now();

function report(row: Row): void {
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  console.log(`${row.isRight ? "ok   " : "WRONG"} ${row.what}: ${row.figure}  (${seconds} s)`);
  for (const example of row.examples ?? []) console.log(`      ${example}`);
  rows.push(row);
  began = performance.now();
}

const arena = await createArena();
const total = new Tally();

function reportTally(what: string, tally: Tally): void {
  const { schedules, interleavings, losses, untrue, falseConflicts, mishaps, unnoticeable } = tally;
  const figure = `${schedules} schedules, ${interleavings} distinct orders, ${mishaps} mishaps; lost ${losses}, untrue successes ${untrue}, false conflicts ${falseConflicts}; object changed hands unnoticeably ${unnoticeable}`;
  report({ what, figure, isRight: tally.wrong === 0, examples: tally.examples });
  total.take(tally);
}

async function exhaustively(
  what: string,
  scenarios: readonly Scenario[],
  switchPositions: readonly object[],
  limits: { steps: number; mishaps: number },
) {
  const tally = new Tally();
  for (const switches of switchPositions) {
    for (const scenario of scenarios) await runAll(arena, { ...scenario, switches }, limits, tally);
  }
  reportTally(`${what}, in ${switchPositions.length} positions of the switches`, tally);
}

for (const [name, settings] of strategies) {
  const ordered = new Tally();
  const unlikePositions = await unlike(arena, pairs(settings), everyPosition, ordered);
  reportTally(
    `${name}: two writers, every order, in ${everyPosition.length} positions of the switches, of which ${unlikePositions.length} are unlike`,
    ordered,
  );
  await exhaustively(`${name}: two writers, a mishap at each request`, pairs(settings), positionsInFull, {
    steps: 2,
    mishaps: 1,
  });
  const positionsOfThree = scale < 1 ? [{}] : unlikePositions;
  await exhaustively(`${name}: three writers, every order of four steps each`, triples(settings), positionsOfThree, {
    steps: 4,
    mishaps: 0,
  });
  const tally = new Tally();
  await runRandomly(arena, { schedules: scaled(100_000), seed, settings }, tally).catch((error) =>
    console.log(String(error)),
  );
  reportTally(`${name}: up to five writers by chance, with mishaps`, tally);
}

for (const [name, control] of Object.entries(controls)) {
  const tally = new Tally();
  for (const scenario of against(control()))
    await runAll(arena, { ...scenario, switches: {} }, { steps: 4, mishaps: 0 }, tally);
  const figure = `convicted in ${tally.losing} of ${tally.schedules} orders (${tally.losses} lost changes)`;
  report({ what: `negative control ${name}`, figure, isRight: tally.losing > 0 });
}

for (const subject of subjects) {
  const steps = scaled(50_000);
  const { failures, steps: taken } = await walk(subject, { seed, steps });
  const figure = `${taken} steps, ${failures.length} not as the contract says`;
  report({ what: `walk through states: ${subject.name}`, figure, isRight: failures.length === 0 });
}

for (const [name, settings] of strategies) {
  await compareSequences(await createPair(settings), scaled(5_000), seed).then(
    () =>
      report({
        what: `${name}: against the simplest client`,
        figure: `${scaled(5_000)} sequences, no difference`,
        isRight: true,
      }),
    (error) => report({ what: `${name}: against the simplest client`, figure: String(error), isRight: false }),
  );
}

for (const fixture of fixtures) {
  const kills: Kills = { tried: 0, converged: 0, failures: [] };
  await killEverywhere(fixture, kills);
  const figure = `${kills.converged} of ${kills.tried} kill points converged`;
  report({
    what: `${fixture.name}, killed at every boundary`,
    figure,
    isRight: kills.converged === kills.tried,
    examples: kills.failures,
  });
}

for (const fixture of fixtures) {
  const survived: Survived = { tried: 0, right: 0, explained: 0, failures: [] };
  for (const fault of networkFaults) await breakEverything(fixture, fault, survived);
  const figure = `${survived.tried} faults: ${survived.right} ended right, ${survived.explained} in one clear error; ${survived.failures.length} otherwise`;
  report({
    what: `${fixture.name}, a broken network`,
    figure,
    isRight: survived.failures.length === 0,
    examples: survived.failures,
  });
}

{
  const answers = await fuzz(borderSubjects, realProvider, { seed, count: scaled(25_000) });
  const list = await fuzzList({ seed, count: scaled(1_000) });
  const sockets = await fuzzSockets(borderSubjects, { seed, count: scaled(800), large: scaled(40) });
  for (const [where, border] of Object.entries({
    "on a clock of the tests": answers,
    "to a list": list,
    "over sockets": sockets,
  }))
    report({
      what: `answers as they must not be, ${where}`,
      figure: `${border.cases} cases, ${border.failed} that ended neither right nor in one clear error`,
      isRight: border.failed === 0,
      examples: border.failed > 0 ? describeReport(border).split("\n") : [],
    });
}

if (!options["no-engine"]) {
  // The other systems have one way of writing.
  const stacks = { put: subjects, hierarchical: [segment] };
  for (const [strategy, walked] of Object.entries(stacks)) {
    const { reports, runs } = await walkOnEngine(walked, { seed, steps: scaled(300), strategy, ...sideBySide });
    for (const [name, { steps, failures, ...rest }] of Object.entries(reports)) {
      report({
        what: `walk through states on the real engine, ${strategy}: ${name}`,
        figure: `${steps} steps, ${failures.length} not as the contract says (${runs} runs of the CLI)`,
        isRight: failures.length === 0,
        examples: failures.length > 0 ? describeWalk(name, { steps, failures, ...rest }).split("\n") : [],
      });
    }
  }
  for (const [lie, kind] of Object.entries(lies)) {
    const env = lyingAbout(lie);
    const { reports } = await walkOnEngine([segment], { seed, steps: 50, env, walkers: 25, moves: 2 });
    const { times = 0 } = reports.NsxSegment?.kinds[kind] ?? {};
    report({
      what: `negative control on the real engine, a provider that lies about ${lie}`,
      figure: `convicted of "${kind}" ${times} times`,
      isRight: times > 0,
    });
  }
  const kills: Kills = { tried: 0, converged: 0, failures: [] };
  await killTheEngine(kills, { everywhere: true });
  const figure = `${kills.converged} of ${kills.tried} kills converged`;
  report({
    what: "the real engine, killed",
    figure,
    isRight: kills.converged === kills.tried,
    examples: kills.failures,
  });
}

for (const { what, figure } of await measureWindows(arena, deleteWindow))
  report({ what: `not promised: ${what}`, figure, isRight: true });

console.log(
  `\nin all: ${total.schedules} schedules, ${total.interleavings} distinct orders, lost updates ${total.losses}, false conflicts ${total.falseConflicts}`,
);
process.exit(rows.every(({ isRight }) => isRight) ? 0 : 1);
