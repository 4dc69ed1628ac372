/** Events of the Wyoming protocol: however a stream is cut, the events are the same; and what lies about its lengths is refused before it is kept. */
import fc from "fast-check";
import { fromUtf8, joinBytes, utf8 } from "../../../src/base/bytes.ts";
import { asMeshError, isMeshError } from "../../../src/base/errors.ts";
import type { DatumObject } from "../../../src/codec/index.ts";
import type { WyomingEvent } from "../../../src/speech/wyoming/frame.ts";
import { EventReader, encodeEvent, frameLimits } from "../../../src/speech/wyoming/frame.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { clientEvent } from "../../kit/wyoming.ts";

/** The events of octets that come in pieces of the lengths given, over and over. */
function read(octets: Uint8Array, pieces: readonly number[] = [octets.length]): WyomingEvent[] {
  const reader = new EventReader();
  const events: WyomingEvent[] = [];
  let at = 0;
  for (let i = 0; at < octets.length; i++) {
    const length = Math.max(1, pieces[i % pieces.length] ?? 1);
    for (const event of reader.push(octets.subarray(at, at + length))) events.push(event);
    at += length;
  }
  return events;
}

const plain = ({ type, data, payload }: WyomingEvent) => ({ type, data: { ...data }, payload: [...payload] });
const word = fc.string({ unit: "grapheme", maxLength: 40 });
const event = fc.record({
  type: fc.stringMatching(/^[a-z-]{1,20}$/),
  data: fc.dictionary(
    word.filter((name) => name !== "__proto__"),
    fc.oneof(word, fc.boolean(), fc.integer(), fc.constant(null)),
    { maxKeys: 6 },
  ),
  payload: fc.uint8Array({ maxLength: 300 }),
  inline: fc.boolean(),
});

describe("Wyoming events", (it) => {
  it("are read alike in whatever pieces they come, data in the line or behind it", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }), (events, pieces) => {
        const stream = joinBytes(events.map(({ type, data, payload, inline }) => clientEvent(type, data, { inline, payload: Buffer.from(payload) })));
        const wanted = events.map(({ type, data, payload }) => ({ type, data: { ...data }, payload: [...payload] }));
        assert.equal(read(stream, pieces).map(plain), wanted);
      }),
    );
  });

  it("are written so that they are read again", () => {
    fc.assert(
      fc.property(event, ({ type, data, payload }) => {
        assert.equal(read(encodeEvent(type, data as DatumObject, payload), [7]).map(plain), [{ type, data: { ...data }, payload: [...payload] }]);
      }),
    );
  });

  it("what stands behind the line counts before what stands in it", () => {
    const body = '{"text":"behind"}';
    const [event] = read(utf8(`{"type":"transcript","data":{"text":"in","language":"en"},"data_length":${body.length}}\n${body}`));
    assert.equal({ ...event?.data }, { text: "behind", language: "en" });
  });

  it("octets of no kind end the hub: they give events, or a refusal", () => {
    const start = fc.constantFrom("", '{"type":"a"', '{"type":"a","data_length":', '{"type":"a"}\n', '{"type":"a","payload_length":4}\n');
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 60 }), (head, octets, text) => {
        try {
          read(joinBytes([utf8(head), octets, utf8(`${text}\n`)]), [3]);
        } catch (error) {
          assert.ok(isMeshError(error, "ERR_ENCODING") || isMeshError(error, "ERR_TOO_LARGE"), asMeshError(error).message);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("lengths that lie are refused with the bound, before anything is kept", async () => {
    for (const [line, code] of [
      [`{"type":"a","data_length":${frameLimits.data + 1}}`, "ERR_TOO_LARGE"],
      [`{"type":"a","payload_length":${frameLimits.payload + 1}}`, "ERR_TOO_LARGE"],
      ['{"type":"a","data_length":1e300}', "ERR_TOO_LARGE"],
      ['{"type":"a","payload_length":99999999999999999999}', "ERR_TOO_LARGE"],
      ['{"type":"a","data_length":-1}', "ERR_ENCODING"],
      ['{"type":"a","data_length":1.5}', "ERR_ENCODING"],
      ['{"type":"a","data_length":"12"}', "ERR_ENCODING"],
      ['{"type":"a","data_length":true}', "ERR_ENCODING"],
      ['{"type":7}', "ERR_ENCODING"],
      ['{"type":""}', "ERR_ENCODING"],
      ["{}", "ERR_ENCODING"],
      ["[]", "ERR_ENCODING"],
      ["", "ERR_ENCODING"],
      ['{"type":"a","type":"b"}', "ERR_ENCODING"],
      ['{"type":"a","data":[1]}', "ERR_ENCODING"],
      [`{"type":"a","data":${"[".repeat(3000)}`, "ERR_ENCODING"],
    ] as const) {
      const error = await throwsMesh(() => read(utf8(`${line}\n`)), code);
      if (code === "ERR_TOO_LARGE") assert.match(error.message, /65536 octets/, line);
    }
  });

  it("a length that is too short makes the rest a line of its own, which is none", async () => {
    await throwsMesh(() => read(utf8('{"type":"a","data_length":2}\n{}{"text":"b"}junk\n')), "ERR_ENCODING");
  });

  it("a line of a megabyte is refused at 8192 octets, however slowly it comes", async () => {
    const reader = new EventReader();
    let taken = 0;
    const error = await throwsMesh(() => {
      for (; taken < 1_000_000; taken += 100) for (const _ of reader.push(new Uint8Array(100).fill(0x61))) assert.unreachable();
    }, "ERR_TOO_LARGE");
    assert.is(error.message, "the line of an event has at most 8192 octets");
    assert.ok(taken <= frameLimits.line, String(taken));
  });

  it("the largest parts there may be are read, octet by octet", () => {
    const text = "x".repeat(frameLimits.data - '{"text":""}'.length);
    const stream = clientEvent("audio-chunk", { text }, { payload: Buffer.alloc(frameLimits.payload) });
    const [event] = read(stream, [1]);
    assert.is(event?.data.text, text);
    assert.is(event?.payload.length, frameLimits.payload);
  });

  it("tells whether it stands inside an event", () => {
    const reader = new EventReader();
    const octets = clientEvent("a", { b: 1 }, { payload: Buffer.from("cd") });
    assert.is(reader.isInside, false);
    for (let at = 0; at < octets.length - 1; at++) {
      assert.equal([...reader.push(octets.subarray(at, at + 1))], []);
      assert.is(reader.isInside, true, fromUtf8(octets.subarray(0, at)));
    }
    assert.is([...reader.push(octets.subarray(-1))].length, 1);
    assert.is(reader.isInside, false);
  });
});
