/** The word that somebody is likely to have meant, if any of these is near enough to what was written. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  const text = plain(written);
  const distances = words.map((word) => [word, distance(text, plain(word))] as const);
  const [part, ...others] = words.filter((word) => isPart(text, plain(word)));
  const [word, apart] = distances.reduce(
    (best, each) => (each[1] < best[1] ? each : best),
    ["", Number.POSITIVE_INFINITY],
  );
  if (apart <= Math.max(1, Math.floor(text.length / 3))) return word;
  return others.length === 0 ? part : undefined;
}

/** Words in order of how near they are to what was written. */
export function byNearness(written: string, words: readonly string[]): string[] {
  const text = plain(written);
  const apart = (word: string) => (isPart(text, word) ? Math.min(1, distance(text, word)) : distance(text, word));
  return words
    .map((word) => ({ word, apart: apart(plain(word)) }))
    .sort((a, b) => a.apart - b.apart)
    .map(({ word }) => word);
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Whether one has the other in it. Half a name is no slip: `user` for `username`; but two letters are in many. */
function isPart(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length > 2 && long.includes(short);
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
