/** Status, also as a long poll: rights and stores are looked at again after every change, so a revoked device's wait ends at once. */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { ContainerStatus, StatusRequest, StatusResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { accountAddress, mayRead, storeLabel, storeLabels } from "../../schema/index.ts";
import { spenderOf } from "../access/writer-right.ts";
import type { Account } from "../account/account.ts";
import { budgetsOf } from "../account/budget.ts";
import type { ServiceContext, Transaction } from "./context.ts";

/** Errors: ERR_ACCOUNT_UNKNOWN, ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_NOT_FOUND (no such store). */
export const status: Transaction<"Status"> = async (context, request, { caller, signal }) => {
  const { clock, limits } = context;
  const account = await context.book.get(accountAddress(request.Account));
  account.authority(caller.linkUdf);
  if (request.Wait === undefined || request.Wait === 0 || request.Known === undefined)
    return (await look(context, account, request, caller.linkUdf)).response;
  const end = clock.monotonic() + Math.min(request.Wait * 1000, limits.waitMs);
  const place = account.room.join(`status ${caller.linkUdf}`);
  try {
    for (;;) {
      const { response, isNews } = await look(context, account, request, caller.linkUdf);
      const left = end - clock.monotonic();
      if (isNews || left <= 0 || !place.isHeld) return response;
      await place.wait(left, signal);
    }
  } finally {
    place.leave();
  }
};

async function look(
  context: ServiceContext,
  account: Account,
  request: StatusRequest,
  linkUdf: string,
): Promise<{ readonly response: StatusResponse; readonly isNews: boolean }> {
  const { rights, capability } = account.authority(linkUdf);
  const labels = labelsOf(request) ?? storeLabels.filter((label) => mayRead(rights, label));
  const refused = labels.find((label) => !mayRead(rights, label));
  if (refused !== undefined) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${refused}`);
  const statuses = await account.statuses(labels, request.Writers);
  const known = request.Known;
  const isFirst = known === undefined;
  const isNews = isFirst || statuses.some((status) => differs(status, known));
  // With news it is what the next request would ask for.
  const device = isNews ? capability?.EnvelopedCatalogedDevice : undefined;
  return {
    isNews,
    response: {
      Status: statusDone,
      ContainerStatus: statuses,
      ...(isNews ? { EnvelopedProfileAccount: account.record.EnvelopedProfileAccount } : {}),
      ...(device === undefined ? {} : { EnvelopedCatalogedDevice: device }),
      ...(request.Budgets && isFirst
        ? { Budgets: budgetsOf(await account.stages.holding(), { limits: context.limits, spender: spenderOf(rights) }) }
        : {}),
      Time: dateTime(context.clock.now()),
    },
  };
}

function labelsOf(request: StatusRequest): readonly StoreLabel[] | undefined {
  if (request.Catalogs === undefined && request.Spools === undefined) return undefined;
  return [...new Set([...(request.Catalogs ?? []), ...(request.Spools ?? [])])].map(storeLabel);
}

function differs(status: ContainerStatus, known: readonly ContainerStatus[]): boolean {
  const before = known.find(({ Container }) => Container === status.Container);
  if (before === undefined) return status.Index !== 0;
  if ((before.Epoch ?? 0) !== (status.Epoch ?? 0)) return true;
  if (before.Index !== status.Index) return true;
  return before.Digest !== undefined && status.Digest !== undefined && !equalBytes(before.Digest, status.Digest);
}
