/** Every vector of udf.json. */
import { checkPrimeSync } from "node:crypto";
import { concat, equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { aesCbcDecrypt, unwrapKey } from "../../src/crypto/cipher.ts";
import { formatConnectUri } from "../../src/crypto/connect-uri.ts";
import { curveOf } from "../../src/crypto/curve.ts";
import {
  connectKey,
  deviceAuthenticate,
  deviceAuthenticator,
  publicationId,
  serviceAuthenticate,
  serviceAuthenticator,
} from "../../src/crypto/earl.ts";
import { keyInfo, oidUdf } from "../../src/crypto/fingerprint.ts";
import { hmacSha512, sha256, sha512 } from "../../src/crypto/hash.ts";
import { envelopeId, responseId } from "../../src/crypto/identifier.ts";
import { hkdfSha256, hkdfSha512 } from "../../src/crypto/kdf.ts";
import { keyOfOidUdf } from "../../src/crypto/oid.ts";
import { addPrivate, addPublic } from "../../src/crypto/overlay.ts";
import { pinId, pinWitness, saltedPin } from "../../src/crypto/pin.ts";
import { printedCurveInteger, printedPrime, printedSeedOutput } from "../../src/crypto/printed-example.ts";
import { privateKeyFromSeed } from "../../src/crypto/private-key.ts";
import { publicKey } from "../../src/crypto/public-key.ts";
import { seedOutput } from "../../src/crypto/seed.ts";
import { evaluateShares, parseShare, recoverEncryptionKey, recoverSecret, recoverSeed, shamirPrime, shareUdf } from "../../src/crypto/shamir.ts";
import { formatStrongName, parseStrongName } from "../../src/crypto/sin.ts";
import {
  authenticatorUdf,
  contentDigest,
  contentDigestUdf,
  digestType,
  encryptionUdf,
  locator,
  macUdf,
  parseUdf,
  presentWhole,
  udfType,
} from "../../src/crypto/udf.ts";
import { connectionWitness } from "../../src/crypto/witness.ts";
import { assert, describe } from "../harness/suite.ts";
import { b64, hex, loadVectors, need, type Vector } from "./vector.ts";

const vectors = loadVectors<Vector[]>("udf");

function seedKey(seed: string, keyName: string, alg: string) {
  const curve = curveOf(alg);
  return privateKeyFromSeed(curve, seedOutput(parseUdf(seed).data, keyName, curve));
}

/** Members that are lists, where the others are text. */
function listOf(value: unknown): string[] {
  return value as string[];
}

const checks: Record<string, (v: Vector) => void> = {
  "shamir-prime": ({ input, expected }) => {
    const octets = Number(input.octets);
    assert.is(shamirPrime(octets), (1n << BigInt(8 * octets)) + BigInt(need(expected.offset)));
    assert.ok(checkPrimeSync(shamirPrime(octets)));
  },
  "shamir-split": ({ input, expected }) => {
    const coefficients = listOf(input.coefficients).map(BigInt);
    const made = need(evaluateShares({ secret: hex(input.secretHex), coefficients, shares: Number(input.shares) }));
    assert.equal(made.map(shareUdf), listOf(expected.shares));
    assert.equal(
      made.map((share) => BigInt(`0x${toHex(share.value)}`)),
      listOf(expected.values).map(BigInt),
    );
    assert.is(toHex(recoverSecret(listOf(expected.shares))), input.secretHex);
  },
  "shamir-recover": ({ input, expected }) => {
    const shares = listOf(input.shares);
    assert.is(toHex(recoverSecret(shares)), expected.secretHex);
    for (const share of shares) {
      assert.is(parseShare(share).threshold, Number(expected.threshold));
      assert.is(parseShare(share).value.length, Number(expected.shareOctets));
    }
    if (need(expected.secretHex).startsWith("c8")) assert.is(recoverSeed(shares), presentWhole(200, hex(expected.secretHex).subarray(1)));
    else assert.is(recoverEncryptionKey(shares), encryptionUdf(hex(expected.secretHex)));
  },
  "derive-example": ({ input, expected, verified }) => {
    const [seed, algorithm] = [need(input.seed), Number(input.algorithmId)];
    if (algorithm < 8) {
      const { prk, okm } = printedSeedOutput({ seed, algorithm });
      if (expected.prkHex) assert.is(toHex(prk), expected.prkHex);
      if (expected.okmHex) assert.is(toHex(okm), expected.okmHex);
      if (expected.d) assert.is(printedCurveInteger(okm, algorithm, input.modulus as "field" | "order") === BigInt(expected.d), verified);
      return;
    }
    const [p, q] = ["p", "q"].map((info) => printedSeedOutput({ seed, algorithm, info, length: Number(input.octets) }).okm);
    if (expected.okmPHex) assert.equal([toHex(need(p)), toHex(need(q))], [expected.okmPHex, expected.okmQHex]);
    assert.equal([printedPrime(need(p)), printedPrime(need(q))], [BigInt(need(expected.p)), BigInt(need(expected.q))]);
  },
  sin: ({ input, expected }) => {
    const name = parseStrongName(need(input.address));
    assert.is(name.form, expected.form);
    assert.is(name.address, expected.address);
    assert.is(name.label ?? null, expected.udf);
    if (name.form === "none") return;
    const made = formatStrongName({ address: name.address, udf: need(name.udf), form: name.form });
    assert.is(made.replaceAll("-", ""), need(input.address).replaceAll("-", ""));
    assert.equal(parseStrongName(made).udf, name.udf);
  },
  "content-digest": ({ input, expected }) => {
    const [contentType, data, sha3] = [need(input.contentType), utf8(need(input.dataUtf8)), input.alg === "SHA-3-512"];
    assert.is(contentDigestUdf({ contentType, data, sha3, bits: Number(input.bits) }), expected.udf);
    const whole = contentDigest(contentType, { data }, sha3);
    if (expected.tcdvHex) assert.is(toHex(whole.subarray(1)), expected.tcdvHex);
    if (expected.cdvHex && !sha3) assert.is(toHex(sha512(data)), expected.cdvHex);
    if (expected.typeId !== undefined) assert.is(whole[0], Number(expected.typeId));
  },
  authenticator: ({ input, expected }) => {
    const parts = { key: need(input.key), contentType: need(input.contentType), data: utf8(need(input.dataUtf8)), bits: Number(input.bits) };
    assert.is(authenticatorUdf(parts), expected.udf);
    assert.is(authenticatorUdf({ ...parts, key: parts.key.toLowerCase().replaceAll("-", " ") }), expected.udf);
    if (expected.okmHex) {
      const okm = hkdfSha512({ ikm: utf8(parts.key), salt: utf8("KeyedUDFMaster"), info: "KeyedUDFExpand", length: 64 });
      assert.is(toHex(okm), expected.okmHex);
      assert.is(toHex(hmacSha512(okm, utf8(`${parts.contentType}:`), sha512(parts.data))), expected.avHex);
    }
  },
  parse: ({ input, expected, verified }) => {
    const { type, data, text } = parseUdf(need(input.udf));
    assert.is(type === Number(expected.typeId), verified);
    assert.is(
      text,
      need(input.udf)
        .toUpperCase()
        .replace(/[- ]/g, "")
        .replace(/.{4}(?=.)/g, "$&-"),
    );
    // The broken example of the draft has the right digits under a type octet that is none.
    assert.is(toHex(data), expected.dataHex);
  },
  "oid-udf": ({ input, expected }) => {
    const key = publicKey(curveOf(need(input.alg)), hex(input.publicHex));
    assert.is(toHex(keyInfo(key.curve, key.octets)), expected.derHex);
    assert.is(oidUdf(key), expected.udf);
    assert.equal(keyOfOidUdf(need(expected.udf)), key);
  },
  "key-fingerprint": ({ input, expected }) => assert.is(publicKey(curveOf(need(input.alg)), hex(input.publicHex)).udf, expected.udf),
  "earl-locator": ({ input, expected, verified }) => {
    const key = need(input.key);
    if (verified) assert.is(locator(key), expected.identifier);
    const made = contentDigestUdf({ contentType: need(input.contentType), data: utf8(key), bits: Number(input.bits) });
    assert.is(made === expected.identifier, verified);
  },
  derive: ({ input, expected }) => {
    const key = seedKey(need(input.seed), input.keyName ?? "", need(input.alg)).public;
    assert.is(key.udf, expected.fingerprint);
    if (expected.publicHex) assert.is(toHex(key.octets), expected.publicHex);
  },
  "derive-activate": ({ input, expected }) => {
    const base = seedKey(need(input.baseSeed), `Base${input.actor}${input.operation}`, need(input.alg));
    const activation = seedKey(need(input.activationSeed), `Activation${input.actor}${input.operation}`, need(input.alg));
    assert.is(addPrivate(base, activation).public.udf, expected.fingerprint);
    assert.is(addPublic(base.public, activation.public).udf, expected.fingerprint);
  },
  "connect-pin": ({ input, expected }) => {
    const account = need(input.account);
    const code = connectKey({ seed: need(input.seed), account, octets: Number(input.bits) / 8 });
    assert.is(code, expected.pin);
    assert.is(formatConnectUri({ account, code }), expected.uri);
  },
  present: ({ input, expected }) => assert.is(presentWhole(Number(input.typeId), hex(input.dataHex)), expected.udf),
  "compression-level": ({ input, expected }) => assert.is(digestType(hex(input.tcdvHex), udfType.digestSha2), Number(expected.typeId)),
  pin: ({ input, expected, verified }) => {
    const [pin, account] = [need(input.pin), need(input.account)];
    const salted = saltedPin(pin, input.action === "Device" ? "Device" : "Contact");
    if (expected.saltedPin) assert.is(salted, expected.saltedPin);
    assert.is(pinId(salted, account) === expected.pinId, verified);
    // What the draft printed instead: keyed by the octets of the PIN.
    if (!verified) assert.is(macUdf(hmacSha512(parseUdf(pin).data, utf8(account))), expected.pinId);
  },
  "pin-witness": ({ input, expected }) => {
    const [clientNonce, payloadDigest] = [b64(input.clientNonce), b64(input.payloadDigest)];
    const made = pinWitness({ salted: need(input.saltedPin), account: need(input.account), clientNonce, payloadDigest });
    assert.ok(equalBytes(made, b64(expected.witness)));
  },
  "message-id": ({ input, expected }) => {
    assert.is(envelopeId(need(input.messageId)), expected.envelopeId);
    if (expected.responseId) assert.is(responseId(need(input.messageId)), expected.responseId);
  },
  "connection-witness": ({ input, expected }) => {
    const accountKey = publicKey("Ed448", hex(input.accountPublicHex));
    const deviceKey = publicKey("Ed448", hex(input.devicePublicHex));
    const made = connectionWitness({ accountKey, deviceKey, serverNonce: b64(input.serverNonce), clientNonce: b64(input.clientNonce) });
    assert.is(made, expected.witness);
  },
  "earl-claim": ({ input, expected }) => {
    const [{ data: k }, claimant] = [parseUdf(need(input.key)), need(input.claimant)];
    assert.is(publicationId(k), expected.publicationId);
    assert.is(encryptionUdf(serviceAuthenticator(k)), expected.serviceAuthenticator);
    assert.is(serviceAuthenticate(serviceAuthenticator(k), claimant), expected.serviceAuthenticate);
    assert.is(deviceAuthenticate(deviceAuthenticator(k), claimant), expected.deviceAuthenticate);
  },
  "earl-envelope": ({ input, expected }) => {
    const kek = hkdfSha512({ ikm: parseUdf(need(input.key)).data, length: 32 });
    const seed = unwrapKey(kek, b64(input.wmk));
    const salt = b64(input.salt);
    const key = hkdfSha256({ ikm: seed, salt, info: "encrypt", length: 32 });
    const plain = aesCbcDecrypt(key, hkdfSha256({ ikm: seed, salt, info: "iv", length: 16 }), b64(input.ciphertext));
    assert.is(plain.length, Number(expected.plaintextLength));
    assert.is(toHex(sha256(plain)), expected.plaintextSha256Hex);
    assert.is(toHex(sha256(concat(plain, utf8("x")))) === expected.plaintextSha256Hex, false);
  },
};

describe("vectors of udf.json", (it) => {
  for (const vector of vectors) {
    it(`${vector.kind}: ${vector.id}`, () => need(checks[vector.kind])(vector));
  }

  it("covers every kind", () => {
    const kinds = [...new Set(vectors.map((v) => v.kind))].sort();
    assert.equal(kinds, Object.keys(checks).sort());
  });
});
