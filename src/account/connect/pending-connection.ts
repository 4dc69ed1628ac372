/** The administration device's side of connecting full-size devices: who asks, accept, reject. protocol-09 §9.1. */

import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { connectionWitness, pinAnswer, pinWitness, responseId } from "../../crypto/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { Enveloped, ProfileDevice, Role, Verified } from "../../schema/index.ts";
import {
  AcknowledgeConnection,
  accessCatalog,
  type CatalogedDevice,
  deviceCatalog,
  isRole,
  MessagePin,
  openObject,
  ProfileDevice as ProfileDeviceStruct,
  peekObject,
  publicKeyOf,
  RequestConnection,
  RespondConnection,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf, authorityOf } from "../context/administrator.ts";
import { closedMessages, closingMessage, openMessages } from "../message/closed.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { senderOf } from "../message/sender.ts";
import { put } from "../store/edit.ts";
import { activateDevice } from "./activate.ts";

/** What the PIN of a request allows. */
export interface PinGrant {
  readonly pinMessageId: string;
  /** Secret. */
  readonly saltedPin: string;
  readonly roles: readonly Role[];
  readonly localName?: string;
}

/** A device that asks to be connected. */
export interface PendingConnection {
  /** Witness, which both sides show; also the MessageId. */
  readonly witness: string;
  readonly deviceUdf: string;
  readonly profile: Verified<ProfileDevice>;
  readonly localName?: string;
  /** Present when the request proves a PIN that is open; a bad PIN is an error of the request. */
  readonly grant?: PinGrant;
  /** Why the PIN that came along does not count. */
  readonly pinError?: MeshError;
}

/** Checks an acknowledgement: profile, signature, witness. Errors: ERR_VERIFICATION, ERR_SCHEMA. */
function checkRequest(
  context: AccountContext,
  envelope: Enveloped<AcknowledgeConnection>,
): { acknowledge: AcknowledgeConnection; request: RequestConnection; profile: Verified<ProfileDevice> } {
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
  if (acknowledge.Witness !== witness || acknowledge.MessageId !== witness || request.AccountAddress !== context.address) {
    throw verificationError("the connection request");
  }
  return { acknowledge, request, profile };
}

/** The PINs that were issued, by PinId. */
async function issuedPins(context: AccountContext): Promise<ReadonlyMap<string, MessagePin>> {
  const { encryption } = administratorOf(context);
  const pins = new Map<string, MessagePin>();
  for (const { envelope, messageType } of await context.messages("MMM_Local")) {
    if (messageType !== MessagePin.tag || !senderOf(context, envelope)?.connection.Roles.includes("admin")) continue;
    const pin = openObject(MessagePin, envelope, [encryption]);
    pins.set(pin.MessageId, pin);
  }
  return pins;
}

function grantOf(options: {
  readonly context: AccountContext;
  readonly request: RequestConnection;
  readonly pins: ReadonlyMap<string, MessagePin>;
  readonly closed: ReadonlyMap<string, string>;
}): PinGrant | MeshError | undefined {
  const { context, request, pins, closed } = options;
  if (request.PinId === undefined || !request.PinWitness) return undefined;
  const pin = pins.get(request.PinId);
  if (pin?.Action !== "Device") return new MeshError("ERR_PIN_INVALID", "the PIN is not one that was issued");
  const expected = pinWitness({
    salted: pin.SaltedPin,
    account: context.address,
    clientNonce: request.ClientNonce,
    payloadDigest: eitherMember(request.AuthenticatedData, "PayloadDigest") ?? new Uint8Array(),
  });
  if (!equalBytes(expected, request.PinWitness)) return new MeshError("ERR_PIN_INVALID", "the PIN is not one that was issued");
  if (closed.has(pin.MessageId)) return new MeshError("ERR_PIN_USED", "the PIN was used before");
  if (!(fromDateTime(pin.Expires) > context.ports.clock.now())) return new MeshError("ERR_PIN_EXPIRED", `the PIN expired at ${pin.Expires}`);
  return {
    pinMessageId: pin.MessageId,
    saltedPin: pin.SaltedPin,
    roles: (pin.Roles ?? []).filter(isRole),
    ...(pin.LocalName === undefined ? {} : { localName: pin.LocalName }),
  };
}

