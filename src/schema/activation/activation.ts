/** Activations of full-size devices: what makes their keys in the account, and which account keys they hold. schema-08 §4.3; Version and KeyEpoch: extensions §5. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, integer, list, optional, orElse, string, struct } from "../../codec/field.ts";
import type { ConnectionService } from "../connection/connection.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";

/** The overlay seed of a device, sealed to its base encryption key. */
export interface ActivationDevice {
  readonly ActivationKey: string;
  /** In spite of its name the UDF of the device's profile, as in every printed example; versions before 0.2 wrote that of the account. It decides nothing. */
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
  // The drafts have no epochs: theirs are the first.
  KeyEpoch: orElse(integer, 0),
});

/**
 * A device's half of a key that it may only use together with the account's service. A member of its own and not the draft's KeyData in the place
 * of the key, so that nobody takes a share for the key. docs/extensions.md §6
 */
export interface ActivationShare {
  /** Store label, or the member of ActivationAccount that is held in this way. */
  readonly Resource: string;
  readonly KeyEpoch: number;
  /** The whole key, public half alone. */
  readonly Key: KeyData;
  /** The capability that the service keeps the other share under. */
  readonly ServiceId: string;
  /** The device's share, in scalar form ("X448z"); its Udf is ServiceId and no fingerprint. */
  readonly Share: KeyData;
  /** Public half of the service's share. */
  readonly Counterpart: KeyData;
  /** Of a store: what makes the opaque names of its entries on the wire. */
  readonly IndexKey?: Uint8Array;
}
export const ActivationShare: Struct<ActivationShare> = struct<ActivationShare>("ActivationShare", {
  Resource: string,
  KeyEpoch: integer,
  Key: KeyData,
  ServiceId: string,
  Share: KeyData,
  Counterpart: KeyData,
  IndexKey: optional(binary),
});

/** The account keys that a device's roles grant, sealed to its overlaid encryption key. A missing one is not granted. */
export interface ActivationAccount {
  readonly Version: number;
  /** The account seed: for a super-administrator alone. */
  readonly ActivationKey?: string;
  /** The account's root key: for a super-administrator of the drafts; ours holds the seed. */
  readonly ProfileSignature?: KeyData;
  readonly AdministratorSignature?: KeyData;
  readonly AdministratorSignature25519?: KeyData;
  readonly AdministratorEncryption?: KeyData;
  readonly AccountEncryption?: KeyData;
  readonly AccountAuthentication?: KeyData;
  readonly AccountSignature?: KeyData;
  readonly Entries: readonly ActivationEntry[];
  /** What is held as a share. */
  readonly Shares?: readonly ActivationShare[];
}
export const ActivationAccount: Struct<ActivationAccount> = struct<ActivationAccount>(
  "ActivationAccount",
  {
    Version: integer,
    ActivationKey: optional(string),
    ProfileSignature: optional(KeyData),
    AdministratorSignature: optional(KeyData),
    AdministratorSignature25519: optional(KeyData),
    AdministratorEncryption: optional(KeyData),
    AccountEncryption: optional(KeyData),
    AccountAuthentication: optional(KeyData),
    AccountSignature: optional(KeyData),
    Entries: list(ActivationEntry),
    Shares: optional(list(ActivationShare)),
  },
  {
    fields: {
      AccountEncryption: ["CommonEncryption"],
      AccountAuthentication: ["CommonAuthentication"],
      AccountSignature: ["CommonSignature"],
    },
    tags: ["ActivationCommon"],
  },
);

/** A key that an activation holds, named without showing it. */
export interface HeldKey {
  /** Store label, or the member of ActivationAccount. */
  readonly Resource: string;
  readonly KeyEpoch: number;
  readonly Udf: string;
  /** Held as a share alone, of which the service has the other: nothing is left of it when that is withdrawn. */
  readonly Shared?: boolean;
}
export const HeldKey: Struct<HeldKey> = struct<HeldKey>("HeldKey", {
  Resource: string,
  KeyEpoch: orElse(integer, 0),
  Udf: string,
  Shared: optional(boolean),
});

/** What the newest ActivationAccount of a device holds, for administrators: they cannot open it. extensions §5 */
export interface ActivationSummary {
  readonly Version: number;
  readonly Keys: readonly HeldKey[];
}
export const ActivationSummary: Struct<ActivationSummary> = struct<ActivationSummary>("ActivationSummary", { Version: integer, Keys: list(HeldKey) });

/** The overlay seed of a host. */
export const ActivationHost: Struct<ActivationDevice> = struct<ActivationDevice>("ActivationHost", ActivationDevice.fields);

/** Keys of an application for one device, sealed to its overlaid encryption key. schema-08 gives it no fields; the kinds are of 2022. */
export interface ActivationApplication {
  readonly ActivationKey?: string;
  readonly Entries?: readonly ActivationEntry[];
}
const applicationFields = { ActivationKey: optional(string), Entries: optional(list(ActivationEntry)) };
export const ActivationApplication: Struct<ActivationApplication> = struct<ActivationApplication>("ActivationApplication", applicationFields);

/** SSH: the client key. */
export interface ActivationApplicationSsh extends ActivationApplication {
  readonly ClientKey?: KeyData;
}
export const ActivationApplicationSsh: Struct<ActivationApplicationSsh> = struct<ActivationApplicationSsh>("ActivationApplicationSsh", {
  ...applicationFields,
  ClientKey: optional(KeyData),
});

/** Mail: the four private keys. */
export interface ActivationApplicationMail extends ActivationApplication {
  readonly SmimeSign?: KeyData;
  readonly SmimeEncrypt?: KeyData;
  readonly OpenpgpSign?: KeyData;
  readonly OpenpgpEncrypt?: KeyData;
}
export const ActivationApplicationMail: Struct<ActivationApplicationMail> = struct<ActivationApplicationMail>("ActivationApplicationMail", {
  ...applicationFields,
  SmimeSign: optional(KeyData),
  SmimeEncrypt: optional(KeyData),
  OpenpgpSign: optional(KeyData),
  OpenpgpEncrypt: optional(KeyData),
});

/** A group: the keys of its account that the device may use. */
export interface ActivationApplicationGroup extends ActivationApplication {
  readonly AccountEncryption?: KeyData;
  readonly AdministratorSignature?: KeyData;
  readonly AccountAuthentication?: KeyData;
  readonly EnvelopedConnectionService?: Enveloped<ConnectionService>;
}
export const ActivationApplicationGroup: Struct<ActivationApplicationGroup> = struct<ActivationApplicationGroup>("ActivationApplicationGroup", {
  ...applicationFields,
  AccountEncryption: optional(KeyData),
  AdministratorSignature: optional(KeyData),
  AccountAuthentication: optional(KeyData),
  EnvelopedConnectionService: optional(enveloped<ConnectionService>()),
});
