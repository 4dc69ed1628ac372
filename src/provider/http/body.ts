/**
 * Reads a body in two steps: its head, small and soon, before anything is known of the sender; the rest, when it may come. What is held is
 * one array that doubles, so that octets which come one by one cost no more than those that come together.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";

const firstOctets = 512;

/** A body on its way. */
export class Body {
  readonly #incoming: IncomingMessage;
  readonly #parts: AsyncIterator<Uint8Array>;
  #held = new Uint8Array(0);
  #length = 0;
  /** Octets that came with those that were asked for. */
  #ahead: Uint8Array | undefined;
  #isWhole = false;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
    this.#parts = incoming.iterator({ destroyOnReturn: false });
  }

  /** What was read. */
  get octets(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }

  /** True when it ended with what was read. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /**
   * Reads until `isEnough`, `most` octets, or the end. ERR_TIMEOUT when the sender is gone or too slow.
   * @param options.grown told how many octets more are about to be held
   */
  async read(options: {
    readonly most: number;
    readonly isEnough?: (octets: Uint8Array) => boolean;
    readonly grown: (octets: number) => void;
  }): Promise<void> {
    const { most, isEnough = () => false, grown } = options;
    while (!this.#isWhole && this.#length < most && !isEnough(this.octets)) {
      const part = this.#ahead ?? (await this.#next());
      if (part === undefined) return;
      const taken = part.subarray(0, most - this.#length);
      this.#ahead = taken.length < part.length ? part.subarray(taken.length) : undefined;
      this.#append(taken, { most, grown });
    }
    // All has come when the parser says so; the stream's end is only a turn away then.
    if (this.#incoming.complete && this.#incoming.readableLength === 0 && this.#ahead === undefined) await this.#next();
  }

  /** As `read`, within a time. ERR_TIMEOUT. */
  async readWithin(timeMs: number, clock: Clock, options: Parameters<Body["read"]>[0]): Promise<void> {
    const late = () => new MeshError("ERR_TIMEOUT", `the head of the request did not come within ${timeMs} ms`);
    await inTime(this.read(options), { ms: timeMs, clock, late });
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#parts.next();
      if (done !== true) return value;
      this.#isWhole = true;
      return undefined;
    } catch (error) {
      throw new MeshError("ERR_TIMEOUT", "the sender has gone", { cause: asMeshError(error) });
    }
  }

  #append(part: Uint8Array, { most, grown }: { readonly most: number; readonly grown: (octets: number) => void }): void {
    const needed = this.#length + part.length;
    if (needed > this.#held.length) {
      const held = new Uint8Array(Math.min(most, Math.max(firstOctets, needed, 2 * this.#held.length)));
      grown(held.length - this.#held.length);
      held.set(this.octets);
      this.#held = held;
    }
    this.#held.set(part, this.#length);
    this.#length = needed;
  }
}
