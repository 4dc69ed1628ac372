/**
 * A sample of what may be said to a house: sentences as the grammar has them and in wordings that are only typed, with names, numbers and times in their
 * places. What is short is said more than what is long. The same house has the same sample.
 */
import type { NameIndex, PhraseRow } from "../../driver/index.ts";
import { Choice, wide } from "./choice.ts";
import type { HousePhrases } from "./house-phrases.ts";
import { isSeldom } from "./likelihood.ts";
import { OtherWords } from "./other-words.ts";
import { numberWords } from "./spoken-word.ts";
import { article, namePhrases, type Phrase } from "./target-phrases.ts";

/** How often: of all sentences, of orders, of those with a time, of numbers. */
const shares = {
  question: 0.14,
  several: 0.14,
  time: 0.19,
  timeFirst: 0.2,
  each: 0.2,
  eachFirst: 0.6,
  thenToo: 0.3,
  scene: 0.08,
  switched: 0.45,
  before: 0.1,
  behind: 0.1,
  spoken: 0.6,
  otherwise: 0.2,
  otherwiseAgain: 0.2,
  andBack: 0.25,
  here: 0.04,
  except: 0.2,
  exceptOtherwise: 0.3,
  halves: 0.06,
} as const;
/** What a word more costs, as the exponent of e: of a sentence, of a time, of what a thing is called; and what a word that is hardly said. */
const longer = { sentence: 0.25, time: 0.3, name: 0.6, seldom: 2 } as const;
/** A place for a number stands for many sentences, where each name of a value stands for one. */
const ofNumber = 6;
/** What is called with an article is said so much more than its length has it. */
const withArticle = 12;
/** Said before and behind a sentence; what the language does not pass over is left out, and what it passes over besides is typed. */
const before = ["please", "hey", "okay", "could you", "can you", "would you", "will you", "i want you to", "id like you to", "i want", "just"];
const behind = ["please", "now", "again", "for me", "thanks", "thank you", "would you", "could you", "right now"];
/** How often each answer is among the sentences. */
const answersEach = 40;
/** Of minutes and the like. */
const spans = [1, 2, 2, 3, 5, 5, 10, 10, 10, 15, 20, 20, 30, 30, 40, 45, 90] as const;
const longestUnit = 3600;
/** "I'm leaving": its first word is heard where "dim" is said. */
const unheard = "im";
/** Of degrees. */
const half = ["and", "a", "half"];

/** "At seven" is said so much more than "at sunset". */
const byClock = 6;
/** "Is the heater at twenty degrees": people ask how warm it is. */
const ofAskedNumber = 0.05;

/** "Set the heater twenty degrees", "heater twenty degrees": people say "to". */
function isWithoutTo(words: Phrase, at: number): boolean {
  return words[at]?.startsWith("<number") === true && words[at - 1]?.startsWith("<told") === true;
}

