/** Exchange of contacts and invitations to groups. schema-08 §8, protocol-09 §8.3-8.4. */
import type { OpenTagged, Struct } from "../../codec/field.ts";
import { binary, boolean, openTagged, optional, string, struct } from "../../codec/field.ts";
import type { AnyContact, ContactPerson } from "../contact/contact.ts";
import { contactStructs } from "../contact/contact.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { GroupMembership } from "./group-membership.ts";

/** Offers a contact; `Reply` asks for one in return. Bound to a PIN when it answers another. Tags of older texts: RequestContact, ReplyContact. */
export interface MessageContact {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly AuthenticatedData?: Enveloped<ContactPerson>;
  readonly ClientNonce?: Uint8Array;
  readonly PinId?: string;
  readonly PinWitness?: Uint8Array;
  readonly Reply?: boolean;
  readonly Subject?: string;
  /** PIN that the reply is to use. */
  readonly PIN?: string;
}
export const MessageContact: Struct<MessageContact> = struct<MessageContact>(
  "MessageContact",
  {
    MessageId: string,
    Sender: optional(string),
    Recipient: optional(string),
    AuthenticatedData: optional(enveloped<ContactPerson>()),
    ClientNonce: optional(binary),
    PinId: optional(string),
    PinWitness: optional(binary),
    Reply: optional(boolean),
    Subject: optional(string),
    PIN: optional(string),
  },
  { tags: ["RequestContact", "ReplyContact"] },
);

/** Invites to a group; the contact's capabilities hold the member's share. */
export interface GroupInvitation {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
  readonly Text?: string;
  readonly Contact?: OpenTagged<AnyContact>;
  /** The group's word that the share is the recipient's. */
  readonly EnvelopedMembership?: Enveloped<GroupMembership>;
}
export const GroupInvitation: Struct<GroupInvitation> = struct<GroupInvitation>(
  "GroupInvitation",
  {
    MessageId: string,
    Sender: optional(string),
    Recipient: optional(string),
    Text: optional(string),
    Contact: optional(openTagged<AnyContact>(...contactStructs)),
    EnvelopedMembership: optional(enveloped<GroupMembership>()),
  },
  { tags: ["OfferGroup"] },
);
