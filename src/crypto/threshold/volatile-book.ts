/**
 * A book of signing sessions in memory, for a signer whose counterpart begins anew when it has no answer: the hub beside a device. A newer session
 * burns the older one, so at most one is open for a key; a restart leaves none, and no nonce that could answer. No two processes may hold the
 * same share, as with the book in a file.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { SessionRecord, SigningBook } from "./session.ts";

/** Sessions by key. */
export class VolatileSigningBook implements SigningBook {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, SessionRecord>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(record: SessionRecord): Promise<void> {
    this.#sessions.set(record.key, record);
  }

  async burn({ key, session }: Pick<SessionRecord, "key" | "session">): Promise<void> {
    const open = this.#sessions.get(key);
    if (open?.session !== session) throw new MeshError("ERR_REPLAY", "this signing session is not open");
    this.#sessions.delete(key);
    if (open.expires <= this.#clock.now()) throw new MeshError("ERR_REPLAY", "this signing session has expired");
  }
}
