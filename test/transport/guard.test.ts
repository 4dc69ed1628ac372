/** The small parts in front of and beside the broker: length guard, quotas, topics, hails, connection counts. */
import fc from "fast-check";
import { concat } from "../../src/base/bytes.ts";
import { ConnectionCounter } from "../../src/base/crowd/connection-counter.ts";
import { HailBook } from "../../src/transport/hail-book.ts";
import type { Hail } from "../../src/transport/medium.ts";
import { LengthGuard } from "../../src/transport/mqtt/guard/length-guard.ts";
import { filterCovers, filterMatches, hailOfTag, isDeviceTopic, tagOfUpTopic } from "../../src/transport/mqtt/topic.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";
import { packet } from "../kit/broker.ts";

describe("length guard", (it) => {
  const connect = packet(0x10, new Uint8Array(20));

  it("accepts any cutting of allowed packets and nothing beyond the limit", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }), fc.integer({ min: 1, max: 97 }), (lengths, step) => {
        const octets = concat(connect, ...lengths.map((length) => packet(0x30, new Uint8Array(length))));
        const guard = new LengthGuard({ maxPacket: 300 }, new ManualClock());
        let reason: string | undefined;
        for (let at = 0; at < octets.length && reason === undefined; at += step) reason = guard.inspect(octets.subarray(at, at + step));
        return (reason === undefined) === lengths.every((length) => length <= 300);
      }),
    );
  });

  it("ends in bounded time for any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const reason = new LengthGuard({ maxPacket: 100 }, new ManualClock()).inspect(octets);
        return octets.length === 0 || octets[0] === 0x10 || reason === "first packet is not connect";
      }),
    );
    const guard = new LengthGuard({ maxPacket: 2 ** 30 }, new ManualClock());
    assert.is(guard.inspect(Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80)), "malformed packet length");
  });

  it("counts packets and octets", () => {
    const clock = new ManualClock();
    const guard = new LengthGuard({ maxPacket: 100, packets: { perSecond: 1, burst: 2 } }, clock);
    assert.is(guard.inspect(connect), undefined);
    assert.is(guard.inspect(packet(0xc0, new Uint8Array())), undefined);
    assert.is(guard.inspect(packet(0xc0, new Uint8Array())), "packet quota exceeded");
    const octets = new LengthGuard({ maxPacket: 100, octets: { perSecond: 10, burst: 30 } }, clock);
    assert.is(octets.inspect(connect), undefined);
    assert.is(octets.inspect(new Uint8Array(9)), "octet quota exceeded");
  });
});

describe("quota", (it) => {
  it("gives each place back once", () => {
    const clock = new ManualClock();
    const counter = new ConnectionCounter({ total: 2, perNetwork: 2, rate: { everyMs: 1000, burst: 2 } }, clock);
    const leave = counter.enter("a");
    assert.type(leave, "function");
    assert.type(counter.enter("b"), "function");
    assert.is(counter.enter("c"), "too many connections");
    if (typeof leave === "function") {
      leave();
      leave();
    }
    assert.type(counter.enter("a"), "function");
    assert.is(counter.enter("a"), "too many connections");
  });
});

describe("topics", (it) => {
  it("match by MQTT 3.1.1 §4.7", () => {
    for (const [filter, topic, expected] of [
      ["a/b", "a/b", true],
      ["a/+", "a/b", true],
      ["a/+", "a/b/c", false],
      ["a/#", "a", true],
      ["a/#", "a/b/c", true],
      ["+/+", "/b", true],
      ["+", "/b", false],
      ["#", "a/b", true],
      ["#", "$SYS/x", false],
      ["+/x", "$SYS/x", false],
      ["$SYS/#", "$SYS/x", true],
      ["a/b", "a/B", false],
    ] as const) {
      assert.is(filterMatches(filter, topic), expected, `${filter} ${topic}`);
    }
  });

  it("a right covers a filter only when it covers all that the filter can match", () => {
    for (const [wide, narrow, expected] of [
      ["a/#", "a/+/c", true],
      ["a/+", "a/#", false],
      ["a/b", "a/+", false],
      ["+/b", "a/b", true],
      ["#", "#", true],
      ["#", "$SYS/#", false],
      ["a/+", "a/+", true],
      ["a/+/#", "a/#", false],
    ] as const) {
      assert.is(filterCovers(wide, narrow), expected, `${wide} ${narrow}`);
    }
  });

  it("knows the topics of the device link", () => {
    const tag = "0123456789abcdef01234567";
    assert.equal(["mesh/hail", `mesh/hail/${tag}`, "mesh/x/up", `mesh/${tag}/down`].map(isDeviceTopic), [true, true, true, true]);
    assert.equal(["mesh/lamp/set", "home/x/up", "mesh/a/b/up", "mesh/hails"].map(isDeviceTopic), [false, false, false, false]);
    assert.is(tagOfUpTopic(`mesh/${tag}/up`), tag);
    assert.is(tagOfUpTopic("mesh/x/up"), undefined);
    assert.is(hailOfTag(tag)?.length, 12);
    assert.is(hailOfTag(tag.toUpperCase()), undefined);
  });
});

describe("hail book", (it) => {
  const peer = (address: string) => ({ medium: "mqtt", address }) as const;
  const octets = (value: number) => {
    const hail = new Uint8Array(12);
    new DataView(hail.buffer).setUint32(0, value);
    return hail;
  };

  it("keeps the newest 1024 for 20 minutes", () => {
    const clock = new ManualClock();
    const book = new HailBook(clock);
    for (let index = 0; index < 1100; index++) book.heard(octets(index), peer(`p${index}`));
    assert.is(book.current().length, 1024);
    assert.equal(book.current()[0]?.octets, octets(1099));
    clock.advance(19 * 60_000);
    book.heard(octets(1099), peer("p1099"));
    clock.advance(2 * 60_000);
    assert.equal(
      book.current().map(({ peer: { address } }) => address),
      ["p1099"],
    );
  });

  it("tells of hails and departures until told to stop", () => {
    const book = new HailBook(new ManualClock());
    const heard: Hail[] = [];
    const gone: string[] = [];
    const stop = book.onHail((hail) => heard.push(hail));
    book.onGone(({ address }) => gone.push(address));
    book.heard(octets(1), peer("a"));
    book.gone(peer("a"));
    stop();
    book.heard(octets(2), peer("b"));
    assert.is(heard.length, 1);
    assert.equal(gone, ["a"]);
  });
});
