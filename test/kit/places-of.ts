/** What a machine calls the rooms of its account. */
import type { AccountContext } from "../../src/account/index.ts";
import { placeCatalog } from "../../src/schema/index.ts";

/** Names of the places that a machine's copy has, sorted. */
export function placesOf(context: AccountContext): readonly string[] {
  return context
    .list(placeCatalog)
    .map(({ value }) => value.LocalName)
    .sort();
}
