/** Every decoder, with the good input that is damaged for it. */
import type fc from "fast-check";
import { cardOfContact } from "../../src/account/contact/card.ts";
import { knownContact } from "../../src/account/contact/contact-book.ts";
import { readCards } from "../../src/account/contact/import.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import * as codec from "../../src/codec/index.ts";
import { writeVcards } from "../../src/codec/vcard/index.ts";
import { runVectors } from "../../src/conformance/run-file.ts";
import * as crypto from "../../src/crypto/index.ts";
import * as dare from "../../src/dare/index.ts";
import { surveySequence } from "../../src/dare/sequence/survey.ts";
import { clearFrames, closeFrame, decodeFrame as decodeLinkFrame, frameType, Reassembly, transportFrame } from "../../src/link/frame.ts";
import { HandshakeState, openOneWay, sealOneWay } from "../../src/link/index.ts";
import { decodeMessage } from "../../src/link/verb.ts";
import * as messages from "../../src/protocol/message/index.ts";
import * as schema from "../../src/schema/index.ts";
import { hostileOctets, hostileText } from "./hostile-input.ts";
import * as samples from "./samples.ts";

/** A decoder under attack. */
export interface Target {
  readonly name: string;
  readonly input: fc.Arbitrary<Uint8Array | string>;
  readonly decode: (input: never) => unknown;
}

function ofOctets(name: string, good: readonly Uint8Array[], decode: (octets: Uint8Array) => unknown): Target {
  return { name, input: hostileOctets(good), decode };
}

function ofText(name: string, decode: (text: string) => unknown, good: readonly string[] = samples.sampleTexts): Target {
  return { name, input: hostileText(good), decode };
}

const { sampleBlocks, sampleEnvelopes, sampleFrames, sampleItems, sampleKeys, sampleLegacy, sampleObjects, sampleVectors, keys, symmetricKey } =
  samples;
const trusted = [keys.Ed25519.public, keys.Ed448.public];
const held = { keys: Object.values(keys), symmetricKey };

function structsIn(module: object): codec.Struct<object>[] {
  return Object.values(module).filter(
    (value): value is codec.Struct<object> => typeof value === "object" && value !== null && "tag" in value && "fields" in value,
  );
}

const strict = [...structsIn(schema), ...structsIn(messages)];

/** Reads as every object at once: the tag decides, so that each descriptor meets damage inside its own fields. */
function decodeAnyStrict(octets: Uint8Array): unknown {
  const [tag, body] = codec.untag(codec.decodeJsonB(octets, { lenient: true }), "object");
  const found = codec.findStruct(strict, tag);
  return found?.encode(found.decode(body, tag));
}

async function* inPieces(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < octets.length; at += 7) yield octets.slice(at, at + 7);
}

/** A value that may be written again must be read as the same. */
function again(octets: Uint8Array, options?: codec.DecodeOptions): void {
  const value = codec.decodeJsonB(octets, options);
  codec.decodeJsonB(codec.encodeJsonB(value));
}

const codecs: readonly Target[] = [
  ofOctets("parseJson", [...sampleObjects, ...sampleEnvelopes], (octets) => codec.parseJson(octets)),
  ofOctets("parseJson, lenient", sampleObjects, (octets) => codec.encodeJson(codec.parseJson(octets, { lenient: true }))),
  ofOctets("decodeJsonB", [...sampleItems, ...sampleObjects], (octets) => again(octets)),
  ofOctets("decodeJsonB, lenient", sampleObjects, (octets) => again(octets, { lenient: true })),
  ofOctets("decodeJsonBItems", sampleItems, (octets) => codec.decodeJsonBItems(octets)),
  ofOctets("readFrame", sampleFrames, (octets) => codec.readFrame(octets, 0)),
  ofOctets("readFrameBackward", sampleFrames, (octets) => codec.readFrameBackward(octets, octets.length)),
  ofOctets("readLongItem", sampleItems, async (octets) => {
    for await (const part of codec.readLongItem(new codec.ByteReader(inPieces(octets)), { kind: "data" })) part.length;
  }),
  ofOctets("collectContainer", sampleObjects, (octets) => codec.collectContainer(new codec.ByteReader(inPieces(octets)), 4096)),
  ofText("decodeBase64url", (text) => codec.decodeBase64url(text)),
  ofText("decodeBase32", (text) => codec.decodeBase32(text)),
];

