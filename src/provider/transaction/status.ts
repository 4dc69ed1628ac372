/**
 * Status, also as a long poll: rights and stores are looked at again after every change, so a revoked device's wait ends at once. With news goes what the
 * caller would ask next: the frames that came, its own entry, how far other stores have grown.
 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { ConstraintsSelect, ContainerStatus, ContainerUpdate, StatusRequest, StatusResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { accountAddress, mayRead, storeLabel, storeLabels } from "../../schema/index.ts";
import { spenderOf } from "../access/writer-right.ts";
import type { Account } from "../account/account.ts";
import { budgetsOf } from "../account/budget.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { pageOf, refuseSelection, roomFor } from "./pages.ts";

/** What goes along with news; whoever lacks more fetches it by Download. */
const newsRoom = { octets: 1 << 18, frames: 256 } as const;

/** Errors: ERR_ACCOUNT_UNKNOWN, ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_NOT_FOUND (no such store), ERR_USAGE, ERR_TOO_LARGE (a selection that is not done). */
export const status: Transaction<"Status"> = async (context, request, { caller, signal }) => {
  const { clock, limits } = context;
  const account = await context.book.get(accountAddress(request.Account));
  account.authority(caller.linkUdf);
  refuseSelection(request.Select ?? []);
  if ((request.Select ?? []).length > limits.messages) throw new MeshError("ERR_TOO_LARGE", `selection of ${request.Select?.length} stores`);
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
  const beside = (request.Beside ?? []).map(storeLabel).filter((label) => !labels.includes(label));
  const refused = [...labels, ...beside].find((label) => !mayRead(rights, label));
  if (refused !== undefined) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${refused}`);
  const statuses = await account.statuses(labels, request.Writers);
  const known = request.Known;
  const isFirst = known === undefined;
  const isNews = isFirst || statuses.some((status) => differs(status, known));
  // With news it is what the next request would ask for.
  const device = isNews ? capability?.EnvelopedCatalogedDevice : undefined;
  const others = isNews && beside.length > 0 ? await account.statuses([...new Set(beside)], request.Writers) : [];
  const all = [...statuses, ...others];
  return {
    isNews,
    response: {
      Status: statusDone,
      ContainerStatus: all,
      ...(isNews ? { EnvelopedProfileAccount: account.record.EnvelopedProfileAccount } : {}),
      ...(device === undefined ? {} : { EnvelopedCatalogedDevice: device }),
      ...(isNews && request.Select ? { Updates: await grown(account, rights, { selects: request.Select, statuses: all }) } : {}),
      ...(request.Budgets && isFirst
        ? { Budgets: budgetsOf(await account.stages.holding(), { limits: context.limits, spender: spenderOf(rights) }) }
        : {}),
      Time: dateTime(context.clock.now()),
    },
  };
}

/** The first pages of the stores that go on beyond where the caller's copies end, in the epoch that these are of. */
async function grown(
  account: Account,
  rights: readonly string[],
  { selects, statuses }: { readonly selects: readonly ConstraintsSelect[]; readonly statuses: readonly ContainerStatus[] },
): Promise<readonly ContainerUpdate[]> {
  const room = roomFor(newsRoom);
  const updates: ContainerUpdate[] = [];
  for (const select of selects) {
    const there = statuses.find(({ Container }) => Container === select.Container);
    if (!there || (there.Epoch ?? 0) !== (select.Epoch ?? 0) || there.Index <= select.IndexMin || room.frames === 0) continue;
    updates.push(await pageOf(account, rights, select, room));
  }
  return updates.filter(({ Envelopes }) => Envelopes.length > 0);
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
