/** JSON-B: round trips, mixtures with text, codes, limits, spans, hostile input; frames. */
import fc from "fast-check";
import { concat, fromHex, toHex, utf8 } from "../../src/base/bytes.ts";
import { isMeshError, MeshError } from "../../src/base/errors.ts";
import type { Datum, DatumObject } from "../../src/codec/index.ts";
import {
  decodeJsonB,
  decodeJsonBItems,
  Encoded,
  encodeJson,
  encodeJsonB,
  frameLength,
  frameLengthBackward,
  parseJson,
  readFrame,
  readFrameBackward,
  spanOf,
  writeFrame,
} from "../../src/codec/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { binaryTree, comparable, textTree } from "./value-arbitrary.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;
const refuses = (run: () => unknown, code: "ERR_ENCODING" | "ERR_TOO_LARGE" = "ERR_ENCODING"): void =>
  assert.throws(run, (error: unknown) => isMeshError(error, code));
const valueOrMeshError = (run: () => unknown): void => {
  try {
    run();
  } catch (error) {
    if (!(error instanceof MeshError) || error.code === "ERR_INTERNAL") throw error;
  }
};

/** Octets that look like JSON-B more often than random ones do. */
const likely = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'{}[],:"'.split("").map((character) => utf8(character))),
      fc
        .constantFrom(
          "8000",
          "800161",
          "840161",
          "8800",
          "880142",
          "8c0101",
          "b0",
          "b2",
          "a001",
          "a7",
          "c820800161",
          "c020",
          "c420",
          "b40161",
          "f00100",
          "923ff0000000000000",
        )
        .map(hex),
      fc.uint8Array({ minLength: 1, maxLength: 2 }),
      fc.constantFrom("1,", '"a":', "null", '"\\u', "-1e").map(utf8),
    ),
    { maxLength: 12 },
  )
  .map((parts) => concat(...parts));

