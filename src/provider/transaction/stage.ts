/**
 * Stage: a page for the sequence of a catalog's next epoch, checked and on the disk before the answer, and seen by nobody until a Transact
 * switches to it. What is there already is compared and changes nothing, so that a page whose answer was lost may come again.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import type { ContainerStatus, StageRequest } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { accountAddress, mayAppend, mayStageEpoch } from "../../schema/index.ts";
import { requireBeginner, spenderOf } from "../access/writer-right.ts";
import type { Account, Authority } from "../account/account.ts";
import { catalogLabel } from "../account/catalog-check.ts";
import { conflict, statusOf } from "../account/container-status.ts";
import { checkPage, requireFormer, requireKeyEpoch } from "../account/epoch-check.ts";
import type { StageName, StoreEnd } from "../store/service-store.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { checkEntries } from "./entry-check.ts";

const maxNameLength = 64;

/** Errors: ERR_CONFLICT (detail ContainerStatus), ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_VERIFICATION, ERR_SCHEMA, ERR_USAGE, ERR_QUOTA, ERR_DISK_FULL. */
export const stage: Transaction<"Stage"> = async (context, request, { caller }) => {
  const length = request.Stage.length;
  if (length === 0 || length > maxNameLength) throw new MeshError("ERR_USAGE", `Stage must have 1 to ${maxNameLength} characters`);
  const account = await context.book.get(accountAddress(request.Account));
  const name = { sender: caller.linkUdf, name: request.Stage };
  return await account.exclusively(async () => {
    const authority = account.authority(caller.linkUdf);
    const label = catalogLabel(request.Container);
    requireRight(authority.rights, label);
    requireBeginner(authority, label);
    await requireNext(account, label, request.Epoch);
    const have = (await account.stages.end(label, name, request.Epoch)) ?? { epoch: request.Epoch, count: 0, octets: 0 };
    const end = request.Envelopes.length === 0 ? have : await add(context, account, { label, name, request, have, authority });
    return { Status: statusDone, ContainerStatus: [statusOf(label, end)] };
  });
};

/** @param reason of frame 0 */
function requireRight(rights: readonly string[], label: CatalogLabel, reason?: string): void {
  if (mayStageEpoch(rights, label, reason)) return;
  throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not begin an epoch of ${label}${reason === undefined ? "" : ` for ${reason}`}`);
}

/** Every reader judges an epoch by its own history: an epoch that goes on from what the service has lost is believed by whoever had that. */
function requireAdministrator(rights: readonly string[], label: CatalogLabel): void {
  if (mayAppend(rights, "MMM_Access")) return;
  throw new MeshError("ERR_NOT_AUTHORIZED", `only administrators give back an epoch of ${label} that the service has lost`);
}

/** Only the epoch after the one in force can be staged. ERR_CONFLICT tells which is. */
async function requireNext(account: Account, label: CatalogLabel, epoch: number): Promise<void> {
  const end = await account.end(label);
  if (end.count === 0) throw new MeshError("ERR_USAGE", `${label} was never written: there is nothing from which an epoch could go on`);
  if (epoch === end.epoch + 1) return;
  throw conflict(`epoch ${epoch} of ${label} cannot be staged: epoch ${end.epoch} is in force`, [statusOf(label, end)]);
}

interface Adding {
  readonly label: CatalogLabel;
  readonly name: StageName;
  readonly request: StageRequest;
  readonly have: StoreEnd;
  readonly authority: Authority;
}

async function add(context: ServiceContext, account: Account, adding: Adding): Promise<StoreEnd> {
  const { label, name, request, have } = adding;
  const { Index, Envelopes, Epoch } = request;
  const { rights, capability } = adding.authority;
  const differs = (what: string): MeshError => conflict(`what is staged of ${label} ${what}`, [statusOf(label, have)] satisfies ContainerStatus[]);
  if (Index > have.count) throw differs(`ends at ${have.count}, the page begins at ${Index}`);
  if (!(await isThere(account, adding))) throw differs("has other frames in the place of this page");
  const fresh = Envelopes.slice(have.count - Index);
  if (fresh.length === 0) return have;
  const frontier = await account.stages.frontier(label, name);
  const isGivenBack = request.GivenBack === true;
  if (isGivenBack) requireAdministrator(rights, label);
  const bringer = isGivenBack ? undefined : capability?.DeviceUdf;
  const page = checkPage({ label, epoch: Epoch, accountUdf: account.accountUdf, envelopes: fresh, frontier, bringer });
  if (page.begin !== undefined) {
    requireRight(rights, label, page.begin.Reason);
    if (!isGivenBack) {
      await requireFormer(account, label, page.begin.Former);
      await requireKeyEpoch(account, label, page.begin);
    }
  }
  await checkEntries(context.limits, account.readerOf(label, { stage: name }), { label, frames: page.frames });
  return await account.stages.add({ store: label, epoch: Epoch, stage: name, index: have.count, frames: page.encoded }, spenderOf(rights));
}

/** True when the staged frames before and within the page are those that its writer knows. */
async function isThere(account: Account, { label, name, request, have }: Adding): Promise<boolean> {
  const { Index, Digest, Envelopes } = request;
  if (Digest !== undefined) {
    const before =
      Index === have.count ? have.digest : Index === 0 ? undefined : statedTreeDigest(await account.stages.frame(label, name, Index - 1));
    if (before === undefined || !equalBytes(before, Digest)) return false;
  }
  const to = Math.min(have.count, Index + Envelopes.length);
  for await (const frame of Index < to ? account.stages.frames(label, name, { from: Index, to }) : []) {
    const sent = Envelopes[frame.index - Index];
    if (sent === undefined || !equalBytes(statedTreeDigest(frameOf(sent)), statedTreeDigest(frame))) return false;
  }
  return true;
}
