// One schedule: some writers, the order of their requests, and what happened to them on the way. Afterwards the history
// is checked, and what our provider said is held against it.

import isDeepEqual from "fast-deep-equal";
import type { Transport } from "../../provider/travel/transport.ts";
import type { Version } from "../../simulators/kit/index.ts";
import type { NsxSwitches } from "../../simulators/nsx/index.ts";
import { noLimit } from "../tools/noLimit.ts";
import { type Arena, segmentPath, sentWrite } from "./arena.ts";
import { type Mishap, withMishap } from "./faults.ts";
import { type Finding, fieldsOf, findLosses, type SentWrite } from "./history.ts";
import type { Participant, Turn } from "./turns.ts";
import type { Outcome, Send, Writer } from "./writers.ts";

export interface Plan {
  readonly name: string;
  readonly switches: Partial<NsxSwitches>;
  /** Whether the stack has made the segment before anybody writes. */
  readonly exists: boolean;
  readonly writers: readonly Writer[];
}

export interface Result {
  /** Who sent when, as indexes of writers. */
  readonly order: readonly number[];
  /** Changes that were lost, but for those that NSX gives no means to notice. */
  readonly losses: readonly Finding[];
  /** Those: of an object that changed hands between a read and a write. */
  readonly unnoticeable: readonly Finding[];
  /** What our provider said and was not so. */
  readonly untrue: readonly string[];
  /** Updates that stopped although nobody had touched what they manage. */
  readonly falseConflicts: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly mishaps: number;
}

/** The order of the requests, and what becomes of each request of ours. */
export interface Course {
  /** Runs the writers to their ends; answers who sent when. */
  run(participants: readonly Participant[]): Promise<readonly number[]>;
  mishap(): Mishap | undefined;
}

/** Runs the writers to their ends in this order of requests. */
export async function runSchedule(arena: Arena, plan: Plan, course: Course): Promise<Result> {
  const { switches, writers } = plan;
  const state = arena.restart(switches, plan.exists);
  const given = arena.history().length;
  const sent: SentWrite[] = [];
  const outcomes: Outcome[] = [];
  /** How much of the history there was at the last request that a writer got an answer to. */
  const seen = new Map<Writer, number>();
  let mishaps = 0;

  function channelOf(writer: Writer, turn: Turn): Transport {
    let readAt = given;
    return async (request) => {
      await turn();
      const mishap = writer.isOurs ? course.mishap() : undefined;
      if (mishap) mishaps += 1;
      // Reads may go through a list, so the moment counts, not the path.
      if (request.method === "GET") readAt = arena.history().length;
      let length = given;
      const carryOut = () => {
        // The simulator acts before it returns its promise, so this is the history right after.
        const answered = arena.send(writer.user, request);
        length = arena.history().length;
        return answered;
      };
      const answer = await withMishap(mishap, carryOut, (answer) => {
        if (request.method === "GET" || answer.status >= 300) return;
        // A tree may delete what is no longer there, and nothing comes of it.
        const isDelete = request.body?.includes('"marked_for_delete":true') === true;
        sent.push(sentWrite(writer.user, answer, mishap === undefined && !isDelete, readAt));
      });
      if (answer.status < 300) seen.set(writer, length);
      return answer;
    };
  }

  async function participate(writer: Writer, turn: Turn): Promise<Outcome> {
    const channel = channelOf(writer, turn);
    arena.setChannel(writer.user, channel);
    const send: Send = (method, body, { path = `/policy/api/v1${segmentPath}`, headers = {} } = {}) =>
      channel({
        method,
        path,
        headers: { "content-type": "application/json", ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
        limit: noLimit,
      });
    return writer.act(arena, state, send);
  }

  const participants = writers.map((writer, index) => async (turn: Turn) => {
    outcomes[index] = await participate(writer, turn);
  });
  const order = await course.run(participants);

  const history = arena.history();
  const intents = new Map(writers.map((writer) => [writer.user as string, writer.intent(state)]));
  const { noChangeBumpsRevision = true } = switches;
  const findings = findLosses({ history, given, intents, sent, noChangeBumpsRevision });
  return {
    order,
    losses: findings.filter(({ unnoticeable }) => !unnoticeable),
    unnoticeable: findings.filter(({ unnoticeable }) => unnoticeable),
    // Who wrote onto another object than it had read cannot know what came of it.
    untrue: writers.flatMap((writer, index) =>
      findings.some(({ user, unnoticeable }) => unnoticeable && user === writer.user)
        ? []
        : (untruthOf(arena, writer, outcomes[index] as Outcome, seen.get(writer) ?? given) ?? []),
    ),
    falseConflicts: writers.flatMap((writer, index) =>
      isFalseConflict(arena, given, writer, outcomes[index] as Outcome) ? [JSON.stringify(outcomes[index])] : [],
    ),
    outcomes,
    mishaps,
  };
}

/**
 * A success must stand for a version that the writer has seen and in which everything is as it was wanted. The state may
 * name an older revision, or an object that is no longer there, which only makes the next update take less for known; a
 * newer one would let a change that nobody here has seen pass for known.
 *
 * @param seen - how much of the history there was when the writer looked or wrote last
 */
function untruthOf(arena: Arena, { user, isOurs, wanted }: Writer, outcome: Outcome, seen: number): string | undefined {
  if (!isOurs || outcome.kind !== "done" || !wanted) return undefined;
  const { revision, uniqueId } = outcome.outputs as { revision: number; uniqueId: string };
  const differing = (version: Version) => {
    const is = fieldsOf(version.body);
    return [...wanted].filter(([field, value]) => !isDeepEqual(is.get(field), value)).map(([field]) => field);
  };
  const history = arena.history();
  const isWanted = (version: Version) => differing(version).length === 0;
  if (!history.some(isWanted)) return `${user} says that it is done, and no version is as it was wanted`;
  if (uniqueId !== history.at(-1)?.body.unique_id) return undefined;
  const versions = history.slice(0, seen).filter(({ body }) => body.unique_id === uniqueId);
  const named = versions.find((version) => version.revision === revision);
  if (!named) return `${user} names revision ${revision}, which it has never seen`;
  if (versions.some((version) => version.revision >= named.revision && isWanted(version))) return undefined;
  return `${user} names revision ${revision}, where ${differing(named).join(", ")} is not as wanted`;
}

/** The one reason for which an update may stop when nothing is wrong with the network. */
const isConflict = (message: string) => /in fields that this stack manages/.test(message);

function isFalseConflict(arena: Arena, given: number, writer: Writer, outcome: Outcome): boolean {
  if (!writer.isOurs || outcome.kind !== "gave up" || !isConflict(outcome.message)) return false;
  const history = arena.history();
  return !history.slice(given).some(({ user, body, kind }, index) => {
    if (user === writer.user) return false;
    if (writer.hasNoState) return true;
    if (kind !== "update") return true;
    const [was, is] = [fieldsOf(history[given + index - 1]?.body ?? {}), fieldsOf(body)];
    return [...writer.managed].some((field) => !isDeepEqual(was.get(field), is.get(field)));
  });
}
