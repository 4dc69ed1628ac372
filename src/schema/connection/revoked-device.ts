/** The owner's word that a device's connection is over. extensions §4, powers of a removed hub or machine. Signed by AdministratorSignature. */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "../profile/profile.ts";

/** Ends one connection, and no later one of the same device. */
export interface RevokedDevice {
  readonly AccountUdf: string;
  readonly DeviceUdf: string;
  /** SHA-512 of the body of the ConnectionDevice envelope that is over. */
  readonly ConnectionDigest: Uint8Array;
  /** Signature key of the connection: the same over all that were signed since the device joined, whatever roles they name. */
  readonly SignatureUdf?: string;
  readonly Updated: string;
  /** Name of the device that the owner removed it with. */
  readonly RemovedBy?: string;
  /** The account's profile, once its keys were replaced: the device may have been away since. */
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
}
export const RevokedDevice: Struct<RevokedDevice> = struct<RevokedDevice>("RevokedDevice", {
  AccountUdf: string,
  DeviceUdf: string,
  ConnectionDigest: binary,
  SignatureUdf: optional(string),
  Updated: dateTime,
  RemovedBy: optional(string),
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
});
