/**
 * What the hub hears by itself: clips, by the local recogniser, in the grammar of the house as the book of names has it now. What it hears is a sentence,
 * and whether it could have been another one: then it is read back before anything is done.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import {
  hasNumber,
  type Interpretation,
  interpret,
  type Language,
  type NameIndex,
  put,
  referredBy,
  type SpeakerContext,
  tokenise,
} from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { ListeningGrammar } from "../../speech/grammar/listening-grammar.ts";
import { makeApart } from "../../speech/grammar/make-apart.ts";
import { likeSentences } from "../../speech/grammar/sound-alike.ts";
import { type HeardAs, isMeant } from "../../speech/recogniser/is-meant.ts";
import type { Judge, Recogniser } from "../../speech/recogniser/recogniser.ts";
import type { Clip } from "../../speech/sound/clip.ts";
import { answerOf } from "./asked-back.ts";
import { whateverIsMeant, whateverIsMeantInTurns } from "./whatever-is-meant.ts";

/** What an ear is made of. */
export interface EarOptions {
  readonly recogniser: Pick<Recogniser, "hear" | "useGrammar" | "admit">;
  /** In the language of the recogniser. */
  readonly book: Pick<SpokenBook, "index">;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the grammar of the names; by Debian's dictionary, in a process of its own. */
  readonly make?: (index: NameIndex, at: { readonly clock: Clock; readonly stop: AbortSignal }) => Promise<ListeningGrammar>;
}

/** A sentence that was heard. */
export interface HeardSentence {
  readonly text: string;
  /** Why it is to be read back first; undefined where it is not. */
  doubt(context: SpeakerContext): Promise<Doubt | undefined>;
}

/**
 * It has a number, is of several things or for another time, may have been its opposite or something else, another sentence of another meaning sounds like
 * it, or not all that "it" may be was tried.
 */
export interface Doubt {
  readonly kind: Exclude<keyof Language["Replies"]["Doubts"], "AlikeTo">;
  /** One that sounds like it, and which devices that is of. */
  readonly other?: { readonly text: string; readonly things: readonly string[] };
}

/** Why a sentence is read back, in words for somebody who sees these devices: of what he does not see he hears nothing. */
export function sayDoubt({ kind, other }: Doubt, { Replies: { Doubts } }: Language, mayRead: (deviceUdf: string) => boolean): string {
  if (other === undefined || other.things.length === 0 || !other.things.every(mayRead)) return Doubts[kind];
  return put(Doubts.AlikeTo, { sentence: other.text });
}

/** Grammar of one state of the names. */
interface Known {
  readonly index: NameIndex;
  readonly grammar: ListeningGrammar;
}

/** The ear of a hub. */
export class Ear {
  readonly #options: EarOptions;
  #known: Promise<Known> | undefined;
  #index: NameIndex | undefined;
  /** One grammar is made after the other, and none of names that have changed again. */
  #making: Promise<unknown> = Promise.resolve();
  /** Names that cannot be said, which the log has told of. */
  #told: ReadonlySet<string> = new Set();
  #failure: string | undefined;
  readonly #stopping = new AbortController();

  constructor(options: EarOptions) {
    this.#options = options;
  }

