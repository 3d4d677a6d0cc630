/** One committed version of one object. `body` is what a GET showed right after; for a delete, right before. */
export interface Version {
  path: string;
  revision: number;
  user: string;
  time: number;
  kind: "create" | "update" | "delete";
  body: Readonly<Record<string, unknown>>;
  requestId: string;
  /** The text of the request that wrote it, where that was about this object alone and the system keeps it. */
  sent?: string;
}

/**
 * Everything that was ever committed, in commit order: a checker proves from it that no update was lost.
 * Bodies are kept by reference, so a store must replace an object at each commit and never change one in place.
 */
export interface History {
  all(): readonly Version[];
  of(path: string): Version[];
  reset(): void;
}

export interface WritableHistory extends History {
  record(version: Version): void;
}

export function createHistory(): WritableHistory {
  let versions: Version[] = [];
  return {
    all: () => versions,
    of: (path) => versions.filter((version) => version.path === path),
    reset: () => {
      versions = [];
    },
    record: (version) => {
      versions.push(version);
    },
  };
}
