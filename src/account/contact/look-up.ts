/** Profiles of other accounts, asked for at their services: whom a message is sealed to, and whether a contact's profile was issued anew. extensions §10. */
import { MeshError } from "../../base/errors.ts";
import type { MeshClient } from "../../protocol/index.ts";
import { peerOf, serviceUrl } from "../../protocol/index.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import { accountAddress, isNewerProfile, ProfileUser as ProfileUserStruct, verifyProfile } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { errandClient } from "../context/errand.ts";
import { contactOfAddress, demandAccount, profileOf } from "./contact-book.ts";

/** How a service is found. */
export interface LookUpOptions {
  /** URL of the other account's service, where it is known. */
  readonly configured?: string;
}

/** A client of the service that an address is at; `isOwn` when it is the account's own, which stays open. */
export async function serviceOf(
  context: AccountContext,
  address: string,
  { configured }: LookUpOptions = {},
): Promise<{ readonly client: MeshClient; readonly isOwn: boolean }> {
  const peer = peerOf(context.ports.peers, address);
  if (!peer && configured === undefined && context.serviceUrlOf(address) !== undefined) return { client: context.client, isOwn: true };
  const url = peer?.url ?? configured ?? (await serviceUrl(address));
  return { client: errandClient(context, { url, ...(peer?.udf === undefined ? {} : { serviceUdf: peer.udf }) }), isOwn: false };
}

/**
 * The profile that the service of an address has for it; the contact's own when it has a newer one.
 * Errors: ERR_ACCOUNT_UNKNOWN; ERR_VERIFICATION when it is of another root than the contact is pinned to, or of another address.
 */
export async function lookUpProfile(context: AccountContext, text: string, options: LookUpOptions = {}): Promise<Verified<ProfileUser>> {
  const address = accountAddress(text);
  const { client, isOwn } = await serviceOf(context, address, options);
  try {
    const found = verifyProfile(ProfileUserStruct, await client.profileOf(address));
    if (accountAddress(found.value.AccountAddress) !== address)
      throw new MeshError("ERR_VERIFICATION", `the service of ${address} has the profile of ${found.value.AccountAddress} for it`);
    demandAccount(context, { udf: found.value.ProfileSignature.Udf, address });
    const known = contactOfAddress(context, address);
    const held = known && profileOf(known);
    return held && isNewerProfile(held.value, found.value) ? held : found;
  } finally {
    if (!isOwn) client.close();
  }
}
