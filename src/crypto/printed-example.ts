/**
 * The arithmetic of the worked examples of udf-13 §4.4, for checks of the printed numbers. NOT a way to make keys: live seeds use
 * another salt and info (seed.ts), the curve examples reduce by the field prime and the RSA ones search from 256 bits. Nothing here
 * makes a key, and the room's index does not export it.
 */
import { checkPrimeSync } from "node:crypto";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { uintBytes } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { hmacSha512 } from "./hash.ts";
import { hkdfSha512 } from "./kdf.ts";
import { parseUdf } from "./udf.ts";

/** Octets that the examples expand to, by the number of the algorithm; the RSA examples print 32 instead of those of the table. */
const lengths: Readonly<Record<number, number>> = { 1: 32, 2: 56, 3: 32, 4: 56, 5: 40, 6: 56, 7: 74 };

const primeCurves = { 5: p256, 6: p384, 7: p521 } as const;

/** PRK and OKM of an example: salt = specifier of the algorithm wanted, info empty, or p and q for the RSA examples. */
export function printedSeedOutput(input: { readonly seed: string; readonly algorithm: number; readonly info?: string; readonly length?: number }): {
  readonly prk: Uint8Array;
  readonly okm: Uint8Array;
} {
  const { data } = parseUdf(input.seed);
  const salt = uintBytes(input.algorithm, 2);
  const length = input.length ?? lengths[input.algorithm];
  if (length === undefined) throw new MeshError("ERR_KEY", `no example of algorithm ${input.algorithm}`);
  return { prk: hmacSha512(salt, data), okm: hkdfSha512({ ikm: data, salt, ...(input.info !== undefined && { info: input.info }), length }) };
}

function bigEndianInteger(octets: Uint8Array): bigint {
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

/** d = (OKM mod (m - 1)) + 1 of algorithm 5, 6 or 7 (P-256, P-384, P-521); the printed numbers have the field prime as m. */
export function printedCurveInteger(okm: Uint8Array, algorithm: number, modulus: "field" | "order"): bigint {
  const curve = primeCurves[algorithm as keyof typeof primeCurves];
  if (curve === undefined) throw new MeshError("ERR_KEY", `no example of algorithm ${algorithm}`);
  const m = modulus === "field" ? curve.Point.Fp.ORDER : curve.Point.Fn.ORDER;
  return (bigEndianInteger(okm) % (m - 1n)) + 1n;
}

/** The smallest prime not below the integer of the octets, of at most 32. */
export function printedPrime(okm: Uint8Array): bigint {
  if (okm.length > 32) throw new MeshError("ERR_KEY", `no example of ${okm.length} octets`);
  let candidate = bigEndianInteger(okm) | 1n;
  while (!checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}
