/** Activations of full-size devices: what makes their keys in the account, and which account keys they hold. schema-08 §4.3; Version and KeyEpoch: extensions §5. */
import type { Struct } from "../../codec/field.ts";
import { integer, list, optional, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** The overlay seed of a device, sealed to its base encryption key. */
export interface ActivationDevice {
  readonly ActivationKey: string;
  readonly AccountUdf: string;
}
export const ActivationDevice: Struct<ActivationDevice> = struct<ActivationDevice>("ActivationDevice", { ActivationKey: string, AccountUdf: string });

/** The key of one store. */
export interface ActivationEntry {
  /** Store label. */
  readonly Resource: string;
  readonly Key: KeyData;
  readonly KeyEpoch: number;
}
export const ActivationEntry: Struct<ActivationEntry> = struct<ActivationEntry>("ActivationEntry", {
  Resource: string,
  Key: KeyData,
  KeyEpoch: integer,
});

/** The account keys that a device's roles grant, sealed to its overlaid encryption key. A missing one is not granted. */
export interface ActivationAccount {
  readonly Version: number;
  /** The account seed: for a super-administrator alone. */
  readonly ActivationKey?: string;
  readonly AdministratorSignature?: KeyData;
  readonly AdministratorSignature25519?: KeyData;
  readonly AdministratorEncryption?: KeyData;
  readonly AccountEncryption?: KeyData;
  readonly AccountAuthentication?: KeyData;
  readonly AccountSignature?: KeyData;
  readonly Entries: readonly ActivationEntry[];
}
export const ActivationAccount: Struct<ActivationAccount> = struct<ActivationAccount>("ActivationAccount", {
  Version: integer,
  ActivationKey: optional(string),
  AdministratorSignature: optional(KeyData),
  AdministratorSignature25519: optional(KeyData),
  AdministratorEncryption: optional(KeyData),
  AccountEncryption: optional(KeyData),
  AccountAuthentication: optional(KeyData),
  AccountSignature: optional(KeyData),
  Entries: list(ActivationEntry),
});
