/** A hub's end of a session that says whatever octets it is given, which LinkSession does not let out. */
import { concat } from "../../src/base/bytes.ts";
import { encodeObjectB } from "../../src/codec/object.ts";
import { clearFrames, decodeFrame, frameType, Reassembly } from "../../src/link/frame.ts";
import type { LinkStream, OpenLinkOptions } from "../../src/link/index.ts";
import { HandshakeState } from "../../src/link/noise/handshake.ts";
import { linkPrologue, linkProtocol, modeOctet } from "../../src/link/prologue.ts";
import { Transport } from "../../src/link/transport.ts";
import { Select } from "../../src/link/verb.ts";
import { within } from "../harness/suite.ts";

const answerMs = 5000;

/** What came from the device: a message, or the reason of its close. */
export type Said = { readonly message: Uint8Array } | { readonly closed: number };

/** A session without its rules. */
export interface RawLink {
  say(message: Uint8Array): Promise<void>;
  /** What the device has said so far. */
  readonly said: readonly Said[];
}

/** Shakes hands and proves itself, as `openLink` does. Rejects where the device refuses. */
export async function openRaw(options: Omit<OpenLinkOptions, "clock" | "timeoutMs" | "log">): Promise<RawLink> {
  const { stream, mode, id, local, remote, psk, hubUdf, dealEpoch, random } = options;
  const prologue = linkPrologue({ medium: stream.medium, mode, id });
  const handshake = new HandshakeState({ protocol: linkProtocol(remote), role: "initiator", prologue, random, local, remote, psk });
  const hello = handshake.writeMessage(encodeObjectB(Select, { HubUdf: hubUdf, DealEpoch: dealEpoch }));
  handshake.readMessage(await answerTo(stream, concat(Uint8Array.of(modeOctet(mode)), hello)));
  const transport = new Transport(handshake.split(), stream.maxPacket);
  const said: Said[] = [];
  stream.onPacket((packet) => {
    const frame = decodeFrame(packet);
    if (frame.type === frameType.close) said.push({ closed: frame.payload[0] ?? -1 });
    const message = frame.type === frameType.transport ? transport.open(frame) : undefined;
    if (message) said.push({ message });
  });
  const say = async (message: Uint8Array): Promise<void> => {
    for (const frame of transport.seal(message)) await stream.send(frame);
  };
  await say(new Uint8Array());
  return { say, said };
}

async function answerTo(stream: LinkStream, hello: Uint8Array): Promise<Uint8Array> {
  const reassembly = new Reassembly();
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    stream.onClose(() => reject(new Error("the stream was closed")));
    stream.onPacket((packet) => {
      const frame = decodeFrame(packet);
      if (frame.type === frameType.close) reject(new Error("the device refused"));
      const whole = frame.type === frameType.handshake2 ? reassembly.add(frame) : undefined;
      if (whole) resolve(whole);
    });
  });
  for (const packet of clearFrames(frameType.handshake1, hello, stream.maxPacket)) await stream.send(packet);
  return within(answerMs, answer);
}
