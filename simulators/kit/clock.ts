/** Time as the simulator sees it: everything that expires or is stamped asks here, so that a test can move it. */
export interface Clock {
  now(): number;
  /** Moves the time forward; waiting purges, sessions and limits see it at their next request. */
  advance(milliseconds: number): void;
}

export function createClock(base: () => number = Date.now): Clock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
  };
}
