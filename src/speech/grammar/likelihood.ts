/**
 * How likely each way of a grammar is: of sentences that sound alike the one is heard that people say more. English, as the recogniser. Set by the sentences
 * and voices that the bench calls tuning (docs/figures.md).
 */
import type { SentenceSet } from "./sentence-set.ts";
import { numberWords } from "./spoken-word.ts";
import { article } from "./target-phrases.ts";

/** What speaks against a way, as the exponent of e: the sounds of a word come to some tens or hundreds of it. */
const costs = {
  leftOut: 60,
  withoutTo: 20,
  withTo: 50,
  time: 20,
  uneven: 30,
  seldom: 45,
  less: 15,
  noVerb: 30,
  colour: 30,
  place: 30,
  another: 25,
  asked: 25,
} as const;
/** What the recogniser takes such exponents times (its -lw). */
const languageWeight = 6.5;

/** "Set it forty percent", and "make it to red". */
const to = "to";
const withoutTo = "make";
/** "Turn on kitchen light", "how warm is in the kitchen", "how warm is it the kitchen" */
const small = [article, "it", "in"] as const;
/** "All lights" is as usual as "all the lights". */
const all = "all";
/** Said before and behind, so that a sentence begins twice; so it does behind "could you". */
const polite = "please";
const asking: readonly string[] = ["could", "can", "would"];
const asked = "you";
/** Between two things, and before another order. */
const and = "and";
const percent = "percent";
const beforeTimes: ReadonlySet<string> = new Set(["at", "in", "for", "every", "daily", "after", "before", "today", "tomorrow"]);
const day = "on";
/** Percent are said in tens and fives. */
const uneven: ReadonlySet<string> = new Set(
  Array.from({ length: 19 }, (_, at) => at + 1)
    .filter((value) => value % 5 !== 0)
    .map((value) => numberWords(value).join(" ")),
);
/** What a sentence hardly begins with. */
const seldom: ReadonlySet<string> = new Set(
  (
    "arm begin bolt blend blink brighten cancel change decrease disarm flash heat identify increase its never preheat prepare pulse raise reduce right run scene " +
    "silence sound tell time unbolt use yeah"
  ).split(" "),
);
/** What it begins with less often; "the kitchen light off" is less said than "kitchen light off". */
const less: ReadonlySet<string> = new Set(["dim", "put"]);
/** Colours that are seldom asked for. */
const seldomColours: ReadonlySet<string> = new Set(
  "amber candle cyan daylight gold indigo lavender lime magenta mint neutral rose sky turquoise violet".split(" "),
);

/** Whether a sentence has hardly this word, as its verb or as a colour. */
export function isSeldom(word: string): boolean {
  return seldom.has(word) || seldomColours.has(word);
}

/** Of each edge, in their order: 1 for what is usual, less for what is said less. */
export function likelihoods(set: SentenceSet): Float32Array {
  const { words, first, word, to: target, isFinal, start } = set;
  const found = new Float32Array(word.length);
  const states = isFinal.length;
  const edgesOf = (state: number): Map<string, number> => {
    const edges = new Map<string, number>();
    for (let at = first[state] ?? 0; at < (first[state + 1] ?? 0); at++) edges.set(words[word[at] ?? 0] ?? "", target[at] ?? 0);
    return edges;
  };
  const edgesOfAll = Array.from({ length: states }, (_, state) => edgesOf(state));
  const none: ReadonlyMap<string, number> = new Map();
  const edgesAt = (state: number | undefined): ReadonlyMap<string, number> => (state === undefined ? none : (edgesOfAll[state] ?? none));
  const begins = new Set([start]);
  for (const state of begins) {
    const edges = edgesAt(state);
    const behind = [edges.get(polite), ...asking.map((word) => edgesAt(edges.get(word)).get(asked))];
    for (const next of behind) if (next !== undefined) begins.add(next);
  }
  const named = behindNames(edgesOfAll);
  const made = onlyBehind(withoutTo, begins, edgesOfAll);
  const behindAll = new Set(edgesOfAll.flatMap((edges) => edges.get(all) ?? []));
  for (let state = 0; state < states; state++) {
    const edges = edgesAt(state);
    const shorter = [...small, ...(made.has(state) ? [] : [to])].map(
      (left) => [left === to ? costs.withoutTo : costs.leftOut, left, edgesAt(edges.get(left))] as const,
    );
    const isWhole = begins.has(state) || behindAll.has(state);
    for (let at = first[state] ?? 0; at < (first[state + 1] ?? 0); at++) {
      const said = words[word[at] ?? 0] ?? "";
      let cost = 0;
      // The same is to come with the word and without. "Kitchen light off" is usual, and so is "turn on the kitchen light".
      if (!isWhole)
        for (const [more, left, rest] of shorter)
          if (said !== left && (rest.get(said) === target[at] || (left === to && rest.has(said)))) cost += more;
      if (said === to && made.has(state)) cost += costs.withTo;
      if (uneven.has(said) && edgesAt(target[at]).has(percent)) cost += costs.uneven;
      // "Movie night on" is no time, and "on monday at seven" is.
      const isTime = beforeTimes.has(said) || (said === day && isFinal[target[at] ?? 0] !== 1);
      if (isFinal[state] === 1 && isTime && !edgesAt(target[at]).has(article)) cost += costs.time;
      if (begins.has(state)) cost += seldom.has(said) ? costs.seldom : less.has(said) ? costs.less : said === article ? costs.noVerb : 0;
      if (begins.has(state) && asking.includes(said)) cost += costs.asked;
      if (said === and) cost += costs.another;
      if (seldomColours.has(said)) cost += costs.colour;
      // "The kitchen lights" where there is a kitchen light
      if (named[state] === 1 && said.endsWith("s") && edges.has(said.slice(0, -1))) cost += costs.place;
      found[at] = Math.exp(-cost / languageWeight);
    }
  }
  return found;
}

/** 1 for states in the middle of a name: no article leads to them, and none is to come. */
function behindNames(all: readonly ReadonlyMap<string, number>[]): Uint8Array {
  const named = Uint8Array.from(all, (edges) => (edges.has(article) ? 0 : 1));
  for (const edges of all) {
    const next = edges.get(article);
    if (next !== undefined) named[next] = 0;
  }
  return named;
}

/** States that are reached by sentences with one word in the beginning, and by no other. */
function onlyBehind(word: string, begins: ReadonlySet<number>, all: readonly ReadonlyMap<string, number>[]): ReadonlySet<number> {
  const reached = (from: readonly number[]): Set<number> => {
    const seen = new Set(from);
    for (const state of seen) for (const next of all[state]?.values() ?? []) seen.add(next);
    return seen;
  };
  const edges = [...begins].flatMap((state) => [...(all[state] ?? [])]);
  const own = edges.flatMap(([said, next]) => (said === word ? [next] : []));
  const others = reached(edges.flatMap(([said, next]) => (said === word || said === polite || asking.includes(said) ? [] : [next])));
  return new Set([...reached(own)].filter((state) => !others.has(state)));
}
