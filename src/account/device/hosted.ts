/**
 * Devices that speak another protocol and live behind a bridge of a hub: the hub makes their profiles and holds their seeds, so there is no code to
 * compare, and no window lets one in: each waits for a person. What the account says of one is signed as of any device. extensions §19
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { responseId } from "../../crypto/index.ts";
import type { DeviceDescription, Enveloped, ProfileDevice as Profile } from "../../schema/index.ts";
import {
  type CatalogedDevice,
  ConnectionDevice,
  DevicePreconfigurationPublic,
  deviceCatalog,
  envelopeObject,
  hostedRole,
  OfferHosted,
  ownDescription,
  ProfileDevice,
  peekObject,
  type RespondOffer,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { closingMessage } from "../message/closed.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { automaticName, checkDeviceName } from "../naming/check.ts";
import { findPlace } from "../place/place.ts";
import { edit } from "../store/edit.ts";
import { OfferInbox, type Pending, respondEnvelope } from "./offer-inbox.ts";

/** Characters of what a hub calls a bridge, and of what a bridge calls a device. */
const mostBridge = 64;
const mostForeignId = 128;

/** A device as its hub has made it. */
export interface HostedDevice {
  readonly deviceUdf: string;
  readonly profile: Enveloped<Profile>;
  readonly description: DeviceDescription;
}

/** What was found in an offer. */
interface CheckedHosted {
  /** First two groups of its fingerprint: what people type. */
  readonly code: string;
  readonly device: HostedDevice;
}

/** An offer of a hosted device that was checked. */
export type PendingHosted = Pending<OfferHosted, CheckedHosted>;

/** Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY; ERR_TOO_LARGE for names beyond their bounds. */
function checkHosted(_context: AccountContext, { EnvelopedDevicePreconfigurationPublic: enveloped, Bridge, ForeignId }: OfferHosted): CheckedHosted {
  if (Bridge.length === 0 || Bridge.length > mostBridge || ForeignId.length === 0 || ForeignId.length > mostForeignId)
    throw new MeshError("ERR_TOO_LARGE", `a bridge has a name of 1 to ${mostBridge} characters, and its devices of 1 to ${mostForeignId}`);
  const { EnvelopedProfileDevice: profile } = peekObject(DevicePreconfigurationPublic, enveloped);
  const deviceUdf = verifyProfile(ProfileDevice, profile).value.ProfileSignature.Udf;
  const description = ownDescription({ DeviceUdf: deviceUdf, EnvelopedDevicePreconfigurationPublic: enveloped, EnvelopedProfileDevice: profile });
  if (!description) throw verificationError("the description");
  // It has no key of its own to judge with: its hub would judge in its name.
  if (description.Judges === true) throw new MeshError("ERR_SCHEMA", "a device behind a bridge judges no orders");
  return { code: deviceUdf.split("-").slice(0, 2).join("-"), device: { deviceUdf, profile, description } };
}

/** A hub makes the keys of what it hosts: it must not offer what the account knows as something else. */
function clashOf(context: AccountContext, hub: DirectoryEntry, checked: CheckedHosted): Pick<RefusedMessage, "relationship" | "reason"> | undefined {
  const known = context.get(deviceCatalog, checked.device.deviceUdf);
  if (!known || (known.Hosted !== undefined && known.HubUdf === hub.udf)) return undefined;
  return { relationship: "Reject", reason: "a device of this fingerprint is in the account already, and is not hosted by this hub" };
}

const inbox = new OfferInbox<OfferHosted, CheckedHosted>({ struct: OfferHosted, check: checkHosted, clash: clashOf });

/** The offers of devices behind bridges. */
export const inspectHosted = (context: AccountContext): ReturnType<typeof inbox.inspect> => inbox.inspect(context);

/** Every open offer of a hosted device, newest last. */
export async function pendingHosted(context: AccountContext): Promise<readonly PendingHosted[]> {
  return (await inspectHosted(context)).pending;
}

