/** What lost when two machines changed an entry at once, kept in the same catalog until somebody looks at it (docs/extensions.md §5). */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, boolean, dateTime, string, struct } from "../../codec/field.ts";

/** Keys of conflict entries begin so; no other entry's does. */
export const conflictPrefix = "conflict/";

/** One change that lost. */
export interface CatalogedConflict {
  /** conflictPrefix and a nonce. */
  readonly Key: string;
  /** Key of the entry that was changed. */
  readonly Of: string;
  /** The tagged entry that lost: the members that did, or all of it when the entry was removed. */
  readonly Lost: Datum;
  /** True when the entry was removed, and Lost is what another machine had made of it. */
  readonly Removed: boolean;
  readonly Updated: string;
  /** The device that wrote last and so found both. */
  readonly DeviceUdf: string;
}
export const CatalogedConflict: Struct<CatalogedConflict> = struct<CatalogedConflict>("CatalogedConflict", {
  Key: string,
  Of: string,
  Lost: anything,
  Removed: boolean,
  Updated: dateTime,
  DeviceUdf: string,
});
