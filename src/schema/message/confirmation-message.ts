/** Confirmation of actions by the user, and tasks asked of others. schema-08 §8, protocol-09 §8.5. */
import type { Struct } from "../../codec/field.ts";
import { boolean, optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";

/** Asks the recipient to confirm an action, described in words. */
export interface RequestConfirmation {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly Text: string;
}
export const RequestConfirmation: Struct<RequestConfirmation> = struct<RequestConfirmation>("RequestConfirmation", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  Text: string,
});

/** The answer; MessageId = response id of the request, which it carries as it was signed. */
export interface ResponseConfirmation {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly Request: Enveloped<RequestConfirmation>;
  readonly Accept: boolean;
}
export const ResponseConfirmation: Struct<ResponseConfirmation> = struct<ResponseConfirmation>("ResponseConfirmation", {
  MessageId: string,
  Sender: optional(string),
  Recipient: optional(string),
  Request: enveloped<RequestConfirmation>(),
  Accept: boolean,
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
