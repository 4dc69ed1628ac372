/**
 * What catalogs, spools and archives have in common (dare-12 §7): a sequence file whose frames are entries with an identifier, an index
 * over the identifiers, keys to read and to write. Header metadata is a hint: the Mac of our own encrypted frames covers it, nothing else.
 */
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { PrivateKey, PublicKey } from "../../crypto/key.ts";
import type { ContentMeta } from "../content-meta.ts";
import type { OpeningKeys } from "../exchange.ts";
import { newExchange } from "../exchange.ts";
import type { DarePolicy } from "../header.ts";
import type { ContainerType } from "../sequence/container-type.ts";
import type { SequenceFrame } from "../sequence/frame.ts";
import { isRedacted } from "../sequence/frame.ts";
import { IdIndex } from "../sequence/id-index.ts";
import type { OpenedFrame } from "../sequence/open-frame.ts";
import { FrameOpener } from "../sequence/open-frame.ts";
import { firstFrame } from "../sequence/seal-frame.ts";
import { SequenceFile } from "../sequence/sequence-file.ts";
import type { EntryContent } from "../sequence/sequence-writer.ts";
import { SequenceWriter } from "../sequence/sequence-writer.ts";

/** What to open, and with which keys. */
export interface EntryFileOptions extends OpeningKeys {
  readonly path: string;
  readonly create?: boolean;
  readonly random: Random;
  /** Who may read entries that are written; nobody in particular = in clear. */
  readonly recipients?: readonly PublicKey[];
  readonly signer?: PrivateKey;
  /** Type of a file that is made; with it a file of any type is taken. Merkle and nothing else unless given. */
  readonly containerType?: ContainerType;
  /** For frame 0 of a file that is made. A policy of one exchange needs `recipients`. */
  readonly policy?: DarePolicy;
  readonly log?: Log;
}

/** An entry as it stands in the file. */
export interface Entry extends OpenedFrame {
  readonly index: number;
  readonly frame: SequenceFrame;
}

/** An open file of entries. */
export class EntryFile {
  readonly sequence: SequenceFile;
  readonly ids: IdIndex;
  readonly #writer: SequenceWriter;
  readonly #opener: FrameOpener;

  private constructor(sequence: SequenceFile, parts: { readonly writer: SequenceWriter; readonly opener: FrameOpener }) {
    this.sequence = sequence;
    this.ids = new IdIndex(sequence);
    this.#writer = parts.writer;
    this.#opener = parts.opener;
  }

  /** Opens a file, or makes it with a frame 0 of this content type. Errors as SequenceFile.open; ERR_SCHEMA, ERR_KEY. */
  static async open(options: EntryFileOptions & { readonly contentType: string }): Promise<EntryFile> {
    const { path, create = false, random, policy, recipients, symmetricKey, symmetricKeys, contentType, log, signer, containerType } = options;
    const sequence = await SequenceFile.open({ path, create, ...(containerType && { containerType: "any" }), ...(log && { log }) });
    try {
      if (sequence.count === 0) {
        const isOnce = policy?.Encryption === "Once";
        const exchange = isOnce ? newExchange({ recipients, symmetricKey, symmetricKeys, random }) : undefined;
        await sequence.append([
          firstFrame({ contentType, random, ...(containerType && { containerType }), ...(policy && { policy }), ...(exchange && { exchange }) }),
        ]);
      }
      const symmetric = [...(symmetricKey ? [symmetricKey] : []), ...(symmetricKeys ?? [])];
      const writer = await SequenceWriter.open({
        file: sequence,
        random,
        ...(recipients && { recipients }),
        ...(symmetric.length > 0 && { symmetricKeys: symmetric }),
        held: options,
        ...(signer && { signer }),
      });
      const opener = new FrameOpener({ ...options, read: (index) => sequence.read(index) });
      return new EntryFile(sequence, { writer, opener });
    } catch (error) {
      await sequence.close();
      throw error;
    }
  }

  /** Appends entries in one write; returns the index of the first. Without `sync` they are durable when `sequence.sync()` was. */
  append(entries: readonly EntryContent[], options: { readonly sync?: boolean } = {}): Promise<number> {
    return this.#writer.append(entries, options);
  }

  /** Opens the frame of an entry. ERR_NOT_FOUND when its body was erased, ERR_VERIFICATION. */
  async openEntry(frame: SequenceFrame): Promise<Entry> {
    return { ...(await this.#opener.open(frame)), index: frame.index, frame };
  }

  /** Frames that are entries, in order. */
  async *entryFrames(): AsyncGenerator<SequenceFrame, void, undefined> {
    for await (const frame of this.sequence.frames({ from: 1 })) if (!frame.isMeta) yield frame;
  }

  /** Checks everything: digests, and that every body that was not erased can be opened. ERR_STORE_DAMAGED, ERR_VERIFICATION. */
  async verify(): Promise<void> {
    await this.sequence.verify();
    for await (const frame of this.entryFrames()) if (!isRedacted(frame)) await this.openEntry(frame);
  }

  async close(): Promise<void> {
    this.#writer.close();
    this.#opener.wipe();
    await this.ids.close();
    await this.sequence.close();
  }
}

/** First and Previous of the next entry of an identifier. */
export function lineage(newest: { readonly index: number; readonly contentMeta: ContentMeta } | undefined): Pick<ContentMeta, "First" | "Previous"> {
  return newest === undefined ? {} : { First: newest.contentMeta.First ?? newest.index, Previous: newest.index };
}
