/**
 * How far a copy reached that had to be set aside: what is fetched in its place must be the same history, and not end before it. Without the mark
 * a damaged disk would let the service show an older state, or another one. A file beside the copy, gone when the new copy has come as far.
 */
import { rm } from "node:fs/promises";
import { fileError, readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import { Head } from "../../schema/index.ts";

/** The mark of one copy. */
export class SeenMark {
  readonly #path: string;
  #head: Head | undefined;

  private constructor(path: string, head: Head | undefined) {
    this.#path = path;
    this.#head = head;
  }

  /** Reads the mark of the copy at `path`. One that is damaged itself says nothing. Errors: ERR_STORE, ERR_PERMISSION. */
  static async open(path: string): Promise<SeenMark> {
    const place = `${path}.seen`;
    const octets = await readFileIfExists(place);
    try {
      return new SeenMark(place, octets && decodeObject(Head, octets));
    } catch (error) {
      if (isMeshError(error)) return new SeenMark(place, undefined);
      throw error;
    }
  }

  /** Frames that there have to be; 0 while nothing is marked. */
  get count(): number {
    return this.#head === undefined ? 0 : this.#head.Index + 1;
  }

  /** Marks a head, unless one that is further is marked. */
  async raise(head: Head): Promise<void> {
    if (head.Index < this.count) return;
    await writeFileAtomic(this.#path, encodeObject(Head, head));
    this.#head = head;
  }

  /** Compares frames before they are stored. Errors: ERR_FORK when the frame in the marked place is another one. */
  compare(envelopes: readonly DareEnvelope[]): void {
    const head = this.#head;
    if (!head) return;
    const frame = envelopes.map(frameOf).find(({ index }) => index === head.Index);
    if (frame && !equalBytes(statedTreeDigest(frame), head.TreeDigest)) {
      throw new MeshError("ERR_FORK", `the service has another history of ${head.Store} up to frame ${head.Index}`, {
        detail: { store: head.Store },
      });
    }
  }

  /** Takes the mark away when the copy has come as far. */
  async reached(count: number): Promise<void> {
    if (!this.#head || count < this.count) return;
    await rm(this.#path, { force: true }).catch((error: unknown) => {
      throw fileError(error, `cannot remove ${this.#path}`);
    });
    this.#head = undefined;
  }
}
