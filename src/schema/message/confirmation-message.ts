/** Confirmation of actions by the user, and tasks asked of others. schema-08 §8, protocol-09 §8.5; Expires, RequestDigest and the connection: extensions §13. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, dateTime, optional, string, struct } from "../../codec/field.ts";
import type { ConnectionDevice } from "../connection/connection.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";

/** Asks the recipient to confirm an action, described in words. */
export interface RequestConfirmation {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly Text: string;
  /** After it an answer counts for nothing. */
  readonly Expires?: string;
}
export const RequestConfirmation: Struct<RequestConfirmation> = struct<RequestConfirmation>("RequestConfirmation", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  Text: string,
  Expires: optional(dateTime),
});

/** The answer; MessageId = response id of the request, which it carries as it was signed. */
export interface ResponseConfirmation {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly Request: Enveloped<RequestConfirmation>;
  readonly Accept: boolean;
  /** SHA-512 of the request's envelope. */
  readonly RequestDigest?: Uint8Array;
  /** Of the device that answered and signed. */
  readonly EnvelopedConnectionDevice?: Enveloped<ConnectionDevice>;
}
export const ResponseConfirmation: Struct<ResponseConfirmation> = struct<ResponseConfirmation>("ResponseConfirmation", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  Request: enveloped<RequestConfirmation>(),
  Accept: boolean,
  RequestDigest: optional(binary),
  EnvelopedConnectionDevice: optional(enveloped<ConnectionDevice>()),
});

/** Asks the recipient to take on a task; the draft gives it no fields. */
export interface RequestTask {
  readonly MessageId?: string;
  readonly Sender?: string;
  readonly Recipient?: string;
}
export const RequestTask: Struct<RequestTask> = struct<RequestTask>("RequestTask", {
  MessageId: optional(string),
  Sender: optional(string),
  Recipient: optional(string),
});
