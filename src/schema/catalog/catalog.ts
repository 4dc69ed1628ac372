/** Catalog entries: devices, places, states, networks, publications, access. schema-08 §5-6; additions: schema digest §11 and extensions §3, §5-7. */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, binary, boolean, dateTime, integer, list, optional, string, struct, tagged, word } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import type { ActivationAccount, ActivationDevice } from "../activation/activation.ts";
import type { ConnectionDevice } from "../connection/connection.ts";
import type { ActivationDeal, ActivationHub } from "../device/connection-objects.ts";
import { DeviceState } from "../device/state.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";
import type { ProfileDevice, ProfileUser } from "../profile/profile.ts";

/** Payload of every catalog frame; header members are hints, only this counts. A delete has one too. */
export interface CatalogUpdate {
  readonly Store: string;
  readonly Event: "New" | "Update" | "Delete";
  readonly Key: string;
  /** Index of the frame before of that key. */
  readonly Previous?: number;
  /** The tagged entry; absent in a delete. */
  readonly Entry?: Datum;
}
export const CatalogUpdate: Struct<CatalogUpdate> = struct<CatalogUpdate>("CatalogUpdate", {
  Store: string,
  Event: word("New", "Update", "Delete"),
  Key: string,
  Previous: optional(integer),
  Entry: optional(anything),
});

/** Signed last frame of every Transact on a catalog: covers all frames up to Index. */
export interface SequenceApex {
  readonly AccountUdf: string;
  readonly Store: string;
  /** Index of the last frame covered (the frame before this one). */
  readonly Index: number;
  readonly TreeDigest: Uint8Array;
  readonly Time: string;
  readonly DeviceUdf: string;
}
export const SequenceApex: Struct<SequenceApex> = struct<SequenceApex>("SequenceApex", {
  AccountUdf: string,
  Store: string,
  Index: integer,
  TreeDigest: binary,
  Time: dateTime,
  DeviceUdf: string,
});

/** The newest apex of a store that a device has seen. */
export interface Head {
  readonly Store: string;
  readonly Index: number;
  readonly TreeDigest: Uint8Array;
}
export const Head: Struct<Head> = struct<Head>("Head", { Store: string, Index: integer, TreeDigest: binary });

/** Another name of a device or place. */
export interface LocalName {
  readonly Name: string;
  readonly Language?: string;
}
export const LocalName: Struct<LocalName> = struct<LocalName>("LocalName", { Name: string, Language: optional(string) });

/** A device of the account. */
export interface CatalogedDevice {
  readonly DeviceUdf: string;
  readonly Updated?: string;
  readonly LocalName?: string;
  readonly LocalNames?: readonly LocalName[];
  /** Key of a CatalogedPlace. */
  readonly Place?: string;
  readonly Labels?: readonly string[];
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
  readonly EnvelopedProfileDevice: Enveloped<ProfileDevice>;
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
  readonly EnvelopedActivationDevice?: Enveloped<ActivationDevice>;
  readonly EnvelopedActivationAccount?: Enveloped<ActivationAccount>;
  /** Which hub speaks for a constrained device. */
  readonly HubUdf?: string;
  readonly Constrained?: boolean;
  readonly DealEpoch?: number;
  readonly EnvelopedActivationHub?: readonly Enveloped<ActivationHub>[];
  readonly EnvelopedActivationDeal?: Enveloped<ActivationDeal>;
  /** Noise_N sealed RespondDevice, for the device alone. */
  readonly SealedRespondDevice?: Uint8Array;
  /** The scanned URI, sealed to AdministratorEncryption. */
  readonly SealedUri?: DareEnvelope;
  /** Envelope octets of the CommittedDescription's signed part. */
  readonly EnvelopedDevicePreconfigurationPublic?: DareEnvelope;
  /** Signed contribution that the keys were made with. */
  readonly EnvelopedDeviceContribution?: DareEnvelope;
  /** Set when an administration device has verified AcceptConnection. */
  readonly Connected?: string;
  /** MessageId of the claim at the maker's service, and when the service had it. */
  readonly ClaimMessageId?: string;
  readonly Claimed?: string;
  readonly EnvelopedClaimConfirm?: DareEnvelope;
  /** A release under way: the sealed order for the hub to carry. SealedUri is then that of the new code. */
  readonly SealedReleaseDevice?: Uint8Array;
}
export const CatalogedDevice: Struct<CatalogedDevice> = struct<CatalogedDevice>("CatalogedDevice", {
  DeviceUdf: string,
  Updated: optional(dateTime),
  LocalName: optional(string),
  LocalNames: optional(list(LocalName)),
  Place: optional(string),
  Labels: optional(list(string)),
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
  EnvelopedProfileDevice: enveloped<ProfileDevice>(),
  EnvelopedConnectionDevice: enveloped<ConnectionDevice>(),
  EnvelopedActivationDevice: optional(enveloped<ActivationDevice>()),
  EnvelopedActivationAccount: optional(enveloped<ActivationAccount>()),
  HubUdf: optional(string),
  Constrained: optional(boolean),
  DealEpoch: optional(integer),
  EnvelopedActivationHub: optional(list(enveloped<ActivationHub>())),
  EnvelopedActivationDeal: optional(enveloped<ActivationDeal>()),
  SealedRespondDevice: optional(binary),
  SealedUri: optional(envelope),
  EnvelopedDevicePreconfigurationPublic: optional(envelope),
  EnvelopedDeviceContribution: optional(envelope),
  Connected: optional(dateTime),
  ClaimMessageId: optional(string),
  Claimed: optional(dateTime),
  EnvelopedClaimConfirm: optional(envelope),
  SealedReleaseDevice: optional(binary),
});

