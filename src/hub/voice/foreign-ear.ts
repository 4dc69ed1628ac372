/**
 * Clips that are understood by a Wyoming program of the owner's (Whisper and its like). It knows nothing of the house and may hear anything: what it heard is
 * a sentence like one that is typed, and what has a number in it, or makes a rule, is read back before it is done.
 */
import type { Clock } from "../../base/clock.ts";
import { AtMost } from "../../base/crowd/at-most.ts";
import { MeshError } from "../../base/errors.ts";
import { hasNumber, tokenise } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import { type Clip, mayBeSpeech } from "../../speech/sound/clip.ts";
import { transcribeAt, type WyomingPlace } from "../../speech/wyoming/client.ts";
import type { Doubt, HeardSentence } from "./ear.ts";
import { whateverIsMeantInTurns } from "./whatever-is-meant.ts";

/** Clips that are under way at once. */
const mostWaiting = 4;

/** What it works with. */
export interface ForeignEarOptions {
  readonly place: WyomingPlace;
  readonly book: Pick<SpokenBook, "index" | "vocabulary">;
  readonly clock: Clock;
}

/** An ear that is elsewhere. */
export class ForeignEar {
  readonly #options: ForeignEarOptions;
  readonly #waiting = new AtMost(mostWaiting, (most) => new MeshError("ERR_BUSY", `the recogniser listens to ${most} clips already`));

  constructor(options: ForeignEarOptions) {
    this.#options = options;
  }

  /** Whether one clip more would be listened to. Errors: ERR_BUSY when others wait already. */
  admit(): void {
    this.#waiting.admit();
  }

  /** The sentence of a clip; undefined when it heard none. Errors: ERR_BUSY, ERR_ADAPTER, ERR_TIMEOUT. */
  async hear(clip: Clip): Promise<HeardSentence | undefined> {
    if (!mayBeSpeech(clip)) return undefined;
    const { place, book, clock } = this.#options;
    const text = await this.#waiting.run(() => transcribeAt(place, clip, { language: book.vocabulary.language.Language, clock }));
    if (!/[\p{L}\p{N}]/u.test(text)) return undefined;
    return { text, doubt: (context) => this.#doubt(text, context) };
  }

  async #doubt(text: string, context: Parameters<HeardSentence["doubt"]>[0]): Promise<Doubt | undefined> {
    const { index, vocabulary } = this.#options.book;
    const { meant, isWhole } = await whateverIsMeantInTurns(text, index, context);
    // What is done later nobody sees now.
    if (meant.kind === "rule" || meant.kind === "timed") return { kind: "Later" };
    // A question does nothing, and neither does what is not understood whatever is meant.
    if (meant.kind !== "command") return isWhole ? undefined : { kind: "Open" };
    // In the form in which it is understood: other letters for a number are the same number.
    return hasNumber(tokenise(text, vocabulary.language), vocabulary.language) ? { kind: "Number" } : undefined;
  }
}
