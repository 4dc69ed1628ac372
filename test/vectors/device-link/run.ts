/**
 * Every kind of device-link vector, computed through the product's own classes: from an input of plain JSON (octets in hex) to an output of
 * plain JSON, or a MeshError. generate.ts writes what comes out; test/link/vectors.test.ts compares it.
 */
import { concat, fromHex, readUint64, toHex } from "../../../src/base/bytes.ts";
import { asMeshError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import { fromJson, toJson } from "./json-value.ts";
import { encodeObjectB } from "../../../src/codec/object.ts";
import { baseKeys, unshared } from "../../../firmware-stubs/virtual/image/own-key.ts";
import { makeContribution } from "../../../firmware-stubs/virtual/ownership/contribution.ts";
import { openDelivery } from "../../../firmware-stubs/virtual/ownership/delivery.ts";
import { readLittleEndian } from "../../../src/crypto/curve.ts";
import { fullFingerprint, hailKey, linkKey, type PrivateKey, type PublicKey, privateKeyFromScalar, privateKeyFromSeed, publicKey, sha512 } from "../../../src/crypto/index.ts";
import { subtractPublic } from "../../../src/crypto/overlay.ts";
import { combineAgreements, partialAgreement } from "../../../src/crypto/partial-agreement.ts";
import { scalarOf } from "../../../src/crypto/private-key.ts";
import { combineSignature, finalPart, finalShareOf, shareOfSignature } from "../../../src/crypto/threshold/index.ts";
import { parseEnvelope, verifyEnvelope } from "../../../src/dare/index.ts";
import { clearFrames, decodeFrame, frameType, type FrameType, Reassembly } from "../../../src/link/frame.ts";
import { HandshakeState, makeHail, matchesHail, openOneWay, sealOneWay } from "../../../src/link/index.ts";
import { linkPrologue, linkProtocol, modeOctet, modeOf } from "../../../src/link/prologue.ts";
import type { Medium } from "../../../src/link/stream.ts";
import { Transport } from "../../../src/link/transport.ts";
import { decodeMessage, encodeMessage, type LinkMessage, Select } from "../../../src/link/verb.ts";
import { acceptMac, epochHailKey, keyDataOf, linkPsk, mqttPassword, ownerAuthenticate, publicKeyOf, sealedPrologue } from "../../../src/schema/index.ts";
import { tagOf } from "../../../src/transport/mqtt/topic.ts";
import { BlockReader } from "../../../src/transport/serial/line-block.ts";
import { decodeHello, decodeLinePacket, encodeHello, encodeLinePacket, type LinePacket } from "../../../src/transport/serial/line-packet.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { decodeObject } from "../../../src/codec/object.ts";

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Fields = { readonly [name: string]: Json };

/** Octets of a hex member. */
export function octets(input: Fields, name: string): Uint8Array {
  const value = input[name];
  const found = typeof value === "string" ? fromHex(value) : undefined;
  if (found === undefined) throw new Error(`${name} is not hex`);
  return found;
}

const text = (input: Fields, name: string): string => String(input[name]);
const number = (input: Fields, name: string): number => Number(input[name]);
const key = (input: Fields, name: string): PrivateKey => privateKeyFromSeed(text(input, "curve") === "X448" ? "X448" : "X25519", octets(input, name));
const fixed = (value: Uint8Array): Random => ({ bytes: () => value.slice() });

/** How each kind of vector is computed. */
export const kinds: Readonly<Record<string, (input: Fields) => Fields>> = {
  "code keys": (input) => ({ k_hail: toHex(hailKey(octets(input, "k"))), k_link: toHex(linkKey(octets(input, "k"))) }),
  "epoch keys": (input) => {
    const linkRoot = octets(input, "LinkRoot");
    const dealEpoch = number(input, "DealEpoch");
    return { psk: toHex(linkPsk({ linkRoot, hubUdf: text(input, "HubUdf"), dealEpoch })), HailKey: toHex(epochHailKey(linkRoot, dealEpoch)) };
  },
  "mqtt login": (input) => {
    const hail = octets(input, "hail");
    return { client_id: tagOf(hail), user_name: "linked", password: toHex(mqttPassword(octets(input, "psk"), tagOf(hail))) };
  },
  "serial block": (input) => {
    const packet = { type: number(input, "type"), stream: number(input, "stream"), body: octets(input, "body") } as LinePacket;
    return { octets: toHex(encodeLinePacket(packet)) };
  },
  "serial hello": (input) => ({ body: toHex(encodeHello({ largest: number(input, "largest"), hails: list(input, "hails") })) }),
  "serial hello read": (input): Fields => {
    const hello = decodeHello(octets(input, "body"));
    return hello === undefined ? { refused: "hello" } : { largest: hello.largest, hails: hello.hails.map(toHex) };
  },
  "serial line read": (input) => {
    const results: Json[] = [];
    const reader = new BlockReader((content) => {
      const packet = content && decodeLinePacket(content);
      if (packet) results.push({ type: packet.type, stream: packet.stream, body: toHex(packet.body) });
      else results.push({ refused: content === undefined ? "damaged" : "type" });
    });
    for (const chunk of list(input, "chunks")) reader.read(chunk, () => true);
    return { results };
  },
  "owner authenticate": (input) => ({
    OwnerAuthenticate: toHex(
      ownerAuthenticate(octets(input, "Kd"), {
        address: text(input, "AccountAddress"),
        accountUdf: text(input, "AccountUdf"),
        administratorFingerprint: octets(input, "administrator_fingerprint"),
      }),
    ),
  }),
  "accept mac": (input) => ({
    Mac: toHex(
      acceptMac(octets(input, "LinkRoot"), {
        DeviceUdf: text(input, "DeviceUdf"),
        AccountUdf: text(input, "AccountUdf"),
        HubUdf: text(input, "HubUdf"),
        DealEpoch: number(input, "DealEpoch"),
        ConnectionDigest: octets(input, "ConnectionDigest"),
      }),
    ),
  }),
  "device keys": (input) => {
    const { deviceUdf, encryption, signature, link } = baseKeys(text(input, "PrivateKeyUDF"));
    const octetsOf = ({ public: own }: PrivateKey): string => toHex(own.octets);
    return { DeviceUdf: deviceUdf, BaseDeviceEncrypt: octetsOf(encryption), BaseDeviceSign: octetsOf(signature), BaseDeviceLink25519: octetsOf(link) };
  },
  "key fingerprint": (input) => {
    const found = publicKey(text(input, "curve") as "Ed25519" | "X25519", octets(input, "public"));
    return { Udf: found.udf, F: toHex(fullFingerprint(found)) };
  },
  contribution: (input) => ({
    octets: toHex(
      makeContribution({
        fresh: {
          encryption: privateKeyFromScalar("Ed25519", octets(input, "encryption_scalar")),
          signature: privateKeyFromScalar("Ed25519", octets(input, "signature_scalar")),
          link: privateKeyFromSeed("X25519", octets(input, "link")),
        },
        dealEpoch: number(input, "DealEpoch"),
        present: input.Presence === true,
        signer: privateKeyFromSeed("Ed25519", octets(input, "base_signature")),
        random: systemRandom,
      }),
    ),
  }),
  "signed envelope": (input) => {
    const signer = publicKey("Ed25519", octets(input, "signer"));
    const envelope = parseEnvelope(octets(input, "octets"));
    verifyEnvelope(envelope, [signer]);
    return { body: toHex(envelope.body) };
  },
  hail: (input) => ({ hail: toHex(makeHail(octets(input, "key"), fixed(octets(input, "nonce")))) }),
  "hail match": (input) => ({ matches: matchesHail(octets(input, "key"), octets(input, "hail")) }),
  "frame read": (input) => {
    const { type, more, counter, payload } = decodeFrame(octets(input, "packet"));
    return { type, more, counter: counter.toString(), payload: toHex(payload) };
  },
  "frames of a clear message": (input) => ({
    packets: clearFrames(number(input, "type") as typeof frameType.described, octets(input, "message"), number(input, "max_packet")).map(toHex),
  }),
  "clear message of frames": (input) => {
    const reassembly = new Reassembly(number(input, "limit"));
    const results = list(input, "packets").map((packet) => reassembly.add(decodeFrame(packet)));
    return { results: results.map((whole) => (whole === undefined ? null : toHex(whole))) };
  },
  handshake: (input) => handshake(input),
  "handshake read by the device": (input) => deviceReads(input),
  "handshake read by the hub": (input) => {
    const { initiator } = started(input);
    initiator.readMessage(joined(frameType.handshake2, list(input, "handshake_2")));
    return { handshake_hash: toHex(initiator.handshakeHash) };
  },
  "transport received": (input) => {
    const { device } = completed(input);
    const transport = new Transport(device, number(input, "max_packet"));
    const results: Json[] = [];
    for (const packet of list(input, "packets")) {
      const result = received(transport, packet);
      results.push(result);
      // The session is over.
      if (result !== null && typeof result === "object") break;
    }
    return { results };
  },
  message: (input) => {
    const message = { tag: text(input, "tag"), value: fromJson(input.value ?? null) } as unknown as LinkMessage;
    const encoded = encodeMessage(message);
    decodeMessage(encoded);
    return { octets: toHex(encoded) };
  },
  "message read": (input): Fields => {
    const message = decodeMessage(octets(input, "octets"));
    if (message.tag === undefined) return { unknown: message.name, Id: message.id ?? null };
    return { tag: message.tag, value: toJson(message.value) };
  },
  "agreement part": (input) => ({
    Share: toHex(partialAgreement(privateKeyFromScalar("Ed25519", octets(input, "share")), publicKey("Ed25519", octets(input, "ephemeral"))).octets),
  }),
  "agreement of both": (input) => ({
    secret: toHex(combineAgreements(["part", "own_part"].map((name) => publicKey("Ed25519", octets(input, name))))),
  }),
  "signature part": (input) => {
    const task = signingTask(input);
    const share = privateKeyFromScalar("Ed25519", octets(input, "share"));
    const others = publicKey("Ed25519", octets(input, "commitment"));
    const answer = finalShareOf({ task, others, share, nonce: readLittleEndian(octets(input, "nonce")) });
    return { R: toHex(answer.R), Share: toHex(answer.share) };
  },
  "signature of both": (input) => {
    const task = signingTask(input);
    const own = privateKeyFromScalar("Ed25519", octets(input, "share"));
    const nonce = privateKeyFromScalar("Ed25519", octets(input, "nonce"));
    const R = publicKey("Ed25519", octets(input, "R"));
    const answer = { R: R.octets, share: octets(input, "device_share") };
    const partial = subtractPublic(task.groupKey, own.public);
    const share = shareOfSignature({ task, R, nonce: scalarOf(nonce), share: own });
    const parts = [
      finalPart({ others: nonce.public, answer, partial, name: "device" }),
      { name: "hub", commitment: nonce.public, share, partial: own.public },
    ];
    return { signature: toHex(combineSignature(task, parts)) };
  },
  delivery: (input) => {
    const base = baseKeys(text(input, "PrivateKeyUDF"));
    const scalars = [privateKeyFromScalar("Ed25519", octets(input, "encryption_scalar")), privateKeyFromScalar("Ed25519", octets(input, "signature_scalar"))] as const;
    const fresh = { encryption: scalars[0], signature: scalars[1], link: privateKeyFromSeed("X25519", octets(input, "link")) };
    const stored = openDelivery(octets(input, "sealed"), {
      deviceUdf: base.deviceUdf,
      deviceClass: "light",
      selected: { HubUdf: text(input, "HubUdf"), DealEpoch: number(input, "DealEpoch") + 1 },
      peer: publicKey("X25519", octets(input, "hub")),
      lock: {
        Generation: 0,
        Connected: false,
        DealEpoch: number(input, "DealEpoch"),
        ...(input.administrator === undefined
          ? {}
          : { AccountUdf: text(input, "AccountUdf"), Administrator: keyDataOf(publicKey("Ed25519", octets(input, "administrator"))) }),
      },
      storedEpoch: number(input, "DealEpoch"),
      kd: octets(input, "Kd"),
      fresh,
      own: unshared(base, fresh),
      ...(input.LinkRoot === undefined ? {} : { linkRoot: octets(input, "LinkRoot") }),
    });
    return {
      AccountUdf: stored.AccountUdf,
      DealEpoch: stored.DealEpoch,
      LinkRoot: toHex(stored.LinkRoot),
      administrator: toHex(publicKeyOf(stored.Administrator).octets),
      ConnectionDigest: toHex(sha512(parseEnvelope(stored.ConnectionDevice).body)),
    };
  },
  seal: (input) => ({
    sealed: toHex(
      sealOneWay({
        recipient: key(input, "recipient").public,
        prologue: sealPrologue(input),
        plaintext: octets(input, "plaintext"),
        random: fixed(octets(input, "ephemeral")),
      }),
    ),
    prologue: toHex(sealPrologue(input)),
  }),
  "seal opened": (input) => ({
    plaintext: toHex(openOneWay({ recipient: key(input, "recipient"), prologue: sealPrologue(input), sealed: octets(input, "sealed") })),
  }),
};

/** What a vector gives: its output, or the code of the error. */
export function run(kind: string, input: Fields): Fields {
  const compute = kinds[kind];
  if (compute === undefined) throw new Error(`no such kind of vector: ${kind}`);
  try {
    return compute(input);
  } catch (error) {
    return { error: asMeshError(error).code };
  }
}

/** Both sides sign the digest of the body under the key in ConnectionDevice. */
function signingTask(input: Fields) {
  return { groupKey: publicKey("Ed25519", octets(input, "key")), message: sha512(octets(input, "body")) };
}

function list(input: Fields, name: string): Uint8Array[] {
  const value = input[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value.map((_, index) => octets(value as unknown as Fields, String(index)));
}

function sealPrologue(input: Fields): Uint8Array {
  const names = { deviceUdf: text(input, "DeviceUdf"), hubUdf: text(input, "HubUdf"), dealEpoch: number(input, "DealEpoch") };
  return sealedPrologue(text(input, "kind"), names);
}

function shared(input: Fields) {
  const mode = text(input, "mode") === "onboard" ? ("onboard" as const) : ("linked" as const);
  const prologue = linkPrologue({ medium: text(input, "medium") as Medium, mode, id: text(input, "id") });
  return { mode, prologue, psk: octets(input, "psk"), random: systemRandom, protocol: linkProtocol(key(input, "device")) };
}

/** The hub's side after message 1, and that message. */
function started(input: Fields) {
  const { mode, ...common } = shared(input);
  const ephemeralForTest = key(input, "hub_ephemeral");
  const initiator = new HandshakeState({ ...common, role: "initiator", local: key(input, "hub"), remote: key(input, "device").public, ephemeralForTest });
  const select = encodeObjectB(Select, { HubUdf: text(input, "HubUdf"), DealEpoch: number(input, "DealEpoch") });
  const message1 = concat(Uint8Array.of(modeOctet(mode)), initiator.writeMessage(select));
  return { initiator, select, message1, prologue: common.prologue };
}

function responderOf(input: Fields): HandshakeState {
  const { mode: _, psk, ...common } = shared(input);
  const responder = new HandshakeState({ ...common, role: "responder", local: key(input, "device"), ephemeralForTest: key(input, "device_ephemeral") });
  responder.setPsk(psk);
  return responder;
}

function completed(input: Fields) {
  const { initiator, select, message1, prologue } = started(input);
  const responder = responderOf(input);
  responder.readMessage(message1.subarray(1));
  const message2 = responder.writeMessage(new Uint8Array());
  initiator.readMessage(message2);
  const { handshakeHash } = initiator;
  return { select, message1, message2, prologue, handshakeHash, hub: initiator.split(), device: responder.split() };
}

function handshake(input: Fields): Fields {
  const { select, message1, message2, prologue, handshakeHash, hub, device } = completed(input);
  const most = number(input, "max_packet");
  const [fromHub, fromDevice] = [new Transport(hub, most), new Transport(device, most)];
  return {
    protocol: linkProtocol(key(input, "device")),
    hub_public: toHex(onWire(key(input, "hub").public)),
    device_public: toHex(onWire(key(input, "device").public)),
    prologue: toHex(prologue),
    select: toHex(select),
    handshake_1: clearFrames(frameType.handshake1, message1, most).map(toHex),
    handshake_2: clearFrames(frameType.handshake2, message2, most).map(toHex),
    handshake_hash: toHex(handshakeHash),
    confirm: fromHub.seal(new Uint8Array()).map(toHex),
    from_hub: list(input, "from_hub").map((message) => fromHub.seal(message).map(toHex)),
    from_device: list(input, "from_device").map((message) => fromDevice.seal(message).map(toHex)),
  };
}

/** A public key as Noise has it: of X448 the 56 octets of u. */
function onWire({ curve, octets: stored }: PublicKey): Uint8Array {
  return curve === "X448" ? stored.subarray(0, 56) : stored;
}

/** A device takes handshake-1 as frames. */
function deviceReads(input: Fields): Fields {
  const message = joined(frameType.handshake1, list(input, "handshake_1"));
  const mode = modeOf(message[0]);
  if (mode === undefined || mode !== text(input, "mode")) return { refused: "mode" };
  const responder = responderOf(input);
  const selected = decodeObject(Select, responder.readMessage(message.subarray(1)));
  return { HubUdf: selected.HubUdf, DealEpoch: selected.DealEpoch, hub_public: responder.remoteStatic ? toHex(onWire(responder.remoteStatic)) : "" };
}

function joined(type: FrameType, packets: readonly Uint8Array[]): Uint8Array {
  const reassembly = new Reassembly();
  let whole: Uint8Array | undefined;
  for (const packet of packets) {
    const frame = decodeFrame(packet);
    if (frame.type === type) whole = reassembly.add(frame);
  }
  if (whole === undefined) throw new Error("the frames do not make a message");
  return whole;
}

/** One packet at a receiver: a message, a part or duplicate (null), or an error. */
function received(transport: Transport, packet: Uint8Array): Json {
  try {
    const message = transport.open(decodeFrame(packet));
    return message === undefined ? null : toHex(message);
  } catch (error) {
    return { error: asMeshError(error).code };
  }
}

/** Replaces the counter of a transport frame, for vectors that must fail. */
export function withCounter(packet: Uint8Array, change: (counter: bigint) => bigint): Uint8Array {
  const changed = packet.slice();
  new DataView(changed.buffer).setBigUint64(3, change(readUint64(packet, 3)));
  return changed;
}
