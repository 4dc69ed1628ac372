/** BindAccount and UnbindAccount: authorized by the account's root key for one session (extensions §6). */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Caller } from "../../protocol/index.ts";
import { BindAuthorization, statusDone } from "../../protocol/index.ts";
import { accountAddress, domainOf, ProfileUser, verifyObject, verifyProfile } from "../../schema/index.ts";
import type { AccountRecord } from "../store/service-store.ts";
import type { ServiceContext, Transaction } from "./context.ts";

/** Checks the account's consent: this address, this service, this link key, this session. ERR_VERIFICATION. */
function checkAuthorization(options: {
  readonly envelope: DareEnvelope;
  readonly key: PublicKey;
  readonly address: string;
  readonly context: ServiceContext;
  readonly caller: Caller;
}): void {
  const { envelope, key, address, context, caller } = options;
  const { value } = verifyObject(BindAuthorization, envelope, [key]);
  const isMeant =
    accountAddress(value.AccountAddress) === address &&
    value.ServiceUdf === context.identity.udf &&
    value.LinkUdf === caller.linkUdf &&
    equalBytes(value.HandshakeHash, caller.handshakeHash);
  if (!isMeant) throw verificationError("authorization");
}

/** Makes an account, or renews the profile of one with the same root key. Errors: ERR_ACCOUNT_EXISTS, ERR_VERIFICATION, ERR_NOT_AUTHORIZED. */
export const bind: Transaction<"Bind"> = async (context, request, { caller }) => {
  const address = accountAddress(request.AccountAddress);
  if (context.domains !== undefined && !context.domains.includes(domainOf(address))) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this service holds no accounts of ${domainOf(address)}`);
  }
  const { value: profile, signer } = verifyProfile(ProfileUser, request.EnvelopedProfileAccount);
  if (accountAddress(profile.AccountAddress) !== address || profile.ServiceUdf !== context.identity.udf) throw verificationError("profile");
  checkAuthorization({ envelope: request.EnvelopedBindAuthorization, key: signer, address, context, caller });
  const record: AccountRecord = {
    AccountAddress: address,
    AccountUdf: signer.udf,
    EnvelopedProfileAccount: request.EnvelopedProfileAccount,
    LinkUdf: caller.linkUdf,
    Bound: dateTime(context.clock.now()),
  };
  try {
    await context.book.create(record);
    context.log.info("account.bound", { account: record.AccountUdf });
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== "ERR_ACCOUNT_EXISTS") throw error;
    const account = await context.book.get(address);
    // The same account again: its answer was lost, or it has a newer profile.
    if (account.accountUdf !== signer.udf) throw error;
    await account.exclusively(() => account.rebind({ ...record, Bound: account.record.Bound }));
  }
  return { Status: statusDone };
};

/** Forgets an account with all its stores. Errors: ERR_ACCOUNT_UNKNOWN, ERR_VERIFICATION. */
export const unbind: Transaction<"Unbind"> = async (context, request, { caller }) => {
  const address = accountAddress(request.Account);
  const account = await context.book.get(address);
  checkAuthorization({ envelope: request.EnvelopedBindAuthorization, key: account.profileKey, address, context, caller });
  await context.book.remove(account);
  context.log.info("account.unbound", { account: account.accountUdf });
  return { Status: statusDone };
};
