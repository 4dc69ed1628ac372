/** Bringing a member his share: as a GroupInvitation from the administrator's account, or at once when the member is the administrator. protocol-09 §7.11. */
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { envelopeId, newNonce } from "../../crypto/index.ts";
import type { ProfileUser } from "../../schema/index.ts";
import { CapabilityDecryptPartial, ContactGroup, GroupInvitation, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import { admit } from "../contact/inbound-grant.ts";
import { sendTo } from "../contact/send-to.ts";
import { senderBook } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import { outgoingMail } from "../message/mail.ts";
import { refusalIn } from "../message/taken.ts";
import { dealAdministrators } from "./administrators.ts";
import { noteGroup } from "./create-group.ts";
import { inGroup } from "./group-directory.ts";
import { members, renewGroupKey } from "./group-key.ts";
import type { DealtMembership } from "./members.ts";
import { dealMembership, memberOf, noteSent, removeMember } from "./members.ts";
import { keepShare } from "./own-share.ts";

/** What came of adding a member. */
export interface AddedMember {
  readonly address: string;
  readonly udf: string;
  /** "refused": his service did not take the invitation; he is a member without a share. */
  readonly outcome: "member" | "invited" | "refused";
  readonly errorCode?: string;
}

/**
 * Adds a contact of the administrator, or the administrator, to a group. After a crash it is done again: the share is dealt anew.
 * Errors: ERR_NOT_FOUND for who is no contact; those of dealMembership and the services.
 */
export async function addMember(own: AccountContext, groupAddress: string, address: string): Promise<AddedMember> {
  const profile = profileOf(own, address);
  return inGroup(own, groupAddress, (group) => bring(own, group, { profile, address }));
}

/** What came of a renewal. */
export interface RenewedGroup {
  /** Fingerprint of the new key. */
  readonly key: string;
  readonly members: readonly AddedMember[];
}

/**
 * Renews a group's key: what is encrypted to it from now on opens with shares of the new key alone, of which each member gets his; what was encrypted
 * before opens with the shares that they have. After a crash it is done again.
 * Errors: those of renewGroupKey and the services. A member whose share could not be brought stands in the result.
 */
export async function renewGroup(own: AccountContext, groupAddress: string): Promise<RenewedGroup> {
  const renewed = await inGroup(own, groupAddress, async (group) => {
    const { udf: key } = await renewGroupKey(group);
    await dealAdministrators(group);
    const brought: AddedMember[] = [];
    for (const { ContactAddress: address = "", AccountUdf: udf = "" } of members(group)) {
      try {
        brought.push(await bring(own, group, { profile: profileOf(own, address), address, isKnown: true }));
      } catch (error) {
        if (!isMeshError(error)) throw error;
        // Another machine has removed him meanwhile.
        if (!members(group).some(({ ContactAddress }) => ContactAddress === address)) continue;
        brought.push({ address, udf, outcome: "refused", errorCode: error.code });
      }
    }
    return { key, members: brought, profile: verifyProfile(ProfileUserStruct, group.profileEnvelope), machine: group.identity };
  });
  const { key, members: all, profile, machine } = renewed;
  await own.transact({ catalogs: [...noteGroup(own, { address: groupAddress, profile, machine })] });
  return { key, members: all };
}

/**
 * Removes a member, and renews the group's key where this machine may: what is encrypted from then on opens with nothing that he has, also together
 * with the service's disk. A renewal that was cut off is gone on with by the next command that deals a share.
 * @returns undefined where the group keeps its key: this machine has not its root key, or was told so
 * Errors: ERR_NOT_FOUND; those of renewGroup, after the removal.
 */
export async function removeFromGroup(
  own: AccountContext,
  groupAddress: string,
  address: string,
  { renew = true }: { readonly renew?: boolean } = {},
): Promise<RenewedGroup | undefined> {
  const isBegun = await inGroup(own, groupAddress, (group) => removeMember(group, address, { renew }));
  if (!isBegun) return undefined;
  try {
    return await renewGroup(own, groupAddress);
  } catch (cause) {
    const { code, message } = asMeshError(cause);
    throw new MeshError(code, `${address} was removed; the group's key was not renewed yet: ${message}`, {
      hint: `'meshman group rekey ${groupAddress}' goes on with it`,
      cause,
    });
  }
}

async function bring(
  own: AccountContext,
  group: AccountContext,
  { profile, address, isKnown = false }: { readonly profile: ProfileUser; readonly address: string; readonly isKnown?: boolean },
): Promise<AddedMember> {
  const member = memberOf(profile, address);
  const dealt = await dealMembership(group, member, { isKnown });
  if (address === own.address) {
    const { share, dealt: time } = dealt;
    await own.transact({ catalogs: [keepShare({ address: group.address, profile: group.profileEnvelope, share, dealt: time })] });
    await noteSent(group, address, dealt);
    return { ...member, outcome: "member" };
  }
  const refusal = await invite(own, group, { to: profile, dealt });
  if (refusal) return { ...member, outcome: "refused", ...refusal };
  await noteSent(group, address, dealt);
  return { ...member, outcome: "invited" };
}

function profileOf(own: AccountContext, address: string): ProfileUser {
  return address === own.address ? own.profile : contactOf(own, address);
}

function contactOf(own: AccountContext, address: string): ProfileUser {
  const contact = senderBook(own)(address);
  if (contact) return contact.profile;
  throw new MeshError("ERR_NOT_FOUND", `${address} is no contact of yours`, {
    hint: `ask for its contact first: 'meshman contact request ${address}'`,
  });
}

async function invite(
  own: AccountContext,
  group: AccountContext,
  { to, dealt }: { readonly to: ProfileUser; readonly dealt: DealtMembership },
): Promise<ReturnType<typeof refusalIn>> {
  const { share, membership } = dealt;
  const { ServiceId } = share;
  const capability = { Id: share.Key.Udf, SubjectId: share.Key.Udf, KeyData: share.Share, ServiceId, ServiceAddress: group.address };
  const value: GroupInvitation = {
    MessageId: newNonce(own.ports.random),
    Sender: own.address,
    Recipient: to.AccountAddress,
    Text: group.address,
    Contact: {
      tag: ContactGroup.tag,
      value: {
        NetworkAddresses: [
          {
            Address: group.address,
            EnvelopedProfileAccount: group.profileEnvelope,
            Capabilities: [{ tag: CapabilityDecryptPartial.tag, value: capability }],
          },
        ],
      },
    },
    EnvelopedMembership: membership,
  };
  const signer = accountSignatureOf(own);
  const catalogs = own.keys.administrator ? [admit(to.AccountAddress)] : [];
  const entries = await sendTo(own, to, async (profile) => ({
    catalogs,
    messages: [await outgoingMail(own, { struct: GroupInvitation, value, to: profile, signer })],
  }));
  return refusalIn(entries, envelopeId(value.MessageId));
}
