/** Offers of hubs: what a hub found and wants connected. The administration device checks everything again itself. extensions §3. */

import { fromUtf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { ConnectUri } from "../../crypto/index.ts";
import { deviceAuthenticator, newNonce, newSeed, parseConnectUri, responseId, seedSpecifier } from "../../crypto/index.ts";
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
  publicKeyOf,
  type RespondOffer,
  verifyContribution,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { closingMessage } from "../message/closed.ts";
import { automaticName, checkDeviceName } from "../naming/check.ts";
import { findPlace } from "../place/place.ts";
import { edit } from "../store/edit.ts";
import { dealDevice } from "./deal.ts";
import type { DealHub } from "./deal-parts.ts";
import { delegationFor } from "./delegation.ts";
import { OfferInbox, type Pending, respondEnvelope } from "./offer-inbox.ts";

/** What was found in an offer. */
interface CheckedOffer {
  readonly uri: ConnectUri;
  /** First two groups of the code, for comparing with what is printed. */
  readonly code: string;
  readonly device: OpenedDescription;
  readonly contribution: DeviceContribution;
  readonly contributionEnvelope: DareEnvelope;
}

/** An offer that was checked. */
export type PendingOffer = Pending<OfferConnection, CheckedOffer>;

function checkOffer(context: AccountContext, offer: OfferConnection): CheckedOffer {
  const { encryption } = administratorOf(context);
  const uri = parseConnectUri(fromUtf8(openEnvelope(offer.SealedUri, { keys: [encryption] })));
  if (uri.kind !== "earl") throw new MeshError("ERR_CODE_KIND", "the offer is of a code that is not a device's");
  return { uri, ...offeredDevice(offer, uri) };
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

const inbox = new OfferInbox<OfferConnection, CheckedOffer>({ struct: OfferConnection, check: checkOffer });

/** The offers of devices with a printed code. */
export const inspectOffers = (context: AccountContext): ReturnType<typeof inbox.inspect> => inbox.inspect(context);

/** Every open offer that can be accepted, newest last. */
export async function pendingOffers(context: AccountContext): Promise<readonly PendingOffer[]> {
  return (await inspectOffers(context)).pending;
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
              contribution,
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
