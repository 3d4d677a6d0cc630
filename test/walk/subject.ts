import type { Step } from "../tools/stack.ts";
import type { Ground } from "./ground.ts";
import type { Dice } from "./random.ts";
import type { Json, JsonObject, ObjectShape } from "./shape.ts";

export type Program = JsonObject;
export type { Step };

/** A stack, as far as one resource of it goes. */
export interface Run {
  /** What the stack has of the resource. It may be put back to what it was: then nobody has saved what happened since. */
  state: unknown;
  up(program: Program): Promise<Step>;
  /** What `up` would do, where this stack can tell. */
  preview?(program: Program): Promise<Step>;
  /** Names the arguments that have drifted; with `save: false` nothing else happens. */
  refresh(options?: { save?: boolean }): Promise<string[] | "deleted">;
  destroy(): Promise<void>;
}

/** One system with room for one object, seen from both sides: the program's and the server's. */
export interface Site {
  /** A stack that knows nothing of the object yet. */
  newRun(): Run;
  /** The object of this program as the server has it, in the words of its shape; without the owner's mark. */
  live(program: Program): JsonObject | undefined;
  /** Everything that the server has, as text: to see that nothing was written. */
  everything(): string;
  /** How many objects of the kind there are. */
  count(): number;
  /** Writes an object of this program's place as somebody else; throws if the server refuses. */
  write(program: Program, object: JsonObject): void | Promise<void>;
  /**
   * Others let go of the object, where what they hold cannot be deleted, or not stand beside the one that comes in its place;
   * `wire` is what the program declares, `next` what it declares elsewhere.
   */
  release?(program: Program, wire: JsonObject, next?: JsonObject): void;
  /** Requests so far: all, and those that write. */
  requests(): { all: number; writes: number };
  /** Each write is carried out and its answer lost, until `heal`. */
  breakAnswers(): void;
  heal(): void;
  close(): Promise<void>;
}

/** What the walk has to know of a kind of resource. */
export interface Subject {
  readonly name: string;
  /** An object says whose it is; otherwise an interrupted run is found again by content, with the same program. */
  readonly carriesMark: boolean;
  /** One mood for each episode, so that its programs go together. */
  open(dice: Dice, ground: Ground): Promise<World>;
}

export interface World {
  start(): Promise<Site>;
  shape(program: Program): ObjectShape;
  program(): Program;
  /** Another program near this one: a few arguments added, taken out or changed, a nested one or a notation. */
  next(program: Program): Program;
  /** What only others write: fields that no argument declares. */
  others(): JsonObject;
  /** The same in other words. */
  rephrase(program: Program): Program;
  /** The program in the words of the shape, not canonical. */
  wire(program: Program): JsonObject;
  /** Arguments by the shape's top-level field, for messages. */
  argumentOf(field: string): string;
  /** The program for another system, where it makes the same object. */
  elsewhere(program: Program): Program;
  /** Whether two programs are about one object: the place does not change. */
  samePlace(a: Program, b: Program): boolean;
  /** With what cannot change said or not said, the live object being so; sometimes with another value. */
  settle?(program: Program, live: JsonObject | undefined): Program;
  /** What the API never shows differs between the two, so a write is right even where nothing else is. */
  mustWrite?(before: Program | undefined, after: Program): boolean;
  /** For what others have made is refused without `adopt`, in the refusal's words; without this always. */
  inTheWay?(program: Program, live: Json): string[];
  /** Whether nobody can tell that others did what an update should stop for, at these paths of the shape. */
  isHidden?(program: Program, live: Json, paths: readonly string[]): boolean;
  /** Arguments that the shape does not have: their drift is not looked at. */
  readonly aside?: readonly string[];
  /** There is always an object, and a first run takes over of it what its program names. */
  readonly takesOver?: boolean;
  /**
   * It was there before the program and stays after it, and others have a share in it: a destroy takes off what the program
   * names and nothing else. What a lost run alone has put there is from then on as if others had.
   */
  readonly isShared?: boolean;
  /** Fields that others cannot edit. */
  readonly untouchable: readonly string[];
}
