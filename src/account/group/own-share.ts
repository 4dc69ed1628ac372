/** The account's own share of a group's key, in its catalog of applications. schema-08 §7; docs/extensions.md §17. */
import type { ActivationShare, CatalogedGroup, Enveloped, ProfileUser } from "../../schema/index.ts";
import { groupCatalog, groupKey, ProfileUser as ProfileUserStruct, peekObject } from "../../schema/index.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { mostFormerShares } from "./members.ts";

/**
 * Keeps a share, beside those of former keys of the group. Of two keys the one of the later profile counts, whatever the clocks of administrators said;
 * of two shares of one key the one that was dealt later, and of two dealt in the same second the one that comes later. One of a former key is kept as such.
 */
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
    const { Share: before, FormerShares: former = [] } = current ?? {};
    if (!before) return { ...current, Key, EnvelopedProfileGroup, Share, Dealt };
    if (before.Key.Udf === Share.Key.Udf) {
      const isEarlier = current?.Dealt !== undefined && current.Dealt > Dealt;
      return isEarlier ? current : { ...current, Key, ...newerProfile(current, EnvelopedProfileGroup), Share, Dealt };
    }
    if (versionOf(EnvelopedProfileGroup) < versionOf(current?.EnvelopedProfileGroup)) {
      const isKnown = former.some((one) => one.Key.Udf === Share.Key.Udf);
      return isKnown ? current : { ...current, Key, FormerShares: [Share, ...former].slice(-mostFormerShares) };
    }
    return { ...current, Key, EnvelopedProfileGroup, Share, Dealt, FormerShares: [...former, before].slice(-mostFormerShares) };
  });
}

function newerProfile(current: CatalogedGroup | undefined, offered: Enveloped<ProfileUser>): Pick<CatalogedGroup, "EnvelopedProfileGroup"> {
  const known = current?.EnvelopedProfileGroup;
  return { EnvelopedProfileGroup: known && versionOf(known) > versionOf(offered) ? known : offered };
}

function versionOf(profile: Enveloped<ProfileUser> | undefined): number {
  return profile ? (peekObject(ProfileUserStruct, profile).Version ?? 0) : -1;
}
