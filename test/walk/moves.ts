// What a walk can do next.

import { drift } from "./drift.ts";
import type { Episode } from "./episode.ts";
import { programOf } from "./oracle.ts";
import { canonical, isSame, type JsonObject } from "./shape.ts";
import type { Program } from "./subject.ts";

type Move = (episode: Episode) => Promise<void>;

const nextOf = (episode: Episode): Program => episode.settle(episode.world.next(episode.program as Program));

/** Stopped for somebody else's change: the way out is a refresh, and the same program again. */
async function upOrRefresh(episode: Episode, next: Program, options = {}): Promise<void> {
  if ((await episode.up(next, options)) === "done" || !episode.run.state) return;
  await episode.refresh();
  await episode.up(next);
}

const update: Move = async (episode) => upOrRefresh(episode, nextOf(episode));

const editThenUpdate: Move = async (episode) => {
  const next = nextOf(episode);
  await episode.edit(episode.dice.chance(0.25) ? next : undefined);
  await upOrRefresh(episode, episode.settle(next));
};

const editThenLook: Move = async (episode) => {
  await episode.edit();
  await episode.refresh();
  await episode.up(episode.dice.chance(0.5) ? nextOf(episode) : (episode.program as Program));
};

/** The engine dies before it saves what an update has done. */
const interruptedUpdate: Move = async (episode) => {
  const { run, dice, subject, program, seen } = episode;
  const before = run.state;
  const next = nextOf(episode);
  const shape = episode.world.shape(next);
  const wanted = programOf(shape, episode.world.wire(next));
  if (!episode.world.samePlace(program as Program, next)) return;
  if ((await episode.up(next)) === "stopped" || episode.trace.at(-1)?.startsWith("replace")) return;
  run.state = before;
  episode.note("killed before the state was saved");
  if (episode.world.isShared) {
    // As if others had done what the lost run did: what it put there and took off is so, whatever comes next.
    Object.assign(episode, { program, seen, isTouched: true });
    if (dice.chance(0.3)) await episode.edit();
    return upOrRefresh(episode, dice.chance(0.5) ? next : nextOf(episode));
  }
  episode.isStale = true;
  episode.lost = program;
  const isEdited = dice.chance(0.3);
  if (isEdited) await episode.edit();
  const third = subject.carriesMark && dice.chance(0.7) ? nextOf(episode) : next;
  const old = programOf(shape, episode.world.wire(program as Program));
  // Back at what the state says, or never away from it: the engine sees no difference and does not call the provider.
  const saysTheSame = (candidate: Program) => isSame(old, programOf(shape, episode.world.wire(candidate)));
  const chosen = saysTheSame(third) ? next : third;
  if (saysTheSame(chosen)) {
    // Only where nothing was to be written at all.
    episode.isStale = !isSame(old, wanted);
    return;
  }
  // Others' changes that nobody was shown: then the run's own cannot be told from them.
  const mayStop = isEdited || episode.isTouched;
  const outcome = await upOrRefresh(episode, episode.settle(chosen), { marks: true, mayStop });
  episode.hasLostRun = true;
  return outcome;
};

async function destroy(episode: Episode): Promise<void> {
  const { site, world, program } = episode;
  if (program) site.release?.(program, world.wire(program));
  const isLeft = program ? episode.leaving(program) : () => {};
  if (episode.run.state) {
    // Others' changes may stop a destroy like an update; a refresh has shown them.
    await episode.run.destroy().catch(async (error: Error) => {
      if (!episode.isTouched) episode.fail("destroy fails", error.message);
      await episode.run.refresh();
      if (episode.run.state) await episode.run.destroy();
    });
  }
  episode.note("destroy");
  isLeft();
  if (!world.isShared && site.count() !== 0) episode.fail("destroy leaves the object");
  await episode.start();
}

const create: Move = async (episode) => {
  await destroy(episode);
  await episode.up(episode.settle(episode.world.program()));
};

