/** The administration device's side of connecting full-size devices: who asks, accept, reject. protocol-09 §9.1. */

import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { connectionWitness, envelopeId, pinAnswer, responseId } from "../../crypto/index.ts";
import type { CatalogLabel, ProfileDevice, Role, Verified } from "../../schema/index.ts";
import {
  AcknowledgeConnection,
  accessCatalog,
  type CatalogedAccess,
  type CatalogedDevice,
  ConnectionDevice,
  checkRoleSet,
  deviceCatalog,
  isCatalog,
  isRole,
  ProfileDevice as ProfileDeviceStruct,
  peekObject,
  powerCatalog,
  publicKeyOf,
  RequestConnection,
  RespondConnection,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf, authorityOf } from "../context/administrator.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { delegationWrites } from "../device/delegation.ts";
import { closingMessage } from "../message/closed.ts";
import { issuedPins, judgePin, type KnownPin, pinsElsewhere } from "../message/issued-pin.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { automaticName, checkDeviceName } from "../naming/check.ts";
import { withdrawnPowers } from "../power/withdraw.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, put, remove } from "../store/edit.ts";
import { removalHeads } from "../store/entry.ts";
import { activateDevice } from "./activate.ts";
import { requireSeedFor } from "./grant.ts";

/** What the PIN of a request allows. */
export interface PinGrant {
  readonly pinMessageId: string;
  /** Secret. */
  readonly saltedPin: string;
  readonly roles: readonly Role[];
  readonly sharedStores?: readonly CatalogLabel[];
  readonly localName?: string;
}

/** A device that is to be connected. */
export interface Joining {
  /** Witness, which both sides show; also the MessageId. */
  readonly witness: string;
  readonly deviceUdf: string;
  readonly profile: Verified<ProfileDevice>;
  readonly localName?: string;
  /** Its entry when the request was looked at: another administrator may connect it meanwhile. */
  readonly before: CatalogedDevice | undefined;
  /** How often the device was removed by then: a removal that comes after the look counts. */
  readonly removals: number;
  /** Present when the request proves a PIN that is open; a bad PIN is an error of the request. */
  readonly grant?: PinGrant;
  /** Why the PIN that came along does not count. */
  readonly pinError?: MeshError;
}

/** A device that asks to be connected. */
export interface PendingConnection extends Joining {
  /** Where its request stands in MMM_Inbound. */
  readonly index: number;
  readonly envelopeId: string;
}

/** A request without a PIN is closed when nobody has answered it for so long: whoever asks again asks anew. */
export const requestAgeMs = 7 * 86_400_000;

interface CheckedRequest {
  readonly received: number | undefined;
  readonly acknowledge: AcknowledgeConnection;
  readonly request: RequestConnection;
  readonly profile: Verified<ProfileDevice>;
}

/** Checks an acknowledgement: profile, signature, witness. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY. */
const readRequest: Reader<CheckedRequest> = (context, { envelope, envelopeId: id, received }) => {
  const acknowledge = peekObject(AcknowledgeConnection, envelope);
  const unverified = peekObject(RequestConnection, acknowledge.EnvelopedRequestConnection);
  const profile = verifyProfile(ProfileDeviceStruct, unverified.AuthenticatedData);
  const request = verifyObject(RequestConnection, acknowledge.EnvelopedRequestConnection, [publicKeyOf(profile.value.Signature)]).value;
  const witness = connectionWitness({
    accountKey: publicKeyOf(context.profile.ProfileSignature),
    deviceKey: publicKeyOf(profile.value.ProfileSignature),
    serverNonce: acknowledge.ServerNonce,
    clientNonce: request.ClientNonce,
  });
  const agrees =
    acknowledge.Witness === witness && acknowledge.MessageId === witness && envelopeId(witness) === id && request.AccountAddress === context.address;
  if (!agrees) throw verificationError("the connection request");
  return { received, acknowledge, request, profile };
};

/**
 * The role `super` is given with the seed, which its issuer need not have: a PIN for it counts on the machine alone that issued it and has the seed, and
 * whoever comes with one waits for that, or for a person.
 */
function grantOf(context: AccountContext, judged: KnownPin | MeshError | undefined): Pick<PendingConnection, "grant" | "pinError"> {
  if (judged === undefined) return {};
  if (judged instanceof MeshError) return { pinError: judged };
  const isToWait = judged.issuer !== context.deviceUdf || context.keys.accountSeed === undefined;
  if (judged.Roles?.includes("super") && isToWait) return {};
  const grant: PinGrant = {
    pinMessageId: judged.MessageId,
    saltedPin: judged.SaltedPin,
    roles: (judged.Roles ?? []).filter(isRole),
    ...(judged.SharedStores ? { sharedStores: judged.SharedStores.filter(isCatalog) } : {}),
    ...(judged.LocalName === undefined ? {} : { localName: judged.LocalName }),
  };
  return { grant };
}

