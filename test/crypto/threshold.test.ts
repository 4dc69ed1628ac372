/** Threshold keys: verifiable shares, joint keys, weighted agreement, proofs; what rogue dealers and wrong coefficients come to. */
import fc from "fast-check";
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { type Curve, curves, groupOrder, littleEndian, scalarOctets } from "../../src/crypto/curve.ts";
import { deal } from "../../src/crypto/deal.ts";
import { extendedPublic } from "../../src/crypto/overlay.ts";
import { combineAgreements, partialAgreement } from "../../src/crypto/partial-agreement.ts";
import { generatePrivateKey, type PrivateKey, privateKeyFromScalar, scalarOf } from "../../src/crypto/private-key.ts";
import { type PublicKey, plainKey, pointOf, publicKey, publicKeyOfPoint } from "../../src/crypto/public-key.ts";
import { type DealtContribution, dealContribution, joinShares, jointKey } from "../../src/crypto/threshold/joint.ts";
import { coefficientOctets, lagrange, parseCoefficient } from "../../src/crypto/threshold/lagrange.ts";
import { provePossession, verifyPossession } from "../../src/crypto/threshold/possession.ts";
import {
  type KeyShare,
  publicShare,
  recoverKey,
  type SharedKey,
  samePoint,
  shareKey,
  verifyShare,
  weightedShare,
} from "../../src/crypto/threshold/share.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { hex, need } from "./vector.ts";

const fresh = (curve: Curve): PrivateKey => generatePrivateKey(curve, systemRandom);
const context = utf8("alice, bob, carol: key of the house");
const torsion25519 = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");

function share(curve: Curve, threshold = 2, parties = 3): SharedKey & { secret: PrivateKey } {
  const secret = fresh(curve);
  return { secret, ...shareKey({ secret, threshold, parties, random: systemRandom }) };
}

