/** Offers of hubs: what a hub found and wants connected. The administration device checks everything again itself. extensions §3. */

import { fromUtf8 } from "../../base/bytes.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { ConnectUri } from "../../crypto/index.ts";
import { deviceAuthenticator, envelopeId, newNonce, newSeed, parseConnectUri, responseId, seedSpecifier } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { openEnvelope } from "../../dare/index.ts";
import type { OpenedDescription } from "../../schema/index.ts";
import {
  type ActivationDeal,
  type CatalogedDevice,
  type DeviceContribution,
  deviceCatalog,
  judgesOrders,
  OfferConnection,
  openDescription,
  openObject,
  publicKeyOf,
  RespondOffer,
  verifyContribution,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { closingMessage } from "../message/closed.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { automaticName, checkDeviceName } from "../naming/check.ts";
import { findPlace } from "../place/place.ts";
import { edit } from "../store/edit.ts";
import { dealDevice } from "./deal.ts";
import type { DealHub } from "./deal-parts.ts";
import { delegationFor } from "./delegation.ts";

/** Most characters of a reason that a hub is told. */
const mostReport = 500;

/** An offer that was checked. */
export interface PendingOffer {
  readonly messageId: string;
  /** Where it stands in MMM_Inbound. */
  readonly index: number;
  readonly envelopeId: string;
  readonly hub: DirectoryEntry;
  readonly offer: OfferConnection;
  readonly uri: ConnectUri;
  /** First two groups of the code, for comparing with what is printed. */
  readonly code: string;
  readonly device: OpenedDescription;
  readonly contribution: DeviceContribution;
  readonly contributionEnvelope: DareEnvelope;
}

type CheckedOffer = Omit<PendingOffer, "hub" | "index" | "envelopeId">;

/** An offer as it was opened; with the reason when it cannot be accepted. */
interface ReadOffer {
  readonly offer: OfferConnection;
  readonly checked: CheckedOffer | MeshError;
}

const readOffer: Reader<ReadOffer> = (context, { envelope, envelopeId: id }) => {
  const offer = openObject(OfferConnection, envelope, [administratorOf(context).encryption]);
  if (envelopeId(offer.MessageId) !== id) throw verificationError("the name of the offer");
  try {
    return { offer, checked: checkOffer(context, offer) };
  } catch (error) {
    return { offer, checked: asMeshError(error) };
  }
};

function checkOffer(context: AccountContext, offer: OfferConnection): CheckedOffer {
  const { encryption } = administratorOf(context);
  const uri = parseConnectUri(fromUtf8(openEnvelope(offer.SealedUri, { keys: [encryption] })));
  if (uri.kind !== "earl") throw new MeshError("ERR_CODE_KIND", "the offer is of a code that is not a device's");
  return { messageId: offer.MessageId, offer, uri, ...offeredDevice(offer, uri) };
}

/** The device of an offer, by its code: its description, and what it gives for its keys. Errors: ERR_DEVICE_NOT_FOUND, ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY. */
export function offeredDevice(
  offer: OfferConnection,
  uri: ConnectUri,
): Pick<PendingOffer, "code" | "device" | "contribution" | "contributionEnvelope"> {
  if (!offer.Described || !offer.EnvelopedDeviceContribution)
    throw new MeshError("ERR_DEVICE_NOT_FOUND", "the offer is of a device that the hub has not reached");
  const device = openDescription({ sealed: offer.Described, key: uri.key, account: uri.account });
  const contribution = verifyContribution(offer.EnvelopedDeviceContribution, device.profile.value).value;
  return {
    code: uri.code.split("-").slice(0, 2).join("-"),
    device,
    contribution,
    contributionEnvelope: offer.EnvelopedDeviceContribution,
  };
}

/** The offers that wait for the owner, newest last, and the messages that only have to be closed. Of a device's offers the newest counts. */
export async function inspectOffers(
  context: AccountContext,
): Promise<{ readonly pending: readonly PendingOffer[]; readonly refused: readonly RefusedMessage[] }> {
  const inbound = await spoolView(context, "MMM_Inbound");
  const pending = new Map<string, PendingOffer>();
  const refused: RefusedMessage[] = [];
  for (const { index, envelopeId: id, sender: hub, reading } of await inbound.open(OfferConnection.tag, readOffer)) {
    // It may be of a device that is not known here yet.
    if (!hub) continue;
    const place = { index, envelopeId: id };
    if (reading.fault || !hub.connection.Roles.includes("hub")) {
      refused.push({ ...place, relationship: "Unreadable", reason: reading.fault?.message ?? `${hub.udf} is no hub` });
      continue;
    }
    const { offer, checked } = reading.value;
    const verdict = verdictOn(context, hub, reading.value);
    if (verdict) refused.push(refusedOffer(context, { ...place, hub, messageId: offer.MessageId, ...verdict }));
    else if (!(checked instanceof MeshError)) {
      const { deviceUdf } = checked.device;
      const before = pending.get(deviceUdf);
      // The same offer may stand there twice: a hub that does not know whether it arrived sends it again.
      if (before && before.messageId !== offer.MessageId) {
        refused.push(refusedOffer(context, { ...before, relationship: "Superseded", reason: "the device was offered again" }));
      }
      pending.delete(deviceUdf);
      pending.set(deviceUdf, { ...place, hub, ...checked });
    }
  }
  return { pending: [...pending.values()], refused };
}

/** Why an offer is not put before the owner. */
export function verdictOn(
  context: AccountContext,
  hub: DirectoryEntry,
  { offer, checked }: { readonly offer: Pick<OfferConnection, "HubUdf" | "Expires">; readonly checked: object },
): Pick<RefusedMessage, "relationship" | "reason"> | undefined {
  if (offer.HubUdf !== hub.udf) return { relationship: "Reject", reason: "the offer names another hub than its sender" };
  if (!(fromDateTime(offer.Expires) > context.ports.clock.now())) return { relationship: "Expired", reason: "nobody accepted the offer in time" };
  return checked instanceof MeshError ? { relationship: "Reject", reason: checked.message } : undefined;
}

/** Every open offer that can be accepted, newest last. */
export async function pendingOffers(context: AccountContext): Promise<readonly PendingOffer[]> {
  return (await inspectOffers(context)).pending;
}

/** Where an offer stands, and who made it. */
export type OfferPlace = Pick<PendingOffer, "index" | "envelopeId" | "hub" | "messageId">;

/** An offer that is to be closed, with the answer to its hub. */
export function refusedOffer(context: AccountContext, refusal: OfferPlace & Pick<RefusedMessage, "relationship" | "reason">): RefusedMessage {
  const { index, envelopeId: id, hub, messageId, relationship, reason } = refusal;
  const respond = (): RespondOffer => ({
    MessageId: responseId(messageId),
    Result: relationship === "Expired" ? "Expired" : "Reject",
    ErrorReport: shorten(reason, mostReport),
  });
  const answer = (): OutgoingMessage => ({ spool: "MMM_Command", envelope: respondEnvelope(context, hub, respond()) });
  return { index, envelopeId: id, messageId, relationship, reason, answer };
}

/** An answer to a hub's offer. */
export function respondEnvelope(context: AccountContext, hub: DirectoryEntry, respond: RespondOffer): DareEnvelope {
  return messageEnvelope({
    struct: RespondOffer,
    value: respond,
    signer: context.keys.signature,
    recipients: [publicKeyOf(hub.connection.Encryption)],
    ports: context.ports,
  });
}

/** Refuses an offer. */
export function rejectOffer(context: AccountContext, offer: PendingOffer, report = "the owner refused"): Promise<void> {
  return closeRefused(context, "MMM_Inbound", [refusedOffer(context, { ...offer, relationship: "Reject", reason: report })]);
}

/** The hub as the other side of a deal. Errors: ERR_SCHEMA when its connection lacks an X25519 link key. */
export function dealHub(hub: DirectoryEntry): DealHub {
  const link = hub.connection.Link.map(publicKeyOf).find(({ curve }) => curve === "X25519");
  if (!link) throw new MeshError("ERR_SCHEMA", `the connection of hub ${hub.udf} has no X25519 link key`);
  return { udf: hub.udf, encryption: publicKeyOf(hub.connection.Encryption), link };
}

/**
 * Connects an offered device: deals its activation and writes entry, answer and closing mark in one Transact.
 * The same contribution again keeps the deal that was made for it.
 * A name that the hub asks for and that may not be given becomes a default one; `names` are the owner's own words, and are refused instead.
 * Errors: ERR_NAME, ERR_NOT_FOUND for an unknown place, ERR_CONFLICT, ERR_SERVICE_UNREACHABLE.
 */
export async function acceptOffer(
  context: AccountContext,
  pending: PendingOffer,
  names: { readonly localName?: string; readonly place?: string } = {},
): Promise<CatalogedDevice> {
  const { ports } = context;
  const { device, contribution, offer } = pending;
  const placeName = names.place ?? offer.Place;
  const place = placeName === undefined ? undefined : findPlace(context, placeName);
  const before = context.get(deviceCatalog, device.deviceUdf);
  const entry = (current: CatalogedDevice | undefined): CatalogedDevice => {
    if (current?.HubUdf === pending.hub.udf && sameContribution(current, pending)) return current;
    const activation: ActivationDeal = {
      ActivationKey: newSeed(ports.random, seedSpecifier.deviceActivation),
      LinkRoot: ports.random.bytes(32),
      DealEpoch: Math.max(current?.DealEpoch ?? 0, contribution.DealEpoch) + 1,
      Kd: deviceAuthenticator(pending.uri.key),
    };
    const claimMessageId = newNonce(ports.random);
    const spot = { udf: device.deviceUdf, place: place?.Key ?? current?.Place };
    const localName =
      names.localName === undefined
        ? automaticName(context, { wanted: [offer.LocalName, current?.LocalName], kind: device.description.Class, ...spot })
        : checkDeviceName(context, names.localName, spot);
    return {
      DeviceUdf: device.deviceUdf,
      Updated: dateTime(ports.clock.now()),
      ...(localName === undefined ? {} : { LocalName: localName }),
      ...(current?.LocalNames ? { LocalNames: current.LocalNames } : {}),
      ...(place === undefined ? (current?.Place === undefined ? {} : { Place: current.Place }) : { Place: place.Key }),
      Labels: [device.description.Class],
      EnvelopedProfileDevice: device.profile.envelope,
      Constrained: true,
      SealedUri: offer.SealedUri,
      EnvelopedDevicePreconfigurationPublic: device.preconfiguration,
      EnvelopedDeviceContribution: pending.contributionEnvelope,
      ClaimMessageId: claimMessageId,
      ...(judgesOrders(device.description)
        ? {
            EnvelopedDelegation: delegationFor(context, {
              DeviceUdf: device.deviceUdf,
              ...(current?.EnvelopedDelegation ? { EnvelopedDelegation: current.EnvelopedDelegation } : {}),
            }),
          }
        : {}),
      ...dealDevice({ context, profile: device.profile.value, contribution, hub: dealHub(pending.hub), activation, claimMessageId }),
    };
  };
  const respond: RespondOffer = { MessageId: responseId(pending.messageId), Result: "Accept", DeviceUdf: device.deviceUdf };
  await context.transact({
    catalogs: [edit(deviceCatalog, device.deviceUdf, entry)],
    messages: [
      { spool: "MMM_Command", envelope: respondEnvelope(context, pending.hub, respond) },
      { spool: "MMM_Inbound", envelope: closingMessage(context, pending.messageId, "Accept") },
    ],
  });
  const connected = context.get(deviceCatalog, device.deviceUdf) ?? before;
  if (!connected) throw new MeshError("ERR_INTERNAL", `the entry of ${device.deviceUdf} is missing after it was written`);
  return connected;
}

function sameContribution(current: CatalogedDevice, pending: PendingOffer): boolean {
  if (!current.EnvelopedDeviceContribution) return false;
  const known = verifyContribution(current.EnvelopedDeviceContribution, pending.device.profile.value).value;
  return known.Link25519.Udf === pending.contribution.Link25519.Udf;
}
