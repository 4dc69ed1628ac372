/** Text: how far two words are apart, and which of several known words was probably meant. */

/** Levenshtein distance in UTF-16 units; gives `limit + 1` as soon as it must be above `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const value = Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      row.push(value);
      if (value < best) best = value;
    }
    if (best > limit) return limit + 1;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The known word nearest to `word`, or undefined when none is near enough to be a slip of the pen; letter case does not count. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // Hostile input: a word of this length is no slip of a known one, and the distance costs the product of the lengths.
  if (word.length > 100) return undefined;
  let found: string | undefined;
  let limit = Math.max(2, Math.floor(word.length / 3));
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (distance > limit) continue;
    found = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return found;
}
