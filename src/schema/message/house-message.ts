/**
 * What a hub asks and tells the people of its account: orders that one of them has to confirm, changes that it may not make itself, and alerts.
 * Signed by the hub, in MMM_Inbound; the answers are signed by the device that gave them, sealed to the hub, in MMM_Command. docs/extensions.md §21.
 * ConfirmOrder is no RequestConfirmation: that is an account's question to another account, and machines of before would close one of a hub.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, count, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { CatalogedGrant, GrantPasskey } from "../catalog/cataloged-grant.ts";
import { StateValue } from "../device/state.ts";
import { type Result, results } from "./result.ts";

/** Asks whether an order is to be carried out. Sealed to AccountEncryption. */
export interface ConfirmOrder {
  readonly MessageId: string;
  /** The hub. */
  readonly Sender: string;
  readonly DeviceUdf: string;
  /** What the hub calls the device; who is asked shows the name of his own catalog. */
  readonly LocalName: string;
  readonly Command: string;
  readonly Arguments: readonly StateValue[];
  /** Who gave the order, as the hub names it: "bob (guest)". */
  readonly Principal: string;
  /** The device takes it from a device of the owner alone: whoever accepts gives it himself. */
  readonly Judged?: boolean;
  readonly Expires: string;
}
export const ConfirmOrder: Struct<ConfirmOrder> = struct<ConfirmOrder>("ConfirmOrder", {
  MessageId: string,
  Sender: string,
  DeviceUdf: string,
  LocalName: string,
  Command: string,
  Arguments: list(StateValue),
  Principal: string,
  Judged: optional(boolean),
  Expires: dateTime,
});

/** The answer; MessageId = response id of the question. */
export interface RespondOrder {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  readonly Accept: boolean;
  /** SHA-512 of the question's envelope as it stands in Inbound. */
  readonly RequestDigest: Uint8Array;
}
export const RespondOrder: Struct<RespondOrder> = struct<RespondOrder>("RespondOrder", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  Accept: boolean,
  RequestDigest: binary,
});

/** What a hub may not change itself. */
export const editKinds = [
  "rename",
  "move",
  "remove",
  "place-add",
  "place-delete",
  "grant-put",
  "grant-delete",
  "guest-add",
  "offer-accept",
  "scene-delete",
  "passkey-add",
] as const;
export type EditKind = (typeof editKinds)[number];

export function isEditKind(text: string): text is EditKind {
  return (editKinds as readonly string[]).includes(text);
}

/** One change; which members count depends on the kind. */
export interface EditChange {
  /** One of editKinds. */
  readonly Kind: string;
  /** rename, move, remove. */
  readonly DeviceUdf?: string;
  /** rename: the new name; place-add: the name of the place; offer-accept: what the hub calls the device. */
  readonly LocalName?: string;
  /** move, place-delete: key of the place; place-add: key of the place around it. */
  readonly Place?: string;
  /** grant-put; of a grant that is there by its key. guest-add: its rights and its end. */
  readonly Grant?: CatalogedGrant;
  /** guest-add: a contact of the owner's. */
  readonly Address?: string;
  /** grant-delete. */
  readonly GrantKey?: string;
  /** offer-accept: MessageId of the offer. */
  readonly OfferId?: string;
  /** scene-delete. */
  readonly SceneKey?: string;
  /** passkey-add. */
  readonly Passkey?: GrantPasskey;
}
export const EditChange: Struct<EditChange> = struct<EditChange>("EditChange", {
  Kind: string,
  DeviceUdf: optional(string),
  LocalName: optional(string),
  Place: optional(string),
  Grant: optional(CatalogedGrant),
  Address: optional(string),
  GrantKey: optional(string),
  OfferId: optional(string),
  SceneKey: optional(string),
  Passkey: optional(GrantPasskey),
});

/** What a passkey has signed over the request (WebAuthn): its challenge is editChallenge. */
export interface EditAssertion {
  readonly CredentialId: Uint8Array;
  readonly AuthenticatorData: Uint8Array;
  readonly ClientData: Uint8Array;
  readonly Signature: Uint8Array;
}
export const EditAssertion: Struct<EditAssertion> = struct<EditAssertion>("EditAssertion", {
  CredentialId: binary,
  AuthenticatorData: binary,
  ClientData: binary,
  Signature: binary,
});

/** Asks an administration device for a change. Sealed to AdministratorEncryption. */
export interface RequestEdit {
  readonly MessageId: string;
  /** The hub. */
  readonly Sender: string;
  readonly Change: EditChange;
  /** Who wants it, as the hub names it. */
  readonly Principal: string;
  readonly Assertion?: EditAssertion;
  readonly Expires: string;
}
export const RequestEdit: Struct<RequestEdit> = struct<RequestEdit>("RequestEdit", {
  MessageId: string,
  Sender: string,
  Change: EditChange,
  Principal: string,
  Assertion: optional(EditAssertion),
  Expires: dateTime,
});

/** What came of it; MessageId = response id of the question. */
export interface RespondEdit {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  readonly Result: Result;
  readonly ErrorCode?: string;
  readonly ErrorReport?: string;
}
export const RespondEdit: Struct<RespondEdit> = struct<RespondEdit>("RespondEdit", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  Result: results,
  ErrorCode: optional(string),
  ErrorReport: optional(string),
});

/** Something that everybody at home wants to know at once. Sealed to AccountEncryption. */
export interface DeviceAlert {
  readonly MessageId: string;
  /** The hub. */
  readonly Sender: string;
  readonly DeviceUdf: string;
  readonly LocalName: string;
  /** "smoke", "leak", "alarm", "open", "ready" or "cut". */
  readonly Alert: string;
  /** The meal that is ready, or cut off. */
  readonly About?: string;
  /** When the device reported it, and when the hub could tell of it. */
  readonly Time: string;
  readonly Told: string;
  /** How often it was reported until then. */
  readonly Count: number;
}
export const DeviceAlert: Struct<DeviceAlert> = struct<DeviceAlert>("DeviceAlert", {
  MessageId: string,
  Sender: string,
  DeviceUdf: string,
  LocalName: string,
  Alert: string,
  About: optional(string),
  Time: dateTime,
  Told: dateTime,
  Count: count,
});
