/**
 * Writes the device-link vectors from fixed keys, ephemerals and nonces; the same every time.
 *
 *   node --import tsx test/vectors/device-link/generate.ts             writes the files
 *   node --import tsx test/vectors/device-link/generate.ts -- --check  fails when one differs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { concat, toHex, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import { encodeObjectB } from "../../../src/codec/object.ts";
import { addPublic, newSeed, type PrivateKey, privateKeyFromScalar, privateKeyFromSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import { clearFrames, frameType } from "../../../src/link/frame.ts";
import { DescribeRequest, Select } from "../../../src/link/index.ts";
import { keyDataOf } from "../../../src/schema/index.ts";
import { parseSuite } from "../../../src/link/noise/suite.ts";
import { SymmetricState } from "../../../src/link/noise/symmetric-state.ts";
import { linkPrologue } from "../../../src/link/prologue.ts";
import { activation, type Change, delivery, other, otherLink, owned, ownedByOther, partOf } from "./delivery.ts";
import { type Fields, type Json, run, withCounter } from "./run.ts";

interface Vector {
  readonly id: string;
  readonly kind: string;
  /** What it shows, for vectors that must fail: why. */
  readonly about?: string;
  readonly input: Fields;
}

/** `length` equal octets, in hex. */
const all = (value: number, length = 32): string => toHex(new Uint8Array(length).fill(value));
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const strings = (value: Json | undefined): string[] => value as string[];

const good: Vector[] = [];
const bad: Vector[] = [];
const add = (list: Vector[], id: string, kind: string, input: Fields, about?: string): void => {
  list.push({ id, kind, ...(about === undefined ? {} : { about }), input });
};

const flip = (packet: string, at: number): string => {
  const changed = hex(packet);
  const place = at < 0 ? changed.length + at : at;
  changed[place] = (changed[place] ?? 0) ^ 1;
  return toHex(changed);
};
/** A frame with its length put right after a change. */
const relength = (packet: Uint8Array): string => toHex(concat(packet.subarray(0, 1), uintBytes(packet.length - 3, 2), packet.subarray(3)));

// §1, §2, §3: keys and hails
add(good, "keys/code", "code keys", { k: "000102030405060708090a0b0c0d0e" });
for (const DealEpoch of [1, 2, 4294967295]) add(good, `keys/epoch-${DealEpoch}`, "epoch keys", { LinkRoot: all(0x11), HubUdf: "MHUB", DealEpoch });
add(good, "keys/epoch-other-hub", "epoch keys", { LinkRoot: all(0x11), HubUdf: "MHUC", DealEpoch: 1 });
add(good, "login/mqtt", "mqtt login", { psk: all(5), hail: "01020304cdaff26929e56cf2" });
add(good, "hail/made", "hail", { key: toHex(Uint8Array.from({ length: 32 }, (_, at) => at)), nonce: "01020304" });
const hail = String(run("hail", { key: all(7), nonce: "a0a1a2a3" }).hail);
add(good, "hail/match", "hail match", { key: all(7), hail });
add(bad, "hail/other-key", "hail match", { key: all(8), hail }, "made with another key");
add(bad, "hail/flipped-nonce", "hail match", { key: all(7), hail: flip(hail, 0) }, "one bit of the nonce differs");
add(bad, "hail/flipped-tag", "hail match", { key: all(7), hail: flip(hail, 11) }, "one bit of the tag differs");
add(bad, "hail/short", "hail match", { key: all(7), hail: hail.slice(0, 22) }, "eleven octets");
add(bad, "hail/long", "hail match", { key: all(7), hail: `${hail}00` }, "thirteen octets");

