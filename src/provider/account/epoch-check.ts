/**
 * Checks of a catalog's next epoch (extensions §5): its frame 0 says from what it goes on, and its last frame is an apex. Who may begin one,
 * and whether its entries are those of the former epoch, is the devices' to judge: the service does not know their keys.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope, TreeFrontier } from "../../dare/index.ts";
import { statedTreeDigest } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { EpochBegin, isBegun, SequenceApex } from "../../schema/index.ts";
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

/** Checks frames that are to follow `frontier`, which is moved past them. Errors as checkUpdate; apexes may stand anywhere, in the name of who brings them. */
export function checkPage(
  options: Apexed & { readonly label: CatalogLabel; readonly envelopes: readonly DareEnvelope[]; readonly frontier: TreeFrontier },
): CheckedPage {
  const isFirst = options.frontier.count === 0;
  const page = checkFrames(options);
  requireNamed(page.frames, options);
  return isFirst ? { ...page, begin: checkBegin(options, page.frames[0]) } : page;
}

/** Whose apexes these are is the devices' to check; a false name would have them ask the wrong one. ERR_VERIFICATION, ERR_SCHEMA. */
function requireNamed(frames: CheckedUpdate["frames"], { label, bringer }: Apexed): void {
  if (bringer === undefined) return;
  for (const { index, isMeta, body } of frames) {
    if (index === 0 || !isMeta) continue;
    const { DeviceUdf: named } = decodeObject(SequenceApex, body);
    if (named === bringer) continue;
    throw new MeshError(
      "ERR_VERIFICATION",
      `frame ${index} of what is staged for ${label} is an apex of ${named.slice(0, 64)}, and ${bringer} brings it`,
    );
  }
}

/** The frame that a staged epoch goes on from must be in force. ERR_VERIFICATION. */
export async function requireFormer(account: Account, label: CatalogLabel, { Index, TreeDigest }: Head): Promise<void> {
  const { count } = await account.end(label);
  if (Index < count && equalBytes(statedTreeDigest(await account.frame(label, Index)), TreeDigest)) return;
  throw new MeshError("ERR_VERIFICATION", `frame 0 of what is staged for ${label} goes on from another history`);
}

/** Only a Rekey changes the key that an epoch is under, and it takes a later one: who would read on would look in vain for any other. ERR_VERIFICATION. */
export async function requireKeyEpoch(account: Account, label: CatalogLabel, { Reason: reason, KeyEpoch: keyEpoch }: EpochBegin): Promise<void> {
  const { epoch } = await account.end(label);
  const inForce = isBegun(label, epoch) ? decodeObject(EpochBegin, (await account.frame(label, 0)).body).KeyEpoch : 0;
  if (reason === "Repair" || (reason === "Rekey" ? keyEpoch > inForce : keyEpoch === inForce)) return;
  throw new MeshError("ERR_VERIFICATION", `frame 0 of what is staged for ${label} names key ${keyEpoch} for ${reason}, key ${inForce} is in force`);
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
