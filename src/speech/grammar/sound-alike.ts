/**
 * What sounds alike: words whose sounds differ in little, and so sentences that a recogniser may take one for the other ("start", "stop"; "all lights",
 * "hall light"). The acoustic competitor does not see these, as both are sentences of the house: they are read back before they are done.
 */
import type { Pronunciations } from "./pronunciation.ts";
import { accepts, type SentenceSet } from "./sentence-set.ts";

/** Part of the longer word's sounds that may differ, a vowel for a vowel counting half. */
const mostDifference = 0.4;
/** Sounds before or behind a word that are easily not heard: "unlock" and "lock". */
const mostSwallowed = 2;
const leastCommon = 3;
/** Words of a sentence that are exchanged at once. */
const mostExchanged = 2;
const mostSentences = 2000;

/** Too short to be measured by their sounds: "are the lights on" was taken for "all the lights on", "turn up the heater" for "turn off the heater". */
const shortPairs: readonly (readonly [string, string])[] = [
  ["all", "are"],
  ["up", "off"],
];

/** Word -> the words that it may be taken for. */
export type SoundAlikes = ReadonlyMap<string, readonly string[]>;

/** The words of a grammar that sound alike. */
export function soundAlikes(pronunciations: Pronunciations): SoundAlikes {
  const words = [...pronunciations];
  const found = new Map<string, string[]>();
  const add = (word: string, other: string): void => {
    found.set(word, [...(found.get(word) ?? []), other]);
    found.set(other, [...(found.get(other) ?? []), word]);
  };
  for (const [at, [word, ways]] of words.entries()) {
    for (const [other, otherWays] of words.slice(at + 1)) {
      if (ways.some((way) => otherWays.some((otherWay) => alike(way, otherWay)))) add(word, other);
    }
  }
  for (const [word, other] of shortPairs) if (pronunciations.has(word) && pronunciations.has(other)) add(word, other);
  return found;
}

/** Whether two ways to say a word sound alike. Sounds as in CMUdict, without stress. */
export function alike(a: readonly string[], b: readonly string[]): boolean {
  const longer = Math.max(a.length, b.length);
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const ends = long.slice(long.length - short.length).join(" ") === short.join(" ");
  if (ends && short.length >= leastCommon && longer - short.length <= mostSwallowed) return true;
  // Two sounds that differ in one are half of each other.
  return longer > 2 && difference(a, b) / longer <= mostDifference;
}

const isVowel = (sound: string): boolean => /^[AEIOU]/.test(sound);

/** How many sounds have to be changed, put in or left out. */
export function difference(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, sound] of a.entries()) {
    const next = [i + 1];
    for (const [j, other] of b.entries()) {
      const cost = sound === other ? 0 : isVowel(sound) && isVowel(other) ? 0.5 : 1;
      next.push(Math.min((row[j] ?? 0) + cost, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Other sentences of the grammar that sound like this one, the first of them when there are many. */
export function likeSentences(words: readonly string[], alikes: SoundAlikes, sentences: SentenceSet): string[] {
  const found: string[] = [];
  let tried = 0;
  const exchange = (from: number, said: readonly string[], left: number): void => {
    for (let at = from; at < said.length; at++) {
      for (const other of alikes.get(said[at] ?? "") ?? []) {
        if (tried++ >= mostSentences) return;
        const sentence = [...said.slice(0, at), other, ...said.slice(at + 1)];
        if (accepts(sentences, sentence)) found.push(sentence.join(" "));
        if (left > 1) exchange(at + 1, sentence, left - 1);
      }
    }
  };
  exchange(0, words, mostExchanged);
  return found;
}