// §3: blocks on a serial line
const run253 = toHex(Uint8Array.from({ length: 254 - 2 }, (_, at) => 1 + (at % 255)));
const serial: readonly (readonly [string, number, number, string])[] = [
  ["open", 2, 9, ""],
  ["open-of-no-stream", 2, 0, ""],
  ["end", 4, 9, ""],
  ["frame", 3, 9, "7f000100"],
  ["zeros", 3, 1, "00".repeat(20)],
  ["no-zero-in-254", 3, 1, run253],
  ["no-zero-in-508", 3, 255, toHex(Uint8Array.from({ length: 506 }, (_, at) => 1 + (at % 255)))],
  ["largest", 3, 7, toHex(Uint8Array.from({ length: 4096 }, (_, at) => at))],
];
for (const [id, type, stream, body] of serial) add(good, `serial/${id}`, "serial block", { type, stream, body });
const block = (type: number, stream: number, body: string): string => String(run("serial block", { type, stream, body }).octets);
const [openBlock, frameBlock] = [block(2, 9, ""), block(3, 9, "7f000100")];
const read = (list: Vector[], id: string, chunks: string[], about?: string): void => add(list, `serial/${id}`, "serial line read", { chunks }, about);
read(good, "read", [openBlock, frameBlock]);
read(good, "read-octet-by-octet", (openBlock + frameBlock).match(/../g) ?? []);
read(good, "read-with-one-zero-between", [openBlock + frameBlock.slice(2)]);
read(good, "read-zeros-are-nothing", ["0000000000", openBlock]);
read(good, "read-largest", [block(3, 7, toHex(Uint8Array.from({ length: 4096 }, (_, at) => at)))]);
read(good, "read-254-then-01", [block(3, 1, run253)]);
read(good, "read-after-noise", ["a5c3ff0113", openBlock]);
read(good, "read-after-half-a-block", [frameBlock.slice(0, 12), openBlock]);
read(bad, "flipped-bit", [flip(frameBlock, 4)], "one bit differs");
read(bad, "flipped-check", [flip(frameBlock, -2)], "one bit of the check differs");
read(bad, "cut", [`${frameBlock.slice(0, -4)}00`], "the last octet of the check is missing");
read(bad, "too-short", ["0001010100"], "three octets where the check alone has four");
read(bad, "run-beyond-the-end", ["00090102030400"], "a run of eight octets where four follow");
read(bad, "two-joined", [frameBlock.slice(0, -2) + frameBlock.slice(2)], "the 00 between two blocks was lost");
read(bad, "too-long", [`00${"01".repeat(5000)}00`], "longer than any block");
read(bad, "unknown-type", [block(5, 9, "")], "type 5");
const hails2 = ["01020304cdaff26929e56cf2", "a0a1a2a3a4a5a6a7a8a9aaab"];
add(good, "serial/hello", "serial hello", { largest: 512, hails: hails2 });
const helloBody = String(run("serial hello", { largest: 512, hails: hails2 }).body);
add(good, "serial/hello-read", "serial hello read", { body: helloBody });
const notHello = (id: string, body: string, about: string): void => add(bad, `serial/hello-${id}`, "serial hello read", { body }, about);
notHello("empty", "", "nothing");
notHello("without-hails", "0200", "no hail");
notHello("half-a-hail", helloBody.slice(0, -2), "the last hail has eleven octets");
notHello("seventeen-hails", `0200${all(1, 12).repeat(17)}`, "more than sixteen hails");

// §4: frames
const asking = run("frames of a clear message", { type: frameType.describeRequest, message: toHex(encodeObjectB(DescribeRequest, {})), max_packet: 64 });
for (const [id, packet] of [
  ["describe-request", strings(asking.packets)[0] ?? ""],
  ["handshake-2", "1100020102"],
  ["close", "7f000100"],
  ["more-follow", "82000105"],
  ["transport", "2000090000000000000102aa"],
  ["transport-largest-counter", "200008ffffffffffffffff"],
] as const) {
  add(good, `frame/${id}`, "frame read", { packet });
}
for (const [id, packet, about] of [
  ["empty", "", "no octets"],
  ["two-octets", "0100", "ends within the length"],
  ["unknown-type", "330000", "type 33"],
  ["type-zero", "000000", "type 0"],
  ["more-on-transport", "a00008" + "00".repeat(8), "bit 7 on a transport frame: parts of transport messages say so inside the seal"],
  ["more-on-describe-request", "810000", "bit 7 on a describe-request"],
  ["more-on-close", "ff000100", "bit 7 on a close"],
  ["too-long", "7f000100ff", "an octet after the end"],
  ["too-short", "7f0002ff", "an octet is missing"],
  ["transport-without-counter", "200007" + "00".repeat(7), "seven octets where the counter is eight"],
] as const) {
  add(bad, `frame/${id}`, "frame read", { packet }, about);
}
const long = toHex(Uint8Array.from({ length: 150 }, (_, at) => at));
for (const max_packet of [64, 153, 152]) {
  add(good, `frames/described-in-${max_packet}`, "frames of a clear message", { type: frameType.described, message: long, max_packet });
}
const cut = strings(run("frames of a clear message", { type: frameType.described, message: long, max_packet: 64 }).packets);
add(good, "frames/joined", "clear message of frames", { packets: cut, limit: 16384 });
add(good, "frames/begun-anew-by-another-type", "clear message of frames", { packets: [cut[0] ?? "", "1000020102", ...cut], limit: 16384 });
add(bad, "frames/above-the-limit", "clear message of frames", { packets: cut, limit: 149 }, "one octet more than the reader takes");
add(bad, "frames/part-that-adds-nothing", "clear message of frames", { packets: ["820000"], limit: 16384 }, "an endless message of empty parts");
add(bad, "frames/too-large", "frames of a clear message", { type: frameType.described, message: all(1, 16385), max_packet: 64 }, "16385 octets");

