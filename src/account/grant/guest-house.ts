/**
 * Houses where this account is a guest, by the newest word of each that its pinned profile verifies, and orders to their hubs: a sentence, signed with
 * AccountSignature, sealed to one hub. docs/extensions.md §18
 */
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { envelopeId, newNonce, sha512 } from "../../crypto/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import type { ConnectionDevice, Enveloped, ProfileUser } from "../../schema/index.ts";
import { accountAddress, GuestOrder, GuestWelcome, keysAt, publicKeyOf, verifyConnectionDevice } from "../../schema/index.ts";
import { admit, inboundOf } from "../contact/inbound-grant.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { KnownSender } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import type { Mail } from "../message/mail.ts";
import { openMail } from "../message/mail.ts";
import { accountMessage } from "../message/message-envelope.ts";
import { signingOf } from "../message/signed-by.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { refusalIn } from "../message/taken.ts";
import { mostGuestHubs } from "./guest-welcome.ts";

/** A hub that takes orders of a guest. */
export interface GuestHub {
  readonly udf: string;
  readonly encryption: PublicKey;
}

/** A house where this account is a guest. */
export interface GuestHouse {
  readonly address: string;
  readonly name: string;
  readonly udf: string;
  readonly hubs: readonly GuestHub[];
  readonly until?: string;
}

/** Characters of a sentence: what a hub takes. */
const mostText = 256;
/** How long an order lives: a hub remembers it for as long. */
export const guestOrderSeconds = { usual: 30, most: 60 } as const;
/** Words of houses that are read, the newest. */
const mostWelcomes = 256;

const readWelcome: Reader<Mail<GuestWelcome>> = (context, message) => openMail(context, GuestWelcome, message);

