/** Multiplication by Node's ladders against plain Edwards arithmetic: every curve, base and points, small-order components, the rare scalars without a clamped form. */
import { ED25519_TORSION_SUBGROUP, ed25519ctx } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { concat, equalBytes, fromHex, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { type Curve, cofactor, curves, groupOrder, littleEndian, modOrder, readLittleEndian } from "../../src/crypto/curve.ts";
import { verifyEd25519 } from "../../src/crypto/ed25519-verify.ts";
import { fromCurve448, toCurve448 } from "../../src/crypto/isogeny.ts";
import { edwardsModel, multiplier, multiplyAdd, timesBase, timesBlinded, timesPoint } from "../../src/crypto/multiplier.ts";
import { encodePoint, type Point } from "../../src/crypto/point.ts";
import { generatePrivateKey } from "../../src/crypto/private-key.ts";
import { pointOf } from "../../src/crypto/public-key.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { need } from "./vector.ts";

const scalars = (curve: Curve) => fc.uint8Array({ minLength: 64, maxLength: 64 }).map((octets) => modOrder(curve, readLittleEndian(octets)) || 1n);

/** A point of small order, not the identity. */
function torsion(curve: Curve): Point {
  const Model = edwardsModel(curve);
  if (curve.endsWith("25519")) return Model.fromBytes(need(fromHex(need(ED25519_TORSION_SUBGROUP[3]))));
  return Model.fromAffine({ x: 1n, y: 0n });
}

/** Residues k / h outside the range that clamping leaves. */
const unclampable: Record<Curve, bigint> = { X25519: 8n, Ed25519: 8n, X448: 4n * (2n ** 445n - 1n), Ed448: 16n * (2n ** 445n - 1n) };

describe("multiplication", (it) => {
  for (const curve of curves) {
    const Model = edwardsModel(curve);
    it(`${curve}: by Node as by Edwards arithmetic`, () => {
      fc.assert(
        fc.property(scalars(curve), scalars(curve), (a, b) => {
          const point = Model.BASE.multiply(b);
          assert.ok(timesBase(multiplier(curve, a)).equals(Model.BASE.multiply(a)));
          assert.ok(timesPoint(multiplier(curve, a), point).equals(point.multiply(a)));
          assert.ok(timesBlinded(multiplier(curve, a), point).equals(point.multiply(a)));
        }),
        { numRuns: 12 },
      );
    });

    it(`${curve}: small scalars and their opposites`, () => {
      for (const s of [1n, 2n, 3n, groupOrder(curve) - 1n, groupOrder(curve) - 2n]) {
        assert.ok(timesBase(multiplier(curve, s)).equals(Model.BASE.multiply(s)), String(s));
        const point = Model.BASE.multiply(77n);
        assert.ok(timesPoint(multiplier(curve, s), point).equals(point.multiply(s)), String(s));
      }
    });

    it(`${curve}: small-order components are cleared`, () => {
      const small = torsion(curve);
      assert.ok(small.multiplyUnsafe(cofactor(curve)).is0());
      const point = Model.BASE.multiply(12345n);
      for (const s of [5n, groupOrder(curve) / 3n, unclampable[curve]]) {
        const m = multiplier(curve, s);
        assert.ok(timesPoint(m, point.add(small)).equals(point.multiply(m.scalar)));
        assert.ok(timesBlinded(m, point.add(small)).equals(point.multiply(m.scalar)));
      }
    });

    it(`${curve}: scalars without a clamped form go the other way`, () => {
      const point = Model.BASE.multiply(99n);
      // The last one has a clamped k, but none for k + h: there is no such scalar on the larger curve, whose L is below the range.
      for (const scalar of [unclampable[curve], ...(curve.endsWith("25519") ? [8n * (2n ** 252n - 1n)] : [])]) {
        const m = multiplier(curve, scalar);
        assert.is(m.native, undefined);
        assert.ok(timesBase(m).equals(Model.BASE.multiply(m.scalar)));
        assert.ok(timesPoint(m, point).equals(point.multiply(m.scalar)));
      }
    });

    it(`${curve}: zero is refused; points keep their octets`, async () => {
      await throwsMesh(() => multiplier(curve, groupOrder(curve)), "ERR_KEY");
      const key = generatePrivateKey(curve, systemRandom);
      assert.ok(equalBytes(encodePoint(curve, pointOf(key.public)).subarray(0, key.public.octets.length), key.public.octets));
      await throwsMesh(() => encodePoint(curve, torsion(curve)), "ERR_KEY");
    });

    it(`${curve}: a + b * secret, masked`, () => {
      fc.assert(
        fc.property(scalars(curve), scalars(curve), scalars(curve), (a, b, secret) => {
          assert.is(multiplyAdd({ curve, a, b, secret }), modOrder(curve, a + b * secret));
        }),
        { numRuns: 20 },
      );
    });
  }

  it("the isogenies of Ed448 multiply by four together", () => {
    const Model = edwardsModel("Ed448");
    for (const s of [1n, 2n, 987654321n]) {
      const point = Model.BASE.multiply(s);
      assert.ok(fromCurve448(toCurve448(point)).equals(point.multiply(4n)));
    }
    assert.is(toCurve448(Model.BASE).u, 5n);
  });
});

describe("Ed25519ctx", (it) => {
  const context = new Uint8Array();
  const verdicts = (input: { publicOctets: Uint8Array; message: Uint8Array; signature: Uint8Array }): readonly [boolean, boolean] => {
    const point = edwardsModel("Ed25519").fromBytes(input.publicOctets);
    let reference = false;
    try {
      reference = ed25519ctx.verify(input.signature, input.message, input.publicOctets, { context, zip215: false });
    } catch {
      // It throws on wrong lengths.
    }
    return [verifyEd25519({ ...input, point }), reference];
  };

  it("verification agrees with a second implementation, on good signatures and on changed ones", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(63), fc.integer({ min: 0, max: 255 }), (message, at, mask) => {
        const key = generatePrivateKey("Ed25519", systemRandom);
        const signature = key.sign(message);
        signature[at] = (signature[at] ?? 0) ^ mask;
        const [ours, theirs] = verdicts({ publicOctets: key.public.octets, message, signature });
        assert.is(ours, theirs);
        assert.is(ours, mask === 0);
      }),
      { numRuns: 40 },
    );
  });

  it("edge values of R and S, and keys with a small-order component", () => {
    const message = utf8("edge");
    const key = generatePrivateKey("Ed25519", systemRandom);
    const good = key.sign(message);
    const [R, S] = [good.subarray(0, 32), good.subarray(32)];
    const L = groupOrder("Ed25519");
    const mixed = pointOf(key.public).add(torsion("Ed25519")).toBytes();
    const cases: [Uint8Array, Uint8Array][] = [
      [key.public.octets, good],
      [key.public.octets, concat(R, littleEndian(readLittleEndian(S) + L, 32))],
      [key.public.octets, concat(R, littleEndian(0n, 32))],
      [key.public.octets, concat(R, littleEndian(L, 32))],
      [key.public.octets, concat(littleEndian(1n, 32), S)],
      [key.public.octets, concat(littleEndian(2n ** 255n - 19n, 32), S)],
      [key.public.octets, concat(new Uint8Array(32).fill(0xff), S)],
      [key.public.octets, concat(edwardsModel("Ed25519").fromBytes(R).add(torsion("Ed25519")).toBytes(), S)],
      [key.public.octets, good.subarray(1)],
      [mixed, good],
    ];
    for (const [publicOctets, signature] of cases) {
      const [ours, theirs] = verdicts({ publicOctets, message, signature });
      assert.is(ours, theirs);
    }
  });
});