/**
 * Takes a hosted device into the account, or its new description: entry, answer and closing mark in one Transact.
 * Errors: ERR_NAME, ERR_NOT_FOUND for an unknown place, ERR_CONFLICT, ERR_SERVICE_UNREACHABLE.
 */
export async function acceptHosted(
  context: AccountContext,
  pending: PendingHosted,
  names: { readonly localName?: string; readonly place?: string } = {},
): Promise<CatalogedDevice> {
  const { device, offer, hub, messageId } = pending;
  const { deviceUdf, description } = device;
  const place = names.place === undefined ? undefined : findPlace(context, names.place);
  const respond: RespondOffer = { MessageId: responseId(messageId), Result: "Accept", DeviceUdf: deviceUdf };
  const entry = (current: CatalogedDevice | undefined): CatalogedDevice => {
    const now = dateTime(context.ports.clock.now());
    const spot = { udf: deviceUdf, place: place?.Key ?? current?.Place };
    const localName =
      names.localName === undefined
        ? automaticName(context, { wanted: [current?.LocalName, offer.LocalName], kind: description.Class, ...spot })
        : checkDeviceName(context, names.localName, spot);
    return {
      DeviceUdf: deviceUdf,
      Updated: now,
      ...(localName === undefined ? {} : { LocalName: localName }),
      ...(current?.LocalNames ? { LocalNames: current.LocalNames } : {}),
      ...(spot.place === undefined ? {} : { Place: spot.place }),
      Labels: [description.Class],
      EnvelopedProfileDevice: device.profile,
      EnvelopedDevicePreconfigurationPublic: offer.EnvelopedDevicePreconfigurationPublic,
      EnvelopedConnectionDevice: hostedConnection(context, device.profile),
      HubUdf: hub.udf,
      Hosted: { Bridge: offer.Bridge, ForeignId: offer.ForeignId },
      Connected: current?.Connected ?? now,
    };
  };
  await context.transact({
    catalogs: [edit(deviceCatalog, deviceUdf, entry)],
    messages: [
      { spool: "MMM_Command", envelope: respondEnvelope(context, hub, respond) },
      { spool: "MMM_Inbound", envelope: closingMessage(context, messageId, "Accept") },
    ],
  });
  const connected = context.get(deviceCatalog, deviceUdf);
  if (!connected) throw new MeshError("ERR_INTERNAL", `the entry of ${deviceUdf} is missing after it was written`);
  return connected;
}

/** The connection of a hosted device, under the keys that its hub made, with the role that says so. */
function hostedConnection(context: AccountContext, enveloped: Enveloped<Profile>): Enveloped<ConnectionDevice> {
  const { ProfileSignature, Authentication, Signature, Encryption, Link } = verifyProfile(ProfileDevice, enveloped).value;
  const value: ConnectionDevice = {
    Subject: ProfileSignature.Udf,
    Authority: context.accountUdf,
    Roles: [hostedRole],
    Authentication,
    Signature,
    Encryption,
    Link,
  };
  const { random } = context.ports;
  return envelopeObject({ struct: ConnectionDevice, value, signers: [administratorOf(context).signature25519], random, compact: true });
}

/** Signs anew what administrators of before have signed. Errors: those of the service. @returns the devices signed anew */
export async function resignHosted(context: AccountContext): Promise<readonly string[]> {
  const { udf } = administratorOf(context).signature25519.public;
  const former = context.list(deviceCatalog).filter(({ key, value }) => {
    const signedBy = context.directory.find(key)?.signedBy;
    return value.Hosted !== undefined && signedBy !== undefined && signedBy !== udf;
  });
  for (let at = 0; at < former.length; at += atOnce) {
    const some = former.slice(at, at + atOnce);
    await context.transact({
      catalogs: some.map(({ key }) =>
        edit(deviceCatalog, key, (now) => now && { ...now, EnvelopedConnectionDevice: hostedConnection(context, now.EnvelopedProfileDevice) }),
      ),
    });
  }
  return former.map(({ key }) => key);
}

/** Devices in one Transact. */
const atOnce = 12;
