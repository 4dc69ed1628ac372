/**
 * The local recogniser: one process that listens to one clip after the other. It may be killed, hang or say anything: it is ended and another one is
 * started, with the grammar that holds. Who asks gets an answer within a bounded time, and is told why when there is none.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";
import { AtMost } from "../../base/crowd/at-most.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Keeper } from "../../base/keeper.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import { likelihoods } from "../grammar/likelihood.ts";
import type { ListeningGrammar } from "../grammar/listening-grammar.ts";
import { finiteStateGrammar } from "../grammar/sentence-set.ts";
import { type Clip, mayBeSpeech, pcmOf } from "../sound/clip.ts";
import { denoised } from "../sound/denoise.ts";
import { type VoicePrint, voicePrintOf } from "../sound/voice-print.ts";
import { Helper, type HelperAnswer, heldBy } from "./helper.ts";
import { evidenceOf, type HeardBy, isClear } from "./is-meant.ts";
import { KnownVoices } from "./known-voices.ts";
import { atSpeeds } from "./voice-size.ts";

/** What it works with. */
export interface RecogniserOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Starts a process. */
  readonly open?: () => Helper;
}

/** What it listens by. */
type Grammar = Pick<ListeningGrammar, "sentences" | "model" | "dictionary" | "opposites">;

/** What it hears. */
export interface HeardWords {
  readonly words: readonly string[];
  readonly by: HeardBy;
  /** What speaks for them (isMeant). */
  readonly evidence: number;
  /** False where it may have been the opposite, "off" for "on". */
  readonly isClear: boolean;
}

/** What whoever listens makes of words. */
export interface Judge {
  /** What they would do or ask; the same for words that mean the same, undefined for those that nothing could be done with. */
  meaningOf(text: string): string | undefined;
  /** Whether it is no more listened to, as these are what was said. */
  counts(heard: Omit<HeardWords, "isClear">): boolean;
}

/** How it is. */
export interface RecogniserStatus {
  readonly state: "down" | "up";
  readonly detail?: string;
}

/** Clips that wait, the one under way included. */
export const mostWaiting = 4;
/** Most words of a sentence that the language model finds: a row of more is talk, and takes long to be looked at. */
const mostWords = 24;
/** Words of a sentence of which something is learned: "yes" is too little. */
const leastLearned = 3;
/** For a process to be ready, for a grammar, and for the longest clip on a slow machine, listened to twice. */
const deadlines = { readyMs: 30_000, grammarMs: 30_000, clipMs: 20_000 } as const;

/** The recogniser of a hub. */
export class Recogniser {
  readonly #options: RecogniserOptions;
  readonly #keeper: Keeper;
  #grammar: Grammar | undefined;
  #helper: Helper | undefined;
  /** The grammar that the process has. */
  #loaded: Grammar | undefined;
  /** The voices that it has learned. */
  #voices = new KnownVoices();
  #status: RecogniserStatus = { state: "down", detail: "it starts" };
  readonly #waiting = new AtMost(mostWaiting, (most) => new MeshError("ERR_BUSY", `the recogniser listens to ${most} clips already`));
  readonly #turns = new Mutex();

