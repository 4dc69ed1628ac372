/**
 * Checks of a catalog's next epoch (extensions §5): its frame 0 says from what it goes on, and its last frame is an apex. Who may begin one,
 * and whether its entries are those of the former epoch, is the devices' to judge: the service does not know their keys.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { isEncrypted, statedTreeDigest } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { EpochBegin } from "../../schema/index.ts";
import type { StageName } from "../store/service-store.ts";
import type { Account } from "./account.ts";
import type { Apexed, CheckedUpdate } from "./catalog-check.ts";
import { checkApex, checkFrames } from "./catalog-check.ts";

/** A page that may be added to a staged sequence. */
export interface CheckedPage extends Pick<CheckedUpdate, "frames" | "encoded"> {
  /** Of the page that begins it. */
  readonly begin?: EpochBegin;
}

/** Checks frames that are to follow `frontier`, which is moved past them. Errors as checkUpdate; apexes may stand anywhere. */
export function checkPage(
  options: Apexed & { readonly label: CatalogLabel; readonly envelopes: readonly DareEnvelope[]; readonly frontier: TreeFrontier },
): CheckedPage {
  const isFirst = options.frontier.count === 0;
  const page = checkFrames(options);
  return isFirst ? { ...page, begin: checkBegin(options, page.frames[0]) } : page;
}

function checkBegin({ label, epoch, accountUdf }: Apexed, first: SequenceFrame | undefined): EpochBegin {
  if (first === undefined || first.body.length === 0 || isEncrypted(first.header)) {
    throw new MeshError("ERR_SCHEMA", `frame 0 of epoch ${epoch} of ${label} must hold an EpochBegin in clear`);
  }
  const begin = decodeObject(EpochBegin, first.body);
  const { Former } = begin;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_VERIFICATION", `frame 0 of epoch ${epoch} of ${label} is of ${what}`);
  };
  if (begin.AccountUdf !== accountUdf) refuse("another account");
  if (begin.Store !== label || begin.Epoch !== epoch) refuse(`epoch ${begin.Epoch} of ${begin.Store.slice(0, 64)}`);
  if (Former.Store !== label || (Former.Epoch ?? 0) !== epoch - 1 || Former.Index < 0) refuse("no epoch that came before");
  if (begin.KeyEpoch < 0) refuse(`key epoch ${begin.KeyEpoch}`);
  return begin;
}

/** The frame that a staged epoch goes on from must be in force. ERR_VERIFICATION. */
export async function requireFormer(account: Account, label: CatalogLabel, { Index, TreeDigest }: Head): Promise<void> {
  const { count } = await account.end(label);
  if (Index < count && equalBytes(statedTreeDigest(await account.frame(label, Index)), TreeDigest)) return;
  throw new MeshError("ERR_VERIFICATION", `frame 0 of what is staged for ${label} goes on from another history`);
}

/** A staged sequence must end with an apex of the frame before it. ERR_VERIFICATION, ERR_SCHEMA. */
export async function checkStagedEnd(
  account: Account,
  stage: StageName,
  options: Apexed & { readonly label: CatalogLabel; readonly count: number },
): Promise<void> {
  const { label, count } = options;
  const covered = count > 1 ? statedTreeDigest(await account.stages.frame(label, stage, count - 2)) : undefined;
  checkApex(options, await account.stages.frame(label, stage, count - 1), covered);
}
