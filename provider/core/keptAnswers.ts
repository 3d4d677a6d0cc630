import type { Clock } from "../travel/clock.ts";
import { type TimeLimit, withinAll } from "../travel/timeLimit.ts";

/** Answers that the queries of one program share, so that many queries of one kind are one request. */
export interface KeptAnswers<T> {
  /**
   * What is answered at a path.
   *
   * @param isFresh - whether it must have been asked for after this call
   */
  get(path: string, limit: TimeLimit, isFresh: boolean): Promise<T>;
}

const policy = {
  /**
   * Milliseconds for which an answer serves whoever asks next. A program that awaits one query after the other would read the
   * same list for each; what it makes itself meanwhile is waited for, and then the list is read afresh.
   */
  keptFor: 10_000,
  /** Milliseconds in which those gather that need it fresh. */
  gather: 10,
};

/** @param ask - with the time of whoever came first */
export function createKeptAnswers<T>(
  clock: Clock,
  ask: (path: string, limit: TimeLimit) => Promise<T>,
): KeptAnswers<T> {
  const kept = new Map<string, { readonly began: number; readonly answer: Promise<T> }>();
  const gathering = new Map<string, Promise<T>>();

  function start(path: string, limit: TimeLimit): Promise<T> {
    const answer = ask(path, limit);
    const entry = { began: clock.elapsed(), answer };
    kept.set(path, entry);
    answer.catch(() => {
      if (kept.get(path) === entry) kept.delete(path);
    });
    return answer;
  }

  function startFresh(path: string, limit: TimeLimit): Promise<T> {
    const known = gathering.get(path);
    if (known) return known;
    const begun = clock.sleep(policy.gather).then(() => {
      gathering.delete(path);
      return start(path, limit);
    });
    gathering.set(path, begun);
    return begun;
  }

  return {
    get: (path, limit, isFresh) =>
      withinAll(limit, `${path} was not read yet`, () => {
        if (isFresh) return startFresh(path, limit);
        const entry = kept.get(path);
        return entry && clock.elapsed() - entry.began <= policy.keptFor ? entry.answer : start(path, limit);
      }),
  };
}