const cryptos: readonly Target[] = [
  ofText("parseUdf", (text) => crypto.parseUdf(text)),
  ofText("readUdfEntry", (text) => crypto.readUdfEntry(text)),
  ofText("parseUdfUri", (text) => crypto.parseUdfUri(text)),
  ofText("parseConnectUri", (text) => crypto.parseConnectUri(text)),
  ofText("parseStrongName", (text) => crypto.parseStrongName(text)),
  ofText("keyOfOidUdf", (text) => crypto.keyOfOidUdf(text)),
  ofText("recoverSecret", (text) => crypto.recoverSecret(text.split(/[ ,\n]/)), [
    samples.sampleTexts.slice(-2).join(" "),
    samples.sampleTexts.slice(-3).join(" "),
  ]),
  ofText("deriveKey", (text) => crypto.deriveKey(text, "BaseDeviceSign", "Ed25519")),
  ofText("responseId", (text) => crypto.responseId(text)),
  ofOctets("publicKey", sampleKeys, (octets) => crypto.curves.map((curve) => attempt(() => crypto.publicKey(curve, octets)))),
  ofOctets(
    "privateKeyFromExport",
    [crypto.addPrivate(keys.X448, keys.X448).export().Private, keys.Ed25519.export().Private],
    (octets) => crypto.privateKeyFromExport({ crv: octets.length > 40 ? "X448z" : "Ed25519", Private: octets }).public.octets,
  ),
  ofOctets("verifySignature", [keys.Ed25519.sign(utf8("x")), keys.Ed448.sign(utf8("x"))], (octets) =>
    trusted.map((key) => crypto.verifySignature(key, utf8("x"), octets)),
  ),
  ofOctets("unwrapKey", [crypto.wrapKey(symmetricKey, symmetricKey)], (octets) => crypto.unwrapKey(symmetricKey, octets)),
  ofOctets("aesGcmOpen", [crypto.aesGcmSeal(symmetricKey, new Uint8Array(12), utf8("x"))], (octets) =>
    crypto.aesGcmOpen(symmetricKey, new Uint8Array(12), octets),
  ),
  ofOctets("verifyPossession", [crypto.provePossession(keys.Ed25519, { context: utf8("x"), random: systemRandom })], (octets) =>
    crypto.verifyPossession(keys.Ed25519.public, { context: utf8("x"), proof: octets }),
  ),
];

/** Runs what may be refused, several times in one case. */
function attempt(task: () => unknown): void {
  try {
    task();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "MeshError") throw error;
  }
}

const dares: readonly Target[] = [
  ofOctets("parseEnvelope", sampleEnvelopes, (octets) => dare.encodeEnvelopeB(dare.parseEnvelope(octets, { lenient: true }))),
  ofOctets("openEnvelope", sampleEnvelopes, (octets) => dare.openEnvelope(dare.parseEnvelope(octets), held)),
  ofOctets("verifyEnvelope", sampleEnvelopes, (octets) => dare.verifyEnvelope(dare.parseEnvelope(octets, { lenient: true }), trusted)),
  ofOctets("openStream", sampleEnvelopes, async (octets) => {
    const { plaintext } = await dare.openStream({ source: () => inPieces(octets), ...held, lenient: true });
    for await (const part of plaintext) part.length;
  }),
  ofOctets("decodeContentMeta", [utf8('{"UniqueId":"a","Created":"2021-08-05T16:37:32Z","Labels":["a"],"First":1}')], (octets) =>
    dare.decodeContentMeta(octets),
  ),
  ofOctets("blockParts", sampleBlocks, (octets) => dare.blockParts(octets)),
  ofOctets("decryptBlock", sampleBlocks, (octets) => dare.decryptBlock({ ...samples.blockSecrets, eds: octets })),
  ofOctets("decodeFrame", sampleFrames, (octets) => dare.decodeFrame(octets)),
  ofOctets("SequenceReader", sampleFrames, async (octets) => {
    const reader = await dare.SequenceReader.open(octets, { legacy: true });
    for await (const { frame } of reader.frames()) dare.decodeContentMeta(frame.header.ContentMetaData);
    for await (const { start } of reader.framesBackward()) start.toFixed();
  }),
  ofOctets("LegacyCatalog", sampleLegacy, async (octets) => {
    const catalog = await dare.LegacyCatalog.read(await dare.SequenceReader.open(octets, { legacy: true }));
    for await (const { payload } of catalog.list()) payload.length.toFixed();
  }),
  ofOctets("verifyInclusion", [codec.encodeJson(dare.TreeProof.encode({ Digests: [new Uint8Array(64), new Uint8Array(64)] }))], (octets) => {
    const proof = dare.TreeProof.decode(codec.parseJson(octets), "proof");
    const apex = { index: 3, digest: new Uint8Array(64) };
    dare.verifyInclusion({ proof, index: 1, payloadDigest: new Uint8Array(64), apex });
  }),
  ofOctets("surveySequence", sampleFrames, (octets) =>
    surveySequence(
      { size: octets.length, read: async (at, length) => octets.slice(at, at + length) },
      { accept: ({ records }) => void dare.parseRecords(records, { lenient: true }) },
    ),
  ),
];

