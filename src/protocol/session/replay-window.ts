/**
 * Counters already seen, per session, in memory. It refuses replays at this host; a replay that it cannot know (other host, evicted
 * session) changes nothing either, because writes are idempotent and every response has a key of its own (extensions §8).
 */

const windowBits = 128n;
const windowMask = (1n << windowBits) - 1n;

interface Seen {
  highest: bigint;
  /** Bit i: highest - i was seen. */
  bits: bigint;
}

/** Remembers counters of a bounded number of sessions; the longest unused one is forgotten first. */
export class ReplayWindow {
  readonly #sessions = new Map<string, Seen>();
  readonly #maxSessions: number;

  constructor(maxSessions = 16_384) {
    this.#maxSessions = maxSessions;
  }

  /** Notes a counter; false when it was seen before or is too old to tell. */
  accept(session: string, counter: bigint): boolean {
    const seen = this.#sessions.get(session);
    if (seen === undefined) {
      this.#sessions.set(session, { highest: counter, bits: 1n });
      this.#forgetOldest();
      return true;
    }
    this.#sessions.delete(session);
    this.#sessions.set(session, seen);
    return note(seen, counter);
  }

  #forgetOldest(): void {
    if (this.#sessions.size <= this.#maxSessions) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}

function note(seen: Seen, counter: bigint): boolean {
  const ahead = counter - seen.highest;
  if (ahead > 0n) {
    seen.bits = ahead >= windowBits ? 1n : ((seen.bits << ahead) | 1n) & windowMask;
    seen.highest = counter;
    return true;
  }
  const bit = 1n << -ahead;
  if (-ahead >= windowBits || (seen.bits & bit) !== 0n) return false;
  seen.bits |= bit;
  return true;
}
