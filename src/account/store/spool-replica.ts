/**
 * A device's copy of one spool: frames that the service wrote around messages. A message is believed by its own signature; the copy only
 * shows that the spool grows and never changes behind this device's back (extensions §5).
 */
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { decodeContentMeta, frameOf, parseEnvelope, SequenceFile } from "../../dare/index.ts";
import type { Head, SpoolLabel } from "../../schema/index.ts";
import { reopenWhenGrown } from "./frame.ts";

/** A message as it lies in a spool. The type is a hint until the message has been opened. */
export interface SpoolMessage {
  readonly index: number;
  readonly envelopeId: string;
  readonly messageType: string | undefined;
  readonly envelope: DareEnvelope;
  /** When it came, by the service's word, in milliseconds since 1970; undefined where the frame does not say. */
  readonly received?: number;
}

/**
 * The message in a spool frame; undefined for frame 0, meta frames, bodies that were erased, and what is no message at all: whoever can
 * append to a spool must not be able to shut it.
 */
export function messageOf(frame: DareEnvelope, index: number): SpoolMessage | undefined {
  if (index === 0 || frame.header.SequenceInfo?.IsMeta === true || frame.body.length === 0) return undefined;
  try {
    const envelope = parseEnvelope(frame.body);
    const envelopeId = envelope.header.EnvelopeId;
    if (envelopeId === undefined) return undefined;
    const { Received } = frame.header;
    const messageType = decodeContentMeta(envelope.header.ContentMetaData).MessageType;
    return { index, envelopeId, messageType, envelope, ...(Received === undefined ? {} : { received: fromDateTime(Received) }) };
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** Copy of a spool. One process uses it at a time. */
export class SpoolReplica {
  readonly label: SpoolLabel;
  #file: SequenceFile;

  private constructor(label: SpoolLabel, file: SequenceFile) {
    this.label = label;
    this.#file = file;
  }

  /** Opens the copy in a file, made where there is none. */
  static async open(options: { readonly path: string; readonly label: SpoolLabel }): Promise<SpoolReplica> {
    return new SpoolReplica(options.label, await SequenceFile.open({ path: options.path, create: true }));
  }

  get count(): number {
    return this.#file.count;
  }

  get treeDigest(): Uint8Array | undefined {
    return this.#file.lastTreeDigest;
  }

  /** Tree digest of a frame; undefined beyond the end. */
  async treeDigestAt(index: number): Promise<Uint8Array | undefined> {
    return index < this.count ? this.#file.treeDigestAt(index) : undefined;
  }

  get head(): Head | undefined {
    const digest = this.treeDigest;
    return digest && { Store: this.label, Index: this.count - 1, TreeDigest: digest };
  }

  /** Takes in frames from the service. Errors: ERR_FORK when they do not continue this copy. */
  async receive(envelopes: readonly DareEnvelope[]): Promise<void> {
    await this.#file.append(envelopes.map(frameOf));
  }

  /** Messages from a frame index on, in order. A frame whose content is no message is passed over. */
  async messages(from: number): Promise<readonly SpoolMessage[]> {
    const found: SpoolMessage[] = [];
    for await (const frame of this.#file.frames({ from })) {
      const message = messageOf(frame, frame.index);
      if (message) found.push(message);
    }
    return found;
  }

  /** The message of one frame; undefined when it holds none or lies beyond the end. */
  async message(index: number): Promise<SpoolMessage | undefined> {
    return index < this.count ? messageOf(await this.#file.read(index), index) : undefined;
  }

  /** Takes in what another process of this device has appended to the file. */
  async refresh(): Promise<void> {
    this.#file = (await reopenWhenGrown(this.#file)) ?? this.#file;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