/** What waits in the account's Inbound to be connected, and what only has to be closed. */
export async function inspectConnections(
  context: AccountContext,
): Promise<{ readonly pending: readonly PendingConnection[]; readonly refused: readonly RefusedMessage[] }> {
  const inbound = await spoolView(context, "MMM_Inbound");
  const messages = await inbound.open(AcknowledgeConnection.tag, readRequest);
  const pending: PendingConnection[] = [];
  const refused: RefusedMessage[] = [];
  if (messages.length === 0) return { pending, refused };
  const local = await spoolView(context, "MMM_Local");
  const pins = await issuedPins(local);
  const elsewhere = await pinsElsewhere(context, local);
  for (const { index, envelopeId: id, reading } of messages) {
    if (reading.fault) {
      refused.push({ index, envelopeId: id, relationship: "Unreadable", reason: reading.fault.message });
      continue;
    }
    const { received, acknowledge, request, profile } = reading.value;
    const isElsewhere = request.PinId !== undefined && elsewhere.has(envelopeId(request.PinId));
    const judged = isElsewhere ? undefined : judgePin(request, { context, action: "Device", pins, closed: local.closed });
    const connection: PendingConnection = {
      witness: acknowledge.Witness,
      index,
      envelopeId: id,
      deviceUdf: profile.value.ProfileSignature.Udf,
      profile,
      before: context.get(deviceCatalog, profile.value.ProfileSignature.Udf),
      removals: removalsOf(context, profile.value.ProfileSignature.Udf),
      ...(request.LocalName === undefined ? {} : { localName: request.LocalName }),
      ...grantOf(context, judged),
    };
    if (await isBeforeRemoval(context, connection)) {
      refused.push(refusal(context, connection, { relationship: "Reject", reason: "the device was removed after it had asked to be connected" }));
      continue;
    }
    const isOld = judged === undefined && received !== undefined && context.ports.clock.now() - received > requestAgeMs;
    if (isOld) refused.push(refusal(context, connection, { relationship: "Expired", reason: "nobody answered a request to connect for a week" }));
    else pending.push(connection);
  }
  return { pending, refused };
}

/** How often a device was removed. */
export function removalsOf(context: AccountContext, deviceUdf: string): number {
  return context.removals(deviceCatalog.label).filter(({ key }) => key === deviceUdf).length;
}

/**
 * True for a request of a device that was removed since: it stands up to the head of Inbound that the removal states. Where the copy does not lead to
 * that head, places tell nothing, and no request with the keys of before counts.
 */
async function isBeforeRemoval(context: AccountContext, { deviceUdf, index }: Pick<PendingConnection, "deviceUdf" | "index">): Promise<boolean> {
  const removal = context.removals(deviceCatalog.label).findLast(({ key }) => key === deviceUdf);
  if (!removal) return false;
  const head = removalHeads(removal.removal).find(({ Store }) => Store === "MMM_Inbound");
  return !head || index <= head.Index || (await context.leadsTo("MMM_Inbound", head)) !== true;
}

/** Every open request in the account's Inbound that can be read. */
export async function pendingConnections(context: AccountContext): Promise<readonly PendingConnection[]> {
  return (await inspectConnections(context)).pending;
}

/**
 * True when another administrator has answered a request meanwhile. Whoever lets a device in uses up its PIN and closes the request at once, but
 * copies come one after the other: the PIN may be seen as used before its request is seen as closed. Errors: those of the service.
 */
export async function wasClosed(context: AccountContext, { witness }: PendingConnection): Promise<boolean> {
  await context.sync({ stores: ["MMM_Inbound"] });
  return (await spoolView(context, "MMM_Inbound")).closed.has(witness);
}

/**
 * Connects a device: entry, rights, answer and closing marks in one Transact. A name that its PIN or it itself asks for and that may not be given
 * becomes a default one; `localName` is the owner's own word, and is refused instead.
 * Errors: ERR_NAME, ERR_NOT_AUTHORIZED (also for the role super without the seed), ERR_EXISTS when another administrator was faster, ERR_REJECTED when one has removed the device meanwhile, and those
 * of the service.
 */
