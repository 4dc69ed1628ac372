/**
 * Shamir shares of octet strings (S, udf-13 §4.5): data = (threshold << 4 | x - 1), then f(x) over the smallest prime above 2^(8n).
 * Nothing in a share names its set or shows that it is wrong: check what is recovered against a fingerprint kept elsewhere.
 * BigInt arithmetic: to be used where the secret is at hand anyway. Shares of keys in use are in threshold/share.ts.
 */
import { invert } from "@noble/curves/abstract/modular.js";
import { concat, wipe } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { parseUdf, presentWhole, udfType } from "./udf.ts";

/** One share. */
export interface SecretShare {
  /** Shares needed, 2 to 15. */
  readonly threshold: number;
  /** x, 1 to 16. */
  readonly index: number;
  /** f(x), as many octets as the secret. */
  readonly value: Uint8Array;
}

/** Octets of the largest secret: the table of primes ends there. */
const maxOctets = 64;
/** The reference implementation refuses more. */
const maxShares = 15;

/** offset[n - 1]: the smallest prime above 2^(8n) is 2^(8n) + offset (udf-13 §11). */
const offsets = [
  1, 1, 43, 15, 15, 21, 81, 13, 15, 13, 7, 61, 111, 25, 451, 51, 85, 175, 253, 7, 87, 427, 27, 133, 235, 375, 423, 735, 357, 115, 81, 297, 175, 57,
  45, 127, 61, 37, 91, 27, 15, 241, 231, 55, 105, 127, 115, 231, 207, 181, 37, 235, 163, 1093, 187, 211, 21, 841, 445, 165, 777, 583, 133, 75,
] as const;

/** P of secrets of so many octets. Throws ERR_KEY beyond 64. */
export function shamirPrime(octets: number): bigint {
  const offset = offsets[octets - 1];
  if (offset === undefined) throw new MeshError("ERR_KEY", `secret of ${octets} octets: 1 to ${maxOctets}`);
  return (1n << BigInt(8 * octets)) + BigInt(offset);
}

function readBigEndian(octets: Uint8Array): bigint {
  let value = 0n;
  for (const octet of octets) value = (value << 8n) | BigInt(octet);
  return value;
}

function bigEndian(value: bigint, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}

function checkCounts(threshold: number, shares: number): void {
  const isFit = Number.isInteger(threshold) && Number.isInteger(shares) && threshold >= 2 && threshold <= shares && shares <= maxShares;
  if (!isFit)
    throw new MeshError("ERR_USAGE", `cannot make ${shares} shares of which ${threshold} are needed: at most ${maxShares}, at least 2 needed`);
}

/**
 * Shares 1 to n under given coefficients a1, a2...; undefined when a value does not fit and others have to be drawn. For checks of
 * published values: makers of shares use splitSecret. Throws ERR_USAGE, ERR_KEY.
 */
export function evaluateShares(input: {
  readonly secret: Uint8Array;
  readonly coefficients: readonly bigint[];
  readonly shares: number;
}): SecretShare[] | undefined {
  const { secret, coefficients } = input;
  const threshold = coefficients.length + 1;
  checkCounts(threshold, input.shares);
  const prime = shamirPrime(secret.length);
  const terms = [readBigEndian(secret), ...coefficients];
  const values = Array.from({ length: input.shares }, (_, i) => terms.reduceRight((sum, term) => (sum * BigInt(i + 1) + term) % prime, 0n));
  const isFit = values.every((value) => value < 1n << BigInt(8 * secret.length));
  return isFit ? values.map((value, i) => ({ threshold, index: i + 1, value: bigEndian(value, secret.length) })) : undefined;
}

/** Text of a share. */
export function shareUdf(share: SecretShare): string {
  return presentWhole(udfType.share, concat(Uint8Array.of((share.threshold << 4) | (share.index - 1)), share.value));
}

/** Reads a share. Throws ERR_ENCODING when the text is no fingerprint, ERR_KEY when it is no share. */
export function parseShare(text: string): SecretShare {
  const { type, data } = parseUdf(text);
  const first = data[0] ?? 0;
  const value = data.slice(1);
  if (type !== udfType.share || value.length === 0 || value.length > maxOctets || first >> 4 < 2)
    throw new MeshError("ERR_KEY", "not a share of a secret", { hint: "a share begins with S, and is given whole as it was printed" });
  return { threshold: first >> 4, index: (first & 15) + 1, value };
}

