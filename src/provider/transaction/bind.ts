/** BindAccount and UnbindAccount: authorized by the account's root key for one session (extensions §6). */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Caller } from "../../protocol/index.ts";
import { BindAuthorization, statusDone } from "../../protocol/index.ts";
import { accountAddress, domainOf, isNewerProfile, ProfileUser, peekObject, verifyObject, verifyProfile } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { AccountBook } from "../account/account-book.ts";
import { admitApplicant } from "../bind/policy.ts";
import type { AccountRecord } from "../store/service-store.ts";
import type { ServiceContext, Transaction } from "./context.ts";

/** Long enough to fetch every store of an account over a slow line, and to become one of its devices. */
const recoveryMs = 3_600_000;
/** Nobody else uses the account meanwhile. */
const aloneMs = 600_000;

/** Checks the account's consent: this address, this service, this link key, this session. ERR_VERIFICATION. */
function checkAuthorization(options: {
  readonly envelope: DareEnvelope;
  readonly key: PublicKey;
  readonly address: string;
  readonly context: ServiceContext;
  readonly caller: Caller;
}): BindAuthorization {
  const { envelope, key, address, context, caller } = options;
  const { value } = verifyObject(BindAuthorization, envelope, [key]);
  const isMeant =
    accountAddress(value.AccountAddress) === address &&
    value.ServiceUdf === context.identity.udf &&
    value.LinkUdf === caller.linkUdf &&
    equalBytes(value.HandshakeHash, caller.handshakeHash);
  if (!isMeant) throw verificationError("authorization");
  return value;
}

/**
 * Makes an account, for whom the service's policy lets in, or renews the profile of one with the same root key.
 * Errors: ERR_NOT_INVITED, ERR_QUOTA, ERR_ACCOUNT_EXISTS, ERR_VERIFICATION, ERR_NOT_AUTHORIZED, ERR_CONFLICT for an older profile.
 */
export const bind: Transaction<"Bind"> = async (context, request, { caller, address: network }) => {
  const { book, budgets } = context;
  const address = accountAddress(request.AccountAddress);
  if (context.domains !== undefined && !context.domains.includes(domainOf(address))) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this service holds no accounts of ${domainOf(address)}`);
  }
  const existing = await find(book, address);
  if (existing === undefined) budgets.takeBind(network);
  else budgets.takeRebind(network);
  const { value: profile, signer } = verifyProfile(ProfileUser, request.EnvelopedProfileAccount);
  if (accountAddress(profile.AccountAddress) !== address || profile.ServiceUdf !== context.identity.udf) throw verificationError("profile");
  const { Recover: isRecovery = false, Alone: isAlone = false } = checkAuthorization({
    envelope: request.EnvelopedBindAuthorization,
    key: signer,
    address,
    context,
    caller,
  });
  const record: AccountRecord = {
    AccountAddress: address,
    AccountUdf: signer.udf,
    EnvelopedProfileAccount: request.EnvelopedProfileAccount,
    LinkUdf: caller.linkUdf,
    Bound: dateTime(context.clock.now()),
    ...(isRecovery ? { RecoverUntil: dateTime(context.clock.now() + (isAlone ? aloneMs : recoveryMs)), ...(isAlone ? { Alone: true } : {}) } : {}),
  };
  if (existing === undefined) {
    await admitApplicant(context.bindPolicy, context.invitations, { address, accountUdf: signer.udf, invitation: request.Invitation });
    await create(context, record);
  } else {
    // The same account again: its answer was lost, or it has a newer profile.
    if (existing.accountUdf !== signer.udf) throw new MeshError("ERR_ACCOUNT_EXISTS", `${address} is taken`);
    await existing.exclusively(async () => {
      requireNewest(existing.record, record);
      await existing.rebind({ ...record, Bound: existing.record.Bound });
    });
    if (isRecovery) context.log.warn("account.recovering", { account: record.AccountUdf, isAlone });
  }
  const escrowed = isRecovery ? existing?.recovery?.EnvelopedEscrowedKeys : undefined;
  return { Status: statusDone, ...(escrowed && { EnvelopedEscrowedKeys: escrowed }) };
};

/** On a slow disk a request comes again while its first is under way: it makes the same account. ERR_ACCOUNT_EXISTS for another one. */
async function create({ book, log }: ServiceContext, record: AccountRecord): Promise<void> {
  try {
    await book.create(record);
    log.info("account.bound", { account: record.AccountUdf });
  } catch (error) {
    const other = isMeshError(error, "ERR_ACCOUNT_EXISTS") ? await find(book, accountAddress(record.AccountAddress)) : undefined;
    if (other?.accountUdf !== record.AccountUdf || other.record.LinkUdf !== record.LinkUdf) throw error;
  }
}

/** Of two administrators who reissue the profile the second begins again, and keys that were replaced stay so. ERR_CONFLICT. */
function requireNewest(known: AccountRecord, offered: AccountRecord): void {
  const [before, after] = [known.EnvelopedProfileAccount, offered.EnvelopedProfileAccount];
  const [newer, older] = [peekObject(ProfileUser, after), peekObject(ProfileUser, before)];
  // Two that go on from the same Version differ: the later one would undo the first.
  const isNext = newer.Version === undefined || newer.Version > (older.Version ?? 0);
  if (equalBytes(before.body, after.body) || (isNext && isNewerProfile(newer, older))) return;
  throw new MeshError("ERR_CONFLICT", `${known.AccountAddress} has a newer profile`, { hint: "synchronise, then try again" });
}

async function find(book: AccountBook, address: string): Promise<Account | undefined> {
  try {
    return await book.get(address);
  } catch (error) {
    if (isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) return undefined;
    throw error;
  }
}

/** Forgets an account with all its stores. Errors: ERR_ACCOUNT_UNKNOWN, ERR_VERIFICATION. */
export const unbind: Transaction<"Unbind"> = async (context, request, { caller }) => {
  const address = accountAddress(request.Account);
  const account = await context.book.get(address);
  checkAuthorization({ envelope: request.EnvelopedBindAuthorization, key: account.profileKey, address, context, caller });
  await context.book.remove(account);
  context.log.info("account.unbound", { account: account.accountUdf });
  return { Status: statusDone };
};
