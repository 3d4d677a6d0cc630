/** The server answered with something other than success; {@link message} carries its own words. */
export class ApiError extends Error {
  readonly status: number;
  /** The server's error code, as text: NSX sends numbers and, for its rate limit, a string. */
  readonly code: string | undefined;
  /** The server's own. */
  readonly words: string;

  constructor(request: string, status: number, code: string | undefined, words: string) {
    super(`${request} answered ${status}${code ? ` (error ${code})` : ""}: ${words}`);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.words = words;
  }
}

/** The server wants the request to go to another address. */
export class Redirected extends ApiError {
  /** `undefined` when the server names none, or none that is one. */
  readonly target: URL | undefined;

  constructor(request: string, status: number, target: URL | undefined, words: string) {
    super(request, status, undefined, words);
    this.target = target;
  }
}

/** No answer, or not a whole one. */
export class ConnectionError extends Error {
  /** Whether the server may have carried out the request: then only reading tells. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = "ConnectionError";
    this.mayHaveArrived = mayHaveArrived;
  }
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
  return hasStatus(error, 500, 502, 504) || (error instanceof ConnectionError && error.mayHaveArrived);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
