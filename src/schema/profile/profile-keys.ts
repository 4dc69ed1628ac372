/** What the keys of each profile are for. schema-08 §1.10, §4.1; constrained devices, link keys and administrators: extensions §1. */
import type { KeyUses } from "../key/check-keys.ts";
import { uses448, uses25519 } from "../key/check-keys.ts";
import type { KeyData } from "../key/key-data.ts";
import { ProfileDevice, ProfileGroup, ProfileHost, ProfileService, ProfileUser } from "./profile.ts";

const { sign, agree } = uses448;

/** A device that speaks to services itself. */
const fullDevice: KeyUses = {
  ProfileSignature: sign,
  Encryption: agree,
  Signature: sign,
  Authentication: agree,
  Command25519: uses25519.sign,
  Link: { curves: ["X448", "X25519"], least: "X448" },
};

/** A device behind a hub: its one link key is its Authentication, too. */
const constrainedDevice: KeyUses = {
  ProfileSignature: uses25519.sign,
  Encryption: uses25519.point,
  Signature: uses25519.sign,
  Authentication: uses25519.link,
  Link: { ...uses25519.link, least: "X25519", same: "Authentication" },
};

const account: KeyUses = {
  ProfileSignature: sign,
  EscrowEncryption: agree,
  AccountEncryption: agree,
  AdministratorSignature: sign,
  AccountAuthentication: agree,
  AccountSignature: sign,
  AdministratorSignature25519: uses25519.sign,
  AdministratorEncryption: agree,
};

const usesByTag: Readonly<Record<string, KeyUses>> = {
  [ProfileUser.tag]: account,
  [ProfileGroup.tag]: account,
  [ProfileService.tag]: { ProfileSignature: sign, ServiceAuthentication: agree, ServiceEncryption: agree, ServiceSignature: sign },
  [ProfileHost.tag]: { ProfileSignature: sign, Encryption: agree, Signature: sign, Authentication: agree },
};

/** The uses of a profile's keys; a device's tell by its ProfileSignature which kind of device it is. */
export function profileKeyUses(tag: string, { ProfileSignature }: { readonly ProfileSignature: KeyData }): KeyUses {
  if (tag === ProfileDevice.tag) return ProfileSignature.PublicParameters?.value.crv === "Ed25519" ? constrainedDevice : fullDevice;
  return usesByTag[tag] ?? {};
}
