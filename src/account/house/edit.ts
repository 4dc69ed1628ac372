/**
 * Changes that a hub asks for because it may not make them: names, places, grants, devices that are offered. An administration device makes them when its
 * owner says so, or has allowed that kind in advance; each is held against the same checks as if its owner had typed it. docs/extensions.md §21
 */
import { asMeshError, MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { responseId } from "../../crypto/index.ts";
import type { CatalogedGrant, EditChange } from "../../schema/index.ts";
import { deviceCatalog, grantCatalog, isEditKind, isUnattended, publicKeyOf, RequestEdit, RespondEdit } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { acceptHosted, pendingHosted } from "../device/hosted.ts";
import { nameDevice } from "../device/name.ts";
import { acceptOffer, pendingOffers } from "../device/offer.ts";
import { revokeDevice } from "../device/revoke.ts";
import { putGrant } from "../grant/grant.ts";
import { addAskedGuest, endGrant } from "../grant/guest.ts";
import { closingMessage } from "../message/closed.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { spoolView } from "../message/spool-view.ts";
import { addPlace, deletePlace } from "../place/place.ts";
import { deleteScene } from "../scene/scene.ts";
import { addPasskey } from "./edit-passkey.ts";
import { editSignature } from "./edit-signature.ts";
import { rightsInWords } from "./edit-words.ts";
import type { PendingEdit } from "./hub-mail.ts";

const mostReport = 500;

/** Makes a change, tells the hub, and closes the request. Errors: why it cannot be made; the hub is told then, too. ERR_EXISTS when it was answered meanwhile. */
export async function acceptEdit(context: AccountContext, pending: PendingEdit): Promise<void> {
  await requireOpen(context, pending);
  try {
    await requireOwnSignature(context, pending);
    await make(context, pending.value.Change, pending.hub.udf);
  } catch (error) {
    if (isOfSurroundings(error)) throw error;
    const { code, message } = asMeshError(error);
    await answer(context, pending, { Result: "Reject", ErrorCode: code, ErrorReport: shorten(message, mostReport) });
    throw error;
  }
  await answer(context, pending, { Result: "Accept" });
}

/** Refuses a change. Errors: ERR_EXISTS when it was answered meanwhile, those of the service. */
export async function rejectEdit(context: AccountContext, pending: PendingEdit): Promise<void> {
  await requireOpen(context, pending);
  await answer(context, pending, { Result: "Reject", ErrorCode: "ERR_REJECTED" });
}

/** Errors: ERR_VERIFICATION for a change that came with the signature of something else. */
async function requireOwnSignature(context: AccountContext, pending: PendingEdit): Promise<void> {
  const { state } = await editSignature(context, pending);
  if (state === "wrong") throw new MeshError("ERR_VERIFICATION", "a passkey has signed something else than what is asked");
}

async function requireOpen(context: AccountContext, pending: PendingEdit): Promise<void> {
  administratorOf(context);
  const word = (await spoolView(context, "MMM_Inbound")).relationship({ ...pending, messageType: RequestEdit.tag });
  if (word !== undefined) throw new MeshError("ERR_EXISTS", `it was answered already: ${word}`);
}

async function answer(
  context: AccountContext,
  { hub, messageId }: PendingEdit,
  said: Pick<RespondEdit, "Result" | "ErrorCode" | "ErrorReport">,
): Promise<void> {
  const { ports, keys, deviceUdf } = context;
  const value: RespondEdit = { MessageId: responseId(messageId), Sender: deviceUdf, HubUdf: hub.udf, ...said };
  const envelope = messageEnvelope({
    struct: RespondEdit,
    value,
    signer: keys.signature,
    recipients: [publicKeyOf(hub.connection.Encryption)],
    ports,
  });
  await context.transact({
    messages: [
      { spool: "MMM_Command", envelope },
      { spool: "MMM_Inbound", envelope: closingMessage(context, messageId, said.Result === "Accept" ? "Accept" : "Reject") },
    ],
  });
}

/** Errors: ERR_SCHEMA for a change that lacks something, ERR_NOT_BUILT for a kind that is not known, those of the change. */
async function make(context: AccountContext, change: EditChange, hubUdf: string): Promise<void> {
  const { Kind, DeviceUdf, LocalName, Place, Grant, Address, GrantKey, OfferId, SceneKey, Passkey } = change;
  if (!isEditKind(Kind)) throw new MeshError("ERR_SCHEMA", `this device knows no change of the kind ${shorten(Kind, 40)}`);
  switch (Kind) {
    case "rename":
      return void (await nameDevice(context, demand(DeviceUdf, "DeviceUdf"), { localName: demand(LocalName, "LocalName") }));
    case "move":
      return void (await nameDevice(context, demand(DeviceUdf, "DeviceUdf"), { place: demand(Place, "Place") }));
    case "remove":
      return void (await revokeDevice(context, removable(context, demand(DeviceUdf, "DeviceUdf"), hubUdf)));
    case "place-add":
      return void (await addPlace(context, { name: demand(LocalName, "LocalName"), ...(Place === undefined ? {} : { parent: Place }) }));
    case "place-delete":
      return void (await deletePlace(context, demand(Place, "Place")));
    case "grant-put":
      return putGrant(context, checkedGrant(context, requireShown(context, demand(Grant, "Grant"))));
    case "grant-delete":
      return endGrant(context, { Key: demand(GrantKey, "GrantKey") });
    case "guest-add":
      return addAskedGuest(context, demand(Address, "Address"), requireShown(context, demand(Grant, "Grant")));
    case "scene-delete":
      return deleteScene(context, { Key: demand(SceneKey, "SceneKey") });
    case "offer-accept":
      return acceptOffered(context, demand(OfferId, "OfferId"));
    case "passkey-add":
      return addPasskey(context, demand(Passkey, "Passkey"), hubUdf);
  }
}

/** A device with a code, or one behind a bridge. */
async function acceptOffered(context: AccountContext, offerId: string): Promise<void> {
  const offer = (await pendingOffers(context)).find(({ messageId }) => messageId === offerId);
  if (offer) return void (await acceptOffer(context, offer));
  const hosted = (await pendingHosted(context)).find(({ messageId }) => messageId === offerId);
  if (!hosted) throw new MeshError("ERR_NOT_FOUND", "the offer waits no longer");
  await acceptHosted(context, hosted);
}

/** What a hub may propose to remove: a device that is behind it, never a machine that holds keys of the account. */
function removable(context: AccountContext, deviceUdf: string, hubUdf: string): string {
  const entry = context.get(deviceCatalog, deviceUdf);
  const isBehind = entry?.HubUdf === hubUdf && deviceUdf !== hubUdf && (entry.Constrained === true || entry.Hosted !== undefined);
  if (isBehind) return deviceUdf;
  throw new MeshError("ERR_USAGE", "a hub can propose to remove the devices behind it alone", { hint: "see 'meshman device delete'" });
}

function demand<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new MeshError("ERR_SCHEMA", `EditChange: ${name} is missing`);
  return value;
}

