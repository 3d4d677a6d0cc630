import { stripVTControlCharacters } from "node:util";

// "~  type name updating (0s)", "+  type name creating", and at the top of a run "   type name running".
const isUnderWay = /^ *\S*\s+pulumi\S+ \S+ (creating|updating|deleting|refreshing|running)\b/;
// A resource that nothing was done to; under "Diagnostics" names stand in brackets.
const isUnchanged = /^ *(pulumi\S+ [^\s(]+|~ +pulumi\S+ \S+ refresh \(\S+\))$/;
const isRow = /^ *\S*\s+pulumi[:-]\S+ [^\s(]+ /;

/**
 * To a pipe Pulumi writes a row for each step of each resource; in a terminal it keeps one row for each, no longer than
 * the line, and hides those that nothing was done to. This makes the one from the other; all else stays as it is.
 */
export function asInTerminal(row: string, width: number): string | undefined {
  const plain = stripVTControlCharacters(row).trimEnd();
  if (isUnderWay.test(plain) || isUnchanged.test(plain)) return undefined;
  return isRow.test(plain) ? cut(row, width) : row;
}

/** Colours have no width. */
function cut(row: string, width: number): string {
  if (stripVTControlCharacters(row).length <= width) return row;
  let left = width - 1;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colours are made of.
  const parts = row.split(/(\u001B\[[\d;]*m)/).map((part, index) => {
    if (index % 2 === 1) return part;
    const kept = part.slice(0, left);
    left -= kept.length;
    return kept;
  });
  return `${parts.join("")}…`;
}
