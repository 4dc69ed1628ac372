/**
 * Spools (dare-12 §7): one enveloped message in each frame, found by EnvelopeId. What becomes of a message is never written into it:
 * later messages refer to earlier ones, and the newest reference wins. Reading references out of a message is for the layer above.
 */
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../envelope.ts";
import { encodeEnvelope, parseEnvelope } from "../envelope.ts";
import type { SequenceFrame } from "../sequence/frame.ts";
import { isRedacted } from "../sequence/frame.ts";
import { frameId } from "../sequence/id-index.ts";
import type { EntryFileOptions } from "./entry-file.ts";
import { EntryFile } from "./entry-file.ts";

/** States of messages by box (schema-08), the first of each being the one before any reference; then those of the reference code. */
export const messageStates = {
  outbound: ["Initial", "Sent", "Received", "Refused"],
  inbound: ["Initial", "Read"],
  local: ["Initial", "Closed"],
  any: ["Open", "Closed", "Read", "Unread"],
} as const;
/** Which states a spool knows. */
export type SpoolBox = keyof typeof messageStates;

/** Content type of spools. */
export const spoolContentType = "application/mmm-spool";

/** One message that says what became of another. */
export interface SpoolReference {
  /** EnvelopeId of the message referred to, which may arrive later. */
  readonly envelopeId: string;
  readonly state: string;
}

/** A message as it stands in a spool. */
export interface SpoolMessage {
  readonly index: number;
  readonly envelopeId: string;
  /** Absent when the body was erased. */
  readonly envelope?: DareEnvelope;
  readonly state: string;
}

/** What to open, and how messages speak of each other. */
export interface SpoolFileOptions extends EntryFileOptions {
  readonly box: SpoolBox;
  /** References that a message makes; called once for each message when states are first asked for, and for each new one. */
  readonly references?: (envelope: DareEnvelope) => readonly SpoolReference[];
}

/** An open spool. The states that references gave are held in memory, those of untouched messages are not. */
export class SpoolFile {
  readonly entries: EntryFile;
  readonly #box: SpoolBox;
  readonly #references: (envelope: DareEnvelope) => readonly SpoolReference[];
  readonly #states = new Map<string, string>();
  #read = 1;

  private constructor(entries: EntryFile, options: SpoolFileOptions) {
    this.entries = entries;
    this.#box = options.box;
    this.#references = options.references ?? (() => []);
  }

  static async open(options: SpoolFileOptions): Promise<SpoolFile> {
    return new SpoolFile(await EntryFile.open({ contentType: spoolContentType, ...options }), options);
  }

  /** Appends messages, each with its EnvelopeId, as they are. ERR_SCHEMA for one without an EnvelopeId, ERR_CONFLICT for one that is there already. */
  async post(envelopes: readonly DareEnvelope[]): Promise<void> {
    const contents = [];
    const seen = new Set<string>();
    for (const envelope of envelopes) {
      const id = envelope.header.EnvelopeId;
      if (id === undefined) throw new MeshError("ERR_SCHEMA", "DareHeader.EnvelopeId: expected a value, found none");
      if (seen.has(id) || (await this.entries.ids.find(id)) !== undefined)
        throw new MeshError("ERR_CONFLICT", `message ${id} is in the spool already`);
      seen.add(id);
      contents.push({ payload: encodeEnvelope(envelope), contentMeta: { UniqueId: id } });
    }
    if (contents.length > 0) await this.entries.append(contents);
  }

  /** A message by its EnvelopeId; undefined when it has not arrived. ERR_VERIFICATION, ERR_STORE_DAMAGED. */
  async get(envelopeId: string): Promise<SpoolMessage | undefined> {
    const frame = await this.entries.ids.find(envelopeId);
    return frame && this.#message(frame);
  }

  /** Messages in the order of arrival, from a frame index on. */
  async *messages(options: { readonly from?: number } = {}): AsyncGenerator<SpoolMessage, void, undefined> {
    for await (const frame of this.entries.sequence.frames({ from: Math.max(1, options.from ?? 1) })) {
      if (!frame.isMeta) yield await this.#message(frame);
    }
  }

  /** State of a message, also of one that has not arrived. */
  async stateOf(envelopeId: string): Promise<string> {
    await this.#readReferences();
    return this.#states.get(envelopeId) ?? messageStates[this.#box][0];
  }

  /** Erases the body of a message; its digest and place stay. ERR_NOT_FOUND. */
  async erase(envelopeId: string): Promise<void> {
    const frame = await this.entries.ids.find(envelopeId);
    if (frame === undefined) throw new MeshError("ERR_NOT_FOUND", `no message ${envelopeId}`);
    await this.#readReferences();
    await this.entries.sequence.redact(frame.index);
  }

  close(): Promise<void> {
    return this.entries.close();
  }

  async #message(frame: SequenceFrame): Promise<SpoolMessage> {
    const { envelope, id } = await this.#open(frame);
    return { index: frame.index, envelopeId: id, state: await this.stateOf(id), ...(envelope && { envelope }) };
  }

  async #open(frame: SequenceFrame): Promise<{ readonly id: string; readonly envelope?: DareEnvelope }> {
    if (isRedacted(frame)) return { id: frameId(frame) ?? "" };
    const entry = await this.entries.openEntry(frame);
    const envelope = parseEnvelope(entry.payload);
    return { id: envelope.header.EnvelopeId ?? "", envelope };
  }

  async #readReferences(): Promise<void> {
    const known: readonly string[] = messageStates[this.#box];
    for await (const frame of this.entries.sequence.frames({ from: this.#read })) {
      this.#read = frame.index + 1;
      const { envelope } = frame.isMeta ? {} : await this.#open(frame);
      for (const { envelopeId, state } of envelope ? this.#references(envelope) : []) {
        // A word that this box does not know says nothing.
        if (known.includes(state)) this.#states.set(envelopeId, state);
      }
    }
  }
}
