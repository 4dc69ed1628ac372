/**
 * How far a copy reached that had to be set aside: what is fetched in its place must be the same history, and not end before it. Without the mark
 * a damaged disk would let the service show an older state, or another one. A file beside the copy, gone when the new copy has come as far.
 */
import { rm } from "node:fs/promises";
import { fileError, readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import type { Position } from "../../schema/index.ts";
import { comparePositions, Head } from "../../schema/index.ts";
import { copyPath } from "./copy-path.ts";

/** The mark of one copy. */
export class SeenMark {
  readonly #path: string;
  #head: Head | undefined;

  private constructor(path: string, head: Head | undefined) {
    this.#path = path;
    this.#head = head;
  }

  /**
   * Reads the mark of the store whose first copy is at `path`. One that is damaged itself says nothing: it is kept aside, and `tell` hears of it.
   * Errors: ERR_STORE, ERR_PERMISSION.
   */
  static async open(path: string, tell: (damage: MeshError) => void = () => undefined): Promise<SeenMark> {
    const place = `${path}.seen`;
    const octets = await readFileIfExists(place);
    try {
      return new SeenMark(place, octets && decodeObject(Head, octets));
    } catch (error) {
      if (!isMeshError(error)) throw error;
      const kept = keptPlace(place);
      if (kept !== undefined) await moveAside(place, kept);
      const lost = "until the next sync nothing says how far this store has to come";
      const where = kept === undefined ? "" : `; it is kept as ${kept}`;
      tell(new MeshError("ERR_STORE_DAMAGED", `${place} cannot be read: ${error.message}${where}; ${lost}`, { cause: error }));
      return new SeenMark(place, undefined);
    }
  }

  /** How far there has to be something: where the next frame would come. The beginning while nothing is marked. */
  get position(): Required<Position> {
    return this.#head === undefined ? { Epoch: 0, Index: 0 } : { Epoch: this.#head.Epoch ?? 0, Index: this.#head.Index + 1 };
  }

  /** The marked head. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Marks a head, unless one that is further is marked. */
  async raise(head: Head): Promise<void> {
    if (this.#head && comparePositions(head, this.#head) <= 0) return;
    await writeFileAtomic(this.#path, encodeObject(Head, head));
    this.#head = head;
  }

  /** Compares frames of an epoch before they are stored. Errors: ERR_FORK when the frame in the marked place is another one. */
  compare(envelopes: readonly DareEnvelope[], epoch = 0): void {
    const head = this.#head;
    if (!head || (head.Epoch ?? 0) !== epoch) return;
    const frame = envelopes.map(frameOf).find(({ index }) => index === head.Index);
    if (frame && !equalBytes(statedTreeDigest(frame), head.TreeDigest)) {
      throw new MeshError("ERR_FORK", `the service has another history of ${head.Store} up to frame ${head.Index}`, {
        detail: { store: head.Store },
      });
    }
  }

  /** Takes the mark away when the copy has come as far. */
  async reached(position: Position): Promise<void> {
    if (!this.#head || comparePositions(position, this.position) < 0) return;
    await rm(this.#path, { force: true }).catch((error: unknown) => {
      throw fileError(error, `cannot remove ${this.#path}`);
    });
    this.#head = undefined;
  }
}

/**
 * Notes what an administrator tells a device that joins: without it nothing would vouch for the first epoch of MMM_Device that it meets. Of a store that
 * never began anew it is told nothing new: there the account's first device vouches for itself.
 * @param heads.seen of MMM_Device, by the account's own word of before, in any epoch: the service has to have it
 * Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL.
 */
export async function anchorCopies(folder: string, heads: { readonly told: readonly Head[]; readonly seen?: Head | undefined }): Promise<void> {
  const told = heads.told.find(({ Store }) => Store === "MMM_Device");
  const begun = told && (told.Epoch ?? 0) > 0 ? told : undefined;
  const head = begun && heads.seen && comparePositions(heads.seen, begun) > 0 ? heads.seen : (begun ?? heads.seen);
  if (!head) return;
  await makeDirectory(folder);
  const { Apex: _apex, ...place } = head;
  await (await SeenMark.open(copyPath(folder, { store: "MMM_Device", epoch: 0 }))).raise(place);
}
