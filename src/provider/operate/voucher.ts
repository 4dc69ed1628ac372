/**
 * Devices of other services' accounts. Their own service looks into its Access catalog and signs for a minute whose link key it is; the caller's
 * session has that link key. Whose word counts for an address is what its domain's service is known to be, as for messages (extensions §12).
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { CryptographicResult, OperateRequest } from "../../protocol/index.ts";
import {
  accountAddress,
  domainOf,
  envelopeObject,
  mayAppend,
  ProfileService,
  peekObject,
  publicKeyOf,
  Voucher,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { Call, ServiceContext } from "../transaction/context.ts";
import type { Grantee } from "./grant.ts";

const voucherMs = 60_000;
/** A service's clock may be ahead by so much. */
const skewMs = 10_000;
const maxUdf = 160;

/** Those who speak for an account: whoever may send in its name. ERR_NOT_AUTHORIZED, ERR_REVOKED. */
export function requireSpeaker(account: Account, linkUdf: string): void {
  const { rights } = account.authority(linkUdf);
  if (!mayAppend(rights, "MMM_Outbound")) throw new MeshError("ERR_NOT_AUTHORIZED", "this device does not speak for its account");
}

/** Vouches for a device of an account of this service. ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_USAGE. */
export function vouch(
  { identity, clock, random }: ServiceContext,
  account: Account,
  options: { readonly linkUdf: string; readonly audience: string },
): CryptographicResult {
  const { linkUdf, audience } = options;
  requireSpeaker(account, linkUdf);
  if (audience.length === 0 || audience.length > maxUdf) throw new MeshError("ERR_USAGE", "Audience: the fingerprint of a service");
  const value: Voucher = {
    LinkUdf: linkUdf,
    AccountUdf: account.accountUdf,
    Account: account.address,
    Audience: audience,
    Time: dateTime(clock.now()),
  };
  return {
    tag: "CryptographicResultVouch",
    value: { EnvelopedVoucher: envelopeObject({ struct: Voucher, value, signers: [identity.signature], random }) },
  };
}

/**
 * The grantee that a voucher shows. What costs something comes after what anybody's word is enough to refuse.
 * ERR_NOT_AUTHORIZED, ERR_VERIFICATION, ERR_USAGE, ERR_REPLAY for one that is too old; errors of peers.udfOf.
 */
export async function vouchedGrantee(
  { identity, peers, budgets, clock }: ServiceContext,
  account: Account,
  {
    EnvelopedVoucher,
    EnvelopedProfileService,
    keyIds,
  }: Pick<OperateRequest, "EnvelopedVoucher" | "EnvelopedProfileService"> & { readonly keyIds: readonly string[] },
  { caller, address: network }: Call,
): Promise<Grantee> {
  if (EnvelopedVoucher === undefined || EnvelopedProfileService === undefined)
    throw new MeshError("ERR_USAGE", "a voucher comes with the profile of the service that gave it");
  const claimed = peekObject(Voucher, EnvelopedVoucher);
  const address = accountAddress(claimed.Account);
  const isKnown = keyIds.some((id) => account.power(id)?.value.GranteeAccount === address);
  if (!isKnown || !peers.isForeign(address)) throw new MeshError("ERR_NOT_AUTHORIZED", "nothing is granted here to a voucher of that account");
  const profile = verifyProfile(ProfileService, EnvelopedProfileService);
  const { value } = verifyObject(Voucher, EnvelopedVoucher, [publicKeyOf(profile.value.ServiceSignature)]);
  if (value.LinkUdf !== caller.linkUdf || value.Audience !== identity.udf) throw verificationError("voucher");
  const age = clock.now() - fromDateTime(value.Time);
  if (age > voucherMs || age < -skewMs)
    throw new MeshError("ERR_REPLAY", `the voucher is of ${value.Time}; it counts for ${voucherMs / 1000} s`, {
      hint: "ask your own service for another",
    });
  const expected = await peers.udfOf(domainOf(address), () => budgets.takeLookup(network));
  if (expected !== profile.signer.udf)
    throw new MeshError(
      "ERR_NOT_AUTHORIZED",
      `${domainOf(address)} has service ${expected}, so that ${profile.signer.udf} cannot vouch for ${address}`,
    );
  return { linkUdf: caller.linkUdf, other: { accountUdf: value.AccountUdf, address } };
}
