/** How contacts are shown: in a line, in full, and as JSON. Everything in them is somebody else's text. */
import type { KnownContact, PendingContact, Undelivered } from "../../../account/index.ts";
import { isVerified, ways } from "../../../account/index.ts";
import { dateTime } from "../../../base/clock.ts";
import { showTime } from "../../term/age.ts";
import type { Output } from "../../term/output.ts";

const kinds: Readonly<Record<string, string>> = { ContactPerson: "person", ContactOrganization: "organization", ContactGroup: "group" };

/** What is behind a contact's fingerprint, in words; undefined when it has no account. */
export function trustOf({ pin }: KnownContact): string | undefined {
  return pin && ways[pin.way];
}

/** Where things stand between the two: "asked" waits for their answer. */
export function standingOf({ entry, pin }: KnownContact): "self" | "asked" | "contact" | "card" {
  if (entry.Self === true) return "self";
  if (entry.Requested !== undefined) return "asked";
  return pin ? "contact" : "card";
}

/** What came of the owner's contact that was sent, as JSON; nothing once it has arrived, or nobody says otherwise. */
export function undeliveredResult(missing: Undelivered | undefined): Readonly<Record<string, unknown>> {
  if (!missing) return {};
  return { undelivered: { errorCode: missing.errorCode, next: missing.next === undefined ? undefined : dateTime(missing.next) } };
}

/** The same in words. */
export function whyUndelivered(output: Output, { errorCode, next }: Undelivered, now: number): string {
  const reason = errorCode === "ERR_QUOTA" ? "as many messages wait there as may" : (errorCode ?? "their service does not take it, and says no more");
  if (next === undefined) return `${reason}; it is not sent again, 'meshman contact request ADDRESS' asks anew`;
  return `${reason}; 'meshman agent' sends it again ${next <= now ? "in its next turn" : showTime(output, dateTime(next), now)}`;
}

/** A contact as JSON. */
export function contactResult(known: KnownContact): Readonly<Record<string, unknown>> {
  const { key, name, kind, address, pin, entry, contact } = known;
  return {
    key,
    localName: name,
    kind: kinds[kind] ?? kind,
    standing: standingOf(known),
    address,
    udf: pin?.udf,
    trust: pin?.way,
    verified: pin && isVerified(pin.way),
    requested: entry.Requested,
    updated: entry.Updated,
    addresses: (contact.NetworkAddresses ?? []).map(({ Address, Protocols }) => ({ address: Address, protocol: Protocols?.[0]?.Protocol })),
  };
}

/** A contact in full, line by line. */
export function contactFields(output: Output, known: KnownContact, now: number): [string, string | undefined][] {
  const { key, name, kind, address, pin, entry, contact } = known;
  const others = (contact.NetworkAddresses ?? []).filter(({ Address }) => Address !== undefined && Address !== address);
  return [
    ["name", name],
    ["kind", kinds[kind] ?? kind],
    ["account", address],
    ["fingerprint", pin?.udf],
    ["trust", trustOf(known)],
    ["asked", entry.Requested === undefined ? undefined : showTime(output, entry.Requested, now)],
    ...others.map(({ Address, Protocols }): [string, string | undefined] => [words[Protocols?.[0]?.Protocol ?? ""] ?? "address", Address]),
    ...(contact.Roles ?? []).map(({ OrganizationName, Titles = [] }): [string, string] => [
      "role",
      [...Titles, OrganizationName].filter(Boolean).join(", "),
    ]),
    ...(contact.Locations ?? []).map(({ Appartment, Street, Postcode, Locality, County, Country }): [string, string] => [
      "place",
      [Appartment, Street, Postcode, Locality, County, Country].filter(Boolean).join(", "),
    ]),
    ...(contact.Bookmark ?? []).map(({ Uri }): [string, string | undefined] => ["link", Uri]),
    ["key", key],
    ["updated", entry.Updated === undefined ? undefined : showTime(output, entry.Updated, now)],
  ];
}

const words: Readonly<Record<string, string>> = { tel: "telephone", smtp: "mail", impp: "chat" };

/** A contact that waits for a decision, as JSON. */
export function pendingResult({
  messageId,
  address,
  udf,
  subject,
  replyPin,
  known,
  conflict,
  pinError,
  isByStaticCode,
}: PendingContact): Readonly<Record<string, unknown>> {
  return {
    messageId,
    address,
    udf,
    subject,
    wantsYours: replyPin !== undefined,
    isKnown: known?.pin !== undefined,
    isByStaticCode,
    pinError: pinError?.code,
    conflict: conflict?.message,
  };
}
