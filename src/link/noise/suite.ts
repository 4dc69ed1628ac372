/**
 * Names of Noise protocols (The Noise Protocol Framework, revision 34, §8): `Noise_<pattern>_<dh>_<cipher>_<hash>`.
 * What the Mesh uses: patterns N, IK and IKpsk2, X25519 and X448, ChaChaPoly and AESGCM, SHA-512. Anything else is refused.
 */
import { MeshError } from "../../base/errors.ts";
import type { Curve } from "../../crypto/key.ts";

/** A token of a message pattern (§7.1). */
export type Token = "e" | "s" | "ee" | "es" | "se" | "ss" | "psk";

/** A handshake pattern whose one pre-message is the responder's static key; messages alternate, the initiator first. */
export type Pattern = readonly (readonly Token[])[];

const patterns = {
  N: [["e", "es"]],
  IK: [
    ["e", "es", "s", "ss"],
    ["e", "ee", "se"],
  ],
  IKpsk2: [
    ["e", "es", "s", "ss"],
    ["e", "ee", "se", "psk"],
  ],
} as const satisfies Record<string, Pattern>;

const groups = {
  "25519": { curve: "X25519", length: 32 },
  "448": { curve: "X448", length: 56 },
} as const satisfies Record<string, { readonly curve: Curve; readonly length: number }>;

/** Name of an AEAD of Noise. */
export type CipherName = "ChaChaPoly" | "AESGCM";

/** Name of a Noise protocol that we speak. */
export type ProtocolName = `Noise_${keyof typeof patterns}_${keyof typeof groups}_${CipherName}_SHA512`;

/** What a protocol name stands for. */
export interface Suite {
  readonly name: ProtocolName;
  readonly pattern: Pattern;
  /** The pattern mixes a pre-shared key, so `e` is mixed into the key too (§9.2). */
  readonly usesPsk: boolean;
  readonly curve: "X25519" | "X448";
  /** Octets of a public key and of a shared secret (DHLEN). */
  readonly keyLength: 32 | 56;
  readonly cipher: CipherName;
}

/** Parses a protocol name; ERR_USAGE when it is not one of ours. */
export function parseSuite(name: ProtocolName): Suite {
  const parts = /^Noise_(N|IK|IKpsk2)_(25519|448)_(ChaChaPoly|AESGCM)_SHA512$/.exec(name);
  if (!parts) throw new MeshError("ERR_USAGE", `no such Noise protocol: ${name}`);
  const pattern: Pattern = patterns[parts[1] as keyof typeof patterns];
  const group = groups[parts[2] as keyof typeof groups];
  return {
    name,
    pattern,
    usesPsk: pattern.some((message) => message.includes("psk")),
    curve: group.curve,
    keyLength: group.length,
    cipher: parts[3] as CipherName,
  };
}
