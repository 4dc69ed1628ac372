/** A device code that commits to the device (docs/extensions.md §2): whoever holds the code checks the description against it. */
import { concat, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { fullFingerprint } from "./fingerprint.ts";
import { sha512 } from "./hash.ts";
import { hkdfSha512 } from "./kdf.ts";
import type { PublicKey } from "./public-key.ts";

/** k, the 15 octets in the printed code, of CommitSalt (32 octets) and the ProfileSignature key of the device. Throws ERR_SCHEMA. */
export function commitKey(salt: Uint8Array, profileSignatureKey: PublicKey): Uint8Array {
  if (salt.length !== 32) throw new MeshError("ERR_SCHEMA", `commit salt of ${salt.length} octets, expected 32`);
  return sha512(concat(utf8("mmm/hub/commit"), salt, fullFingerprint(profileSignatureKey))).slice(0, 15);
}

/** k_hail, 32 octets: lets the holder of the code recognise the device on the air. */
export function hailKey(k: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: k, info: "mmm/hub/hail", length: 32 });
}

/** k_link, 32 octets: the pre-shared key of the first session. */
export function linkKey(k: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: k, info: "mmm/hub/link", length: 32 });
}
