/** Envelopes under a symmetric key, as published under an EARL (udf-13 §6, protocol-09 §7.5): opened, and what lies inside named. */
import { toHex } from "../base/bytes.ts";
import type { Datum } from "../codec/index.ts";
import { encodeBase64url, encodeJson } from "../codec/index.ts";
import { exchangedSeed, openEnvelope, parseEnvelope } from "../dare/index.ts";

/** What came out of an envelope. */
export interface Opened {
  readonly baseSeed: Uint8Array;
  readonly plaintext: Uint8Array;
  /** EnvelopeId of the envelope that the plaintext is. */
  readonly envelopeId: Datum;
}

/** Opens an envelope whose parts stand apart. Throws what openEnvelope does. */
export function openSealed(parts: { readonly header: Datum; readonly ciphertext: Uint8Array; readonly symmetricKey: Uint8Array }): Opened {
  const { header, ciphertext, symmetricKey } = parts;
  const envelope = parseEnvelope(encodeJson([header, ciphertext]));
  const plaintext = openEnvelope(envelope, { symmetricKey, sealed: true });
  return {
    baseSeed: exchangedSeed(envelope.header, { symmetricKey }),
    plaintext,
    envelopeId: parseEnvelope(plaintext, { lenient: true }).header.EnvelopeId ?? null,
  };
}

/** Octets as text: hexadecimal where the file uses that, which the length tells, else base64url. */
export function inFormOf(expected: Datum, octets: Uint8Array): string {
  const isHex = typeof expected === "string" && expected.length === 2 * octets.length;
  return isHex ? toHex(octets) : encodeBase64url(octets);
}