/** Every open request in the account's Inbound. Requests that do not verify are logged and left out. */
export async function pendingConnections(context: AccountContext): Promise<readonly PendingConnection[]> {
  const { messages, closed } = await openMessages(context, "MMM_Inbound", AcknowledgeConnection.tag);
  if (messages.length === 0) return [];
  const closedPins = await closedMessages(context, "MMM_Local");
  const pins = await issuedPins(context);
  const found: PendingConnection[] = [];
  for (const { envelope, index } of messages) {
    try {
      const { acknowledge, request, profile } = checkRequest(context, envelope);
      if (closed.has(acknowledge.MessageId)) continue;
      const grant = grantOf({ context, request, pins, closed: closedPins });
      found.push({
        witness: acknowledge.Witness,
        deviceUdf: profile.value.ProfileSignature.Udf,
        profile,
        ...(request.LocalName === undefined ? {} : { localName: request.LocalName.slice(0, 64) }),
        ...(grant === undefined ? {} : grant instanceof MeshError ? { pinError: grant } : { grant }),
      });
    } catch (error) {
      if (!isMeshError(error)) throw error;
      context.ports.log.warn("connection.request.refused", { index, reason: error.message });
    }
  }
  return found;
}

/** Connects a device: entry, rights, answer and closing marks in one Transact. Errors: ERR_NOT_AUTHORIZED, and those of the service. */
export async function acceptConnection(
  context: AccountContext,
  pending: PendingConnection,
  options: { readonly roles: readonly Role[]; readonly localName?: string },
): Promise<CatalogedDevice> {
  const { ports } = context;
  const administrator = administratorOf(context);
  const localName = options.localName ?? pending.grant?.localName ?? pending.localName;
  const { device, access } = activateDevice({
    authority: authorityOf(context),
    profile: pending.profile.value,
    profileEnvelope: pending.profile.envelope,
    roles: options.roles,
    version: 1,
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
    catalogs: [put(deviceCatalog, device), put(accessCatalog, access)],
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

/** Refuses a device; one whose PIN does not count is told why. */
export async function rejectConnection(context: AccountContext, pending: PendingConnection): Promise<void> {
  const administrator = administratorOf(context);
  await context.transact({
    messages: [
      {
        spool: "MMM_Local",
        envelope: messageEnvelope({
          struct: RespondConnection,
          value: {
            MessageId: responseId(pending.witness),
            Result: "Reject",
            ...(pending.pinError === undefined ? {} : { ErrorCode: pending.pinError.code }),
          },
          signer: administrator.signature,
          recipients: [publicKeyOf(pending.profile.value.Encryption)],
          readers: pending.profile.value.Link.map(({ Udf }) => Udf),
          ports: context.ports,
        }),
      },
      { spool: "MMM_Inbound", envelope: closingMessage(context, pending.witness, "Reject") },
    ],
  });
}

/** Accepts every open request whose PIN is good. @returns the devices connected */
export async function acceptByPin(context: AccountContext): Promise<readonly CatalogedDevice[]> {
  const connected: CatalogedDevice[] = [];
  const used = new Set<string>();
  for (const pending of await pendingConnections(context)) {
    if (pending.pinError) {
      context.ports.log.warn("connection.pin.refused", { device: pending.deviceUdf, code: pending.pinError.code });
      await rejectConnection(context, pending);
    } else if (pending.grant && !used.has(pending.grant.pinMessageId)) {
      used.add(pending.grant.pinMessageId);
      connected.push(await acceptConnection(context, pending, { roles: pending.grant.roles }));
    }
  }
  return connected;
}
