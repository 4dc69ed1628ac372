/** Keys as threshold.json prints them: seed text, private octets, scalar in decimal, coordinates of the point. */
import { toHex } from "../base/bytes.ts";
import type { DatumObject } from "../codec/index.ts";
import { expandSeed, scalarLength, scalarOctets } from "../crypto/curve.ts";
import type { Curve, PrivateKey, PublicKey } from "../crypto/index.ts";
import { extendedPublic, hkdfSha512, parseUdf, plainKey, privateKeyFromScalar, privateKeyFromSeed } from "../crypto/index.ts";
import { curve448, curve25519, montgomeryPoint } from "../crypto/montgomery.ts";
import { pointOf } from "../crypto/public-key.ts";
import { seedOutput } from "../crypto/seed.ts";
import type { Members } from "./vector.ts";

/** True for the curves whose points are printed by u and v. */
export function isMontgomery(curve: Curve): curve is "X25519" | "X448" {
  return curve === "X25519" || curve === "X448";
}

/** u and v of a key's point in decimal; nothing for Edwards keys. */
export function coordinates(key: PublicKey): DatumObject {
  if (!isMontgomery(key.curve)) return {};
  const { u, v } = montgomeryPoint(key.curve === "X448" ? curve448 : curve25519, pointOf(key));
  return { u: u.toString(), v: v.toString() };
}

/** A key that an entry prints. X keys are printed clamped, Ed keys as seeds. */
export interface PrintedKey {
  readonly key: PrivateKey;
  /** With its sign. */
  readonly point: PublicKey;
  /** What has to stand in the entry. */
  readonly came: DatumObject;
}

/** Reads a key from its seed text, and says what has to be printed of it. */
export function printedKey(entry: Members, curve: Curve): PrintedKey {
  const output = outputOf(entry, curve);
  const { scalar } = expandSeed(curve, output);
  const key = privateKeyFromSeed(curve, output);
  const point = extendedPublic(key);
  const plain = toHex(plainKey(point).octets);
  const statesSign = entry.has("encodedPublic") && entry.text("encodedPublic").length > plain.length;
  return {
    key,
    point,
    came: {
      udf: entry.datum("udf"),
      scalar: scalar.toString(),
      encodedPrivate: toHex(printedOctets(output, curve)),
      ...(entry.has("u") || !isMontgomery(curve) ? coordinates(point) : {}),
      ...(entry.has("encodedPublic") ? { encodedPublic: statesSign ? toHex(point.octets) : plain } : {}),
    },
  };
}

function littleEndianOf(scalar: bigint, curve: Curve): Uint8Array {
  const out = new Uint8Array(scalarLength(curve));
  for (let i = 0, rest = scalar; i < out.length; i++, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}

function printedOctets(output: Uint8Array, curve: Curve): Uint8Array {
  return isMontgomery(curve) ? littleEndianOf(expandSeed(curve, output).scalar, curve) : output;
}

function presentOutput(entry: Members, curve: Curve): Uint8Array {
  return seedOutput(parseUdf(entry.text("udf")).data, "", curve);
}

/** The rule of earlier revisions: the specifier as salt, and no info. */
function oldOutput(entry: Members, curve: Curve): Uint8Array {
  const { data } = parseUdf(entry.text("udf"));
  return hkdfSha512({ ikm: data, salt: data.subarray(0, 2), length: scalarLength(curve) });
}

const fits = (entry: Members, output: Uint8Array, curve: Curve): boolean => entry.datum("encodedPrivate") === toHex(printedOctets(output, curve));

/** Octets that the seed text gives, by the older rule only where that is what is printed. */
function outputOf(entry: Members, curve: Curve): Uint8Array {
  const old = oldOutput(entry, curve);
  return fits(entry, old, curve) ? old : presentOutput(entry, curve);
}

/** Key of a scalar in decimal. */
export function scalarKey(curve: Curve, scalar: bigint): PrivateKey {
  return privateKeyFromScalar(curve, scalarOctets(curve, scalar));
}

/** Flags about printed keys: every one as it says but the older rule. */
export function keyFlags(names: readonly string[], entries: readonly Members[], curve: Curve): Record<string, () => boolean> {
  const flags: Record<string, () => boolean> = {};
  names.forEach((name, i) => {
    const entry = entries[i];
    if (!entry) return;
    const holds = (member: string) => () => entry.datum(member) === printedKey(entry, curve).came[member];
    flags[`${name}.udf`] = () => fits(entry, presentOutput(entry, curve), curve);
    flags[`${name}.private`] = holds("encodedPrivate");
    flags[`${name}.scalar`] = holds("scalar");
    flags[`${name}.u`] = holds("u");
    flags[`${name}.v`] = holds("v");
    flags[`${name}.public`] = holds("encodedPublic");
    flags[`${name}.udfOldKdf`] = () => fits(entry, oldOutput(entry, curve), curve);
  });
  return flags;
}
