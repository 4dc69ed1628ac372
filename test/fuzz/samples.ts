/** Good octets and texts of every kind, to be damaged: from the vectors, and made here. */
import { readFileSync } from "node:fs";
import { utf8 } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom } from "../../src/base/random.ts";
import { decodeBase64url, encodeJsonB, parseJson, writeFrame } from "../../src/codec/index.ts";
import { encryptionUdf, generatePrivateKey, newNonce, newSeed, oidUdf, publicKey, seedSpecifier, splitSeed } from "../../src/crypto/index.ts";
import { encodeEnvelope, encodeEnvelopeB, encryptBlock, firstFrame, sealEnvelope } from "../../src/dare/index.ts";
import { encodeFrame } from "../../src/dare/sequence/frame-octets.ts";

interface Envelope {
  readonly type: string;
  readonly envelope: readonly [unknown, string, unknown?];
}

const vectors = (name: string) => JSON.parse(readFileSync(packagePath(`test/vectors/${name}.json`), "utf8"));
const octets = (text: string): Uint8Array => decodeBase64url(text) ?? new Uint8Array();
const short = (parts: readonly Uint8Array[]): Uint8Array[] => parts.filter((part) => part.length < 8192);

/** A recipient and signer of every curve. */
export const keys = {
  X25519: generatePrivateKey("X25519", systemRandom),
  X448: generatePrivateKey("X448", systemRandom),
  Ed25519: generatePrivateKey("Ed25519", systemRandom),
  Ed448: generatePrivateKey("Ed448", systemRandom),
} as const;

export const symmetricKey = systemRandom.bytes(32);

const assertions: readonly Envelope[] = vectors("schema").assertions;
const salt = systemRandom.bytes(16);
/** Under which sampleBlocks are encrypted. */
export const blockSecrets = { baseSeed: systemRandom.bytes(32), salt };

const sealed = [keys.X25519, keys.X448].map((key) =>
  sealEnvelope({
    plaintext: utf8('{"RequestConfirmation":{"MessageId":"N","Text":"start"}}'),
    recipients: [key.public],
    signers: [keys.Ed25519],
    contentMeta: { UniqueId: "N", Created: "2021-08-05T16:37:32Z" },
    random: systemRandom,
  }),
);
const published = sealEnvelope({ plaintext: utf8("{}"), symmetricKey, random: systemRandom });

/** Whole envelopes in every form. */
export const sampleEnvelopes: readonly Uint8Array[] = short([
  ...assertions.map(({ envelope }) => utf8(JSON.stringify(envelope))),
  ...sealed.map(encodeEnvelope),
  ...sealed.map(encodeEnvelopeB),
  encodeEnvelope(published),
]);

/** Tagged objects of the schema, as the drafts' examples wrote them. */
export const sampleObjects: readonly Uint8Array[] = short(
  assertions
    .map(({ envelope }) => octets(envelope[1]))
    .flatMap((payload) => {
      try {
        return [payload, encodeJsonB(parseJson(payload, { lenient: true }))];
      } catch {
        // Encrypted: not an object to begin with.
        return [];
      }
    }),
);

/** Single items and structures of JSON-B and its relatives. */
export const sampleItems: readonly Uint8Array[] = vectors("jsonbcd")
  .vectors.filter((vector: { kind: string }) => vector.kind === "decode")
  .map((vector: { input: { bytes: string } }) => new Uint8Array(Buffer.from(vector.input.bytes, "hex")));

/** Frames, and whole sequences of the reference. */
export const sampleFrames: readonly Uint8Array[] = [
  writeFrame([utf8("{}"), Uint8Array.of(1, 2, 3)]),
  encodeFrame(firstFrame({ contentType: "application/mmm-catalog" })),
  ...short(
    vectors("dare")
      .vectors.filter((vector: { kind: string }) => vector.kind.startsWith("sequence-re"))
      .map((vector: { input: { file: string } }) => octets(vector.input.file)),
  ),
];

/** Sequences of other revisions. */
export const sampleLegacy: readonly Uint8Array[] = vectors("revisions/dare")
  .vectors.filter((vector: { kind: string }) => vector.kind.startsWith("sequence-re"))
  .map((vector: { input: { file: string } }) => octets(vector.input.file));

/** Enhanced data sequences. */
export const sampleBlocks: readonly Uint8Array[] = [
  encryptBlock({ ...blockSecrets, prefix: Uint8Array.of(1), plaintext: utf8('{"cty":"x"}') }),
  octets("iAEBiAoyMDE4LTAyLTAx"),
];

/** Fingerprints, codes, URIs, shares, addresses. */
export const sampleTexts: readonly string[] = [
  "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4",
  "KCM5-7VB6-IJXJ-WKHX-NZQF-OKGZ-EWVN",
  "mcu://alice@example.com/AAJP-KPYV-NSB4-GIYL-AM",
  "mcu://maker@example.com/EALU-LAUT-XB5I-I2ZV-M2VN-NKAW-QLYX-JTS7-64DV-44NF-7YS7-2SHB-7ZE7-4?udf=MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4",
  "udf://example.com/EADA-YKC5-WSUK-AACN-WRRO-MJOQ-PVSK-SM?a=b#c",
  "udf:MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4",
  "alice@mm--mb2gk-6duf5-ygyyl-jny5e-rwshz.example.com",
  "alice@example.com.mm--mb2gk-6duf5-ygyyl-jny5e-rwshz",
  oidUdf(keys.Ed25519.public),
  newSeed(systemRandom, seedSpecifier.device),
  newNonce(systemRandom),
  encryptionUdf(symmetricKey),
  ...splitSeed(newSeed(systemRandom, seedSpecifier.account), { threshold: 2, shares: 3, random: systemRandom }),
];

/** Public keys of all curves, and octets that look like ones. */
export const sampleKeys: readonly Uint8Array[] = [
  ...Object.values(keys).map((key) => key.public.octets),
  publicKey("X448", keys.X448.public.octets.subarray(0, 56)).octets,
  new Uint8Array(32),
  new Uint8Array(57),
  Uint8Array.of(1, ...new Uint8Array(31)),
  new Uint8Array(56).fill(255),
];

/** Vector files of the conformance runner, one entry of each kind. */
export const sampleVectors: readonly Uint8Array[] = ["udf", "jsonbcd", "dare", "threshold", "protocol", "noise"].flatMap((name) => {
  const file = vectors(name);
  const byKind = new Map<string, unknown>((file.vectors ?? file).map((entry: { kind: string }) => [entry.kind, entry]));
  return short([...byKind.values()].map((entry) => utf8(JSON.stringify([entry]))));
});