/** The engine dies before it saves what a create has made. */
const interruptedCreate: Move = async (episode) => {
  await destroy(episode);
  const { dice, subject, site } = episode;
  const first = episode.settle(episode.world.program());
  const isBroken = dice.chance(0.2);
  if (isBroken) site.breakAnswers();
  try {
    await episode.run.up(first);
  } catch {
    // Every answer was lost: whatever the provider knows now, the object is there.
  } finally {
    site.heal();
  }
  episode.note(isBroken ? "create, all answers lost" : "create, killed before the state was saved", first);
  episode.run = site.newRun();
  episode.program = first;
  episode.isStale = true;
  if (!site.live(first)) episode.fail("1 no object where the program wants one");
  if (episode.world.isShared) return createAfterLost(episode, first);
  const isEdited = dice.chance(0.3);
  if (isEdited) {
    await episode.edit();
    episode.hasLostRun = true;
  }
  const changed = subject.carriesMark && dice.chance(0.5) ? nextOf(episode) : first;
  const next = episode.world.samePlace(first, changed) ? episode.settle(changed, first) : first;
  const place = isReplaced(episode, next) ? first : next;
  if ((await episode.up(place, { marks: true, mayStop: isEdited })) === "done") return;
  // Without a state there is nothing to refresh; `adopt` is the way out that is left.
  await site.write(place, { ...(site.live(place) as JsonObject) });
  await adoptAs(episode, place);
};

/** What the lost run put there is there as if others had: the program may be another one by now. */
async function createAfterLost(episode: Episode, first: Program): Promise<void> {
  const { dice, world } = episode;
  const shape = world.shape(first);
  const missing = drift(shape, programOf(shape, world.wire(first)), episode.live(first));
  if (missing.length > 0) episode.fail("1 no object where the program wants one", missing.join(", "));
  const next = dice.chance(0.5) ? first : nextOf(episode);
  if (dice.chance(0.3)) await episode.edit();
  await episode.start();
  await episode.up(next);
}

function isReplaced(episode: Episode, next: Program): boolean {
  const { world, site } = episode;
  const shape = world.shape(next);
  const live = canonical(shape, site.live(next)) as JsonObject;
  const wanted = programOf(shape, world.wire(next)) as JsonObject;
  const hybrid = (of: JsonObject) => (of.advanced_config as JsonObject | undefined)?.hybrid;
  return (
    ["transport_zone_path", "overlay_id"].some(
      (name) => wanted[name] !== undefined && !isSame(wanted[name], live[name]),
    ) ||
    (hybrid(wanted) !== undefined && hybrid(wanted) !== (hybrid(live) ?? false))
  );
}

/** What is there by others' hands becomes the stack's; what the program does not mention stays as it is. */
async function adoptAs(episode: Episode, next: Program): Promise<void> {
  episode.run = episode.site.newRun();
  episode.program = undefined;
  episode.isTouched = true;
  episode.seen = { object: episode.live(next), level: "maybe" };
  await episode.up({ ...next, adopt: true }, { marks: true, mustNotStop: true });
  episode.seen = undefined;
}

const adopt: Move = async (episode) => {
  await destroy(episode);
  const { dice, site, world } = episode;
  const theirs = world.program();
  try {
    await site.write(theirs, { ...world.wire(theirs), ...world.others() });
  } catch {
    return create(episode);
  }
  episode.note("made by somebody else", theirs);
  let next = episode.settle(dice.chance(0.3) ? theirs : { ...world.program() }, theirs);
  // What cannot change is settled by chance, and sometimes as something else than it is.
  while (isReplaced(episode, next)) next = episode.settle(theirs, theirs);
  const shape = world.shape(next);
  const isAlike = drift(shape, programOf(shape, world.wire(next)), episode.live(next)).length === 0;
  // Known by its content: it looks like one that an interrupted run has made.
  if (!episode.subject.carriesMark && isAlike) return adoptAs(episode, next);
  const inTheWay = world.inTheWay?.(next, episode.live(next));
  if (inTheWay?.length === 0) return adoptAs(episode, next);
  const before = site.everything();
  const refusal = await episode.run.up(next).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (refusal === undefined) episode.fail("11 takes over without adopt", inTheWay?.join(", "));
  if (site.everything() !== before) episode.fail("11 refused, and wrote all the same");
  const unnamed = [...(inTheWay ?? []), "adopt: true"].filter((name) => !refusal?.includes(name));
  if (unnamed.length > 0) episode.fail("12 the refusal does not name", `${unnamed.join(", ")}: ${refusal}`);
  await adoptAs(episode, next);
};

const moves: [number, Move][] = [
  [40, update],
  [22, editThenUpdate],
  [14, editThenLook],
  [10, interruptedUpdate],
  [4, create],
  [5, interruptedCreate],
  [5, adopt],
];

/** One move, by chance. The first is one that makes an object. */
export async function move(episode: Episode): Promise<void> {
  const { dice } = episode;
  if (!episode.program || !episode.run.state) {
    const begin = dice.pick([create, create, interruptedCreate, adopt]);
    return begin(episode);
  }
  let at = dice.below(100);
  for (const [weight, next] of moves) {
    at -= weight;
    if (at < 0) return next(episode);
  }
}