describe("codec: JSON-B", (it) => {
  it("round trip, octets included", () => {
    fc.assert(
      fc.property(binaryTree, (datum) => assert.equal(comparable(decodeJsonB(encodeJsonB(datum))), comparable(datum))),
      { numRuns: 500 },
    );
  });

  it("reads plain JSON alike", () => {
    fc.assert(fc.property(textTree, (datum) => assert.equal(comparable(decodeJsonB(encodeJson(datum))), comparable(datum))));
  });

  it("reads encoded octets in both forms among others", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(textTree, fc.constantFrom("plain", "json", "jsonb")), { maxLength: 6 }), (parts) => {
        const mixed = parts.map(([datum, form]) =>
          form === "plain" ? datum : new Encoded(form === "json" ? encodeJson(datum) : encodeJsonB(datum)),
        );
        const members = Object.fromEntries(mixed.map((part, i) => [`m${i}`, part]));
        const values = parts.map(([datum]) => comparable(datum));
        assert.equal((decodeJsonB(encodeJsonB(mixed)) as Datum[]).map(comparable), values);
        assert.equal(Object.values(decodeJsonB(encodeJsonB(members)) as DatumObject).map(comparable), values);
      }),
    );
  });

  it("every prefix of an encoding is refused", () => {
    fc.assert(
      fc.property(binaryTree, (datum) => {
        const octets = encodeJsonB({ a: datum });
        for (let end = Math.max(0, octets.length - 40); end < octets.length; end++) refuses(() => decodeJsonB(octets.subarray(0, end)));
      }),
    );
  });

  it("arbitrary octets give a value or a MeshError", () => {
    const any = fc.oneof(fc.uint8Array({ maxLength: 200 }), likely);
    fc.assert(
      fc.property(any, (octets) => {
        valueOrMeshError(() => decodeJsonB(octets));
        valueOrMeshError(() => decodeJsonB(octets, { lenient: true }));
        valueOrMeshError(() => decodeJsonBItems(octets));
        valueOrMeshError(() => parseJson(octets));
      }),
      { numRuns: 5000 },
    );
  });

  it("what is read can be written and read again", () => {
    fc.assert(
      fc.property(likely, (octets) => {
        let value: Datum;
        try {
          value = decodeJsonB(octets);
        } catch {
          return;
        }
        assert.equal(comparable(decodeJsonB(encodeJsonB(value))), comparable(value));
        const span = spanOf(value);
        if (span) assert.equal(comparable(decodeJsonB(span)), comparable(value));
      }),
      { numRuns: 5000 },
    );
  });

  it("octets are copies, whatever the kind of input", () => {
    const input = Buffer.from("88020102", "hex");
    const value = decodeJsonB(input) as Uint8Array;
    input.fill(0xff);
    assert.is(toHex(value), "0102");
    assert.is(Buffer.isBuffer(value), false);
  });

  it("integers at each border", () => {
    for (const bits of [7, 8, 15, 16, 31, 32, 53, 63, 64, 127, 128, 2000]) {
      for (const near of [-1n, 0n, 1n]) {
        for (const sign of [-1n, 1n]) {
          const value = sign * ((1n << BigInt(bits)) + near);
          const expected = Number.isSafeInteger(Number(value)) ? Number(value) : value;
          assert.is(decodeJsonB(encodeJsonB(value)), expected);
          assert.is(parseJson(encodeJson(value)), expected);
        }
      }
    }
    refuses(() => encodeJsonB(1n << 4096n));
    refuses(() => decodeJsonB(concat(hex("a7 0201"), new Uint8Array(513))));
  });

  it("refuses floats that JSON does not know, and reads small ones", () => {
    for (const octets of ["90 7c00", "90 7e00", "91 7f800000", "92 fff0000000000000", "92 7ff8000000000000"]) refuses(() => decodeJsonB(hex(octets)));
    assert.is(decodeJsonB(hex("90 0001")), 2 ** -24);
    assert.is(decodeJsonB(hex("90 fbff")), -65504);
    assert.is(decodeJsonB(hex("90 8000")), 0);
  });

  it("names: B4-B7, codes, members given twice", () => {
    assert.equal(comparable(decodeJsonB(hex("7b b4 01 61 a001 7d"))), comparable({ a: 1 }));
    assert.equal(comparable(decodeJsonB(hex("7b c8 20 80 01 61 a001 80 01 62 c020 7d"))), comparable({ a: 1, b: "a" }));
    refuses(() => decodeJsonB(hex("7b 800161 a001 b40161 a001 7d")));
    refuses(() => decodeJsonB(hex("7b 880161 a001 7d")));
    refuses(() => decodeJsonB(hex("b4 01 61")));
  });

  it("commas: optional after binary items and brackets, needed after text", () => {
    assert.equal(decodeJsonB(utf8("[[][],{}{}]".replaceAll("{}", "[]"))), [[], [], [], []]);
    assert.equal(decodeJsonB(hex("5b a001 2c a002 2c 5d")), [1, 2]);
    refuses(() => decodeJsonB(utf8('["a""b"]')));
    refuses(() => decodeJsonB(utf8("[[],]")));
    refuses(() => decodeJsonB(utf8("[1,]")));
    refuses(() => decodeJsonB(hex("5b a001 2c 2c a002 5d")));
  });

  it("spans: exact, and none for what uses codes", () => {
    const value = decodeJsonB(hex("5b 7b 800161 5b a001 5d 7d 5b c8 20 800161 5d 5b 5d 5d")) as Datum[];
    const spans = [value[0], (value[0] as DatumObject).a, value[1], value[2], value].map((part) => {
      const span = spanOf(part);
      return span && toHex(span);
    });
    assert.equal(spans, ["7b8001615ba0015d7d", "5ba0015d", undefined, "5b5d", undefined]);
    assert.is(Buffer.from(spanOf((decodeJsonB(concat(utf8('[{"a": 1},'), hex("88 01 00 5d"))) as Datum[])[0])!).toString(), '{"a": 1}');
  });

  it("keeps limits", () => {
    refuses(() => decodeJsonB(hex("83 ffffffffffffffff")));
    refuses(() => decodeJsonB(hex("8a ffffffff 00")));
    refuses(() => decodeJsonB(utf8("[".repeat(1_000_000))));
    refuses(() => decodeJsonB(concat(utf8("["), new Uint8Array(1_000_000).fill(0xb0))), "ERR_TOO_LARGE");
    refuses(() => decodeJsonB(new Uint8Array(900_000).map((_, i) => [0xc4, 0x20, 0xb0][i % 3]!)), "ERR_TOO_LARGE");
    const large = concat(
      utf8("["),
      hex("c8 20 81 ffff"),
      new Uint8Array(0xffff).fill(0x61),
      ...Array.from({ length: 300 }, () => hex("c020")),
      utf8("]"),
    );
    refuses(() => decodeJsonB(large), "ERR_TOO_LARGE");
    refuses(() => decodeJsonB(hex("c4 20 c4 21 c4 22")));
    refuses(() => decodeJsonB(hex("c4 20 5b 5d")));
    const chunks = concat(
      new Uint8Array(2_000_000).map((_, i) => [0x8c, 0x00][i % 2]!),
      hex("8801 07"),
    );
    assert.equal(decodeJsonB(chunks), Uint8Array.of(7));
  });
});

