// One walk of one object through a dozen programs, other people's edits and interruptions. After each step the oracle.
import { CheckFailed, type Step } from "../tools/stack.ts";
import { editedBy } from "./edit.ts";
import type { Expectation, Seen } from "./expect.ts";
import {
  directFinding,
  driftFinding,
  expected,
  type Finding,
  finding,
  isReplacement,
  objectFinding,
  programOf,
} from "./oracle.ts";
import type { Dice } from "./random.ts";
import { canonical, isSame, type Json, type JsonObject, settled } from "./shape.ts";
import type { Program, Run, Site, Subject, World } from "./subject.ts";
import { changesOf, shorten } from "./trace.ts";

/** The walk ends where something is wrong: what follows would only be its consequence. */
export class Found extends Error {
  readonly found: Finding;
  constructor(found: Finding) {
    super(`${found.kind}: ${found.detail}`);
    this.found = found;
  }
}

interface UpOptions {
  /** After an interruption or with `adopt`: the owner's mark is written, whatever else. */
  marks?: boolean;
  /** Something that the contract lets stop, beyond what the oracle sees. */
  mayStop?: boolean;
  /** Others' values are taken over, so nothing stops. */
  mustNotStop?: boolean;
}

export type Outcome = "done" | "stopped";

export class Episode {
  readonly dice: Dice;
  readonly subject: Subject;
  readonly world: World;
  readonly site: Site;
  readonly trace: string[] = [];
  run: Run;
  /** What the state stands for: the program that was applied last. */
  program: Program | undefined;
  seen: Seen | undefined;
  /** The program of the state, if a later one was applied and lost: what only the lost one said may stay. */
  lost: Program | undefined;
  /** A run of ours was lost: what it alone said, nobody can tell from what others have set. */
  hasLostRun = false;
  /** Others have written: arriving directly would not be the same. */
  isTouched = false;
  /** The state is not of `program`: a refresh found drift, or a run was interrupted. */
  isStale = false;
  steps = 0;

  constructor(dice: Dice, subject: Subject, world: World, site: Site) {
    this.dice = dice;
    this.subject = subject;
    this.world = world;
    this.site = site;
    this.run = site.newRun();
  }

  note(what: string, value?: unknown): void {
    const shown = shorten(value);
    this.trace.push(value === undefined ? what : `${what} ${shown}`);
  }

  fail(kind: string, detail = ""): never {
    throw new Found(finding(kind, detail));
  }

  report(found: Finding | undefined): void {
    if (found) throw new Found(found);
  }

  live(program: Program): Json {
    const found = this.site.live(program);
    return found && (canonical(this.world.shape(program), found) ?? {});
  }

