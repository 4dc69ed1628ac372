/**
 * A language model of some sentences: how likely each word is behind the two before it, by their counts, and where those were never heard so behind the one
 * before it, or by itself. Interpolated as Witten and Bell have it (1991), the shorter histories by how many longer ones they stand for (Kneser and Ney, 1995).
 * Written as the ARPA format has it, which the Sphinx recognisers read.
 */
import { utf8 } from "../../base/bytes.ts";

const begin = "<s>";
const end = "</s>";
/** What never comes has this as its logarithm, to base 10; so has the beginning, which nobody says. */
const never = -99;
/** No weight is nothing at all: its logarithm would be none. */
const least = 1e-7;

/** Three words that came once tell little, and are most of them: the two last tell nearly as much. */
const leastOfThree = 2;

/** Counts of words behind a history. */
interface Counted {
  count: number;
  readonly words: Map<number, number>;
}

/** The model. @param sentences at least one */
export function trigramModel(sentences: Iterable<readonly string[]>): Uint8Array {
  const words: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (word: string): number => {
    let number = numbers.get(word);
    if (number === undefined) {
      number = words.push(word) - 1;
      numbers.set(word, number);
    }
    return number;
  };
  const none: Counted = { count: 0, words: new Map() };
  const one = new Map<number, Counted>();
  const two = new Map<number, Counted>();
  /** @returns whether it had never come there */
  const count = (history: Counted, word: number): boolean => {
    const had = history.words.get(word) ?? 0;
    history.count += 1;
    history.words.set(word, had + 1);
    return had === 0;
  };
  const behind = (all: Map<number, Counted>, key: number): Counted => {
    let found = all.get(key);
    if (!found) {
      found = { count: 0, words: new Map() };
      all.set(key, found);
    }
    return found;
  };
  const first = numberOf(begin);
  const last = numberOf(end);
  for (const sentence of sentences) {
    let [before, just] = [-1, first];
    for (const said of [...sentence.map(numberOf), last]) {
      // A shorter history counts where the longer one is new: "bit" comes often, and behind "a" alone.
      if (before < 0 || count(behind(two, before * most + just), said)) if (count(behind(one, just), said)) count(none, said);
      [before, just] = [just, said];
    }
  }
  const alone = (word: number): number => ((none.words.get(word) ?? 0) + 1) / (none.count + none.words.size);
  const after = (history: Counted | undefined, word: number, otherwise: number): number => {
    if (!history) return otherwise;
    const kinds = history.words.size;
    return ((history.words.get(word) ?? 0) + kinds * otherwise) / (history.count + kinds);
  };
  const afterOne = (word: number, just: number): number => after(one.get(just), word, alone(word));
  /** What is left for words that never followed, by what these have without the history. */
  const backOff = (followers: Iterable<number>, likely: (word: number) => number, otherwise: (word: number) => number): number => {
    let [taken, had] = [0, 0];
    for (const word of followers) {
      taken += likely(word);
      had += otherwise(word);
    }
    return Math.max(least, 1 - taken) / Math.max(least, 1 - had);
  };
  const unigrams = words.map((word, at) => {
    const likely = at === first ? never : log(alone(at));
    return `${likely} ${word} ${log(backOff(one.get(at)?.words.keys() ?? [], (next) => afterOne(next, at), alone))}`;
  });
  const bigrams: string[] = [];
  const trigrams: string[] = [];
  for (const [just, history] of one) {
    for (const word of history.words.keys()) {
      const next = two.get(just * most + word);
      const kept = [...(next?.words ?? [])].flatMap(([third, times]) => (times < leastOfThree ? [] : [third]));
      const afterTwo = (third: number): number => after(next, third, afterOne(third, word));
      bigrams.push(`${log(afterOne(word, just))} ${words[just]} ${words[word]} ${log(backOff(kept, afterTwo, (third) => afterOne(third, word)))}`);
      for (const third of kept) trigrams.push(`${log(afterTwo(third))} ${words[just]} ${words[word]} ${words[third]}`);
    }
  }
  const parts = [unigrams, bigrams, trigrams];
  const head = parts.map((lines, at) => `ngram ${at + 1}=${lines.length}`);
  const body = parts.map((lines, at) => `\\${at + 1}-grams:\n${lines.join("\n")}\n`);
  return utf8(`\\data\\\n${head.join("\n")}\n\n${body.join("\n")}\n\\end\\\n`);
}

/** More words than a house has. */
const most = 1 << 20;

function log(likely: number): string {
  return Math.log10(likely).toFixed(3);
}
