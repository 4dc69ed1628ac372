/**
 * Invitations to groups. One counts when a contact sent it, and when the group's administrator signed that this share of the group's key is this
 * account's: what somebody else was dealt, or what somebody made up for a group that is known, is closed. protocol-09 §8.4; docs/extensions.md §17.
 */
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { subtractPublic } from "../../crypto/index.ts";
import type { ActivationShare, ProfileUser, Verified } from "../../schema/index.ts";
import {
  accountAddress,
  GroupInvitation,
  GroupMembership,
  keyDataOf,
  keysAt,
  ProfileUser as ProfileUserStruct,
  privateKeyOf,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import { demandAccount } from "../contact/contact-book.ts";
import { learn } from "../contact/learn.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { KnownSender } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { AwaitingProfile } from "../message/awaiting-profile.ts";
import { closingMessage } from "../message/closed.ts";
import type { Mail } from "../message/mail.ts";
import { openMail } from "../message/mail.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import { signingOf } from "../message/signed-by.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import { keepShare } from "./own-share.ts";

/** Invitations that wait at once. */
const invitationsWaiting = 64;

/** An invitation that waits for the owner. */
export interface PendingInvitation {
  readonly messageId: string;
  readonly index: number;
  readonly envelopeId: string;
  readonly sender: KnownSender;
  /** Address of the group. */
  readonly group: string;
  readonly profile: Verified<ProfileUser>;
  readonly share: ActivationShare;
  readonly dealt: string;
  readonly received?: string;
}

type Offered = Pick<PendingInvitation, "group" | "profile" | "share" | "dealt">;

const readInvitation: Reader<Mail<GroupInvitation>> = (context, message) => openMail(context, GroupInvitation, message);

/** Invitations, oldest first. None on a device that cannot open the account's mail. */
export async function inspectInvitations(
  context: AccountContext,
): Promise<{ readonly pending: readonly PendingInvitation[]; readonly refused: readonly RefusedMessage[] }> {
  const refused: RefusedMessage[] = [];
  const pending: PendingInvitation[] = [];
  if (accountEncryptionKeys(context).length === 0) return { pending, refused };
  const inbound = await spoolView(context, "MMM_Inbound");
  const messages = await inbound.open(GroupInvitation.tag, readInvitation);
  if (messages.length === 0) return { pending, refused };
  const known = await newestSenders(context);
  const awaiting = new AwaitingProfile();
  for (const { index, envelopeId, reading } of messages) {
    const place = { index, envelopeId };
    if (reading.fault) {
      refused.push({ ...place, relationship: "Unreadable", reason: reading.fault.message });
      continue;
    }
    const { value, sender: address, received } = reading.value;
    const sender = known(address);
    const signing = sender && signingOf(reading.value, sender.profile);
    if (signing === "unknown") {
      const reason = awaiting.take(address, received, context.ports.clock.now());
      if (reason !== undefined) refused.push({ ...place, relationship: "Reject", reason });
      continue;
    }
    const offered = signing === "current" ? attempt(() => offeredIn(context, value)) : unknownSender(address);
    if (offered instanceof MeshError || !sender || pending.length >= invitationsWaiting) {
      const reason = offered instanceof MeshError ? offered.message : `${invitationsWaiting} invitations wait already`;
      refused.push({ ...place, relationship: "Reject", reason });
      continue;
    }
    pending.push({
      ...place,
      ...offered,
      messageId: value.MessageId,
      sender,
      ...(received === undefined ? {} : { received: dateTime(received) }),
    });
  }
  return { pending, refused };
}

function unknownSender(address: string): MeshError {
  return new MeshError("ERR_VERIFICATION", `an invitation in the name of ${address} is of no contact`);
}

function attempt<T>(task: () => T): T | MeshError {
  try {
    return task();
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return asMeshError(error);
  }
}

/** Errors: ERR_SCHEMA; ERR_VERIFICATION when the group did not deal this share to this account. */
function offeredIn(context: AccountContext, { Contact, EnvelopedMembership }: GroupInvitation): Offered {
  const place = Contact && Contact.unknown === undefined ? Contact.value.NetworkAddresses?.[0] : undefined;
  const capability = place?.Capabilities?.[0];
  if (!place?.EnvelopedProfileAccount || !capability || capability.unknown !== undefined || !EnvelopedMembership)
    throw new MeshError("ERR_SCHEMA", "GroupInvitation.Contact: expected a group with a share of its key");
  const profile = verifyProfile(ProfileUserStruct, place.EnvelopedProfileAccount);
  const group = accountAddress(profile.value.AccountAddress);
  if (group === context.address) throw verificationError("invitation");
  const { value: said } = verifyObject(GroupMembership, EnvelopedMembership, keysAt(profile.value, "AdministratorSignature", undefined));
  const { KeyData, ServiceId = "" } = capability.value;
  if (KeyData === undefined) throw new MeshError("ERR_SCHEMA", "GroupInvitation.Contact: expected a share of the group's key");
  const own = privateKeyOf({ ...KeyData, PublicParameters: undefined } as typeof KeyData);
  const isOurs =
    said.GroupUdf === profile.value.ProfileSignature.Udf &&
    said.MemberUdf === context.accountUdf &&
    said.ServiceId === ServiceId &&
    said.Key.Udf === profile.value.AccountEncryption.Udf &&
    said.Share.Udf === own.public.udf;
  if (!isOurs) throw verificationError("share of a group's key");
  demandAccount(context, { udf: said.GroupUdf, address: group });
  const whole = publicKeyOf(profile.value.AccountEncryption);
  const share: ActivationShare = {
    Resource: "AccountEncryption",
    KeyEpoch: 0,
    Key: keyDataOf(whole),
    ServiceId,
    Share: KeyData,
    Counterpart: keyDataOf(subtractPublic(whole, own.public)),
  };
  own.wipe();
  return { group, profile, share, dealt: said.Time };
}

/** Becomes a member: the share is kept and the message closed in one Transact. Errors: ERR_VERIFICATION; those of the service. */
export async function acceptInvitation(context: AccountContext, pending: PendingInvitation): Promise<void> {
  const { group, profile, share, dealt, messageId } = pending;
  await context.transact({
    catalogs: [learn(context, { profile, way: "FirstUse" }), keepShare({ address: group, profile: profile.envelope, share, dealt })],
    messages: [{ spool: "MMM_Inbound", envelope: closingMessage(context, messageId, "Accept") }],
  });
}

/** Refuses an invitation; nobody is told. */
export async function rejectInvitation(context: AccountContext, pending: PendingInvitation): Promise<void> {
  await closeRefused(context, "MMM_Inbound", [{ ...pending, relationship: "Reject", reason: "the owner refused" }]);
}
