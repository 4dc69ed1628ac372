/**
 * The session in which a device has proven its keys, kept for a moment: where its owner answers at once, what the owner sent goes over the same one
 * (docs/device-link.md §7), and the device need not prove itself a second time.
 */
import type { Clock } from "../../base/clock.ts";
import type { LinkSession, LinkStream } from "../../link/index.ts";
import type { Peer } from "../../transport/medium.ts";

/** An agent that was told to accept answers within this; a person takes longer, and the way to the device is for others then. */
const heldMs = 2000;

/** A session with what it runs over. */
export interface Held {
  readonly peer: Peer;
  readonly session: LinkSession;
  readonly stream: LinkStream;
}

/** At most one. */
export class HeldSession {
  readonly #clock: Clock;
  #held: { readonly held: Held; readonly over: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What takes a session over; false where one is kept already, or the peer is given up: whoever opened it closes it then. */
  keeper(place: Omit<Held, "session"> & { readonly signal: AbortSignal; readonly keepStream: () => void }): (session: LinkSession) => boolean {
    const { signal, keepStream, peer, stream } = place;
    return (session) => {
      const isKept = !signal.aborted && this.#keep({ peer, stream, session });
      if (isKept) keepStream();
      return isKept;
    };
  }

  #keep(held: Held): boolean {
    if (this.#held) return false;
    const over = new AbortController();
    this.#held = { held, over };
    this.#clock.sleep(heldMs, over.signal).then(
      () => this.end(),
      () => undefined,
    );
    return true;
  }

  /** Hands it over, if it lives; whoever takes it closes it. */
  take(): Held | undefined {
    const kept = this.#held;
    this.#held = undefined;
    kept?.over.abort();
    return kept && !kept.held.session.isClosed ? kept.held : undefined;
  }

  /** Ends it, where nobody has taken it. */
  async end(): Promise<void> {
    const held = this.take();
    if (held) await endHeld(held);
  }
}

/** Ends session and stream. */
export async function endHeld({ session, stream }: Held): Promise<void> {
  await session.close();
  await stream.close();
}
