/**
 * The primitives of the device link on node:crypto and BigInt alone, for a reader that shares no line with the product: HKDF and labelled MAC,
 * X25519 and X448 with the ciphers of their suites, and Ed25519ctx, which node:crypto does not offer.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";

/** Anything that a reader refuses. A device has one kind of failure. */
export class Refused extends Error {}

export const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
export const sha512 = (octets: Uint8Array): Buffer => createHash("sha512").update(octets).digest();
export const hmac = (key: Uint8Array, octets: Uint8Array): Buffer => createHmac("sha512", key).update(octets).digest();
export const hkdf32 = (key: Uint8Array, info: Uint8Array): Buffer => Buffer.from(hkdfSync("sha512", key, "", info, 32));

/** An unsigned number in so many octets. */
export function big(value: number | bigint, width: 2 | 4 | 8): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - width);
}

/** Labelled MAC, as the page's introduction says. */
export function labelledMac(key: Uint8Array, label: string, fields: readonly Uint8Array[]): Buffer {
  return hmac(key, Buffer.concat([utf8(label), Buffer.of(0), ...fields.flatMap((field) => [big(field.length, 4), field])]));
}

/** What differs between the two suites. */
export interface Suite {
  readonly protocol: string;
  readonly length: 32 | 56;
  readonly publicOf: (secret: Uint8Array) => Buffer;
  readonly agree: (secret: Uint8Array, theirs: Uint8Array) => Buffer;
  readonly seal: (key: Uint8Array, counter: bigint, data: Uint8Array, plaintext: Uint8Array) => Buffer;
  readonly open: (key: Uint8Array, counter: bigint, data: Uint8Array, sealed: Uint8Array) => Buffer;
}

function suite(curve: "X25519" | "X448"): Suite {
  const isLarge = curve === "X448";
  const length = isLarge ? 56 : 32;
  const oid = isLarge ? 0x6f : 0x6e;
  // PKCS #8 and SubjectPublicKeyInfo of RFC 8410.
  const secretHead = Buffer.of(0x30, 14 + length, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, oid, 4, 2 + length, 4, length);
  const publicHead = Buffer.of(0x30, 10 + length, 0x30, 5, 6, 3, 0x2b, 0x65, oid, 3, 1 + length, 0);
  const secretKey = (octets: Uint8Array): KeyObject => createPrivateKey({ key: Buffer.concat([secretHead, octets]), format: "der", type: "pkcs8" });
  const publicKey = (octets: Uint8Array): KeyObject => createPublicKey({ key: Buffer.concat([publicHead, octets]), format: "der", type: "spki" });
  const nonce = (counter: bigint): Buffer => {
    const octets = Buffer.alloc(12);
    if (isLarge) octets.writeBigUInt64BE(counter, 4);
    else octets.writeBigUInt64LE(counter, 4);
    return octets;
  };
  const cipher = isLarge ? ("aes-256-gcm" as const) : ("chacha20-poly1305" as "aes-256-gcm");
  return {
    protocol: isLarge ? "Noise_IKpsk2_448_AESGCM_SHA512" : "Noise_IKpsk2_25519_ChaChaPoly_SHA512",
    length,
    publicOf: (secret) => createPublicKey(secretKey(secret)).export({ format: "der", type: "spki" }).subarray(-length),
    agree(secret, theirs) {
      let shared: Buffer;
      try {
        shared = diffieHellman({ privateKey: secretKey(secret), publicKey: publicKey(theirs) });
      } catch {
        throw new Refused("no shared secret");
      }
      if (timingSafeEqual(shared, Buffer.alloc(length))) throw new Refused("a shared secret of zeros");
      return shared;
    },
    seal(key, counter, data, plaintext) {
      const made = createCipheriv(cipher, key, nonce(counter), { authTagLength: 16 });
      made.setAAD(data);
      return Buffer.concat([made.update(plaintext), made.final(), made.getAuthTag()]);
    },
    open(key, counter, data, sealed) {
      if (sealed.length < 16) throw new Refused("no tag");
      const opened = createDecipheriv(cipher, key, nonce(counter), { authTagLength: 16 });
      opened.setAAD(data);
      opened.setAuthTag(sealed.subarray(-16));
      try {
        return Buffer.concat([opened.update(sealed.subarray(0, -16)), opened.final()]);
      } catch {
        throw new Refused("the tag fails");
      }
    },
  };
}

export const suites = { X25519: suite("X25519"), X448: suite("X448") };

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
type Point = readonly [x: bigint, y: bigint];

const mod = (value: bigint, by = p): bigint => ((value % by) + by) % by;
function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
const inverse = (value: bigint): bigint => power(value, p - 2n);
const d = mod(-121665n * inverse(121666n));
const rootOfMinusOne = power(2n, (p - 1n) / 4n);

function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(d * x1 * x2 * y1 * y2);
  return [mod((x1 * y2 + x2 * y1) * inverse(1n + product)), mod((y1 * y2 + x1 * x2) * inverse(1n - product))];
}

/** Over one denominator, so that a multiplication divides once. */
type Projective = readonly [x: bigint, y: bigint, z: bigint, t: bigint];

function sum([x1, y1, z1, t1]: Projective, [x2, y2, z2, t2]: Projective): Projective {
  const [a, b] = [mod((y1 - x1) * (y2 - x2)), mod((y1 + x1) * (y2 + x2))];
  const [c, e] = [mod(2n * d * t1 * t2), mod(2n * z1 * z2)];
  const [f, g, h, k] = [b - a, e - c, e + c, b + a];
  return [mod(f * g), mod(h * k), mod(g * h), mod(f * k)];
}

