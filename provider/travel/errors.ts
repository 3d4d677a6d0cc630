/**
 * What an error means for whoever asked. Each system has a table of its own that says which of its answers mean what;
 * nothing else looks at a status or a code.
 *
 * - `gone`: the system itself says that the very object that was asked about does not exist
 * - `exists`: an object of that path is there already
 * - `stale`: somebody wrote since the object was read
 * - `inUse`: other objects refer to it, or have not let go of it yet
 * - `beingDeleted`: an object of that path is on its way out
 * - `busy`: not carried out, and worth trying again as it is
 * - `denied`: the login or one of its permissions is missing
 * - `protected`: the object belongs to somebody that only lets itself change it
 * - `badInput`: this request will never be taken
 * - `other`: nothing that is known, such as a proxy's answer
 */
export type ErrorKind =
  | "gone"
  | "exists"
  | "stale"
  | "inUse"
  | "beingDeleted"
  | "busy"
  | "denied"
  | "protected"
  | "badInput"
  | "other";

/** What a status means whoever answers with it; that something is not there is only the system's own to say. */
export function kindOfStatus(status: number): ErrorKind {
  if (status === 409 || status === 412) return "stale";
  if (status === 429 || status === 503) return "busy";
  if (status === 401 || status === 403) return "denied";
  return status === 400 || status === 413 || status === 422 ? "badInput" : "other";
}

/** Whether words name that very thing: one name or path is often the beginning of another, and a short one is in many words. */
export function namesWholly(words: string, name: string): boolean {
  const parts = words.split(name);
  return parts.slice(1).some((after, i) => !/[\w.-]$/.test(parts[i] ?? "") && !/^(?:[\w/-]|\.\w)/.test(after));
}

/** What an error says. */
export interface ServerWords {
  readonly kind: ErrorKind;
  /** The code that tells most, as text: NSX sends numbers and, for its rate limit, a string. */
  readonly code?: string | undefined;
  readonly words: string;
}

/** The server answered with something other than success; {@link message} carries its own words. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly status: number;
  readonly kind: ErrorKind;
  readonly code: string | undefined;
  /** The server's own. */
  readonly words: string;
  /** Milliseconds for which the server wants no more requests. */
  readonly hold: number;

  constructor(request: string, status: number, { kind, code, words }: ServerWords, hold = 0) {
    super(`${request} answered ${status}${code ? ` (error ${code})` : ""}: ${words}`);
    this.status = status;
    this.kind = kind;
    this.code = code;
    this.words = words;
    this.hold = hold;
  }
}

/** The server wants the request to go to another address. */
export class Redirected extends ApiError {
  /** `undefined` when the server names none, or none that is one. */
  readonly target: URL | undefined;

  constructor(request: string, status: number, target: URL | undefined, words: string) {
    super(request, status, { kind: "other", words });
    this.target = target;
  }
}

/** No answer, or not a whole one. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
  /** Whether the server may have carried out the request: then only reading tells. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived: boolean, cause?: unknown) {
    super(message, { cause });
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** More than anything that this system has to say; it would be the same another time. */
export class AnswerTooLarge extends ConnectionError {
  override readonly name = "AnswerTooLarge";
}

/** The host is not believed, or it or a proxy does not let us in: nothing was done, and it would be the same another time. */
export class WayRefused extends ConnectionError {
  override readonly name = "WayRefused";

  constructor(message: string, cause?: unknown) {
    super(message, false, cause);
  }
}

/** A request that would have gone to another path than the one that was meant, and was not sent. */
export class WrongPath extends Error {
  override readonly name = "WrongPath";
}

/** The server refused the credentials; asking again with the same ones could lock the account. */
export class LoginError extends Error {
  override readonly name = "LoginError";
}

/** The object exists, but is not what was asked for yet: its state must be saved, and the next `up` goes on from it. */
export class Unfinished extends Error {
  override readonly name = "Unfinished";
  readonly id: string;
  readonly outputs: object;
  /** What to save: arguments and outputs, as the lifecycle puts them together. */
  state: Readonly<Record<string, unknown>> = {};

  constructor(id: string, outputs: object, message: string) {
    super(message);
    this.id = id;
    this.outputs = outputs;
  }
}

/**
 * Looks at what a system has answered to a create. If that cannot be used, the object is there all the same, and must not
 * be lost over it.
 *
 * @param outputs - what is known of the object in any case
 */
export async function keepingObject<T>(id: string, outputs: object, look: () => T | Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unfinished) throw error;
    const words = `It was made, but what was answered cannot be used: ${sentenceOf(error)} It is saved in the state; the next "pulumi up" looks again.`;
    throw new Unfinished(id, outputs, words);
  }
}

export function isKind(error: unknown, ...kinds: ErrorKind[]): error is ApiError {
  return error instanceof ApiError && kinds.includes(error.kind);
}

/** That the very object which was asked about does not exist: the system's own word, with the request that it answers. */
export class Absent {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

/** What is found, or that the system says that there is none. */
export async function orAbsent<T>(found: Promise<T>): Promise<T | Absent> {
  try {
    return await found;
  } catch (error) {
    if (isKind(error, "gone")) return new Absent(error.message);
    throw error;
  }
}

export async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  const answer = await orAbsent(found);
  return answer instanceof Absent ? undefined : answer;
}

export function hasStatus(error: unknown, ...statuses: number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}

export function hasCode(error: unknown, ...codes: string[]): error is ApiError {
  return error instanceof ApiError && error.code !== undefined && codes.includes(error.code);
}

/**
 * Whether a write may have been carried out although it failed: the answer was lost, or the server gave up half-way.
 * Such a write is never sent again before reading what is there.
 */
export function isAmbiguous(error: unknown): boolean {
  const gaveUp = hasStatus(error, 500, 502, 504) && error.kind !== "denied";
  return gaveUp || (error instanceof ConnectionError && error.mayHaveArrived);
}

/** Whether a write was told to come later: others may write until then. */
export function isPutOff(error: unknown): error is ApiError {
  return hasStatus(error, 429, 503);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same as a whole sentence, which another one can follow: servers' own words often end without a full stop. */
export function sentenceOf(error: unknown): string {
  return messageOf(error).replace(/[^.!?]$/, "$&.");
}
