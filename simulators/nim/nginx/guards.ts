import { quote } from "./edits.ts";

/**
 * What a configuration's variables hold shows only while nginx runs: a file that a visitor names, an address that is put
 * together from pieces. So nginx itself looks: beside each such text stands a variable that is empty, or turns the text
 * into something that is not there.
 */
export interface Guards {
  /** Empty unless the path has a part `..`; to stand after a folder and before a `/`. */
  path(expression: string, blocks: readonly GuardedBlock[]): string;
  /** Empty unless it is the address of a socket on this machine; to stand at the beginning. */
  address(expression: string, blocks: readonly GuardedBlock[]): string;
  /** The definitions that a block needs. */
  definitions(block: GuardedBlock): string;
}

export type GuardedBlock = "http" | "stream";

const kinds = {
  // A text ends for the operating system at its first NUL, whatever is behind it.
  path: { pattern: "~(?:^|/)\\.\\.(?:/|\\x00|$)", instead: "/.refused" },
  address: { pattern: "~*^(?:[a-z]+://)?unix:", instead: "refused:" },
};

/** `secret` keeps a configuration from setting the variables itself. */
export function createGuards(secret: string): Guards {
  const names = new Map<string, string>();
  const defined: Record<GuardedBlock, Map<string, string>> = { http: new Map(), stream: new Map() };

  const guard = (kind: keyof typeof kinds) => (expression: string, blocks: readonly GuardedBlock[]) => {
    const key = `${kind} ${expression}`;
    const name = names.get(key) ?? `guard_${secret}_${names.size}`;
    names.set(key, name);
    const { pattern, instead } = kinds[kind];
    // Volatile, for the same request may be sent on to another URI.
    const text = `map ${quote(expression)} $${name} { volatile; ${quote(pattern)} ${quote(instead)}; default ""; }`;
    for (const block of blocks) defined[block].set(name, text);
    return `\${${name}}`;
  };
  return {
    path: guard("path"),
    address: guard("address"),
    definitions: (block) => [...defined[block].values()].join(" "),
  };
}