/** The sample. @param count of sentences, beside the answers; what a house has nothing for is left out */
export function* sentenceSample(
  index: NameIndex,
  { spoken, typed }: { readonly spoken: HousePhrases; readonly typed: HousePhrases },
  count: number,
): Generator<Phrase> {
  const { language, times } = index.vocabulary;
  const choice = new Choice();
  const [True = ""] = language.True;
  const [False = ""] = language.False;
  const weight =
    (cost: number) =>
    (words: Phrase): number =>
      words.reduce(
        (all, word, at) =>
          all * (isSeldom(word) || isWithoutTo(words, at) ? Math.exp(-longer.seldom) : 1) * (word.startsWith("<number") ? ofNumber : 1),
        Math.exp(-cost * words.length),
      );
  const [asSentence, asTime, asName] = [weight(longer.sentence), weight(longer.time), weight(longer.name)];
  const asQuestion = (words: Phrase): number => asSentence(words) * (words.some((word) => word.startsWith("<number")) ? ofAskedNumber : 1);
  // "Turn on the kitchen light" is said more than "turn on kitchen light", and "kitchen light on" as much as "the kitchen light on".
  const asLater = (words: Phrase): number => asName(words) * (words[0] === article ? withArticle : 1);
  const split = ({ orders, ...others }: HousePhrases) => ({
    ...others,
    scenes: others.scenes.filter((words) => !words.includes(unheard)),
    switched: orders.filter((words) => words.includes(True) || words.includes(False)),
    valued: orders.filter((words) => !words.includes(True) && !words.includes(False)),
  });
  const [asSpoken, asTyped] = [split(spoken), split(typed)];
  type Phrases = typeof asSpoken;
  const [here = ""] = language.Here;
  const [within = ""] = language.Connectors;
  const filled = (words: Phrase | undefined, phrases: Phrases): Phrase | undefined => {
    if (words === undefined) return undefined;
    const said: string[] = [];
    for (const [at, word] of words.entries()) {
      const slot = phrases.numbers.get(word);
      const inside = !word.startsWith("<")
        ? [word]
        : slot !== undefined
          ? [...counted(choice.number(slot), choice), ...(slot.to - slot.from <= wide && choice.is(shares.halves) ? half : [])]
          : word.startsWith("<where") && choice.is(shares.here)
            ? [within, here]
            : filled(choice.of(phrases.called.get(word) ?? [], at === 0 ? asName : asLater), phrases);
      if (inside === undefined) return undefined;
      for (const one of inside) said.push(one);
    }
    return said;
  };
  const order = (phrases: Phrases): Phrase | undefined => {
    const { switched, valued, scenes } = phrases;
    const list = choice.is(shares.scene) ? scenes : choice.is(shares.switched) ? switched : valued;
    const words = filled(choice.of(list, asSentence), phrases);
    return words && leftOut(words);
  };
  const time = timeSample(index, choice);
  const otherWords = new OtherWords(index.vocabulary.reworded);
  const [and = ""] = language.And;
  const [then = ""] = language.Then;
  const told = (phrases: Phrases, part: number): Phrase | undefined => {
    const one = order(phrases);
    if (one === undefined) return undefined;
    if (part < shares.several) {
      const first = filled(choice.of(phrases.brief, asTime), phrases);
      return first && [...first, and, ...(choice.is(shares.thenToo) ? [then] : []), ...one];
    }
    if (part >= shares.several + shares.time || times.when.all.length === 0) return one;
    if (choice.is(shares.timeFirst)) return [...time(shares.eachFirst), ...one];
    // "Turn on the worktop at seven and off at nine"
    const isThenOff = one.includes(True) && !one.includes(False) && choice.is(shares.andBack);
    return [...one, ...time(shares.each), ...(isThenOff ? [and, False, ...time(shares.each)] : [])];
  };
  const [except = "", ...exceptAlso] = language.Except;
  const { nouns } = index.vocabulary;
  /** Behind all of something one thing of these now and then that is left out: "turn off all lights except the night light". */
  const leftOut = (words: Phrase): Phrase => {
    if (!words.some((word) => word === language.All[0] || word === language.Everything[0]) || !choice.is(shares.except)) return words;
    const kinds = words.flatMap((word) => nouns.get(word)?.classes ?? []);
    const thing = choice.one(index.things.filter((one) => kinds.length === 0 || kinds.includes(one.class)));
    const name = thing && choice.one(namePhrases(thing));
    if (name === undefined) return words;
    return [
      ...words,
      choice.is(shares.exceptOtherwise) ? (choice.one(exceptAlso) ?? except) : except,
      ...(name[0] === article ? [] : [article]),
      ...name,
    ];
  };
  const passedOver = (texts: readonly string[]): Phrase[] =>
    texts.filter((text) => language.Fillers.includes(text) || text === language.Requests[0]).map((text) => text.split(" "));
  const [first, last] = [passedOver(before), passedOver(behind)];
  for (let at = 0; at < count; at++) {
    const phrases = choice.is(shares.spoken) ? asSpoken : asTyped;
    const isQuestion = choice.is(shares.question);
    const plainly = isQuestion ? filled(choice.of(phrases.questions, asQuestion), phrases) : told(phrases, choice.next());
    if (plainly === undefined) continue;
    const other = choice.is(shares.otherwise) ? otherWords.of(plainly) : undefined;
    const said = (other && choice.is(shares.otherwiseAgain) ? otherWords.of(other) : other) ?? other ?? plainly;
    const begin = choice.is(shares.before) ? choice.one(first) : undefined;
    yield [...(begin && !(isQuestion && begin.length > 1) ? begin : []), ...said, ...(choice.is(shares.behind) ? (choice.one(last) ?? []) : [])];
  }
  const answers = [...language.Agree, ...language.Disagree].map((text): Phrase => text.split(" "));
  for (let at = 0; at < answersEach; at++) yield* answers;
}