/** Houses that have let this account in and have not taken it back, by address. None on a device that opens no mail of the account. */
export async function guestHouses(context: AccountContext): Promise<readonly GuestHouse[]> {
  if (!context.roles.some((role) => ["admin", "super", "web", "message", "threshold"].includes(role))) return [];
  const known = await newestSenders(context);
  const houses = new Map<string, GuestHouse>();
  const inbound = await spoolView(context, "MMM_Inbound");
  for (const { reading } of await inbound.all(GuestWelcome.tag, readWelcome, mostWelcomes)) {
    const sender = reading.fault ? undefined : known(reading.value.sender);
    if (reading.fault || !sender || signingOf(reading.value, sender.profile) !== "current") continue;
    const house = houseOf(reading.value, sender);
    if (house.hubs.length === 0) houses.delete(house.address);
    else houses.set(house.address, house);
  }
  return [...houses.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function houseOf({ value: { Hubs, NotOnOrAfter }, received }: Mail<GuestWelcome>, { address, name, udf, profile }: KnownSender): GuestHouse {
  const administrators = keysAt(profile, "AdministratorSignature", received);
  const hubs = Hubs.slice(0, mostGuestHubs).flatMap((enveloped) => hubIn(enveloped, { administrators, house: udf }) ?? []);
  return { address, name, udf, hubs, ...(NotOnOrAfter === undefined ? {} : { until: NotOnOrAfter }) };
}

function hubIn(
  enveloped: Enveloped<ConnectionDevice>,
  { administrators, house }: { readonly administrators: readonly PublicKey[]; readonly house: string },
): GuestHub | undefined {
  try {
    return hubOf(verifyConnectionDevice(enveloped, administrators).value, house);
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** The hub that a connection names. Errors: ERR_VERIFICATION for a device that is no hub of the house. */
export function hubOf({ Authority, Roles, Subject, Encryption }: ConnectionDevice, house: string): GuestHub {
  if (Authority !== house || !Roles.includes("hub") || Subject === undefined) throw verificationError("the connection of a hub");
  return { udf: Subject, encryption: publicKeyOf(Encryption) };
}

/** An order on its way. */
export interface SentGuestOrder {
  readonly messageId: string;
  readonly house: Pick<GuestHouse, "address" | "udf">;
  readonly hubUdf: string;
  /** SHA-512 of its envelope. */
  readonly digest: Uint8Array;
  /** Milliseconds since 1970; after it the hub does nothing with it. */
  readonly expires: number;
}

/**
 * Sends a sentence to a hub of a house.
 * Errors: ERR_NOT_FOUND where this account is no guest, or for a hub that is none of the house's; ERR_AMBIGUOUS when several hubs take orders and none is
 * named; ERR_USAGE; ERR_REJECTED when the service of the house does not take it; ERR_NOT_AUTHORIZED; and those of the service.
 */
export async function sendGuestOrder(
  context: AccountContext,
  options: { readonly address: string; readonly text: string; readonly language?: string; readonly hub?: string; readonly seconds?: number },
): Promise<SentGuestOrder> {
  const { text, language, seconds = guestOrderSeconds.usual } = options;
  const { ports } = context;
  const address = accountAddress(options.address);
  if (text.trim() === "" || text.length > mostText)
    throw new MeshError("ERR_USAGE", `a sentence of ${text.length} characters cannot be said to a house, 1 to ${mostText} can`);
  if (!(seconds >= 1 && seconds <= guestOrderSeconds.most))
    throw new MeshError("ERR_USAGE", `an order of a guest lives for 1 to ${guestOrderSeconds.most} seconds`);
  if (inboundOf(context, address)?.Active === false)
    throw new MeshError("ERR_USAGE", `you have blocked ${address}: no answer could come`, { hint: `'meshman message unblock ${address}' first` });
  const house = (await guestHouses(context)).find((found) => found.address === address);
  if (!house)
    throw new MeshError("ERR_NOT_FOUND", `${address} has not let you in`, {
      hint: `see 'meshman guest houses'; there 'meshman guest add ${context.address}' lets you in`,
    });
  const hub = chosen(house, options.hub);
  const expires = ports.clock.now() + seconds * 1000;
  const value: GuestOrder = {
    MessageId: newNonce(ports.random),
    Sender: context.address,
    Recipient: address,
    HubUdf: hub.udf,
    Text: text,
    ...(language === undefined ? {} : { Language: language }),
    Expires: dateTime(expires),
    ...(isReissued(context.profile) ? { EnvelopedProfileAccount: context.profileEnvelope } : {}),
  };
  const envelope = await accountMessage({ struct: GuestOrder, value, signer: accountSignatureOf(context), recipients: [hub.encryption], ports });
  // The hub answers in the name of the house. Only administrators write there; who accepted the contact has named it already.
  const catalogs = context.keys.administrator ? [admit(address)] : [];
  const entries = await context.transact({ catalogs, messages: [{ spool: "MMM_Outbound", envelope, to: [address] }] });
  const refusal = refusalIn(entries, envelopeId(value.MessageId));
  if (refusal)
    throw new MeshError(
      "ERR_REJECTED",
      `the service of ${address} did not take the order${refusal.errorCode === undefined ? "" : `: ${refusal.errorCode}`}`,
      {
        hint: "you may be its guest no more, or have sent as much as a guest may in a day",
      },
    );
  return { messageId: value.MessageId, house, hubUdf: hub.udf, digest: sha512(encodeEnvelope(envelope)), expires };
}

/** The hub may know the profile of before alone. */
function isReissued({ Version = 0 }: ProfileUser): boolean {
  return Version > 0;
}

const leastName = 6;

function chosen({ hubs, address }: GuestHouse, named: string | undefined): GuestHub {
  const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();
  const fitting = named === undefined ? hubs : hubs.filter(({ udf }) => named.length >= leastName && plain(udf).startsWith(plain(named)));
  const [hub, ...others] = fitting;
  if (!hub) throw new MeshError("ERR_NOT_FOUND", `${address} has no hub ${JSON.stringify(named)} for you`, { hint: "see 'meshman guest houses'" });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${fitting.length} hubs of ${address} take your orders`, {
      hint: `name one by --hub: ${fitting.map(({ udf }) => udf.slice(0, 14)).join(", ")}`,
    });
  return hub;
}
