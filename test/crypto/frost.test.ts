/** FROST in both forms, from Shamir and from additive shares: nonces used twice, foreign and malformed commitments, rogue shares, groups out of range. */
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { littleEndian } from "../../src/crypto/curve.ts";
import { deal } from "../../src/crypto/deal.ts";
import { generatePrivateKey } from "../../src/crypto/private-key.ts";
import { verifySignature } from "../../src/crypto/public-key.ts";
import { verifyTask } from "../../src/crypto/threshold/equation.ts";
import { FrostSigner, frostAggregate, frostVerifyShare } from "../../src/crypto/threshold/frost.ts";
import { additiveFrostGroup, frostGroup, frostShareOf, frostShareOfAdditive } from "../../src/crypto/threshold/frost-group.ts";
import { shareKey } from "../../src/crypto/threshold/share.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { need } from "./vector.ts";

const message = utf8("unlock the front door");
const curves = ["Ed25519", "Ed448"] as const;

describe("FROST", (it) => {
  it("a signer that was wiped answers nothing that it began, and begins nothing", async () => {
    const parts = deal({ secret: generatePrivateKey("Ed448", systemRandom), parties: 2, random: systemRandom });
    const group = additiveFrostGroup(parts.map((part) => part.public));
    const [a, b] = parts.map(
      (share, i) => new FrostSigner({ group, share: frostShareOfAdditive({ share, index: i + 1, parties: 2 }), random: systemRandom }),
    );
    const commitments = [need(a).commit(), need(b).commit()];
    need(b).wipe();
    await throwsMesh(() => need(b).sign({ commitments, message }), "ERR_REPLAY");
    await throwsMesh(() => need(b).commit(), "ERR_KEY");
  });

  for (const curve of curves) {
    for (const form of ["mesh", "plain"] as const) {
      it(`${curve} ${form}: Shamir shares, sessions in parallel`, () => {
        const secret = generatePrivateKey(curve, systemRandom);
        const { shares, commitments: coefficients } = shareKey({ secret, threshold: 2, parties: 3, random: systemRandom });
        const group = frostGroup({ commitments: coefficients, parties: 3, form });
        const signers = [0, 2].map((i) => new FrostSigner({ group, share: frostShareOf(need(shares[i])), random: systemRandom }));
        const sessions = [utf8("one"), utf8("two")].map((text) => ({ text, commitments: signers.map((signer) => signer.commit()) }));
        for (const { text, commitments } of sessions.reverse()) {
          const answers = signers.map((signer) => signer.sign({ commitments, message: text }));
          const byIdentifier = Object.fromEntries(answers.map((answer, i) => [need(commitments[i]).identifier, answer]));
          const signature = frostAggregate({ group, commitments, message: text, shares: byIdentifier });
          assert.ok(verifyTask({ groupKey: secret.public, message: text, form }, signature));
        }
      });
    }

    it(`${curve}: additive shares, two and three of them`, () => {
      for (const parties of [2, 3]) {
        const secret = generatePrivateKey(curve, systemRandom);
        const parts = deal({ secret, parties, random: systemRandom });
        const group = additiveFrostGroup(parts.map((part) => part.public));
        assert.ok(equalBytes(need(group.commitments[0]), secret.public.octets));
        const signers = parts.map(
          (share, i) => new FrostSigner({ group, share: frostShareOfAdditive({ share, index: i + 1, parties }), random: systemRandom }),
        );
        const commitments = signers.map((signer) => signer.commit());
        const answers = signers.map((signer, i) => [need(commitments[i]).identifier, signer.sign({ commitments, message })] as const);
        const signature = frostAggregate({ group, commitments, message, shares: Object.fromEntries(answers) });
        assert.ok(verifySignature(secret.public, message, signature));
      }
    });

    it(`${curve}: reused nonces, foreign and malformed commitments, rogue shares`, async () => {
      const secret = generatePrivateKey(curve, systemRandom);
      const parts = deal({ secret, parties: 2, random: systemRandom });
      const group = additiveFrostGroup(parts.map((part) => part.public));
      const signers = parts.map(
        (share, i) => new FrostSigner({ group, share: frostShareOfAdditive({ share, index: i + 1, parties: 2 }), random: systemRandom }),
      );
      const [a, b] = [need(signers[0]), need(signers[1])];
      const commitments = [a.commit(), b.commit()];
      const [first, second] = [need(commitments[0]), need(commitments[1])];
      const own = a.sign({ commitments, message });
      await throwsMesh(() => a.sign({ commitments, message }), "ERR_REPLAY");
      await throwsMesh(() => a.sign({ commitments, message: utf8("another") }), "ERR_REPLAY");
      await throwsMesh(() => b.sign({ commitments: [first], message }), "ERR_REPLAY");
      const given = b.sign({ commitments, message });
      const frostOf = (shares: Record<string, Uint8Array>) => frostAggregate({ group, commitments, message, shares });
      assert.ok(verifySignature(secret.public, message, frostOf({ [first.identifier]: own, [second.identifier]: given })));
      assert.ok(frostVerifyShare({ group, commitments, message, identifier: first.identifier, share: own }));
      assert.not.ok(frostVerifyShare({ group, commitments, message, identifier: "00", share: own }));
      for (const rogue of [own, littleEndian(7n, own.length), own.subarray(1)]) {
        const error = await throwsMesh(() => frostOf({ [first.identifier]: own, [second.identifier]: rogue }), "ERR_VERIFICATION");
        assert.equal(error.detail.blame, [second.identifier]);
      }
      const again = a.commit();
      const broken = { ...second, hiding: new Uint8Array(second.hiding.length) };
      await throwsMesh(() => a.sign({ commitments: [again, broken], message }), "ERR_VERIFICATION");
      await throwsMesh(() => a.sign({ commitments: [again, second], message }), "ERR_REPLAY");
      const given2 = b.commit();
      b.abandon(given2);
      await throwsMesh(() => b.sign({ commitments: [first, given2], message }), "ERR_REPLAY");
    });
  }

  it("groups out of range, of no curve that signs, or of two", async () => {
    const [ed, x, other] = (["Ed25519", "X25519", "Ed448"] as const).map((curve) => generatePrivateKey(curve, systemRandom).public);
    await throwsMesh(() => additiveFrostGroup([need(ed)]), "ERR_USAGE");
    await throwsMesh(() => additiveFrostGroup([need(ed), need(other)]), "ERR_KEY");
    await throwsMesh(() => additiveFrostGroup([need(x), need(x)]), "ERR_KEY");
    await throwsMesh(() => frostGroup({ commitments: [], parties: 2 }), "ERR_USAGE");
    await throwsMesh(() => frostGroup({ commitments: [need(ed)], parties: 65 }), "ERR_USAGE");
  });

  it("one caller cannot fill the memory with open sessions", async () => {
    const parts = deal({ secret: generatePrivateKey("Ed25519", systemRandom), parties: 2, random: systemRandom });
    const group = additiveFrostGroup(parts.map((part) => part.public));
    const signer = new FrostSigner({ group, share: frostShareOfAdditive({ share: need(parts[0]), index: 1, parties: 2 }), random: systemRandom });
    for (let i = 0; i < 64; i++) signer.commit();
    await throwsMesh(() => signer.commit(), "ERR_CONFLICT");
  });
});
