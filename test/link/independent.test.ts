/**
 * A device written from docs/device-link.md alone: it shares no code with the product (node:crypto, and what lies in independent/), makes every good
 * vector and refuses every one that must fail. A vector that only the product understands, or a rule that the page leaves out, fails here.
 */
import { readFileSync } from "node:fs";
import { assert, describe } from "../harness/suite.ts";
import { judge } from "./independent/delivery.ts";
import { isObject, readMessage, readTagged, readValue, type Value, writeValue } from "./independent/json-b.ts";
import * as noise from "./independent/noise.ts";
import {
  agreementPart,
  big,
  ed25519Public,
  hkdf32,
  hmac,
  labelledMac,
  pointOf,
  Refused,
  type Suite,
  sha512,
  signatureOf,
  signaturePart,
  signCtx,
  suites,
  sumOf,
  utf8,
  verifyCtx,
} from "./independent/primitive.ts";
import * as serial from "./independent/serial.ts";

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };
type Fields = { [name: string]: Plain };
interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly input: Fields;
  readonly expected: Fields;
}

const letters32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const octets = (input: Fields, name: string): Buffer => Buffer.from(String(input[name]), "hex");
const list = (input: Fields, name: string): Buffer[] => (input[name] as string[]).map((item) => Buffer.from(item, "hex"));
const text = (input: Fields, name: string): string => String(input[name]);
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const named = (value: string): Buffer => Buffer.concat([big(utf8(value).length, 2), utf8(value)]);

/** §1, §9.2: the two keys whose public halves are compared. */
function fingerprint(curve: string, key: Uint8Array): { udf: string; full: Buffer } {
  const length = key.length;
  const der = Buffer.concat([
    Buffer.of(0x30, length + 14, 0x30, 7, 6, 3, 0x2b, 0x65, curve === "X25519" ? 0x6e : 0x70, 5, 0, 3, length + 3, 0, 4, length),
    key,
  ]);
  const digest = sha512(Buffer.concat([utf8("PKIXKey:"), sha512(der)]));
  const zeros =
    63 -
    digest
      .readBigUInt64BE(digest.length - 8)
      .toString(2)
      .padStart(64, "0")
      .lastIndexOf("1");
  const step = [20, 30, 40, 50].filter((least) => zeros >= least).length;
  const full = Buffer.concat([Buffer.of(0x60 + step), digest]).subarray(0, 64);
  const bits = [...full.subarray(0, 18)].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const letters = bits.slice(0, 140).match(/.{5}/g) ?? [];
  const name = letters.map((five) => letters32[Number.parseInt(five, 2)]).join("");
  return { udf: (name.match(/.{4}/g) ?? []).join("-"), full };
}

