/**
 * Opens the frames of one catalog: finds the base seed of the exchange that a frame belongs to, decrypts, and compares the payload with the
 * header's hints (extensions §5). Seeds are kept for a while: entries of one session share an exchange.
 */
import { MeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { AgreeingKey } from "../../crypto/index.ts";
import type { SequenceFile, SequenceFrame } from "../../dare/index.ts";
import { exchangeSeed, openFrame } from "../../dare/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { CatalogUpdate, EpochBegin, isBegun } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { checkUpdate } from "./catalog-update.ts";

const mostSeeds = 64;

/** Opens frames with the keys of one catalog. */
export class FrameOpener {
  readonly #label: CatalogLabel;
  readonly #epoch: number;
  readonly #keys: readonly AgreeingKey[];
  readonly #ids: readonly UniqueIds[];
  readonly #seeds = new Map<number, Uint8Array>();

  constructor(options: {
    readonly label: CatalogLabel;
    readonly epoch: number;
    readonly keys: readonly AgreeingKey[];
    readonly ids: readonly UniqueIds[];
  }) {
    this.#label = options.label;
    this.#epoch = options.epoch;
    this.#keys = options.keys;
    this.#ids = options.ids;
  }

  /**
   * The update in a frame; undefined for frame 0 and apexes.
   * @param group frames from index `start` that are not in the file yet, the frame among them
   * Errors: ERR_VERIFICATION.
   */
  open(frame: SequenceFrame, group: readonly SequenceFrame[], start: number): CatalogChange | undefined {
    const { index } = frame;
    if (index === 0) readFirst(this.#label, this.#epoch, frame);
    if (index === 0 || frame.isMeta) return undefined;
    const position = frame.header.recipients ? index : frame.header.SequenceInfo?.ExchangePosition;
    if (position === undefined) throw verificationError(`frame ${index} of ${this.#label}`);
    let seed = this.#seeds.get(position);
    if (!seed) {
      const holder = position === index ? frame : group[position - start];
      if (!holder) throw verificationError(`frame ${index} of ${this.#label}`);
      seed = exchangeSeed(holder, this.#keys);
      this.remember(position, seed);
    }
    const { payload, contentMeta } = openFrame({ frame, baseSeed: seed });
    const update = decodeObject(CatalogUpdate, payload);
    checkUpdate({ label: this.#label, index, update, meta: contentMeta, ids: this.#ids });
    return { index, update };
  }

  /** As open, of a frame that is in the file. */
  async openStored(frame: SequenceFrame, file: SequenceFile): Promise<CatalogChange | undefined> {
    const position = frame.header.SequenceInfo?.ExchangePosition;
    if (!frame.header.recipients && position !== undefined && !this.#seeds.has(position)) {
      this.remember(position, exchangeSeed(await file.read(position), this.#keys));
    }
    return this.open(frame, [frame], frame.index);
  }

  /** Keeps the base seed of the exchange that the frame at `position` carries. */
  remember(position: number, seed: Uint8Array): void {
    this.#seeds.set(position, seed);
    if (this.#seeds.size <= mostSeeds) return;
    const oldest = this.#seeds.keys().next().value;
    if (oldest !== undefined && oldest !== position) this.#seeds.delete(oldest);
  }

  /** Forgets the seeds of frames from an index on: those frames were refused, and others may come in their place. */
  forgetFrom(start: number): void {
    for (const position of [...this.#seeds.keys()]) if (position >= start) this.#seeds.delete(position);
  }
}

/**
 * What frame 0 says: how an epoch began, and nothing in the first one that all share. It names no keys: only an apex vouches for it, so keys in it would be whoever's
 * wrote it. Errors: ERR_VERIFICATION.
 */
export function readFirst(label: CatalogLabel, epoch: number, { header, body }: SequenceFrame): EpochBegin | undefined {
  const { policy, recipients, enc, kid, cloaked } = header;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_VERIFICATION", `frame 0 of ${label} is forged: it ${what}`);
  };
  if ([policy, recipients, enc, kid, cloaked].some((member) => member !== undefined)) refuse("names keys");
  if (!isBegun(label, epoch)) return body.length === 0 ? undefined : refuse("has a content");
  const begin = decodeObject(EpochBegin, body);
  if (begin.Store !== label || begin.Epoch !== epoch) refuse(`begins epoch ${begin.Epoch} of ${begin.Store.slice(0, 64)}`);
  return begin;
}
