/**
 * The grammar of a house: every sentence that the recogniser may hear, made from the book of names and the words of language and drivers. What is not in
 * it is never heard; names with a word of no known sound are left out and told.
 */
import type { Language, NameIndex } from "../../driver/index.ts";
import { takesProgrammes } from "../../driver/index.ts";
import { type Automaton, automatonOf, withParts, wordsOf } from "./automaton.ts";
import { spokenBreadth, typedBreadth } from "./breadth.ts";
import { housePhrases } from "./house-phrases.ts";
import type { Pronunciations } from "./pronunciation.ts";
import { sentenceSample } from "./sentence-sample.ts";
import { numberWords, spokenWords } from "./spoken-word.ts";
import { article, namePhrases, type Phrase, type Unspeakable } from "./target-phrases.ts";
import { minutesSlot, timePhrases } from "./time-phrases.ts";
import { trigramModel } from "./trigrams.ts";

/** Sentences, and how their words sound. */
export interface HouseGrammar {
  readonly automaton: Automaton;
  /** The language model of what may be said beside, in more wordings (trigrams.ts). */
  readonly model: Uint8Array;
  /** Of the words of both. */
  readonly pronunciations: Pronunciations;
  /** As they are said in Britain; none where nobody knows. */
  readonly british?: BritishWays;
  /** Words of which one is the opposite of the other: "on" and "off". */
  readonly opposites: readonly (readonly [string, string])[];
  /** Names that cannot be said, with the words that have no known sound. */
  readonly unspeakable: readonly Unspeakable[];
}

/** Word -> one more way of it. */
type BritishWays = ReadonlyMap<string, readonly string[]>;

/** Sentences that the language model is made of. */
const sampled = 60_000;
/** Said behind an order that has no time, and before one; what the language does not pass over is left out. */
const hurries: readonly Phrase[] = [["now"], ["again"]];
const requests: readonly Phrase[] = [
  ["could", "you"],
  ["can", "you"],
  ["would", "you"],
];