function base32(words: string): Buffer {
  const bits = [...words.replaceAll("-", "")].map((letter) => letters32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}

function keyData(crv: string, key: Buffer): Value {
  return { Udf: fingerprint(crv, key).udf, PublicParameters: { PublicKeyECDH: { crv, Public: key } } };
}

/** §9.1: the body of an envelope that this key has signed. */
function verified(parts: Value | undefined, signer: Uint8Array): Buffer {
  if (!Array.isArray(parts) || parts.length !== 3) throw new Refused("not three parts");
  const [header, body, trailer] = parts;
  if (!isObject(header) || !Buffer.isBuffer(body) || !isObject(trailer)) throw new Refused("not header, body, trailer");
  const digest = sha512(body);
  if (binary(trailer.PayloadDigest).compare(digest) !== 0) throw new Refused("digest");
  const own = fingerprint("Ed25519", signer).udf;
  const found = Array.isArray(trailer.signatures) ? trailer.signatures.find((one) => isObject(one) && one.kid === own) : undefined;
  if (!isObject(found) || !verifyCtx(signer, digest, binary(found.signature))) throw new Refused("signature");
  return body;
}

const binary = (value: Value | undefined): Buffer => (Buffer.isBuffer(value) ? value : Buffer.from(String(value), "base64url"));

function prologueOf(input: Fields): Buffer {
  const mode = input.mode === "onboard" ? 0 : 1;
  return Buffer.concat([named("mmm/link/1"), named(text(input, "medium")), big(1, 2), Buffer.of(mode), named(text(input, "id"))]);
}

function handshakeOf(input: Fields): noise.Handshake & { readonly select: Buffer } {
  const suite: Suite = suites[text(input, "curve") as "X25519" | "X448"];
  return {
    suite,
    prologue: prologueOf(input),
    psk: octets(input, "psk"),
    hub: octets(input, "hub"),
    hubEphemeral: octets(input, "hub_ephemeral"),
    device: octets(input, "device"),
    deviceEphemeral: octets(input, "device_ephemeral"),
    select: writeValue({ Select: { HubUdf: text(input, "HubUdf"), DealEpoch: Number(input.DealEpoch) } }),
  };
}

function joined(packets: readonly Uint8Array[]): Buffer {
  const join = noise.joiner();
  const whole = packets.map((packet) => join(noise.readFrame(packet))).at(-1);
  if (!whole) throw new Refused("not whole");
  return whole;
}

function completed(input: Fields) {
  const with_ = handshakeOf(input);
  const mode = input.mode === "onboard" ? 0 : 1;
  const { message, state } = noise.hubWrites(with_, with_.select);
  const read = noise.deviceReads(with_, message);
  const message2 = noise.deviceWrites(with_, read);
  noise.hubReads(with_, state, message2);
  const [fromHub, fromDevice] = state.split();
  assert.equal(state.hash, read.state.hash, "both sides have one transcript");
  return { with_, message1: Buffer.concat([Buffer.of(mode), message]), message2, hash: state.hash, fromHub, fromDevice };
}

/** From plain JSON, where {"hex"} is data, and back. */
function fromPlain(value: Plain): Value {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.hex === "string") return Buffer.from(value.hex, "hex");
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fromPlain(member)]));
}

function toPlain(value: Value): Plain {
  if (Buffer.isBuffer(value)) return { hex: hex(value) };
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPlain(member)]));
}

const sealPrologue = (input: Fields): Buffer =>
  Buffer.concat([
    utf8("mmm/hub/seal/1"),
    named(text(input, "kind")),
    named(text(input, "DeviceUdf")),
    named(text(input, "HubUdf")),
    big(Number(input.DealEpoch), 4),
  ]);

