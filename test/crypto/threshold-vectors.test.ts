/** The vectors of threshold.json, as far as src/crypto goes: key generation, overlay, splitting, agreement, verification of threshold signatures. */
import { equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { unwrapKey } from "../../src/crypto/cipher.ts";
import { type Curve, curveOf, littleEndian, modOrder, scalarOctets } from "../../src/crypto/curve.ts";
import { sumScalars } from "../../src/crypto/deal.ts";
import { hkdfSha512 } from "../../src/crypto/kdf.ts";
import { addPrivate, addPublic, extendedPublic } from "../../src/crypto/overlay.ts";
import { combineAgreements, partialAgreement } from "../../src/crypto/partial-agreement.ts";
import { privateKeyFromScalar, privateKeyFromSeed, scalarOf } from "../../src/crypto/private-key.ts";
import { plainKey, publicKey, verifySignature } from "../../src/crypto/public-key.ts";
import { deriveKey, seedOutput } from "../../src/crypto/seed.ts";
import { parseUdf } from "../../src/crypto/udf.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { b64, type Fields, hex, loadVectors, need } from "./vector.ts";

/** Kinds of this file that other code will have to answer for: signing by FROST and by a final signer. */
const notCovered = ["frost", "finalSigner"];

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

/** R || S of a printed signature: R in hexadecimal, S in decimal. */
function signatureOf(printed: Fields, length: number): Uint8Array {
  return hex(`${printed.R}${toHex(littleEndian(BigInt(need(printed.S)), length))}`);
}

/** Checks a signed message under the aggregate key: Ed25519 as printed (dom2, empty context), Ed448 as computed. */
function checkSignature(v: ThresholdVector): void {
  const key = publicKey(curveIn(v), hex(need(v.keys).aggregate?.encodedPublic));
  const message = utf8(need(v.message));
  const printed = signatureOf(need(v.printed), key.octets.length);
  const [good, bad] = v.alg === "Ed25519" ? [printed, hex(v.computed?.signature)] : [hex(v.computed?.signature), undefined];
  assert.ok(verifySignature(key, message, good));
  assert.not.ok(verifySignature(key, utf8("another"), good));
  // The values computed for Ed25519 use the plain challenge, which is not the Mesh's.
  if (bad) assert.not.ok(verifySignature(key, message, bad));
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
    checkSignature(v);
    const message = utf8(need(v.message));
    assert.ok(verifySignature(publicKey(curve, hex(aggregate?.encodedPublic)), message, sum.sign(message)));
  },
  signShamir: (v) => {
    const curve = curveIn(v);
    const { aggregate } = need(v.keys);
    assert.is(toHex(privateKeyFromSeed(curve, hex(aggregate?.encodedPrivate)).public.octets), aggregate?.encodedPublic);
    checkSignature(v);
  },
  additiveFrost: (v) => {
    const curve = curveIn(v);
    const shares = (v.additive as string[]).map((share) => scalarKey(curve, share));
    assert.is(toHex(addPrivate(need(shares[0]), need(shares[1])).public.octets), v.groupPublicKey);
  },
};

describe("vectors of threshold.json", (it) => {
  for (const vector of vectors) {
    if (notCovered.includes(vector.kind)) continue;
    it(vector.id, () => need(checks[vector.kind])(vector));
  }

  it(`covers every kind but ${notCovered.join(", ")}`, () => {
    const kinds = [...new Set(vectors.map((v) => v.kind))].sort();
    assert.equal(kinds, [...Object.keys(checks), ...notCovered].sort());
  });
});
