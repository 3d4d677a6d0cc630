import type { Clock } from "./clock.ts";
import { hasStatus, LoginError } from "./errors.ts";
import { type TimeLimit, TimeUp, within } from "./timeLimit.ts";

/** A token, and for how many seconds it is good, if that was said. */
export interface Issued {
  readonly token: string;
  readonly expiresIn?: number | undefined;
}

/** Gets a token with a credential that lasts. Fails with a {@link LoginError} where that is refused. */
export type Exchange = (limit: TimeLimit) => Promise<Issued>;

/** Tokens of one credential, one after the other. */
export interface Tokens {
  /**
   * One that is good: got with the first request, once for all that wait, and anew before it ends.
   *
   * @throws the {@link LoginError} with which the credential was refused, from then on without asking again
   */
  current(limit: TimeLimit): Promise<string>;
  /** Told that the server has taken it. */
  accepted(token: string): void;
  /**
   * Told that the server has refused it. Only a token that was taken before can have been revoked; one that never was
   * would be followed by one like it.
   *
   * @param because - what {@link current} throws from now on, where the server has not taken any of them
   * @returns whether {@link current} may give a better one
   */
  refused(token: string, because: LoginError): boolean;
}

const policy = {
  /** Of its time, after which a token is not used any more: what is sent with it has to arrive, too. */
  used: 0.8,
  /** Seconds that a token is good for where nobody says: VMware Cloud's half an hour, the shortest that is usual. */
  expiresIn: 1_800,
};

interface Held {
  readonly token: string;
  /** On the clock's `elapsed`. */
  readonly renewAt: number;
  /**
   * Whether it was got in place of a revoked one. Such a one is not replaced again until its time is over: a server that
   * refuses this one as well means the permission, and would have a login for each request.
   */
  readonly inPlace: boolean;
  accepted: boolean;
  refused: boolean;
}

export function createTokens(exchange: Exchange, clock: Clock): Tokens {
  let held: Held | undefined;
  let underWay: Promise<Held> | undefined;
  let refusal: LoginError | undefined;
  let anyAccepted = false;

  async function renew(limit: TimeLimit): Promise<Held> {
    const inPlace = held?.refused ?? false;
    // Counted from before it was asked for, since nobody knows when it was made.
    const asked = clock.elapsed();
    try {
      const { token, expiresIn = policy.expiresIn } = await exchange(limit);
      const renewAt = asked + expiresIn * 1_000 * policy.used;
      held = { token, renewAt, inPlace, accepted: false, refused: false };
      return held;
    } catch (error) {
      if (error instanceof LoginError) refusal = error;
      throw error;
    } finally {
      underWay = undefined;
    }
  }

  async function current(limit: TimeLimit): Promise<string> {
    if (refusal) throw refusal;
    if (held && !held.refused && clock.elapsed() < held.renewAt) return held.token;
    underWay ??= renew(limit);
    const begun = underWay;
    try {
      return (await within(limit, "the request for a token had no answer", () => begun)).token;
    } catch (error) {
      // Whoever has asked had less time than there is here.
      if (error instanceof TimeUp && !limit.signal.aborted) return await current(limit);
      throw error;
    }
  }

  return {
    current,
    accepted(token) {
      anyAccepted = true;
      if (held?.token === token) held.accepted = true;
    },
    refused(token, because) {
      if (held?.token !== token || held.refused) return true;
      held.refused = held.accepted && !held.inPlace;
      if (!anyAccepted) refusal = because;
      return held.refused;
    },
  };
}

/**
 * Sends something with a token, and once more with another where the first was revoked.
 *
 * @param explain - a refusal, in the words of the settings that the token comes from
 * @param isRefusal - whether an error means that the token is not taken; 401 does everywhere
 */
export async function withToken<T>(
  tokens: Tokens,
  limit: TimeLimit,
  send: (token: string) => Promise<T>,
  explain: (refusal: unknown) => LoginError,
  isRefusal: (error: unknown) => boolean = (error) => hasStatus(error, 401),
): Promise<T> {
  for (let isFirst = true; ; isFirst = false) {
    const token = await tokens.current(limit);
    try {
      const answer = await send(token);
      tokens.accepted(token);
      return answer;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const because = explain(error);
      if (!tokens.refused(token, because) || !isFirst) throw because;
    }
  }
}
