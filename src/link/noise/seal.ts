/**
 * One-way sealing to a link key: pattern N, so that a small device opens what its owner sends with the primitives of the link alone.
 * It says nothing about the sender: what is sealed is signed inside. Output: one Noise message (32-octet ephemeral, ciphertext, tag).
 */
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { PublicKey } from "../../crypto/key.ts";
import type { StaticKey } from "./handshake.ts";
import { HandshakeState } from "./handshake.ts";
import type { ProtocolName } from "./suite.ts";

const protocol: ProtocolName = "Noise_N_25519_ChaChaPoly_SHA512";

/** The responder of pattern N writes nothing, so it draws nothing. */
const noRandom: Random = {
  bytes: () => {
    throw new MeshError("ERR_INTERNAL", "opening draws no randomness");
  },
};

/** Seals to an X25519 link key; the same prologue is needed to open. ERR_TOO_LARGE beyond 65487 octets. */
export function sealOneWay(options: { recipient: PublicKey; prologue: Uint8Array; plaintext: Uint8Array; random: Random }): Uint8Array {
  const { recipient, prologue, plaintext, random } = options;
  const handshake = new HandshakeState({ protocol, role: "initiator", prologue, random, remote: recipient });
  const sealed = handshake.writeMessage(plaintext);
  handshake.destroy();
  return sealed;
}

/** Opens what sealOneWay made; ERR_VERIFICATION for another recipient, prologue or any change. */
export function openOneWay(options: { recipient: StaticKey; prologue: Uint8Array; sealed: Uint8Array }): Uint8Array {
  const { recipient, prologue, sealed } = options;
  const handshake = new HandshakeState({ protocol, role: "responder", prologue, random: noRandom, local: recipient });
  const plaintext = handshake.readMessage(sealed);
  handshake.destroy();
  return plaintext;
}
