import type { TimeLimit } from "../travel/timeLimit.ts";
import type { Look, Progress } from "../travel/wait.ts";
import type { Run } from "./ownerMark.ts";
import type { PropertyPath } from "./propertyPath.ts";

/** What one operation on one resource works with. */
export interface Context<Client> {
  /** The system's API, good until the operation's time is up. */
  readonly client: Client;
  /** Who owns the object: the organization and the URN of the resource. */
  readonly owner: string;
  readonly run: Run;
  /** Whether the program leaves a place in the arguments to others (Pulumi's `ignoreChanges`). */
  ignores(path: PropertyPath): boolean;
  /** Whether the value there, or a part of it, must not be shown. */
  isSecret(path: PropertyPath): boolean;
  /** Takes a text that was read for the argument at this place for as secret as the argument. */
  conceal(path: PropertyPath, text: string): void;
  /** What is at an address of anybody's, at most so many bytes. No login of ours is sent there but one that stands in it. */
  download(uri: string, largest: number): Promise<Buffer>;
  /** A fresh text for each call, to tell this object from another one of the same name. */
  nonce(): string;
  /** Says something to the user under the resource. */
  warn(message: string): void;
  /** Looks again and again until the look says that it is done or the time is up; shows what is waited for. */
  waitFor<T>(look: Look<T>): Promise<Progress<T>>;
  /** A pause before another try, twice as long on average each time. */
  backOff(attempt: number): Promise<void>;
}

/** The API of one system as configured, for as long as the process lives. */
export interface System<Client> {
  /** Seconds that one operation may take. */
  readonly timeout: number;
  clientWithin(limit: TimeLimit): Client;
  /** Logs out. */
  close(): Promise<void>;
}
