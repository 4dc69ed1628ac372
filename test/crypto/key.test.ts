/** Keys: forms, signatures, agreement, overlay, shares; what must be refused. */
import fc from "fast-check";
import { equalBytes, fromHex, toHex, utf8, wipe } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { type Curve, cofactor, curves, groupOrder, littleEndian, scalarOctets } from "../../src/crypto/curve.ts";
import { deal, sumScalars } from "../../src/crypto/deal.ts";
import { newEphemeral } from "../../src/crypto/ephemeral.ts";
import { importPrivate, importPublic, importPublicScalar, nativeAgreement, publicOctets } from "../../src/crypto/node-key.ts";
import { addPrivate, addPublic, extendedPublic } from "../../src/crypto/overlay.ts";
import { combineAgreements, partialAgreement } from "../../src/crypto/partial-agreement.ts";
import { decodePoint } from "../../src/crypto/point.ts";
import {
  generatePrivateKey,
  type PrivateKey,
  privateKeyFromExport,
  privateKeyFromScalar,
  privateKeyFromSeed,
  scalarOf,
} from "../../src/crypto/private-key.ts";
import { agreementKey, plainKey, pointOf, publicKey, verifySignature } from "../../src/crypto/public-key.ts";
import { deriveKey, newSeed, seedSpecifier } from "../../src/crypto/seed.ts";
import { parseUdf } from "../../src/crypto/udf.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { b64, hex, loadVectors, need } from "./vector.ts";

const message = utf8("turn off the kitchen light");
const fresh = (curve: Curve): PrivateKey => generatePrivateKey(curve, systemRandom);
const seedLength = (curve: Curve): number => scalarOctets(curve, 0n).length;
const seeds = (curve: Curve) => fc.uint8Array({ minLength: seedLength(curve), maxLength: seedLength(curve) });

function property<T extends unknown[]>(arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }, check: (...values: T) => void): void {
  fc.assert(fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), check as unknown as (value: unknown) => void), { numRuns: 8 });
}