const kinds: Readonly<Record<string, (input: Fields) => { readonly [name: string]: Plain | undefined }>> = {
  "code keys": (input) => ({
    k_hail: hex(hkdf32(octets(input, "k"), utf8("mmm/hub/hail"))),
    k_link: hex(hkdf32(octets(input, "k"), utf8("mmm/hub/link"))),
  }),
  "epoch keys": (input) => {
    const [root, epoch] = [octets(input, "LinkRoot"), big(Number(input.DealEpoch), 4)];
    return {
      psk: hex(hkdf32(root, Buffer.concat([utf8("mmm/hub/psk"), utf8(text(input, "HubUdf")), epoch]))),
      HailKey: hex(hkdf32(root, Buffer.concat([utf8("mmm/hub/hailkey"), epoch]))),
    };
  },
  hail: (input) => ({ hail: hex(hailOf(octets(input, "key"), octets(input, "nonce"))) }),
  "hail match": (input) => {
    const hail = octets(input, "hail");
    return { matches: hail.length === 12 && hailOf(octets(input, "key"), hail.subarray(0, 4)).equals(hail) };
  },
  "mqtt login": (input) => {
    const tag = text(input, "hail");
    return {
      client_id: tag,
      user_name: "linked",
      password: hex(labelledMac(hkdf32(octets(input, "psk"), utf8("mmm/hub/mqtt")), "mmm/hub/mqtt/login", [utf8(tag)])),
    };
  },
  "serial block": (input) => {
    const content = Buffer.concat([Buffer.of(Number(input.type), Number(input.stream)), octets(input, "body")]);
    return { octets: hex(serial.blockOf(content)) };
  },
  "serial hello": (input) => ({ body: hex(Buffer.concat([big(Number(input.largest), 2), ...list(input, "hails")])) }),
  "serial hello read": (input) => {
    const body = octets(input, "body");
    const hails = Array.from({ length: (body.length - 2) / 12 }, (_, at) => hex(body.subarray(2 + 12 * at, 14 + 12 * at)));
    if (body.length < 14 || body.length > 2 + 16 * 12 || (body.length - 2) % 12 !== 0) return { refused: "hello" };
    return { largest: body.readUInt16BE(), hails };
  },
  "serial line read": (input) => {
    const results = serial.contentsOf(Buffer.concat(list(input, "chunks"))).map((content): Plain => {
      if (content === undefined) return { refused: "damaged" };
      const [type = 0, stream = 0] = content;
      return type < 1 || type > 4 ? { refused: "type" } : { type, stream, body: hex(content.subarray(2)) };
    });
    return { results };
  },
  "owner authenticate": (input) => ({
    OwnerAuthenticate: hex(
      labelledMac(octets(input, "Kd"), "mmm/hub/owner", [
        utf8(text(input, "AccountAddress")),
        utf8(text(input, "AccountUdf")),
        octets(input, "administrator_fingerprint"),
      ]),
    ),
  }),
  "accept mac": (input) => ({
    Mac: hex(
      labelledMac(hkdf32(octets(input, "LinkRoot"), utf8("mmm/hub/accept")), "mmm/hub/accept", [
        ...["DeviceUdf", "AccountUdf", "HubUdf"].map((name) => utf8(text(input, name))),
        big(Number(input.DealEpoch), 4),
        octets(input, "ConnectionDigest"),
      ]),
    ),
  }),
  "device keys": (input) => {
    const data = base32(text(input, "PrivateKeyUDF")).subarray(1);
    const key = (name: string): Buffer => hkdf32(data, Buffer.concat([data.subarray(0, 2), utf8(name)]));
    return {
      DeviceUdf: fingerprint("Ed25519", ed25519Public(key("BaseDeviceProfile"))).udf,
      BaseDeviceEncrypt: hex(ed25519Public(key("BaseDeviceEncrypt"))),
      BaseDeviceSign: hex(ed25519Public(key("BaseDeviceSign"))),
      BaseDeviceLink25519: hex(suites.X25519.publicOf(key("BaseDeviceLink25519"))),
    };
  },
  "key fingerprint": (input) => {
    const { udf, full } = fingerprint(text(input, "curve"), octets(input, "public"));
    return { Udf: udf, F: hex(full) };
  },
  contribution: (input) => {
    const body = writeValue({
      DeviceContribution: {
        DealEpoch: Number(input.DealEpoch),
        Encryption: keyData("Ed25519", pointOf(octets(input, "encryption_scalar"))),
        Signature: keyData("Ed25519", pointOf(octets(input, "signature_scalar"))),
        Link25519: keyData("X25519", suites.X25519.publicOf(octets(input, "link"))),
        Presence: input.Presence === true,
      },
    });
    const seed = octets(input, "base_signature");
    const digest = sha512(body);
    const meta = utf8(JSON.stringify({ MessageType: "DeviceContribution", cty: "application/mmm/object" })).toString("base64url");
    const signature = { alg: "S512", kid: fingerprint("Ed25519", ed25519Public(seed)).udf, signature: signCtx(seed, digest).toString("base64url") };
    const envelope = [
      utf8(`[${JSON.stringify({ dig: "S512", ContentMetaData: meta })}`),
      writeValue(body),
      utf8(`${JSON.stringify({ signatures: [signature], PayloadDigest: digest.toString("base64url") })}]`),
    ];
    return { octets: hex(Buffer.concat(envelope)) };
  },
  "signed envelope": (input) => ({ body: hex(verified(readValue(octets(input, "octets")), octets(input, "signer"))) }),
  "frame read": (input) => {
    const { type, more, counter, payload } = noise.readFrame(octets(input, "packet"));
    return { type, more, counter: counter.toString(), payload: hex(payload) };
  },
  "frames of a clear message": (input) => ({
    packets: noise.clearFrames(Number(input.type), octets(input, "message"), Number(input.max_packet)).map(hex),
  }),
  "clear message of frames": (input) => {
    const join = noise.joiner(Number(input.limit));
    return { results: list(input, "packets").map((packet) => maybe(join(noise.readFrame(packet)))) };
  },
  handshake: (input) => {
    const { with_, message1, message2, hash, fromHub, fromDevice } = completed(input);
    const { suite, hub, device, prologue, select } = with_;
    const most = Number(input.max_packet);
    const [hubSends, deviceSends] = [noise.sender(suite, fromHub, most), noise.sender(suite, fromDevice, most)];
    return {
      protocol: suite.protocol,
      hub_public: hex(suite.publicOf(hub)),
      device_public: hex(suite.publicOf(device)),
      prologue: hex(prologue),
      select: hex(select),
      handshake_1: noise.clearFrames(0x10, message1, most).map(hex),
      handshake_2: noise.clearFrames(0x11, message2, most).map(hex),
      handshake_hash: hex(hash),
      confirm: hubSends(Buffer.alloc(0)).map(hex),
      from_hub: list(input, "from_hub").map((message) => hubSends(message).map(hex)),
      from_device: list(input, "from_device").map((message) => deviceSends(message).map(hex)),
    };
  },
  "handshake read by the device": (input) => {
    const with_ = handshakeOf(input);
    const message = joined(list(input, "handshake_1"));
    if (message[0] !== (input.mode === "onboard" ? 0 : 1)) return { refused: "mode" };
    const { hubPublic, payload } = noise.deviceReads(with_, message.subarray(1));
    const { tag, body } = readTagged(payload);
    if (tag !== "Select") throw new Refused("not Select");
    return { HubUdf: body.HubUdf as string, DealEpoch: body.DealEpoch as number, hub_public: hex(hubPublic) };
  },
  "handshake read by the hub": (input) => {
    const with_ = handshakeOf(input);
    const { state } = noise.hubWrites(with_, with_.select);
    noise.hubReads(with_, state, joined(list(input, "handshake_2")));
    return { handshake_hash: hex(state.hash) };
  },
  "transport received": (input) => {
    const { with_, fromHub } = completed(input);
    const receive = noise.receiver(with_.suite, fromHub);
    const results: Plain[] = [];
    for (const packet of list(input, "packets")) {
      try {
        results.push(maybe(receive(packet)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        results.push({ error: "" });
        break;
      }
    }
    return { results };
  },
  message: (input) => ({ octets: hex(writeValue({ [text(input, "tag")]: fromPlain(input.value ?? null) })) }),
  "message read": (input) => {
    const { tag, body, known } = readMessage(octets(input, "octets"));
    return known ? { tag, value: toPlain(body) } : { unknown: tag, Id: toPlain(body.Id ?? null) };
  },
  "agreement part": (input) => ({ Share: hex(agreementPart(octets(input, "share"), octets(input, "ephemeral"))) }),
  "agreement of both": (input) => ({ secret: hex(sumOf(octets(input, "part"), octets(input, "own_part"))) }),
  "signature part": (input) => {
    const given = { key: octets(input, "key"), body: octets(input, "body"), commitment: octets(input, "commitment") };
    const { R, Share } = signaturePart({ ...given, share: octets(input, "share"), nonce: octets(input, "nonce") });
    return { R: hex(R), Share: hex(Share) };
  },
  "signature of both": (input) => {
    const given = { key: octets(input, "key"), body: octets(input, "body"), R: octets(input, "R"), deviceShare: octets(input, "device_share") };
    return { signature: hex(signatureOf({ ...given, share: octets(input, "share"), nonce: octets(input, "nonce") })) };
  },
  delivery: (input) => {
    const data = base32(text(input, "PrivateKeyUDF")).subarray(1);
    const key = (name: string): Buffer => hkdf32(data, Buffer.concat([data.subarray(0, 2), utf8(name)]));
    const [deviceUdf, epoch] = [fingerprint("Ed25519", ed25519Public(key("BaseDeviceProfile"))).udf, Number(input.DealEpoch)];
    const names = { kind: "RespondDevice", DeviceUdf: deviceUdf, HubUdf: text(input, "HubUdf"), DealEpoch: epoch + 1 };
    const opened = noise.openSealed(suites.X25519, octets(input, "link"), sealPrologue(names), octets(input, "sealed"));
    const owner =
      input.administrator === undefined ? {} : { owner: { account: text(input, "AccountUdf"), administrator: octets(input, "administrator") } };
    const respond = judge(
      opened,
      {
        deviceUdf,
        epoch,
        seeds: [key("BaseDeviceEncrypt"), key("BaseDeviceSign")],
        scalars: [octets(input, "encryption_scalar"), octets(input, "signature_scalar")],
        link: suites.X25519.publicOf(octets(input, "link")),
        kd: octets(input, "Kd"),
        hubUdf: text(input, "HubUdf"),
        hub: octets(input, "hub"),
        ...owner,
        ...(input.LinkRoot === undefined ? {} : { linkRoot: octets(input, "LinkRoot") }),
      },
      { verified, fingerprintOf: (one) => fingerprint("Ed25519", one).full },
    );
    return {
      AccountUdf: respond.account,
      DealEpoch: respond.epoch,
      LinkRoot: hex(respond.linkRoot),
      administrator: hex(respond.administrator),
      ConnectionDigest: hex(respond.digest),
    };
  },
  seal: (input) => {
    const prologue = sealPrologue(input);
    const recipient = suites.X25519.publicOf(octets(input, "recipient"));
    return {
      sealed: hex(noise.sealTo(suites.X25519, recipient, octets(input, "ephemeral"), prologue, octets(input, "plaintext"))),
      prologue: hex(prologue),
    };
  },
  "seal opened": (input) => ({
    plaintext: hex(noise.openSealed(suites.X25519, octets(input, "recipient"), sealPrologue(input), octets(input, "sealed"))),
  }),
};

const hailOf = (key: Uint8Array, nonce: Uint8Array): Buffer => Buffer.concat([nonce, hmac(key, nonce).subarray(0, 8)]);
const maybe = (message: Buffer | null): Plain => (message === null ? null : hex(message));

/** What a device makes of a vector; it has one kind of failure, so codes are left out. */
function outcome({ kind, input }: Vector): ReturnType<(typeof kinds)[string]> {
  const compute = kinds[kind];
  if (!compute) throw new Error(`the page does not tell how to compute ${kind}`);
  try {
    return compute(input);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { error: "" };
  }
}

const withoutCodes = (value: Plain): Plain => JSON.parse(JSON.stringify(value, (name, member: unknown) => (name === "error" ? "" : member))) as Plain;

describe("device link vectors, by a reader written from the page", (it) => {
  for (const file of ["good", "must-fail"]) {
    const path = `test/vectors/device-link/${file}.json`;
    const { vectors } = JSON.parse(readFileSync(path, "utf8")) as { readonly vectors: readonly Vector[] };
    for (const kind of new Set(vectors.map((vector) => vector.kind))) {
      it(`${file}: ${kind}`, () => {
        for (const vector of vectors.filter((one) => one.kind === kind)) {
          assert.equal(outcome(vector), withoutCodes(vector.expected), vector.id);
        }
      });
    }
  }

  it("shares no code with the product", () => {
    for (const file of ["../independent.test.ts", "delivery.ts", "json-b.ts", "noise.ts", "primitive.ts", "serial.ts"]) {
      const source = readFileSync(`test/link/independent/${file}`, "utf8");
      const imports = [...source.matchAll(/^.* from "([^"]+)";$/gm)].map(([, name]) => name);
      assert.equal(
        imports.filter((name) => !/^node:|^\.\/|harness\/suite\.ts$/.test(name ?? "")),
        [],
        file,
      );
    }
  });
});
