/**
 * Malformed, oversized and partial MQTT packets, one table for each packet type (MQTT 3.1.1 §3). Every one of them has to end its connection
 * without an effect: no answer, no message passed on, nothing retained or remembered, and other clients are served as before.
 */

import { concat, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import type { MeshBroker } from "../../../src/transport/mqtt/broker/broker.ts";
import { checkPacket } from "../../../src/transport/mqtt/guard/packet-check.ts";
import { PacketGate } from "../../../src/transport/mqtt/guard/packet-gate.ts";
import { assert, describe } from "../../harness/suite.ts";
import { connectPacket, newTag, packet, publishPacket, RawClient, startBroker } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";

type Row = readonly [what: string, octets: Uint8Array];

const text = (value: string | Uint8Array) => {
  const octets = typeof value === "string" ? utf8(value) : value;
  return concat(uintBytes(octets.length, 2), octets);
};
const id = uintBytes(7, 2);
const none = new Uint8Array();
const tag = newTag();
const up = `mesh/${tag}/up`;
const down = `mesh/${tag}/down`;

/** CONNECT with any part replaced. */
function connect(parts: { name?: Uint8Array; level?: number; flags?: number; fields?: Uint8Array; head?: number } = {}): Uint8Array {
  const { name = text("MQTT"), level = 4, flags = 2, fields = text(tag), head = 0x10 } = parts;
  return packet(head, concat(name, Uint8Array.of(level, flags, 0, 60), fields));
}

/** Texts that are not allowed anywhere in a packet. */
const badTexts: readonly (readonly [string, Uint8Array])[] = [
  ["a NUL", Uint8Array.of(0x61, 0, 0x62)],
  ["a lone continuation octet", Uint8Array.of(0x61, 0x80)],
  ["an overlong slash", Uint8Array.of(0xc0, 0xaf)],
  ["a surrogate", Uint8Array.of(0xed, 0xa0, 0x80)],
  ["a code point above U+10FFFF", Uint8Array.of(0xf4, 0x90, 0x80, 0x80)],
  ["a character cut short", Uint8Array.of(0xe2, 0x82)],
  ["a control character", Uint8Array.of(0x61, 0x1b, 0x5b)],
  ["U+FFFF", Uint8Array.of(0xef, 0xbf, 0xbf)],
];

const connects: readonly Row[] = [
  ["empty", packet(0x10, none)],
  ["protocol name only", packet(0x10, text("MQTT"))],
  ["another protocol name", connect({ name: text("MQTX") })],
  ["a NUL in the protocol name", connect({ name: text("MQ\0T") })],
  ["protocol name longer than the packet", packet(0x10, concat(Uint8Array.of(0xff, 0xff), utf8("MQTT")))],
  ["reserved flag set", connect({ flags: 3 })],
  ["reserved bits in the first octet", connect({ head: 0x11 })],
  ["will of quality 3", connect({ flags: 2 | 4 | 24, fields: concat(text(tag), text("a"), text("b")) })],
  ["will retained without a will", connect({ flags: 2 | 32 })],
  ["will quality without a will", connect({ flags: 2 | 8 })],
  ["password without a user name", connect({ flags: 2 | 64, fields: concat(text(tag), text("x")) })],
  ["session without a client id, and octets after it", connect({ flags: 0, fields: concat(text(""), text("x")) })],
  ["user name promised, not there", connect({ flags: 2 | 128 })],
  ["password promised, not there", connect({ flags: 2 | 192, fields: concat(text(tag), text("linked")) })],
  ["will promised, not there", connect({ flags: 2 | 4 })],
  ["will topic with a wildcard", connect({ flags: 2 | 4, fields: concat(text(tag), text("a/#"), text("b")) })],
  ["will topic empty", connect({ flags: 2 | 4, fields: concat(text(tag), text(""), text("b")) })],
  ["client id longer than the packet", connect({ fields: concat(uintBytes(200, 2), utf8(tag)) })],
  ["octets after the last field", connect({ fields: concat(text(tag), utf8("more")) })],
  ["properties of MQTT 5", connect({ fields: concat(Uint8Array.of(0), text(tag)) })],
  ...badTexts.flatMap(([what, octets]): Row[] => [
    [`${what} in the client id`, connect({ fields: text(octets) })],
    [`${what} in the user name`, connect({ flags: 2 | 128, fields: concat(text(tag), text(octets)) })],
    [`${what} in the will topic`, connect({ flags: 2 | 4, fields: concat(text(tag), text(octets), text("b")) })],
  ]),
  ["a packet type before it", publishPacket({ topic: up })],
  ["PINGREQ before it", packet(0xc0, none)],
  ["length in five octets", Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80, 0x01)],
  ["length of 256 MB", Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f)],
  ["length one above the limit", concat(Uint8Array.of(0x10), Uint8Array.of(0x81, 0x80, 0x01))],
];

