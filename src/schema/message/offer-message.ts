/** Offers of constrained devices between hub and administrators. extensions §3. */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, integer, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { type Result, results } from "./result.ts";

/** The hub offers a device to the administrators. Signed by the hub, sealed to AdministratorEncryption, in MMM_Inbound. */
export interface OfferConnection {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  /** The URI, sealed to AdministratorEncryption. */
  readonly SealedUri: DareEnvelope;
  /** Envelope octets of the sealed description. */
  readonly Described?: Uint8Array;
  readonly EnvelopedDeviceContribution?: DareEnvelope;
  /** Base32 of the first 140 bits of the link's handshake hash. */
  readonly LinkWitness?: string;
  readonly LocalName?: string;
  /** Name of the place. */
  readonly Place?: string;
  readonly Expires: string;
}
export const OfferConnection: Struct<OfferConnection> = struct<OfferConnection>("OfferConnection", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  SealedUri: envelope,
  Described: optional(binary),
  EnvelopedDeviceContribution: optional(envelope),
  LinkWitness: optional(string),
  LocalName: optional(string),
  Place: optional(string),
  Expires: dateTime,
});

/** Wakes the hub after an offer was answered; MessageId = response id of the offer. Sealed to the hub, in MMM_Command. */
export interface RespondOffer {
  readonly MessageId: string;
  readonly Result: Result;
  readonly DeviceUdf?: string;
  readonly ErrorReport?: string;
}
export const RespondOffer: Struct<RespondOffer> = struct<RespondOffer>("RespondOffer", {
  MessageId: string,
  Result: results,
  DeviceUdf: optional(string),
  ErrorReport: optional(string),
});

/** Carries a device's AcceptConnection octets to the administrators. Signed by the hub, sealed to AdministratorEncryption, in MMM_Command. */
export interface ForwardAccept {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly Accept: Uint8Array;
}
export const ForwardAccept: Struct<ForwardAccept> = struct<ForwardAccept>("ForwardAccept", {
  MessageId: string,
  HubUdf: string,
  DeviceUdf: string,
  Accept: binary,
});

/** The hub tells the administrators that a device has obeyed ReleaseDevice. Signed by the hub, in MMM_Command. */
export interface DeviceReleased {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
}
export const DeviceReleased: Struct<DeviceReleased> = struct<DeviceReleased>("DeviceReleased", {
  MessageId: string,
  HubUdf: string,
  DeviceUdf: string,
  DealEpoch: integer,
});
