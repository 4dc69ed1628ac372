/** Purge: former epochs go for ever, when a device that may write MMM_Access brings an order that an administrator of the account signed. */
import { MeshError } from "../../base/errors.ts";
import type { EpochOfStore } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, mayAppend, ProfileUser, PurgeEpochs, peekObject, publicKeyOf, verifyObject } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import { catalogLabel } from "../account/catalog-check.ts";
import type { IdleSequence } from "../store/service-store.ts";
import type { Transaction } from "./context.ts";

/** More sequences than an account has. */
const mostStores = 1024;

/** Errors: ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_VERIFICATION when the order is of another account or signed by nobody who may, ERR_USAGE, ERR_TOO_LARGE. */
export const purge: Transaction<"Purge"> = async (context, request, { caller }) => {
  const account = await context.book.get(accountAddress(request.Account));
  return await account.exclusively(async () => {
    const { rights } = account.authority(caller.linkUdf);
    if (!mayAppend(rights, "MMM_Access")) throw new MeshError("ERR_NOT_AUTHORIZED", "this device may not let epochs be forgotten");
    const below = orderOf(account, request.EnvelopedPurgeEpochs);
    const now = context.clock.now();
    const named = (await account.stages.holding()).idle.filter(({ store, stage, end }) => stage === undefined && end.epoch < (below.get(store) ?? 0));
    // Whoever asked for the end of an epoch before it was over may ask again.
    const isYoung = ({ since }: IdleSequence): boolean => since + context.limits.formerMs > now;
    const over = named.filter((idle) => !isYoung(idle));
    await account.stages.drop(over);
    return { Status: statusDone, Purged: over.map(epochOf), Kept: named.filter(isYoung).map(epochOf) };
  });
};

function orderOf(account: Account, enveloped: Parameters<typeof peekObject<PurgeEpochs>>[1]): ReadonlyMap<string, number> {
  const { AdministratorSignature } = peekObject(ProfileUser, account.record.EnvelopedProfileAccount);
  const { value } = verifyObject(PurgeEpochs, enveloped, [publicKeyOf(AdministratorSignature)]);
  if (value.AccountUdf !== account.accountUdf) throw new MeshError("ERR_VERIFICATION", "the order is of another account");
  if (value.Stores.length > mostStores) throw new MeshError("ERR_TOO_LARGE", `the order names ${value.Stores.length} stores`);
  return new Map(value.Stores.map(({ Store, Below }) => [catalogLabel(Store), Below]));
}

function epochOf({ store, end }: IdleSequence): EpochOfStore {
  return { Container: store, Epoch: end.epoch };
}