  constructor(options: RecogniserOptions) {
    this.#options = options;
    const { clock, random, log } = options;
    this.#keeper = new Keeper({
      live: () => this.#live(),
      ended: (reason) => {
        this.#status = { state: "down", detail: reason };
        log.warn("recogniser.ended", { reason });
      },
      clock,
      random,
    });
  }

  start(): void {
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    const stopped = this.#keeper.stop();
    this.#helper?.end("the hub stops");
    await stopped;
    this.#status = { state: "down" };
  }

  get status(): RecogniserStatus {
    return this.#status;
  }

  /** Whether its process has read a grammar: until then each clip waits for that. */
  get isReady(): boolean {
    return this.#status.state === "up" && this.#loaded !== undefined;
  }

  /** The process, for figures and tests. */
  get pid(): number | undefined {
    return this.#helper?.pid;
  }

  /** The grammar from here on; read by the process as soon as it has time. */
  useGrammar(grammar: Grammar): void {
    this.#grammar = grammar;
    this.#prepare();
  }

  /** Whether one clip more would be listened to. Errors: ERR_BUSY when others wait already. */
  admit(): void {
    this.#waiting.admit();
  }

  /**
   * The words of a clip; undefined when there is no sentence of the house in it.
   * Errors: ERR_BUSY when others wait already, ERR_TIMEOUT, ERR_ADAPTER while there is no process.
   */
  async hear(clip: Clip, judge: Judge): Promise<HeardWords | undefined> {
    if (!mayBeSpeech(clip)) return undefined;
    return this.#waiting.run(() => this.#turns.run(() => this.#hear(clip, judge)));
  }

  async #hear(clip: Clip, judge: Judge): Promise<HeardWords | undefined> {
    const helper = await this.#load();
    if (!helper) {
      const { detail } = this.#status;
      throw new MeshError("ERR_ADAPTER", `the recogniser is not ready${detail === undefined ? "" : `: ${detail}`}`);
    }
    return await this.#within(deadlines.clipMs, helper, this.#listen(clip, judge, helper));
  }

  async #listen(clip: Clip, judge: Judge, helper: Helper): Promise<HeardWords | undefined> {
    let times = 0;
    for (const said of atSpeeds(await denoised(clip))) {
      const pcm = pcmOf(said);
      const print = voicePrintOf(said);
      const answer = await helper.ask({ call: "hear", octets: pcm.length, voice: this.#voices.of(print) }, [pcm]);
      const heard = await this.#choose(answer, { judge, helper, times: times++ });
      if (heard) this.#learn(heard, print, helper);
      if (heard) return heard;
    }
    return undefined;
  }

  /** How the voice sounds, of a sentence that is what was said by all there is; whoever waits for the sentence does not wait for that. */
  #learn({ words, by, isClear: isPlain }: HeardWords, print: VoicePrint | undefined, helper: Helper): void {
    if (by !== "both" || !isPlain || words.length < leastLearned || print === undefined) return;
    const voices = this.#voices;
    const { voice, isFresh } = voices.placeFor(print);
    helper.ask({ call: "learn", words: words.join(" "), voice, fresh: isFresh }).then(
      ({ learned }) => {
        if (learned === true) voices.learned(voice, print, isFresh);
      },
      (error: unknown) => this.#options.log.warn("recogniser.learn", { reason: asMeshError(error).message }),
    );
  }

  /** The sentence among those that the searches found: that of the grammar, and those of the language model with which something could be done. */
  async #choose(
    answer: HelperAnswer,
    { judge, helper, times }: { readonly judge: Judge; readonly helper: Helper; readonly times: number },
  ): Promise<HeardWords | undefined> {
    const { words = [], likely } = answer;
    const own = words.join(" ");
    const likeliest: string[] = [];
    for (const text of likely?.sentences ?? []) {
      if (text.split(" ").length > mostWords) continue;
      if (judge.meaningOf(text) !== undefined) likeliest.push(text);
      // The hub does other things between them.
      await nextTurn();
    }
    const counting = (text: string, by: HeardBy): Omit<HeardWords, "isClear"> | undefined => {
      const evidence = evidenceOf(by === "model" ? { ...likely, words: text.split(" ") } : answer, times);
      const heard = evidence === undefined ? undefined : { words: text.split(" "), by, evidence };
      return heard && judge.counts(heard) ? heard : undefined;
    };
    if (likeliest.length === 0 && (own === "" || !counting(own, "grammar"))) return undefined;
    const means = (one: string, other: string): boolean => one === other || (judge.meaningOf(one) ?? one) === (judge.meaningOf(other) ?? other);
    // Where both searches mean the same by their best it is that, in one of its wordings.
    const isBest = own !== "" && likeliest[0] !== undefined && means(likeliest[0], own);
    const possible = own === "" ? likeliest : isBest && likeliest[0] === own ? [own] : [own, ...likeliest];
    const sentences = [...new Set(isBest ? possible.filter((one) => means(one, own)) : possible)];
    const chosen = await helper.ask({ call: "choose", sentences });
    const text = chosen.words?.join(" ") ?? "";
    // It chooses among what it was asked for, and says nothing else.
    if (!sentences.includes(text)) return undefined;
    const isLikely = likeliest.some((one) => means(one, text));
    const heard = counting(text, own !== "" && means(own, text) ? (isLikely ? "both" : "grammar") : "model");
    return heard && { ...heard, isClear: isClear(chosen) };
  }

  /** The process with the grammar that holds; undefined while there is none of them. */
  async #load(): Promise<Helper | undefined> {
    const helper = this.#helper;
    const grammar = this.#grammar;
    if (!helper || !grammar || this.#status.state !== "up") return undefined;
    if (this.#loaded !== grammar) {
      const { dictionary, model, opposites } = grammar;
      const pieces = finiteStateGrammar(grammar.sentences, likelihoods(grammar.sentences));
      const octets = pieces.reduce((sum, { length }) => sum + length, 0);
      await this.#within(
        deadlines.grammarMs,
        helper,
        helper.ask({ call: "grammar", grammar: octets, dictionary: dictionary.length, model: model.length, opposites: opposites.flat().join(" ") }, [
          ...pieces,
          dictionary,
          model,
        ]),
      );
      this.#loaded = grammar;
    }
    return helper;
  }

  #prepare(): void {
    this.#turns
      .run(() => this.#load())
      .catch((error: unknown) => this.#options.log.warn("recogniser.grammar", { reason: asMeshError(error).message }));
  }

  /** The same, or the process is ended: whoever hangs does not hang on. */
  async #within<T>(ms: number, helper: Helper, answer: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = this.#options.clock.sleep(ms, done.signal).then(
      () => {
        helper.end(`no answer for ${ms / 1000} s`);
        throw new MeshError("ERR_TIMEOUT", `the recogniser gave no answer for ${ms / 1000} s`);
      },
      () => answer,
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      done.abort();
    }
  }

  /** The life of one process. @returns why it is over */
  async #live(): Promise<string> {
    const { log, open = () => new Helper() } = this.#options;
    const helper = open();
    this.#helper = helper;
    this.#loaded = undefined;
    this.#voices = new KnownVoices();
    try {
      await this.#within(deadlines.readyMs, helper, helper.ready);
      this.#status = { state: "up" };
      log.info("recogniser.ready", { pid: helper.pid, held: helper.held });
      if (helper.held.length < heldBy.length) log.warn("recogniser.unheld", { held: helper.held, hint: "'mesh-hub doctor' tells more" });
      this.#prepare();
    } catch (error) {
      this.#status = { state: "down", detail: asMeshError(error).message };
    }
    const reason = await helper.ended;
    this.#helper = undefined;
    return reason;
  }
}
