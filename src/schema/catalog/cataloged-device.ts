/** Devices of an account. schema-08 §5; LocalName, places, hubs and deals: extensions §3-5. The entry itself is not signed: only its enveloped parts are authentic. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import type { ActivationAccount, ActivationApplication, ActivationDevice } from "../activation/activation.ts";
import type { ConnectionAddress, ConnectionDevice, ConnectionHub, ConnectionService } from "../connection/connection.ts";
import type { RecoveredDevice } from "../connection/recovered-device.ts";
import type { RevokedDevice } from "../connection/revoked-device.ts";
import type { ActivationDeal, ActivationHub, ReleaseHub } from "../device/connection-objects.ts";
import type { Delegation } from "../device/delegation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileDevice, ProfileUser } from "../profile/profile.ts";
import { Head } from "./catalog-update.ts";
import { LocalName } from "./cataloged-place.ts";

/** Where a device is that its hub speaks for in another protocol. extensions §19 */
export interface HostedBy {
  readonly Bridge: string;
  readonly ForeignId: string;
}
export const HostedBy: Struct<HostedBy> = struct<HostedBy>("HostedBy", { Bridge: string, ForeignId: string });

/** A device of the account. */
export interface CatalogedDevice {
  readonly DeviceUdf: string;
  /** Signature key of the device in the account; the reference leaves it empty. */
  readonly Udf?: string;
  readonly SignatureUdf?: string;
  readonly Updated?: string;
  readonly LocalName?: string;
  readonly LocalNames?: readonly LocalName[];
  /** Key of a CatalogedPlace. */
  readonly Place?: string;
  readonly Labels?: readonly string[];
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
  readonly EnvelopedProfileDevice: Enveloped<ProfileDevice>;
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
  /** Of a machine that recovered the account: who let it in. */
  readonly EnvelopedRecoveredDevice?: Enveloped<RecoveredDevice>;
  readonly EnvelopedConnectionAddress?: Enveloped<ConnectionAddress>;
  readonly EnvelopedConnectionService?: Enveloped<ConnectionService>;
  /** Of a hub: until when it may give orders that carry a risk, if nobody renews it. */
  readonly EnvelopedConnectionHub?: Enveloped<ConnectionHub>;
  readonly EnvelopedActivationDevice?: Enveloped<ActivationDevice>;
  readonly EnvelopedActivationAccount?: Enveloped<ActivationAccount>;
  /** The activation that still holds the account's seed, where the newest was written by an administrator without it. */
  readonly EnvelopedActivationSuper?: Enveloped<ActivationAccount>;
  /** Of catalogs that its roles let it write before: what it wrote up to these heads stays believed. */
  readonly EndedRights?: readonly Head[];
  /** The role `super` was taken from it: it may have kept the account's seed. */
  readonly HeldSeed?: boolean;
  readonly EnvelopedActivationApplication?: readonly Enveloped<ActivationApplication>[];
  /** What the program of this device knows beside the first version of this format, as an administrator says of itself. */
  readonly Extensions?: readonly string[];
  /** Which hub speaks for a constrained device. */
  readonly HubUdf?: string;
  readonly Constrained?: boolean;
  /** The hub holds its seed: whoever has the hub has the device. */
  readonly Hosted?: HostedBy;
  readonly DealEpoch?: number;
  /** DealEpoch of the newest deal that the device itself has confirmed. */
  readonly MetEpoch?: number;
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
  /** Of a device that judges orders itself: whose it takes, for its hub to bring. extensions §15. */
  readonly EnvelopedDelegation?: Enveloped<Delegation>;
  /** UDF of the AdministratorSignature25519 of before that the device goes by, until it has confirmed the deal that replaces it. */
  readonly Pinned?: string;
  /** Set when an administration device has verified AcceptConnection. */
  readonly Connected?: string;
  /** MessageId of the claim at the maker's service, and when the service had it. */
  readonly ClaimMessageId?: string;
  readonly Claimed?: string;
  readonly EnvelopedClaimConfirm?: DareEnvelope;
  /** A release under way: the sealed order for the hub to carry. SealedUri is then that of the new code. */
  readonly SealedReleaseDevice?: Uint8Array;
  /** What lets the hub see that the device has obeyed, when its answer was lost. */
  readonly EnvelopedReleaseHub?: Enveloped<ReleaseHub>;
  /** k_hail of the code of that release, as 0.1.0 wrote it in clear for every reader of the catalog: it proves nothing and is not read. */
  readonly ReleaseHailKey?: Uint8Array;
}
export const CatalogedDevice: Struct<CatalogedDevice> = struct<CatalogedDevice>(
  "CatalogedDevice",
  {
    DeviceUdf: string,
    Udf: optional(string),
    SignatureUdf: optional(string),
    Updated: optional(dateTime),
    LocalName: optional(string),
    LocalNames: optional(list(LocalName)),
    Place: optional(string),
    Labels: optional(list(string)),
    EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
    EnvelopedProfileDevice: enveloped<ProfileDevice>(),
    EnvelopedConnectionDevice: enveloped<ConnectionDevice>(),
    EnvelopedRecoveredDevice: optional(enveloped<RecoveredDevice>()),
    EnvelopedConnectionAddress: optional(enveloped<ConnectionAddress>()),
    EnvelopedConnectionService: optional(enveloped<ConnectionService>()),
    EnvelopedConnectionHub: optional(enveloped<ConnectionHub>()),
    EnvelopedActivationDevice: optional(enveloped<ActivationDevice>()),
    EnvelopedActivationAccount: optional(enveloped<ActivationAccount>()),
    EnvelopedActivationSuper: optional(enveloped<ActivationAccount>()),
    EndedRights: optional(list(Head)),
    HeldSeed: optional(boolean),
    EnvelopedActivationApplication: optional(list(enveloped<ActivationApplication>())),
    Extensions: optional(list(string)),
    HubUdf: optional(string),
    Constrained: optional(boolean),
    Hosted: optional(HostedBy),
    DealEpoch: optional(integer),
    MetEpoch: optional(integer),
    EnvelopedActivationHub: optional(list(enveloped<ActivationHub>())),
    EnvelopedActivationDeal: optional(enveloped<ActivationDeal>()),
    SealedRespondDevice: optional(binary),
    SealedUri: optional(envelope),
    EnvelopedDevicePreconfigurationPublic: optional(envelope),
    EnvelopedDeviceContribution: optional(envelope),
    EnvelopedDelegation: optional(enveloped<Delegation>()),
    Pinned: optional(string),
    Connected: optional(dateTime),
    ClaimMessageId: optional(string),
    Claimed: optional(dateTime),
    EnvelopedClaimConfirm: optional(envelope),
    SealedReleaseDevice: optional(binary),
    EnvelopedReleaseHub: optional(enveloped<ReleaseHub>()),
    ReleaseHailKey: optional(binary),
  },
  {
    fields: {
      EnvelopedConnectionDevice: ["EnvelopedConnectionUser"],
      EnvelopedActivationAccount: ["EnvelopedActivationCommon"],
    },
  },
);

/** Stands in the delete of a device: what it wrote up to these heads stays believed. */
export interface DeviceRemoved {
  readonly DeviceUdf: string;
  readonly Updated: string;
  readonly Heads: readonly Head[];
  /** For every device of the owner to hand to the removed one. */
  readonly EnvelopedRevokedDevice?: Enveloped<RevokedDevice>;
}
export const DeviceRemoved: Struct<DeviceRemoved> = struct<DeviceRemoved>("DeviceRemoved", {
  DeviceUdf: string,
  Updated: dateTime,
  Heads: list(Head),
  EnvelopedRevokedDevice: optional(enveloped<RevokedDevice>()),
});
