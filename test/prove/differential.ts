// The real client, which shares lists, sends writes together and does many things at once, against the simplest one there
// could be: whatever is done in whatever order, both come to the same answers, the same states and the same servers.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { createProviders } from "../../provider/pulumi/providers.ts";
import type { Clock } from "../../provider/travel/clock.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { neverSignal } from "../tools/noLimit.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { simulatorTransport } from "../tools/world.ts";
import type { Settings } from "./arena.ts";
import { type Ask, NaiveStack } from "./oracle.ts";

const numbers = [1, 2, 3, 4, 5, 6] as const;
const words = ["a", "b", "c"];

interface Target {
  readonly number: number;
  readonly inputs: Properties;
}

/** What is done, to several resources at once where a stack would. */
export type Command =
  | { readonly kind: "up"; readonly targets: readonly Target[] }
  | { readonly kind: "refresh" | "destroy"; readonly numbers: readonly number[] }
  | { readonly kind: "edit"; readonly number: number; readonly field: string; readonly value: string }
  | { readonly kind: "remove" | "make"; readonly number: number };

const inputs = fc.record(
  {
    displayName: fc.constantFrom(...words),
    description: fc.constantFrom(...words),
    adminState: fc.constantFrom("UP", "DOWN"),
  },
  // As plain as what comes off the wire.
  { noNullPrototype: true },
);
const several = fc.subarray([...numbers], { minLength: 1 });
const one = fc.constantFrom(...numbers);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: several.chain((chosen) =>
      fc
        .tuple(...chosen.map((number) => inputs.map((values) => ({ number, inputs: values }))))
        .map((targets): Command => ({ kind: "up", targets })),
    ),
  },
  { weight: 3, arbitrary: several.map((chosen): Command => ({ kind: "refresh", numbers: chosen })) },
  { weight: 1, arbitrary: several.map((chosen): Command => ({ kind: "destroy", numbers: chosen })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(one, fc.constantFrom("display_name", "description", "domain_name"), fc.constantFrom(...words))
      .map(([number, field, value]): Command => ({ kind: "edit", number, field, value })),
  },
  { weight: 1, arbitrary: one.map((number): Command => ({ kind: "remove", number })) },
  { weight: 1, arbitrary: one.map((number): Command => ({ kind: "make", number })) },
);

export interface Pair {
  /** Carries out a sequence on both; answers the first difference. */
  run(commands: readonly Command[]): Promise<string | undefined>;
}

