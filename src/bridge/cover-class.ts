/** What a motor opens: most bridges say "cover" of blinds and of garage doors alike, and only a word tells which. */

/** What lets somebody in is a garage door, whatever it is: its opening carries a risk. */
export function coverClass(what: string): "garage-door" | "cover" {
  return /\b(garage|gate|door|barrier)s?\b/i.test(what) ? "garage-door" : "cover";
}
