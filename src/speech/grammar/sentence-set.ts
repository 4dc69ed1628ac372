/**
 * The sentences of an automaton in few octets, as a hub keeps them while it listens: numbers in rows, where the automaton itself has a map for each state.
 * Written out as a finite state grammar of the Sphinx recognisers when one of these shall listen.
 */
import { utf8 } from "../../base/bytes.ts";
import type { Automaton } from "./automaton.ts";
import { sharedWays, type Way } from "./shared-ways.ts";

/** Plain data, so that a process can hand it to another. */
export interface SentenceSet {
  readonly start: number;
  /** Words by their numbers. */
  readonly words: readonly string[];
  /** Of each state the place of its first edge; one more at the end. */
  readonly first: Uint32Array;
  /** Of each edge the number of its word, ascending within a state, and the state that it leads to. */
  readonly word: Uint32Array;
  readonly to: Uint32Array;
  /** 1 for a state where a sentence may end. */
  readonly isFinal: Uint8Array;
}

/** The same sentences. */
export function sentenceSet({ start, edges, finals }: Automaton): SentenceSet {
  const words = [...new Set(edges.flatMap((own) => [...own.keys()]))].sort();
  const numbers = new Map(words.map((word, at) => [word, at]));
  const count = edges.reduce((sum, { size }) => sum + size, 0);
  const set = {
    start,
    words,
    first: new Uint32Array(edges.length + 1),
    word: new Uint32Array(count),
    to: new Uint32Array(count),
    isFinal: Uint8Array.from(edges, (_, state) => (finals.has(state) ? 1 : 0)),
  };
  let at = 0;
  for (const [state, own] of edges.entries()) {
    const sorted = [...own].map(([word, to]) => [numbers.get(word) ?? 0, to] as const).sort(([a], [b]) => a - b);
    for (const [word, to] of sorted) {
      set.word[at] = word;
      set.to[at] = to;
      at += 1;
    }
    set.first[state + 1] = at;
  }
  return set;
}

/** Whether these words are a sentence of it. */
export function accepts(set: SentenceSet, words: readonly string[]): boolean {
  let state: number | undefined = set.start;
  for (const word of words) {
    state = next(set, state, placeOf(set.words, word));
    if (state === undefined) return false;
  }
  return set.isFinal[state] === 1;
}

function next({ first, word, to }: SentenceSet, state: number, wanted: number | undefined): number | undefined {
  if (wanted === undefined) return undefined;
  let low = first[state] ?? 0;
  const end = first[state + 1] ?? 0;
  for (let high = end; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((word[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low < end && word[low] === wanted ? to[low] : undefined;
}

function placeOf(words: readonly string[], wanted: string): number | undefined {
  let low = 0;
  for (let high = words.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((words[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return words[low] === wanted ? low : undefined;
}

/** States that are written out at once. */
const batch = 256;

/** As the Sphinx recognisers read it, in pieces: the whole is many times what is kept. @param likely of each edge */
export function finiteStateGrammar(set: SentenceSet, likely: Float32Array): Uint8Array[] {
  const { start, words, isFinal } = set;
  const end = isFinal.length;
  const states = sharedWays([...waysOf(set, likely), []]);
  const pieces = [utf8(`FSG_BEGIN house\nNUM_STATES ${states.length}\nSTART_STATE ${start}\nFINAL_STATE ${end}\n`)];
  for (let from = 0; from < states.length; from += batch) {
    let text = "";
    for (let state = from; state < Math.min(states.length, from + batch); state++) {
      for (const { word, to, likely } of states[state] ?? []) {
        text += `TRANSITION ${state} ${to} ${likely.toPrecision(3)}${word === undefined ? "" : ` ${words[word]}`}\n`;
      }
    }
    pieces.push(utf8(text));
  }
  pieces.push(utf8("FSG_END\n"));
  return pieces;
}

/** The ways of each state; from where a sentence may end one leads to the end, which is behind all states. */
function waysOf({ first, word, to, isFinal }: SentenceSet, likely: Float32Array): Way[][] {
  return Array.from(isFinal, (final, state) => {
    const ways: Way[] = [];
    for (let at = first[state] ?? 0; at < (first[state + 1] ?? 0); at++) {
      ways.push({ word: word[at] ?? 0, to: to[at] ?? 0, likely: likely[at] ?? 1 });
    }
    return final === 1 ? [...ways, { to: isFinal.length, likely: 1 }] : ways;
  });
}
