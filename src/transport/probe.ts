/** What a probe of an optional device of this machine tells: absence is an answer, not an error. */

/** What was found, in words for the owner. */
export interface Probe {
  readonly state: "ready" | "unavailable";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** First line of what was thrown, for `detail`. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