/** Splits a secret of 1 to 64 octets into shares, as text. Throws ERR_USAGE, ERR_KEY. */
export function splitSecret(input: {
  readonly secret: Uint8Array;
  readonly threshold: number;
  readonly shares: number;
  readonly random: Random;
}): string[] {
  const { secret, threshold, shares, random } = input;
  checkCounts(threshold, shares);
  const prime = shamirPrime(secret.length);
  // Twice the octets are drawn, so that the reduction leaves no bias.
  const draw = (): bigint => readBigEndian(random.bytes(2 * secret.length + 8)) % prime;
  for (;;) {
    const made = evaluateShares({ secret, coefficients: Array.from({ length: threshold - 1 }, draw), shares });
    if (made) return made.map(shareUdf);
  }
}

/**
 * Secret of at least `threshold` shares of one set; those beyond have to lie on the same polynomial. Throws ERR_KEY for too few or
 * for shares that do not fit together by form, ERR_VERIFICATION where the surplus shows that one is wrong.
 */
export function recoverSecret(texts: readonly string[]): Uint8Array {
  const shares = texts.map(parseShare);
  const [first] = shares;
  if (!first || shares.length < first.threshold) throw tooFew(shares.length, first?.threshold);
  const isOneSet = shares.every((share) => share.threshold === first.threshold && share.value.length === first.value.length);
  if (!isOneSet || new Set(shares.map((share) => share.index)).size !== shares.length) {
    throw new MeshError("ERR_KEY", "the shares are not of one set, or one came twice", {
      hint: "give shares that were made together, each of them once",
    });
  }
  const prime = shamirPrime(first.value.length);
  const quorum = shares.slice(0, first.threshold);
  const at = (x: bigint): bigint => interpolate(quorum, x, prime);
  for (const share of shares.slice(first.threshold)) {
    if (at(BigInt(share.index)) !== readBigEndian(share.value)) throw new MeshError("ERR_VERIFICATION", "shares of a secret did not verify");
  }
  const secret = at(0n);
  if (secret >> BigInt(8 * first.value.length) !== 0n) throw new MeshError("ERR_VERIFICATION", "shares of a secret did not verify");
  return bigEndian(secret, first.value.length);
}

function tooFew(count: number, threshold = 2): MeshError {
  const given = count === 1 ? "1 share is" : `${count} shares are`;
  return new MeshError("ERR_KEY", `${given} too few: ${threshold} of the set are needed`, {
    hint: "add others of the same set: they are with whom, and where, they were put when they were made",
  });
}

function interpolate(shares: readonly SecretShare[], x: bigint, prime: bigint): bigint {
  let sum = 0n;
  for (const share of shares) {
    let [over, under] = [1n, 1n];
    for (const other of shares) {
      if (other.index === share.index) continue;
      over = (over * (BigInt(other.index) - x)) % prime;
      under *= BigInt(other.index - share.index);
    }
    sum = (sum + readBigEndian(share.value) * over * invert(under, prime)) % prime;
  }
  return (sum + prime) % prime;
}

/** How many shares, and how many of them are needed. */
export interface ShareCounts {
  readonly threshold: number;
  readonly shares: number;
  readonly random: Random;
}

/** Shares of an encryption key (E): of its key octets, without the type (udf-13 §6.2.2). Throws ERR_KEY. */
export function splitEncryptionKey(keyText: string, counts: ShareCounts): string[] {
  const { type, data } = parseUdf(keyText);
  if (type !== udfType.encryption) throw new MeshError("ERR_KEY", `type ${type} is not an encryption key`);
  return splitSecret({ ...counts, secret: data });
}

/** The encryption key of shares, as an E type UDF. Throws as recoverSecret does. */
export function recoverEncryptionKey(texts: readonly string[]): string {
  const secret = recoverSecret(texts);
  const text = presentWhole(udfType.encryption, secret);
  wipe(secret);
  return text;
}

/** Shares of a seed (Z), for the escrow of an account: of all its octets, with the type. Throws ERR_KEY. */
export function splitSeed(seed: string, counts: ShareCounts): string[] {
  const { type, data } = parseUdf(seed);
  if (type !== udfType.seed) throw new MeshError("ERR_KEY", `type ${type} is not a seed`);
  const secret = concat(Uint8Array.of(type), data);
  const shares = splitSecret({ ...counts, secret });
  wipe(secret);
  return shares;
}

/** The seed of shares. Older drafts put zero octets in front. Throws as recoverSecret does; ERR_VERIFICATION when no seed comes out. */
export function recoverSeed(texts: readonly string[]): string {
  const secret = recoverSecret(texts);
  const start = secret.findIndex((octet) => octet !== 0);
  if (start < 0 || secret[start] !== udfType.seed) throw new MeshError("ERR_VERIFICATION", "shares of a seed did not verify");
  const text = presentWhole(udfType.seed, secret.slice(start + 1));
  wipe(secret);
  return text;
}
