/** JSON-C and JSON-D written and read back: codes, codes known beforehand, short and wide numbers, hostile octets. */
import fc from "fast-check";
import { isMeshError } from "../../src/base/errors.ts";
import { decodeJsonB, encodeJsonB, encodeJsonC, encodeJsonD } from "../../src/codec/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { binaryTree, comparable, text } from "./value-arbitrary.ts";

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
const octets = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, "hex"));

describe("codec: JSON-C and JSON-D", (it) => {
  it("give back any value, and are never longer than JSON-B", () => {
    const codes = fc.uniqueArray(text, { maxLength: 5 }).map((texts) => new Map(texts.map((known, i) => [known, i * 70_001])));
    fc.assert(
      fc.property(binaryTree, codes, (value, known) => {
        for (const encode of [encodeJsonC, encodeJsonD]) {
          assert.equal(comparable(decodeJsonB(encode(value))), comparable(value));
          assert.equal(comparable(decodeJsonB(encode(value, { codes: known }), { codes: known })), comparable(value));
        }
        assert.ok(encodeJsonD(value).length <= encodeJsonC(value).length);
      }),
    );
    const list = Array.from({ length: 100 }, (_, i) => ({ EnvelopeId: "same", Index: i, Value: i / 2 }));
    assert.ok(encodeJsonC(list).length < 0.5 * encodeJsonB(list).length);
  });

  it("define a code where it first stands, and use those known beforehand", () => {
    assert.is(hex(encodeJsonC(["Hello", "Hello", "once"])), `5bc80080${"0548656c6c6f"}c00080046f6e63655d`);
    assert.is(hex(encodeJsonC(["Hello"], { codes: new Map([["Hello", 0x1234]]) })), "5bc112345d");
    assert.is(hex(encodeJsonC(["a", "a"])), "5b8001618001615d");
    const many = Array.from({ length: 300 }, (_, i) => `text ${i}`);
    assert.equal(decodeJsonB(encodeJsonC([...many, ...many])), [...many, ...many]);
    for (const bad of [-1, 0.5, 2 ** 32]) assert.throws(() => encodeJsonC([], { codes: new Map([["x", bad]]) }), isMeshError);
    const twice = new Map([
      ["x", 1],
      ["y", 1],
    ]);
    assert.throws(() => encodeJsonC([], { codes: twice }), isMeshError);
    let deep: unknown = "x";
    for (let i = 0; i < 100; i++) deep = [deep];
    assert.throws(() => encodeJsonC(deep as never), isMeshError);
  });

  it("numbers take the shortest form that is exact", () => {
    const wanted: readonly (readonly [number | bigint, string])[] = [
      [1.5, "903e00"],
      [0.5, "903800"],
      [-65504.5, "91c77fe080"],
      [2 ** -24, "900001"],
      [2 ** -25, "9133000000"],
      [0.1, "923fb999999999999a"],
      [1e300, "927e37e43c8800759c"],
      [-(2n ** 70n), "ac00000000000000400000000000000000"],
      [2n ** 127n, "a480000000000000000000000000000000"],
      [2n ** 128n, `a700${"11"}01${"00".repeat(16)}`],
    ];
    for (const [value, digits] of wanted) {
      assert.is(hex(encodeJsonD(value)), digits, String(value));
      assert.is(decodeJsonB(octets(digits)), value);
    }
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        (value) => void assert.is(decodeJsonB(encodeJsonD(value)), value === 0 ? 0 : value),
      ),
    );
  });

  it("wide floats are read where binary64 holds them", () => {
    const wide = (head: string, rest: string, length: number): Uint8Array => octets(head + rest.padEnd(2 * length, "0"));
    assert.is(decodeJsonB(wide("943fff", "8", 14)), 1.5);
    assert.is(decodeJsonB(wide("94bfff", "", 14)), -1);
    assert.is(decodeJsonB(wide("943ffe", "", 14)), 0.5);
    assert.is(decodeJsonB(wide("940000", "", 14)), 0);
    assert.is(decodeJsonB(wide("953fff", "c", 8)), 1.5);
    assert.is(decodeJsonB(wide("95c000", "c", 8)), -3);
    assert.is(decodeJsonB(wide("943fff", "fffffffffffff", 14)), 2 - 2 ** -52);
    const refused = [
      wide("947fff", "", 14),
      wide("940001", "", 14),
      wide("947ffe", "", 14),
      wide("943fff", "0000000000000001", 14),
      wide("957fff", "8", 8),
    ];
    for (const bad of [...refused, octets("943fff"), octets("9600000000"), octets("97"), octets("98")])
      assert.throws(() => decodeJsonB(bad), isMeshError);
  });

  it("any octets give a value or a MeshError", async () => {
    const tagged = fc.array(fc.oneof(fc.constantFrom(0x5b, 0x5d, 0x7b, 0x7d, 0xc0, 0xc4, 0xc8, 0x80, 0x90, 0x94, 0x95, 0xa0, 0xb0), fc.nat(255)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(tagged, (list) => {
        try {
          decodeJsonB(Uint8Array.from(list));
        } catch (error) {
          assert.ok(isMeshError(error), String(error));
        }
      }),
      { numRuns: 3000 },
    );
    const loop = encodeJsonC(Array(3).fill("x".repeat(1000)));
    await throwsMesh(() => decodeJsonB(loop, { maxOctets: loop.length }), "ERR_TOO_LARGE");
  });
});
