/**
 * What the hubs of the account ask and tell its people: orders to be confirmed, changes that a hub may not make, alerts. A message counts when a device
 * of role hub has signed it, and speaks for itself; what is of no device behind that hub, over, or too much is closed. docs/extensions.md §21
 */
import { fromDateTime } from "../../base/clock.ts";
import { verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject } from "../../codec/index.ts";
import { envelopeId, sha512 } from "../../crypto/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import { ConfirmOrder, DeviceAlert, deviceCatalog, openObject, RequestEdit } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { openOwn } from "../message/mail.ts";
import type { RefusedMessage } from "../message/refused.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";

/** Messages of one hub, of one kind, that wait at once. */
const hubMailWaiting = 64;
/** Of alerts more, and so many of one device: none keeps another's from being told. */
const alertsWaiting = 256;
const alertsOfDevice = 32;
/** An alert that nobody has closed goes by itself. */
const alertMs = 7 * 86_400_000;

/** A message of a hub that waits. */
export interface HubMessage<T> {
  readonly index: number;
  readonly envelopeId: string;
  readonly messageId: string;
  readonly hub: DirectoryEntry;
  readonly value: T;
  /** SHA-512 of its envelope. */
  readonly digest: Uint8Array;
}

export type PendingOrder = HubMessage<ConfirmOrder>;
export type PendingEdit = HubMessage<RequestEdit>;
export type PendingAlert = HubMessage<DeviceAlert>;

/** All of it. */
export interface HubMail {
  readonly orders: readonly PendingOrder[];
  readonly edits: readonly PendingEdit[];
  readonly alerts: readonly PendingAlert[];
  readonly refused: readonly RefusedMessage[];
}

interface Read<T> {
  readonly value: T;
  readonly digest: Uint8Array;
}

const readOrder: Reader<Read<ConfirmOrder>> = (context, message) => ({
  value: openOwn(context, ConfirmOrder, message),
  digest: sha512(encodeEnvelope(message.envelope)),
});
const readAlert: Reader<Read<DeviceAlert>> = (context, message) => ({
  value: openOwn(context, DeviceAlert, message),
  digest: sha512(encodeEnvelope(message.envelope)),
});
const readEdit: Reader<Read<RequestEdit>> = (context, { envelope, envelopeId: id }) => {
  const value = openObject(RequestEdit, envelope, [administratorOf(context).encryption]);
  if (envelopeId(value.MessageId) !== id) throw verificationError("the name of the request");
  return { value, digest: sha512(encodeEnvelope(envelope)) };
};

/** What waits, oldest first; a device that opens no mail of the account sees none. */
export async function inspectHubMail(context: AccountContext): Promise<HubMail> {
  const refused: RefusedMessage[] = [];
  const now = context.ports.clock.now();
  const opens = accountEncryptionKeys(context).length > 0;
  const isOver = (text: string): boolean => !(fromDateTime(text) > now);
  const isBehind = (hub: DirectoryEntry, udf: string): boolean => context.get(deviceCatalog, udf)?.HubUdf === hub.udf;
  const orders = opens
    ? await waiting(context, { struct: ConfirmOrder, reader: readOrder, refused }, ({ DeviceUdf, Expires }, hub) =>
        isOver(Expires) ? "Expired" : isBehind(hub, DeviceUdf) ? undefined : "Reject",
      )
    : [];
  const alerts = opens
    ? await waiting(context, { struct: DeviceAlert, reader: readAlert, refused, places: placesOfAlert }, ({ DeviceUdf, Told }, hub) =>
        isOver(Told) && fromDateTime(Told) + alertMs <= now ? "Expired" : isBehind(hub, DeviceUdf) ? undefined : "Reject",
      )
    : [];
  const edits = context.keys.administrator
    ? await waiting(context, { struct: RequestEdit, reader: readEdit, refused }, ({ Expires }) => (isOver(Expires) ? "Expired" : undefined))
    : [];
  return { orders, edits, alerts, refused };
}

interface Kind<T> {
  readonly struct: Struct<T>;
  readonly reader: Reader<Read<T>>;
  readonly refused: RefusedMessage[];
  /** What a message takes a place of; of its hub when absent. */
  readonly places?: (value: T, hub: DirectoryEntry) => readonly Place[];
}

/** So many of something may wait. */
interface Place {
  readonly key: string;
  readonly most: number;
  readonly what: string;
}

const placesOfHub = (hub: DirectoryEntry): readonly Place[] => [{ key: hub.udf, most: hubMailWaiting, what: "hub" }];
const placesOfAlert = ({ DeviceUdf }: DeviceAlert, { udf }: DirectoryEntry): readonly Place[] => [
  { key: `${udf} ${DeviceUdf}`, most: alertsOfDevice, what: "device" },
  { key: udf, most: alertsWaiting, what: "hub" },
];

/** @param verdict why a message is closed */
async function waiting<T extends { readonly MessageId: string; readonly Sender: string }>(
  context: AccountContext,
  { struct, reader, refused, places = (_, hub) => placesOfHub(hub) }: Kind<T>,
  verdict: (value: T, hub: DirectoryEntry) => RefusedMessage["relationship"] | undefined,
): Promise<readonly HubMessage<T>[]> {
  const found = new Map<string, HubMessage<T>>();
  const counts = new Map<string, number>();
  const inbound = await spoolView(context, "MMM_Inbound");
  for (const { index, envelopeId: id, sender: hub, reading } of await inbound.firstOfName(struct.tag, reader, ({ value }) =>
    encodeObject(struct, value),
  )) {
    const close = (relationship: RefusedMessage["relationship"], reason: string): void =>
      void refused.push({ index, envelopeId: id, relationship, reason: `${struct.tag}: ${reason}` });
    // It may be of a hub that is not known here yet.
    if (!hub) continue;
    if (reading.fault) close("Unreadable", reading.fault.message);
    else if (!hub.connection.Roles.includes("hub") || reading.value.value.Sender !== hub.udf)
      close("Reject", `${hub.udf} does not speak for that hub`);
    else {
      const { value, digest } = reading.value;
      const end = verdict(value, hub);
      const taken = places(value, hub);
      const full = taken.find(({ key, most }) => (counts.get(key) ?? 0) >= most);
      if (end) close(end, end === "Expired" ? "its time is over" : "of a device that is not behind its hub");
      else if (found.has(value.MessageId)) continue;
      else if (full) close("Reject", `${full.most} of that ${full.what} wait already`);
      else {
        for (const { key } of taken) counts.set(key, (counts.get(key) ?? 0) + 1);
        found.set(value.MessageId, { index, envelopeId: id, messageId: value.MessageId, hub, value, digest });
      }
    }
  }
  return [...found.values()];
}
