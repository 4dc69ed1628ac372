/**
 * PIN of a connection or contact request (schema-08 §6.3, protocol-09 §8.1.4). Each step is keyed by the octets parsed from the
 * text before it, 16 of them for a salted PIN, not by the whole MAC. Accounts are folded to lower case.
 */
import { lowerAscii } from "../base/ascii.ts";
import { utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { hmacSha512, labelledMac } from "./hash.ts";
import { macUdf, parseUdf, presentWhole, udfType } from "./udf.ts";

/** Fresh PIN (A) of so many key bits, a multiple of 8, at least 80. Throws ERR_USAGE. */
export function newPin(random: Random, bits: number = 120): string {
  if (!Number.isInteger(bits / 8) || bits < 80 || bits > 512) throw new MeshError("ERR_USAGE", `pin of ${bits} bits: 80 to 512 in whole octets`);
  return presentWhole(udfType.authenticator, random.bytes(bits / 8));
}

/** SaltedPin: binds the PIN to what it may be used for. Throws ERR_ENCODING. */
export function saltedPin(pin: string, action: "Device" | "Contact"): string {
  return macUdf(hmacSha512(parseUdf(pin).data, utf8(action)));
}

/** PinId, the MessageId of the MessagePin. Throws ERR_ENCODING. */
export function pinId(salted: string, account: string): string {
  return macUdf(hmacSha512(parseUdf(salted).data, utf8(lowerAscii(account))));
}

/**
 * What shows a joiner that whoever answers knows its PIN, too: 64 octets over the account that answers, the joiner and the witness of the
 * request. Throws ERR_ENCODING.
 */
export function pinAnswer(input: { salted: string; accountUdf: string; deviceUdf: string; witness: string }): Uint8Array {
  return labelledMac(parseUdf(input.salted).data, "mmm/hub/pin-answer", utf8(input.accountUdf), utf8(input.deviceUdf), utf8(input.witness));
}

/** PinWitness: 64 octets over account, ClientNonce and the PayloadDigest of AuthenticatedData. Throws ERR_ENCODING. */
export function pinWitness(input: { salted: string; account: string; clientNonce: Uint8Array; payloadDigest: Uint8Array }): Uint8Array {
  return hmacSha512(parseUdf(input.salted).data, utf8(lowerAscii(input.account)), input.clientNonce, input.payloadDigest);
}
