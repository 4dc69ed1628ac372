/**
 * Deals a device as an administrator does, but signed by the two halves of a split: the service sees digests of it. The grantee knows the activation
 * and LinkRoot until an administrator deals anew. docs/extensions.md §3, §16.
 */

import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import type { Struct } from "../../codec/index.ts";
import { binary, encodeObjectB, struct } from "../../codec/index.ts";
import { deviceAuthenticator, newNonce, newSeed, seedSpecifier, sha512 } from "../../crypto/index.ts";
import { sealEnvelope } from "../../dare/index.ts";
import type { AdministratorSplit, Enveloped } from "../../schema/index.ts";
import {
  ActivationDeal,
  ActivationHub,
  CatalogedDevice,
  ConnectionDevice,
  ConnectionHub,
  envelopeObject,
  publicKeyOf,
  RespondDevice,
  RespondSplit,
  SplitConnection,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { sealForDevice } from "../device/deal.ts";
import { dealtParts } from "../device/deal-parts.ts";
import type { PendingOffer } from "../device/offer.ts";
import { dealHub } from "../device/offer.ts";
import { automaticName, checkDeviceName } from "../naming/check.ts";
import { findPlace } from "../place/place.ts";

/** What is connected, and as what. */
export interface SplitDealOptions {
  readonly context: AccountContext;
  readonly split: AdministratorSplit;
  readonly envelopedSplit: Enveloped<AdministratorSplit>;
  readonly serial: number;
  readonly offer: Pick<PendingOffer, "device" | "contribution" | "contributionEnvelope" | "hub" | "uri">;
  /** The code as it was scanned. */
  readonly code: string;
  readonly localName?: string;
  readonly place?: string;
}

/** A deal that nobody has signed yet, with all that was drawn for it: the same once more is the same number. */
export interface SplitDealParts {
  /** What both halves sign, in a compact envelope. */
  readonly Connection: SplitConnection;
  /** The device's entry, without what it is given. */
  readonly Device: CatalogedDevice;
  /** RespondDevice in JSON-B. */
  readonly Respond: Uint8Array;
  /** Known to the device, and to nobody else once it is connected. */
  readonly LinkRoot: Uint8Array;
}
export const SplitDealParts: Struct<SplitDealParts> = struct<SplitDealParts>("SplitDealParts", {
  Connection: SplitConnection,
  Device: CatalogedDevice,
  Respond: binary,
  LinkRoot: binary,
});

/** A deal as it is signed. */
export interface SplitDeal {
  readonly parts: SplitDealParts;
  readonly connection: SplitConnection;
  /** SHA-512 of its body. */
  readonly digest: Uint8Array;
  readonly linkRoot: Uint8Array;
  /** The device's entry, once it is signed. Errors: ERR_TOO_LARGE. */
  signed(enveloped: Enveloped<SplitConnection>): CatalogedDevice;
}

/** Most octets of what is sealed to a small device in a split: two more signed objects than in a deal of an administrator. */
const maxForDevice = 4096;

/** Errors: ERR_NAME, ERR_NOT_FOUND for an unknown place. */
export function dealBySplit(options: SplitDealOptions): SplitDeal {
  const { context, split, serial, offer } = options;
  const { ports, accountUdf, address, profile } = context;
  const { random } = ports;
  const { device, contribution } = offer;
  const hub = dealHub(offer.hub);
  const activation: ActivationDeal = {
    ActivationKey: newSeed(random, seedSpecifier.deviceActivation),
    LinkRoot: random.bytes(32),
    DealEpoch: contribution.DealEpoch + 1,
    Kd: deviceAuthenticator(offer.uri.key),
  };
  const claimMessageId = newNonce(random);
  const administrator = publicKeyOf(profile.AdministratorSignature25519);
  const administrators = [publicKeyOf(profile.AdministratorEncryption)];
  const deal = { accountUdf, address, profile: device.profile.value, contribution, hub, activation, administrator, claimMessageId, random };
  const { connection, connectionHub, hubPart, respond } = dealtParts(deal);
  const EnvelopedConnectionDevice = envelopeObject({ struct: ConnectionDevice, value: connection, random, compact: true });
  const EnvelopedConnectionHub = envelopeObject({ struct: ConnectionHub, value: connectionHub, random, compact: true });
  const EnvelopedActivationHub = envelopeObject({ struct: ActivationHub, value: hubPart, recipients: [hub.encryption], random });
  const EnvelopedActivationDeal = envelopeObject({ struct: ActivationDeal, value: activation, recipients: administrators, random });
  const Respond = encodeObjectB(RespondDevice, { ...respond, EnvelopedConnectionDevice, EnvelopedConnectionHub });
  const now = dateTime(ports.clock.now());
  const place = options.place === undefined ? undefined : findPlace(context, options.place);
  const spot = { udf: device.deviceUdf, place: place?.Key };
  const localName =
    options.localName === undefined
      ? automaticName(context, { wanted: [device.description.Class], kind: device.description.Class, ...spot })
      : checkDeviceName(context, options.localName, spot);
  const value: SplitConnection = {
    AccountUdf: accountUdf,
    SplitId: split.Id,
    Serial: serial,
    HubUdf: hub.udf,
    DeviceUdf: device.deviceUdf,
    Class: device.description.Class,
    DealEpoch: activation.DealEpoch,
    Time: now,
    ConnectionDigest: sha512(EnvelopedConnectionDevice.body),
    RespondDigest: sha512(Respond),
    HubDigest: sha512(EnvelopedActivationHub.body),
    DealDigest: sha512(EnvelopedActivationDeal.body),
  };
  const Device: CatalogedDevice = {
    DeviceUdf: device.deviceUdf,
    Updated: now,
    ...(localName === undefined ? {} : { LocalName: localName }),
    ...(place === undefined ? {} : { Place: place.Key }),
    EnvelopedProfileDevice: device.profile.envelope,
    EnvelopedConnectionDevice,
    Constrained: true,
    HubUdf: hub.udf,
    DealEpoch: activation.DealEpoch,
    EnvelopedActivationHub: [EnvelopedActivationHub],
    EnvelopedActivationDeal,
    SealedUri: sealEnvelope({ plaintext: utf8(options.code), recipients: administrators, random }),
    EnvelopedDevicePreconfigurationPublic: device.preconfiguration,
    EnvelopedDeviceContribution: offer.contributionEnvelope,
    ClaimMessageId: claimMessageId,
  };
  return dealOfParts({ Connection: value, Device, Respond, LinkRoot: activation.LinkRoot }, options);
}

/** A deal of what was kept of it. */
export function dealOfParts(
  parts: SplitDealParts,
  { context, envelopedSplit, offer }: Pick<SplitDealOptions, "context" | "envelopedSplit" | "offer">,
): SplitDeal {
  const { Connection: connection, Device, Respond, LinkRoot: linkRoot } = parts;
  const { random } = context.ports;
  return {
    parts,
    connection,
    digest: sha512(encodeObjectB(SplitConnection, connection)),
    linkRoot,
    signed: (EnvelopedSplitConnection) => ({
      ...Device,
      SealedRespondDevice: sealForDevice({
        context,
        tag: RespondDevice.tag,
        envelope: envelopeObject({
          struct: RespondSplit,
          value: { EnvelopedAdministratorSplit: envelopedSplit, EnvelopedSplitConnection, Respond },
          random,
          compact: true,
        }),
        to: publicKeyOf(offer.contribution.Link25519),
        deviceUdf: connection.DeviceUdf,
        hubUdf: connection.HubUdf,
        dealEpoch: connection.DealEpoch,
        limit: maxForDevice,
      }),
    }),
  };
}
