/** Making and ending a group: an account of its own at a service, administered by the machine that made it. schema-08 §7; docs/extensions.md §17. */
import { makeDirectory } from "../../base/directory.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import { groupCatalog, groupKey, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import { createAccount, isInTheMaking } from "../connect/create-account.ts";
import { deleteAccount } from "../connect/delete-account.ts";
import { learn } from "../contact/learn.ts";
import { AccountContext } from "../context/account-context.ts";
import { loadAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { exclusively } from "../context/exclusive.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit, remove } from "../store/edit.ts";
import { groupDirectory, inGroup } from "./group-directory.ts";
import { makeGroupKey } from "./group-key.ts";
import { withMachine } from "./machine-names.ts";

/** Where a group is made. */
export interface CreateGroupOptions {
  readonly address: string;
  readonly serviceUrl: string;
  readonly invitation?: string;
}

/** A group. */
export interface MadeGroup {
  readonly address: string;
  readonly udf: string;
}

/**
 * Makes a group. Called again after a crash, it goes on where it stopped; for one that is there it changes nothing. Nobody can decrypt what is
 * encrypted to it before a first member is added, its maker included.
 * Errors: those of createAccount and makeGroupKey.
 */
export async function createGroup(own: AccountContext, { address, serviceUrl, invitation }: CreateGroupOptions): Promise<MadeGroup> {
  const { ports } = own;
  const dir = groupDirectory(own.dir, address);
  await makeDirectory(dir);
  const { profile, machine } = await exclusively({ dir, purpose: `group ${address}`, clock: ports.clock }, async () => {
    const isThere = (await loadAccountFile(dir)) !== undefined && !(await isInTheMaking(dir));
    const options = { dir, address, serviceUrl, isGroup: true, ports, ...(invitation === undefined ? {} : { invitation }) };
    const group = isThere ? await AccountContext.open({ dir, ports }) : await createAccount(options);
    try {
      await group.sync();
      await makeGroupKey(group);
      return { profile: verifyProfile(ProfileUserStruct, group.profileEnvelope), machine: group.identity };
    } finally {
      await group.close();
    }
  });
  await own.transact({ catalogs: [...noteGroup(own, { address, profile, machine })] });
  return { address, udf: profile.value.ProfileSignature.Udf };
}

/** A group's profile, among the contacts and the groups of whoever administers it, with this machine's word that it does. */
export function noteGroup(
  own: AccountContext,
  { address, profile, machine }: { readonly address: string; readonly profile: Verified<ProfileUser>; readonly machine: DeviceIdentity },
): readonly CatalogWrite[] {
  const Key = groupKey(address);
  const groupUdf = profile.value.ProfileSignature.Udf;
  const noted = edit(groupCatalog, Key, (current) =>
    withMachine(own, { entry: { ...current, Key, EnvelopedProfileGroup: profile.envelope }, groupUdf, machine }),
  );
  return [learn(own, { profile, way: "Self" }), noted];
}

/** Ends a group: its service forgets its part of the key, and with it what was encrypted to the group stays closed for everybody. Errors: those of deleteAccount. */
export async function deleteGroup(own: AccountContext, address: string): Promise<void> {
  await inGroup(own, address, deleteAccount);
  await own.transact({ catalogs: [remove(groupCatalog, groupKey(address))] });
}
