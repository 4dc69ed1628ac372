/** Ciphers, MACs and KDF: published values, round trips, and one answer to every damage. */
import fc from "fast-check";
import { concat, equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { aesCbcDecrypt, aesCbcEncrypt, aesGcmOpen, aesGcmSeal, chachaPolyOpen, chachaPolySeal, unwrapKey, wrapKey } from "../../src/crypto/cipher.ts";
import { hmacSha256, hmacSha512, labelledMac, sha3_512, sha256, sha512 } from "../../src/crypto/hash.ts";
import { hkdfSha256 } from "../../src/crypto/kdf.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { hex } from "./vector.ts";

const octets = fc.uint8Array({ maxLength: 200 });
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("ciphers", (it) => {
  for (const [name, seal, open] of [
    ["AES-GCM", aesGcmSeal, aesGcmOpen],
    ["ChaCha20-Poly1305", chachaPolySeal, chachaPolyOpen],
  ] as const) {
    it(`${name}: round trip; any change, other key, nonce or associated data is refused alike`, async () => {
      fc.assert(
        fc.property(fixed(32), fixed(12), octets, octets, (key, nonce, plain, ad) => {
          const sealed = seal(key, nonce, plain, ad);
          assert.is(sealed.length, plain.length + 16);
          assert.ok(equalBytes(open(key, nonce, sealed, ad), plain));
        }),
        { numRuns: 20 },
      );
      const [key, nonce, ad] = [new Uint8Array(32), new Uint8Array(12), utf8("ad")];
      const sealed = seal(key, nonce, utf8("plain"), ad);
      const changed = new Uint8Array(sealed);
      changed[0] = (changed[0] ?? 0) ^ 1;
      const messages = new Set<string>();
      for (const attempt of [
        () => open(key, nonce, changed, ad),
        () => open(new Uint8Array(32).fill(1), nonce, sealed, ad),
        () => open(key, new Uint8Array(12).fill(1), sealed, ad),
        () => open(key, nonce, sealed, utf8("other")),
        () => open(key, nonce, sealed.subarray(0, 15), ad),
        () => open(key, nonce, new Uint8Array(), ad),
      ]) {
        messages.add((await throwsMesh(attempt, "ERR_VERIFICATION")).message);
      }
      assert.is(messages.size, 1);
    });
  }

  it("AES-CBC: round trip, always padded, damage refused", async () => {
    fc.assert(
      fc.property(fixed(32), fixed(16), octets, (key, iv, plain) => {
        const body = aesCbcEncrypt(key, iv, plain);
        assert.is(body.length, 16 * (1 + Math.floor(plain.length / 16)));
        assert.ok(equalBytes(aesCbcDecrypt(key, iv, body), plain));
      }),
      { numRuns: 20 },
    );
    const [key, iv] = [new Uint8Array(32), new Uint8Array(16)];
    for (const body of [new Uint8Array(), new Uint8Array(15), aesCbcEncrypt(key, iv, utf8("x")).subarray(1)]) {
      await throwsMesh(() => aesCbcDecrypt(key, iv, body), "ERR_VERIFICATION");
    }
    await throwsMesh(() => aesCbcEncrypt(new Uint8Array(8), iv, utf8("x")), "ERR_KEY");
  });

  it("AES key wrap: RFC 3394 §4.6, round trip, refusal", async () => {
    const kek = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const key = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
    const wrapped = wrapKey(kek, key);
    assert.is(toHex(wrapped), "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
    assert.ok(equalBytes(unwrapKey(kek, wrapped), key));
    fc.assert(
      fc.property(fixed(32), fixed(32), (k, secret) => equalBytes(unwrapKey(k, wrapKey(k, secret)), secret)),
      { numRuns: 10 },
    );
    for (const damaged of [wrapped.subarray(8), wrapped.subarray(1), new Uint8Array(40), new Uint8Array()]) {
      await throwsMesh(() => unwrapKey(kek, damaged), "ERR_VERIFICATION");
    }
    await throwsMesh(() => unwrapKey(key, wrapped), "ERR_VERIFICATION");
  });

  it("digests, HMAC (RFC 4231 §4.3) and HKDF-SHA-256 (RFC 5869 §A.1)", () => {
    assert.match(toHex(sha256(utf8("a"), utf8("bc"))), /^ba7816bf8f01cfea/);
    assert.match(toHex(sha512(utf8("abc"))), /^ddaf35a193617aba/);
    assert.match(toHex(sha3_512(utf8("abc"))), /^b751850b1a57168a/);
    const data = utf8("what do ya want for nothing?");
    assert.match(toHex(hmacSha256(utf8("Jefe"), data)), /^5bdcc146bf60754e/);
    assert.match(toHex(hmacSha512(utf8("Jefe"), data)), /^164b7a7bfcf819e2/);
    const input = { ikm: new Uint8Array(22).fill(0x0b), salt: hex("000102030405060708090a0b0c"), info: hex("f0f1f2f3f4f5f6f7f8f9") };
    assert.match(toHex(hkdfSha256({ ...input, length: 42 })), /^3cb25f25faacd57a90434f64d0362f2a/);
  });

  it("labelled MACs frame their fields", () => {
    const key = new Uint8Array(32);
    const expected = hmacSha512(key, concat(utf8("label"), hex("0000000001"), utf8("a"), hex("00000002"), utf8("bc")));
    assert.ok(equalBytes(labelledMac(key, "label", utf8("a"), utf8("bc")), expected));
    assert.not.ok(equalBytes(labelledMac(key, "label", utf8("ab"), utf8("c")), expected));
    assert.not.ok(equalBytes(labelledMac(key, "labe", utf8("la"), utf8("bc")), expected));
  });
});
