/**
 * Base32 digits (RFC 4648 §6: A-Z, 2-7, upper case, no padding). Grouping, case and type octets of UDFs are made in crypto/udf.
 */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Digits of octets: ceil(bits / 5) of them, all bits by default. Bits that are missing in the last digit are zero; where there are more
 * octets than asked for, the digits are cut off, so the last one may hold bits beyond `bits` (udf-13 §3).
 */
export function encodeBase32(octets: Uint8Array, bits = 8 * octets.length): string {
  const count = Math.ceil(Math.min(bits, 8 * octets.length) / 5);
  let text = "";
  for (let i = 0; i < count; i++) {
    const at = (5 * i) >> 3;
    const pair = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
    text += alphabet[(pair >> (11 - ((5 * i) & 7))) & 31];
  }
  return text;
}

/**
 * Whole octets of digits; undefined when there is a foreign character. Bits left over after the last octet are dropped, whatever they
 * are: text cut to a number of bits has such (compare texts, not octets).
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(Math.floor((5 * text.length) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) return undefined;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets[at++] = held >> bits;
    }
  }
  return octets;
}