describe("codec: frames", (it) => {
  const records = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 3 });
  it("round trip from both ends, among other octets", () => {
    fc.assert(
      fc.property(records, fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (parts, before, after) => {
        const frame = writeFrame(parts);
        const file = concat(before, frame, after);
        const end = before.length + frame.length;
        for (const read of [readFrame(file, before.length), readFrameBackward(file, end)]) {
          assert.equal([read.start, read.end, ...read.records.map(toHex)], [before.length, end, ...parts.map(toHex)]);
        }
        assert.is(frameLength(frame.subarray(0, 9)), frame.length);
        assert.is(frameLengthBackward(frame.subarray(-9)), frame.length);
      }),
    );
  });

  it("every cut and every changed length is refused", () => {
    const frame = writeFrame([utf8("{}"), Uint8Array.of(1, 2, 3), new Uint8Array()]);
    for (let end = 0; end < frame.length; end++) refuses(() => readFrame(frame.subarray(0, end), 0));
    for (let start = 1; start < frame.length; start++) refuses(() => readFrameBackward(frame.subarray(start), frame.length - start));
    for (const at of [0, 1, 3, frame.length - 2, frame.length - 1]) {
      const changed = frame.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      refuses(() => readFrame(changed, 0));
    }
    refuses(() => readFrame(frame, frame.length));
    refuses(() => readFrameBackward(frame, 0));
  });

  it("refuses no record, and more than three", () => {
    refuses(() => writeFrame([]));
    refuses(() => writeFrame([0, 1, 2, 3].map(() => new Uint8Array())));
    refuses(() => readFrame(hex("f4 00 00 f4"), 0));
    refuses(() => readFrame(hex("f4 08 f000 f000 f000 f000 08 f4"), 0));
  });

  it("arbitrary octets give a frame or a MeshError", () => {
    const likelyFrame = fc
      .array(fc.constantFrom(0xf4, 0xf5, 0xf7, 0xf0, 0xf3, 0, 1, 2, 3, 4, 255), { maxLength: 24 })
      .map((octets) => Uint8Array.from(octets));
    fc.assert(
      fc.property(likelyFrame, fc.nat(24), (octets, at) => {
        valueOrMeshError(() => readFrame(octets, at));
        valueOrMeshError(() => readFrameBackward(octets, Math.min(at, octets.length)));
      }),
      { numRuns: 3000 },
    );
  });
});
