/** JSON text: what is accepted, what is refused, spans, limits, writing. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import type { Datum, DatumObject, DecodeOptions } from "../../src/codec/index.ts";
import { Encoded, encodeJson, parseJson, spanOf } from "../../src/codec/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { comparable, textTree } from "./value-arbitrary.ts";

const parse = (text: string, options?: DecodeOptions): Datum => parseJson(utf8(text), options);
const write = (datum: Datum): string => Buffer.from(encodeJson(datum)).toString("utf8");
const refuses = (run: () => unknown, code: "ERR_ENCODING" | "ERR_TOO_LARGE" = "ERR_ENCODING"): void =>
  assert.throws(run, (error: unknown) => isMeshError(error, code));

/** For comparison with JSON.parse, which rounds. */
const asNumbers = (_: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

describe("codec: parseJson", (it) => {
  it("reads what JSON.parse reads, with the same values", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = parse(text);
        assert.is(JSON.stringify(value, asNumbers), JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it("agrees with JSON.parse on which short texts are JSON, apart from members given twice", () => {
    const unit = fc.constantFrom(...'{}[]":,0123-+.eE \n\\tu/nrulsfa');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (text) => {
        let expected: unknown;
        try {
          expected = JSON.stringify(JSON.parse(text));
        } catch {
          refuses(() => parse(text));
          return;
        }
        let found: Datum;
        try {
          found = parse(text);
        } catch (error) {
          assert.match((error as Error).message, /twice|beyond binary64/);
          return;
        }
        assert.is(JSON.stringify(found, asNumbers), expected);
      }),
      { numRuns: 2000 },
    );
  });

  const refused = [
    "",
    " ",
    "{",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "{,}",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    '{"a":1 "b":2}',
    "[1 2]",
    "[{} {}]",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "Infinity",
    "1e400",
    "nul",
    "nulls",
    "true false",
    '"',
    '"\\',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"a\nb"',
    '"\t"',
    "\ufeff1",
    '"\\ud800"',
    '"\\udc00"',
    '"\\ud800\\u0041"',
    '"\\ud800x"',
    "// a\n1",
    "9".repeat(1400),
    "[\u00a0]",
  ];
  for (const text of refused) it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => refuses(() => parse(text)));

  it("refuses members given twice, also when written differently", () => {
    refuses(() => parse('{"a":1,"a":1}'));
    refuses(() => parse('{"a":1,"\\u0061":1}'));
    refuses(() => parse('{"__proto__":1,"__proto__":1}'));
  });

  it("refuses invalid UTF-8 and binary items", () => {
    for (const octets of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
      [0xa0, 0x01],
      [0x5b, 0xb0, 0x5d],
    ]) {
      refuses(() => parseJson(Uint8Array.from(octets)));
    }
  });

  it("reads prototype names as ordinary members", () => {
    const value = parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}') as DatumObject;
    assert.equal(Object.keys(value), ["__proto__", "constructor", "toString"]);
    assert.is(Object.getPrototypeOf(value), null);
    assert.is(({} as Record<string, unknown>).polluted, undefined);
    assert.is(write(value), '{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
  });

  it("reads integers exactly", () => {
    assert.is(parse("9007199254740991"), 9007199254740991);
    assert.is(parse("9007199254740992"), 9007199254740992n);
    assert.is(parse("-18446744073709551616"), -18446744073709551616n);
    assert.is(parse("0000000000000001".slice(15)), 1);
    assert.is(Object.is(parse("-0"), 0), true);
  });

  it("names the place and never the content", () => {
    try {
      parse('{"secret":"hunter2",x');
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, "octet 20: expected a member name, found 0x78");
    }
  });

  it("keeps limits", () => {
    assert.ok(parse(`${"[".repeat(64)}${"]".repeat(64)}`));
    refuses(() => parse(`${"[".repeat(65)}${"]".repeat(65)}`));
    refuses(() => parse("[".repeat(1_000_000)));
    refuses(() => parse('{"a":'.repeat(1_000_000)));
    refuses(() => parse("[[]]", { maxDepth: 1 }));
    refuses(() => parse("[1]", { maxOctets: 2 }), "ERR_TOO_LARGE");
    refuses(() => parse("[1,2,3]", { maxItems: 3 }), "ERR_TOO_LARGE");
    refuses(() => parse(`[${"{},".repeat(1_000_000)}0]`), "ERR_TOO_LARGE");
  });

  it("lenient mode drops line breaks and the blanks after them inside strings, and nothing else", () => {
    const wrapped = '{"Salt":"AAAA\r\n \tBBBB\n","n":"a b\\n c"}';
    refuses(() => parse(wrapped));
    assert.is(write(parse(wrapped, { lenient: true })), '{"Salt":"AAAABBBB","n":"a b\\n c"}');
    refuses(() => parse('"a\u0001"', { lenient: true }));
    refuses(() => parse('"a\tb"', { lenient: true }));
  });
});

describe("codec: spanOf", (it) => {
  it("gives the exact octets of objects and arrays", () => {
    const value = parse(' [ { "a" : [ 1 ,2 ] } , "x" ] ') as readonly Datum[];
    const spans = [value, value[0], (value[0] as DatumObject).a, value[1]].map((part) => {
      const span = spanOf(part);
      return span && Buffer.from(span).toString();
    });
    assert.equal(spans, ['[ { "a" : [ 1 ,2 ] } , "x" ]', '{ "a" : [ 1 ,2 ] }', "[ 1 ,2 ]", undefined]);
    assert.is(spanOf({}), undefined);
    assert.is(spanOf(undefined), undefined);
  });

  it("written again verbatim gives the same octets", () => {
    const header = ' {"b" :1,\n"a":"\\u0041"} '.trim();
    const value = parse(`[${header},""]`) as readonly Datum[];
    const span = spanOf(value[0]);
    assert.is(write([new Encoded(span!), ""]), `[${header},""]`);
  });
});

describe("codec: encodeJson", (it) => {
  it("round trip", () => {
    fc.assert(
      fc.property(textTree, (datum) => assert.equal(comparable(parseJson(encodeJson(datum))), comparable(datum))),
      { numRuns: 500 },
    );
  });

  it("writes no white space, octets as base64url, undefined not at all", () => {
    assert.is(
      write({ a: Uint8Array.of(255, 254), b: undefined, c: [true, null, 1n << 64n, 1e21, -0], d: new Encoded(utf8('{ "x":1}')) }),
      '{"a":"__4","c":[true,null,18446744073709551616,1e+21,0],"d":{ "x":1}}',
    );
    assert.is(write([{}, [], ""]), '[{},[],""]');
  });

  it("refuses what JSON cannot carry", () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "\ud800",
      { "\udc00": 1 },
      new Encoded(Uint8Array.of(0xa0, 1)),
      new Encoded(utf8('"')),
    ]) {
      refuses(() => encodeJson(value));
    }
    const cycle: Datum[] = [];
    cycle.push(cycle);
    refuses(() => encodeJson(cycle));
  });

  it("never writes what it cannot read", () => {
    let datum: Datum = 1;
    for (let i = 0; i < 64; i++) datum = [datum];
    assert.ok(parseJson(encodeJson(datum)));
    refuses(() => encodeJson([datum]));
  });
});
