/** How far two words are apart: for the name that was probably meant. */

/**
 * Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), in UTF-16 units. Gives `limit + 1` as soon as it must
 * be above `limit`: names of a whole account are compared with each misheard one.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const value = Math.min(replaced, at(previous, j) + 1, at(row, j - 1) + 1, isSwap ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY);
      row.push(value);
      if (value < best) best = value;
    }
    // A swap reaches back over this row, but from one whose best is at most one less.
    if (best > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return Math.min(at(previous, b.length), limit + 1);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
