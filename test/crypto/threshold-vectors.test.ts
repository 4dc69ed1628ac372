/** Every vector of threshold.json: key generation, overlay, splitting, agreement, threshold signatures in both forms. */
import { equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { unwrapKey } from "../../src/crypto/cipher.ts";
import { type Curve, curveOf, littleEndian, modOrder, readLittleEndian, scalarOctets } from "../../src/crypto/curve.ts";
import { sumScalars } from "../../src/crypto/deal.ts";
import { hkdfSha512 } from "../../src/crypto/kdf.ts";
import { addPrivate, addPublic, extendedPublic } from "../../src/crypto/overlay.ts";
import { combineAgreements, partialAgreement, splitShare } from "../../src/crypto/partial-agreement.ts";
import { type PrivateKey, privateKeyFromScalar, privateKeyFromSeed, scalarOf } from "../../src/crypto/private-key.ts";
import { type PublicKey, plainKey, publicKey } from "../../src/crypto/public-key.ts";
import { deriveKey, seedOutput } from "../../src/crypto/seed.ts";
import { checkPart, combineSignature, type SigningTask, shareOfSignature, taskChallenge, verifyTask } from "../../src/crypto/threshold/equation.ts";
import { finalShareOf } from "../../src/crypto/threshold/final.ts";
import { FrostSigner, frostAggregate } from "../../src/crypto/threshold/frost.ts";
import { additiveFrostGroup, frostGroup, frostShareOf, frostShareOfAdditive } from "../../src/crypto/threshold/frost-group.ts";
import { lagrange } from "../../src/crypto/threshold/lagrange.ts";
import { evaluatePolynomial, recoverKey, weightedShare } from "../../src/crypto/threshold/share.ts";
import { parseUdf } from "../../src/crypto/udf.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { b64, type Fields, hex, loadVectors, need } from "./vector.ts";

interface ThresholdVector {
  readonly id: string;
  readonly kind: string;
  readonly alg?: string;
  readonly message?: string;
  readonly keys?: readonly Fields[] & Readonly<Record<string, Fields>>;
  readonly composite?: Fields;
  readonly computed?: Fields;
  readonly printed?: Fields;
  readonly [member: string]: unknown;
}

const { vectors } = loadVectors<{ vectors: ThresholdVector[] }>("threshold");

function curveIn(v: ThresholdVector): Curve {
  return curveOf(need(v.alg));
}

function scalarKey(curve: Curve, decimal: string | undefined) {
  return privateKeyFromScalar(curve, scalarOctets(curve, BigInt(need(decimal))));
}

/** R || S: R in hexadecimal, S in decimal. */
function signatureOf(printed: Fields, length: number): Uint8Array {
  return hex(`${printed.R}${toHex(littleEndian(BigInt(need(printed.S)), length))}`);
}

interface SigningValues {
  readonly R_i: readonly string[];
  readonly S_i: readonly string[];
  readonly r: readonly string[];
  readonly k: string;
}

/** Signs anew with the printed nonces, and checks every value on the way; returns the signature. */
function signAnew(input: {
  task: SigningTask;
  nonces: readonly string[];
  shares: readonly PrivateKey[];
  weights: readonly bigint[];
  expected: { k: string; S_i: readonly string[]; R_i: readonly string[]; R: string };
}): Uint8Array {
  const { task, nonces, shares, weights, expected } = input;
  const { curve } = task.groupKey;
  const commitments = nonces.map((nonce) => scalarKey(curve, nonce).public);
  assert.equal(
    commitments.map((commitment) => toHex(commitment.octets)),
    expected.R_i,
  );
  const R = commitments.reduce(addPublic);
  assert.is(toHex(R.octets), expected.R);
  assert.is(taskChallenge(task, R), BigInt(expected.k));
  const parts = shares.map((share, i) => {
    const [nonce, coefficient] = [BigInt(need(nonces[i])), need(weights[i])];
    const octets = shareOfSignature({ task, R, nonce, share, coefficient });
    assert.is(readLittleEndian(octets), BigInt(need(expected.S_i[i])));
    const part = { name: String(i), commitment: need(commitments[i]), share: octets, partial: share.public, coefficient };
    assert.ok(checkPart(task, R, part));
    return part;
  });
  return combineSignature(task, parts);
}

/** Ed25519 was printed with dom2 and an empty context, and computed without; for Ed448 there is no difference. */
function checkSigning(v: ThresholdVector, groupKey: PublicKey, shares: readonly PrivateKey[], weights: readonly bigint[]): void {
  const message = utf8(need(v.message));
  const printed = v.printed as unknown as SigningValues & Fields;
  const computed = v.computed as unknown as SigningValues & Fields;
  const { R_i, R } = printed;
  const flags = v.verified as Readonly<Record<string, boolean>>;
  const plain = signAnew({
    task: { groupKey, message, form: "plain" },
    nonces: printed.r,
    shares,
    weights,
    expected: { k: computed.k, S_i: computed.S_i, R_i, R: need(R) },
  });
  assert.is(toHex(plain), computed.signature);
  const asPrinted = signatureOf(printed, groupKey.octets.length);
  for (const [form, flag] of [
    ["plain", "printed.signatureVerifiesPlain"],
    ["mesh", "printed.signatureVerifiesSourceVariant"],
  ] as const) {
    assert.is(verifyTask({ groupKey, message, form }, asPrinted), flags[flag], form);
  }
  if (!flags["printed.signatureVerifiesSourceVariant"]) return;
  const mesh = signAnew({
    task: { groupKey, message },
    nonces: printed.r,
    shares,
    weights,
    expected: { k: printed.k, S_i: printed.S_i, R_i, R: need(R) },
  });
  assert.equal(mesh, asPrinted);
}

const checks: Record<string, (v: ThresholdVector) => void | Promise<void>> = {
  keygen: (v) => {
    const curve = curveIn(v);
    const keys = need(v.keys).map((entry) => {
      const seed = seedOutput(parseUdf(need(entry.udf)).data, "", curve);
      // Printed private keys of the X curves are clamped already; those of the Ed curves are the seeds.
      const key = privateKeyFromSeed(curve, hex(entry.encodedPrivate));
      assert.is(privateKeyFromSeed(curve, seed).public.udf, key.public.udf);
      assert.is(scalarOf(key), modOrder(curve, BigInt(need(entry.scalar))));
      assert.is(toHex(extendedPublic(key).octets), entry.encodedPublic);
      return key;
    });
    const [a, b] = [need(keys[0]), need(keys[1])];
    const composite = addPrivate(a, b);
    assert.is(toHex(composite.export().Private), v.composite?.encodedPrivate);
    // The draft prints the sum without its sign.
    assert.is(toHex(plainKey(composite.public).octets), v.composite?.encodedPublic);
    assert.equal(addPublic(extendedPublic(a), extendedPublic(b)), composite.public);
  },
  split: (v) => {
    const curve = curveIn(v);
    const { KeyA, Key1, KeyE } = need(v.keys);
    const [a, first] = [privateKeyFromSeed(curve, hex(KeyA?.encodedPrivate)), privateKeyFromSeed(curve, hex(Key1?.encodedPrivate))];
    // Printed without its sign; the contributions are those of the signed point.
    const ephemeral = extendedPublic(privateKeyFromSeed(curve, hex(KeyE?.encodedPrivate)));
    assert.is(toHex(plainKey(ephemeral).octets), KeyE?.encodedPublic);
    const second = scalarKey(curve, v.computed?.share2);
    assert.is(sumScalars(curve, [scalarOf(a), -scalarOf(first)]), scalarOf(second));
    assert.is(toHex(second.export().Private), v.computed?.share2Encoded);
    const parts = [partialAgreement(first, ephemeral), partialAgreement(second, ephemeral)];
    assert.equal(
      parts.map((part) => toHex(part.octets)),
      [v.computed?.contribution1, v.computed?.contribution2],
    );
    for (const [i, share] of [first, second].entries())
      assert.equal(splitShare(share, { random: systemRandom }).agree(ephemeral).octets, need(parts[i]).octets, "split at random, the same point");
    assert.is(toHex(addPublic(need(parts[0]), need(parts[1])).octets), v.computed?.agreementExtended);
    assert.is(toHex(combineAgreements(parts)), v.computed?.ikm);
    assert.is(toHex(a.agree(ephemeral)), v.computed?.ikm);
    assert.is(toHex(a.agree(plainKey(ephemeral))), v.computed?.ikm);
    assert.is(toHex(hkdfSha512({ ikm: combineAgreements(parts), length: 32 })), v.computed?.kekInfoEmpty);
    assert.is(toHex(hkdfSha512({ ikm: combineAgreements(parts), info: "master", length: 32 })), v.computed?.kekInfoMaster);
  },
  activation: (v) => {
    for (const [member, operation] of [
      ["encrypt", "Encrypt"],
      ["authenticate", "Authenticate"],
      ["sign", "Sign"],
      ["profile", "Profile"],
    ] as const) {
      const use = v[member] as Fields | undefined;
      if (!use) continue;
      const curve = curveOf(need(use.crv));
      const base = publicKey(curve, b64(use.base));
      assert.is(base.udf, use.baseUdf);
      if (v.baseSeed) assert.is(deriveKey(v.baseSeed as string, `BaseDevice${operation}`, curve).public.udf, base.udf);
      if (!v.activationSeed) continue;
      const activation = deriveKey(v.activationSeed as string, `ActivationDevice${operation}`, curve);
      const sum = addPublic(base, activation.public);
      assert.is(sum.udf, use.deviceUdf);
      assert.ok(equalBytes(sum.octets, b64(use.device)));
    }
  },
  kdf: async (v) => {
    const text = v as unknown as Fields;
    const curve = curveOf(need(text.crv));
    const z = privateKeyFromSeed(curve, b64(text.private)).agree(publicKey(curve, b64(text.epk)));
    assert.is(toHex(z), text.ikm);
    const kek = hkdfSha512({ ikm: z, info: need(text.info), length: 32 });
    assert.is(toHex(kek), text.kek);
    assert.is(toHex(unwrapKey(kek, b64(text.wmk))), text.masterKey);
    const other = hkdfSha512({ ikm: z, info: text.info ? "" : "master", length: 32 });
    await throwsMesh(() => unwrapKey(other, b64(text.wmk)), "ERR_VERIFICATION");
  },
  signDirect: (v) => {
    const curve = curveIn(v);
    const { alice, bob, aggregate } = need(v.keys);
    const [a, b] = [privateKeyFromSeed(curve, hex(alice?.encodedPrivate)), privateKeyFromSeed(curve, hex(bob?.encodedPrivate))];
    const sum = addPrivate(a, b);
    assert.is(toHex(sum.export().Private), aggregate?.encodedPrivate);
    assert.is(toHex(addPublic(a.public, b.public).octets), aggregate?.encodedPublic);
    checkSigning(v, publicKey(curve, hex(aggregate?.encodedPublic)), [a, b], [1n, 1n]);
  },
  signShamir: (v) => {
    const curve = curveIn(v);
    const { aggregate } = need(v.keys);
    const secret = privateKeyFromSeed(curve, hex(aggregate?.encodedPrivate));
    assert.is(toHex(secret.public.octets), aggregate?.encodedPublic);
    const printed = v.printed as unknown as Fields & { lagrange: string[]; weighted: string[] };
    assert.is(modOrder(curve, BigInt(need(printed.a0))), scalarOf(secret));
    const values = need(evaluatePolynomial(curve, [scalarOf(secret), BigInt(need(printed.a1))], 3));
    assert.equal(
      values,
      [printed.ya, printed.yb, printed.yc].map((y) => BigInt(need(y))),
    );
    // The draft's quorum is found among the pairs: its two coefficients tell.
    const pairs = [
      [1, 2],
      [1, 3],
      [2, 3],
    ];
    const quorum = need(
      pairs.find((pair) => pair.every((index, i) => lagrange(curve, pair, index) === modOrder(curve, BigInt(need(printed.lagrange[i]))))),
    );
    const used = quorum.map((index) => lagrange(curve, quorum, index));
    const shares = quorum.map((index) => privateKeyFromScalar(curve, scalarOctets(curve, need(values[index - 1]))));
    const keyShares = quorum.map((index, i) => ({ index, threshold: 2, key: need(shares[i]) }));
    const flags = v.verified as Readonly<Record<string, boolean>>;
    assert.equal(
      keyShares.map((share) => scalarOf(weightedShare(share, quorum)) === BigInt(need(printed.weighted[quorum.indexOf(share.index)]))),
      [flags["printed.weightedShares"], flags["printed.weightedShares"]],
    );
    assert.is(scalarOf(recoverKey(keyShares)), scalarOf(secret));
    checkSigning(v, secret.public, shares, used);
  },
  additiveFrost: (v) => {
    const curve = curveIn(v);
    const shares = (v.additive as string[]).map((share) => scalarKey(curve, share));
    const rewritten = shares.map((share, i) => frostShareOfAdditive({ share, index: i + 1, parties: 2 }));
    assert.equal(
      rewritten.map((share) => toHex(share.signingShare).slice(0, need((v.shamirShares as string[])[0]).length)),
      v.shamirShares,
    );
    const group = additiveFrostGroup(shares.map((share) => share.public));
    assert.is(toHex(need(group.commitments[0])), v.groupPublicKey);
    assert.is(toHex(addPrivate(need(shares[0]), need(shares[1])).public.octets), v.groupPublicKey);
  },
  frost: (v) => {
    const curve = curveIn(v);
    type Signer = Fields & { identifier: unknown };
    const text = v as unknown as Fields & { shares: Fields; signers: Signer[] };
    const length = scalarOctets(curve, 0n).length;
    const secret = privateKeyFromScalar(curve, hex(text.groupSecretKey).subarray(0, length));
    assert.is(toHex(secret.public.octets), text.groupPublicKey);
    const coefficient = privateKeyFromScalar(curve, hex(text.coefficient1).subarray(0, length));
    const values = need(evaluatePolynomial(curve, [scalarOf(secret), scalarOf(coefficient)], 3));
    const shares = values.map((value, i) =>
      frostShareOf({ index: i + 1, threshold: 2, key: privateKeyFromScalar(curve, scalarOctets(curve, value)) }),
    );
    assert.equal(Object.fromEntries(shares.map((share, i) => [i + 1, toHex(share.signingShare)])), text.shares);
    const group = frostGroup({ commitments: [secret.public, coefficient.public], parties: 3, form: "plain" });
    const message = hex(text.message);
    const signers = text.signers.map((signer) => {
      const draws = [hex(signer.hidingRandomness), hex(signer.bindingRandomness)];
      return new FrostSigner({ group, share: need(shares[Number(signer.identifier) - 1]), random: { bytes: () => need(draws.shift()) } });
    });
    const commitments = signers.map((signer) => signer.commit());
    assert.equal(
      commitments.map(({ hiding, binding }) => [toHex(hiding), toHex(binding)]),
      text.signers.map((signer) => [signer.hidingCommitment, signer.bindingCommitment]),
    );
    const answers = signers.map((signer) => signer.sign({ commitments, message }));
    assert.equal(
      answers.map(toHex),
      text.signers.map((signer) => signer.sigShare),
    );
    const byIdentifier = Object.fromEntries(answers.map((answer, i) => [need(commitments[i]).identifier, answer]));
    const signature = frostAggregate({ group, commitments, message, shares: byIdentifier });
    assert.is(toHex(signature), text.signature);
    assert.ok(verifyTask({ groupKey: secret.public, message, form: "plain" }, signature));
  },
  finalSigner: (v) => {
    const curve = curveIn(v);
    const text = v as unknown as Fields;
    const [device, hub] = [scalarKey(curve, text.deviceShare), scalarKey(curve, text.hubShare)];
    const task = { groupKey: addPublic(device.public, hub.public), message: hex(text.message), form: "plain" } as const;
    assert.is(toHex(task.groupKey.octets), text.publicKey);
    const others = scalarKey(curve, text.hubNonce).public;
    assert.is(toHex(others.octets), text.hubCommitment);
    const final = finalShareOf({ task, others, share: device, nonce: BigInt(need(text.deviceNonce)) });
    assert.is(toHex(final.R), text.R);
    assert.is(toHex(final.share), text.deviceContribution);
    const R = publicKey(curve, final.R);
    const devicePart = { name: "device", commitment: scalarKey(curve, text.deviceNonce).public, share: final.share, partial: device.public };
    assert.ok(checkPart(task, R, devicePart));
    const own = shareOfSignature({ task, R, nonce: BigInt(need(text.hubNonce)), share: hub });
    assert.is(toHex(combineSignature(task, [{ name: "hub", commitment: others, share: own, partial: hub.public }, devicePart])), text.signature);
  },
};

describe("vectors of threshold.json", (it) => {
  for (const vector of vectors) {
    it(vector.id, () => need(checks[vector.kind])(vector));
  }

  it("covers every kind", () => {
    const kinds = [...new Set(vectors.map((v) => v.kind))].sort();
    assert.equal(kinds, Object.keys(checks).sort());
  });
});
