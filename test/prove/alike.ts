// Positions of the switches that are alike: with two writers, in every order of their requests, each request and each answer
// is the same. What tells them apart is no part of what these writers do, so three writers are tried in one of them.
import { createHash } from "node:crypto";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import type { Arena } from "./arena.ts";
import { runAll } from "./exhaustive.ts";
import type { Scenario } from "./scenarios.ts";
import type { Tally } from "./tally.ts";

type Position = Partial<NsxSwitches>;

/**
 * Runs these scenarios in each position, every order of their requests.
 *
 * @returns the first of all positions that are alike
 */
export async function unlike(
  arena: Arena,
  scenarios: readonly Scenario[],
  positions: readonly Position[],
  tally: Tally,
): Promise<Position[]> {
  const found = new Map<string, Position>();
  for (const switches of positions) {
    const traffic = await trafficOf(arena, scenarios, switches, tally);
    if (!found.has(traffic)) found.set(traffic, switches);
  }
  return [...found.values()];
}

async function trafficOf(
  arena: Arena,
  scenarios: readonly Scenario[],
  switches: Position,
  tally: Tally,
): Promise<string> {
  const digest = createHash("sha256");
  arena.watch(({ method, path, body = "" }, answer) => {
    digest.update(`${method} ${path} ${lasting(body)} ${answer.status} ${lasting(answer.body)}\n`);
  });
  for (const scenario of scenarios) {
    await runAll(arena, { ...scenario, switches }, { steps: 4, mishaps: 0 }, tally);
  }
  arena.watch(() => {});
  return digest.digest("hex");
}

/** Without times, ids, and the runs in stamps, which differ each time. */
function lasting(text: string): string {
  return text.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\b[\da-f]{8}\b|\d{5,}(\.\d+)?/g, "…");
}
