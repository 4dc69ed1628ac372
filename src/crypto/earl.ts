/**
 * Encrypted Authenticated Resource Locators as the Mesh claims devices with them (schema-08 §9.2, protocol-09 §7.5): what a
 * service, a claimant and a device each derive from the key in the code. A service learns the first authenticator only.
 */
import { utf8 } from "../base/bytes.ts";
import { hmacSha512 } from "./hash.ts";
import { hkdfSha512 } from "./kdf.ts";
import { encryptionUdf, macUdf, parseUdf, symmetricKeyId } from "./udf.ts";

/** PublicationId of key octets. */
export function publicationId(key: Uint8Array): string {
  return symmetricKeyId(key);
}

/** Ks, 32 octets: kept by the service (CatalogedPublication.Authenticator is its encryption UDF). */
export function serviceAuthenticator(key: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: key, info: "mmm/key/authenticate/service", length: 32 });
}

/** Kd, 32 octets: kept by the device. */
export function deviceAuthenticator(key: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: key, info: "mmm/key/authenticate/device", length: 32 });
}

/** ServiceAuthenticate of a claim, from Ks and the claimant's address as written (not folded). */
export function serviceAuthenticate(ks: Uint8Array, claimant: string): string {
  return macUdf(hmacSha512(ks, utf8(claimant)));
}

/** DeviceAuthenticate of a claim, from Kd and the claimant's address as written (not folded). */
export function deviceAuthenticate(kd: Uint8Array, claimant: string): string {
  return macUdf(hmacSha512(kd, utf8(claimant)));
}

/**
 * The draft's own code of a device: E type UDF derived from the seed as text and the maker's account. It does not commit to the
 * device (commit.ts does); it serves makers that follow the draft. Throws ERR_ENCODING.
 */
export function connectKey(input: { seed: string; account: string; octets: number }): string {
  return encryptionUdf(hkdfSha512({ ikm: utf8(parseUdf(input.seed).text), info: input.account, length: input.octets }));
}
