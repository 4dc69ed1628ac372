/**
 * What both ends of a device link must agree on before a handshake can succeed: mode, suite, prologue (docs/device-link.md, Handshake).
 */
import { joinBytes, uintBytes, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { PublicKey } from "../crypto/key.ts";
import type { ProtocolName } from "./noise/suite.ts";
import type { Medium } from "./stream.ts";

/** Onboard: under the key of the printed code, before commit. Linked: under a hub's own key, afterwards. */
export type LinkMode = "onboard" | "linked";

const modes: readonly LinkMode[] = ["onboard", "linked"];

/** The octet that stands for a mode. */
export function modeOctet(mode: LinkMode): number {
  return modes.indexOf(mode);
}

/** The mode of an octet; undefined for other octets. */
export function modeOf(octet: number | undefined): LinkMode | undefined {
  return octet === undefined ? undefined : modes[octet];
}

/** The suite of a device, told by its link key; ERR_KEY for other curves. */
export function linkProtocol(key: Pick<PublicKey, "curve">): ProtocolName {
  switch (key.curve) {
    case "X25519":
      return "Noise_IKpsk2_25519_ChaChaPoly_SHA512";
    case "X448":
      return "Noise_IKpsk2_448_AESGCM_SHA512";
    default:
      throw new MeshError("ERR_KEY", `a link key is X25519 or X448, not ${key.curve}`);
  }
}

/** Label, medium, mode octet, id; each with a length of two octets before it. `id`: PublicationId (onboard) or DeviceUdf (linked). */
export function linkPrologue(options: { medium: Medium; mode: LinkMode; id: string }): Uint8Array {
  const fields = [utf8("mmm/link/1"), utf8(options.medium), Uint8Array.of(modeOctet(options.mode)), utf8(options.id)];
  return joinBytes(fields.flatMap((field) => [uintBytes(field.length, 2), field]));
}
