/**
 * What a maker makes: the signed description, and the factory image data. protocol-09 §7.5, extensions §2.
 * The salt stands beside the signed part: it needs no signature, since another salt does not give the code's key, and an owner who releases a
 * device has to draw a new one without the maker.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, list, optional, string, struct, tagged } from "../../codec/field.ts";
import type { ConnectionDevice } from "../connection/connection.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { PrivateKeyUDF } from "../key/key-data.ts";
import type { ProfileDevice } from "../profile/profile.ts";
import type { DeviceDescription } from "./device-description.ts";

/** Signed under ProfileDevice.ProfileSignature. */
export interface DevicePreconfigurationPublic {
  readonly EnvelopedProfileDevice: Enveloped<ProfileDevice>;
  readonly Maker: string;
  readonly EnvelopedDeviceDescription: Enveloped<DeviceDescription>;
  /** Media on which the device hails: "mqtt", "tcp", "ble", "serial". */
  readonly Hailing: readonly string[];
}
export const DevicePreconfigurationPublic: Struct<DevicePreconfigurationPublic> = struct<DevicePreconfigurationPublic>(
  "DevicePreconfigurationPublic",
  {
    EnvelopedProfileDevice: enveloped<ProfileDevice>(),
    Maker: string,
    EnvelopedDeviceDescription: enveloped<DeviceDescription>(),
    Hailing: list(string),
  },
);

/** Plaintext of the sealed description. */
export interface CommittedDescription {
  /** 32 octets: k = first 15 of SHA-512("mmm/hub/commit" || CommitSalt || F(ProfileSignature)). */
  readonly CommitSalt: Uint8Array;
  readonly EnvelopedDevicePreconfigurationPublic: Enveloped<DevicePreconfigurationPublic>;
  /** Account of the owner who released the device, when the code is not the maker's. */
  readonly ReleasedBy?: string;
}
export const CommittedDescription: Struct<CommittedDescription> = struct<CommittedDescription>("CommittedDescription", {
  CommitSalt: binary,
  EnvelopedDevicePreconfigurationPublic: enveloped<DevicePreconfigurationPublic>(),
  ReleasedBy: optional(string),
});

/** The factory slot of a constrained device. It never holds k. */
export interface DevicePreconfigurationPrivate {
  /** Base seed (Z). */
  readonly PrivateKeyUDF: string;
  readonly PublicationId: string;
  readonly KHail: Uint8Array;
  readonly KLink: Uint8Array;
  /** The draft's device authenticator key. */
  readonly Kd: Uint8Array;
  /** The sealed description as octets of its envelope. */
  readonly SealedDescription: Uint8Array;
  readonly Class: string;
}
export const DevicePreconfigurationPrivate: Struct<DevicePreconfigurationPrivate> = struct<DevicePreconfigurationPrivate>(
  "DevicePreconfigurationPrivate",
  {
    PrivateKeyUDF: string,
    PublicationId: string,
    KHail: binary,
    KLink: binary,
    Kd: binary,
    SealedDescription: binary,
    Class: string,
  },
);

/** The draft's record of a maker, with the seed in it: kept by the maker and never published. schema-08 §9.2. Ours are the two objects above. */
export interface DevicePreconfiguration {
  readonly EnvelopedProfileDevice?: Enveloped<ProfileDevice>;
  readonly EnvelopedConnectionDevice?: Enveloped<ConnectionDevice>;
  /** On the wire, though not in the table. */
  readonly PrivateKey?: { readonly tag: string; readonly value: PrivateKeyUDF };
  readonly ConnectUri?: string;
}
export const DevicePreconfiguration: Struct<DevicePreconfiguration> = struct<DevicePreconfiguration>("DevicePreconfiguration", {
  EnvelopedProfileDevice: optional(enveloped<ProfileDevice>()),
  EnvelopedConnectionDevice: optional(enveloped<ConnectionDevice>()),
  PrivateKey: optional(tagged(PrivateKeyUDF)),
  ConnectUri: optional(string),
});
