/**
 * Names of messages that a person decides, closed ones with them. Their senders choose them, so that first characters which meant one message yesterday
 * can be those of another today: what is given short is held against these.
 */
import type { Struct } from "../../codec/index.ts";
import {
  ConfirmOrder,
  GroupInvitation,
  MessageContact,
  OfferConnection,
  OfferHosted,
  openObject,
  RequestConfirmation,
  RequestEdit,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { Reader } from "./spool-view.ts";
import { spoolView } from "./spool-view.ts";

/** Of one type, so many of the newest. */
const mostOfType = 256;

const readerOf = (struct: Struct<{ readonly MessageId: string }>): Reader<string> => {
  return (context, { envelope }) => {
    const { administrator } = context.keys;
    const keys = [...accountEncryptionKeys(context), ...(administrator ? [administrator.encryption] : [])];
    return openObject(struct, envelope, keys).MessageId;
  };
};
const readers = [ConfirmOrder, GroupInvitation, MessageContact, OfferConnection, OfferHosted, RequestConfirmation, RequestEdit].map(
  (struct) => [struct.tag, readerOf(struct as Struct<{ readonly MessageId: string }>)] as const,
);

/** Those that this device can open. */
export async function formerNames(context: AccountContext): Promise<ReadonlySet<string>> {
  const inbound = await spoolView(context, "MMM_Inbound");
  const names = new Set<string>();
  for (const [type, reader] of readers)
    for (const { reading } of await inbound.all(type, reader, mostOfType)) if (reading.fault === undefined) names.add(reading.value);
  return names;
}
