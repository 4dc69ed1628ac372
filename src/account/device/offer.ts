/** Offers of hubs: what a hub found and wants connected. The administration device checks everything again itself. extensions §3. */

import { fromUtf8 } from "../../base/bytes.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { ConnectUri } from "../../crypto/index.ts";
import { deviceAuthenticator, newNonce, newSeed, parseConnectUri, responseId, seedSpecifier } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { openEnvelope } from "../../dare/index.ts";
import type { OpenedDescription } from "../../schema/index.ts";
import {
  type ActivationDeal,
  type CatalogedDevice,
  DeviceContribution,
  deviceCatalog,
  OfferConnection,
  openDescription,
  openObject,
  publicKeyOf,
  RespondOffer,
  verifyObject,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { closingMessage, openMessages } from "../message/closed.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { senderOf } from "../message/sender.ts";
import { findPlace } from "../place/place.ts";
import { edit } from "../store/edit.ts";
import type { DealHub } from "./deal.ts";
import { dealDevice } from "./deal.ts";

/** An offer that was checked. */
export interface PendingOffer {
  readonly messageId: string;
  readonly hub: DirectoryEntry;
  readonly offer: OfferConnection;
  readonly uri: ConnectUri;
  /** First two groups of the code, for comparing with what is printed. */
  readonly code: string;
  readonly device: OpenedDescription;
  readonly contribution: DeviceContribution;
  readonly contributionEnvelope: DareEnvelope;
}

function checkOffer(context: AccountContext, hub: DirectoryEntry, offer: OfferConnection): PendingOffer {
  const { encryption } = administratorOf(context);
  if (offer.HubUdf !== hub.udf) throw verificationError("the sender of the offer");
  const uri = parseConnectUri(fromUtf8(openEnvelope(offer.SealedUri, { keys: [encryption] })));
  if (uri.kind !== "earl") throw new MeshError("ERR_CODE_KIND", "the offer is of a code that is not a device's");
  if (!offer.Described || !offer.EnvelopedDeviceContribution)
    throw new MeshError("ERR_DEVICE_NOT_FOUND", "the offer is of a device that the hub has not reached");
  const device = openDescription({ sealed: offer.Described, key: uri.key, account: uri.account });
  const contribution = verifyObject(DeviceContribution, offer.EnvelopedDeviceContribution, [publicKeyOf(device.profile.value.Signature)]).value;
  return {
    messageId: offer.MessageId,
    hub,
    offer,
    uri,
    code: uri.code.split("-").slice(0, 2).join("-"),
    device,
    contribution,
    contributionEnvelope: offer.EnvelopedDeviceContribution,
  };
}

/** Every open offer, newest last. Offers that do not verify are answered with the reason and closed. */
export async function pendingOffers(context: AccountContext): Promise<readonly PendingOffer[]> {
  const { encryption } = administratorOf(context);
  const { messages, closed } = await openMessages(context, "MMM_Inbound", OfferConnection.tag);
  const found = new Map<string, PendingOffer>();
  for (const { envelope, index } of messages) {
    const hub = senderOf(context, envelope);
    if (!hub?.connection.Roles.includes("hub")) continue;
    try {
      const offer = openObject(OfferConnection, envelope, [encryption]);
      if (closed.has(offer.MessageId)) continue;
      if (!(fromDateTime(offer.Expires) > context.ports.clock.now())) {
        await answerOffer(context, { hub, messageId: offer.MessageId, result: "Expired", report: "nobody accepted the offer in time" });
        continue;
      }
      const pending = await checkedOrRefused(context, hub, offer);
      if (pending) found.set(pending.device.deviceUdf, pending);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      context.ports.log.warn("offer.unreadable", { index, reason: error.message });
    }
  }
  return [...found.values()];
}

async function checkedOrRefused(context: AccountContext, hub: DirectoryEntry, offer: OfferConnection): Promise<PendingOffer | undefined> {
  try {
    return checkOffer(context, hub, offer);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    await answerOffer(context, { hub, messageId: offer.MessageId, result: "Reject", report: error.message });
    return undefined;
  }
}

/** How an offer is answered when no device comes of it. */
interface OfferAnswer {
  readonly hub: DirectoryEntry;
  readonly messageId: string;
  readonly result: "Reject" | "Expired";
  readonly report: string;
}

async function answerOffer(context: AccountContext, answer: OfferAnswer): Promise<void> {
  const respond: RespondOffer = { MessageId: responseId(answer.messageId), Result: answer.result, ErrorReport: answer.report };
  await context.transact({
    messages: [
      { spool: "MMM_Command", envelope: respondEnvelope(context, answer.hub, respond) },
      { spool: "MMM_Inbound", envelope: closingMessage(context, answer.messageId, answer.result) },
    ],
  });
}

function respondEnvelope(context: AccountContext, hub: DirectoryEntry, respond: RespondOffer): DareEnvelope {
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
  return answerOffer(context, { hub: offer.hub, messageId: offer.messageId, result: "Reject", report });
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
 * Errors: ERR_NOT_FOUND for an unknown place, ERR_CONFLICT, ERR_SERVICE_UNREACHABLE.
 */
export async function acceptOffer(
  context: AccountContext,
  pending: PendingOffer,
  names: { readonly localName?: string; readonly place?: string } = {},
): Promise<CatalogedDevice> {
  const { ports } = context;
  const { device, contribution, offer } = pending;
  const localName = names.localName ?? offer.LocalName;
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
    return {
      DeviceUdf: device.deviceUdf,
      Updated: dateTime(ports.clock.now()),
      ...(localName === undefined ? (current?.LocalName === undefined ? {} : { LocalName: current.LocalName }) : { LocalName: localName }),
      ...(current?.LocalNames ? { LocalNames: current.LocalNames } : {}),
      ...(place === undefined ? (current?.Place === undefined ? {} : { Place: current.Place }) : { Place: place.Key }),
      Labels: [device.description.Class],
      EnvelopedProfileDevice: device.profile.envelope,
      Constrained: true,
      SealedUri: offer.SealedUri,
      EnvelopedDevicePreconfigurationPublic: device.preconfiguration,
      EnvelopedDeviceContribution: pending.contributionEnvelope,
      ClaimMessageId: claimMessageId,
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
  const known = verifyObject(DeviceContribution, current.EnvelopedDeviceContribution, [publicKeyOf(pending.device.profile.value.Signature)]).value;
  return known.Link25519.Udf === pending.contribution.Link25519.Udf;
}
