/**
 * The newest mark of each object in this process, for objects that cannot carry one themselves. A replacement that the
 * user forces to create first finds the very object that it replaces; the delete that follows in the same run, with the
 * older mark, must leave it alone.
 */
export interface Claims {
  make(id: string, mark: string): void;
  isNewest(id: string, mark: string | undefined): boolean;
}

export function createClaims(): Claims {
  const newest = new Map<string, string>();
  return {
    make: (id, mark) => void newest.set(id, mark),
    isNewest: (id, mark) => !newest.has(id) || newest.get(id) === mark,
  };
}
