/**
 * Reads the two catalogs that are sealed to the service too, Access and Publication. Mac and header are checked against the payload
 * (extensions §5): what a frame says in clear must be what it says inside.
 */
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { FrameOpener } from "../../dare/index.ts";
import { CatalogUpdate } from "../../schema/index.ts";

/** What a reader reads with. */
export interface ServiceReaderOptions {
  readonly label: string;
  /** The service's key. */
  readonly key: PrivateKey;
  /** A frame of the store, for the key exchange that a later one refers to. */
  readonly frame: (index: number) => Promise<SequenceFrame>;
}

/** Opens frames of one catalog: of the store, or such as are to follow it, these in their order. */
export class ServiceReader {
  readonly #label: string;
  readonly #opener: FrameOpener;

  constructor({ label, key, frame }: ServiceReaderOptions) {
    this.#label = label;
    this.#opener = new FrameOpener({ keys: [key], read: frame });
  }

  /** The update in a frame; undefined for frames without entry (first, apex). ERR_VERIFICATION, ERR_SCHEMA. */
  async read(frame: SequenceFrame): Promise<CatalogUpdate | undefined> {
    if (frame.index === 0 || frame.isMeta) return undefined;
    const opened = await this.#opener.open(frame);
    const update = decodeObject(CatalogUpdate, opened.payload);
    const { UniqueId, Event } = opened.contentMeta;
    if (update.Store !== this.#label || UniqueId !== update.Key || (Event !== undefined && Event !== update.Event)) {
      throw new MeshError("ERR_VERIFICATION", `frame ${frame.index} of ${this.#label} says something else outside than inside`);
    }
    return update;
  }

  /** Forgets the keys of exchanges. */
  wipe(): void {
    this.#opener.wipe();
  }
}
