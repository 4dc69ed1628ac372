/** UDF text, codes and what is derived from them: round trips, refusals, the code that commits to its device. */
import fc from "fast-check";
import { concat, equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import { commitKey, hailKey, linkKey } from "../../src/crypto/commit.ts";
import { formatConnectUri, parseConnectUri } from "../../src/crypto/connect-uri.ts";
import { fullFingerprint } from "../../src/crypto/fingerprint.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import { hkdfSha512 } from "../../src/crypto/kdf.ts";
import { newPin } from "../../src/crypto/pin.ts";
import { generatePrivateKey } from "../../src/crypto/private-key.ts";
import {
  digestType,
  encryptionUdf,
  newEncryptionKey,
  newNonce,
  parseUdf,
  presentUdf,
  presentWhole,
  symmetricKeyId,
  udfEquals,
} from "../../src/crypto/udf.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const data = fc.uint8Array({ minLength: 1, maxLength: 80 });

describe("fingerprint text", (it) => {
  it("whole values come back as they were, in any spelling", () => {
    fc.assert(
      fc.property(fc.nat(255), data, (type, octets) => {
        const text = presentWhole(type, octets);
        assert.match(text, /^([A-Z2-7]{4}-)*[A-Z2-7]{1,4}$/);
        for (const spelling of [text, text.toLowerCase(), text.replaceAll("-", ""), ` ${text.replaceAll("-", " ")}\n`]) {
          const parsed = parseUdf(spelling);
          assert.is(parsed.type, type);
          assert.ok(equalBytes(parsed.data, octets));
          assert.is(parsed.text, text);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("cut values keep their text and their whole octets", () => {
    const octets = new Uint8Array(64).map((_, i) => i * 7 + 1);
    for (const bits of [20, 92, 100, 140, 280, 440]) {
      const text = presentUdf(96, octets, bits);
      assert.is(text.replaceAll("-", "").length, Math.ceil(bits / 5));
      assert.is(parseUdf(text).text, text);
      const whole = parseUdf(text).data;
      assert.ok(equalBytes(whole, octets.subarray(0, whole.length)));
    }
    assert.is(presentUdf(32, Uint8Array.of(1, 2), 1000), presentWhole(32, Uint8Array.of(1, 2)));
  });

  it("refuses foreign digits, emptiness and excess, and nothing but MeshError comes out of garbage", async () => {
    for (const text of ["", "A", "--", "MB5S-R4AJ-0", "MB5S_R4AJ", "MB5S-R4A1", "MB5S-R4A=", "ſB5S", "A".repeat(1025)]) {
      await throwsMesh(() => parseUdf(text), "ERR_ENCODING");
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        for (const read of [parseUdf, parseConnectUri, (t: string) => parseConnectUri(`mcu://${t}`)]) {
          try {
            read(text);
          } catch (error) {
            assert.ok(isMeshError(error), String(error));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("compression level at its boundaries", () => {
    const levels = [
      [0, 0],
      [8, 0],
      [19, 0],
      [20, 1],
      [29, 1],
      [30, 2],
      [39, 2],
      [40, 3],
      [49, 3],
      [50, 4],
      [200, 4],
      [512, 4],
    ] as const;
    for (const [zeros, level] of levels) {
      const digest = new Uint8Array(64).map((_, i) => (512 - zeros > 8 * i ? 0xff : 0));
      const last = (512 - zeros) % 8;
      if (last !== 0) digest[(512 - zeros - last) / 8] = (0xff << (8 - last)) & 0xff;
      assert.is(digestType(digest, 96), 96 + level, `${zeros} zero bits`);
      assert.is(digestType(digest, 80), 80 + level, `${zeros} zero bits`);
    }
  });

  it("equality: prefixes of at least 100 bits after the type", () => {
    const long = presentUdf(96, sha512(utf8("x")), 280);
    const short = presentUdf(96, sha512(utf8("x")), 140);
    assert.ok(udfEquals(long, short.toLowerCase()));
    assert.ok(udfEquals(short, short));
    assert.not.ok(udfEquals(long, long.slice(0, 24)));
    assert.not.ok(udfEquals(short, presentUdf(80, sha512(utf8("x")), 140)));
    assert.not.ok(udfEquals(short, presentUdf(96, sha512(utf8("y")), 140)));
  });

  it("fresh values have their type and size and do not repeat", async () => {
    assert.is(parseUdf(newNonce(systemRandom)).type, 104);
    assert.is(newNonce(systemRandom).length, 34);
    assert.is.not(newNonce(systemRandom), newNonce(systemRandom));
    assert.is(parseUdf(newEncryptionKey(systemRandom, 15)).data.length, 15);
    assert.equal([parseUdf(newPin(systemRandom)).type, parseUdf(newPin(systemRandom)).data.length], [0, 15]);
    assert.match(symmetricKeyId(systemRandom.bytes(32)), /^EBQ/);
    for (const bits of [72, 81, 0, Number.NaN, 4096]) await throwsMesh(() => newPin(systemRandom, bits), "ERR_USAGE");
  });
});

describe("device codes", (it) => {
  const key = Uint8Array.from({ length: 15 }, (_, i) => i + 1);
  const code = encryptionUdf(key);

  it("format and parse, in any case", () => {
    const udf = presentUdf(96, sha512(utf8("alice")));
    const text = formatConnectUri({ account: "maker@example.com", code, udf });
    assert.equal(parseConnectUri(text), { account: "maker@example.com", code, kind: "earl", key, udf });
    assert.equal(parseConnectUri(`  ${text.toUpperCase().replace("?UDF=", "?udf=")}\n`), parseConnectUri(text));
    assert.is(parseConnectUri(`mcu://maker@example.com/${code}`).udf, undefined);
    assert.is(parseConnectUri(formatConnectUri({ account: "a@b.example", code: newPin(systemRandom) })).kind, "pin");
  });

  it("tells another kind from a damaged one", async () => {
    for (const text of ["", "https://example.com/", "MT:Y.K9042C00KA0648G00", code, `mcu://a@b/${newNonce(systemRandom)}`]) {
      await throwsMesh(() => parseConnectUri(text), "ERR_CODE_KIND");
    }
    const damaged = [
      `mcu://maker@example.com/${code.slice(0, 20)}`,
      `mcu://maker@example.com/${code.replace("A", "0")}`,
      `mcu://example.com/${code}`,
      `mcu://maker@/${code}`,
      `mcu://maker@exa mple.com/${code}`,
      `mcu://maker@example.com/`,
      `mcu://maker@example.com/${code}?udf=M1`,
      `mcu:${"x".repeat(600)}`,
    ];
    for (const text of damaged) await throwsMesh(() => parseConnectUri(text), "ERR_CODE_DAMAGED");
  });

  it("commits to the device: the key changes with salt and with signature key", async () => {
    const salt = systemRandom.bytes(32);
    const [profile, other] = [generatePrivateKey("Ed25519", systemRandom).public, generatePrivateKey("Ed25519", systemRandom).public];
    const k = commitKey(salt, profile);
    assert.is(toHex(k), toHex(sha512(concat(utf8("mmm/hub/commit"), salt, fullFingerprint(profile)))).slice(0, 30));
    assert.not.equal(k, commitKey(salt, other));
    assert.not.equal(k, commitKey(systemRandom.bytes(32), profile));
    assert.equal(hailKey(k), hkdfSha512({ ikm: k, info: "mmm/hub/hail", length: 32 }));
    assert.equal(linkKey(k), hkdfSha512({ ikm: k, info: "mmm/hub/link", length: 32 }));
    await throwsMesh(() => commitKey(salt.subarray(1), profile), "ERR_SCHEMA");
  });
});
