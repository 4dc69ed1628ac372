/** JSON-C and JSON-D written and read back: codes, codes known beforehand, short and wide numbers, hostile octets. */
import fc from "fast-check";
import { isMeshError } from "../../src/base/errors.ts";
import { decodeJsonB, encodeDictionary, encodeJson, encodeJsonB, encodeJsonC, encodeJsonD, RawNumber } from "../../src/codec/index.ts";
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

describe("codec: dictionaries of JSON-C", (it) => {
  const dictionary = { fingerprint: octets("e3b0c442"), octets: encodeDictionary(["Hello", "EnvelopeId"]) };

  it("are lists of definitions, inserted by fingerprint with their codes moved up", () => {
    assert.is(hex(dictionary.octets), "c400800548656c6c6fc401800a456e76656c6f70654964");
    const wanted = "d00000010004e3b0c4425bc101005d";
    assert.is(hex(encodeJsonC(["Hello"], { dictionary: { dictionary, offset: 256 } })), wanted);
    assert.equal(decodeJsonB(octets(wanted), { dictionaries: [dictionary] }), ["Hello"]);
    const value = { EnvelopeId: "Hello", other: ["EnvelopeId", 1.5, "Hello"] };
    for (const encode of [encodeJsonC, encodeJsonD]) {
      const written = encode(value, { dictionary: { dictionary }, codes: new Map([["other", 70_000]]) });
      assert.equal(comparable(decodeJsonB(written, { dictionaries: [dictionary], codes: new Map([["other", 70_000]]) })), comparable(value));
      assert.ok(written.length < encode(value).length + 9);
    }
  });

  it("are refused when they are unknown, no dictionaries, too large, or beyond the codes", async () => {
    const inserted = octets("d00000010004e3b0c4425bc101005d");
    const wrong = ["c400", "c0008000", "c80080016b", "c700000000000000008000", "c4008001 61c4008001 62".replaceAll(" ", ""), "5b5d"];
    await throwsMesh(() => decodeJsonB(inserted), "ERR_ENCODING");
    for (const bad of wrong)
      await throwsMesh(() => decodeJsonB(inserted, { dictionaries: [{ ...dictionary, octets: octets(bad) }] }), "ERR_ENCODING");
    await throwsMesh(() => decodeJsonB(octets("d0ffffffff04e3b0c4425b5d"), { dictionaries: [dictionary] }), "ERR_ENCODING");
    for (const cut of ["d0", "d0000001", "d00000010004e3b0"]) {
      await throwsMesh(() => decodeJsonB(octets(cut), { dictionaries: [dictionary] }), "ERR_ENCODING");
    }
    await throwsMesh(() => encodeJsonC([], { dictionary: { dictionary: { ...dictionary, fingerprint: new Uint8Array(256) } } }), "ERR_ENCODING");
    // Inserted again and again, a large one costs what its values cost.
    const large = { fingerprint: octets("00"), octets: encodeDictionary(Array.from({ length: 60_000 }, (_, i) => `t${i}`)) };
    const often = octets(`${"d0000000000100".repeat(1000)}5b5d`);
    await throwsMesh(() => decodeJsonB(often, { dictionaries: [large] }), "ERR_TOO_LARGE");
  });
});

describe("numbers beyond binary64", (it) => {
  const formats = [
    [0x94, "binary128", 16],
    [0x95, "intel80", 10],
    [0x96, "decimal32", 4],
    [0x97, "decimal64", 8],
    [0x98, "decimal128", 16],
  ] as const;
  for (const [tag, name, width] of formats) {
    it(`${name}: told apart by name and width, on request as it came`, async () => {
      const item = Uint8Array.of(tag, ...Array.from({ length: width }, (_, i) => 0x20 + i));
      const refusal = await throwsMesh(() => decodeJsonB(item), "ERR_ENCODING");
      assert.match(refusal.message, `octet 0: ${name} number (tag 0x${tag.toString(16)}, ${width} octets)`);
      const value = decodeJsonB(item, { rawNumbers: true }) as RawNumber;
      assert.instance(value, RawNumber);
      assert.equal([value.tag, value.name, hex(value.value)], [tag, name, hex(item.subarray(1))]);
      const nested = encodeJsonB({ a: [value, 1, value] });
      const { a } = decodeJsonB(nested, { rawNumbers: true }) as unknown as { readonly a: readonly RawNumber[] };
      assert.equal([a.length, hex(a[0]!.octets), a[1], hex(a[2]!.octets)], [3, hex(item), 1, hex(item)]);
      await throwsMesh(() => encodeJson(value), "ERR_ENCODING");
      for (let length = 1; length <= width; length++) {
        for (const rawNumbers of [false, true]) await throwsMesh(() => decodeJsonB(item.subarray(0, length), { rawNumbers }), "ERR_ENCODING");
      }
    });
  }

  it("are converted where binary64 holds them, unless asked for as they came", async () => {
    const one = octets("943fff0000000000000000000000000000");
    assert.is(decodeJsonB(one), 1);
    assert.is(hex((decodeJsonB(one, { rawNumbers: true }) as RawNumber).octets), hex(one));
    assert.is(decodeJsonB(octets("953fff8000000000000000")), 1);
    await throwsMesh(() => decodeJsonB(octets("99"), { rawNumbers: true }), "ERR_ENCODING");
  });
});