const publishes: readonly Row[] = [
  ["empty", packet(0x30, none)],
  ["one octet", packet(0x30, Uint8Array.of(0))],
  ["topic longer than the packet", packet(0x30, Uint8Array.of(0, 200, 0x61))],
  ["empty topic", packet(0x30, concat(text(""), utf8("x")))],
  ["quality 3", packet(0x36, concat(text(up), id, utf8("x")))],
  ["duplicate at quality 0", packet(0x38, concat(text(up), utf8("x")))],
  ["no packet identifier", packet(0x32, text(up))],
  ["packet identifier 0", publishPacket({ topic: up, qos: 1, messageId: 0 })],
  ["packet identifier 0 at quality 2", publishPacket({ topic: up, qos: 2, messageId: 0 })],
  ["+ in the topic", publishPacket({ topic: "mesh/+/up", qos: 1 })],
  ["# in the topic", publishPacket({ topic: "mesh/#", qos: 1 })],
  ["# at the end of a level", publishPacket({ topic: `${up}#`, qos: 1 })],
  ["a topic of 5000 levels", publishPacket({ topic: "a/".repeat(5000), qos: 1 })],
  ["a topic of 17 levels", publishPacket({ topic: `${"a/".repeat(16)}a`, qos: 1 })],
  ["a topic of slashes", publishPacket({ topic: "/".repeat(200), qos: 1 })],
  ["length above the limit", concat(Uint8Array.of(0x30, 0x81, 0x80, 0x01), new Uint8Array(100))],
  ["length of 256 MB", Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)],
  ...badTexts.map(([what, octets]): Row => [`${what} in the topic`, packet(0x32, concat(text(octets), id, utf8("x")))]),
];

const subscribes: readonly Row[] = [
  ["empty", packet(0x82, none)],
  ["identifier only", packet(0x82, id)],
  ["identifier 0", packet(0x82, concat(uintBytes(0, 2), text(down), Uint8Array.of(1)))],
  ["reserved flags 0", packet(0x80, concat(id, text(down), Uint8Array.of(1)))],
  ["reserved flags 15", packet(0x8f, concat(id, text(down), Uint8Array.of(1)))],
  ["no quality", packet(0x82, concat(id, text(down)))],
  ["quality 3", packet(0x82, concat(id, text(down), Uint8Array.of(3)))],
  ["reserved bits of the quality", packet(0x82, concat(id, text(down), Uint8Array.of(0x81)))],
  ["options of MQTT 5", packet(0x82, concat(id, text(down), Uint8Array.of(0x05)))],
  ["empty filter", packet(0x82, concat(id, text(""), Uint8Array.of(1)))],
  ["filter longer than the packet", packet(0x82, concat(id, Uint8Array.of(1, 0), utf8(down), Uint8Array.of(1)))],
  ["# in the middle", packet(0x82, concat(id, text("mesh/#/down"), Uint8Array.of(1)))],
  ["# not alone", packet(0x82, concat(id, text("mesh/a#"), Uint8Array.of(1)))],
  ["+ not alone", packet(0x82, concat(id, text("mesh/a+/down"), Uint8Array.of(1)))],
  ["+ before a letter", packet(0x82, concat(id, text("+a"), Uint8Array.of(1)))],
  ["a good filter, then half of one", packet(0x82, concat(id, text(down), Uint8Array.of(1), Uint8Array.of(0)))],
  ["a filter of 5000 levels", packet(0x82, concat(id, text("+/".repeat(5000)), Uint8Array.of(1)))],
  ...badTexts.map(([what, octets]): Row => [`${what} in the filter`, packet(0x82, concat(id, text(octets), Uint8Array.of(1)))]),
];

