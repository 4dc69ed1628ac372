/** Tagged objects and field descriptors in both encodings. */
import fc from "fast-check";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { isMeshError, MeshError } from "../../src/base/errors.ts";
import type { Datum, Struct } from "../../src/codec/index.ts";
import {
  anything,
  binary,
  boolean,
  dateTime,
  decodeObject,
  decodeOneOf,
  encodeObject,
  encodeObjectB,
  integer,
  list,
  optional,
  real,
  string,
  struct,
  tagged,
  word,
} from "../../src/codec/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { comparable, text } from "./value-arbitrary.ts";

interface Key {
  readonly Udf: string;
  readonly Public: Uint8Array;
}
const Key: Struct<Key> = struct<Key>("Key", { Udf: string, Public: binary });

interface Lamp {
  readonly Name: string;
  readonly Level?: number;
  readonly Gain?: number;
  readonly IsOn: boolean;
  readonly Kind: "lamp" | "strip";
  readonly Seen?: string;
  readonly Keys: readonly Key[];
  readonly Owner?: { readonly tag: string; readonly value: Key };
  readonly Extra?: Datum;
}
const Lamp: Struct<Lamp> = struct<Lamp>("Lamp", {
  Name: string,
  Level: optional(integer),
  Gain: optional(real),
  IsOn: boolean,
  Kind: word("lamp", "strip"),
  Seen: optional(dateTime),
  Keys: list(Key),
  Owner: optional(tagged(Key)),
  Extra: optional(anything),
});

const key: fc.Arbitrary<Key> = fc.record({ Udf: text, Public: fc.uint8Array({ maxLength: 70 }) }, { noNullPrototype: true });
const lamp: fc.Arbitrary<Lamp> = fc.record(
  {
    Name: text,
    Level: fc.maxSafeInteger(),
    Gain: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0 || 0),
    IsOn: fc.boolean(),
    Kind: fc.constantFrom("lamp" as const, "strip" as const),
    Seen: fc.constant("2024-02-29T23:59:59Z"),
    Keys: fc.array(key, { maxLength: 3 }),
    Owner: key.map((value) => ({ tag: "Key", value })),
    Extra: fc.constantFrom<Datum>(true, [1, "x"], 1n << 70n),
  },
  { requiredKeys: ["Name", "IsOn", "Kind", "Keys"], noNullPrototype: true },
);

const small: Lamp = { Name: "kitchen", IsOn: true, Kind: "lamp", Keys: [{ Udf: "MA", Public: Uint8Array.of(1, 2) }] };
const smallText = '{"Lamp":{"Name":"kitchen","IsOn":true,"Kind":"lamp","Keys":[{"Udf":"MA","Public":"AQI"}]}}';
const same = (a: unknown, b: unknown): void => assert.equal(comparable(a as Datum), comparable(b as Datum));