// §5, §6: handshakes and what follows
const ping = String(run("message", { tag: "Ping", value: { Id: 1 } }).octets);
const state = String(run("message", { tag: "State", value: { Sequence: 3, Values: [{ Name: "on", Value: true }], Cause: "switch" } }).octets);
const base: Fields = {
  curve: "X25519",
  medium: "mqtt",
  mode: "linked",
  id: "MDEV",
  hub: all(1),
  device: all(2),
  hub_ephemeral: all(3),
  device_ephemeral: all(4),
  psk: all(5),
  HubUdf: "MHUB",
  DealEpoch: 1,
  max_packet: 8192,
};
const x448: Fields = { curve: "X448", hub: all(1, 56), device: all(2, 56), hub_ephemeral: all(3, 56), device_ephemeral: all(4, 56) };
const traffic: Fields = { from_hub: [ping, long], from_device: [state, ""] };
const shapes: readonly (readonly [string, Fields])[] = [
  ["linked-mqtt", {}],
  ["onboard-tcp", { mode: "onboard", medium: "tcp", id: "MPUB", psk: all(6), max_packet: 16384 }],
  ["linked-ble-64", { medium: "ble", max_packet: 64 }],
  ["linked-448", { ...x448, medium: "tcp" }],
  ["onboard-448-ble-182", { ...x448, mode: "onboard", medium: "ble", max_packet: 182 }],
];
for (const [id, changes] of shapes) add(good, `handshake/${id}`, "handshake", { ...base, ...changes, ...traffic });
const whole = run("handshake", { ...base, ...traffic });
const [first = ""] = strings(whole.handshake_1);
const [second = ""] = strings(whole.handshake_2);
add(good, "handshake/device-reads", "handshake read by the device", { ...base, handshake_1: [first] });
add(good, "handshake/hub-reads", "handshake read by the hub", { ...base, handshake_2: [second] });

const toDevice = (id: string, about: string, changes: Fields, packet = first): void =>
  add(bad, `handshake-1/${id}`, "handshake read by the device", { ...base, ...changes, handshake_1: [packet] }, about);