/** A room, floor or house. */
export interface CatalogedPlace {
  readonly Key: string;
  readonly LocalName: string;
  readonly LocalNames?: readonly LocalName[];
  readonly Parent?: string;
  readonly Updated?: string;
}
export const CatalogedPlace: Struct<CatalogedPlace> = struct<CatalogedPlace>("CatalogedPlace", {
  Key: string,
  LocalName: string,
  LocalNames: optional(list(LocalName)),
  Parent: optional(string),
  Updated: optional(dateTime),
});

/** A Wi-Fi network. */
export interface CatalogedNetwork {
  readonly Service: string;
  readonly Protocol?: string;
  readonly Password?: string;
}
export const CatalogedNetwork: Struct<CatalogedNetwork> = struct<CatalogedNetwork>("CatalogedNetwork", {
  Service: string,
  Protocol: optional(string),
  Password: optional(string),
});

/** Shadow of a device, or of the hub itself (DeviceUdf = Via), written by its hub alone. extensions §7. */
export interface CatalogedState {
  readonly DeviceUdf: string;
  readonly Updated: string;
  readonly Sequence: number;
  readonly Status: "Online" | "Offline" | "Sleeping" | "Unknown";
  readonly LastContact?: string;
  readonly Reported?: DeviceState;
  readonly Desired?: DeviceState;
  readonly Via: string;
  readonly EnvelopedReported?: Enveloped<DeviceState>;
  /** In the hub's own entry: random per start, named by every command. */
  readonly CommandEpoch?: string;
}
export const CatalogedState: Struct<CatalogedState> = struct<CatalogedState>("CatalogedState", {
  DeviceUdf: string,
  Updated: dateTime,
  Sequence: integer,
  Status: word("Online", "Offline", "Sleeping", "Unknown"),
  LastContact: optional(dateTime),
  Reported: optional(DeviceState),
  Desired: optional(DeviceState),
  Via: string,
  EnvelopedReported: optional(enveloped<DeviceState>()),
  CommandEpoch: optional(string),
});

/** Something published under an EARL. DeviceSignature and DeviceLinkUdf stand in the clear for the service. extensions §3.6. */
export interface CatalogedPublication {
  readonly Id: string;
  /** Encryption UDF of the service authenticator key. */
  readonly Authenticator: string;
  readonly EnvelopedData: DareEnvelope;
  readonly NotOnOrAfter?: string;
  readonly DeviceSignature?: KeyData;
  readonly DeviceLinkUdf?: string;
}
export const CatalogedPublication: Struct<CatalogedPublication> = struct<CatalogedPublication>("CatalogedPublication", {
  Id: string,
  Authenticator: string,
  EnvelopedData: envelope,
  NotOnOrAfter: optional(dateTime),
  DeviceSignature: optional(KeyData),
  DeviceLinkUdf: optional(string),
});

/** What a device may do at the service. extensions §6. */
export interface AccessCapability {
  /** UDF of ConnectionDevice.Authentication. */
  readonly Id: string;
  readonly LinkUdf: readonly string[];
  readonly Active: boolean;
  readonly Rights: readonly string[];
  readonly DeviceUdf?: string;
  /** The device's catalog entry, sealed to it alone. */
  readonly EnvelopedCatalogedDevice?: Enveloped<CatalogedDevice>;
  readonly CatalogedDeviceDigest?: Uint8Array;
}
export const AccessCapability: Struct<AccessCapability> = struct<AccessCapability>("AccessCapability", {
  Id: string,
  LinkUdf: list(string),
  Active: boolean,
  Rights: list(string),
  DeviceUdf: optional(string),
  EnvelopedCatalogedDevice: optional(enveloped<CatalogedDevice>()),
  CatalogedDeviceDigest: optional(binary),
});

/** Entry of the Access catalog. */
export interface CatalogedAccess {
  readonly Capability: { readonly tag: string; readonly value: AccessCapability };
}
export const CatalogedAccess: Struct<CatalogedAccess> = struct<CatalogedAccess>("CatalogedAccess", { Capability: tagged(AccessCapability) });

/** Stands in the delete of a device: what it wrote up to these heads stays believed. */
export interface DeviceRemoved {
  readonly DeviceUdf: string;
  readonly Updated: string;
  readonly Heads: readonly Head[];
}
export const DeviceRemoved: Struct<DeviceRemoved> = struct<DeviceRemoved>("DeviceRemoved", {
  DeviceUdf: string,
  Updated: dateTime,
  Heads: list(Head),
});
