/** What stands in the image of a virtual device besides its factory slot (DevicePreconfigurationPrivate). All of it is JSON-B. */

import { word } from "../../../src/codec/field.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { binary, boolean, integer, list, optional, string, struct } from "../../../src/codec/index.ts";
import { KeyData, StateValue } from "../../../src/schema/index.ts";

/** What a verified RespondDevice leaves behind. */
export interface SlotConnection {
  readonly AccountUdf: string;
  readonly HubUdf: string;
  /** The hub's X25519 link key. */
  readonly HubLink: KeyData;
  readonly DealEpoch: number;
  /** a_D of each use. */
  readonly EncryptShare: Uint8Array;
  readonly SignatureShare: Uint8Array;
  readonly LinkRoot: Uint8Array;
  /** The administrator key to pin when the slot flips. */
  readonly Administrator: KeyData;
  /** The device's credential in the account: octets of its envelope. */
  readonly ConnectionDevice: Uint8Array;
  /** SHA-512 of what was delivered, so that the same delivery again has the same answer. */
  readonly DeliveryDigest: Uint8Array;
  /** The owner's claim at the maker's service, which the device is to confirm. */
  readonly ClaimMessageId?: string;
  /** A split has connected it: the owner's first own deal brings another LinkRoot. */
  readonly BySplit?: boolean;
}
export const SlotConnection: Struct<SlotConnection> = struct<SlotConnection>("SlotConnection", {
  AccountUdf: string,
  HubUdf: string,
  HubLink: KeyData,
  DealEpoch: integer,
  EncryptShare: binary,
  SignatureShare: binary,
  LinkRoot: binary,
  Administrator: KeyData,
  ConnectionDevice: binary,
  DeliveryDigest: binary,
  ClaimMessageId: optional(string),
  BySplit: optional(boolean),
});

/** One of the two slots: the device's own contribution, and the connection once it is stored. */
export interface Slot {
  /** Slots of another generation than the lock's are void. */
  readonly Generation: number;
  /** Fresh scalars f of each use. */
  readonly EncryptionScalar: Uint8Array;
  readonly SignatureScalar: Uint8Array;
  /** Fresh link key, X25519 seed. */
  readonly Link: Uint8Array;
  readonly Connection?: SlotConnection;
}
export const Slot: Struct<Slot> = struct<Slot>("Slot", {
  Generation: integer,
  EncryptionScalar: binary,
  SignatureScalar: binary,
  Link: binary,
  Connection: optional(SlotConnection),
});

/** Who owns the device, and whether it is connected. It outlives a factory reset. */
export interface Lock {
  /** Rises with every reset and release, and voids all slots by that. */
  readonly Generation: number;
  readonly Connected: boolean;
  /** Of the slot in force when connected; otherwise the highest that was stored. */
  readonly DealEpoch: number;
  readonly AccountUdf?: string;
  readonly Administrator?: KeyData;
  /** Powered seconds at which the owner was pinned: the lock is provisional for 24 powered hours. */
  readonly PinnedAt?: number;
  /** Powered seconds at which somebody began the slow recovery. */
  readonly RecoverFrom?: number;
}
export const Lock: Struct<Lock> = struct<Lock>("Lock", {
  Generation: integer,
  Connected: boolean,
  DealEpoch: integer,
  AccountUdf: optional(string),
  Administrator: optional(KeyData),
  PinnedAt: optional(integer),
  RecoverFrom: optional(integer),
});

/** An event that the hub may not have taken yet. */
export interface StoredEvent {
  readonly Sequence: number;
  readonly Values: readonly StateValue[];
  readonly Cause: "switch" | "command" | "start";
}
export const StoredEvent: Struct<StoredEvent> = struct<StoredEvent>("StoredEvent", {
  Sequence: integer,
  Values: list(StateValue),
  Cause: word("switch", "command", "start"),
});

/** What the device is like, and what it has to remember of its reports and commands. */
export interface Memory {
  /** Report numbers below this may have been used. */
  readonly SequenceLimit: number;
  readonly Values: readonly StateValue[];
  /** MessageIds of the last commands carried out. */
  readonly Seen: readonly string[];
  /** Epoch whose AcceptConnection the hub has acknowledged. */
  readonly AcceptedEpoch: number;
  /** Oldest first. */
  readonly Events?: readonly StoredEvent[];
  /** Pauses that the hub has told it, in milliseconds. */
  readonly ReturnFirstMs?: number;
  readonly ReturnMostMs?: number;
  /** The network that it is on. */
  readonly Ssid?: string;
  readonly NetworkPassword?: string;
}
export const Memory: Struct<Memory> = struct<Memory>("Memory", {
  SequenceLimit: integer,
  Values: list(StateValue),
  Seen: list(string),
  AcceptedEpoch: integer,
  Events: optional(list(StoredEvent)),
  ReturnFirstMs: optional(integer),
  ReturnMostMs: optional(integer),
  Ssid: optional(string),
  NetworkPassword: optional(string),
});

/** How long the device has been powered, in whole seconds. */
export interface Powered {
  readonly Seconds: number;
}
export const Powered: Struct<Powered> = struct<Powered>("Powered", { Seconds: integer });

/** Whose orders the device takes. */
export interface Delegated {
  /** It never falls within one connection; after it the delegation is void by itself. */
  readonly Generation: number;
  /** Of another generation of the lock it is void: the device was reset since. */
  readonly LockGeneration: number;
  /** Octets of its envelope, verified before they were stored. */
  readonly Delegation: Uint8Array;
}
export const Delegated: Struct<Delegated> = struct<Delegated>("Delegated", {
  Generation: integer,
  LockGeneration: integer,
  Delegation: binary,
});
