/**
 * The hub's side of a device link: ask for the description in clear, and open a session (docs/design.md §5, extensions §3).
 * Both take over the stream's packets. A session that was open on the stream gets none any more: `end` it; the device keeps its side
 * until the new one is proven.
 */

import { concat } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { silentLog } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { decodeObject, encodeObjectB } from "../codec/object.ts";
import type { PrivateKey, PublicKey } from "../crypto/key.ts";
import { withDeadline } from "./deadline.ts";
import type { Frame, FrameType } from "./frame.ts";
import { clearFrames, closeReason, decodeFrame, frameType, Reassembly } from "./frame.ts";
import { HandshakeState } from "./noise/handshake.ts";
import type { LinkMode } from "./prologue.ts";
import { linkPrologue, linkProtocol, modeOctet } from "./prologue.ts";
import { LinkSession } from "./session.ts";
import type { LinkStream } from "./stream.ts";
import { Described, DescribeRequest, Select } from "./verb.ts";

/** Sends one clear message and waits for the clear message of type `answer`; everything else but a close is not for us. */
async function exchange(options: {
  stream: LinkStream;
  clock: Clock;
  timeoutMs: number;
  request: Exclude<FrameType, 0x20 | 0x7f>;
  message: Uint8Array;
  answer: FrameType;
  what: string;
}): Promise<Uint8Array> {
  const { stream, clock, timeoutMs, request, message, answer, what } = options;
  const reassembly = new Reassembly();
  const reply = new Promise<Uint8Array>((resolve, reject) => {
    stream.onClose((cause) => reject(new MeshError("ERR_LINK", "the stream was closed", { cause })));
    stream.onPacket((packet) => {
      try {
        const frame = decodeFrame(packet);
        if (frame.type === frameType.close) throw new MeshError("ERR_LINK", "the device refused");
        const whole = frame.type === answer ? reassembly.add(frame) : undefined;
        if (whole) resolve(whole);
      } catch (error) {
        reject(asMeshError(error));
      }
    });
  });
  const sent = (async () => {
    for (const packet of clearFrames(request, message, stream.maxPacket)) await stream.send(packet);
  })();
  const [octets] = await withDeadline({ clock, timeoutMs, what }, Promise.all([reply, sent]));
  return octets;
}

/**
 * Asks a device that is not yet committed for its sealed description. The answer comes from anybody: it proves itself by the code.
 * ERR_TIMEOUT when there is none (a committed device keeps silent), ERR_LINK when the stream ends, ERR_ENCODING or ERR_SCHEMA for garbage.
 */
export async function describe(options: { stream: LinkStream; clock: Clock; timeoutMs: number }): Promise<Uint8Array> {
  const octets = await exchange({
    ...options,
    request: frameType.describeRequest,
    message: encodeObjectB(DescribeRequest, {}),
    answer: frameType.described,
    what: "the device did not describe itself",
  });
  return decodeObject(Described, octets).Description;
}

/** What openLink needs. */
export interface OpenLinkOptions {
  readonly stream: LinkStream;
  readonly mode: LinkMode;
  /** PublicationId in mode onboard, DeviceUdf in mode linked. */
  readonly id: string;
  /** The hub's link key, of the same curve as the device's. */
  readonly local: PrivateKey;
  /** The device's link key: X25519 for constrained devices, X448 for others. */
  readonly remote: PublicKey;
  /** k_link in mode onboard, the hub's own psk of the epoch in mode linked; 32 octets. */
  readonly psk: Uint8Array;
  readonly hubUdf: string;
  readonly dealEpoch: number;
  readonly clock: Clock;
  readonly random: Random;
  /** For the handshake, and the default for requests. */
  readonly timeoutMs: number;
  readonly log?: Log;
}

/**
 * Opens a session. Its first frame, an empty message, is sent before this returns: it is what makes the device believe the hub.
 * ERR_TIMEOUT when the device does not answer, ERR_LINK when it refuses or the stream ends, ERR_VERIFICATION when it is not the
 * device with these keys.
 */
export async function openLink(options: OpenLinkOptions): Promise<LinkSession> {
  const { stream, mode, id, local, remote, psk, hubUdf, dealEpoch, clock, random, timeoutMs, log = silentLog } = options;
  const selected: Select = { HubUdf: hubUdf, DealEpoch: dealEpoch };
  const prologue = linkPrologue({ medium: stream.medium, mode, id });
  const handshake = new HandshakeState({ protocol: linkProtocol(remote), role: "initiator", prologue, random, local, remote, psk });
  try {
    const message1 = handshake.writeMessage(encodeObjectB(Select, selected));
    const message2 = await exchange({
      stream,
      clock,
      timeoutMs,
      request: frameType.handshake1,
      message: concat(Uint8Array.of(modeOctet(mode)), message1),
      answer: frameType.handshake2,
      what: "the device did not answer the handshake",
    });
    handshake.readMessage(message2);
  } catch (error) {
    handshake.destroy();
    throw error;
  }
  const { handshakeHash } = handshake;
  const session = new LinkSession({
    stream,
    channels: handshake.split(),
    mode,
    handshakeHash,
    remoteStatic: remote,
    selected,
    clock,
    timeoutMs,
    log,
  });
  attach(stream, session);
  await session.confirm();
  if (mode === "linked") stream.proven?.();
  return session;
}

/** Feeds a session from its stream. */
function attach(stream: LinkStream, session: LinkSession): void {
  stream.onClose((cause) => session.end(new MeshError("ERR_LINK", "the stream was closed", { cause })));
  stream.onPacket((packet) => {
    let frame: Frame;
    try {
      frame = decodeFrame(packet);
    } catch (error) {
      session.fail(asMeshError(error));
      return;
    }
    if (frame.type === frameType.transport) session.receive(frame);
    else if (frame.type === frameType.close && frame.payload[0] !== closeReason.refused)
      session.end(new MeshError("ERR_LINK", "the device closed the link"));
    // Late answers to describe and handshake are nothing to a session.
  });
}