const ownProfile = dare.encodeEnvelope(
  schema.envelopeObject({
    struct: schema.ProfileHost,
    value: { ProfileSignature: schema.keyDataOf(keys.Ed448.public) },
    envelopeId: keys.Ed448.public.udf,
    signers: [keys.Ed448],
    random: systemRandom,
  }),
);

const schemas: readonly Target[] = [
  ofOctets("decodeMeshObject", sampleObjects, (octets) => schema.encodeMeshObject(schema.decodeMeshObject(octets, { lenient: true }))),
  ofOctets("strict objects", sampleObjects, decodeAnyStrict),
  ofOctets("verifyProfile", [ownProfile], (octets) => schema.verifyProfile(schema.ProfileHost, dare.parseEnvelope(octets))),
  ofOctets("openDescription", sampleEnvelopes, (octets) =>
    schema.openDescription({ sealed: octets, key: symmetricKey.slice(0, 15), account: "maker@example.com" }),
  ),
  ofOctets(
    "publicKeyOf",
    Object.values(keys).map((key) => codec.encodeJson(schema.KeyData.encode(schema.keyDataOf(key.public)))),
    (octets) => schema.publicKeyOf(schema.KeyData.decode(codec.parseJson(octets), "key")),
  ),
];

const card = utf8(
  'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\\, B\r\nN:B;A;;;\r\nORG:X;Y\r\nTEL;TYPE="cell,home":+1\r\nIMPP:mmm:a@example.com\r\nADR;LABEL="a^nb":;;1 High St;T;;;L\r\n' +
    "NOTE:a\r\n  folded\r\nEND:VCARD\r\n",
);
const contactJson = utf8(
  '{"ContactPerson":{"Id":"a","CommonNames":[{"FullName":"A"}],"NetworkAddresses":[{"Address":"a@example.com","Protocols":[{"Protocol":"mmm"}]}]}}',
);

const contacts: readonly Target[] = [
  ofOctets("readCards", [card, contactJson], (octets) =>
    readCards(octets).map(({ contact, uid = "u" }) => {
      const known = knownContact(uid, { Key: uid, Contact: contact });
      return known && writeVcards([cardOfContact(known)]);
    }),
  ),
];

const prologue = utf8("x");
const suite = { protocol: "Noise_IK_25519_ChaChaPoly_SHA512", prologue, random: systemRandom } as const;
const respond = () => new HandshakeState({ ...suite, role: "responder", local: keys.X25519 });
const opening = new HandshakeState({ ...suite, role: "initiator", local: keys.X25519, remote: keys.X25519.public }).writeMessage(utf8("hello"));
const linkFrames = [transportFrame(1n, new Uint8Array(20)), closeFrame(0), ...clearFrames(frameType.handshake1, new Uint8Array(90), 60)];
const linkMessages = [codec.encodeJsonB({ Ping: { Id: 1 } }), utf8('{"Command":{"Id":1,"Command":"on","Arguments":[]}}')];

const links: readonly Target[] = [
  ofOctets("link frame", linkFrames, (octets) => decodeLinkFrame(octets)),
  ofOctets("link reassembly", linkFrames, (octets) => new Reassembly().add(decodeLinkFrame(octets))),
  ofOctets("link message", linkMessages, (octets) => decodeMessage(octets)),
  ofOctets("noise message", [opening], (octets) => respond().readMessage(octets)),
  ofOctets("noise seal", [sealOneWay({ recipient: keys.X25519.public, prologue, plaintext: utf8("x"), random: systemRandom })], (octets) =>
    openOneWay({ recipient: keys.X25519, prologue, sealed: octets }),
  ),
];

const runner: readonly Target[] = [ofOctets("conformance runner", sampleVectors, runVectors)];

/** All of them. */
export const targets: readonly Target[] = [...codecs, ...cryptos, ...dares, ...schemas, ...contacts, ...links, ...runner];
