/**
 * Ways to say something, found by their words: a sentence is compared with those alone of which it has every word. A way is looked for under the one of its
 * words that stands in the fewest of all, so what is looked at grows with the sentence and not with the language.
 */
import type { Row } from "./pattern.ts";

/** What belongs to one way to say something. */
interface WithRow {
  readonly row: Row;
}

/** One way to say something that has many. */
export interface FormRow<T> extends WithRow {
  readonly form: T;
}

interface Entry<T> {
  /** Place among all of them. */
  readonly order: number;
  readonly item: T;
  /** Each stands in whatever is said so. */
  readonly words: readonly string[];
}

/** Ways to say something, in an order that counts. */
export class RowIndex<T extends WithRow> {
  readonly all: readonly T[];
  readonly #byWord = new Map<string, Entry<T>[]>();
  /** Those without words of their own. */
  readonly #wordless: Entry<T>[] = [];

  constructor(all: readonly T[]) {
    this.all = all;
    const entries = all.map((item, order): Entry<T> => ({ order, item, words: wordsOf(item.row) }));
    const uses = new Map<string, number>();
    for (const { words } of entries) for (const word of words) uses.set(word, (uses.get(word) ?? 0) + 1);
    for (const entry of entries) {
      const [rarest] = entry.words.toSorted((a, b) => (uses.get(a) ?? 0) - (uses.get(b) ?? 0));
      const among = rarest === undefined ? this.#wordless : (this.#byWord.get(rarest) ?? []);
      among.push(entry);
      if (rarest !== undefined) this.#byWord.set(rarest, among);
    }
  }

  /** Those whose words are all said, in their order. */
  fitting(tokens: readonly string[]): T[] {
    const said = new Set(tokens);
    const found = this.#wordless.filter(({ item }) => item.row.length <= tokens.length);
    for (const word of said) {
      for (const entry of this.#byWord.get(word) ?? []) {
        if (entry.item.row.length <= tokens.length && entry.words.every((each) => said.has(each))) found.push(entry);
      }
    }
    return found.sort((a, b) => a.order - b.order).map(({ item }) => item);
  }
}

function wordsOf(row: Row): string[] {
  return row.flatMap((piece) => ("word" in piece ? [piece.word] : []));
}
