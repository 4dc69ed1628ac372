/** Value trees for property tests, and their comparison (objects of the decoders have no prototype, which plain equality minds). */
import fc from "fast-check";
import type { Datum } from "../../src/codec/index.ts";
import { Encoded } from "../../src/codec/index.ts";

/** Well-formed text; names of prototype members are frequent. */
export const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "toString", "", "0", "\u2028", "\ufeff", "\0"),
);

const unsafe = fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }).filter((value) => !Number.isSafeInteger(Number(value)));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), finite, unsafe, text);
const octets = fc.uint8Array({ maxLength: 300 });

function tree(leaf: fc.Arbitrary<Datum>): fc.Arbitrary<Datum> {
  return fc.letrec<{ node: Datum }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.array(tie("node"), { maxLength: 5 }),
      fc.array(fc.tuple(text, tie("node")), { maxLength: 5 }).map((members) => {
        const out = Object.create(null) as Record<string, Datum>;
        for (const [name, value] of members) out[name] = value;
        return out;
      }),
    ),
  })).node;
}

/** What JSON text gives back exactly. */
export const textTree = tree(scalar);

/** What JSON-B gives back exactly: octets too. */
export const binaryTree = tree(fc.oneof(scalar, octets));

/** A form that plain equality compares in full: kinds, order of members, no prototypes. */
export function comparable(datum: Datum | undefined): unknown {
  if (datum === undefined) return ["undefined"];
  if (datum === null || typeof datum === "boolean" || typeof datum === "string") return datum;
  if (typeof datum === "number" || typeof datum === "bigint") return [typeof datum, String(datum)];
  if (datum instanceof Uint8Array) return ["octets", Buffer.from(datum).toString("hex")];
  if (datum instanceof Encoded) return ["encoded", Buffer.from(datum.octets).toString("hex")];
  if (Array.isArray(datum)) return ["list", ...(datum as readonly Datum[]).map(comparable)];
  return ["object", ...Object.entries(datum).map(([name, member]) => [name, comparable(member)])];
}