const unsubscribes: readonly Row[] = [
  ["empty", packet(0xa2, none)],
  ["identifier only", packet(0xa2, id)],
  ["identifier 0", packet(0xa2, concat(uintBytes(0, 2), text(down)))],
  ["reserved flags 0", packet(0xa0, concat(id, text(down)))],
  ["empty filter", packet(0xa2, concat(id, text("")))],
  ["filter longer than the packet", packet(0xa2, concat(id, Uint8Array.of(0, 99), utf8(down)))],
  ["+ not alone", packet(0xa2, concat(id, text("a+/b")))],
  ["octets after the last filter", packet(0xa2, concat(id, text(down), Uint8Array.of(9)))],
  ...badTexts.map(([what, octets]): Row => [`${what} in the filter`, packet(0xa2, concat(id, text(octets)))]),
];

const acknowledgements: readonly Row[] = [
  ["PUBACK", 0x40],
  ["PUBREC", 0x50],
  ["PUBREL", 0x62],
  ["PUBCOMP", 0x70],
].flatMap(([name, head]): Row[] => [
  [`${name} empty`, packet(Number(head), none)],
  [`${name} of one octet`, packet(Number(head), Uint8Array.of(1))],
  [`${name} of three octets`, packet(Number(head), Uint8Array.of(0, 7, 0))],
  [`${name} of identifier 0`, packet(Number(head), uintBytes(0, 2))],
  [`${name} with reserved flags`, packet(Number(head) ^ 2, id)],
]);

const others: readonly Row[] = [
  ["type 0", packet(0x00, none)],
  ["type 15, AUTH of MQTT 5", packet(0xf0, none)],
  ["CONNACK, which only a server sends", packet(0x20, Uint8Array.of(0, 0))],
  ["SUBACK, which only a server sends", packet(0x90, concat(id, Uint8Array.of(1)))],
  ["UNSUBACK, which only a server sends", packet(0xb0, id)],
  ["PINGRESP, which only a server sends", packet(0xd0, none)],
  ["PINGREQ with a body", packet(0xc0, Uint8Array.of(1))],
  ["PINGREQ with flags", packet(0xc1, none)],
  ["DISCONNECT with a reason of MQTT 5", packet(0xe0, Uint8Array.of(4))],
  ["DISCONNECT with flags", packet(0xe2, none)],
  ["a second CONNECT", connectPacket({ id: tag })],
  ["length in five octets", Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01)],
];

/** A probe by another client, and the broker's own counts: nothing was changed. */
async function stillServes(broker: MeshBroker, client: RawClient): Promise<void> {
  client.publish({ topic: `mesh/${honestTag}/up`, qos: 1 });
  assert.ok(await client.next(4), "the honest client is served");
  const { retained, sessions } = broker.status();
  assert.equal({ retained, sessions }, { retained: 0, sessions: 0 });
}

const honestTag = newTag();

/** Sends each row on a connection of its own, also octet by octet, and expects silence and the end. */
async function refusesAll(rows: readonly Row[], login: boolean): Promise<void> {
  const broker = await startBroker({ limits: { total: 1024, perNetwork: 256, rate: { everyMs: 0.001, burst: 1e6 } } });
  const { port } = broker.status();
  const honest = await RawClient.login(port, { id: honestTag, username: "linked", password: "device" });
  const heard: string[] = [];
  // The broker speaks of its clients under $SYS, inside the process only.
  broker.subscribe("#", ({ topic, from }) => from !== honestTag && !topic.startsWith("$SYS/") && heard.push(topic));
  for (const [what, octets] of rows) {
    for (const step of octets.length < 60 ? [octets.length, 1] : [octets.length]) {
      const client = new RawClient(port);
      if (login) {
        client.send(connectPacket({ id: tag }));
        assert.is((await client.next(2))?.body[1], 0, "the attacker may connect");
      }
      for (let at = 0; at < octets.length; at += step) client.send(octets.subarray(at, at + step));
      await client.whenClosed();
      assert.equal(
        client.received.map(({ type }) => type),
        [],
        `${what}: no answer`,
      );
      await eventually("broker.status().clients === 1", () => broker.status().clients === 1);
    }
  }
  assert.equal(heard, [], "nothing is passed on");
  await stillServes(broker, honest);
}

