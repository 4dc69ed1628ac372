/** The splits of an account as a device sees them: what was granted, whether it is stopped or over, and which numbers count. docs/extensions.md §16 */
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { AdministratorSplit, CatalogedSplit } from "../../schema/index.ts";
import {
  AdministratorSplit as AdministratorSplitObject,
  catalogAdministrators,
  deviceCatalog,
  freezeCatalog,
  publicKeyOf,
  SplitEnded,
  splitCatalog,
  verifyObject,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

/** One split. */
export interface StandingSplit {
  readonly split: AdministratorSplit;
  readonly entry: CatalogedSplit;
  /** Ended: by an administrator. Over: its time is, or its grantee or its hub was removed. */
  readonly state: "open" | "frozen" | "over" | "ended";
  /** Who stopped it. */
  readonly frozenBy?: string;
  /** Of one that was ended: the numbers that count for ever. */
  readonly serials?: readonly number[];
}

/** True for a device that reads MMM_Joined; in accounts of before it is not there yet. */
export function readsJoined(context: AccountContext): boolean {
  return context.keys.storeKeys.has("MMM_Joined");
}

/** All splits that the administrators in force have granted. What does not verify is told to the log and left out. */
export function splitsOf(context: AccountContext): readonly StandingSplit[] {
  if (!readsJoined(context)) return [];
  return context.list(splitCatalog).flatMap(({ key, value }) => {
    try {
      return [standing(context, key, value)];
    } catch (error) {
      context.ports.log.warn("split.refused", { key, reason: asMeshError(error).message });
      return [];
    }
  });
}

function standing(context: AccountContext, key: string, entry: CatalogedSplit): StandingSplit {
  const { profile, accountUdf, ports, directory } = context;
  const administrator = publicKeyOf(profile.AdministratorSignature25519);
  const split = verifyObject(AdministratorSplitObject, entry.EnvelopedAdministratorSplit, [administrator]).value;
  if (splitCatalog.keyOf(entry) !== key || split.Id !== entry.SplitId || split.AccountUdf !== accountUdf) throw verificationError("the split");
  const ended = entry.EnvelopedSplitEnded && verifyObject(SplitEnded, entry.EnvelopedSplitEnded, catalogAdministrators(profile)).value;
  if (ended) {
    if (ended.SplitId !== split.Id || ended.AccountUdf !== accountUdf) throw verificationError("the end of the split");
    return { split, entry, state: "ended", serials: ended.Serials };
  }
  const isOver = fromDateTime(split.NotOnOrAfter) <= ports.clock.now() || !directory.find(split.GranteeUdf) || !directory.find(split.HubUdf);
  if (isOver) return { split, entry, state: "over" };
  const freeze = context.get(freezeCatalog, `freeze:${split.Id}`);
  if (freeze?.Frozen) return { split, entry, state: "frozen", frozenBy: freeze.DeviceUdf };
  return { split, entry, state: "open" };
}

/** The fewest characters of an id that name a split, without its dashes. */
export const leastOfSplitId = 4;

/** The split of an id, or of its beginning, with dashes or without. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findSplit(context: AccountContext, id: string): StandingSplit {
  const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();
  const start = plain(id);
  const found = splitsOf(context).filter(({ split }) => start.length >= leastOfSplitId && plain(split.Id).startsWith(start));
  const [one, ...others] = found;
  if (others.length > 0) throw new MeshError("ERR_AMBIGUOUS", `${found.length} splits begin with ${id.slice(0, 64)}`, { hint: "type more of it" });
  if (!one) throw new MeshError("ERR_NOT_FOUND", `no split ${JSON.stringify(id.slice(0, 64))}`, { hint: "see 'meshman admin list'" });
  return one;
}

/** Why a split connects nothing now. Errors: ERR_NOT_AUTHORIZED with a sentence. */
export function requireOpen(context: AccountContext, { split, state, frozenBy = "" }: StandingSplit): void {
  const by = context.get(deviceCatalog, frozenBy)?.LocalName ?? frozenBy;
  const reasons: Readonly<Record<StandingSplit["state"], string | undefined>> = {
    open: undefined,
    frozen: `the split is frozen by ${by}: an administrator thaws it by 'meshman admin thaw ${split.Id.slice(0, 14)}'`,
    over: `the split is over: its time ended on ${split.NotOnOrAfter}, or its machine or its hub was removed`,
    ended: "an administrator has ended the split",
  };
  const reason = reasons[state];
  if (reason !== undefined) throw new MeshError("ERR_NOT_AUTHORIZED", reason, { hint: "connect the device with an administration device" });
}