describe("keys", (it) => {
  for (const curve of curves) {
    it(`${curve}: private and public overlay agree`, () => {
      property([seeds(curve), seeds(curve)], (x: Uint8Array, y: Uint8Array) => {
        const [a, b] = [privateKeyFromSeed(curve, x), privateKeyFromSeed(curve, y)];
        const sum = addPrivate(a, b);
        assert.is(sum.form, "scalar");
        assert.equal(addPublic(extendedPublic(a), extendedPublic(b)), sum.public);
        assert.is(scalarOf(sum), sumScalars(curve, [scalarOf(a), scalarOf(b)]));
        assert.equal(publicKey(curve, sum.public.octets), sum.public);
      });
    });

    it(`${curve}: agreement is the same from both sides and in both forms`, () => {
      property([seeds(curve), seeds(curve)], (x: Uint8Array, y: Uint8Array) => {
        const [a, b] = [privateKeyFromSeed(curve, x), privateKeyFromSeed(curve, y)];
        const z = a.agree(b.public);
        assert.ok(equalBytes(z, b.agree(a.public)));
        const bare = privateKeyFromScalar(curve, scalarOctets(curve, scalarOf(a)));
        assert.ok(equalBytes(z, bare.agree(b.public)));
        assert.ok(equalBytes(z, bare.agree(plainKey(b.public))));
      });
    });

    it(`${curve}: shares sum to the secret and agree together`, () => {
      const [secret, peer] = [fresh(curve), fresh(curve)];
      for (const parties of [2, 3]) {
        const shares = deal({ secret, parties, random: systemRandom });
        assert.is(shares.length, parties);
        assert.is(sumScalars(curve, shares.map(scalarOf)), scalarOf(secret));
        const z = combineAgreements(shares.map((share) => partialAgreement(share, peer.public)));
        assert.ok(equalBytes(z, secret.agree(peer.public)));
      }
      const first = deal({ secret: 5n, curve, parties: 2, random: systemRandom });
      assert.is(sumScalars(curve, first.map(scalarOf)), 5n);
      assert.is.not(scalarOf(need(first[0])), scalarOf(need(deal({ secret: 5n, curve, parties: 2, random: systemRandom })[0])));
    });

    it(`${curve}: export and import, with a z for scalars`, async () => {
      const key = fresh(curve);
      assert.is(key.export().crv, curve);
      assert.equal(privateKeyFromExport(key.export()).public, key.public);
      const sum = addPrivate(key, key);
      assert.is(sum.export().crv, `${curve}z`);
      assert.equal(privateKeyFromExport(sum.export()).public, sum.public);
      assert.not.match(JSON.stringify(key), toHex(key.export().Private));
      key.wipe();
      for (const use of [() => key.export(), () => key.agree(sum.public), () => scalarOf(key)]) await throwsMesh(use, "ERR_KEY");
    });

    it(`${curve}: does not hold on to the caller's octets, Buffer or not`, () => {
      const octets = Buffer.from(systemRandom.bytes(seedLength(curve)));
      const key = privateKeyFromSeed(curve, octets);
      const before = key.public.udf;
      const exported = Buffer.from(key.export().Private);
      scalarOf(key);
      assert.ok(octets.equals(exported));
      const raw = Buffer.from(key.public.octets);
      const copy = publicKey(curve, raw);
      wipe(octets, raw);
      assert.is(privateKeyFromSeed(curve, key.export().Private).public.udf, before);
      assert.equal(copy.octets, key.public.octets);
    });

    it(`${curve}: refuses malformed keys`, async () => {
      const good = fresh(curve).public.octets;
      for (const octets of [good.subarray(2), new Uint8Array([...good, 0, 0]), new Uint8Array(), new Uint8Array(good.length)]) {
        await throwsMesh(() => publicKey(curve, octets), "ERR_KEY");
      }
      await throwsMesh(() => publicKey(curve, new Uint8Array(good.length).fill(0xff)), "ERR_KEY");
      const n = seedLength(curve);
      await throwsMesh(() => privateKeyFromSeed(curve, new Uint8Array(n + 1)), "ERR_KEY");
      await throwsMesh(() => privateKeyFromScalar(curve, new Uint8Array(n)), "ERR_KEY");
      await throwsMesh(() => privateKeyFromScalar(curve, littleEndian(groupOrder(curve), n)), "ERR_KEY");
      const key = fresh(curve);
      const opposite = privateKeyFromScalar(curve, scalarOctets(curve, groupOrder(curve) - scalarOf(key)));
      await throwsMesh(() => addPrivate(key, opposite), "ERR_KEY");
      await throwsMesh(() => addPublic(extendedPublic(key), opposite.public), "ERR_KEY");
      await throwsMesh(() => deal({ secret: key, parties: 1, random: systemRandom }), "ERR_USAGE");
    });

    it(`${curve}: random octets give a key or ERR_KEY, and about half are on the curve`, () => {
      let taken = 0;
      const draws = 40;
      for (let i = 0; i < draws; i++) {
        const octets = systemRandom.bytes(curve === "Ed448" ? 57 : seedLength(curve));
        if (curve === "Ed448") octets[56] = (octets[56] ?? 0) & 0x80;
        else if (curve.endsWith("25519")) octets[31] = (octets[31] ?? 0) & (curve === "X25519" ? 0x7f : 0xff);
        try {
          publicKey(curve, octets);
          taken++;
        } catch (error) {
          assert.is((error as { code?: string }).code, "ERR_KEY");
        }
      }
      assert.ok(taken > 4 && taken < draws - 4, `${taken} of ${draws}`);
    });
  }

  for (const curve of ["Ed25519", "Ed448"] as const) {
    it(`${curve}: signs in both forms`, async () => {
      const key = fresh(curve);
      const sum = addPrivate(key, fresh(curve));
      for (const signer of [key, sum]) {
        const signature = signer.sign(message);
        assert.ok(verifySignature(signer.public, message, signature));
        assert.not.ok(verifySignature(signer.public, utf8("turn on the kitchen light"), signature));
        assert.not.ok(verifySignature(fresh(curve).public, message, signature));
        assert.not.ok(verifySignature(signer.public, message, signature.subarray(1)));
        for (const at of [0, signature.length >> 1, signature.length - 1]) {
          const changed = new Uint8Array(signature);
          changed[at] = (changed[at] ?? 0) ^ 1;
          assert.not.ok(verifySignature(signer.public, message, changed));
        }
      }
      assert.ok(equalBytes(key.sign(message), key.sign(message)), "seed form is deterministic");
      assert.not.ok(equalBytes(sum.sign(message), sum.sign(message)), "scalar form draws a fresh nonce");
      await throwsMesh(() => fresh(curve === "Ed448" ? "X448" : "X25519").sign(message), "ERR_KEY");
    });
  }

  it("Ed25519 signatures carry dom2 with an empty context (dare-12)", () => {
    type Trailer = { signatures: { signature: string }[]; PayloadDigest: string };
    interface Signed {
      id: string;
      kind: string;
      input: { envelope: [unknown, string, Trailer]; signerPrivate?: { Private: string } };
    }
    const found = loadVectors<{ vectors: Signed[] }>("dare").vectors.find((v) => v.id === "12-signed-verify");
    const { envelope, signerPrivate } = need(found).input;
    const key = privateKeyFromSeed("Ed25519", b64(signerPrivate?.Private));
    const digest = b64(envelope[2].PayloadDigest);
    const published = b64(envelope[2].signatures[0]?.signature);
    assert.ok(verifySignature(key.public, digest, published));
    assert.ok(equalBytes(key.sign(digest), published));
  });

  it("refuses points of small order on every curve", async () => {
    const p25519 = 2n ** 255n - 19n;
    const p448 = 2n ** 448n - 2n ** 224n - 1n;
    const x25519 = [0n, 1n, p25519 - 1n, 325606250916557431795983626356110631294008115727848805560023387167927233504n];
    for (const u of x25519) await throwsMesh(() => publicKey("X25519", littleEndian(u, 32)), "ERR_KEY");
    for (const u of [0n, 1n, p448 - 1n]) await throwsMesh(() => publicKey("X448", littleEndian(u, 56)), "ERR_KEY");
    for (const y of [0n, 1n, p25519 - 1n]) await throwsMesh(() => publicKey("Ed25519", littleEndian(y, 32)), "ERR_KEY");
    const order8 = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    await throwsMesh(() => publicKey("Ed25519", order8), "ERR_KEY");
    for (const y of [0n, 1n, p448 - 1n]) await throwsMesh(() => publicKey("Ed448", littleEndian(y, 57)), "ERR_KEY");
  });

  it("a small-order component in the peer's key does not reach the result", () => {
    const key = addPrivate(fresh("Ed25519"), fresh("Ed25519"));
    const peer = fresh("Ed25519").public;
    const torsion = need(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
    const base = decodePoint("Ed25519", peer.octets);
    const point = (base.constructor as unknown as { fromBytes(octets: Uint8Array): typeof base }).fromBytes(torsion);
    assert.ok(point.multiplyUnsafe(cofactor("Ed25519")).is0());
    const mixed = publicKey("Ed25519", base.add(point).toBytes());
    assert.ok(equalBytes(key.agree(mixed), key.agree(peer)));
  });

  it("plain keys made from signed ones are those that decoding gives", () => {
    for (const curve of ["X448", "X25519"] as const) {
      for (let i = 0; i < 6; i++) {
        const plain = plainKey(extendedPublic(fresh(curve)));
        assert.equal(plain, publicKey(curve, plain.octets));
        assert.ok(pointOf(plain).equals(decodePoint(curve, plain.octets)));
        assert.is(plainKey(plain), plain);
      }
    }
  });

  it("Node takes private keys in both of its forms", () => {
    for (const curve of ["X448", "X25519"] as const) {
      const octets = systemRandom.bytes(seedLength(curve));
      assert.equal(publicOctets(importPrivate(curve, octets)), publicOctets(importPublicScalar(curve, octets)));
      assert.equal(publicOctets(importPrivate(curve, octets)), plainKey(privateKeyFromSeed(curve, octets).public).octets);
    }
  });

  it("keys that were copied member by member are checked as well", async () => {
    const signer = fresh("Ed448");
    const copy = { ...signer.public };
    assert.ok(verifySignature(copy, message, signer.sign(message)));
    await throwsMesh(() => fresh("X448").agree({ curve: "X448", octets: new Uint8Array(56), udf: "" }), "ERR_KEY");
    await throwsMesh(() => verifySignature(fresh("X448").public, message, new Uint8Array(114)), "ERR_KEY");
  });

  it("more keys than are remembered", () => {
    const first = fresh("X25519").public;
    const many = Array.from({ length: 600 }, () => fresh("X25519").public.octets);
    const udfs = many.map((octets) => publicKey("X25519", octets).udf);
    assert.is(new Set(udfs).size, 600);
    assert.equal(publicKey("X25519", first.octets), first);
    assert.equal(
      many.map((octets) => publicKey("X25519", octets).udf),
      udfs,
    );
  });

  it("agreements that end in the identity, of no contribution, or between curves", async () => {
    for (const curve of ["X25519", "X448"] as const) {
      const zero = importPublic(curve, new Uint8Array(seedLength(curve)));
      await throwsMesh(() => nativeAgreement(importPrivate(curve, systemRandom.bytes(seedLength(curve))), zero), "ERR_KEY");
    }
    await throwsMesh(() => combineAgreements([]), "ERR_KEY");
    await throwsMesh(() => partialAgreement(fresh("X448"), fresh("X25519").public), "ERR_KEY");
    const [key, peer] = [fresh("X448"), fresh("X448").public];
    const opposite = privateKeyFromScalar("X448", scalarOctets("X448", groupOrder("X448") - scalarOf(key)));
    await throwsMesh(() => combineAgreements([partialAgreement(key, peer), partialAgreement(opposite, peer)]), "ERR_KEY");
  });

  it("will not add keys without a sign, of two curves, or agree between curves", async () => {
    for (const curve of ["X448", "X25519"] as const) {
      const key = extendedPublic(fresh(curve));
      await throwsMesh(() => addPublic(key, plainKey(key)), "ERR_KEY");
    }
    await throwsMesh(() => addPublic(fresh("X448").public, fresh("Ed448").public), "ERR_KEY");
    await throwsMesh(() => fresh("X25519").agree(fresh("Ed25519").public), "ERR_KEY");
    const signed = extendedPublic(fresh("X448"));
    const octets = new Uint8Array(signed.octets);
    octets[56] = (octets[56] ?? 0) | 1;
    await throwsMesh(() => publicKey("X448", octets), "ERR_KEY");
  });

  it("sizes: X448 57 with its sign, X25519 32, and 33 for a sum; one fingerprint for both spellings of X25519", () => {
    assert.is(fresh("X448").public.octets.length, 57);
    const key = fresh("X25519");
    assert.is(key.public.octets.length, 32);
    assert.is(extendedPublic(key).octets.length, 33);
    assert.is(extendedPublic(key).udf, key.public.udf);
    assert.is(addPrivate(key, key).public.octets.length, 33);
  });

  it("seeds: fresh, typed, and refused when cut", async () => {
    const seed = newSeed(systemRandom, seedSpecifier.device);
    const { type, data } = parseUdf(seed);
    assert.is(type, 200);
    assert.is(data.length, 34);
    assert.match(seed, /^ZAAQ-[AB]/);
    assert.is.not(deriveKey(seed, "BaseDeviceSign", "Ed448").public.udf, deriveKey(seed, "BaseDeviceProfile", "Ed448").public.udf);
    await throwsMesh(() => deriveKey(seed.slice(0, 24), "BaseDeviceSign", "Ed448"), "ERR_KEY");
    await throwsMesh(() => deriveKey(`E${seed.slice(1)}`, "BaseDeviceSign", "Ed448"), "ERR_KEY");
  });

  for (const curve of curves) {
    it(`${curve}: a key for one message agrees as any other, whoever has drawn it`, async () => {
      const length = { X25519: 32, X448: 57, Ed25519: 32, Ed448: 57 }[curve];
      const peer = fresh(curve);
      for (let tried = 0; tried < 6; tried++) {
        const own = newEphemeral(curve, systemRandom);
        assert.is(own.octets.length, length);
        const shown = publicKey(curve, own.octets);
        assert.ok(equalBytes(own.agree(peer.public), peer.agree(shown)));
        assert.ok(equalBytes(own.agree(peer.public), peer.agree(agreementKey(curve, own.octets))));
        own.wipe();
        await throwsMesh(() => own.agree(peer.public), "ERR_KEY");
      }
      const other = curve === "X448" ? "X25519" : "X448";
      await throwsMesh(() => newEphemeral(curve, systemRandom).agree(fresh(other).public), "ERR_KEY");
      const drawn = { bytes: (size: number) => new Uint8Array(size).fill(7) };
      assert.equal(newEphemeral(curve, drawn).octets, generatePrivateKey(curve, drawn).public.octets);
    });
  }

  it("a key of one agreement is refused by its form, and by what comes of it; its point is asked for by who adds it", async () => {
    for (const [curve, length] of [
      ["X25519", 32],
      ["X448", 56],
    ] as const) {
      const own = fresh(curve);
      const filled = (octet: number, size: number): Uint8Array => new Uint8Array(size).fill(octet);
      for (const octets of [filled(1, length - 1), filled(1, length + 2), filled(0xff, length), Uint8Array.of(...filled(1, length), 1)])
        await throwsMesh(() => agreementKey(curve, octets), "ERR_KEY");
      // Of order 4 or less: u = 0 and u = 1.
      for (const u of [0, 1]) {
        const small = filled(0, length);
        small[0] = u;
        await throwsMesh(() => own.agree(agreementKey(curve, small)), "ERR_KEY");
      }
      const peer = fresh(curve).public;
      assert.is(agreementKey(curve, peer.octets).udf, peer.udf);
      const twisted = filled(0, length);
      twisted[0] = curve === "X25519" ? 2 : 3;
      const isTwisted = await throwsMesh(() => publicKey(curve, twisted), "ERR_KEY").then(
        () => true,
        () => false,
      );
      if (isTwisted) await throwsMesh(() => pointOf(agreementKey(curve, twisted)), "ERR_KEY");
    }
  });

  it("a signature that holds, holds again, and nothing else by it", () => {
    for (const curve of ["Ed25519", "Ed448"] as const) {
      const [key, other] = [fresh(curve), fresh(curve).public];
      const signature = key.sign(message);
      for (let again = 0; again < 2; again++) {
        assert.ok(verifySignature(key.public, message, signature));
        assert.not.ok(verifySignature(other, message, signature));
        assert.not.ok(verifySignature(key.public, message.subarray(1), signature));
        assert.not.ok(verifySignature(key.public, message, signature.subarray(1)));
        const changed = new Uint8Array(signature);
        changed[changed.length - 30] = (changed[changed.length - 30] ?? 0) ^ 1;
        assert.not.ok(verifySignature(key.public, message, changed));
        // The last octet of a signature is no first octet of a message.
        assert.not.ok(verifySignature(key.public, Uint8Array.of(signature.at(-1) ?? 0, ...message), signature.subarray(0, -1)));
      }
    }
  });
});
