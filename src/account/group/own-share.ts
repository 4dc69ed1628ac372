/** The account's own share of a group's key, in its catalog of applications. schema-08 §7; docs/extensions.md §17. */
import type { ActivationShare, Enveloped, ProfileUser } from "../../schema/index.ts";
import { groupCatalog, groupKey } from "../../schema/index.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { mostFormerShares } from "./members.ts";

/** Keeps a share, beside those of former keys of the group; one that was dealt before the one that is there is not taken. Of two dealt in the same second the one that comes later counts. */
export function keepShare(options: {
  /** Of the group. */
  readonly address: string;
  readonly profile: Enveloped<ProfileUser>;
  readonly share: ActivationShare;
  readonly dealt: string;
}): CatalogWrite {
  const { address, profile: EnvelopedProfileGroup, share: Share, dealt: Dealt } = options;
  const Key = groupKey(address);
  return edit(groupCatalog, Key, (current) => {
    if (current?.Dealt !== undefined && current.Dealt > Dealt) return current;
    const { Share: before, FormerShares = [] } = current ?? {};
    const isRenewed = before !== undefined && before.Key.Udf !== Share.Key.Udf;
    const former = isRenewed ? [...FormerShares, before].slice(-mostFormerShares) : FormerShares;
    return { ...current, Key, EnvelopedProfileGroup, Share, Dealt, ...(former.length > 0 ? { FormerShares: former } : {}) };
  });
}
