/** Profiles: self-signed roots of devices, users and services. schema-08 §4.1; link and Ed25519 administrator keys: extensions §1. */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";
import { FormerKey } from "./former-key.ts";

/** What every assertion may say of itself. No draft defines a condition, so a profile with any is not valid (verify-profile.ts). */
export interface Assertion {
  readonly Names?: readonly string[];
  readonly Updated?: string;
  readonly NotaryToken?: string;
  readonly Conditions?: readonly Datum[];
}

const assertionFields = {
  Names: optional(list(string)),
  Updated: optional(dateTime),
  NotaryToken: optional(string),
  Conditions: optional(list(anything)),
};

/** Names of device keys in the tables of schema-08 and in schema-06. */
const deviceKeyNames = {
  Encryption: ["BaseEncryption", "DeviceEncryption"],
  Signature: ["BaseSignature", "DeviceSignature"],
  Authentication: ["BaseAuthentication", "DeviceAuthentication"],
} as const;

/** Root of a device. It never changes. */
export interface ProfileDevice extends Assertion {
  readonly ProfileSignature: KeyData;
  readonly Encryption: KeyData;
  readonly Signature: KeyData;
  readonly Authentication: KeyData;
  /** Ed25519: base of Command25519 in ConnectionDevice. Full-size devices; those of 0.2.0 and before have none. */
  readonly Command25519?: KeyData;
  readonly Description?: string;
  /** Noise statics: X448 for full-size devices, X25519 for constrained ones. */
  readonly Link: readonly KeyData[];
}
export const ProfileDevice: Struct<ProfileDevice> = struct<ProfileDevice>(
  "ProfileDevice",
  {
    ...assertionFields,
    ProfileSignature: KeyData,
    Encryption: KeyData,
    Signature: KeyData,
    Authentication: KeyData,
    Command25519: optional(KeyData),
    Description: optional(string),
    Link: list(KeyData),
  },
  { fields: deviceKeyNames },
);

/** Root of a user's account. Reissued under the same ProfileSignature when service, address or keys change; which issue counts: newer-profile.ts. */
export interface ProfileUser extends Assertion {
  readonly ProfileSignature: KeyData;
  /** Rises with each issue that replaces keys. A missing one is 0. */
  readonly Version?: number;
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
  /** Keys that were replaced, the newest of each member last. */
  readonly Former?: readonly FormerKey[];
}
export const ProfileUser: Struct<ProfileUser> = struct<ProfileUser>(
  "ProfileUser",
  {
    ...assertionFields,
    ProfileSignature: KeyData,
    Version: optional(integer),
    AccountAddress: string,
    ServiceUdf: string,
    EscrowEncryption: optional(KeyData),
    AccountEncryption: KeyData,
    AdministratorSignature: KeyData,
    AccountAuthentication: KeyData,
    AccountSignature: KeyData,
    AdministratorSignature25519: KeyData,
    AdministratorEncryption: KeyData,
    Former: optional(list(FormerKey)),
  },
  {
    fields: {
      AccountEncryption: ["CommonEncryption"],
      AccountAuthentication: ["CommonAuthentication"],
      AccountSignature: ["CommonSignature"],
    },
  },
);

/** Root of a group's account. */
export interface ProfileGroup extends Assertion {
  readonly ProfileSignature: KeyData;
  readonly AccountAddress?: string;
  readonly ServiceUdf?: string;
  readonly EscrowEncryption?: KeyData;
  readonly AccountEncryption?: KeyData;
  readonly AdministratorSignature?: KeyData;
}
export const ProfileGroup: Struct<ProfileGroup> = struct<ProfileGroup>(
  "ProfileGroup",
  {
    ...assertionFields,
    ProfileSignature: KeyData,
    AccountAddress: optional(string),
    ServiceUdf: optional(string),
    EscrowEncryption: optional(KeyData),
    AccountEncryption: optional(KeyData),
    AdministratorSignature: optional(KeyData),
  },
  { fields: { AccountEncryption: ["CommonEncryption"] } },
);

/** Root of a Mesh service. */
export interface ProfileService extends Assertion {
  readonly ProfileSignature: KeyData;
  readonly ServiceAuthentication: KeyData;
  readonly ServiceEncryption: KeyData;
  readonly ServiceSignature: KeyData;
}
export const ProfileService: Struct<ProfileService> = struct<ProfileService>("ProfileService", {
  ...assertionFields,
  ProfileSignature: KeyData,
  ServiceAuthentication: KeyData,
  ServiceEncryption: KeyData,
  ServiceSignature: KeyData,
});

/** Root of a host of a service, with the fields of a device. */
export interface ProfileHost extends Assertion {
  readonly ProfileSignature: KeyData;
  readonly Encryption?: KeyData;
  readonly Signature?: KeyData;
  readonly Authentication?: KeyData;
  readonly Description?: string;
}
export const ProfileHost: Struct<ProfileHost> = struct<ProfileHost>(
  "ProfileHost",
  {
    ...assertionFields,
    ProfileSignature: KeyData,
    Encryption: optional(KeyData),
    Signature: optional(KeyData),
    Authentication: optional(KeyData),
    Description: optional(string),
  },
  {
    fields: {
      Encryption: [...deviceKeyNames.Encryption, "KeyEncryption"],
      Signature: deviceKeyNames.Signature,
      Authentication: [...deviceKeyNames.Authentication, "KeyAuthentication"],
    },
  },
);
