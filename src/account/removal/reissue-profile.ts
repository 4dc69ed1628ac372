/**
 * Publishes the keys that take the place of those in the account's profile: the same root key signs the next Version, and the service has it from that
 * moment on. It needs the root key, which a device of role `super` holds. extensions §1
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { FormerKey, ReplaceableMember } from "../../schema/index.ts";
import { envelopeObject, isNewerProfile, keyDataOf, mostFormerKeys, ProfileUser, verifyProfile } from "../../schema/index.ts";
import { bindProfile } from "../connect/bind-profile.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { StoreKey } from "../context/keyring.ts";
import { keyRules } from "./drawn-names.ts";

/** Members whose former keys others have to know: what they signed, or what was sealed to them. */
const remembered: Readonly<Partial<Record<ReplaceableMember, "key" | "name">>> = {
  AccountEncryption: "name",
  AccountSignature: "key",
  AdministratorSignature: "key",
  AdministratorSignature25519: "key",
};

/**
 * Replaces members by the newest keys that this device holds. Its copies are up to date, and every other device that its roles grant them has the keys.
 * Errors: ERR_NOT_AUTHORIZED without the root key, ERR_NOT_FOUND without a key, ERR_CONFLICT when another administrator was first; those of the service.
 */
export async function reissueProfile(context: AccountContext, members: readonly ReplaceableMember[]): Promise<void> {
  await publishKeys(context, new Map(members.map((member) => [member, nextKey(context, member).key.public])));
}

/** Puts keys into the profile's next Version. Errors: ERR_NOT_AUTHORIZED without the root key, ERR_CONFLICT; those of the service. */
export async function publishKeys(context: AccountContext, keys: ReadonlyMap<ReplaceableMember, PublicKey>): Promise<void> {
  const { profile, ports, client, address } = context;
  const { profileSignature: root } = context.keys;
  if (!root) throw new MeshError("ERR_NOT_AUTHORIZED", "this device does not hold the root key of the account");
  const members = [...keys.keys()];
  const now = dateTime(ports.clock.now());
  const value: ProfileUser = {
    ...profile,
    Updated: now,
    Version: (profile.Version ?? 0) + 1,
    ...Object.fromEntries([...keys].map(([member, key]) => [member, keyDataOf(key)])),
    Former: newestOf([...(profile.Former ?? []), ...members.flatMap((member) => formerOf(profile, member, now))]),
  };
  const envelope = envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: root.public.udf, random: ports.random });
  verifyProfile(ProfileUser, envelope, context.accountUdf);
  await bindProfile({
    client,
    address,
    profile: envelope,
    link: context.identity.base.link448,
    root,
    serviceUdf: profile.ServiceUdf,
    random: ports.random,
  });
}

function nextKey(context: AccountContext, member: ReplaceableMember): StoreKey {
  const { mayTake } = keyRules(context);
  const next = context.keys.members.get(member)?.find(({ key, keyEpoch }) => mayTake({ Resource: member, KeyEpoch: keyEpoch, Udf: key.public.udf }));
  if (!next) throw new MeshError("ERR_NOT_FOUND", `there is no key yet to take the place of ${member}`);
  return next;
}

function formerOf(profile: ProfileUser, member: ReplaceableMember, until: string): readonly FormerKey[] {
  const kind = remembered[member];
  if (kind === undefined) return [];
  return [{ Member: member, Udf: profile[member].Udf, Until: until, ...(kind === "key" ? { Key: profile[member] } : {}) }];
}

function newestOf(former: readonly FormerKey[]): readonly FormerKey[] {
  return former.filter((one, at) => former.slice(at + 1).filter(({ Member }) => Member === one.Member).length < mostFormerKeys);
}

/** What became of the profile of a service that may have lost its newest one: "waits" without the root key, whose consent it takes. */
export type ProfileGivenBack = "there" | "given back" | "waits";

/** Gives the service the profile in force, where it has an older one. Errors: those of the service. */
export async function giveBackProfile(context: AccountContext): Promise<ProfileGivenBack> {
  const { accountUdf, address, client, profileEnvelope, ports, profile } = context;
  const { EnvelopedProfileAccount: there } = await client.status({ Account: address, Catalogs: [], Spools: [] });
  if (!there || !isNewerProfile(profile, verifyProfile(ProfileUser, there, accountUdf).value)) return "there";
  const { profileSignature: root } = context.keys;
  if (!root) return "waits";
  const link = context.identity.base.link448;
  await bindProfile({ client, address, profile: profileEnvelope, link, root, serviceUdf: profile.ServiceUdf, random: ports.random });
  return "given back";
}
