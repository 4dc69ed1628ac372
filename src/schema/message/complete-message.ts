/** States of messages: a state changes only by a later message. schema-08 §6. */
import type { Struct } from "../../codec/field.ts";
import { boolean, integer, list, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "../profile/profile.ts";

/** Points to a message whose state changes. */
export interface Reference {
  readonly MessageId: string;
  readonly ResponseId?: string;
  readonly Relationship: string;
  /** Frame of the message in its spool, for one that cannot be read: MessageId is then the name on its envelope. extensions §8. */
  readonly Index?: number;
  /** Of a message that was sent: the recipient whose copy it is about, and why it was not taken. Ours. */
  readonly Account?: string;
  readonly ErrorCode?: string;
  /** With ERR_KEY: what the recipient is sealed to now, as its service shows it. Ours. */
  readonly EnvelopedProfileAccount?: Enveloped<ProfileUser>;
}
export const Reference: Struct<Reference> = struct<Reference>("Reference", {
  MessageId: string,
  ResponseId: optional(string),
  Relationship: string,
  Index: optional(integer),
  Account: optional(string),
  ErrorCode: optional(string),
  EnvelopedProfileAccount: optional(enveloped<ProfileUser>()),
});

/** Changes the state of messages: "Closed", "Read". The newest reference wins. */
export interface MessageComplete {
  readonly MessageId: string;
  readonly References: readonly Reference[];
}
export const MessageComplete: Struct<MessageComplete> = struct<MessageComplete>("MessageComplete", {
  MessageId: string,
  References: list(Reference),
});

/** Reading of the words for states: drafts, tables and the reference use different ones for the same. */
const stateOfWord: Readonly<Record<string, string>> = { Open: "Initial", Unread: "Initial" };

/** State that a Relationship names: `Open` and `Unread` of the reference are the draft's `Initial`; every other word stands for itself. */
export function messageState(relationship: string): string {
  return stateOfWord[relationship] ?? relationship;
}

/** A service or device failed to process a message. */
export interface MessageError {
  readonly MessageId?: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly ErrorCode?: string;
}
export const MessageError: Struct<MessageError> = struct<MessageError>("MessageError", {
  MessageId: optional(string),
  Sender: optional(string),
  Recipient: optional(string),
  ErrorCode: optional(string),
});

/** What became of processing a message. */
export interface ProcessResult {
  readonly Success?: boolean;
  readonly ErrorReport?: string;
}
export const ProcessResult: Struct<ProcessResult> = struct<ProcessResult>("ProcessResult", {
  Success: optional(boolean),
  ErrorReport: optional(string),
});
