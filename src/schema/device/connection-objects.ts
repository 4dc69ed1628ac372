/** The objects by which a constrained device joins, changes hub and leaves an account. extensions §3, §4. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, integer, list, optional, string, struct } from "../../codec/field.ts";
import type { ConnectionDevice, ConnectionHub } from "../connection/connection.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";

/** The device's own part of its keys, signed by its base Signature key. Made once, and kept until commit or reset. */
export interface DeviceContribution {
  /** Highest epoch that the device has stored; 0 before the first. */
  readonly DealEpoch: number;
  /** Points F of fresh scalars f (Ed25519). */
  readonly Encryption: KeyData;
  readonly Signature: KeyData;
  /** Fresh link key. */
  readonly Link25519: KeyData;
  /** Somebody pressed the device's button within the last minutes. */
  readonly Presence: boolean;
}
export const DeviceContribution: Struct<DeviceContribution> = struct<DeviceContribution>("DeviceContribution", {
  DealEpoch: integer,
  Encryption: KeyData,
  Signature: KeyData,
  Link25519: KeyData,
  Presence: boolean,
});

/** The hub's part of a device, sealed to the hub. Shares are scalars ("Ed25519z"). */
export interface ActivationHub {
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
  readonly EncryptShare: KeyData;
  readonly SignatureShare: KeyData;
  readonly Psk: Uint8Array;
  readonly HailKey: Uint8Array;
  /** Of the newest deal that the device is known to have taken. */
  readonly PreviousHailKey?: Uint8Array;
  /** Of the deals after that one: it may have taken one of them unheard. */
  readonly FormerHailKeys?: readonly Uint8Array[];
  /** Of a deal that brings another LinkRoot: the psk under the one that the device has until it takes it. */
  readonly DeliveryPsk?: Uint8Array;
  /** The device's fresh link key (public). */
  readonly Link25519: KeyData;
}
export const ActivationHub: Struct<ActivationHub> = struct<ActivationHub>("ActivationHub", {
  DeviceUdf: string,
  DealEpoch: integer,
  EncryptShare: KeyData,
  SignatureShare: KeyData,
  Psk: binary,
  HailKey: binary,
  PreviousHailKey: optional(binary),
  FormerHailKeys: optional(list(binary)),
  DeliveryPsk: optional(binary),
  Link25519: KeyData,
});

/** What a hub needs to see that a device has obeyed its release: the keys of the new code's hail and link, signed, sealed to the hub. */
export interface ReleaseHub {
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
  readonly PublicationId: string;
  readonly KHail: Uint8Array;
  readonly KLink: Uint8Array;
}
export const ReleaseHub: Struct<ReleaseHub> = struct<ReleaseHub>("ReleaseHub", {
  DeviceUdf: string,
  DealEpoch: integer,
  PublicationId: string,
  KHail: binary,
  KLink: binary,
});

/** What any administration device needs to deal again, sealed to AdministratorEncryption. */
export interface ActivationDeal {
  /** Seed (Z) of the owner's activation. */
  readonly ActivationKey: string;
  /** 32 octets, known to device and administrators. */
  readonly LinkRoot: Uint8Array;
  readonly DealEpoch: number;
  /** The draft's device authenticator key, for release and claim. */
  readonly Kd: Uint8Array;
  /** What the device knows until it has taken this deal, where that brings another LinkRoot. */
  readonly FormerLinkRoot?: Uint8Array;
}
export const ActivationDeal: Struct<ActivationDeal> = struct<ActivationDeal>("ActivationDeal", {
  ActivationKey: string,
  LinkRoot: binary,
  DealEpoch: integer,
  Kd: binary,
  FormerLinkRoot: optional(binary),
});

