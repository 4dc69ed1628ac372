/** Cuts text that came from elsewhere to a length. */

/** The beginning of a text, at most so many UTF-16 units, with no character cut in two: half of one cannot be written in UTF-8. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/\p{Surrogate}$/u, "");
}
