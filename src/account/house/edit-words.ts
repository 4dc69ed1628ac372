/**
 * Changes that a hub asks for, in words. Who agrees to one reads what will be done by this device's own books: its names, its view of an offer, all rights
 * of a grant. The hub's word for a device is told as that.
 */
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { passkeyFingerprint } from "../../crypto/index.ts";
import type { CatalogedGrant, EditChange, GrantPasskey, GrantRight } from "../../schema/index.ts";
import { deviceCatalog, grantCatalog, placeCatalog, sceneCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { PendingHosted } from "../device/hosted.ts";
import { readsStore } from "../device/late-store.ts";
import type { PendingOffer } from "../device/offer.ts";
import { isPlainEdit } from "./allowed-edits.ts";
import type { EditSignature } from "./edit-signature.ts";
import { editSignature } from "./edit-signature.ts";
import type { PendingEdit } from "./hub-mail.ts";

/** Characters of the rights of a grant. */
const mostRights = 4000;

/** The offers that wait, as this device has checked them. */
export type Offered = readonly (PendingOffer | PendingHosted)[];

/** What a hub asks for, in words: the change, who has signed it, and whom the hub names. */
export async function askedInWords(context: AccountContext, edit: PendingEdit, offered: Offered): Promise<string> {
  const { Change, Principal } = edit.value;
  const signature = signatureInWords(await editSignature(context, edit), Change.Kind);
  return [editInWords(context, Change, offered), ...signature, `${visible(JSON.stringify(shorten(Principal, 120)))} wants it`].join("; ");
}

/** What goes without a passkey says nothing of one. */
function signatureInWords(signature: EditSignature, kind: string): readonly string[] {
  switch (signature.state) {
    case "signed":
      return [`signed by the passkey ${quoted(signature.by)}`];
    case "unknown":
      return ["signed by a passkey that you have not let sign"];
    case "wrong":
      return ["its passkey has signed something else: it cannot be accepted"];
    case "none":
      return isPlainEdit(kind) ? [] : ["not signed by a passkey"];
  }
}

/** A change in words. */
export function editInWords(context: AccountContext, change: EditChange, offered: Offered): string {
  const { Kind, DeviceUdf = "", LocalName = "", Place, Grant, Address = "", GrantKey = "", OfferId = "", SceneKey = "", Passkey } = change;
  const device = context.get(deviceCatalog, DeviceUdf)?.LocalName ?? DeviceUdf;
  const place = Place === undefined ? "no place" : placeName(context, Place);
  switch (Kind) {
    case "rename":
      return `call ${device} ${quoted(LocalName)}`;
    case "move":
      return `put ${device} into ${place}`;
    case "remove":
      return `take ${device} out of the account`;
    case "place-add":
      return `make a place ${quoted(LocalName)}${Place === undefined ? "" : ` in ${place}`}`;
    case "place-delete":
      return `delete the place ${place}`;
    case "grant-put":
      return `let ${quoted(Grant?.LocalName ?? "")} (${shorten(Grant?.Kind ?? "", 40)}) see and order${termsInWords(context, Grant, grantBefore(context, Grant))}`;
    case "guest-add":
      return `let ${visible(shorten(Address, 120))} in as a guest, to see and order${termsInWords(context, Grant, guestBefore(context, Address))}`;
    case "scene-delete":
      return `delete the scene ${sceneName(context, SceneKey)}`;
    case "grant-delete":
      return `take back what ${readsGrants(context) ? (context.get(grantCatalog, GrantKey)?.LocalName ?? GrantKey) : GrantKey} may do`;
    case "offer-accept":
      return `connect ${offerInWords(
        offered.find(({ messageId }) => messageId === OfferId),
        LocalName,
      )}`;
    case "passkey-add":
      return passkeyInWords(context, Passkey);
    default:
      return `a change of the kind ${shorten(Kind, 40)}, which is not known here`;
  }
}

/** The rights of a grant, whole, with this account's names; undefined when they are too many to be shown. */
export function rightsInWords(context: AccountContext, rights: readonly GrantRight[]): string | undefined {
  const named = rights.map(({ Places, Devices, ...right }) => ({
    ...right,
    ...(Places ? { Places: Places.map((key) => placeName(context, key)) } : {}),
    ...(Devices ? { Devices: Devices.map((udf) => context.get(deviceCatalog, udf)?.LocalName ?? udf) } : {}),
  }));
  const words = visible(JSON.stringify(named));
  return words.length > mostRights ? undefined : words;
}

/** Whether harm is among them stands first: whoever reads no further has read that. */
function termsInWords(context: AccountContext, grant: CatalogedGrant | undefined, before: CatalogedGrant | undefined): string {
  const rights = rightsInWords(context, grant?.Rights ?? []);
  if (rights === undefined) return " more than can be shown: it cannot be accepted";
  const harm = grant?.Rights.some(({ Risky }) => Risky === true) === true ? "what may do harm, too" : "nothing that may do harm";
  const instead = before === undefined ? "" : ", in the place of what may be done now";
  const end = grant?.NotOnOrAfter === undefined ? "without an end" : `until ${shorten(grant.NotOnOrAfter, 40)}`;
  return ` (${harm})${instead}, ${end}: ${rights}`;
}

const readsGrants = (context: AccountContext): boolean => readsStore(context, grantCatalog.label);

function grantBefore(context: AccountContext, grant: CatalogedGrant | undefined): CatalogedGrant | undefined {
  return grant && readsGrants(context) ? context.get(grantCatalog, grant.Key) : undefined;
}

function guestBefore(context: AccountContext, address: string): CatalogedGrant | undefined {
  if (!readsGrants(context)) return undefined;
  const isHis = ({ Kind, Address }: CatalogedGrant): boolean => Kind === "guest" && Address === address.toLowerCase();
  return context.list(grantCatalog).find(({ value }) => isHis(value))?.value;
}

/** What this device found in an offer; the hub's name for it stands last, as the hub's. */
function offerInWords(offer: Offered[number] | undefined, hubsName: string): string {
  const called = hubsName === "" ? "" : `, which the hub calls ${quoted(hubsName)}`;
  if (!offer) return `a device whose offer does not wait here${called}`;
  const { description } = offer.device;
  const origin =
    "maker" in offer.device
      ? `made by ${shorten(offer.device.maker, 80)}, code ${offer.code}`
      : `behind ${"Bridge" in offer.offer ? quoted(offer.offer.Bridge) : "a bridge"}, fingerprint ${offer.code}`;
  return visible(`a ${shorten(description.Class, 40)} (${origin})${called}`);
}

/** What is compared with the page stands first. */
function passkeyInWords(context: AccountContext, passkey: GrantPasskey | undefined): string {
  if (!passkey) return "let a passkey sign that is not there";
  const { PublicKey, LocalName = "", RelyingParty = "", DeviceUdf } = passkey;
  const by = DeviceUdf === undefined ? "" : `, added by a page that ${context.get(deviceCatalog, DeviceUdf)?.LocalName ?? DeviceUdf} has opened`;
  return `let the passkey ${passkeyFingerprint(PublicKey)} sign what is asked for at ${quoted(RelyingParty)}, as ${quoted(LocalName)}${by}`;
}

const quoted = (text: string): string => visible(JSON.stringify(shorten(text, 80)));

function placeName(context: AccountContext, key: string): string {
  return context.get(placeCatalog, key)?.LocalName ?? key;
}

function sceneName(context: AccountContext, key: string): string {
  const name = context.keys.storeKeys.has(sceneCatalog.label) ? context.get(sceneCatalog, key)?.LocalName : undefined;
  return name ?? shorten(key, 40);
}
