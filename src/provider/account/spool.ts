/**
 * Spools: frames that the service writes, each with one message envelope, untouched, as its body. The header repeats what the message
 * says of itself in clear and adds when it came, from where, and where it goes.
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { DareEnvelope, EncodedFrame, KeyValue, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { checkPayloadDigest, decodeContentMeta, encodeEnvelope, firstFrame, isRedacted, sealFrame } from "../../dare/index.ts";
import { spoolLabels } from "../../schema/index.ts";
import type { Append } from "../store/service-store.ts";

/** What a spool's frame says of its message. */
export interface SpoolEntry {
  readonly index: number;
  readonly envelopeId: string;
  readonly messageType: string | undefined;
  /** Milliseconds since 1970. */
  readonly received: number;
  /** Address, link key or purpose it came from; undefined for the account's own devices. */
  readonly origin: string | undefined;
  /** The message; nothing of one that was erased. */
  readonly octets: Uint8Array;
  /** SHA-512 of a message that was erased. */
  readonly digest?: Uint8Array;
}

/** A message on its way into a spool. */
export interface SpoolMessage {
  readonly envelopeId: string;
  readonly messageType: string | undefined;
  readonly octets: Uint8Array;
  readonly origin?: string;
  /** Addresses that it goes to. */
  readonly recipients?: readonly string[];
  /** Frames of the same spool whose messages are over with it. */
  readonly closes?: readonly number[];
}

const originKey = "Origin";
const recipientKey = "Recipient";
const readerKey = "Reader";
const closesKey = "Closes";

/** A message as it came. ERR_SCHEMA without an EnvelopeId, by which it is known. */
export function spoolMessage(envelope: DareEnvelope, origin?: string): SpoolMessage {
  const envelopeId = envelope.header.EnvelopeId;
  if (envelopeId === undefined || envelopeId.length > 256) throw new MeshError("ERR_SCHEMA", "message without an EnvelopeId");
  const messageType = decodeContentMeta(envelope.header.ContentMetaData).MessageType;
  return { envelopeId, messageType, octets: encodeEnvelope(envelope), ...(origin === undefined ? {} : { origin }) };
}

/** Link keys of those who may fetch a message by Complete (extensions §3). */
export function readersOf(envelope: DareEnvelope): readonly string[] {
  const values = decodeContentMeta(envelope.header.ContentMetaData).KeyValues ?? [];
  return values.flatMap(({ Key, Value }) => (Key === readerKey && Value !== undefined ? [Value] : []));
}

/** What every spool of a new account begins with. */
export function firstSpoolFrames(): readonly Append[] {
  return spoolLabels.map((store) => ({ store, epoch: 0, index: 0, frames: [firstFrame({ contentType: "application/mmm-spool" })] }));
}

/** Frames for messages that follow `frontier`, which is moved past them. */
export function spoolFrames(options: {
  readonly messages: readonly SpoolMessage[];
  readonly frontier: TreeFrontier;
  readonly now: number;
  readonly random: Random;
}): EncodedFrame[] {
  const { messages, frontier, now, random } = options;
  return messages.map(({ envelopeId, messageType, octets, origin, recipients = [], closes = [] }) => {
    const KeyValues: KeyValue[] = [
      ...(origin === undefined ? [] : [{ Key: originKey, Value: origin }]),
      ...recipients.map((Value) => ({ Key: recipientKey, Value })),
      ...closes.map((index) => ({ Key: closesKey, Value: String(index) })),
    ];
    const frame = sealFrame({
      index: frontier.count,
      payload: octets,
      contentMeta: {
        UniqueId: envelopeId,
        ...(messageType === undefined ? {} : { MessageType: messageType }),
        ...(KeyValues.length === 0 ? {} : { KeyValues }),
      },
      received: dateTime(now),
      lookup: frontier.lookup,
      random,
    });
    frontier.push(frame.treeDigest);
    return frame;
  });
}

/** What a frame of a spool says; undefined for frame 0. ERR_SCHEMA. */
export function spoolEntry(frame: SequenceFrame): SpoolEntry | undefined {
  if (frame.index === 0) return undefined;
  const meta = decodeContentMeta(frame.header.ContentMetaData);
  return {
    index: frame.index,
    envelopeId: meta.UniqueId ?? "",
    messageType: meta.MessageType,
    received: fromDateTime(frame.header.Received ?? ""),
    origin: meta.KeyValues?.find(({ Key }) => Key === originKey)?.Value,
    octets: frame.body,
    ...(isRedacted(frame) ? { digest: checkPayloadDigest(frame) } : {}),
  };
}

/** Frames whose messages are over with the one in this frame. */
export function closedBy(frame: SequenceFrame): readonly number[] {
  const values = decodeContentMeta(frame.header.ContentMetaData).KeyValues ?? [];
  return values.flatMap(({ Key, Value }) => (Key === closesKey ? [Number(Value)] : [])).filter((index) => index > 0 && index < frame.index);
}
