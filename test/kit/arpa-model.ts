/** Reads a language model in the ARPA format, and tells how likely words are by it: a reading of its own, by which what is written is checked. */

/** A model that was read. */
export interface ArpaModel {
  readonly words: ReadonlySet<string>;
  /** Of each length what the head tells, and the words of each line. */
  readonly grams: ReadonlyMap<number, { readonly told: number; readonly lines: readonly string[] }>;
  /** The logarithm, to base 10, of the last word behind those before it. */
  likely(words: readonly string[]): number;
  /** The same of a whole sentence. */
  sentence(words: readonly string[]): number;
}

export function arpaModel(octets: Uint8Array): ArpaModel {
  const grams = new Map<number, { told: number; lines: string[] }>();
  const found = new Map<string, { readonly likely: number; readonly backOff: number }>();
  let length = 0;
  for (const line of Buffer.from(octets).toString("utf8").split("\n")) {
    const [, ofLength, told] = /^ngram (\d)=(\d+)$/.exec(line) ?? [];
    if (ofLength !== undefined) grams.set(Number(ofLength), { told: Number(told), lines: [] });
    const head = /^\\(\d)-grams:$/.exec(line)?.[1];
    if (head !== undefined) length = Number(head);
    else if (length > 0 && line !== "" && !line.startsWith("\\")) {
      const [likely, ...rest] = line.split(" ");
      const words = rest.slice(0, length).join(" ");
      grams.get(length)?.lines.push(words);
      found.set(words, { likely: Number(likely), backOff: Number(rest[length] ?? 0) });
    }
  }
  const likely = (words: readonly string[]): number => {
    const whole = found.get(words.join(" "));
    if (whole) return whole.likely;
    if (words.length === 1) return Number.NEGATIVE_INFINITY;
    return (found.get(words.slice(0, -1).join(" "))?.backOff ?? 0) + likely(words.slice(1));
  };
  return {
    words: new Set(grams.get(1)?.lines),
    grams,
    likely,
    sentence: (words) => {
      const said = ["<s>", ...words, "</s>"];
      return said.reduce((sum, _, at) => (at === 0 ? 0 : sum + likely(said.slice(Math.max(0, at - 2), at + 1))), 0);
    },
  };
}
