/** Our ciphers, digests and derivations come from node:crypto: here @noble's, written by others in another language, have to agree with them. */
import { aeskw, cbc, gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { sha3_512 as nobleSha3 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import { concat } from "../../src/base/bytes.ts";
import {
  aesCbcDecrypt,
  aesCbcEncrypt,
  aesGcmOpen,
  aesGcmSeal,
  chachaPolyOpen,
  chachaPolySeal,
  hkdfSha256,
  hkdfSha512,
  hmacSha512,
  sha3_512,
  sha256,
  sha512,
  unwrapKey,
  wrapKey,
} from "../../src/crypto/index.ts";
import { assert, describe } from "../harness/suite.ts";

const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.uint8Array({ maxLength: 300 });
const runs = { numRuns: 40 };

describe("crypto: a second implementation agrees", (it) => {
  it("digests and MACs", () => {
    fc.assert(
      fc.property(text, octets(32), (message, key) => {
        assert.equal(sha256(message), nobleSha256(message));
        assert.equal(sha512(message), nobleSha512(message));
        assert.equal(sha3_512(message), nobleSha3(message));
        assert.equal(hmacSha512(key, message), hmac(nobleSha512, key, message));
      }),
      runs,
    );
  });

  it("HKDF", () => {
    fc.assert(
      fc.property(octets(56), text, fc.integer({ min: 1, max: 114 }), (ikm, info, length) => {
        assert.equal(hkdfSha512({ ikm, info, length }), hkdf(nobleSha512, ikm, undefined, info, length));
        assert.equal(hkdfSha256({ ikm, salt: info, info, length }), hkdf(nobleSha256, ikm, info, info, length));
      }),
      runs,
    );
  });

  it("AES-GCM and ChaCha20-Poly1305, each opening what the other sealed", () => {
    fc.assert(
      fc.property(octets(32), octets(12), text, text, (key, nonce, plain, ad) => {
        assert.equal(aesGcmSeal(key, nonce, plain, ad), gcm(key, nonce, ad).encrypt(plain));
        assert.equal(aesGcmOpen(key, nonce, gcm(key, nonce, ad).encrypt(plain), ad), plain);
        assert.equal(chachaPolySeal(key, nonce, plain, ad), chacha20poly1305(key, nonce, ad).encrypt(plain));
        assert.equal(chachaPolyOpen(key, nonce, chacha20poly1305(key, nonce, ad).encrypt(plain), ad), plain);
      }),
      runs,
    );
  });

  it("AES-CBC and AES key wrap", () => {
    fc.assert(
      fc.property(octets(32), octets(16), text, octets(32), (key, iv, plain, wrapped) => {
        assert.equal(aesCbcEncrypt(key, iv, plain), cbc(key, iv).encrypt(plain));
        assert.equal(aesCbcDecrypt(key, iv, cbc(key, iv).encrypt(plain)), plain);
        assert.equal(wrapKey(key, wrapped), aeskw(key).encrypt(wrapped));
        assert.equal(unwrapKey(key, aeskw(key).encrypt(wrapped)), wrapped);
      }),
      runs,
    );
  });

  it("would notice a difference", () => {
    assert.not.equal(sha512(Uint8Array.of(1)), nobleSha512(concat(Uint8Array.of(1), Uint8Array.of(0))));
  });
});