/** Errors: ERR_TOO_LARGE for rights of which not all could be shown. */
function requireShown(context: AccountContext, grant: CatalogedGrant): CatalogedGrant {
  if (rightsInWords(context, grant.Rights) !== undefined) return grant;
  throw new MeshError("ERR_TOO_LARGE", "it gives more rights than can be shown", {
    hint: "give them on this device: 'meshman grant add', 'meshman guest add'",
  });
}

/** What a hub may propose to write as it is: no guest, whose account it could not vouch for, no passkey, nothing that can do harm for programs. */
function checkedGrant(context: AccountContext, grant: CatalogedGrant): CatalogedGrant {
  const before = context.get(grantCatalog, grant.Key);
  if (grant.Kind === "guest" || before?.Kind === "guest")
    throw new MeshError("ERR_USAGE", "guests are let in on an administration device alone", { hint: "see 'meshman guest add'" });
  if (grant.Passkeys !== undefined || before?.Passkeys !== undefined)
    throw new MeshError("ERR_USAGE", "passkeys are let sign by a request of their own, which shows them");
  if (isUnattended(grant.Kind) && grant.Rights.some(({ Risky }) => Risky === true))
    throw new MeshError("ERR_USAGE", `${grant.Kind} speaks for whoever speaks to it: what can do harm is never its to order`);
  return grant;
}
