/**
 * A sample of what may be said to a house: sentences as the grammar has them and in wordings that are only typed, with names, numbers and times in their
 * places. What is short is said more than what is long. The same house has the same sample.
 */
import { type NameIndex, otherWordings, type PhraseRow } from "../../driver/index.ts";
import type { HousePhrases } from "./house-phrases.ts";
import { isSeldom } from "./likelihood.ts";
import { numberWords } from "./spoken-word.ts";
import { article, type Phrase } from "./target-phrases.ts";

/** How often: of all sentences, of those with a time, of orders, of numbers. */
const shares = {
  question: 0.14,
  several: 0.12,
  time: 0.17,
  timeFirst: 0.2,
  thenToo: 0.3,
  scene: 0.08,
  switched: 0.45,
  before: 0.1,
  behind: 0.1,
  spoken: 0.6,
  otherwise: 0.1,
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
/** Numbers of percent and the like are said in tens, in fives, and otherwise; those of a smaller range alike. */
const wide = 40;
const inTens = 0.6;
const inFives = 0.8;
/** Of minutes and the like. */
const spans = [1, 2, 2, 3, 5, 5, 10, 10, 10, 15, 20, 20, 30, 30, 40, 45, 90] as const;
const longestUnit = 3600;
/** Of degrees. */
const half = ["and", "a", "half"];

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
        (all, word) => all * (isSeldom(word) ? Math.exp(-longer.seldom) : word.startsWith("<number") ? ofNumber : 1),
        Math.exp(-cost * words.length),
      );
  const [asSentence, asTime, asName] = [weight(longer.sentence), weight(longer.time), weight(longer.name)];
  // "Turn on the kitchen light" is said more than "turn on kitchen light", and "kitchen light on" as much as "the kitchen light on".
  const asLater = (words: Phrase): number => asName(words) * (words[0] === article ? withArticle : 1);
  const split = ({ orders, ...others }: HousePhrases) => ({
    ...others,
    switched: orders.filter((words) => words.includes(True) || words.includes(False)),
    valued: orders.filter((words) => !words.includes(True) && !words.includes(False)),
  });
  const [asSpoken, asTyped] = [split(spoken), split(typed)];
  type Phrases = typeof asSpoken;
  const filled = (words: Phrase | undefined, phrases: Phrases): Phrase | undefined => {
    if (words === undefined) return undefined;
    const said: string[] = [];
    for (const [at, word] of words.entries()) {
      const slot = phrases.numbers.get(word);
      const inside = !word.startsWith("<")
        ? [word]
        : slot !== undefined
          ? [...counted(choice.number(slot), choice), ...(slot.to - slot.from <= wide && choice.is(shares.halves) ? half : [])]
          : filled(choice.of(phrases.called.get(word) ?? [], at === 0 ? asName : asLater), phrases);
      if (inside === undefined) return undefined;
      for (const one of inside) said.push(one);
    }
    return said;
  };
  const order = (phrases: Phrases): Phrase | undefined => {
    const { switched, valued, scenes } = phrases;
    const list = choice.is(shares.scene) ? scenes : choice.is(shares.switched) ? switched : valued;
    return filled(choice.of(list, asSentence), phrases);
  };
  const time = timeSample(index, choice);
  const otherWords = otherWordings(index.vocabulary.reworded);
  const [and = ""] = language.And;
  const [then = ""] = language.Then;
  const sentence = (phrases: Phrases): Phrase | undefined => {
    const part = choice.next();
    if (part < shares.question) return filled(choice.of(phrases.questions, asSentence), phrases);
    const told = order(phrases);
    if (told === undefined) return undefined;
    if (part < shares.question + shares.several) {
      const first = filled(choice.of(phrases.brief, asTime), phrases);
      return first && [...first, and, ...(choice.is(shares.thenToo) ? [then] : []), ...told];
    }
    if (part >= shares.question + shares.several + shares.time || times.when.all.length === 0) return told;
    return choice.is(shares.timeFirst) ? [...time(), ...told] : [...told, ...time()];
  };
  const passedOver = (texts: readonly string[]): Phrase[] =>
    texts.filter((text) => language.Fillers.includes(text) || text === language.Requests[0]).map((text) => text.split(" "));
  const [first, last] = [passedOver(before), passedOver(behind)];
  for (let at = 0; at < count; at++) {
    const plainly = sentence(choice.is(shares.spoken) ? asSpoken : asTyped);
    if (plainly === undefined) continue;
    const said = (choice.is(shares.otherwise) && choice.one(choice.one(otherWords(plainly)) ?? [])) || plainly;
    yield [...(choice.is(shares.before) ? (choice.one(first) ?? []) : []), ...said, ...(choice.is(shares.behind) ? (choice.one(last) ?? []) : [])];
  }
  const answers = [...language.Agree, ...language.Disagree].map((text): Phrase => text.split(" "));
  for (let at = 0; at < answersEach; at++) yield* answers;
}

