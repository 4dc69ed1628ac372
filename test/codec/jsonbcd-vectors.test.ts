/** Every entry of jsonbcd.json: decoding, encoding, refusals, frames. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isMeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { Datum } from "../../src/codec/index.ts";
import { decodeJsonB, decodeJsonBItems, encodeJsonB, readFrame, readFrameBackward, writeFrame } from "../../src/codec/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { comparable } from "./value-arbitrary.ts";

interface Value {
  readonly t: "int" | "float" | "str" | "bin" | "bool" | "null" | "arr" | "obj";
  readonly v: never;
}
interface RecordSource {
  readonly hex?: string;
  readonly repeat?: readonly [string, number];
}
interface Vector {
  readonly id: string;
  readonly kind: "decode" | "encode" | "decode-error" | "frame-encode" | "frame-error";
  readonly input: { readonly bytes: string; readonly sequence?: true; readonly value: Value; readonly records: readonly RecordSource[] };
  readonly records: readonly RecordSource[];
  readonly expected: {
    readonly value: Value | readonly Value[];
    readonly bytes?: string;
    readonly length: number;
    readonly head: string;
    readonly tail: string;
    readonly sha512: string;
  };
}

const file = packagePath("test/vectors/jsonbcd.json");
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: readonly Vector[] };

const octets = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const refuses = (run: () => unknown): void => assert.throws(run, (error: unknown) => isMeshError(error, "ERR_ENCODING"));

function datum({ t, v }: Value): Datum {
  switch (t) {
    case "null":
      return null;
    case "int": {
      const value = BigInt(v);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case "bin":
      return new Uint8Array(Buffer.from(v as string, "base64url"));
    case "arr":
      return (v as Value[]).map(datum);
    case "obj":
      return Object.fromEntries((v as [string, Value][]).map(([name, member]) => [name, datum(member)]));
    default:
      return v;
  }
}

const kinds: Record<Vector["kind"], (vector: Vector) => void> = {
  decode({ id, input, expected }) {
    const source = octets(input.bytes);
    const lenient = id === "wrapped-base64-string";
    if (lenient) refuses(() => decodeJsonB(source));
    if (input.sequence) {
      const wanted = (expected.value as Value[]).map(datum);
      assert.equal(decodeJsonBItems(source).map(comparable), wanted.map(comparable));
      refuses(() => decodeJsonB(source));
      return;
    }
    const wanted = datum(expected.value as Value);
    assert.equal(comparable(decodeJsonB(source, { lenient })), comparable(wanted));
    assert.equal(comparable(decodeJsonB(encodeJsonB(wanted))), comparable(wanted));
    for (let end = 0; end < source.length; end++) refuses(() => decodeJsonB(source.subarray(0, end)));
  },
  encode({ input, expected }) {
    const value = datum(input.value);
    assert.is(hex(encodeJsonB(value)), expected.bytes);
    assert.equal(comparable(decodeJsonB(encodeJsonB(value))), comparable(value));
  },
  "decode-error"({ input }) {
    refuses(() => decodeJsonB(octets(input.bytes)));
  },
  "frame-encode"({ input, expected }) {
    const records = input.records.map(({ hex: plain, repeat }) => octets(plain ?? repeat![0].repeat(repeat![1])));
    const frame = writeFrame(records);
    if (expected.bytes !== undefined) assert.is(hex(frame), expected.bytes);
    else {
      assert.is(frame.length, expected.length);
      assert.ok(hex(frame).startsWith(expected.head));
      assert.ok(hex(frame).endsWith(expected.tail));
      assert.is(createHash("sha512").update(frame).digest("hex"), expected.sha512);
    }
    const file = new Uint8Array([...frame, ...frame]);
    for (const read of [readFrame(file, 0), readFrameBackward(file, frame.length)]) {
      assert.equal([read.start, read.end], [0, frame.length]);
      assert.equal(read.records.map(hex), records.map(hex));
    }
    for (const read of [readFrame(file, frame.length), readFrameBackward(file, file.length)]) {
      assert.equal([read.start, read.end], [frame.length, file.length]);
      assert.equal(read.records.map(hex), records.map(hex));
    }
  },
  "frame-error"({ input }) {
    const source = octets(input.bytes);
    refuses(() => readFrame(source, 0));
    refuses(() => readFrameBackward(source, source.length));
  },
};

describe("codec: jsonbcd vectors", (it) => {
  for (const vector of vectors) it(`${vector.kind} ${vector.id}`, () => kinds[vector.kind](vector));
  it("all entries are run", () => assert.is(vectors.length, 61));
});