export async function createPair(settings: Settings): Promise<Pair> {
  let time = Date.parse("2026-01-01T00:00:00Z");
  const clock: Clock = {
    now: () => time,
    elapsed: () => time,
    signalAfter: neverSignal,
    async sleep(milliseconds) {
      time += milliseconds;
    },
  };
  const [real, naive] = await Promise.all([1, 2].map(() => startNsxSimulator({ port: false, now: clock.now })));
  if (!real || !naive) throw new Error("two simulators are needed");

  function realRuns(): Map<number, ResourceRun> {
    const { byName } = createProviders({
      environment: {
        NSX_ENDPOINT: "https://nsx.invalid",
        NSX_AUTH: "basic",
        NSX_USERNAME: real?.username,
        NSX_PASSWORD: real?.password,
        ...settings,
      },
      clock,
      log: { warn: () => {}, progress: () => {} },
      transport: simulatorTransport((real as NsxSimulator).handle),
    });
    const provider = byName.NsxSegment as unknown as ResourceRun["provider"];
    const runOf = (number: number) =>
      new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::web-${number}`, __provider: "text" });
    return new Map(numbers.map((number) => [number, runOf(number)]));
  }

  async function run(commands: readonly Command[]): Promise<string | undefined> {
    for (const { control } of [real as NsxSimulator, naive as NsxSimulator]) reset(control);
    const runs = realRuns();
    const stack = new NaiveStack(askOf(naive as NsxSimulator), (number) => `shop/dev/web-${number}`);
    for (const [index, done] of commands.entries()) {
      // Commands follow each other as fast as people do: what one has read says nothing to the next.
      time += 3_000;
      const ours = await doReally(done, runs, real as NsxSimulator);
      const theirs = await doNaively(done, stack, naive as NsxSimulator);
      const where = `after ${index + 1} of ${JSON.stringify(commands)}`;
      if (!isDeepStrictEqual(ours, theirs)) return `answers ${ours} and ${theirs} ${where}`;
      const states = [statesOf(runs), naiveStates(stack)];
      if (!isDeepStrictEqual(...(states as [unknown, unknown]))) return `states ${JSON.stringify(states)} ${where}`;
      const servers = [objectsOf(real as NsxSimulator), objectsOf(naive as NsxSimulator)];
      if (!isDeepStrictEqual(...(servers as [unknown, unknown]))) return `servers ${JSON.stringify(servers)} ${where}`;
    }
    return undefined;
  }

  return { run };
}

/** @throws with the seed and the shortest sequence on which both differ */
export async function compareSequences(pair: Pair, sequences: number, seed: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(command, { minLength: 2, maxLength: 8 }), async (commands) => {
    const difference = await pair.run(commands);
    if (difference) throw new Error(difference);
  });
  await fc.assert(property, { numRuns: sequences, seed });
}

const pathOf = (number: number) => `/infra/segments/web-${number}`;

function reset(control: NsxSimulator["control"]): void {
  for (const number of numbers) if (control.object(pathOf(number))) control.delete(pathOf(number), "nobody", true);
  control.history.reset();
  control.requests.reset();
}

function askOf(simulator: NsxSimulator): Ask {
  const authorization = `Basic ${Buffer.from(`${simulator.username}:${simulator.password}`).toString("base64")}`;
  return async (method, path, body) => {
    const request = { method, path: `/policy/api/v1${path}`, body: body ? JSON.stringify(body) : "" };
    const answer = await simulator.handle({ ...request, headers: { authorization }, remoteAddress: "127.0.0.1" });
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`the naive client got ${answer.status}: ${answer.body}`);
    return answer.body ? JSON.parse(answer.body) : {};
  };
}

function byHand(done: Command, { control }: NsxSimulator): string[] {
  if (!("number" in done)) return [];
  const exists = control.object(pathOf(done.number)) !== undefined;
  if (done.kind === "edit" && exists) control.change(pathOf(done.number), { [done.field]: done.value }, "alice");
  if (done.kind === "remove" && exists) control.delete(pathOf(done.number), "alice", true);
  if (done.kind === "make" && !exists) control.change(pathOf(done.number), { display_name: "by hand" }, "alice");
  return [];
}

/** All resources at once, as the engine does. */
async function doReally(done: Command, runs: Map<number, ResourceRun>, simulator: NsxSimulator): Promise<string[]> {
  const runOf = (number: number) => runs.get(number) as ResourceRun;
  if (done.kind === "up") {
    return Promise.all(
      done.targets.map(({ number, inputs }) => {
        const args = { segmentId: `web-${number}`, waitForRealization: false, ...inputs };
        return runOf(number)
          .up(args)
          .catch(() => "refused");
      }),
    );
  }
  if (!("numbers" in done)) return byHand(done, simulator);
  return Promise.all(
    done.numbers.map(async (number) => {
      const run = runOf(number);
      if (!run.state) return "nothing";
      if (done.kind === "destroy") return run.destroy().then(() => "deleted");
      const drift = await run.refresh();
      return drift === "deleted" ? drift : drift.length > 0 ? "drift" : "same";
    }),
  );
}

async function doNaively(done: Command, stack: NaiveStack, simulator: NsxSimulator): Promise<string[]> {
  const answers: string[] = [];
  if (done.kind === "up") for (const { number, inputs } of done.targets) answers.push(await stack.up(number, inputs));
  else if ("numbers" in done) for (const number of done.numbers) answers.push(await stack[done.kind](number));
  else byHand(done, simulator);
  return answers;
}

const managed = ["displayName", "description", "adminState"];

function statesOf(runs: Map<number, ResourceRun>): unknown {
  return [...runs].flatMap(([number, { state }]) =>
    state ? [[number, state.id, ...managed.map((key) => state.outputs[key])]] : [],
  );
}

function naiveStates(stack: NaiveStack): unknown {
  return [...stack.rows]
    .sort(([a], [b]) => a - b)
    .map(([number, { path, inputs }]) => [number, path, ...managed.map((key) => inputs[key])]);
}

function objectsOf({ control }: NsxSimulator): unknown {
  return numbers.map((number) => {
    const object = control.object(pathOf(number));
    if (!object) return undefined;
    const { display_name, description, admin_state, domain_name, tags, _create_user } = object;
    return { display_name, description, admin_state, domain_name, marked: tags !== undefined, _create_user };
  });
}