/** Times: "at seven tomorrow", "for ten minutes", "every weekday at half past six in the morning". */
function timeSample({ vocabulary: { language, times } }: NameIndex, choice: Choice): () => Phrase {
  const { Units, Spans, Days } = language.Times;
  const slotsOf = ({ row }: Pick<PhraseRow, "row">): string[] => row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
  const known = new Set(["duration", "clock", "days"]);
  const shorter = ({ length }: { readonly length: number }): number => Math.exp(-longer.time * length);
  const isOfOne = ({ form }: { readonly form: { readonly Kind: string; readonly End?: string | undefined } }): boolean =>
    form.Kind !== "now" && form.End === undefined;
  const rows = times.when.all.filter((row) => isOfOne(row) && slotsOf(row).every((slot) => known.has(slot))).map(({ row }) => row);
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
          return fill(choice.of(clocksIn, shorter), faces);
        case "days":
          return (choice.one(choice.one(Days)?.Words ?? []) ?? "").split(" ");
        default:
          return duration();
      }
    });
  return () => fill(choice.of(rows, shorter));
}

/** "A hundred" and "one hundred". */
function counted(value: number, choice: Choice): Phrase {
  const words = numberWords(value);
  return words[0] === "one" && words[1] === "hundred" && choice.is(0.5) ? ["a", ...words.slice(1)] : words;
}

/** Chooses, the same each time it is begun (mulberry32). */
class Choice {
  #state = 1;
  /** By how they are weighed, of each list that was chosen from the sums of what its members weigh. */
  readonly #sums = new WeakMap<object, WeakMap<object, Float64Array>>();

  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  is(share: number): boolean {
    return this.next() < share;
  }

  /** One of them, all alike. */
  one<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.next() * list.length)];
  }

  /** One of them, by what each weighs. */
  of<T>(list: readonly T[], weigh: (one: T) => number): T | undefined {
    const known = this.#sums.get(weigh) ?? new WeakMap<object, Float64Array>();
    this.#sums.set(weigh, known);
    let sums = known.get(list);
    if (!sums) {
      let sum = 0;
      sums = Float64Array.from(list, (one) => {
        sum += weigh(one);
        return sum;
      });
      known.set(list, sums);
    }
    const wanted = this.next() * (sums.at(-1) ?? 0);
    let low = 0;
    for (let high = sums.length - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return list[low];
  }

  /** A whole number as it is said. */
  number({ from, to }: { readonly from: number; readonly to: number }): number {
    if (to - from <= wide) return from + Math.floor(this.next() * (to - from + 1));
    const kind = this.next();
    const step = kind < inTens ? 10 : kind < inFives ? 5 : 1;
    const [first, last] = [Math.ceil(from / step), Math.floor(to / step)];
    return step * (first + Math.floor(this.next() * (last - first + 1)));
  }
}