  /** The names may have changed: the grammar is made anew if they have. */
  prepare(): void {
    this.#grammar().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.log.warn("speech.grammar.failed", { reason: asMeshError(error).message });
    });
  }

  /** No grammar is made any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#making;
  }

  /** As Recogniser.admit. */
  admit(): void {
    this.#options.recogniser.admit();
  }

  /** The sentence of a clip; undefined when there is none of the house in it. Errors: as Recogniser.hear, ERR_TOO_LARGE for too many names. */
  async hear(clip: Clip): Promise<HeardSentence | undefined> {
    const { index, grammar } = await this.#grammar();
    const heard = await this.#options.recogniser.hear(clip, judgeOf(index));
    if (heard === undefined) return undefined;
    const text = heard.words.join(" ");
    // What only one of two searches heard is read back, and an order for which so little speaks that it would count as nothing else.
    const isClear = heard.isClear && heard.by === "both" && isMeant(heard, "several");
    return { text, doubt: (context) => doubtOf(text, { index, grammar, context, isClear }) };
  }

  /** Why there is no grammar of the names, after it could not be made. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Names that cannot be said to it. */
  async unspeakable(): Promise<ListeningGrammar["unspeakable"]> {
    return (await this.#grammar()).grammar.unspeakable;
  }

  #grammar(): Promise<Known> {
    const { index } = this.#options.book;
    if (this.#known && this.#index === index) return this.#known;
    this.#index = index;
    const made = this.#making.then(() => (this.#index === index ? this.#make(index) : undefined));
    this.#making = made.catch(() => undefined);
    this.#known = made.then((known) => known ?? this.#grammar());
    this.#known.then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => {
        this.#failure = asMeshError(error).message;
        // The next who asks tries again.
        if (this.#index === index) this.#index = undefined;
      },
    );
    return this.#known;
  }

  async #make(index: NameIndex): Promise<Known> {
    const { recogniser, clock, log, make = makeApart } = this.#options;
    const from = clock.monotonic();
    const grammar = await make(index, { clock, stop: this.#stopping.signal });
    if (this.#index === index) recogniser.useGrammar(grammar);
    log.info("speech.grammar", {
      states: grammar.sentences.isFinal.length,
      words: grammar.sentences.words.length,
      ms: Math.round(clock.monotonic() - from),
    });
    const unspeakable = new Map(grammar.unspeakable.map(({ name, words }) => [name, words]));
    for (const [name, words] of unspeakable) if (!this.#told.has(name)) log.warn("speech.name.unspeakable", { name, words });
    this.#told = new Set(unspeakable.keys());
    return { index, grammar };
  }
}

/** Several things or orders: the more is said, the more may have been heard wrongly. */
function isSeveral(words: readonly string[], { vocabulary: { language } }: NameIndex): boolean {
  return words.some((word) => language.And.includes(word));
}

/** "Lights off", of the whole house: nobody said "all", and a name of one of them may have been missed. */
function isOfMoreThanSaid({ orders }: Extract<Interpretation, { kind: "command" }>, words: readonly string[], index: NameIndex): boolean {
  const { language, nouns } = index.vocabulary;
  const isAll = words.some((word) => [language.All, language.Both, language.Everything].some((list) => list.includes(word)));
  if (isAll || !words.some((word) => nouns.get(word)?.plural)) return false;
  const told = new Set(orders.flatMap(({ targets }) => targets.map(({ udf }) => udf)));
  // What stands in no place is in none together with others.
  return new Set(index.things.flatMap(({ udf, place }) => (told.has(udf) ? [place ?? udf] : []))).size > 1;
}

/** What the words of one clip are by the names of now: many of them are looked at more than once. */
function judgeOf(index: NameIndex): Judge {
  const known = new Map<string, ReturnType<typeof understood>>();
  const of = (text: string): ReturnType<typeof understood> => {
    const found = known.get(text) ?? understood(text, index);
    known.set(text, found);
    return found;
  };
  return {
    meaningOf: (text) => of(text).meaning,
    counts: (heard) => isMeant(heard, of(heard.words.join(" ")).as),
  };
}

/** What a sentence would be, and what it would do or ask; nothing where that is asked back. */
function understood(text: string, index: NameIndex): { readonly as: HeardAs; readonly meaning?: string } {
  const { meant } = whateverIsMeant(text, index, {});
  switch (meant.kind) {
    case "command":
      return { as: isSeveral(text.split(" "), index) ? "several" : "order", meaning: JSON.stringify(meant) };
    case "timed":
      return { as: "timed", meaning: JSON.stringify(meant) };
    case "query":
      return { as: "question", meaning: JSON.stringify(meant) };
    case "unknown":
      return { as: answerOf(text, index.vocabulary.language) === undefined ? "nothing" : "answer" };
    // What would be asked back.
    default:
      return { as: "answer" };
  }
}

interface Hearing extends Known {
  readonly isClear: boolean;
  readonly context: SpeakerContext;
}

async function doubtOf(text: string, { index, grammar, context: said, isClear }: Hearing): Promise<Doubt | undefined> {
  const { meant, context, isWhole } = await whateverIsMeantInTurns(text, index, said);
  // A question does nothing, and neither does what is not understood whatever is meant.
  if (meant.kind !== "command" && meant.kind !== "timed") return isWhole ? undefined : { kind: "Open" };
  // What is done later nobody sees now.
  if (meant.kind === "timed") return { kind: "Later" };
  if (!isClear) return { kind: "Unclear" };
  const { language } = index.vocabulary;
  const words = text.split(" ");
  if (isSeveral(words, index) || isOfMoreThanSaid(meant, words, index)) return { kind: "Several" };
  if (hasNumber(tokenise(text, language), language)) return { kind: "Number" };
  const meaning = JSON.stringify(meant);
  for (const other of likeSentences(words, grammar.alikes, grammar.sentences)) {
    const read = interpret(other, index, context);
    if (!["command", "timed", "query"].includes(read.kind) || JSON.stringify(read) === meaning) continue;
    return { kind: "Alike", other: { text: other, things: referredBy(read, index)?.things ?? [] } };
  }
  return undefined;
}
