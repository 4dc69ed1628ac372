/** Holder of secret octets that never shows them: JSON, inspection and text give a placeholder. */
import { inspect } from "node:util";

/** Secret octets with an owner and an end. */
export class Secret {
  readonly #octets: Uint8Array;

  /** Takes over `octets`; the caller keeps no other reference. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Lends the octets for the length of one call; the callee must not keep them. */
  use<T>(borrower: (octets: Uint8Array) => T): T {
    return borrower(this.#octets);
  }

  /** Overwrites the octets. */
  wipe(): void {
    this.#octets.fill(0);
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
