/** The word that somebody is likely to have meant, if any of these is near enough to what was written. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const text = plain(written);
  const distances = words.map((word) => [word, distance(text, plain(word))] as const);
  // Half a name is no slip: `user` for `username`.
  const [begun, ...others] = text.length > 2 ? words.filter((word) => plain(word).startsWith(text)) : [];
  const [word, apart] = distances.reduce(
    (best, each) => (each[1] < best[1] ? each : best),
    ["", Number.POSITIVE_INFINITY],
  );
  if (apart <= Math.max(1, Math.floor(text.length / 3))) return word;
  return others.length === 0 ? begun : undefined;
}

/** How many letters have to be added, left out, replaced or swapped with the next one. */
function distance(one: string, other: string): number {
  let [before, above]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = at(above, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped =
        one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1] ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, at(above, j) + 1, at(row, j - 1) + 1));
    }
    [before, above] = [above, row];
  }
  return at(above, other.length);
}

const at = (row: readonly number[] | undefined, index: number) => row?.[index] ?? Number.POSITIVE_INFINITY;
