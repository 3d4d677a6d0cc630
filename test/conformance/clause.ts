/** A sentence of an API guide that says what a client must do or can rely on, or what the server does. */
export interface Clause {
  /** Permanent: others may refer to it. */
  readonly id: `${"NIM" | "NSX"}-${number}`;
  /** The guide's section. */
  readonly section: string;
  /** In our own words. */
  readonly says: string;
  /** Where the provider honours it. */
  readonly provider: Place;
  /** Where the simulator enforces it, so that a client that breaks it finds out. */
  readonly simulator: Place;
  /** The tests that show it, by file. */
  readonly tests: Tests;
}

/** A file, or why there is none. */
export type Place =
  | string
  /** It is up to the user or somebody else. */
  | { readonly others: string }
  /** Nothing here does what the clause is about. */
  | { readonly unused: string }
  /** No server can tell whether its client keeps to it. */
  | { readonly unseen: string };

/** Titles, with those of the groups around where one alone is not clear: `PUT > is a full replace`. */
export type Tests = Readonly<Record<string, readonly Shown[]>>;

/** A test, or one row of its table. */
export type Shown = string | { readonly title: string; readonly row: string };

export interface Guide {
  readonly name: string;
  readonly clauses: readonly Clause[];
  /** What is in the guide and binds nobody. */
  readonly leftOut: readonly { readonly section: string; readonly what: string; readonly why: string }[];
}