describe("attack on the broker: malformed packets", (it) => {
  it("CONNECT", () => refusesAll(connects, false));
  it("PUBLISH", () => refusesAll(publishes, true));
  it("SUBSCRIBE", () => refusesAll(subscribes, true));
  it("UNSUBSCRIBE", () => refusesAll(unsubscribes, true));
  it("PUBACK, PUBREC, PUBREL, PUBCOMP", () => refusesAll(acknowledgements, true));
  it("the other packet types", () => refusesAll(others, true));

  it("the gate sees each by itself, without the parser behind it", () => {
    // Refused for what they ask, or when.
    const wellFormed = /^(a packet type before it|PINGREQ before it|a second CONNECT|a (topic|filter) of (\d+ levels|slashes))$/;
    const passed: string[] = [];
    for (const [what, octets] of [...connects, ...publishes, ...subscribes, ...unsubscribes, ...acknowledgements, ...others]) {
      const head = octets[0] ?? 0;
      const end = octets.findIndex((octet, at) => at > 0 && octet < 0x80);
      const body = octets.subarray(end + 1);
      const length = [...octets.subarray(1, end + 1)].reduce((sum, octet, at) => sum + (octet & 0x7f) * 128 ** at, 0);
      // The others say a length that no packet may have: that is the limit's.
      if (length === body.length && checkPacket(head, body) === undefined) passed.push(what);
    }
    assert.equal(
      passed.filter((what) => !wellFormed.test(what)),
      [],
    );
  });

  it("what the standard has a return code for is told so, and served nothing", async () => {
    const { port } = (await startBroker()).status();
    const refused: readonly (readonly [what: string, octets: Uint8Array, returnCode: number])[] = [
      ...[0, 3, 5, 6, 0x84].map((level) => [`level ${level}`, connect({ level }), 1] as const),
      ["MQTT 3.1", connect({ name: text("MQIsdp"), level: 3 }), 1],
      ["a session without a client id", connect({ flags: 0, fields: text("") }), 2],
      ["the same with a login", connect({ flags: 192, fields: concat(text(""), text("user"), text("x")) }), 2],
    ];
    for (const [what, octets, returnCode] of refused) {
      const client = new RawClient(port);
      client.send(octets);
      assert.equal((await client.next(2))?.body, Uint8Array.of(0, returnCode), what);
      await client.whenClosed();
    }
  });

  it("a second CONNECT has no answer, whatever it asks", async () => {
    const { port } = (await startBroker()).status();
    for (const octets of [connect({ level: 5 }), connect({ flags: 0, fields: text("") })]) {
      const client = await RawClient.login(port, { id: tag });
      client.send(octets);
      assert.is(await client.next(2), undefined);
      await client.whenClosed();
    }
  });

  it("what is well-formed passes, at every cut", () => {
    const good: readonly Row[] = [
      ["CONNECT", connect()],
      [
        "CONNECT with everything",
        connect({ flags: 2 | 4 | 8 | 32 | 192, fields: concat(text(tag), text("will"), text("x"), text("user"), text("\0")) }),
      ],
      ["PUBLISH", publishPacket({ topic: up, qos: 1, payload: new Uint8Array(200) })],
      ["PUBLISH without payload", publishPacket({ topic: "haus/küche/💡", payload: "" })],
      ["SUBSCRIBE", packet(0x82, concat(id, text("+/a/#"), Uint8Array.of(2), text("#"), Uint8Array.of(0)))],
      ["UNSUBSCRIBE", packet(0xa2, concat(id, text("/+"), text("a//b")))],
      ["PUBREL", packet(0x62, id)],
      ["PINGREQ", packet(0xc0, none)],
    ];
    for (const [what, octets] of good) {
      for (let step = 1; step <= octets.length; step++) {
        const gate = new PacketGate();
        const passed: Uint8Array[] = [];
        for (let at = 0; at < octets.length; at += step) {
          const { octets: whole, refusal } = gate.pass(octets.slice(at, at + step));
          assert.is(refusal, undefined, what);
          if (whole !== undefined) passed.push(whole);
        }
        assert.equal(passed, [octets], `${what} in steps of ${step}`);
      }
    }
  });

  it("a packet cut short anywhere is not well-formed", () => {
    const whole = connect({ flags: 2 | 4 | 192, fields: concat(text(tag), text("will"), text("x"), text("user"), text("pass")) });
    const body = whole.subarray(2);
    assert.is(checkPacket(0x10, body), undefined);
    for (let length = 0; length < body.length; length++) assert.ok(checkPacket(0x10, body.subarray(0, length)), `${length} octets`);
  });
});
