/**
 * Octets that arrive in pieces, read forwards: the ground of everything that streams (jbcd/stream.ts, envelopes and archives of any size).
 * Holds one piece at a time, and what a caller asks to have in one run.
 */
import { joinBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

const empty = new Uint8Array();

/** Reads an asynchronous source of octets. One caller at a time. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = empty;
  #at = 0;
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Octets read so far. */
  get position(): number {
    return this.#position;
  }

  /** The next octet without reading it; undefined at the end. */
  async peek(): Promise<number | undefined> {
    return this.#at < this.#piece.length || (await this.#more()) ? this.#piece[this.#at] : undefined;
  }

  /** The next octet; ERR_ENCODING at the end. */
  async octet(): Promise<number> {
    const octet = await this.peek();
    if (octet === undefined) throw this.refusal("expected more, found the end");
    this.#advance(1);
    return octet;
  }

  /** Up to `most` octets, at least one unless the source has ended: a view that holds until the next call. */
  async some(most: number): Promise<Uint8Array> {
    if (this.#at >= this.#piece.length && !(await this.#more())) return empty;
    const view = this.#piece.subarray(this.#at, this.#at + most);
    this.#advance(view.length);
    return view;
  }

  /** Unreads the last octets of the view that `some` returned. */
  giveBack(count: number): void {
    this.#advance(-count);
  }

  /** Exactly `length` octets, which the caller has bounded; ERR_ENCODING when there are fewer. */
  async exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) throw this.refusal(`${left} octets missing`);
      parts.push(part.slice());
      left -= part.length;
    }
    return joinBytes(parts);
  }

  /** Moves past the blanks of RFC 8259 §2. */
  async skipBlanks(): Promise<void> {
    for (;;) {
      const octet = await this.peek();
      if (octet !== 0x20 && octet !== 0x0a && octet !== 0x0d && octet !== 0x09) return;
      this.#advance(1);
    }
  }

  /** Ends the source early, so that it can release what it holds. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** The error for input that is not what it should be, with its place. */
  refusal(reason: string): MeshError {
    return new MeshError("ERR_ENCODING", `octet ${this.#position}: ${reason}`, { detail: { at: this.#position } });
  }

  #advance(count: number): void {
    this.#at += count;
    this.#position += count;
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      if (next.value.length === 0) continue;
      // A plain view: slices of a Node Buffer would be views on the caller's memory.
      this.#piece = new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      this.#at = 0;
      return true;
    }
  }
}
