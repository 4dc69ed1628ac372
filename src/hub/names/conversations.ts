/**
 * What each conversation has spoken of, so that "it" and "there" mean something in the next sentence. In memory, a bounded number of them, each
 * forgotten when nobody has spoken in it for some minutes. A conversation belongs to who speaks: nobody hears what another one spoke of.
 */
import type { Clock } from "../../base/clock.ts";
import type { Referred } from "../../driver/index.ts";
import type { Principal } from "../command/principal.ts";

/** Most conversations that are remembered; the one that has been silent for longest goes. */
const mostConversations = 256;
/** Milliseconds of silence after which a conversation is forgotten. */
const forgottenMs = 5 * 60_000;

/** Conversations under way. */
export class Conversations {
  readonly #clock: Clock;
  /** In the order in which they were last spoken in. */
  readonly #kept = new Map<string, { readonly referred: Referred; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was spoken of last; undefined when nothing was, or too long ago. */
  referred(principal: Principal, name: string): Referred | undefined {
    const kept = this.#kept.get(keyOf(principal, name));
    return kept === undefined || this.#clock.monotonic() - kept.at > forgottenMs ? undefined : kept.referred;
  }

  /** Notes what is spoken of. */
  spoke(principal: Principal, name: string, referred: Referred): void {
    const key = keyOf(principal, name);
    const now = this.#clock.monotonic();
    this.#kept.delete(key);
    this.#kept.set(key, { referred, at: now });
    for (const [oldest, { at }] of this.#kept) {
      if (this.#kept.size <= mostConversations && now - at <= forgottenMs) return;
      this.#kept.delete(oldest);
    }
  }

  get size(): number {
    return this.#kept.size;
  }
}

function keyOf({ kind, id }: Principal, name: string): string {
  return JSON.stringify([kind, id, name]);
}
