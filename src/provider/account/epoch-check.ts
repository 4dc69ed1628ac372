/**
 * Checks of a catalog's next epoch (extensions §5): its frame 0 says from what it goes on, and its last frame is an apex. Who may begin one,
 * and whether its entries are those of the former epoch, is the devices' to judge: the service does not know their keys.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope, TreeFrontier } from "../../dare/index.ts";
import { statedTreeDigest } from "../../dare/index.ts";
import type { CatalogLabel, EpochBegin, Head } from "../../schema/index.ts";
import type { StageName } from "../store/service-store.ts";
import type { Account } from "./account.ts";
import { checkBegin } from "./begin-check.ts";
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
