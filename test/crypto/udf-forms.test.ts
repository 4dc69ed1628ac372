/** Forms around fingerprints: checks of content, data entry, URIs, names, shares; what each refuses. */
import { checkPrimeSync } from "node:crypto";
import fc from "fast-check";
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import { oidUdf } from "../../src/crypto/fingerprint.ts";
import { keyOfOidUdf } from "../../src/crypto/oid.ts";
import { printedCurveInteger, printedPrime, printedSeedOutput } from "../../src/crypto/printed-example.ts";
import { generatePrivateKey } from "../../src/crypto/private-key.ts";
import { newSeed, seedSpecifier } from "../../src/crypto/seed.ts";
import {
  evaluateShares,
  parseShare,
  recoverEncryptionKey,
  recoverSecret,
  recoverSeed,
  shamirPrime,
  shareUdf,
  splitEncryptionKey,
  splitSecret,
  splitSeed,
} from "../../src/crypto/shamir.ts";
import { formatStrongName, parseStrongName, strongLabel } from "../../src/crypto/sin.ts";
import { authenticatorUdf, contentDigestUdf, locator, newEncryptionKey, newNonce, parseUdf, presentUdf, presentWhole } from "../../src/crypto/udf.ts";
import { signedEncryptionUdf, verifyAuthenticator, verifyContentDigest, verifyKeySigner } from "../../src/crypto/udf-check.ts";
import { canonicalUdf, readUdfEntry } from "../../src/crypto/udf-entry.ts";
import { formatUdfUri, parseUdfUri, resolutionPaths } from "../../src/crypto/udf-uri.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { need } from "./vector.ts";

const content = { contentType: "text/plain", data: utf8("lights out") };