describe("shares of a key", (it) => {
  for (const curve of curves) {
    it(`${curve}: any quorum agrees, recovers, and shows what its shares are`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 0, max: 2 }), fc.nat(), (threshold, more, turn) => {
          const { secret, shares, commitments } = share(curve, threshold, threshold + more);
          const groupKey = extendedPublic(secret);
          for (const one of shares) verifyShare(one, commitments, groupKey);
          const turned = shares.map((_, i) => need(shares[(i + turn) % shares.length]));
          const quorum = turned.slice(0, threshold);
          const indexes = quorum.map((one) => one.index);
          assert.is(scalarOf(recoverKey(quorum)), scalarOf(secret));
          const peer = extendedPublic(fresh(curve));
          const weighted = quorum.map((one) => partialAgreement(weightedShare(one, indexes), peer));
          const byCoefficient = quorum.map((one) => partialAgreement(one.key, peer, coefficientOctets(curve, lagrange(curve, indexes, one.index))));
          assert.equal(weighted, byCoefficient);
          assert.ok(equalBytes(combineAgreements(weighted), secret.agree(peer)));
        }),
        { numRuns: 3 },
      );
    });

    it(`${curve}: a wrong coefficient gives another result, and those out of range are refused`, async () => {
      const { secret, shares } = share(curve);
      const peer = extendedPublic(fresh(curve));
      const [a, b] = [need(shares[0]), need(shares[1])];
      const wrong = [partialAgreement(a.key, peer), partialAgreement(b.key, peer, coefficientOctets(curve, lagrange(curve, [1, 2], 2)))];
      assert.not.ok(equalBytes(combineAgreements(wrong), secret.agree(peer)));
      const n = scalarOctets(curve, 0n).length;
      for (const octets of [
        new Uint8Array(n),
        littleEndian(groupOrder(curve), n),
        new Uint8Array(n).fill(0xff),
        new Uint8Array(n + 1).fill(1),
        new Uint8Array(),
      ]) {
        await throwsMesh(() => partialAgreement(a.key, peer, octets), "ERR_KEY");
      }
      assert.is(parseCoefficient(curve, undefined), 1n);
      assert.equal(partialAgreement(a.key, peer, coefficientOctets(curve, 1n)), partialAgreement(a.key, peer));
    });

    it(`${curve}: rogue shares and commitments are detected`, async () => {
      const { secret, shares, commitments } = share(curve);
      const groupKey = extendedPublic(secret);
      const first = need(shares[0]);
      const other = share(curve);
      const rogue: [KeyShare, SharedKey["commitments"]][] = [
        [{ ...first, key: fresh(curve) }, commitments],
        [{ ...first, index: 2 }, commitments],
        [{ ...first, threshold: 3 }, commitments],
        [first, other.commitments],
        [first, commitments.slice(0, 1)],
        [first, []],
        [need(other.shares[0]), other.commitments],
      ];
      for (const [one, list] of rogue) await throwsMesh(() => verifyShare(one, list, groupKey), "ERR_VERIFICATION");
      assert.ok(samePoint(publicShare(commitments, 3), need(shares[2]).key.public));
      await throwsMesh(() => publicShare(commitments, 0), "ERR_USAGE");
      await throwsMesh(() => publicShare([], 1), "ERR_KEY");
      await throwsMesh(() => publicShare([groupKey, extendedPublic(fresh(curve === "X448" ? "X25519" : "X448"))], 1), "ERR_KEY");
    });

    it(`${curve}: proofs of possession, bound to key and context`, async () => {
      const key = fresh(curve);
      const signed = extendedPublic(key);
      const proof = provePossession(key, { context, random: systemRandom });
      verifyPossession(signed, { context, proof });
      await throwsMesh(() => verifyPossession(signed, { context: utf8("another"), proof }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyPossession(extendedPublic(fresh(curve)), { context, proof }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyPossession(signed, { context, proof: proof.subarray(1) }), "ERR_VERIFICATION");
      for (const at of [0, proof.length - 2, proof.length - 1]) {
        const changed = proof.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x40;
        await throwsMesh(() => verifyPossession(signed, { context, proof: changed }), "ERR_VERIFICATION");
      }
      if (curve.startsWith("X")) await throwsMesh(() => verifyPossession(plainKey(signed), { context, proof }), "ERR_VERIFICATION");
    });

    it(`${curve}: a key made together; the rogue contribution is named`, async () => {
      const keys = ["alice", "bob", "carol"].map((name) => ({ name, key: fresh(curve) }));
      const contributions = keys.map(({ name, key }) => ({
        name,
        key: extendedPublic(key),
        proof: provePossession(key, { context, random: systemRandom }),
      }));
      const sum = jointKey(contributions, context);
      const peer = fresh(curve);
      const z = combineAgreements(keys.map(({ key }) => partialAgreement(key, extendedPublic(peer))));
      assert.ok(equalBytes(z, peer.agree(sum)));
      // Bob cancels the others with a key that he does not hold.
      const cancelling = publicKeyOfPoint(curve, pointOf(extendedPublic(fresh(curve))).subtract(pointOf(need(contributions[0]).key)));
      const rogue = contributions.map((one) => (one.name === "bob" ? { ...one, key: cancelling } : one));
      assert.equal((await throwsMesh(() => jointKey(rogue, context), "ERR_VERIFICATION")).detail.blame, ["bob"]);
      await throwsMesh(() => jointKey(contributions.slice(0, 1), context), "ERR_USAGE");
      await throwsMesh(() => jointKey([...contributions, need(contributions[0])], context), "ERR_USAGE");
      const copied = [...contributions, { ...need(contributions[0]), name: "mallet" }];
      assert.equal((await throwsMesh(() => jointKey(copied, context), "ERR_VERIFICATION")).detail.blame, ["mallet"]);
    });

    it(`${curve}: t of n without a dealer`, async () => {
      const names = ["alice", "bob", "carol"];
      const secrets = names.map(() => fresh(curve));
      const dealt = secrets.map((secret) => dealContribution({ secret, threshold: 2, parties: 3, context, random: systemRandom }));
      const received = (holder: number): DealtContribution[] =>
        dealt.map(({ commitments, proof, shares }, i) => ({ name: need(names[i]), commitments, proof, share: need(shares[holder]) }));
      const joined = names.map((_, holder) => joinShares(received(holder), context));
      const { commitments } = need(joined[0]);
      for (const one of joined) {
        assert.equal(one.commitments, commitments);
        verifyShare(one.share, commitments, need(commitments[0]));
      }
      const total = secrets.reduce((sum, secret) => sum + scalarOf(secret), 0n) % groupOrder(curve);
      assert.is(scalarOf(recoverKey([need(joined[0]).share, need(joined[2]).share])), total);

      const spoil = (change: (one: DealtContribution) => DealtContribution) => received(1).map((one) => (one.name === "carol" ? change(one) : one));
      for (const set of [
        spoil((one) => ({ ...one, share: { ...one.share, key: fresh(curve) } })),
        spoil((one) => ({ ...one, share: { ...one.share, index: 3 } })),
        spoil((one) => ({ ...one, proof: need(received(1)[0]).proof })),
        spoil((one) => ({ ...one, commitments: [] })),
        spoil((one) => ({ ...one, commitments: [...one.commitments].reverse() })),
      ]) {
        assert.equal((await throwsMesh(() => joinShares(set, context), "ERR_VERIFICATION")).detail.blame, ["carol"]);
      }
      await throwsMesh(() => joinShares([], context), "ERR_USAGE");
    });
  }

  it("small-order components: refused in commitments and contributions, harmless in agreements", async () => {
    const { secret, shares, commitments } = share("Ed25519", 2, 8);
    const small = (need(pointOf(secret.public)).constructor as unknown as { fromBytes(octets: Uint8Array): ReturnType<typeof pointOf> }).fromBytes(
      torsion25519,
    );
    const dirtied = (key: PublicKey): PublicKey => publicKey("Ed25519", pointOf(key).add(small).toBytes());
    const [groupKey, slope] = [need(commitments[0]), need(commitments[1])];
    // Eight times a point of order eight is nothing: the equation of share 8 holds.
    verifyShare(need(shares[7]), [groupKey, slope], groupKey);
    await throwsMesh(() => verifyShare(need(shares[7]), [groupKey, dirtied(slope)], groupKey), "ERR_VERIFICATION");
    const dirtyKey = dirtied(secret.public);
    // Whoever holds the key can prove it for the dirty one too, as far as the equation goes.
    const dirtySecret: PrivateKey = { ...secret, curve: "Ed25519", form: "seed", public: dirtyKey, export: () => secret.export() };
    const proof = provePossession(dirtySecret, { context, random: systemRandom });
    await throwsMesh(() => verifyPossession(dirtyKey, { context, proof }), "ERR_VERIFICATION");
    // Shares sum to the secret mod L, not mod 8 L: without clearing, the two sides would differ.
    for (const parts of [deal({ secret, parties: 2, random: systemRandom }), deal({ secret, parties: 3, random: systemRandom })]) {
      const peer = fresh("Ed25519");
      const dirty = publicKey("Ed25519", pointOf(peer.public).add(small).toBytes());
      assert.ok(equalBytes(combineAgreements(parts.map((part) => partialAgreement(part, dirty))), secret.agree(peer.public)));
    }
  });

  it("points of the twist are refused", async () => {
    let refused = 0;
    for (let u = 2n; u < 40n; u++) {
      for (const [curve, length] of [
        ["X25519", 32],
        ["X448", 56],
      ] as const) {
        try {
          publicKey(curve, littleEndian(u, length));
        } catch {
          refused++;
          await throwsMesh(() => publicKey(curve, littleEndian(u, length + 1)), "ERR_KEY");
        }
      }
    }
    assert.ok(refused > 20, `${refused} refused`);
  });

  it("quorums and counts out of range", async () => {
    const { shares } = share("Ed25519");
    for (const quorum of [[], [1, 1], [0, 1], [1, 65], [1.5, 2], [2, 3]]) await throwsMesh(() => lagrange("Ed25519", quorum, 1), "ERR_USAGE");
    await throwsMesh(() => weightedShare(need(shares[0]), [1]), "ERR_USAGE");
    await throwsMesh(() => recoverKey(shares.slice(0, 1)), "ERR_USAGE");
    await throwsMesh(() => recoverKey([]), "ERR_USAGE");
    await throwsMesh(() => recoverKey([need(shares[0]), need(share("X25519").shares[1])]), "ERR_USAGE");
    for (const [threshold, parties] of [
      [1, 3],
      [4, 3],
      [2, 65],
      [2, 2.5],
    ] as const) {
      await throwsMesh(() => shareKey({ secret: fresh("Ed25519"), threshold, parties, random: systemRandom }), "ERR_USAGE");
    }
    assert.is(scalarOf(privateKeyFromScalar("Ed25519", scalarOctets("Ed25519", 5n))), 5n);
  });
});