/** Times: "at seven tomorrow", "for ten minutes", "every weekday at half past six in the morning". */
function timeSample({ vocabulary: { language, times } }: NameIndex, choice: Choice): (each: number) => Phrase {
  const { Units, Spans, Days } = language.Times;
  const slotsOf = ({ row }: Pick<PhraseRow, "row">): string[] => row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
  const known = new Set(["duration", "clock", "end", "days"]);
  const shorter = ({ length }: { readonly length: number }): number => Math.exp(-longer.time * length);
  // "Until ten", and not "from midday until ten past two": such rows are many, and said seldom.
  const isOfOne = (slots: readonly string[]): boolean => !(slots.includes("end") && slots.includes("clock"));
  const rows = times.when.all
    .filter((row) => row.form.End === undefined && isOfOne(slotsOf(row)) && slotsOf(row).every((slot) => known.has(slot)))
    .map(({ row }) => row);
  const clocks = times.clock.all.map(({ row }) => row);
  // "Seven" of "seven in the morning"
  const faces = times.clock.all.filter((row) => !slotsOf(row).includes("clock")).map(({ row }) => row);
  const units = Units.filter(({ Seconds }) => Seconds > 1 && Seconds <= longestUnit);
  const duration = (): Phrase => {
    const text = choice.is(0.2) ? choice.one(choice.one(Spans)?.Words ?? []) : undefined;
    if (text !== undefined) return text.split(" ");
    const [single = "", many = single] = choice.one(units)?.Words ?? [];
    const number = choice.one(spans) ?? 1;
    return number > 1 ? [...numberWords(number), many] : [choice.is(0.5) ? "one" : /^(hour|[aeiou])/.test(single) ? "an" : "a", single];
  };
  const fill = (row: PhraseRow["row"] = [], clocksIn = clocks): Phrase =>
    row.flatMap((piece): Phrase => {
      if ("word" in piece) return [piece.word];
      switch (piece.slot) {
        case "hour":
          return numberWords(choice.number({ from: 1, to: 12 }));
        case "minutes":
          return numberWords(5 * choice.number({ from: 1, to: 11 }));
        case "clock":
        case "end":
          return fill(choice.of(clocksIn, shorter), faces);
        case "days":
          return (choice.one(choice.one(Days)?.Words ?? []) ?? "").split(" ");
        default:
          return duration();
      }
    });
  const [others, repeated] = [false, true].map((isEach) =>
    rows.filter((row) => row.some((piece) => "word" in piece && language.All.includes(piece.word)) === isEach),
  );
  const [every] = language.All.filter((word) => repeated?.some(([piece]) => piece && "word" in piece && piece.word === word));
  const asWhen = (row: PhraseRow["row"]): number => {
    const isClock = row.some((piece) => "slot" in piece && piece.slot === "clock");
    const isOther = row.some((piece) => "word" in piece && piece.word !== every && language.All.includes(piece.word));
    return shorter(row) * (isClock ? byClock : 1) * (isOther ? Math.exp(-longer.seldom) : 1);
  };
  return (each) => fill(choice.of((choice.is(each) ? repeated : others) ?? [], asWhen));
}

/** "A hundred" and "one hundred". */
function counted(value: number, choice: Choice): Phrase {
  const words = numberWords(value);
  return words[0] === "one" && words[1] === "hundred" && choice.is(0.5) ? ["a", ...words.slice(1)] : words;
}
