/**
 * A device's copy of one spool: frames that the service wrote around messages. A message is believed by its own signature; the copy only
 * shows that the spool grows and never changes behind this device's back (extensions §5).
 */
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { freeOctets } from "../../base/free-space.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import { decodeContentMeta, frameOf, parseEnvelope, SequenceFile } from "../../dare/index.ts";
import type { Head, SpoolLabel } from "../../schema/index.ts";
import { reopenWhenGrown } from "./frame.ts";

/**
 * What a copy takes: more than an honest service lets strangers leave (1 GiB of an Inbound) or devices send (a million commands). The service alone
 * writes the frames of a spool, so nothing else ends one that it makes up.
 */
const most: SpoolBounds = { octets: 2 ** 31, frames: 2 ** 21 };
/** A copy that is larger has no more octets than the disk has left: on a small one it takes half of what there was. */
const anywhere = 2 ** 24;
const mebibyte = 2 ** 20;

/** How much a copy takes. */
export interface SpoolBounds {
  readonly octets: number;
  readonly frames: number;
}

/** How a copy is opened. */
export interface SpoolReplicaOptions {
  readonly path: string;
  readonly label: SpoolLabel;
  readonly bounds?: SpoolBounds;
  /** What the disk of a path has left; a test has its own. */
  readonly free?: (path: string) => Promise<number>;
}

/** Frames of one page, and octets of bodies after which it ends: a spool may be larger than the memory. */
const pageFrames = 512;
const pageOctets = 1 << 20;

/** Messages of some frames that follow each other. */
export interface MessagePage {
  readonly messages: readonly SpoolMessage[];
  /** Where to go on; undefined at the end. */
  readonly next: number | undefined;
}

/** A message as it lies in a spool. The type is a hint until the message has been opened. */
export interface SpoolMessage {
  readonly index: number;
  readonly envelopeId: string;
  readonly messageType: string | undefined;
  /** Where the service had it from: the address of another account; undefined for what the account's own devices wrote. */
  readonly origin?: string;
  /** Addresses that the service sends it to; of one that was sent. */
  readonly recipients?: readonly string[];
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
    const { Received, ContentMetaData } = frame.header;
    const messageType = decodeContentMeta(envelope.header.ContentMetaData).MessageType;
    const noted = decodeContentMeta(ContentMetaData).KeyValues ?? [];
    const origin = noted.find(({ Key }) => Key === "Origin")?.Value;
    const recipients = noted.flatMap(({ Key, Value }) => (Key === "Recipient" && Value !== undefined ? [Value] : []));
    return {
      index,
      envelopeId,
      messageType,
      ...(origin === undefined ? {} : { origin }),
      ...(recipients.length === 0 ? {} : { recipients }),
      envelope,
      ...(Received === undefined ? {} : { received: fromDateTime(Received) }),
    };
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** Copy of a spool. One process uses it at a time. */
export class SpoolReplica {
  readonly label: SpoolLabel;
  #file: SequenceFile;
  readonly #bounds: SpoolBounds;
  readonly #free: (path: string) => Promise<number>;

  private constructor({ label, bounds = most, free = freeOctets }: SpoolReplicaOptions, file: SequenceFile) {
    this.label = label;
    this.#file = file;
    this.#bounds = bounds;
    this.#free = free;
  }

  /** Opens the copy in a file, made where there is none. */
  static async open(options: SpoolReplicaOptions): Promise<SpoolReplica> {
    return new SpoolReplica(options, await SequenceFile.open({ path: options.path, create: true }));
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

  /** Takes in frames from the service. Errors: ERR_FORK when they do not continue this copy, ERR_TOO_LARGE when it holds what a copy takes. */
  async receive(envelopes: readonly DareEnvelope[]): Promise<void> {
    const { octets, frames } = this.#bounds;
    if (this.#file.byteLength > octets || this.count + envelopes.length > frames)
      throw new MeshError("ERR_TOO_LARGE", `${this.label} has more than a copy takes: ${this.count} frames, ${this.#file.byteLength} octets`);
    await this.#requireSpace();
    await this.#file.append(envelopes.map(frameOf));
  }

  async #requireSpace(): Promise<void> {
    const { path, byteLength } = this.#file;
    if (byteLength < anywhere) return;
    const free = await this.#free(path);
    if (byteLength < free) return;
    const sizes = [byteLength, free].map((octets) => Math.floor(octets / mebibyte));
    throw new MeshError("ERR_TOO_LARGE", `the copy of ${this.label} has ${sizes[0]} MiB and the disk ${sizes[1]} MiB left: no more of it is taken`, {
      hint: "free some space; if nobody has sent so much, ask whoever runs the service what it is",
    });
  }

  /** Messages from a frame index on, in order, as many as a page takes. A frame whose content is no message is passed over. */
  async page(from: number): Promise<MessagePage> {
    const messages: SpoolMessage[] = [];
    let octets = 0;
    for await (const frame of this.#file.frames({ from, to: from + pageFrames })) {
      const message = messageOf(frame, frame.index);
      if (message) messages.push(message);
      octets += frame.body.length;
      if (octets >= pageOctets) return { messages, next: frame.index + 1 };
    }
    return { messages, next: from + pageFrames < this.count ? from + pageFrames : undefined };
  }

  /** Frames in their order. */
  frames(from: number): AsyncIterable<SequenceFrame> {
    return this.#file.frames({ from });
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