/** The grammar. @param pronounce the words of some that have a sound. @param britishWays of them. Errors: ERR_TOO_LARGE, and those of both. */
export async function houseGrammar(
  index: NameIndex,
  pronounce: (words: Iterable<string>) => Promise<Pronunciations>,
  britishWays: (words: Iterable<string>) => Promise<BritishWays> = async () => new Map(),
): Promise<HouseGrammar> {
  const { language } = index.vocabulary;
  const spoken = await housePhrases(index, spokenBreadth);
  const sample = [...sentenceSample(index, { spoken, typed: await housePhrases(index, typedBreadth) }, sampled)];
  const { questions, brief, numbers, called } = spoken;
  const orders = [...spoken.orders, ...spoken.scenes];
  const times = timePhrases(index.vocabulary);
  const counted = new Map([...numbers, [minutesSlot, { from: 2, to: 59 }] as const].map(([name, slot]) => [name, countPhrases(slot)]));
  const answers = [...language.Agree, ...language.Disagree].map((text) => text.split(" "));
  const polite = language.Requests.slice(0, 1);
  const passedOver = (phrases: readonly Phrase[]): readonly Phrase[] => phrases.filter((words) => language.Fillers.includes(words.join(" ")));
  const hurried = passedOver(hurries);
  const requested = passedOver(requests);

  const all = [
    orders,
    questions,
    brief,
    times,
    answers,
    [polite, language.Then.slice(0, 1)],
    hurried,
    requested,
    ...called.values(),
    ...counted.values(),
  ];
  // Of names that no sentence has yet, too: whether they can be said is told of all.
  const names = [...index.things, ...index.places.values(), ...index.scenes, ...index.recipes].flatMap((named) => namePhrases(named));
  const unlike = new Set([...all, names, sample].flat(2).filter((word) => !word.startsWith("<")));
  const [pronunciations, british] = await Promise.all([pronounce(unlike), britishWays(unlike)]);
  const isKnown = (word: string): boolean => word.startsWith("<") || pronunciations.has(word);
  const sayable = (phrases: readonly Phrase[]): Automaton =>
    automatonOf(
      audiblyDifferent(
        phrases.filter((words) => words.every(isKnown)),
        pronunciations,
      ),
    );
  const parts = new Map([...called, ...counted].map(([name, phrases]) => [name, sayable(phrases)]));

  const wholes = new Map([
    ["<order>", withParts(sayable(orders), parts)],
    ["<plea>", withParts(sayable(orders.filter(([first = ""]) => !first.startsWith("<") && first !== article)), parts)],
    ["<question>", withParts(sayable(questions), parts)],
    ["<brief>", withParts(sayable(brief), parts)],
    ["<time>", withParts(sayable(times), parts)],
  ]);
  // "Now" once, and behind no time: every one more is heard in the place of others.
  const [and = ""] = language.And;
  const [then = ""] = language.Then;
  const told = [
    ["<order>"],
    ["<order>", "<time>"],
    ["<brief>", and, "<brief>"],
    ["<brief>", and, then, "<brief>"],
    ...hurried.map((now) => ["<order>", ...now]),
  ];
  // "Could you turn the lights off", and not "would you lights off".
  const asked = requested.flatMap((request) => [request, ...polite.map((please) => [...request, please])]);
  const pleas = told.map((words) => words.map((word) => (word === "<order>" ? "<plea>" : word)));
  const said = [...told, ...asked.flatMap((request) => pleas.map((words) => [...request, ...words])), ["<question>"]];
  // Before, behind or both: so all ways end alike, and the grammar stays as small as without.
  const politely = said.flatMap((words) =>
    polite.flatMap((please) => [
      [please, ...words],
      [...words, please],
      [please, ...words, please],
    ]),
  );
  const automaton = withParts(sayable([...answers, ...said, ...politely]), wholes);
  const heard = sample.filter((words) => words.every(isKnown));
  const words = new Set([...wordsOf(automaton), ...heard.flat()]);
  return {
    automaton,
    model: trigramModel(heard),
    pronunciations: new Map([...pronunciations].filter(([word]) => words.has(word))),
    british,
    opposites: oppositesOf(language),
    unspeakable: unspeakableNames(index, isKnown),
  };
}

/** Without those that sound just like one before: "color" and "colour", "per cent" and "percent". */
function audiblyDifferent(phrases: readonly Phrase[], pronunciations: Pronunciations): Phrase[] {
  const sound = (word: string): string => pronunciations.get(word)?.[0]?.join(" ") ?? word;
  const heard = new Map(phrases.map((words) => [words.map(sound).join(" "), words] as const).reverse());
  return [...heard.values()];
}

function oppositesOf({ True, False }: Language): (readonly [string, string])[] {
  const [on, off] = [True[0], False[0]].map((word) => spokenWords(word ?? ""));
  return on?.length === 1 && off?.length === 1 ? [[on.join(), off.join()]] : [];
}

function countPhrases({ from, to }: { readonly from: number; readonly to: number }): Phrase[] {
  return Array.from({ length: to - from + 1 }, (_, at) => numberWords(from + at)).flatMap((words) =>
    // "A hundred" and "one hundred".
    words[0] === "one" && words[1] === "hundred" ? [words, ["a", ...words.slice(1)]] : [words],
  );
}

/** Names of things, places, scenes and recipes that something there makes, with a word that has no sound. */
function unspeakableNames({ things, places, scenes, recipes }: NameIndex, isKnown: (word: string) => boolean): Unspeakable[] {
  const isMade = ({ programmes }: NameIndex["recipes"][number]): boolean =>
    programmes.some((programme) => things.some((thing) => thing.class === programme.class && takesProgrammes(thing.description)));
  const found: Unspeakable[] = [];
  for (const named of [...things, ...places.values(), ...scenes, ...recipes.filter(isMade)]) {
    for (const words of namePhrases(named, (name) => found.push(name))) {
      const missing = words.filter((word) => !isKnown(word));
      if (missing.length > 0) found.push({ name: named.name, words: missing });
    }
  }
  return found;
}