function refusal(run: () => unknown): MeshError {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("codec: tagged objects", (it) => {
  it("round trip in both encodings", () => {
    fc.assert(
      fc.property(lamp, (value) => {
        same(decodeObject(Lamp, encodeObject(Lamp, value)), value);
        same(decodeObject(Lamp, encodeObjectB(Lamp, value)), value);
      }),
    );
  });

  it("is written minimal, members in the order of the descriptor", () => {
    const { Name, ...rest } = small;
    assert.is(Buffer.from(encodeObject(Lamp, { ...rest, Name })).toString(), smallText);
    assert.ok(encodeObjectB(Lamp, small).length < smallText.length);
  });

  it("keeps members it does not know, with any name and kind, through both encodings", () => {
    const octets = utf8('{"Key":{"Future":{"a":[1,null]},"Udf":"MA","__proto__":7,"constructor":[],"Public":""}}');
    const inJson = decodeObject(Key, octets);
    const inBinary = decodeObject(Key, encodeObjectB(Key, inJson));
    const expected = '{"Key":{"Udf":"MA","Public":"","Future":{"a":[1,null]},"__proto__":7,"constructor":[]}}';
    assert.is(Buffer.from(encodeObject(Key, inBinary)).toString(), expected);
    assert.is(Buffer.from(encodeObject(Key, { ...inJson })).toString(), expected);
  });

  it("errors carry the path", () => {
    const cases: readonly (readonly [string, string])[] = [
      ['{"Lamp":{"Name":1}}', "Lamp.Name: expected a string"],
      ['{"Lamp":{"Name":"a"}}', "Lamp.IsOn: expected a value, found none"],
      ['{"Lamp":{"Name":null}}', "Lamp.Name: expected a value, found none"],
      ['{"Lamp":{"Name":"a","Level":1.5}}', "Lamp.Level: expected an integer"],
      ['{"Lamp":{"Name":"a","Level":9007199254740993}}', "Lamp.Level: expected an integer"],
      ['{"Lamp":{"Name":"a","Gain":"1"}}', "Lamp.Gain: expected a number"],
      ['{"Lamp":{"Name":"a","IsOn":1}}', "Lamp.IsOn: expected true or false"],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"toString"}}', "Lamp.Kind: expected one of lamp, strip"],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Seen":"yesterday"}}', "Lamp.Seen: expected an RFC 3339 time in UTC"],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Keys":{}}}', "Lamp.Keys: expected a list"],
      [
        '{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Keys":[{"Udf":"M","Public":""},{"Udf":"M","Public":"A"}]}}',
        "Lamp.Keys[1].Public: expected octets in base64url",
      ],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Keys":[null]}}', "Lamp.Keys[0]: expected an object (Key)"],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Keys":[],"Owner":{"Lock":{}}}}', 'Lamp.Owner: expected one of Key, found "Lock"'],
      ['{"Lamp":{"Name":"a","IsOn":true,"Kind":"lamp","Keys":[],"Owner":{"Key":{}}}}', "Lamp.Owner.Key.Udf: expected a value, found none"],
      ['{"Lamp":[]}', "Lamp: expected an object (Lamp)"],
      ['{"Lock":{}}', 'expected Lamp, found "Lock"'],
      ['{"Lamp":{},"Lock":{}}', "Lamp: expected an object with one type tag"],
      ["{}", "Lamp: expected an object with one type tag"],
      ["[]", "Lamp: expected an object with one type tag"],
      ["7", "Lamp: expected an object with one type tag"],
    ];
    for (const [octets, message] of cases) {
      const error = refusal(() => decodeObject(Lamp, utf8(octets)));
      assert.is(error.code, "ERR_SCHEMA");
      assert.is(error.message, message);
    }
  });

  it("a hostile tag is not repeated at length", () => {
    const error = refusal(() => decodeObject(Lamp, utf8(`{"${"x\\n".repeat(10_000)}":{}}`)));
    assert.ok(error.message.length < 300);
    assert.not.match(error.message, /\n/);
  });

  it("decodeOneOf says which", () => {
    const structs = [Lamp, Key] as readonly Struct<Lamp | Key>[];
    const found = decodeOneOf<Lamp | Key>(structs, encodeObjectB(Key, { Udf: "MA", Public: new Uint8Array() }));
    assert.is(found.tag, "Key");
    same(found.value, { Udf: "MA", Public: new Uint8Array() });
    assert.is(refusal(() => decodeOneOf(structs, utf8('{"Lock":{}}'))).message, 'expected Lamp or Key, found "Lock"');
  });

  it("truncated octets are refused as encoding errors", () => {
    for (const octets of [encodeObject(Lamp, small), encodeObjectB(Lamp, small)]) {
      for (let end = 0; end < octets.length; end++) assert.is(refusal(() => decodeObject(Lamp, octets.subarray(0, end))).code, "ERR_ENCODING");
      assert.is(refusal(() => decodeObject(Lamp, concat(octets, utf8("{}")))).code, "ERR_ENCODING");
    }
  });

  it("changed octets give a value or a MeshError", () => {
    fc.assert(
      fc.property(lamp, fc.boolean(), fc.nat(), fc.nat(255), (value, inBinary, at, octet) => {
        const octets = inBinary ? encodeObjectB(Lamp, value) : encodeObject(Lamp, value);
        octets[at % octets.length] = octet;
        try {
          decodeObject(Lamp, octets);
        } catch (error) {
          if (!isMeshError(error, "ERR_ENCODING") && !isMeshError(error, "ERR_SCHEMA")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("limits are handed on", () => {
    assert.is(refusal(() => decodeObject(Lamp, utf8(smallText), { maxOctets: 10 })).code, "ERR_TOO_LARGE");
    assert.is(refusal(() => decodeObject(Lamp, utf8('{"Lamp":'.repeat(100_000)))).code, "ERR_ENCODING");
  });
});
