/**
 * Who may write to an account beyond introducing himself: CapabilityInbound in MMM_Access, one for each address, judged by the service. Inactive, it
 * refuses the address. extensions §11.
 */
import type { Struct } from "../../codec/field.ts";
import { boolean, list, string, struct } from "../../codec/field.ts";

/** Lets messages into Inbound, or keeps their senders out. */
export interface CapabilityInbound {
  /** Also the key of its entry: see inboundId. */
  readonly Id: string;
  /** False: nothing of these senders enters, an introduction neither. */
  readonly Active: boolean;
  /** Folded addresses. */
  readonly Senders: readonly string[];
  readonly MessageTypes: readonly string[];
  /** Values of `cty` in the message's content metadata. */
  readonly ContentTypes: readonly string[];
}
export const CapabilityInbound: Struct<CapabilityInbound> = struct<CapabilityInbound>("CapabilityInbound", {
  Id: string,
  Active: boolean,
  Senders: list(string),
  MessageTypes: list(string),
  ContentTypes: list(string),
});

/** The key of the entry for one sender. */
export function inboundId(address: string): string {
  return `inbound:${address}`;
}

/** The one message that an account takes from whoever is not refused. protocol-09 §7.8 */
export const introduction = "MessageContact";

/** What a house's hub answers to its guest. A hub sends it to guests alone, and it takes no places of what the house's owner writes. */
export const guestAnswer = "GuestAnswer";

/** What a contact may send. */
export const contactMessages: readonly string[] = [
  introduction,
  "RequestConfirmation",
  "ResponseConfirmation",
  "GroupInvitation",
  "GuestWelcome",
  guestAnswer,
];

/** What a guest may send besides. The service puts it into MMM_Command, which the hubs of the house read, and not into Inbound. */
export const guestOrder = "GuestOrder";

/** The form of every object of the Mesh. */
export const objectContentType = "application/mmm/object";
