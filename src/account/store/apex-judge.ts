/** Whose apexes a copy of a catalog believes (docs/extensions.md §5). */
import type { PublicKey } from "../../crypto/index.ts";
import type { Head, Position } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";

/** Who may close a group of frames. Told of each group before its apex is judged, and again once it is believed. */
export interface ApexJudge {
  /** Called with the updates of a group that is not yet believed: an account's first device introduces itself in what it writes. */
  consider(changes: readonly CatalogChange[]): void;
  /** Keys of a device, one of which has to have signed the apex at a position. Errors: ERR_VERIFICATION when that device may not. */
  apexKeys(deviceUdf: string, at: Position): readonly PublicKey[];
  /** Called when a group is believed and stored, before the next one is looked at: it may say who may write that. */
  believe(changes: readonly CatalogChange[]): void;
  /** While an epoch is fetched: called when an apex says that the entries are those of the former one up to a head. True: nothing more is taken in. */
  carried?(former: Head): Promise<boolean>;
  readonly accountUdf: string;
}
