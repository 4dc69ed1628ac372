/** Profiles: self-signed roots of devices, users and services. schema-08 §4.1; link and Ed25519 administrator keys: extensions §1. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** Root of a device. It never changes. */
export interface ProfileDevice {
  readonly Updated?: string;
  readonly ProfileSignature: KeyData;
  readonly Encryption: KeyData;
  readonly Signature: KeyData;
  readonly Authentication: KeyData;
  readonly Description?: string;
  /** Noise statics: X448 for full-size devices, X25519 for constrained ones. */
  readonly Link: readonly KeyData[];
}
export const ProfileDevice: Struct<ProfileDevice> = struct<ProfileDevice>("ProfileDevice", {
  Updated: optional(dateTime),
  ProfileSignature: KeyData,
  Encryption: KeyData,
  Signature: KeyData,
  Authentication: KeyData,
  Description: optional(string),
  Link: list(KeyData),
});

/** Root of a user's account. Reissued under the same ProfileSignature when the service or address changes; the newest Updated wins. */
export interface ProfileUser {
  readonly Updated?: string;
  readonly ProfileSignature: KeyData;
  readonly AccountAddress: string;
  readonly ServiceUdf: string;
  readonly EscrowEncryption?: KeyData;
  readonly AccountEncryption: KeyData;
  readonly AdministratorSignature: KeyData;
  readonly AccountAuthentication: KeyData;
  readonly AccountSignature: KeyData;
  /** Ed25519: what constrained devices verify. */
  readonly AdministratorSignature25519: KeyData;
  /** X448: offers, PINs and deals are sealed to it. */
  readonly AdministratorEncryption: KeyData;
}
export const ProfileUser: Struct<ProfileUser> = struct<ProfileUser>("ProfileUser", {
  Updated: optional(dateTime),
  ProfileSignature: KeyData,
  AccountAddress: string,
  ServiceUdf: string,
  EscrowEncryption: optional(KeyData),
  AccountEncryption: KeyData,
  AdministratorSignature: KeyData,
  AccountAuthentication: KeyData,
  AccountSignature: KeyData,
  AdministratorSignature25519: KeyData,
  AdministratorEncryption: KeyData,
});

/** Root of a Mesh service. */
export interface ProfileService {
  readonly Updated?: string;
  readonly ProfileSignature: KeyData;
  readonly ServiceAuthentication: KeyData;
  readonly ServiceEncryption: KeyData;
  readonly ServiceSignature: KeyData;
}
export const ProfileService: Struct<ProfileService> = struct<ProfileService>("ProfileService", {
  Updated: optional(dateTime),
  ProfileSignature: KeyData,
  ServiceAuthentication: KeyData,
  ServiceEncryption: KeyData,
  ServiceSignature: KeyData,
});