/** What the owner gives the device: signed under AdministratorSignature25519, then sealed by Noise_N to its fresh link key. */
export interface RespondDevice {
  readonly DeviceUdf: string;
  readonly HubUdf: string;
  readonly AccountUdf: string;
  readonly DealEpoch: number;
  /** a_D of each use: 32-octet scalars. */
  readonly EncryptShare: Uint8Array;
  readonly SignatureShare: Uint8Array;
  /** (base + f + a_D).B of each use: 32-octet points the device checks its sums against. */
  readonly PartialEncryption: Uint8Array;
  readonly PartialSignature: Uint8Array;
  readonly LinkRoot: Uint8Array;
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
  readonly EnvelopedConnectionHub: Enveloped<ConnectionHub>;
  readonly AdministratorSignature25519: KeyData;
  readonly AccountAddress: string;
  readonly OwnerAuthenticate: Uint8Array;
  /** MessageId of the owner's claim at the maker's service, for ClaimConfirm. */
  readonly ClaimMessageId?: string;
  /** Rotates the pinned administrator key; the object is signed by the old one. */
  readonly NewAdministrator?: KeyData;
}
export const RespondDevice: Struct<RespondDevice> = struct<RespondDevice>("RespondDevice", {
  DeviceUdf: string,
  HubUdf: string,
  AccountUdf: string,
  DealEpoch: integer,
  EncryptShare: binary,
  SignatureShare: binary,
  PartialEncryption: binary,
  PartialSignature: binary,
  LinkRoot: binary,
  EnvelopedConnectionDevice: enveloped<ConnectionDevice>(),
  EnvelopedConnectionHub: enveloped<ConnectionHub>(),
  AdministratorSignature25519: KeyData,
  AccountAddress: string,
  OwnerAuthenticate: binary,
  ClaimMessageId: optional(string),
  NewAdministrator: optional(KeyData),
});

/** The device confirms who connected it, signed with its base Signature key: locks the claim at the maker's service. */
export interface ClaimConfirm {
  readonly PublicationId: string;
  readonly AccountUdf: string;
  readonly MessageId: string;
}
export const ClaimConfirm: Struct<ClaimConfirm> = struct<ClaimConfirm>("ClaimConfirm", {
  PublicationId: string,
  AccountUdf: string,
  MessageId: string,
});

/** The device's word that it is connected; Mac = labelled MAC under HKDF(LinkRoot, "mmm/hub/accept") over the other fields. */
export interface AcceptConnection {
  readonly DeviceUdf: string;
  readonly AccountUdf: string;
  readonly HubUdf: string;
  readonly DealEpoch: number;
  /** SHA-512 of the body of the ConnectionDevice envelope. */
  readonly ConnectionDigest: Uint8Array;
  readonly Mac: Uint8Array;
  /** Answers RespondDevice.ClaimMessageId. */
  readonly EnvelopedClaimConfirm?: Enveloped<ClaimConfirm>;
}
export const AcceptConnection: Struct<AcceptConnection> = struct<AcceptConnection>("AcceptConnection", {
  DeviceUdf: string,
  AccountUdf: string,
  HubUdf: string,
  DealEpoch: integer,
  ConnectionDigest: binary,
  Mac: binary,
  EnvelopedClaimConfirm: optional(enveloped<ClaimConfirm>()),
});

/** The owner tells the device to forget the account but keep the lock; signed under AdministratorSignature25519. */
export interface ResetDevice {
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
  readonly Nonce: Uint8Array;
}
export const ResetDevice: Struct<ResetDevice> = struct<ResetDevice>("ResetDevice", { DeviceUdf: string, DealEpoch: integer, Nonce: binary });

/** The owner lets the device go, with the factory values of its new code (never k' itself); signed, then sealed by Noise_N. */
export interface ReleaseDevice {
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
  readonly PublicationId: string;
  readonly KHail: Uint8Array;
  readonly KLink: Uint8Array;
  readonly Kd: Uint8Array;
  readonly SealedDescription: Uint8Array;
}
export const ReleaseDevice: Struct<ReleaseDevice> = struct<ReleaseDevice>("ReleaseDevice", {
  DeviceUdf: string,
  DealEpoch: integer,
  PublicationId: string,
  KHail: binary,
  KLink: binary,
  Kd: binary,
  SealedDescription: binary,
});