  /** `up`, and everything that must hold after it. */
  async up(next: Program, options: UpOptions = {}): Promise<Outcome> {
    const { world, site, program } = this;
    const shape = world.shape(next);
    const after = programOf(shape, world.wire(next));
    const live = program && !world.samePlace(program, next) && !world.isShared ? undefined : this.live(next);
    const isElsewhere =
      program !== undefined &&
      this.run.state !== undefined &&
      (!world.samePlace(program, next) || isReplacement(shape, live, after));
    const before = program && !isElsewhere ? programOf(shape, world.wire(program)) : undefined;
    const transition = {
      shape,
      before,
      live: isElsewhere && !world.isShared ? undefined : live,
      after,
      seen: isElsewhere ? undefined : this.seen,
    };
    const expectation = expected(transition);
    if (this.lost && !isElsewhere) {
      const older = programOf(shape, world.wire(this.lost));
      const fromOlder = expected({ ...transition, before: older });
      expectation.allowed.push(...fromOlder.allowed);
      // Put back by others to what the state says: it looks as if the lost update had never been.
      // Nor is there a mark that would tell what only the lost update had changed of what an agent reports.
      const isCertain =
        this.subject.carriesMark &&
        fromOlder.stop === "must" &&
        expectation.because.some((path) => fromOlder.because.includes(path));
      if (expectation.stop === "must" && !isCertain) expectation.stop = "may";
      this.isTouched = true;
    }
    if (this.hasLostRun || this.lost) {
      // What only the lost run said may be there as others' would be, or be taken for ours.
      expectation.isMixed = true;
      const seen = live === undefined ? undefined : ({ object: live, level: "maybe" } as const);
      expectation.allowed.push(...expected({ ...transition, before: undefined }).allowed);
      expectation.allowed.push(...expected({ ...transition, before: undefined, seen }).allowed);
      expectation.allowed.push(...expected({ ...transition, before: live }).allowed);
    }
    if (this.hasLostRun) {
      if (expectation.stop === "must") expectation.stop = "may";
    }
    if (expectation.stop === "must" && program && world.isHidden?.(program, live, expectation.because))
      expectation.stop = "may";
    if (!program && this.hasOthers(live)) this.isTouched = true;
    const isSameProgram = this.run.state !== undefined && !this.isStale && !isElsewhere && isSame(before, after);
    if (isElsewhere && program) site.release?.(program, world.wire(program), world.wire(next));
    const everything = site.everything();
    const requests = site.requests();
    const isLeft = isElsewhere && program ? this.leaving(program) : () => {};
    this.steps += 1;
    const hadState = this.run.state !== undefined;
    let step: Step;
    let foretold: Step | undefined;
    try {
      foretold = await this.foretell(next, everything);
      step = await this.run.up(next);
    } catch (error) {
      if (error instanceof Found) throw error;
      this.note("up stopped", next);
      this.stopped(
        error as Error,
        isSameProgram ? { ...expectation, stop: "no" } : expectation,
        everything,
        options,
        isElsewhere,
      );
      return "stopped";
    }
    this.note(step, next);
    if (foretold !== undefined && foretold !== step)
      this.fail("9 the preview said another step", `${foretold}, ${step}`);
    const sent = site.requests();
    if (isSameProgram) {
      if (step !== "same") this.fail("5 the same program is not the same", step);
      if (sent.all > requests.all) this.fail("5 the same program asks the server");
      return "done";
    }
    const isOpen = world.takesOver && !hadState;
    if (expectation.stop === "must" && !options.mustNotStop && !isOpen) {
      this.fail(
        this.run.state && program ? "7 went over somebody else's change" : "10 went over somebody else's change",
        expectation.because.join(", "),
      );
    }
    if (isElsewhere !== (step === "replace")) this.fail(isElsewhere ? "2 not replaced" : "2 replaced", step);
    const now = this.live(next);
    if (now === undefined) this.fail("1 no object where the program wants one");
    this.report(objectFinding(transition, expectation, now));
    isLeft();
    if (site.count() !== 1) this.fail("10 more than one object", String(site.count()));
    if (
      !options.marks &&
      !isElsewhere &&
      step === "update" &&
      sent.writes > requests.writes &&
      !world.mustWrite?.(program, next) &&
      isSame(settled(shape, live), settled(shape, now))
    ) {
      this.fail("8 a write where nothing was to do", JSON.stringify({ before, after }));
    }
    this.program = next;
    if (isElsewhere) this.isTouched = this.hasOthers(live);
    this.isStale = false;
    this.lost = undefined;
    this.seen = isElsewhere ? undefined : this.seen && { ...this.seen, level: "maybe" };
    await this.rest(next, now);
    return "done";
  }

  /**
   * The program goes from a place that others have a share in.
   *
   * @returns a look at it afterwards: what the program named is gone, and nothing else
   */
  leaving(program: Program): () => void {
    const { world } = this;
    if (!world.isShared) return () => {};
    const shape = world.shape(program);
    const before = this.run.state === undefined ? undefined : programOf(shape, world.wire(program));
    const transition = { shape, before, live: this.live(program), after: undefined };
    return () => this.report(objectFinding(transition, expected(transition), this.live(program)));
  }

  /** Whether there is something that no program of this stack has, in a place that others have a share in. */
  private hasOthers(live: Json): boolean {
    return this.world.isShared === true && !isSame(live, {});
  }

