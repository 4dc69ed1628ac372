/**
 * Opening what is sealed to a group: the member's share and the one that the group's service keeps for him. The member's device asks that service itself;
 * at another service than its own it shows a voucher, which its own service gives while the device belongs to the account. protocol-09 §7.11.
 */
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { DareHeader } from "../../dare/index.ts";
import type { MeshClient } from "../../protocol/index.ts";
import type { CatalogedGroup, ProfileUser } from "../../schema/index.ts";
import { accountAddress, groupCatalog, ProfileUser as ProfileUserStruct, publicKeyOf, verifyAuditHead, verifyProfile } from "../../schema/index.ts";
import { serviceOf } from "../contact/look-up.ts";
import type { AccountContext } from "../context/account-context.ts";
import { AuditHead } from "../power/audit-head.ts";
import { PowerClient, resultOf } from "../power/power-client.ts";
import { SharedKey } from "../power/shared-key.ts";
import { groupDirectory } from "./group-directory.ts";

/** A group that this account has a share of. */
interface Membership {
  readonly profile: ProfileUser;
  readonly share: NonNullable<CatalogedGroup["Share"]>;
}

/**
 * Keys of groups that a header names, each agreed on with the group's service. Nothing is asked for others.
 * Errors: ERR_NOT_AUTHORIZED for who is no member any more; ERR_SERVICE_UNREACHABLE; those of PowerClient.agree.
 */
export async function groupOpeningKeys(context: AccountContext, header: DareHeader): Promise<readonly SharedKey[]> {
  const kids = new Set((header.recipients ?? []).flatMap(({ kid, epk }) => (kid !== undefined && epk ? [kid] : [])));
  if (kids.size === 0) return [];
  const keys: SharedKey[] = [];
  for (const { profile, share } of (await memberships(context)).filter(({ share: { Key } }) => kids.has(Key.Udf))) {
    const key = new SharedKey(share);
    await agree(context, profile, { key, header });
    keys.push(key);
  }
  return keys;
}

/** Every share of a group's key that this account has, those of former keys first. */
export async function memberships(context: AccountContext): Promise<readonly Membership[]> {
  try {
    await context.openShared(groupCatalog.label);
    return context.list(groupCatalog).flatMap(({ value: { EnvelopedProfileGroup, Share, FormerShares = [] } }) => {
      const shares = [...FormerShares, ...(Share ? [Share] : [])];
      if (!EnvelopedProfileGroup || shares.length === 0) return [];
      const profile = verifyProfile(ProfileUserStruct, EnvelopedProfileGroup).value;
      return shares.map((share) => ({ profile, share }));
    });
  } catch (error) {
    // A device whose roles do not reach that catalog is in no group.
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}

async function agree(
  context: AccountContext,
  profile: ProfileUser,
  { key, header }: { readonly key: SharedKey; readonly header: DareHeader },
): Promise<void> {
  const address = accountAddress(profile.AccountAddress);
  try {
    await withGroupPowers(context, profile, (powers) => powers.agree(key, [header]));
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) throw error;
    throw new MeshError("ERR_NOT_AUTHORIZED", `the service of ${address} does not open this for ${context.address}: it is no member`, {
      hint: `ask an administrator of ${address}; who was added again takes the invitation first: 'meshman message pending'`,
      cause: error,
    });
  }
}

/** Does something with what the group's service does with its shares. Errors: those of the task; ERR_VERIFICATION; ERR_SERVICE_UNREACHABLE. */
export async function withGroupPowers<T>(context: AccountContext, profile: ProfileUser, task: (powers: PowerClient) => Promise<T>): Promise<T> {
  const address = accountAddress(profile.AccountAddress);
  const isOwn = profile.ServiceUdf === context.profile.ServiceUdf;
  const client = isOwn ? context.client : (await serviceOf(context, address)).client;
  try {
    const dir = groupDirectory(context.dir, address);
    await makeDirectory(dir);
    const { ServiceUdf: serviceUdf } = profile;
    const serviceSignature = isOwn ? context.serviceSignature : await signatureOf(client, { address, serviceUdf });
    const powers = new PowerClient({
      client: isOwn ? client : await vouched(context, client, serviceUdf),
      address,
      audit: new AuditHead(dir),
      verifyAudit: (head) => verifyAuditHead(head, { accountUdf: profile.ProfileSignature.Udf, serviceUdf, serviceSignature }),
      random: context.ports.random,
    });
    return await task(powers);
  } finally {
    if (client !== context.client) client.close();
  }
}

async function signatureOf(client: MeshClient, { address, serviceUdf }: { readonly address: string; readonly serviceUdf: string }) {
  await client.hello();
  const profile = client.profileService?.value;
  if (profile?.ProfileSignature.Udf !== serviceUdf)
    throw new MeshError("ERR_VERIFICATION", `the service of ${address} is another one than the group's profile names`);
  return publicKeyOf(profile.ServiceSignature);
}

/** Requests with the word of the account's own service that this link key speaks for the account. */
async function vouched(context: AccountContext, client: MeshClient, Audience: string): Promise<Pick<MeshClient, "operate">> {
  const { Results } = await context.client.operate({
    Account: context.address,
    Operations: [{ tag: "CryptographicOperationVouch", value: { Audience } }],
  });
  const { EnvelopedVoucher } = resultOf(Results[0], "CryptographicResultVouch");
  const { serviceProfile: EnvelopedProfileService } = context;
  return { operate: (request, options) => client.operate({ ...request, EnvelopedVoucher, EnvelopedProfileService }, options) };
}