toDevice("other-device", "sealed to another static key", { device: all(9) });
toDevice("other-medium", "made for another medium", { medium: "tcp" });
toDevice("other-name", "made for another device's name", { id: "MDEW" });
toDevice("other-mode", "the mode octet says linked, the device is asked in mode onboard", { mode: "onboard" });
toDevice("mode-two", "no such mode", {}, relength(concat(hex(first).subarray(0, 3), Uint8Array.of(2), hex(first).subarray(4))));
toDevice("flipped-ephemeral", "a bit of the ephemeral key differs", {}, flip(first, 4));
toDevice("flipped-static", "a bit of the sealed static key differs", {}, flip(first, 40));
toDevice("flipped-select", "a bit of the sealed Select differs", {}, flip(first, -20));
toDevice("flipped-tag", "a bit of the last tag differs", {}, flip(first, -1));
toDevice("cut", "the last octet is missing", {}, relength(hex(first).subarray(0, -1)));
toDevice("ephemeral-only", "ends after the ephemeral key", {}, relength(hex(first).subarray(0, 36)));
/** handshake-1 as somebody makes it who puts a point of small order in the place of an ephemeral key: all else is right. */
function smallOrder(point: Uint8Array): string {
  const suite = parseSuite("Noise_IKpsk2_25519_ChaChaPoly_SHA512");
  const [hub, device] = [privateKeyFromSeed("X25519", hex(all(1))), privateKeyFromSeed("X25519", hex(all(2)))];
  const state = new SymmetricState(suite);
  state.mixHash(linkPrologue({ medium: "mqtt", mode: "linked", id: "MDEV" }));
  state.mixHash(device.public.octets);
  state.mixHash(point);
  state.mixKey(point);
  state.mixKey(new Uint8Array(32));
  const sealedStatic = state.encryptAndHash(hub.public.octets);
  state.mixKey(hub.agree(device.public));
  const payload = state.encryptAndHash(encodeObjectB(Select, { HubUdf: "MHUB", DealEpoch: 1 }));
  const [frame = new Uint8Array()] = clearFrames(frameType.handshake1, concat(Uint8Array.of(1), point, sealedStatic, payload), 8192);
  return toHex(frame);
}
for (const [id, point] of [
  ["zero", "00".repeat(32)],
  ["one", `01${"00".repeat(31)}`],
  ["eight", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
] as const) {
  toDevice(`small-order-${id}`, "the ephemeral is a point of small order, all else is right: the agreement is zero", {}, smallOrder(hex(point)));
}
const toHub = (id: string, about: string, changes: Fields, packet = second): void =>
  add(bad, `handshake-2/${id}`, "handshake read by the hub", { ...base, ...changes, handshake_2: [packet] }, about);
toHub("other-psk", "the device used another psk", { psk: all(10) });
toHub("other-session", "the answer to another handshake-1", { hub_ephemeral: all(11) });
toHub("flipped-ephemeral", "a bit of the ephemeral key differs", {}, flip(second, 3));
toHub("flipped-tag", "a bit of the tag differs", {}, flip(second, -1));
toHub("cut", "the last octet is missing", {}, relength(hex(second).subarray(0, -1)));
toHub("payload", "octets after the tag", {}, relength(concat(hex(second), Uint8Array.of(0))));

const [confirm = ""] = strings(whole.confirm);
const [[one = ""] = [], [two = ""] = []] = whole.from_hub as unknown as string[][];
const fromDevice = (whole.from_device as unknown as string[][])[0]?.[0] ?? "";
const receive = (list: Vector[], id: string, packets: readonly string[], about: string, changes: Fields = {}): void =>
  add(list, `transport/${id}`, "transport received", { ...base, ...changes, packets }, about);
const inOrder = "results: a message in hex, null for what is dropped or waits for more, or an error that ends the session";
receive(good, "in-order", [confirm, one, two], inOrder);
receive(good, "duplicates", [confirm, confirm, one, confirm, one, two], "duplicates of any age are dropped");
receive(good, "before-the-first", [two, one, confirm, one], "until the first frame, other counters belong to the session before");
const small = run("handshake", { ...base, medium: "ble", max_packet: 64, ...traffic });
const parts = (small.from_hub as unknown as string[][])[1] ?? [];
const smallOne = (small.from_hub as unknown as string[][])[0]?.[0] ?? "";
const smallBase: Fields = { medium: "ble", max_packet: 64 };
receive(good, "parts", [strings(small.confirm)[0] ?? "", smallOne, ...parts], "a message in parts", smallBase);
receive(bad, "gap", [confirm, two], "a frame is missing: ERR_LINK");
receive(bad, "gap-in-parts", [strings(small.confirm)[0] ?? "", smallOne, parts[0] ?? "", parts[2] ?? ""], "a part is missing", smallBase);
receive(bad, "reordered", [confirm, two, one], "two frames changed places");
receive(bad, "flipped-counter", [confirm, toHex(withCounter(hex(one), (counter) => counter + 1n))], "the counter says 2 where 1 is due");
receive(bad, "counter-moved", [confirm, one, toHex(withCounter(hex(one), () => 2n))], "an old frame under the next counter: the tag fails");
receive(bad, "flipped-ciphertext", [confirm, flip(one, 12)], "a bit of the ciphertext differs");
receive(bad, "flipped-tag", [confirm, flip(one, -1)], "a bit of the tag differs");
receive(bad, "cut", [confirm, relength(hex(one).subarray(0, -1))], "the last octet is missing");
receive(bad, "no-tag", [confirm, relength(hex(one).subarray(0, 11))], "nothing after the counter");
receive(bad, "reflected", [confirm, toHex(withCounter(hex(fromDevice), () => 1n))], "the device's own frame is sent back to it");
receive(bad, "other-session", [confirm, one], "frames of another session: the first is not opened, so no session begins", { device_ephemeral: all(12) });
receive(bad, "counter-above-the-end", [confirm, toHex(withCounter(hex(one), () => 2n ** 20n))], "a counter of 2^20");

// §7: verbs
const values = [{ Name: "on", Value: true }, { Name: "brightness", Value: 40 }, { Name: "label", Value: "café" }];
const messages: readonly (readonly [string, Fields])[] = [
  ["Describe", { Id: 1 }],
  ["Contribution", { Id: 1, Contribution: { hex: "010203" } }],
  ["Deliver", { Id: 2, Sealed: { hex: all(0x5e, 300) } }],
  ["Accepted", { Id: 1, Accept: { hex: "7b" } }],
  ["State", { Sequence: 1, Values: [], Cause: "start" }],
  ["State", { Id: 2147483648, Sequence: 70000, Values: values, Cause: "switch" }],
  ["Command", { Id: 3, Command: "set", Arguments: [{ Name: "brightness", Value: -1 }] }],
  ["Command", { Id: 4, MessageId: "NAAA-BBBB", Command: "off", Arguments: [] }],
  ["Ping", { Id: 5 }],
  ["Reset", { Id: 6 }],
  ["Reset", { Id: 6, Sealed: { hex: "aa" } }],
  ["Release", { Id: 7, Sealed: { hex: "bb" } }],
  ["Provision", { Id: 8, Ssid: "home", Password: "secret" }],
  ["Challenge", { Id: 9, Seconds: 30 }],
  ["Nonce", { Id: 9, Nonce: { hex: all(0x17, 16) }, Seconds: 30 }],
  ["Delegate", { Id: 10, Delegation: { hex: all(0x5d, 300) } }],
  ["Order", { Id: 11, Sealed: { hex: all(0x5e, 300) } }],
  ["Report", { Id: 12 }],
  ["Report", { Id: 12, Nonce: { hex: all(0x17, 16) } }],
  ["Agree", { Id: 1, Ephemeral: { hex: all(0x0e) } }],
  ["Agreed", { Id: 1, Share: { hex: all(0x0f) } }],
  ["Sign", { Id: 2, Body: { hex: all(0x7b, 200) } }],
  ["Commitment", { Id: 2, Commitment: { hex: all(0x0c) } }],
  ["Signature", { Id: 3, Commitment: { hex: all(0x0c) }, R: { hex: all(0x0d) }, Share: { hex: all(1) } }],
  ["Result", { Id: 5, Result: "Accept", State: { Sequence: 2, Values: values } }],
  ["Result", { Id: 6, Result: "Reject", ErrorReport: "not here" }],
  ["Result", { Id: 7, Result: "Pending" }],
  ["Result", { Id: 8, Result: "Expired" }],
  ["Result", { Id: 9, Result: "Reject", ErrorReport: "the device is locked to another owner", ErrorCode: "ERR_OWNED" }],
  ["Challenge", { Id: 10, Seconds: 10, For: 3 }],
];
for (const [index, [tag, value]] of messages.entries()) add(good, `message/${index + 1}-${tag}`, "message", { tag, value });
const json = (value: string): string => toHex(utf8(value));
for (const [id, source, about] of [
  ["unknown-member", json('{"Ping":{"Id":1,"Colour":"red"}}'), "members that a reader does not know are ignored; text JSON is read, too"],
  ["unknown-verb", json('{"Dance":{"Id":9}}'), "answered with Reject"],
  ["unknown-verb-without-id", json('{"Dance":{}}'), "ignored"],
  ["unknown-cause-free", json('{"State":{"Sequence":1,"Values":[{"Name":"x","Value":1.5}]}}'), "a number with a fraction"],
] as const) {
  add(good, `message-read/${id}`, "message read", { octets: source }, about);
}
for (const [id, source, about] of [
  ["empty", "", "no octets (inside the link an empty message is nothing, and not decoded)"],
  ["cut", ping.slice(0, -2), "ends within the object"],
  ["trailing", `${ping}00`, "an octet after the object"],
  ["two-tags", json('{"Ping":{"Id":1},"Pong":{"Id":1}}'), "two type tags"],
  ["no-object", json('{"Ping":1}'), "the body is not an object"],
  ["no-id", json('{"Ping":{}}'), "the Id is missing"],
  ["id-text", json('{"Ping":{"Id":"1"}}'), "the Id is text"],
  ["unknown-result", json('{"Result":{"Id":1,"Result":"Maybe"}}'), "no such Result"],
  ["agree-without-point", json('{"Agree":{"Id":1}}'), "the point is missing"],
  ["order-as-number", json('{"Order":{"Id":1,"Sealed":5}}'), "the order is no data"],
  ["nonce-without-seconds", json('{"Nonce":{"Id":1,"Nonce":"AAAA"}}'), "how long it counts is missing"],
  ["unknown-cause", json('{"State":{"Sequence":1,"Values":[],"Cause":"weather"}}'), "no such Cause"],
  ["same-member-twice", json('{"Ping":{"Id":1,"Id":2}}'), "a member stands twice"],
  ["same-member-twice-in-octets", "7b800450696e677b80024964a00180024964a0017d7d", "the same in JSON-B, with the same value both times"],
  ["same-member-twice-inside", json('{"Ping":{"Id":1,"Unknown":[{"a":1,"b":{},"a":2}]}}'), "in an object that nobody knows"],
  ["same-tag-twice", json('{"Ping":{"Id":1},"Ping":{"Id":1}}'), "the type tag stands twice"],
  ["invalid-utf-8", "7b8004ff696e677b80024964a0017d7d", "the tag is not UTF-8"],
  ["length-beyond-the-end", "7b80ff50696e67", "a text longer than the message"],
  ["deep", "5b".repeat(100), "a hundred lists in each other"],
  ["no-letter", "7b800450696e677b80024964a00180017800756c6c7d7d", "a member is an octet 00 and the rest of null"],
] as const) {
  add(bad, `message-read/${id}`, "message read", { octets: source }, about);
}

// §7.1: keys in two parts
const part = (value: number): PrivateKey => privateKeyFromScalar("Ed25519", hex(`${all(value, 1)}${"00".repeat(31)}`));
const [deviceShare, hubShare, hubNonce, deviceNonce, ephemeral] = [part(21), part(22), part(23), part(24), part(25)];
const composite = addPublic(deviceShare.public, hubShare.public);
const scalar = (key: PrivateKey): string => toHex(key.export().Private);
const point = (key: PrivateKey): string => toHex(key.public.octets);
const hubAgrees: Fields = { share: scalar(hubShare), ephemeral: point(ephemeral) };
const deviceAgrees: Fields = { share: scalar(deviceShare), ephemeral: point(ephemeral) };
add(good, "agree/hub", "agreement part", hubAgrees, "what the hub answers to Agree");
add(good, "agree/device", "agreement part", deviceAgrees, "what the device computes itself, and tells nobody");
// E and a point of order 8: the same parts come out.
add(good, "agree/torsion", "agreement part", { ...hubAgrees, ephemeral: "dcc0e6af6c279cb4856e4cb6961f5bbe2a0e557cb91477acf1c2baada36cecfa" }, "a part of small order disappears");
const [ofHub, ofDevice] = [String(run("agreement part", hubAgrees).Share), String(run("agreement part", deviceAgrees).Share)];
add(good, "agree/both", "agreement of both", { part: ofHub, own_part: ofDevice }, "the secret that a sender has who knows the whole public key alone");
/** Points of order 8, 4, 2 and 1, and octets that are no point. */
const badPoints = [
  ["identity", `01${"00".repeat(31)}`, "the identity"],
  ["order-2", `ec${"ff".repeat(30)}7f`, "a point of order 2"],
  ["order-4", "00".repeat(32), "a point of order 4"],
  ["order-8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "a point of order 8"],
  ["no-point", `02${"00".repeat(31)}`, "no x belongs to this y"],
  ["short", all(9, 31), "31 octets"],
  ["long", all(9, 33), "33 octets"],
  ["other-curve", all(5, 57), "as long as a point of Ed448"],
] as const;
for (const [id, octets, about] of badPoints) {
  add(bad, `agree/ephemeral-${id}`, "agreement part", { ...hubAgrees, ephemeral: octets }, about);
  add(bad, `agree/answer-${id}`, "agreement of both", { part: octets, own_part: ofDevice }, `the hub's answer is ${about}`);
}
add(bad, "agree/cancels", "agreement of both", { part: toHex(hex(ofDevice).map((octet, at) => (at === 31 ? octet ^ 0x80 : octet))), own_part: ofDevice }, "the hub answers the negative of the device's part: the sum is the identity");
const body = toHex(utf8('{"DeviceReport":{}}'));
const key = toHex(composite.octets);
const deviceSigns: Fields = { key, body, commitment: point(hubNonce), share: scalar(deviceShare), nonce: scalar(deviceNonce) };
add(good, "sign/device", "signature part", deviceSigns, "what the device answers to Commitment; its nonce is drawn anew each time");
const signedPart = run("signature part", deviceSigns);
const both: Fields = { key, body, share: scalar(hubShare), nonce: scalar(hubNonce), R: signedPart.R ?? "", device_share: signedPart.Share ?? "" };
add(good, "sign/both", "signature of both", both, "an ordinary Ed25519ctx signature over SHA-512(body)");
for (const [id, octets, about] of badPoints) {
  add(bad, `sign/commitment-${id}`, "signature part", { ...deviceSigns, commitment: octets }, `the hub's commitment is ${about}`);
}
const unfinished = (id: string, about: string, changes: Fields): void => add(bad, `sign/${id}`, "signature of both", { ...both, ...changes }, about);
unfinished("other-deal", "the hub's share is of another deal", { share: scalar(part(26)) });
unfinished("other-session", "the hub's nonce is of another session", { nonce: scalar(part(27)) });
unfinished("other-body", "the device signed something else", { body: toHex(utf8('{"DeviceReport":{"Sequence":1}}')) });
unfinished("flipped-share", "a bit of the device's part differs", { device_share: flip(String(signedPart.Share), 0) });
unfinished("share-above-order", "the device's part is the group order", {
  device_share: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
});
unfinished("replayed-part", "R of another run with this part", { R: String(run("signature part", { ...deviceSigns, nonce: scalar(part(28)) }).R) });

// §9: what the owner seals
const sealed: Fields = { kind: "RespondDevice", DeviceUdf: "MDEV", HubUdf: "MHUB", DealEpoch: 1, recipient: all(2) };
add(good, "seal/made", "seal", { ...sealed, ephemeral: all(13), plaintext: json("what the owner signed") });
const octets = String(run("seal", { ...sealed, ephemeral: all(13), plaintext: json("what the owner signed") }).sealed);
add(good, "seal/opened", "seal opened", { ...sealed, sealed: octets });
const unsealed = (id: string, about: string, changes: Fields): void => add(bad, `seal/${id}`, "seal opened", { ...sealed, sealed: octets, ...changes }, about);
unsealed("other-recipient", "sealed to another link key", { recipient: all(9) });
unsealed("other-kind", "sealed as another kind of order", { kind: "ReleaseDevice" });
unsealed("other-device", "sealed for another device", { DeviceUdf: "MDEW" });
unsealed("other-hub", "sealed for another hub", { HubUdf: "MHUC" });
unsealed("other-epoch", "sealed for another deal", { DealEpoch: 2 });
unsealed("names-run-together", "the same octets in other fields: lengths keep them apart", { DeviceUdf: "MDEVM", HubUdf: "HUB" });
unsealed("flipped", "a bit of the ciphertext differs", { sealed: flip(octets, 40) });
unsealed("cut", "the last octet is missing", { sealed: octets.slice(0, -2) });
unsealed("ephemeral-only", "nothing after the ephemeral key", { sealed: octets.slice(0, 64) });
unsealed("small-order", "the ephemeral is zero", { sealed: "00".repeat(32) + octets.slice(64) });
add(good, "mac/owner-authenticate", "owner authenticate", {
  Kd: all(0x21),
  AccountAddress: "alice@example.com",
  AccountUdf: "MACC",
  administrator_fingerprint: all(0x22, 64),
});
add(good, "mac/accept", "accept mac", { LinkRoot: all(0x11), DeviceUdf: "MDEV", AccountUdf: "MACC", HubUdf: "MHUB", DealEpoch: 1, ConnectionDigest: all(0x23, 64) });

add(good, "object/device-keys", "device keys", { PrivateKeyUDF: newSeed({ bytes: (length) => new Uint8Array(length).fill(0x31) }, seedSpecifier.device) });
const signer = privateKeyFromSeed("Ed25519", new Uint8Array(32).fill(14)).public;
add(good, "object/fingerprint-x25519", "key fingerprint", { curve: "X25519", public: String(run("handshake", { ...base, ...traffic }).device_public) });
// Found by trying: its digest ends with twenty zero bits, which one key in a million has.
add(good, "object/fingerprint-with-zeros", "key fingerprint", { curve: "X25519", public: "37a1100000000000000000000000000000000000000000000000000000000000" });
add(good, "object/fingerprint-ed25519", "key fingerprint", { curve: "Ed25519", public: toHex(signer.octets) });
const contributed: Fields = {
  encryption_scalar: `05${"00".repeat(31)}`,
  signature_scalar: `06${"00".repeat(31)}`,
  link: all(2),
  DealEpoch: 0,
  Presence: false,
  base_signature: all(14),
};
add(good, "object/contribution", "contribution", contributed);
const envelope = String(run("contribution", contributed).octets);
add(good, "object/envelope", "signed envelope", { octets: envelope, signer: toHex(signer.octets) });
const unsigned = (id: string, why: string, octets: string, key = toHex(signer.octets)): void =>
  add(bad, `object/${id}`, "signed envelope", { octets, signer: key }, why);
unsigned("envelope-other-signer", "signed by a key that is not trusted", envelope, toHex(privateKeyFromSeed("Ed25519", new Uint8Array(32).fill(15)).public.octets));
unsigned("envelope-changed-body", "Presence is true in the body, the signature is for false", envelope.replace("50726573656e6365b1", "50726573656e6365b0"));
const unsignedTrailer = envelope.replace(/7b227369676e617475726573.*$/, "7b7d5d");
unsigned("envelope-unsigned", "no signature at all", unsignedTrailer);
const signature = /"signature":"(.)/.exec(Buffer.from(envelope, "hex").toString("latin1"));
const place = signature === null ? 0 : (signature.index + signature[0].length - 1) * 2;
unsigned("envelope-flipped-signature", "a bit of the signature differs", flip(envelope, place / 2));
unsigned("envelope-cut", "the last octet is missing", envelope.slice(0, -2));

// §9.3: a RespondDevice and all that is checked of it
add(good, "delivery/first", "delivery", delivery());
add(good, "delivery/pinned", "delivery", delivery({ known: owned }), "of the owner who is pinned: who knows the code is not asked");
add(good, "delivery/dealt-again", "delivery", delivery({ known: { ...owned, LinkRoot: all(0x11) } }));
const wrong: readonly (readonly [id: string, about: string, change: Change])[] = [
  ["other-code", "made by somebody who does not know the code", { known: { Kd: all(0x22) } }],
  ["other-signer", "signed by another key than the one inside", { signer: other }],
  ["other-owner", "the device has another owner", { known: ownedByOther }],
  ["other-pinned-key", "the owner's name, and another key than the pinned one", { known: { ...owned, administrator: String(ownedByOther.administrator) } }],
  ["other-device", "for another device", { respond: (respond) => ({ ...respond, DeviceUdf: respond.HubUdf }) }],
  ["other-hub", "for another hub than the one of the session", { respond: (respond) => ({ ...respond, HubUdf: respond.DeviceUdf }) }],
  ["old-epoch", "its epoch is the stored one", { respond: (respond) => ({ ...respond, DealEpoch: 3 }) }],
  ["other-link-root", "another LinkRoot than the one in force, without NewAdministrator", { known: { ...owned, LinkRoot: all(0x12) } }],
  ["connections-other-signer", "the connections are signed by another key", { connectionSigner: other }],
  ["connection-other-subject", "ConnectionDevice is of another device", { device: (device) => ({ ...device, Subject: other.public.udf }) }],
  ["connection-other-account", "ConnectionDevice is of another account", { device: (device) => ({ ...device, Authority: other.public.udf }) }],
  ["connection-other-link", "the fresh link key is not in Link", { device: (device) => ({ ...device, Link: [keyDataOf(otherLink)] }) }],
  ["hub-other-subject", "ConnectionHub is of another hub", { hub: (hub) => ({ ...hub, Subject: other.public.udf }) }],
  ["hub-other-account", "ConnectionHub is of another account", { hub: (hub) => ({ ...hub, Authority: other.public.udf }) }],
  ["hub-other-epoch", "ConnectionHub is of another deal", { hub: (hub) => ({ ...hub, DealEpoch: 5 }) }],
  ["hub-other-device", "the device is not in ConnectionHub", { hub: (hub) => ({ ...hub, DeviceUdf: [other.public.udf] }) }],
  ["hub-other-key", "none of LinkKeys is the static key of the session", { hub: (hub) => ({ ...hub, LinkKeys: [keyDataOf(otherLink)] }) }],
  ["other-share", "a share that does not give the part", { respond: (respond) => ({ ...respond, EncryptShare: respond.SignatureShare }) }],
  ["part-is-all", "the part is the whole key: the hub's would be nothing", { device: (device) => ({ ...device, Encryption: keyDataOf(partOf("encryption")) }) }],
  ["whole-inside", "the shares of both stand inside as one number", { respond: (respond) => ({ ...respond, LinkRoot: activation }) }],
];
for (const [id, about, change] of wrong) add(bad, `delivery/${id}`, "delivery", delivery(change), about);

const about =
  "Vectors of docs/device-link.md, section by section. Octets in hex. Made by generate.ts from the fixed keys that stand in the inputs (private keys and ephemerals are 32 or 56 equal octets).";

function file(name: string, vectors: readonly Vector[], fails: boolean): readonly [string, string] {
  const entries = vectors.map(({ id, kind, about: why, input }) => {
    const expected = run(kind, input);
    const failed = JSON.stringify(expected).includes('"error"') || isRefused(expected) || "refused" in expected || expected.matches === false || isSilent(expected);
    if (failed !== fails) throw new Error(`${id} was to ${fails ? "fail" : "pass"}: ${JSON.stringify(expected)}`);
    return { id, kind, ...(why === undefined ? {} : { about: why }), input, expected };
  });
  return [name, `${JSON.stringify({ format: "mesh-hub-device-link/1", about, vectors: entries }, null, 1)}\n`];
}

/** The last block of a line was passed over. */
const isRefused = (expected: Fields): boolean => Array.isArray(expected.results) && JSON.stringify(expected.results.at(-1)).includes('"refused"');

/** No frame was opened: the session never began. */
const isSilent = (expected: Fields): boolean =>
  Array.isArray(expected.results) && expected.results.length > 0 && expected.results.every((result) => result === null);

const files = [file("good.json", good, false), file("must-fail.json", bad, true)];
for (const [name, content] of files) {
  const path = join(import.meta.dirname, name);
  if (!process.argv.includes("--check")) writeFileSync(path, content);
  else if (readFileSync(path, "utf8") !== content) {
    console.error(`${name} differs from what the code makes`);
    process.exitCode = 1;
  }
}