export async function acceptConnection(
  context: AccountContext,
  pending: Joining,
  options: { readonly roles: readonly Role[]; readonly localName?: string; readonly sharedStores?: readonly CatalogLabel[] },
): Promise<CatalogedDevice> {
  const { ports } = context;
  const administrator = administratorOf(context);
  const localName =
    options.localName === undefined
      ? automaticName(context, { wanted: [pending.grant?.localName, pending.localName], kind: "machine", udf: pending.deviceUdf })
      : checkDeviceName(context, options.localName, { udf: pending.deviceUdf });
  checkRoleSet(options.roles);
  requireSeedFor(context, options.roles);
  const sharedStores = options.sharedStores ?? pending.grant?.sharedStores;
  const { device, access, powers } = activateDevice({
    authority: authorityOf(context),
    profile: pending.profile.value,
    profileEnvelope: pending.profile.envelope,
    roles: options.roles,
    ...(sharedStores === undefined ? {} : { sharedStores }),
    ...(localName === undefined ? {} : { localName }),
    ports,
  });
  const respond: RespondConnection = {
    MessageId: responseId(pending.witness),
    Result: "Accept",
    CatalogedDevice: device,
    EnvelopedProfileUser: context.profileEnvelope,
    Heads: context.heads(),
    ...(pending.grant
      ? {
          PinAnswer: pinAnswer({
            salted: pending.grant.saltedPin,
            accountUdf: context.accountUdf,
            deviceUdf: device.DeviceUdf,
            witness: pending.witness,
          }),
        }
      : {}),
  };
  await context.transact({
    catalogs: [
      edit(deviceCatalog, device.DeviceUdf, (current) => {
        if (removalsOf(context, device.DeviceUdf) > pending.removals) throw removedMeanwhile(device.DeviceUdf);
        // The device has taken the first answer: the keys of a second one it does not hold.
        if (!isSameConnection(current, pending.before)) throw connectedMeanwhile(device.DeviceUdf);
        return device;
      }),
      ...formerAccess(context, device.DeviceUdf),
      put(accessCatalog, access),
      ...delegationWrites(context, { with: { udf: device.DeviceUdf, connection: peekObject(ConnectionDevice, device.EnvelopedConnectionDevice) } }),
      ...powers.map((power) => put(powerCatalog, power)),
    ],
    messages: [
      {
        spool: "MMM_Local",
        envelope: messageEnvelope({
          struct: RespondConnection,
          value: respond,
          signer: administrator.signature,
          recipients: [publicKeyOf(pending.profile.value.Encryption)],
          readers: pending.profile.value.Link.map(({ Udf }) => Udf),
          ports,
        }),
      },
      { spool: "MMM_Inbound", envelope: closingMessage(context, pending.witness, "Accept") },
      ...(pending.grant ? [{ spool: "MMM_Local" as const, envelope: closingMessage(context, pending.grant.pinMessageId) }] : []),
    ],
  });
  return device;
}

function connectedMeanwhile(deviceUdf: string): MeshError {
  return new MeshError("ERR_EXISTS", `another administrator has connected ${deviceUdf} meanwhile`, { hint: "see 'meshman device list'" });
}

function removedMeanwhile(deviceUdf: string): MeshError {
  return new MeshError("ERR_REJECTED", `another administrator has removed ${deviceUdf} after it had asked to be connected`, {
    hint: "it was not let in; if it is to come back, have it ask once more",
  });
}

function isSameConnection(one: CatalogedDevice | undefined, other: CatalogedDevice | undefined): boolean {
  if (!one || !other) return one === other;
  return equalBytes(one.EnvelopedConnectionDevice.body, other.EnvelopedConnectionDevice.body);
}

/** Rights of a connection of the same device that is over. */
function formerAccess(context: AccountContext, deviceUdf: string): readonly CatalogWrite[] {
  const isFormer = ({ Capability }: CatalogedAccess): boolean => Capability.value.DeviceUdf === deviceUdf && Capability.value.Active;
  return context.list(accessCatalog).flatMap(({ key, value }) => {
    if (!isFormer(value)) return [];
    return [remove(accessCatalog, key), ...value.Capability.value.LinkUdf.flatMap((link) => withdrawnPowers(context, link))];
  });
}

/** Refuses a device; one whose PIN does not count is told why. It is closed even when it cannot be answered. */
export async function rejectConnection(context: AccountContext, pending: PendingConnection): Promise<void> {
  const reason = pending.pinError?.message ?? "the owner refused";
  await closeRefused(context, "MMM_Inbound", [refusal(context, pending, { relationship: "Reject", reason })]);
}

/** A request that is to be closed, with the answer to its device. */
function refusal(
  context: AccountContext,
  pending: PendingConnection,
  { relationship, reason }: { readonly relationship: "Reject" | "Expired"; readonly reason: string },
): RefusedMessage {
  const { witness, index, envelopeId: id, pinError } = pending;
  const { Encryption, Link } = pending.profile.value;
  const answer = (): OutgoingMessage => ({
    spool: "MMM_Local",
    envelope: messageEnvelope({
      struct: RespondConnection,
      value: { MessageId: responseId(witness), Result: relationship, ...(pinError === undefined ? {} : { ErrorCode: pinError.code }) },
      signer: administratorOf(context).signature,
      recipients: [publicKeyOf(Encryption)],
      readers: Link.map(({ Udf }) => Udf),
      ports: context.ports,
    }),
  });
  return { index, envelopeId: id, messageId: witness, relationship, reason, answer };
}