  /** Now and then `pulumi preview` before it. */
  private async foretell(next: Program, everything: string): Promise<Step | undefined> {
    if (!this.run.preview || this.steps % 3 > 0) return undefined;
    const step = await this.run.preview(next);
    if (this.site.everything() !== everything) this.fail("9 the preview wrote");
    return step;
  }

  /** What must hold of a program that was just applied. */
  private async rest(program: Program, now: Json): Promise<void> {
    const { world, site, run } = this;
    const shape = world.shape(program);
    const declared = programOf(shape, world.wire(program));
    const requests = site.requests();
    const again = world.rephrase(program);
    const step = await run.up(again);
    if (step !== "same") this.fail("5 the same in other words is not the same", `${step} ${JSON.stringify(again)}`);
    if (site.requests().all > requests.all) this.fail("5 the same program asks the server");
    this.report(driftFinding(shape, declared, now, await this.look()));
    if (this.isTouched) return;
    const fresh = await world.start();
    try {
      const { adopt: _, ...plain } = world.elsewhere(program);
      await fresh.newRun().up(plain);
      this.report(directFinding(shape, declared, now, canonical(shape, fresh.live(plain))));
    } finally {
      await fresh.close();
    }
  }

  private stopped(
    error: Error,
    expectation: Expectation,
    everything: string,
    { mayStop, mustNotStop }: UpOptions,
    isElsewhere: boolean,
  ): void {
    const { message } = error;
    if (error instanceof CheckFailed) this.fail("0 refused in check", message);
    if (this.site.everything() !== everything) this.fail("7 stopped, and wrote all the same", message);
    if (expectation.stop === "no" || mustNotStop || isElsewhere) {
      if (mayStop && !mustNotStop) return;
      this.fail(
        this.seen?.level === "full" ? "7 stops although a refresh has shown it" : "7 stops for nobody's change",
        message,
      );
    }
    const fields = expectation.because.map((path) => this.world.argumentOf(path.split(".")[0] ?? ""));
    if (!mayStop && !fields.some((field) => message.includes(field)))
      this.fail("7 the error does not name the argument", `${fields}: ${message}`);
  }

  /** Somebody else edits one to three places; what they write comes from `like`, or is a program of its own. */
  async edit(like?: Program): Promise<void> {
    const { dice, world, site, program } = this;
    if (!program) return;
    for (let count = 1 + dice.below(3); count > 0; count -= 1) {
      const live = site.live(program);
      if (!live) return;
      const model = { ...world.wire(like ?? world.program()), ...world.others() };
      const edited = editedBy(dice, world.shape(program), live, model, world.untouchable);
      try {
        await site.write(program, edited);
        const [was, is] = [canonical(world.shape(program), live), this.live(program)];
        this.note("somebody else", changesOf(was as JsonObject, is as JsonObject));
        this.isTouched = true;
      } catch {
        // The server refuses it, so nobody can have done it.
      }
    }
  }

  /** `pulumi refresh --preview-only`. */
  private async look(): Promise<string[] | "deleted"> {
    const shown = await this.run.refresh({ save: false });
    const { aside = [] } = this.world;
    return shown === "deleted" ? shown : shown.filter((name) => !aside.includes(name));
  }

  /** A saved refresh; then nothing that it has shown stops an update. */
  async refresh(): Promise<void> {
    const { run, world, program } = this;
    if (!program) return;
    const shape = world.shape(program);
    const now = this.live(program);
    const declared = programOf(shape, world.wire(program));
    // A state that is not of this program has others' drift.
    if (!this.isStale) this.report(driftFinding(shape, declared, now, await this.look()));
    const shown = await run.refresh();
    this.note("refresh", shown);
    this.seen = { object: now, level: "full" };
    this.isStale ||= shown.length > 0;
  }

  async start(): Promise<void> {
    this.run = this.site.newRun();
    this.program = undefined;
    this.seen = undefined;
    this.isTouched = false;
    this.isStale = false;
    this.lost = undefined;
    this.hasLostRun = false;
  }

  settle(program: Program, place: Program | undefined = this.program): Program {
    const live = place && this.world.samePlace(place, program) ? this.site.live(place) : undefined;
    return this.world.settle?.(program, live) ?? program;
  }
}
