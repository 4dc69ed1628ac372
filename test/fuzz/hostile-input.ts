/** Hostile input for decoders: good octets with damage, structures without measure, names that hurt in JavaScript, and noise. */
import fc from "fast-check";
import { concat, utf8 } from "../../src/base/bytes.ts";

/** Octet strings that steer decoders: brackets, tags of JSON-B, lengths at their ends, numbers and names that programs stumble over. */
const nasty: readonly Uint8Array[] = [
  ...["{", "}", "[", "]", '"', ":", ",", "\\", "\n", "-", "1e999", "1e-999", "-0", "0123", "\\ud800", "\\u0000", "null", "true", "{}", "[]", '""'],
  ...[
    '"__proto__":',
    '"constructor":{"prototype":{"polluted":1}},',
    '{"__proto__":{"polluted":1}}',
    '"toString":',
    '"a":1,"a":2',
    '"length":4294967295',
  ],
  ..."\u2028|\ufeff|\u0130|\u017f|ſ|mcu://|udf:|@|--|====".split("|"),
  "9".repeat(400),
].map(utf8);
const octetStrings: readonly Uint8Array[] = [
  Uint8Array.of(0x80, 0xff),
  Uint8Array.of(0x83, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x8b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x8a, 0x7f, 0xff, 0xff, 0xff),
  Uint8Array.of(0xa7, 0xff, 0xff),
  Uint8Array.of(0x92, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0xc8, 0x20, 0x80, 0x01, 0x41),
  Uint8Array.of(0xc0, 0x20),
  Uint8Array.of(0xf7, 0, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0xf4, 0, 0, 0xf4),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0x00),
  Uint8Array.of(0xff),
];
const piece = fc.constantFrom(...nasty, ...octetStrings);

type Edit = (octets: Uint8Array) => Uint8Array;

/** A place in octets of any length. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (octets: Uint8Array, fraction: number): number => Math.floor(fraction * (octets.length + 1));

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([where, bits]): Edit =>
      (octets) => {
        const out = octets.slice();
        const i = at(out, where);
        if (i < out.length) out[i] = (out[i] ?? 0) ^ bits;
        return out;
      },
  ),
  place.map(
    (where): Edit =>
      (octets) =>
        octets.slice(0, at(octets, where)),
  ),
  place.map(
    (where): Edit =>
      (octets) =>
        octets.slice(at(octets, where)),
  ),
  fc.tuple(place, piece).map(
    ([where, part]): Edit =>
      (octets) =>
        concat(octets.slice(0, at(octets, where)), part, octets.slice(at(octets, where))),
  ),
  fc.tuple(place, piece).map(
    ([where, part]): Edit =>
      (octets) => {
        const i = at(octets, where);
        return concat(octets.slice(0, i), part, octets.slice(i + part.length));
      },
  ),
  fc.tuple(place, place).map(
    ([from, to]): Edit =>
      (octets) => {
        const [i, j] = [at(octets, Math.min(from, to)), at(octets, Math.max(from, to))];
        return concat(octets.slice(0, j), octets.slice(i, Math.min(j, i + 4096)), octets.slice(j));
      },
  ),
);

const noise = fc.uint8Array({ maxLength: 200 });
const soup = fc.array(piece, { maxLength: 40 }).map((parts) => concat(...parts));
const deep = fc
  .tuple(fc.constantFrom("[", '{"a":', '[{"b":', '{"__proto__":'), fc.integer({ min: 1, max: 3000 }))
  .map(([open, count]) => utf8(open.repeat(count)));
const wide = fc
  .tuple(fc.constantFrom("{},", "[],", '"",', "0,"), fc.integer({ min: 1, max: 2000 }))
  .map(([item, count]) => utf8(`[${item.repeat(count)}0]`));

/** Octets: damaged good ones for the most part, since what fails at its first octet finds nothing. */
export function hostileOctets(good: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const others = [
    { weight: 2, arbitrary: noise },
    { weight: 3, arbitrary: soup },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: wide },
  ];
  if (good.length === 0) return fc.oneof(...others);
  const damaged = fc
    .tuple(fc.constantFrom(...good), fc.array(edit, { maxLength: 4 }))
    .map(([octets, edits]) => edits.reduce((out, change) => change(out), octets));
  return fc.oneof({ weight: 13, arbitrary: damaged }, ...others);
}

/** Text, damaged in the same ways; malformed parts become replacement characters. */
export function hostileText(good: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: hostileOctets(good.map(utf8)).map((octets) => new TextDecoder().decode(octets)) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 100 }) },
  );
}
