/** Base64url without padding (RFC 4648 §5), strict: no white space, no foreign digits, no non-zero left-over bits. */
import { asBuffer } from "../base/bytes.ts";

/** Text of octets. */
export function encodeBase64url(octets: Uint8Array): string {
  return asBuffer(octets).toString("base64url");
}

/** Octets of text; undefined when it is not canonical base64url. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const octets = Buffer.from(text, "base64url");
  if (octets.toString("base64url") !== text) return undefined;
  return new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
}
