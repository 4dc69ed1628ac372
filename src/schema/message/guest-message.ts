/**
 * What a guest and a house say to each other, from account to account: the house names the hubs that take the guest's orders, the guest says a sentence
 * to one of them, and the hub answers. docs/extensions.md §18.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import type { ConnectionDevice } from "../connection/connection.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "../profile/profile.ts";
import { type Result, results } from "./result.ts";

/** Which hubs of a house take the guest's orders; none when he is a guest no more. Signed with AccountSignature, sealed to the guest's account; the newest counts. */
export interface GuestWelcome {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  /** Each signed by the administrators of the house. */
  readonly Hubs: readonly Enveloped<ConnectionDevice>[];
  readonly NotOnOrAfter?: string;
}
export const GuestWelcome: Struct<GuestWelcome> = struct<GuestWelcome>("GuestWelcome", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  Hubs: list(enveloped<ConnectionDevice>()),
  NotOnOrAfter: optional(dateTime),
});

/** A sentence of a guest, signed with his AccountSignature, sealed to the hub alone. The service of the house puts it into MMM_Command. */
export interface GuestOrder {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly HubUdf: string;
  readonly Text: string;
  /** Tag of the language of sentence and answer. */
  readonly Language?: string;
  readonly Expires: string;
  /** Of a guest whose keys were replaced: the hub may know only those of before. */
  readonly EnvelopedProfileAccount?: Enveloped<ProfileUser>;
}
export const GuestOrder: Struct<GuestOrder> = struct<GuestOrder>("GuestOrder", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  HubUdf: string,
  Text: string,
  Language: optional(string),
  Expires: dateTime,
  EnvelopedProfileAccount: optional(enveloped<ProfileUser>()),
});

/** What came of it; MessageId = response id of the order. Signed by the hub, sealed to the guest's account. */
export interface GuestAnswer {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  /** SHA-512 of the order's envelope. */
  readonly RequestDigest: Uint8Array;
  readonly Result: Result;
  /** What the hub says, in the language of the order. */
  readonly Text: string;
  /** Of the catalogue, where the order was not understood or not carried out. */
  readonly ErrorCode?: string;
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
}
export const GuestAnswer: Struct<GuestAnswer> = struct<GuestAnswer>("GuestAnswer", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  RequestDigest: binary,
  Result: results,
  Text: string,
  ErrorCode: optional(string),
  EnvelopedConnectionDevice: enveloped<ConnectionDevice>(),
});
