/**
 * Reads the two catalogs that are sealed to the service too, Access and Publication. Mac and header are checked against the payload
 * (extensions §5): what a frame says in clear must be what it says inside.
 */
import { MeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { exchangeSeed, openFrame } from "../../dare/index.ts";
import { CatalogUpdate } from "../../schema/index.ts";

/** Opens the frames of one catalog in their order. */
export class ServiceReader {
  readonly #label: string;
  readonly #key: PrivateKey;
  /** Base seeds by the index of the frame that carries the recipients. */
  readonly #seeds: Map<number, Uint8Array>;

  constructor(options: { readonly label: string; readonly key: PrivateKey; readonly seeds?: ReadonlyMap<number, Uint8Array> }) {
    this.#label = options.label;
    this.#key = options.key;
    this.#seeds = new Map(options.seeds);
  }

  /** A reader that knows the same key exchanges, to look at frames that may yet be refused. */
  copy(): ServiceReader {
    return new ServiceReader({ label: this.#label, key: this.#key, seeds: this.#seeds });
  }

  /** The update in a frame; undefined for frames without entry (first, apex). ERR_VERIFICATION, ERR_SCHEMA. */
  read(frame: SequenceFrame): CatalogUpdate | undefined {
    if (frame.index === 0 || frame.isMeta) return undefined;
    const opened = openFrame({ frame, baseSeed: this.#seedOf(frame) });
    const update = decodeObject(CatalogUpdate, opened.payload);
    const { UniqueId, Event } = opened.contentMeta;
    if (update.Store !== this.#label || UniqueId !== update.Key || (Event !== undefined && Event !== update.Event)) {
      throw new MeshError("ERR_VERIFICATION", `frame ${frame.index} of ${this.#label} says something else outside than inside`);
    }
    return update;
  }

  #seedOf(frame: SequenceFrame): Uint8Array {
    if (frame.header.recipients !== undefined) {
      const seed = exchangeSeed(frame, [this.#key]);
      this.#seeds.set(frame.index, seed);
      return seed;
    }
    const seed = this.#seeds.get(frame.header.SequenceInfo?.ExchangePosition ?? 0);
    if (seed === undefined) throw verificationError(`frame ${frame.index}`);
    return seed;
  }
}
