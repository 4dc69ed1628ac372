/** Letting a device go: a new code for the next owner, carried to the device by its hub. extensions §4. */

import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { commitKey, deviceAuthenticator, encryptionUdf, formatConnectUri, hailKey, linkKey, publicationId } from "../../crypto/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../dare/index.ts";
import {
  type CatalogedDevice,
  CommittedDescription,
  type DeviceContribution,
  deviceCatalog,
  envelopeObject,
  ProfileDevice,
  publicKeyOf,
  ReleaseDevice,
  ReleaseHub,
  ResetDevice,
  verifyContribution,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { edit } from "../store/edit.ts";
import { sealForDevice } from "./deal.ts";
import { pinnedKey } from "./successor.ts";

/** The keys of a device's entry that an order to it needs. */
function addressee(entry: CatalogedDevice): {
  readonly profile: ProfileDevice;
  readonly contribution: DeviceContribution;
  readonly hubUdf: string;
  readonly dealEpoch: number;
} {
  if (!entry.EnvelopedDeviceContribution || entry.HubUdf === undefined || entry.DealEpoch === undefined) {
    throw new MeshError("ERR_NOT_FOUND", `${entry.LocalName ?? entry.DeviceUdf} is not connected through a hub`, {
      hint: "connect a hub first; the order has to be carried to the device",
    });
  }
  const profile = verifyProfile(ProfileDevice, entry.EnvelopedProfileDevice, entry.DeviceUdf).value;
  const contribution = verifyContribution(entry.EnvelopedDeviceContribution, profile).value;
  return { profile, contribution, hubUdf: entry.HubUdf, dealEpoch: entry.DealEpoch };
}

/**
 * Orders a device to forget this owner, under a new code that is printed for the buyer. It is done when the hub has delivered it.
 * @returns the URI of the new code
 * Errors: ERR_NOT_FOUND when the device has no hub, ERR_NOT_AUTHORIZED.
 */
export async function releaseDevice(context: AccountContext, deviceUdf: string): Promise<string> {
  const administrator = administratorOf(context);
  const { random, clock } = context.ports;
  const entry = context.get(deviceCatalog, deviceUdf);
  if (!entry?.EnvelopedDevicePreconfigurationPublic) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf} that came with a code`);
  const { profile, contribution, hubUdf, dealEpoch } = addressee(entry);
  const salt = random.bytes(32);
  const key = commitKey(salt, publicKeyOf(profile.ProfileSignature));
  const description: CommittedDescription = {
    CommitSalt: salt,
    EnvelopedDevicePreconfigurationPublic: entry.EnvelopedDevicePreconfigurationPublic,
    ReleasedBy: context.address,
  };
  const release: ReleaseDevice = {
    DeviceUdf: deviceUdf,
    DealEpoch: dealEpoch,
    PublicationId: publicationId(key),
    KHail: hailKey(key),
    KLink: linkKey(key),
    Kd: deviceAuthenticator(key),
    SealedDescription: encodeEnvelope(sealEnvelope({ plaintext: encodeObject(CommittedDescription, description), symmetricKey: key, random })),
  };
  const sealed = sealForDevice({
    context,
    tag: ReleaseDevice.tag,
    envelope: envelopeObject({ struct: ReleaseDevice, value: release, signers: [obeyedKey(context, entry)], random, compact: true }),
    to: publicKeyOf(contribution.Link25519),
    deviceUdf,
    hubUdf,
    dealEpoch,
    limit: 8192,
  });
  const hub = context.directory.find(hubUdf);
  if (!hub)
    throw new MeshError("ERR_NOT_FOUND", `the hub ${hubUdf} is not in the account`, { hint: "connect a hub first; the order has to be carried" });
  const { PublicationId, KHail, KLink } = release;
  const forHub = envelopeObject({
    struct: ReleaseHub,
    value: { DeviceUdf: deviceUdf, DealEpoch: dealEpoch, PublicationId, KHail, KLink },
    signers: [administrator.signature],
    recipients: [publicKeyOf(hub.connection.Encryption)],
    random,
  });
  const uri = formatConnectUri({ account: context.address, code: encryptionUdf(key) });
  const sealedUri = sealEnvelope({ plaintext: utf8(uri), recipients: [administrator.encryption.public], random });
  await context.transact({
    catalogs: [
      edit(
        deviceCatalog,
        deviceUdf,
        (now) => now && { ...now, Updated: dateTime(clock.now()), SealedUri: sealedUri, SealedReleaseDevice: sealed, EnvelopedReleaseHub: forHub },
      ),
    ],
  });
  return uri;
}

/** The owner's order to forget the account but keep the lock, for a hub to carry. Errors: ERR_NOT_FOUND, ERR_NOT_AUTHORIZED. */
export function resetOrder(context: AccountContext, deviceUdf: string): Uint8Array {
  administratorOf(context);
  const entry = context.get(deviceCatalog, deviceUdf);
  if (!entry) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`);
  const { contribution, hubUdf, dealEpoch } = addressee(entry);
  const { random } = context.ports;
  const order: ResetDevice = { DeviceUdf: deviceUdf, DealEpoch: dealEpoch, Nonce: random.bytes(16) };
  return sealForDevice({
    context,
    tag: ResetDevice.tag,
    envelope: envelopeObject({ struct: ResetDevice, value: order, signers: [obeyedKey(context, entry)], random, compact: true }),
    to: publicKeyOf(contribution.Link25519),
    deviceUdf,
    hubUdf,
    dealEpoch,
  });
}

/** A device that has not met its new deal goes by the administrators' key of before. */
function obeyedKey(context: AccountContext, entry: CatalogedDevice): PrivateKey {
  return pinnedKey(context, entry) ?? administratorOf(context).signature25519;
}
