/** The parts of schema.json that are derivations: key fingerprints, seeds, overlay, message identifiers, PIN, witness, account keys. */
import { equalBytes, toHex } from "../../src/base/bytes.ts";
import { curveOf } from "../../src/crypto/curve.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import { envelopeId, responseId } from "../../src/crypto/identifier.ts";
import { addPrivate, addPublic } from "../../src/crypto/overlay.ts";
import { pinId, pinWitness, saltedPin } from "../../src/crypto/pin.ts";
import { publicKey, verifySignature } from "../../src/crypto/public-key.ts";
import { deriveKey, seedOutput, seedSpecifier } from "../../src/crypto/seed.ts";
import { parseUdf, udfType } from "../../src/crypto/udf.ts";
import { connectionWitness } from "../../src/crypto/witness.ts";
import { assert, describe } from "../harness/suite.ts";
import { b64, type Fields, hex, loadVectors, need } from "./vector.ts";

interface Derivation {
  readonly seed: string;
  readonly key_specifier_hex: string;
  readonly derivations: readonly Fields[];
}

interface SchemaVectors {
  readonly key_udf: readonly Fields[];
  readonly seed_derivation: readonly Derivation[];
  readonly escrow: readonly Derivation[];
  readonly activation_overlay: readonly { readonly base_seed: string; readonly activation_key: string; readonly keys: readonly Fields[] }[];
  readonly assertions: readonly {
    readonly envelope: readonly [Fields, string, Fields];
    readonly signatures: readonly {
      readonly kid: string;
      readonly signature: string;
      readonly signer_key: Fields | null;
      readonly verifies: boolean;
    }[];
    readonly payload_digest_matches: boolean;
  }[];
  readonly message_ids: readonly Fields[];
  readonly pin: readonly Fields[];
  readonly connection_witness: readonly (Fields & { account_profile_signature: Fields; device_profile_signature: Fields })[];
}

/** Parts of this file that other code answers for (shares of the escrow are recovered elsewhere; its derivations are checked here). */
const notCovered = ["private_keys", "publication_claims", "unsigned_objects"];
const prose = ["about", "conventions", "counts"];
const vectors = loadVectors<SchemaVectors>("schema");

function keyOf(entry: Fields) {
  return publicKey(curveOf(need(entry.crv)), b64(entry.public));
}

function checkDerivations({ seed, key_specifier_hex, derivations }: Derivation): void {
  const { type, data } = parseUdf(seed);
  assert.is(type, udfType.seed);
  assert.is(toHex(data.subarray(0, 2)), key_specifier_hex);
  for (const entry of derivations) {
    const [name, curve] = [need(entry.key_name), curveOf(need(entry.crv))];
    assert.is(toHex(seedOutput(data, name, curve)), entry.okm_hex);
    const key = deriveKey(seed, name, curve).public;
    assert.ok(equalBytes(key.octets, b64(entry.public)), name);
    assert.is(key.udf, entry.udf, name);
  }
}

describe("vectors of schema.json", (it) => {
  for (const entry of vectors.key_udf) it(`fingerprint of ${entry.path}`, () => assert.is(keyOf(entry).udf, entry.udf));

  it("device keys from their seed", () => vectors.seed_derivation.forEach(checkDerivations));
  it("account keys from their seed", () => vectors.escrow.forEach(checkDerivations));

  for (const { base_seed, activation_key, keys } of vectors.activation_overlay) {
    for (const entry of keys) {
      it(`overlay of ${entry.key_name}`, () => {
        const [curve, name] = [curveOf(need(entry.crv)), need(entry.key_name)];
        assert.is(toHex(parseUdf(activation_key).data.subarray(0, 2)), seedSpecifier.deviceActivation.toString(16).padStart(4, "0"));
        assert.is(toHex(seedOutput(parseUdf(activation_key).data, name, curve)), entry.activation_okm_hex);
        const base = deriveKey(base_seed, name.replace("Activation", "Base"), curve);
        const activation = deriveKey(activation_key, name, curve);
        assert.ok(equalBytes(activation.public.octets, b64(entry.activation_public)));
        const sum = addPrivate(base, activation);
        assert.equal(sum.export(), { crv: `${curve}z`, Private: hex(entry.combined_scalar_hex_le) });
        assert.ok(equalBytes(sum.public.octets, b64(entry.connection_public)));
        const computed = addPublic(publicKey(curve, b64(entry.base_public)), activation.public);
        assert.ok(equalBytes(computed.octets, b64(entry.connection_public)));
        assert.is(computed.udf, entry.connection_udf);
      });
    }
  }

  it("signatures of the assertions", () => {
    let checked = 0;
    for (const { envelope, signatures } of vectors.assertions) {
      for (const { kid, signature, signer_key, verifies } of signatures) {
        if (!signer_key) continue;
        const key = keyOf(signer_key);
        assert.is(key.udf, kid);
        assert.is(verifySignature(key, sha512(b64(envelope[1])), b64(signature)), verifies);
        checked++;
      }
    }
    assert.ok(checked > 5, `only ${checked} signatures had a key`);
  });

  for (const entry of vectors.message_ids) {
    it(`identifiers of ${entry.type} ${entry.message_id}`, () => {
      if (entry.envelope_id) assert.is(envelopeId(need(entry.message_id)), entry.envelope_id);
      assert.is(responseId(need(entry.message_id)), entry.response_id);
    });
  }

  it("pin", () => {
    for (const entry of vectors.pin) {
      const [salted, account] = [saltedPin(need(entry.pin), entry.action as "Device"), need(entry.account)];
      assert.is(salted, entry.salted_pin);
      assert.is(pinId(salted, account), entry.pin_id ?? entry.correct_pin_id);
      assert.is.not(pinId(salted, account), entry.printed_pin_id);
      if (!entry.pin_witness) continue;
      const made = pinWitness({ salted, account, clientNonce: b64(entry.client_nonce), payloadDigest: b64(entry.payload_digest) });
      assert.ok(equalBytes(made, b64(entry.pin_witness)));
    }
  });

  for (const entry of vectors.connection_witness) {
    it(`connection witness ${entry.witness}`, () => {
      const [accountKey, deviceKey] = [keyOf(entry.account_profile_signature), keyOf(entry.device_profile_signature)];
      const nonces = { serverNonce: b64(entry.server_nonce), clientNonce: b64(entry.client_nonce) };
      assert.is(connectionWitness({ accountKey, deviceKey, ...nonces }), entry.witness);
      assert.is.not(connectionWitness({ accountKey: deviceKey, deviceKey: accountKey, ...nonces }), entry.witness);
    });
  }

  it(`covers every part but ${notCovered.join(", ")}`, () => {
    const covered = ["key_udf", "seed_derivation", "escrow", "activation_overlay", "assertions", "message_ids", "pin", "connection_witness"];
    assert.equal(Object.keys(vectors).sort(), [...covered, ...notCovered, ...prose].sort());
  });
});
