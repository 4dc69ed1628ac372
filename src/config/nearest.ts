/** The name that was probably meant. */
import { editDistance } from "../base/edit-distance.ts";

/** The candidate with the fewest edits to `word`; undefined when none is near enough to be worth a hint. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // A name of that length is no typing error, and the table of distances is quadratic.
  if (word.length > 64) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    const limit = Math.max(2, Math.floor(name.length / 2));
    const distance = editDistance(word.toLowerCase(), name.toLowerCase(), limit);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}
