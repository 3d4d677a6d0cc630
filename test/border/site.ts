// One system with one object, as the border's oracle sees it: nothing in here knows how a provider works.
import type { SimHandler, SimRequest } from "../../simulators/kit/index.ts";
import type { Properties } from "../tools/stack.ts";

export type Json = Record<string, unknown>;

export interface Site {
  readonly handle: SimHandler;
  readonly environment: Record<string, string>;
  /** The program that makes the object; the same with a change; the same that takes over what is there. */
  readonly args: Properties;
  readonly changed: Properties;
  readonly adopting: Properties;
  /** Somebody else's hands: makes the object before the program does, or changes a field that no program names. */
  makeByHand(): void | Promise<void>;
  touch(): void | Promise<void>;
  /** What of the program is not so on the server; `undefined` when all of it is. */
  missing(args: Properties): string | undefined;
  /** The object is on the server, or what stands for it where there always is one. */
  exists(): boolean;
  /** An answer in which the system says that it has nothing of it, where the object is a part of something that stays. */
  saysGone?(answer: Json): boolean;
  /** Whether the field that `touch` or `makeByHand` wrote is as it was. */
  keepsOthers(): boolean;
  /** A request that is about this object, or about nobody's, such as a login. */
  isOwn(request: SimRequest): boolean;
  readonly secrets: Record<string, string>;
  close(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** The name under which the provider's factory has it. */
  readonly provider: string;
  readonly type: string;
  /** Each case has a number of its own, so that nothing that a process remembers reaches the next one. */
  start(number: number, now: () => number): Promise<Site>;
}