describe("checks of content", (it) => {
  it("digests of both families, at any precision from 100 bits", async () => {
    for (const sha3 of [false, true]) {
      for (const bits of [120, 140, 280, 440]) verifyContentDigest(contentDigestUdf({ ...content, sha3, bits }), content);
      const udf = contentDigestUdf({ ...content, sha3 });
      await throwsMesh(() => verifyContentDigest(udf, { ...content, data: utf8("lights on") }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyContentDigest(udf, { ...content, contentType: "text/html" }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyContentDigest(contentDigestUdf({ ...content, sha3, bits: 100 }), content), "ERR_VERIFICATION");
    }
    await throwsMesh(() => verifyContentDigest(newNonce(systemRandom), content), "ERR_VERIFICATION");
  });

  it("a digest that claims another level is another digest", async () => {
    const { data } = parseUdf(contentDigestUdf({ ...content, bits: 440 }));
    await throwsMesh(() => verifyContentDigest(presentUdf(97, data), content), "ERR_VERIFICATION");
  });

  it("authenticators of both types", async () => {
    const key = newNonce(systemRandom);
    for (const sha3 of [false, true]) {
      const udf = authenticatorUdf({ ...content, key, sha3 });
      assert.is(parseUdf(udf).type, sha3 ? 1 : 0);
      verifyAuthenticator(udf, { ...content, key });
      await throwsMesh(() => verifyAuthenticator(udf, { ...content, key: newNonce(systemRandom) }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyAuthenticator(udf, { ...content, key, data: utf8("other") }), "ERR_VERIFICATION");
    }
    await throwsMesh(() => verifyAuthenticator(key, { ...content, key }), "ERR_VERIFICATION");
  });

  it("a key of type 33 commits to its signer", async () => {
    const [alice, bob] = [generatePrivateKey("Ed448", systemRandom).public, generatePrivateKey("Ed448", systemRandom).public];
    const key = signedEncryptionUdf(alice, 20);
    assert.is(parseUdf(key).type, 33);
    assert.is(parseUdf(key).data.length, 20);
    verifyKeySigner(key, alice);
    verifyKeySigner(signedEncryptionUdf(alice, 4), alice);
    await throwsMesh(() => verifyKeySigner(key, bob), "ERR_VERIFICATION");
    await throwsMesh(() => verifyKeySigner(key.slice(0, 14), alice), "ERR_VERIFICATION");
    await throwsMesh(() => verifyKeySigner(newEncryptionKey(systemRandom, 20), alice), "ERR_VERIFICATION");
  });

  it("OID fingerprints give their key back, and nothing else passes for one", async () => {
    for (const curve of ["X25519", "X448", "Ed25519", "Ed448"] as const) {
      const key = generatePrivateKey(curve, systemRandom).public;
      assert.equal(keyOfOidUdf(oidUdf(key)), key);
      const { data } = parseUdf(oidUdf(key));
      const changed = data.slice();
      changed[8] = 0x6d;
      for (const octets of [changed, data.subarray(1), data.subarray(0, -1)])
        await throwsMesh(() => keyOfOidUdf(presentWhole(112, octets)), "ERR_KEY");
    }
    await throwsMesh(() => keyOfOidUdf(newNonce(systemRandom)), "ERR_KEY");
  });
});

describe("data entry", (it) => {
  it("any spelling becomes canonical", () => {
    const text = newNonce(systemRandom);
    for (const spelling of [text.toLowerCase(), text.replaceAll("-", ""), ` ${text.replaceAll("-", " ")} `]) assert.is(canonicalUdf(spelling), text);
    assert.equal(readUdfEntry(text.toLowerCase()), { udf: parseUdf(text) });
  });

  it("look-alikes are suggested, never taken", async () => {
    assert.equal(readUdfEntry("MB5S-O0IB"), { issues: [{ index: 6, character: "0", suggestion: "O" }], suggestion: "MB5S-OOIB" });
    assert.equal(readUdfEntry("mb18-ooib"), {
      issues: [
        { index: 2, character: "1", suggestion: "I" },
        { index: 3, character: "8", suggestion: "B" },
      ],
      suggestion: "MBIB-OOIB",
    });
    assert.equal(readUdfEntry("MB59-0OIB"), {
      issues: [
        { index: 3, character: "9" },
        { index: 5, character: "0", suggestion: "O" },
      ],
    });
    const error = await throwsMesh(() => canonicalUdf("MB5S-O0IB"), "ERR_ENCODING");
    assert.is(error.detail.suggestion, "MB5S-OOIB");
    await throwsMesh(() => canonicalUdf("MB5S-O_IB"), "ERR_ENCODING");
    await throwsMesh(() => parseUdf("MB5S-O0IB"), "ERR_ENCODING");
    await throwsMesh(() => readUdfEntry("--"), "ERR_ENCODING");
  });

  it("garbage gives issues or ERR_ENCODING", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        try {
          readUdfEntry(text);
        } catch (error) {
          assert.ok(isMeshError(error, "ERR_ENCODING"), String(error));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("UDF URIs", (it) => {
  const key = newEncryptionKey(systemRandom, 17);

  it("names and locators, there and back", () => {
    assert.equal(parseUdfUri(formatUdfUri({ udf: key })), { form: "name", udf: parseUdf(key) });
    const uri = formatUdfUri({ udf: key.toLowerCase(), domain: "Example.COM" });
    assert.is(uri, `udf://example.com/${key}`);
    assert.equal(parseUdfUri(uri.toUpperCase()), { form: "locator", domain: "example.com", udf: parseUdf(key) });
    const whole = parseUdfUri(`${uri}?type=text/plain#part`);
    assert.equal(whole, { form: "locator", domain: "example.com", udf: parseUdf(key), query: "type=text/plain", fragment: "part" });
  });

  it("refuses users, ports, addresses, empty parts and foreign schemes", async () => {
    const bad = [
      `udf://alice@example.com/${key}`,
      `udf://example.com:80/${key}`,
      `udf://127.0.0.1/${key}`,
      `udf://[::1]/${key}`,
      `udf:///${key}`,
      `udf://-a.example/${key}`,
      `udf://ex\u212aample.com/${key}`,
      `udf://${"a.".repeat(130)}com/${key}`,
      `udf://example.com/${key}/more`,
      "udf://example.com/",
      "udf:",
      `udf:${key}?x`,
      `udf:${key}#x`,
      `mcu://a@example.com/${key}`,
      `udf:${key.slice(0, 8)}0`,
      `udf:${"A".repeat(3000)}`,
    ];
    for (const text of bad) await throwsMesh(() => parseUdfUri(text), "ERR_ENCODING");
    await throwsMesh(() => formatUdfUri({ udf: key, domain: "a b" }), "ERR_ENCODING");
  });

  it("the resolver sees the identifier of a key, not the key", async () => {
    assert.equal(resolutionPaths(key.toLowerCase()), [`/.well-known/srv/mmm-udf/${locator(key)}`, `/.well-known/mmm-udf/${locator(key)}`]);
    await throwsMesh(() => resolutionPaths(newNonce(systemRandom)), "ERR_KEY");
  });
});

describe("strong names", (it) => {
  const udf = contentDigestUdf({ ...content, bits: 280 });

  it("labels fit into DNS and come back", () => {
    const label = strongLabel(udf);
    assert.ok(label.length <= 63 && udf.toLowerCase().startsWith(label.slice(4)));
    for (const form of ["prefix", "suffix"] as const) {
      const address = formatStrongName({ address: "alice@example.com", udf, form });
      const name = parseStrongName(address.toUpperCase());
      assert.is(name.form, form);
      assert.is(name.address.toLowerCase(), "alice@example.com");
      assert.ok(udf.startsWith(need(name.udf)));
    }
    assert.equal(parseStrongName("mm--alice@example.com"), { form: "none", address: "mm--alice@example.com" });
    assert.is(parseStrongName(`${label}.example.com`).address, "example.com");
  });

  it("refuses labels that are no digests, two of them, and one in the middle", async () => {
    const label = strongLabel(udf);
    const bad = [
      `a@${label}.${label}.example`,
      `a@www.${label}.example`,
      `a@${label}`,
      `a@mm--${newNonce(systemRandom)}.example`,
      "a@mm--mb2gk.example",
      "a@mm--.example",
      "a@mm--mb2gk0.example",
      `${"a".repeat(400)}@example.com`,
    ];
    for (const address of bad) await throwsMesh(() => parseStrongName(address), "ERR_ENCODING");
    await throwsMesh(() => strongLabel(newNonce(systemRandom)), "ERR_ENCODING");
    await throwsMesh(() => formatStrongName({ address: `a@${label}.example`, udf, form: "prefix" }), "ERR_ENCODING");
  });
});

describe("shares of a secret", (it) => {
  it("any quorum gives the secret, in any order; fewer give nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.integer({ min: 2, max: 15 }),
        fc.integer({ min: 0, max: 13 }),
        fc.nat(),
        async (secret, threshold, more, turn) => {
          const shares = Math.min(15, threshold + more);
          const made = splitSecret({ secret, threshold, shares, random: systemRandom });
          const turned = made.map((_, i) => need(made[(i + turn) % shares]));
          assert.ok(equalBytes(recoverSecret(turned.slice(0, threshold)), secret));
          assert.ok(equalBytes(recoverSecret(turned), secret));
          await throwsMesh(() => recoverSecret(turned.slice(0, threshold - 1)), "ERR_KEY");
        },
      ),
      { numRuns: 25 },
    );
  });

  it("surplus shares expose a wrong one; shares of two sets do not mix", async () => {
    const deal = (threshold: number, octets = 16): string[] =>
      splitSecret({ secret: systemRandom.bytes(octets), threshold, shares: 4, random: systemRandom });
    const [a, b] = [deal(2), deal(2)];
    await throwsMesh(() => recoverSecret([need(a[0]), need(a[1]), need(b[2])]), "ERR_VERIFICATION");
    for (const set of [[need(a[0]), need(deal(3)[1])], [need(a[0]), need(deal(2, 17)[1])], [need(a[0]), need(a[0])], []]) {
      await throwsMesh(() => recoverSecret(set), "ERR_KEY");
    }
  });

  it("the largest values: all ones, and a result beyond the octets is refused", async () => {
    const ones = new Uint8Array(4).fill(0xff);
    assert.ok(equalBytes(recoverSecret(splitSecret({ secret: ones, threshold: 3, shares: 3, random: systemRandom }).slice(0, 3)), ones));
    // f(1) = 2^8, which does not fit into one octet.
    assert.is(evaluateShares({ secret: Uint8Array.of(0xff), coefficients: [1n], shares: 2 }), undefined);
    // A line through (1, 255) and (2, 254) mod 257 is 256 at zero.
    const line = [255, 254].map((y, i) => shareUdf({ threshold: 2, index: i + 1, value: Uint8Array.of(y) }));
    await throwsMesh(() => recoverSecret(line), "ERR_VERIFICATION");
  });

  it("counts and forms out of range", async () => {
    for (const [threshold, shares] of [
      [1, 3],
      [4, 3],
      [2, 16],
      [2.5, 5],
      [2, Number.NaN],
    ] as const) {
      await throwsMesh(() => splitSecret({ secret: Uint8Array.of(1), threshold, shares, random: systemRandom }), "ERR_USAGE");
    }
    for (const octets of [0, 65]) {
      await throwsMesh(() => splitSecret({ secret: new Uint8Array(octets), threshold: 2, shares: 2, random: systemRandom }), "ERR_KEY");
    }
    for (const text of [newNonce(systemRandom), presentWhole(144, Uint8Array.of(0x20)), presentWhole(144, Uint8Array.of(0x10, 1))]) {
      await throwsMesh(() => parseShare(text), "ERR_KEY");
    }
    await throwsMesh(() => parseShare(presentWhole(144, new Uint8Array(66).fill(0x21))), "ERR_KEY");
  });

  it("every prime of the table is one, and none lies between it and the power of two", () => {
    for (const octets of [1, 2, 3, 16, 17, 32, 35]) {
      for (let candidate = (1n << BigInt(8 * octets)) + 1n; candidate < shamirPrime(octets); candidate += 2n)
        assert.not.ok(checkPrimeSync(candidate));
    }
    for (let octets = 1; octets <= 64; octets++) assert.ok(checkPrimeSync(shamirPrime(octets)), String(octets));
  });

  it("keys and seeds come back as what they were", async () => {
    const counts = { threshold: 2, shares: 3, random: systemRandom };
    const key = newEncryptionKey(systemRandom, 16);
    assert.is(recoverEncryptionKey(splitEncryptionKey(key, counts).slice(1)), key);
    const seed = newSeed(systemRandom, seedSpecifier.account);
    assert.is(recoverSeed(splitSeed(seed, counts).slice(1)), seed);
    const padded = splitSecret({ ...counts, secret: new Uint8Array([0, ...[200], ...parseUdf(seed).data]) });
    assert.is(recoverSeed(padded.slice(1)), seed);
    await throwsMesh(() => splitEncryptionKey(seed, counts), "ERR_KEY");
    await throwsMesh(() => splitSeed(key, counts), "ERR_KEY");
    await throwsMesh(() => recoverSeed(splitEncryptionKey(presentWhole(32, new Uint8Array(16).fill(7)), counts)), "ERR_VERIFICATION");
    await throwsMesh(() => recoverSeed(splitEncryptionKey(presentWhole(32, new Uint8Array(16)), counts)), "ERR_VERIFICATION");
  });
});

describe("hostile text", (it) => {
  it("gives MeshError and nothing else, in every reader", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abz-.@:/?# 0189mm--"), maxLength: 120 });
    const readers = [
      parseUdfUri,
      (text: string) => parseUdfUri(`udf://example.com/${text}`),
      (text: string) => parseUdfUri(`udf://${text}/MB2GK`),
      parseStrongName,
      (text: string) => parseStrongName(`a@mm--${text}.example`),
      parseShare,
      (text: string) => recoverSecret([text, text]),
      (text: string) => recoverSecret([`SA${text}`, `SB${text}`]),
      (text: string) => keyOfOidUdf(`OAYD${text}`),
      recoverSeedOf,
      resolutionPaths,
      canonicalUdf,
      strongLabel,
    ];
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: "binary", maxLength: 120 })), (text) => {
        for (const read of readers) {
          try {
            read(text);
          } catch (error) {
            assert.ok(isMeshError(error), `${String(error)} of ${JSON.stringify(text)}`);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

function recoverSeedOf(text: string): string {
  return recoverSeed([`SAQ${text}`, `SAR${text}`]);
}

describe("printed examples", (it) => {
  it("know the algorithms that were printed and no others", async () => {
    const seed = newSeed(systemRandom, 5);
    await throwsMesh(() => printedSeedOutput({ seed, algorithm: 11 }), "ERR_KEY");
    await throwsMesh(() => printedCurveInteger(new Uint8Array(40), 4, "field"), "ERR_KEY");
    await throwsMesh(() => printedPrime(new Uint8Array(33)), "ERR_KEY");
  });
});
