/** Keys and MACs between owner, hub and constrained device. extensions §1 (labels), §3, §4. HKDF and HMAC are over SHA-512. */
import { concat, uintBytes, utf8 } from "../../base/bytes.ts";
import { hkdfSha512, labelledMac } from "../../crypto/index.ts";

/** What a hub's link key is derived for. */
export interface HubEpoch {
  readonly linkRoot: Uint8Array;
  readonly hubUdf: string;
  readonly dealEpoch: number;
}

/** psk of one hub and epoch, 32 octets. */
export function linkPsk({ linkRoot, hubUdf, dealEpoch }: HubEpoch): Uint8Array {
  return hkdfSha512({ ikm: linkRoot, info: concat(utf8("mmm/hub/psk"), utf8(hubUdf), uintBytes(dealEpoch, 4)), length: 32 });
}

/** Hail key of an epoch, 32 octets. */
export function epochHailKey(linkRoot: Uint8Array, dealEpoch: number): Uint8Array {
  return hkdfSha512({ ikm: linkRoot, info: concat(utf8("mmm/hub/hailkey"), uintBytes(dealEpoch, 4)), length: 32 });
}

/** MQTT password of a connected device at one CONNECT, from its psk and the tag it connects with. */
export function mqttPassword(psk: Uint8Array, tag: string): Uint8Array {
  return labelledMac(hkdfSha512({ ikm: psk, info: "mmm/hub/mqtt", length: 32 }), "mmm/hub/mqtt/login", utf8(tag));
}

/** The MAC of AcceptConnection. */
export function acceptMac(
  linkRoot: Uint8Array,
  accept: { DeviceUdf: string; AccountUdf: string; HubUdf: string; DealEpoch: number; ConnectionDigest: Uint8Array },
): Uint8Array {
  const key = hkdfSha512({ ikm: linkRoot, info: "mmm/hub/accept", length: 32 });
  return labelledMac(
    key,
    "mmm/hub/accept",
    utf8(accept.DeviceUdf),
    utf8(accept.AccountUdf),
    utf8(accept.HubUdf),
    uintBytes(accept.DealEpoch, 4),
    accept.ConnectionDigest,
  );
}

/** OwnerAuthenticate: whoever holds the code vouches for the owner's address, account and administrator key. */
export function ownerAuthenticate(kd: Uint8Array, owner: { address: string; accountUdf: string; administratorFingerprint: Uint8Array }): Uint8Array {
  return labelledMac(kd, "mmm/hub/owner", utf8(owner.address), utf8(owner.accountUdf), owner.administratorFingerprint);
}

/** The claim's MAC, which a device can check. */
export function claimMac(kd: Uint8Array, claim: { address: string; accountUdf: string; messageId: string }): Uint8Array {
  return labelledMac(kd, "mmm/hub/claim", utf8(claim.address), utf8(claim.accountUdf), utf8(claim.messageId));
}

/** Prologue of the Noise_N seal of what an owner sends to a device. `kind` is the type tag of the sealed object. */
export function sealedPrologue(kind: string, names: { deviceUdf: string; hubUdf: string; dealEpoch: number }): Uint8Array {
  const field = (octets: Uint8Array): Uint8Array => concat(uintBytes(octets.length, 2), octets);
  return concat(utf8("mmm/hub/seal/1"), field(utf8(kind)), field(utf8(names.deviceUdf)), field(utf8(names.hubUdf)), uintBytes(names.dealEpoch, 4));
}
