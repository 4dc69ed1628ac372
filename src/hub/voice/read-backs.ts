/**
 * Sentences that were heard or typed and asked back, until their speaker says yes or no. In memory; one for each conversation of each speaker, forgotten after
 * half a minute. What is said instead of an answer is a sentence of its own, and the one before is forgotten.
 */
import type { SayRequest } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import type { NameIndex } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { Principal } from "../command/principal.ts";

/** Most speakers that are asked at once; the one asked first is forgotten. */
const mostAsked = 256;
/** How long an answer is waited for. Milliseconds. */
export const answerMs = 30_000;

/** A sentence with where it was said, the book in whose language it was asked, and the names of the house as they were. */
export interface ReadBack {
  readonly request: SayRequest;
  readonly book: Pick<SpokenBook, "vocabulary" | "index">;
  readonly index: NameIndex;
  /** It was typed. What was heard has the rights of a voice, also when it is agreed to in writing. */
  readonly isTyped: boolean;
}

/** What waits for yes or no. */
export class ReadBacks {
  readonly #clock: Clock;
  readonly #asked = new Map<string, { readonly asked: ReadBack; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what was read back to a speaker. */
  ask(principal: Principal, conversation: string, asked: ReadBack): void {
    const key = keyOf(principal, conversation);
    this.#asked.delete(key);
    this.#asked.set(key, { asked, at: this.#clock.monotonic() });
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= mostAsked) return;
      this.#asked.delete(oldest);
    }
  }

  /** What was read back to a speaker, who has said something now: it is asked no more. */
  take(principal: Principal, conversation: string): ReadBack | undefined {
    const key = keyOf(principal, conversation);
    const found = this.#asked.get(key);
    this.#asked.delete(key);
    return found && this.#clock.monotonic() - found.at <= answerMs ? found.asked : undefined;
  }
}

function keyOf({ kind, id }: Principal, conversation: string): string {
  return JSON.stringify([kind, id, conversation]);
}