function times([x, y]: Point, scalar: bigint): Point {
  let [result, double]: [Projective, Projective] = [
    [0n, 1n, 1n, 0n],
    [x, y, 1n, mod(x * y)],
  ];
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = sum(result, double);
    double = sum(double, double);
  }
  const under = inverse(result[2]);
  return [mod(result[0] * under), mod(result[1] * under)];
}

const little = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).reverse().toString("hex")}`);
const littleOctets = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();

function encodePoint([x, y]: Point): Buffer {
  return littleOctets(y | ((x & 1n) << 255n));
}

function decodePoint(octets: Uint8Array): Point {
  const whole = little(octets);
  const y = whole & (2n ** 255n - 1n);
  const [u, v] = [mod(y * y - 1n), mod(d * y * y + 1n)];
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (p - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * rootOfMinusOne);
  if (y >= p || mod(v * x * x) !== u) throw new Refused("not a point");
  return [(x & 1n) === whole >> 255n ? x : mod(-x), y];
}

const base = decodePoint(littleOctets(mod(4n * inverse(5n))));
const domain = Buffer.concat([utf8("SigEd25519 no Ed25519 collisions"), Buffer.of(0, 0)]);
const challenge = (...parts: Uint8Array[]): bigint => mod(little(sha512(Buffer.concat([domain, ...parts]))), order);

/** Public point of a scalar. */
export const pointOf = (scalar: Uint8Array): Buffer => encodePoint(times(base, mod(little(scalar), order)));

function expanded(seed: Uint8Array): { scalar: bigint; prefix: Buffer } {
  const digest = sha512(seed);
  const scalar = (little(digest.subarray(0, 32)) & (2n ** 254n - 8n)) | (2n ** 254n);
  return { scalar, prefix: digest.subarray(32) };
}

/** A point of a message: 32 octets, on the curve, and not of small order. */
function messagePoint(octets: Uint8Array): Point {
  if (octets.length !== 32) throw new Refused("not a point of Ed25519");
  const point = decodePoint(octets);
  if (times(point, 8n)[0] === 0n && times(point, 8n)[1] === 1n) throw new Refused("a point of small order");
  return point;
}

/** §7.1: a part of an agreement. The scalar is made a multiple of 8 that is the same modulo the order, so that parts of small order vanish. */
export function agreementPart(share: Uint8Array, ephemeral: Uint8Array): Buffer {
  const clearing = 8n * mod(little(share) * power8Inverse, order);
  return encodePoint(times(messagePoint(ephemeral), clearing));
}

const power8Inverse = (() => {
  // 8 * x = 1 modulo the order.
  let [a, b, x, y] = [8n, order, 1n, 0n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return mod(x, order);
})();

/** §7.1: the sum of two points, which has to be of no small order either. */
export function sumOf(one: Uint8Array, other: Uint8Array): Buffer {
  const sum = encodePoint(add(messagePoint(one), messagePoint(other)));
  messagePoint(sum);
  return sum;
}

/** §7.1: the device's part of a signature, under a nonce. */
export function signaturePart(input: { key: Uint8Array; body: Uint8Array; commitment: Uint8Array; share: Uint8Array; nonce: Uint8Array }): {
  R: Buffer;
  Share: Buffer;
} {
  const { key, body, commitment, share, nonce } = input;
  const R = sumOf(commitment, pointOf(nonce));
  const k = challenge(R, key, sha512(body));
  return { R, Share: littleOctets(mod(little(nonce) + k * little(share), order)) };
}

/** §7.1: the hub adds its own part, and has a signature or nothing. */
export function signatureOf(input: {
  key: Uint8Array;
  body: Uint8Array;
  R: Uint8Array;
  deviceShare: Uint8Array;
  share: Uint8Array;
  nonce: Uint8Array;
}): Buffer {
  const { key, body, R, deviceShare, share, nonce } = input;
  const k = challenge(R, key, sha512(body));
  if (little(deviceShare) >= order) throw new Refused("not a scalar");
  const signature = Buffer.concat([R, littleOctets(mod(little(deviceShare) + little(nonce) + k * little(share), order))]);
  if (!verifyCtx(key, sha512(body), signature)) throw new Refused("the signature does not verify");
  return signature;
}

/** The point of a seed's scalar and others together. */
export const pointOfSum = (seed: Uint8Array, scalars: readonly Uint8Array[]): Buffer =>
  encodePoint(
    times(
      base,
      mod(
        scalars.reduce((sum, scalar) => sum + little(scalar), expanded(seed).scalar),
        order,
      ),
    ),
  );

/** Ed25519 public key of a seed. */
export const ed25519Public = (seed: Uint8Array): Buffer => encodePoint(times(base, mod(expanded(seed).scalar, order)));

/** Ed25519ctx with an empty context (RFC 8032, 5.1). */
export function signCtx(seed: Uint8Array, message: Uint8Array): Buffer {
  const { scalar, prefix } = expanded(seed);
  const r = challenge(prefix, message);
  const first = encodePoint(times(base, r));
  const k = challenge(first, ed25519Public(seed), message);
  return Buffer.concat([first, littleOctets(mod(r + k * scalar, order))]);
}

export function verifyCtx(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const s = little(signature.subarray(32));
  if (s >= order) return false;
  const k = challenge(signature.subarray(0, 32), key, message);
  const [left, right] = [times(base, s), add(decodePoint(signature.subarray(0, 32)), times(decodePoint(key), k))];
  return left[0] === right[0] && left[1] === right[1];
}
